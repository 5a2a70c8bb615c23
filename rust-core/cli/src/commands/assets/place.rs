//! Which store, and which version in it: `STORE` or `STORE@VERSION`.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_app::stores::{read_token, through_edge_of_site};
use cyclorama_app::{content, keys::GivenKey};
use cyclorama_assets::edge::EdgeStore;
use cyclorama_assets::locks::Owner;
use cyclorama_assets::{RefName, Repository, RepositoryOptions, Revision, Store};
use cyclorama_time::UtcTime;

use crate::{
    commands::track::protocol::host_and_port,
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// A store as it was typed, and the version behind the `@`, if one was named.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place(cyclorama_assets::Place);

impl Deref for Place {
    type Target = cyclorama_assets::Place;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// How a store is opened: the key of one that is encrypted, and what of it is accepted.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Key {
    /// File with the production's key, for a store that is encrypted
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The key of AWS KMS that the store's key must be wrapped by, as kms:KEY with its id, its ARN or alias/NAME; a
    /// store says by itself which key is asked
    #[arg(long, value_name = "kms:KEY", conflicts_with = "key_file", value_parser = GivenKey::named)]
    pub(crate) key: Option<GivenKey>,
    /// Go on where a ref is older than this machine has seen it, or is gone: it was removed or made anew on purpose
    #[arg(long)]
    pub(crate) accept_rollback: bool,
}

impl Key {
    fn given(&self) -> GivenKey {
        let file = self.key_file.clone().map_or(GivenKey::Nothing, GivenKey::File);
        self.key.clone().unwrap_or(file)
    }
}

/// A cache nearby to read through.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Through {
    /// Read through the edge at this address (see `cyclorama assets edge`) [default: the setting store.edge]
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    pub(crate) edge: Option<SocketAddr>,
    /// File with the edge's token
    #[arg(long, value_name = "FILE", requires = "edge")]
    pub(crate) edge_token_file: Option<PathBuf>,
}

/// Reads `STORE` or `STORE@VERSION`.
pub(crate) fn place(text: &str) -> Place {
    Place(cyclorama_assets::Place::new(text))
}

impl Place {
    /// All of a store, whatever its name looks like.
    pub(crate) fn of_store(store: &str) -> Self {
        Self(cyclorama_assets::Place { store: store.to_owned(), version: None })
    }

    /// The content store.
    pub(crate) async fn open_with(&self, key: &Key, cx: &Context) -> Result<Repository, Failure> {
        let doing = format!("open the store {}", self.store);
        let store = self.objects(cx).await?;
        Repository::open(store, options(key, cx)).await.doing(&doing)
    }

    /// The content store, read through an edge where one is named, here or for this site.
    pub(crate) async fn open_through(
        &self,
        key: &Key,
        through: &Through,
        cx: &Context,
    ) -> Result<Repository, Failure> {
        let store = self.objects(cx).await?;
        let doing = format!("open the store {}", self.store);
        let near: Arc<dyn Store> = match through.edge {
            Some(address) => {
                let token = through.edge_token_file.as_deref().map(read_token).transpose();
                Arc::new(EdgeStore::new(store, address, token.doing(&doing)?))
            }
            None => through_edge_of_site(store, &cx.settings).await.doing(&doing)?,
        };
        Repository::open(near, options(key, cx)).await.doing(&doing)
    }

    /// The object store below.
    pub(crate) async fn objects(&self, cx: &Context) -> Result<Arc<dyn Store>, Failure> {
        cx.store(&self.store).await.doing(format!("open the store {}", self.store))
    }

    /// The version named, `main` where none is.
    pub(crate) fn revision(&self) -> Result<Revision, Failure> {
        self.0.revision().doing("read the name of a version")
    }

    /// The ref named, `main` where none is.
    pub(crate) fn name(&self) -> Result<RefName, Failure> {
        self.0.name().doing("read the name of a ref")
    }
}

/// How content stores are opened from here.
pub(crate) fn options(key: &Key, cx: &Context) -> RepositoryOptions {
    let options = content::options(Arc::clone(&cx.clock), key.given(), &cx.settings, &cx.environment);
    RepositoryOptions { accept_rollback: key.accept_rollback, ..options }
}

/// Who works at this machine, as far as it tells.
pub(crate) fn owner(cx: &Context, person: Option<&str>) -> Owner {
    content::owner(&cx.environment, person, "cyclorama")
}

/// A moment in milliseconds since 1970, for people.
pub(crate) fn moment(milliseconds: u64) -> String {
    let nanos = i64::try_from(milliseconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    text::utc(UtcTime::from_nanos(nanos))
}
