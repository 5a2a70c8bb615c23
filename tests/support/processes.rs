//! Processes of this machine, as `/proc` tells them: which of them are workers, and what draws for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What draws for a worker.
#[derive(Debug)]
pub struct Host {
    /// Its process.
    pub process: u32,
    /// The folder that it draws into.
    pub folder: PathBuf,
}

/// Ends a process as a power cut would; false when it was gone.
pub fn kill(process: u32) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-9", &process.to_string()]).stderr(Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}

/// Whether nothing of a process runs any more, whoever still has to be told of its end.
#[must_use]
pub fn is_dead(process: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    // The first thread may be dead before the others.
    threads.map(|thread| state_of(&thread.path())).all(|state| matches!(state, None | Some('Z' | 'X')))
}

/// All processes below `parent`.
#[must_use]
pub fn descendants(parent: u32) -> Vec<u32> {
    let mut found = vec![parent];
    let mut next = 0;
    let families: Vec<(u32, u32)> = processes().filter_map(|id| Some((id, parent_of(id)?))).collect();
    while next < found.len() {
        let of = found[next];
        found.extend(families.iter().filter(|(_, parent)| *parent == of).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}

/// Workers of the ledger in this folder.
#[must_use]
pub fn workers(ledger: &Path) -> Vec<u32> {
    let ledger = ledger.to_string_lossy();
    let is_worker = |id: &u32| {
        let words = arguments(*id);
        words.contains("\0render\0worker\0") && words.contains(&*ledger)
    };
    processes().filter(is_worker).collect()
}

/// The host of a worker, where it has one.
#[must_use]
pub fn host_of(worker: u32) -> Option<Host> {
    children(worker).into_iter().find_map(host_at)
}

/// What a process has started, told under the thread that did.
fn children(parent: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn host_at(process: u32) -> Option<Host> {
    let folder = fs::read_link(format!("/proc/{process}/cwd")).ok()?;
    folder.ends_with("host").then_some(Host { process, folder })
}

/// How the name ends by which a worker holds leases: it was told one, AWS Batch has one for it, or it ends with its process.
#[must_use]
pub fn end_of_name(worker: u32) -> String {
    let (arguments, environment) = (arguments(worker), environment(worker));
    let told = arguments.split('\0').skip_while(|word| *word != "--name").nth(1);
    let variable =
        |name: &str| environment.split('\0').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    match (told, variable("AWS_BATCH_JOB_ID"), variable("AWS_BATCH_JOB_ATTEMPT")) {
        (Some(name), ..) => name.to_owned(),
        (None, Some(child), Some(attempt)) => format!("batch-{}.{attempt}", child.replace(':', "-")),
        _ => format!("-{worker}"),
    }
}

/// All processes.
pub fn processes() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Who started a process, or has taken it on since.
#[must_use]
pub fn parent_of(process: u32) -> Option<u32> {
    stat(Path::new(&format!("/proc/{process}")))?.split_whitespace().nth(1)?.parse().ok()
}

/// The words it was started with, each ended by a zero.
#[must_use]
pub fn arguments(process: u32) -> String {
    String::from_utf8_lossy(&fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default()).into_owned()
}

/// The variables it was started with, each ended by a zero.
#[must_use]
pub fn environment(process: u32) -> String {
    String::from_utf8_lossy(&fs::read(format!("/proc/{process}/environ")).unwrap_or_default()).into_owned()
}

/// The state of a process or thread in one letter, as in `Z`; none when it is gone.
fn state_of(home: &Path) -> Option<char> {
    stat(home)?.trim_start().chars().next()
}

/// What `stat` says behind the name, which may hold anything.
fn stat(home: &Path) -> Option<String> {
    let text = fs::read_to_string(home.join("stat")).ok()?;
    Some(text.rsplit_once(')')?.1.to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::until;
    use std::time::Duration;

    #[test]
    fn a_process_is_dead_when_it_was_killed_and_its_parent_has_not_asked_yet() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep starts");
        assert!(!is_dead(child.id()) && children(std::process::id()).contains(&child.id()));
        assert_eq!(end_of_name(child.id()), format!("-{}", child.id()));
        assert!(kill(child.id()));
        assert!(until(Duration::from_secs(10), || is_dead(child.id())));
        let _ = child.wait();
    }
}
