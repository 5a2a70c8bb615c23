//! `cyclorama render host`: the built-in painter as a host, driven over stdin and stdout.

use std::io;

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_render::host::{BuiltinHost, serve};

use crate::failure::{DoingIo as _, Failure};

/// Draw pixels for a worker, over stdin and stdout
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which host
    #[arg(default_value = "builtin")]
    name: String,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    if args.name != "builtin" {
        let message = format!("failed to start host `{}`: it is not part of this version", args.name);
        return Err(Failure::new(Kind::Refused, message));
    }
    let served = serve(io::BufReader::new(io::stdin()), io::stdout(), &mut BuiltinHost::new());
    served.map_err(io::Error::other).doing_io("serve the worker")?;
    Ok(ExitCode::Done)
}
