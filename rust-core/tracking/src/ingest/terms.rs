//! What a run is asked, and what it tells while it lasts.

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
};

use serde::Serialize;

use super::{Snapshot, Used, output::Shown, ticks::Due};
use crate::{
    slate::{TakeName, recorder::SlatedTake},
    stream::Fault,
    take::TakeError,
};

/// What happened, as it happens.
#[derive(Clone, Debug)]
pub enum Told<'a> {
    /// A sample that is used, and where foretold ones are asked for, what is foretold from it.
    Sample(&'a Used, Option<&'a Shown>),
    /// A frame began: every subject at it.
    Frame(&'a Due, &'a [Shown]),
    /// Something somebody should know; each cause at most once a second.
    Fault(&'a Fault),
    /// Everything, ten times a second.
    Status(&'a Snapshot),
    /// A take begins.
    Started(&'a TakeName, &'a Path),
    /// A take is closed and whole.
    Closed(&'a SlatedTake),
    /// The disk refuses what is recorded, which waits in memory.
    Waiting(&'a TakeError),
    /// It still refuses, and no more fits into memory: what comes now is lost. What waits is not.
    Losing(&'a TakeError),
    /// It has taken all that waited, and recording goes on.
    Resumed {
        /// Datagrams that were lost meanwhile.
        lost: u64,
    },
    /// A take could not begin, or what waited for the disk could not be written to the end. Poses go on; a slate
    /// that rolls anew is tried again.
    Unrecorded(&'a TakeError),
}

/// What a person or program asks of a running listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Begin a take now, whatever the flags say.
    Roll {
        /// Its slate; else the usual one.
        slate: Option<String>,
        /// Its number; else the next.
        take: Option<u32>,
        /// A note it begins with.
        note: Option<String>,
    },
    /// End the take now.
    Cut,
    /// A note for the take that rolls, or rolled last.
    Note(String),
    /// Only say what is.
    Status,
}

/// What is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The take that rolls.
    pub rolling: Option<TakeName>,
    /// The take that was closed last.
    pub last: Option<TakeName>,
    /// Where the one or else the other lies.
    pub path: Option<PathBuf>,
    /// Takes closed so far.
    pub takes: u64,
}

/// An order and where the answer goes.
pub type Request = (Order, mpsc::SyncSender<Result<Said, String>>);

/// When to stop by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// After so many datagrams.
    pub count: Option<u64>,
    /// After so many seconds.
    pub seconds: Option<f64>,
}
