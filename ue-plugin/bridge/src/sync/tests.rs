use std::net::UdpSocket;

use super::*;
use crate::tracking::{Details, Pose, open_for_tests as open};

const HOLD: i64 = 60_000_000_000;

/// The first message of a file reaches a session.
fn hear(tracking: &crate::tracking::TrackingForTests, file: &str, length: usize) {
    let mut feed = tracking.shared().feed();
    let path = format!("{}/../../tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("a vector");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.send_to(&bytes[..length], ("127.0.0.1", tracking.heard_port())).expect("sent");
    let (mut pose, mut details) = ([Pose::default()], [Details::default()]);
    assert_eq!(feed.wait(5_000_000, &mut pose, &mut details), 1);
}

fn primary_and_message() -> (Box<SyncPrimary>, String) {
    let tracking = open("protocol=freed; bind=127.0.0.1:0");
    let mut primary = sync_primary(3, 0);
    assert_eq!(primary.add_tracker(tracking.session_number(), "usual"), Status::Ok);
    hear(&tracking, "freed/derived_from_mosys_f4_first600.freed", 29);
    let mut message = String::new();
    assert_eq!(primary.publish(0, HOLD, &mut message), Status::Ok);
    (primary, message)
}

#[test]
fn two_trackers_share_a_record_and_nodes_learn_the_timecode_of_each_without_a_port() {
    let (freed, f4) = (open("protocol=freed; bind=127.0.0.1:0"), open("protocol=f4; bind=127.0.0.1:0"));
    let mut primary = sync_primary(3, 0);
    assert_eq!(primary.add_tracker(freed.session_number(), "the usual one"), Status::Ok);
    assert_eq!(primary.add_tracker(f4.session_number(), "the crane's"), Status::Ok);
    assert_eq!(primary.add_tracker(u64::MAX, "nobody's"), Status::NotFound);
    hear(&freed, "freed/derived_from_mosys_f4_first600.freed", 29);
    hear(&f4, "mosys_f4/dev_first600.f4", 105);
    let beat = SyncBeat { frame: 77, rate_numerator: 24_000, rate_denominator: 1_001 };
    assert_eq!(primary.set_beat(&beat), Status::Ok);
    let mut message = String::new();
    assert_eq!(primary.publish(0, HOLD, &mut message), Status::Ok);
    assert!(message.starts_with("cysync2."));

    let mut nodes = [sync_node("a"), sync_node("b")];
    let (mut heard, mut labels, mut beats) = (SyncHeard::default(), Vec::new(), Vec::new());
    for node in &mut nodes {
        assert_eq!(node.apply(&message, &mut heard), Status::Ok);
        assert_eq!(node.shown_count(), 2);
        assert_eq!((node.shown_name(0), node.shown_name(1)), ("freed:1".to_owned(), "f4:0@2".to_owned()));
        let (mut label, mut told) = (ffi::Label::default(), SyncBeat::default());
        assert_eq!(node.shown_timecode("the crane's", &mut label), Status::Ok);
        assert_eq!(node.shown_beat(&mut told), Status::Ok);
        let (mut pose, mut details) = (Pose::default(), Details::default());
        assert_eq!(node.shown(1, &mut pose, &mut details), Status::Ok);
        assert_eq!((details.timecode_frame, details.rate_numerator), (label.frame, label.rate_numerator));
        labels.push(label);
        beats.push(told);
        // The usual tracker says none, under either name; and there is no other.
        for line in ["the usual one", "", "nobody's"] {
            assert_eq!(node.shown_timecode(line, &mut label), Status::NotFound, "{line}");
        }
        let waits = "tracker `nobody's`, which the primary does not publish";
        assert!(crate::guard::last_error().contains(waits));
        assert!(node.sync_waits().contains(waits) && node.sync_words().contains(waits));
        assert_eq!(node.expect_beat("the crane's"), Status::Ok);
    }
    assert_eq!(labels[0], labels[1]);
    assert_eq!(beats, [beat; 2]);
    // 15:03:47:02 at 25, a moment ago.
    let first = ((15 * 60 + 3) * 60 + 47) * 25 + 2;
    assert!((first..first + 25 * 60).contains(&labels[0].frame), "{:?}", labels[0]);
    assert_eq!((labels[0].rate_numerator, labels[0].rate_denominator, labels[0].subject), (25, 1, 1));

    // A tracker that fell silent says none any more, and the engine may stop to run by a beat.
    assert_eq!(primary.set_beat(&SyncBeat::default()), Status::Ok);
    assert_eq!(primary.publish(0, 0, &mut message), Status::Ok);
    assert_eq!(nodes[0].apply(&message, &mut heard), Status::Ok);
    let (mut label, mut told) = (ffi::Label::default(), SyncBeat::default());
    assert_eq!(nodes[0].shown_timecode("the crane's", &mut label), Status::NotFound);
    assert_eq!(nodes[0].shown_beat(&mut told), Status::NotFound);
    assert_eq!(nodes[0].expect_beat("the crane's"), Status::NotFound);
    assert_eq!(
        primary.set_beat(&SyncBeat { frame: 0, rate_numerator: 1, rate_denominator: 0 }),
        Status::User
    );
}

#[test]
fn a_seventeenth_tracker_is_refused_in_words() {
    let tracking = open("protocol=freed; bind=127.0.0.1:0");
    let mut primary = sync_primary(3, 0);
    for _ in 0..16 {
        assert_eq!(primary.add_tracker(tracking.session_number(), "one"), Status::Ok);
    }
    assert_eq!(primary.add_tracker(tracking.session_number(), "more"), Status::User);
    assert!(crate::guard::last_error().contains("at most 16 trackers"));
}

#[test]
fn every_node_shows_the_primarys_bits_and_its_axes_are_unreals() {
    let (mut primary, first) = primary_and_message();
    let (mut a, mut b) = (sync_node("a"), sync_node("b"));
    let mut heard = SyncHeard::default();
    assert_eq!(a.sync_words(), "Nothing has come from the primary yet");
    assert_eq!(a.apply(&first, &mut heard), Status::Ok);
    assert_eq!((heard.tick, heard.fresh, a.shown_count()), (0, 1, 1));
    assert!(a.shown_name(0).starts_with("freed:"));
    let mut message = String::new();
    for tick in 1..4 {
        assert_eq!(primary.publish(10_000, HOLD, &mut message), Status::Ok);
        if tick != 2 {
            assert_eq!(a.apply(&message, &mut heard), Status::Ok);
        }
        assert_eq!(b.apply(&message, &mut heard), Status::Ok);
    }
    for tick in 1..4 {
        assert_eq!(a.hash_of(tick).len(), 32);
        assert_eq!(a.hash_of(tick), b.hash_of(tick));
    }
    let (mut here, mut there) =
        ((Pose::default(), Details::default()), (Pose::default(), Details::default()));
    assert_eq!(a.shown(0, &mut here.0, &mut here.1), Status::Ok);
    assert_eq!(b.shown(0, &mut there.0, &mut there.1), Status::Ok);
    assert_eq!(here, there);
    assert!(here.0.x.abs() > 1.0, "centimetres: {:?}", here.0);
    assert_eq!(a.shown(1, &mut here.0, &mut here.1), Status::NotFound);
    assert_eq!(a.sync_words(), "Shows frame 3");
    assert!(a.sync_json().contains("\"recovered\":1"), "{}", a.sync_json());
}

#[test]
fn what_was_missed_or_altered_is_said() {
    let (mut primary, first) = primary_and_message();
    let mut node = sync_node("wall-2");
    let mut heard = SyncHeard::default();
    assert_eq!(node.apply(&first, &mut heard), Status::Ok);
    let mut message = String::new();
    for _ in 0..8 {
        assert_eq!(primary.publish(0, HOLD, &mut message), Status::Ok);
    }
    let mut altered = message.clone().into_bytes();
    altered[40] ^= 1;
    let altered = String::from_utf8(altered).expect("ascii");
    assert_eq!(node.apply(&altered, &mut heard), Status::Integrity);
    assert!(crate::guard::last_error().contains("show what the primary says"));
    assert_eq!(node.apply(&message, &mut heard), Status::Ok);
    assert_eq!((heard.tick, heard.missed, heard.recovered), (8, 4, 3));
    assert_eq!(node.hash_of(2), "");
    assert_eq!(node.sync_words(), "Shows frame 8; 4 never came; 1 came damaged and were not used");
    assert_eq!(node.apply("hello", &mut heard), Status::Integrity);
}

#[test]
fn without_a_tracker_frames_are_counted_and_a_primary_of_nothing_says_nothing() {
    let mut message = "as before".to_owned();
    assert_eq!(SyncPrimary::of_nothing().publish(0, HOLD, &mut message), Status::Internal);
    assert_eq!(message, "as before");
    assert_eq!(sync_primary(3, 5).publish(0, HOLD, &mut message), Status::Ok);
    let mut heard = SyncHeard::default();
    assert_eq!(sync_node("a").apply(&message, &mut heard), Status::Ok);
    assert_eq!((heard.tick, heard.fresh), (5, 1));
}

#[test]
fn what_crosses_has_the_size_that_cpp_asserts() {
    assert_eq!((size_of::<SyncHeard>(), size_of::<SyncBeat>()), (32, 16));
}
