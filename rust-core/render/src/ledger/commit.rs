//! How a frame comes to exist: its picture is stored, then its record is created, once for all workers.

use bytes::Bytes;
use cyclorama_assets::store::{Staged, Written, nonce};
use cyclorama_assets::{Condition, StoreError};
use cyclorama_content::Digest;
use cyclorama_time::{FrameNumber, UtcTime};
use futures::future::try_join;

use super::job::json;
use super::{FrameRecord, Job, LedgerError, RenderedFrame};

/// How a commit ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Commit {
    /// The frame exists now, by this record.
    Committed(Box<FrameRecord>),
    /// It existed already; this rendering was dropped.
    Late(Box<FrameRecord>),
}

/// The bytes of a frame's file.
#[derive(Clone, Debug)]
pub enum Picture {
    /// As they are.
    Bytes(Bytes),
    /// On their way into the ledger already, by [`Job::stage`].
    Staged(Staged),
}

impl From<Bytes> for Picture {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Staged> for Picture {
    fn from(staged: Staged) -> Self {
        Self::Staged(staged)
    }
}

impl Job {
    /// Makes the file of a frame ready to be committed while it is being checked; `digest` is that of its bytes. Nobody sees it before,
    /// and nothing is left of one that is dropped.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn stage(
        &self,
        frame: FrameNumber,
        file: Bytes,
        digest: Digest,
    ) -> Result<Staged, LedgerError> {
        Ok(self.writer.stage(&self.blob_key(frame, digest)?, file, Some(digest)).await?)
    }

    /// Stores a verified frame and creates its commit record, once for all workers.
    ///
    /// Whoever comes late finds the record there and drops its own picture.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails: the frame is then not committed, or by a record that the next
    /// listing shows.
    pub async fn commit(
        &self,
        (range, epoch): (u32, u64),
        worker: &str,
        frame: RenderedFrame,
        picture: impl Into<Picture>,
        now: UtcTime,
    ) -> Result<Commit, LedgerError> {
        let (key, ours) = (self.frame_key(frame.frame)?, frame.blob);
        let blob = self.blob_key(frame.frame, ours)?;
        let picture = match picture.into() {
            Picture::Staged(staged) if *staged.key() == blob => staged,
            Picture::Staged(staged) => Staged::new(blob.clone(), staged.bytes().clone()),
            Picture::Bytes(bytes) => Staged::new(blob.clone(), bytes),
        };
        let record = FrameRecord {
            schema: "cyclorama.frame/1".to_owned(),
            frame,
            worker: worker.to_owned(),
            range,
            epoch,
            nonce: nonce(),
            committed: now,
        };
        // The record is brought to the disk beside the picture, and gets its name, which is the commit, behind it.
        let stored = self.writer.put_staged_if_absent(&picture);
        let (is_new, staged) = try_join(stored, self.writer.stage(&key, json(&record), None)).await?;
        let written = self.writer.compare_and_put_staged(&staged, &Condition::unchanged(None)).await?;
        let Written::Theirs(present) = written else {
            if !is_new {
                // It was there when it was looked for. Whoever was taking the frame back then has removed it since.
                self.writer.put_staged_if_absent(&picture).await?;
            }
            return Ok(Commit::Committed(Box::new(record)));
        };
        let winner = present.ok_or_else(|| StoreError::NotFound { key: key.clone() })?;
        let winner: FrameRecord =
            serde_json::from_slice(&winner.bytes).map_err(|source| LedgerError::Record { key, source })?;
        if winner.frame.blob != ours {
            self.writer.delete(&blob).await?;
        }
        Ok(Commit::Late(Box::new(winner)))
    }
}
