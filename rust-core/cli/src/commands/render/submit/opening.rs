//! The ledger of a submission, made ready while the take is read and planned.

use std::time::Duration;

use cyclorama_render::{
    forecast::Hours,
    ledger::{Begun, Job, Ledger, LedgerError},
    plan::Planned,
};
use tokio::task::JoinSet;

use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// How long what is wrong with a plan is kept back by a store that does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A ledger that is opened, or a new one's store that is raced, beside other work.
pub(super) struct Opening {
    doing: String,
    opening: JoinSet<Result<Begun, LedgerError>>,
}

impl Opening {
    pub(super) fn begin(url: &str, cx: &Context) -> Result<Self, Failure> {
        cx.wait(Self::of(url, cx))
    }

    pub(super) async fn of(url: &str, cx: &Context) -> Result<Self, Failure> {
        let doing = format!("write the plan to ledger {url}");
        let store = cx.store(url).await.doing(&doing)?;
        let mut opening = JoinSet::new();
        opening.spawn(Ledger::begin(store));
        Ok(Self { doing, opening })
    }

    /// Puts the plan into it.
    pub(super) async fn submit(mut self, planned: &Planned, hours: Hours) -> Result<Job, Failure> {
        let begun = match self.opening.join_next().await {
            Some(Err(join)) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
            Some(Ok(begun)) => begun.doing(&self.doing)?,
            // The runtime ends.
            _ => return Err(Failure::cancelled("run the same command again")),
        };
        begun.submit_within(planned, hours).await.doing(&self.doing)
    }

    /// Nothing will be put into it: waits until what was tried is cleared away, but not for a store that is out of reach.
    pub(super) async fn leave(mut self) {
        let _ = tokio::time::timeout(PATIENCE, self.opening.join_next()).await;
    }
}
