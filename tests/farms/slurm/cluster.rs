//! A whole Slurm cluster on this machine: munged, slurmctld and four slurmd, in a folder of their own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cyclorama_tests::processes::{arguments, descendants, environment, kill, parent_of, processes};
use cyclorama_tests::{text, until};
use tempfile::TempDir;

/// How many nodes it has.
pub(super) const NODES: usize = 4;

/// A running cluster. It ends with the value.
pub(super) struct Cluster {
    folder: TempDir,
    daemons: Vec<Child>,
    nodes: Vec<Option<Child>>,
}

impl Cluster {
    /// Starts everything and waits until all nodes are idle.
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // munged refuses folders that others may enter.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("ours");
        let mut cluster = Self { folder, daemons: Vec::new(), nodes: Vec::new() };
        cluster.start_munge();
        fs::write(cluster.configuration(), cluster.describe()).expect("the folder can be written");
        cluster.start_controller();
        for node in 0..NODES {
            let started = cluster.start_node(node);
            cluster.nodes.push(Some(started));
        }
        let idle = || cluster.say("sinfo", &["--noheader", "--Node", "--format=%T"]).matches("idle").count();
        assert!(until(Duration::from_secs(60), || idle() == NODES), "{}", cluster.complaints());
        cluster
    }

    /// Where clients find it: the value of `SLURM_CONF`.
    pub(super) fn configuration(&self) -> PathBuf {
        self.path("slurm.conf")
    }

    /// A node loses its power: its daemon, the steps' keepers and everything they started are gone at once.
    pub(super) fn lose_node(&mut self, node: usize) {
        if let Some(mut daemon) = self.nodes[node].take() {
            let mut doomed = descendants(daemon.id());
            doomed.push(daemon.id());
            // Steps' keepers leave their daemon's family: they say their node's name themselves.
            doomed.extend(named(&format!("n{node}")));
            for process in doomed {
                kill(process);
            }
            let _ = daemon.wait();
        }
    }

    /// The stdout of one of Slurm's own tools.
    pub(super) fn say(&self, tool: &str, arguments: &[&str]) -> String {
        let output = Command::new(tool).args(arguments).env("SLURM_CONF", self.configuration()).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    }

    /// The end of the daemons' logs.
    pub(super) fn complaints(&self) -> String {
        let end = |name: &str| {
            let text = fs::read_to_string(self.path(name)).unwrap_or_default();
            let lines: Vec<&str> = text.lines().rev().take(12).collect();
            format!("{name}:\n{}\n", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        ["munged.out", "munged.log", "slurmctld.log", "n0.log"].map(end).concat()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start_munge(&mut self) {
        let key = self.path("munge.key");
        let bytes: Vec<u8> = (0..1024).map(|_| rand::random()).collect();
        fs::write(&key, bytes).expect("the folder can be written");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).expect("ours");
        let mut munged = Command::new("munged");
        munged.args(["--force", "--foreground", "--num-threads=2"]);
        let files = [
            ("--key-file", "munge.key"),
            ("--socket", "munge.socket"),
            ("--pid-file", "munged.pid"),
            ("--log-file", "munged.log"),
            ("--seed-file", "munged.seed"),
        ];
        for (option, name) in files {
            munged.arg(format!("{option}={}", self.path(name).display()));
        }
        self.run(munged, "munged.out");
        let socket = self.path("munge.socket");
        assert!(until(Duration::from_secs(20), || socket.exists()), "{}", self.complaints());
    }

    fn start_controller(&mut self) {
        let mut controller = Command::new("slurmctld");
        controller.args(["-D", "-i", "-f"]).arg(self.configuration());
        self.run(controller, "slurmctld.out");
    }

    fn start_node(&self, node: usize) -> Child {
        let mut daemon = Command::new("slurmd");
        daemon.args(["-D", "-N", &format!("n{node}"), "-f"]).arg(self.configuration());
        self.spawn(daemon, &format!("n{node}.out"))
    }

    fn run(&mut self, command: Command, out: &str) {
        let child = self.spawn(command, out);
        self.daemons.push(child);
    }

    fn spawn(&self, mut command: Command, out: &str) -> Child {
        let out = fs::File::create(self.path(out)).expect("the folder can be written");
        let err = out.try_clone().expect("an open file");
        command.stdin(Stdio::null()).stdout(out).stderr(err).env("SLURM_CONF", self.configuration());
        command.spawn().expect("Slurm and munge are installed: scripts/test does it")
    }

    /// The cluster as `slurm.conf` says it.
    fn describe(&self) -> String {
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = host.trim();
        let mut text = include_str!("slurm.conf.in")
            .replace("{host}", host)
            .replace("{port}", &free_port().to_string())
            .replace("{folder}", text(self.folder.path()));
        for node in 0..NODES {
            let port = free_port();
            text += &format!("NodeName=n{node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1\n");
        }
        text
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.say("scancel", &["--user=root"]);
        for node in 0..self.nodes.len() {
            self.lose_node(node);
        }
        for daemon in self.daemons.iter_mut().rev() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

fn free_port() -> u16 {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

/// Steps' keepers of a node, with all they started.
fn named(node: &str) -> Vec<u32> {
    let keeper = |id: &u32| {
        environment(*id).contains(&format!("SLURMD_NODENAME={node}\0"))
            || arguments(*id).contains(&format!("[{node}"))
    };
    let keepers: Vec<u32> = processes().filter(keeper).collect();
    keepers
        .iter()
        .flat_map(|id| descendants(*id).into_iter().chain([*id, parent_of(*id).unwrap_or(*id)]))
        .collect()
}
