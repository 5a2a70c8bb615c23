//! Where things stand on the screen, and how they look. Any size is drawn; what has no room is left out.

use cyclorama_tracking::ingest::{Output, Snapshot, SubjectView};
use ratatui::{
    Frame,
    layout::{Alignment, Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Paragraph},
};

use super::{
    digits,
    words::{self, Mood, Tile},
};

/// What the output is, in words.
#[derive(Clone, Debug, Default)]
pub(super) struct Wants {
    output: String,
}

impl Wants {
    pub(super) fn of(output: &Output) -> Self {
        let output = match output {
            Output::Measured => "as measured".to_owned(),
            Output::Ahead(nanos) => format!("foretold {:.0} ms", *nanos as f64 * 1e-6),
            Output::Ticks(options) => {
                format!("{} frames/s, foretold {:.0} ms", options.rate, options.horizon_nanos as f64 * 1e-6)
            }
        };
        Self { output }
    }
}

/// Draws everything.
pub(super) fn screen(
    frame: &mut Frame<'_>,
    snapshot: &Snapshot,
    lines: &[String],
    wants: &Wants,
    colour: bool,
) {
    let area = frame.area();
    let paint = Paint(colour);
    let view = worst(snapshot);
    let tall = area.height >= 20;
    let (band, middle) = (if tall { 3 } else { 1 }, if tall { 7 } else { 1 });
    let foot = (snapshot.subjects.len().saturating_sub(1) + lines.len()).min(6) as u16;
    let rows = Layout::vertical([
        Constraint::Length(band),
        Constraint::Length(middle),
        Constraint::Fill(1),
        Constraint::Length(foot),
    ])
    .split(area);
    headline(frame, rows[0], view, snapshot, wants, paint);
    time_and_slate(frame, rows[1], view, snapshot, paint);
    match view {
        Some(view) => grid(frame, rows[2], &words::tiles(view, snapshot), paint),
        None => advice(frame, rows[2], snapshot),
    }
    footer(frame, rows[3], view, snapshot, lines, paint);
}

/// The subject that needs a look most; of equals the first.
fn worst(snapshot: &Snapshot) -> Option<&SubjectView> {
    let mood = |view: &SubjectView| words::headline(Some(view), snapshot).1;
    snapshot.subjects.iter().rev().max_by_key(|view| mood(view))
}

fn headline(
    frame: &mut Frame<'_>,
    area: Rect,
    view: Option<&SubjectView>,
    snapshot: &Snapshot,
    wants: &Wants,
    paint: Paint,
) {
    let (mut word, mut mood) = words::headline(view, snapshot);
    if let Some(warning) = view.and_then(words::clock_warning) {
        word = format!("{word}  {warning}");
        mood = mood.max(Mood::Doubtful);
    }
    let name = view.map_or("", |view| &*view.status.name);
    let spaced = word.chars().flat_map(|letter| [letter, ' ']).collect::<String>();
    // Letters with room between them carry further, where there is room.
    let word = if spaced.chars().count() + 4 < usize::from(area.width) {
        spaced.trim_end().to_owned()
    } else {
        word
    };
    frame.render_widget(Block::new().style(paint.band(mood)), area);
    let middle = Rect { y: area.y + area.height / 2, height: 1.min(area.height), ..area };
    let left = Paragraph::new(format!("  {word}")).style(paint.band(mood).add_modifier(Modifier::BOLD));
    frame.render_widget(left, middle);
    let right = format!("{name}  {}  ", wants.output);
    let used = word.chars().count() + 4;
    if used + right.chars().count() < usize::from(area.width) {
        let right = Paragraph::new(right).style(paint.band(mood)).alignment(Alignment::Right);
        frame.render_widget(right, middle);
    } else if area.height >= 3 {
        let below = Rect { y: area.y + 2, height: 1, ..area };
        let right = Paragraph::new(right).style(paint.band(mood)).alignment(Alignment::Right);
        frame.render_widget(right, below);
    }
}

fn time_and_slate(
    frame: &mut Frame<'_>,
    area: Rect,
    view: Option<&SubjectView>,
    snapshot: &Snapshot,
    paint: Paint,
) {
    let (slate, mood) = words::slate(snapshot);
    let label = words::label(view, snapshot);
    let style =
        if mood == Mood::Bad { paint.band(mood).add_modifier(Modifier::BOLD) } else { paint.plain(mood) };
    if area.height < 7 {
        let label = label.map_or_else(String::new, |(label, _)| label);
        let line = Line::from(vec![Span::raw(format!("{label}  ")), Span::styled(slate, style)]);
        frame.render_widget(Paragraph::new(line), area);
        return;
    }
    let columns = Layout::horizontal([Constraint::Length(50), Constraint::Fill(1)]).split(area);
    if let Some((label, whose)) = label {
        let mut text: Vec<Line<'_>> = vec![Line::raw("")];
        text.extend(digits::large(&label).into_iter().map(|row| Line::raw(format!("  {row}"))));
        text.push(Line::styled(format!("  {whose}"), paint.dim()));
        frame.render_widget(Paragraph::new(text), columns[0]);
    }
    let inner = Rect { y: columns[1].y + 2, height: 3, ..columns[1] };
    frame.render_widget(Block::new().style(style), inner);
    let text = Paragraph::new(slate).style(style).alignment(Alignment::Center);
    let text = text.wrap(ratatui::widgets::Wrap { trim: true });
    frame.render_widget(text, Rect { y: inner.y + 1, height: 2, ..inner });
}

fn grid(frame: &mut Frame<'_>, area: Rect, tiles: &[Tile], paint: Paint) {
    let columns = usize::from(area.width / 20).clamp(1, 4);
    let rows = tiles.len().div_ceil(columns);
    let height = area.height / rows.max(1) as u16;
    // Without room for figures there is still room for words, one tile a line.
    if height < 3 {
        let line = |tile: &Tile| {
            let text = format!("{:<12} {:>8} {}", tile.name, tile.figures, tile.unit);
            Line::styled(text, paint.plain(tile.mood))
        };
        frame.render_widget(Paragraph::new(tiles.iter().map(line).collect::<Vec<_>>()), area);
        return;
    }
    let down = Layout::vertical(vec![Constraint::Length(height); rows]).split(area);
    for (row, tiles) in down.iter().zip(tiles.chunks(columns)) {
        let across = Layout::horizontal(vec![Constraint::Fill(1); columns]).split(*row);
        for (place, tile) in across.iter().zip(tiles) {
            draw_tile(frame, *place, tile, paint);
        }
    }
}

fn draw_tile(frame: &mut Frame<'_>, area: Rect, tile: &Tile, paint: Paint) {
    let style = paint.plain(tile.mood);
    let inner = usize::from(area.width.saturating_sub(1));
    let large = digits::width(&tile.figures);
    let fits = area.height >= 7 && large > 0 && large <= inner;
    let head = Line::styled(tile.name, paint.dim());
    let mut text = vec![head];
    if fits {
        text.extend(digits::large(&tile.figures).into_iter().map(|row| Line::styled(row, style)));
    } else {
        let above = area.height.saturating_sub(3) / 2;
        text.extend((0..above).map(|_| Line::raw("")));
        text.push(Line::styled(tile.figures.clone(), style.add_modifier(Modifier::BOLD)));
        text.extend(
            (0..above.saturating_sub(u16::from(area.height.is_multiple_of(2)))).map(|_| Line::raw("")),
        );
    }
    text.push(Line::styled(tile.unit.clone(), if tile.mood > Mood::Good { style } else { paint.dim() }));
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    frame.render_widget(Paragraph::new(text), area);
}

fn advice(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot) {
    let text = if snapshot.health.datagrams == 0 {
        "\n  Nothing comes to this address.\n  Look at the tracker's target address, the cable, and the firewall;\n  \
         `cyclorama track probe` tells what speaks on this network."
    } else {
        "\n  Datagrams come, but none is a sample: is it the right protocol?\n  \
         `cyclorama track probe` tells what they are."
    };
    frame.render_widget(Paragraph::new(text), area);
}

fn footer(
    frame: &mut Frame<'_>,
    area: Rect,
    shown: Option<&SubjectView>,
    snapshot: &Snapshot,
    lines: &[String],
    paint: Paint,
) {
    let others = snapshot
        .subjects
        .iter()
        .filter(|view| shown.is_none_or(|shown| shown.status.name != view.status.name));
    let mut text: Vec<Line<'_>> = others
        .map(|view| {
            let (word, mood) = words::headline(Some(view), snapshot);
            let rate = view.stream.as_ref().and_then(|stream| stream.rate).unwrap_or(0.0);
            Line::styled(format!("  {:<24} {word:<12} {rate:.1}/s", view.status.name), paint.plain(mood))
        })
        .collect();
    text.extend(lines.iter().map(|line| Line::styled(format!("  {line}"), paint.dim())));
    let over = text.len().saturating_sub(usize::from(area.height));
    text.drain(..over);
    frame.render_widget(Paragraph::new(text), area);
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    /// A block of colour with words on it; without colours the words are inverted where it matters.
    fn band(self, mood: Mood) -> Style {
        match (self.0, mood) {
            (false, Mood::Bad | Mood::Doubtful) => Style::new().add_modifier(Modifier::REVERSED),
            (false, _) => Style::new(),
            (true, Mood::Bad) => Style::new().bg(Color::Red).fg(Color::White),
            (true, Mood::Doubtful) => Style::new().bg(Color::Yellow).fg(Color::Black),
            (true, Mood::Good) => Style::new().bg(Color::Green).fg(Color::Black),
            (true, Mood::Calm) => Style::new().bg(Color::DarkGray).fg(Color::White),
        }
    }

    fn plain(self, mood: Mood) -> Style {
        match (self.0, mood) {
            (true, Mood::Bad) => Style::new().fg(Color::LightRed),
            (true, Mood::Doubtful) => Style::new().fg(Color::Yellow),
            (true, Mood::Good) => Style::new().fg(Color::LightGreen),
            (false, Mood::Bad | Mood::Doubtful) => Style::new().add_modifier(Modifier::BOLD),
            _ => Style::new(),
        }
    }

    fn dim(self) -> Style {
        if self.0 { Style::new().fg(Color::Gray) } else { Style::new() }
    }
}

#[cfg(test)]
mod tests;
