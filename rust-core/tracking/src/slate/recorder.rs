//! Writes a take of its own for each time the slate rolls.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use cyclorama_time::{StageTime, Timecode, UtcTime};
use serde::Serialize;

use super::{
    Command, Event, PreRoll, SlateEngine, SlateOptions, TakeName,
    closing::{Closing, Written},
    notes, take_number,
};
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
    /// Datagrams that are missing in it: no more could wait for a disk that refused.
    pub lost: u64,
}

/// Records takes as the slate says. Knows no socket and no clock.
pub struct Session {
    options: SlatedOptions,
    engine: SlateEngine,
    pre_roll: PreRoll,
    open: Option<Written>,
    closing: Closing,
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
            closing: Closing::default(),
            note: None,
            last: None,
            takes: 0,
            options,
        })
    }

    /// Keeps a datagram: in the take that rolls, and for the one that may begin. The datagram that ends a take is
    /// the last in it; the one that begins a take comes with the pre-roll.
    ///
    /// # Errors
    /// When the take that rolls lost it.
    pub(crate) fn datagram(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        label: Option<Timecode>,
    ) -> Result<(), TakeError> {
        let recorded =
            self.open.as_mut().map_or(Ok(()), |open| open.writer.record(arrived, source, bytes, label));
        self.pre_roll.push(arrived, source, bytes, label);
        recorded
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
        let mut obeyed = Ok(());
        for event in events.into_iter().flatten() {
            // A take that could not be closed must not keep the next one from beginning.
            obeyed = obeyed.and(self.obey(event, sample.arrived, utc, tell));
        }
        obeyed
    }

    pub(crate) fn tick(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), RecordError> {
        if let Some(open) = &mut self.open {
            open.writer.sync_if_due(now);
        }
        let Self { closing, takes, .. } = self;
        closing.tick(now, &mut |take| closed(&take, takes, tell));
        if self.engine.tick(now).is_some() { self.stop(tell) } else { Ok(()) }
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
            Order::Note(text) => match self.open.as_ref().map(|open| (&open.name, &open.path)).or(
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
                    self.obey(event, now, utc, tell)?;
                    if let Some(why) = self.waits_for_disk() {
                        return Ok(Err(why));
                    }
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
                self.obey(event, now, utc, tell)?;
            }
        }
        Ok(Ok(self.said()))
    }

    /// What rolls, or rolled last.
    pub(crate) fn said(&self) -> Said {
        let open = self.open.as_ref().map(|open| (&open.name, &open.path));
        let last = self.last.as_ref().map(|(name, path)| (name, path));
        Said {
            rolling: open.map(|(name, _)| name.clone()),
            last: last.map(|(name, _)| name.clone()),
            path: open.or(last).map(|(_, path)| path.clone()),
            takes: self.takes,
        }
    }

    /// Closes what rolls, and what waits for the disk.
    ///
    /// # Errors
    /// When the disk refuses to the end. What stands in the files stays, as of a machine that lost its power.
    pub(crate) fn close(&mut self, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), RecordError> {
        let stopped = self.stop(tell);
        let Self { closing, takes, .. } = self;
        let ended = closing.end(&mut |take| closed(&take, takes, tell));
        stopped.and(ended.map_err(RecordError::from))
    }

    /// Why something waits in memory, of the take that rolls or of one that is over.
    pub(crate) fn refused(&self) -> Option<&TakeError> {
        let open = self.open.as_ref().and_then(|open| open.writer.refused());
        open.or_else(|| self.closing.refused())
    }

    /// Datagrams that are missing in takes, for good.
    pub(crate) fn lost(&self) -> u64 {
        self.closing.lost() + self.open.as_ref().map_or(0, |open| open.writer.lost())
    }

    /// Ends the take that rolls. Where the disk refuses its end, it waits.
    fn stop(&mut self, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), RecordError> {
        let Some(take) = self.open.take() else { return Ok(()) };
        self.last = Some((take.name.clone(), take.path.clone()));
        let Self { closing, takes, .. } = self;
        Ok(closing.close(take, &mut |take| closed(&take, takes, tell))?)
    }

    /// Why the take that was ended last is not closed yet, in words.
    fn waits_for_disk(&self) -> Option<String> {
        let (TakeName { slate, take }, path) = self.last.as_ref()?;
        let refused = self.closing.refused_of(path)?;
        Some(format!(
            "{slate} take {take} is over, and is closed once the disk takes the rest of it: {refused}"
        ))
    }

    /// Whether there is such a take, in whatever capital letters.
    fn exists(&self, slate: &str, take: u32) -> bool {
        let name = TakeName { slate: slate.to_owned(), take };
        let is_it = |path: &PathBuf| {
            path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("take"))
                && number_of(path, slate) == Some(take)
        };
        // A folder that cannot be listed is seen when the take begins.
        self.place(&name).exists() || files(&self.options.folder).is_ok_and(|files| files.iter().any(is_it))
    }

    fn place(&self, name: &TakeName) -> PathBuf {
        self.options.folder.join(name.file_stem()).with_extension("take")
    }

    fn obey(
        &mut self,
        event: Event,
        now: StageTime,
        utc: UtcTime,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<(), RecordError> {
        match event {
            Event::Stopped => self.stop(tell),
            // Where it cannot begin, nothing is recorded until the flags have been down or a person rolls.
            Event::Started(name) => self.start(name, utc, tell).inspect_err(|_| {
                if self.open.is_none() {
                    let _ = self.engine.command(Command::Cut, now);
                }
            }),
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
        let mut recorded = Ok(());
        for kept in self.pre_roll.drain() {
            recorded = recorded.and(writer.record(kept.arrived, kept.source, &kept.bytes, kept.timecode));
        }
        tell(Told::Started(&name, &path));
        self.open = Some(Written { name, path, writer });
        Ok(recorded?)
    }
}

/// Counts a take that is closed, and tells of it.
fn closed(take: &SlatedTake, takes: &mut u64, tell: &mut dyn FnMut(Told<'_>)) {
    *takes += 1;
    tell(Told::Closed(take));
}

/// The highest take number of a slate among the files of a folder; 0 when there is none.
fn last_take(folder: &Path, slate: &str) -> Result<u32, RecordError> {
    let files = files(folder).map_err(|source| folder_error(folder, source))?;
    Ok(files.iter().filter_map(|path| number_of(path, slate)).max().unwrap_or(0))
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// The take number in a file's name, if it is of this slate.
fn number_of(path: &Path, slate: &str) -> Option<u32> {
    take_number(&path.file_stem().unwrap_or_default().to_string_lossy(), slate)
}

fn folder_error(folder: &Path, source: std::io::Error) -> RecordError {
    RecordError::Take(TakeError::io("open", folder, source))
}
