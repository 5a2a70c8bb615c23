//! Official Open Job Description software in Rust takes our templates: `openjd-accepts TEMPLATE...` decodes each, makes
//! the job and counts its tasks. Not part of the workspace: it compiles ninety crates for one question.

use std::process::ExitCode;

use openjd_model::{
    CallerLimits, JobParameterValues, SpecificationRevision, StepParameterSpaceIterator, ValidationContext,
    create_job, decode_job_template,
};

fn main() -> ExitCode {
    let mut good = true;
    for path in std::env::args().skip(1) {
        match tasks(&path) {
            Ok(tasks) => println!("{path}: accepted, {tasks} tasks"),
            Err(complaint) => {
                eprintln!("{path}: {complaint}");
                good = false;
            }
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tasks(path: &str) -> Result<usize, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let document = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    // No extension: older agents know none.
    let template =
        decode_job_template(document, None, &CallerLimits::default()).map_err(|error| error.to_string())?;
    let context = ValidationContext::new(SpecificationRevision::V2023_09);
    let job =
        create_job(&template, &JobParameterValues::default(), &context).map_err(|error| error.to_string())?;
    let mut tasks = 0;
    for step in &job.steps {
        let space = step.parameter_space.as_ref().ok_or("a step has no tasks")?;
        tasks += StepParameterSpaceIterator::new(space).map_err(|error| error.to_string())?.count();
    }
    Ok(tasks)
}
