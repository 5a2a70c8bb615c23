//! Reading many chunks: all of them arrive, each batch within its bounds.

use std::collections::HashSet;
use std::sync::Arc;

use cyclorama_time::{UtcTime, VirtualClock};

use crate::publish::{Base, Options, ReadProblem, Scanned, ScannedKind, Source, Stamp, Take, publish};
use crate::tree::Entry;
use crate::{FormatOptions, MemoryStore, RefName, Repository, RepositoryOptions};

/// One file.
struct Only(Vec<u8>);

impl Only {
    fn stamp(&self) -> Stamp {
        Stamp { size: self.0.len() as u64, mtime_ns: 1, ..Stamp::default() }
    }
}

impl Source for Only {
    fn read(&self, _: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
        take(&mut &self.0[..], &self.stamp())?;
        Ok(self.stamp())
    }
}

#[tokio::test]
async fn what_packs_very_well_does_not_come_all_at_once() {
    let clock = Arc::new(VirtualClock::new(UtcTime::from_seconds(1.7e9)));
    let options = RepositoryOptions::new(clock);
    let repository = Repository::init(Arc::new(MemoryStore::new()), FormatOptions::default(), options);
    let repository = repository.await.expect("a new store");
    let lines =
        (0..600_000u32).map(|number| format!("{number:08} and the same words again and again, 64 bytes\n"));
    let source = Only(lines.collect::<String>().into_bytes());
    let kind = ScannedKind::File { stamp: source.stamp(), mode: 0o644 };
    let scan = vec![Scanned { path: "log.txt".to_owned(), kind }];
    let total = source.0.len();
    let report = publish(&repository, Arc::new(source), scan, Base::default(), &Options::new()).await;
    assert!(report.expect("publishes").bytes_uploaded < total as u64 / 8, "it packs well");
    let (_, snapshot) = repository.resolve(&RefName::main().into()).await.expect("a version");
    let found = repository.walk(snapshot.root, |_| true).await.expect("folders");
    let [(_, Entry::File(file))] = &found[..] else { panic!("one file: {found:?}") };
    let plan = repository.plan(file.chunks.iter().copied()).expect("all are known");
    let (mut fetch, mut arrived, mut bytes) = (repository.fetch(plan, 2), HashSet::new(), 0);
    while let Some(batch) = fetch.next().await.expect("arrives") {
        let length: usize = batch.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(length <= 8 << 20, "{length} bytes at once");
        bytes += length;
        arrived.extend(batch.into_iter().map(|(id, _)| id));
    }
    assert_eq!(arrived, file.chunks.iter().copied().collect());
    assert_eq!(bytes, total);
}
