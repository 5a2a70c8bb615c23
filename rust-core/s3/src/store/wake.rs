//! Objects that sleep in an archive (Glacier Flexible Retrieval, Deep Archive, the archive tiers of Intelligent-Tiering).

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{GlacierJobParameters, RestoreRequest, StorageClass, Tier};
use cyclorama_assets::Key;
use cyclorama_assets::store::{Sleep, Wake};

use super::S3Store;
use crate::failure::{Cause, S3Failure, of_sdk};

impl S3Store {
    /// Whether an object can be read, after asking for it where it sleeps and that is wanted.
    pub(super) async fn wake_one(&self, key: &Key, ask: Option<Wake>) -> Result<Sleep, S3Failure> {
        let full = self.full(key);
        let look = || async {
            let request = self.client().head_object().bucket(self.bucket()).key(&full);
            let request = request.set_request_payer(self.payer());
            request.send().await.map_err(|error| of_sdk(&error))
        };
        let head = self.attempt(0, 0, look).await.plain()?;
        let (Sleep::Asleep, Some(wake)) = (sleep_of(&head), ask) else { return Ok(sleep_of(&head)) };
        let request = request_of(wake, head.archive_status().is_some());
        let ask = || async {
            let asked = self.client().restore_object().bucket(self.bucket()).key(&full);
            let asked = asked.restore_request(request.clone()).set_request_payer(self.payer());
            asked.send().await.map_err(|error| of_sdk(&error))
        };
        match self.attempt(0, 0, ask).await.plain() {
            Ok(_) => Ok(Sleep::Waking),
            // Somebody has asked meanwhile, or we have, and the answer was lost.
            Err(failure) if failure.cause == Cause::Waking => Ok(Sleep::Waking),
            Err(failure) => Err(failure),
        }
    }
}

fn sleep_of(head: &HeadObjectOutput) -> Sleep {
    let is_cold = matches!(head.storage_class(), Some(StorageClass::Glacier | StorageClass::DeepArchive));
    if !is_cold && head.archive_status().is_none() {
        return Sleep::Awake;
    }
    // `ongoing-request="false", expiry-date="..."` once a copy can be read.
    match head.restore() {
        Some(said) if said.contains("ongoing-request=\"true\"") => Sleep::Waking,
        Some(said) if said.contains("ongoing-request=\"false\"") => Sleep::Awake,
        _ => Sleep::Asleep,
    }
}

/// Objects of Intelligent-Tiering come back for good: how long must not be said then.
fn request_of(wake: Wake, comes_back: bool) -> RestoreRequest {
    let tier = if wake.cheap { Tier::Bulk } else { Tier::Standard };
    let days = i32::try_from(wake.days.max(1)).unwrap_or(i32::MAX);
    RestoreRequest::builder()
        .set_days((!comes_back).then_some(days))
        .set_glacier_job_parameters(GlacierJobParameters::builder().tier(tier).build().ok())
        .build()
}
