//! What this process is called by others, and where it may keep what can be made again.

use std::path::PathBuf;

use crate::Environment;

/// A name for this process among workers of many machines: the machine's name and the process number.
///
/// Farms in the cloud name their machines and tasks, and a person looks for those names in the farm's own lists.
pub fn worker_name(environment: &Environment) -> String {
    let told = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    if let Some(task) = told("AWS_BATCH_JOB_ID") {
        let attempt = told("AWS_BATCH_JOB_ATTEMPT").unwrap_or("1");
        return format!("batch-{}.{}", portable(task), portable(attempt));
    }
    let machine = told("DEADLINE_WORKER_ID").map_or_else(|| machine_name(environment), portable);
    format!("{machine}-{}", std::process::id())
}

/// A name for this machine: letters, digits and dashes.
pub fn machine_name(environment: &Environment) -> String {
    let told = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| environment.get(name)).map(str::to_owned);
    let told = told.or_else(|| std::fs::read_to_string("/etc/hostname").ok());
    portable(told.as_deref().unwrap_or_default())
}

/// Where this person's programs keep what can be fetched again; `None` when the environment names no place.
pub fn cache_folder(environment: &Environment) -> Option<PathBuf> {
    let named = |name: &str| environment.get(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let folder = named("XDG_CACHE_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| named("HOME").map(|home| home.join(".cache")))?;
    Some(folder.join("cyclorama"))
}

/// Letters, digits and dashes only, at most 40; `worker` when nothing is left.
fn portable(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = name.trim().chars().take(40).map(safe).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "worker".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_named_by_machine_and_process() {
        let environment = Environment::from_iter([("HOSTNAME", "render 07.stage")]);
        assert_eq!(worker_name(&environment), format!("render-07-stage-{}", std::process::id()));
        assert_eq!(portable(""), "worker");
    }

    #[test]
    fn on_a_farm_in_the_cloud_a_worker_is_named_as_the_farm_names_it() {
        let environment =
            Environment::from_iter([("DEADLINE_WORKER_ID", "worker-0af1"), ("HOSTNAME", "ip-10")]);
        assert_eq!(worker_name(&environment), format!("worker-0af1-{}", std::process::id()));
        let environment =
            Environment::from_iter([("AWS_BATCH_JOB_ID", "b3c:7"), ("AWS_BATCH_JOB_ATTEMPT", "2")]);
        assert_eq!(worker_name(&environment), "batch-b3c-7.2");
    }

    #[test]
    fn the_cache_lies_where_the_system_wants_it() {
        let folder = |pairs: &[(&str, &str)]| cache_folder(&Environment::from_iter(pairs.iter().copied()));
        assert_eq!(folder(&[("HOME", "/home/ann")]), Some(PathBuf::from("/home/ann/.cache/cyclorama")));
        assert_eq!(folder(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]), Some(PathBuf::from("/c/cyclorama")));
        assert_eq!(folder(&[("HOME", "")]), None);
    }
}
