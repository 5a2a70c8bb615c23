//! Content of the project: publishing it, bringing versions of it, what changed, and what a map needs.
//!
//! Long work is a handle (see [`crate::work`]). What a map needs is found by asking the engine's asset registry one
//! package at a time: which to ask about, and what the answers mean, is decided here.

#[cfg(not(feature = "assets"))]
mod absent;
#[cfg(feature = "assets")]
mod closure;
#[cfg(feature = "assets")]
mod compare;
#[cfg(feature = "assets")]
mod examine;
#[cfg(feature = "assets")]
mod hydrate;
#[cfg(feature = "assets")]
mod publish;

pub use ffi::{HydrateConfig, PublishConfig, StatusConfig};

use crate::{
    Status,
    failure::Failure,
    guard,
    work::{Work, handle},
};
#[cfg(not(feature = "assets"))]
use absent::{Closure, compare, examine, hydrate, publish};
#[cfg(feature = "assets")]
use {closure::Closure, compare::compare, examine::examine, hydrate::hydrate, publish::publish};

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        include!("Bridge/work.h");
        /// What every call answers.
        type Status = crate::status::Status;
        /// How far work is.
        type WorkSnapshot = crate::work::WorkSnapshot;
        /// Whose files win.
        type Keep = crate::work::Keep;
    }

    /// What to publish, and where.
    #[derive(Clone, Debug)]
    struct PublishConfig {
        /// The project's folder.
        folder: String,
        /// The store: a folder, file:// or s3://bucket/prefix, with @REF behind it or not.
        store: String,
        /// What changed, in the artist's words.
        message: String,
        /// Who publishes; nothing for who the system says.
        author: String,
        /// Version of the engine.
        engine_version: String,
        /// File with the production's key; nothing for a store without.
        key_file: String,
        /// Go on where a ref is older than this machine has seen it, or is gone.
        accept_rollback: bool,
        /// Whose files win.
        keep: Keep,
        /// Make the store when there is none.
        make_store: bool,
        /// Make the version exactly this folder, whatever others published.
        replace: bool,
        /// Stop before anything is sent when somebody else has locked what changed; otherwise the lines name it.
        refuse_locked: bool,
        /// Find out what would be sent, and send nothing.
        dry_run: bool,
    }

    /// What to bring, and into which folder.
    #[derive(Clone, Debug)]
    struct HydrateConfig {
        /// The store, with @VERSION behind it or not.
        store: String,
        /// The folder; made when it is not there.
        folder: String,
        /// File with the production's key; nothing for a store without.
        key_file: String,
        /// Go on where a ref is older than this machine has seen it, or is gone.
        accept_rollback: bool,
        /// Only what one of these globs matches; none for all.
        only: Vec<String>,
        /// Only what these maps need, as their packages' headers in the store say; none for all.
        maps: Vec<String>,
        /// Only these files, as a closure told them; none for all.
        files: Vec<String>,
        /// Whose files win.
        keep: Keep,
        /// Find out what would be done, and do nothing.
        dry_run: bool,
    }

    /// What to compare.
    #[derive(Clone, Debug, Default)]
    struct StatusConfig {
        /// The project's folder.
        folder: String,
        /// The store, with @REF behind it or not.
        store: String,
        /// File with the production's key; nothing for a store without.
        key_file: String,
        /// Go on where a ref is older than this machine has seen it, or is gone.
        accept_rollback: bool,
        /// How many packages' headers are read at most to say what changed in them.
        explain: u32,
    }

    extern "Rust" {
        /// Publishing, hydrating or comparing, as it goes on.
        type AssetWork;
        /// What maps need, asked for package by package.
        type AssetClosure;

        /// Begins to publish.
        fn assets_publish(config: &PublishConfig) -> Box<AssetWork>;
        /// Begins to hydrate.
        fn assets_hydrate(config: &HydrateConfig) -> Box<AssetWork>;
        /// Begins to compare a folder with what was published. Its lines are what changed, in an artist's words.
        fn assets_status(config: &StatusConfig) -> Box<AssetWork>;

        /// Begins to check this machine, as `cyclorama doctor` does; `command` is what workers are. The lines are the
        /// findings; it ends with `Partial` when something will not work.
        fn assets_doctor(command: &str) -> Box<AssetWork>;

        /// How far it is.
        fn assets_poll(self: &AssetWork, snapshot: &mut WorkSnapshot) -> Status;
        /// What it works on now, for people.
        fn assets_items(self: &AssetWork) -> Vec<String>;
        /// Asks it to stop; the same call later goes on where it was.
        fn assets_cancel(self: &AssetWork) -> Status;
        /// `Timeout` while it runs, `Ok` or `Partial` when it ended well, else why not.
        fn assets_state(self: &AssetWork) -> Status;
        /// As above, once it ended or the time ran out. Not for threads that may not wait.
        fn assets_wait(self: &AssetWork, timeout_us: u32) -> Status;
        /// How it ended, in a sentence.
        fn assets_text(self: &AssetWork) -> String;
        /// What belongs to that, line by line: files in the way, left out, kept, changed.
        fn assets_lines(self: &AssetWork) -> Vec<String>;

        /// Begins to find what packages need: maps, as a rule, as the editor names them. `later` also follows what may
        /// be loaded later. Looks through the folder.
        fn closure_start(folder: &str, packages: &Vec<String>, later: bool) -> Box<AssetClosure>;
        /// Packages to ask the registry about now; none when all is known or it failed.
        fn closure_ask(self: &mut AssetClosure) -> Vec<String>;
        /// What the registry says a package refers to: what is loaded with it, and what may be loaded later.
        fn closure_answer(
            self: &mut AssetClosure,
            package: &str,
            hard: &Vec<String>,
            soft: &Vec<String>,
        ) -> Status;
        /// The registry does not know the package.
        fn closure_unknown(self: &mut AssetClosure, package: &str) -> Status;
        /// `Timeout` while answers are missing; `Ok` when everything is known and there, `Partial` when something is
        /// missing or not known.
        fn closure_state(self: &AssetClosure) -> Status;
        /// The sentence to that.
        fn closure_text(self: &AssetClosure) -> String;
        /// All files that are needed, from the project's folder.
        fn closure_files(self: &AssetClosure) -> Vec<String>;
        /// What is missing or not known, a sentence each.
        fn closure_missing(self: &AssetClosure) -> Vec<String>;
    }
}

/// See the bridge.
pub struct AssetWork(Work);

/// See the bridge.
pub struct AssetClosure(Closure);

handle!(
    AssetWork,
    assets_poll,
    assets_items,
    assets_cancel,
    assets_state,
    assets_wait,
    assets_text,
    assets_lines
);

fn assets_publish(config: &PublishConfig) -> Box<AssetWork> {
    guard::value("assets_publish", failed, || Ok(Box::new(AssetWork(publish(config)?))))
}

fn assets_hydrate(config: &HydrateConfig) -> Box<AssetWork> {
    guard::value("assets_hydrate", failed, || Ok(Box::new(AssetWork(hydrate(config)?))))
}

fn assets_status(config: &StatusConfig) -> Box<AssetWork> {
    guard::value("assets_status", failed, || Ok(Box::new(AssetWork(compare(config)?))))
}

fn assets_doctor(command: &str) -> Box<AssetWork> {
    guard::value("assets_doctor", failed, || Ok(Box::new(AssetWork(examine(command)?))))
}

fn failed(failure: Failure) -> Box<AssetWork> {
    Box::new(AssetWork(Work::failed(failure)))
}

#[expect(clippy::ptr_arg, reason = "what cxx hands over is a vector")]
fn closure_start(folder: &str, packages: &Vec<String>, later: bool) -> Box<AssetClosure> {
    let failed = |failure| Box::new(AssetClosure(Closure::failed(failure)));
    guard::value("closure_start", failed, || {
        Ok(Box::new(AssetClosure(Closure::start(folder, packages, later)?)))
    })
}

impl AssetClosure {
    fn closure_ask(&mut self) -> Vec<String> {
        guard::value("closure_ask", |_| Vec::new(), || Ok(self.0.ask()))
    }

    #[expect(clippy::ptr_arg, reason = "what cxx hands over is a vector")]
    fn closure_answer(&mut self, package: &str, hard: &Vec<String>, soft: &Vec<String>) -> Status {
        guard::status("closure_answer", || self.0.answer(package, hard, soft))
    }

    fn closure_unknown(&mut self, package: &str) -> Status {
        guard::status("closure_unknown", || self.0.unknown(package))
    }

    fn closure_state(&self) -> Status {
        guard::value("closure_state", |failure| failure.status, || Ok(self.0.state()))
    }

    fn closure_text(&self) -> String {
        guard::value("closure_text", |failure| failure.text, || Ok(self.0.text()))
    }

    fn closure_files(&self) -> Vec<String> {
        guard::value("closure_files", |_| Vec::new(), || Ok(self.0.files()))
    }

    fn closure_missing(&self) -> Vec<String> {
        guard::value("closure_missing", |_| Vec::new(), || Ok(self.0.missing()))
    }
}

#[cfg(all(test, feature = "assets"))]
mod tests;
