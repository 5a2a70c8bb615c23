//! What disks and systems do not do: keep nanoseconds, make links, have room, let a file be read.

use super::*;
use crate::publish::BaseEntry;

#[tokio::test]
async fn a_disk_that_keeps_coarser_times_is_no_reason_to_touch_a_file_again() {
    let stage = Stage::new().await;
    stage.write("a.uasset", b"one");
    let odd = std::time::UNIX_EPOCH + Duration::from_nanos(1_600_000_000_123_456_789);
    let coarse = std::time::UNIX_EPOCH + Duration::from_nanos(1_600_000_000_123_456_700);
    let set = |root: &Path, time| {
        let file = fs::File::options().write(true).open(root.join("a.uasset")).expect("opens");
        file.set_modified(time).expect("sets the time");
    };
    set(stage.artist.path(), odd);
    let id = stage.publish().await;
    stage.hydrate(id).await;
    // As if the disk had rounded the time when it was set.
    let (wall, store) = (stage.wall.path(), &stage.repository.format().id);
    set(wall, coarse);
    let look = || fs::metadata(wall.join("a.uasset")).expect("there");
    let mut state = State::load(wall, store);
    let entry = state.get("a.uasset").expect("known").entry();
    let stamp = Some(crate::local::Stamp::at(&wall.join("a.uasset"), &look()));
    state.remember([BaseEntry { path: "a.uasset".to_owned(), entry, stamp }]);
    state.save(wall, store).expect("saves");
    stage.hydrate(id).await;
    assert_eq!(look().modified().expect("a time"), coarse, "nobody set it again");
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_nobody_may_make_is_left_out_each_time_and_publishing_from_there_keeps_it() {
    let stage = Stage::new().await;
    stage.write("Content/a.uasset", b"one");
    std::os::unix::fs::symlink("a.uasset", stage.artist.path().join("Content/link")).expect("links");
    let id = stage.publish().await;
    write(stage.wall.path(), &format!(".cyclorama/{}", crate::local::workspace::NO_LINKS), b"");
    for _ in 0..2 {
        assert_eq!(stage.hydrate(id).await.skipped, ["Content/link"]);
        assert_eq!(fs::read(stage.wall.path().join("Content/a.uasset")).expect("reads"), b"one");
    }
    settle();
    write(stage.wall.path(), "Content/a.uasset", b"two");
    settle();
    let options = publish::Options::new();
    let published = publish_folder(&stage.repository, stage.wall.path(), Arc::new(Machine), &options)
        .await
        .expect("publishes");
    let snapshot = stage.repository.snapshot(published.snapshot).await.expect("there");
    let found = stage.repository.walk(snapshot.root, |_| true).await.expect("walks");
    assert!(found.iter().any(|(path, _)| path == "Content/link"), "{found:?}");
    // Where links can be made again, it comes.
    fs::remove_file(stage.wall.path().join(".cyclorama").join(crate::local::workspace::NO_LINKS))
        .expect("removes");
    assert_eq!(stage.hydrate(published.snapshot).await.skipped, Vec::<String>::new());
    assert_eq!(fs::read(stage.wall.path().join("Content/link")).expect("a link"), b"two");
}

#[tokio::test]
async fn a_disk_without_room_is_told_before_anything_is_fetched() {
    let stage = Stage::new().await;
    let mut bytes = noise(1_000_000, 1);
    stage.write("a.uasset", &bytes);
    let id = stage.publish().await;
    let error = stage.hydrate_as(id, |options| options.room = Some(400_000)).await.expect_err("no room");
    assert!(matches!(error, HydrateError::NoRoom { needed: 1_000_000, missing: 600_000, .. }), "{error}");
    assert_eq!((error.kind(), error.hint().is_some()), (Kind::Internal, true));
    assert!(error.to_string().contains("600.0 kB are missing"), "{error}");
    assert_eq!(tree(stage.wall.path()), BTreeMap::new());
    let dry = stage.hydrate_as(id, |options| (options.room, options.dry_run) = (Some(400_000), true)).await;
    assert_eq!(dry.expect("tells").bytes_missing, 600_000);
    stage.hydrate_as(id, |options| options.room = Some(1_000_000)).await.expect("it fits");
    // What it takes the place of goes, and zeros may be holes.
    bytes[500_000] ^= 1;
    stage.write("a.uasset", &bytes);
    stage.write("zeros.bin", &vec![0; 30_000_000]);
    let id = stage.publish().await;
    stage.hydrate_as(id, |options| options.room = Some(10_000_000)).await.expect("it fits");
    stage.same();
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_may_not_be_read_is_not_told_as_changed() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new().await;
    stage.write("a.uasset", b"one");
    stage.hydrate(stage.publish().await).await;
    stage.write("a.uasset", b"two");
    let id = stage.publish().await;
    let place = stage.wall.path().join("a.uasset");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o000)).expect("takes the permissions");
    if fs::read(&place).is_ok() {
        println!("SKIPPED, nothing was refused: whoever runs this may read every file");
        return;
    }
    let error = stage.hydrate_as(id, |_| {}).await.expect_err("nobody can tell");
    assert!(matches!(&error, HydrateError::Unreadable { path, .. } if path == "a.uasset"), "{error}");
    assert_eq!(error.kind(), Kind::Refused);
    stage.hydrate_as(id, |options| options.on_edit = OnEdit::Replace).await.expect("replaces");
    stage.same();
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_somebody_put_in_the_place_of_a_file_stays_when_the_file_goes_and_is_named() {
    let stage = Stage::new().await;
    stage.write("Content/big.bin", b"published");
    stage.write("Content/stays.uasset", b"one");
    stage.hydrate(stage.publish().await).await;
    let place = stage.wall.path().join("Content/big.bin");
    fs::remove_file(&place).expect("removes");
    std::os::unix::fs::symlink("/scratch/big.bin", &place).expect("links");
    fs::remove_file(stage.artist.path().join("Content/big.bin")).expect("removes");
    let report = stage.hydrate(stage.publish().await).await;
    assert_eq!((report.files_removed, report.kept), (0, vec!["Content/big.bin".to_owned()]));
    assert_eq!(fs::read_link(&place).expect("still there").to_string_lossy(), "/scratch/big.bin");
}
