//! The Batch engine: worker slots as the children of an AWS Batch array job.
//!
//! The container's image has the `cyclorama` command and the job definition gives it a role that may use the ledger. A
//! machine that AWS takes back (spot), or a worker that was killed, is tried again by Batch itself; a worker that ended
//! with a complaint is not, since it would only complain again.

use std::ffi::OsString;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use super::options::{Options, number};
use super::service::{Request, Service, ask};
use super::shell::NotAWord;
use super::{Engine, EngineError, SlotCounts, SlotRequest, Submission};

/// What the service is called, where it is asked and where it signs.
pub const SERVICE: &str = "batch";

/// The most children one array has.
const LARGEST_ARRAY: u32 = 10_000;
const KNOWN: &str =
    "--queue, --definition, --program, --attempts, --vcpus, --memory, --gpus, --share and --priority";

/// A job queue with a job definition.
pub struct Batch {
    service: Arc<dyn Service>,
    queue: String,
    definition: String,
    /// The command in the container; empty when the image's entry point is the command.
    program: String,
    attempts: u32,
    /// `VCPU`, `MEMORY` (MiB) and `GPU`, where they are not the definition's.
    resources: Vec<(&'static str, u32)>,
    share: Option<String>,
    priority: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submitted {
    job_id: String,
}

#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    jobs: Vec<State>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    status: String,
    #[serde(default)]
    status_reason: String,
    #[serde(default)]
    array_properties: Summary,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Summary {
    status_summary: std::collections::BTreeMap<String, u32>,
}

impl Batch {
    /// From the options a person gave.
    ///
    /// # Errors
    /// [`EngineError`] when an option is missing, not known, or does not fit.
    pub fn new(service: Arc<dyn Service>, options: &[OsString]) -> Result<Self, EngineError> {
        let mut options = Options::new(options)?;
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut resources = Vec::new();
        for (option, resource) in [("vcpus", "VCPU"), ("memory", "MEMORY"), ("gpus", "GPU")] {
            let wanted =
                options.take(option, "a whole number from 1 on", |text| number(text, 1..=u32::MAX))?;
            resources.extend(wanted.map(|count| (resource, count)));
        }
        let made = Self {
            service,
            queue: options.require("queue", "NAME", text)?,
            definition: options.require("definition", "NAME", text)?,
            program: options
                .take("program", "a path", |text| Some(text.to_owned()))?
                .unwrap_or_else(|| "cyclorama".to_owned()),
            attempts: options.take("attempts", "1 to 10", |text| number(text, 1..=10))?.unwrap_or(10),
            resources,
            share: options.take("share", "a name", text)?,
            priority: options.take("priority", "0 to 9999", |text| number(text, 0..=9999))?,
        };
        options.end(KNOWN)?;
        Ok(made)
    }

    fn job(&self, request: &SlotRequest, slots: u32) -> Result<Value, EngineError> {
        let mut command = Vec::new();
        if !self.program.is_empty() {
            command.push(self.program.clone());
        }
        for word in request.command.iter().skip(1) {
            command.push(plain(&word.to_string_lossy())?);
        }
        let mut overrides = json!({ "command": command });
        if !self.resources.is_empty() {
            let resource = |(kind, value): &(_, u32)| json!({ "type": kind, "value": value.to_string() });
            overrides["resourceRequirements"] = self.resources.iter().map(resource).collect();
        }
        let mut job = json!({
            "jobName": request.name,
            "jobQueue": self.queue,
            "jobDefinition": self.definition,
            "containerOverrides": overrides,
            "retryStrategy": { "attempts": self.attempts, "evaluateOnExit": rules() },
        });
        // An array of one is none.
        if slots > 1 {
            job["arrayProperties"] = json!({ "size": slots });
        }
        if !request.tags.is_empty() {
            job["tags"] = json!(request.tags);
            // The machines' costs are the children's.
            job["propagateTags"] = true.into();
        }
        if let Some(share) = &self.share {
            job["shareIdentifier"] = share.as_str().into();
        }
        if let Some(priority) = self.priority {
            job["schedulingPriorityOverride"] = priority.into();
        }
        Ok(job)
    }
}

/// When an attempt is followed by another. What no rule names would be tried again, so the last one names everything.
fn rules() -> Value {
    json!([
        { "onStatusReason": "Host EC2*", "action": "RETRY" },
        { "onExitCode": "137", "action": "RETRY" },
        { "onExitCode": "143", "action": "RETRY" },
        // A worker that left its machine on a notice of AWS.
        { "onExitCode": "8", "action": "RETRY" },
        { "onReason": "*", "action": "EXIT" },
    ])
}

/// A word in which Batch finds no parameter to put in.
fn plain(word: &str) -> Result<String, EngineError> {
    if word.starts_with("Ref::") || word.contains('\u{fffd}') || word.chars().any(char::is_control) {
        return Err(EngineError::Word(NotAWord(word.to_owned())));
    }
    Ok(word.to_owned())
}

fn post(operation: &str, body: Value, repeatable: bool) -> Request {
    let path = format!("/v1/{operation}");
    Request { method: "POST", prefix: "", path, token: None, body: Some(body), repeatable }
}

#[async_trait]
impl Engine for Batch {
    fn name(&self) -> &'static str {
        "batch"
    }

    fn keeps_output(&self) -> Option<&'static str> {
        Some("the job's log stream in CloudWatch")
    }

    async fn submit(&self, request: &SlotRequest, slots: u32) -> Result<Submission, EngineError> {
        let slots = slots.clamp(1, LARGEST_ARRAY);
        // The service does not know whether it was asked before: it is not asked twice.
        let request = post("submitjob", self.job(request, slots)?, false);
        let submitted: Submitted = ask(self.service.as_ref(), &request).await?;
        Ok(Submission { id: submitted.job_id, slots })
    }

    async fn state(&self, submission: &Submission) -> Result<SlotCounts, EngineError> {
        let request = post("describejobs", json!({ "jobs": [submission.id] }), true);
        let described: Described = ask(self.service.as_ref(), &request).await?;
        match described.jobs.first() {
            Some(state) => counts(state, submission.slots),
            None => Ok(SlotCounts { ended: submission.slots, ..SlotCounts::default() }),
        }
    }

    async fn cancel(&self, submission: &Submission) -> Result<(), EngineError> {
        // A job that ended well keeps saying so.
        if self.state(submission).await.is_ok_and(|counts| counts.ended == submission.slots) {
            return Ok(());
        }
        let reason = "no longer needed: the ledger is complete, or the render was stopped";
        let body = json!({ "jobId": submission.id, "reason": reason });
        let answered = self.service.call(&post("terminatejob", body, true)).await;
        answered.map(drop).map_err(EngineError::Service)
    }
}

/// Counts children by their state; a job that is no array is its own child.
fn counts(state: &State, slots: u32) -> Result<SlotCounts, EngineError> {
    // Batch says so when no machine of the queue can ever run the job.
    if state.status == "RUNNABLE" && state.status_reason.starts_with("MISCONFIGURATION") {
        return Err(EngineError::NeverRuns { engine: "batch", said: state.status_reason.clone() });
    }
    let alone = [(state.status.clone(), 1)].into();
    let summary = &state.array_properties.status_summary;
    let children = match () {
        () if slots == 1 => &alone,
        // The children of a new array are not there yet.
        () if summary.is_empty() && !matches!(state.status.as_str(), "SUCCEEDED" | "FAILED") => {
            return Ok(SlotCounts { waiting: slots, ..SlotCounts::default() });
        }
        () => summary,
    };
    let mut counts = SlotCounts::default();
    for (status, children) in children {
        match status.as_str() {
            "SUBMITTED" | "PENDING" | "RUNNABLE" => counts.waiting += children,
            "STARTING" | "RUNNING" => counts.running += children,
            _ => {}
        }
    }
    counts.ended = slots.saturating_sub(counts.alive());
    Ok(counts)
}

#[cfg(test)]
mod tests;
