//! Overlaps: frames that the run before a border drew as well. They are no part of the job's result; a border is measured by them.

use std::collections::BTreeMap;

use bytes::Bytes;
use cyclorama_assets::{Key, KeyError};
use cyclorama_content::Digest;
use cyclorama_time::FrameNumber;
use serde::{Deserialize, Serialize};

use super::job::{json, number};
use super::{Job, LedgerError};

/// `overlaps/<n>.json`: how the run that ends ahead of a frame goes on into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// `cyclorama.overlap/1`.
    pub schema: String,
    /// The frame.
    pub frame: FrameNumber,
    /// Digest of the file's bytes.
    pub blob: Digest,
    /// Who drew it.
    pub worker: String,
    /// The first frame of the run that it was drawn in.
    pub run: FrameNumber,
}

impl Job {
    /// Keeps what a run that ends ahead of `frame` drew of it, in place of what another one drew before.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or an earlier record cannot be read.
    pub async fn keep_overlap(
        &self,
        worker: &str,
        frame: FrameNumber,
        run: FrameNumber,
        picture: Bytes,
    ) -> Result<(), LedgerError> {
        let blob = Digest::of(&picture);
        let (schema, worker) = ("cyclorama.overlap/1".to_owned(), worker.to_owned());
        let overlap = Overlap { schema, frame, blob, worker, run };
        let before: Option<Overlap> = self.writer.read(&self.overlap_key(frame)?).await?;
        self.writer.put_if_absent(&self.overlap_file_key(&overlap)?, picture).await?;
        self.writer.put(&self.overlap_key(frame)?, json(&overlap)).await?;
        if let Some(before) = before.filter(|before| before.blob != blob) {
            self.writer.delete(&self.overlap_file_key(&before)?).await?;
        }
        Ok(())
    }

    /// All overlaps, by frame.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn overlaps(&self) -> Result<BTreeMap<FrameNumber, Overlap>, LedgerError> {
        let overlaps: Vec<Overlap> = self.records("overlaps/").await?;
        Ok(overlaps.into_iter().map(|overlap| (overlap.frame, overlap)).collect())
    }

    /// The bytes of an overlap's file; none when they are damaged or gone, since nothing but a measure depends on them.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when the store fails.
    pub async fn overlap_picture(&self, overlap: &Overlap) -> Result<Option<Bytes>, LedgerError> {
        let object = self.writer.get(&self.overlap_file_key(overlap)?).await?;
        Ok(object.map(|object| object.bytes).filter(|bytes| Digest::of(bytes) == overlap.blob))
    }

    /// Forgets the overlap into `frame`: the run ahead of it is drawn anew.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or the record cannot be read.
    pub async fn drop_overlap(&self, frame: FrameNumber) -> Result<(), LedgerError> {
        let key = self.overlap_key(frame)?;
        let Some(overlap) = self.writer.read::<Overlap>(&key).await? else { return Ok(()) };
        self.writer.delete(&key).await?;
        Ok(self.writer.delete(&self.overlap_file_key(&overlap)?).await?)
    }

    fn overlap_key(&self, frame: FrameNumber) -> Result<Key, KeyError> {
        self.home.join(&format!("overlaps/{}", number(frame)))
    }

    fn overlap_file_key(&self, overlap: &Overlap) -> Result<Key, KeyError> {
        self.home.join(&format!("overlapped/{:06}-{}", overlap.frame.0, overlap.blob))
    }
}
