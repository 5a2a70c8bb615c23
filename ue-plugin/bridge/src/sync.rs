//! The cluster's sync record: the primary says what every node shows, the nodes show exactly that.
//!
//! Any transport of strings carries it; in Unreal that is nDisplay's sync object. Both ends are small: what a record is
//! stands in `cyclorama_tracking::sync`.

mod node;
mod primary;
mod unmet;

pub use ffi::{SyncBeat, SyncHeard};

use crate::{Status, failure::Failure, guard};
use node::SyncNode;
use primary::SyncPrimary;

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        include!("Bridge/tracking.h");
        /// What every call answers.
        type Status = crate::status::Status;
        /// Where a subject is.
        type Pose = crate::tracking::Pose;
        /// What comes with it.
        type Details = crate::tracking::Details;
        /// A timecode.
        type Label = crate::tracking::Label;
    }

    /// What came of a message. 32 bytes.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct SyncHeard {
        /// The newest frame that is shown now.
        tick: u64,
        /// Frames before it that nobody will learn of any more.
        missed: u64,
        /// Frames that are new.
        fresh: u32,
        /// Of these, frames whose own message had not come.
        recovered: u32,
        /// All in it was known already.
        old: bool,
        /// A known frame came with another hash.
        contradicts: bool,
        /// The primary counts anew.
        restarted: bool,
    }

    /// A frame of the beat that the primary's engine runs by. 16 bytes.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct SyncBeat {
        /// Its number.
        frame: i64,
        /// Frames per second.
        rate_numerator: u32,
        /// Its denominator.
        rate_denominator: u32,
    }

    extern "Rust" {
        /// The primary's end. Its owner is one thread.
        type SyncPrimary;
        /// A node's end; the primary has one too, and shows what it says. Its owner is one thread.
        type SyncNode;

        /// Publishes trackers, none yet. Each message carries up to `repeat` frames before it again (at most 31, and as
        /// far as there is room), and the first frame is `first`: a node that takes over goes on where the last primary
        /// ended.
        fn sync_primary(repeat: u32, first: u64) -> Box<SyncPrimary>;
        /// Publishes the session of this number too, at most sixteen. `line` is the line by which nodes know it: the first
        /// one's subjects keep their names, those of the second are called `NAME@2`, and so on.
        fn add_tracker(self: &mut SyncPrimary, session: u64, line: &str) -> Status;
        /// The frame of the beat by which the engine runs that is published next; a rate of 0 for none.
        fn set_beat(self: &mut SyncPrimary, beat: &SyncBeat) -> Status;
        /// Evaluates every subject `ahead_us` from now and gives the message of this frame: ASCII without spaces. Timecodes
        /// are counted on for so long after a tracker fell silent.
        fn publish(self: &mut SyncPrimary, ahead_us: u32, hold_ns: i64, message: &mut String) -> Status;

        /// Nothing heard yet. `name` is the node's, for what is told of it.
        fn sync_node(name: &str) -> Box<SyncNode>;
        /// Takes a message. `Integrity` when it is damaged or was altered: nothing of it is used then.
        fn apply(self: &mut SyncNode, message: &str, heard: &mut SyncHeard) -> Status;
        /// Subjects that are shown; their numbers are below this.
        fn shown_count(self: &SyncNode) -> u32;
        /// The name of a shown subject.
        fn shown_name(self: &SyncNode, subject: u32) -> String;
        /// A shown subject. The time is the primary's.
        fn shown(self: &SyncNode, subject: u32, pose: &mut Pose, details: &mut Details) -> Status;
        /// The timecode that the tracker of this line says; no line: the first tracker. `NotFound` when it says none, or the
        /// primary publishes no such tracker: then the log and the words say so too, at most every ten seconds. `Timeout`
        /// before the first record.
        fn shown_timecode(self: &SyncNode, line: &str, label: &mut Label) -> Status;
        /// `NotFound` where the primary tells no beat, which something on this node runs by: that of the tracker of this
        /// line (no line: of the house). If it lasts, the log and the words say why, at most every ten seconds. `Timeout`
        /// before the first record.
        fn expect_beat(self: &SyncNode, line: &str) -> Status;
        /// The beat by which the primary's engine runs. `NotFound` when it runs by none.
        fn shown_beat(self: &SyncNode, beat: &mut SyncBeat) -> Status;
        /// What something on this node waits for and the primary does not say, as the words have it; nothing for nothing.
        fn sync_waits(self: &SyncNode) -> String;
        /// The hash of a frame, 32 hexadecimal digits: equal on two nodes exactly when every bit is. Nothing for a frame
        /// that was missed or is long past.
        fn hash_of(self: &SyncNode, tick: u64) -> String;
        /// What was heard so far: one JSON object for people.
        fn sync_json(self: &SyncNode) -> String;
        /// The same in one plain sentence.
        fn sync_words(self: &SyncNode) -> String;
    }
}

fn sync_primary(repeat: u32, first: u64) -> Box<SyncPrimary> {
    guard::value(
        "sync_primary",
        |_| Box::new(SyncPrimary::of_nothing()),
        || Ok(Box::new(SyncPrimary::new(repeat, first))),
    )
}

fn sync_node(name: &str) -> Box<SyncNode> {
    guard::value("sync_node", |_| Box::new(SyncNode::new("")), || Ok(Box::new(SyncNode::new(name))))
}

impl SyncPrimary {
    fn add_tracker(&mut self, session: u64, line: &str) -> Status {
        guard::status("add_tracker", || self.add(session, line))
    }

    fn set_beat(&mut self, beat: &SyncBeat) -> Status {
        guard::status("set_beat", || self.run_by(beat))
    }

    fn publish(&mut self, ahead_us: u32, hold_ns: i64, message: &mut String) -> Status {
        guard::status("publish", || self.say(ahead_us, hold_ns, message))
    }
}

impl SyncNode {
    fn apply(&mut self, message: &str, heard: &mut SyncHeard) -> Status {
        guard::status("apply", || {
            *heard = self.hear(message)?;
            Ok(())
        })
    }

    fn shown_count(&self) -> u32 {
        guard::value("shown_count", |_| 0, || Ok(self.count()))
    }

    fn shown_name(&self, subject: u32) -> String {
        guard::value("shown_name", |_| String::new(), || Ok(self.name_of(subject)))
    }

    fn shown(&self, subject: u32, pose: &mut ffi::Pose, details: &mut ffi::Details) -> Status {
        guard::status("shown", || {
            (*pose, *details) = self.subject(subject).ok_or(Status::NotFound)?;
            Ok(())
        })
    }

    fn shown_timecode(&self, line: &str, label: &mut ffi::Label) -> Status {
        guard::status("shown_timecode", || {
            *label = self.timecode(line)?;
            Ok(())
        })
    }

    fn expect_beat(&self, line: &str) -> Status {
        guard::status("expect_beat", || self.awaits_beat(line))
    }

    fn shown_beat(&self, beat: &mut SyncBeat) -> Status {
        guard::status("shown_beat", || {
            *beat = self.beat().ok_or(Status::NotFound)?;
            Ok(())
        })
    }

    fn sync_waits(&self) -> String {
        guard::value("sync_waits", |_| String::new(), || Ok(self.waits().join("; ")))
    }

    fn hash_of(&self, tick: u64) -> String {
        guard::value("hash_of", |_| String::new(), || Ok(self.hash(tick)))
    }

    fn sync_json(&self) -> String {
        let told = || {
            serde_json::to_string(&self.health())
                .map_err(|error| Failure::new(Status::Internal, error.to_string()))
        };
        guard::value("sync_json", |_| "{}".to_owned(), told)
    }

    fn sync_words(&self) -> String {
        guard::value("sync_words", |failure| failure.text, || Ok(self.words()))
    }
}

#[cfg(test)]
mod tests;
