//! Keeps a lease alive beside the work, and hears of splits: what it covers can only become less.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::Cancel;
use cyclorama_time::FrameNumber;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::pause;
use crate::ledger::{HolderPace, Job, Lease};
use crate::plan::FrameRange;

/// Beats until it is stopped. Dropping it stops it, and the lease expires.
pub(crate) struct Heart {
    stop: Option<oneshot::Sender<()>>,
    known: Arc<Known>,
    task: JoinSet<Option<Lease>>,
}

/// What the heart knows of its lease.
struct Known {
    lost: AtomicBool,
    first: i64,
    last: AtomicI64,
    /// What the next beat says.
    pace: Mutex<Option<HolderPace>>,
}

impl Known {
    fn end_before(&self, splits: &[FrameNumber]) {
        if let Some(split) = splits.iter().find(|split| split.0 > self.first) {
            self.last.fetch_min(split.0 - 1, Ordering::AcqRel);
        }
    }

    fn pace(&self) -> MutexGuard<'_, Option<HolderPace>> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heart {
    /// Keeps `lease`, which covers `frames`, alive with a heartbeat every `every`. Once `cancel` is set they say that its holder leaves.
    pub(crate) fn start(job: Job, lease: Lease, frames: FrameRange, every: Duration, cancel: Cancel) -> Self {
        let (stop, stopped) = oneshot::channel();
        let last = AtomicI64::new(frames.last.0);
        let known = Arc::new(Known {
            lost: AtomicBool::new(false),
            first: frames.first.0,
            last,
            pace: Mutex::new(None),
        });
        let mut task = JoinSet::new();
        task.spawn(beat(job, lease, every, (stopped, cancel), Arc::clone(&known)));
        Self { stop: Some(stop), known, task }
    }

    /// Somebody took it over.
    pub(crate) fn is_lost(&self) -> bool {
        self.known.lost.load(Ordering::Acquire)
    }

    /// The last frame that is still covered, as far as is known.
    pub(super) fn last(&self) -> FrameNumber {
        FrameNumber(self.known.last.load(Ordering::Acquire))
    }

    /// Its range was split at these frames.
    pub(super) fn end_before(&self, splits: &[FrameNumber]) {
        self.known.end_before(splits);
    }

    /// What the next beat says of how the work gets on.
    pub(super) fn tell(&self, pace: HolderPace) {
        *self.known.pace() = Some(pace);
    }

    /// Stops beating; the lease, if it is still ours.
    pub(crate) async fn stop(mut self) -> Option<Lease> {
        drop(self.stop.take());
        self.task.join_next().await?.ok()?
    }
}

/// Until `every` is over, or the holder is asked to stop, unless it `leaves` already: who asked may wait less than that.
async fn next_beat(every: Duration, cancel: &Cancel, leaves: bool) {
    if leaves {
        tokio::time::sleep(every).await;
    } else {
        pause(every, cancel).await;
    }
}

async fn beat(
    job: Job,
    mut lease: Lease,
    every: Duration,
    (mut stopped, cancel): (oneshot::Receiver<()>, Cancel),
    known: Arc<Known>,
) -> Option<Lease> {
    let mut leaves = false;
    loop {
        tokio::select! {
            _ = &mut stopped => return Some(lease),
            () = next_beat(every, &cancel, leaves) => {}
        }
        let range = lease.name().range;
        lease.tell(*known.pace());
        if cancel.is_cancelled() {
            leaves = true;
            lease.leave();
        }
        match job.heartbeat(&mut lease).await {
            Ok(()) => {}
            Err(error) if error.kind() == Kind::Conflict => {
                tracing::warn!(range, "the lease was taken over");
                known.lost.store(true, Ordering::Release);
                return None;
            }
            // The store is away. The work goes on; commits are safe without a lease.
            Err(error) => tracing::warn!(range, %error, "no heartbeat"),
        }
        match job.splits(range).await {
            Ok(splits) => known.end_before(&splits),
            Err(error) => tracing::debug!(range, %error, "splits are not known"),
        }
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_assets::MemoryStore;
    use cyclorama_time::StageTime;

    use super::*;
    use crate::ledger::{Acquired, LeaseWatch, Ledger};
    use crate::plan::tests::{camera, request};

    /// Who was lost, in the eyes of whoever takes the range over from a holder that beat for two seconds and went.
    async fn lost(is_asked_to_stop: bool) -> Option<String> {
        const LEASE: Duration = Duration::from_secs(180);
        let camera = camera(0, 4);
        let planned = request(&camera).plan().expect("plans");
        let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
        let job = ledger.submit(&planned).await.expect("submits");
        let take = async |worker: &str, watch: &mut LeaseWatch, seconds: f64| {
            let taken = job.lease(0_u32, worker, watch, StageTime::from_seconds(seconds)).await;
            match taken.expect("the store works") {
                Acquired::Held(lease) => Some(lease),
                _ => None,
            }
        };
        let lease = take("first", &mut LeaseWatch::new(LEASE), 0.0).await.expect("it is free");
        let cancel = Cancel::new();
        let heart = Heart::start(job.clone(), lease, planned.plan.frames, LEASE / 3, cancel.clone());
        if is_asked_to_stop {
            cancel.cancel();
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(heart);
        let mut watch = LeaseWatch::new(LEASE);
        assert!(take("next", &mut watch, 10.0).await.is_none(), "it may live");
        take("next", &mut watch, 190.0).await.expect("it expired").lost().map(str::to_owned)
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_asked_to_stop_says_so_long_before_the_next_beat_is_due() {
        assert_eq!(lost(true).await, None);
        assert_eq!(lost(false).await.as_deref(), Some("first"));
    }
}
