//! What every command works with.

use std::{future::Future, path::PathBuf, sync::Arc};

use cyclorama_app::stores::{self, OpenStoreError};
use cyclorama_app::{Environment, Settings, Shutdown, SystemClock, logging, runtime};
use cyclorama_assets::Store;
use cyclorama_outcome::Kind;
use cyclorama_progress::Cancel;
use cyclorama_time::Clock;
use tokio::runtime::Runtime;

use crate::{
    arguments::Global,
    failure::{Doing as _, DoingIo as _, Failure},
    printer::Printer,
};

/// Settings, printer, clock, cancellation and runtime of this process.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) printer: Printer,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) environment: Environment,
    /// What `--endpoint-url` says.
    pub(crate) endpoint: Option<String>,
    shutdown: Shutdown,
    runtime: Runtime,
}

impl Context {
    /// Reads settings and starts logging, runtime and signal handling.
    pub(crate) fn build(global: &Global) -> Result<Self, Failure> {
        let environment = Environment::of_process();
        let settings = Settings::load(&environment).doing("read the settings")?;
        logging::init(global.verbosity(), settings.log_filter.as_deref(), &environment)
            .map_err(|text| Failure::new(Kind::User, format!("failed to start logging: {text}")))?;
        let printer = Printer::new(global, logging::colours(&environment));
        let runtime = runtime::build().doing_io("start the runtime")?;
        let quiet = global.quiet;
        let shutdown = Shutdown::install(runtime.handle(), move || {
            if !quiet {
                Printer::note("stopping at the next safe point; press Ctrl-C again to stop now");
            }
        })
        .doing_io("listen for Ctrl-C")?;
        let endpoint = global.endpoint_url.clone();
        let clock = Arc::new(SystemClock::new());
        Ok(Self { settings, printer, clock, environment, endpoint, shutdown, runtime })
    }

    /// The store at `url`: a folder, or S3 as it is reached from here. Every command opens stores by this.
    pub(crate) async fn store(&self, url: &str) -> Result<Arc<dyn Store>, OpenStoreError> {
        let clock = Arc::clone(&self.clock);
        stores::open(url, self.endpoint.as_deref(), &self.settings, &self.environment, clock).await
    }

    /// The flag that Ctrl-C sets.
    pub(crate) fn cancel(&self) -> &Cancel {
        self.shutdown.cancel()
    }

    /// The runtime, for a thread of its own that waits for work.
    pub(crate) fn runtime(&self) -> tokio::runtime::Handle {
        self.runtime.handle().clone()
    }

    /// Runs `work` to its end.
    pub(crate) fn wait<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    /// This very command, as workers are started with it.
    pub(crate) fn command(&self) -> Result<PathBuf, Failure> {
        std::env::current_exe().doing_io("find this command's own file")
    }
}
