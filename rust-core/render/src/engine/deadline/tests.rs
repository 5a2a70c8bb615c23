//! What is said to the service, and what its answers mean.

use cyclorama_time::FrameNumber;
use serde_json::Value;

use super::super::service::fake::Fake;
use super::*;

const FARM: &str = "--farm=farm-0123456789abcdef0123456789abcdef";
const QUEUE: &str = "--queue=queue-0123456789abcdef0123456789abcdef";

fn request() -> SlotRequest {
    let command = ["/opt/cyclorama", "render", "worker", "--ledger", "s3://show/led ger"].map(Into::into);
    let tags = [("production".to_owned(), "Nemo".to_owned())].into();
    SlotRequest {
        name: "cyclorama-7f3a".to_owned(),
        command: command.to_vec(),
        logs: "unused".into(),
        begin_in: None,
        tags,
    }
}

fn engine(fake: &Arc<Fake>, options: &[&str]) -> Result<Deadline, EngineError> {
    let ranges = [(-4, 7), (8, 19)]
        .map(|(first, last)| FrameRange::new(FrameNumber(first), FrameNumber(last)).expect("in order"));
    let options: Vec<OsString> = [FARM, QUEUE].iter().chain(options).map(OsString::from).collect();
    Deadline::new(fake.clone(), &options, &ranges)
}

fn submission() -> Submission {
    Submission { id: "job-1".to_owned(), slots: 4 }
}

fn template(asked: &Request) -> Value {
    let text = asked.body.as_ref().expect("a body")["template"].as_str().expect("text").to_owned();
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn slots_become_tasks_that_all_run_the_same_worker() {
    let fake = Fake::new(json!({ "jobId": "job-1" }));
    let engine = engine(&fake, &["--priority=80", "--program=/usr/bin/cyc"]).expect("options");
    assert_eq!(engine.submit(&request(), 4).await.expect("submits"), submission());
    let asked = &fake.asked()[0];
    assert_eq!((asked.method, asked.prefix), ("POST", "management."));
    assert!(asked.path.ends_with("/queues/queue-0123456789abcdef0123456789abcdef/jobs"), "{}", asked.path);
    assert!(asked.token.is_some() && asked.repeatable, "a repeated request is done once");
    let body = asked.body.as_ref().expect("a body");
    assert_eq!((&body["priority"], &body["maxFailedTasksCount"]), (&80.into(), &4.into()));
    assert_eq!(body["tags"], json!({ "production": "Nemo" }));
    let step = &template(asked)["steps"][0];
    assert_eq!(step["parameterSpace"]["taskParameterDefinitions"][0]["range"], "1-4");
    let run = &step["script"]["actions"]["onRun"];
    assert_eq!(run["command"], "/usr/bin/cyc");
    assert_eq!(run["args"], json!(["render", "worker", "--ledger", "s3://show/led ger"]));
}

#[tokio::test]
async fn ranges_become_rows_of_frames_and_no_more_run_at_once_than_workers_are_wanted() {
    let fake = Fake::new(json!({ "jobId": "job-1" }));
    let engine = engine(&fake, &["--tasks=ranges"]).expect("options");
    assert_eq!(engine.submit(&request(), 8).await.expect("submits").slots, 2);
    assert_eq!(engine.live_slots(8), 1, "the farm has the job as long as a row is left");
    let asked = &fake.asked()[0];
    assert_eq!(asked.body.as_ref().expect("a body")["maxWorkerCount"], 8);
    let step = &template(asked)["steps"][0];
    assert_eq!(step["parameterSpace"]["taskParameterDefinitions"][0]["range"], json!(["-4-7", "8-19"]));
    let arguments = step["script"]["actions"]["onRun"]["args"].as_array().expect("a list").clone();
    assert_eq!(arguments.last(), Some(&json!("--frames={{Task.Param.Frames}}")));
}

#[tokio::test]
async fn what_a_machine_must_have_is_said_in_the_words_of_open_job_description() {
    let fake = Fake::new(json!({ "jobId": "job-1" }));
    let wanted = ["--require=amount.worker.gpu=1", "--require=attr.worker.os.family=linux,macos"];
    engine(&fake, &wanted).expect("options").submit(&request(), 1).await.expect("submits");
    let step = template(&fake.asked()[0])["steps"][0].clone();
    assert_eq!(step["hostRequirements"]["amounts"][0], json!({ "name": "amount.worker.gpu", "min": 1.0 }));
    assert_eq!(step["hostRequirements"]["attributes"][0]["anyOf"], json!(["linux", "macos"]));
    for bad in ["gpu=1", "amount.=1", "amount.x=many", "attr.x=", "attr.x=a b", "amount.x"] {
        assert!(engine(&fake, &[&format!("--require={bad}")]).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn each_task_counts_once_whatever_its_state() {
    let states =
        json!({ "PENDING": 1, "READY": 1, "RUNNING": 1, "SUSPENDED": 0, "SUCCEEDED": 1, "FAILED": 0 });
    let fake = Fake::new(json!({ "lifecycleStatus": "CREATE_COMPLETE", "taskRunStatusCounts": states }));
    let counted = engine(&fake, &[]).expect("options").state(&submission()).await.expect("answers");
    assert_eq!(counted, SlotCounts { waiting: 2, running: 1, postponed: 0, ended: 1 });
    let fake = Fake::new(json!({ "lifecycleStatus": "CREATE_IN_PROGRESS" }));
    let counted = engine(&fake, &[]).expect("options").state(&submission()).await.expect("answers");
    assert_eq!(counted.waiting, 4, "it is not asked for again while the farm reads the template");
}

#[tokio::test]
async fn a_job_that_no_fleet_can_run_is_told_at_once() {
    let incompatible = json!({ "NOT_COMPATIBLE": 4 });
    for state in [
        json!({ "lifecycleStatus": "CREATE_FAILED", "lifecycleStatusMessage": "the template has no fleet" }),
        json!({ "lifecycleStatus": "CREATE_COMPLETE", "taskRunStatusCounts": incompatible }),
    ] {
        let fake = Fake::new(state);
        let error = engine(&fake, &[]).expect("options").state(&submission()).await.expect_err("never");
        assert!(error.to_string().contains("fleet") && !error.may_pass(), "{error}");
    }
}

#[tokio::test]
async fn a_forgotten_job_has_ended_and_cancelling_it_is_fine() {
    let fake = Fake::refusing(Kind::NotFound);
    let engine = engine(&fake, &[]).expect("options");
    assert_eq!(engine.state(&submission()).await.expect("an answer").ended, 4);
    engine.cancel(&submission()).await.expect("nothing to cancel");
    assert!(fake.asked().iter().all(|asked| asked.method == "GET"));
}

#[tokio::test]
async fn only_what_still_lives_is_cancelled() {
    let ended =
        Fake::new(json!({ "lifecycleStatus": "CREATE_COMPLETE", "taskRunStatusCounts": { "SUCCEEDED": 4 } }));
    engine(&ended, &[]).expect("options").cancel(&submission()).await.expect("nothing to do");
    assert_eq!(ended.asked().len(), 1, "a job that ended well keeps saying so");
    let alive =
        Fake::new(json!({ "lifecycleStatus": "CREATE_COMPLETE", "taskRunStatusCounts": { "RUNNING": 4 } }));
    engine(&alive, &[]).expect("options").cancel(&submission()).await.expect("cancels");
    let asked = alive.asked();
    assert_eq!(asked[1].body, Some(json!({ "targetTaskRunStatus": "CANCELED" })));
}

#[tokio::test]
async fn a_bundle_is_written_for_the_official_tools_and_nothing_is_asked() {
    let (fake, folder) = (Fake::refusing(Kind::Refused), tempfile::tempdir().expect("a folder"));
    let option = OsString::from(format!("--bundle={}", folder.path().join("b").display()));
    let engine = Deadline::new(fake.clone(), &[option], &[]).expect("neither farm nor queue is needed");
    let tagged = engine.submit(&request(), 3).await.expect_err("nobody would hear of the tags");
    assert!(matches!(tagged, EngineError::OptionsTogether { one: "bundle", other: "tag" }), "{tagged}");
    let plain = SlotRequest { tags: BTreeMap::new(), ..request() };
    let submission = engine.submit(&plain, 3).await.expect("writes");
    assert_eq!(engine.state(&submission).await.expect("waits").waiting, 3);
    let text = std::fs::read_to_string(folder.path().join("b/template.json")).expect("it is there");
    assert!(text.contains("jobtemplate-2023-09"), "{text}");
    assert!(folder.path().join("b/parameter_values.json").exists() && fake.asked().is_empty());
}

#[test]
fn a_bundle_with_what_its_submitter_says_is_refused_by_name() {
    let fake = Fake::new(json!({}));
    let given = |more: &[&str]| {
        let options: Vec<OsString> = ["--bundle=/tmp/b"].iter().chain(more).map(OsString::from).collect();
        Deadline::new(fake.clone(), &options, &[]).map(drop)
    };
    given(&[]).expect("a bundle alone");
    for (more, other) in [(&[FARM][..], "farm"), (&[QUEUE][..], "queue"), (&ATTACHED[..], "attachments")] {
        let error = given(more).expect_err("not together");
        assert!(error.to_string().contains(other), "{error}");
        assert!(cyclorama_outcome::Classify::hint(&error).is_some_and(|hint| hint.contains(other)));
    }
}

const ATTACHED: [&str; 3] = [
    "--attachments=farm-1/queue-2/Inputs/0123/4567_input",
    "--attachments-hash=0123456789abcdef0123456789abcdef",
    "--attachments-root=/mnt/project",
];

#[tokio::test]
async fn attached_files_are_said_to_the_service_and_workers_are_told_where_they_are() {
    let fake = Fake::new(json!({ "jobId": "job-1" }));
    engine(&fake, &ATTACHED).expect("options").submit(&request(), 1).await.expect("submits");
    let asked = &fake.asked()[0];
    let body = asked.body.as_ref().expect("a body");
    let manifest = &body["attachments"]["manifests"][0];
    assert_eq!(
        (&manifest["rootPathFormat"], &manifest["rootPath"]),
        (&"posix".into(), &"/mnt/project".into())
    );
    assert_eq!(body["attachments"]["fileSystem"], "COPIED");
    assert_eq!(body["parameters"], json!({ "Project": { "path": "/mnt/project" } }));
    let template = template(asked);
    assert_eq!(template["parameterDefinitions"][0]["name"], "Project");
    let arguments = &template["steps"][0]["script"]["actions"]["onRun"]["args"];
    assert_eq!(
        arguments.as_array().and_then(|list| list.last()),
        Some(&json!("--project={{Param.Project}}"))
    );
    let windows = ["--attachments-root=D:\\show", "--attachments-files=virtual"];
    let fake = Fake::new(json!({ "jobId": "job-1" }));
    let options: Vec<&str> = ATTACHED[..2].iter().copied().chain(windows).collect();
    engine(&fake, &options).expect("options").submit(&request(), 1).await.expect("submits");
    let body = fake.asked()[0].body.clone().expect("a body");
    assert_eq!(body["attachments"]["manifests"][0]["rootPathFormat"], "windows");
    assert_eq!(body["attachments"]["fileSystem"], "VIRTUAL");
}

#[test]
fn attachments_that_lack_a_part_or_point_elsewhere_are_refused() {
    let fake = Fake::new(json!({}));
    for missing in ATTACHED {
        let options: Vec<&str> = ATTACHED.into_iter().filter(|option| *option != missing).collect();
        assert!(engine(&fake, &options).is_err(), "without {missing}");
    }
    for bad in
        ["--attachments=../../x", "--attachments=/x/y", "--attachments-hash=12", "--attachments-root=x"]
    {
        let options: Vec<&str> = ATTACHED.iter().copied().chain([bad]).collect();
        assert!(engine(&fake, &options).is_err(), "{bad}");
    }
}

#[test]
fn words_that_the_templates_reader_would_change_are_refused() {
    let fake = Fake::new(json!({}));
    let mut request = request();
    request.command.push("{{Job.Name}}".into());
    let error = engine(&fake, &[]).expect("options").template(&request, 1).expect_err("refused");
    assert!(matches!(error, EngineError::Word(_)), "{error}");
}

#[test]
fn ids_and_names_that_cannot_be_right_are_refused_before_anything_is_asked() {
    let fake = Fake::new(json!({}));
    for bad in ["--farm=farm-1", "--queue=queue-XYZ", "--priority=101", "--tasks=frames", "--colour=red"] {
        assert!(engine(&fake, &[bad]).is_err(), "{bad}");
    }
    assert!(matches!(Deadline::new(fake, &[], &[]), Err(EngineError::OptionMissing { name: "farm", .. })));
}
