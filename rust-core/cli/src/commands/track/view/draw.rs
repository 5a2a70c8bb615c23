//! Where things stand on the screen, and how they look. Any size is drawn; what has no room is left out.

use cyclorama_tracking::ingest::{Output, Snapshot, SubjectView};
use ratatui::{
    Frame,
    layout::{Alignment, Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Paragraph, Wrap},
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
    let labelled = words::label(view, snapshot).is_some();
    let tall = area.height >= 20;
    let band = match area.height {
        30.. => 7,
        20.. => 5,
        16.. => 3,
        _ => 1,
    };
    let middle = match (tall, labelled) {
        (true, true) => 6,
        (true, false) => 3,
        (false, _) => 1,
    };
    let foot = foot_rows(view, snapshot, lines, area.width);
    let room = area.height.saturating_sub(band + middle);
    // Figures come before sentences, but for the newest one.
    let most = room.saturating_sub(grid_needs(area.width, room.saturating_sub(1))).max(1);
    let rows = Layout::vertical([
        Constraint::Length(band),
        Constraint::Length(middle),
        Constraint::Fill(1),
        Constraint::Length((foot.len() as u16).min(most).min(6)),
    ])
    .split(area);
    headline(frame, rows[0], view, snapshot, wants, paint);
    time_and_slate(frame, rows[1], view, snapshot, paint);
    match view {
        Some(view) => grid(frame, rows[2], &words::tiles(view, snapshot), paint),
        None => advice(frame, rows[2], snapshot),
    }
    footer(frame, rows[3], &foot, paint);
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
    let warning = view.and_then(words::clock_warning);
    if warning.is_some() {
        mood = mood.max(Mood::Doubtful);
    }
    let name = view.map_or("", |view| &*view.status.name);
    frame.render_widget(Block::new().style(paint.band(mood)), area);
    let large = digits::width(&word) as u16;
    if area.height >= digits::ROWS as u16 && large + 4 <= area.width {
        let top = area.y + (area.height - digits::ROWS as u16) / 2;
        let place = Rect { x: area.x + 2, y: top, width: large, height: digits::ROWS as u16 };
        let rows = digits::large(&word).map(Line::raw).to_vec();
        frame.render_widget(Paragraph::new(rows).style(paint.band(mood)), place);
        let x = place.right() + 2;
        let beside = Rect { x, width: area.right().saturating_sub(x + 2), ..place };
        let mut said = vec![Line::raw(name), Line::raw(&*wants.output)];
        said.extend(warning.map(|warning| Line::raw(warning).style(Modifier::BOLD)));
        let said = Paragraph::new(said).style(paint.band(mood)).alignment(Alignment::Right);
        frame.render_widget(said.wrap(Wrap { trim: true }), beside);
        return;
    }
    warning.into_iter().for_each(|warning| word += &format!("  {warning}"));
    let spaced = word.chars().flat_map(|letter| [letter, ' ']).collect::<String>();
    // Letters with room between them carry further, where there is room.
    let word = if spaced.chars().count() + 4 < usize::from(area.width) {
        spaced.trim_end().to_owned()
    } else {
        word
    };
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
    if area.height < 3 {
        let label = label.map_or_else(String::new, |(label, _)| format!("{label}  "));
        let line = Line::from(vec![Span::raw(format!("  {label}")), Span::styled(slate, style)]);
        frame.render_widget(Paragraph::new(line), area);
        return;
    }
    let left = if label.is_some() { 50 } else { 0 };
    let columns = Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).split(area);
    if let Some((label, whose)) = label {
        let mut text: Vec<Line<'_>> =
            digits::large(&label).into_iter().map(|row| Line::raw(format!("  {row}"))).collect();
        text.push(Line::styled(format!("  {whose}"), paint.dim()));
        frame.render_widget(Paragraph::new(text), columns[0]);
    }
    let inner = Rect { y: area.y + (area.height - 3) / 2, height: 3, ..columns[1] };
    frame.render_widget(Block::new().style(style), inner);
    let text = Paragraph::new(slate).style(style).alignment(Alignment::Center);
    frame.render_widget(text.wrap(Wrap { trim: true }), Rect { y: inner.y + 1, height: 2, ..inner });
}

/// How many tiles stand side by side, and rows of them.
fn tile_rows(width: u16) -> (u16, u16) {
    let columns = (width / 20).clamp(1, 4);
    (columns, TILES.div_ceil(columns))
}

/// How many stand side by side where each is only a line: one where all have room below each other.
fn line_columns(width: u16, room: u16) -> u16 {
    if room >= TILES { 1 } else { (width / 25).clamp(1, 4) }
}

/// How many rows the tiles want of `room`: large figures, else words of three rows, else a line each.
fn grid_needs(width: u16, room: u16) -> u16 {
    let (_, rows) = tile_rows(width);
    let lines = TILES.div_ceil(line_columns(width, room));
    [rows * LARGE_TILE, rows * 3].into_iter().find(|needs| *needs <= room).unwrap_or(lines)
}

fn grid(frame: &mut Frame<'_>, area: Rect, tiles: &[Tile], paint: Paint) {
    let (columns, rows) = tile_rows(area.width);
    let height = area.height / rows;
    // Without room for figures there is still room for words.
    if height < 3 {
        let columns = line_columns(area.width, area.height);
        let rows = TILES.div_ceil(columns);
        let across = Layout::horizontal(vec![Constraint::Fill(1); usize::from(columns)]).split(area);
        for (place, tiles) in across.iter().zip(tiles.chunks(usize::from(rows))) {
            let line = |tile: &Tile| {
                let text = format!(" {:<11} {:>5} {}", tile.name, tile.figures, tile.unit);
                Line::styled(text, paint.plain(tile.mood).add_modifier(Modifier::BOLD))
            };
            frame.render_widget(Paragraph::new(tiles.iter().map(line).collect::<Vec<_>>()), *place);
        }
        return;
    }
    let down = Layout::vertical(vec![Constraint::Length(height); usize::from(rows)]).split(area);
    for (row, tiles) in down.iter().zip(tiles.chunks(usize::from(columns))) {
        let across = Layout::horizontal(vec![Constraint::Fill(1); usize::from(columns)]).split(*row);
        for (place, tile) in across.iter().zip(tiles) {
            draw_tile(frame, *place, tile, paint);
        }
    }
}

fn draw_tile(frame: &mut Frame<'_>, area: Rect, tile: &Tile, paint: Paint) {
    let style = paint.plain(tile.mood);
    let inner = usize::from(area.width.saturating_sub(1));
    let large = digits::width(&tile.figures);
    let fits = area.height >= LARGE_TILE && large > 0 && large <= inner;
    let below = if tile.mood > Mood::Good { style } else { paint.dim() };
    let mut text = vec![Line::styled(tile.name, paint.dim())];
    if fits {
        // The unit stands beside the name where there is no row of its own for it, and where it has room.
        if area.height == LARGE_TILE && tile.name.len() + 1 + tile.unit.chars().count() <= inner {
            text[0].push_span(Span::styled(format!(" {}", tile.unit), below));
        }
        text.extend(digits::large(&tile.figures).into_iter().map(|row| Line::styled(row, style)));
    } else {
        let above = area.height.saturating_sub(3) / 2;
        text.extend((0..above).map(|_| Line::raw("")));
        text.push(Line::styled(tile.figures.clone(), style.add_modifier(Modifier::BOLD)));
    }
    text.push(Line::styled(tile.unit.clone(), below));
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    frame.render_widget(Paragraph::new(text), area);
}

/// Tiles of a subject.
const TILES: u16 = 8;
/// Rows of a tile with large figures: its name and the figures.
const LARGE_TILE: u16 = 1 + digits::ROWS as u16;

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

/// What may stand at the foot, the most important last: the other subjects, and what was said.
fn foot_rows(
    shown: Option<&SubjectView>,
    snapshot: &Snapshot,
    lines: &[String],
    width: u16,
) -> Vec<(String, Mood)> {
    let others = snapshot
        .subjects
        .iter()
        .filter(|view| shown.is_none_or(|shown| shown.status.name != view.status.name));
    let others = others.map(|view| {
        let (word, mood) = words::headline(Some(view), snapshot);
        let rate = view.stream.as_ref().and_then(|stream| stream.rate).unwrap_or(0.0);
        (format!("  {:<24} {word:<12} {rate:.1}/s", view.status.name), mood)
    });
    let said = lines.iter().map(|line| (format!("  {line}"), Mood::Calm));
    others.chain(said).map(|(text, mood)| (words::shortened(text, usize::from(width)), mood)).collect()
}

fn footer(frame: &mut Frame<'_>, area: Rect, rows: &[(String, Mood)], paint: Paint) {
    let over = rows.len().saturating_sub(usize::from(area.height));
    let line = |(text, mood): &(String, Mood)| {
        Line::styled(text.clone(), if *mood == Mood::Calm { paint.dim() } else { paint.plain(*mood) })
    };
    frame.render_widget(Paragraph::new(rows[over..].iter().map(line).collect::<Vec<_>>()), area);
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
