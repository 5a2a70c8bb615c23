//! What disks do: keep coarser times, and lose what was written when the power goes.

use super::*;

/// Sets the time of every file of a folder to what a disk makes of it that counts in units of `unit_ns`.
fn round_times(folder: &Path, unit_ns: u64) {
    for path in content(folder).keys() {
        let file = std::fs::File::options().write(true).open(folder.join(path)).expect("opens");
        let time = file.metadata().and_then(|metadata| metadata.modified()).expect("a time");
        let since = time.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
        let rounded = Duration::from_nanos(since / unit_ns * unit_ns);
        file.set_modified(std::time::UNIX_EPOCH + rounded).expect("sets the time");
    }
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_keeps_coarser_times_changes_nothing() {
    let mut studio = Studio::new().await;
    let mut wall = noise(1_500_000, 3);
    studio.project.write("Content/Wall.uasset", wall.clone()).write("Content/Old.uasset", "old");
    studio.publish().await;
    studio.catch_up().await;
    round_times(studio.home.path(), 100);
    wall[700_000] ^= 1;
    studio.project.write("Content/Wall.uasset", wall).remove("Content/Old.uasset");
    studio.publish().await;
    studio.catch_up().await;
    studio.assert_shows(&studio.project.content());
    let told = studio.told();
    assert!(!told.iter().any(|(_, what)| matches!(what, Happened::Kept { .. })), "{told:?}");
    let Happened::Version { bytes_reused, .. } = studio.last() else { panic!("{:?}", studio.last()) };
    assert!(bytes_reused > 1_000_000, "{bytes_reused}");
}

#[tokio::test(start_paused = true)]
async fn after_a_power_cut_a_file_in_place_that_lost_its_bytes_is_fetched_again() {
    let mut studio = Studio::new().await;
    studio.project.write("Content/Wall.uasset", "old bytes").write("Content/Other.uasset", "other");
    studio.publish().await;
    studio.project.write("Content/Wall.uasset", "new bytes").write("Content/Other.uasset", "olaf?");
    studio.publish().await;
    studio.catch_up().await;
    let mut journal = journal_of(&studio, studio.home.path()).await.expect("something to do");
    // The machine was started again since.
    journal.boot = Some("another".to_owned());
    studio.folder().take_some_steps(&journal, journal.steps.len()).expect("takes");
    let place = studio.home.path().join("Content/Wall.uasset");
    let before = std::fs::metadata(&place).expect("there");
    std::fs::write(&place, vec![0; before.len() as usize]).expect("writes");
    let file = std::fs::File::options().write(true).open(&place).expect("opens");
    file.set_modified(before.modified().expect("a time")).expect("sets the time");
    studio.catch_up().await;
    studio.assert_shows(&studio.project.content());
}

#[cfg(unix)]
#[test]
fn a_file_published_as_read_only_can_be_written_where_it_is_followed() {
    use std::os::unix::fs::PermissionsExt as _;

    use crate::follow::journal::Look;

    let home = tempfile::tempdir().expect("a folder");
    let folder = Folder::open(home.path()).expect("a folder");
    folder.create_staged("a", 5).expect("makes");
    folder.write_staged("a", 0, b"bytes").expect("writes");
    let put = Step::Put {
        path: "Content/a".to_owned(),
        staged: "a".to_owned(),
        content: cyclorama_content::Digest::of(b"bytes"),
        is: Look { size: 5, mtime_ns: 1 },
        mode: 0o444,
        was: None,
    };
    let next = Followed::first("store".to_owned(), RefName::main(), SnapshotId::from_bytes([1; 32]));
    folder.take_steps(&Journal::new(next, vec![put])).expect("takes");
    let mode = std::fs::metadata(home.path().join("Content/a")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}
