//! Headers of many versions, maps and what they need, and words for changes.

use std::collections::BTreeSet;

use cyclorama_content::Digest;
use proptest::{collection::vec, prelude::*, sample::select};

use super::{sample::Sample, *};

/// Versions at which the layout changed, from Unreal 4.0 to 5.7.
const VERSIONS: [(i32, i32, i32); 20] = [
    (-4, 342, 0),
    (-5, 384, 0),
    (-6, 444, 0),
    (-6, 459, 0),
    (-7, 504, 0),
    (-7, 505, 0),
    (-7, 508, 0),
    (-7, 510, 0),
    (-7, 513, 0),
    (-7, 514, 0),
    (-7, 517, 0),
    (-7, 518, 0),
    (-7, 522, 0),
    (-8, 522, 1002),
    (-8, 522, 1004),
    (-8, 522, 1008),
    (-8, 522, 1012),
    (-8, 522, 1013),
    (-9, 522, 1017),
    (-9, 522, 1018),
];

fn sample() -> impl Strategy<Value = Sample> {
    let names =
        || vec(select(vec!["/Game/A", "/Game/Prop_7", "/Game/日本/岩", "/Plug/B", "/Engine/X"]), 0..5);
    (select(VERSIONS.to_vec()), names(), names(), select(vec![0u32, 0x8000_0000]), any::<u8>()).prop_map(
        |((legacy, ue4, ue5), hard, soft, flags, saved)| Sample {
            flags,
            saved,
            ..Sample::new("/Game/Own").version(legacy, ue4, ue5).needs(&hard).mentions(&soft)
        },
    )
}

fn sorted(names: &[String]) -> Vec<String> {
    names.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

proptest! {
    #[test]
    fn what_was_written_is_read_in_every_version(sample in sample()) {
        let bytes = sample.bytes();
        let header = read(&bytes).expect("a header");
        prop_assert_eq!(&header.dependencies.hard, &sorted(&sample.hard));
        let soft = if sample.ue4 < 384 { Vec::new() } else { sorted(&sample.soft) };
        prop_assert_eq!(&header.dependencies.soft, &soft);
        prop_assert_eq!(header.class(), Some("Material"));
        prop_assert_eq!(header.exports.len(), 1);
        prop_assert_eq!(header.exports[0].class.as_deref(), Some("Material"));
        prop_assert_eq!(header.exports[0].size, sample.body as u64);
        prop_assert_eq!((header.engine.major, header.engine.minor), sample.engine);
        prop_assert_eq!(&header.name, "/Game/Own");
        prop_assert_eq!(dependencies(&bytes), Ok(header.dependencies));
    }

    #[test]
    fn a_header_cut_anywhere_asks_for_more_and_then_is_read(sample in sample(), cut in any::<prop::sample::Index>()) {
        let bytes = sample.bytes();
        let whole = read(&bytes).expect("a header");
        let mut have = cut.index(whole.size as usize);
        let mut asked = 0;
        loop {
            match read(&bytes[..have]) {
                Ok(header) => {
                    prop_assert_eq!(header, whole);
                    break;
                }
                Err(HeaderError::Short { needed }) => {
                    prop_assert!(needed > have as u64);
                    have = (needed as usize).min(bytes.len());
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
            asked += 1;
            prop_assert!(asked < 20);
        }
    }

    #[test]
    fn any_damage_is_refused_or_read_and_never_panics(
        sample in sample(), at in any::<prop::sample::Index>(), flip in 1u8..
    ) {
        let mut bytes = sample.bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let _ = read(&bytes);
        let _ = dependencies(&bytes);
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..400), version in select(VERSIONS.to_vec())) {
        let _ = read(&bytes);
        let mut begun = 0x9e2a_83c1_u32.to_le_bytes().to_vec();
        for part in [version.0, 864, version.1, version.2, 0] {
            begun.extend(part.to_le_bytes());
        }
        begun.extend(bytes);
        let _ = read(&begun);
    }

    #[test]
    fn a_table_comes_back_and_damage_is_found(
        files in vec((any::<u8>(), vec("/Game/[a-d]", 0..4), vec("/Game/[a-d]", 0..3)), 0..8),
        at in any::<prop::sample::Index>(), flip in 1u8..
    ) {
        let (mut table, mut backwards) = (DependencyTable::default(), DependencyTable::default());
        let known = |(file, hard, soft): &(u8, Vec<String>, Vec<String>)| {
            (Digest::of(&[*file]), Dependencies { hard: sorted(hard), soft: sorted(soft) })
        };
        let mut first = std::collections::BTreeMap::new();
        for (digest, known) in files.iter().map(known) {
            table.learn(digest, &known);
            first.entry(digest).or_insert(known);
        }
        for (digest, known) in first.iter().rev() {
            backwards.learn(*digest, known);
        }
        let bytes = table.encode();
        prop_assert_eq!(&bytes, &backwards.encode());
        let read = DependencyTable::decode(&bytes).expect("a table");
        prop_assert_eq!(read.len(), first.len());
        for (digest, known) in &first {
            prop_assert_eq!(read.find(digest), Some((*known).clone()));
        }
        let mut damaged = bytes;
        let at = at.index(damaged.len());
        damaged[at] ^= flip;
        prop_assert!(DependencyTable::decode(&damaged).is_err());
    }
}

#[test]
fn what_is_no_package_is_told_apart() {
    let good = Sample::new("/Game/A").bytes();
    let with = |at: usize, value: i32| {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        read(&bytes)
    };
    assert_eq!(read(b"PNG file, not a package at all"), Err(HeaderError::NotAPackage));
    assert_eq!(read(b"version https://git-lfs.github.com/spec/v1\n"), Err(HeaderError::LfsPointer));
    assert_eq!(with(0, 0x9e2a_83c1_u32.swap_bytes() as i32), Err(HeaderError::BigEndian));
    assert!(matches!(with(4, 490), Err(HeaderError::TooOld { .. })));
    assert!(matches!(with(4, -10), Err(HeaderError::TooNew { .. })));
    assert!(matches!(with(16, 1019), Err(HeaderError::TooNew { ue5: 1019, .. })));
    assert!(matches!(with(12, 300), Err(HeaderError::TooOld { ue4: 300, .. })));
    assert!(matches!(with(20 + 4, i32::MAX), Err(HeaderError::Short { .. } | HeaderError::Malformed { .. })));
    assert!(matches!(read(&[]), Err(HeaderError::Short { .. })));
    let unversioned = Sample { legacy: -8, ue4: 0, ue5: 0, ..Sample::new("/Game/A") }.bytes();
    assert_eq!(read(&unversioned), Err(HeaderError::Unversioned));
}

#[test]
fn a_header_that_claims_gigabytes_is_refused() {
    let good = Sample::new("/Game/A").bytes();
    let size = read(&good).expect("a header").size as i32;
    let at = good.windows(4).position(|window| window == size.to_le_bytes()).expect("its length");
    let mut bytes = good;
    bytes[at..at + 4].copy_from_slice(&0x7fff_ffff_i32.to_le_bytes());
    assert_eq!(read(&bytes), Err(HeaderError::TooLong { length: 0x7fff_ffff }));
}

/// A project in memory: paths and packages.
struct Project(Vec<(&'static str, Sample)>);

impl Project {
    fn walk(&self, roots: &[&str], follow: Follow) -> Closure {
        let paths: Vec<_> = self.0.iter().map(|(path, _)| *path).collect();
        let packages = Packages::of(&paths);
        let mut walk = Walk::new(&packages, roots, follow).expect("it is there");
        loop {
            let asked = walk.ask();
            if asked.is_empty() {
                return walk.finish();
            }
            for package in asked {
                let sample = &self.0.iter().find(|(path, _)| *path == package.path).expect("a file").1;
                walk.answer(package, dependencies(&sample.bytes()));
            }
        }
    }
}

fn project() -> Project {
    let p = |name: &str| Sample::new(name);
    Project(vec![
        ("Stage.uproject", p("-")),
        (
            "Content/Maps/Stage.umap",
            p("/Game/Maps/Stage").needs(&["/Game/Rock"]).mentions(&["/Game/Maps/Sub", "/Game/Late"]),
        ),
        ("Content/Maps/Sub.umap", p("/Game/Maps/Sub").needs(&["/Game/Maps/Stage"])),
        ("Content/Maps/Other.umap", p("/Game/Maps/Other").needs(&["/Game/Unused"])),
        (
            "Content/Rock.uasset",
            p("/Game/Rock").needs(&["/game/textures/bark", "/Engine/Default", "/Game/Gone"]),
        ),
        ("Content/Textures/Bark.uasset", p("/Game/Textures/Bark")),
        ("Content/Textures/Bark.ubulk", p("-")),
        ("Content/Textures/Bark.m.ubulk", p("-")),
        ("Content/Late.uasset", p("/Game/Late")),
        ("Content/Unused.uasset", p("/Game/Unused")),
        (
            "Content/__ExternalActors__/Maps/Stage/A/BC/ACTOR.uasset",
            p("/Game/__ExternalActors__/Maps/Stage/A/BC/ACTOR").needs(&["/Game/Maps/Stage", "/Tools/Lamp"]),
        ),
        ("Content/__ExternalActors__/Maps/StageTwo/A/BC/OTHER.uasset", p("x")),
        ("Content/__ExternalObjects__/Maps/Stage/A/BC/FOLDER.uasset", p("x").needs(&["/Game/Moved"])),
        ("Content/Moved.uasset", p("/Game/Moved").class("ObjectRedirector").needs(&["/Game/New/Moved"])),
        ("Content/New/Moved.uasset", p("/Game/New/Moved")),
        ("Plugins/Group/StageTools/Tools.uplugin", p("-")),
        (
            "Plugins/Group/StageTools/Content/Lamp.uasset",
            p("/Tools/Lamp").needs(&["/Tools/Bulb", "/Niagara/Glow"]),
        ),
        ("Plugins/Bare/Content/Thing.uasset", p("/Bare/Thing")),
    ])
}

#[test]
fn a_map_needs_what_it_refers_to_and_what_it_keeps_apart() {
    let closure = project().walk(&["/Game/Maps/Stage"], Follow::Loaded);
    assert_eq!(
        closure.files,
        [
            "Content/Maps/Stage.umap",
            "Content/Maps/Sub.umap",
            "Content/Moved.uasset",
            "Content/New/Moved.uasset",
            "Content/Rock.uasset",
            "Content/Textures/Bark.m.ubulk",
            "Content/Textures/Bark.uasset",
            "Content/Textures/Bark.ubulk",
            "Content/__ExternalActors__/Maps/Stage/A/BC/ACTOR.uasset",
            "Content/__ExternalObjects__/Maps/Stage/A/BC/FOLDER.uasset",
            "Plugins/Group/StageTools/Content/Lamp.uasset",
        ]
    );
    let needed = |package: &str, by: &str| Missing { package: package.into(), needed_by: vec![by.into()] };
    assert_eq!(closure.missing, [needed("/Game/Gone", "/Game/Rock"), needed("/Tools/Bulb", "/Tools/Lamp")]);
    assert_eq!(closure.outside, ["/Engine", "/Niagara"]);
    assert_eq!(closure.later, ["/Game/Late"]);
    assert!(!closure.is_whole());
}

#[test]
fn what_may_be_loaded_later_is_followed_when_asked() {
    let closure = project().walk(&["Content/Maps/Stage.umap"], Follow::Everything);
    assert!(closure.packages.contains(&"/Game/Late".to_owned()));
    assert!(closure.later.is_empty());
    let paths = ["Content/A.uasset"];
    let unknown = Walk::new(&Packages::of(&paths), &["/Game/B"], Follow::Loaded).err();
    assert_eq!(unknown, Some(UnknownPackage("/Game/B".to_owned())));
}

#[test]
fn a_folder_is_walked_and_what_cannot_be_read_is_said() {
    let project = project();
    let folder = tempfile::tempdir().expect("a folder");
    for (path, sample) in &project.0 {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, sample.bytes()).expect("written");
    }
    std::fs::write(folder.path().join("Content/Textures/Bark.uasset"), "version https://git-lfs")
        .expect("written");
    let paths: Vec<_> = project.0.iter().map(|(path, _)| *path).collect();
    let packages = Packages::of(&paths);
    let closure =
        closure_of_folder(folder.path(), &packages, &["/Game/Maps/Stage"], Follow::Loaded).expect("a map");
    let expected = project.walk(&["/Game/Maps/Stage"], Follow::Loaded);
    assert_eq!((&closure.files, &closure.missing), (&expected.files, &expected.missing));
    let unread = [Unread { path: "Content/Textures/Bark.uasset".into(), problem: HeaderError::LfsPointer }];
    assert_eq!(closure.unread, unread);
}

#[test]
fn a_header_longer_than_the_first_read_is_read_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let many: Vec<String> = (0..4000).map(|at| format!("/Game/Some/Long/Folder/Asset{at}x")).collect();
    let sample = Sample { hard: many.clone(), ..Sample::new("/Game/Big") };
    let path = folder.path().join("Big.uasset");
    std::fs::write(&path, sample.bytes()).expect("written");
    assert_eq!(dependencies_of_file(&path).expect("read").hard, sorted(&many));
    let bytes = sample.bytes();
    std::fs::write(&path, &bytes[..200_000]).expect("written");
    assert!(matches!(dependencies_of_file(&path), Err(HeaderError::Short { .. })));
}

#[test]
fn changes_are_told_in_words_and_nothing_is_guessed() {
    let path = "Content/Rock.uasset";
    let header = |sample: Sample| read(&sample.bytes()).expect("a header");
    let one = header(Sample::new("/Game/Rock").needs(&["/Game/A"]));
    let resaved = header(Sample { saved: 2, ..Sample::new("/Game/Rock").needs(&["/Game/A"]) });
    assert_eq!(
        explain(path, &one, &one, None),
        ["material Rock was written again; its header tells no new save"]
    );
    assert_eq!(explain(path, &one, &one, Some(true)), ["material Rock is the same"]);
    assert_eq!(explain(path, &one, &resaved, Some(true)), ["material Rock was only saved again"]);
    assert_eq!(explain(path, &one, &resaved, Some(false)), ["material Rock was changed"]);
    assert_eq!(
        explain(path, &one, &resaved, None),
        ["material Rock was saved again; its header shows no other change"]
    );
    let other = header(Sample::new("/Game/Rock").needs(&["/Game/B", "/Game/C"]));
    assert_eq!(
        explain(path, &one, &other, None),
        ["material Rock now uses /Game/B and 1 more", "material Rock no longer uses /Game/A"]
    );
    let moved = header(Sample::new("/Game/Rock").class("ObjectRedirector").needs(&["/Game/New/Rock"]));
    assert_eq!(explain(path, &one, &moved, None), ["material Rock was moved to /Game/New/Rock"]);
}

#[test]
fn a_texture_that_was_imported_again_says_from_where() {
    let texture = |md5: &str, size: &str| {
        let source =
            format!(r#"[{{"RelativeFilename":"../../Art/T_Rock.png","Timestamp":"1","FileMD5":"{md5}"}}]"#);
        let sample = Sample::new("/Game/T_Rock").class("/Script/Engine.Texture2D");
        read(&sample.tag("AssetImportData", &source).tag("Dimensions", size).bytes()).expect("a header")
    };
    assert_eq!(
        explain(
            "Content/T_Rock.uasset",
            &texture("aa", "1024x1024"),
            &texture("bb", "2048x2048"),
            Some(false)
        ),
        [
            "texture T_Rock was re-imported from T_Rock.png",
            "texture T_Rock has another size: 2048x2048, before 1024x1024"
        ]
    );
}

#[test]
fn actors_are_named_by_their_label_and_their_map() {
    let path = "Content/__ExternalActors__/Maps/Stage/A/BC/0123456789ABCDEFGHIJKL.uasset";
    let lamp = |label: &str| {
        let sample = Sample::new("x").class("/Script/Engine.StaticMeshActor").tag("ActorLabel", label);
        read(&sample.bytes()).expect("a header")
    };
    assert_eq!(
        explain_one(path, Some(&lamp("Lamp_3")), true),
        "actor Lamp_3 (StaticMeshActor) of map /Game/Maps/Stage was added"
    );
    assert_eq!(explain_one(path, None, false), "an actor of map /Game/Maps/Stage was removed");
    assert_eq!(explain(path, &lamp("Lamp_3"), &lamp("Key"), None), ["actor Lamp_3 is now called Key"]);
    let plugin = actor_of("Plugins/X/Tools/Content/__ExternalObjects__/M/A/BC/D.uasset");
    assert_eq!(plugin, Some(ActorOf { map: "/Tools/M".into(), is_actor: false }));
    assert_eq!(actor_of("Content/__ExternalActors__/A/BC/D.uasset"), None);
    assert_eq!(actor_of("Content/Maps/Stage.umap"), None);
}

#[test]
fn a_table_is_kept_in_a_file_and_a_damaged_one_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("dependencies");
    assert!(DependencyTable::load(&path).is_empty());
    let mut table = DependencyTable::default();
    let known = Dependencies { hard: vec!["/Game/A".into()], soft: Vec::new() };
    table.learn(Digest::of(b"file"), &known);
    table.save(&path).expect("saved");
    assert_eq!(DependencyTable::load(&path).find(&Digest::of(b"file")), Some(known));
    std::fs::write(&path, b"CYCDEPS\x02 of a later version").expect("written");
    assert!(DependencyTable::load(&path).is_empty());
}
