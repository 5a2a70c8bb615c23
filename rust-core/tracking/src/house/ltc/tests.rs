//! Labels from sound that is made here, bit by bit; `scripts/check/ltc_by_libltc.py` has sound that others made.

use proptest::prelude::*;

use super::*;

/// Eighty bits of a label, as SMPTE 12M lays them out.
fn word(label: Timecode) -> Vec<bool> {
    let mut bits = vec![false; 80];
    let mut put = |at: usize, count: usize, value: u8| {
        (0..count).for_each(|bit| bits[at + bit] = value >> bit & 1 == 1);
    };
    let fields = [
        (label.frames(), 0, 8, 2),
        (label.seconds(), 16, 24, 3),
        (label.minutes(), 32, 40, 3),
        (label.hours(), 48, 56, 2),
    ];
    for (value, units, tens, width) in fields {
        put(units, 4, value % 10);
        put(tens, width, value / 10);
    }
    put(10, 1, u8::from(label.is_drop_frame()));
    for (bit, one) in "0011111111111101".chars().enumerate() {
        put(64 + bit, 1, u8::from(one == '1'));
    }
    bits
}

/// Biphase mark at `sample_rate`: every bit begins with a change, a one has another in its middle.
fn sound(labels: impl Iterator<Item = Timecode>, sample_rate: f64, rate: FrameRate) -> Vec<f32> {
    let half = sample_rate / rate.as_f64() / 160.0;
    let (mut out, mut level, mut end) = (Vec::new(), 0.8_f32, 0.0);
    for bit in labels.flat_map(word) {
        level = -level;
        for part in 0..2 {
            if part == 1 && bit {
                level = -level;
            }
            end += half;
            while (out.len() as f64) < end {
                out.push(level);
            }
        }
    }
    out
}

fn labels(first: Timecode, count: i64) -> impl Iterator<Item = Timecode> {
    (0..count).map(move |frame| first.plus_frames(frame))
}

fn read(sound: &[f32], sample_rate: u32, rate: FrameRate) -> Vec<Label> {
    let (mut reader, mut out) = (LtcReader::new(sample_rate, rate), Vec::new());
    sound.chunks(480).for_each(|chunk| reader.samples(chunk, |label| out.push(label)));
    out
}

#[test]
fn labels_of_every_rate_are_read_with_the_place_where_their_frame_begins() {
    for (rate, drop_frame) in [
        (FrameRate::FPS_24, false),
        (FrameRate::FPS_25, false),
        (FrameRate::FPS_29_97, true),
        (FrameRate::FPS_30, false),
    ] {
        let first = Timecode::new(9, 59, 58, 0, rate, drop_frame).expect("a label");
        let read = read(&sound(labels(first, 100), 48_000.0, rate), 48_000, rate);
        // The first has no edge before it, the second follows nothing yet, and the last has no end.
        assert_eq!(read.len(), 97, "{rate}");
        for found in &read {
            let frame = found.label.frames_since(first);
            let due = frame as f64 * 48_000.0 / rate.as_f64();
            assert!((found.begins as f64 - due).abs() <= 1.0, "{rate}, frame {frame}: {due} {found:?}");
        }
    }
}

#[test]
fn a_jump_is_believed_from_its_second_label_on_and_noise_is_none() {
    let rate = FrameRate::FPS_25;
    let at = |hours| Timecode::new(hours, 0, 0, 0, rate, false).expect("a label");
    let jumps = labels(at(1), 20).chain(labels(at(5), 20));
    let read = read(&sound(jumps, 48_000.0, rate), 48_000, rate);
    let second = read.iter().filter(|found| found.label.hours() == 5).count();
    assert!((17..=19).contains(&second), "{second}");
}

#[test]
fn level_offset_polarity_noise_and_a_slow_line_do_not_matter() {
    let rate = FrameRate::FPS_25;
    let first = Timecode::new(10, 0, 0, 0, rate, false).expect("a label");
    let count = |sample_rate: u32, speed: f64, change: &mut dyn FnMut(f32) -> f32| {
        let clean = sound(labels(first, 100), f64::from(sample_rate) / speed, rate);
        let heard: Vec<f32> = clean.into_iter().map(change).collect();
        read(&heard, sample_rate, rate).len()
    };
    let mut state = 1_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    assert!(count(48_000, 1.0, &mut |sample| -0.01 * sample) >= 97, "forty decibels down, upside down");
    assert!(count(48_000, 1.0, &mut |sample| 0.2 * sample + 0.5) >= 97, "far beside zero");
    assert!(count(48_000, 1.0, &mut |sample| sample + 0.1 * noise()) >= 97, "noisy");
    for (sample_rate, speed) in [(44_100, 1.0), (96_000, 1.0), (48_000, 0.8), (48_000, 1.2)] {
        assert!(count(sample_rate, speed, &mut |sample| sample) >= 95, "{sample_rate} at {speed}");
    }
}

#[test]
fn played_backwards_it_says_nothing() {
    let rate = FrameRate::FPS_25;
    let first = Timecode::new(10, 0, 0, 0, rate, false).expect("a label");
    let mut backwards = sound(labels(first, 100), 48_000.0, rate);
    backwards.reverse();
    assert_eq!(read(&backwards, 48_000, rate), []);
}

#[test]
fn minutes_of_noise_give_no_label_and_the_next_signal_is_read() {
    let rate = FrameRate::FPS_25;
    let mut reader = LtcReader::new(32_000, rate);
    let mut state = 1_u32;
    let mut heard = 0;
    for _ in 0..300 {
        let noise: Vec<f32> = (0..32_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as f32 / 32_768.0 - 1.0
            })
            .collect();
        reader.samples(&noise, |_| heard += 1);
    }
    assert_eq!(heard, 0);
    let first = Timecode::new(1, 0, 0, 0, rate, false).expect("a label");
    reader.samples(&sound(labels(first, 160), 32_000.0, rate), |_| heard += 1);
    assert!(heard > 80, "{heard}");
}

proptest! {
    #[test]
    fn any_sound_never_panics(samples in prop::collection::vec(any::<f32>(), 0..4_000)) {
        let mut reader = LtcReader::new(48_000, FrameRate::FPS_25);
        reader.samples(&samples, |_| ());
    }
}
