//! Notices that AWS takes this machine back, so that what it holds is given to others in time.
//!
//! Asks the machine's own metadata, every few seconds and only while somebody watches. Where nobody answers this is silently
//! off: a machine that is not Amazon's has no such notices.

mod metadata;

use std::future::Future;
use std::time::Duration;

use cyclorama_time::UtcTime;

pub use metadata::{Metadata, MetadataError};

use crate::Environment;

/// How often the metadata is asked.
const EVERY: Duration = Duration::from_secs(5);
/// So many attempts are made before a machine counts as one without metadata.
const ATTEMPTS: u32 = 3;
/// A machine that is taken back is gone so long after the moment that was said, at the latest.
const GONE_AFTER: Duration = Duration::from_secs(30);
/// The longest that anybody waits for it, whatever the machine's clock says; AWS gives two minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(180);

/// Something that AWS says of this machine's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is taken back.
    Interruption {
        /// What becomes of it: `terminate`, `stop` or `hibernate`.
        action: String,
        /// When; not known where AWS said it in words that are new.
        at: Option<UtcTime>,
    },
    /// It may well be taken back soon.
    Rebalance,
}

impl Notice {
    /// How long to stay after everything was given back, at `now`: until the machine is gone, so that its farm starts nothing more on it,
    /// and not at all when it may as well stay.
    pub fn stay(&self, now: UtcTime) -> Duration {
        match self {
            Self::Rebalance => Duration::ZERO,
            Self::Interruption { at: None, .. } => LONGEST_WAIT,
            Self::Interruption { at: Some(at), .. } => {
                let left = i128::from(at.nanos_since(now)) + GONE_AFTER.as_nanos() as i128;
                let left = u64::try_from(left.max(0)).unwrap_or(u64::MAX);
                Duration::from_nanos(left).min(LONGEST_WAIT)
            }
        }
    }
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Interruption { action, at: Some(at) } => {
                write!(f, "AWS takes this machine back ({action} at {at:.0})")
            }
            Self::Interruption { action, at: None } => write!(f, "AWS takes this machine back ({action})"),
            Self::Rebalance => f.write_str("AWS recommends to leave this machine"),
        }
    }
}

/// What stands in the metadata at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// A [`Notice::Interruption`].
    pub interruption: Option<Notice>,
    /// When a recommendation to leave was made, in its own words.
    pub rebalance: Option<String>,
}

/// Whoever knows what stands there.
pub trait Source: Send {
    /// Looks. Ends within some seconds.
    ///
    /// # Errors
    /// [`MetadataError`] when nobody answers, or nonsense.
    fn look(&mut self) -> impl Future<Output = Result<Standing, MetadataError>> + Send;
}

/// The metadata of this machine, where notices are wanted: `asked` for, or on a farm that is known to use such machines.
pub fn wanted(environment: &Environment, asked: bool) -> Option<Metadata> {
    let is_batch = environment.get("AWS_BATCH_JOB_ID").is_some_and(|id| !id.is_empty());
    if asked || is_batch { Metadata::of(environment) } else { None }
}

/// Waits for a notice; `None` when nobody answers here. A recommendation that stood there from the beginning is no notice: whoever began work
/// on this machine all the same would only be sent to the same one again.
pub async fn notice(mut source: impl Source) -> Option<Notice> {
    let mut before: Option<Option<String>> = None;
    let mut failed = 0;
    loop {
        match source.look().await {
            Ok(Standing { interruption: Some(notice), .. }) => return Some(notice),
            Ok(Standing { rebalance, .. }) => match &before {
                Some(before) if rebalance.is_some() && rebalance != *before => {
                    return Some(Notice::Rebalance);
                }
                Some(_) => {}
                None => before = Some(rebalance),
            },
            Err(error) => {
                failed += 1;
                tracing::debug!(%error, failed, "the machine's metadata does not answer");
                if before.is_none() && failed >= ATTEMPTS {
                    return None;
                }
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

#[cfg(test)]
mod tests;
