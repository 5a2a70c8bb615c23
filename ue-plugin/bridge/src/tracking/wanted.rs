//! What a session was asked to hear: read once, opened as often as it takes.

pub(super) mod lens;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use cyclorama_time::Clock;
use cyclorama_tracking::{
    DecodeOptions, Protocol,
    ingest::{Ingest, IngestOptions, Output, Receivers, Speech},
    lens::LensFile,
    live::LiveOptions,
    take::TakeInfo,
    udp::{ListenError, ListenOptions, Listener},
};

use super::{TrackingConfig, directory};
use crate::{Status, failure::Failure, time};

/// A configuration in which nothing is wrong by itself.
pub(super) struct Wanted {
    protocol: Protocol,
    decoding: DecodeOptions,
    subject: Option<String>,
    lens_file: String,
    listen: ListenOptions,
    live: LiveOptions,
    horizon: i64,
}

/// An open port, and who reads what comes there.
pub(super) struct Opened {
    pub(super) ingest: Ingest,
    pub(super) receivers: Receivers,
    pub(super) address: SocketAddr,
}

impl Wanted {
    /// Fails where trying again would change nothing. Opens nothing.
    pub(super) fn read(config: &TrackingConfig) -> Result<Self, Failure> {
        let protocol: Protocol = parsed(&config.protocol)?;
        let horizon = i64::from(config.horizon_us.min(500_000)) * 1_000;
        let live = LiveOptions::default();
        let usual = if horizon > 0 { horizon } else { live.usual_horizon_nanos };
        Ok(Self {
            protocol,
            decoding: details(config)?,
            subject: filled(&config.subject).map(str::to_owned),
            lens_file: config.lens_file.clone(),
            listen: listen(config, protocol)?,
            live: LiveOptions { usual_horizon_nanos: usual, gate: !config.keep_outliers, ..live },
            horizon,
        })
    }

    /// Opens the port, to be heard with this lens. What fails here may be another thing in a moment: a program lets the
    /// port go, a network card comes up.
    pub(super) fn open(&self, lens: Option<Arc<LensFile>>) -> Result<Opened, Failure> {
        let mut options = IngestOptions::new(Speech::Protocol(self.protocol, self.decoding.clone()));
        options.subject.clone_from(&self.subject);
        options.calibration.lenses = lens.map(|lens| (None, lens)).into_iter().collect();
        options.tracker.subjects.live = self.live.clone();
        let clock: Arc<dyn Clock> = Arc::new(*time::clock());
        let listener = Listener::bind(&self.listen, clock).map_err(|error| refused(&error))?;
        let address = listener.address();
        let receivers = Receivers::start(vec![listener]).map_err(|error| no_thread(&error))?;
        Ok(Opened { ingest: Ingest::new(options), receivers, address })
    }

    /// Where the calibrated lens is; empty for none.
    pub(super) fn lens_file(&self) -> &str {
        &self.lens_file
    }

    /// How subjects are evaluated.
    pub(super) fn live(&self) -> &LiveOptions {
        &self.live
    }

    /// What takes of it say about themselves.
    pub(super) fn info(&self) -> TakeInfo {
        TakeInfo {
            options: self.decoding.clone(),
            ..TakeInfo::new(String::new(), self.protocol, time::clock().utc())
        }
    }

    pub(super) fn output(&self) -> Output {
        Output::Ahead(self.horizon)
    }
}

fn filled(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn parsed<T: std::str::FromStr<Err: std::error::Error>>(text: &str) -> Result<T, Failure> {
    text.trim().parse().map_err(|error| Failure::new(Status::User, format!("failed to listen: {error}")))
}

fn details(config: &TrackingConfig) -> Result<DecodeOptions, Failure> {
    let vendor = filled(&config.vendor).map(parsed).transpose()?;
    Ok(DecodeOptions { vendor: vendor.unwrap_or_default(), ..DecodeOptions::default() })
}

fn listen(config: &TrackingConfig, protocol: Protocol) -> Result<ListenOptions, Failure> {
    let bind = match filled(&config.bind) {
        None => SocketAddr::from((Ipv4Addr::UNSPECIFIED, protocol.default_port())),
        Some(text) => address(text, protocol)?,
    };
    Ok(ListenOptions {
        multicast: filled(&config.multicast).map(parsed).transpose()?,
        interface: filled(&config.network_interface).map(parsed).transpose()?,
        ..ListenOptions::at(bind)
    })
}

/// `10.0.0.5:40000`, `40000` or `10.0.0.5`.
fn address(text: &str, protocol: Protocol) -> Result<SocketAddr, Failure> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::from((address, protocol.default_port())));
    }
    let wanted = "an address and port such as 0.0.0.0:40000, or a port";
    text.parse()
        .map_err(|_| Failure::new(Status::User, format!("failed to listen: `{text}` is not {wanted}")))
}

/// Says so where the other program is this one: a tracker that stands in two sources in two ways.
fn refused(error: &ListenError) -> Failure {
    let failure = Failure::of("listen", error);
    match error {
        ListenError::InUse { address } if directory::hears(address.port()) => {
            let text = format!(
                "failed to listen: {address} is in use by this editor itself, under another line: write the same line in both places"
            );
            Failure::new(failure.status, text)
        }
        _ => failure,
    }
}

pub(super) fn no_thread(error: &std::io::Error) -> Failure {
    Failure::new(Status::Internal, format!("failed to listen: the system gives no thread: {error}"))
}
