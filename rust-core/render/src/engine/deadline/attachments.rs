//! Job attachments: files of a published version that the farm's workers fetch before a task runs.
//!
//! The manifest and what it names are made by `cyclorama assets attachments`; here a job only says where they are. On a
//! worker the files lie in a folder of the session, which the farm puts in place of the root that is said here.

use serde_json::{Value, json};

use super::super::options::Options;
use super::EngineError;

/// The job parameter that stands for the folder; the farm maps its value to where the files are.
pub(super) const PARAMETER: &str = "Project";

/// One manifest of input files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attachments {
    /// Its key below `Manifests/`.
    manifest: String,
    /// Its hash, 32 hex digits of xxh128.
    hash: String,
    /// The folder that its paths begin with, on the machine where they were named.
    root: String,
    /// Whether files are fetched as they are read, not all before.
    as_read: bool,
}

impl Attachments {
    /// From a person's options; none when nothing is attached.
    ///
    /// # Errors
    /// [`EngineError`] when a part is missing or does not fit.
    pub(super) fn of(options: &mut Options) -> Result<Option<Self>, EngineError> {
        let files = options.take("attachments-files", "copied or virtual", |text| match text {
            "copied" => Some(false),
            "virtual" => Some(true),
            _ => None,
        })?;
        let manifest =
            options.take("attachments", "the inputManifestPath of `assets attachments`", |text| {
                let parts = text.split('/').filter(|part| !part.is_empty() && *part != "..").count();
                (parts >= 2 && parts == text.split('/').count() && text.len() <= 512).then(|| text.to_owned())
            })?;
        let hex = |text: &str| text.len() == 32 && text.bytes().all(|c| c.is_ascii_hexdigit());
        let hash = |text: &str| hex(text).then(|| text.to_owned());
        let root = |text: &str| format(text).map(|_| text.to_owned());
        let (hash_is, root_is) = ("its inputManifestHash", "an absolute path");
        let Some(manifest) = manifest else {
            for name in ["attachments-hash", "attachments-root"] {
                if !options.all(name).is_empty() || files.is_some() {
                    let wanted = "the inputManifestPath of `assets attachments`";
                    return Err(EngineError::OptionMissing { name: "attachments", wanted });
                }
            }
            return Ok(None);
        };
        Ok(Some(Self {
            manifest,
            hash: options.require("attachments-hash", hash_is, hash)?,
            root: options.require("attachments-root", root_is, root)?,
            as_read: files.unwrap_or(false),
        }))
    }

    /// What the job says of them.
    pub(super) fn of_job(&self) -> Value {
        json!({
            "fileSystem": if self.as_read { "VIRTUAL" } else { "COPIED" },
            "manifests": [{
                "rootPath": self.root,
                "rootPathFormat": format(&self.root).unwrap_or("posix"),
                "inputManifestPath": self.manifest,
                "inputManifestHash": self.hash,
            }],
        })
    }

    /// The parameter whose value the farm replaces by where the files are.
    pub(super) fn parameters(&self) -> Value {
        json!({ PARAMETER: { "path": self.root } })
    }
}

/// Of which system an absolute path is.
fn format(path: &str) -> Option<&'static str> {
    let drive =
        |path: &[u8]| matches!(path, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    match path.as_bytes() {
        [b'/', ..] => Some("posix"),
        path if drive(path) => Some("windows"),
        _ => None,
    }
}
