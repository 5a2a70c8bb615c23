//! Removing, under the same conditions as writing.

use cyclorama_assets::{Condition, ETag, Key};

use super::S3Store;
use crate::failure::{Cause, S3Failure, of_sdk};

impl S3Store {
    pub(super) async fn remove(&self, key: &Key, condition: &Condition) -> Result<(), S3Failure> {
        match condition {
            Condition::Always => self.remove_if(key, None).await,
            // S3 has no such condition; whoever asks for it removes nothing either way.
            Condition::Absent => match self.look(key).await {
                Ok(_) => Err(S3Failure::new(Cause::Precondition)),
                Err(failure) if failure.cause == Cause::NoSuchKey => Ok(()),
                Err(failure) => Err(failure),
            },
            Condition::Matches(etag) => {
                // Servers differ in what they answer when nothing is there, some even say that it was done.
                match self.look(key).await {
                    Ok(seen) if seen.etag == *etag => {}
                    Ok(_) => return Err(S3Failure::new(Cause::Precondition)),
                    Err(failure) if failure.cause == Cause::NoSuchKey => {
                        return Err(S3Failure { cause: Cause::Precondition, ..failure });
                    }
                    Err(failure) => return Err(failure),
                }
                self.remove_if(key, Some(etag)).await
            }
        }
    }

    async fn remove_if(&self, key: &Key, etag: Option<&ETag>) -> Result<(), S3Failure> {
        let full = self.full(key);
        let ask = || async {
            let request = self.client().delete_object().bucket(self.bucket()).key(&full);
            let request =
                request.set_if_match(etag.map(|etag| etag.0.clone())).set_request_payer(self.payer());
            request.send().await.map_err(|error| of_sdk(&error))
        };
        let tried = self.attempt(0, 0, ask).await;
        let failure = match tried.result {
            Ok(_) => return Ok(()),
            Err(failure) => failure,
        };
        let gone = failure.cause == Cause::NoSuchKey;
        match etag {
            None if gone => Ok(()),
            None => Err(failure),
            // It is gone, and an attempt of ours may have been what removed it.
            Some(_) if gone && tried.uncertain => Ok(()),
            Some(_) if gone => Err(S3Failure { cause: Cause::Precondition, ..failure }),
            Some(_) if failure.cause == Cause::Precondition && tried.uncertain => {
                match self.look(key).await {
                    Err(seen) if seen.cause == Cause::NoSuchKey => Ok(()),
                    _ => Err(failure),
                }
            }
            Some(_) => Err(failure),
        }
    }
}
