//! Takes start and stop by themselves: as the tracker's recording flag, timecode or a person says.
//!
//! [`SlateEngine`] is told of samples and commands and answers when a take begins or ends, and what it is called.
//! It takes times as arguments and touches no file; [`recorder`] does. A flag that flickers splits no take, and
//! datagrams from before the flag are kept in a [`PreRoll`], so that the first frames are never lost.

mod closing;
pub mod notes;
mod pre_roll;
pub mod recorder;

use std::collections::BTreeMap;

use cyclorama_time::{StageTime, Timecode};
use serde::Serialize;

use crate::Sample;

pub use pre_roll::PreRoll;

/// When takes begin and end, and what they are called.
#[derive(Clone, Debug, PartialEq)]
pub struct SlateOptions {
    /// The slate where the tracker names none.
    pub slate: String,
    /// Whether the slate the tracker names is used.
    pub slate_of_tracker: bool,
    /// Only this subject's flag counts; absent: any.
    pub subject: Option<String>,
    /// Timecode ranges to record, first and last frame included. They count besides the flag.
    pub ranges: Vec<(Timecode, Timecode)>,
    /// A flag must be down for so many seconds before the take ends; greater than 0.
    pub settle: f64,
    /// A take ends when nothing was heard for so many seconds; greater than 0.
    pub silence: f64,
}

impl Default for SlateOptions {
    fn default() -> Self {
        Self {
            slate: "slate".to_owned(),
            slate_of_tracker: true,
            subject: None,
            ranges: Vec::new(),
            settle: 0.25,
            silence: 5.0,
        }
    }
}

/// A take's place on its slate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TakeName {
    /// The slate as it was named.
    pub slate: String,
    /// Counted from 1 on each slate, in whatever capital letters it is named.
    pub take: u32,
}

impl TakeName {
    /// A file name without ending: `A101_t003`. What file systems dislike becomes `-`.
    pub fn file_stem(&self) -> String {
        format!("{}_t{:03}", safe(&self.slate), self.take)
    }
}

/// A slate's name as file systems like it.
fn safe(slate: &str) -> String {
    let kept =
        slate.trim().chars().take(80).map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '-' });
    let kept: String = kept.collect();
    if kept.is_empty() { "slate".to_owned() } else { kept }
}

/// A slate as takes are counted on it. Names that differ in capital letters alone are one file on Windows, and takes are
/// copied there, so they are one slate.
fn counted(slate: &str) -> String {
    folded(&safe(slate))
}

/// Letter by letter, so that the end of a name changes nothing before it.
fn folded(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// The take number in a file stem of this slate, in whatever capital letters either is written.
pub fn take_number(stem: &str, slate: &str) -> Option<u32> {
    folded(stem).strip_prefix(&counted(slate))?.strip_prefix("_t")?.parse().ok()
}

/// What a person or program asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Record, whatever the flags say.
    Roll,
    /// End the take, and record nothing until the flags have been down.
    Cut,
    /// Follow the flags again.
    Follow,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Begin this take, with what the pre-roll holds.
    Started(TakeName),
    /// End the take.
    Stopped,
}

/// Decides when takes begin and end.
#[derive(Debug)]
pub struct SlateEngine {
    options: SlateOptions,
    /// The last take of each slate, as [`counted`].
    numbers: BTreeMap<String, u32>,
    command: Command,
    rolling: Option<TakeName>,
    /// What the flags said last.
    up: bool,
    /// When they last said yes.
    up_at: Option<StageTime>,
    heard: Option<StageTime>,
}

impl SlateEngine {
    /// An engine that records nothing yet.
    pub fn new(options: SlateOptions) -> Self {
        Self {
            options,
            numbers: BTreeMap::new(),
            command: Command::Follow,
            rolling: None,
            up: false,
            up_at: None,
            heard: None,
        }
    }

    /// The take that is being recorded.
    pub fn rolling(&self) -> Option<&TakeName> {
        self.rolling.as_ref()
    }

    /// Makes the next take of `slate` come after `take`: what lies in the folder already.
    pub fn seen(&mut self, slate: &str, take: u32) {
        let last = self.numbers.entry(counted(slate)).or_default();
        *last = take.max(*last);
    }

    /// Takes a sample and the slate its tracker names. At most two events: a new slate ends one take and begins
    /// the next.
    pub fn sample(&mut self, sample: &Sample, slate: Option<&str>) -> [Option<Event>; 2] {
        let now = sample.arrived;
        let silent = self.tick(now);
        self.heard = Some(now);
        let counts = self.options.subject.as_deref().is_none_or(|subject| subject == &*sample.subject);
        if !counts {
            return [silent, None];
        }
        if let Some(up) = self.flag(sample) {
            self.up = up;
        }
        if self.command == Command::Cut && !self.up {
            self.command = Command::Follow;
        }
        if let Some(up) = self.flag(sample) {
            self.up_at = if up { Some(now) } else { self.up_at };
        }
        let slate = slate.filter(|_| self.options.slate_of_tracker).unwrap_or(&self.options.slate).to_owned();
        // A take rolled by hand keeps its slate to the end.
        let renamed = self.rolling.as_ref().is_some_and(|take| take.slate != slate);
        let ended =
            if renamed && self.command == Command::Follow { self.stop() } else { self.end_if_over(now) };
        let ended = silent.or(ended);
        let begun = (self.rolling.is_none() && self.wants(now)).then(|| self.start(slate));
        [ended, begun]
    }

    /// Takes a command. A take that it begins gets the slate of the options.
    pub fn command(&mut self, command: Command, now: StageTime) -> Option<Event> {
        self.command = command;
        match command {
            Command::Roll if self.rolling.is_none() => Some(self.start(self.options.slate.clone())),
            Command::Cut => self.stop(),
            _ => self.end_if_over(now),
        }
    }

    /// Begins a take by hand, with this slate and number or the next one; whatever rolls must have been cut.
    pub fn roll(&mut self, slate: String, take: Option<u32>) -> Event {
        self.command = Command::Roll;
        if let Some(take) = take {
            self.numbers.insert(counted(&slate), take.saturating_sub(1));
        }
        self.start(slate)
    }

    /// Says under which number a take really began, so that the next one comes after it.
    pub fn started_as(&mut self, name: &TakeName) {
        self.seen(&name.slate, name.take);
        if let Some(rolling) = &mut self.rolling {
            rolling.take = name.take;
        }
    }

    /// Call it often, also while nothing arrives.
    pub fn tick(&mut self, now: StageTime) -> Option<Event> {
        self.end_if_over(now)
    }

    /// What a sample says about recording; `None` where it says nothing, and things stay as they are.
    fn flag(&self, sample: &Sample) -> Option<bool> {
        let in_range = sample.timecode.filter(|_| !self.options.ranges.is_empty()).map(|label| {
            let within = |(first, last): &(Timecode, Timecode)| label.lies_between(*first, *last);
            self.options.ranges.iter().any(within)
        });
        match (sample.recording, in_range) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (None, None) => None,
            _ => Some(false),
        }
    }

    fn wants(&self, now: StageTime) -> bool {
        match self.command {
            Command::Roll => true,
            Command::Cut => false,
            Command::Follow => self.up_at == Some(now),
        }
    }

    fn end_if_over(&mut self, now: StageTime) -> Option<Event> {
        let since = |then: Option<StageTime>, seconds: f64| {
            then.is_some_and(|then| now.nanos_since(then) as f64 >= seconds * 1e9)
        };
        let silent = since(self.heard, self.options.silence);
        let down = !self.up && since(self.up_at, self.options.settle);
        if self.command == Command::Follow && (silent || down) { self.stop() } else { None }
    }

    fn start(&mut self, slate: String) -> Event {
        let last = self.numbers.entry(counted(&slate)).or_default();
        *last += 1;
        let name = TakeName { slate, take: *last };
        self.rolling = Some(name.clone());
        Event::Started(name)
    }

    fn stop(&mut self) -> Option<Event> {
        self.rolling.take().map(|_| Event::Stopped)
    }
}

#[cfg(test)]
mod tests;
