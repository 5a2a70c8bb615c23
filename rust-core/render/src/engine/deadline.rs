//! The Deadline engine: worker slots, or the plan's ranges, as tasks of an AWS Deadline Cloud job.
//!
//! Talks to the service's public API and gives it a plain Open Job Description template, so that any fleet with the
//! official worker agent runs it. Deadline tries tasks again by itself, and a job that it calls done is done when the
//! ledger says so. With `--bundle` nothing is submitted: the job is written down for the official tools.

mod attachments;
mod bundle;
mod template;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use cyclorama_outcome::Kind;
use serde::Deserialize;
use serde_json::json;

use super::options::{Options, number};
use super::service::{Request, Service, ask};
use super::{Engine, EngineError, SlotCounts, SlotRequest, Submission};
use crate::plan::FrameRange;

use self::attachments::Attachments;
use self::template::{Requirement, Shape, Template};

/// What the service is called, where it is asked and where it signs.
pub const SERVICE: &str = "deadline";

const KNOWN: &str = "--farm, --queue, --tasks, --program, --priority, --retries, --storage-profile, --require, \
    --attachments (with -hash, -root and -files) and --bundle";
const PREFIX: &str = "management.";

/// A queue of a farm, or a folder.
pub struct Deadline {
    target: Target,
    tasks: Tasks,
    program: Option<String>,
    priority: u32,
    retries: u32,
    storage_profile: Option<String>,
    requirements: Vec<Requirement>,
    attachments: Option<Attachments>,
}

enum Target {
    Queue { service: Arc<dyn Service>, farm: String, queue: String },
    Bundle(PathBuf),
}

/// What a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tasks {
    /// A place where a worker takes what the ledger has.
    Slots,
    /// One range of the plan.
    Ranges(Vec<FrameRange>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    job_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    lifecycle_status: String,
    #[serde(default)]
    lifecycle_status_message: String,
    #[serde(default)]
    task_run_status_counts: BTreeMap<String, u32>,
}

impl Deadline {
    /// From the options a person gave. `ranges` are the plan's, for one task each where that is wanted.
    ///
    /// # Errors
    /// [`EngineError`] when an option is missing, not known, or does not fit.
    pub fn new(
        service: Arc<dyn Service>,
        options: &[OsString],
        ranges: &[FrameRange],
    ) -> Result<Self, EngineError> {
        let mut options = Options::new(options)?;
        let bundle = options.take("bundle", "a folder", |text| (!text.is_empty()).then(|| text.into()))?;
        let attachments = Attachments::of(&mut options)?;
        let target = match bundle {
            Some(folder) => {
                // Whoever submits a bundle says where to, and what goes along.
                for other in ["farm", "queue", "storage-profile"] {
                    if !options.all(other).is_empty() {
                        return Err(EngineError::OptionsTogether { one: "bundle", other });
                    }
                }
                if attachments.is_some() {
                    return Err(EngineError::OptionsTogether { one: "bundle", other: "attachments" });
                }
                Target::Bundle(folder)
            }
            None => Target::Queue {
                service,
                farm: options.require("farm", "farm-ID", |text| id(text, "farm-"))?,
                queue: options.require("queue", "queue-ID", |text| id(text, "queue-"))?,
            },
        };
        let tasks = options.take("tasks", "slots or ranges", |text| match text {
            "slots" => Some(Tasks::Slots),
            "ranges" => Some(Tasks::Ranges(ranges.to_vec())),
            _ => None,
        })?;
        let requirements = options.all("require").iter().map(|text| Requirement::parse(text)).collect();
        let made = Self {
            target,
            tasks: tasks.unwrap_or(Tasks::Slots),
            program: options.take("program", "a path", |text| (!text.is_empty()).then(|| text.to_owned()))?,
            priority: options.take("priority", "0 to 100", |text| number(text, 0..=100))?.unwrap_or(50),
            retries: options.take("retries", "0 to 1000", |text| number(text, 0..=1000))?.unwrap_or(5),
            storage_profile: options.take("storage-profile", "sp-ID", |text| id(text, "sp-"))?,
            requirements: Result::<_, _>::from_iter::<Vec<_>>(requirements)?,
            attachments,
        };
        options.end(KNOWN)?;
        if let Tasks::Ranges(ranges) = &made.tasks
            && ranges.len() > template::MOST_TASKS
        {
            return Err(EngineError::TooManyRanges { ranges: ranges.len(), most: template::MOST_TASKS });
        }
        Ok(made)
    }

    fn template(&self, request: &SlotRequest, slots: u32) -> Result<Template, EngineError> {
        let shape = Shape {
            program: self.program.as_deref(),
            requirements: &self.requirements,
            project: self.attachments.is_some(),
        };
        match &self.tasks {
            Tasks::Slots => Template::slots(request, &shape, slots),
            Tasks::Ranges(ranges) => Template::ranges(request, &shape, ranges),
        }
    }

    /// How many tasks must have failed for good before the farm gives the job up: more than there are, since the
    /// ledger knows better.
    fn most_failed(&self, slots: u32) -> u32 {
        match &self.tasks {
            Tasks::Slots => slots,
            Tasks::Ranges(ranges) => u32::try_from(ranges.len()).unwrap_or(u32::MAX),
        }
    }

    async fn create(
        &self,
        (service, home): (&dyn Service, String),
        template: &Template,
        tags: &BTreeMap<String, String>,
        slots: u32,
    ) -> Result<Submission, EngineError> {
        let mut body = json!({
            "template": template.text(),
            "templateType": "JSON",
            "priority": self.priority,
            "maxFailedTasksCount": self.most_failed(slots),
            "maxRetriesPerTask": self.retries,
        });
        if matches!(self.tasks, Tasks::Ranges(_)) {
            body["maxWorkerCount"] = slots.into();
        }
        if !tags.is_empty() {
            body["tags"] = json!(tags);
        }
        if let Some(profile) = &self.storage_profile {
            body["storageProfileId"] = profile.as_str().into();
        }
        if let Some(attachments) = &self.attachments {
            body["attachments"] = attachments.of_job();
            body["parameters"] = attachments.parameters();
        }
        let token = Some(format!("{:032x}", rand::random::<u128>()));
        let path = format!("{home}/jobs");
        let request =
            Request { method: "POST", prefix: PREFIX, path, token, body: Some(body), repeatable: true };
        let created: Created = ask(service, &request).await?;
        let tasks = u32::try_from(template.tasks()).unwrap_or(u32::MAX);
        Ok(Submission { id: created.job_id, slots: tasks })
    }
}

/// `farm-` and so on with 32 hex digits.
fn id(text: &str, prefix: &str) -> Option<String> {
    let digits = text.strip_prefix(prefix)?;
    let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    (digits.len() == 32 && digits.bytes().all(hex)).then(|| text.to_owned())
}

fn home(farm: &str, queue: &str) -> String {
    format!("/2023-10-12/farms/{farm}/queues/{queue}")
}

fn of_job(home: &str, job: &str, method: &'static str, body: Option<serde_json::Value>) -> Request {
    let path = format!("{home}/jobs/{job}");
    Request { method, prefix: PREFIX, path, token: None, body, repeatable: true }
}

#[async_trait]
impl Engine for Deadline {
    fn name(&self) -> &'static str {
        "deadline"
    }

    fn keeps_output(&self) -> Option<&'static str> {
        Some("the Deadline Cloud monitor")
    }

    fn live_slots(&self, workers: u32) -> u32 {
        match self.tasks {
            Tasks::Slots => workers,
            // As long as one task is left, the farm has not forgotten the job.
            Tasks::Ranges(_) => 1,
        }
    }

    fn keeps_slots(&self) -> bool {
        !matches!(self.target, Target::Bundle(_))
    }

    async fn submit(&self, request: &SlotRequest, slots: u32) -> Result<Submission, EngineError> {
        let slots = slots.max(1);
        let template = self.template(request, slots)?;
        match &self.target {
            Target::Queue { service, farm, queue } => {
                self.create((service.as_ref(), home(farm, queue)), &template, &request.tags, slots).await
            }
            Target::Bundle(_) if !request.tags.is_empty() => {
                Err(EngineError::OptionsTogether { one: "bundle", other: "tag" })
            }
            Target::Bundle(folder) => {
                let settings = bundle::Settings {
                    priority: self.priority,
                    failed: self.most_failed(slots),
                    retries: self.retries,
                };
                bundle::write(folder, &template, &settings).await?;
                Ok(Submission { id: folder.display().to_string(), slots })
            }
        }
    }

    async fn state(&self, submission: &Submission) -> Result<SlotCounts, EngineError> {
        let Target::Queue { service, farm, queue } = &self.target else {
            // Whoever submits the bundle knows; the ledger says when it is done.
            return Ok(SlotCounts { waiting: submission.slots, ..SlotCounts::default() });
        };
        let request = of_job(&home(farm, queue), &submission.id, "GET", None);
        match ask::<State>(service.as_ref(), &request).await {
            Ok(state) => counts(&state, submission.slots),
            Err(EngineError::Service(error)) if error.kind == Kind::NotFound => {
                Ok(SlotCounts { ended: submission.slots, ..SlotCounts::default() })
            }
            Err(error) => Err(error),
        }
    }

    async fn cancel(&self, submission: &Submission) -> Result<(), EngineError> {
        let Target::Queue { service, farm, queue } = &self.target else { return Ok(()) };
        // A job that ended well keeps saying so.
        if self.state(submission).await.is_ok_and(|counts| counts.ended == submission.slots) {
            return Ok(());
        }
        let body = json!({ "targetTaskRunStatus": "CANCELED" });
        let request = of_job(&home(farm, queue), &submission.id, "PATCH", Some(body));
        match service.call(&request).await {
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::Conflict) => Ok(()),
            answered => answered.map(drop).map_err(EngineError::Service),
        }
    }
}

/// Counts tasks by their state.
fn counts(state: &State, slots: u32) -> Result<SlotCounts, EngineError> {
    let never = |said: &str| EngineError::NeverRuns { engine: "deadline", said: said.to_owned() };
    match state.lifecycle_status.as_str() {
        "CREATE_IN_PROGRESS" | "UPLOAD_IN_PROGRESS" => {
            return Ok(SlotCounts { waiting: slots, ..SlotCounts::default() });
        }
        "CREATE_FAILED" | "UPLOAD_FAILED" => return Err(never(&state.lifecycle_status_message)),
        "ARCHIVED" => return Ok(SlotCounts { ended: slots, ..SlotCounts::default() }),
        _ => {}
    }
    let mut counts = SlotCounts::default();
    for (status, tasks) in &state.task_run_status_counts {
        match status.as_str() {
            "PENDING" | "READY" | "ASSIGNED" | "STARTING" | "SCHEDULED" => counts.waiting += tasks,
            "RUNNING" | "INTERRUPTING" => counts.running += tasks,
            "SUSPENDED" => counts.postponed += tasks,
            "NOT_COMPATIBLE" if *tasks > 0 => {
                return Err(never("no fleet of the queue has what the tasks require (NOT_COMPATIBLE)"));
            }
            _ => {}
        }
    }
    counts.ended = slots.saturating_sub(counts.alive() + counts.postponed);
    Ok(counts)
}

#[cfg(test)]
mod tests;
