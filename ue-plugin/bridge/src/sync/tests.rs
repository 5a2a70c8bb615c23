use std::net::UdpSocket;

use super::*;
use crate::tracking::{Details, Pose, open_for_tests as open};

fn primary_and_message() -> (Box<SyncPrimary>, String) {
    let tracking = open("protocol=freed; bind=127.0.0.1:0");
    let mut primary = sync_primary(tracking.session_number(), 3, 0);
    let mut feed = tracking.shared().feed();
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/freed/derived_from_mosys_f4_first600.freed");
    let bytes = std::fs::read(path).expect("a vector");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.send_to(&bytes[..29], ("127.0.0.1", tracking.heard_port())).expect("sent");
    let (mut pose, mut details) = ([Pose::default()], [Details::default()]);
    assert_eq!(feed.wait(5_000_000, &mut pose, &mut details), 1);
    let mut message = String::new();
    assert_eq!(primary.publish(0, &mut message), Status::Ok);
    (primary, message)
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
        assert_eq!(primary.publish(10_000, &mut message), Status::Ok);
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
        assert_eq!(primary.publish(0, &mut message), Status::Ok);
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
fn without_a_session_nothing_is_published() {
    let mut message = "as before".to_owned();
    assert_eq!(sync_primary(u64::MAX, 3, 0).publish(0, &mut message), Status::Internal);
    assert_eq!(message, "as before");
}

#[test]
fn what_crosses_has_the_size_that_cpp_asserts() {
    assert_eq!(size_of::<SyncHeard>(), 32);
}
