use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use super::{layers::*, *};

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().copied().collect()
}

#[test]
fn the_environment_wins_over_the_project_and_the_project_over_the_user() {
    let mut settings = Settings::default();
    let user = "[render]\nworkers = 3\nsamples = 4\nsize = '640x360'\n";
    apply_text(&mut settings, user, Path::new("user")).unwrap();
    apply_text(&mut settings, "[render]\nworkers = 5\nsamples = 8\n", Path::new("project")).unwrap();
    apply_environment(&mut settings, &environment(&[("CYCLORAMA_RENDER_WORKERS", "7")])).unwrap();
    assert_eq!((settings.workers, settings.samples, settings.size), (7, 8, (640, 360)));
}

#[test]
fn a_misspelt_setting_is_refused_with_the_nearest_name() {
    let refused =
        apply_text(&mut Settings::default(), "[render]\nwokers = 3\n", Path::new("c.toml")).unwrap_err();
    assert_eq!(refused.to_string(), "`render.wokers` in c.toml is not a setting");
    assert_eq!(refused.hint().unwrap(), "did you mean `render.workers`?");
    let variables = environment(&[("CYCLORAMA_RENDER_SIZ", "1x1")]);
    let refused = apply_environment(&mut Settings::default(), &variables).unwrap_err();
    assert_eq!(refused.hint().unwrap(), "did you mean `CYCLORAMA_RENDER_SIZE`?");
}

#[test]
fn a_name_outside_any_section_is_refused() {
    let refused = apply_text(&mut Settings::default(), "workers = 3\n", Path::new("c.toml")).unwrap_err();
    assert!(matches!(refused, SettingsError::Unknown { nearest: "render.workers", .. }));
}

#[test]
fn a_value_of_the_wrong_type_says_what_it_must_be() {
    let refused = apply_text(&mut Settings::default(), "[render]\nworkers = 'many'\n", Path::new("c.toml"));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "`many` in c.toml is no value for render.workers, which is a number from 1 to 256"
    );
}

#[test]
fn text_that_is_no_toml_names_the_file() {
    let refused = apply_text(&mut Settings::default(), "[render", Path::new("c.toml")).unwrap_err();
    assert!(refused.to_string().contains("c.toml"));
}

#[test]
fn every_setting_can_be_set_by_file_and_by_variable_to_the_same_effect() {
    let stores = [
        "oslo",
        "https://s3",
        "eu-west-1",
        "p",
        "/ca.pem",
        "http://p:1",
        "x",
        "true",
        "off",
        "aws:kms",
        "key-1",
        "true",
        "1MB",
        "1MB",
        "4",
        "/cache",
        "edge:7070",
        "/token",
    ];
    let values = [
        "/t",
        "10.0.0.5",
        "65536",
        "33",
        "7",
        "/s",
        "9",
        "320x240",
        "2",
        "b3d",
        "render-host",
        "/e/UnrealEditor-Cmd",
        "4096",
        "/cache",
        "1 GB",
        "/w/Wall.uproject",
        "/p.toml",
        "https://h/x",
        "/l",
    ]
    .into_iter()
    .chain(stores)
    .chain(["debug"]);
    for (key, value) in KEYS.iter().zip(values.clone()) {
        let (section, name) = key.name.split_once('.').unwrap();
        let (mut by_file, mut by_variable) = (Settings::default(), Settings::default());
        apply_text(&mut by_file, &format!("[{section}]\n{name} = '{value}'\n"), Path::new("f")).unwrap();
        apply_environment(&mut by_variable, &environment(&[(key.variable, value)])).unwrap();
        assert_eq!(by_file, by_variable);
        assert_ne!(by_file, Settings::default(), "{} did not change anything", key.name);
    }
    assert_eq!(KEYS.len(), values.count());
    assert_eq!(Settings::default().interface, Ipv4Addr::UNSPECIFIED);
}

#[test]
fn what_a_worker_tells_its_host_of_content_is_no_setting() {
    let told = environment(&[("CYCLORAMA_PROJECT", "/p"), ("CYCLORAMA_PACK_DDC", "/d")]);
    let mut settings = Settings::default();
    apply_environment(&mut settings, &told).unwrap();
    assert_eq!(settings, Settings::default());
}

#[test]
fn variables_of_other_programs_are_left_alone() {
    let mut settings = Settings::default();
    apply_environment(&mut settings, &environment(&[("PATH", "/bin"), ("CYCLO", "x")])).unwrap();
    assert_eq!(settings, Settings::default());
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn the_user_file_follows_the_desktop_convention() {
    let by_home = user_file(&environment(&[("HOME", "/home/dit")])).unwrap();
    assert_eq!(by_home, PathBuf::from("/home/dit/.config/cyclorama/config.toml"));
    let by_xdg = user_file(&environment(&[("HOME", "/home/dit"), ("XDG_CONFIG_HOME", "/cfg")])).unwrap();
    assert_eq!(by_xdg, PathBuf::from("/cfg/cyclorama/config.toml"));
    assert_eq!(user_file(&Environment::default()), None);
}
