//! `cyclorama doctor`

use cyclorama_app::doctor::{self, Finding, Subject, Verdict};
use cyclorama_outcome::ExitCode;

use crate::{context::Context, failure::Failure};

/// Check this machine before a shoot
///
/// Each check says what it found, why it matters, and what to do about it. Ends with 8 when something failed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Repair what can be repaired safely: create missing folders
    #[arg(long)]
    fix: bool,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let subject = Subject {
        settings: &cx.settings,
        environment: cx.environment.clone(),
        endpoint: cx.endpoint.as_deref(),
        clock: cx.clock.as_ref(),
        temporary: std::env::temp_dir(),
        command: Some(cx.command()?),
        fix: args.fix,
    };
    let findings = cx.wait(doctor::examine(&subject));
    for finding in &findings {
        if cx.printer.json() {
            cx.printer.object("cyclorama.doctor/1", finding)?;
        } else {
            print(finding, cx)?;
        }
    }
    Ok(match doctor::worst(&findings) {
        Verdict::Fail => ExitCode::Partial,
        Verdict::Ok | Verdict::Warn => ExitCode::Done,
    })
}

fn print(finding: &Finding, cx: &Context) -> Result<(), Failure> {
    let mark = match finding.verdict {
        Verdict::Ok => "ok  ",
        Verdict::Warn => "warn",
        Verdict::Fail => "FAIL",
    };
    cx.printer.data(&format!("{mark}  {:<18} {}", finding.check, finding.found))?;
    if finding.verdict != Verdict::Ok {
        cx.printer.data(&format!("      {:<18} why: {}", "", finding.meaning))?;
    }
    match &finding.remedy {
        Some(remedy) => cx.printer.data(&format!("      {:<18} do:  {remedy}", "")),
        None => Ok(()),
    }
}
