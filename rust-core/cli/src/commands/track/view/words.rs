//! What the view says, in words and figures: pure, so that it can be read in tests.

use cyclorama_tracking::{
    ClockSource, Status,
    clock::{Basis, Scale},
    ingest::{Snapshot, SubjectView},
    live::Origin,
    stream::State,
};

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mood {
    /// Nothing to say.
    Calm,
    /// As it should be.
    Good,
    /// Look at it soon.
    Doubtful,
    /// Look at it now.
    Bad,
}

/// One tile: a name, large figures, and a word or two below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) figures: String,
    pub(super) unit: String,
    pub(super) mood: Mood,
}

/// The one thing to know about a subject.
pub(super) fn headline(view: Option<&SubjectView>, snapshot: &Snapshot) -> (String, Mood) {
    let Some(view) = view else {
        let refused: u64 = snapshot.health.rejected.values().sum();
        return match (snapshot.health.datagrams, refused) {
            (0, _) => ("NOTHING HEARD".to_owned(), Mood::Bad),
            (_, 0) => ("NO SUBJECT".to_owned(), Mood::Bad),
            _ => ("ONLY DAMAGED DATA".to_owned(), Mood::Bad),
        };
    };
    let state = view.stream.as_ref().map(|stream| stream.state);
    let (word, mood) = match (state, view.status.status, view.evaluated.as_ref()) {
        (None | Some(State::DroppedOut), ..) => ("NO SIGNAL", Mood::Bad),
        (Some(State::Stale), ..) => ("STALE", Mood::Bad),
        (_, Status::Lost, _) => ("LOST", Mood::Bad),
        _ if view.second_sender => ("TWO SENDERS", Mood::Bad),
        (_, Status::Bad, _) => ("BAD TRACKING", Mood::Bad),
        (_, _, Some(found)) if found.origin == Origin::Held => ("HELD", Mood::Bad),
        (_, Status::Caution, _) => ("CAUTION", Mood::Doubtful),
        (_, _, None) => ("NO POSE", Mood::Bad),
        _ if view.status.active > 0 => ("ON BACKUP", Mood::Doubtful),
        _ => ("LIVE", Mood::Good),
    };
    (word.to_owned(), mood)
}

/// What is wrong with a sender's clock, in words; the worst first.
pub(super) fn clock_warning(view: &SubjectView) -> Option<&'static str> {
    let clock = &view.status.clock;
    match clock.scale {
        _ if clock.implausible_ptp => Some("SAYS PTP, BUT ITS TIME IS NOT OURS"),
        Some(Scale::Utc) => Some("SENDER STAMPS UTC, NOT TAI: 37 s OFF"),
        Some(Scale::Ntp) => Some("SENDER COUNTS FROM 1900"),
        _ if clock.stamps_refused => Some("SENDER'S STAMPS STAND STILL"),
        _ => None,
    }
}

/// The tiles of a subject.
pub(super) fn tiles(view: &SubjectView, snapshot: &Snapshot) -> Vec<Tile> {
    vec![
        rate(view),
        age(view),
        jitter(view),
        loss(view, snapshot),
        lock(view),
        phase(snapshot),
        focal(view),
        focus(view),
    ]
}

fn tile(name: &'static str, figures: String, unit: impl Into<String>, mood: Mood) -> Tile {
    Tile { name, figures, unit: unit.into(), mood }
}

fn rate(view: &SubjectView) -> Tile {
    let rate = view.stream.as_ref().and_then(|stream| stream.rate);
    let mood = if rate.is_some() { Mood::Good } else { Mood::Calm };
    tile("RATE", rate.map_or_else(|| "-".to_owned(), |rate| short(rate, 1)), "samples/s", mood)
}

fn age(view: &SubjectView) -> Tile {
    let Some(stream) = &view.stream else { return tile("AGE", "-".to_owned(), "ms", Mood::Bad) };
    let mood = match stream.state {
        State::Live => Mood::Good,
        State::Stale | State::DroppedOut => Mood::Bad,
    };
    let ms = stream.age_nanos as f64 * 1e-6;
    if ms < 10_000.0 {
        tile("AGE", short(ms, 0), "ms", mood)
    } else {
        tile("AGE", short((ms * 1e-3).min(9_999.0), 0), "SECONDS", mood)
    }
}

fn jitter(view: &SubjectView) -> Tile {
    let Some(stream) = &view.stream else { return tile("JITTER", "-".to_owned(), "ms", Mood::Calm) };
    let ms = stream.jitter_nanos * 1e-6;
    let period = stream.rate.map_or(f64::INFINITY, |rate| 1e3 / rate);
    let mood = if ms > 0.25 * period { Mood::Doubtful } else { Mood::Good };
    tile("JITTER", short(ms, 1), "ms", mood)
}

fn loss(view: &SubjectView, snapshot: &Snapshot) -> Tile {
    let lost = view.stream.as_ref().map_or(0, |stream| stream.lost);
    let dropped = snapshot.health.dropped.unwrap_or(0);
    let refused: u64 = snapshot.health.rejected.values().sum();
    let mood = if lost + dropped + refused == 0 { Mood::Good } else { Mood::Doubtful };
    let unit = match (dropped, refused) {
        (0, 0) => "lost".to_owned(),
        (0, refused) => format!("lost, {refused} damaged"),
        (dropped, _) => format!("lost, {dropped} dropped HERE"),
    };
    tile("LOSS", short(lost as f64, 0), unit, mood)
}

fn lock(view: &SubjectView) -> Tile {
    let locked = match (view.status.genlocked, view.status.locked_to) {
        (Some(true), Some(ClockSource::Ptp)) => ("PTP", Mood::Good),
        (Some(true), Some(ClockSource::Ntp)) => ("NTP", Mood::Doubtful),
        (Some(true), _) => ("YES", Mood::Good),
        (Some(false), _) => ("NO", Mood::Doubtful),
        (None, _) => ("-", Mood::Calm),
    };
    let basis = match view.status.clock.basis {
        Basis::Arrival => "time by arrival",
        Basis::Grid => "time by beat",
        Basis::Device => "time by its clock",
        Basis::Ptp => "time by PTP",
    };
    let leader = view.status.leader.map(|bytes| {
        let pairs: Vec<String> = bytes[3..].iter().map(|byte| format!("{byte:02x}")).collect();
        format!(", leader ..{}", pairs.join(":"))
    });
    tile("LOCK", locked.0.to_owned(), format!("{basis}{}", leader.unwrap_or_default()), locked.1)
}

fn phase(snapshot: &Snapshot) -> Tile {
    let Some(phase) = snapshot.phase else {
        return tile("FRAME PHASE", "-".to_owned(), "no output frames", Mood::Calm);
    };
    let mood = if phase.at_risk > 0.02 { Mood::Doubtful } else { Mood::Good };
    let unit = if phase.at_risk > 0.02 { "STUTTER" } else { "ms margin" };
    tile("FRAME PHASE", short(phase.margin_nanos as f64 * 1e-6, 1), unit, mood)
}

fn focal(view: &SubjectView) -> Tile {
    let focal = view.lens.focal_length_mm;
    let squeeze = view.lens.anamorphic_squeeze.filter(|squeeze| *squeeze != 1.0);
    let unit = squeeze.map_or_else(|| "mm".to_owned(), |squeeze| format!("mm, squeeze {squeeze}"));
    let mood = if focal.is_some() { Mood::Good } else { Mood::Calm };
    tile("LENS", focal.map_or_else(|| "-".to_owned(), |mm| short(mm, 1)), unit, mood)
}

fn focus(view: &SubjectView) -> Tile {
    let stop = match (view.lens.t_stop, view.lens.f_stop) {
        (Some(stop), _) => format!("T{stop:.1}"),
        (None, Some(stop)) => format!("f/{stop:.1}"),
        (None, None) => "no iris".to_owned(),
    };
    match view.lens.focus_distance_m {
        Some(metres) if metres.is_finite() => {
            tile("FOCUS", short(metres, 2), format!("m, {stop}"), Mood::Good)
        }
        Some(_) => tile("FOCUS", "INF".to_owned(), stop, Mood::Good),
        None => tile("FOCUS", "-".to_owned(), stop, Mood::Calm),
    }
}

/// At most four figures: fewer behind the point where there are many before it.
fn short(value: f64, behind: usize) -> String {
    let behind = match value.abs() {
        large if large >= 1_000.0 => 0,
        large if large >= 100.0 => behind.min(1),
        _ => behind,
    };
    let text = format!("{value:.behind$}");
    if text.len() > 6 { format!("{value:.0}") } else { text }
}

/// `text` in at most `width` letters, with a sign where some are left out.
pub(super) fn shortened(text: String, width: usize) -> String {
    if text.chars().count() <= width {
        return text;
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A sentence without the count at its end: what makes two of them the same.
pub(super) fn stem(sentence: &str) -> &str {
    let counted = sentence.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    counted.filter(|(_, count)| count.parse::<u64>().is_ok()).map_or(sentence, |(stem, _)| stem)
}

/// The slate in a few words.
pub(super) fn slate(snapshot: &Snapshot) -> (String, Mood) {
    match &snapshot.slate {
        None => ("no takes by slate".to_owned(), Mood::Calm),
        Some(said) => match (&said.rolling, &said.last) {
            (Some(name), _) => (format!("ROLLING  {}  TAKE {}", name.slate, name.take), Mood::Bad),
            (None, Some(name)) => (format!("CUT  (last: {} take {})", name.slate, name.take), Mood::Calm),
            (None, None) => ("READY, nothing recorded yet".to_owned(), Mood::Calm),
        },
    }
}

/// The label shown: the house's, else the tracker's.
pub(super) fn label(view: Option<&SubjectView>, snapshot: &Snapshot) -> Option<(String, &'static str)> {
    let house = snapshot.house.map(|label| (label.to_string(), "house timecode"));
    let own = || view.and_then(|view| view.label).map(|label| (label.to_string(), "tracker's timecode"));
    house.or_else(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_differ_by_their_count_are_one() {
        assert_eq!(stem("samples are missing (12)"), "samples are missing");
        assert_eq!(stem("A101 take 3 rolls (again)"), "A101 take 3 rolls (again)");
        assert_eq!(stem(""), "");
    }
}
