//! What long work needs of this process: threads, environment, clock and settings.
//!
//! Made when it is first asked for, and kept: a module of the engine may go and come back, the archive stays.

use std::{
    future::Future,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use cyclorama_app::{Environment, Settings, content, keys::GivenKey, runtime, stores};
use cyclorama_assets::{FormatOptions, Repository, RepositoryError, RepositoryOptions, Store};
use cyclorama_time::Clock;
use tokio::runtime::Runtime;

use crate::{Status, failure::Failure, time};

/// See the module.
pub(crate) struct House {
    runtime: Runtime,
    pub(crate) environment: Environment,
    pub(crate) clock: Arc<dyn Clock>,
}

/// How a content store is opened.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'a> {
    /// The file with its key, empty for none.
    pub(crate) key_file: &'a str,
    /// Whether a ref may be older than this machine has seen it, or gone.
    pub(crate) accept_rollback: bool,
}

/// The one of this process.
pub(crate) fn house() -> Result<&'static House, Failure> {
    static HOUSE: OnceLock<Result<House, String>> = OnceLock::new();
    let made = HOUSE.get_or_init(|| {
        let runtime = runtime::build().map_err(|error| format!("failed to start threads: {error}"))?;
        Ok(House { runtime, environment: Environment::of_process(), clock: Arc::new(*time::clock()) })
    });
    made.as_ref().map_err(|text| Failure::new(Status::Internal, text.clone()))
}

impl House {
    /// Runs it on a thread of the core; whoever began it has a handle of its own.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.runtime.spawn(work));
    }

    /// As they stand now: files may have changed since the last call.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        Settings::load(&self.environment).map_err(|error| Failure::of("read the settings", &error))
    }

    /// The store at `url`, reached as the settings say.
    pub(crate) async fn store(&self, url: &str, settings: &Settings) -> Result<Arc<dyn Store>, Failure> {
        let clock = Arc::clone(&self.clock);
        let opened = stores::open(url, None, settings, &self.environment, clock).await;
        opened.map_err(|error| Failure::of(&format!("open the store {url}"), &error))
    }

    /// The content store at `url`.
    pub(crate) async fn repository(&self, url: &str, how: Opening<'_>) -> Result<Repository, Failure> {
        let settings = self.settings()?;
        let store = self.store(url, &settings).await?;
        let opened = Repository::open(store, self.options(how, &settings)).await;
        opened.map_err(|error| Failure::of(&format!("open the store {url}"), &error))
    }

    /// As above, read through the edge of this site where the settings name one.
    pub(crate) async fn repository_nearby(&self, url: &str, how: Opening<'_>) -> Result<Repository, Failure> {
        let settings = self.settings()?;
        let store = self.store(url, &settings).await?;
        let doing = format!("open the store {url}");
        let near = stores::through_edge_of_site(store, &settings).await;
        let near = near.map_err(|error| Failure::of(&doing, &error))?;
        let opened = Repository::open(near, self.options(how, &settings)).await;
        opened.map_err(|error| Failure::of(&doing, &error))
    }

    /// As above, made where there is none yet.
    pub(crate) async fn repository_or_new(&self, url: &str, how: Opening<'_>) -> Result<Repository, Failure> {
        let settings = self.settings()?;
        let store = self.store(url, &settings).await?;
        let opened = Repository::open(Arc::clone(&store), self.options(how, &settings)).await;
        match opened {
            Err(RepositoryError::NoStore { .. }) => {}
            opened => return opened.map_err(|error| Failure::of(&format!("open the store {url}"), &error)),
        }
        let made = Repository::init(store, FormatOptions::default(), self.options(how, &settings)).await;
        made.map_err(|error| Failure::of(&format!("make a store in {url}"), &error))
    }

    fn options(&self, how: Opening<'_>, settings: &Settings) -> RepositoryOptions {
        let Opening { key_file, accept_rollback } = how;
        let key =
            if key_file.is_empty() { GivenKey::Nothing } else { GivenKey::File(PathBuf::from(key_file)) };
        let options = content::options(Arc::clone(&self.clock), key, settings, &self.environment);
        RepositoryOptions { accept_rollback, ..options }
    }
}
