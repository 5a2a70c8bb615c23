//! Which store, and which version in it: `STORE` or `STORE@VERSION`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use cyclorama_assets::edge::EdgeStore;
use cyclorama_assets::locks::Owner;
use cyclorama_assets::{KeyFile, RefName, Repository, RepositoryOptions, Revision, Store};
use cyclorama_time::UtcTime;

use super::edge::read_token;
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// A store as it was typed, and the version behind the `@`, if one was named.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) store: String,
    pub(crate) version: Option<String>,
}

/// How the key of an encrypted store is given.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Key {
    /// File with the production's key, for a store that is encrypted
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

/// A cache nearby to read through.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Through {
    /// Read through the edge at this address (see `cyclorama assets edge`)
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) edge: Option<SocketAddr>,
    /// File with the edge's token
    #[arg(long, value_name = "FILE", requires = "edge")]
    pub(crate) edge_token_file: Option<PathBuf>,
}

/// What stands behind the last `@` is a version when nothing of a path is in it.
pub(crate) fn place(text: &str) -> Place {
    match text.rsplit_once('@') {
        Some((store, version)) if !store.is_empty() && version.parse::<Revision>().is_ok() => {
            Place { store: store.to_owned(), version: Some(version.to_owned()) }
        }
        _ => Place { store: text.to_owned(), version: None },
    }
}

impl Place {
    /// The content store.
    pub(crate) async fn open_with(&self, key: &Key, cx: &Context) -> Result<Repository, Failure> {
        let doing = format!("open the store {}", self.store);
        let store = self.objects(cx).await?;
        Repository::open(store, options(key, cx)).await.doing(&doing)
    }

    /// The content store, read through an edge where one is named.
    pub(crate) async fn open_through(
        &self,
        key: &Key,
        through: &Through,
        cx: &Context,
    ) -> Result<Repository, Failure> {
        let mut store = self.objects(cx).await?;
        if let Some(address) = through.edge {
            let token = through.edge_token_file.as_deref().map(read_token).transpose()?;
            store = Arc::new(EdgeStore::new(store, address, token));
        }
        Repository::open(store, options(key, cx)).await.doing(format!("open the store {}", self.store))
    }

    /// The object store below.
    pub(crate) async fn objects(&self, cx: &Context) -> Result<Arc<dyn Store>, Failure> {
        cx.store(&self.store).await.doing(format!("open the store {}", self.store))
    }

    /// The version named, `main` where none is.
    pub(crate) fn revision(&self) -> Result<Revision, Failure> {
        self.version
            .as_deref()
            .unwrap_or(RefName::main().as_str())
            .parse()
            .doing("read the name of a version")
    }

    /// The ref named, `main` where none is.
    pub(crate) fn name(&self) -> Result<RefName, Failure> {
        match &self.version {
            Some(name) => RefName::new(name.as_str()).doing("read the name of a ref"),
            None => Ok(RefName::main()),
        }
    }
}

/// How content stores are opened from here.
pub(crate) fn options(key: &Key, cx: &Context) -> RepositoryOptions {
    let mut options = RepositoryOptions::new(Arc::clone(&cx.clock));
    options.key = key.key_file.clone().map(|path| Arc::new(KeyFile(path)) as _);
    options.cache = cyclorama_app::cache_folder(&cx.environment);
    options
}

/// Who works at this machine, as far as it tells.
pub(crate) fn owner(cx: &Context, person: Option<&str>) -> Owner {
    let told =
        |names: [&str; 2]| names.into_iter().find_map(|name| cx.environment.get(name)).map(str::to_owned);
    Owner {
        person: person.map(str::to_owned).or_else(|| told(["USER", "USERNAME"])).unwrap_or_default(),
        machine: cyclorama_app::machine_name(&cx.environment),
        tool: "cyclorama".to_owned(),
    }
}

/// A moment in milliseconds since 1970, for people.
pub(crate) fn moment(milliseconds: u64) -> String {
    let nanos = i64::try_from(milliseconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    text::utc(UtcTime::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_an_at_sign_is_a_version_when_it_can_be_one() {
        let of = |text: &str| (place(text).store, place(text).version);
        assert_eq!(of("/x/store"), ("/x/store".to_owned(), None));
        assert_eq!(of("/x/store@main~2"), ("/x/store".to_owned(), Some("main~2".to_owned())));
        assert_eq!(of("file:///me@home/store"), ("file:///me@home/store".to_owned(), None));
        assert_eq!(of("@main"), ("@main".to_owned(), None));
        assert_eq!(place("/x@stage").name().expect("a name").as_str(), "stage");
    }
}
