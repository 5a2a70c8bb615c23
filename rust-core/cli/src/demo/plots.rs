//! Drawings of a camera's motion as SVG: the path from above, the angles, the lens.
//!
//! Colours are roles, written as the near-black values of [`role`]; the report's style sheet gives them the
//! colours of a light or a dark page.

use cyclorama_space::PanTiltRoll;
use cyclorama_tracking::CameraPath;
use plotters::{coord::Shift, prelude::*};

/// What a stroke means; the style sheet knows these values.
pub(crate) mod role {
    use plotters::style::RGBColor;

    pub(crate) const TEXT: RGBColor = RGBColor(1, 1, 1);
    pub(crate) const GRID: RGBColor = RGBColor(2, 2, 2);
    pub(crate) const FIRST: RGBColor = RGBColor(3, 3, 3);
    pub(crate) const SECOND: RGBColor = RGBColor(4, 4, 4);
    pub(crate) const THIRD: RGBColor = RGBColor(5, 5, 5);
}

/// A drawing for a file of its own: roles become the colours of a light page.
pub(crate) fn on_paper(svg: &str) -> String {
    const COLOURS: [(&str, &str); 5] = [
        ("#010101", "#6B665D"),
        ("#020202", "#DDD7CB"),
        ("#030303", "#C2660A"),
        ("#040404", "#1F6FB2"),
        ("#050505", "#3D7F4F"),
    ];
    COLOURS.iter().fold(svg.to_owned(), |svg, (role, colour)| svg.replace(role, colour))
}

/// A chart could not be drawn; only a value that is not finite can cause it.
#[derive(Debug, thiserror::Error)]
#[error("a chart could not be drawn: {0}")]
pub(crate) struct DrawError(String);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The path from above, centimetres, with the way the camera looks drawn every second; `range` is what was
/// rendered, as indices of frames.
pub(crate) fn path_from_above(path: &CameraPath, range: (usize, usize)) -> Result<String, DrawError> {
    let points: Vec<(f64, f64)> =
        path.frames.iter().map(|f| (f.pose.position.x * 100.0, f.pose.position.y * 100.0)).collect();
    let (width, height) = (600, 380);
    let (across, along) = same_scale(&points, (width - 110, height - 90));
    draw((width, height), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(18)
            .x_label_area_size(46)
            .y_label_area_size(58)
            .build_cartesian_2d(across.0..across.1, along.0..along.1)?;
        chart
            .configure_mesh()
            .light_line_style(role::GRID.mix(0.0))
            .bold_line_style(role::GRID)
            .axis_style(role::GRID)
            .label_style(label())
            .axis_desc_style(label())
            .x_desc("to the right, cm")
            .y_desc("forward, cm")
            .x_labels(8)
            .y_labels(6)
            .draw()?;
        let reach = (along.1 - along.0) * 0.16;
        let every = path.rate.nominal().max(1) as usize;
        for (index, frame) in path.frames.iter().enumerate().step_by(every) {
            let (from, look) = (points[index], frame.pose.forward());
            let flat = look.x.hypot(look.y).max(1e-9);
            let to = (from.0 + look.x / flat * reach, from.1 + look.y / flat * reach);
            chart.draw_series([PathElement::new([from, to], role::SECOND.mix(0.45).stroke_width(1))])?;
        }
        chart.draw_series([PathElement::new(points.clone(), role::SECOND.stroke_width(2))])?;
        let rendered = points.get(range.0..=range.1.min(points.len().saturating_sub(1))).unwrap_or_default();
        chart.draw_series([PathElement::new(rendered.to_vec(), role::FIRST.stroke_width(5))])?;
        chart.draw_series(points.first().map(|start| Circle::new(*start, 5, role::SECOND.filled())))?;
        Ok(())
    })
}

/// Pan, tilt and roll over the take, degrees against seconds.
pub(crate) fn angles(path: &CameraPath, range: (usize, usize)) -> Result<String, DrawError> {
    let turned: Vec<PanTiltRoll> =
        path.frames.iter().map(|frame| PanTiltRoll::from_quaternion(frame.pose.rotation)).collect();
    let line = |value: fn(&PanTiltRoll) -> f64| turned.iter().map(value).collect::<Vec<f64>>();
    over_time(
        path,
        range,
        "degrees",
        &[
            ("pan", role::FIRST, line(|t| t.pan.degrees())),
            ("tilt", role::SECOND, line(|t| t.tilt.degrees())),
            ("roll", role::THIRD, line(|t| t.roll.degrees())),
        ],
    )
}

/// Focal length over the take, millimetres against seconds.
pub(crate) fn focal_length(path: &CameraPath, range: (usize, usize)) -> Result<String, DrawError> {
    let focal = path.frames.iter().map(|f| f.lens.focal_length_mm.unwrap_or_default()).collect();
    over_time(path, range, "focal length, mm", &[("focal length", role::FIRST, focal)])
}

/// Focus distance over the take, metres against seconds. Past ten metres it is drawn as ten.
pub(crate) fn focus(path: &CameraPath, range: (usize, usize)) -> Result<String, DrawError> {
    const FAR: f64 = 10.0;
    let focus = path.frames.iter().map(|f| f.lens.focus_distance_m.unwrap_or(FAR).min(FAR)).collect();
    over_time(path, range, "focus distance, m", &[("focus distance", role::SECOND, focus)])
}

type Line = (&'static str, RGBColor, Vec<f64>);

fn over_time(
    path: &CameraPath,
    range: (usize, usize),
    what: &str,
    lines: &[Line],
) -> Result<String, DrawError> {
    let seconds = |index: usize| index as f64 / path.rate.as_f64();
    let end = seconds(path.frames.len().max(2) - 1);
    // Room for names at the end of the lines.
    let shown = if lines.len() > 1 { end * 1.14 } else { end };
    let (low, high) = padded(lines.iter().flat_map(|(_, _, values)| values.iter().copied()), 0.08);
    draw((440, 270), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(14)
            .x_label_area_size(44)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..shown, low..high)?;
        chart.draw_series([Rectangle::new(
            [(seconds(range.0), low), (seconds(range.1 + 1).min(end), high)],
            role::FIRST.mix(0.14).filled(),
        )])?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(role::GRID.mix(0.0))
            .bold_line_style(role::GRID)
            .axis_style(role::GRID)
            .label_style(label())
            .axis_desc_style(label())
            .x_desc("seconds into the take")
            .y_desc(what)
            .x_labels(6)
            .y_labels(6)
            .draw()?;
        for (name, colour, values) in lines {
            let points: Vec<_> = values.iter().enumerate().map(|(i, value)| (seconds(i), *value)).collect();
            let last = points.last().copied();
            chart.draw_series([PathElement::new(points, colour.stroke_width(2))])?;
            if let Some((_, value)) = last.filter(|_| lines.len() > 1) {
                let style = ("sans-serif", 14).into_font().color(&role::TEXT);
                chart.draw_series([Text::new((*name).to_owned(), (end * 1.015, value), style)])?;
            }
        }
        Ok(())
    })
}

fn draw(
    size: (u32, u32),
    paint: impl FnOnce(&Area<'_>) -> Result<(), Box<dyn std::error::Error>>,
) -> Result<String, DrawError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        paint(&area).map_err(|error| DrawError(error.to_string()))?;
        area.present().map_err(|error| DrawError(error.to_string()))?;
    }
    Ok(svg)
}

fn label() -> TextStyle<'static> {
    ("sans-serif", 14).into_font().color(&role::TEXT)
}

/// Lowest and highest of `values` with a margin of `share` of their distance; never empty.
fn padded(values: impl Iterator<Item = f64>, share: f64) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let margin = ((high - low) * share).max(1e-3);
    (low - margin, high + margin)
}

/// Ranges of both axes so that a centimetre is as long across as along on a plot of `pixels`.
fn same_scale(points: &[(f64, f64)], pixels: (u32, u32)) -> ((f64, f64), (f64, f64)) {
    let x = padded(points.iter().map(|p| p.0), 0.12);
    let y = padded(points.iter().map(|p| p.1), 0.35);
    let per_pixel = ((x.1 - x.0) / f64::from(pixels.0)).max((y.1 - y.0) / f64::from(pixels.1));
    let around = |(low, high): (f64, f64), pixels: u32| {
        let (middle, half) = ((low + high) / 2.0, per_pixel * f64::from(pixels) / 2.0);
        (middle - half, middle + half)
    };
    (around(x, pixels.0), around(y, pixels.1))
}

#[cfg(test)]
mod tests {
    use cyclorama_space::{LensState, Pose};
    use cyclorama_time::{FrameNumber, FrameRate};
    use cyclorama_tracking::CameraFrame;

    use super::*;

    fn still(frames: i64) -> CameraPath {
        let lens = LensState { focal_length_mm: Some(35.0), ..LensState::default() };
        let frame = |n| CameraFrame { frame: FrameNumber(n), timecode: None, pose: Pose::IDENTITY, lens };
        CameraPath {
            subject: "test:1".into(),
            rate: FrameRate::FPS_25,
            frames: (0..frames).map(frame).collect(),
        }
    }

    #[test]
    fn a_camera_that_does_not_move_is_still_drawn() {
        for path in [still(1), still(50)] {
            let drawings = [
                path_from_above(&path, (0, 0)),
                angles(&path, (0, 0)),
                focal_length(&path, (0, 0)),
                focus(&path, (0, 0)),
            ];
            for drawing in drawings {
                let svg = drawing.unwrap();
                assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{svg}");
                assert!(!svg.contains("NaN"));
            }
        }
    }

    #[test]
    fn a_drawing_in_its_own_file_has_real_colours() {
        let drawing = angles(&still(50), (0, 9)).unwrap();
        assert!(drawing.contains("#030303"));
        let paper = on_paper(&drawing);
        assert!(paper.contains("#C2660A") && !paper.contains("\"#0"), "{paper}");
    }

    #[test]
    fn both_axes_of_the_path_have_the_same_scale() {
        let (x, y) = same_scale(&[(0.0, 0.0), (6.0, 1.0)], (600, 300));
        assert!(((x.1 - x.0) / 600.0 - (y.1 - y.0) / 300.0).abs() < 1e-12);
        assert!(x.0 < 0.0 && x.1 > 6.0 && y.0 < 0.0 && y.1 > 1.0);
    }
}
