use cyclorama_content::Digest;
use cyclorama_time::FrameNumber;

use super::*;
use crate::demo::facts::{self, Content, Ingest, Kill, Replay, Take, Worker};

fn facts() -> Facts {
    let frame = |number: i64| facts::Frame {
        number: FrameNumber(number),
        timecode: None,
        worker: (number % 2) as usize,
        begun: number as f64,
        committed: number as f64 + 1.5,
        pixels: Digest::of(&number.to_le_bytes()),
        good: true,
    };
    let worker = |name: &str, killed| Worker { name: name.into(), killed };
    Facts {
        made_on: "2026-11-21T10:00:00Z".into(),
        cores: 2,
        seconds: 71.0,
        ingest: Ingest {
            sent: 600,
            received: 600,
            rejected: 0,
            live: 25,
            live_seconds: 1.0,
            widest_gap_ms: 40.3,
            fast_seconds: 0.05,
        },
        take: Take {
            name: "demo <1>".into(),
            bytes: 21_000,
            datagram_bytes: 63_000,
            digest: Digest::of(b"take"),
            first_timecode: None,
            last_timecode: None,
            seconds: 24.0,
        },
        replay: Replay { samples: 600, live: Digest::of(b"same"), replayed: Digest::of(b"same") },
        content: Content {
            files: 1,
            bytes: 9_000,
            sent: 2_500,
            fetched: 1_500,
            snapshot: "018bcfe568".into(),
            published: Digest::of(b"set"),
            brought: Digest::of(b"set"),
        },
        render: Render {
            size: (640, 360),
            samples: 16,
            seconds: 12.0,
            workers: vec![worker("worker 1", None), worker("worker 2", Some(4.0))],
            frames: (0..8).map(frame).collect(),
            asked: 8,
            verified: 8,
            kill: Some(Kill { worker: 1, at: 4.0, committed: 2, recovered_after: Some(1.2) }),
            movie: true,
        },
        blender: Some(facts::Blender {
            software: "Blender 3.4.1 cycles".into(),
            frame: FrameNumber(4),
            size: (320, 180),
            samples: 16,
            seconds: 9.0,
        }),
        files: vec![("take/demo.take".into(), "the take".into(), 21_000)],
    }
}

fn page(facts: &Facts) -> String {
    tell(facts, &Pictures { hero: vec![1, 2, 3], sheet: vec![4, 5, 6], ..Pictures::default() }, "/out")
        .page()
        .unwrap()
}

#[test]
fn the_page_tells_the_story_with_its_figures() {
    let page = page(&facts());
    for told in [
        "All 8 frames are there",
        "8 of 8",
        "identical",
        "killed worker 2",
        "71 s",
        "demo &lt;1&gt;",
        "movie.mp4",
        "Frame 4 again, drawn by Blender 3.4.1 cycles",
    ] {
        assert!(page.contains(told), "`{told}` is not told");
    }
    assert_eq!(page.matches("<td class=\"right\">1.50 s</td>").count(), 8);
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let page = page(&facts());
    assert!(
        !page.contains("<script") && !page.contains("http://www.w3.org/1999") && !page.contains("https://")
    );
    let outside = page.match_indices("src=\"").filter(|(at, _)| !page[at + 5..].starts_with("data:"));
    assert_eq!(outside.count(), 0);
}

#[test]
fn a_difference_in_replay_or_set_and_a_missing_frame_are_not_hidden() {
    let mut facts = facts();
    facts.content.brought = Digest::of(b"other set");
    facts.replay.replayed = Digest::of(b"other");
    facts.render.verified = 7;
    facts.render.kill = None;
    let page = page(&facts);
    for told in [
        "7 of 8 frames are there",
        "different",
        "NOT what was published",
        "This must not happen",
        "All render workers ran to the end",
    ] {
        assert!(page.contains(told), "`{told}` is not told");
    }
}
