//! What killed workers cost a job: frames that were drawn for nothing, and for how long what they held lay there.
//!
//! **In flight** at a worker are the frame that its host draws, the one that it checks and commits meanwhile, and files that wait
//! between the two where drawing is quicker. Files that were drawn and not taken lie in the host's folder, so they are counted
//! there, when the worker is dead and again when its host is. Whatever a record stands for must outlive the kill as it is, and whoever takes
//! the lease over must begin at a frame that was missing: so nothing else is drawn again.
//!
//! **Taken up** is what a worker held once each of its frames is committed or under a lease that is not the dead one's. That is
//! counted from its death, or from what came later: the last kill (of whoever would have taken it up), and the moment since
//! when there was nothing left that nobody had begun, which living workers take before what was left twice.

mod cost;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cyclorama_render::ledger::{FrameRecord, LeaseState};

pub use self::cost::Cost;
use crate::ledger_folder::{JobFolder, LeaseName};
use crate::{Stopwatch, processes, until};

/// A worker that is killed may cost so many frames, counted over all of them: one that is drawn and one that is committed.
const EACH: usize = 2;
/// What is dead or has nobody to draw for is gone by then on any machine.
const ENOUGH: Duration = Duration::from_secs(30);
/// How often the ledger is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A job whose workers are killed.
pub struct Toll {
    ledger: PathBuf,
    clock: Stopwatch,
    looked: Option<Duration>,
    job: Option<JobFolder>,
    /// When the first lease was seen.
    ready: Option<Duration>,
    /// When no range was left that nobody had begun.
    all_begun: Option<Duration>,
    kills: Vec<Kill>,
}

/// What a worker left when it was killed.
struct Kill {
    died: Duration,
    /// Frames in its host's folder when it was dead.
    waiting: BTreeSet<i64>,
    /// The same when its host had ended too.
    left: BTreeSet<i64>,
    /// All commit records of the job.
    committed: BTreeMap<i64, Vec<u8>>,
    held: Vec<Held>,
}

/// A lease of a dead worker.
struct Held {
    name: LeaseName,
    epoch: u64,
    /// The first frame that it covered.
    first: i64,
    /// Those of its frames that were not committed.
    missing: BTreeSet<i64>,
    taken_up: Option<Duration>,
}

impl Toll {
    /// Of the job that is submitted to the ledger in this folder now.
    #[must_use]
    pub fn of(ledger: &Path) -> Self {
        Self {
            ledger: ledger.to_owned(),
            clock: Stopwatch::start(),
            looked: None,
            job: None,
            ready: None,
            all_begun: None,
            kills: Vec::new(),
        }
    }

    /// Sees what was taken up meanwhile. Called as often as anybody waits for something.
    pub fn look(&mut self) {
        let now = self.clock.elapsed();
        if self.looked.is_none_or(|then| now.saturating_sub(then) >= LOOK) {
            self.looked = Some(now);
            self.note(now);
        }
    }

    /// Whether a frame was committed.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.job.as_ref().is_some_and(|job| !job.committed().is_empty())
    }

    /// Kills `worker` as a power cut would, and sees what it leaves; false when it was gone before.
    ///
    /// # Panics
    /// When its host goes on drawing for nobody.
    pub fn kill(&mut self, worker: u32) -> bool {
        self.note(self.clock.elapsed());
        let (name, host) = (processes::end_of_name(worker), processes::host_of(worker));
        if !processes::kill(worker) {
            return false;
        }
        assert!(until(ENOUGH, || processes::is_dead(worker)), "a killed worker is gone");
        let drawn = || host.as_ref().map(|host| drawn_in(&host.folder)).unwrap_or_default();
        let died = self.clock.elapsed();
        let waiting = drawn();
        let (committed, held) = self.held_by(&name);
        self.kills.push(Kill { died, waiting: waiting.clone(), left: BTreeSet::new(), committed, held });
        // The next worker that starts here clears such folders away, so what lies there is noted all the time.
        let mut left = waiting;
        let ended = until(ENOUGH, || {
            self.look();
            let over = host.as_ref().is_none_or(|host| processes::is_dead(host.process));
            left.extend(drawn());
            over
        });
        assert!(ended, "the host of a killed worker ends by itself");
        if let Some(kill) = self.kills.last_mut() {
            kill.left = left;
        }
        true
    }

    /// What the kills cost, once the job has ended with every frame committed.
    ///
    /// # Panics
    /// When something was drawn again that was not in flight.
    #[must_use]
    pub fn settle(mut self) -> Cost {
        self.note(self.clock.elapsed());
        let records = self.job.as_ref().expect("the job was submitted").records();
        let mut cost = Cost { ready: self.ready.unwrap_or_default(), ..Cost::default() };
        for kill in &self.kills {
            cost.count(kill.lost(&records));
            for held in &kill.held {
                let taken_up = held.taken_up.expect("every frame is committed, so somebody took it up");
                cost.taken_up = cost.taken_up.max(taken_up - self.free_since(kill.died, taken_up));
            }
        }
        cost
    }

    fn note(&mut self, now: Duration) {
        if self.job.is_none() {
            self.job = JobFolder::of(&self.ledger);
        }
        let Some(job) = &self.job else { return };
        let leases = job.leases();
        if !leases.is_empty() {
            self.ready.get_or_insert(now);
        }
        if leases.iter().filter(|(_, from)| from.is_none()).count() >= job.ranges() {
            self.all_begun.get_or_insert(now);
        }
        let held = self.kills.iter_mut().flat_map(|kill| &mut kill.held);
        for held in held.filter(|held| held.taken_up.is_none()) {
            held.taken_up = held.is_taken_up(job, &leases).then_some(now);
        }
    }

    /// All commit records, and the leases with frames missing that belong to a worker whose name ends so.
    fn held_by(&self, name: &str) -> (BTreeMap<i64, Vec<u8>>, Vec<Held>) {
        let Some(job) = &self.job else { return Default::default() };
        // In this order: who takes a lease over later than that finds no frame missing that is not missing here.
        let (committed, leases) = (job.records(), job.leases());
        let hold = |lease: &LeaseName| {
            let record = job.lease(*lease)?;
            let covered = job.covered(*lease, &leases);
            let first = *covered.start();
            let missing: BTreeSet<i64> = covered.filter(|frame| !committed.contains_key(frame)).collect();
            let theirs = record.worker.ends_with(name) && record.state != LeaseState::Done;
            let held = Held { name: *lease, epoch: record.epoch, first, missing, taken_up: None };
            (theirs && !held.missing.is_empty()).then_some(held)
        };
        let held = leases.iter().filter_map(hold).collect();
        (committed, held)
    }

    /// Since when somebody could have taken up at `taken_up` what a worker held that died at `died`.
    fn free_since(&self, died: Duration, taken_up: Duration) -> Duration {
        let later = self.kills.iter().map(|kill| kill.died).chain(self.all_begun);
        later.filter(|moment| *moment <= taken_up).fold(died, Duration::max)
    }
}

impl Kill {
    /// How many frames were drawn for nothing.
    ///
    /// # Panics
    /// When it is more than what was in flight.
    fn lost(&self, records: &BTreeMap<i64, Vec<u8>>) -> usize {
        for (frame, record) in &self.committed {
            assert_eq!(
                records.get(frame),
                Some(record),
                "frame {frame} was committed before a kill, and stays"
            );
        }
        for held in &self.held {
            held.is_gone_on_with(records);
        }
        let (waiting, left) = (&self.waiting, &self.left);
        assert!(left.len() <= waiting.len() + 1, "a host drew for a dead worker: {waiting:?}, then {left:?}");
        let missing: BTreeSet<i64> = self.held.iter().flat_map(|held| &held.missing).copied().collect();
        // Before the last one that it had drawn is what the worker had taken. If nothing lay there, its host was at the first.
        let furthest = left.last().or(missing.first()).copied().unwrap_or(i64::MIN);
        let lost: BTreeSet<i64> = left.iter().chain(missing.range(..=furthest)).copied().collect();
        assert!(
            lost.len() <= waiting.len() + EACH,
            "{lost:?} were lost, and {waiting:?} waited to be committed"
        );
        lost.len()
    }
}

impl Held {
    /// Nobody waits for the dead any more.
    fn is_taken_up(&self, job: &JobFolder, leases: &BTreeSet<LeaseName>) -> bool {
        if job.lease(self.name).is_some_and(|lease| lease.epoch > self.epoch) {
            return true;
        }
        let (committed, covered) = (job.committed(), job.covered(self.name, leases));
        self.missing.iter().filter(|frame| covered.contains(frame)).all(|frame| committed.contains(frame))
    }

    /// Whoever held it later began at frames that were missing.
    fn is_gone_on_with(&self, records: &BTreeMap<i64, Vec<u8>>) {
        for frame in &self.missing {
            let record: FrameRecord = serde_json::from_slice(&records[frame]).expect("a commit record");
            let later = record.range as usize == self.name.0 && record.epoch > self.epoch;
            if let Some(run) = record.frame.run.filter(|run| later && run.0 >= self.first) {
                assert!(self.missing.contains(&run.0), "frame {} was committed and drawn again", run.0);
            }
        }
    }
}

/// Numbers of the frames whose files lie in a host's folder.
fn drawn_in(folder: &Path) -> BTreeSet<i64> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let number =
        |name: std::ffi::OsString| name.to_str()?.strip_suffix(".exr")?.rsplit('.').next()?.parse().ok();
    names.filter_map(number).collect()
}

#[cfg(test)]
mod tests;
