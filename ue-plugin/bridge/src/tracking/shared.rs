//! What the session's thread and the handles of C++ have in common.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use cyclorama_time::Timecode;
use cyclorama_tracking::{
    Sample,
    ingest::{Snapshot, Used},
    live::{Evaluated, LiveOptions},
};
use serde_json::json;

use super::{
    board::{Board, BoardWriter, MOST},
    convert,
    feed::{Feed, Queue},
    reader::{self, Fed, Reader},
};
use crate::Status;

/// See the module.
pub(super) struct Shared {
    board: Board,
    live: LiveOptions,
    names: Mutex<Vec<Arc<str>>>,
    feeds: Mutex<Vec<Arc<Queue>>>,
    samples: Mutex<Vec<(Option<u32>, mpsc::SyncSender<Fed>)>>,
    health: Mutex<String>,
    ended: Mutex<Option<Status>>,
}

impl Shared {
    pub(super) fn new(board: Board, live: LiveOptions) -> Self {
        Self {
            board,
            live,
            names: Mutex::default(),
            feeds: Mutex::default(),
            samples: Mutex::default(),
            health: Mutex::new("{}".to_owned()),
            ended: Mutex::default(),
        }
    }

    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    pub(super) fn name(&self, subject: u32) -> String {
        locked(&self.names).get(subject as usize).map(ToString::to_string).unwrap_or_default()
    }

    pub(super) fn health(&self) -> String {
        locked(&self.health).clone()
    }

    pub(super) fn feed(&self) -> Feed {
        let (feed, queue) = Feed::new();
        match *locked(&self.ended) {
            Some(status) => queue.end(status),
            None => locked(&self.feeds).push(queue),
        }
        feed
    }

    pub(super) fn reader(&self, subject: u32) -> Reader {
        Reader::new(subject, self.live.clone(), self.samples(Some(subject)))
    }

    /// Samples of a subject, or of all, from now on.
    pub(super) fn samples(&self, subject: Option<u32>) -> mpsc::Receiver<Fed> {
        let (sender, samples) = mpsc::sync_channel(reader::ROOM);
        locked(&self.samples).push((subject, sender));
        samples
    }

    /// Wakes whoever waits: nothing comes any more.
    pub(super) fn end(&self, status: Status) {
        locked(&self.ended).get_or_insert(status);
        locked(&self.feeds).drain(..).for_each(|queue| queue.end(status));
        locked(&self.samples).clear();
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
        let mut readers = locked(&self.samples);
        readers.retain(|(wanted, sender)| {
            let mine = wanted.is_none_or(|wanted| wanted == subject);
            let gone = |sent| matches!(sent, Err(mpsc::TrySendError::Disconnected(_)));
            !mine || !gone(sender.try_send((used.at, used.sample.clone())))
        });
        drop(readers);
        // A feed that only we hold has no owner any more.
        locked(&self.feeds).retain(|queue| {
            queue.push(pose, details);
            Arc::strong_count(queue) > 1
        });
    }

    pub(super) fn set_health(&self, snapshot: &Snapshot) {
        let health = &snapshot.health;
        let subjects: Vec<&str> = snapshot.subjects.iter().map(|subject| &*subject.status.name).collect();
        let told = json!({
            "schema": "cyclorama.tracking/1",
            "datagrams": health.datagrams,
            "accepted": health.accepted,
            "refused": health.rejected.values().sum::<u64>(),
            "lost": health.streams.iter().map(|stream| stream.lost).sum::<u64>(),
            "per_second": health.rate,
            "seconds_silent": health.age_seconds(snapshot.at),
            "second_sender": health.second_sender,
            "subjects": subjects,
        });
        *locked(&self.health) = told.to_string();
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
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
