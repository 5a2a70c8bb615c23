//! What farms in the cloud are asked through: a service that answers JSON with JSON.
//!
//! Signatures, credentials and the network are somebody else's; engines here only know what to say.

use async_trait::async_trait;
use cyclorama_outcome::{Classify, Kind};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::EngineError;

/// One request to a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `GET`, `POST`, `PATCH`...
    pub method: &'static str,
    /// What stands before the service's own host name, as in `management.`
    pub prefix: &'static str,
    /// The path, percent-encoded where it has to be.
    pub path: String,
    /// Whoever repeats the request says the same here, and it is done once.
    pub token: Option<String>,
    /// What is said; none is no body.
    pub body: Option<Value>,
    /// Whether doing it twice does no harm.
    pub repeatable: bool,
}

/// Why a service did not do it. Its text is a sentence that begins with the service's name.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{words}")]
pub struct ServiceError {
    /// Whose fault it is.
    pub kind: Kind,
    /// What happened.
    pub words: String,
    /// What a person can do.
    pub hint: Option<String>,
}

impl Classify for ServiceError {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// A service of the cloud. Every call ends within a minute.
#[async_trait]
pub trait Service: Send + Sync {
    /// The answer's body.
    async fn call(&self, request: &Request) -> Result<Vec<u8>, ServiceError>;
}

/// Asks, and reads the answer as a `T`.
pub(super) async fn ask<T: DeserializeOwned>(
    service: &dyn Service,
    request: &Request,
) -> Result<T, EngineError> {
    let answer = service.call(request).await.map_err(EngineError::Service)?;
    serde_json::from_slice(&answer)
        .map_err(|source| EngineError::Answer { path: request.path.clone(), source })
}

#[cfg(test)]
pub(super) mod fake;
