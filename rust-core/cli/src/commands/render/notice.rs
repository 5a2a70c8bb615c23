//! A notice of how a job ended, to whoever's webhook wants it. Never stops or fails what it tells of.

use cyclorama_app::webhook::Webhook;
use cyclorama_render::{
    ledger::{Job, Status},
    plan::Plan,
    tally::BadFrame,
};
use serde::Serialize;

use crate::{
    context::Context,
    failure::{Doing as _, Failure},
};

/// What is posted.
#[derive(Serialize)]
struct Notice<'a> {
    schema: &'static str,
    state: &'static str,
    job: &'a str,
    take: &'a str,
    shot: Option<&'a str>,
    host: &'a str,
    frames: u64,
    committed: u64,
    failed: u64,
    /// All frames are there, and nobody has judged the borders between them: some may be drawn once more.
    borders_unjudged: bool,
    /// The first of the frames that are missing, with their reasons.
    bad: &'a [BadFrame],
}

/// So many reasons fit a notice.
const MOST_BAD: usize = 20;

/// The webhook of the flag or of the setting.
pub(super) fn webhook(flag: Option<&str>, cx: &Context) -> Result<Option<Webhook>, Failure> {
    let url = flag.or(cx.settings.notify.as_deref());
    url.map(Webhook::new).transpose().doing("set up the notice")
}

/// Tells how the job stands, if anybody wants to know. What goes wrong with it is said, and no more.
pub(super) async fn send(
    webhook: Option<&Webhook>,
    plan: &Plan,
    status: &Status,
    bad: &[BadFrame],
    cx: &Context,
) {
    let Some(webhook) = webhook else { return };
    let notice = Notice {
        schema: "cyclorama.notice/1",
        state: state(status),
        job: &plan.job,
        take: &plan.take.name,
        shot: plan.take.shot.as_deref(),
        host: &plan.host,
        frames: status.frames,
        committed: status.committed,
        failed: status.failed,
        borders_unjudged: status.borders_unjudged,
        bad: &bad[..bad.len().min(MOST_BAD)],
    };
    if let Err(failure) = webhook.send(&notice).await.doing("tell of the end") {
        warn(&failure, cx);
    }
}

fn state(status: &Status) -> &'static str {
    if status.committed == status.frames {
        "done"
    } else if status.cancelled {
        "cancelled"
    } else if status.committed + status.failed >= status.frames {
        "incomplete"
    } else {
        "stopped"
    }
}

/// Tells how the job stands now, read from its ledger.
pub(super) async fn send_state(webhook: Option<&Webhook>, job: &Job, cx: &Context) {
    if webhook.is_none() {
        return;
    }
    let doing = "tell of the end";
    let told = async {
        let status = job.status(cx.clock.utc()).await.doing(doing)?;
        let failures = job.failures().await.doing(doing)?;
        Ok::<_, Failure>((status, failures))
    };
    match told.await {
        Ok((status, failures)) => {
            let bad: Vec<BadFrame> = failures
                .into_iter()
                .map(|failed| BadFrame { frame: failed.frame, reason: failed.reason, given_up: true })
                .collect();
            send(webhook, job.plan(), &status, &bad, cx).await;
        }
        Err(failure) => warn(&failure, cx),
    }
}

fn warn(failure: &Failure, cx: &Context) {
    failure.lines().iter().for_each(|line| cx.printer.say(&line.replacen("error:", "warning:", 1)));
}
