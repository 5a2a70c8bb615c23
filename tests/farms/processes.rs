//! Processes of this machine, as `/proc` tells them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Ends a process as a power cut would; false when it was gone.
pub(super) fn kill(process: u32) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-9", &process.to_string()]).stderr(Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}

/// All processes below `parent`.
pub(super) fn descendants(parent: u32) -> Vec<u32> {
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

/// Workers of this ledger.
pub(super) fn workers(ledger: &Path) -> Vec<u32> {
    let ledger = ledger.to_string_lossy();
    let is_worker = |id: &u32| {
        let words = arguments(*id);
        words.contains("\0render\0worker\0") && words.contains(&*ledger)
    };
    processes().filter(is_worker).collect()
}

pub(super) fn processes() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

pub(super) fn parent_of(process: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

pub(super) fn arguments(process: u32) -> String {
    String::from_utf8_lossy(&fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default()).into_owned()
}

pub(super) fn environment(process: u32) -> String {
    String::from_utf8_lossy(&fs::read(format!("/proc/{process}/environ")).unwrap_or_default()).into_owned()
}
