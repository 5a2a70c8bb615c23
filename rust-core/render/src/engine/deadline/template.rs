//! The job as Open Job Description 2023-09 says it: one step whose tasks are worker slots, or ranges of the plan.
//!
//! Only what is in the specification without extensions, so that every version of the official agents runs it.
//! Arguments travel as a list and no shell reads them.

use serde_json::{Value, json};

use super::super::shell::NotAWord;
use super::attachments::PARAMETER;
use super::{EngineError, SlotRequest};
use crate::plan::FrameRange;

/// The most values that a task parameter may list.
pub(super) const MOST_TASKS: usize = 1024;
/// A worker that is asked to stop may take this long for the frame in flight, seconds.
const NOTICE: u32 = 120;

/// A template that is ready to be handed over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    document: Value,
    tasks: usize,
}

/// What a job is beside its tasks.
pub(super) struct Shape<'a> {
    /// The command on the workers' machines, when it is not where it is here.
    pub(super) program: Option<&'a str>,
    /// What a machine must have.
    pub(super) requirements: &'a [Requirement],
    /// Workers are told where the attached files are.
    pub(super) project: bool,
}

/// What a worker's machine must have: `amount.worker.gpu=1`, `attr.worker.os.family=linux,macos`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Requirement {
    Amount { name: String, least: f64 },
    Attribute { name: String, any_of: Vec<String> },
}

impl Requirement {
    pub(super) fn parse(text: &str) -> Result<Self, EngineError> {
        let wanted = "amount.NAME=NUMBER or attr.NAME=VALUE,VALUE";
        let wrong = || EngineError::OptionValue { name: "require", value: text.to_owned(), wanted };
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-');
        if name.len() > 100 || !name.chars().all(plain) {
            return Err(wrong());
        }
        let name = name.to_owned();
        // A vendor may stand before it: `acme:amount.licences`.
        match name.rsplit(':').next().and_then(|rest| rest.split_once('.')) {
            Some(("amount", rest)) if !rest.is_empty() => {
                let least = value.parse().ok().filter(|least: &f64| least.is_finite() && *least >= 0.0);
                Ok(Self::Amount { name, least: least.ok_or_else(wrong)? })
            }
            Some(("attr", rest)) if !rest.is_empty() => {
                let any_of: Vec<String> = value.split(',').map(str::to_owned).collect();
                let fine = |value: &String| (1..=100).contains(&value.len()) && value.chars().all(plain);
                if any_of.len() <= 50 && any_of.iter().all(fine) {
                    Ok(Self::Attribute { name, any_of })
                } else {
                    Err(wrong())
                }
            }
            _ => Err(wrong()),
        }
    }
}

impl Template {
    /// `slots` tasks that all run the same worker.
    pub(super) fn slots(request: &SlotRequest, shape: &Shape<'_>, slots: u32) -> Result<Self, EngineError> {
        let parameter = json!({ "name": "Slot", "type": "INT", "range": format!("1-{slots}") });
        let script = shape.script(request, None)?;
        Ok(Self { document: shape.document(request, "Workers", &parameter, &script), tasks: slots as usize })
    }

    /// One task for each range; its worker renders no other.
    pub(super) fn ranges(
        request: &SlotRequest,
        shape: &Shape<'_>,
        ranges: &[FrameRange],
    ) -> Result<Self, EngineError> {
        let frames: Vec<String> = ranges.iter().map(ToString::to_string).collect();
        let parameter = json!({ "name": "Frames", "type": "STRING", "range": frames });
        // One word, so that a range that begins below zero is no flag.
        let script = shape.script(request, Some("--frames={{Task.Param.Frames}}"))?;
        Ok(Self { document: shape.document(request, "Ranges", &parameter, &script), tasks: ranges.len() })
    }

    /// As JSON text.
    pub(super) fn text(&self) -> String {
        self.document.to_string()
    }

    /// How many tasks it has.
    pub(super) fn tasks(&self) -> usize {
        self.tasks
    }
}

impl Shape<'_> {
    fn document(&self, request: &SlotRequest, step: &str, parameter: &Value, script: &Value) -> Value {
        let mut step = json!({
            "name": step,
            "parameterSpace": { "taskParameterDefinitions": [parameter] },
            "script": script,
        });
        if !self.requirements.is_empty() {
            step["hostRequirements"] = host_requirements(self.requirements);
        }
        let mut document =
            json!({ "specificationVersion": "jobtemplate-2023-09", "name": request.name, "steps": [step] });
        if self.project {
            let folder =
                json!({ "name": PARAMETER, "type": "PATH", "objectType": "DIRECTORY", "dataFlow": "IN" });
            document["parameterDefinitions"] = json!([folder]);
        }
        document
    }

    fn script(&self, request: &SlotRequest, more: Option<&str>) -> Result<Value, EngineError> {
        let words: Result<Vec<String>, _> =
            request.command.iter().map(|word| plain(&word.to_string_lossy())).collect();
        let mut words = words?;
        if let (Some(program), Some(first)) = (self.program, words.first_mut()) {
            *first = plain(program)?;
        }
        words.extend(more.map(str::to_owned));
        words.extend(self.project.then(|| format!("--project={{{{Param.{PARAMETER}}}}}")));
        let command = words.first().cloned().unwrap_or_default();
        let run = json!({
            "command": command,
            "args": words.iter().skip(1).collect::<Vec<_>>(),
            "cancelation": { "mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTICE },
        });
        Ok(json!({ "actions": { "onRun": run } }))
    }
}

/// A word in which the template's reader finds nothing to replace.
fn plain(word: &str) -> Result<String, EngineError> {
    if word.contains("{{") || word.contains('\u{fffd}') || word.chars().any(char::is_control) {
        return Err(EngineError::Word(NotAWord(word.to_owned())));
    }
    Ok(word.to_owned())
}

fn host_requirements(requirements: &[Requirement]) -> Value {
    let (mut amounts, mut attributes) = (Vec::new(), Vec::new());
    for requirement in requirements {
        match requirement {
            Requirement::Amount { name, least } => amounts.push(json!({ "name": name, "min": least })),
            Requirement::Attribute { name, any_of } => {
                attributes.push(json!({ "name": name, "anyOf": any_of }));
            }
        }
    }
    let mut all = serde_json::Map::new();
    for (name, list) in [("amounts", amounts), ("attributes", attributes)] {
        if !list.is_empty() {
            all.insert(name.to_owned(), list.into());
        }
    }
    all.into()
}
