//! A plan in words and as a picture, for whoever is about to spend a night of machines on it.

use std::fmt::Write as _;

use cyclorama_progress::words;
use cyclorama_tracking::CameraPath;

use super::{Border, BorderReason, FrameRange, Plan, picture_change};

impl Plan {
    /// What the plan is going to do, a line for each thing.
    pub fn explain(&self) -> Vec<String> {
        let lengths = || self.ranges.iter().map(|range| range.count());
        let (shortest, longest) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
        let mut lines = vec![
            format!(
                "job {}: {} frames ({}) of {}",
                self.job,
                self.frames.count(),
                self.frames,
                self.take.name
            ),
            format!(
                "pictures: {}x{} as {} in {}, drawn by {}",
                self.size.width,
                self.size.height,
                self.format.in_words(),
                self.colour_space,
                self.host
            ),
            format!("passes: {}, all in each frame's one file", self.passes.in_words()),
            format!("ranges: {}, each {shortest} to {longest} frames", self.ranges.len()),
            self.walk_in_in_words(),
        ];
        let reasons = [
            (BorderReason::Cut, "at a cut of the camera"),
            (BorderReason::Slow, "moved to where the camera is slower"),
            (BorderReason::Even, "by even division, since no place nearby is better"),
        ];
        for (reason, words) in reasons {
            let at: Vec<_> = self.borders.iter().filter(|border| border.reason == reason).collect();
            if let (Some(first), count) = (at.first(), at.len()) {
                lines.push(format!("borders: {count} {words}, the first before frame {}", first.frame.0));
            }
        }
        if self.overlaps {
            lines.push(
                "overlaps: the range before a border draws the frame behind it too, and the border is mended until both agree"
                    .to_owned(),
            );
        }
        let (first, last) = (self.file_name(self.frames.first), self.file_name(self.frames.last));
        let files = words::count(self.frames.count(), "file");
        lines.push(format!("files: {first} to {last}, {files}"));
        for input in &self.inputs {
            lines.push(format!("input: {}, {} bytes, {}", input.name, input.bytes, input.digest));
        }
        if let Some(ocio) = &self.ocio {
            lines.push(format!("colour: {} in the OCIO configuration {}", ocio.space, ocio.config));
        }
        for content in &self.content {
            let what = if content.name.is_project() {
                "project".to_owned()
            } else {
                format!("pack {}", content.name)
            };
            let files = words::count(content.files, "file");
            let (version, bytes) = (content.snapshot.short(), words::bytes(content.bytes));
            let part = match &content.packages[..] {
                [] if content.name.is_project() => ", all of it, since no map says what is needed".to_owned(),
                [] => String::new(),
                [one] => format!(", what {one} needs and all that is no package"),
                packages => format!(", what {} need and all that is no package", packages.join(" and ")),
            };
            lines.push(format!("{what}: version {version} in {}, {files}, {bytes}{part}", content.store));
        }
        lines.push(format!("digest of all of this: {}", self.digest));
        lines
    }

    /// Frames that are drawn and thrown away, if no range is interrupted.
    pub fn walk_in_frames(&self) -> u64 {
        self.ranges.iter().map(|range| u64::from(self.walk_in_at(range.first, self.walk_in))).sum()
    }

    fn walk_in_in_words(&self) -> String {
        let thrown = self.walk_in_frames();
        let share = thrown as f64 * 100.0 / self.frames.count().max(1) as f64;
        match self.walk_in {
            0 => "walk-in: none; the host must draw each frame by itself".to_owned(),
            walk_in => format!(
                "walk-in: {walk_in} frames ahead of each range, none across a cut: {thrown} frames drawn and thrown \
                 away, {share:.0} % more work"
            ),
        }
    }

    /// The plan as an SVG timeline: ranges, their walk-in, borders with reasons, and how fast the camera moves.
    pub fn timeline_svg(&self, camera: &CameraPath) -> String {
        let scale = Scale { first: self.frames.first.0 as f64, frames: self.frames.count() as f64 };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
             <text x=\"{LEFT}\" y=\"26\" font-size=\"16\">job {}: frames {} in {} ranges, walk-in {}</text>\n",
            self.job,
            self.frames,
            self.ranges.len(),
            self.walk_in
        );
        for (index, range) in self.ranges.iter().enumerate() {
            self.draw_range(&mut svg, &scale, index, *range);
        }
        for border in &self.borders {
            draw_border(&mut svg, &scale, border);
        }
        draw_camera(&mut svg, &scale, self.frames, camera);
        svg.push_str(LEGEND);
        svg.push_str("</svg>\n");
        svg
    }

    fn draw_range(&self, svg: &mut String, scale: &Scale, index: usize, range: FrameRange) {
        // Neighbours stand on two rows, so that a walk-in is seen under the range that it overlaps.
        let y = 60.0 + 34.0 * (index % 2) as f64;
        let (from, to) = (scale.x(range.first.0 as f64), scale.x(range.last.0 as f64 + 1.0));
        let walk =
            scale.x(range.first.0 as f64 - f64::from(self.walk_in_at(range.first, self.walk_in))).max(LEFT);
        let mut bar = |from: f64, to: f64, fill: &str| {
            let width = (to - from).max(0.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{from:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"28\" fill=\"{fill}\"/>"
            );
        };
        bar(walk, from, "#f0c9a0");
        bar(from, to, "#4a7ba6");
    }
}

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 20.0;

const LEGEND: &str = "<g><rect x=\"20\" y=\"272\" width=\"14\" height=\"14\" fill=\"#4a7ba6\"/>\
    <text x=\"40\" y=\"284\">frames of a range</text>\
    <rect x=\"190\" y=\"272\" width=\"14\" height=\"14\" fill=\"#f0c9a0\"/>\
    <text x=\"210\" y=\"284\">walk-in, thrown away</text>\
    <text x=\"380\" y=\"284\">border: C at a cut, S where the camera is slow, E by even division</text>\
    <text x=\"850\" y=\"284\">curve: how much of the picture changes</text></g>\n";

struct Scale {
    first: f64,
    frames: f64,
}

impl Scale {
    fn x(&self, frame: f64) -> f64 {
        LEFT + (frame - self.first) / self.frames.max(1.0) * (WIDTH - 2.0 * LEFT)
    }
}

fn draw_border(svg: &mut String, scale: &Scale, border: &Border) {
    let x = scale.x(border.frame.0 as f64);
    let (letter, colour) = match border.reason {
        BorderReason::Cut => ('C', "#b03030"),
        BorderReason::Slow => ('S', "#2f7d43"),
        BorderReason::Even => ('E', "#707070"),
    };
    let _ = writeln!(
        svg,
        "<line x1=\"{x:.1}\" y1=\"54\" x2=\"{x:.1}\" y2=\"250\" stroke=\"{colour}\"/>\
         <text x=\"{x:.1}\" y=\"48\" text-anchor=\"middle\" fill=\"{colour}\">{letter}</text>"
    );
}

/// At most a point for each two units of the picture's width, the greatest change of the frames it stands for.
fn draw_camera(svg: &mut String, scale: &Scale, frames: FrameRange, camera: &CameraPath) {
    let pairs: Vec<(f64, f64)> = camera
        .frames
        .windows(2)
        .filter(|pair| frames.contains(pair[1].frame))
        .map(|pair| (pair[1].frame.0 as f64, picture_change(&pair[0], &pair[1])))
        .collect();
    let most = pairs.iter().map(|(_, change)| *change).fold(1e-9, f64::max);
    let group = pairs.len().div_ceil(WIDTH as usize / 2).max(1);
    let point = |part: &[(f64, f64)]| {
        let change = part.iter().map(|(_, change)| *change).fold(0.0, f64::max);
        let x = part.first().map_or(LEFT, |(frame, _)| scale.x(*frame));
        format!("{x:.1},{:.1}", 250.0 - 100.0 * change / most)
    };
    let points: Vec<String> = pairs.chunks(group).map(point).collect();
    let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"#222222\"/>", points.join(" "));
}

#[cfg(test)]
mod tests {
    use crate::plan::PlanRequest;
    use crate::plan::tests::{camera, request};

    #[test]
    fn a_plan_says_what_it_costs_and_why_its_borders_are_where_they_are() {
        let mut path = camera(0, 100);
        for frame in path.frames.iter_mut().filter(|frame| frame.frame.0 >= 60) {
            frame.pose.position.y += 40.0;
        }
        let planned = PlanRequest { walk_in: 8, chunk: Some(30), ..request(&path) }.plan().expect("plans");
        let plan = planned.plan;
        let text = plan.explain().join("\n");
        assert!(text.contains("borders: 1 at a cut of the camera, the first before frame 60"), "{text}");
        assert!(text.contains("files: A_003_take.000000.exr to A_003_take.000099.exr, 100 files"), "{text}");
        assert!(text.contains("passes: beauty (R, G, B), all in each frame's one file"), "{text}");
        // Four ranges, one of them behind the cut.
        assert_eq!((plan.walk_in_frames(), plan.walk_in_at(plan.borders[1].frame, 8)), (24, 0));
        assert!(text.contains("24 frames drawn and thrown away, 24 % more work"), "{text}");
        let svg = plan.timeline_svg(&path);
        assert_eq!(
            svg.matches("#f0c9a0").count(),
            plan.ranges.len() + 1,
            "a walk-in for each, and the legend"
        );
        assert!(svg.contains(">C</text>") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn a_plan_says_what_its_passes_are_called_and_mean() {
        let path = camera(0, 2);
        let passes = "beauty,depth,normal,matte".parse().expect("passes");
        let plan = PlanRequest { passes, ..request(&path) }.plan().expect("plans").plan;
        let text = plan.explain().join("\n");
        let wanted = "passes: beauty (R, G, B), depth (Z, metres along the view axis), matte (matte.*, as its host means it), \
                      normal (N.X, N.Y, N.Z of the stage), all in each frame's one file";
        assert!(text.contains(wanted), "{text}");
    }
}
