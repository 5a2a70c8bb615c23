//! A worker for whom nothing is left looks at what others still have to do, and lends a hand (see [`super::tail`]).

use std::collections::{HashMap, HashSet};

use cyclorama_time::{FrameNumber, StageTime};

use super::range::RangeWork;
use super::start::Ready;
use super::tail::{Busy, Help, Helper};
use super::{Turn, Worker, WorkerError};
use crate::ledger::{Acquired, LeaseName, LedgerError, Part};

/// So many unfinished parts are looked at, those that miss the most.
const LOOKED_AT: usize = 8;

/// What a worker has seen of others' parts.
#[derive(Default)]
pub(super) struct Seen {
    parts: HashMap<LeaseName, SeenPart>,
    /// Frames that somebody draws beside their holder already, or that we tried.
    redrawn: HashSet<FrameNumber>,
    /// Our host did not start when there was no need for it yet.
    helpless: bool,
}

#[derive(Clone, Copy)]
struct SeenPart {
    missing: u64,
    since: StageTime,
    seconds: Option<f64>,
}

impl Worker {
    /// Does the best for the owners of `others`, which somebody else holds.
    pub(super) async fn help(&mut self, others: Vec<Part>) -> Result<Turn, WorkerError> {
        if !self.options.help || self.seen.helpless {
            return Ok(Turn::Idle);
        }
        let busy = self.look_at(&others).await?;
        let walk_in = self.job.walk_in().await?;
        let chosen = {
            let plan = self.job.plan();
            let helper = Helper {
                seconds: self.host.as_ref().and_then(|running| running.pace.typical()),
                warm: self.host.is_some(),
                walk_in: &|frame| plan.walk_in_at(frame, walk_in),
            };
            helper.choose(&busy)
        };
        match chosen {
            None => Ok(Turn::Idle),
            Some(Help::Split(range, at)) => self.split(&others, range, at).await,
            Some(Help::Redraw(name, run)) => {
                self.seen.redrawn.insert(run.first);
                if !self.job.claim_redraw(run.first, &self.options.name).await? {
                    return Ok(Turn::Idle);
                }
                tracing::info!(worker = self.options.name, frames = %run, "a slow worker's frames are drawn again");
                RangeWork::redraw(self, name, run).await?;
                Ok(Turn::Again)
            }
        }
    }

    async fn split(&mut self, others: &[Part], range: u32, at: FrameNumber) -> Result<Turn, WorkerError> {
        let covers = |part: &&Part| part.name.range == range && part.frames.contains(at);
        let Some(part) = others.iter().find(covers) else { return Ok(Turn::Idle) };
        let mut frames = part.frames;
        // A cold host is started first: whoever takes frames can draw them, and by then there may be others to take.
        match self.ready(frames).await {
            Ok(Ready::Ran) => {}
            Ok(Ready::Started | Ready::NotNeeded) => return Ok(Turn::Again),
            Err(failure) => {
                tracing::warn!(worker = self.options.name, %failure, "no help for others");
                self.seen.helpless = true;
                return Ok(Turn::Idle);
            }
        }
        let name = LeaseName { range, from: Some(at) };
        let now = self.clock.now();
        match self.job.lease(name, &self.options.name, &mut self.watch, now).await? {
            Acquired::Held(lease) => {
                tracing::info!(
                    worker = self.options.name,
                    range,
                    at = at.0,
                    "the rest of a range is taken over"
                );
                self.report.splits += 1;
                frames.first = at;
                RangeWork::new(self, lease, frames).run().await?;
                Ok(Turn::Worked)
            }
            // Somebody had the same thought.
            Acquired::Busy | Acquired::Done => Ok(Turn::Again),
        }
    }

    /// What those of `others` that miss the most still have to do, and how fast they are.
    async fn look_at(&mut self, others: &[Part]) -> Result<Vec<Busy>, LedgerError> {
        let now = self.clock.now();
        let missing = |part: &Part| (part.name, part.frames, self.state.missing(part.frames));
        let mut open: Vec<_> = others.iter().map(missing).filter(|(.., runs)| !runs.is_empty()).collect();
        let count = |runs: &[crate::plan::FrameRange]| runs.iter().map(|run| run.count()).sum::<u64>();
        open.sort_by_key(|(.., runs)| std::cmp::Reverse(count(runs)));
        open.truncate(LOOKED_AT);
        let mut before = std::mem::take(&mut self.seen.parts);
        let mut found = Vec::with_capacity(open.len());
        for (name, frames, runs) in open {
            let missing = count(&runs);
            let known = before.remove(&name).filter(|seen| seen.missing == missing);
            let seen = match known {
                Some(seen) => seen,
                None => SeenPart {
                    missing,
                    since: now,
                    seconds: self.pace_in(frames.first, runs[0].first).await?,
                },
            };
            self.seen.parts.insert(name, seen);
            found.push(Busy {
                name,
                redrawn: self.seen.redrawn.contains(&runs[0].first),
                missing: runs,
                seconds: seen.seconds,
                unchanged: now.nanos_since(seen.since) as f64 * 1e-9,
            });
        }
        Ok(found)
    }

    /// Seconds that the last committed frame from `first` on, and before `end`, took.
    async fn pace_in(&self, first: FrameNumber, end: FrameNumber) -> Result<Option<f64>, LedgerError> {
        let Some(last) = self.state.committed.range(first..end).next_back() else { return Ok(None) };
        Ok(self.job.frame(*last).await?.map(|record| record.frame.render_seconds))
    }
}
