//! Joins what engines say to a service of the cloud with how it is reached from here.

use async_trait::async_trait;
use cyclorama_app::services::{self, Call};
use cyclorama_outcome::Classify as _;
use cyclorama_render::engine::service::{Request, Service, ServiceError};

/// A service, as this machine reaches it.
pub(super) struct Remote(pub(super) services::Service);

#[async_trait]
impl Service for Remote {
    async fn call(&self, request: &Request) -> Result<Vec<u8>, ServiceError> {
        let token = request.token.clone().map(|token| ("x-amz-client-token", token));
        let body = request.body.as_ref().map(|body| body.to_string().into_bytes());
        let call = Call {
            method: request.method,
            prefix: request.prefix,
            path: &request.path,
            headers: token.into_iter().collect(),
            body: body.unwrap_or_default(),
            repeatable: request.repeatable,
        };
        self.0.call(&call).await.map(Vec::from).map_err(|failure| ServiceError {
            kind: failure.kind(),
            words: failure.to_string(),
            hint: failure.hint(),
        })
    }
}
