//! What `render watch` shows on a terminal. Colours carry no meaning that words do not say too.

use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::{Color, Modifier, Style},
    text::Line,
    widgets::{Gauge, Paragraph, Row, Table},
};

use super::View;
use crate::text;

/// Draws the whole screen.
pub(super) fn screen(frame: &mut Frame<'_>, view: &View, take: &str, colour: bool) {
    let bad_rows = (view.tally.bad.len().min(8) + 1) as u16;
    let rows = [
        Constraint::Length(2),
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Min(3),
        Constraint::Length(bad_rows),
    ];
    let [title, bar, facts, workers, bad] = Layout::vertical(rows).areas(frame.area());
    let painted = |paint: Color| if colour { Style::new().fg(paint) } else { Style::new() };
    let strong = Style::new().add_modifier(Modifier::BOLD);
    frame.render_widget(Line::styled(format!("{take}, job {}", view.status.job), strong), title);
    let (done, all) = (view.status.committed, view.status.frames.max(1));
    let gauge = Gauge::default()
        .ratio((done as f64 / all as f64).clamp(0.0, 1.0))
        .label(format!("{done} of {} frames", view.status.frames))
        .gauge_style(painted(Color::Green));
    frame.render_widget(gauge, bar);
    frame.render_widget(Paragraph::new(summary(view)), facts);
    let names = Row::new(["worker", "frames", "a frame", "now"]).style(strong);
    let worker = |worker: &cyclorama_render::tally::WorkerTally| {
        Row::new([
            worker.name.clone(),
            worker.frames.to_string(),
            if worker.frames == 0 { "-".to_owned() } else { format!("{:.1} s", worker.seconds_per_frame) },
            if worker.works { "draws" } else { "has nothing" }.to_owned(),
        ])
    };
    let widths = [Constraint::Min(20), Constraint::Length(8), Constraint::Length(10), Constraint::Length(12)];
    frame.render_widget(Table::new(view.tally.workers.iter().map(worker), widths).header(names), workers);
    frame.render_widget(Paragraph::new(trouble(view)).style(painted(Color::Yellow)), bad);
}

/// The figures, in one line.
fn summary(view: &View) -> String {
    let tally = &view.tally;
    let mut said = match (view.status.waits_until, tally.frames_per_minute) {
        (Some(opens), _) => format!("waits until {}", text::utc(opens)),
        (None, Some(speed)) => format!("{speed:.1} frames a minute"),
        (None, None) => "no speed yet".to_owned(),
    };
    match tally.seconds_left {
        _ if view.status.waits_until.is_some() => {}
        Some(left) if left > 0.0 => said += &format!(", about {} left", text::seconds(left)),
        Some(_) => said += ", done",
        None => {}
    }
    said += &format!(", machines ran {}", text::seconds(tally.machine_seconds));
    if let (Some(cost), Some(currency)) = (view.cost, &view.currency) {
        said += &format!(", {cost:.2} {currency} so far");
    }
    if view.status.cancelled {
        said += ", cancelled";
    }
    said
}

/// What went wrong, the latest frames last.
fn trouble(view: &View) -> Vec<Line<'static>> {
    let bad = &view.tally.bad;
    if bad.is_empty() {
        let tried = text::count(view.tally.attempts_failed, "failed attempt");
        let said =
            if view.tally.attempts_failed == 0 { String::new() } else { format!("{tried}, all made good") };
        return vec![Line::from(said)];
    }
    let line = |bad: &cyclorama_render::tally::BadFrame| {
        let what = if bad.given_up { "given up" } else { "tried again" };
        Line::from(format!("frame {} {what}: {}", bad.frame.0, bad.reason))
    };
    let mut lines: Vec<Line<'static>> = bad.iter().rev().take(8).rev().map(line).collect();
    if bad.len() > lines.len() {
        lines.insert(0, Line::from(format!("{} frames in trouble, the last of them:", bad.len())));
    }
    lines
}

#[cfg(test)]
mod tests {
    use cyclorama_render::{
        ledger::Status,
        tally::{BadFrame, Tally, WorkerTally},
    };
    use cyclorama_time::FrameNumber;
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;

    fn view() -> View {
        let worker = |name: &str, frames, works| WorkerTally {
            name: name.to_owned(),
            frames,
            seconds_per_frame: 2.5,
            works,
        };
        View {
            status: Status {
                schema: "cyclorama.job/1",
                job: "abc-0".to_owned(),
                frames: 200,
                committed: 50,
                failed: 1,
                leases: Vec::new(),
                eta_seconds: None,
                cancelled: false,
                waits_until: None,
                borders_unjudged: false,
            },
            tally: Tally {
                frames_per_minute: Some(24.0),
                seconds_left: Some(375.0),
                workers: vec![worker("node-7", 50, true), worker("node-8", 0, false)],
                bad: vec![BadFrame {
                    frame: FrameNumber(12),
                    reason: "it is black".to_owned(),
                    given_up: true,
                }],
                attempts_failed: 3,
                machine_seconds: 120.0,
            },
            cost: Some(0.04),
            currency: Some("EUR".to_owned()),
        }
    }

    fn drawn(view: &View, (width, height): (u16, u16)) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        terminal.draw(|frame| screen(frame, view, "shot-12", false)).expect("draws");
        terminal.backend().to_string()
    }

    #[test]
    fn everything_somebody_asks_is_on_a_screen_of_80_by_24() {
        let said = drawn(&view(), (80, 24));
        for word in [
            "shot-12",
            "50 of 200 frames",
            "24.0 frames a minute",
            "0.04 EUR",
            "node-7",
            "draws",
            "frame 12 given up: it is black",
        ] {
            assert!(said.contains(word), "{word} is not in:\n{said}");
        }
    }

    #[test]
    fn a_job_that_waits_for_its_hours_says_until_when_and_promises_no_end() {
        let mut view = view();
        view.status.waits_until = Some("2026-11-27T20:00:00Z".parse().expect("a moment"));
        let said = drawn(&view, (80, 24));
        assert!(said.contains("waits until 2026-11-27T20:00:00Z") && !said.contains(" left"), "{said}");
    }

    #[test]
    fn any_terminal_is_drawn_on() {
        for size in [(1, 1), (20, 3), (300, 2), (40, 100)] {
            let _ = drawn(&view(), size);
        }
    }
}
