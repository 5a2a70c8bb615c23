//! What somebody saves while a version is on its way.

use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::StoreError;
use crate::store::watched::{Between, Request, Watched};

type Saving = Box<dyn FnOnce() + Send>;

/// Saves once, when all was judged and the first content is asked for.
struct Saves {
    /// It is there from when everything was judged.
    intended: PathBuf,
    saving: Mutex<Option<Saving>>,
}

#[async_trait]
impl Between for Saves {
    async fn asked(&self, request: Request, _key: &str) -> Result<(), StoreError> {
        if request == Request::GetRange && self.intended.exists() {
            let saving = self.saving.lock().expect("nobody panicked").take();
            saving.into_iter().for_each(|save| save());
        }
        Ok(())
    }
}

/// Hydrates while somebody saves.
async fn hydrate_meanwhile(stage: &Stage, id: SnapshotId, saving: Saving) -> Result<Report, HydrateError> {
    settle();
    let state = State::path(stage.wall.path(), &stage.repository.format().id);
    let saves = Saves { intended: state.with_file_name("hydrating"), saving: Mutex::new(Some(saving)) };
    let watched = Watched::new(Arc::clone(stage.repository.store()), saves);
    let options = RepositoryOptions::new(Arc::new(Machine));
    let repository = Repository::open(Arc::clone(&watched) as _, options).await.expect("opens");
    let snapshot = repository.snapshot(id).await.expect("there");
    let result =
        hydrate(&repository, id, &snapshot, stage.wall.path(), &Options::new(Arc::new(Machine))).await;
    assert!(watched.by.saving.lock().expect("nobody panicked").is_none(), "it was saved");
    result
}

#[tokio::test]
async fn a_file_saved_while_its_version_is_fetched_is_not_overwritten() {
    let stage = Stage::new().await;
    let mut edited = noise(900_000, 1);
    stage.write("edited.uasset", &edited);
    stage.write("many.uasset", &noise(900_000, 2));
    stage.write("one.uasset", b"one");
    stage.write("other.uasset", b"one");
    stage.hydrate(stage.publish().await).await;
    edited[450_000] ^= 1;
    stage.write("edited.uasset", &edited);
    stage.write("many.uasset", &noise(900_000, 3));
    stage.write("new.uasset", &noise(900_000, 4));
    stage.write("one.uasset", b"two");
    stage.write("other.uasset", b"two");
    let id = stage.publish().await;
    let saved = ["edited.uasset", "many.uasset", "new.uasset", "one.uasset"];
    let wall = stage.wall.path().to_owned();
    let saving: Saving = Box::new(move || saved.iter().for_each(|path| write(&wall, path, b"saved by me")));
    let error = hydrate_meanwhile(&stage, id, saving).await.expect_err("somebody saved");
    assert!(matches!(&error, HydrateError::EditedMeanwhile(paths) if *paths == saved), "{error}");
    assert_eq!((error.kind(), error.hint().is_some()), (Kind::Conflict, true));
    let read = |path: &str| fs::read(stage.wall.path().join(path)).expect("reads");
    assert!(saved.iter().all(|path| read(path) == b"saved by me"));
    assert_eq!(read("other.uasset"), b"two", "the others are in place");
    let error = stage.hydrate_as(id, |_| {}).await.expect_err("edits by now");
    assert!(matches!(&error, HydrateError::Edited(paths) if *paths == saved), "{error}");
    stage.hydrate_as(id, |options| options.on_edit = OnEdit::Replace).await.expect("replaces");
    stage.same();
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_only_needs_its_time_and_a_link_are_left_too_when_somebody_saves_there() {
    use std::os::unix::fs::symlink;
    let stage = Stage::new().await;
    stage.write("a.uasset", b"one");
    symlink("a.uasset", stage.artist.path().join("link")).expect("links");
    stage.hydrate(stage.publish().await).await;
    stage.write("b.uasset", &noise(300_000, 1));
    fs::remove_file(stage.artist.path().join("link")).expect("removes");
    symlink("b.uasset", stage.artist.path().join("link")).expect("links");
    let id = stage.publish().await;
    let wall = stage.wall.path().to_owned();
    // Another time than the version's: the bytes are right.
    let file = fs::File::options().write(true).open(wall.join("a.uasset")).expect("opens");
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("sets the time");
    let saving: Saving = Box::new(move || {
        write(&wall, "a.uasset", b"saved by me");
        fs::remove_file(wall.join("link")).expect("removes");
        write(&wall, "link", b"saved by me");
    });
    let error = hydrate_meanwhile(&stage, id, saving).await.expect_err("somebody saved");
    assert!(
        matches!(&error, HydrateError::EditedMeanwhile(paths) if paths == &["a.uasset", "link"]),
        "{error}"
    );
    for path in ["a.uasset", "link"] {
        assert_eq!(fs::read(stage.wall.path().join(path)).expect("reads"), b"saved by me");
    }
    let error = stage.hydrate_as(id, |_| {}).await.expect_err("edits by now");
    assert!(matches!(&error, HydrateError::Edited(paths) if paths.len() == 2), "{error}");
}

#[tokio::test]
async fn two_names_of_one_file_are_no_edit_of_each_other() {
    let stage = Stage::new().await;
    stage.write("a.uasset", b"one");
    stage.write("b.uasset", b"one");
    let id = stage.publish().await;
    stage.hydrate(id).await;
    fs::remove_file(stage.wall.path().join("b.uasset")).expect("removes");
    fs::hard_link(stage.wall.path().join("a.uasset"), stage.wall.path().join("b.uasset")).expect("links");
    stage.write("a.uasset", b"two");
    stage.write("b.uasset", b"too");
    stage.hydrate(stage.publish().await).await;
    stage.same();
}
