//! What keeps a host from going on to the next frame: nobody wants it any more, or too many of its frames wait to be taken.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Set by whoever reads the worker's messages, at once and ahead of the queue. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Brake(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    /// The worker is gone.
    gone: bool,
    /// Cancellations that stand in the queue still, behind what they cancel.
    cancels: usize,
    /// The range that is drawn.
    range: u64,
    /// Frames of it that the worker was told of, and those that it has taken.
    told: u32,
    taken: u32,
}

impl State {
    fn stops(&self) -> bool {
        self.gone || self.cancels > 0
    }
}

impl Brake {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.0.1.notify_all();
    }

    pub(super) fn leave(&self) {
        self.change(|state| state.gone = true);
    }

    pub(super) fn cancel(&self) {
        self.change(|state| state.cancels += 1);
    }

    /// The queue has come to a cancellation: what stands behind it is wanted.
    pub(super) fn pass_cancel(&self) {
        self.change(|state| state.cancels = state.cancels.saturating_sub(1));
    }

    pub(super) fn begin(&self, range: u64) {
        self.change(|state| (state.range, state.told, state.taken) = (range, 0, 0));
    }

    pub(super) fn tell(&self) {
        self.change(|state| state.told += 1);
    }

    pub(super) fn take(&self, range: u64) {
        self.change(|state| state.taken += u32::from(state.range == range));
    }

    /// Whether drawing shall go on; waits while `ahead` frames wait to be taken, where that is said.
    pub(super) fn goes_on(&self, ahead: Option<u32>) -> bool {
        let most = ahead.map_or(u32::MAX, |ahead| ahead.max(1));
        let is_full = |state: &mut State| !state.stops() && state.told.saturating_sub(state.taken) >= most;
        let state = self.0.1.wait_while(self.state(), is_full).unwrap_or_else(PoisonError::into_inner);
        !state.stops()
    }
}
