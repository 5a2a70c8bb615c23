//! From an error of the SDK to a cause.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::{Cause, S3Failure, tidy};
use crate::transport::{NotTheStore, Silence};

/// What an error of the SDK comes down to.
pub(crate) fn of_sdk<E>(error: &SdkError<E, HttpResponse>) -> S3Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if let Some(failure) = of_credentials(error) {
        return failure;
    }
    match error {
        SdkError::ServiceError(context) => {
            let (raw, error) = (context.raw(), context.err());
            of_answer(raw, error.code(), error.message())
        }
        SdkError::ResponseError(context) => {
            let raw = context.raw();
            match of_answer(raw, None, None) {
                S3Failure { cause: Cause::Other, .. } if raw.status().is_success() => {
                    S3Failure { status: Some(raw.status().as_u16()), ..of_chain(error, Cause::Cut) }
                }
                failure => failure,
            }
        }
        SdkError::TimeoutError(_) => S3Failure::new(Cause::Silence),
        SdkError::DispatchFailure(_) => of_chain(error, Cause::Cut),
        _ => of_chain(error, Cause::Other),
    }
}

/// What an error below HTTP comes down to.
pub(crate) fn of_error(error: &(dyn std::error::Error + 'static)) -> S3Failure {
    of_credentials(error).unwrap_or_else(|| of_chain(error, Cause::Cut))
}

fn of_answer(raw: &HttpResponse, code: Option<&str>, message: Option<&str>) -> S3Failure {
    let status = raw.status().as_u16();
    let region = raw.headers().get("x-amz-bucket-region").map(str::to_owned);
    S3Failure {
        cause: cause(status, code.unwrap_or(""), message.unwrap_or(""), region),
        status: Some(status),
        code: code.map(tidy),
        words: message.map(tidy),
        request_id: raw.headers().get("x-amz-request-id").map(tidy),
    }
}

fn cause(status: u16, code: &str, message: &str, region: Option<String>) -> Cause {
    match code {
        "NoSuchBucket" => Cause::NoSuchBucket,
        "NoSuchKey" | "NotFound" => Cause::NoSuchKey,
        "NoSuchUpload" => Cause::NoSuchUpload,
        "PreconditionFailed" => Cause::Precondition,
        "ConditionalRequestConflict" | "OperationAborted" => Cause::Conflict,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "SlowDownRead"
        | "SlowDownWrite" => Cause::SlowDown,
        "InvalidRange" => Cause::Range,
        "RequestTimeTooSkewed" => Cause::ClockSkew,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Cause::Expired,
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" => Cause::BadCredentials,
        "AuthorizationHeaderMalformed" => match region.or_else(|| expected_region(message)) {
            None => Cause::BadCredentials,
            region => Cause::WrongRegion(region),
        },
        "PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException" => {
            Cause::WrongRegion(region)
        }
        "InvalidObjectState" => Cause::Archived,
        "RestoreAlreadyInProgress" => Cause::Waking,
        "NotImplemented" | "XNotImplemented" => Cause::NotSupported,
        "KMS.DisabledException"
        | "KMS.NotFoundException"
        | "KMS.AccessDeniedException"
        | "KMS.KMSInvalidStateException" => Cause::KeyDenied,
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" if message.contains("kms:") => {
            Cause::KeyDenied
        }
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => Cause::AccessDenied,
        "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
            Cause::Damaged
        }
        "RequestTimeout" | "IncompleteBody" => Cause::Cut,
        "InternalError" | "ServiceUnavailable" => Cause::Server,
        "" if status == 400 => Cause::Unsaid(region),
        _ => of_status(status, region),
    }
}

/// The region named in "the region 'us-east-1' is wrong; expecting 'eu-west-1'", which some answers name nowhere else.
fn expected_region(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("expecting '")?;
    let (region, _) = rest.split_once('\'')?;
    let is_one = (1..=40).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_one.then(|| region.to_owned())
}

/// The cause by the status alone: HEAD has no body, and some servers have codes of their own.
fn of_status(status: u16, region: Option<String>) -> Cause {
    match status {
        301 | 307 | 308 => Cause::WrongRegion(region),
        400 if region.is_some() => Cause::WrongRegion(region),
        401 | 403 => Cause::AccessDenied,
        404 => Cause::NoSuchKey,
        407 => Cause::ProxyRefused,
        408 => Cause::Cut,
        409 => Cause::Conflict,
        412 => Cause::Precondition,
        416 => Cause::Range,
        429 | 503 => Cause::SlowDown,
        501 => Cause::NotSupported,
        500.. => Cause::Server,
        _ => Cause::Other,
    }
}

fn of_credentials(error: &(dyn std::error::Error + 'static)) -> Option<S3Failure> {
    use aws_credential_types::provider::error::CredentialsError as Source;
    let found = chain(error).find_map(|error| error.downcast_ref::<Source>())?;
    Some(match found {
        Source::CredentialsNotLoaded(_) => S3Failure::new(Cause::NoCredentials),
        Source::ProviderTimedOut(_) => {
            S3Failure::saying(Cause::Silence, "whoever gives credentials did not answer")
        }
        Source::InvalidConfiguration(_) => {
            S3Failure::saying(Cause::NoCredentials, "the AWS configuration files are not valid")
        }
        other => {
            let words = chain(other).map(ToString::to_string).collect::<Vec<_>>().join(": ");
            let expired = ["expired", "ExpiredToken"].iter().any(|sign| words.contains(sign));
            let cause = if expired { Cause::Expired } else { Cause::NoCredentials };
            S3Failure::saying(cause, "the credentials could not be fetched")
        }
    })
}

/// The cause by what the system or TLS said.
fn of_chain(error: &(dyn std::error::Error + 'static), otherwise: Cause) -> S3Failure {
    for link in chain(error) {
        if link.is::<NotTheStore>() {
            return S3Failure::new(Cause::NotTheStore);
        }
        if let Some(silence) = link.downcast_ref::<Silence>() {
            return S3Failure::saying(Cause::Silence, silence.to_string());
        }
        let words = link.to_string();
        let lower = words.to_lowercase();
        if lower.contains("certificate") || lower.contains("tls handshake") || lower.contains("invalid peer")
        {
            // What lies deepest says what is wrong with the certificate.
            let deepest = chain(link).last().map(ToString::to_string);
            return S3Failure::saying(Cause::Untrusted, deepest.unwrap_or(words));
        }
        if lower.contains("proxy authorization required") {
            return S3Failure::new(Cause::ProxyRefused);
        }
        if lower.contains("dns error") || lower.contains("refused") || lower.contains("failed to lookup") {
            return S3Failure::saying(Cause::Unreachable, words);
        }
        if lower.contains("unreachable") || lower.contains("connect timeout") || lower.contains("tunnel") {
            return S3Failure::saying(Cause::Unreachable, words);
        }
        if lower.contains("timed out") || lower.contains("timeout") {
            return S3Failure::saying(Cause::Silence, words);
        }
    }
    let last = chain(error).last().map(ToString::to_string).unwrap_or_default();
    S3Failure::saying(otherwise, last)
}

/// The error and what it came from; bounded, whatever it says about itself.
fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source()).take(20)
}
