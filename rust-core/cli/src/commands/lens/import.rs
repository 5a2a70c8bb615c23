//! `cyclorama lens import`

use std::path::PathBuf;

use cyclorama_outcome::{ExitCode, Kind};
use cyclorama_space::{SensorSize, optics::opencv::PixelOrigin};
use cyclorama_tracking::{
    lens::{Document, EncoderRanges, LensFile},
    protocol::freed::Vendor,
};
use serde::Serialize;

use crate::{
    context::Context,
    failure::{Doing as _, DoingIo as _, Failure},
    files::write_whole,
    text,
};

/// Make a lens file from Unreal's .ulens, OpenLensIO or an OpenCV calibration
///
/// The result is a lens file of our own, in millimetres, that can be read, edited and checked. Ring counts are placed
/// by an explicit range: the vendor's with --vendor, or one that `lens learn` saved with --counts.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama lens import --format ulens zoom.ulens zoom.lens.json\n  \
    cyclorama lens import --format openlensio places.jsonl zoom.lens.json\n  \
    cyclorama lens import --format opencv --sensor 36x20.25 camera.json prime.lens.json")]
pub(crate) struct Args {
    /// What the file is
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Format,
    /// Sensor area that the calibration's pictures show, mm; needed for opencv
    #[arg(long, value_name = "WxH", value_parser = super::sensor, required_if_eq("format", "opencv"))]
    sensor: Option<SensorSize>,
    /// Where the calibration's pixel coordinates begin
    #[arg(long, value_enum, value_name = "PLACE", default_value = "corner")]
    pixels_from: PixelsFrom,
    /// Take the rings' counts from this vendor's range
    #[arg(long, value_name = "NAME", conflicts_with = "counts")]
    vendor: Option<Vendor>,
    /// Take the rings' counts from a range that `lens learn` saved
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
    /// What to call the lens
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Replace the lens file if it is there already
    #[arg(long)]
    replace: bool,
    /// The calibration
    file: PathBuf,
    /// The new lens file
    lens: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Unreal's lens file in JSON
    Ulens,
    /// OpenTrackIO samples, or their static and lens blocks: one JSON object for each calibrated place
    Openlensio,
    /// An OpenCV calibration in JSON: fx, fy, cx, cy, k, p, image; or OpenCV's file storage
    Opencv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PixelsFrom {
    /// The upper left corner of the picture
    Corner,
    /// The centre of the first pixel, as OpenCV's own calibration measures
    PixelCentre,
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    name: &'a str,
    remarks: &'a [String],
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    if args.lens.exists() && !args.replace {
        return Err(Failure::new(Kind::User, format!("{} is there already", args.lens.display()))
            .hint("choose another name, or give --replace"));
    }
    let (mut document, remarks) = read(args)?;
    if let Some(name) = &args.name {
        document.name.clone_from(name);
    }
    if let Some(counts) = counts(args)? {
        document.counts = Some(counts);
    }
    let path = args.lens.display().to_string();
    // Only a file that can be used is written.
    let file = LensFile::new(document).doing(format!("make a lens of {}", args.file.display()))?;
    let document = file.document();
    write_whole(&args.lens, document.to_json().as_bytes()).doing_io(format!("write {path}"))?;
    remarks.iter().for_each(|remark| cx.printer.say(remark));
    if cx.printer.json() {
        let line = Line { path, name: &document.name, remarks: &remarks };
        cx.printer.object("cyclorama.lens-import/1", &line)?;
    } else {
        let places = text::count(document.focal_length_mm.len() as u64, "place");
        cx.printer.data(&format!("{path}: focal length at {places} of focus and zoom"))?;
    }
    Ok(ExitCode::Done)
}

fn read(args: &Args) -> Result<(Document, Vec<String>), Failure> {
    let text = super::text_of(&args.file)?;
    let doing = format!("read {}", args.file.display());
    match args.format {
        Format::Ulens => {
            let imported = Document::from_ulens(&text).doing(doing)?;
            Ok((imported.document, imported.remarks))
        }
        Format::Openlensio => {
            let imported = Document::from_open_lens_io(&text).doing(doing)?;
            Ok((imported.document, imported.remarks))
        }
        Format::Opencv => {
            let sensor = args.sensor.expect("clap asks for it with this format");
            let origin = match args.pixels_from {
                PixelsFrom::Corner => PixelOrigin::Corner,
                PixelsFrom::PixelCentre => PixelOrigin::PixelCentre,
            };
            let document = Document::from_opencv(&text, sensor, origin).doing(doing)?;
            let squeeze = document.anamorphic_squeeze.map(|squeeze| {
                format!(
                    "the two focal lengths differ by {:.3} % on this sensor; kept as a squeeze of {squeeze:.6}",
                    (squeeze - 1.0) * 100.0
                )
            });
            Ok((document, Vec::from_iter(squeeze)))
        }
    }
}

fn counts(args: &Args) -> Result<Option<EncoderRanges>, Failure> {
    if let Some(path) = &args.counts {
        let text = super::text_of(path)?;
        return EncoderRanges::from_json(&text).doing(format!("read {}", path.display())).map(Some);
    }
    let Some(vendor) = args.vendor else { return Ok(None) };
    match vendor.ranges() {
        Some(ranges) => Ok(Some(EncoderRanges::of_vendor(&ranges))),
        None => Err(Failure::new(
            Kind::User,
            format!("{} sends focal length and distance, not ring counts", vendor.name()),
        )),
    }
}
