//! The frontier as a picture: jitter to the right, error upwards, one line per horizon.

use std::fmt::Write as _;

use super::Curve;

const SIZE: (f64, f64) = (760.0, 480.0);
const MARGIN: f64 = 60.0;
/// Jitter to alpha-beta's, and error to constant velocity's, from and to.
const X: (f64, f64) = (0.4, 1.4);
const Y: (f64, f64) = (0.5, 1.1);
const COLOURS: [&str; 4] = ["#1b6ca8", "#2a9d4a", "#c7781a", "#b03a5b"];

/// The picture. The default weight of jitter is the large dot of each line.
pub(super) fn svg(curves: &[Curve]) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        SIZE.0, SIZE.1
    );
    axes(&mut out);
    for (curve, colour) in curves.iter().zip(COLOURS) {
        let places: Vec<(f64, f64)> = curve.points.iter().map(|(_, row, _)| (x(row[3]), y(row[0]))).collect();
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        line(
            &mut out,
            &format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join(" ")
            ),
        );
        for ((times, ..), (x, y)) in curve.points.iter().zip(&places) {
            let size = if *times == 1.0 { 6.0 } else { 3.0 };
            line(&mut out, &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{size}\" fill=\"{colour}\"/>"));
        }
        if let Some((x, y)) = places.first() {
            let name = format!("{:.0} ms", curve.horizon * 1e3);
            line(&mut out, &text(x + 10.0, y + 4.0, "start", colour, &name));
        }
    }
    out.push_str("</svg>\n");
    out
}

fn axes(out: &mut String) {
    let (left, right, top, bottom) = (x(X.0), x(X.1), y(Y.1), y(Y.0));
    for step in 0..=10 {
        let value = X.0 + (X.1 - X.0) * f64::from(step) / 10.0;
        line(out, &format!("<path d=\"M{0:.1} {top:.1}V{bottom:.1}\" stroke=\"#ddd\"/>", x(value)));
        line(out, &text(x(value), bottom + 18.0, "middle", "#333", &format!("{value:.1}")));
    }
    for step in 0..=6 {
        let value = Y.0 + (Y.1 - Y.0) * f64::from(step) / 6.0;
        line(out, &format!("<path d=\"M{left:.1} {0:.1}H{right:.1}\" stroke=\"#ddd\"/>", y(value)));
        line(out, &text(left - 8.0, y(value) + 4.0, "end", "#333", &format!("{value:.1}")));
    }
    line(
        out,
        &format!(
            "<path d=\"M{0:.1} {top:.1}V{bottom:.1}\" stroke=\"#888\" stroke-dasharray=\"5 4\"/>",
            x(1.05)
        ),
    );
    line(out, &text(x(1.05) + 6.0, bottom - 8.0, "start", "#555", "goal: at most 1.05"));
    line(
        out,
        &text(
            (left + right) / 2.0,
            SIZE.1 - 14.0,
            "middle",
            "#111",
            "rotation jitter, alpha-beta (0.8, 0.4) = 1",
        ),
    );
    let (across, up) = (18.0, (top + bottom) / 2.0);
    line(
        out,
        &format!(
            "<text x=\"{across}\" y=\"{up}\" text-anchor=\"middle\" transform=\"rotate(-90 {across} {up})\">mean rotation error, constant velocity = 1</text>"
        ),
    );
}

fn text(x: f64, y: f64, anchor: &str, colour: &str, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{words}</text>")
}

fn line(out: &mut String, element: &str) {
    writeln!(out, "{element}").expect("a String takes everything");
}

fn x(jitter: f64) -> f64 {
    MARGIN + (jitter - X.0) / (X.1 - X.0) * (SIZE.0 - 2.0 * MARGIN)
}

fn y(error: f64) -> f64 {
    SIZE.1 - MARGIN - (error - Y.0) / (Y.1 - Y.0) * (SIZE.1 - 2.0 * MARGIN)
}
