//! Slate and record control: takes of a running session begin and end as the tracker, a person or a program says.
//!
//! Orders are left for the session's thread and answered when somebody looks: no call here waits. What the words of
//! the panel are is decided here, so that editor, command and web panel say the same.

mod handle;

pub use ffi::{SlateConfig, SlateView};

use crate::{Status, failure::Failure, guard};
use handle::Slate;

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        /// What every call answers.
        type Status = crate::status::Status;
    }

    /// What is recorded, and where to.
    #[derive(Clone, Debug, Default)]
    struct SlateConfig {
        /// The folder takes go to; made when missing. Nothing in it is overwritten.
        folder: String,
        /// The slate where neither tracker nor person names one.
        slate: String,
        /// Camera, as the crew calls it; nothing where nobody said.
        camera: String,
        /// Only this subject's recording flag counts; nothing for any.
        subject: String,
        /// The slate that the tracker names is used.
        slate_of_tracker: bool,
        /// What is kept from before a take begins, milliseconds.
        pre_roll_ms: u32,
        /// A flag must be down for so long before the take ends, milliseconds.
        settle_ms: u32,
        /// A take ends when nothing was heard for so long, milliseconds.
        silence_ms: u32,
    }

    /// What a panel shows.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct SlateView {
        /// One plain sentence: what happens now, or why nothing does.
        words: String,
        /// The slate of the take that rolls, or rolled last.
        slate: String,
        /// Where it lies.
        path: String,
        /// What became of the last order; nothing when it was obeyed.
        refusal: String,
        /// Takes closed so far.
        takes: u64,
        /// Number of the take that rolls, or rolled last; 0 for none.
        take: u32,
        /// A take rolls.
        rolling: bool,
        /// Takes are recorded when the slate rolls.
        recording: bool,
        /// An order waits for its answer.
        waiting: bool,
    }

    extern "Rust" {
        /// Slate control of one session. Its owner is one thread.
        type Slate;

        /// Control of the session of this number. Nothing is recorded until `record_takes`.
        fn slate_open(session: u64) -> Box<Slate>;
        /// From now on takes are recorded so. A take that rolls is closed.
        fn record_takes(self: &mut Slate, config: &SlateConfig) -> Status;
        /// Begins a take: with this slate, or the usual one; with this number, or for 0 the next; with a note, or none.
        /// The answer is in `slate_view`.
        fn roll(self: &mut Slate, slate: &str, take: u32, note: &str) -> Status;
        /// Ends the take.
        fn cut(self: &mut Slate) -> Status;
        /// Notes something of the take that rolls, or rolled last.
        fn note(self: &mut Slate, text: &str) -> Status;
        /// How it stands.
        fn slate_view(self: &mut Slate, view: &mut SlateView) -> Status;
    }
}

fn slate_open(session: u64) -> Box<Slate> {
    guard::value(
        "slate_open",
        |failure: Failure| Box::new(Slate::of_nothing(failure)),
        || Ok(Box::new(Slate::new(session)?)),
    )
}

impl Slate {
    fn record_takes(&mut self, config: &SlateConfig) -> Status {
        guard::status("record_takes", || self.record(config))
    }

    fn roll(&mut self, slate: &str, take: u32, note: &str) -> Status {
        guard::status("roll", || self.begin(slate, take, note))
    }

    fn cut(&mut self) -> Status {
        guard::status("cut", || self.end())
    }

    fn note(&mut self, text: &str) -> Status {
        guard::status("note", || self.remark(text))
    }

    fn slate_view(&mut self, view: &mut SlateView) -> Status {
        guard::status("slate_view", || {
            *view = self.view();
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
