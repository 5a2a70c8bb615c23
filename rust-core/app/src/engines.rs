//! From the name of an engine, as a person writes it, to the engine; and what its workers are started with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use cyclorama_outcome::{Classify, Kind};
use cyclorama_render::engine::batch::{self, Batch};
use cyclorama_render::engine::deadline::{self, Deadline};
use cyclorama_render::engine::service::{Request, Service, ServiceError};
use cyclorama_render::engine::slurm::Slurm;
use cyclorama_render::engine::{Engine, EngineError, SlotRequest};
use cyclorama_render::host::Console;
use cyclorama_render::ledger::Job;
use cyclorama_render::plan::Plan;
use cyclorama_time::Clock;

use crate::services::{self, Call};
use crate::stores::OpenStoreError;
use crate::{Environment, Settings};

/// Engines there are.
pub const NAMES: [&str; 4] = ["local", "slurm", "batch", "deadline"];

/// Why an engine cannot be used from here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenEngineError {
    /// Its options.
    #[error(transparent)]
    Options(#[from] EngineError),
    /// How its service is reached.
    #[error("{name} cannot be reached from here")]
    Service {
        /// The service.
        name: &'static str,
        /// Why.
        #[source]
        source: Box<OpenStoreError>,
    },
    /// A path that farms must hear.
    #[error("the path `{}` cannot be made absolute text", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Classify for OpenEngineError {
    fn kind(&self) -> Kind {
        match self {
            Self::Options(source) => source.kind(),
            Self::Service { source, .. } => source.kind(),
            Self::Path { source, .. } => Classify::kind(source),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Options(source) => source.hint(),
            Self::Service { source, .. } => source.hint(),
            Self::Path { .. } => None,
        }
    }
}

/// The farm called `name`, for a job of `plan`; none when that is no farm. Asks nothing of it yet.
///
/// # Errors
/// [`OpenEngineError`] when options or settings cannot be right.
pub async fn farm(
    name: &str,
    options: &[OsString],
    plan: &Plan,
    settings: &Settings,
    environment: &Environment,
    clock: Arc<dyn Clock>,
) -> Result<Option<Box<dyn Engine>>, OpenEngineError> {
    let service = |name: &'static str| async move {
        let opened = services::open(name, None, settings, environment, clock).await;
        let opened = opened.map_err(|source| OpenEngineError::Service { name, source: Box::new(source) })?;
        Ok::<Arc<dyn Service>, OpenEngineError>(Arc::new(Remote(opened)))
    };
    Ok(match name {
        "slurm" => Some(Box::new(Slurm { options: options.to_vec() })),
        "deadline" => {
            Some(Box::new(Deadline::new(service(deadline::SERVICE).await?, options, &plan.ranges)?))
        }
        "batch" => Some(Box::new(Batch::new(service(batch::SERVICE).await?, options)?)),
        _ => None,
    })
}

/// A store's URL as other machines and other folders must hear it: a path becomes absolute, other URLs stay.
///
/// # Errors
/// [`OpenEngineError::Path`] when the path is no text.
pub fn reachable(url: &str) -> Result<String, OpenEngineError> {
    let has_scheme = url.split_once(':').is_some_and(|(scheme, _)| scheme.len() > 1);
    if has_scheme {
        return Ok(url.to_owned());
    }
    let failed = |source| OpenEngineError::Path { path: PathBuf::from(url), source };
    let path = std::path::absolute(url).map_err(failed)?;
    path.to_str().map(str::to_owned).ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))
}

/// What each slot of a farm runs; makes the folder for the workers' output where the farm does not keep it. No tags, and at once. `logs` is
/// that folder, `./cyclorama-logs/JOB` when absent.
///
/// # Errors
/// [`OpenEngineError::Path`] when the folder cannot be made.
pub fn slots(
    job: &Job,
    engine: &dyn Engine,
    command: Vec<OsString>,
    logs: Option<&Path>,
) -> Result<SlotRequest, OpenEngineError> {
    let name = format!("cyclorama-{}", job.plan().job);
    let logs = logs.map_or_else(|| PathBuf::from("cyclorama-logs").join(&job.plan().job), Path::to_owned);
    let failed = |source| OpenEngineError::Path { path: logs.clone(), source };
    let logs = std::path::absolute(&logs).map_err(failed)?;
    if engine.keeps_output().is_none() {
        let failed = |source| OpenEngineError::Path { path: logs.clone(), source };
        std::fs::create_dir_all(&logs).map_err(failed)?;
    }
    Ok(SlotRequest { name, command, logs, begin_in: None, tags: BTreeMap::new() })
}

/// `program` as a worker of `job` in the ledger at `url`; `lease` in seconds.
pub fn worker_command(program: PathBuf, url: &str, job: &str, lease: f64) -> Vec<OsString> {
    let lease = lease.to_string();
    let words = ["render", "worker", "--ledger", url, "--job", job, "--lease", &lease, "--quiet"];
    [program.into_os_string()].into_iter().chain(words.map(OsString::from)).collect()
}

/// Starts a worker that outlives this process and its terminal's Ctrl-C. Where this process lives on, as an editor does,
/// a thread waits for the worker's end, so that the system does not keep it as one that nobody asked after.
///
/// # Errors
/// What the system says when it cannot be started.
///
/// # Panics
/// When the command is empty.
pub fn start_detached(command: &[OsString]) -> std::io::Result<()> {
    let (program, arguments) = command.split_first().expect("a command begins with its program");
    let mut worker = Command::new(program);
    worker.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Console::Apart.of(&mut worker);
    let mut started = worker.spawn()?;
    std::thread::Builder::new().name("worker-end".to_owned()).spawn(move || started.wait()).map(drop)
}

/// A service, as this machine reaches it.
struct Remote(services::Service);

#[async_trait]
impl Service for Remote {
    async fn call(&self, request: &Request) -> Result<Vec<u8>, ServiceError> {
        let token = request.token.clone().map(|token| ("x-amz-client-token", token));
        let body = request.body.as_ref().map(|body| body.to_string().into_bytes());
        let call = Call {
            method: request.method,
            prefix: request.prefix,
            path: &request.path,
            headers: token.into_iter().collect(),
            body: body.unwrap_or_default(),
            repeatable: request.repeatable,
        };
        self.0.call(&call).await.map(Vec::from).map_err(|failure| ServiceError {
            kind: failure.kind(),
            words: failure.to_string(),
            hint: failure.hint(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_hear_an_absolute_path_and_other_urls_unchanged() {
        let here = std::env::current_dir().expect("a folder");
        assert_eq!(reachable("./x").expect("a path"), here.join("x").to_string_lossy());
        assert_eq!(reachable("s3://bucket/x").expect("a URL"), "s3://bucket/x");
    }

    #[test]
    fn a_worker_is_told_its_ledger_its_job_and_how_long_it_may_be_silent() {
        let command = worker_command("cyclorama".into(), "/ledger", "abc-0", 10.0);
        let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
        assert_eq!(
            words.join(" "),
            "cyclorama render worker --ledger /ledger --job abc-0 --lease 10 --quiet"
        );
    }
}
