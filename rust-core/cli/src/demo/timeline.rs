//! A drawing of a render as it happened: a row per worker, a bar per frame, a mark where one was killed.

use std::fmt::Write as _;

/// One frame drawn by one worker; seconds since the render began.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    /// Which worker, as an index of the rows.
    pub(crate) row: usize,
    /// What is written on it: the frame's number.
    pub(crate) label: String,
    /// When it was begun.
    pub(crate) from: f64,
    /// When it was committed.
    pub(crate) to: f64,
    /// It was never finished.
    pub(crate) lost: bool,
}

/// One worker.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) name: String,
    /// What became of it, a few words.
    pub(crate) fate: String,
    /// When it was killed, if it was.
    pub(crate) killed: Option<f64>,
}

const WIDTH: f64 = 1120.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 26.0;
const ROW: f64 = 62.0;
const BAR: f64 = 34.0;

/// The drawing as SVG, in the report's colours. `seconds` is the whole length of the render.
pub(crate) fn draw(rows: &[Row], bars: &[Bar], seconds: f64) -> String {
    let seconds = seconds.max(0.1);
    let x = |time: f64| LEFT + (WIDTH - LEFT - RIGHT) * (time / seconds).clamp(0.0, 1.0);
    let floor = TOP + ROW * rows.len() as f64;
    let mut svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {:.0}" xmlns="http://www.w3.org/2000/svg" role="img" font-size="14">"#,
        floor + 46.0
    );
    axis(&mut svg, seconds, floor, x);
    for (index, row) in rows.iter().enumerate() {
        let y = TOP + ROW * index as f64;
        let _ = write!(
            svg,
            r#"<text class="strong" x="20" y="{:.1}" font-weight="600">{}</text><text x="20" y="{:.1}" font-size="12.5">{}</text>"#,
            y + 21.0,
            escape(&row.name),
            y + 38.0,
            escape(&row.fate)
        );
    }
    for bar in bars {
        let y = TOP + ROW * bar.row as f64 + 5.0;
        let (from, to) = (x(bar.from), x(bar.to).max(x(bar.from) + 1.5));
        if bar.lost {
            let _ = write!(
                svg,
                r##"<rect x="{from:.1}" y="{y:.1}" width="{:.1}" height="{BAR}" rx="3" fill="none" stroke="#060606" stroke-dasharray="4 4"/>"##,
                to - from
            );
            continue;
        }
        let fill = ["#030303", "#040404", "#050505"][bar.row % 3];
        let _ = write!(
            svg,
            r#"<rect x="{:.1}" y="{y:.1}" width="{:.1}" height="{BAR}" rx="3" fill="{fill}" opacity="0.82"><title>frame {}: {:.2} s</title></rect>"#,
            from + 0.75,
            (to - from - 1.5).max(1.0),
            escape(&bar.label),
            bar.to - bar.from
        );
        if to - from > 9.0 * bar.label.len() as f64 {
            let _ = write!(
                svg,
                r##"<text x="{:.1}" y="{:.1}" text-anchor="middle" font-size="12" style="fill:#fff">{}</text>"##,
                (from + to) / 2.0,
                y + 22.0,
                escape(&bar.label)
            );
        }
    }
    for (index, killed) in rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.killed?))) {
        cross(&mut svg, x(killed), TOP + ROW * index as f64 + 5.0 + BAR / 2.0);
    }
    svg.push_str("</svg>");
    svg
}

fn axis(svg: &mut String, seconds: f64, floor: f64, x: impl Fn(f64) -> f64) {
    let step =
        [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0].into_iter().find(|s| seconds / s <= 12.0).unwrap_or(120.0);
    let mut at = 0.0;
    while at <= seconds {
        let _ = write!(
            svg,
            r##"<path d="M{0:.1} {TOP}V{floor}" stroke="#020202"/><text x="{0:.1}" y="{1:.1}" text-anchor="middle">{at} s</text>"##,
            x(at),
            floor + 24.0
        );
        at += step;
    }
}

fn cross(svg: &mut String, x: f64, y: f64) {
    let _ = write!(
        svg,
        r##"<g stroke="#060606" stroke-width="4" stroke-linecap="round"><path d="M{0:.1} {1:.1}l18 18M{2:.1} {1:.1}l-18 18"/></g><text x="{3:.1}" y="{4:.1}" font-weight="600" style="fill:var(--alarm)">killed</text>"##,
        x - 9.0,
        y - 9.0,
        x + 9.0,
        x + 20.0,
        y + 5.0
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(row: usize, from: f64, to: f64) -> Bar {
        Bar { row, label: "12".into(), from, to, lost: false }
    }

    #[test]
    fn each_frame_has_a_bar_and_only_the_killed_worker_a_mark() {
        let row = |name: &str, killed| Row { name: name.into(), fate: "done".into(), killed };
        let rows = [row("worker 1", None), row("worker 2 <lost>", Some(3.5))];
        let svg = draw(&rows, &[bar(0, 0.0, 2.0), bar(0, 2.0, 4.0), bar(1, 0.0, 3.0)], 4.0);
        assert_eq!(svg.matches("<rect").count(), 3);
        assert_eq!(svg.matches(">killed<").count(), 1);
        assert!(svg.contains("worker 2 &lt;lost&gt;"));
    }

    #[test]
    fn what_was_lost_is_dashed() {
        let svg = draw(&[], &[Bar { lost: true, ..bar(0, 0.0, 2.0) }], 4.0);
        assert!(svg.contains("stroke-dasharray"));
    }

    #[test]
    fn bars_never_leave_the_drawing() {
        let svg = draw(&[], &[bar(0, -1.0, 99.0)], 4.0);
        assert!(svg.contains(&format!(r#"x="{:.1}""#, LEFT + 0.75)), "{svg}");
    }

    #[test]
    fn a_render_of_no_time_is_still_a_drawing() {
        assert!(draw(&[], &[], 0.0).ends_with("</svg>"));
    }
}
