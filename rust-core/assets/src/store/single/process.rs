//! Which process it is, so that others on the same machine can tell that it is gone.

use serde::{Deserialize, Serialize};

/// One process of one run of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// The run of the machine and the space that process numbers are counted in: a container has its own.
    space: String,
    id: u32,
    /// When it began, in the system's own count: numbers are used again.
    began: u64,
}

impl Process {
    /// This one, where the system tells.
    pub(super) fn this() -> Option<Self> {
        let id = std::process::id();
        Some(Self { space: space()?, id, began: began(id)? })
    }

    /// Whether it is sure that it ended: it was a process of this run of this machine, and there is none of it.
    pub(super) fn is_gone(&self) -> bool {
        space().is_some_and(|space| space == self.space) && began(self.id) != Some(self.began)
    }
}

#[cfg(target_os = "linux")]
fn space() -> Option<String> {
    let run = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let numbers = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", run.trim(), numbers.to_string_lossy()))
}

/// The 22nd field of `/proc/PID/stat` (proc_pid_stat(5)): ticks from the machine's start to the process's.
#[cfg(target_os = "linux")]
fn began(id: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The second field is the program's name in brackets, with anything in it.
    let after = text.rsplit_once(')')?.1;
    let mut fields = after.split_whitespace();
    // A process that ended and was not waited for yet is no process any more.
    if matches!(fields.next()?, "Z" | "X") { None } else { fields.nth(18)?.parse().ok() }
}

#[cfg(not(target_os = "linux"))]
fn space() -> Option<String> {
    None
}

#[cfg(not(target_os = "linux"))]
fn began(_id: u32) -> Option<u64> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_gone_when_it_ended_and_not_before() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("starts");
        let this = Process::this().expect("told");
        let process = Process { id: child.id(), began: began(child.id()).expect("lives"), ..this.clone() };
        assert!(!process.is_gone() && !this.is_gone());
        child.kill().expect("killed");
        child.wait().expect("waited for");
        assert!(process.is_gone());
        let elsewhere = Process { space: "another machine".to_owned(), ..process };
        assert!(!elsewhere.is_gone(), "of other machines nothing is known");
    }
}
