//! How long a job takes whose machines start cold, are slow or are taken away: executed, with hosts that wait instead of
//! drawing, and simulated for fleets that this machine cannot run.
//!
//! ```text
//! cargo build --release -p cyclorama-testkit --bins && target/release/makespan [--rounds N | --simulated]
//! ```
//! Every worker is a process of its own with a host process below it, over a ledger in a folder. Prints Markdown for
//! `docs/benchmarks.md`.
#![allow(clippy::print_stdout, reason = "its result is what it prints")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cyclorama_assets::{FolderStore, Store};
use cyclorama_render::ledger::{Job, JobState, Ledger};
use cyclorama_testkit::RuntimeClock;
use cyclorama_testkit::fleet::{Fleet, Policy, play};
use cyclorama_testkit::jobs::walked_plan;
use cyclorama_time::{Clock, StageTime};
use tokio::process::{Child, Command};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Fixed sizes that are tried, frames.
const SIZES: [u64; 6] = [5, 8, 15, 30, 60, 120];
/// The range that is split.
const LONG: u64 = 60;

/// Eight machines of which one is slow, all cold.
const UNEVEN: Fleet =
    Fleet { workers: 8, slow_every: 8, slow_factor: 4.0, frames: 480, frame: 0.2, start: 3.0, walk_in: 4 };

/// A machine that is taken away, and when another is there in its place.
#[derive(Clone, Copy)]
struct Interruption {
    worker: usize,
    at: f64,
    replaced_after: f64,
}

struct Run {
    seconds: f64,
    splits: usize,
    /// From each death to the first frame of whoever came in its place.
    restarts: Vec<f64>,
}

/// Programs of this crate that stand beside this one.
fn beside(name: &str) -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.is_file() { Ok(path) } else { Err(format!("{} is not built", path.display()).into()) }
}

fn seconds(from: StageTime, to: StageTime) -> f64 {
    to.nanos_since(from) as f64 * 1e-9
}

fn start(ledger: &Path, fleet: &Fleet, worker: usize, help: bool) -> Result<Child, Failure> {
    let slow = fleet.slow_every > 0 && worker % fleet.slow_every == fleet.slow_every - 1;
    let frame = fleet.frame * if slow { fleet.slow_factor } else { 1.0 };
    let mut command = Command::new(beside("fake-worker")?);
    if !help {
        command.arg("--alone");
    }
    command.args(["--lease", "2000", "--poll", "250"]).arg(ledger).arg(beside("fake-host")?);
    let millis = |seconds: f64| format!("{:.0}", seconds * 1e3);
    command.args(["--slow", &millis(frame), "--start", &millis(fleet.start)]);
    Ok(command.kill_on_drop(true).spawn()?)
}

/// Executes a job, from the start of its workers to the commit of its last frame.
async fn execute(fleet: &Fleet, policy: Policy, taken: &[Interruption]) -> Result<Run, Failure> {
    let folder = tempfile::tempdir()?;
    let (Policy::Static(chunk) | Policy::Split(chunk)) = policy;
    let help = matches!(policy, Policy::Split(_));
    let store: Arc<dyn Store> = Arc::new(FolderStore::new(folder.path()));
    let planned = walked_plan(fleet.frames as i64, chunk as u32, fleet.walk_in as u32);
    let job = Ledger::create(store).await?.submit(&planned).await?;
    let clock = RuntimeClock::new();
    let began = clock.now();
    let mut workers: Vec<Option<Child>> = (0..fleet.workers)
        .map(|worker| start(folder.path(), fleet, worker, help).map(Some))
        .collect::<Result<_, _>>()?;
    let (mut state, mut pending) = (JobState::default(), taken.to_vec());
    let mut dead: Vec<(Interruption, f64)> = Vec::new();
    let mut replaced: Vec<(String, f64)> = Vec::new();
    loop {
        job.refresh(&mut state).await?;
        let now = seconds(began, clock.now());
        if state.is_settled_all(job.plan()) {
            let restarts = restarts(&job, &replaced).await?;
            let splits = state.leases.iter().filter(|name| name.from.is_some()).count();
            end(workers).await;
            return Ok(Run { seconds: now, splits, restarts });
        }
        for interruption in pending.extract_if(.., |taken| taken.at <= now) {
            if let Some(mut worker) = workers[interruption.worker].take() {
                let id = worker.id().unwrap_or_default();
                worker.kill().await?;
                job.free(&format!("pid-{id}"), &mut state).await?;
                dead.push((interruption, now));
            }
        }
        for (interruption, died) in dead.extract_if(.., |(taken, died)| *died + taken.replaced_after <= now) {
            let worker = start(folder.path(), fleet, interruption.worker, help)?;
            replaced.push((format!("pid-{}", worker.id().unwrap_or_default()), now - died));
            workers[interruption.worker] = Some(worker);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Workers whose job is over end by themselves.
async fn end(workers: Vec<Option<Child>>) {
    for mut worker in workers.into_iter().flatten() {
        if tokio::time::timeout(Duration::from_secs(10), worker.wait()).await.is_err() {
            let _ = worker.kill().await;
        }
    }
}

/// From a death to the first commit of the one in its place. Workers stamp commits by a clock that begins with them.
async fn restarts(job: &Job, replaced: &[(String, f64)]) -> Result<Vec<f64>, Failure> {
    let (records, begin) = (job.frames().await?, RuntimeClock::new().utc());
    let first = |name: &str| {
        let own = records.iter().filter(|record| record.worker == name);
        own.map(|record| record.committed.nanos_since(begin) as f64 * 1e-9).fold(f64::INFINITY, f64::min)
    };
    Ok(replaced
        .iter()
        .map(|(name, waited)| waited + first(name))
        .filter(|seconds| seconds.is_finite())
        .collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn of_rounds(
    rounds: usize,
    fleet: &Fleet,
    policy: Policy,
    taken: &[Interruption],
) -> Result<Vec<Run>, Failure> {
    let mut runs = Vec::new();
    for _ in 0..rounds {
        runs.push(execute(fleet, policy, taken).await?);
    }
    Ok(runs)
}

async fn uneven(rounds: usize) -> Result<(), Failure> {
    let Fleet { workers, slow_factor, frames, frame, start, walk_in, .. } = UNEVEN;
    println!(
        "Executed: {frames} frames that wait {:.0} ms instead of being drawn, {workers} worker processes of which one takes {slow_factor:.0} \
         times as long, {start:.0} s until a host is ready, {walk_in} walk-in frames ahead of each range and each split; median of {rounds}.",
        frame * 1e3
    );
    println!("\n| ranges of | executed s | simulated s | splits |\n|---|---:|---:|---:|");
    let mut best = f64::INFINITY;
    for size in SIZES {
        let policy = Policy::Static(size);
        let took =
            median(of_rounds(rounds, &UNEVEN, policy, &[]).await?.iter().map(|run| run.seconds).collect());
        best = best.min(took);
        println!("| {size}, fixed | {took:.1} | {:.1} | |", play(&UNEVEN, policy).seconds);
    }
    let policy = Policy::Split(LONG);
    let runs = of_rounds(rounds, &UNEVEN, policy, &[]).await?;
    let took = median(runs.iter().map(|run| run.seconds).collect());
    let splits = median(runs.iter().map(|run| run.splits as f64).collect());
    println!(
        "| {LONG}, the rest of the longest is split | {took:.1} | {:.1} | {splits:.0} |",
        play(&UNEVEN, policy).seconds
    );
    println!("\nWith splitting it takes {:.2} of what the best fixed size takes (goal 0.85).\n", took / best);
    Ok(())
}

async fn interrupted() -> Result<(), Failure> {
    let eight = Fleet { slow_every: 0, frames: 960, walk_in: 0, ..UNEVEN };
    let one = Fleet { workers: 1, ..eight };
    let alone = execute(&one, Policy::Split(LONG), &[]).await?.seconds;
    let taken =
        [(1, 6.0), (4, 10.0), (6, 14.0)].map(|(worker, at)| Interruption { worker, at, replaced_after: 5.0 });
    let run = execute(&eight, Policy::Split(LONG), &taken).await?;
    let slowest = run.restarts.iter().copied().fold(0.0, f64::max);
    println!(
        "Executed: {} frames that wait {:.0} ms, {:.0} s until a host is ready. One worker: {alone:.1} s. Eight, three of them killed \
         (`kill -9`) at 6, 10 and 14 s and replaced 5 s later (first frame of a replacement at most {slowest:.1} s after the death): \
         {:.1} s, {:.1} % less (goal 83 %).\n",
        eight.frames,
        eight.frame * 1e3,
        eight.start,
        run.seconds,
        (1.0 - run.seconds / alone) * 100.0
    );
    Ok(())
}

/// Fleets that this machine cannot run, by the choice that workers make at the end.
fn larger() {
    const SIZES: [u64; 14] = [4, 8, 12, 16, 24, 32, 48, 64, 96, 120, 160, 192, 240, 480];
    /// What a plan has by itself for so many frames and so much walk-in.
    const RANGE: u64 = 240;
    println!(
        "**Simulated**, nothing of it was run: 2400 frames of 6 s, 32 walk-in frames, 600 s until a host is ready; a slow machine takes \
         four times as long. Fixed sizes {} to {}, the best of them; otherwise ranges of {RANGE}, which the plan has by itself.",
        SIZES[0],
        SIZES[SIZES.len() - 1]
    );
    println!("\n| machines | slow | best fixed size | min | shared, min | splits | share |");
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    for (workers, slow_every) in [(10, 0), (10, 10), (25, 25), (50, 25), (100, 25), (50, 10), (100, 10)] {
        let (frames, frame) = (2400, 6.0);
        let fleet = Fleet { workers, slow_every, slow_factor: 4.0, frames, frame, start: 600.0, walk_in: 32 };
        let tried = SIZES.map(|size| (play(&fleet, Policy::Static(size)).seconds, size));
        let (fixed, size) = tried.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
        let shared = play(&fleet, Policy::Split(RANGE));
        let slow = workers.checked_div(slow_every).unwrap_or_default();
        println!(
            "| {workers} | {slow} | {size} | {:.1} | {:.1} | {} | {:.2} |",
            fixed / 60.0,
            shared.seconds / 60.0,
            shared.splits,
            shared.seconds / fixed
        );
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rounds = match words.as_slice() {
        [] => 3,
        [flag, number] if flag == "--rounds" => number.parse()?,
        [flag] if flag == "--simulated" => {
            larger();
            return Ok(());
        }
        _ => return Err("usage: makespan [--rounds N | --simulated]".into()),
    };
    uneven(rounds).await?;
    interrupted().await?;
    larger();
    Ok(())
}
