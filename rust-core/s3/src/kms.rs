//! Master keys from AWS KMS: made as data keys under a key that never leaves KMS, and unwrapped there on each use.
//!
//! Both calls carry an encryption context that names the store, so that what was wrapped for one store is not
//! unwrapped for another, and so that a key policy can name stores. The plain key is neither logged nor written.

use cyclorama_assets::{KeyProblem, MasterKey, WrappedKey};
use cyclorama_outcome::{Classify as _, Kind};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::service::{Call, Service, ServiceFailure};

/// The service's name, as in `kms.eu-west-1.amazonaws.com`.
pub const SERVICE: &str = "kms";
/// What a format file calls it.
pub const KEEPER: &str = "aws-kms";
/// The name in the encryption context; its value is the store's id. Key policies know it as
/// `kms:EncryptionContext:cyclorama-store`.
pub const CONTEXT: &str = "cyclorama-store";

/// The region that an ARN of a key names; none for an id or an alias, which mean the region that is asked.
pub fn region_of(key: &str) -> Option<&str> {
    let mut parts = key.split(':');
    let is_arn = parts.next() == Some("arn") && parts.nth(1) == Some(SERVICE);
    parts.next().filter(|region| is_arn && !region.is_empty())
}

/// Whether `named` (an id or an ARN) can be the key that KMS calls `arn`. An alias can be any: KMS judges it.
pub fn may_be(named: &str, arn: &str) -> bool {
    let is_alias = named.starts_with("alias/") || named.contains(":alias/");
    is_alias || named == arn || arn.rsplit_once(":key/").is_some_and(|(_, id)| id == named)
}

/// A new master key for the store called `store`, wrapped by `key`: an id, an ARN or an alias.
///
/// # Errors
/// [`KeyProblem::Service`] when KMS refuses, or does not answer within a minute.
pub async fn make(kms: &Service, key: &str, store: &str) -> Result<(MasterKey, WrappedKey), KeyProblem> {
    let asked = json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context(store)});
    let made: DataKey = call(kms, "GenerateDataKey", &asked).await?;
    let (Some(master), Some(wrapped)) = (made.master(), made.wrapped()) else { return Err(no_key()) };
    Ok((master, WrappedKey::new(KEEPER, &made.key, store, &wrapped)))
}

/// The master key that was wrapped. With `named` (an id, an ARN or an alias), KMS unwraps it by that key
/// alone.
///
/// # Errors
/// As [`make`], and [`KeyProblem::OtherKey`] when `named` is another key than the store's.
pub async fn unwrap_key(
    kms: &Service,
    named: Option<&str>,
    wrapped: &WrappedKey,
) -> Result<MasterKey, KeyProblem> {
    let other = |named: &str| KeyProblem::OtherKey { wraps: wrapped.key.clone(), named: named.to_owned() };
    if let Some(named) = named.filter(|named| !may_be(named, &wrapped.key)) {
        return Err(other(named));
    }
    let Some(bytes) = wrapped.bytes() else { return Err(no_key()) };
    let blob = aws_smithy_types::base64::encode(bytes);
    let key = named.unwrap_or(&wrapped.key);
    let asked = json!({"CiphertextBlob": blob, "KeyId": key, "EncryptionContext": context(&wrapped.store)});
    let opened: DataKey = call(kms, "Decrypt", &asked).await?;
    if opened.key != wrapped.key {
        return Err(other(&opened.key));
    }
    opened.master().ok_or_else(no_key)
}

/// What is read of either answer. No `Debug`: it holds the key.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DataKey {
    #[serde(rename = "KeyId")]
    key: String,
    plaintext: String,
    ciphertext_blob: Option<String>,
}

impl DataKey {
    fn master(&self) -> Option<MasterKey> {
        let bytes = aws_smithy_types::base64::decode(&self.plaintext).ok()?;
        Some(MasterKey::from_bytes(bytes.try_into().ok()?))
    }

    fn wrapped(&self) -> Option<Vec<u8>> {
        aws_smithy_types::base64::decode(self.ciphertext_blob.as_deref()?).ok()
    }
}

fn context(store: &str) -> Value {
    json!({ CONTEXT: store })
}

async fn call(kms: &Service, operation: &str, asked: &Value) -> Result<DataKey, KeyProblem> {
    let headers = vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", format!("TrentService.{operation}")),
    ];
    let body = asked.to_string().into_bytes();
    // Making a key twice does no harm: the one that nobody hears of seals nothing.
    let call = Call { method: "POST", prefix: "", path: "/", headers, body, repeatable: true };
    let answer = kms.call(&call).await.map_err(|failure| refused(failure, operation))?;
    serde_json::from_slice(&answer).map_err(|_| no_key())
}

/// What a refusal means for somebody who wants a store's key.
fn refused(failure: ServiceFailure, operation: &str) -> KeyProblem {
    let (kind, hint) = match failure.code.as_deref().unwrap_or_default() {
        "AccessDeniedException" => {
            (Kind::Refused, format!("ask whoever looks after the key for kms:{operation} on it"))
        }
        "NotFoundException" => {
            let hint =
                "check the key's id or ARN, its region and its account; what a deleted key wrapped is lost";
            (Kind::NotFound, hint.to_owned())
        }
        "DisabledException" => {
            (Kind::Refused, "enable the key in AWS KMS, then repeat the command".to_owned())
        }
        "KMSInvalidStateException" => {
            let hint =
                "`aws kms describe-key` says the key's state; a deletion that waits can still be cancelled";
            (Kind::Refused, hint.to_owned())
        }
        "InvalidCiphertextException" => {
            let hint =
                "the store's format.json is not as it was made: put the original back; nothing else opens it";
            (Kind::Integrity, hint.to_owned())
        }
        "IncorrectKeyException" => {
            (Kind::Refused, "name the key that the store was made with, or none".to_owned())
        }
        "InvalidKeyUsageException" => (Kind::User, "name a symmetric key for encryption".to_owned()),
        "InvalidArnException" | "ValidationException" => {
            (Kind::User, "name the key by its id, its ARN, or alias/NAME".to_owned())
        }
        _ => {
            let (kind, hint) = (failure.kind(), failure.hint());
            return KeyProblem::Service { kind, hint, source: Box::new(failure) };
        }
    };
    KeyProblem::Service { kind, hint: Some(hint), source: Box::new(failure) }
}

/// KMS answered something that is no key of 32 bytes.
fn no_key() -> KeyProblem {
    let source = "kms answered with something else than a key of 32 bytes".into();
    KeyProblem::Service { kind: Kind::Integrity, hint: None, source }
}

#[cfg(test)]
mod tests;
