//! A project is published, edited, published again and brought to other machines: what arrives is what was published.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use cyclorama_tests::text;
use rand::{SeedableRng as _, rngs::SmallRng};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::project::{self, Seen, assert_same, contents, hydrate, publish, published, run, write};

const REFUSED_INPUT: i32 = 2;
const REFUSED: i32 = 4;

fn number(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or_else(|| panic!("no number {field} in {value}"))
}

/// A day's work: one asset changed a little, one replaced, one added, one deleted, one moved, a folder gone.
fn edit(root: &Path, random: &mut SmallRng) {
    let wall = root.join("Content/Textures/Wall.ubulk");
    let mut bytes = fs::read(&wall).expect("the wall");
    bytes.splice(1_000_000..1_000_000, *b"sixteen more byt");
    write(root, "Content/Textures/Wall.ubulk", &bytes, 1_700_100_000);
    write(root, "Content/Props/Group1/Prop01.uasset", &project::noise(random, 20_000), 1_700_100_001);
    write(root, "Content/Props/New.uasset", b"new", 1_700_100_002);
    fs::remove_file(root.join("Content/Props/Group2/Prop02.uasset")).expect("it is there");
    fs::rename(root.join("Content/Maps/Stage.umap"), root.join("Content/Maps/Night.umap")).expect("moves");
    fs::remove_dir_all(root.join("Content/Nothing")).expect("it is there");
}

#[test]
fn a_project_and_each_edit_of_it_arrive_elsewhere_as_they_were_published() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    let mut random = SmallRng::seed_from_u64(7);
    project::make(&here, &mut random);
    project::init(&store);
    let first = publish(&here, &store);
    let before = published(&here);
    assert_eq!(number(&first, "files"), files(&before));
    assert!(number(&first, "bytes_new") > 5_000_000, "{first}");
    let brought = hydrate(text(&store), &there).done().object("cyclorama.hydrate/1");
    assert_same(&contents(&there), &before, "the first version");
    assert_eq!((number(&brought, "files"), &brought["snapshot"]), (files(&before), &first["snapshot"]));
    assert!(number(&brought, "bytes_downloaded") > 0, "{brought}");

    edit(&here, &mut random);
    write(&there, "Content/Notes/mine.txt", b"nobody published this", 1_700_000_000);
    let second = publish(&here, &store);
    assert!(number(&second, "bytes_uploaded") < number(&first, "bytes_uploaded") / 4, "{second}");
    let again = hydrate(text(&store), &there).done().object("cyclorama.hydrate/1");
    assert!(number(&again, "bytes_downloaded") < number(&brought, "bytes_downloaded") / 4, "{again}");
    the_difference_is_told(text(&store), &second["snapshot"]);
    let mut after = contents(&there);
    let mine = after.remove("Content/Notes/mine.txt");
    assert!(matches!(mine, Some(Seen::File { .. })), "what it does not own stays");
    after.remove("Content/Notes");
    assert_same(&after, &published(&here), "the second version, over the first");

    // Back in time, into the same folder and into a fresh one.
    let _ = hydrate(&format!("{}@main~1", text(&store)), &there).done();
    let mut back = contents(&there);
    back.retain(|path, _| !path.starts_with("Content/Notes"));
    assert_same(&back, &before, "the first version, over the second");
    let id = first["snapshot"].as_str().expect("an id");
    let fresh = folder.path().join("fresh");
    let _ = hydrate(&format!("{}@{id}", text(&store)), &fresh).done();
    assert_same(&contents(&fresh), &before, "the first version by its id");
}

fn files(contents: &std::collections::BTreeMap<String, Seen>) -> u64 {
    contents.values().filter(|seen| matches!(seen, Seen::File { .. })).count() as u64
}

#[test]
fn where_nothing_changed_nothing_is_sent_and_nothing_fetched() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    project::make(&here, &mut SmallRng::seed_from_u64(8));
    project::init(&store);
    let first = publish(&here, &store);
    let objects = project::objects(&store);
    let second = publish(&here, &store);
    assert_eq!(second["snapshot"], first["snapshot"]);
    assert_eq!((number(&second, "bytes_new"), number(&second, "bytes_uploaded")), (0, 0));
    assert_eq!(project::objects(&store), objects, "not one object more");
    let _ = hydrate(text(&store), &there).done();
    let again = hydrate(text(&store), &there).done().object("cyclorama.hydrate/1");
    assert_eq!(number(&again, "bytes_downloaded"), 0, "{again}");
    // What was brought here and not touched is nothing new either.
    let echoed = publish(&there, &store);
    assert_eq!((&echoed["snapshot"], number(&echoed, "bytes_uploaded")), (&first["snapshot"], 0));
}

#[test]
fn a_local_edit_is_not_overwritten_unless_that_is_asked_for() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    project::make(&here, &mut SmallRng::seed_from_u64(9));
    project::init(&store);
    let _ = publish(&here, &store);
    let _ = hydrate(text(&store), &there).done();
    let both = ["Content/Props/Group1/Prop01.uasset", "Content/Props/Group1/Prop08.uasset"];
    for path in both {
        write(&here, path, b"theirs", 1_700_200_000);
        write(&there, path, b"mine", 1_700_200_000);
    }
    write(&here, "Content/Maps/Stage.umap", b"theirs", 1_700_200_000);
    let _ = publish(&here, &store);
    let before = contents(&there);
    let ended = hydrate(text(&store), &there);
    assert!(!matches!(ended.code, Some(0) | None), "{ended:?}");
    for path in both {
        let said = ended.stdout.contains(path) || ended.stderr.contains(path);
        assert!(said, "{path} is named: {ended:?}");
    }
    assert!(ended.error()["hint"].as_str().is_some_and(|hint| hint.contains("--keep")), "{}", ended.stderr);
    assert_same(&contents(&there), &before, "nothing was touched");
    let _ = run(&["assets", "hydrate", text(&store), text(&there), "--keep", "mine"]).done();
    assert_eq!(fs::read(there.join(both[0])).expect("there"), b"mine");
    assert_eq!(fs::read(there.join("Content/Maps/Stage.umap")).expect("there"), b"theirs");
    let _ = run(&["assets", "hydrate", text(&store), text(&there), "--keep", "theirs"]).done();
    assert_same(&contents(&there), &published(&here), "their version");
}

#[test]
fn a_file_deleted_by_others_and_edited_here_stays() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    project::make(&here, &mut SmallRng::seed_from_u64(12));
    project::init(&store);
    let _ = publish(&here, &store);
    let _ = hydrate(text(&store), &there).done();
    let gone = "Content/Props/Group2/Prop02.uasset";
    fs::remove_file(here.join(gone)).expect("it is there");
    let _ = publish(&here, &store);
    write(&there, gone, b"mine", 1_700_200_000);
    let ended = hydrate(text(&store), &there);
    let said = ended.stdout.contains(gone) || ended.stderr.contains(gone);
    assert!(said, "{gone} is named: {ended:?}");
    assert_eq!(fs::read(there.join(gone)).expect("there"), b"mine");
}

#[test]
fn things_that_become_something_else_arrive_as_what_they_are() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    write(&here, "becomes folder", b"file", 1_700_000_000);
    write(&here, "becomes file/a/b", b"below", 1_700_000_000);
    write(&here, "becomes link", b"file", 1_700_000_000);
    write(&here, "target", b"target", 1_700_000_000);
    std::os::unix::fs::symlink("target", here.join("becomes target")).expect("links");
    project::init(&store);
    let _ = publish(&here, &store);
    let before = published(&here);
    let _ = hydrate(text(&store), &there).done();
    for path in ["becomes folder", "becomes link", "becomes target"] {
        fs::remove_file(here.join(path)).expect("it is there");
    }
    fs::remove_dir_all(here.join("becomes file")).expect("it is there");
    write(&here, "becomes folder/c", b"below", 1_700_000_001);
    write(&here, "becomes file", b"file", 1_700_000_001);
    std::os::unix::fs::symlink("target", here.join("becomes link")).expect("links");
    write(&here, "becomes target", b"file", 1_700_000_001);
    let _ = publish(&here, &store);
    let _ = hydrate(text(&store), &there).done();
    assert_same(&contents(&there), &published(&here), "there");
    let _ = hydrate(&format!("{}@main~1", text(&store)), &there).done();
    assert_same(&contents(&there), &before, "and back");
}

#[test]
fn only_what_is_asked_for_arrives() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    project::make(&here, &mut SmallRng::seed_from_u64(10));
    project::init(&store);
    let _ = publish(&here, &store);
    let brought =
        run(&["assets", "hydrate", text(&store), text(&there), "--only", "Content/Maps/**", "--json"]);
    let brought = brought.done().object("cyclorama.hydrate/1");
    let mut wanted = published(&here);
    wanted.retain(|path, _| path.starts_with("Content/Maps") || path == "Content");
    assert_same(&contents(&there), &wanted, "two maps and nothing else");
    assert_eq!(number(&brought, "files"), 2);
    assert!(number(&brought, "bytes_downloaded") < 1_000_000, "{brought}");
}

#[test]
fn records_of_a_folder_that_are_damaged_or_lost_cost_time_and_nothing_else() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    let mut random = SmallRng::seed_from_u64(11);
    project::make(&here, &mut random);
    project::init(&store);
    let first = publish(&here, &store);
    let _ = hydrate(text(&store), &there).done();
    for round in 0..3 {
        for root in [&here, &there] {
            spoil(&root.join(".cyclorama"), round);
        }
        let second = publish(&here, &store);
        assert_eq!(number(&second, "bytes_new"), 0, "round {round}: every byte is known: {second}");
        assert_eq!(number(&second, "files"), number(&first, "files"), "round {round}");
        let brought = hydrate(text(&store), &there).done().object("cyclorama.hydrate/1");
        assert!(number(&brought, "bytes_downloaded") < 200_000, "round {round}: {brought}");
        assert_same(&contents(&there), &published(&here), "after damage");
    }
}

/// Damages what a working folder remembers: bytes changed, files cut, everything gone.
fn spoil(folder: &Path, round: u32) {
    if round == 2 {
        return fs::remove_dir_all(folder).expect("it is there");
    }
    for path in project::objects(folder) {
        let path = folder.join(path);
        let mut bytes = fs::read(&path).expect("readable");
        match round {
            0 => bytes.iter_mut().step_by(97).for_each(|byte| *byte ^= 0x55),
            _ => bytes.truncate(bytes.len() / 2),
        }
        fs::write(&path, bytes).expect("writable");
    }
}

#[test]
fn names_that_cannot_travel_are_refused_before_anything_is_sent() {
    let names =
        ["con.uasset", "what?.uasset", "ends.", "Rock.uasset/rock.uasset", "a\u{301}.uasset/\u{e1}.uasset"];
    for name in names {
        let folder = tempdir().expect("a temporary folder");
        let (here, store) = (folder.path().join("p"), folder.path().join("store"));
        write(&here, "Content/good.uasset", b"good", 1_700_000_000);
        // Two names in one: twins.
        name.split('/').for_each(|name| write(&here, &format!("Content/{name}"), b"bad", 1_700_000_000));
        project::init(&store);
        let before = project::objects(&store);
        let ended = run(&["assets", "publish", text(&here), text(&store)]).with_code(REFUSED_INPUT);
        let last = name.rsplit('/').next().expect("a name");
        assert!(ended.stderr.contains(last), "{name} is named: {}", ended.stderr);
        assert!(ended.stderr.contains("hint:"), "{}", ended.stderr);
        assert_eq!(project::objects(&store), before, "{name}: nothing was sent");
    }
}

#[test]
fn a_card_that_may_not_be_written_is_published_and_known_the_next_time() {
    let folder = tempdir().expect("a temporary folder");
    let [card, store, cache] = ["card", "store", "cache"].map(|name| folder.path().join(name));
    write(&card, "Clips/A001_C001.mov", b"a take", 1_700_000_000);
    project::init(&store);
    let protect = |mode| {
        for path in [card.join("Clips/A001_C001.mov"), card.join("Clips"), card.clone()] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
        }
    };
    protect(0o555);
    let is_administrator = fs::create_dir(card.join("x")).is_ok();
    let ask = ["assets", "publish", text(&card), text(&store), "--json"];
    let told = || {
        let ended = project::start(&ask, &cache).end_within(Duration::from_secs(120)).done();
        (ended.object("cyclorama.publish/1"), ended.stderr)
    };
    let ((first, said), (second, _)) = (told(), told());
    protect(0o755);
    if is_administrator {
        // Nothing is protected from them, and the records lie on the card.
        return assert_eq!(second["unchanged"], true, "{second}");
    }
    assert!(said.contains("may not be written"), "{said}");
    assert!(first["records"].as_str().is_some_and(|records| records.starts_with(text(&cache))), "{first}");
    assert_eq!(second["unchanged"], true, "{second}");
    assert!(!card.join(".cyclorama").exists(), "nothing was written there");
}

#[test]
fn what_is_not_there_any_more_is_said_by_name_and_what_moved_is_not() {
    let folder = tempdir().expect("a temporary folder");
    let [here, store] = ["p", "store"].map(|name| folder.path().join(name));
    for name in ["Stay", "Go", "Move"] {
        write(&here, &format!("Content/{name}.uasset"), name.as_bytes(), 1_700_000_000);
    }
    project::init(&store);
    assert_eq!(publish(&here, &store)["removed"], json!([]));
    fs::remove_file(here.join("Content/Go.uasset")).expect("it is there");
    fs::rename(here.join("Content/Move.uasset"), here.join("Content/Moved.uasset")).expect("moves");
    let dry = run(&["assets", "publish", text(&here), text(&store), "--dry-run"]).done();
    assert!(dry.stdout.contains("1 file would be removed"), "{}", dry.stdout);
    assert!(dry.stderr.contains("would remove Content/Go.uasset"), "{}", dry.stderr);
    assert_eq!(publish(&here, &store)["removed"], json!(["Content/Go.uasset"]));
    assert_eq!(publish(&here, &store)["removed"], json!([]), "it is said once");
}

/// What [`edit`] did, as the store tells it: by the version's own parent, and to a program.
fn the_difference_is_told(store: &str, snapshot: &Value) {
    let told = run(&["assets", "diff", store, "--json"]).done().object("cyclorama.diff/1");
    assert_eq!(&told["snapshot"], snapshot);
    assert_eq!(["added", "changed", "removed"].map(|count| number(&told, count)), [2, 2, 2], "{told}");
    let changes = told["changes"].as_array().expect("changes");
    let line = |path: &str| changes.iter().find(|change| change["path"] == path).expect("a line").clone();
    let moved = line("Content/Maps/Night.umap");
    assert_eq!(moved["explained"][0], "was Content/Maps/Stage.umap before");
    assert_eq!(
        (&line("Content/Nothing")["what"], &line("Content/Nothing")["kind"]),
        (&"gone".into(), &"folder".into())
    );
    let wall = line("Content/Textures/Wall.ubulk");
    assert_eq!(number(&wall, "bytes"), number(&wall, "bytes_before") + 16);
    let same = run(&["assets", "diff", store, "--from", "main"]).done();
    assert!(same.stdout.contains("0 files new, 0 changed, 0 gone"), "{}", same.stdout);
}

#[test]
fn attachments_of_a_version_are_whole_objects_and_made_once() {
    let folder = tempdir().expect("a temporary folder");
    let [here, store, out] = ["p", "store", "out"].map(|name| folder.path().join(name));
    project::make(&here, &mut SmallRng::seed_from_u64(8));
    project::init(&store);
    publish(&here, &store);
    let queue = ["--farm", "farm-1", "--queue", "queue-2", "--source-root", "/mnt/project"];
    let ask = [&["assets", "attachments", text(&store), text(&out), "--json"][..], &queue].concat();
    let listed = folder.path().join("listed");
    let dry = [&ask[..], &["--dry-run", "--manifest", text(&listed)]].concat();
    let foretold = run(&dry).done().object("cyclorama.attachments/1");
    assert!(!out.exists() && !listed.exists(), "a dry run writes nothing");
    let made = run(&ask).done().object("cyclorama.attachments/1");
    for field in
        ["snapshot", "objects", "objects_written", "bytes_uploaded", "manifest_path", "manifest_hash"]
    {
        assert_eq!(foretold[field], made[field], "{field}");
    }
    let objects = fs::read_dir(out.join("Data")).expect("objects").count() as u64;
    assert_eq!([number(&made, "objects"), number(&made, "objects_written")], [objects, objects], "{made}");
    let path = made["manifest_path"].as_str().expect("a path");
    let manifest = fs::read_to_string(out.join("Manifests").join(path)).expect("the manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["paths"].as_array().map(Vec::len), Some(number(&made, "files") as usize));
    for file in manifest["paths"].as_array().expect("files") {
        let object = out.join(format!("Data/{}.xxh128", file["hash"].as_str().expect("a hash")));
        let original = here.join(file["path"].as_str().expect("a path"));
        assert_eq!(fs::read(object).expect("an object"), fs::read(original).expect("a file"), "{file}");
    }
    let again = run(&ask).done().object("cyclorama.attachments/1");
    assert_eq!((number(&again, "objects_written"), &again["manifest_path"]), (0, &made["manifest_path"]));
    let part = [&ask[..], &["--only", "Content/Maps/**"]].concat();
    let part = run(&part).done().object("cyclorama.attachments/1");
    assert!(
        number(&part, "files") < number(&made, "files") && part["manifest_path"] != made["manifest_path"]
    );
    let nothing = [&ask[..], &["--only", "nowhere/**"]].concat();
    let _ = run(&nothing).with_code(REFUSED_INPUT);
    let _ = run(&ask[..7]).with_code(REFUSED_INPUT);
}

#[test]
fn a_dry_run_of_putting_away_and_bringing_back_says_what_it_would_do_and_does_nothing() {
    let folder = tempdir().expect("a temporary folder");
    let [here, store, vault, back] = ["p", "store", "vault", "back"].map(|name| folder.path().join(name));
    write(&here, "Content/Wall.uasset", b"what is put away", 1_700_000_000);
    project::init(&store);
    publish(&here, &store);
    for (verb, from, to) in [("archive", &store, &vault), ("restore", &vault, &back)] {
        let ask = ["assets", verb, text(from), text(to), "--json"];
        let foretold = run(&[&ask[..], &["--dry-run"]].concat()).done().object("cyclorama.archive/1");
        assert!(!to.exists(), "a dry run makes no store");
        let done = run(&ask).done().object("cyclorama.archive/1");
        for field in ["snapshot", "ref", "versions", "packs", "bytes", "packs_copied", "bytes_copied"] {
            assert_eq!(foretold[field], done[field], "{verb}: {field}");
        }
        assert!(number(&done, "packs_copied") > 0, "{done}");
    }
}

#[test]
fn attachments_of_an_encrypted_store_are_plain_which_is_said_and_need_its_key() {
    let folder = tempdir().expect("a temporary folder");
    let [here, store, out, key] = ["p", "store", "out", "key"].map(|name| folder.path().join(name));
    write(&here, "Content/Wall.uasset", b"what the farm shall read", 1_700_000_000);
    let key = ["--key-file", text(&key)];
    let _ = run(&[&["assets", "init", text(&store), "--encrypt"][..], &key].concat()).done();
    let _ = run(&[&["assets", "publish", text(&here), text(&store)][..], &key].concat()).done();
    let ask = ["assets", "attachments", text(&store), text(&out)];
    let _ = run(&ask).with_code(REFUSED);
    assert!(!out.exists(), "without the key nothing is made");
    let made = run(&[&ask[..], &key].concat()).done();
    assert!(made.stderr.contains("the objects made of it are not"), "{}", made.stderr);
    let objects: Vec<_> = fs::read_dir(out.join("Data")).expect("objects").flatten().collect();
    assert_eq!(objects.len(), 1);
    assert_eq!(fs::read(objects[0].path()).expect("an object"), b"what the farm shall read");
}

#[test]
fn a_ref_that_was_made_anew_is_refused_where_the_old_one_was_seen_until_that_is_accepted() {
    let folder = tempdir().expect("a temporary folder");
    let (here, store, there) =
        (folder.path().join("p"), folder.path().join("store"), folder.path().join("q"));
    let cache = tempdir().expect("a temporary folder");
    write(&here, "Content/Wall.uasset", b"one", 1_700_000_000);
    project::init(&store);
    let _ = publish(&here, &store);
    write(&here, "Content/Wall.uasset", b"two", 1_700_000_001);
    let _ = publish(&here, &store);
    let bring = |more: &[&str]| {
        let words = [&["assets", "hydrate", text(&store), text(&there), "--json"][..], more].concat();
        project::start(&words, cache.path()).end_within(std::time::Duration::from_secs(120))
    };
    let _ = bring(&[]).done();
    let _ = run(&["assets", "refs", text(&store), "create", "kept", "main"]).done();
    let _ = run(&["assets", "refs", text(&store), "remove", "main"]).done();
    let gone = bring(&[]);
    assert_eq!(gone.code, Some(5), "{gone:?}");
    assert!(gone.stderr.contains("ref `main` is gone"), "{gone:?}");
    let _ = run(&["assets", "refs", text(&store), "create", "main", "kept"]).done();
    let refused = bring(&[]);
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(refused.stderr.contains("--accept-rollback"), "{refused:?}");
    let _ = bring(&["--accept-rollback"]).done();
    let _ = bring(&[]).done();
}
