//! Where a production's master key comes from.

use std::{fmt, fs, io, path::PathBuf};

use cyclorama_outcome::{Classify, Kind};

/// A production's master key: 32 secret bytes. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(pub(super) [u8; 32]);

impl MasterKey {
    /// A key from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new random key.
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// The key as a key file holds it: 64 hex digits. Secret.
    pub fn to_text(&self) -> String {
        super::hex(&self.0)
    }

    /// A key from 64 hex digits; space around them is passed over.
    ///
    /// # Errors
    /// [`KeyProblem::Malformed`] for any other text, which is not repeated in the message.
    pub fn from_text(text: &str) -> Result<Self, KeyProblem> {
        let digits = text.trim().as_bytes();
        if digits.len() != 64 {
            return Err(KeyProblem::Malformed);
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |c: u8| char::from(c).to_digit(16).ok_or(KeyProblem::Malformed);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Ok(Self(key))
    }

    /// A key for one end, from which neither this one nor another can be found.
    pub(super) fn derive(&self, context: &str) -> [u8; 32] {
        blake3::derive_key(context, &self.0)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// Gives the master key of a store from this machine: a file.
pub trait KeySource: Send + Sync {
    /// The key of the store that is called `store` in its format file.
    ///
    /// # Errors
    /// [`KeyProblem`].
    fn master_key(&self, store: &str) -> Result<MasterKey, KeyProblem>;
}

/// A key held in memory.
impl KeySource for MasterKey {
    fn master_key(&self, _: &str) -> Result<MasterKey, KeyProblem> {
        Ok(self.clone())
    }
}

/// A key in a file of 64 hex digits, as `openssl rand -hex 32` writes it.
#[derive(Clone, Debug)]
pub struct KeyFile(pub PathBuf);

impl KeySource for KeyFile {
    fn master_key(&self, _: &str) -> Result<MasterKey, KeyProblem> {
        let unreadable = |source| KeyProblem::Unreadable { path: self.0.clone(), source };
        let size = fs::metadata(&self.0).map_err(unreadable)?.len();
        if size > LONGEST_FILE {
            return Err(KeyProblem::Malformed);
        }
        MasterKey::from_text(&fs::read_to_string(&self.0).map_err(unreadable)?)
    }
}

const LONGEST_FILE: u64 = 1024;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyProblem {
    /// The file cannot be read.
    #[error("the key file `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It holds something else than a key.
    #[error("the key is not 64 hex digits")]
    Malformed,
    /// The store is encrypted, and no key was given.
    #[error("this store is encrypted, and no key was given")]
    Missing,
    /// A key was given for a store that has no encryption.
    #[error("this store is not encrypted, and a key was given")]
    NotNeeded,
    /// Another production's key.
    #[error("this key is not the one the store was made with")]
    Wrong,
    /// A key file was given, and a key service has the key.
    #[error("this store's key is wrapped by a key service, and a key file was given")]
    InService,
    /// A key of a key service was named, and the key is in a file.
    #[error("this store's key is in a file, and a key of a key service was named")]
    InFile,
    /// A key file was given and a key of a service named.
    #[error("a key file and a key of a key service were given, and a store has one key")]
    Both,
    /// A key service is needed, and there is none to ask.
    #[error("this store's key is wrapped by a key service, and there is none to ask")]
    NoService,
    /// Another key of the service was named than the one that wraps the store's.
    #[error("this store's key is wrapped by `{wraps}`, and `{named}` was named")]
    OtherKey {
        /// The one the store names.
        wraps: String,
        /// The one the person named.
        named: String,
    },
    /// The key service refused, failed or could not be asked.
    #[error("the key service did not give the store's key")]
    Service {
        /// What the caller can do about it.
        kind: Kind,
        /// The one thing a person can do.
        hint: Option<String>,
        /// What the service said. Holds no secrets.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Classify for KeyProblem {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreadable { source, .. } => Classify::kind(source),
            Self::Malformed | Self::NotNeeded | Self::InService | Self::InFile | Self::Both => Kind::User,
            Self::Missing | Self::Wrong | Self::NoService | Self::OtherKey { .. } => Kind::Refused,
            Self::Service { kind, .. } => *kind,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing | Self::Wrong | Self::InFile => Some("give the production's key file".to_owned()),
            Self::InService => Some("leave the key file out: the store says which key is asked".to_owned()),
            Self::OtherKey { .. } => {
                Some("ask whose store this is before you name another key, or none".to_owned())
            }
            Self::Service { hint, .. } => hint.clone(),
            Self::Malformed => Some("make a key with: openssl rand -hex 32".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_hex_digits_and_nothing_else() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("key");
        let key = MasterKey::random();
        fs::write(&path, format!("{}\n", key.to_text())).expect("writes");
        assert_eq!(KeyFile(path.clone()).master_key("x").expect("reads"), key);
        for text in ["", "abc", &"zz".repeat(32), &"a".repeat(4000)] {
            fs::write(&path, text).expect("writes");
            assert!(matches!(KeyFile(path.clone()).master_key("x"), Err(KeyProblem::Malformed)), "{text}");
        }
        assert_eq!(
            KeyFile(home.path().join("none")).master_key("x").expect_err("absent").kind(),
            Kind::NotFound
        );
    }
}
