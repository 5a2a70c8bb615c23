//! The view on a terminal that is only remembered.

use cyclorama_time::StageTime;
use cyclorama_tracking::{
    DecodeOptions, Protocol, Sample,
    ingest::{Ingest, IngestOptions, Said, Speech},
    send::{Encoder, Move, Simulation},
    slate::TakeName,
};
use ratatui::{Terminal, backend::TestBackend};

use super::*;

/// Two seconds of a simulated tracker, seen `later` milliseconds after its last sample.
fn snapshot(protocol: Protocol, later: i64, change: impl Fn(&mut Sample)) -> Snapshot {
    let speech = Speech::Protocol(protocol, DecodeOptions::default());
    let mut ingest = Ingest::new(IngestOptions::new(speech));
    let simulation = Simulation::new(Move::Dolly, cyclorama_time::FrameRate::FPS_25);
    let mut encoder = Encoder::new(protocol, DecodeOptions::default());
    let mut now = StageTime::default();
    for frame in 0..100 {
        let mut sample = simulation.sample(frame);
        change(&mut sample);
        now = sample.arrived;
        encoder.encode(&sample, |bytes| {
            let _ = ingest.datagram(0, now, Some(([10, 0, 0, 7], 5_000).into()), bytes);
        });
    }
    ingest.snapshot(now.plus_nanos(later * 1_000_000), 0, None)
}

fn drawn(snapshot: &Snapshot, lines: &[String], (width, height): (u16, u16), colour: bool) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("memory");
    terminal
        .draw(|frame| screen(frame, snapshot, lines, &Wants::of(&Output::Measured), colour))
        .expect("memory");
    let buffer = terminal.backend().buffer();
    let row = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(row).collect()
}

/// Whether `text` stands there in large letters, from row `row` on.
fn is_large(rows: &[String], row: usize, text: &str) -> bool {
    digits::large(text).iter().zip(&rows[row..]).all(|(wanted, row)| row.contains(wanted.trim_end()))
}

#[test]
fn a_good_tracker_is_live_and_its_figures_are_large() {
    let rows = drawn(&snapshot(Protocol::F4, 5, |_| ()), &["a sentence".to_owned()], (80, 24), true);
    assert!(is_large(&rows, 0, "LIVE") && rows[0].contains("f4:1"), "{rows:#?}");
    assert!(rows[5].contains("████"), "the label is large: {rows:#?}");
    let all = rows.join("\n");
    for name in ["RATE", "AGE", "JITTER", "LOSS", "LOCK", "FRAME PHASE", "LENS", "FOCUS"] {
        assert!(all.contains(name), "{name} is missing: {all}");
    }
    // Rate, age, loss, lock and lens in figures five rows high, on the smallest usual terminal.
    assert!(is_large(&rows, 12, "25.0") && is_large(&rows, 12, "5") && is_large(&rows, 12, "0"), "{all}");
    assert!(is_large(&rows, 18, "YES"), "{all}");
    assert!(rows[23].contains("a sentence"), "{all}");
}

#[test]
fn silence_and_a_lost_tracker_are_said_in_words() {
    let silent = drawn(&snapshot(Protocol::F4, 5_000, |_| ()), &[], (80, 24), false);
    assert!(is_large(&silent, 0, "NO SIGNAL"), "{silent:#?}");
    let lost = snapshot(Protocol::F4, 5, |sample| {
        sample.pose = None;
        sample.status = cyclorama_tracking::Status::Lost;
    });
    assert!(is_large(&drawn(&lost, &[], (80, 24), false), 0, "LOST"));
    assert!(is_large(&drawn(&Snapshot::default(), &[], (80, 24), false), 0, "NOTHING HEARD"));
}

#[test]
fn a_rolling_take_shouts_and_the_last_sentences_stand_at_the_foot() {
    let mut rolling = snapshot(Protocol::F4, 5, |_| ());
    let name = TakeName { slate: "A101".to_owned(), take: 3 };
    rolling.slate = Some(Said { rolling: Some(name), ..Said::default() });
    let rows = drawn(&rolling, &["freed:1: samples come again".to_owned()], (80, 24), true);
    assert!(rows.iter().any(|row| row.contains("ROLLING  A101  TAKE 3")), "{rows:#?}");
    assert!(rows[23].contains("samples come again"));
    let narrow = drawn(&rolling, &["freed:1: samples come again".to_owned()], (20, 24), true);
    assert!(narrow[23].starts_with("  freed:1: samples ") && narrow[23].contains('…'), "{narrow:#?}");
}

#[test]
fn every_size_is_drawn_and_a_small_one_keeps_the_words() {
    let shown = snapshot(Protocol::F4, 5, |_| ());
    for width in [1, 7, 20, 40, 80, 200] {
        for height in [1, 2, 5, 10, 16, 24, 30, 60] {
            drawn(&shown, &["a sentence".to_owned()], (width, height), width % 2 == 0);
        }
    }
    let many = vec!["a sentence".to_owned(); 8];
    let rows = drawn(&shown, &many, (50, 12), false).join("\n");
    for name in ["L I V E", "RATE", "samples/s", "AGE", "JITTER", "LOSS", "LOCK", "PHASE", "LENS", "FOCUS"] {
        assert!(rows.contains(name), "{name} is missing: {rows}");
    }
}
