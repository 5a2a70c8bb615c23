//! `cyclorama render host`: the built-in painter as a host, driven over stdin and stdout.

use std::{fs, io, path::Path};

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_render::{
    builtin::{Options, Painter},
    frame::{Header, write_exr},
    host::{
        Host, HostError,
        protocol::{FrameHeader, Open},
        serve,
    },
    usda,
};
use cyclorama_time::FrameNumber;
use cyclorama_tracking::{CameraFrame, CameraPath};

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
    let served = serve(io::BufReader::new(io::stdin()), io::stdout(), &mut Builtin::default());
    served.map_err(io::Error::other).doing_io("serve the worker")?;
    Ok(ExitCode::Done)
}

/// The painter, with the scene it was given.
#[derive(Default)]
struct Builtin(Option<(Painter, CameraPath)>);

impl Builtin {
    fn opened(&mut self) -> Result<&mut (Painter, CameraPath), HostError> {
        self.0.as_mut().ok_or_else(|| HostError("no scene was opened".to_owned()))
    }
}

impl Host for Builtin {
    fn software(&self) -> String {
        concat!("cyclorama ", env!("CARGO_PKG_VERSION"), " builtin").to_owned()
    }

    fn open(&mut self, open: &Open) -> Result<(), HostError> {
        let refused = |error: &dyn std::error::Error| HostError(format!("the scene cannot be used: {error}"));
        let text = fs::read_to_string(&open.scene).map_err(|error| refused(&error))?;
        let (scene, camera) = usda::read(&text).map_err(|error| refused(&error))?;
        let options = Options { samples: open.samples, ..Options::default() };
        self.0 = Some((Painter::new(scene, (open.width, open.height), options), camera));
        Ok(())
    }

    fn begin_range(&mut self) {
        if let Some((painter, _)) = &mut self.0 {
            painter.reset();
        }
    }

    fn walk_in(&mut self, frame: FrameNumber) -> Result<(), HostError> {
        let (painter, camera) = self.opened()?;
        if let Some(frame) = camera.at(frame) {
            painter.paint(frame);
        }
        Ok(())
    }

    fn frame(&mut self, header: &FrameHeader, path: &Path) -> Result<(), HostError> {
        let software = self.software();
        let (painter, _) = self.opened()?;
        // The header's camera is the take's, bit for bit; a scene file may have rounded it.
        let camera = CameraFrame {
            frame: header.frame,
            timecode: header.timecode,
            pose: header.pose,
            lens: header.lens,
        };
        let image = painter.paint(&camera);
        let header = Header {
            take: header.take.clone(),
            shot: header.shot.clone(),
            frame: header.frame,
            timecode: header.timecode,
            rate: header.rate,
            pose: header.pose,
            lens: header.lens,
            colour_space: header.colour_space.clone(),
            software,
        };
        write_exr(path, &image, &header).map_err(|error| HostError(error.to_string()))
    }
}
