//! A worker for whom nothing is left looks at what others still have to do, and lends a hand (see [`super::tail`]).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use cyclorama_time::{FrameNumber, StageTime};
use futures::future::try_join_all;

use super::range::RangeWork;
use super::start::Ready;
use super::tail::{Busy, Help, Helper};
use super::{Turn, Worker, WorkerError};
use crate::ledger::{Acquired, LeaseName, LedgerError, Part};
use crate::plan::FrameRange;

/// So many unfinished parts are looked at, those that miss the most.
const LOOKED_AT: usize = 8;

/// What a worker has seen of others' parts.
#[derive(Default)]
pub(super) struct Seen {
    parts: HashMap<LeaseName, SeenPart>,
    /// Frames that we drew beside their holder, or tried to.
    redrawn: HashSet<FrameNumber>,
    /// Frames that somebody else draws beside their holder, and since when we know.
    claimed: HashMap<FrameNumber, StageTime>,
    /// Our host did not start when there was no need for it yet.
    helpless: bool,
}

#[derive(Clone, Copy)]
struct SeenPart {
    missing: u64,
    ahead: u32,
    since: StageTime,
    seconds: Option<f64>,
}

impl Seen {
    /// Whether we leave `frame` to others: we tried, or somebody else has said that they do, a while ago at most. Whoever
    /// fails at it takes that back.
    fn is_redrawn(&self, frame: FrameNumber, now: StageTime, a_while: Duration) -> bool {
        let recent =
            |since: &StageTime| u128::from(now.nanos_since(*since).unsigned_abs()) < a_while.as_nanos();
        self.redrawn.contains(&frame) || self.claimed.get(&frame).is_some_and(recent)
    }
}

impl Worker {
    /// Does the best for the owners of `others`, which somebody else holds.
    pub(super) async fn help(&mut self, others: Vec<Part>) -> Result<Turn, WorkerError> {
        if !self.options.help || self.seen.helpless {
            return Ok(Turn::Idle);
        }
        let walk_in = self.job.walk_in().await?;
        let busy = self.look_at(&others, walk_in).await?;
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
                if !self.job.claim_redraw(run.first, &self.options.name).await? {
                    self.seen.claimed.insert(run.first, self.clock.now());
                    return Ok(Turn::Idle);
                }
                self.seen.redrawn.insert(run.first);
                tracing::info!(worker = self.options.name, frames = %run, "a slow worker's frames are drawn again");
                let drawn = RangeWork::redraw(self, name, run).await;
                self.job.end_redraw(run.first).await?;
                drawn?;
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
                RangeWork::new(self, lease, frames, None).run().await?;
                Ok(Turn::Worked)
            }
            // Somebody had the same thought.
            Acquired::Busy | Acquired::Done => Ok(Turn::Again),
        }
    }

    /// What those of `others` that miss the most still have to do, and how fast they are.
    async fn look_at(&mut self, others: &[Part], walk_in: u32) -> Result<Vec<Busy>, LedgerError> {
        let now = self.clock.now();
        let missing = |part: &Part| (*part, self.state.missing(part.frames));
        let mut open: Vec<_> = others.iter().map(missing).filter(|(_, runs)| !runs.is_empty()).collect();
        let count = |runs: &[FrameRange]| runs.iter().map(|run| run.count()).sum::<u64>();
        open.sort_by_key(|(_, runs)| std::cmp::Reverse(count(runs)));
        open.truncate(LOOKED_AT);
        let told = try_join_all(open.iter().map(|(part, _)| self.job.pace_of(part.name))).await?;
        let mut before = std::mem::take(&mut self.seen.parts);
        let mut found = Vec::with_capacity(open.len());
        for ((Part { name, frames }, runs), told) in open.into_iter().zip(told) {
            let (missing, ahead) = (count(&runs), told.map_or(0, |told| told.ahead));
            let known = before.remove(&name).filter(|seen| (seen.missing, seen.ahead) == (missing, ahead));
            let told = told.map(|told| told.frame_us as f64 * 1e-6);
            let seconds = match (told, known) {
                (None, Some(seen)) => seen.seconds,
                (None, None) => self.pace_in(frames.first, runs[0].first, walk_in).await?,
                (told, _) => told,
            };
            let since = known.map_or(now, |seen| seen.since);
            self.seen.parts.insert(name, SeenPart { missing, ahead, since, seconds });
            // Of a walk-in only heartbeats tell.
            let beat = if ahead > 0 { self.options.lease / 3 } else { Duration::ZERO };
            found.push(Busy {
                name,
                redrawn: self.seen.is_redrawn(runs[0].first, now, self.options.lease),
                missing: runs,
                ahead,
                seconds,
                unchanged: (now.nanos_since(since) as f64 * 1e-9 - beat.as_secs_f64()).max(0.0),
            });
        }
        Ok(found)
    }

    /// Seconds that the last committed frame from `first` on, and before `end`, took.
    async fn pace_in(
        &self,
        first: FrameNumber,
        end: FrameNumber,
        walk_in: u32,
    ) -> Result<Option<f64>, LedgerError> {
        let Some(last) = self.state.committed.range(first..end).next_back() else { return Ok(None) };
        let Some(record) = self.job.frame(*last).await? else { return Ok(None) };
        // The first one of a run was behind its walk-in.
        let begins = record.frame.run == Some(*last);
        let drawn = if begins { 1 + self.job.plan().walk_in_at(*last, walk_in) } else { 1 };
        Ok(Some(record.frame.render_seconds / f64::from(drawn)))
    }
}
