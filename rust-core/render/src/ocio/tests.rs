use proptest::prelude::*;

use super::*;

/// As OCIO 2 writes a configuration, with everything that names may look like.
const CONFIG: &str = r#"ocio_profile_version: 2.1

environment:
  {}
search_path: ""
strictparsing: true
name: "studio # 7"

roles:
  aces_interchange: ACES2065-1
  scene_linear: ACEScg   # what is rendered in
  color_picking: "Bob's Log: wide"

file_rules:
  - !<Rule> {name: Default, colorspace: default}

displays:
  sRGB:
    - !<View> {name: Raw, colorspace: Raw}

colorspaces:
  - !<ColorSpace>
    name: ACES2065-1
    aliases: [aces2065_1, "ACES - ACES2065-1", lin_ap0]
    family: ACES
    description: |
      The reference.
      name: not a name
    isdata: false

  - !<ColorSpace>
    name: ACEScg
    aliases: [ACES - ACEScg,
      lin_ap1]
    to_scene_reference: !<GroupTransform>
      name: AP1 to AP0
      children:
        - !<BuiltinTransform> {style: ACEScg_to_ACES2065-1}

  - !<ColorSpace>
    name: "Bob's Log: wide"
    aliases:
      - bobs_log
      - 'bob''s'
  - !<ColorSpace> {name: Raw, aliases: [Utility - Raw], isdata: true}
  -
    name: Linear Rec.709 (sRGB)
    aliases: [lin_rec709_srgb]
"#;

fn config() -> OcioConfig {
    OcioConfig::parse(CONFIG).expect("a configuration")
}

#[test]
fn every_colour_space_is_found_by_name_alias_and_role_whatever_the_case() {
    let config = config();
    let names: Vec<&str> = config.spaces().iter().map(|space| space.name.as_str()).collect();
    assert_eq!(names, ["ACES2065-1", "ACEScg", "Bob's Log: wide", "Raw", "Linear Rec.709 (sRGB)"]);
    let found = |name: &str| config.find(name).map(|space| space.name.clone());
    for (said, name) in [
        ("acescg", "ACEScg"),
        ("lin_AP1", "ACEScg"),
        ("ACES - ACES2065-1", "ACES2065-1"),
        ("color_picking", "Bob's Log: wide"),
        ("bobs_log", "Bob's Log: wide"),
        ("BOB'S", "Bob's Log: wide"),
        ("utility - raw", "Raw"),
    ] {
        assert_eq!(found(said).as_deref(), Ok(name), "{said}");
    }
    assert_eq!(config.usual().map(|space| space.name.as_str()), Ok("ACEScg"));
    assert!(config.check_whole().is_ok());
    assert!(found("not a name").is_err() && found("AP1 to AP0").is_err(), "names of transforms are none");
}

#[test]
fn a_name_that_is_not_there_is_refused_with_what_looks_most_like_it() {
    let refused = config().find("ACES_cg").expect_err("no such name");
    assert_eq!(refused.to_string(), "it has no colour space, alias or role `ACES_cg`");
    assert_eq!(refused.hint().as_deref(), Some("did you mean `ACEScg`?"));
    assert_eq!(config().find("xyz").expect_err("no such name").hint(), None);
}

#[test]
fn linear_spaces_that_hosts_write_are_known_by_the_names_that_configurations_give_them() {
    let known = |name: &str| config().find(name).expect("there").known().map(|space| space.name);
    assert_eq!(known("ACEScg"), Some("lin_ap1_scene"));
    assert_eq!(known("ACES2065-1"), Some("lin_ap0_scene"));
    assert_eq!(known("Linear Rec.709 (sRGB)"), Some("lin_rec709_scene"));
    assert_eq!((known("Raw"), known("bobs_log")), (None, None));
}

#[test]
fn a_configuration_that_reads_files_or_has_no_usual_space_says_so() {
    let file = CONFIG
        .replace("!<BuiltinTransform> {style: ACEScg_to_ACES2065-1}", "!<FileTransform> {src: a.spi1d}");
    let read = OcioConfig::parse(&file).expect("a configuration");
    assert_eq!(read.check_whole(), Err(OcioError::ReadsFiles));
    let roleless = OcioConfig::parse(&CONFIG.replace("scene_linear", "rendering")).expect("a configuration");
    assert_eq!(roleless.usual(), Err(OcioError::NoneNamed));
}

#[test]
fn what_is_no_configuration_is_refused_in_words() {
    for text in ["", "hello", "roles:\n  a: b\n", "ocio_profile_version: 2\n", "PK\u{3}\u{4}\0\0"] {
        assert!(matches!(OcioConfig::parse(text), Err(OcioError::NotOne(_))), "{text:?}");
    }
    let open = "ocio_profile_version: 2\ncolorspaces:\n  - !<ColorSpace> {name: a\n";
    assert_eq!(OcioConfig::parse(open), Err(OcioError::Line { line: 3, what: "a bracket is not closed" }));
    let endless = format!("{open}{}", "    x\n".repeat(100_000));
    assert!(OcioConfig::parse(&endless).is_err(), "and that is soon found");
}

proptest! {
    #[test]
    fn a_configuration_of_any_names_is_read_back(
        names in prop::collection::vec("[A-Za-z][A-Za-z0-9 ._()'-]{0,20}[A-Za-z0-9]", 1..20),
    ) {
        let mut text = "ocio_profile_version: 2\ncolorspaces:\n".to_owned();
        for name in &names {
            text += &format!("  - !<ColorSpace>\n    name: {name}\n    aliases: [\"{name} too\"]\n");
        }
        let config = OcioConfig::parse(&text).expect("a configuration");
        prop_assert_eq!(config.spaces().iter().map(|space| space.name.clone()).collect::<Vec<_>>(), names.clone());
        for (space, name) in config.spaces().iter().zip(names) {
            prop_assert_eq!(&space.aliases, &[format!("{name} too")]);
        }
    }

    #[test]
    fn any_text_is_a_configuration_or_refused(text in "(ocio_profile_version: 2\n)?(colorspaces:\n)?[ -~\n\u{3000}ü\t]{0,200}") {
        let _ = OcioConfig::parse(&text);
    }

    #[test]
    fn any_damage_to_a_configuration_is_read_or_refused(at in 0..CONFIG.len(), put in "[ -~\n]{0,3}", cut in 0..40_usize) {
        let (head, tail) = CONFIG.split_at(at);
        let _ = OcioConfig::parse(&format!("{head}{put}{}", &tail[cut.min(tail.len())..]));
    }
}
