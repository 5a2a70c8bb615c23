//! The flags that say how a tracker speaks, and a guess where they are wrong.

use std::{
    fs,
    io::{self, Read as _},
    net::{SocketAddr, ToSocketAddrs as _},
    path::Path,
    str::FromStr,
};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use cyclorama_outcome::Kind;
use cyclorama_time::StageTime;
use cyclorama_tracking::{
    DecodeOptions, Decoder, Protocol, Sample, Summary, decoder::split, describe::Descriptor,
    protocol::freed::Vendor,
};

use crate::{
    failure::{Doing as _, DoingIo as _, Failure},
    text,
};

/// How the tracker speaks.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Spoken {
    /// Protocol of the tracker
    #[arg(long, value_name = "NAME", value_parser = protocol_parser())]
    pub(crate) protocol: Protocol,
    #[command(flatten)]
    pub(crate) details: Details,
}

/// What the protocol leaves open.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Details {
    /// Whose FreeD it is; decides what lens counts and spare bytes mean
    #[arg(long, value_name = "NAME", value_parser = vendor_parser())]
    vendor: Option<Vendor>,
    /// Sensor width that F4 lens values are brought to, in mm [default: 36]
    #[arg(long, value_name = "MM", value_parser = positive)]
    sensor_width: Option<f64>,
}

impl Details {
    pub(crate) fn options(&self) -> DecodeOptions {
        let usual = DecodeOptions::default();
        DecodeOptions {
            vendor: self.vendor.unwrap_or(usual.vendor),
            sensor_width_mm: self.sensor_width.unwrap_or(usual.sensor_width_mm),
            ..usual
        }
    }
}

/// Where another machine listens, by name or address.
pub(crate) fn host_and_port(text: &str) -> Result<SocketAddr, String> {
    let mut found = text.to_socket_addrs().map_err(|error| format!("wanted: HOST:PORT ({error})"))?;
    found.next().ok_or_else(|| "this name has no address".to_owned())
}

/// Names of protocols, for help and completion too.
pub(crate) fn protocol_parser() -> impl TypedValueParser<Value = Protocol> {
    PossibleValuesParser::new(Protocol::ALL.map(Protocol::name))
        .map(|name| Protocol::from_str(&name).expect("only names of protocols pass"))
}

fn vendor_parser() -> impl TypedValueParser<Value = Vendor> {
    PossibleValuesParser::new(Vendor::ALL.map(Vendor::name))
        .map(|name| Vendor::from_str(&name).expect("only names of vendors pass"))
}

/// The dialect a file describes.
pub(crate) fn described(file: &Path) -> Result<Descriptor, Failure> {
    let name = file.display();
    let text = fs::read_to_string(file).doing_io(format!("read {name}"))?;
    Descriptor::from_toml(&text).doing(format!("read the descriptor {name}"))
}

/// A number greater than zero.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("wanted: a number greater than 0".to_owned()),
    }
}

/// Decodes every message of a recording; `take` sees the samples of each datagram.
pub(crate) fn decode_recording(
    protocol: Protocol,
    options: DecodeOptions,
    recording: &[u8],
    mut take: impl FnMut(&[Sample]) -> Result<(), Failure>,
) -> Result<Summary, Failure> {
    let mut decoder = Decoder::new(protocol, options);
    let mut samples = Vec::new();
    for range in split(protocol, recording) {
        samples.clear();
        decoder.datagram(StageTime::default(), None, &recording[range], &mut samples);
        take(&samples)?;
    }
    Ok(decoder.summary().clone())
}

/// The bytes of `file`, and its name for messages.
pub(crate) fn read(file: &Path) -> Result<(Vec<u8>, String), Failure> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).doing_io("read stdin")?;
        return Ok((bytes, "stdin".to_owned()));
    }
    let name = file.display().to_string();
    let bytes = fs::read(file).doing_io(format!("read {name}"))?;
    Ok((bytes, name))
}

/// The failure for a recording without a single message of `protocol`, naming what it looks like instead.
pub(crate) fn nothing_decoded(protocol: Protocol, source: &str, recording: &[u8]) -> Failure {
    if recording.is_empty() {
        return Failure::new(Kind::User, format!("failed to decode {source}: it is empty"))
            .hint("check that the recording was made, and that this is the file");
    }
    let failure =
        Failure::new(Kind::User, format!("failed to decode {source}: it holds no {protocol} message"));
    match likeliest(protocol, recording) {
        Some((other, accepted)) => failure.hint(format!(
            "{} of it read as {other}; use --protocol {other}",
            text::count(accepted, "message")
        )),
        None => failure.hint("it holds no message of any protocol known here; check the file"),
    }
}

/// The other protocol that accepts most of `recording`.
fn likeliest(except: Protocol, recording: &[u8]) -> Option<(Protocol, u64)> {
    let others = Protocol::ALL.into_iter().filter(|protocol| *protocol != except);
    let counts = others.filter_map(|protocol| {
        let summary = decode_recording(protocol, DecodeOptions::default(), recording, |_| Ok(())).ok()?;
        Some((protocol, summary.accepted))
    });
    counts.filter(|(_, accepted)| *accepted > 0).max_by_key(|(_, accepted)| *accepted)
}

/// What was refused or left out, for people; nothing when all was used.
pub(crate) fn damage_report(summary: &Summary) -> Option<String> {
    let listed = |causes: &std::collections::BTreeMap<&'static str, u64>| {
        text::by_cause(causes.iter().map(|(cause, count)| (*cause, *count)))
    };
    let mut parts = Vec::new();
    if !summary.rejected.is_empty() {
        parts.push(format!("rejected {} (", summary.rejected_total()) + &listed(&summary.rejected) + ")");
    }
    if !summary.ignored.is_empty() {
        parts.push(format!("ignored ({})", listed(&summary.ignored)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const F4: &[u8] = include_bytes!("../../../../../Content/demo/mosys_f4_600.f4");

    #[test]
    fn a_recording_of_another_protocol_is_named() {
        let failure = nothing_decoded(Protocol::FreeD, "rec.bin", F4);
        assert_eq!(
            failure.lines(),
            [
                "error: failed to decode rec.bin: it holds no freed message",
                "hint: 600 messages of it read as f4; use --protocol f4"
            ]
        );
        assert_eq!(failure.exit_code() as u8, 2);
    }

    #[test]
    fn an_empty_recording_and_noise_say_what_they_are() {
        assert!(nothing_decoded(Protocol::F4, "x", b"").lines()[0].ends_with("it is empty"));
        assert!(
            nothing_decoded(Protocol::F4, "x", b"hello").lines()[1].contains("no message of any protocol")
        );
    }

    #[test]
    fn every_message_of_the_demo_recording_decodes() {
        let mut samples = 0;
        let summary = decode_recording(Protocol::F4, DecodeOptions::default(), F4, |some| {
            samples += some.len();
            Ok(())
        });
        assert_eq!((summary.unwrap().accepted, samples), (600, 600));
    }

    #[test]
    fn damage_is_listed_by_cause() {
        assert_eq!(damage_report(&Summary::default()), None);
        let summary = Summary {
            accepted: 3,
            rejected: [("bad-checksum", 2), ("too-short", 1)].into(),
            ignored: [("padding", 4)].into(),
        };
        let report = damage_report(&summary).unwrap();
        assert_eq!(report, "rejected 3 (bad-checksum 2, too-short 1), ignored (padding 4)");
    }
}
