//! Whether this command can start itself again, as local workers do, and as whom their hosts run.

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

/// No finding unless hosts would run as root here.
#[cfg(feature = "render")]
pub(super) fn hosts(settings: &crate::Settings) -> Option<Finding> {
    use cyclorama_render::host::HostUser;

    // Whether that user exists is said when a worker starts.
    let advice = HostUser::advice(None).filter(|_| settings.host_user.is_none())?;
    let meaning = "a host draws scenes that nobody has to trust";
    let remedy = "make a user for it, as with `useradd --system cyclorama-host`, and name it";
    Some(Finding::ok("hosts", meaning, advice).warn(remedy))
}
