//! How much memory the process keeps that it does not use.

/// Has large blocks come from the system and go back to it. By itself the C library learns from the first large block
/// that is freed to keep such blocks, in every thread's own arena: hydrating 1.6 GB took 500 MB of memory that way and
/// takes 220 MB this way. Blocks that are used again and again are kept by whoever uses them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library has no other way to be told")]
pub(crate) fn give_back_large_blocks() {
    const LARGE: libc::c_int = 4 << 20;
    // SAFETY: it sets a number of the allocator's, and no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}

/// Elsewhere the allocator does so by itself.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn give_back_large_blocks() {}
