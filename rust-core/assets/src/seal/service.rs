//! Master keys that a key service wraps: what a store says of them, and who unwraps them.
//!
//! The store holds the wrapped form alone, which is of no use to whoever may not ask the service. Nothing here talks to
//! a service: [`KeyService`] is the other side.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{KeyProblem, KeySource, MasterKey};

/// A store's master key in the form in which a key service gave it away. No secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// Which service: `aws-kms`.
    pub service: String,
    /// The service's own name of the key that wraps: an ARN of AWS KMS.
    pub key: String,
    /// The id of the store it was made for, without which the service does not unwrap it.
    pub store: String,
    /// What the service unwraps, in hex digits.
    pub wrapped: String,
}

impl WrappedKey {
    /// Of bytes that a service gave for the store of this id.
    pub fn new(service: &str, key: &str, store: &str, wrapped: &[u8]) -> Self {
        let wrapped = super::hex(wrapped);
        Self { service: service.to_owned(), key: key.to_owned(), store: store.to_owned(), wrapped }
    }

    /// What the service unwraps; `None` when it is not in hex digits.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        super::unhex(&self.wrapped)
    }

    /// Whether its lengths are those of something that a service gave.
    pub(crate) fn is_plausible(&self) -> bool {
        let named = |name: &str, longest| {
            (1..=longest).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let bytes = self.bytes().map_or(0, |bytes| bytes.len());
        named(&self.service, 32)
            && named(&self.key, LONGEST_NAME)
            && named(&self.store, 32)
            && (1..=LONGEST_WRAPPED).contains(&bytes)
    }
}

/// Makes and unwraps master keys, each for one store.
#[async_trait]
pub trait KeyService: Send + Sync {
    /// The key that a person named, if they did: then the store's key must be wrapped by it.
    fn named(&self) -> Option<&str>;

    /// A new master key for the store called `store`, plain and wrapped by the named key.
    ///
    /// # Errors
    /// [`KeyProblem`].
    async fn make(&self, store: &str) -> Result<(MasterKey, WrappedKey), KeyProblem>;

    /// The master key that was wrapped.
    ///
    /// # Errors
    /// [`KeyProblem`].
    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyProblem>;
}

/// What a person gave, and what there is to ask.
#[derive(Clone, Copy, Default)]
pub(crate) struct Keys<'a> {
    pub(crate) source: Option<&'a dyn KeySource>,
    pub(crate) service: Option<&'a dyn KeyService>,
}

impl Keys<'_> {
    fn named(&self) -> Option<&str> {
        self.service.and_then(KeyService::named)
    }

    /// The key of a new store, and its wrapped form where a service has it; none for a store without encryption.
    pub(crate) async fn make(
        &self,
        store: &str,
    ) -> Result<Option<(MasterKey, Option<WrappedKey>)>, KeyProblem> {
        match (self.source, self.service) {
            (Some(_), Some(service)) if service.named().is_some() => Err(KeyProblem::Both),
            (Some(source), _) => Ok(Some((source.master_key(store)?, None))),
            (None, Some(service)) if service.named().is_some() => {
                let (master, wrapped) = service.make(store).await?;
                Ok(Some((master, Some(wrapped))))
            }
            (None, _) => Ok(None),
        }
    }

    /// The key of the store called `store`, of which its format file says whether it is sealed, and how its key is
    /// wrapped if it is. What was given by hand must be what is needed.
    pub(crate) async fn open(
        &self,
        store: &str,
        sealed: bool,
        wrapped: Option<&WrappedKey>,
    ) -> Result<Option<MasterKey>, KeyProblem> {
        let named = self.named();
        match (sealed, wrapped, self.source) {
            (_, _, Some(_)) if named.is_some() => Err(KeyProblem::Both),
            (false, _, None) if named.is_none() => Ok(None),
            (false, ..) => Err(KeyProblem::NotNeeded),
            (true, None, _) if named.is_some() => Err(KeyProblem::InFile),
            (true, None, None) => Err(KeyProblem::Missing),
            (true, None, Some(source)) => source.master_key(store).map(Some),
            (true, Some(_), Some(_)) => Err(KeyProblem::InService),
            (true, Some(wrapped), None) => {
                let service = self.service.ok_or(KeyProblem::NoService)?;
                service.unwrap_key(wrapped).await.map(Some)
            }
        }
    }
}

/// The longest name of a key, bytes, as AWS KMS limits it.
const LONGEST_NAME: usize = 2048;
/// The most bytes of a wrapped key, as AWS KMS limits them.
const LONGEST_WRAPPED: usize = 6144;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A key service that wraps by XOR with one byte, for the store it was asked for only.
    pub(crate) struct Toy {
        pub(crate) named: Option<String>,
        pub(crate) byte: u8,
    }

    impl Toy {
        fn key(&self) -> String {
            format!("toy-{}", self.byte)
        }
    }

    #[async_trait]
    impl KeyService for Toy {
        fn named(&self) -> Option<&str> {
            self.named.as_deref()
        }

        async fn make(&self, store: &str) -> Result<(MasterKey, WrappedKey), KeyProblem> {
            let master = MasterKey::random();
            let mut wrapped: Vec<u8> = master.0.iter().map(|byte| byte ^ self.byte).collect();
            wrapped.extend_from_slice(store.as_bytes());
            Ok((master, WrappedKey::new("toy", &self.key(), store, &wrapped)))
        }

        async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyProblem> {
            let bytes = wrapped.bytes().ok_or(KeyProblem::Wrong)?;
            let (key, name) = bytes.split_first_chunk::<32>().ok_or(KeyProblem::Wrong)?;
            if name != wrapped.store.as_bytes() || wrapped.key != self.key() {
                return Err(KeyProblem::Wrong);
            }
            Ok(MasterKey::from_bytes(key.map(|byte| byte ^ self.byte)))
        }
    }

    #[tokio::test]
    async fn what_is_given_must_be_what_the_store_needs() {
        let file = MasterKey::random();
        let (named, unnamed) =
            (Toy { named: Some("toy-1".to_owned()), byte: 1 }, Toy { named: None, byte: 1 });
        let (_, wrapped) = named.make("s").await.expect("a key");
        let nothing = Keys::default();
        let file = Keys { source: Some(&file), service: Some(&unnamed) };
        let service = Keys { source: None, service: Some(&named) };
        let both = Keys { service: Some(&named), ..file };
        let asked = Keys { service: Some(&unnamed), ..nothing };
        let told = async |keys: Keys<'_>, sealed, wrapped: Option<&WrappedKey>| match keys
            .open("s", sealed, wrapped)
            .await
        {
            Ok(key) => format!("{}", key.is_some()),
            Err(problem) => format!("{problem:?}"),
        };
        for (keys, open, in_file, in_service) in [
            (nothing, "false", "Missing", "NoService"),
            (asked, "false", "Missing", "true"),
            (file, "NotNeeded", "true", "InService"),
            (service, "NotNeeded", "InFile", "true"),
            (both, "Both", "Both", "Both"),
        ] {
            assert_eq!(told(keys, false, None).await, open);
            assert_eq!(told(keys, true, None).await, in_file);
            assert_eq!(told(keys, true, Some(&wrapped)).await, in_service);
        }
        assert!(nothing.make("s").await.expect("no key").is_none());
        assert!(asked.make("s").await.expect("no key").is_none());
        assert!(matches!(file.make("s").await, Ok(Some((_, None)))));
        assert!(matches!(service.make("s").await, Ok(Some((_, Some(_))))));
        assert!(matches!(both.make("s").await, Err(KeyProblem::Both)));
    }

    #[test]
    fn a_wrapped_key_of_impossible_length_is_none() {
        let good = WrappedKey::new("aws-kms", "arn:aws:kms:eu-west-1:1:key/2", "0a", &[7; 184]);
        assert!(good.is_plausible());
        assert_eq!(good.bytes().expect("hex"), [7; 184]);
        let changed = |change: fn(&mut WrappedKey)| {
            let mut changed = good.clone();
            change(&mut changed);
            changed.is_plausible()
        };
        assert!(!changed(|key| key.wrapped.clear()));
        assert!(!changed(|key| key.wrapped.push('x')));
        assert!(!changed(|key| key.wrapped = "ab".repeat(LONGEST_WRAPPED + 1)));
        assert!(!changed(|key| key.key = "a key\n".to_owned()));
        assert!(!changed(|key| key.key = "k".repeat(LONGEST_NAME + 1)));
        assert!(!changed(|key| key.service.clear()));
    }
}
