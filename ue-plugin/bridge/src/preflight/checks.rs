//! The checks, each a few lines.

use std::sync::LazyLock;

use cyclorama_time::Clock as _;

use super::{
    Finding, Fix, Level, ProjectFacts,
    look::{self, Look, Seen},
};
use crate::{
    Status,
    failure::Failure,
    time,
    tracking::{
        check_connection, directory,
        shared::{Heard, LensWords},
    },
};

/// A tracker slower than this is not one that a wall can follow, samples a second.
const SLOWEST: f64 = 20.0;
/// Silent for so long is silent, seconds.
const SILENT: f64 = 1.0;

static TAKES: LazyLock<Look> = LazyLock::new(|| Look::new(look::ask));

/// All checks, worst first; equals stay in the order people work through them.
pub(super) fn all(facts: &ProjectFacts) -> Vec<Finding> {
    let mut findings = connection(facts);
    findings.extend([
        source(facts),
        timecode(facts),
        genlock(facts),
        background(facts),
        takes_folder(facts),
        recording(facts),
    ]);
    findings.extend(cluster(facts));
    worst_first(findings)
}

/// Those of the cluster alone, in the same order.
pub(super) fn of_cluster(facts: &ProjectFacts) -> Vec<Finding> {
    worst_first(cluster(facts))
}

fn worst_first(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level.repr));
    findings
}

/// What is shown when the checks themselves fail.
pub(super) fn broken(why: &str) -> Finding {
    found(Level::Problem, "Pre-flight", why.to_owned())
}

fn found(level: Level, title: &str, words: impl Into<String>) -> Finding {
    Finding { level, fix: Fix::Nothing, title: title.to_owned(), words: words.into(), button: String::new() }
}

impl Finding {
    fn with(self, fix: Fix, button: &str) -> Self {
        Self { fix, button: button.to_owned(), ..self }
    }
}

/// The tracker: can its line be read, is it heard, and how well?
fn connection(facts: &ProjectFacts) -> Vec<Finding> {
    let title = "Tracker";
    if let Err(failure) = check_connection(&facts.connection) {
        let words = format!("the usual tracker cannot be used: {}", failure.text);
        return vec![found(Level::Problem, title, words).with(Fix::OpenSettings, "Open settings")];
    }
    if facts.in_cluster && !facts.is_primary {
        return vec![found(
            Level::Good,
            title,
            "the primary reads it; this node shows what the primary says",
        )];
    }
    let Some(session) = directory::find(facts.session) else {
        let words = "nobody listens to the usual tracker yet";
        return vec![found(Level::Problem, title, words).with(Fix::AddSource, "Add it to Live Link")];
    };
    if let Some(why) = session.deaf() {
        return vec![found(Level::Problem, title, why.text)];
    }
    let mut findings = vec![heard(&session.heard())];
    findings.extend(session.lens().words(time::clock().now()).map(lens));
    findings.extend(network(&session.heard()));
    findings
}

/// A lens file that is not used yet.
fn lens(told: LensWords) -> Finding {
    let level = if told.trouble { Level::Problem } else { Level::Note };
    let finding = found(level, "Lens", told.text);
    if told.trouble { finding.with(Fix::OpenSettings, "Open settings") } else { finding }
}

fn heard(heard: &Heard) -> Finding {
    let title = "Tracker";
    let rate = heard.per_second.unwrap_or(0.0);
    if heard.datagrams == 0 {
        let words = "nothing arrives: is the tracker on, does it send to this machine, and does a firewall let it in?";
        return found(Level::Problem, title, words);
    }
    if heard.accepted == 0 {
        let words = "packets arrive, but none is a sample: another protocol or vendor was named than the tracker speaks";
        return found(Level::Problem, title, words).with(Fix::OpenSettings, "Open settings");
    }
    match heard.seconds_silent {
        Some(silent) if silent > SILENT => {
            found(Level::Problem, title, format!("silent for {silent:.0} seconds"))
        }
        _ if rate > 0.0 && rate < SLOWEST => {
            let words = format!("only {rate:.0} samples a second: a wall follows it badly");
            found(Level::Warning, title, words)
        }
        _ => {
            let names: Vec<&str> = heard.subjects.iter().map(|name| &**name).collect();
            found(Level::Good, title, format!("{rate:.0} samples a second of {}", names.join(", ")))
        }
    }
}

fn network(heard: &Heard) -> Vec<Finding> {
    let title = "Network";
    let mut findings = Vec::new();
    if heard.second_sender {
        let words =
            "two senders say they are one subject, and only the first is used: give each its own id or port";
        findings.push(found(Level::Warning, title, words));
    }
    if heard.lost > 0 {
        let words = format!("{} samples were lost between the tracker and this machine", heard.lost);
        findings.push(found(Level::Note, title, words));
    }
    findings
}

fn source(facts: &ProjectFacts) -> Finding {
    let title = "Live Link";
    match facts.sources {
        0 => found(Level::Problem, title, "has no source of Cyclorama: no camera moves")
            .with(Fix::AddSource, "Add it to Live Link"),
        count => found(Level::Good, title, format!("{count} source(s) of Cyclorama")),
    }
}

fn timecode(facts: &ProjectFacts) -> Finding {
    let title = "Timecode";
    match facts.timecode_provider.as_str() {
        "" => {
            found(Level::Warning, title, "the engine has no timecode provider: recordings cannot be lined up")
                .with(Fix::UseTimecode, "Use the tracker's")
        }
        ours if ours.contains("Cyclorama") => found(Level::Good, title, "the tracker's"),
        other => found(Level::Note, title, format!("of {other}, not of the tracker")),
    }
}

fn genlock(facts: &ProjectFacts) -> Finding {
    let title = "Genlock";
    match facts.custom_time_step.as_str() {
        "" => found(Level::Warning, title, "the engine runs free: the wall may tear against the camera")
            .with(Fix::UseGenlock, "Lock to the house"),
        ours if ours.contains("Cyclorama") => found(Level::Good, title, "the house's beat, or the tracker's"),
        other => found(Level::Note, title, format!("of {other}")),
    }
}

fn background(facts: &ProjectFacts) -> Finding {
    let title = "Editor speed";
    if facts.slows_in_background {
        let words = "the editor slows down while another window is in front: the wall stutters when somebody clicks away";
        return found(Level::Warning, title, words).with(Fix::KeepFullSpeed, "Keep full speed");
    }
    found(Level::Good, title, "full, also in the background")
}

fn takes_folder(facts: &ProjectFacts) -> Finding {
    let title = "Folder of takes";
    let folder = facts.takes_folder.trim();
    if folder.is_empty() {
        return found(Level::Note, title, "none is chosen: takes are not recorded")
            .with(Fix::OpenSettings, "Open settings");
    }
    match TAKES.at(folder, time::clock().now()) {
        Seen::NotYet => found(Level::Note, title, format!("{folder} was not looked at yet")),
        Seen::Silent => {
            let words = format!("the disk of {folder} does not answer: is its network share there?");
            found(Level::Problem, title, words).with(Fix::OpenSettings, "Open settings")
        }
        Seen::Making => found(Level::Note, title, format!("{folder} is being made")),
        Seen::Refused(why) => {
            let words = format!("{folder} is not there, and could not be made: {why}");
            found(Level::Problem, title, words).with(Fix::MakeTakesFolder, "Make the folder")
        }
        Seen::Missing => found(Level::Problem, title, format!("{folder} is not there"))
            .with(Fix::MakeTakesFolder, "Make the folder"),
        Seen::File => found(Level::Problem, title, format!("{folder} is a file"))
            .with(Fix::OpenSettings, "Open settings"),
        Seen::ReadOnly => found(Level::Problem, title, format!("{folder} may not be written"))
            .with(Fix::OpenSettings, "Open settings"),
        Seen::Folder => found(Level::Good, title, folder),
    }
}

/// Begins to make it; the findings say how that goes.
pub(super) fn make_takes_folder(folder: &str) -> Result<(), Failure> {
    let folder = folder.trim();
    if folder.is_empty() {
        return Err(Failure::new(Status::User, "no folder of takes is chosen"));
    }
    TAKES.make(folder, time::clock().now());
    Ok(())
}

fn recording(facts: &ProjectFacts) -> Finding {
    let title = "Recording";
    match (facts.records_takes, facts.follows_take_recorder) {
        (false, _) if facts.takes_folder.trim().is_empty() => found(Level::Good, title, "off"),
        (false, _) => found(Level::Note, title, "off").with(Fix::RecordTakes, "Switch it on"),
        (true, true) => found(Level::Good, title, "on, with Take Recorder"),
        (true, false) => found(Level::Good, title, "on, by the tracker's flag and by hand"),
    }
}

/// What this machine is in a cluster, and whether the cluster's nodes go together.
fn cluster(facts: &ProjectFacts) -> Vec<Finding> {
    let mut findings = vec![place(facts)];
    if facts.nodes.len() > 1 {
        findings.extend(sync_policy(facts));
    }
    if facts.in_cluster && facts.nodes.len() > 1 {
        findings.push(versions(facts));
    }
    if facts.in_cluster && !facts.waits_for.is_empty() {
        findings.push(found(Level::Warning, "Cluster timing", facts.waits_for.clone()));
    }
    findings
}

fn place(facts: &ProjectFacts) -> Finding {
    let title = "Cluster";
    let of = match facts.nodes.len() {
        0 => String::new(),
        count => format!(" of {count} nodes"),
    };
    match (facts.in_cluster, facts.is_primary) {
        (false, _) if facts.nodes.is_empty() => found(Level::Good, title, "this machine is alone"),
        (false, _) => {
            let words =
                format!("nDisplay has a configuration{of}; this process was not launched as one of them");
            found(Level::Good, title, words)
        }
        (true, true) => {
            found(Level::Good, title, format!("this is the primary{of}: it tells the others what to show"))
        }
        (true, false) if facts.session != 0 => {
            let words =
                "this node reads trackers itself, beside the primary: the walls may show different moments";
            found(Level::Warning, title, words)
        }
        (true, false) => found(Level::Good, title, format!("this node{of} shows what the primary says")),
    }
}

/// nDisplay's own names of its policies.
fn sync_policy(facts: &ProjectFacts) -> Option<Finding> {
    let title = "Cluster sync";
    let policy = facts.sync_policy.as_str();
    match policy.to_ascii_lowercase().as_str() {
        "" => None,
        "none" => {
            let words = "nDisplay's render sync policy is None: every node shows its picture when it is ready, and walls tear against each other. Choose Ethernet, or Nvidia where sync cards are";
            Some(found(Level::Warning, title, words))
        }
        "ethernet" => {
            let words = "Ethernet: nodes show their pictures together, without a sync card between them";
            Some(found(Level::Good, title, words))
        }
        "nvidia" => Some(found(Level::Good, title, "Nvidia, by sync cards")),
        _ => Some(found(Level::Note, title, format!("{policy}, a policy of the project's own"))),
    }
}

fn versions(facts: &ProjectFacts) -> Finding {
    let title = "Cluster versions";
    let ours = facts.version.as_str();
    let told = |node: &&super::NodeFacts| !node.version.is_empty();
    let others = facts.nodes.iter().filter(told).filter(|node| node.version != ours);
    let others: Vec<String> = others.map(|node| format!("{} has {}", node.name, node.version)).collect();
    if !others.is_empty() {
        let words = format!("{}, and this machine {ours}: build the same plugin on all", others.join(", "));
        return found(Level::Problem, title, words);
    }
    let silent: Vec<&str> =
        facts.nodes.iter().filter(|node| !told(node)).map(|node| node.name.as_str()).collect();
    if silent.is_empty() {
        return found(Level::Good, title, format!("all {} nodes have {ours}", facts.nodes.len()));
    }
    let words = format!("nothing was heard yet of {}: is the plugin enabled there?", silent.join(", "));
    found(Level::Note, title, words)
}
