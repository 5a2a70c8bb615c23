//! The recorder is killed at random moments: what it had is a take, and it lacks no more than about a second.

use std::time::Duration;

use cyclorama_tests::{Service, command, run, setting, text, until};
use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};
use tempfile::tempdir;

use crate::stage;

/// What may be lost: the second the recorder promises, and a margin for a busy machine.
const MAY_BE_LOST: Duration = Duration::from_millis(1_500);
/// How the check of a take ends that was never closed.
const INCOMPLETE: i32 = 5;
/// The recording's own rate.
const FRAMES_PER_SECOND: f64 = 25.0;

#[test]
fn a_killed_recorder_leaves_a_take_that_lacks_at_most_the_last_second() {
    let rounds = if setting("TEST_CHAOS").as_deref() == Some("long") { 200 } else { 10 };
    let mut random = SmallRng::seed_from_u64(0x5ea1);
    let mut kept = 0;
    for round in 0..rounds {
        let moment = Duration::from_millis(random.random_range(200..4_000));
        kept += kill_at(round, moment);
    }
    assert!(kept > 0, "no round recorded anything");
}

/// Sends at twice real time, kills after `moment`, and reads what is left; gives how many datagrams were kept.
fn kill_at(round: u32, moment: Duration) -> usize {
    const SPEED: f64 = 2.0;
    let folder = tempdir().expect("a temporary folder");
    let take = folder.path().join("cut.take");
    let (listener, port) = stage::listen(&take, stage::RECORDED_FRAMES);
    let mut sender = command();
    sender.args(stage::send_arguments(port, "2"));
    let sender = Service::start(sender);
    until(moment, || false);
    // Each sample is printed when it is heard, so the lines say what the recorder had.
    let heard = listener.kill().stdout.lines().count();
    let _ = sender.kill();

    let verified = run(&["take", "verify", text(&take), "--json"]);
    let report = verified.object("cyclorama.take-verify/1");
    let what = format!("round {round}, killed after {moment:?}: {}", verified.stdout);
    // Killed after its last sample it may have been closed; all else is not known to be whole, and says so to scripts.
    let whole = report["state"] == "intact";
    assert!(whole || report["state"] == "recovered", "{what}");
    assert_eq!(verified.code, Some(if whole { 0 } else { INCOMPLETE }), "{what}");
    let exported = run(&["take", "export", "--format", "opentrackio", text(&take)]);
    let kept = exported.stdout.lines().count();
    let may_be_lost = (MAY_BE_LOST.as_secs_f64() * SPEED * FRAMES_PER_SECOND) as usize;
    assert!(kept + may_be_lost >= heard, "{kept} datagrams kept of {heard} heard; {what}");
    kept
}
