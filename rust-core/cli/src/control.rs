//! Orders to a running listener: `take start` and `take stop` from another shell, a script or a panel.
//!
//! The listener that records into a folder leaves a file there that says where it hears orders (this machine
//! only) and a secret that only readers of the file know. One line of JSON asks, one answers.

mod client;
mod server;

use std::path::{Path, PathBuf};

use cyclorama_tracking::ingest::Order;
use serde::{Deserialize, Serialize};

pub(crate) use client::{Answer, ask};
pub(crate) use server::Control;

/// Names the form of the file and of what is asked.
const SCHEMA: &str = "cyclorama.control/1";
/// A question or an answer is not longer than this.
const LONGEST: u64 = 64 << 10;

/// What the file says.
#[derive(Serialize, Deserialize)]
struct Place {
    schema: String,
    address: std::net::SocketAddr,
    secret: String,
    pid: u32,
}

/// What is asked.
#[derive(Serialize, Deserialize)]
struct Question {
    schema: String,
    secret: String,
    #[serde(flatten)]
    ask: Ask,
}

/// The orders there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub(crate) enum Ask {
    /// Begin a take.
    Start {
        #[serde(default)]
        slate: Option<String>,
        #[serde(default)]
        take: Option<u32>,
        #[serde(default)]
        note: Option<String>,
    },
    /// End it.
    Stop,
    /// Note something of it.
    Note { text: String },
    /// Only say what is.
    Status,
}

impl From<Ask> for Order {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::Start { slate, take, note } => Self::Roll { slate, take, note },
            Ask::Stop => Self::Cut,
            Ask::Note { text } => Self::Note(text),
            Ask::Status => Self::Status,
        }
    }
}

/// The file in a record folder.
fn file_in(folder: &Path) -> PathBuf {
    folder.join(".cyclorama-control.json")
}

#[cfg(test)]
mod tests;
