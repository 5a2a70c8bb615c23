//! Brings the committed frames of a job out of the ledger, as a plain sequence of files.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use cyclorama_assets::local::patiently;
use cyclorama_outcome::{Classify, Kind, is_held};
use cyclorama_progress::{Cancel, Progress};
use serde::Serialize;

use crate::ledger::{Job, LedgerError};

/// What was brought out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// The files, in the order of frames.
    pub files: Vec<PathBuf>,
    /// Their bytes.
    pub bytes: u64,
    /// Frames of the job that do not exist (yet).
    pub missing: u64,
}

/// Why a sequence could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// The ledger failed, or a picture is damaged.
    #[error("the frames cannot be read")]
    Ledger(#[from] LedgerError),
    /// The folder cannot be written.
    #[error("`{}` cannot be written", path.display())]
    Write {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Somebody asked to stop. What was written stays and is whole.
    #[error("stopped after {0} frames")]
    Cancelled(u64),
}

impl Classify for CollectError {
    fn kind(&self) -> Kind {
        match self {
            Self::Ledger(source) => source.kind(),
            Self::Write { source, .. } => match source.kind() {
                _ if is_held(source) => Kind::Refused,
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    Kind::Refused
                }
                std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => Kind::User,
                _ => Kind::Internal,
            },
            Self::Cancelled(_) => Kind::Cancelled,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ledger(source) => source.hint(),
            Self::Write { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Some("free some space, then repeat the command".to_owned())
            }
            Self::Write { source, .. } if is_held(source) => {
                Some("close what has the file open, then repeat the command".to_owned())
            }
            Self::Write { .. } => Some("choose a folder that can be written".to_owned()),
            Self::Cancelled(_) => Some("repeat the command for the rest".to_owned()),
        }
    }
}

/// Writes every committed frame into `folder` under [`crate::plan::Plan::file_name`]. Each file is checked against
/// its digest and appears whole. Files are copies: changing one does not touch the ledger.
///
/// # Errors
/// [`CollectError`]; files that were written before stay.
pub async fn sequence(
    job: &Job,
    folder: &Path,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<Collected, CollectError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CollectError::Write { path, source }
    };
    tokio::fs::create_dir_all(folder).await.map_err(failed(folder))?;
    let records = job.frames().await?;
    progress.set_total(records.len() as u64);
    let mut collected = Collected {
        missing: job.plan().frames.count().saturating_sub(records.len() as u64),
        ..Collected::default()
    };
    for record in &records {
        if cancel.is_cancelled() {
            return Err(CollectError::Cancelled(collected.files.len() as u64));
        }
        let picture = job.picture(&record.frame).await?;
        let path = folder.join(job.plan().file_name(record.frame.frame));
        collected.bytes += picture.len() as u64;
        progress.add_transferred(picture.len() as u64);
        write_whole(&path, picture).await.map_err(failed(&path))?;
        collected.files.push(path);
        progress.add_done(1);
    }
    Ok(collected)
}

pub(super) async fn write_whole(path: &Path, bytes: Bytes) -> std::io::Result<()> {
    let beside = path.with_extension(format!("{:08x}.part", rand::random::<u32>()));
    let written = match tokio::fs::write(&beside, &bytes).await {
        Ok(()) => renamed(beside.clone(), path.to_owned()).await,
        Err(error) => Err(error),
    };
    if written.is_err() {
        let _ = tokio::fs::remove_file(&beside).await;
    }
    written
}

/// Renames where it may wait: for whoever holds what lies there.
async fn renamed(from: PathBuf, to: PathBuf) -> std::io::Result<()> {
    let renaming = tokio::task::spawn_blocking(move || patiently(|| std::fs::rename(&from, &to)));
    renaming.await.map_err(std::io::Error::other)?
}
