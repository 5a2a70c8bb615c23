//! Predictors on motions whose future is known.

use cyclorama_space::{DVec3, PanTiltRoll, Pose, rotation};
use proptest::prelude::*;

use super::{score::score, *};
use crate::motion::Motion;

/// A camera that pans, tilts and travels steadily: metres and degrees per second.
fn steady(seconds: f64) -> Pose {
    let turned = DVec3::new(0.1, 0.0, 0.3) * seconds;
    Pose { position: DVec3::new(0.5, -0.2, 0.1) * seconds, rotation: rotation::from_vector(turned) }
}

/// A pan and crane that start and stop by themselves.
fn gentle(seconds: f64) -> Pose {
    let sway = |period: f64| libm::sin(seconds * std::f64::consts::TAU / period);
    Pose::new(
        DVec3::new(sway(5.0), 0.3 * sway(7.0), 1.5 + 0.2 * sway(11.0)),
        PanTiltRoll::from_degrees(20.0 * sway(6.0), 5.0 * sway(4.0), 0.0),
    )
}

fn motion(rate: f64, seconds: f64, mut path: impl FnMut(f64) -> Pose) -> Motion {
    let count = (rate * seconds) as usize;
    Motion::new((0..count).map(|i| (i as f64 / rate, path(i as f64 / rate)))).expect("long enough")
}

/// Uniform noise, -0.5 to 0.5, from a seed.
fn noise(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    }
}

fn fed(method: Method, horizon: f64, motion: &Motion) -> Box<dyn Predictor> {
    let mut predictor = method.predictor(horizon);
    motion.points().iter().for_each(|(time, pose)| predictor.observe(*time, pose));
    predictor
}

#[test]
fn nothing_is_foretold_before_the_first_reading() {
    for method in Method::ALL {
        assert_eq!(method.predictor(0.1).predict(0.1), None, "{method}");
    }
}

#[test]
fn a_single_reading_is_held() {
    for method in Method::ALL {
        let mut predictor = method.predictor(0.1);
        predictor.observe(5.0, &steady(5.0));
        assert_eq!(predictor.predict(0.1), Some(steady(5.0)), "{method}");
    }
}

#[test]
fn steady_motion_is_foretold_by_all_that_move() {
    let seen = motion(50.0, 20.0, steady);
    let end = seen.points().last().expect("not empty").0;
    for method in [Method::ConstantVelocity, Method::AlphaBeta, Method::Adaptive] {
        let guess = fed(method, 0.16, &seen).predict(0.16).expect("fed");
        let truth = steady(end + 0.16);
        assert!(guess.position.distance(truth.position) < 1e-4, "{method}: {guess:?} is not {truth:?}");
        assert!(rotation::angle_between(guess.rotation, truth.rotation) < 1e-4, "{method}");
    }
}

#[test]
fn the_adaptive_one_beats_constant_velocity_on_curves() {
    let seen = motion(50.0, 30.0, gentle);
    let ours = score(&mut *Method::Adaptive.predictor(0.25), &seen, 0.25).expect("long enough");
    let theirs = score(&mut *Method::ConstantVelocity.predictor(0.25), &seen, 0.25).expect("long enough");
    assert!(ours.rotation_mean_deg < 0.6 * theirs.rotation_mean_deg, "{ours:?} against {theirs:?}");
    assert!(ours.position_p95_mm < 0.8 * theirs.position_p95_mm, "{ours:?} against {theirs:?}");
}

/// A head that pans and tilts on the spot, and the tracked point `lever` metres from where its axes meet.
fn on_a_head(seconds: f64, lever: DVec3) -> Pose {
    let rotation = gentle(seconds).rotation;
    Pose { position: DVec3::new(0.0, 0.0, 1.5) + rotation * lever, rotation }
}

#[test]
fn a_point_beside_the_heads_axes_is_foretold_by_the_heads_turn() {
    let mut noise = noise(5);
    let seen = motion(25.0, 40.0, |seconds| {
        let pose = on_a_head(seconds, DVec3::new(0.05, 0.3, 0.25));
        // The tracker's position is noisier than its angles, as they are.
        Pose { position: pose.position + DVec3::new(noise(), noise(), noise()) * 1e-3, ..pose }
    });
    let error = |lever: f64| {
        let tuning = Tuning { lever, ..Tuning::default() };
        let mut adaptive = Adaptive::with_tuning(0.16, Beliefs::shipped(), tuning);
        score(&mut adaptive, &seen, 0.16).expect("long enough").position_p95_mm
    };
    let (with, without) = (error(Tuning::default().lever), error(0.0));
    assert!(with < 0.5 * without, "{with} mm with the lever, {without} mm without");
}

#[test]
fn each_axis_is_foretold_by_its_own_manner() {
    // An operator pans smoothly while the roll only shakes.
    let mut noise = noise(11);
    let seen = motion(50.0, 30.0, |seconds| {
        let pan = 20.0 * libm::sin(seconds * std::f64::consts::TAU / 6.0);
        Pose::new(DVec3::ZERO, PanTiltRoll::from_degrees(pan, 0.0, noise()))
    });
    let error = |apart: [f64; 2]| {
        let tuning = Tuning { apart, ..Tuning::default() };
        let mut adaptive = Adaptive::with_tuning(0.16, Beliefs::shipped(), tuning);
        score(&mut adaptive, &seen, 0.16).expect("long enough").rotation_mean_deg
    };
    let (apart, together) = (error(Tuning::default().apart), error([0.0, 0.0]));
    assert!(apart < 0.9 * together, "{apart} degrees each by itself, {together} together");
}

#[test]
fn the_adaptive_one_holds_what_only_shakes() {
    // Each reading is thrown about anew: the best guess is close to staying put.
    let mut noise = noise(7);
    let seen = Motion::new((0..1500).map(|i| {
        let position = DVec3::new(noise(), noise(), noise()) * 0.01;
        (f64::from(i) / 50.0, Pose { position, ..Pose::IDENTITY })
    }))
    .expect("long enough");
    let by = |method: Method| score(&mut *method.predictor(0.1), &seen, 0.1).expect("long enough");
    let (ours, hold, cv) = (by(Method::Adaptive), by(Method::Hold), by(Method::ConstantVelocity));
    assert!(ours.position_mean_mm < hold.position_mean_mm, "{ours:?} against {hold:?}");
    assert!(ours.position_mean_mm < 0.3 * cv.position_mean_mm, "{ours:?} against {cv:?}");
}

#[test]
fn readings_that_come_late_change_nothing() {
    let seen = motion(50.0, 2.0, gentle);
    for method in Method::ALL {
        let mut predictor = fed(method, 0.1, &seen);
        let before = predictor.predict(0.1);
        predictor.observe(0.5, &steady(99.0));
        assert_eq!(predictor.predict(0.1), before, "{method}");
    }
}

#[test]
fn readings_that_are_no_numbers_change_nothing() {
    let seen = motion(50.0, 2.0, gentle);
    for method in Method::ALL {
        let mut predictor = fed(method, 0.1, &seen);
        let before = predictor.predict(0.1);
        let nowhere = Pose { position: DVec3::new(0.0, f64::NAN, 0.0), ..Pose::IDENTITY };
        let unturned =
            Pose { rotation: cyclorama_space::DQuat::from_xyzw(0.0, 0.0, 0.0, 0.0), ..Pose::IDENTITY };
        predictor.observe(2.02, &nowhere);
        predictor.observe(2.02, &unturned);
        predictor.observe(f64::INFINITY, &gentle(2.0));
        assert_eq!(predictor.predict(0.1), before, "{method}");
        predictor.observe(2.04, &gentle(2.04));
        assert_ne!(predictor.predict(0.1), before, "{method} goes on afterwards");
    }
}

#[test]
fn one_wild_reading_does_not_spoil_what_was_learnt() {
    let (horizon, wild, settled) = (0.16, 900, 960);
    let seen = motion(50.0, 30.0, gentle);
    let error = |slip: bool| {
        let mut adaptive = Adaptive::new(horizon);
        let mut errors = (0.0, 0.0);
        for (index, (time, pose)) in seen.points().iter().enumerate() {
            let slipped = Pose::new(DVec3::new(3.0, -2.0, 5.0), PanTiltRoll::from_degrees(150.0, 20.0, 0.0));
            adaptive.observe(*time, if slip && index == wild { &slipped } else { pose });
            let (guess, truth) = (adaptive.predict(horizon).expect("fed"), gentle(time + horizon));
            if index >= settled {
                errors.0 += guess.position.distance(truth.position);
                errors.1 += rotation::angle_between(guess.rotation, truth.rotation);
            }
        }
        errors
    };
    let (clean, slipped) = (error(false), error(true));
    // Believed like any other reading, it costs a factor of thirty to a hundred for ten seconds.
    assert!(slipped.0 < 4.0 * clean.0, "position: {slipped:?} against {clean:?}");
    assert!(slipped.1 < 4.0 * clean.1, "rotation: {slipped:?} against {clean:?}");
}

#[test]
fn after_a_pause_the_old_speed_is_forgotten() {
    let seen = motion(50.0, 2.0, steady);
    for method in [Method::ConstantVelocity, Method::AlphaBeta, Method::Adaptive] {
        let mut predictor = fed(method, 0.1, &seen);
        let still = Pose { position: DVec3::new(9.0, 9.0, 9.0), ..Pose::IDENTITY };
        predictor.observe(60.0, &still);
        assert_eq!(predictor.predict(0.1), Some(still), "{method}");
    }
}

#[test]
fn the_expected_error_is_of_the_size_of_the_error_made() {
    let seen = motion(50.0, 30.0, gentle);
    let mut adaptive = Adaptive::new(0.25);
    // What is expected is told by the last seconds, two half-lives of evidence, not by the errors of the first seconds.
    let mut made = Vec::new();
    for (time, pose) in seen.points() {
        adaptive.observe(*time, pose);
        let (guess, truth) = (adaptive.predict(0.25).expect("fed"), gentle(time + 0.25));
        made.push(rotation::angle_between(guess.rotation, truth.rotation));
    }
    let lately = &made[made.len() - 400..];
    let (_, turned) = adaptive.expected_error().expect("long enough");
    let ratio = turned / (lately.iter().sum::<f64>() / lately.len() as f64);
    assert!((0.3..3.0).contains(&ratio), "{ratio}");
}

#[test]
fn the_shipped_beliefs_are_those_of_the_recorded_cameras() {
    let beliefs = Beliefs::shipped();
    let refitted = fit::beliefs(&recorded(), &fit::HORIZONS);
    for (shipped, fresh) in beliefs.rotation.iter().zip(&refitted.rotation) {
        for (a, b) in shipped.mean.iter().zip(&fresh.mean) {
            assert!((a - b).abs() < 2e-5, "at {} s: {a} is not {b}; run examples/fit_prior", shipped.horizon);
        }
    }
}

#[test]
fn left_out_cameras_are_foretold_better_than_by_constant_velocity() {
    let recorded = recorded();
    let mut logs = (0.0, 0.0, 0);
    // The long one, last of `recorded`, is only learnt from, to keep this quick.
    for left_out in 0..recorded.len() - 1 {
        let others: Vec<Motion> =
            recorded.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, m)| m.clone()).collect();
        let beliefs = fit::beliefs(&others, &[0.25]);
        let seen = &recorded[left_out];
        let by = |predictor: &mut dyn Predictor| score(predictor, seen, 0.25).expect("long enough");
        let ours = by(&mut Adaptive::with_beliefs(0.25, beliefs));
        let (cv, ab) = (by(&mut ConstantVelocity::default()), by(&mut AlphaBeta::default()));
        logs.0 += (ours.rotation_mean_deg / cv.rotation_mean_deg).ln();
        logs.1 += (ours.rotation_jitter_deg / ab.rotation_jitter_deg).ln();
        logs.2 += 1;
    }
    let (error, jitter) = ((logs.0 / f64::from(logs.2)).exp(), (logs.1 / f64::from(logs.2)).exp());
    assert!(error < 0.72, "rotation error is {error} of constant velocity's");
    assert!(jitter < 1.05, "rotation jitter is {jitter} of alpha-beta's");
}

fn recorded() -> Vec<Motion> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/motion/");
    [
        "mosys_f4_first600",
        "shakify_bike_on_gravel_2d",
        "shakify_out_car_window",
        "shakify_spaceship_shake_2d",
        "shakify_the_closeup",
        "shakify_the_wedding",
        "shakify_the_zeek_2d",
        "fr2_desk_60hz",
    ]
    .map(|name| {
        let text = std::fs::read_to_string(format!("{folder}{name}.csv")).expect("the recording is there");
        Motion::from_csv(&text).expect("the recording is a motion")
    })
    .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn predictions_are_finite_whatever_the_motion(
        steps in prop::collection::vec((1e-4f64..0.3, prop::array::uniform3(-100.0f64..100.0), prop::array::uniform3(-3.0f64..3.0)), 1..80),
        ahead in 0.0f64..0.5,
    ) {
        for method in Method::ALL {
            let mut predictor = method.predictor(ahead);
            let mut time = 0.0;
            for (step, position, turned) in &steps {
                time += step;
                let rotation = rotation::from_vector(DVec3::from_array(*turned));
                predictor.observe(time, &Pose { position: DVec3::from_array(*position), rotation });
                let guess = predictor.predict(ahead).expect("fed");
                prop_assert!(guess.position.is_finite() && guess.rotation.is_finite(), "{method}: {guess:?}");
            }
        }
    }
}
