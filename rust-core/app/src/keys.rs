//! Keys of encrypted stores, as a person gives them here: a file, a key of AWS KMS by name, or nothing, where the store
//! itself says which key of KMS is asked.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use cyclorama_assets::{KeyFile, KeyProblem, KeyService, MasterKey, RepositoryOptions, WrappedKey};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_s3::kms;
use cyclorama_time::Clock;

use crate::services::{self, Service};
use crate::{Environment, Settings};

/// What a person gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GivenKey {
    /// Nothing: a store without encryption, or one that names its key itself.
    #[default]
    Nothing,
    /// A file of 64 hex digits.
    File(PathBuf),
    /// A key of AWS KMS, by its id, its ARN or `alias/NAME`.
    Kms(String),
}

/// The text names no key of a key service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is named as kms:KEY, with the id, the ARN or alias/NAME of a key of AWS KMS")]
pub struct BadKeyName;

impl GivenKey {
    /// Reads `kms:KEY`.
    ///
    /// # Errors
    /// [`BadKeyName`] for any other text.
    pub fn named(text: &str) -> Result<Self, BadKeyName> {
        let key = text.strip_prefix("kms:").ok_or(BadKeyName)?;
        let is_fit = (1..=2048).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if is_fit { Ok(Self::Kms(key.to_owned())) } else { Err(BadKeyName) }
    }

    /// Puts it into `options`, and beside it how KMS is reached from here.
    pub(crate) fn lay(
        self,
        options: &mut RepositoryOptions,
        settings: &Settings,
        environment: &Environment,
        clock: Arc<dyn Clock>,
    ) {
        let named = match self {
            Self::Nothing => None,
            Self::File(path) => {
                options.key = Some(Arc::new(KeyFile(path)));
                None
            }
            Self::Kms(key) => Some(key),
        };
        let (settings, environment) = (settings.clone(), environment.clone());
        options.key_service = Some(Arc::new(Kms { named, settings, environment, clock }));
    }
}

/// AWS KMS, connected when it is asked: in the region of the key.
struct Kms {
    named: Option<String>,
    settings: Settings,
    environment: Environment,
    clock: Arc<dyn Clock>,
}

impl Kms {
    async fn service(&self, key: &str) -> Result<Service, KeyProblem> {
        let region = kms::region_of(key);
        let clock = Arc::clone(&self.clock);
        let opened = services::open(kms::SERVICE, region, &self.settings, &self.environment, clock).await;
        opened.map_err(|source| KeyProblem::Service {
            kind: source.kind(),
            hint: source.hint(),
            source: Box::new(source),
        })
    }
}

#[async_trait]
impl KeyService for Kms {
    fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    async fn make(&self, store: &str) -> Result<(MasterKey, WrappedKey), KeyProblem> {
        let key = self.named.as_deref().ok_or(KeyProblem::Missing)?;
        kms::make(&self.service(key).await?, key, store).await
    }

    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyProblem> {
        if wrapped.service != kms::KEEPER {
            let source = format!("this version knows {}, not {}", kms::KEEPER, wrapped.service).into();
            return Err(KeyProblem::Service { kind: Kind::Refused, hint: None, source });
        }
        kms::unwrap_key(&self.service(&wrapped.key).await?, self.named(), wrapped).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_service_and_its_own_name() {
        let named = GivenKey::named;
        assert_eq!(named("kms:alias/wall"), Ok(GivenKey::Kms("alias/wall".to_owned())));
        let arn = "arn:aws:kms:eu-west-1:1:key/2";
        assert_eq!(named(&format!("kms:{arn}")), Ok(GivenKey::Kms(arn.to_owned())));
        for text in ["", "kms:", "wall.key", "vault:wall", "kms:a b", "kms:\u{e9}"] {
            assert_eq!(named(text), Err(BadKeyName), "{text}");
        }
    }
}
