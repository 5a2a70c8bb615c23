//! A global allocator that counts what the current thread asks for.
//!
//! Counting by thread keeps tests that run side by side apart; what all threads ask for is counted beside it.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static EVERYWHERE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

/// Allocations this thread has made, growth of existing ones included.
pub(crate) fn calls() -> u64 {
    CALLS.get()
}

/// Allocations of all threads: of use where one test has a process to itself.
pub(crate) fn calls_everywhere() -> u64 {
    EVERYWHERE.load(Ordering::Relaxed)
}

/// Bytes this thread has allocated and not freed.
pub(crate) fn live() -> i64 {
    LIVE.get()
}

/// The most [`live`] has been since [`restart_peak`].
pub(crate) fn peak() -> i64 {
    PEAK.get()
}

/// Measures [`peak`] from now on.
pub(crate) fn restart_peak() {
    PEAK.set(LIVE.get());
}

fn took(bytes: usize) {
    EVERYWHERE.fetch_add(1, Ordering::Relaxed);
    CALLS.set(CALLS.get() + 1);
    LIVE.set(LIVE.get() + bytes as i64);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

fn gave(bytes: usize) {
    LIVE.set(LIVE.get() - bytes as i64);
}

#[expect(unsafe_code, reason = "an allocator is an unsafe trait; this one only counts and passes on")]
// SAFETY: every call goes unchanged to the system allocator; the counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller keeps this function's contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        gave(layout.size());
        took(size);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
