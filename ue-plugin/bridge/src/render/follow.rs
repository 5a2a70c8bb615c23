//! Jobs that stand in a ledger already, as `cyclorama render watch` and `cancel` follow and end them.

use std::time::Duration;

use cyclorama_render::ledger::{Job, JobState, Ledger};
use cyclorama_time::UtcTime;

use crate::{
    failure::Failure,
    house::{House, house},
    work::{Strings, Told, Work},
};

/// How often a watched job is looked at: on a store far away a look is several requests.
const LOOK: Duration = Duration::from_secs(2);

pub(super) fn watch(ledger: &str, job: &str) -> Result<Work, Failure> {
    let (house, ledger, job) = (house()?, ledger.to_owned(), job.to_owned());
    Work::start("render_watch", |strings| async move {
        let watched = async { followed(&found(house, &ledger, &job).await?, house, &strings).await };
        strings.unless_stopped("stopped watching; the job goes on", watched).await
    })
}

pub(super) fn withdraw(ledger: &str, job: &str) -> Result<Work, Failure> {
    let (house, ledger, job) = (house()?, ledger.to_owned(), job.to_owned());
    Work::start("render_withdraw", |strings| async move {
        let left = "cancelled: look at the job to see whether it was ended already";
        strings.unless_stopped(left, end(house, &ledger, &job)).await
    })
}

/// Looks until the job has ended.
async fn followed(job: &Job, house: &House, strings: &Strings) -> Result<Told, Failure> {
    let doing = format!("read the state of job {}", job.plan().job);
    strings.progress.set_items(vec![job.plan().job.clone()]);
    strings.progress.set_total(job.plan().frames.count());
    let mut state = JobState::default();
    loop {
        job.refresh(&mut state).await.map_err(|error| Failure::of(&doing, &error))?;
        strings.progress.set_done(state.committed.len() as u64);
        if state.cancelled || state.is_settled_all(job.plan()) {
            return ended(job, house.clock.utc()).await;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The last word of a job, with what was given up.
pub(super) async fn ended(job: &Job, now: UtcTime) -> Result<Told, Failure> {
    let doing = format!("read the state of job {}", job.plan().job);
    let status = job.status(now).await.map_err(|error| Failure::of(&doing, &error))?;
    let failures = job.failures().await.map_err(|error| Failure::of(&doing, &error))?;
    let lines = failures.iter().map(|failed| {
        format!("frame {} was given up after {} attempts: {}", failed.frame.0, failed.attempts, failed.reason)
    });
    let partial = status.committed < status.frames;
    Ok(Told { text: status.sentence(), lines: lines.collect(), partial })
}

/// The job of this name in a ledger, the newest when it is empty.
async fn found(house: &House, url: &str, job: &str) -> Result<Job, Failure> {
    let settings = house.settings()?;
    let doing = format!("find the job in ledger {url}");
    let store = house.store(url, &settings).await?;
    let ledger = Ledger::open(store).await.map_err(|error| Failure::of(&doing, &error))?;
    let named = (!job.is_empty()).then_some(job);
    ledger.job(named).await.map_err(|error| Failure::of(&doing, &error))
}

async fn end(house: &House, url: &str, job: &str) -> Result<Told, Failure> {
    let job = found(house, url, job).await?;
    let doing = format!("cancel job {}", job.plan().job);
    let state = job.state().await.map_err(|error| Failure::of(&doing, &error))?;
    if !state.is_settled_all(job.plan()) {
        job.cancel().await.map_err(|error| Failure::of(&doing, &error))?;
    }
    Ok(Told { partial: false, ..ended(&job, house.clock.utc()).await? })
}
