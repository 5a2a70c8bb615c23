//! Listens, and writes a take of its own for each time the slate rolls.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_time::{StageTime, UtcTime};
use serde::Serialize;

use super::{Event, PreRoll, SlateEngine, SlateOptions, TakeName, take_number};
use crate::{
    DecodeOptions, Decoder, Protocol, Sample, Summary,
    take::{TakeError, TakeInfo, TakeSummary, Writer},
    udp::{Listener, RecordError},
};

/// What to record, and where to.
#[derive(Clone, Debug)]
pub struct SlatedOptions {
    /// Protocol of the datagrams.
    pub protocol: Protocol,
    /// How to decode them.
    pub decode: DecodeOptions,
    /// When takes begin and end.
    pub slate: SlateOptions,
    /// The folder takes go to; made when missing. Nothing in it is overwritten.
    pub folder: PathBuf,
    /// What every take says about itself; name, slate, number and time are filled in.
    pub info: TakeInfo,
    /// Seconds before the flag that a take keeps.
    pub pre_roll: f64,
    /// Stop after so many datagrams.
    pub count: Option<u64>,
    /// Stop after so many seconds.
    pub seconds: Option<f64>,
}

/// A take that was recorded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlatedTake {
    /// Slate and number.
    #[serde(flatten)]
    pub name: TakeName,
    /// Where it lies.
    pub path: PathBuf,
    /// What it holds.
    pub summary: TakeSummary,
}

/// What happened, as it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Told<'a> {
    /// A sample came.
    Sample(&'a Sample),
    /// A take begins.
    Started(&'a TakeName, &'a Path),
    /// A take is closed and whole.
    Closed(&'a SlatedTake),
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slated {
    /// The takes, in order.
    pub takes: Vec<SlatedTake>,
    /// Datagrams heard.
    pub datagrams: u64,
    /// What became of their messages.
    pub summary: Summary,
}

/// How long a wait for a datagram may be, so that stopping and syncing are never late.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// Records takes until `cancel` is set or the options say enough. A take that rolls at the end is closed.
///
/// # Errors
/// When the folder or a take cannot be made or written, or the socket fails. Takes closed before stay.
pub fn record(
    mut listener: Listener,
    options: &SlatedOptions,
    cancel: &Cancel,
    mut tell: impl FnMut(Told<'_>),
) -> Result<Slated, RecordError> {
    fs::create_dir_all(&options.folder).map_err(|source| folder_error(&options.folder, source))?;
    let clock = listener.clock().clone();
    let begun = clock.now();
    let mut session = Session::new(options);
    let enough = |count: u64| options.count.is_some_and(|most| count >= most);
    let over =
        |now: StageTime| options.seconds.is_some_and(|most| now.nanos_since(begun) as f64 >= most * 1e9);
    let outcome = loop {
        if cancel.is_cancelled() || enough(session.slated.datagrams) || over(clock.now()) {
            break Ok(());
        }
        let heard = match listener.recv(LONGEST_WAIT) {
            Ok(Some(datagram)) => {
                session.datagram(datagram.arrived, datagram.source, datagram.bytes, clock.utc(), &mut tell)
            }
            Ok(None) => Ok(()),
            Err(error) => break Err(error.into()),
        };
        if let Err(error) = heard.and_then(|()| session.tick(clock.now(), &mut tell)) {
            break Err(error);
        }
    };
    let closed = session.close(&mut tell);
    outcome?;
    closed?;
    session.slated.summary = session.decoder.summary().clone();
    Ok(session.slated)
}

/// One run of the recorder. Knows no socket, so tests drive it by hand.
pub(super) struct Session<'a> {
    options: &'a SlatedOptions,
    decoder: Decoder,
    engine: SlateEngine,
    pre_roll: PreRoll,
    open: Option<(TakeName, PathBuf, Writer)>,
    samples: Vec<Sample>,
    pub(super) slated: Slated,
}

impl<'a> Session<'a> {
    pub(super) fn new(options: &'a SlatedOptions) -> Self {
        Self {
            options,
            decoder: Decoder::new(options.protocol, options.decode.clone()),
            engine: SlateEngine::new(options.slate.clone()),
            pre_roll: PreRoll::new(options.pre_roll),
            open: None,
            samples: Vec::new(),
            slated: Slated::default(),
        }
    }

    pub(super) fn datagram(
        &mut self,
        arrived: StageTime,
        source: Option<std::net::SocketAddr>,
        bytes: &[u8],
        utc: UtcTime,
        tell: &mut impl FnMut(Told<'_>),
    ) -> Result<(), RecordError> {
        self.slated.datagrams += 1;
        let mut samples = std::mem::take(&mut self.samples);
        samples.clear();
        self.decoder.datagram(arrived, source, bytes, &mut samples);
        let timecode = samples.iter().find_map(|sample| sample.timecode);
        // The datagram that ends a take is the last in it; the one that begins a take comes with the pre-roll.
        if let Some((.., writer)) = &mut self.open {
            writer.record(arrived, source, bytes, timecode)?;
        }
        self.pre_roll.push(arrived, source, bytes, timecode);
        for sample in &samples {
            tell(Told::Sample(sample));
            let slate = self.decoder.slate_of(&sample.subject).map(str::to_owned);
            for event in self.engine.sample(sample, slate.as_deref()).into_iter().flatten() {
                self.obey(event, utc, tell)?;
            }
        }
        self.samples = samples;
        Ok(())
    }

    pub(super) fn tick(
        &mut self,
        now: StageTime,
        tell: &mut impl FnMut(Told<'_>),
    ) -> Result<(), RecordError> {
        if let Some((.., writer)) = &mut self.open {
            writer.sync_if_due(now)?;
        }
        if self.engine.tick(now).is_some() {
            self.close(tell)?;
        }
        Ok(())
    }

    fn obey(
        &mut self,
        event: Event,
        utc: UtcTime,
        tell: &mut impl FnMut(Told<'_>),
    ) -> Result<(), RecordError> {
        match event {
            Event::Stopped => self.close(tell),
            Event::Started(name) => self.start(name, utc, tell),
        }
    }

    fn start(
        &mut self,
        mut name: TakeName,
        utc: UtcTime,
        tell: &mut impl FnMut(Told<'_>),
    ) -> Result<(), RecordError> {
        let last = last_take(&self.options.folder, &name.slate)?;
        name.take = name.take.max(last + 1);
        self.engine.seen(&name.slate, name.take);
        let path = self.options.folder.join(name.file_stem()).with_extension("take");
        let mut info = self.options.info.clone();
        info.name = name.file_stem();
        info.slate = Some(name.slate.clone());
        info.take = Some(name.take);
        info.recorded_at = utc;
        let mut writer = Writer::create(&path, &info)?;
        for kept in self.pre_roll.drain() {
            writer.record(kept.arrived, kept.source, &kept.bytes, kept.timecode)?;
        }
        tell(Told::Started(&name, &path));
        self.open = Some((name, path, writer));
        Ok(())
    }

    pub(super) fn close(&mut self, tell: &mut impl FnMut(Told<'_>)) -> Result<(), RecordError> {
        let Some((name, path, writer)) = self.open.take() else { return Ok(()) };
        let take = SlatedTake { name, path, summary: writer.close()? };
        tell(Told::Closed(&take));
        self.slated.takes.push(take);
        Ok(())
    }
}

/// The highest take number of a slate among the files of a folder; 0 when there is none.
fn last_take(folder: &Path, slate: &str) -> Result<u32, RecordError> {
    let fail = |source| folder_error(folder, source);
    let mut last = 0;
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        last = last.max(take_number(&stem, slate).unwrap_or(0));
    }
    Ok(last)
}

fn folder_error(folder: &Path, source: std::io::Error) -> RecordError {
    RecordError::Take(TakeError::io("open", folder, source))
}
