//! One operation, tried until it succeeds, cannot, or its time is over.
//!
//! The one policy of `outcome::retry` says when to try again. A request that is silent for longer than patience lasts
//! gets a second one beside it, so that a dead connection costs seconds, and a slow server is still waited for.

use std::future::Future;
use std::time::Duration;

use cyclorama_outcome::Classify as _;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;

use crate::Limits;
use crate::failure::{Cause, S3Failure};
use crate::pace::{Pace, Turn};

/// What an operation came to, and whether an attempt of it may have been done without our knowing.
pub(crate) struct Tried<T> {
    pub(crate) result: Result<T, S3Failure>,
    pub(crate) uncertain: bool,
}

impl<T> Tried<T> {
    /// The result alone, for operations that may be done twice.
    pub(crate) fn plain(self) -> Result<T, S3Failure> {
        self.result
    }
}

/// Never more requests beside each other than this for one operation.
const BESIDE: usize = 3;

/// Tries `make` until it succeeds, fails for good, or `limits` end. `up` and `down` are the bytes it moves.
pub(crate) async fn attempt<T, F, Fut>(pace: &Pace, limits: &Limits, up: u64, down: u64, make: F) -> Tried<T>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, S3Failure>>,
{
    let bytes = up.saturating_add(down);
    let patience = limits.patience.saturating_add(pace.buffered(up));
    let mut running = FuturesUnordered::new();
    // Time that is spent waiting for others of ours is no fault of the store.
    let turn = pace.turn().await;
    running.push(one(pace, turn, bytes, limits.operation_of(bytes), make()));
    let deadline = Instant::now() + limits.operation_of(bytes);
    let contact = Instant::now() + limits.first_contact.saturating_add(limits.travel(bytes));
    let given_up = |then: Instant| then >= deadline || (then >= contact && !pace.has_been_heard());
    let mut next = Instant::now() + patience;
    let (mut attempts, mut failed, mut uncertain, mut silent) = (1, 0, false, pace.silent());
    loop {
        tokio::select! {
            Some(result) = running.next() => {
                let failure = match result {
                    Ok(value) => return Tried { result: Ok(value), uncertain: true },
                    Err(failure) => failure,
                };
                let transient = failure.kind().is_transient();
                if !transient {
                    return Tried { result: Err(failure), uncertain: uncertain || !running.is_empty() };
                }
                failed += 1;
                silent.set(0);
                uncertain |= failure.is_uncertain();
                tracing::debug!(attempts, %failure, "an attempt failed");
                if !running.is_empty() {
                    continue;
                }
                let wait = limits.retry.wait_after(failed, failure.kind(), rand::random());
                match wait {
                    Some(wait) if !given_up(Instant::now() + wait) => tokio::time::sleep(wait).await,
                    _ => return Tried { result: Err(failure), uncertain },
                }
                attempts += 1;
                let Ok(turn) = tokio::time::timeout_at(deadline, pace.turn()).await else {
                    return Tried { result: Err(failure), uncertain };
                };
                running.push(one(pace, turn, bytes, limits.operation_of(bytes), make()));
                next = Instant::now() + patience;
            }
            () = tokio::time::sleep_until(next), if running.len() < BESIDE && attempts < limits.retry.attempts => {
                silent.set(running.len());
                let Some(turn) = pace.extra_turn() else {
                    next = Instant::now() + Duration::from_millis(250);
                    continue;
                };
                next = Instant::now() + patience;
                uncertain = true;
                attempts += 1;
                tracing::debug!(attempts, "no answer yet; asked a second time");
                // The first is waited for, as a slow server needs it; those beside it make room for fresh ones.
                running.push(one(pace, turn, bytes, patience * 3 / 2, make()));
            }
            () = tokio::time::sleep_until(contact), if !pace.has_been_heard() => {
                let silence = S3Failure::saying(Cause::Silence, "it has never answered");
                return Tried { result: Err(silence), uncertain: true };
            }
            () = tokio::time::sleep_until(deadline) => {
                let silence = S3Failure::saying(Cause::Silence, "the whole time for it is over");
                return Tried { result: Err(silence), uncertain: true };
            }
        }
    }
}

/// One request; tells the pace how it went.
async fn one<T>(
    pace: &Pace,
    _turn: Turn,
    bytes: u64,
    life: Duration,
    request: impl Future<Output = Result<T, S3Failure>>,
) -> Result<T, S3Failure> {
    let started = pace.now();
    let result = match tokio::time::timeout(life, request).await {
        Ok(result) => result,
        Err(_) => Err(S3Failure::new(Cause::Silence)),
    };
    if result.as_ref().map_or_else(|failure| failure.status.is_some(), |_| true) {
        pace.answered();
    }
    match &result {
        Ok(_) => {
            let took = pace.now().nanos().saturating_sub(started.nanos());
            pace.succeeded(bytes, Duration::from_nanos(u64::try_from(took).unwrap_or(0)));
        }
        // Also where nobody says whether it was done: the server is busy.
        Err(failure) if failure.cause == Cause::SlowDown || failure.status == Some(503) => pace.refused(),
        Err(_) => {}
    }
    result
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use cyclorama_time::{UtcTime, VirtualClock};

    use super::*;

    fn pace() -> Pace {
        Pace::new(4, Arc::new(VirtualClock::new(UtcTime::from_nanos(0))))
    }

    async fn unreachable() -> Result<(), S3Failure> {
        Err(S3Failure::new(Cause::Unreachable))
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answered_is_given_up_soon_and_one_that_did_is_waited_for() {
        let limits = Limits::default();
        for (heard, least, most) in
            [(false, 15, limits.first_contact.as_secs()), (true, 100, limits.operation.as_secs())]
        {
            let (pace, begun) = (pace(), Instant::now());
            if heard {
                pace.answered();
            }
            let tried = attempt(&pace, &limits, 0, 0, unreachable).await;
            assert_eq!(tried.result.expect_err("nobody is there").cause, Cause::Unreachable);
            let took = begun.elapsed().as_secs();
            assert!((least..=most).contains(&took), "heard {heard}: {took} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_hang_do_not_keep_fresh_ones_back_where_the_server_had_asked_to_slow_down() {
        let (clock, limits) = (Arc::new(VirtualClock::new(UtcTime::from_nanos(0))), Limits::default());
        let pace = Pace::new(64, Arc::clone(&clock) as _);
        pace.answered();
        let begun = Instant::now();
        let asked = Cell::new(0);
        let operation = |number: usize| {
            let (pace, limits, asked) = (&pace, &limits, &asked);
            async move {
                let first = Cell::new(true);
                let make = || {
                    asked.set(asked.get() + 1);
                    let hangs = first.replace(false);
                    async move { if hangs { std::future::pending().await } else { Ok(number) } }
                };
                attempt(pace, limits, 0, 0, make).await.result
            }
        };
        let all = futures::future::join_all((0..8).map(operation));
        let slowed = async {
            // All eight are on their way by then.
            for _ in 0..10 {
                clock.advance(2_000_000_000);
                pace.refused();
            }
            assert_eq!(pace.limit(), 1);
        };
        let (done, ()) = futures::future::join(all, slowed).await;
        assert!(done.iter().all(Result::is_ok) && asked.get() == 16, "{done:?}");
        assert!(begun.elapsed() < 2 * limits.patience, "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_only_hangs_is_no_answer_and_a_refusal_is_one() {
        let (pace, begun) = (pace(), Instant::now());
        let tried = attempt(&pace, &Limits::default(), 0, 0, std::future::pending::<Result<(), _>>).await;
        assert_eq!(tried.result.expect_err("silence").cause, Cause::Silence);
        assert_eq!(begun.elapsed(), Limits::default().first_contact);

        let refusals = Cell::new(0);
        let slow_down = || {
            refusals.set(refusals.get() + 1);
            async { Err::<(), _>(S3Failure { status: Some(503), ..S3Failure::new(Cause::SlowDown) }) }
        };
        let begun = Instant::now();
        let tried = attempt(&pace, &Limits::default(), 0, 0, slow_down).await;
        assert_eq!(tried.result.expect_err("refused").cause, Cause::SlowDown);
        assert!(begun.elapsed() > Duration::from_secs(100) && refusals.get() > 50);
    }

    #[tokio::test(start_paused = true)]
    async fn any_503_slows_the_pace_down() {
        let pace = pace();
        let before = pace.limit();
        let asked = Cell::new(0);
        let busy = || {
            asked.set(asked.get() + 1);
            let failure = S3Failure { status: Some(503), ..S3Failure::new(Cause::Server) };
            let answer = if asked.get() == 1 { Err(failure) } else { Ok(()) };
            async { answer }
        };
        attempt(&pace, &Limits::default(), 0, 0, busy).await.result.expect("the second time");
        assert_eq!((before, pace.limit()), (4, 2));
    }
}
