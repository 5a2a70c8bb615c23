//! From the name of a store, as a person writes it, to the store: a folder, or S3 reached as this site reaches it.

mod nearby;
mod reach;

pub use nearby::{cache_of_site, read_token, through_edge_of_site};
pub use reach::{NAMES as REACH_NAMES, Reach};

use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_assets::Store;
use cyclorama_assets::store::{self, OpenError};
use cyclorama_outcome::{Classify, Kind};
use cyclorama_s3::{ConnectError, Options, PlaceError, S3Store};
use cyclorama_time::Clock;

use crate::{Environment, Settings};

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenStoreError {
    /// No folder, and no other store of this build.
    #[error(transparent)]
    Folder(#[from] OpenError),
    /// No kind of store that there is.
    #[error(
        "there are no stores at `{scheme}://`: a store is a folder (a path, or file:///path) or s3://bucket/prefix"
    )]
    Scheme {
        /// What stands before `://`.
        scheme: String,
    },
    /// No place on S3.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Endpoint, proxy or certificates.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// There is no such site in the settings.
    #[error("no site `{0}` stands in the settings")]
    Site(String),
    /// A certificate authority cannot be read.
    #[error("the certificate authority {} cannot be read", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The token of an edge cannot be read.
    #[error("the token in {} cannot be read", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What stands in the file is no token.
    #[error("{} holds no token, which has 16 to 256 printable ASCII characters and no spaces", .0.display())]
    BadToken(PathBuf),
}

impl Classify for OpenStoreError {
    fn kind(&self) -> Kind {
        match self {
            Self::Folder(source) => source.kind(),
            Self::Place(source) => source.kind(),
            Self::Connect(source) => source.kind(),
            Self::Scheme { .. } | Self::Site(_) | Self::BadToken(_) => Kind::User,
            Self::Authority { source, .. } | Self::Token { source, .. } => Classify::kind(source),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Folder(source) => source.hint(),
            Self::Place(source) => source.hint(),
            Self::Connect(source) => source.hint(),
            Self::Scheme { scheme } => Some(for_scheme(scheme).to_owned()),
            Self::Site(name) => {
                Some(format!("write a section [site.{name}] in the settings, or correct store.site"))
            }
            Self::Authority { .. } | Self::Token { .. } | Self::BadToken(_) => None,
        }
    }
}

/// The store at `url`: a path, `file:///path`, `memory:` or `s3://bucket/prefix`. `endpoint` (a flag) wins over the
/// environment, the environment over the site's profile. Asks nothing of the store yet.
///
/// # Errors
/// [`OpenStoreError`] when the name or the settings cannot be right.
pub async fn open(
    url: &str,
    endpoint: Option<&str>,
    settings: &Settings,
    environment: &Environment,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Store>, OpenStoreError> {
    if !url.starts_with("s3:") {
        return store::open(url).map_err(|error| match error {
            OpenError::Scheme { scheme } => OpenStoreError::Scheme { scheme },
            other => other.into(),
        });
    }
    let mut reach = reach_of(settings)?;
    reach.lay_environment(environment);
    reach.endpoint = endpoint.map(str::to_owned).or(reach.endpoint);
    let mut options = Options::new(url.parse()?, clock);
    reach.apply(&mut options)?;
    Ok(Arc::new(S3Store::connect(options).await?))
}

/// What somebody probably meant who wrote this before `://`.
fn for_scheme(scheme: &str) -> &'static str {
    match scheme.to_ascii_lowercase().as_str() {
        "s3" | "s3a" | "s3n" | "aws" => "write s3://bucket/prefix, in small letters",
        "http" | "https" => {
            "an S3 server is named by --endpoint-url, and the place on it as s3://bucket/prefix"
        }
        "smb" | "cifs" | "nfs" | "ftp" | "sftp" => "mount the share and give its path",
        _ => "give a folder's path or s3://bucket/prefix; --endpoint-url names an S3 server other than AWS",
    }
}

/// What the settings say for the site that is chosen.
pub(crate) fn reach_of(settings: &Settings) -> Result<Reach, OpenStoreError> {
    match &settings.site {
        None => Ok(settings.store.clone()),
        Some(name) => {
            let site = settings.sites.get(name).ok_or_else(|| OpenStoreError::Site(name.clone()))?;
            Ok(site.over(&settings.store))
        }
    }
}

#[cfg(test)]
mod tests;
