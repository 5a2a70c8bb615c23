//! The next range is taken while the last frame of the one before is checked and committed, so that the host need not wait for it.
//!
//! Then there is time, too, to look for what the dead left: it comes before ranges that nobody has begun. What was left twice does not;
//! perhaps it is what its workers died of, and the rest shall be there first
//! (`docs/decisions/0017-what-a-dead-worker-left.md`).

use std::collections::HashSet;

use cyclorama_time::StageTime;

use super::range::{Ahead, RangeWork};
use super::{Turn, Worker, WorkerError};
use crate::ledger::{Acquired, Job, Lease, LeaseName, LeaseWatch, LedgerError, Part};

/// So many ranges that nobody has begun are tried: the listing is as old as the range before.
const TRIED: usize = 3;
/// So many leases of others are read.
const READ: usize = 16;
/// What was held so often comes before what nobody has begun.
const HELD: u64 = 1;

/// What came of looking for the next range.
pub(super) struct Taken {
    watch: LeaseWatch,
    held: Result<Option<(Part, Lease)>, LedgerError>,
}

/// Where the next range may come from.
struct Choice {
    /// Parts that somebody holds, held, or gave back.
    touched: Vec<Part>,
    /// Ranges that nobody has begun.
    free: Vec<Part>,
}

impl Worker {
    /// Begins to take the range that comes after `own`, where there is one that nobody has begun. The end of a job is not hurried:
    /// who is idle then looks with care.
    pub(super) fn take_next(&mut self, own: LeaseName) {
        if !self.next.is_empty() || self.cancel.is_cancelled() || self.is_closed() || self.state.cancelled {
            return;
        }
        let open = self.open().into_iter().filter(|part| part.name != own);
        let (mut touched, mut free): (Vec<Part>, Vec<Part>) =
            open.partition(|part| self.state.leases.contains(&part.name));
        if free.is_empty() {
            return;
        }
        let places = free.len().min(4);
        free.rotate_left(rand::random_range(0..places));
        free.truncate(TRIED);
        if !touched.is_empty() {
            let first = rand::random_range(0..touched.len());
            touched.rotate_left(first);
        }
        touched.truncate(READ);
        let (job, name, now) = (self.job.clone(), self.options.name.clone(), self.clock.now());
        // Nobody looks at leases before this is through.
        let mut watch = std::mem::replace(&mut self.watch, LeaseWatch::new(self.options.lease));
        self.next.spawn(async move {
            let held = take(&job, &name, Choice { touched, free }, &mut watch, now).await;
            Taken { watch, held }
        });
    }

    /// What [`Worker::take_next`] took; none when it was not asked to, or in vain.
    async fn taken_next(&mut self) -> Result<Option<(Part, Lease)>, LedgerError> {
        match self.next.join_next().await {
            Some(Ok(Taken { watch, held })) => {
                self.watch = watch;
                held
            }
            Some(Err(join)) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
            Some(Err(_)) | None => Ok(None),
        }
    }

    /// Works on what was taken ahead; none when nothing was.
    pub(super) async fn work_on_next(&mut self) -> Result<Option<Turn>, WorkerError> {
        let Some((part, lease)) = self.taken_next().await? else { return Ok(None) };
        self.report.ranges += 1;
        let ahead =
            if lease.is_untouched() { Ahead::of(&self.job, part.frames.first).await.ok() } else { None };
        RangeWork::new(self, lease, part.frames, ahead).run().await?;
        Ok(Some(Turn::Worked))
    }

    /// Gives back what was taken ahead, for others to take at once.
    pub(super) async fn give_back_next(&mut self) -> Result<(), LedgerError> {
        if let Some((_, lease)) = self.taken_next().await? {
            let job = self.job.clone();
            self.releasing.spawn(async move {
                if let Err(error) = job.release(lease, false).await {
                    // It expires by itself.
                    tracing::debug!(%error, "a lease was not given back");
                }
            });
        }
        Ok(())
    }
}

async fn take(
    job: &Job,
    worker: &str,
    Choice { touched, free }: Choice,
    watch: &mut LeaseWatch,
    now: StageTime,
) -> Result<Option<(Part, Lease)>, LedgerError> {
    let names = touched.iter().map(|part| part.name).collect();
    let left = job.abandoned(names, watch, now).await?;
    let left: HashSet<LeaseName> =
        left.into_iter().filter(|(_, held)| *held <= HELD).map(|(name, _)| name).collect();
    for part in touched.into_iter().filter(|part| left.contains(&part.name)) {
        if let Acquired::Held(lease) = job.lease(part.name, worker, watch, now).await? {
            return Ok(Some((part, lease)));
        }
    }
    for part in free {
        if let Acquired::Held(lease) = job.lease_new(part.name, worker).await? {
            return Ok(Some((part, lease)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use cyclorama_assets::MemoryStore;

    use super::*;
    use crate::ledger::Ledger;
    use crate::plan::PlanRequest;
    use crate::plan::tests::{camera, request};

    const LEASE: Duration = Duration::from_secs(10);

    fn at(seconds: f64) -> StageTime {
        StageTime::from_seconds(seconds)
    }

    async fn job() -> Job {
        let camera = camera(0, 30);
        let planned = PlanRequest { chunk: Some(10), ..request(&camera) }.plan().expect("plans");
        let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
        ledger.submit(&planned).await.expect("submits")
    }

    /// Takes the next range as the listing of this moment says, where nobody has begun ranges 1 and 2.
    async fn next(job: &Job, watch: &mut LeaseWatch, now: f64) -> Option<(u32, u64)> {
        let state = job.state().await.expect("lists");
        let open = state.open(job.plan()).into_iter();
        let (touched, free) = open.partition(|part| state.leases.contains(&part.name));
        let taken =
            take(job, "taker", Choice { touched, free }, watch, at(now)).await.expect("the store works");
        taken.map(|(part, lease)| (part.name.range, lease.epoch()))
    }

    /// Somebody takes range 0 and is killed before the first heartbeat.
    async fn dies_with_range_0(job: &Job, watch: &mut LeaseWatch, now: f64) {
        let taken = job.lease(0_u32, "dies", watch, at(now)).await.expect("the store works");
        assert!(matches!(taken, Acquired::Held(_)));
    }

    #[tokio::test]
    async fn what_was_left_once_comes_before_what_nobody_has_begun() {
        let (job, mut watch) = (job().await, LeaseWatch::new(LEASE));
        dies_with_range_0(&job, &mut LeaseWatch::new(LEASE), 0.0).await;
        assert_eq!(next(&job, &mut watch, 0.0).await, Some((1, 1)), "it may still live");
        assert_eq!(next(&job, &mut watch, 10.0).await, Some((0, 2)), "before range 2");
        assert_eq!(next(&job, &mut watch, 10.0).await, Some((2, 1)));
        assert_eq!(next(&job, &mut watch, 10.0).await, None);
    }

    #[tokio::test]
    async fn what_was_left_twice_waits() {
        let (job, mut watch) = (job().await, LeaseWatch::new(LEASE));
        dies_with_range_0(&job, &mut watch, 0.0).await;
        assert_eq!(job.abandoned(vec![0.into()], &mut watch, at(0.0)).await.expect("reads"), []);
        dies_with_range_0(&job, &mut watch, 10.0).await;
        assert_eq!(job.abandoned(vec![0.into()], &mut watch, at(10.0)).await.expect("reads"), []);
        assert_eq!(next(&job, &mut watch, 20.0).await, Some((1, 1)));
        assert_eq!(next(&job, &mut watch, 30.0).await, Some((2, 1)));
        assert_eq!(next(&job, &mut watch, 31.0).await, None, "who is idle takes it with care");
    }
}
