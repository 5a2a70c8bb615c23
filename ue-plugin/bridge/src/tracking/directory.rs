//! Running sessions by number, so that the other domains of the bridge find one without owning it.

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicU64, Ordering},
};

use super::shared::{Shared, locked};

static NEXT: AtomicU64 = AtomicU64::new(1);
static OPEN: Mutex<Vec<(u64, Weak<Shared>)>> = Mutex::new(Vec::new());

/// Gives a session its number, which no other of this process gets; never 0.
pub(super) fn enter(shared: &Arc<Shared>) -> u64 {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut open = locked(&OPEN);
    open.retain(|(_, known)| known.strong_count() > 0);
    open.push((number, Arc::downgrade(shared)));
    number
}

/// Whether a session of this process hears that port.
pub(super) fn hears(port: u16) -> bool {
    let known: Vec<_> = locked(&OPEN).iter().filter_map(|(_, known)| known.upgrade()).collect();
    let at = |shared: &Arc<Shared>| shared.address().is_some_and(|address| address.port() == port);
    known.iter().any(|shared| at(shared) && !shared.is_over())
}

/// The session of this number, as long as somebody holds it.
pub(crate) fn find(number: u64) -> Option<Arc<Shared>> {
    locked(&OPEN).iter().find(|(known, _)| *known == number)?.1.upgrade()
}
