//! An OCIO configuration goes with a job: its names are checked when the job is planned, and are in the frames.

use std::fs;
use std::path::Path;

use cyclorama_tests::{Ended, run, text};
use tempfile::{TempDir, tempdir};

use crate::stage;

const CONFIG: &str = "ocio_profile_version: 2.1\nroles:\n  scene_linear: ACEScg\ncolorspaces:\n  \
    - !<ColorSpace>\n    name: ACEScg\n    aliases: [lin_ap1]\n  - !<ColorSpace>\n    name: House Log\n";

fn folder() -> TempDir {
    let folder = tempdir().expect("a temporary folder");
    stage::import(&folder.path().join("real.take"));
    fs::write(folder.path().join("config.ocio"), CONFIG).expect("writes");
    folder
}

fn render(folder: &Path, words: &[&str]) -> Ended {
    let (take, config) = (folder.join("real.take"), folder.join("config.ocio"));
    let wanted =
        [text(&take), "--frames", "300-301", "--size", "64x36", "--samples", "1", "--ocio", text(&config)];
    run(&[&["render"], &words[..1], &wanted[..], &words[1..]].concat())
}

#[test]
fn frames_carry_the_name_that_the_configuration_has_for_their_space() {
    let folder = folder();
    let [ledger, out] = ["ledger", "frames"].map(|name| folder.path().join(name));
    let _ = render(folder.path(), &["submit", "--workers", "1", "--ledger", text(&ledger)]).done();
    let _ = run(&["render", "frames", "--ledger", text(&ledger), "--out", text(&out)]).done();
    let frame = fs::read(out.join("real.000300.exr")).expect("a frame");
    let has = |word: &str| frame.windows(word.len()).any(|window| window == word.as_bytes());
    for word in ["cyclorama.ocioColourSpace", "ACEScg", "cyclorama.ocioConfig", "lin_ap1_scene"] {
        assert!(has(word), "{word} is not in the frame");
    }
    let plan = render(folder.path(), &["plan", "--json"]).done().object("cyclorama.plan/1");
    assert!(has(plan["ocio"]["config"].as_str().expect("a digest")), "{}", plan["ocio"]);
    let explained = render(folder.path(), &["plan"]).done().stdout;
    assert!(explained.contains("colour: ACEScg in the OCIO configuration "), "{explained}");
}

#[test]
fn names_that_the_configuration_or_the_host_lacks_are_refused_before_anything_is_drawn() {
    let folder = folder();
    let refused = render(folder.path(), &["plan", "--colour-space", "ACES cg"]).with_code(2);
    assert!(refused.stderr.contains("no colour space, alias or role `ACES cg`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("did you mean `ACEScg`?"), "{}", refused.stderr);
    let refused = render(folder.path(), &["plan", "--colour-space", "house log"]).with_code(2);
    assert!(
        refused.stderr.contains("builtin writes no files in the colour space `House Log`"),
        "{}",
        refused.stderr
    );
    let old = render(folder.path(), &["plan", "--json", "--colour-space", "LIN_AP1"]).done();
    let plan = old.object("cyclorama.plan/1");
    fs::write(folder.path().join("config.ocio"), format!("{CONFIG}# another\n")).expect("writes");
    let new = render(folder.path(), &["plan", "--json"]).done().object("cyclorama.plan/1");
    assert_eq!(plan["ocio"]["space"], new["ocio"]["space"]);
    assert_ne!(plan["job"], new["job"], "another configuration is another job");
    fs::write(folder.path().join("config.ocio"), [0xff, 0xfe, 0]).expect("writes");
    let refused = render(folder.path(), &["plan"]).with_code(2);
    assert!(refused.stderr.contains("it is no OCIO configuration"), "{}", refused.stderr);
}
