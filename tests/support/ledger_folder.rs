//! A job's ledger as it lies in a folder, read beside those who work on it; `docs/formats/ledger.md` says what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use cyclorama_render::ledger::LeaseRecord;
use cyclorama_render::plan::{FrameRange, Plan};

/// What a lease is of: the index of a range, and the first frame where somebody split it off.
pub(crate) type LeaseName = (usize, Option<i64>);

/// The one job of a ledger.
#[derive(Debug)]
pub(crate) struct JobFolder {
    home: PathBuf,
    ranges: Vec<FrameRange>,
}

impl JobFolder {
    /// The job of the ledger in this folder, once it is submitted.
    pub(crate) fn of(ledger: &Path) -> Option<Self> {
        let home = fs::read_dir(ledger.join("jobs")).ok()?.flatten().next()?.path();
        let plan: Plan = serde_json::from_slice(&fs::read(home.join("plan.json")).ok()?).ok()?;
        Some(Self { home, ranges: plan.ranges })
    }

    /// How many ranges it has.
    pub(crate) fn ranges(&self) -> usize {
        self.ranges.len()
    }

    /// All leases, whatever is in them.
    pub(crate) fn leases(&self) -> BTreeSet<LeaseName> {
        let name = |text: &str| match text.split_once('-') {
            None => Some((text.parse().ok()?, None)),
            Some((range, from)) => Some((range.parse().ok()?, Some(from.parse().ok()?))),
        };
        self.names("leases").iter().filter_map(|text| name(text)).collect()
    }

    /// What a lease says.
    pub(crate) fn lease(&self, (range, from): LeaseName) -> Option<LeaseRecord> {
        let split = from.map(|from| format!("-{from:06}")).unwrap_or_default();
        let bytes = fs::read(self.home.join(format!("leases/{range:05}{split}"))).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The frames that a lease covers: to where the next part begins, or to the end of its range.
    pub(crate) fn covered(
        &self,
        (range, from): LeaseName,
        leases: &BTreeSet<LeaseName>,
    ) -> RangeInclusive<i64> {
        let whole = self.ranges[range];
        let first = from.unwrap_or(whole.first.0);
        let splits = leases.iter().filter(|other| other.0 == range).filter_map(|other| other.1);
        let end = splits.filter(|split| *split > first).min().map_or(whole.last.0, |next| next - 1);
        first..=end.min(whole.last.0)
    }

    /// The frames that are committed.
    pub(crate) fn committed(&self) -> BTreeSet<i64> {
        let number = |text: &String| text.strip_suffix(".json")?.parse().ok();
        self.names("frames").iter().filter_map(number).collect()
    }

    /// Their records, byte for byte.
    pub(crate) fn records(&self) -> BTreeMap<i64, Vec<u8>> {
        let read = |frame| Some((frame, fs::read(self.home.join(format!("frames/{frame:06}.json"))).ok()?));
        self.committed().into_iter().filter_map(read).collect()
    }

    fn names(&self, part: &str) -> Vec<String> {
        let entries = fs::read_dir(self.home.join(part)).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    #[cfg(test)]
    pub(crate) fn with(home: &Path, ranges: Vec<FrameRange>) -> Self {
        Self { home: home.to_owned(), ranges }
    }
}
