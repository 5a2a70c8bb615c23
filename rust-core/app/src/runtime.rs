//! The async runtime of a process: named threads, as many as the machine has cores, at most eight.

use std::{io, thread};

use tokio::runtime::{Builder, Runtime};

/// A runtime for drivers (stores, worker processes, panels). The tracking path has its own threads.
///
/// # Errors
/// When the system gives no threads or no event queue.
pub fn build() -> io::Result<Runtime> {
    let cores = thread::available_parallelism().map_or(2, usize::from);
    Builder::new_multi_thread()
        .worker_threads(cores.clamp(2, 8))
        .thread_name("cyclorama")
        .enable_all()
        .build()
}
