//! Whether somebody has a job already: so that a farm is asked for it, and paid, once.
//!
//! A farm's slots wait their turn for hours before the ledger shows anything of them, so what was asked for is noted there
//! ([`submit`]), and the farm says what became of it. Who draws it otherwise shows by the leases that he keeps.

use std::fmt;
use std::time::Duration;

use cyclorama_progress::{Cancel, Progress};

use super::{Engine, EngineError, SlotRequest, Submission};
use crate::ledger::{Job, JobState, LedgerError};

/// Who has a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Already {
    /// The farm, in slots that run or wait their turn.
    Asked {
        /// The farm's kind.
        engine: &'static str,
        /// Its own name for them.
        id: String,
        /// How many.
        slots: u32,
    },
    /// Somebody who shows that he draws it.
    Drawn,
}

/// What a job is, in the middle of a sentence.
impl fmt::Display for Already {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked { engine, id, slots } => {
                let slots = cyclorama_progress::words::count(u64::from(*slots), "slot");
                write!(f, "is drawn already, or waits its turn: job {id} of {engine} has {slots} for it")
            }
            Self::Drawn => f.write_str("is drawn already"),
        }
    }
}

/// How a wait for others ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// The job has ended.
    Ended,
    /// Nobody has it any more, and something is left to draw.
    Gone,
    /// Somebody asked to wait no longer.
    Left,
}

/// How often the ledger is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often it is asked whether others have the job still.
const STILL: Duration = Duration::from_secs(15);
/// A farm that does not say how its slots are is believed to have them for so many looks in a row.
pub(super) const SILENCES: u32 = 20;

/// Asks `engine` for slots of `job`, and notes it in the ledger. Where the note cannot be written the slots are asked for all
/// the same.
///
/// # Errors
/// [`EngineError`] when the farm refuses.
pub async fn submit(
    job: &Job,
    engine: &dyn Engine,
    request: &SlotRequest,
    slots: u32,
) -> Result<Submission, EngineError> {
    let submission = engine.submit(request, slots).await?;
    if engine.keeps_slots()
        && let Err(error) = job.note_asked(engine.name(), &submission.id, submission.slots).await
    {
        tracing::warn!(%error, id = submission.id, "that slots were asked for could not be noted");
    }
    Ok(submission)
}

/// Who has `job`, of which `state` was read a moment ago; `lease` is how long a worker may be silent, and the longest this
/// takes. Where nobody holds a part of it, and nothing was asked for, that is known at once; a look that is cancelled finds nobody.
///
/// # Errors
/// [`LedgerError`] when the ledger cannot be read. A farm that does not say how its slots are is passed over.
pub async fn already(
    job: &Job,
    engine: &dyn Engine,
    state: JobState,
    lease: Duration,
    (progress, cancel): (&Progress, &Cancel),
) -> Result<Option<Already>, LedgerError> {
    Ok(look(job, engine, state, lease, (progress, cancel)).await?.0)
}

/// What [`already`] finds, and whether the farm may say more another time.
async fn look(
    job: &Job,
    engine: &dyn Engine,
    state: JobState,
    lease: Duration,
    (progress, cancel): (&Progress, &Cancel),
) -> Result<(Option<Already>, bool), LedgerError> {
    let (found, is_silent) = asked(job, engine).await?;
    if found.is_some() {
        return Ok((found, false));
    }
    Ok((is_drawn(job, state, lease, (progress, cancel)).await?.then_some(Already::Drawn), is_silent))
}

/// The slots that the farm has for `job`, by what was asked for before, and whether it may say more another time. Those that ended are
/// forgotten.
pub(super) async fn asked(job: &Job, engine: &dyn Engine) -> Result<(Option<Already>, bool), LedgerError> {
    let asked = if engine.keeps_slots() { job.asked(engine.name()).await? } else { Vec::new() };
    let mut is_silent = false;
    for asked in asked {
        let submission = Submission { id: asked.id.clone(), slots: asked.slots };
        match engine.state(&submission).await {
            // Those that are put off, until their hour or for a while after their machine was lost, begin by themselves.
            Ok(counts) if counts.alive() + counts.postponed > 0 => {
                let (engine, slots) = (engine.name(), counts.alive() + counts.postponed);
                return Ok((Some(Already::Asked { engine, id: asked.id, slots }), false));
            }
            Ok(_) => {
                if let Err(error) = job.forget_asked(&asked).await {
                    tracing::warn!(%error, id = asked.id, "slots that ended could not be forgotten");
                }
            }
            Err(error) => {
                is_silent |= error.may_pass();
                tracing::warn!(%error, id = asked.id, "the farm does not say how its slots are");
            }
        }
    }
    Ok((None, is_silent))
}

/// Whether somebody shows that he draws it, within what a worker may be silent.
async fn is_drawn(
    job: &Job,
    mut state: JobState,
    lease: Duration,
    (progress, cancel): (&Progress, &Cancel),
) -> Result<bool, LedgerError> {
    let first = job.signs_of_life(&state).await?;
    if first.is_empty() {
        return Ok(false);
    }
    progress.set_items(vec!["looking whether somebody draws it already".to_owned()]);
    let committed = state.committed.len();
    for _ in 0..lease.div_duration_f64(LOOK).ceil() as u64 {
        tokio::time::sleep(LOOK).await;
        if cancel.is_cancelled() {
            break;
        }
        job.refresh(&mut state).await?;
        let now = job.signs_of_life(&state).await?;
        if state.committed.len() > committed || now.iter().any(|(name, sign)| first.get(name) != Some(sign)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Waits while others draw `job`, asks for nothing and ends nothing of theirs.
///
/// # Errors
/// [`LedgerError`] when the ledger cannot be read.
pub async fn wait_for_others(
    job: &Job,
    engine: &dyn Engine,
    lease: Duration,
    (progress, cancel): (&Progress, &Cancel),
) -> Result<Others, LedgerError> {
    progress.set_total(job.plan().frames.count());
    let (mut state, mut until_asked, mut silences) = (JobState::default(), STILL, 0);
    loop {
        job.refresh(&mut state).await?;
        progress.set_done(state.committed.len() as u64);
        if cancel.is_cancelled() {
            return Ok(Others::Left);
        }
        if state.cancelled || job.has_ended(&mut state).await? {
            return Ok(Others::Ended);
        }
        if until_asked.is_zero() {
            until_asked = STILL;
            let (have, is_silent) = look(job, engine, state.clone(), lease, (progress, cancel)).await?;
            silences = if is_silent { silences + 1 } else { 0 };
            if have.is_none() && !cancel.is_cancelled() && (!is_silent || silences > SILENCES) {
                return Ok(Others::Gone);
            }
        }
        let nap = LOOK.min(until_asked);
        tokio::time::sleep(nap).await;
        until_asked -= nap;
    }
}

#[cfg(test)]
mod tests;
