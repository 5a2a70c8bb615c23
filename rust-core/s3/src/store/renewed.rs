//! The client that asks, and another one with a fresh identity once the first one's has expired.
//!
//! Sessions end while a large publish goes on, and whoever signed in again in another window, or the machine's role, has
//! good credentials by then: the SDK would hold on to those it has.

use std::future::Future;
use std::sync::{PoisonError, RwLock};

use aws_sdk_s3::Client;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::Mutex;

use super::S3Store;
use crate::attempt::{Tried, attempt};
use crate::connect::identified;
use crate::failure::{Cause, S3Failure};
use crate::{Identity, Options};

/// The client of the moment, and how often it was replaced.
pub(crate) struct Renewed {
    now: RwLock<(u64, Client)>,
    /// Held by whoever makes the next one.
    renewing: Mutex<()>,
    http: SharedHttpClient,
}

impl Renewed {
    pub(crate) fn new(client: Client, http: SharedHttpClient) -> Self {
        Self { now: RwLock::new((0, client)), renewing: Mutex::new(()), http }
    }

    fn now(&self) -> (u64, Client) {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sees to it that the client is another one than number `expired`.
    async fn renew(&self, options: &Options, expired: u64) {
        let _alone = self.renewing.lock().await;
        if self.now().0 == expired {
            let client = identified(options, self.http.clone()).await;
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = (expired + 1, client);
        }
    }
}

impl S3Store {
    /// The client to ask with. Take it anew for each attempt.
    pub(super) fn client(&self) -> Client {
        self.shared.client.now().1
    }

    /// Tries an operation as [`attempt`] does, and once more with a fresh identity where the one it went by has, or may have, expired.
    pub(super) async fn attempt<T, F, Fut>(&self, up: u64, down: u64, make: F) -> Tried<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, S3Failure>>,
    {
        let (number, _) = self.shared.client.now();
        let tried = attempt(self.pace(), self.limits(), up, down, &make).await;
        // An answer without a body, as HEAD has it, does not say that they expired.
        let may_have_expired =
            |failure: &S3Failure| matches!(failure.cause, Cause::Expired | Cause::Unsaid(_));
        let has_expired = tried.result.as_ref().is_err_and(may_have_expired);
        if !has_expired || matches!(self.options().identity, Identity::Key { .. }) {
            return tried;
        }
        tracing::debug!("the credentials have expired; looking for fresh ones");
        Box::pin(self.shared.client.renew(self.options(), number)).await;
        let again = attempt(self.pace(), self.limits(), up, down, &make).await;
        Tried { uncertain: tried.uncertain || again.uncertain, ..again }
    }
}
