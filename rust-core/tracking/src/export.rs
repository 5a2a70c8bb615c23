//! Takes and paths out, in formats other programs read.
//!
//! Numbers are written so that reading them gives the same bits back. USD is written by `render`.

use std::io::{self, Write};

use cyclorama_space::PanTiltRoll;

use crate::{CameraFrame, CameraPath, Sample, protocol::opentrackio::export::Exporter};

/// First line of [`csv`]. Columns are only ever added at its end.
pub const CSV_HEADER: &str =
    "t,frame,timecode,x,y,z,qw,qx,qy,qz,pan,tilt,roll,focal_length_mm,sensor_width_mm,sensor_height_mm";

/// First line of [`motion_csv`].
pub const MOTION_HEADER: &str = "t,x,y,z,qw,qx,qy,qz";

/// A path as CSV, one line per frame: seconds since its first frame, frame number, timecode (empty if there is
/// none), metres, unit quaternion, degrees (pan to the left), millimetres (empty if not known).
///
/// # Errors
/// When `out` refuses.
pub fn csv(path: &CameraPath, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "{CSV_HEADER}")?;
    for frame in &path.frames {
        let CameraFrame { frame: number, timecode, pose, lens } = frame;
        write!(out, "{},{},", seconds(path, frame), number.0)?;
        if let Some(label) = timecode {
            write!(out, "{label}")?;
        }
        write_pose(&mut out, frame)?;
        let PanTiltRoll { pan, tilt, roll } = PanTiltRoll::from_quaternion(pose.rotation);
        write!(out, ",{},{},{}", pan.degrees(), tilt.degrees(), roll.degrees())?;
        let sensor = lens.sensor;
        let lengths =
            [lens.focal_length_mm, sensor.map(|size| size.width_mm), sensor.map(|size| size.height_mm)];
        for length in lengths {
            match length {
                Some(mm) => write!(out, ",{mm}")?,
                None => write!(out, ",")?,
            }
        }
        writeln!(out)?;
    }
    out.flush()
}

/// A path as motion: `t,x,y,z,qw,qx,qy,qz` in seconds and metres, as `track evaluate` reads it.
///
/// # Errors
/// When `out` refuses.
pub fn motion_csv(path: &CameraPath, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "{MOTION_HEADER}")?;
    for frame in &path.frames {
        write!(out, "{}", seconds(path, frame))?;
        write_pose(&mut out, frame)?;
        writeln!(out)?;
    }
    out.flush()
}

/// Samples as OpenTrackIO 1.0.1, one JSON object per line.
///
/// # Errors
/// When `out` refuses.
pub fn opentrackio(samples: &[Sample], mut out: impl Write) -> io::Result<()> {
    let (mut exporter, mut line) = (Exporter::default(), String::new());
    for sample in samples {
        line.clear();
        exporter.json(sample, &mut line);
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    out.flush()
}

/// Seconds since the first frame of the path.
fn seconds(path: &CameraPath, frame: &CameraFrame) -> f64 {
    let first = path.frames.first().map_or(0, |first| first.frame.0);
    path.rate.nanos_at(cyclorama_time::FrameNumber(frame.frame.0 - first)) as f64 / 1e9
}

fn write_pose(out: &mut impl Write, frame: &CameraFrame) -> io::Result<()> {
    let (p, q) = (frame.pose.position, frame.pose.rotation);
    write!(out, ",{},{},{},{},{},{},{}", p.x, p.y, p.z, q.w, q.x, q.y, q.z)
}

#[cfg(test)]
mod tests {
    use cyclorama_time::FrameRate;

    use super::*;
    use crate::{
        evaluate::{EvaluateOptions, camera_path},
        motion::Motion,
        send::{Move, Simulation},
    };

    fn crane() -> (Vec<Sample>, CameraPath) {
        let simulation = Simulation::new(Move::Crane, FrameRate::FPS_25);
        let samples: Vec<_> = (0..50).map(|frame| simulation.sample(frame)).collect();
        let path = camera_path(&samples, &EvaluateOptions::default()).expect("a path");
        (samples, path)
    }

    fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).expect("memory");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_csv_gives_every_number_back_to_the_bit() {
        let (_, path) = crane();
        let text = written(|out| csv(&path, out));
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(CSV_HEADER));
        for (line, frame) in lines.zip(&path.frames) {
            let fields: Vec<_> = line.split(',').collect();
            assert_eq!(fields.len(), CSV_HEADER.split(',').count());
            assert_eq!(fields[2], frame.timecode.expect("labels").to_string());
            let number = |at: usize| fields[at].parse::<f64>().expect("a number").to_bits();
            assert_eq!(number(3), frame.pose.position.x.to_bits());
            assert_eq!(number(6), frame.pose.rotation.w.to_bits());
            assert_eq!(Some(number(13)), frame.lens.focal_length_mm.map(f64::to_bits));
        }
        assert_eq!(text.lines().count(), 51);
        assert!(text.lines().nth(26).expect("frame 25").starts_with("1,25,01:00:01:00,"));
    }

    #[test]
    fn the_motion_csv_is_what_the_predictors_read() {
        let (_, path) = crane();
        let text = written(|out| motion_csv(&path, out));
        assert_eq!(text.lines().next(), Some(MOTION_HEADER));
        assert!(Motion::from_csv(&text).is_ok());
    }

    #[test]
    fn the_whole_csv_is_read_by_the_predictors_as_well() {
        let (_, path) = crane();
        let of = |text: &str| Motion::from_csv(text).expect("a motion");
        let whole = of(&written(|out| csv(&path, out)));
        assert_eq!(whole, of(&written(|out| motion_csv(&path, out))));
    }

    #[test]
    fn opentrackio_is_one_object_per_line() {
        let (samples, _) = crane();
        let text = written(|out| opentrackio(&samples, out));
        assert_eq!(text.lines().count(), 50);
        for line in text.lines() {
            let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(object["protocol"]["name"], "OpenTrackIO");
        }
    }
}
