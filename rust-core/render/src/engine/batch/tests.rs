//! What is said to the service, and what its answers mean.

use cyclorama_outcome::Kind;

use super::super::service::fake::Fake;
use super::*;

fn request() -> SlotRequest {
    let command = ["/here/cyclorama", "render", "worker", "--ledger", "s3://show/ledger"].map(Into::into);
    let tags = [("production".to_owned(), "Nemo".to_owned())].into();
    SlotRequest {
        name: "cyclorama-7f3a".to_owned(),
        command: command.to_vec(),
        logs: "unused".into(),
        begin_in: None,
        tags,
    }
}

fn engine(fake: &Arc<Fake>, options: &[&str]) -> Result<Batch, EngineError> {
    let usual = ["--queue=spot", "--definition=cyclorama:3"];
    let options: Vec<OsString> = usual.iter().chain(options).map(OsString::from).collect();
    Batch::new(fake.clone(), &options)
}

fn submission(slots: u32) -> Submission {
    Submission { id: "b-1".to_owned(), slots }
}

async fn state(answer: Value, slots: u32) -> Result<SlotCounts, EngineError> {
    engine(&Fake::new(answer), &[]).expect("options").state(&submission(slots)).await
}

#[tokio::test]
async fn slots_are_the_children_of_one_array_and_one_slot_is_a_plain_job() {
    let fake = Fake::new(json!({ "jobId": "b-1", "jobName": "x" }));
    let engine = engine(&fake, &["--vcpus=4", "--gpus=1"]).expect("options");
    assert_eq!(engine.submit(&request(), 40).await.expect("submits"), submission(40));
    engine.submit(&request(), 1).await.expect("submits");
    let asked = fake.asked();
    assert_eq!((asked[0].path.as_str(), asked[0].repeatable), ("/v1/submitjob", false));
    let bodies: Vec<Value> = asked.into_iter().filter_map(|asked| asked.body).collect();
    assert_eq!(bodies[0]["arrayProperties"], json!({ "size": 40 }));
    assert_eq!(
        (&bodies[0]["tags"], &bodies[0]["propagateTags"]),
        (&json!({ "production": "Nemo" }), &true.into())
    );
    assert!(bodies[1].get("arrayProperties").is_none(), "an array of one is refused");
    let overrides = &bodies[0]["containerOverrides"];
    assert_eq!(
        overrides["command"],
        json!(["cyclorama", "render", "worker", "--ledger", "s3://show/ledger"])
    );
    assert_eq!(overrides["resourceRequirements"][1], json!({ "type": "GPU", "value": "1" }));
}

#[test]
fn an_image_whose_entry_point_is_the_command_gets_only_arguments() {
    let engine = engine(&Fake::new(json!({})), &["--program="]).expect("options");
    let job = engine.job(&request(), 2).expect("plain words");
    assert_eq!(job["containerOverrides"]["command"][0], "render");
}

#[test]
fn machines_that_are_taken_back_are_replaced_and_complaints_are_not_repeated() {
    let rules = rules();
    let rules = rules.as_array().expect("a list");
    assert!(rules.len() <= 5, "the service takes no more");
    assert_eq!(rules[0], json!({ "onStatusReason": "Host EC2*", "action": "RETRY" }));
    assert_eq!(rules.last().map(|rule| &rule["action"]), Some(&json!("EXIT")), "no match would be a retry");
}

#[tokio::test]
async fn each_child_counts_once_whatever_its_state() {
    let summary = json!({ "RUNNABLE": 2, "STARTING": 1, "RUNNING": 3, "SUCCEEDED": 1, "FAILED": 1 });
    let array = json!({ "size": 8, "statusSummary": summary });
    let job = json!({ "jobs": [{ "status": "PENDING", "arrayProperties": array }] });
    let counted = state(job, 8).await.expect("answers");
    assert_eq!(counted, SlotCounts { waiting: 2, running: 4, postponed: 0, ended: 2 });
}

#[tokio::test]
async fn a_new_array_waits_a_plain_job_counts_itself_and_a_forgotten_one_has_ended() {
    let fresh = json!({ "jobs": [{ "status": "SUBMITTED" }] });
    assert_eq!(state(fresh, 4).await.expect("answers").waiting, 4);
    let plain = json!({ "jobs": [{ "status": "RUNNING" }] });
    assert_eq!(state(plain, 1).await.expect("answers").running, 1);
    assert_eq!(state(json!({ "jobs": [] }), 4).await.expect("answers").ended, 4);
}

#[tokio::test]
async fn a_queue_that_can_never_run_the_job_is_told_in_its_own_words() {
    let reason = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - no instance has so many GPUs";
    let job = json!({ "jobs": [{ "status": "RUNNABLE", "statusReason": reason }] });
    let error = state(job, 1).await.expect_err("never");
    assert!(error.to_string().contains("so many GPUs") && !error.may_pass(), "{error}");
}

#[tokio::test]
async fn only_what_still_lives_is_ended() {
    let done = Fake::new(json!({ "jobs": [{ "status": "SUCCEEDED" }] }));
    engine(&done, &[]).expect("options").cancel(&submission(1)).await.expect("nothing to do");
    assert_eq!(done.asked().len(), 1);
    let alive = Fake::new(json!({ "jobs": [{ "status": "RUNNING" }] }));
    engine(&alive, &[]).expect("options").cancel(&submission(1)).await.expect("ends");
    let asked = alive.asked();
    assert_eq!(asked[1].path, "/v1/terminatejob");
    assert!(asked[1].body.as_ref().is_some_and(|body| body["reason"].is_string()));
    let refusing = Fake::refusing(Kind::Refused);
    assert!(engine(&refusing, &[]).expect("options").cancel(&submission(1)).await.is_err());
}

#[test]
fn what_cannot_be_right_is_refused_before_anything_is_asked() {
    let fake = Fake::new(json!({}));
    for bad in ["--attempts=11", "--vcpus=0", "--gpus=many", "--queue=", "--colour=red"] {
        assert!(engine(&fake, &[bad]).is_err(), "{bad}");
    }
    let missing = Batch::new(fake.clone(), &["--queue=spot".into()]);
    assert!(matches!(missing, Err(EngineError::OptionMissing { name: "definition", .. })));
    let mut request = request();
    request.command.push("Ref::codec".into());
    assert!(matches!(engine(&fake, &[]).expect("options").job(&request, 1), Err(EngineError::Word(_))));
}
