//! Packs against the plain listing: whatever was packed, taken back, and by whomever that was killed, they say the same.

use super::packed::BLOCK;
use super::tests::{commit, job, rendered};
use super::*;
use crate::plan::FrameRange;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Two blocks and a bit.
const FRAMES: i64 = 2 * BLOCK + 300;

fn run(first: i64, last: i64) -> FrameRange {
    FrameRange { first: FrameNumber(first), last: FrameNumber(last) }
}

/// Commits a run without its pictures, which no listing looks at.
async fn plant(job: &Job, frames: FrameRange) {
    for frame in frames.iter() {
        job.writer
            .put(&job.frame_key(frame).expect("a key"), Bytes::from_static(b"{}"))
            .await
            .expect("writes");
    }
}

async fn plainly(job: &Job) -> BTreeSet<FrameNumber> {
    job.listed(job.plan().frames).await.expect("lists").into_iter().collect()
}

async fn packs(job: &Job) -> usize {
    job.writer.list(&format!("{}/packed/", job.home)).await.expect("lists").len()
}

/// What somebody or other does.
#[derive(Clone, Debug)]
enum Act {
    /// Frames are committed.
    Commit(i64, i64),
    /// An observer lists.
    Look(usize),
    /// An observer packs by what it listed last, however old that is.
    Pack(usize),
    /// A frame is taken back.
    TakeBack(i64),
    /// Whoever takes a frame back is killed before it said that the frame is gone.
    HalfTakeBack(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let frame = 0..FRAMES;
    prop_oneof![
        4 => (0..3_i64).prop_map(|block| Act::Commit(block * BLOCK, ((block + 1) * BLOCK).min(FRAMES) - 1)),
        1 => (frame.clone(), 0..50_i64).prop_map(|(first, more)| Act::Commit(first, (first + more).min(FRAMES - 1))),
        3 => (0..2_usize).prop_map(Act::Look),
        4 => (0..2_usize).prop_map(Act::Pack),
        3 => frame.clone().prop_map(Act::TakeBack),
        1 => frame.prop_map(Act::HalfTakeBack),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whoever_begins_to_look_believes_what_a_plain_listing_says(acts in prop::collection::vec(act(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let job = job(FRAMES as usize, 48).await;
            let mut observers = [JobState::default(), JobState::default()];
            for act in acts {
                match act {
                    Act::Commit(first, last) => plant(&job, run(first, last)).await,
                    Act::Look(who) => job.refresh(&mut observers[who]).await.expect("lists"),
                    Act::Pack(who) => {
                        job.pack(&mut observers[who], job.plan().frames).await.expect("packs");
                    }
                    Act::TakeBack(frame) => {
                        job.reject(&[rendered(FrameNumber(frame), "x")]).await.expect("takes back");
                    }
                    Act::HalfTakeBack(frame) => {
                        let _ = job.mark_taking().await.expect("marks");
                        let key = job.frame_key(FrameNumber(frame)).expect("a key");
                        job.writer.delete(&key).await.expect("deletes");
                    }
                }
                assert_eq!(job.state().await.expect("lists").committed, plainly(&job).await);
            }
        });
    }
}

#[tokio::test]
async fn a_block_is_packed_once_it_is_whole_and_packs_of_before_a_take_back_are_out_of_use() {
    let job = job(FRAMES as usize, 48).await;
    plant(&job, run(0, BLOCK + 10)).await;
    let mut state = job.state().await.expect("lists");
    job.pack(&mut state, job.plan().frames).await.expect("packs");
    assert_eq!(packs(&job).await, 1, "the second block misses frames");
    assert_eq!(job.state().await.expect("lists").believed, [0].into());
    commit(&job, "w", BLOCK + 11, "x").await;
    job.reject(&[rendered(FrameNumber(BLOCK + 11), "x")]).await.expect("takes back");
    let after = job.state().await.expect("lists");
    assert_eq!((after.believed.len(), after.committed.len() as i64), (0, BLOCK + 11));
    job.refresh(&mut state).await.expect("lists");
    job.pack(&mut state, job.plan().frames).await.expect("packs");
    assert_eq!(job.state().await.expect("lists").believed, [0].into(), "packed anew");
}

#[tokio::test]
async fn a_pack_that_names_frames_which_are_gone_does_not_end_a_job() {
    let job = job(FRAMES as usize, 48).await;
    plant(&job, job.plan().frames).await;
    let mut state = job.state().await.expect("lists");
    job.pack(&mut state, job.plan().frames).await.expect("packs");
    // Nobody says that it goes.
    job.writer.delete(&job.frame_key(FrameNumber(700)).expect("a key")).await.expect("deletes");
    let mut state = job.state().await.expect("lists");
    assert!(state.is_complete(job.plan()), "as the pack has it");
    assert!(!job.has_ended(&mut state).await.expect("lists"));
    assert_eq!(state.missing(job.plan().frames), [run(700, 700)]);
    assert_eq!(job.state().await.expect("lists").missing(job.plan().frames), [run(700, 700)], "for all");
    plant(&job, run(700, 700)).await;
    job.refresh(&mut state).await.expect("lists");
    assert!(job.has_ended(&mut state).await.expect("lists"));
    assert_eq!(job.state().await.expect("lists").believed.len(), 3, "and is packed for those who come");
}

#[tokio::test]
async fn a_small_job_is_not_packed() {
    let job = job(40, 10).await;
    plant(&job, run(0, 39)).await;
    let mut state = job.state().await.expect("lists");
    assert!(job.has_ended(&mut state).await.expect("lists"));
    assert_eq!(packs(&job).await, 0);
}
