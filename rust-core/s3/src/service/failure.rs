//! Why a service did not do what it was asked, in words a person can act on.
//!
//! Holds the service's code and short message, never a header, a body, a key or a token.

use std::time::Duration;

use cyclorama_outcome::{Classify, Kind};
use serde::Deserialize;

use crate::failure::{Cause, S3Failure, of_error, tidy};

/// One failed call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}{}", request(.request_id.as_deref()))]
pub struct ServiceFailure {
    /// Whose fault it is.
    pub kind: Kind,
    /// What happened, beginning with the service's name, with its own code and message.
    pub words: String,
    /// The service's own name of the error, when it answered.
    pub code: Option<String>,
    /// Name it when you ask for support.
    pub request_id: Option<String>,
    hint: Option<String>,
    uncertain: bool,
}

/// What services put into the body of a refusal.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    #[serde(rename = "__type", alias = "code")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

impl ServiceFailure {
    fn new(service: &str, kind: Kind, words: impl Into<String>) -> Self {
        let words = format!("{service} {}", words.into());
        Self { kind, words, code: None, request_id: None, hint: None, uncertain: false }
    }

    pub(super) fn silent(service: &str, limit: Duration) -> Self {
        let words = format!("did not answer for {} s", limit.as_secs());
        Self { uncertain: true, ..Self::new(service, Kind::Network, words) }
    }

    pub(super) fn too_large(service: &str) -> Self {
        Self::new(service, Kind::Internal, "answered with more than can be read")
    }

    pub(super) fn no_credentials(service: &str) -> Self {
        Self::of_cause(service, &S3Failure::new(Cause::NoCredentials))
    }

    /// From an error below HTTP: credentials, network, TLS.
    pub(super) fn of_error(service: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::of_cause(service, &of_error(error))
    }

    fn of_cause(service: &str, failure: &S3Failure) -> Self {
        let words = match &failure.cause {
            Cause::NoCredentials => "was not asked: there are no credentials",
            Cause::Expired => "was not asked: the credentials have expired",
            Cause::Unreachable => "cannot be reached",
            Cause::Untrusted => "is not trusted: its certificate is not known",
            Cause::ProxyRefused => "was not asked: the proxy wants a name and password",
            Cause::Silence => "did not answer in time",
            _ => "could not be asked",
        };
        let detail = failure.words.as_ref().map(|words| format!(" ({words})")).unwrap_or_default();
        let uncertain = !matches!(
            failure.cause,
            Cause::NoCredentials
                | Cause::Expired
                | Cause::Unreachable
                | Cause::Untrusted
                | Cause::ProxyRefused
        );
        let (kind, hint) = (failure.kind(), failure.hint());
        Self { uncertain, hint, ..Self::new(service, kind, format!("{words}{detail}")) }
    }

    /// From an answer that is no success.
    pub(super) fn of_answer(
        service: &str,
        status: u16,
        code: Option<String>,
        body: &[u8],
        id: Option<String>,
    ) -> Self {
        let said: Said = serde_json::from_slice(body).unwrap_or_default();
        let code = code.or(said.code).map(|code| tidy(code.rsplit('#').next().unwrap_or_default()));
        let message = said.message.map(|message| tidy(&message)).unwrap_or_default();
        let (kind, hint) = judge(status, code.as_deref().unwrap_or_default());
        let name = code.clone().unwrap_or_else(|| format!("status {status}"));
        let words = if message.is_empty() {
            format!("refused: {name}")
        } else {
            format!("refused: {name}: {message}")
        };
        Self {
            code,
            request_id: id.map(|id| tidy(&id)),
            hint: hint.map(str::to_owned),
            uncertain: status >= 500,
            ..Self::new(service, kind, words)
        }
    }

    /// Whether what was asked may have been done all the same.
    pub fn is_uncertain(&self) -> bool {
        self.uncertain
    }
}

fn judge(status: u16, code: &str) -> (Kind, Option<&'static str>) {
    const SIGN_IN: &str = "sign in again (`aws sso login`), then repeat the command";
    match code {
        "ExpiredTokenException" | "ExpiredToken" => (Kind::Refused, Some(SIGN_IN)),
        "UnrecognizedClientException" | "InvalidSignatureException" | "IncompleteSignature" => {
            (Kind::Refused, Some("check which profile AWS_PROFILE names, and this machine's clock (NTP)"))
        }
        "AccessDeniedException" | "AccessDenied" => {
            (Kind::Refused, Some("ask for this permission; `aws sts get-caller-identity` shows who you are"))
        }
        "ServiceQuotaExceededException" => {
            (Kind::Refused, Some("wait until earlier work has ended, or ask AWS for a higher quota"))
        }
        "ResourceNotFoundException" => (Kind::NotFound, Some("check the name or id, and AWS_REGION")),
        "ConflictException" => (Kind::Conflict, None),
        "ThrottlingException" | "TooManyRequestsException" => (Kind::RateLimited, None),
        _ => match status {
            401 | 403 => (Kind::Refused, None),
            404 => (Kind::NotFound, Some("check the name or id, and AWS_REGION")),
            409 => (Kind::Conflict, None),
            429 => (Kind::RateLimited, None),
            500.. => (Kind::Network, None),
            _ => (Kind::User, None),
        },
    }
}

fn request(id: Option<&str>) -> String {
    id.map(|id| format!(" [request {id}]")).unwrap_or_default()
}

impl Classify for ServiceFailure {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}
