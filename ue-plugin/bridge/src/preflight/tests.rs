use super::*;
use crate::tracking::open_for_tests as open;

/// A project in which all is well, but for its tracker.
fn sound() -> ProjectFacts {
    ProjectFacts {
        connection: "protocol=freed; bind=40000".to_owned(),
        timecode_provider: "CycloramaTimecodeProvider".to_owned(),
        custom_time_step: "CycloramaCustomTimeStep".to_owned(),
        sources: 1,
        is_primary: true,
        ..ProjectFacts::default()
    }
}

fn of<'a>(findings: &'a [Finding], title: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.title == title).expect("looked at")
}

#[test]
fn what_is_wrong_comes_first_and_names_the_button_that_mends_it() {
    let facts = ProjectFacts { slows_in_background: true, sources: 0, ..sound() };
    let findings = preflight(&facts);
    assert!(findings.windows(2).all(|pair| pair[0].level.repr >= pair[1].level.repr));
    let tracker = of(&findings, "Tracker");
    assert_eq!((tracker.level, tracker.fix), (Level::Problem, Fix::AddSource));
    let speed = of(&findings, "Editor speed");
    assert_eq!(
        (speed.level, speed.fix, speed.button.as_str()),
        (Level::Warning, Fix::KeepFullSpeed, "Keep full speed")
    );
    assert!(findings.iter().all(|finding| (finding.fix == Fix::Nothing) == finding.button.is_empty()));
}

#[test]
fn each_fault_is_reported_with_its_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().display().to_string();
    let missing = folder.path().join("takes").display().to_string();
    let with = |facts: ProjectFacts, title: &str| {
        loop {
            let findings = preflight(&facts);
            let finding = of(&findings, title).clone();
            // The disk is asked beside it.
            if !finding.words.ends_with("was not looked at yet") {
                return (finding.level, finding.fix);
            }
            std::thread::yield_now();
        }
    };
    let bad = |text: &str| ProjectFacts { connection: text.to_owned(), ..sound() };
    assert_eq!(with(bad("protocol=freee"), "Tracker"), (Level::Problem, Fix::OpenSettings));
    let takes = |takes_folder: &str| ProjectFacts { takes_folder: takes_folder.to_owned(), ..sound() };
    assert_eq!(with(takes(&missing), "Folder of takes"), (Level::Problem, Fix::MakeTakesFolder));
    assert_eq!(with(takes(&here), "Folder of takes"), (Level::Good, Fix::Nothing));
    assert_eq!(with(takes(""), "Folder of takes"), (Level::Note, Fix::OpenSettings));
    assert_eq!(with(takes(&here), "Recording"), (Level::Note, Fix::RecordTakes));
    let none = ProjectFacts { timecode_provider: String::new(), ..sound() };
    assert_eq!(with(none, "Timecode"), (Level::Warning, Fix::UseTimecode));
    let free = ProjectFacts { custom_time_step: String::new(), ..sound() };
    assert_eq!(with(free, "Genlock"), (Level::Warning, Fix::UseGenlock));
    let node = ProjectFacts { in_cluster: true, is_primary: false, session: 9, ..sound() };
    assert_eq!(with(node, "Cluster"), (Level::Warning, Fix::Nothing));
}

#[test]
fn a_tracker_that_says_nothing_is_a_problem_with_a_question() {
    let tracking = open("protocol=freed; bind=127.0.0.1:0");
    let facts = ProjectFacts { session: tracking.session_number(), ..sound() };
    let findings = preflight(&facts);
    assert!(of(&findings, "Tracker").words.contains("is the tracker on"));
}

#[test]
fn a_lens_file_that_cannot_be_read_is_a_problem_beside_a_tracker_that_is_heard() {
    let tracking = open("protocol=freed; bind=127.0.0.1:0; lens=/no/such.lens.json");
    let facts = ProjectFacts { session: tracking.session_number(), ..sound() };
    let lens = loop {
        let finding = of(&preflight(&facts), "Lens").clone();
        if finding.level != Level::Note {
            break finding;
        }
        std::thread::yield_now();
    };
    assert_eq!((lens.level, lens.fix), (Level::Problem, Fix::OpenSettings));
    assert!(lens.words.contains("/no/such.lens.json"), "{}", lens.words);
    let without = open("protocol=freed; bind=127.0.0.1:0");
    let facts = ProjectFacts { session: without.session_number(), ..sound() };
    assert!(!preflight(&facts).iter().any(|finding| finding.title == "Lens"));
}

#[test]
fn a_tracker_whose_port_another_program_has_is_a_problem_that_names_it() {
    let holder = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let line = format!("protocol=freed; bind={}", holder.local_addr().expect("bound"));
    let tracking = open(&line);
    let findings = preflight(&ProjectFacts { session: tracking.session_number(), ..sound() });
    let tracker = of(&findings, "Tracker");
    assert_eq!(tracker.level, Level::Problem);
    assert!(tracker.words.contains("in use by another program"), "{}", tracker.words);
}

/// The primary of a cluster of these nodes, as name and version.
fn of_cluster(nodes: &[(&str, &str)]) -> ProjectFacts {
    let node = |(name, version): &(&str, &str)| NodeFacts {
        name: (*name).to_owned(),
        version: (*version).to_owned(),
    };
    ProjectFacts {
        in_cluster: true,
        nodes: nodes.iter().map(node).collect(),
        version: "1.0+a".to_owned(),
        sync_policy: "Ethernet".to_owned(),
        ..sound()
    }
}

#[test]
fn a_cluster_tells_how_many_nodes_it_has_how_they_keep_step_and_whose_plugin_is_another() {
    let whole = of_cluster(&[("Primary", "1.0+a"), ("Left", "1.0+a"), ("Right", "1.0+a")]);
    let findings = preflight(&whole);
    assert!(of(&findings, "Cluster").words.contains("primary of 3 nodes"));
    assert_eq!(of(&findings, "Cluster sync").level, Level::Good);
    assert_eq!(of(&findings, "Cluster versions").words, "all 3 nodes have 1.0+a");

    let mixed = of_cluster(&[("Primary", "1.0+a"), ("Left", "0.9+b"), ("Right", "")]);
    let mixed = ProjectFacts { sync_policy: "None".to_owned(), ..mixed };
    let findings = preflight(&mixed);
    let versions = of(&findings, "Cluster versions");
    assert_eq!(versions.level, Level::Problem);
    assert!(versions.words.contains("Left has 0.9+b, and this machine 1.0+a"), "{}", versions.words);
    let sync = of(&findings, "Cluster sync");
    assert!(sync.level == Level::Warning && sync.words.contains("tear"), "{}", sync.words);

    let silent = preflight(&of_cluster(&[("Primary", "1.0+a"), ("Right", "")]));
    let versions = of(&silent, "Cluster versions");
    assert!(versions.level == Level::Note && versions.words.contains("nothing was heard yet of Right"));
    let waits = preflight(&ProjectFacts { waits_for: "the genlock waits".to_owned(), ..whole.clone() });
    assert_eq!(of(&waits, "Cluster timing").level, Level::Warning);
}

#[test]
fn a_configuration_in_the_editor_is_looked_at_without_a_cluster() {
    let editor = of_cluster(&[("Primary", ""), ("Left", "")]);
    let editor = ProjectFacts { in_cluster: false, sync_policy: "None".to_owned(), ..editor };
    let findings = preflight(&editor);
    assert!(of(&findings, "Cluster").words.contains("a configuration of 2 nodes"));
    assert_eq!(of(&findings, "Cluster sync").level, Level::Warning);
    assert!(!findings.iter().any(|finding| finding.title == "Cluster versions"));
    assert_eq!(
        preflight_cluster(&editor),
        findings.iter().filter(|one| one.title.contains("Cluster")).cloned().collect::<Vec<_>>()
    );
    let alone = preflight(&sound());
    assert_eq!(of(&alone, "Cluster").words, "this machine is alone");
    assert!(!alone.iter().any(|finding| finding.title == "Cluster sync"));
}
