//! What a host may do on a worker's machine: it runs as somebody else where the worker is root, in a folder of its own,
//! and only hosts of ours are started, whatever a plan in the ledger says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cyclorama_tests::{Service, command, program, run, text, until};
use tempfile::tempdir;

use crate::stage;

/// Root, with a command that others may run as well.
fn can_be_somebody_else() -> bool {
    let said = Command::new("id").arg("-u").output().expect("id runs");
    let open = |path: &Path| fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 1 == 1);
    said.stdout.trim_ascii() == b"0" && program().ancestors().all(open)
}

/// User and working folder of a running host of `worker`, once there is one.
fn host_of(worker: u32) -> Option<(String, String)> {
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if field("PPid:") == Some(worker.to_string().as_str()) {
            let user = field("Uid:")?.split_whitespace().nth(1)?.to_owned();
            let folder = fs::read_link(entry.path().join("cwd")).ok()?;
            return Some((user, folder.to_string_lossy().into_owned()));
        }
    }
    None
}

#[test]
fn a_host_runs_as_another_user_in_its_own_folder_and_its_frames_are_committed() {
    if !can_be_somebody_else() {
        println!(
            "SKIPPED, hosts ran as the worker: only root can run them as somebody else, who must reach the command"
        );
        return;
    }
    // Not below a folder that only root may enter, as temporary ones of this process are.
    let folder = tempdir().expect("a temporary folder");
    let [take, ledger] = ["real.take", "ledger"].map(|name| folder.path().join(name));
    stage::import(&take);
    let submit =
        ["render", "submit", text(&take), "--frames", "300-311", "--size", "96x54", "--samples", "1"];
    let option = format!("--engine-option=--bundle={}", folder.path().join("bundle").display());
    let farm = ["--engine", "deadline", "--detach", "--ledger", text(&ledger), &option];
    let _ = run(&[&submit[..], &farm[..]].concat()).done();
    let mut worker = command();
    worker.args(["render", "worker", "--ledger", text(&ledger), "--scratch", "/tmp", "--json"]);
    worker.env("CYCLORAMA_RENDER_HOST_USER", "nobody");
    let worker = Service::start(worker);
    let mut seen = None;
    until(Duration::from_secs(30), || {
        seen = host_of(worker.id()).filter(|(_, folder)| folder.ends_with("/host")).or_else(|| seen.take());
        seen.is_some()
    });
    let ended = worker.end_within(Duration::from_secs(60)).done();
    assert_eq!(ended.object("cyclorama.worker/1")["committed"], 12, "{}", ended.stderr);
    let (user, home) = seen.expect("the host was seen while it ran");
    assert_ne!(user, "0", "it did not run as root");
    assert!(home.starts_with("/tmp/cyclorama-worker-"), "{home}");
    assert!(!fs::exists(&home).expect("looks"), "its folder is gone");
}

#[test]
fn a_user_that_is_not_there_or_is_root_ends_the_worker_before_anything_is_started() {
    let folder = tempdir().expect("a temporary folder");
    let [take, ledger] = ["real.take", "ledger"].map(|name| folder.path().join(name));
    stage::import(&take);
    let submit =
        ["render", "submit", text(&take), "--frames", "300-301", "--size", "32x18", "--samples", "1"];
    let _ = run(&[&submit[..], &["--ledger", text(&ledger)]].concat()).done();
    for (user, said) in [("no-such-user", "no user `no-such-user`"), ("root", "`root` is root")] {
        let mut worker = command();
        worker.args(["render", "worker", "--ledger", text(&ledger)]).env("CYCLORAMA_RENDER_HOST_USER", user);
        let ended = Service::start(worker).end_within(Duration::from_secs(30));
        assert!(ended.code != Some(0) && ended.stderr.contains(said), "{}", ended.stderr);
    }
}

#[test]
fn a_job_for_this_machine_is_refused_at_once_when_its_hosts_cannot_run_as_they_shall() {
    let folder = tempdir().expect("a temporary folder");
    let [take, ledger] = ["real.take", "ledger"].map(|name| folder.path().join(name));
    stage::import(&take);
    let mut submit = command();
    submit.args(["render", "submit", text(&take), "--frames", "300-301", "--size", "32x18"]);
    submit.args(["--ledger", text(&ledger)]).env("CYCLORAMA_RENDER_HOST_USER", "no-such-user");
    let ended = Service::start(submit).end_within(Duration::from_secs(30)).with_code(3);
    assert!(
        ended.stderr.contains("no user `no-such-user`") && ended.stderr.contains("hint:"),
        "{}",
        ended.stderr
    );
    assert!(!fs::exists(&ledger).expect("looks"), "nothing was begun");
    if !can_be_somebody_else() {
        return;
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("others may read");
    let mut submit = command();
    submit.args(["render", "submit", text(&take), "--frames", "300-301", "--size", "32x18"]);
    submit.args(["--ledger", text(&ledger)]).env("CYCLORAMA_RENDER_HOST_USER", "daemon").uid(65_534);
    // The settings of whoever runs the tests are not theirs to read.
    submit.env("HOME", folder.path()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
    let ended = Service::start(submit).end_within(Duration::from_secs(30)).with_code(4);
    assert!(ended.stderr.contains("only a worker that runs as root"), "{}", ended.stderr);
}

#[test]
fn a_plan_that_names_a_host_which_is_none_of_ours_starts_nothing() {
    let folder = tempdir().expect("a temporary folder");
    let [take, ledger] = ["real.take", "ledger"].map(|name| folder.path().join(name));
    stage::import(&take);
    let submit =
        ["render", "submit", text(&take), "--frames", "300-301", "--size", "32x18", "--samples", "1"];
    let option = format!("--engine-option=--bundle={}", folder.path().join("bundle").display());
    let farm = ["--engine", "deadline", "--detach", "--ledger", text(&ledger), &option];
    let _ = run(&[&submit[..], &farm[..]].concat()).done();
    let jobs = fs::read_dir(ledger.join("jobs")).expect("a job").flatten().next().expect("one");
    let plan = jobs.path().join("plan.json");
    let honest = fs::read_to_string(&plan).expect("a plan");
    for host in ["--blender=/bin/sh", "/bin/sh", "../evil"] {
        fs::write(&plan, honest.replace("\"builtin\"", &format!("\"{host}\""))).expect("writes");
        let ended = run(&["render", "worker", "--ledger", text(&ledger)]).with_code(4);
        assert!(ended.stderr.contains("is not part of this version"), "{}", ended.stderr);
    }
}
