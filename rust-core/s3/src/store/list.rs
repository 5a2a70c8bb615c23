//! Listing, page by page.

use cyclorama_assets::{Key, Listing, store::LONGEST_PAGE};

use super::S3Store;
use crate::failure::{Cause, S3Failure, of_sdk};

impl S3Store {
    pub(super) async fn page(
        &self,
        prefix: &str,
        start_after: Option<&Key>,
        limit: usize,
    ) -> Result<Listing, S3Failure> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let mut listing = Listing::default();
        let mut after = start_after.map(|key| self.full(key));
        loop {
            let (names, more) =
                self.ask_page(prefix, after.as_deref(), limit - listing.objects.len()).await?;
            let last = names.last().map(|(name, _)| name.clone());
            for (name, size) in names {
                // What others keep under names that are none of ours is not ours.
                let own = name.strip_prefix(&self.options().place.prefix).map(str::to_owned);
                if let Some(Ok(key)) = own.map(Key::new) {
                    listing.objects.push((key, size));
                }
            }
            match last {
                Some(last) if more && after.as_ref().is_none_or(|after| last > *after) => after = Some(last),
                Some(_) if more => {
                    return Err(S3Failure::saying(Cause::Other, "a listing that goes in circles"));
                }
                _ => return Ok(listing),
            }
            if listing.objects.len() >= limit {
                listing.next = listing.objects.last().map(|(key, _)| key.clone());
                return Ok(listing);
            }
        }
    }

    /// One page of full names and sizes, and whether there is more.
    async fn ask_page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<(String, u64)>, bool), S3Failure> {
        let full = format!("{}{prefix}", self.options().place.prefix);
        let ask = || async {
            let answer = self
                .client()
                .list_objects_v2()
                .bucket(self.bucket())
                .prefix(&full)
                .set_start_after(after.map(str::to_owned))
                .max_keys(i32::try_from(limit).unwrap_or(1000))
                .set_request_payer(self.payer())
                .send()
                .await
                .map_err(|error| match of_sdk(&error) {
                    // A listing names no object: what is missing is the bucket.
                    failure if failure.cause == Cause::NoSuchKey => {
                        S3Failure { cause: Cause::NoSuchBucket, ..failure }
                    }
                    failure => failure,
                })?;
            let more = answer.is_truncated().unwrap_or(false);
            let size = |size: Option<i64>| size.and_then(|size| u64::try_from(size).ok());
            let names = answer
                .contents
                .unwrap_or_default()
                .into_iter()
                .filter_map(|object| Some((object.key?, size(object.size)?)))
                .collect();
            Ok((names, more))
        };
        self.attempt(0, 0, ask).await.plain()
    }
}
