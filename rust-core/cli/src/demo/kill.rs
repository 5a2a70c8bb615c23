//! Ends a process at once, as a power cut would: it gets no chance to clean up.

use std::io;

/// Kills process `pid`, a worker of our own making.
#[cfg(unix)]
pub(crate) fn kill(pid: u32) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidInput)?;
    Ok(kill_process(pid, Signal::KILL)?)
}

/// Kills process `pid`, a worker of our own making.
#[cfg(windows)]
pub(crate) fn kill(pid: u32) -> io::Result<()> {
    use std::process::{Command, Stdio};
    let mut taskkill = Command::new("taskkill");
    taskkill.args(["/F", "/PID", &pid.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    if taskkill.status()?.success() { Ok(()) } else { Err(io::Error::other("taskkill refused")) }
}
