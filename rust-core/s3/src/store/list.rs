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
        // Of a page that has nothing and is not the last.
        let (mut token, mut empty) = (None, 0);
        loop {
            let from = (after.as_deref(), token.take());
            let (names, more) = self.ask_page(prefix, from, limit - listing.objects.len()).await?;
            let last = names.last().map(|(name, _)| name.clone());
            for (name, size) in names {
                // What others keep under names that are none of ours is not ours.
                let own = name.strip_prefix(&self.options().place.prefix).map(str::to_owned);
                if let Some(Ok(key)) = own.map(Key::new) {
                    listing.objects.push((key, size));
                }
            }
            match last {
                Some(last) if more.is_some() && after.as_ref().is_none_or(|after| last > *after) => {
                    after = Some(last);
                }
                Some(_) if more.is_some() => {
                    return Err(S3Failure::saying(Cause::Other, "a listing that goes in circles"));
                }
                None if more.as_ref().is_some_and(|next| !next.is_empty()) && empty < MOST_EMPTY => {
                    (token, empty) = (more, empty + 1);
                }
                None if more.is_some() => {
                    return Err(S3Failure::saying(
                        Cause::Other,
                        "a listing that goes on and does not say what with",
                    ));
                }
                _ => return Ok(listing),
            }
            if listing.objects.len() >= limit {
                listing.next = listing.objects.last().map(|(key, _)| key.clone());
                return Ok(listing);
            }
        }
    }

    /// One page of full names and sizes, after a name or as a token says; and where there is more, the token of that, empty where the
    /// server gives none.
    async fn ask_page(
        &self,
        prefix: &str,
        (after, token): (Option<&str>, Option<String>),
        limit: usize,
    ) -> Result<(Vec<(String, u64)>, Option<String>), S3Failure> {
        let full = format!("{}{prefix}", self.options().place.prefix);
        let ask = || async {
            let answer = self
                .client()
                .list_objects_v2()
                .bucket(self.bucket())
                .prefix(&full)
                .set_start_after(after.map(str::to_owned))
                .set_continuation_token(token.clone())
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
            let more = answer
                .is_truncated()
                .unwrap_or(false)
                .then(|| answer.next_continuation_token().unwrap_or_default().to_owned());
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

/// Pages without anything in them, as where much was removed, until a server is not believed that more will come.
const MOST_EMPTY: u32 = 1000;
