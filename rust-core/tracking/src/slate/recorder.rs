//! Writes a take of its own for each time the slate rolls.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use cyclorama_time::{StageTime, Timecode, UtcTime};
use serde::Serialize;

use super::{Command, Event, PreRoll, SlateEngine, SlateOptions, TakeName, notes, take_number};
use crate::{
    Sample,
    ingest::{Order, Said, Told},
    take::{TakeError, TakeInfo, TakeSummary, Writer},
    udp::RecordError,
};

/// What to record, and where to.
#[derive(Clone, Debug)]
pub struct SlatedOptions {
    /// When takes begin and end.
    pub slate: SlateOptions,
    /// The folder takes go to; made when missing. Nothing in it is overwritten.
    pub folder: PathBuf,
    /// What every take says about itself; name, slate, number and time are filled in.
    pub info: TakeInfo,
    /// Seconds before the flag that a take keeps.
    pub pre_roll: f64,
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

/// Records takes as the slate says. Knows no socket and no clock.
pub struct Session {
    options: SlatedOptions,
    engine: SlateEngine,
    pre_roll: PreRoll,
    open: Option<(TakeName, PathBuf, Writer)>,
    note: Option<String>,
    last: Option<(TakeName, PathBuf)>,
    takes: u64,
}

impl Session {
    /// Records nothing yet; makes the folder.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(options: SlatedOptions) -> Result<Self, RecordError> {
        fs::create_dir_all(&options.folder).map_err(|source| folder_error(&options.folder, source))?;
        Ok(Self {
            engine: SlateEngine::new(options.slate.clone()),
            pre_roll: PreRoll::new(options.pre_roll),
            open: None,
            note: None,
            last: None,
            takes: 0,
            options,
        })
    }

    /// Keeps a datagram: in the take that rolls, and for the one that may begin. The datagram that ends a take is
    /// the last in it; the one that begins a take comes with the pre-roll.
    pub(crate) fn datagram(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        label: Option<Timecode>,
    ) -> Result<(), RecordError> {
        if let Some((.., writer)) = &mut self.open {
            writer.record(arrived, source, bytes, label)?;
        }
        self.pre_roll.push(arrived, source, bytes, label);
        Ok(())
    }

    /// Hears a sample of that datagram, and the slate its tracker names.
    pub(crate) fn sample(
        &mut self,
        sample: &Sample,
        slate: Option<&str>,
        utc: UtcTime,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<(), RecordError> {
        let events = self.engine.sample(sample, slate);
        events.into_iter().flatten().try_for_each(|event| self.obey(event, utc, tell))
    }

    pub(crate) fn tick(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), RecordError> {
        if let Some((.., writer)) = &mut self.open {
            writer.sync_if_due(now);
        }
        if self.engine.tick(now).is_some() {
            self.close(tell)?;
        }
        Ok(())
    }

    /// Obeys an order of a person, or says why not.
    pub(crate) fn order(
        &mut self,
        order: Order,
        now: StageTime,
        utc: UtcTime,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<Result<Said, String>, RecordError> {
        match order {
            Order::Status => {}
            Order::Note(text) => match self.open.as_ref().map(|(name, path, _)| (name, path)).or(
                // After the cut is when most is said about a take.
                self.last.as_ref().map(|(name, path)| (name, path)),
            ) {
                None => return Ok(Err("there is no take to note that of yet".to_owned())),
                // A note that is lost must not end the take.
                Some((name, path)) => {
                    if let Err(error) = notes::append(path, &name.file_stem(), &text, utc) {
                        return Ok(Err(format!("failed to note that: {error}")));
                    }
                }
            },
            Order::Cut => {
                if let Some(event) = self.engine.command(Command::Cut, now) {
                    self.obey(event, utc, tell)?;
                }
            }
            Order::Roll { slate, take, note } => {
                if let Some(name) = self.engine.rolling() {
                    return Ok(Err(format!("{} take {} rolls already", name.slate, name.take)));
                }
                let slate = slate.unwrap_or_else(|| self.options.slate.slate.clone());
                if let Some(number) = take.filter(|number| self.exists(&slate, *number)) {
                    return Ok(Err(format!("{slate} take {number} exists already")));
                }
                self.note = note;
                let event = self.engine.roll(slate, take);
                self.obey(event, utc, tell)?;
            }
        }
        Ok(Ok(self.said()))
    }

    /// What rolls, or rolled last.
    pub(crate) fn said(&self) -> Said {
        let open = self.open.as_ref().map(|(name, path, _)| (name, path));
        let last = self.last.as_ref().map(|(name, path)| (name, path));
        Said {
            rolling: open.map(|(name, _)| name.clone()),
            last: last.map(|(name, _)| name.clone()),
            path: open.or(last).map(|(_, path)| path.clone()),
            takes: self.takes,
        }
    }

    pub(crate) fn close(&mut self, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), RecordError> {
        let Some((name, path, writer)) = self.open.take() else { return Ok(()) };
        let take = SlatedTake { name, path, summary: writer.close()? };
        self.takes += 1;
        self.last = Some((take.name.clone(), take.path.clone()));
        tell(Told::Closed(&take));
        Ok(())
    }

    /// Why something of the take that rolls waits in memory.
    pub(crate) fn refused(&self) -> Option<&TakeError> {
        self.open.as_ref().and_then(|(.., writer)| writer.refused())
    }

    /// Gives up the take that rolls: it could not be written. What is in it stays, as of a machine that lost its
    /// power; nothing is recorded until the flags have been down or a person rolls.
    pub(crate) fn give_up(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) {
        if let Some((name, path, _)) = &self.open {
            self.last = Some((name.clone(), path.clone()));
        }
        // Closing says once more what was said.
        let _ = self.close(tell);
        let _ = self.engine.command(Command::Cut, now);
    }

    fn exists(&self, slate: &str, take: u32) -> bool {
        let name = TakeName { slate: slate.to_owned(), take };
        self.place(&name).exists()
    }

    fn place(&self, name: &TakeName) -> PathBuf {
        self.options.folder.join(name.file_stem()).with_extension("take")
    }

    fn obey(
        &mut self,
        event: Event,
        utc: UtcTime,
        tell: &mut dyn FnMut(Told<'_>),
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
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<(), RecordError> {
        if self.exists(&name.slate, name.take) || name.take == 1 {
            let last = last_take(&self.options.folder, &name.slate)?;
            name.take = name.take.max(last + 1);
        }
        self.engine.started_as(&name);
        let path = self.place(&name);
        let mut info = self.options.info.clone();
        info.name = name.file_stem();
        info.slate = Some(name.slate.clone());
        info.take = Some(name.take);
        info.recorded_at = utc;
        let said = [std::mem::take(&mut info.notes), self.note.take().unwrap_or_default()];
        let said: Vec<String> = said.into_iter().filter(|text| !text.is_empty()).collect();
        info.notes = said.join("; ");
        let mut writer = Writer::create(&path, &info)?;
        for kept in self.pre_roll.drain() {
            writer.record(kept.arrived, kept.source, &kept.bytes, kept.timecode)?;
        }
        tell(Told::Started(&name, &path));
        self.open = Some((name, path, writer));
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
