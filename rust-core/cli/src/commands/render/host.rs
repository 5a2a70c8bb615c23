//! `cyclorama render host`: a painter of ours as a host, driven over stdin and stdout.

use std::{ffi::OsString, io};

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_render::host::{BlenderEngine, BlenderHost, BuiltinHost, Host, serve};

use crate::failure::{DoingIo as _, Failure};

/// Draw pixels for a worker, over stdin and stdout
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which host
    #[arg(default_value = "builtin")]
    name: String,
    /// Blender's program
    #[arg(long, value_name = "FILE", default_value = "blender")]
    blender: OsString,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut host: Box<dyn Host> = match (args.name.as_str(), BlenderEngine::of_host(&args.name)) {
        ("builtin", _) => Box::new(BuiltinHost::new()),
        (_, Some(engine)) => Box::new(BlenderHost::start(&args.blender, engine)),
        (name, None) => {
            let message = format!("failed to start host `{name}`: it is not part of this version");
            return Err(Failure::new(Kind::Refused, message));
        }
    };
    let served = serve(io::BufReader::new(io::stdin()), io::stdout(), &mut *host);
    served.map_err(io::Error::other).doing_io("serve the worker")?;
    Ok(ExitCode::Done)
}
