//! Is this project ready for the stage? The editor says what it sees, and here is decided what of it is wrong, how bad
//! that is, and which button mends it. Waits for nothing.

mod checks;
mod look;

pub use ffi::{Finding, Fix, Level, NodeFacts, ProjectFacts};

use crate::{Status, guard};

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        /// What every call answers.
        type Status = crate::status::Status;
    }

    /// How bad it is.
    #[repr(u32)]
    #[derive(Debug)]
    enum Level {
        /// As it should be.
        Good,
        /// Works, but there is something to know.
        Note,
        /// Will be seen on the wall.
        Warning,
        /// Does not work so.
        Problem,
    }

    /// What a Fix button does.
    #[repr(u32)]
    #[derive(Debug)]
    enum Fix {
        /// There is no button: only people can.
        Nothing,
        /// Opens the settings page.
        OpenSettings,
        /// Makes the folder of takes.
        MakeTakesFolder,
        /// Sets the engine's timecode provider to ours.
        UseTimecode,
        /// Sets the engine's custom time step to ours.
        UseGenlock,
        /// Lets the editor run at full speed while another window is in front.
        KeepFullSpeed,
        /// Adds the usual tracker to Live Link.
        AddSource,
        /// Switches recording on.
        RecordTakes,
    }

    /// A node of the cluster's configuration.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct NodeFacts {
        /// Its name.
        name: String,
        /// The core's version there; nothing while it said none.
        version: String,
    }

    /// What the editor sees.
    #[derive(Clone, Debug, Default)]
    struct ProjectFacts {
        /// The usual tracker of the settings.
        connection: String,
        /// The folder of takes of the settings.
        takes_folder: String,
        /// Class of the engine's timecode provider; nothing for none.
        timecode_provider: String,
        /// Class of the engine's custom time step; nothing for none.
        custom_time_step: String,
        /// The running session of the usual tracker, 0 for none.
        session: u64,
        /// Live Link sources of ours.
        sources: u32,
        /// This is a node of a cluster.
        in_cluster: bool,
        /// This is the primary, or there is no cluster.
        is_primary: bool,
        /// Nodes of nDisplay's configuration; none where nobody knows one.
        nodes: Vec<NodeFacts>,
        /// The core's version here.
        version: String,
        /// How nDisplay keeps the nodes' pictures in step, such as Ethernet; nothing where nobody knows.
        sync_policy: String,
        /// What something on this node waits for from the primary, or nothing.
        waits_for: String,
        /// The editor slows down while another window is in front.
        slows_in_background: bool,
        /// Take Recorder is to be followed, and is there.
        follows_take_recorder: bool,
        /// Takes are recorded when the slate rolls.
        records_takes: bool,
    }

    /// One check, and what came of it.
    #[derive(Clone, Debug, PartialEq)]
    struct Finding {
        /// How bad it is.
        level: Level,
        /// What mends it.
        fix: Fix,
        /// What was looked at, two or three words.
        title: String,
        /// What was found, a plain sentence.
        words: String,
        /// What stands on the button; nothing where there is none.
        button: String,
    }

    extern "Rust" {
        /// Every check, worst first.
        fn preflight(facts: &ProjectFacts) -> Vec<Finding>;
        /// Those of the cluster alone, worst first: nothing on a disk is looked at.
        fn preflight_cluster(facts: &ProjectFacts) -> Vec<Finding>;
        /// Begins to make the folder of takes, on a thread of its own: its share may be away. Waits for nothing; the findings say how it goes.
        fn make_takes_folder(folder: &str) -> Status;
    }
}

fn preflight(facts: &ProjectFacts) -> Vec<Finding> {
    let failed = |failure: crate::failure::Failure| vec![checks::broken(&failure.text)];
    guard::value("preflight", failed, || Ok(checks::all(facts)))
}

fn preflight_cluster(facts: &ProjectFacts) -> Vec<Finding> {
    let failed = |failure: crate::failure::Failure| vec![checks::broken(&failure.text)];
    guard::value("preflight_cluster", failed, || Ok(checks::of_cluster(facts)))
}

fn make_takes_folder(folder: &str) -> Status {
    guard::status("make_takes_folder", || checks::make_takes_folder(folder))
}

#[cfg(test)]
mod tests;
