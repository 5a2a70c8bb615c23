//! Workers that are killed at random moments, on whatever runs them, until it is known what that costs.

use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};

use crate::{Cost, Service, Toll, processes, run, setting, text, until};

/// Frames of each job. Its ranges have six then, which is more than may be lost with a worker.
pub const FRAMES: u64 = 96;

/// How workers are killed.
pub struct Chaos<'a> {
    /// Where the ledgers lie.
    pub folder: &'a Path,
    /// Decides the moments and the victims.
    pub seed: u64,
    /// How many in each job, at most.
    pub kills: u32,
    /// Milliseconds from one to the next.
    pub apart: Range<u64>,
}

/// Whether it is the long tier.
fn is_long() -> bool {
    setting("TEST_CHAOS").as_deref() == Some("long")
}

/// Seconds of a lease on farms, for `--lease`: short where the time of every change counts, and in the long tier as it is
/// when nobody says anything.
#[must_use]
pub fn lease() -> &'static str {
    if is_long() { "10" } else { "2" }
}

impl Chaos<'_> {
    /// Jobs one after the other, submitted by `submit` with a ledger of their own and the frames, until as many workers were
    /// killed as this tier wants. `check` sees the ledger of each once it has ended. Says what the kills cost.
    ///
    /// # Panics
    /// When a frame is missing, more was lost than what was in flight, or nobody took it up in time.
    pub fn kill_in_rounds(&self, submit: impl Fn(&Path, &str) -> Command, check: impl Fn(&Path)) -> Cost {
        let wanted = if is_long() { 200 } else { 20 };
        let mut random = SmallRng::seed_from_u64(self.seed);
        let mut cost = Cost::default();
        for round in 0..wanted {
            let ledger = self.folder.join(format!("ledger-{round}"));
            let command = submit(&ledger, &format!("0-{}", FRAMES - 1));
            cost.add(self.render(&ledger, command, round % 2 == 1, &mut random));
            check(&ledger);
            if cost.killed() >= wanted {
                cost.judge();
                return cost;
            }
        }
        panic!("only {} workers were killed in {wanted} rounds", cost.killed());
    }

    /// One job, and what it cost that its workers were killed: at any moment of their lives, or `at_work`, once frames come.
    fn render(&self, ledger: &Path, command: Command, at_work: bool, random: &mut SmallRng) -> Cost {
        let mut toll = Toll::of(ledger);
        let mut submit = Service::start(command);
        until(Duration::from_secs(60), || {
            toll.look();
            !at_work || toll.has_begun() || !submit.runs()
        });
        for _ in 0..self.kills {
            let moment = Duration::from_millis(random.random_range(self.apart.clone()));
            until(moment, || {
                toll.look();
                false
            });
            let found = victims(&mut toll, ledger, at_work, &mut submit);
            if !found.is_empty() {
                toll.kill(found[random.random_range(0..found.len())]);
            }
        }
        until(Duration::from_secs(180), || {
            toll.look();
            !submit.runs()
        });
        let ended = submit.end_within(Duration::from_secs(1)).done();
        let job = ended.object("cyclorama.job/1");
        assert_eq!((&job["committed"], &job["failed"]), (&FRAMES.into(), &0.into()), "{}", ended.stderr);
        let _ = run(&["render", "verify", "--ledger", text(ledger)]).done();
        toll.settle()
    }
}

/// The workers that may be killed, once there are any; none when the job ends first.
fn victims(toll: &mut Toll, ledger: &Path, at_work: bool, submit: &mut Service) -> Vec<u32> {
    let mut found = Vec::new();
    until(Duration::from_secs(30), || {
        toll.look();
        found = processes::workers(ledger);
        found.retain(|worker| !at_work || processes::host_of(*worker).is_some());
        !found.is_empty() || !submit.runs()
    });
    found
}
