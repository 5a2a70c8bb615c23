//! What this process is called by others.

use crate::Environment;

/// A name for this process among workers of many machines: the machine's name and the process number.
pub fn worker_name(environment: &Environment) -> String {
    format!("{}-{}", machine_name(environment), std::process::id())
}

fn machine_name(environment: &Environment) -> String {
    let told = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| environment.get(name)).map(str::to_owned);
    let told = told.or_else(|| std::fs::read_to_string("/etc/hostname").ok());
    portable(told.as_deref().unwrap_or_default())
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
}
