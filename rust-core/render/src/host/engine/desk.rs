//! What the engine's thread and the conversation's thread have in common.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cyclorama_time::FrameNumber;

use super::files::{self, Drawn};
use crate::frame::FrameFormat;
use crate::host::{Beat, HostError};
use crate::plan::UnrealScene;

/// A range for the engine to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its number: each is another.
    pub number: u64,
    /// What of the project.
    pub unreal: UnrealScene,
    /// The first frame to draw; those before `first` are thrown away.
    pub drawn_from: FrameNumber,
    /// The first frame to deliver.
    pub first: FrameNumber,
    /// The frame after the last: **not** drawn, as engines count.
    pub end: FrameNumber,
    /// Width and height, pixels.
    pub size: (u32, u32),
    /// Samples per pixel.
    pub samples: u32,
    /// What kind of file each frame is wanted as. What draws names it: a preset, a graph.
    pub format: FrameFormat,
    /// Where files go: one a frame, its number a part of the name between two full stops.
    pub folder: PathBuf,
}

/// How the conversation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The worker may want more.
    Open,
    /// The worker wants nothing more.
    Closed,
    /// It broke, with the reason.
    Broken(String),
}

/// See the module.
#[derive(Default)]
pub struct Desk {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    /// Asked for and not taken by the engine.
    waiting: Option<Task>,
    /// In the engine's hands.
    drawing: Option<u64>,
    /// The last that the engine ended, and how.
    finished: Option<(u64, Result<(), String>)>,
    /// Not wanted any more.
    stopped: u64,
    /// Files that the engine said are whole.
    whole: Vec<PathBuf>,
    /// The frames that were asked for last, the walk-in with them; the end is not one.
    asked: Range<i64>,
    /// What they are wanted as.
    format: FrameFormat,
    /// Counts the engine's signs of life.
    beats: u64,
    standing: Option<Standing>,
}

/// How often a file is looked for.
const LOOK: Duration = Duration::from_millis(25);
/// Files that are named; of more the number is told.
const NAMED: usize = 3;
/// Looks between two words to the worker.
const LOOKS: u32 = 80;

impl State {
    /// Files that the engine told and nobody asked for, in words; none when there are none.
    fn strays(&self) -> Option<String> {
        let asked = |file: &&PathBuf| {
            files::number_of(file, self.format).is_some_and(|frame| !self.asked.contains(&frame.0))
        };
        let strays: Vec<&PathBuf> = self.whole.iter().filter(asked).collect();
        let names: Vec<_> = strays.iter().take(NAMED).filter_map(|file| file.file_name()?.to_str()).collect();
        let more = strays.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (first, last) = (self.asked.start, self.asked.end - 1);
        (!strays.is_empty()).then(|| format!("{}{more}, not of frames {first} to {last}", names.join(", ")))
    }
}

impl Desk {
    /// The next range to draw, once each; none while the last one was not told to be finished.
    pub fn next(&self) -> Option<Task> {
        let mut state = self.state();
        state.beats += 1;
        if state.drawing.is_some() {
            return None;
        }
        let task = state.waiting.take()?;
        state.drawing = Some(task.number);
        Some(task)
    }

    /// The engine lives; true when the range is not wanted any more.
    pub fn beat(&self, task: u64) -> bool {
        let mut state = self.state();
        state.beats += 1;
        state.stopped >= task || state.standing.is_some()
    }

    /// The engine says that this file is whole.
    pub fn wrote(&self, path: &Path) {
        let mut state = self.state();
        state.beats += 1;
        state.whole.push(path.to_owned());
        self.wake.notify_all();
    }

    /// Nothing more comes of this range: it is drawn, or it is not, with the reason.
    pub fn finished(&self, task: u64, result: Result<(), String>) {
        let mut state = self.state();
        if state.drawing == Some(task) {
            state.drawing = None;
            if let Some(strays) = state.strays() {
                tracing::warn!(task, "the engine wrote {strays}");
            }
            state.finished = Some((task, result));
            self.wake.notify_all();
        }
    }

    /// Whether the worker may want more.
    pub fn standing(&self) -> Standing {
        self.state().standing.clone().unwrap_or(Standing::Open)
    }

    pub(super) fn ask(&self, task: Task) {
        let mut state = self.state();
        state.whole.clear();
        state.asked = task.drawn_from.0..task.end.0;
        state.format = task.format;
        state.waiting = Some(task);
    }

    /// The range is over for the worker.
    pub(super) fn stop(&self, task: u64) {
        let mut state = self.state();
        state.stopped = state.stopped.max(task);
        if state.waiting.as_ref().is_some_and(|waiting| waiting.number <= task) {
            state.waiting = None;
        }
    }

    pub(super) fn end(&self, result: Result<(), String>) {
        let standing = result.map_or_else(Standing::Broken, |()| Standing::Closed);
        self.state().standing.get_or_insert(standing);
        self.wake.notify_all();
    }

    /// The picture of `frame` with its other channels, taken out of the folder, once its file is whole.
    pub(super) fn wait_for(
        &self,
        task: u64,
        (folder, format): (&Path, FrameFormat),
        frame: FrameNumber,
        beat: Option<&Beat>,
    ) -> Result<Drawn, HostError> {
        let (mut seen, mut looks, mut told) = (files::Seen::default(), 0, self.state().beats);
        loop {
            // Asked before looking: what is there when it is finished is all there will be.
            let finished = self.result_of(task);
            let file = files::of_frame(folder, frame, format);
            if let Some(file) = &file {
                let whole = finished.is_some() || self.state().whole.contains(file) || seen.is_steady(file);
                if whole && let Some(drawn) = files::taken(file, format, finished.is_some())? {
                    return Ok(drawn);
                }
            }
            match finished {
                Some(Err(why)) => return Err(HostError(why)),
                Some(Ok(())) => {
                    let strays = self.state().strays().map(|strays| format!("; it wrote {strays}"));
                    let strays = strays.unwrap_or_default();
                    let (kind, frame) = (format.in_words(), frame.0);
                    let text = format!("the engine ended without a file of frame {frame} as {kind}{strays}");
                    return Err(HostError(text));
                }
                None => {}
            }
            let state = self.state();
            if let Some(Standing::Broken(why)) = &state.standing {
                return Err(HostError(why.clone()));
            }
            drop(self.wake.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner));
            looks += 1;
            if looks % LOOKS == 0 {
                let beats = self.state().beats;
                // An engine that gives no sign of life is not spoken for: the worker's patience decides.
                if beats != std::mem::replace(&mut told, beats)
                    && let Some(beat) = beat
                {
                    beat.beat();
                }
            }
        }
    }

    fn result_of(&self, task: u64) -> Option<Result<(), String>> {
        let state = self.state();
        state.finished.as_ref().filter(|(number, _)| *number == task).map(|(_, result)| result.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
