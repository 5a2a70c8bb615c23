//! Permission bits: what a system has none of, or keeps in its own way, is no change.

use super::*;

const SCRIPT: &str = "Scripts/build.sh";

/// What a scan finds where the file system gives these permission bits to every file.
fn scan_with(project: &Project, mode: Option<u32>) -> Vec<Scanned> {
    let mut scan = project.scan();
    for found in &mut scan {
        if let ScannedKind::File { mode: own, .. } = &mut found.kind {
            *own = mode;
        }
    }
    scan
}

/// Publishes it so, and keeps what the next publish needs.
async fn push_with(
    repository: &Repository,
    project: &Project,
    mode: Option<u32>,
    base: &mut Base,
) -> Result<Report, PublishError> {
    let (source, scan) = (Arc::new(project.clone()), scan_with(project, mode));
    let mut report = publish(repository, source, scan, base.clone(), &Options::new()).await?;
    if let Some(new) = report.base.take() {
        *base = new;
    }
    Ok(report)
}

/// The permission bits of each published file.
async fn modes(repository: &Repository) -> BTreeMap<String, u32> {
    let fresh = reopened(repository).await;
    let (_, snapshot) = fresh.resolve(&RefName::main().into()).await.expect("a version");
    fresh.load_indexes(&snapshot.indexes).await.expect("indexes");
    let entries = fresh.walk(snapshot.root, |_| true).await.expect("folders");
    let mode = |(path, entry)| match entry {
        Entry::File(file) => Some((path, file.mode)),
        _ => None,
    };
    entries.into_iter().filter_map(mode).collect()
}

#[tokio::test]
async fn a_system_without_permission_bits_keeps_those_that_a_file_had() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (mut project, mut base) = (Project::default(), Base::default());
    project.write(SCRIPT, "#!/bin/sh\n").write("Content/Wall.uasset", "wall");
    push_with(&repository, &project, Some(0o755), &mut base).await.expect("publishes");
    let report = push_with(&repository, &project, None, &mut base).await.expect("looks");
    assert!(report.unchanged, "nobody touched anything");
    project.write(SCRIPT, "#!/bin/sh\nexit\n").write("Content/New.uasset", "new");
    push_with(&repository, &project, None, &mut base).await.expect("publishes");
    let modes = modes(&repository).await;
    let of = |path: &str| modes[path];
    assert_eq!(
        [of(SCRIPT), of("Content/Wall.uasset"), of("Content/New.uasset")],
        [0o755, 0o755, 0o644],
        "the script can still be run"
    );
}

#[tokio::test]
async fn a_file_that_nobody_touched_is_unchanged_whatever_permissions_the_disk_keeps() {
    for (recorded, found) in [(0o444, 0o644), (0o664, 0o644), (0o644, 0o777)] {
        let repository = new_store(Arc::new(MemoryStore::new())).await;
        let (project, mut base) = (project(), Base::default());
        push_with(&repository, &project, Some(recorded), &mut base).await.expect("publishes");
        let report = push_with(&repository, &project, Some(found), &mut base).await.expect("looks");
        assert!(report.unchanged, "{recorded:o} is {found:o} here");
    }
}

#[tokio::test]
async fn who_may_read_a_file_is_no_conflict_and_whether_it_can_be_run_is_one() {
    for (theirs, mode, conflicts) in [("as before", 0o664, 0), ("edited", 0o664, 0), ("edited", 0o755, 1)] {
        let repository = new_store(Arc::new(MemoryStore::new())).await;
        let (mut ann, mut ann_base) = (Project::default(), Base::default());
        ann.write(SCRIPT, "as before");
        push_with(&repository, &ann, Some(0o644), &mut ann_base).await.expect("publishes");
        let (mut ben, mut ben_base) = (ann.clone(), ann_base.clone());
        // Touched at least; Ben's time and permissions are others too.
        ann.write(SCRIPT, theirs);
        push_with(&repository, &ann, Some(0o644), &mut ann_base).await.expect("publishes");
        ben.write(SCRIPT, "as before").write(SCRIPT, "as before");
        match push_with(&repository, &ben, Some(mode), &mut ben_base).await {
            Ok(_) => {
                assert_eq!(conflicts, 0, "{theirs}, {mode:o}");
                assert_eq!(pull(&repository).await[SCRIPT], theirs);
            }
            Err(PublishError::Conflicts { conflicts: found, .. }) => {
                assert_eq!(found.len(), conflicts, "{theirs}, {mode:o}");
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}
