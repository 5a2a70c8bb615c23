//! `cyclorama version`

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::Protocol;
use serde::Serialize;

use crate::{context::Context, failure::Failure};

/// Print the version and what this build can do
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Hosts that draw pixels in this version.
pub(crate) const HOSTS: [&str; 5] = ["builtin", "blender", "blender-eevee", "blender-workbench", "unreal"];
/// Engines that run jobs in this version.
pub(crate) const ENGINES: [&str; 4] = cyclorama_app::engines::NAMES;

#[derive(Serialize)]
struct Version {
    version: &'static str,
    os: &'static str,
    arch: &'static str,
    protocols: Vec<&'static str>,
    engines: [&'static str; 4],
    hosts: [&'static str; 5],
}

pub(crate) fn run(_: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
        os: std::env::consts::OS,
        arch: std::env::consts::ARCH,
        protocols: Protocol::ALL.map(Protocol::name).to_vec(),
        engines: ENGINES,
        hosts: HOSTS,
    };
    if cx.printer.json() {
        cx.printer.object("cyclorama.version/1", &version)?;
    } else {
        cx.printer.data(&format!("cyclorama {} ({}, {})", version.version, version.os, version.arch))?;
        cx.printer.data(&format!("tracking protocols: {}", version.protocols.join(", ")))?;
        cx.printer.data(&format!("render engines: {}", version.engines.join(", ")))?;
        cx.printer.data(&format!("render hosts: {}", version.hosts.join(", ")))?;
    }
    Ok(ExitCode::Done)
}
