//! Keeps a lease alive beside the work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cyclorama_outcome::{Classify, Kind};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::ledger::{Job, Lease};

/// Beats until it is stopped. Dropping it stops it, and the lease expires.
pub(super) struct Heart {
    stop: Option<oneshot::Sender<()>>,
    lost: Arc<AtomicBool>,
    task: JoinSet<Option<Lease>>,
}

impl Heart {
    /// Keeps `lease` alive with a heartbeat every `every`.
    pub(super) fn start(job: Job, lease: Lease, every: Duration) -> Self {
        let (stop, stopped) = oneshot::channel();
        let lost = Arc::new(AtomicBool::new(false));
        let mut task = JoinSet::new();
        task.spawn(beat(job, lease, every, stopped, Arc::clone(&lost)));
        Self { stop: Some(stop), lost, task }
    }

    /// Somebody took the range over.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Stops beating; the lease, if it is still ours.
    pub(super) async fn stop(mut self) -> Option<Lease> {
        drop(self.stop.take());
        self.task.join_next().await?.ok()?
    }
}

async fn beat(
    job: Job,
    mut lease: Lease,
    every: Duration,
    mut stopped: oneshot::Receiver<()>,
    lost: Arc<AtomicBool>,
) -> Option<Lease> {
    loop {
        tokio::select! {
            _ = &mut stopped => return Some(lease),
            () = tokio::time::sleep(every) => {}
        }
        match job.heartbeat(&mut lease).await {
            Ok(()) => {}
            Err(error) if error.kind() == Kind::Conflict => {
                tracing::warn!(range = lease.range(), "the lease was taken over");
                lost.store(true, Ordering::Release);
                return None;
            }
            // The store is away. The work goes on; commits are safe without a lease.
            Err(error) => tracing::warn!(range = lease.range(), %error, "no heartbeat"),
        }
    }
}
