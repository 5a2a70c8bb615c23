//! Starting a worker's host: once, when there is something to draw, and not for longer than there is.

use std::path::Path;
use std::time::Duration;

use tokio::task::JoinSet;

use super::pace::Pace;
use super::{Running, Worker, WorkerError, WorkerOptions};
use crate::content::ContentName;
use crate::frame::FrameFormat;
use crate::host::protocol::{FromHost, Open, ToHost};
use crate::host::{Confinement, HostFailure, Process};
use crate::plan::FrameRange;

/// Whether the host can be told to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// It ran.
    Ran,
    /// It was started, which may have taken long.
    Started,
    /// Nothing is left for it, or work shall stop: it was not started.
    NotNeeded,
}

/// At most one host that starts beside other work, until both have greeted. Dropped, it is killed.
pub(super) type Launching = JoinSet<Result<Process, HostFailure>>;

/// Starts a host.
pub(super) fn launch(
    launching: &mut Launching,
    options: &WorkerOptions,
    confined: &Confinement,
    ocio: Option<&Path>,
) {
    let mut command = options.host.clone();
    command.environment.extend(ContentName::variables(&options.content));
    command.environment.extend(ocio.map(|ocio| ("OCIO".into(), ocio.as_os_str().to_owned())));
    let (confined, patience) = (confined.clone(), options.silence.start);
    launching.spawn(async move { Process::start(&command, &confined, patience).await });
}

impl Worker {
    /// Starts the host unless it runs, for as long as any of `frames` is missing.
    pub(super) async fn ready(&mut self, frames: FrameRange) -> Result<Ready, HostFailure> {
        if self.host.is_some() {
            return Ok(Ready::Ran);
        }
        self.report.host_starts += 1;
        self.free_since = None;
        let mut launching = std::mem::take(&mut self.launching);
        if launching.is_empty() {
            // Nothing of an earlier one is left.
            self.confined.clear(&self.scene);
            launch(&mut launching, &self.options, &self.confined, self.ocio.as_deref());
        }
        let started = tokio::select! {
            started = self.start_host(launching) => started?,
            () = self.settled(frames) => return Ok(Ready::NotNeeded),
        };
        self.host = Some(started);
        Ok(Ready::Started)
    }

    /// As [`Worker::ready`], trying a host that fails while it starts a few times.
    pub(super) async fn ready_at_last(&mut self, frames: FrameRange) -> Result<Ready, WorkerError> {
        const MOST_STARTS: u32 = 3;
        let mut starts = 0;
        loop {
            let failure = match self.ready(frames).await {
                Ok(ready) => return Ok(ready),
                Err(failure) => failure,
            };
            starts += 1;
            let hopeless = matches!(failure, HostFailure::Start { .. } | HostFailure::Reported(_));
            if hopeless || starts >= MOST_STARTS {
                return Err(failure.into());
            }
            tracing::warn!(%failure, "the host is started again");
        }
    }

    /// Waits until none of `frames` is missing, or work shall stop.
    async fn settled(&self, frames: FrameRange) {
        const LOOK: Duration = Duration::from_secs(1);
        let mut state = self.state.clone();
        loop {
            self.pause(LOOK).await;
            let over = match self.job.refresh(&mut state).await {
                Ok(()) => state.cancelled || state.missing(frames).is_empty(),
                Err(_) => false,
            };
            if over || self.cancel.is_cancelled() {
                return;
            }
        }
    }

    /// The host that is on its way, once it has loaded the scene.
    async fn start_host(&self, mut launching: Launching) -> Result<Running, HostFailure> {
        let (options, plan) = (&self.options, self.job.plan());
        let patience = options.silence.start;
        let mut process = match launching.join_next().await {
            Some(Ok(started)) => started?,
            Some(Err(join)) if join.is_panic() => std::panic::resume_unwind(join.into_panic()),
            // The runtime ends.
            Some(Err(_)) | None => return Err(HostFailure::Reported("no host was started".to_owned())),
        };
        let open = Open {
            scene: self.scene.clone(),
            width: plan.size.width,
            height: plan.size.height,
            samples: plan.samples,
            colour_space: plan.colour_space.clone(),
            history: plan.history,
            unreal: plan.unreal.clone(),
            format: plan.format,
            passes: plan.passes.clone(),
            content: options.content.clone(),
        };
        process.say(&ToHost::Open(open)).await?;
        loop {
            match process.next(patience).await? {
                FromHost::Opened { format, .. } if format != plan.format => {
                    return Err(HostFailure::Reported(unwritten(plan.format)));
                }
                FromHost::Opened { passes, .. } => match plan.passes.iter().find(|pass| !passes.has(pass)) {
                    None => break,
                    Some(pass) => return Err(HostFailure::Reported(undrawn(pass))),
                },
                FromHost::Error { message, .. } => return Err(HostFailure::Reported(message)),
                FromHost::Progress { .. } | FromHost::Unknown => {}
                other => return Err(HostFailure::Protocol(format!("no `opened` but {other:?}"))),
            }
        }
        tracing::info!(worker = options.name, host = process.software(), "the host is ready");
        Ok(Running { process, pace: Pace::new(options.silence) })
    }
}

/// A host that knows of no formats would write EXR frames, each in vain.
fn unwritten(format: FrameFormat) -> String {
    format!(
        "the host does not say that it writes {} frames; leave out --format, or take another host",
        format.in_words()
    )
}

/// A host that knows of no passes would draw frames that lack one, each in vain.
fn undrawn(pass: &str) -> String {
    format!(
        "the host does not say that it draws the pass {pass}; leave it out of --passes, or take another host"
    )
}
