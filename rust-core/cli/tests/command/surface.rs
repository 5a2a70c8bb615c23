//! What is promised to scripts and to people in a hurry: errors as objects, takes by their place, no store by a slip of the pen.

use std::{fs, path::Path, process::Output};

use super::{RECORDING, code, cyclorama, folder, refused, text};

#[track_caller]
fn done(here: &Path, arguments: &[&str]) -> String {
    let output = cyclorama(here, arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// `shot.take`, of 600 frames.
fn recorded(here: &Path) {
    done(here, &["take", "import", "--protocol", "f4", RECORDING, "shot.take"]);
}

/// The one object that stderr holds.
#[track_caller]
fn error(output: &Output) -> serde_json::Value {
    let said = text(&output.stderr);
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!((lines.len(), output.stdout.len()), (1, 0), "{said}");
    assert!(!said.contains("error: ") && !said.contains("hint: "), "nothing is said twice: {said}");
    serde_json::from_str(lines[0]).unwrap()
}

#[test]
fn with_json_an_error_is_one_object_with_its_kind_code_and_what_to_do() {
    let folder = folder();
    let output = cyclorama(folder.path(), &["take", "show", "nothing.take", "--json"]);
    let told = error(&output);
    assert_eq!(told["schema"], "cyclorama.error/1");
    assert_eq!((&told["kind"], &told["exit_code"]), (&"not-found".into(), &code(&output).into()));
    assert!(told["message"].as_str().unwrap().contains("nothing.take"), "{told}");
    assert!(told["hint"].as_str().unwrap().contains("take list"), "{told}");
    // Who does not ask for it reads a sentence.
    refused(&cyclorama(folder.path(), &["take", "show", "nothing.take"]), 3);
}

#[test]
fn with_json_a_wrong_command_line_is_an_object_too() {
    let folder = folder();
    for (arguments, word) in [
        (&["--json", "version", "--loud"][..], "--loud"),
        (&["track", "decode", "--json", "--protocol", "semaphore", "x"], "semaphore"),
        (&["take", "--json"], "subcommand"),
        (&["--json", "take"], "too early"),
        (&["--json", "fly"], "fly"),
    ] {
        let output = cyclorama(folder.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        let told = error(&output);
        assert_eq!((&told["kind"], &told["exit_code"]), (&"user".into(), &2.into()), "{told}");
        assert!(told["message"].as_str().unwrap().contains(word), "{told}");
    }
    let help = cyclorama(folder.path(), &["take", "--json", "--help"]);
    assert_eq!((code(&help), help.stderr.len()), (0, 0));
}

#[test]
fn the_table_that_a_take_is_exported_to_is_judged_like_the_take() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    done(here, &["take", "export", "--format", "csv", "--out", "path.csv", "shot.take"]);
    let judged = |motion: &str| {
        let said =
            done(here, &["track", "evaluate", motion, "--horizons", "80", "--predictor", "hold", "--json"]);
        let line: serde_json::Value = serde_json::from_str(&said).unwrap();
        line["position_mean_mm"].as_f64().unwrap()
    };
    let (take, table) = (judged("shot.take"), judged("path.csv"));
    assert!((take - table).abs() < 0.1 * take, "{take} mm of the take, {table} mm of its table");
    fs::write(here.join("other.csv"), "t,x,y,z,pan,tilt,roll\n0,0,0,0,0,0,0\n").unwrap();
    let said = refused(&cyclorama(here, &["track", "evaluate", "other.csv", "--horizons", "80"]), 2);
    assert!(said.contains("`qw` is missing") && said.contains("take export --format csv"), "{said}");
}

#[test]
fn a_take_in_a_store_is_shown_checked_and_rendered_where_it_lies() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    done(here, &["assets", "init", "store"]);
    done(here, &["take", "note", "shot.take", "boom in shot"]);
    done(here, &["take", "publish", "shot.take", "store"]);
    fs::rename(here.join("shot.take"), here.join("away")).unwrap();
    fs::remove_file(here.join("shot.notes.jsonl")).unwrap();
    let shown = done(here, &["take", "show", "store@shot", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["name"], &shown["noted"][0]["text"]), (&"shot".into(), &"boom in shot".into()));
    let digest = shown["digest"].as_str().unwrap();
    let url = format!("file://{}", here.join("store").display());
    for address in
        [format!("store@{}", &digest[..8]), format!("{url}@shot"), format!("{url}/takes/{digest}.take")]
    {
        assert!(done(here, &["take", "verify", &address]).contains("intact, 600 datagrams"), "{address}");
    }
    let small = ["--frames", "5-5", "--size", "16x16", "--workers", "1"];
    done(here, &[&["render", "submit", "store@shot"][..], &small].concat());
    assert!(here.join("shot.ledger").is_dir(), "the ledger has the take's name");
    let said = refused(&cyclorama(here, &["take", "show", "store@shto"]), 3);
    assert!(said.contains("no take `shto`") && said.contains("hint: `cyclorama take list"), "{said}");
    let said = refused(&cyclorama(here, &["take", "show", "store"]), 2);
    assert!(said.contains("store@NAME"), "{said}");
}

#[test]
fn what_a_store_gives_for_a_take_must_be_that_take() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    done(here, &["take", "import", "--protocol", "f4", "--slate", "B", RECORDING, "other.take"]);
    done(here, &["take", "publish", "--new-store", "shot.take", "store"]);
    let mut takes = fs::read_dir(here.join("store/takes")).unwrap().map(|entry| entry.unwrap().path());
    let kept = takes.find(|path| path.extension().is_some_and(|end| end == "take")).unwrap();
    fs::copy(here.join("other.take"), &kept).unwrap();
    for verb in [&["take", "verify"][..], &["take", "show"], &["render", "plan"]] {
        let said = refused(&cyclorama(here, &[verb, &["store@shot"]].concat()), 5);
        assert!(said.contains("something else"), "{said}");
    }
}

#[test]
fn a_name_with_a_slip_does_not_become_a_store_of_takes() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    let said = refused(&cyclorama(here, &["take", "publish", "shot.take", "stroe"]), 3);
    assert!(said.contains("no store at stroe") && said.contains("assets init stroe"), "{said}");
    assert!(!here.join("stroe").exists());
    // One that the settings name is begun with its first take, and a new one where that is said.
    fs::write(here.join("cyclorama.toml"), "[takes]\nstore = \"house\"\n").unwrap();
    done(here, &["take", "publish", "shot.take"]);
    done(here, &["take", "publish", "shot.take", "--new-store", "another"]);
    done(here, &["take", "publish", "shot.take", "another"]);
    assert!(here.join("house/takes").is_dir() && here.join("another/takes").is_dir());
}

#[test]
fn a_take_that_is_cut_off_is_not_called_whole_and_what_is_whole_of_it_can_be_saved() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    let bytes = fs::read(here.join("shot.take")).unwrap();
    fs::write(here.join("cut.take"), &bytes[..bytes.len() / 2]).unwrap();
    let cut = cyclorama(here, &["take", "verify", "cut.take"]);
    assert_eq!(code(&cut), 5);
    assert!(text(&cut.stdout).contains("cut.take: CUT OFF, not closed"), "{}", text(&cut.stdout));
    assert!(text(&cut.stderr).contains("take recover cut.take"), "{}", text(&cut.stderr));
    let planned = cyclorama(here, &["render", "plan", "cut.take"]);
    assert!(text(&planned.stderr).contains("cut.take was never closed"), "{}", text(&planned.stderr));
    cyclorama(here, &["take", "recover", "cut.take", "saved.take"]);
    done(here, &["take", "verify", "saved.take"]);
}

#[test]
fn a_lens_for_a_subject_that_is_not_in_the_take_is_not_passed_over() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    let camera = r#"{"fx": 1500, "fy": 1500, "cx": 1030, "cy": 570, "k": [0, 0, 0, 0, 0, 0], "p": [0, 0], "image": [2048, 1152]}"#;
    fs::write(here.join("camera.json"), camera).unwrap();
    let import =
        ["lens", "import", "--format", "opencv", "--sensor", "36x20.25", "camera.json", "a.lens.json"];
    done(here, &import);
    let with = |lens: &str| cyclorama(here, &["take", "show", "shot.take", "--lens", lens]);
    assert_eq!(code(&with("f4:0=a.lens.json")), 0);
    let said = refused(&with("f4:O=a.lens.json"), 3);
    assert!(said.contains("`f4:O`") && said.contains("it has: f4:0"), "{said}");
}

#[test]
fn a_store_within_a_store_or_in_place_of_a_project_is_refused() {
    let folder = folder();
    let here = folder.path();
    done(here, &["assets", "init", "store"]);
    let said = refused(&cyclorama(here, &["assets", "init", "store/deeper/one"]), 2);
    assert!(said.contains("within the store"), "{said}");
    assert!(!here.join("store/deeper").exists());
    refused(&cyclorama(here, &["assets", "init", "store"]), 2);
    fs::create_dir_all(here.join("wall/Content")).unwrap();
    fs::write(here.join("wall/Wall.uproject"), "{}").unwrap();
    let said = refused(&cyclorama(&here.join("wall"), &["assets", "init", "."]), 2);
    assert!(said.contains("is a project itself"), "{said}");
    let within = cyclorama(&here.join("wall"), &["assets", "init", "store"]);
    assert_eq!(code(&within), 0);
    assert!(text(&within.stderr).contains(".cycignore"), "{}", text(&within.stderr));
    let beside = cyclorama(&here.join("wall"), &["assets", "init", "../beside"]);
    assert!(code(&beside) == 0 && !text(&beside.stderr).contains("warning"), "{}", text(&beside.stderr));
}

#[test]
fn a_place_of_no_store_there_is_names_s3_among_those_there_are() {
    let folder = folder();
    for arguments in [
        &["render", "status", "--ledger", "gs://bucket/x"][..],
        &["assets", "log", "S3://bucket/x"],
        &["take", "list", "https://s3.example/bucket"],
    ] {
        let said = refused(&cyclorama(folder.path(), arguments), 2);
        assert!(said.contains("s3://bucket/prefix"), "{arguments:?}: {said}");
    }
}

#[test]
fn what_is_for_farms_is_not_swallowed_where_workers_run_here() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    for flags in
        [&["--again"][..], &["--engine-option=--partition=gpu"], &["--logs", "logs"], &["--spot-notices"]]
    {
        let said = refused(&cyclorama(here, &[&["render", "submit", "shot.take"], flags].concat()), 2);
        assert!(said.contains("is for a farm") && said.contains("--engine"), "{said}");
    }
    assert!(!here.join("shot.ledger").exists());
}

/// Slurm's three commands in a few lines of shell: slots that wait until `queue` is gone, and a log of who was asked for how many.
#[cfg(unix)]
fn farm(here: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir(here.join("bin")).unwrap();
    for (name, line) in [
        ("sbatch", "cat >/dev/null; echo asked >>\"$here/asked\"; : >\"$here/queue\"; echo 7"),
        ("squeue", "[ ! -e \"$here/queue\" ] || echo 'PENDING|Priority'"),
        ("scancel", "echo ended >>\"$here/ended\""),
    ] {
        let path = here.join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\nhere=\"{}\"\n{line}\n", here.display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_job_that_waits_on_a_farm_is_not_sent_to_it_twice_unless_that_is_said() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    farm(here);
    let submit = |more: &[&str]| {
        let words = ["render", "submit", "shot.take", "--frames", "0-9", "--size", "16x16", "--detach"];
        std::process::Command::new(env!("CARGO_BIN_EXE_cyclorama"))
            .args(words)
            .args(["--engine", "slurm", "--workers", "3", "--ledger", "ledger"])
            .args(more)
            .current_dir(here)
            .env_clear()
            .env("HOME", here)
            .env("PATH", format!("{}:/usr/bin:/bin", here.join("bin").display()))
            .output()
            .unwrap()
    };
    let asked = || fs::read_to_string(here.join("asked")).unwrap_or_default().lines().count();
    let first = submit(&[]);
    assert_eq!((code(&first), asked()), (0, 1), "{}", text(&first.stderr));
    let second = submit(&[]);
    assert_eq!((code(&second), asked()), (0, 1), "{}", text(&second.stderr));
    let said = text(&second.stderr);
    assert!(said.contains("job 7 of slurm has 1 slot for it") && said.contains("--again"), "{said}");
    assert_eq!((code(&submit(&["--again"])), asked()), (0, 2));
    // Once its slots are gone the same command asks for others.
    fs::remove_file(here.join("queue")).unwrap();
    let third = submit(&[]);
    assert_eq!((code(&third), asked()), (0, 3), "{}", text(&third.stderr));
    assert!(!here.join("ended").exists(), "nobody's slots were ended");
}

#[test]
fn who_names_no_ledger_hears_which_lie_here() {
    let folder = folder();
    let here = folder.path();
    let said = refused(&cyclorama(here, &["render", "status"]), 2);
    assert!(said.contains("that `render submit` printed"), "{said}");
    recorded(here);
    let submit = ["render", "submit", "shot.take", "--frames", "5-5", "--size", "16x16", "--workers", "1"];
    done(here, &submit);
    let said = refused(&cyclorama(here, &["render", "status"]), 2);
    assert!(said.contains("hint: give --ledger; here lie ./shot.ledger"), "{said}");
}

#[test]
fn a_take_that_was_never_closed_is_not_passed_over_when_its_folder_is_published() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    let bytes = fs::read(here.join("shot.take")).unwrap();
    fs::write(here.join("open.take"), &bytes[..bytes.len() / 2]).unwrap();
    let published = cyclorama(here, &["take", "publish", ".", "house", "--new-store"]);
    assert_eq!(code(&published), 0, "{}", text(&published.stderr));
    let said = text(&published.stderr);
    assert!(said.contains("open.take stays here") && said.contains("take recover"), "{said}");
    assert!(text(&published.stdout).contains("shot handed over"), "{}", text(&published.stdout));
}

#[test]
fn a_note_says_as_an_object_what_was_noted_of_which_take() {
    let folder = folder();
    let here = folder.path();
    recorded(here);
    let said = done(here, &["take", "note", "shot.take", "good", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&told["schema"], &told["take"]), (&"cyclorama.noted/1".into(), &"shot".into()));
    assert_eq!(told["text"], "good");
}
