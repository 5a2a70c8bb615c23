//! `cyclorama track align`

use std::path::PathBuf;

use cyclorama_outcome::ExitCode;
use cyclorama_tracking::align::{Alignment, Residual, align, read_pairs};
use serde::Serialize;

use super::{evaluate::utf8, protocol::read};
use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    files,
};

/// Place the tracker's space in the wall's, from points known in both
///
/// Points are CSV lines name,x,y,z,x,y,z: tracker, then wall, metres. Distances are never stretched; a point that
/// is far off was misread.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track align points.csv --save stage-a.toml\n  \
    cyclorama track relay --protocol freed --align stage-a.toml --to opentrackio:239.135.1.5:55555")]
pub(crate) struct Args {
    /// The points; - reads stdin
    pairs: PathBuf,
    /// Keep the alignment in this file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// The result.
#[derive(Serialize)]
struct Line<'a> {
    position_m: [f64; 3],
    /// w, x, y, z.
    rotation: [f64; 4],
    points: usize,
    rms_mm: f64,
    scale: f64,
    residuals: &'a [Residual],
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let (bytes, name) = read(&args.pairs)?;
    let pairs = read_pairs(utf8(&bytes, &name)?).doing(format!("read the points in {name}"))?;
    let found = align(&pairs).doing(format!("align by the points in {name}"))?;
    if let Some(path) = &args.save {
        files::write_whole(path, found.to_toml().as_bytes()).doing_io(format!("write {}", path.display()))?;
    }
    if cx.printer.json() {
        cx.printer.object("cyclorama.align/1", &line(&found))?;
    } else {
        sentences(&found).iter().try_for_each(|text| cx.printer.data(text))?;
    }
    Ok(ExitCode::Done)
}

fn line(found: &Alignment) -> Line<'_> {
    let rotation = found.transform.rotation;
    Line {
        position_m: found.transform.position.to_array(),
        rotation: [rotation.w, rotation.x, rotation.y, rotation.z],
        points: found.residuals.len(),
        rms_mm: found.rms * 1e3,
        scale: found.scale,
        residuals: &found.residuals,
    }
}

fn sentences(found: &Alignment) -> Vec<String> {
    let position = found.transform.position;
    let mut lines = vec![
        format!(
            "tracker origin at x {:.4} y {:.4} z {:.4} m on the wall's axes",
            position.x, position.y, position.z
        ),
        format!(
            "off by {:.2} mm (root mean square); the tracker's metre is {:.5} of the wall's",
            found.rms * 1e3,
            found.scale
        ),
    ];
    lines.extend(
        found.residuals.iter().map(|residual| format!("    {:<16} {:>8.2} mm", residual.name, residual.mm)),
    );
    if let Some(worst) = found.worst().filter(|worst| worst.mm > 5.0 && worst.mm > 2e3 * found.rms) {
        lines.push(format!("{} is far off: measure it again", worst.name));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_that_is_far_off_is_named() {
        let text = "a,0,0,0,1,0,0\nb,4,0,0,5,0,0\nc,4,0,3,5,0,3\nd,0,0,3,1,0,3\ne,2,1,1,3,1,1\n\
                    f,1,2,2,2,2,2\ng,3,-2,1,4,-2,1.2\nh,2,2,0,3,2,0\n";
        let found = align(&read_pairs(text).unwrap()).unwrap();
        assert_eq!(sentences(&found).last().unwrap(), "g is far off: measure it again");
        assert_eq!(line(&found).points, 8);
    }
}
