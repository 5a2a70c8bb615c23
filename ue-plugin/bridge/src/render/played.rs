//! Does the level sequence show what the take holds? It is drawn by its own frames, and nobody else compares the two.

use cyclorama_render::plan::FrameRange;
use cyclorama_time::{FrameNumber, FrameRate};
use cyclorama_tracking::CameraPath;

use super::{FrameSpan, SequenceFacts};

/// The frames of a take's camera, and how many there are a second.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    frames: FrameRange,
    rate: FrameRate,
}

impl Taken {
    /// None of a camera without a frame.
    pub(super) fn of(camera: &CameraPath) -> Option<Self> {
        let frames = FrameRange::new(camera.frames.first()?.frame, camera.frames.last()?.frame).ok()?;
        Some(Self { frames, rate: camera.rate })
    }

    /// What is drawn when nobody names frames: what the sequence plays, as far as the take goes. None where that is not
    /// known, or where the two have no frame in common.
    pub(super) fn played(self, facts: &SequenceFacts) -> Option<FrameRange> {
        let plays = range(&facts.plays).filter(|_| facts.known)?;
        FrameRange::new(plays.first.max(self.frames.first), plays.last.min(self.frames.last)).ok()
    }

    /// Where the sequence differs from the take in what is to be drawn: a sentence for each.
    pub(super) fn differences(self, facts: &SequenceFacts, wanted: Option<FrameRange>) -> Vec<String> {
        if !facts.known {
            return Vec::new();
        }
        let mut found: Vec<String> = self.other_rate(facts).into_iter().collect();
        match (range(&facts.plays), wanted) {
            (None, _) => {
                found.push("the level sequence plays no frame".to_owned());
                return found;
            }
            (Some(plays), Some(drawn)) if !(plays.contains(drawn.first) && plays.contains(drawn.last)) => {
                found.push(format!("the level sequence plays frames {plays}, not all of {drawn}"));
            }
            (Some(plays), None) if plays != self.frames => {
                let taken = self.frames;
                found.push(format!("the level sequence plays frames {plays}, the take's camera has {taken}"));
            }
            _ => {}
        }
        let drawn = wanted.or_else(|| self.played(facts)).unwrap_or(self.frames);
        if facts.cuts.is_empty() {
            found.push("the level sequence has no camera cut: it does not say which camera draws".to_owned());
        } else if let Some(gap) = gap(&facts.cuts, drawn) {
            found.push(format!("the level sequence cuts to no camera in frames {gap}"));
        }
        found
    }

    fn other_rate(self, facts: &SequenceFacts) -> Option<String> {
        let rate = FrameRate::new(facts.rate_numerator, facts.rate_denominator);
        if rate.as_ref().is_ok_and(|rate| *rate == self.rate) {
            return None;
        }
        let theirs = rate.map_or_else(|_| "no".to_owned(), |rate| rate.to_string());
        let ours = self.rate;
        Some(format!(
            "the level sequence has {theirs} frames a second and the take {ours}: the same frame is another moment in each"
        ))
    }
}

/// The frames of a span; none when it is empty.
fn range(span: &FrameSpan) -> Option<FrameRange> {
    FrameRange::new(FrameNumber(span.first), FrameNumber(span.end.checked_sub(1)?)).ok()
}

/// The first frames of `drawn` that none of the cuts has.
fn gap(cuts: &[FrameSpan], drawn: FrameRange) -> Option<FrameRange> {
    let mut cuts: Vec<FrameRange> = cuts.iter().filter_map(range).collect();
    cuts.sort_by_key(|cut| cut.first);
    let mut next = drawn.first;
    for cut in cuts.iter().filter(|cut| cut.last >= drawn.first) {
        if cut.first > next {
            return FrameRange::new(next, FrameNumber(cut.first.0 - 1).min(drawn.last)).ok();
        }
        next = next.max(FrameNumber(cut.last.0.saturating_add(1)));
    }
    FrameRange::new(next, drawn.last).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take() -> Taken {
        Taken { frames: "0-599".parse().expect("a range"), rate: FrameRate::new(25, 1).expect("a rate") }
    }

    fn facts(rate: u32, plays: (i64, i64), cuts: &[(i64, i64)]) -> SequenceFacts {
        let span = |(first, end): (i64, i64)| FrameSpan { first, end };
        SequenceFacts {
            known: true,
            rate_numerator: rate,
            rate_denominator: 1,
            plays: span(plays),
            cuts: cuts.iter().copied().map(span).collect(),
        }
    }

    fn wanted(text: &str) -> Option<FrameRange> {
        Some(text.parse().expect("a range"))
    }

    #[test]
    fn a_sequence_that_shows_the_take_or_a_part_that_is_drawn_has_nothing_to_say() {
        let whole = facts(25, (0, 600), &[(0, 600)]);
        assert!(take().differences(&whole, None).is_empty());
        assert!(take().differences(&whole, wanted("3-14")).is_empty());
        let shot = facts(25, (100, 200), &[(150, 200), (0, 150)]);
        assert!(take().differences(&shot, wanted("100-199")).is_empty());
        assert!(take().differences(&SequenceFacts::default(), None).is_empty(), "nobody knows");
    }

    #[test]
    fn each_difference_is_said_with_its_numbers() {
        for (facts, frames, said) in [
            (facts(24, (0, 600), &[(0, 600)]), None, "24 frames a second and the take 25"),
            (facts(0, (0, 600), &[(0, 600)]), None, "no frames a second"),
            (facts(25, (0, 500), &[(0, 600)]), wanted("490-510"), "plays frames 0-499, not all of 490-510"),
            (facts(25, (0, 500), &[(0, 600)]), None, "plays frames 0-499, the take's camera has 0-599"),
            (facts(25, (0, 700), &[(0, 700)]), None, "plays frames 0-699, the take's camera has 0-599"),
            (facts(25, (0, 0), &[]), None, "plays no frame"),
            (facts(25, (0, 600), &[]), None, "no camera cut"),
            (facts(25, (0, 600), &[(0, 10), (20, 600)]), None, "no camera in frames 10-19"),
            (facts(25, (0, 600), &[(0, 590)]), wanted("580-599"), "no camera in frames 590-599"),
            (facts(25, (0, 600), &[(700, 800)]), wanted("5-6"), "no camera in frames 5-6"),
        ] {
            let found = take().differences(&facts, frames);
            assert!(found.len() == 1 && found[0].contains(said), "{said}: {found:?}");
        }
    }

    #[test]
    fn without_frames_of_its_own_a_job_draws_what_the_sequence_plays_as_far_as_the_take_goes() {
        assert_eq!(take().played(&facts(25, (100, 200), &[])), wanted("100-199"));
        assert_eq!(take().played(&facts(25, (-5, 900), &[])), wanted("0-599"));
        assert_eq!(take().played(&facts(25, (700, 900), &[])), None);
        assert_eq!(take().played(&SequenceFacts::default()), None);
    }
}
