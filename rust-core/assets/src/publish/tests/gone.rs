//! What is not there for a moment, and what is gone: only that is told, and only that goes from the version.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

const WALL: &str = "Content/Wall.uasset";
const STAGE: &str = "Content/Maps/Stage.umap";

/// A folder in which one file is not there the first times it is read, and something comes back after the scan.
struct Flickering {
    project: Project,
    gone: AtomicU32,
    back: Vec<Scanned>,
}

impl Flickering {
    fn new(project: &Project, gone: u32, back: &[&str]) -> Arc<Self> {
        let back = project.scan().into_iter().filter(|found| back.contains(&found.path.as_str())).collect();
        Arc::new(Self { project: project.clone(), gone: gone.into(), back })
    }
}

impl Source for Flickering {
    fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
        let is_gone = |left: u32| left.checked_sub(1);
        if path == WALL && self.gone.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_gone).is_ok() {
            return Err(ReadProblem::Gone);
        }
        self.project.read(path, take)
    }

    fn look_again(&self, missing: &[&str]) -> io::Result<Vec<Scanned>> {
        let is_missing = |found: &&Scanned| missing.contains(&found.path.as_str());
        Ok(self.back.iter().filter(is_missing).cloned().collect())
    }
}

fn without(project: &Project, paths: &[&str]) -> Vec<Scanned> {
    project.scan().into_iter().filter(|found| !paths.contains(&found.path.as_str())).collect()
}

#[tokio::test]
async fn a_file_that_is_not_there_for_a_moment_when_it_is_read_is_published() {
    for gone in [1, 2] {
        let repository = new_store(Arc::new(MemoryStore::new())).await;
        let (mut project, mut base) = (project(), Base::default());
        push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
        project.write(WALL, "saved by removing it and moving the new one there");
        let (source, options) = (Flickering::new(&project, gone, &[]), Options::new());
        let report = publish(&repository, source, project.scan(), base, &options).await.expect("publishes");
        let there = pull(&repository).await;
        if gone == 1 {
            assert_eq!((report.removed, there), (Vec::new(), project.content()));
        } else {
            // It is gone whenever somebody looks.
            assert_eq!(report.removed, [WALL]);
            assert_eq!(there, project.remove(WALL).content());
        }
    }
}

#[tokio::test]
async fn what_the_scan_missed_and_is_there_after_all_stays() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (mut project, mut base) = (project(), Base::default());
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    let options = Options::new();
    let source = Flickering::new(&project, 0, &[WALL, STAGE]);
    let scan = without(&project, &[WALL, STAGE]);
    let report = publish(&repository, source, scan, base.clone(), &options).await.expect("looks");
    assert!(report.unchanged && report.removed.is_empty(), "{report:?}");
    // What is known of it is whole again.
    let mut known = report.base.expect("a base");
    assert!(push(&repository, &project, &mut known, &options).await.expect("looks").unchanged);
    project.write(WALL, "saved meanwhile").write("Content/New.uasset", "new").remove("Config/Default.ini");
    let source = Flickering::new(&project, 0, &[WALL]);
    let scan = without(&project, &[WALL]);
    let report = publish(&repository, source, scan, base, &options).await.expect("publishes");
    assert_eq!(report.removed, ["Config/Default.ini"]);
    assert_eq!(pull(&repository).await, project.content());
}

#[tokio::test]
async fn what_was_removed_is_told_and_what_only_moved_is_not() {
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (mut project, mut base) = (project(), Base::default());
    let first = push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    assert!(first.removed.is_empty());
    let map = project.content()[STAGE].clone();
    project.remove("Config/Default.ini").remove(STAGE).write("Content/Maps/Night.umap", map);
    let dry = Options { dry_run: true, ..Options::new() };
    for options in [dry, Options::new()] {
        let report = push(&repository, &project, &mut base, &options).await.expect("publishes");
        assert_eq!(report.removed, ["Config/Default.ini"], "dry: {}", options.dry_run);
    }
    let report = push(&repository, &project, &mut base, &Options::new()).await.expect("looks");
    assert!(report.unchanged && report.removed.is_empty());
    // A folder that knows no version removes nothing, and says nothing of it.
    let mut other = Project::default();
    other.write("Content/Other.uasset", "new");
    let report = push(&repository, &other, &mut Base::default(), &Options::new()).await.expect("adds");
    assert!(report.removed.is_empty());
}

#[tokio::test]
async fn where_it_cannot_be_told_what_is_gone_nothing_is_removed() {
    struct Blind(Project);
    impl Source for Blind {
        fn read(&self, path: &str, take: &mut Take<'_>) -> Result<Stamp, ReadProblem> {
            self.0.read(path, take)
        }

        fn look_again(&self, _: &[&str]) -> io::Result<Vec<Scanned>> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
    let repository = new_store(Arc::new(MemoryStore::new())).await;
    let (project, mut base) = (project(), Base::default());
    push(&repository, &project, &mut base, &Options::new()).await.expect("publishes");
    let (source, scan) = (Arc::new(Blind(project.clone())), without(&project, &[WALL]));
    let refused =
        publish(&repository, source, scan, base, &Options::new()).await.expect_err("cannot be told");
    assert_eq!(refused.kind(), Kind::Refused);
    assert_eq!(pull(&repository).await, project.content());
}
