//! `cyclorama render watch`

mod draw;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    time::Duration,
};

use cyclorama_outcome::ExitCode;
use cyclorama_render::{
    ledger::{FrameRecord, Job, JobState, Status},
    tally::{Seen, Tally},
};
use cyclorama_time::{FrameNumber, StageTime, UtcTime};
use ratatui::{
    Terminal,
    crossterm::{
        cursor, execute,
        terminal::{EnterAlternateScreen, LeaveAlternateScreen},
    },
};
use serde::Serialize;

use super::{Which, cost::Pricing, notice, status};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    screen::Screen,
};

/// Follow a job until it ends
///
/// On a terminal it shows frames a minute, what is left, who works, what went wrong and why, and what it has cost; else it
/// prints a line whenever something changes. Leaving it does not disturb the job.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    pricing: Pricing,
    /// Post a notice of the end there, as JSON [default: the setting render.notify]
    #[arg(long, value_name = "URL")]
    notify: Option<String>,
}

/// How often the ledger is read.
const EVERY: Duration = Duration::from_millis(500);

/// What is known of a job at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct View {
    #[serde(flatten)]
    pub(super) status: Status,
    #[serde(flatten)]
    pub(super) tally: Tally,
    /// Money for the machine seconds so far, and in what.
    pub(super) cost: Option<f64>,
    pub(super) currency: Option<String>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    // What is wrong with the table is said ahead of everything.
    args.pricing.hour(false, cx)?;
    let webhook = notice::webhook(args.notify.as_deref(), cx)?;
    let view = cx.wait(async {
        let job = args.which.open(cx).await?;
        let hours = job.hours().await.doing(format!("read the hours of job {}", job.plan().job))?;
        let price = args.pricing.hour(hours.only.is_some(), cx)?;
        let mut reader = Reader { job, state: JobState::default(), frames: BTreeMap::new() };
        let shown = if cx.printer.live() { Some(Shown::open()?) } else { None };
        let view = follow(&mut reader, price.as_ref(), shown, cx).await?;
        notice::send(webhook.as_ref(), reader.job.plan(), &view.status, &view.tally.bad, cx).await;
        Ok::<View, Failure>(view)
    })?;
    if !cx.printer.json() {
        cx.printer.data(&view.status.sentence())?;
        if let (Some(cost), Some(currency)) = (view.cost, &view.currency) {
            cx.printer.data(&format!("  machines so far: {cost:.2} {currency}"))?;
        }
    }
    Ok(status::ending(&view.status))
}

/// Shows the job until it has settled, and its borders are judged where somebody does that.
async fn follow(
    reader: &mut Reader,
    price: Option<&(String, f64)>,
    mut shown: Option<Shown>,
    cx: &Context,
) -> Result<View, Failure> {
    let mut last = None;
    let mut judging = Judging::default();
    loop {
        let view = reader.read(price, cx.clock.utc()).await?;
        let settled = view.status.committed + view.status.failed >= view.status.frames;
        let over =
            view.status.cancelled || (settled && !judging.goes_on(&reader.job, &view.status, cx).await?);
        if let Some(shown) = &mut shown {
            shown.draw(&view, reader.job.plan().take.name.as_str(), cx.printer.colour())?;
        } else if last.as_ref() != Some(&view.status) {
            if cx.printer.json() {
                cx.printer
                    .data(&serde_json::to_string(&view).expect("a view has text keys and finite numbers"))?;
                cx.printer.flush()?;
            } else if !over {
                // The last sentence is the command's answer, on stdout.
                cx.printer.say(&view.status.sentence());
            }
        }
        if over {
            return Ok(view);
        }
        if cx.cancel().is_cancelled() {
            return Err(Failure::cancelled("stopped watching; the job goes on"));
        }
        last = Some(view.status);
        tokio::time::sleep(EVERY).await;
    }
}

/// Whether somebody may still judge the borders of a job that is complete: then some of it may be drawn once more.
#[derive(Default)]
struct Judging {
    /// The judge's last sign of life, and since when there was no other.
    sign: Option<(u64, u64)>,
    since: Option<StageTime>,
}

impl Judging {
    /// A judge gives signs of life much more often, and one that was not there at the end comes sooner.
    const SILENCE_NS: i64 = 30_000_000_000;

    async fn goes_on(&mut self, job: &Job, status: &Status, cx: &Context) -> Result<bool, Failure> {
        if !status.borders_unjudged {
            *self = Self::default();
            return Ok(false);
        }
        let sign = job.judge().await.doing(format!("read the state of job {}", status.job))?;
        let now = cx.clock.now();
        if sign != self.sign {
            (self.sign, self.since) = (sign, None);
        }
        Ok(now.nanos_since(*self.since.get_or_insert(now)) < Self::SILENCE_NS)
    }
}

/// Reads a job again and again; a frame's record, which never changes, only once.
struct Reader {
    job: Job,
    state: JobState,
    frames: BTreeMap<FrameNumber, FrameRecord>,
}

impl Reader {
    async fn read(&mut self, price: Option<&(String, f64)>, now: UtcTime) -> Result<View, Failure> {
        let doing = format!("read the state of job {}", self.job.plan().job);
        self.job.refresh(&mut self.state).await.doing(&doing)?;
        let state = &self.state;
        // A frame that was refused later is drawn anew.
        self.frames.retain(|frame, _| state.committed.contains(frame));
        let unknown: Vec<FrameNumber> =
            state.committed.iter().filter(|frame| !self.frames.contains_key(frame)).copied().collect();
        self.frames.extend(self.job.frames_of(unknown).await.doing(&doing)?);
        let status = self.job.status_of(state, now).await.doing(&doing)?;
        let holders: BTreeSet<String> = status.leases.iter().map(|lease| lease.worker.clone()).collect();
        let notes = self.job.notes().await.doing(&doing)?;
        let failures = self.job.failures().await.doing(&doing)?;
        let seen =
            Seen { state, frames: &self.frames, holders: &holders, notes: &notes, failures: &failures };
        let tally = Tally::new(&seen, status.frames, now);
        let cost = price.map(|(_, hour)| tally.machine_seconds / 3600.0 * hour);
        Ok(View { status, tally, cost, currency: price.map(|(currency, _)| currency.clone()) })
    }
}

/// The terminal, taken. Dropped, it is given back.
struct Shown(Terminal<Screen>);

impl Shown {
    fn open() -> Result<Self, Failure> {
        execute!(io::stderr(), EnterAlternateScreen, cursor::Hide).doing_io("draw the view")?;
        let mut terminal = Terminal::new(Screen::new()).doing_io("draw the view")?;
        terminal.clear().doing_io("draw the view")?;
        Ok(Self(terminal))
    }

    fn draw(&mut self, view: &View, take: &str, colour: bool) -> Result<(), Failure> {
        self.0.draw(|frame| draw::screen(frame, view, take, colour)).doing_io("draw the view").map(drop)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = execute!(io::stderr(), LeaveAlternateScreen, cursor::Show);
    }
}
