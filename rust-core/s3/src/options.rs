//! Where a store is, how it is reached, and who asks.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::Clock;

use crate::Limits;

/// A bucket and the part of it that is the store: `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// What every key begins with: empty, or ends with a slash.
    pub prefix: String,
}

/// The text is no `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not s3://bucket/prefix")]
pub struct PlaceError(pub String);

impl Classify for PlaceError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some("write s3://bucket or s3://bucket/folder; keys and secrets never stand in the name".to_owned())
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let refused =
            || PlaceError(if text.contains('@') { "s3://...@...".to_owned() } else { text.to_owned() });
        let rest = text.strip_prefix("s3://").ok_or_else(refused)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let named = (3..=63).contains(&bucket.len())
            && bucket.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_'))
            && bucket.starts_with(|c: char| c.is_ascii_alphanumeric());
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..") && !part.chars().any(|c| c.is_control() || "@?#\\".contains(c))
        };
        if !named || prefix.len() > 400 || !(prefix.is_empty() || prefix.split('/').all(plain)) {
            return Err(refused());
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)?;
        Ok(())
    }
}

/// Who asks. Secrets are never shown.
#[derive(Clone, Default)]
pub enum Identity {
    /// Whom the AWS chain finds: environment, profile, single sign-on, the machine's role.
    #[default]
    Chain,
    /// The chain, from this profile.
    Profile(String),
    /// A fixed key pair, for tests and servers in the house.
    Key {
        /// The public half.
        access: String,
        /// The secret half.
        secret: String,
    },
    /// The key pair, public half first, that somebody else names; asked again when the one before has expired.
    Given(Arc<dyn Fn() -> (String, String) + Send + Sync>),
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain => f.write_str("Chain"),
            Self::Profile(name) => f.debug_tuple("Profile").field(name).finish(),
            Self::Key { .. } => f.write_str("Key"),
            Self::Given(_) => f.write_str("Given"),
        }
    }
}

/// What the endpoint can do with checksums of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksums {
    /// CRC64NVME with every write.
    #[default]
    Crc64Nvme,
    /// None, and none of the server's is believed: it refuses or garbles what it does not know.
    Off,
}

/// How a bucket is asked to encrypt what is written. Nothing of it is seen by whoever reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// As the bucket does by itself.
    #[default]
    Bucket,
    /// With a key of S3's (`AES256`).
    S3,
    /// With a key of AWS KMS (`aws:kms`): this one by its id, ARN or alias, or the account's own for S3.
    Kms(Option<String>),
}

/// The way out through a proxy. Holds no password in its `Debug`.
#[derive(Clone, Default)]
pub struct Proxy {
    /// `http://host:port`, may hold a user and password.
    pub url: String,
    /// Hosts that are reached directly, separated by commas, as in `NO_PROXY`.
    pub except: String,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.rsplit_once('@').map_or(self.url.as_str(), |(_, host)| host);
        write!(f, "Proxy({host}, except {})", self.except)
    }
}

/// Everything a store on S3 needs to know.
#[derive(Clone)]
pub struct Options {
    /// The bucket and prefix.
    pub place: Place,
    /// Another server than AWS: `https://s3.studio.example`. `None` is AWS.
    pub endpoint: Option<String>,
    /// The region; `None` is what the chain says, and `us-east-1` where it says nothing.
    pub region: Option<String>,
    /// `https://endpoint/bucket/key` (true) or `https://bucket.endpoint/key` (false); `None` is the first with an
    /// endpoint of its own and the second on AWS.
    pub path_style: Option<bool>,
    /// Who asks.
    pub identity: Identity,
    /// What the endpoint can do with checksums.
    pub checksums: Checksums,
    /// How the bucket is asked to encrypt what is written.
    pub encryption: Encryption,
    /// Whether who asks pays for it, in a bucket of somebody else who wants that.
    pub requester_pays: bool,
    /// Certificate authorities beside the system's, PEM.
    pub authorities: Vec<Vec<u8>>,
    /// The proxy, if there is one.
    pub proxy: Option<Proxy>,
    /// The most bytes a second up, and down; `None` is as much as the link gives.
    pub cap_up: Option<u64>,
    /// See [`Options::cap_up`].
    pub cap_down: Option<u64>,
    /// The most requests at once.
    pub most_at_once: usize,
    /// Objects from this size are uploaded in parts, bytes.
    pub parts_from: u64,
    /// The size of a part, bytes; larger where an object would have more than 10 000 of them.
    pub part: u64,
    /// The limit of every wait.
    pub limits: Limits,
    /// The machine's clock.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The usual: AWS, the chain's identity, no proxy, no cap.
    pub fn new(place: Place, clock: Arc<dyn Clock>) -> Self {
        Self {
            place,
            endpoint: None,
            region: None,
            path_style: None,
            identity: Identity::Chain,
            checksums: Checksums::default(),
            encryption: Encryption::default(),
            requester_pays: false,
            authorities: Vec::new(),
            proxy: None,
            cap_up: None,
            cap_down: None,
            most_at_once: 64,
            parts_from: 64 << 20,
            part: 16 << 20,
            limits: Limits::default(),
            clock,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bucket_with_or_without_a_folder_is_a_place() {
        for (text, bucket, prefix) in [
            ("s3://stage", "stage", ""),
            ("s3://stage/", "stage", ""),
            ("s3://stage/show/ep1", "stage", "show/ep1/"),
            ("s3://my.bucket-1/a b/", "my.bucket-1", "a b/"),
        ] {
            let place: Place = text.parse().expect(text);
            assert_eq!((place.bucket.as_str(), place.prefix.as_str()), (bucket, prefix));
        }
    }

    #[test]
    fn what_is_no_place_is_refused_and_a_secret_in_it_is_not_repeated() {
        for text in [
            "",
            "s3:/x",
            "s3://",
            "s3://ab",
            "s3://-ab/x",
            "s3://abc/../x",
            "s3://abc//x",
            "s3://a/b\\c",
            "http://x/y",
        ] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
        let error = "s3://key:hunter2@stage/x".parse::<Place>().expect_err("no user in a place");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let identity = Identity::Key { access: "AKIA".to_owned(), secret: "hunter2".to_owned() };
        let proxy = Proxy { url: "http://me:hunter2@proxy:3128".to_owned(), except: "localhost".to_owned() };
        let shown = format!("{identity:?} {proxy:?}");
        assert!(!shown.contains("hunter2") && shown.contains("proxy:3128"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_text_is_a_place_or_refused(text in "(s3://)?.{0,80}") {
            if let Ok(place) = text.parse::<Place>() {
                prop_assert_eq!(place.to_string().parse::<Place>(), Ok(place));
            }
        }
    }
}
