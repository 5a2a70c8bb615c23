//! Attempts at frames that went wrong: what a host or a check complained of, and workers that were lost.

use cyclorama_time::{FrameNumber, UtcTime};

use super::job::{json, number};
use super::{AttemptNote, FailedFrame, Job, LeaseName, LedgerError};
use cyclorama_assets::store::nonce;

/// What follows the frame in the name of a note of a lost worker. No nonce has it.
const LOST: &str = "-lost-";
/// Fewer lost workers accuse no frame: machines are lost for reasons of their own.
const FEWEST_LOSSES: u32 = 3;
/// So many always do.
const MOST_LOSSES: u32 = 8;
/// A frame is accused once the chance that any frame of such a job met with so many losses is less than this.
const BY_CHANCE: f64 = 0.001;

/// How often a frame went wrong so far, by all workers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// A living worker noted it.
    pub failed: u32,
    /// Whoever drew it was lost, with all that it could have said.
    pub lost: u32,
}

/// What becomes of a frame that stands first in a part whose lease was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is drawn like any other.
    Drawn,
    /// It is drawn by itself: more lost workers, and it is set aside.
    Alone,
    /// So many workers were lost at it that it is set aside.
    SetAside(u32),
}

impl Job {
    /// Weighs, for `worker` who took the lease `(name, epoch)` over, what its holders before were lost at: `frame` is the first that is
    /// missing. `lost` is the last of them, where it was lost and did not give back; that is noted, once for each holding, whoever
    /// notes it. After as many lost workers as chance does not explain, where so many are lost (`done` frames are committed), the frame is
    /// given up.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn weigh_losses(
        &self,
        frame: FrameNumber,
        (name, epoch): (LeaseName, u64),
        (worker, lost): (&str, Option<&str>),
        done: u64,
        at: UtcTime,
    ) -> Result<Verdict, LedgerError> {
        if let Some(lost) = lost {
            let held = epoch.saturating_sub(1);
            let key = self.home.join(&format!("attempts/{:06}{LOST}{name}-{held}.json", frame.0))?;
            let reason = format!("the worker drawing it was lost: {lost}");
            self.writer.put_if_absent(&key, json(&note(frame, lost, &reason, at))).await?;
        }
        let (losses, elsewhere) = self.losses(frame).await?;
        let most = losses_that_accuse(done, elsewhere, self.plan().frames.count());
        if losses >= most {
            let last = lost.map_or(String::new(), |lost| format!(", the last one {lost}"));
            let reason = format!("{losses} workers were lost while they drew it{last}");
            self.give_up(frame, worker, losses, &reason).await?;
            return Ok(Verdict::SetAside(losses));
        }
        Ok(if losses + 1 >= FEWEST_LOSSES { Verdict::Alone } else { Verdict::Drawn })
    }

    /// Marks a frame as given up, so that the job can end without it.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn give_up(
        &self,
        frame: FrameNumber,
        worker: &str,
        attempts: u32,
        reason: &str,
    ) -> Result<(), LedgerError> {
        let record = FailedFrame {
            schema: "cyclorama.failed-frame/1".to_owned(),
            frame,
            worker: worker.to_owned(),
            attempts,
            reason: reason.to_owned(),
        };
        let key = self.home.join(&format!("failed/{}", number(frame)))?;
        Ok(self.writer.put(&key, json(&record)).await?)
    }

    /// Notes an attempt that went wrong.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn note(
        &self,
        frame: FrameNumber,
        worker: &str,
        reason: &str,
        at: UtcTime,
    ) -> Result<(), LedgerError> {
        let key = self.home.join(&format!("attempts/{:06}-{}.json", frame.0, nonce()))?;
        Ok(self.writer.put(&key, json(&note(frame, worker, reason, at))).await?)
    }

    /// How many attempts at `frame` went wrong so far, by anybody.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn attempts(&self, frame: FrameNumber) -> Result<Attempts, LedgerError> {
        let prefix = format!("{}/attempts/{:06}-", self.home, frame.0);
        let listed = self.writer.list(&prefix).await?;
        let lost = listed.iter().filter(|(key, _)| is_loss(key.as_str())).count();
        Ok(Attempts { failed: (listed.len() - lost) as u32, lost: lost as u32 })
    }

    /// How many workers were lost at `frame`, and at all others of the job.
    async fn losses(&self, frame: FrameNumber) -> Result<(u32, u32), LedgerError> {
        let prefix = format!("{}/attempts/", self.home);
        let here = format!("{prefix}{:06}{LOST}", frame.0);
        let listed = self.writer.list(&prefix).await?;
        let lost = listed.iter().map(|(key, _)| key.as_str()).filter(|key| is_loss(key));
        let (at, elsewhere): (Vec<_>, Vec<_>) = lost.partition(|key| key.starts_with(&here));
        Ok((at.len() as u32, elsewhere.len() as u32))
    }

    /// All notes of attempts that went wrong, by frame.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a note cannot be read.
    pub async fn notes(&self) -> Result<Vec<AttemptNote>, LedgerError> {
        self.records("attempts/").await
    }

    /// The frames that were given up, with reasons.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn failures(&self) -> Result<Vec<FailedFrame>, LedgerError> {
        let mut failures = Vec::new();
        for failure in self.records::<FailedFrame>("failed/").await? {
            if !self.is_committed(failure.frame).await? {
                failures.push(failure);
            }
        }
        Ok(failures)
    }
}

/// Whether the note at `key` is one of a lost worker.
fn is_loss(key: &str) -> bool {
    key.rsplit_once('/').map_or(key, |(_, name)| name).contains(LOST)
}

/// How many workers must be lost at one frame until it is to blame, in a job of `frames`. How likely a worker is lost at a frame that is not to
/// blame is taken from the `done` frames and the losses `elsewhere` (Laplace's rule of succession, which begins at a half).
fn losses_that_accuse(done: u64, elsewhere: u32, frames: u64) -> u32 {
    let elsewhere = f64::from(elsewhere);
    let chance = (elsewhere + 1.0) / (done as f64 + elsewhere + 2.0);
    let is_too_many = |losses: &u32| chance.powi(*losses as i32) * frames as f64 <= BY_CHANCE;
    (FEWEST_LOSSES..MOST_LOSSES).find(is_too_many).unwrap_or(MOST_LOSSES)
}

fn note(frame: FrameNumber, worker: &str, reason: &str, at: UtcTime) -> AttemptNote {
    AttemptNote {
        schema: "cyclorama.attempt/1".to_owned(),
        frame,
        worker: worker.to_owned(),
        reason: reason.to_owned(),
        at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_workers_are_lost_anyway_the_more_it_takes_to_accuse_a_frame() {
        assert_eq!(losses_that_accuse(1_000, 0, 2_000), 3, "nobody else was lost");
        assert_eq!(losses_that_accuse(200, 2, 300), 3);
        assert_eq!(losses_that_accuse(2_000, 200, 2_400), 7, "one of eleven");
        assert_eq!(losses_that_accuse(80, 18, 96), 7, "one of five");
        assert_eq!(losses_that_accuse(0, 0, 96), 8, "nothing is known yet");
    }

    #[test]
    fn notes_of_losses_are_known_by_their_names() {
        assert!(is_loss("jobs/x/attempts/000012-lost-000001-1.json"));
        assert!(is_loss("jobs/x/attempts/-00012-lost-000001-1.json"));
        assert!(!is_loss("jobs/x-lost-y/attempts/000012-4f00.json"));
    }
}
