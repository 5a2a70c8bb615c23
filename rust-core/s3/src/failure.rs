//! What went wrong on the other side, in words a person can act on.
//!
//! Holds the server's code and short message, never a header, a body, a key or a token.

mod classify;

pub(crate) use classify::{of_error, of_sdk};

use std::fmt;

use cyclorama_outcome::{Classify, Kind};

/// Whose fault it is, as far as the answer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Nobody said who we are.
    NoCredentials,
    /// The credentials were good once.
    Expired,
    /// The key is unknown, or its secret is wrong.
    BadCredentials,
    /// Policy says no.
    AccessDenied,
    /// The key management service says no.
    KeyDenied,
    /// Refused without a word, as an answer without a body is; the region that the bucket is in, where that was said.
    Unsaid(Option<String>),
    /// The bucket is in another region.
    WrongRegion(Option<String>),
    /// There is no such bucket.
    NoSuchBucket,
    /// There is no such object.
    NoSuchKey,
    /// There is no such upload (any more).
    NoSuchUpload,
    /// The condition of a write did not hold.
    Precondition,
    /// The range begins past the end.
    Range,
    /// This machine's clock and the server's differ too much.
    ClockSkew,
    /// The object sleeps in an archive.
    Archived,
    /// The object was asked for before, and is on its way out of an archive.
    Waking,
    /// The server does not know this operation or header.
    NotSupported,
    /// Please slow down.
    SlowDown,
    /// Two writes met; neither is judged.
    Conflict,
    /// The server failed.
    Server,
    /// No connection.
    Unreachable,
    /// The connection is not trusted.
    Untrusted,
    /// The proxy lets nobody through without a name and password, or not with these.
    ProxyRefused,
    /// Nothing came for too long.
    Silence,
    /// The connection ended in the middle.
    Cut,
    /// Something between here and the store answered.
    NotTheStore,
    /// The bytes are not those of the object.
    Damaged,
    /// The object is longer than was allowed.
    TooLong,
    /// The request is wrong, or the answer makes no sense.
    Other,
}

/// One failed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Failure {
    /// What it comes down to.
    pub cause: Cause,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The server's code for it.
    pub code: Option<String>,
    /// The server's or system's own short words.
    pub words: Option<String>,
    /// Name it when you ask the store's operator.
    pub request_id: Option<String>,
}

impl S3Failure {
    pub(crate) fn new(cause: Cause) -> Self {
        Self { cause, status: None, code: None, words: None, request_id: None }
    }

    pub(crate) fn saying(cause: Cause, words: impl Into<String>) -> Self {
        Self { words: Some(tidy(&words.into())), ..Self::new(cause) }
    }

    /// Whether what was asked may have been done all the same.
    pub(crate) fn is_uncertain(&self) -> bool {
        use Cause::{Cut, Damaged, NotTheStore, Other, Server, Silence};
        matches!(self.cause, Server | Silence | Cut | NotTheStore | Damaged | Other)
    }

    fn text(&self) -> &'static str {
        match &self.cause {
            Cause::NoCredentials => "there are no credentials for the store",
            Cause::Expired => "the credentials have expired",
            Cause::BadCredentials => "the store does not know these credentials",
            Cause::AccessDenied => "these credentials may not do this",
            Cause::KeyDenied => "these credentials may not use the encryption key of the bucket",
            Cause::Unsaid(_) => {
                "the store refused without a reason: the credentials have expired, or the bucket is in another region"
            }
            Cause::WrongRegion(_) => "the bucket is in another region",
            Cause::NoSuchBucket => "there is no such bucket",
            Cause::NoSuchKey => "there is no such object",
            Cause::NoSuchUpload => "the upload is no longer open",
            Cause::Precondition => "the condition did not hold",
            Cause::Range => "the object ends before the range",
            Cause::ClockSkew => "this machine's clock differs too much from the store's",
            Cause::Archived => "the object is in an archive and has to be restored first",
            Cause::Waking => "the object is on its way out of an archive",
            Cause::NotSupported => "the server does not support this",
            Cause::SlowDown => "the store asks to slow down",
            Cause::Conflict => "two writes met and the store judged neither",
            Cause::Server => "the store failed",
            Cause::Unreachable => "the store cannot be reached",
            Cause::Untrusted => "the connection to the store is not trusted",
            Cause::ProxyRefused => "the proxy wants a name and password",
            Cause::Silence => "the store did not answer in time",
            Cause::Cut => "the connection to the store broke off",
            Cause::NotTheStore => "something else answered in place of the store",
            Cause::Damaged => "what came is not what the store holds",
            Cause::TooLong => "the object is longer than anything of its kind",
            Cause::Other => "the store did not accept the request",
        }
    }
}

impl fmt::Display for S3Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())?;
        let status = self.status.map(|status| status.to_string());
        let facts = [self.code.as_ref(), status.as_ref(), self.words.as_ref()];
        let facts: Vec<&str> = facts.into_iter().flatten().map(String::as_str).collect();
        if !facts.is_empty() {
            write!(f, " ({})", facts.join(", "))?;
        }
        match &self.request_id {
            Some(id) => write!(f, " [request {id}]"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for S3Failure {}

impl Classify for S3Failure {
    fn kind(&self) -> Kind {
        match &self.cause {
            Cause::NoCredentials
            | Cause::Expired
            | Cause::Unsaid(_)
            | Cause::BadCredentials
            | Cause::AccessDenied
            | Cause::KeyDenied
            | Cause::ClockSkew
            | Cause::Archived
            | Cause::Waking
            | Cause::Untrusted
            | Cause::ProxyRefused
            | Cause::NotSupported => Kind::Refused,
            Cause::WrongRegion(_) | Cause::Range => Kind::User,
            Cause::NoSuchBucket | Cause::NoSuchKey | Cause::NoSuchUpload => Kind::NotFound,
            Cause::Precondition => Kind::Conflict,
            Cause::SlowDown | Cause::Conflict => Kind::RateLimited,
            Cause::Server
            | Cause::Unreachable
            | Cause::Silence
            | Cause::Cut
            | Cause::NotTheStore
            | Cause::Damaged => Kind::Network,
            Cause::TooLong => Kind::Integrity,
            Cause::Other => Kind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match &self.cause {
            Cause::NoCredentials => {
                "sign in (`aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"
            }
            Cause::Expired => {
                "sign in again (`aws sso login`), then repeat the command: it goes on from there"
            }
            Cause::BadCredentials => {
                "check that the key belongs to this endpoint, and which profile AWS_PROFILE names"
            }
            Cause::AccessDenied => {
                "ask whoever runs the bucket for this permission; `aws sts get-caller-identity` shows who you are"
            }
            Cause::KeyDenied => "ask for kms:GenerateDataKey and kms:Decrypt on the bucket's key",
            Cause::Unsaid(region) => {
                let region = region.as_ref().map_or("the bucket's region", |region| region.as_str());
                return Some(format!(
                    "sign in again (`aws sso login`); where that does not help, set AWS_REGION to {region}"
                ));
            }
            Cause::WrongRegion(Some(region)) => {
                return Some(format!("set AWS_REGION={region}, or `region` in the store's profile"));
            }
            Cause::WrongRegion(None) => "set AWS_REGION to the bucket's region",
            Cause::NoSuchBucket => "check the bucket's name, and that the endpoint is the right one",
            Cause::ClockSkew => "set this machine's clock (NTP)",
            Cause::Archived => {
                "ask for all that sleeps there at once (`cyclorama assets wake STORE`), wait for it, then repeat the command"
            }
            Cause::NotSupported => {
                "set `checksums = \"off\"` in the store's profile if the server is not AWS S3"
            }
            Cause::SlowDown => "wait a little, or allow fewer requests at once in the store's profile",
            Cause::Unreachable => {
                "check the endpoint's name, the network and the proxy (HTTPS_PROXY, NO_PROXY)"
            }
            Cause::Untrusted => {
                "give the studio's certificate authority as `ca` in the store's profile; do not switch TLS off"
            }
            Cause::ProxyRefused => {
                "write them into the proxy's URL, http://name:password@host:port (`proxy`, HTTPS_PROXY), or set NO_PROXY"
            }
            Cause::NotTheStore => {
                "a hotel's or studio's login page, or a proxy, is in the way: open a browser, or set NO_PROXY"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// One line of at most 200 characters.
pub(crate) fn tidy(words: &str) -> String {
    let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests;
