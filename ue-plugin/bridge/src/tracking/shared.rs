//! What the session's thread and the handles of C++ have in common.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
};

use cyclorama_time::{StageTime, Timecode};
use cyclorama_tracking::{
    Sample,
    ingest::{Request, Snapshot, Used},
    live::{Evaluated, LiveOptions},
    take::TakeInfo,
};
use serde::Serialize;

use super::{
    board::{Board, BoardWriter, MOST},
    convert,
    feed::{Feed, Queue},
    reader::{self, Reader},
    samples::{Ears, Samples},
    slating::Slating,
    wanted::lens,
};
use crate::{
    Status,
    events::{self, EventKind},
    failure::Failure,
};

pub(crate) use super::wanted::lens::Words as LensWords;

/// See the module.
pub(crate) struct Shared {
    board: Board,
    live: LiveOptions,
    info: Option<TakeInfo>,
    slating: Slating,
    names: Mutex<Vec<Arc<str>>>,
    queue: Arc<Queue>,
    lens: lens::Standing,
    ears: Ears,
    heard: Mutex<Heard>,
    port: Mutex<Port>,
    ended: Mutex<Option<Status>>,
}

/// How the session stands with its port.
#[derive(Default)]
struct Port {
    address: Option<SocketAddr>,
    /// Why nothing is heard.
    deaf: Option<Failure>,
}

/// What a session heard, for people and for pre-flight.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Heard {
    schema: &'static str,
    pub(crate) datagrams: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) lost: u64,
    pub(crate) per_second: Option<f64>,
    pub(crate) seconds_silent: Option<f64>,
    pub(crate) second_sender: bool,
    pub(crate) subjects: Vec<Arc<str>>,
}

impl Shared {
    /// Also gives the end where orders for the session's thread arrive.
    pub(super) fn new(
        board: Board,
        live: LiveOptions,
        info: Option<TakeInfo>,
    ) -> (Self, mpsc::Receiver<Request>) {
        let (slating, orders) = Slating::new();
        let shared = Self {
            board,
            live,
            info,
            slating,
            names: Mutex::default(),
            queue: Arc::default(),
            lens: lens::Standing::default(),
            ears: Ears::default(),
            heard: Mutex::default(),
            port: Mutex::default(),
            ended: Mutex::default(),
        };
        (shared, orders)
    }

    /// How subjects are evaluated.
    pub(crate) fn live(&self) -> &LiveOptions {
        &self.live
    }

    /// What takes of this session say about themselves; nothing where it never listened.
    pub(crate) fn info(&self) -> Option<&TakeInfo> {
        self.info.as_ref()
    }

    /// What it records.
    pub(crate) fn slating(&self) -> &Slating {
        &self.slating
    }

    /// How it stands with its lens file.
    pub(crate) fn lens(&self) -> &lens::Standing {
        &self.lens
    }

    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    /// It is heard there from now on, and recorded where it was before.
    pub(super) fn listens_at(&self, address: SocketAddr) {
        *locked(&self.port) = Port { address: Some(address), deaf: None };
        if self.slating.resumes() {
            let words = "the tracker is back: takes are recorded again";
            tracing::info!(target: "cyclorama", "{words}");
            events::tell(EventKind::TrackerBack, "", words);
        }
    }

    /// Nothing is heard any more, and nothing recorded until it is again.
    pub(super) fn falls_deaf(&self, why: Failure) {
        let words = format!("takes are not recorded while the tracker is away: {}", why.text);
        if self.slating.pauses(&words) {
            tracing::error!(target: "cyclorama", "{words}");
            events::tell(EventKind::RecordingStopped, "", &words);
        }
        *locked(&self.port) = Port { address: None, deaf: Some(why) };
    }

    /// Why nothing is heard; nothing while the port is open.
    pub(crate) fn deaf(&self) -> Option<Failure> {
        locked(&self.port).deaf.clone()
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        locked(&self.port).address
    }

    /// Nothing comes any more, ever.
    pub(super) fn is_over(&self) -> bool {
        locked(&self.ended).is_some()
    }

    /// The timecode at a time; nothing when nobody says one, or fell silent longer ago than `hold_ns`.
    pub(crate) fn label_at(&self, now: StageTime, at: StageTime, hold_ns: i64) -> Option<Timecode> {
        convert::label_at(&self.board, now, at, hold_ns).ok().map(|(label, _)| label)
    }

    pub(super) fn name(&self, subject: u32) -> String {
        locked(&self.names).get(subject as usize).map(ToString::to_string).unwrap_or_default()
    }

    /// What was heard by the last look, ten times a second.
    pub(crate) fn heard(&self) -> Heard {
        locked(&self.heard).clone()
    }

    pub(super) fn health(&self) -> String {
        let heard = self.heard();
        if heard.schema.is_empty() {
            return "{}".to_owned();
        }
        serde_json::to_string(&heard).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Samples from now on.
    pub(crate) fn feed(&self) -> Feed {
        self.queue.feed()
    }

    pub(super) fn reader(&self, subject: u32) -> Reader {
        Reader::new(subject, self.live.clone(), self.samples(Some(subject)))
    }

    /// Samples of a subject, or of all, from now on.
    pub(crate) fn samples(&self, subject: Option<u32>) -> Samples {
        // Whoever hears all of them has more to keep until it looks again.
        let room = if subject.is_some() { reader::ROOM } else { 8 * reader::ROOM };
        self.ears.listen(subject, room)
    }

    /// Wakes whoever waits: nothing comes any more.
    pub(super) fn end(&self, status: Status) {
        locked(&self.ended).get_or_insert(status);
        self.queue.end(status);
        self.ears.close();
        self.slating.end();
    }

    /// Hands a sample to everybody. `evaluated` is the subject at the time it is told for.
    pub(super) fn tell(&self, board: &mut BoardWriter, used: &Used, sample: &Sample, evaluated: &Evaluated) {
        let Some((subject, count)) = self.number(&used.sample.subject) else { return };
        let timecode: Option<Timecode> = used.sample.timecode;
        let told = convert::Told { subject, sampled: used.at, sample, evaluated, timecode };
        let (pose, details) = (told.pose(), told.details());
        board.write(&pose, &details);
        self.board.set_count(count);
        // Readers first: whoever a feed wakes may ask one at once.
        self.ears.tell(subject, used.at, &used.sample);
        self.queue.push(&pose, &details);
    }

    pub(super) fn set_health(&self, snapshot: &Snapshot) {
        self.lens.look(snapshot.at);
        let health = &snapshot.health;
        *locked(&self.heard) = Heard {
            schema: "cyclorama.tracking/1",
            datagrams: health.datagrams,
            accepted: health.accepted,
            refused: health.rejected.values().sum::<u64>(),
            lost: health.streams.iter().map(|stream| stream.lost).sum::<u64>(),
            per_second: health.rate,
            seconds_silent: health.age_seconds(snapshot.at),
            second_sender: health.second_sender,
            subjects: snapshot.subjects.iter().map(|subject| subject.status.name.clone()).collect(),
        };
        if let Some(said) = &snapshot.slate {
            self.slating.tell(said);
        }
    }

    /// The number of a subject, and how many there are.
    fn number(&self, name: &Arc<str>) -> Option<(u32, u32)> {
        let mut names = locked(&self.names);
        let known = names.iter().position(|known| known == name);
        let number = known.or_else(|| {
            (names.len() < MOST).then(|| {
                names.push(name.clone());
                names.len() - 1
            })
        })?;
        Some((u32::try_from(number).ok()?, u32::try_from(names.len()).ok()?))
    }
}

/// What a panic elsewhere poisoned is still whole: nothing here is changed half.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
