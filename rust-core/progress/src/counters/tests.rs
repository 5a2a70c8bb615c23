//! Rates in virtual time: hours of work in microseconds.

use proptest::prelude::*;

use super::*;

/// Work that finishes `rate` units per second from second `from` to `until`, watched every `every` seconds.
fn watch(progress: &Progress, rate: f64, every: f64, from: f64, until: f64) -> Vec<Snapshot> {
    let start = progress.0.done.load(Ordering::Relaxed);
    let steps = ((until - from) / every).round() as u32;
    (0..=steps)
        .map(|step| {
            let elapsed = f64::from(step) * every;
            progress.set_done(start + (rate * elapsed) as u64);
            progress.snapshot(Duration::from_secs_f64(from + elapsed))
        })
        .collect()
}

proptest! {
    #[test]
    fn steady_work_shows_its_rate_at_any_pace_of_watching(rate in 20.0..1e6_f64, every in 0.06..5.0_f64) {
        let shown = watch(&Progress::new(), rate, every, 0.0, 60.0);
        for snapshot in shown.iter().skip_while(|shown| shown.done < 200) {
            let seen = snapshot.rate.expect("known by now");
            prop_assert!((seen / rate - 1.0).abs() < 0.1, "{seen} of {rate}");
        }
    }

    #[test]
    fn no_order_of_calls_gives_a_rate_that_is_none(
        steps in proptest::collection::vec((0..10_000_u64, 0..100_u64, any::<bool>()), 0..50),
    ) {
        let progress = Progress::new();
        for (millis, units, back) in steps {
            if back { progress.set_done(units) } else { progress.add_done(units) }
            let shown = progress.snapshot(Duration::from_millis(millis));
            prop_assert!(shown.rate.is_none_or(|rate| rate.is_finite() && rate > 0.0));
            prop_assert!(shown.eta_seconds.is_none_or(|eta| eta.is_finite() && eta >= 0.0));
        }
    }
}

#[test]
fn rate_and_time_left_are_unknown_until_something_was_finished() {
    let progress = Progress::new();
    progress.set_total(100);
    for second in 0..20 {
        let shown = progress.snapshot(Duration::from_secs(second));
        assert_eq!((shown.rate, shown.eta_seconds), (None, None));
    }
    progress.add_done(1);
    assert!(progress.snapshot(Duration::from_secs(20)).rate.is_some());
}

#[test]
fn slow_frames_do_not_make_the_rate_jump() {
    // One frame in ten seconds, watched ten times a second: what a terminal does with a heavy render.
    let progress = Progress::new();
    progress.set_total(1000);
    let shown = watch(&progress, 0.1, 0.1, 0.0, 600.0);
    for snapshot in &shown[2000..] {
        let rate = snapshot.rate.unwrap();
        assert!((0.08..0.12).contains(&rate), "{rate}");
    }
}

#[test]
fn a_change_of_pace_is_seen_within_ten_seconds() {
    let progress = Progress::new();
    watch(&progress, 100.0, 0.1, 0.0, 30.0);
    let slower = watch(&progress, 20.0, 0.1, 30.0, 40.0);
    let rate = slower.last().unwrap().rate.unwrap();
    assert!((rate / 20.0 - 1.0).abs() < 0.2, "{rate}");
}

#[test]
fn stalled_work_seems_ever_slower_and_never_done() {
    let progress = Progress::new();
    progress.set_total(10_000);
    watch(&progress, 100.0, 0.1, 0.0, 10.0);
    let stalled = watch(&progress, 0.0, 0.1, 10.0, 70.0);
    let rates: Vec<f64> = stalled.iter().map(|shown| shown.rate.unwrap()).collect();
    assert!(rates.windows(2).all(|pair| pair[1] <= pair[0]));
    assert!(*rates.last().unwrap() < 1.0, "{:?}", rates.last());
    assert!(stalled.last().unwrap().eta_seconds.unwrap() > 9_000.0);
}

#[test]
fn what_an_earlier_run_finished_is_done_but_no_speed() {
    let progress = Progress::new();
    progress.set_total(1000);
    progress.set_done(900);
    progress.snapshot(Duration::ZERO);
    progress.add_done(10);
    let shown = progress.snapshot(Duration::from_secs(1));
    assert_eq!((shown.done, shown.rate, shown.eta_seconds), (910, Some(10.0), Some(9.0)));
}

#[test]
fn calls_in_quick_succession_see_the_same_rate() {
    let progress = Progress::new();
    progress.snapshot(Duration::ZERO);
    progress.add_done(10);
    let shown = progress.snapshot(Duration::from_secs(1));
    progress.add_done(5);
    let again = progress.snapshot(Duration::from_millis(1020));
    assert_eq!((again.rate, again.done), (shown.rate, 15));
    // And what happened in between is not lost: 15 units in 2 seconds, the older ones a little faded.
    let later = progress.snapshot(Duration::from_secs(2)).rate.unwrap();
    assert!((7.0..7.5).contains(&later), "{later}");
}

#[test]
fn clones_count_together_across_threads() {
    let progress = Progress::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let progress = progress.clone();
            scope.spawn(move || (0..1000).for_each(|_| progress.add_done(1)));
        }
    });
    progress.add_transferred(7);
    progress.set_items(vec!["frame 12".to_owned()]);
    let shown = progress.snapshot(Duration::ZERO);
    assert_eq!((shown.done, shown.transferred, shown.items), (4000, 7, vec!["frame 12".to_owned()]));
}

#[test]
fn a_snapshot_is_the_same_for_every_reader() {
    let shown = Snapshot { done: 1, total: 2, rate: Some(0.5), ..Snapshot::default() };
    let text = serde_json::to_string(&shown).unwrap();
    assert_eq!(text, r#"{"done":1,"total":2,"transferred":0,"rate":0.5,"eta_seconds":null,"items":[]}"#);
    assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), shown);
}

#[test]
fn what_was_finished_and_not_transferred_was_saved() {
    let progress = Progress::new();
    progress.add_transferred(5);
    assert_eq!(progress.saved(), 0, "what goes beside the content saves nothing");
    progress.add_done(12);
    assert_eq!(progress.saved(), 7);
}
