//! Attempts at frames that went wrong: what a host or a check complained of, and workers that were lost.

use cyclorama_time::{FrameNumber, UtcTime};

use super::job::{json, number};
use super::{AttemptNote, FailedFrame, Job, LeaseName, LedgerError};
use cyclorama_assets::store::nonce;

/// What follows the frame in the name of a note of a lost worker. No nonce begins so.
const LOST: &str = "lost-";

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
    /// It is drawn by itself: one more lost worker, and it is set aside.
    Alone,
    /// So many workers were lost at it that it is set aside.
    SetAside(u32),
}

impl Job {
    /// Weighs, for `worker` who took the lease `(name, epoch)` over, what its holders before were lost at: `frame` is the first that is
    /// missing. `lost` is the last of them, where it was lost and did not give back; that is noted, once for each holding, whoever
    /// notes it. From `most` lost workers on, two at least, the frame is given up.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn weigh_losses(
        &self,
        frame: FrameNumber,
        (name, epoch): (LeaseName, u64),
        (worker, lost): (&str, Option<&str>),
        most: u32,
        at: UtcTime,
    ) -> Result<Verdict, LedgerError> {
        if let Some(lost) = lost {
            let held = epoch.saturating_sub(1);
            let key = self.home.join(&format!("attempts/{:06}-{LOST}{name}-{held}.json", frame.0))?;
            let reason = format!("the worker drawing it was lost: {lost}");
            self.writer.put_if_absent(&key, json(&note(frame, lost, &reason, at))).await?;
        }
        // Machines are lost for reasons of their own: one alone accuses no frame.
        let (losses, most) = (self.attempts(frame).await?.lost, most.max(2));
        if losses >= most {
            let last = lost.map_or(String::new(), |lost| format!(", the last one {lost}"));
            let reason = format!("{losses} workers were lost while they drew it{last}");
            self.give_up(frame, worker, losses, &reason).await?;
            return Ok(Verdict::SetAside(losses));
        }
        Ok(if losses + 1 == most { Verdict::Alone } else { Verdict::Drawn })
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
        let is_loss = |key: &str| key.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with(LOST));
        let lost = listed.iter().filter(|(key, _)| is_loss(key.as_str())).count();
        Ok(Attempts { failed: (listed.len() - lost) as u32, lost: lost as u32 })
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

fn note(frame: FrameNumber, worker: &str, reason: &str, at: UtcTime) -> AttemptNote {
    AttemptNote {
        schema: "cyclorama.attempt/1".to_owned(),
        frame,
        worker: worker.to_owned(),
        reason: reason.to_owned(),
        at,
    }
}
