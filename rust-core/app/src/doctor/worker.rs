//! Whether this command can start itself again, as local workers do.

use std::{process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

use super::{Finding, Subject};

/// No finding when the subject names no command.
pub(super) async fn starts(subject: &Subject<'_>) -> Option<Finding> {
    let command = subject.command.as_ref()?;
    let meaning = "local rendering starts this command again as worker processes";
    let run = Command::new(command)
        .arg("version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    let at = command.display();
    let refused = match timeout(Duration::from_secs(2), run).await {
        Ok(Ok(status)) if status.success() => {
            return Some(Finding::ok("worker", meaning, format!("{at} starts again as a worker")));
        }
        Ok(Ok(status)) => format!("{at} ended with {status}"),
        Ok(Err(error)) => format!("{at} does not start: {error}"),
        Err(_) => format!("{at} did not start within two seconds"),
    };
    let remedy = "install the command where it may be executed, and allow it in the machine's protection";
    Some(Finding::ok("worker", meaning, refused).fail(remedy))
}
