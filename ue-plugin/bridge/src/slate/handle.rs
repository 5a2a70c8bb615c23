//! The handle that C++ owns: orders out, answers and words in.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
};

use cyclorama_time::Clock as _;
use cyclorama_tracking::{
    ingest::{Order, Said},
    slate::{SlateOptions, TakeName, recorder::SlatedOptions},
    take::TakeInfo,
};

use super::{SlateConfig, SlateView};
use crate::{
    Status,
    failure::Failure,
    time,
    tracking::{directory, shared::Shared, slating::Standing},
};

/// See the module.
pub(crate) struct Slate {
    session: Result<Arc<Shared>, Failure>,
    answer: Option<mpsc::Receiver<Result<Said, String>>>,
    refusal: String,
    camera: String,
}

/// A take never keeps more from before its flag, milliseconds.
const LONGEST_PRE_ROLL: u32 = 30_000;
/// Flags settle and silences end within these, milliseconds.
const SETTLE: std::ops::RangeInclusive<u32> = 20..=10_000;
const SILENCE: std::ops::RangeInclusive<u32> = 200..=600_000;

impl Slate {
    pub(super) fn new(session: u64) -> Result<Self, Failure> {
        let unknown =
            || Failure::new(Status::NotFound, "no tracker is listened to: there is nothing to record");
        let session = directory::find(session).ok_or_else(unknown)?;
        Ok(Self { session: Ok(session), answer: None, refusal: String::new(), camera: String::new() })
    }

    /// One that refuses every order.
    pub(super) fn of_nothing(why: Failure) -> Self {
        Self { session: Err(why), answer: None, refusal: String::new(), camera: String::new() }
    }

    pub(super) fn record(&mut self, config: &SlateConfig) -> Result<(), Failure> {
        if let Some(why) = self.session()?.deaf() {
            self.refusal.clone_from(&why.text);
            return Err(why);
        }
        let session = self.session()?;
        let info = session.info().ok_or(Status::Internal)?.clone();
        let folder = config.folder.trim();
        if folder.is_empty() {
            return Err(Failure::new(Status::User, "no folder for takes is chosen"));
        }
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let seconds = |ms: u32| f64::from(ms) * 1e-3;
        let usual = SlateOptions::default();
        session.slating().record(SlatedOptions {
            slate: SlateOptions {
                slate: filled(&config.slate).unwrap_or(usual.slate),
                slate_of_tracker: config.slate_of_tracker,
                subject: filled(&config.subject),
                ranges: Vec::new(),
                settle: seconds(config.settle_ms.clamp(*SETTLE.start(), *SETTLE.end())),
                silence: seconds(config.silence_ms.clamp(*SILENCE.start(), *SILENCE.end())),
            },
            folder: PathBuf::from(folder),
            info: TakeInfo { camera: filled(&config.camera), recorded_at: time::clock().utc(), ..info },
            pre_roll: seconds(config.pre_roll_ms.min(LONGEST_PRE_ROLL)),
        });
        self.camera = filled(&config.camera).unwrap_or_default();
        self.refusal.clear();
        Ok(())
    }

    pub(super) fn begin(&mut self, slate: &str, take: u32, note: &str) -> Result<(), Failure> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let take = Some(take).filter(|take| *take > 0);
        self.order(Order::Roll { slate: filled(slate), take, note: filled(note) })
    }

    pub(super) fn end(&mut self) -> Result<(), Failure> {
        self.order(Order::Cut)
    }

    pub(super) fn remark(&mut self, text: &str) -> Result<(), Failure> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Failure::new(Status::User, "the note is empty"));
        }
        self.order(Order::Note(text.to_owned()))
    }

    pub(super) fn view(&mut self) -> SlateView {
        self.look();
        let standing = match &self.session {
            Ok(session) => session.slating().standing(),
            Err(why) => Standing { trouble: Some(why.text.clone()), ..Standing::default() },
        };
        let words = self.words(&standing);
        let Said { rolling, last, path, takes } = standing.said;
        let is_rolling = rolling.is_some() && standing.recording;
        let shown = rolling.or(last);
        SlateView {
            words,
            take: shown.as_ref().map_or(0, |name| name.take),
            slate: shown.map(|name| name.slate).unwrap_or_default(),
            path: path.map(|path| path.display().to_string()).unwrap_or_default(),
            refusal: self.refusal.clone(),
            takes,
            rolling: is_rolling,
            recording: standing.recording,
            waiting: self.answer.is_some(),
        }
    }

    fn words(&self, standing: &Standing) -> String {
        if let Some(trouble) = &standing.trouble {
            return trouble.clone();
        }
        if !standing.recording {
            return "Takes are not recorded: choose a folder for them and switch recording on".to_owned();
        }
        let named = |name: &TakeName| format!("{} take {}", name.slate, name.take);
        let of = if self.camera.is_empty() { String::new() } else { format!(" of camera {}", self.camera) };
        match (&standing.said.rolling, &standing.said.last) {
            (Some(rolling), _) => format!("RECORDING {}{of}", named(rolling)),
            (None, Some(last)) => format!("Ready{of}. The last one was {}", named(last)),
            (None, None) => format!("Ready{of}. Nothing was recorded yet"),
        }
    }

    fn session(&self) -> Result<&Arc<Shared>, Failure> {
        self.session.as_ref().map_err(Clone::clone)
    }

    fn order(&mut self, order: Order) -> Result<(), Failure> {
        self.look();
        let (reply, answer) = mpsc::sync_channel(1);
        let left = self.session().and_then(|session| session.slating().order((order, reply)));
        if let Err(failure) = left {
            self.refusal.clone_from(&failure.text);
            return Err(failure);
        }
        self.answer = Some(answer);
        self.refusal.clear();
        Ok(())
    }

    /// Takes the answer to the last order, where it has come.
    fn look(&mut self) {
        let Some(answer) = &self.answer else { return };
        match answer.try_recv() {
            Err(mpsc::TryRecvError::Empty) => return,
            Ok(Ok(said)) => {
                // The status of ten times a second comes later: whoever pressed a button sees it now.
                if let Ok(session) = &self.session {
                    session.slating().tell(&said);
                }
            }
            Ok(Err(why)) => self.refusal = why,
            Err(mpsc::TryRecvError::Disconnected) => {
                "the tracker was stopped before it answered".clone_into(&mut self.refusal);
            }
        }
        self.answer = None;
    }
}
