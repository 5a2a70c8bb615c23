//! `cyclorama render cost`

use std::path::PathBuf;

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_render::{
    forecast::{
        Forecast, History, Hours, Interval, Machine, Prices, Work, forecast,
        spot::{Task, Trace},
    },
    ledger::{Job, Ledger},
    plan::Plan,
};
use cyclorama_time::UtcTime;
use serde::Serialize;

use super::Which;
use crate::{
    commands::track::protocol::positive,
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    text,
};

/// Forecast how long the rest of a job takes and what it costs
///
/// Rests on frames that were measured: those of this job and of others in its ledger with the same host, size and samples.
/// Prices come from a file of yours. Each figure is told with an interval: one of ten cases is below it, one above.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama render cost --ledger /mnt/farm/shot-12 --prices prices.toml --workers 4,8,16\n  \
    cyclorama render cost --ledger /mnt/farm/shot-12 --frames 2400 --deadline 2026-11-27T06:00:00Z --off-peak")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    pricing: Pricing,
    /// So many frames like the job's, instead of what is left of it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    frames: Option<u64>,
    /// Numbers of machines, one worker each
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1,2,4,8,16",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    workers: Vec<u32>,
    /// Seconds until a machine's first frame begins [default: the price table's, else as measured]
    #[arg(long, value_name = "S", value_parser = positive)]
    start_seconds: Option<f64>,
    /// It must be done by then, as in 2026-11-27T06:00:00Z
    #[arg(long, value_name = "UTC")]
    deadline: Option<UtcTime>,
    /// It must not begin before then
    #[arg(long, value_name = "UTC")]
    not_before: Option<UtcTime>,
    /// Work only in the price table's off-peak hours
    #[arg(long)]
    off_peak: bool,
    /// Folder with recorded spot availability (JSON of the public spot traces): simulates the cheapest way to the deadline
    #[arg(long, value_name = "DIR", requires = "deadline", conflicts_with = "off_peak")]
    spot_traces: Option<PathBuf>,
}

/// Flags that say what machines cost.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Pricing {
    /// Price table, a TOML file [default: the setting render.prices]
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Which of its machines [default: the only one]
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
}

/// Flags that say when work may be done.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct When {
    /// Begin no frame before then, as in 2026-11-27T20:00:00Z; until then nothing is drawn and no farm is asked
    #[arg(long, value_name = "UTC")]
    not_before: Option<UtcTime>,
    /// Work only in the off-peak hours of the price table
    #[arg(long)]
    off_peak: bool,
    /// Price table with those hours, a TOML file [default: the setting render.prices]
    #[arg(long, value_name = "FILE", requires = "off_peak")]
    prices: Option<PathBuf>,
}

impl When {
    /// The hours that were asked for; all of them when none were.
    pub(super) fn hours(&self, cx: &Context) -> Result<Hours, Failure> {
        let prices = if self.off_peak { table(self.prices.as_ref(), cx)? } else { None };
        hours(self.not_before, self.off_peak, prices.as_ref())
    }
}

/// The price table in `file`, or where the settings say.
fn table(file: Option<&PathBuf>, cx: &Context) -> Result<Option<Prices>, Failure> {
    let Some(file) = file.or(cx.settings.prices.as_ref()) else { return Ok(None) };
    let doing = format!("read the prices in {}", file.display());
    let text = std::fs::read_to_string(file).doing_io(&doing)?;
    Prices::parse(&text).doing(&doing).map(Some)
}

impl Pricing {
    fn table(&self, cx: &Context) -> Result<Option<Prices>, Failure> {
        table(self.prices.as_ref(), cx)
    }

    /// Currency, and price of an hour of a machine, of one `off_peak` where that is said; none without a table.
    pub(super) fn hour(&self, off_peak: bool, cx: &Context) -> Result<Option<(String, f64)>, Failure> {
        let Some(prices) = self.table(cx)? else { return Ok(None) };
        let (_, machine) = prices.machine(self.machine.as_deref()).doing("find the price")?;
        Ok(Some((prices.currency.clone(), hour_of(&machine, off_peak))))
    }
}

/// One number of machines.
#[derive(Serialize)]
struct Line {
    frames: u64,
    #[serde(flatten)]
    forecast: Forecast,
    /// When it ends, most likely; absent when its hours never let it.
    ends: Option<UtcTime>,
    /// Whether it is done by the deadline in nine of ten cases.
    meets_deadline: Option<bool>,
    price: Option<Interval>,
    currency: Option<String>,
    spot: Option<Spot>,
}

/// What the rule of uniform progress would pay, by simulation.
#[derive(Serialize)]
struct Spot {
    simulated: bool,
    traces: usize,
    runs: usize,
    /// Against only dear machines.
    cost_ratio: f64,
    deadlines_met: f64,
    price: Option<f64>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let prices = args.pricing.table(cx)?;
    let machine = match &prices {
        Some(prices) => Some(prices.machine(args.pricing.machine.as_deref()).doing("find the price")?.1),
        None => None,
    };
    let hours = hours(args.not_before, args.off_peak, prices.as_ref())?;
    let traces = args.spot_traces.as_ref().map(traces).transpose()?;
    let (job, ranges, history) = cx.wait(read(args, cx))?;
    let frames = ranges.iter().sum();
    let now = cx.clock.utc();
    if frames == 0 {
        return nothing_left(args, &job, prices.as_ref(), now, cx);
    }
    let mut lines = Vec::new();
    for workers in &args.workers {
        let work = Work {
            ranges: ranges.clone(),
            walk_in: job.plan().walk_in,
            workers: *workers,
            start_seconds: args.start_seconds.or(machine.and_then(|machine| machine.start_seconds)),
            speed: machine.map_or(1.0, |machine| machine.speed),
        };
        let Some(told) = forecast(&history, &work, SEED) else { return Err(nothing_measured(&job)) };
        let currency = prices.as_ref().map(|prices| prices.currency.clone());
        lines.push(line(args, frames, told, machine, currency, &hours, traces.as_deref(), now));
    }
    if traces.is_some() && lines.iter().all(|line| line.spot.is_none()) {
        cx.printer.say(
            "warning: no trace is as long as the time to the deadline, so spot machines are not simulated",
        );
    }
    lines.iter().try_for_each(|line| tell(line, job.plan(), cx))?;
    let too_late = lines.iter().all(|line| line.meets_deadline == Some(false));
    if too_late {
        let message = "failed to find a way to the deadline: none of these numbers of machines is done by then in nine of ten cases";
        return Err(Failure::new(Kind::Refused, message)
            .hint("give more --workers, fewer frames or a later --deadline"));
    }
    Ok(ExitCode::Done)
}

/// The same question gives the same answer.
const SEED: u64 = 1;
/// So many moments of each trace are begun at.
const STARTS: usize = 45;

#[expect(clippy::too_many_arguments, reason = "what one line of the answer is made from")]
fn line(
    args: &Args,
    frames: u64,
    forecast: Forecast,
    machine: Option<Machine>,
    currency: Option<String>,
    hours: &Hours,
    traces: Option<&[Trace]>,
    now: UtcTime,
) -> Line {
    let start = forecast.start_seconds;
    let end = |seconds: f64| hours.end(now, (seconds - start).max(0.0), start);
    let ends = end(forecast.seconds.likely);
    // Every further opening starts the machines again.
    let again = ends.map_or(0, |(_, begun)| begun.saturating_sub(1));
    let more = f64::from(again) * start * f64::from(forecast.workers);
    let hour = machine.map(|machine| hour_of(&machine, args.off_peak));
    let price = hour.map(|hour| {
        let Interval { low, likely, high } = forecast.machine_seconds;
        Interval { low: low + more, likely: likely + more, high: high + more }.times(hour / 3600.0)
    });
    let meets_deadline =
        args.deadline.map(|deadline| end(forecast.seconds.high).is_some_and(|(end, _)| end <= deadline));
    let begun = hours.not_before.map_or(now, |moment| moment.max(now));
    let left = args.deadline.map(|deadline| deadline.nanos_since(begun) as f64 * 1e-9);
    let spot = traces.zip(left).and_then(|(traces, deadline)| {
        let spot_price =
            machine.and_then(|machine| Some(machine.spot_hour? / machine.hour)).unwrap_or(USUAL_SPOT);
        let work = (forecast.seconds.likely - start).max(1.0);
        let task = Task { work, deadline, change: start, spot_price };
        simulated(traces, &task, price.map(|price| price.likely))
    });
    Line { frames, forecast, ends: ends.map(|(end, _)| end), meets_deadline, price, currency, spot }
}

/// What an hour of a machine costs.
fn hour_of(machine: &Machine, off_peak: bool) -> f64 {
    if off_peak { machine.off_peak_hour.unwrap_or(machine.hour) } else { machine.hour }
}

/// Price of a spot hour against a dear one, where the table does not say.
const USUAL_SPOT: f64 = 0.3;

/// None where no trace is as long as the time to the deadline.
fn simulated(traces: &[Trace], task: &Task, price: Option<f64>) -> Option<Spot> {
    let runs: Vec<_> = traces
        .iter()
        .flat_map(|trace| trace.starts(STARTS, task.deadline).into_iter().map(|start| trace.run(task, start)))
        .collect();
    if runs.is_empty() {
        return None;
    }
    let count = runs.len() as f64;
    let cost_ratio = runs.iter().map(|run| run.cost).sum::<f64>() / count;
    let deadlines_met = runs.iter().filter(|run| run.met).count() as f64 / count;
    let price = price.map(|price| price * cost_ratio);
    Some(Spot { simulated: true, traces: traces.len(), runs: runs.len(), cost_ratio, deadlines_met, price })
}

/// When work may be done, by flags and the price table.
fn hours(not_before: Option<UtcTime>, off_peak: bool, prices: Option<&Prices>) -> Result<Hours, Failure> {
    let only = prices.and_then(|prices| prices.off_peak);
    if off_peak && only.is_none() {
        let message =
            "failed to find the hours: --off-peak needs a price table that says which hours are off-peak";
        return Err(
            Failure::new(Kind::User, message).hint("add [off-peak] with from, to and zone to the table")
        );
    }
    Ok(Hours { not_before, only: only.filter(|_| off_peak) })
}

fn traces(folder: &PathBuf) -> Result<Vec<Trace>, Failure> {
    let doing = format!("read the traces in {}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).doing_io(&doing)? {
        let path = entry.doing_io(&doing)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).doing_io(&doing)?;
            found.push(Trace::parse(&text).doing(format!("read {}", path.display()))?);
        }
    }
    if found.is_empty() {
        return Err(Failure::new(Kind::NotFound, format!("failed to {doing}: there are none")));
    }
    Ok(found)
}

/// The job, the frames that each of its ranges lacks, and what was measured on jobs like it.
async fn read(args: &Args, cx: &Context) -> Result<(Job, Vec<u64>, History), Failure> {
    let job = args.which.open(cx).await?;
    let doing = "read what was measured";
    let url = args.which.url(cx)?;
    let ledger = Ledger::open(cx.store(&url).await.doing(doing)?).await.doing(doing)?;
    let plan = job.plan();
    let alike = |other: &Plan| {
        (&other.host, other.size, other.samples) == (&plan.host, plan.size, plan.samples)
            && other.history == plan.history
    };
    let mut history = History::default();
    for other in ledger.jobs().await.doing(doing)?.into_iter().filter(alike) {
        let other = ledger.job(Some(&other.job)).await.doing(doing)?;
        history.join(History::of(&other.frames().await.doing(doing)?, other.plan().created));
    }
    let state = job.state().await.doing(doing)?;
    let missing = |range| state.missing(range).iter().map(|run| run.count()).sum();
    let left: Vec<u64> = plan.ranges.iter().map(|range| missing(*range)).filter(|count| *count > 0).collect();
    let ranges = args.frames.map_or(left, |frames| cut(frames, plan));
    Ok((job, ranges, history))
}

/// `frames` in ranges as long as the plan's.
fn cut(frames: u64, plan: &Plan) -> Vec<u64> {
    let longest = plan.ranges.iter().map(|range| range.count()).max().unwrap_or(1).max(1);
    let full = std::iter::repeat_n(longest, (frames / longest) as usize);
    full.chain(Some(frames % longest).filter(|rest| *rest > 0)).collect()
}

/// A job that is through takes no time, costs nothing more, and is late for no deadline.
fn nothing_left(
    args: &Args,
    job: &Job,
    prices: Option<&Prices>,
    now: UtcTime,
    cx: &Context,
) -> Result<ExitCode, Failure> {
    if !cx.printer.json() {
        cx.printer.data(&format!("nothing is left to draw of job {}", job.plan().job))?;
        return Ok(ExitCode::Done);
    }
    let none = Interval { low: 0.0, likely: 0.0, high: 0.0 };
    for workers in &args.workers {
        let line = Line {
            frames: 0,
            forecast: Forecast {
                workers: *workers,
                seconds: none,
                machine_seconds: none,
                start_seconds: 0.0,
                measured: 0,
            },
            ends: Some(now),
            meets_deadline: args.deadline.map(|_| true),
            price: prices.map(|_| none),
            currency: prices.map(|prices| prices.currency.clone()),
            spot: None,
        };
        tell(&line, job.plan(), cx)?;
    }
    Ok(ExitCode::Done)
}

fn nothing_measured(job: &Job) -> Failure {
    let plan = job.plan();
    let message = format!(
        "failed to forecast job {}: no frame by {} of {}x{} was measured in this ledger yet",
        plan.job, plan.host, plan.size.width, plan.size.height
    );
    Failure::new(Kind::NotFound, message)
        .hint("render some frames first: cyclorama render submit --frames A-B")
}

fn tell(line: &Line, plan: &Plan, cx: &Context) -> Result<(), Failure> {
    if cx.printer.json() {
        return cx.printer.object("cyclorama.forecast/1", line);
    }
    let Line { forecast, frames, .. } = line;
    let Interval { low, likely, high } = forecast.seconds;
    let mut said = format!(
        "{}: {} by {} in {} ({} to {}, by {} measured)",
        text::count(u64::from(forecast.workers), "machine"),
        text::count(*frames, "frame"),
        plan.host,
        text::seconds(likely),
        text::seconds(low),
        text::seconds(high),
        forecast.measured
    );
    match line.ends {
        Some(end) => said += &format!(", ends {}", text::utc(end)),
        None => said += ", never ends in these hours",
    }
    if let (Some(price), Some(currency)) = (line.price, &line.currency) {
        said += &format!(", {:.2} {currency} ({:.2} to {:.2})", price.likely, price.low, price.high);
    }
    match line.meets_deadline {
        Some(true) => said += ", in time",
        Some(false) => said += ", TOO LATE",
        None => {}
    }
    cx.printer.data(&said)?;
    let Some(spot) = &line.spot else { return Ok(()) };
    let mut said = format!(
        "  simulated on {} recorded traces, {} runs: spot machines by uniform progress cost {:.0} % of that, {:.1} % in time",
        spot.traces,
        spot.runs,
        spot.cost_ratio * 100.0,
        spot.deadlines_met * 100.0
    );
    if let (Some(price), Some(currency)) = (spot.price, &line.currency) {
        said += &format!(", {price:.2} {currency}");
    }
    cx.printer.data(&said)
}
