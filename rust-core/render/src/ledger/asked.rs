//! What farms were asked for: so that nobody asks for the same slots a second time while they wait their turn.

use cyclorama_assets::store::nonce;
use serde::{Deserialize, Serialize};

use super::job::json;
use super::{Job, LedgerError};

/// `asked/<engine>-<nonce>.json`: a farm was asked for slots. Removed once it says that all of them ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRecord {
    /// `cyclorama.asked/1`.
    pub schema: String,
    /// Which kind of farm, as in `--engine`.
    pub engine: String,
    /// The farm's own name for them.
    pub id: String,
    /// How many slots.
    pub slots: u32,
    /// Unique to this record, and in its name.
    pub nonce: String,
}

impl Job {
    /// Notes that a farm was asked for slots.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails.
    pub async fn note_asked(&self, engine: &str, id: &str, slots: u32) -> Result<(), LedgerError> {
        let record = AskedRecord {
            schema: "cyclorama.asked/1".to_owned(),
            engine: engine.to_owned(),
            id: id.to_owned(),
            slots,
            nonce: nonce(),
        };
        let key = self.home.join(&format!("asked/{engine}-{}.json", record.nonce))?;
        Ok(self.writer.put(&key, json(&record)).await?)
    }

    /// What farms of this kind were asked for and were not yet heard to have ended.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails or a record cannot be read.
    pub async fn asked(&self, engine: &str) -> Result<Vec<AskedRecord>, LedgerError> {
        self.records(&format!("asked/{engine}-")).await
    }

    /// Forgets slots that have ended.
    ///
    /// # Errors
    /// [`LedgerError`] when the store fails.
    pub async fn forget_asked(&self, record: &AskedRecord) -> Result<(), LedgerError> {
        let key = self.home.join(&format!("asked/{}-{}.json", record.engine, record.nonce))?;
        Ok(self.writer.delete(&key).await?)
    }
}
