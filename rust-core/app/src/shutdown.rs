//! Ctrl-C and SIGTERM: the first asks running work to stop at its next safe point, the second ends the
//! process at once. All long work leaves a state that can go on from there, so both are safe.

use std::io;

use cyclorama_outcome::ExitCode;
use cyclorama_progress::Cancel;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// Listens for signals until it is dropped.
#[derive(Debug)]
pub struct Shutdown {
    cancel: Cancel,
    listener: AbortHandle,
}

impl Shutdown {
    /// Starts listening on `runtime`; `on_first` is told once, when the first signal comes.
    ///
    /// # Errors
    /// When the system refuses a signal handler.
    pub fn install(runtime: &Handle, on_first: impl Fn() + Send + 'static) -> io::Result<Self> {
        let cancel = Cancel::new();
        let flag = cancel.clone();
        let _inside = runtime.enter();
        let mut signals = Signals::listen()?;
        let listener = runtime
            .spawn(async move {
                signals.next().await;
                flag.cancel();
                on_first();
                signals.next().await;
                end_now();
            })
            .abort_handle();
        Ok(Self { cancel, listener })
    }

    /// The flag that the first signal sets.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }
}

impl Drop for Shutdown {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

#[expect(clippy::disallowed_methods, clippy::exit, reason = "a second Ctrl-C means now, whatever is running")]
fn end_now() -> ! {
    std::process::exit(ExitCode::Cancelled as i32)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    close: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
            close: tokio::signal::windows::ctrl_close()?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.close.recv() => {}
        }
    }
}
