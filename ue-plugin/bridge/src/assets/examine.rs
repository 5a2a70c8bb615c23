//! Checks of this machine, as `cyclorama doctor` makes them.

use std::path::PathBuf;

use cyclorama_app::doctor::{self, Finding, Subject, Verdict};

use crate::{
    failure::Failure,
    house::{House, house},
    work::{Told, Work},
};

pub(super) fn examine(command: &str) -> Result<Work, Failure> {
    let house = house()?;
    let command = (!command.is_empty()).then(|| PathBuf::from(command));
    Work::start("assets_doctor", |strings| async move {
        strings.unless_stopped("cancelled: not everything was checked", run(house, command)).await
    })
}

async fn run(house: &'static House, command: Option<PathBuf>) -> Result<Told, Failure> {
    let settings = house.settings()?;
    let subject = Subject {
        settings: &settings,
        environment: house.environment.clone(),
        endpoint: None,
        clock: house.clock.as_ref(),
        temporary: std::env::temp_dir(),
        command,
        fix: false,
    };
    let findings = doctor::examine(&subject).await;
    let of = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let text = match (of(Verdict::Fail), of(Verdict::Warn)) {
        (0, 0) => "this machine is ready".to_owned(),
        (0, warned) => format!("this machine is ready; {warned} checks warn"),
        (failed, _) => format!("{failed} checks failed: see what to do about them"),
    };
    let lines = findings.iter().map(line).collect();
    Ok(Told { text, lines, partial: doctor::worst(&findings) == Verdict::Fail })
}

/// What was found, and where something is wrong, why it matters and what to do.
fn line(finding: &Finding) -> String {
    let mark = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::Warn => "warning",
        Verdict::Fail => "FAILED",
    };
    let mut line = format!("{mark}: {}: {}", finding.check, finding.found);
    if let (Verdict::Warn | Verdict::Fail, Some(remedy)) = (finding.verdict, &finding.remedy) {
        line += &format!(" ({}; {remedy})", finding.meaning);
    }
    line
}
