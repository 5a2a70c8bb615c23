//! Whether the store that holds render ledgers takes conditional writes.

use std::sync::Arc;

use cyclorama_assets::store::probe_conditional;
use cyclorama_outcome::Classify as _;
use cyclorama_time::Clock as _;

use super::{Finding, Subject};
use crate::{SystemClock, stores};

/// Races the store named by the setting `render.ledger` against itself.
pub(super) async fn ledger(subject: &Subject<'_>) -> Finding {
    let meaning = "workers agree on who renders what by conditional writes to this store";
    let Some(url) = &subject.settings.ledger else {
        return Finding::ok(
            "ledger-store",
            meaning,
            "none is set; each render makes a folder beside its take",
        );
    };
    let clock = Arc::new(SystemClock::new());
    let began = clock.utc();
    let store = match stores::open(url, subject.endpoint, subject.settings, &subject.environment, clock).await
    {
        Ok(store) => store,
        Err(error) => {
            return Finding::ok("ledger-store", meaning, error.to_string())
                .fail(error.hint().unwrap_or_else(|| "correct the setting render.ledger".to_owned()));
        }
    };
    let place = store.describe();
    match probe_conditional(store.as_ref(), Some(began)).await {
        Ok(()) => Finding::ok("ledger-store", meaning, format!("{place} takes conditional writes")),
        Err(error) => Finding::ok("ledger-store", meaning, format!("{place}: {error}"))
            .fail(error.hint().unwrap_or_else(|| "check that place and its permissions".to_owned())),
    }
}
