//! The table of what the plugin's settings pages show: a sentence, a unit and limits for each property.
//!
//! The one home of these words and numbers: the command's settings take theirs from here where both have one, the
//! bridge hands the table to the editor, and `cargo xtask plugin-lint` holds the plugin's headers against it.

/// One property of the plugin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Property {
    /// The class whose property it is, as C++ names it.
    pub owner: &'static str,
    /// The property, as C++ names it.
    pub member: &'static str,
    /// The command's setting of the same meaning; nothing where it has none.
    pub key: &'static str,
    /// What the page calls it.
    pub shown: &'static str,
    /// What it is for; [`Property::sentence`] is what the page says.
    pub meaning: &'static str,
    /// Its unit in words; nothing for what has none.
    pub unit: &'static str,
    /// Least and most, of a number.
    pub limits: Option<(f64, f64)>,
}

impl Property {
    /// What an artist reads.
    pub fn sentence(&self) -> String {
        let mut letters = self.meaning.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}.", letters.as_str())
    }

    /// Reads a number within the limits.
    pub fn number(&self, text: &str) -> Option<f64> {
        let (least, most) = self.limits?;
        text.parse().ok().filter(|value| (least..=most).contains(value))
    }
}

const fn of_settings(member: &'static str, shown: &'static str, meaning: &'static str) -> Property {
    Property { owner: "UCycloramaSettings", member, key: "", shown, meaning, unit: "", limits: None }
}

const fn of_rendering(member: &'static str, shown: &'static str, meaning: &'static str) -> Property {
    Property { owner: "UCycloramaRenderSettings", ..of_settings(member, shown, meaning) }
}

/// How much later the wall lights up.
pub const WALL_LATENCY: Property = Property {
    key: "tracking.wall-latency",
    unit: "ms",
    limits: Some((0.0, 500.0)),
    ..of_settings("WallLatency", "Wall latency", "from a frame's begin to its light on the wall, in ms")
};

/// Where takes go.
pub const TAKES_FOLDER: Property = Property {
    key: "takes.folder",
    ..of_settings(
        "TakesFolder",
        "Folder of takes",
        "where takes lie; the command looks there when only a name is given",
    )
};

/// Every property, in the order people read them.
pub const PROPERTIES: &[Property] = &[
    of_settings(
        "LogLevel",
        "Log level",
        "how much Cyclorama writes to the output log. Warnings name lost packets, second senders and damaged data",
    ),
    of_settings(
        "Connection",
        "Usual tracker",
        "the tracker that sources, timecode and genlock use when they name none, such as protocol=freed; bind=40000",
    ),
    Property {
        unit: "s",
        limits: Some((0.0, 10.0)),
        ..of_settings(
            "HoldTimecode",
            "Hold timecode",
            "how long the timecode is counted on when the tracker falls silent, before it is an error, in seconds",
        )
    },
    of_settings(
        "WallRate",
        "Wall rate",
        "frames of the wall per second, which \"Lock to the house\" gives the engine",
    ),
    Property {
        unit: "frames",
        limits: Some((1.0, 2.0)),
        ..of_settings(
            "LongestWait",
            "Longest wait",
            "the longest the engine waits for a beat before it runs free and says so, in frames",
        )
    },
    of_settings(
        "MoreTrackers",
        "More trackers",
        "other trackers of a cluster, a line each like the usual one. Every node shows them too; subjects of the first of \
         these are called NAME@2, of the next NAME@3",
    ),
    WALL_LATENCY,
    Property {
        unit: "frames",
        limits: Some((0.0, 31.0)),
        ..of_settings(
            "FramesRepeated",
            "Frames repeated",
            "how many earlier frames each message of the cluster carries again: so many lost in a row do no harm",
        )
    },
    TAKES_FOLDER,
    of_settings("Slate", "Slate", "the slate of takes where neither the tracker nor a person names one"),
    of_settings("Camera", "Camera", "what the crew calls the camera, such as A; every take says so"),
    of_settings(
        "bSlateOfTracker",
        "Slate of the tracker",
        "whether the slate that the tracker names is used",
    ),
    Property {
        unit: "s",
        limits: Some((0.0, 30.0)),
        ..of_settings("PreRoll", "Pre-roll", "how much from before the slate a take keeps, in seconds")
    },
    Property {
        unit: "s",
        limits: Some((0.02, 10.0)),
        ..of_settings(
            "Settle",
            "Flag settles",
            "how long the tracker's recording flag must be down before the take ends, in seconds",
        )
    },
    Property {
        unit: "s",
        limits: Some((0.2, 600.0)),
        ..of_settings(
            "Silence",
            "Silence ends a take",
            "a take ends when no sample came for so long, in seconds",
        )
    },
    of_settings(
        "bFollowTakeRecorder",
        "Follow Take Recorder",
        "takes begin and end with Take Recorder, under its slate and take number",
    ),
    of_rendering(
        "Store",
        "Content store",
        "where the project's content is kept for everybody: a folder, or s3://bucket/prefix",
    ),
    of_rendering(
        "KeyFile",
        "Key file",
        "the file with the store's key, where its content is encrypted. The key itself stands in no setting",
    ),
    of_rendering("Engine", "Engine", "what runs the workers: local (this machine), slurm, batch or deadline"),
    of_rendering(
        "EngineOptions",
        "Engine options",
        "what the farm is told, one option a line, such as --partition=gpu. Nothing for local",
    ),
    of_rendering(
        "Ledger",
        "Ledger",
        "where the job's frames are kept: a folder all machines see, or s3://bucket/prefix. Empty: beside the take",
    ),
    of_rendering(
        "Command",
        "Cyclorama command",
        "the cyclorama command, which workers are: a name in the system's path, or a file",
    ),
    of_rendering(
        "bWaitForFarm",
        "Wait for the farm",
        "whether Render (Remote) waits until a farm has drawn everything; else the job is the farm's once it is sent, and the \
         editor is free",
    ),
    of_rendering(
        "bSendProject",
        "Send the project along",
        "whether a job's machines bring the project from the content store, as it was published last; else each must have it already",
    ),
    of_rendering(
        "Packs",
        "Packs",
        "published packs that a job's machines bring too, one a line, such as ddc=s3://studio/warm@main for a warm cache",
    ),
    Property {
        limits: Some((1.0, 256.0)),
        ..of_rendering(
            "Workers",
            "Workers",
            "how many workers draw at the same time. On this machine each starts an Unreal of its own",
        )
    },
    Property {
        unit: "frames",
        limits: Some((0.0, 1000.0)),
        ..of_rendering(
            "WalkIn",
            "Walk-in",
            "how many frames are drawn and thrown away ahead of each range, so that lighting and motion have settled, in frames",
        )
    },
    Property {
        limits: Some((1.0, 4096.0)),
        ..of_rendering("Samples", "Samples", "how many samples a pixel gets, where the preset leaves it open")
    },
    of_rendering(
        "FrameFormat",
        "Frame format",
        "what kind of file each frame is: exr (light as it is, and every pass) or png (8 or 16 bits a channel, sRGB, clipped at white, the picture alone)",
    ),
    of_rendering(
        "Passes",
        "Passes",
        "what each frame's file holds beside the picture, at most 15, one a line: layers that the preset writes into its EXR files, by name, such as WorldDepth",
    ),
    Property {
        owner: "UCycloramaCustomTimeStep",
        ..of_settings(
            "FrameRate",
            "Frame rate",
            "frames of the wall per second. 0: the wall rate of the settings",
        )
    },
    Property {
        owner: "UCycloramaCustomTimeStep",
        ..of_settings(
            "bFollowTracker",
            "Follow the tracker",
            "frames begin with the tracker's samples, which must be genlocked; else with the house's time (ST 2059)",
        )
    },
    Property {
        owner: "UCycloramaCustomTimeStep",
        ..of_settings(
            "Connection",
            "Tracker",
            "the tracker that gives the beat. Nothing: the usual tracker of the settings",
        )
    },
    Property {
        owner: "UCycloramaTimecodeProvider",
        ..of_settings(
            "Connection",
            "Tracker",
            "the tracker whose timecode counts, such as protocol=f4; bind=8001. Nothing: the usual tracker of the settings",
        )
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_property_has_its_name_once_and_only_numbers_have_a_unit() {
        let names: BTreeSet<_> = PROPERTIES.iter().map(|one| (one.owner, one.member)).collect();
        assert_eq!(names.len(), PROPERTIES.len());
        for property in PROPERTIES {
            assert!(!property.meaning.is_empty() && !property.meaning.ends_with('.'), "{}", property.member);
            // A count has none.
            assert!(property.unit.is_empty() || property.limits.is_some(), "{}", property.member);
            assert!(property.limits.is_none_or(|(least, most)| least < most), "{}", property.member);
        }
    }

    #[test]
    fn a_sentence_begins_large_and_ends_and_numbers_stay_within_their_limits() {
        assert_eq!(WALL_LATENCY.sentence(), "From a frame's begin to its light on the wall, in ms.");
        assert_eq!(WALL_LATENCY.number("33.5"), Some(33.5));
        assert_eq!((WALL_LATENCY.number("501"), WALL_LATENCY.number("NaN")), (None, None));
        assert_eq!(TAKES_FOLDER.number("1"), None);
    }
}
