//! What the plain ways of foretelling would have said lately, and how far to follow them.
//!
//! The regression minimises squares, so a few whips say what its weights are, and between them it can be farther off than
//! a camera that simply goes on, or stays. Here the mean error of all three is kept over the recent past. Where a plain
//! way has a clearly smaller one, the answer leans to it, gradually, so that nothing shakes.

use cyclorama_space::DVec3;

/// From the least excess to so much more of it, as a share of the plain way's error, the answer leans more and more.
const FULLY: f64 = 0.06;

/// From this share of outcomes, at which the plain way was the nearer one, to twice as many it is followed more and more: a tracker's slip makes one error so large that
/// sums say nothing for seconds, but it is only one.
const OFTEN: f64 = 0.2;

/// So many outcomes must be known before a plain way is followed altogether.
const KNOWN: f64 = 30.0;

/// Fading sums of the errors of one axis group, metres or radians.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rivals {
    /// Nothing leans before the regression's error exceeds the plain way's by this share of it.
    excess: f64,
    own: f64,
    /// Of going straight on and of staying: errors, and how often they were no greater than the regression's.
    plain: [(f64, f64); 2],
    count: f64,
}

impl Rivals {
    /// Rivals that are followed when the regression's error exceeds theirs by this share of it, 0 or more.
    pub(super) const fn beyond(excess: f64) -> Self {
        Self { excess, own: 0.0, plain: [(0.0, 0.0); 2], count: 0.0 }
    }

    /// Lets old errors fade by `keep` (0 to 1).
    pub(super) fn fade(&mut self, keep: f64) {
        self.own *= keep;
        self.count *= keep;
        self.plain = self.plain.map(|(errors, times)| (errors * keep, times * keep));
    }

    /// Takes in what came, where the regression had foretold `own` and the newest step alone `straight`.
    pub(super) fn judge(&mut self, came: DVec3, own: DVec3, straight: DVec3) {
        let errors = [came.distance(own), came.distance(straight), came.length()];
        self.own += errors[0];
        for (rival, error) in self.plain.iter_mut().zip(&errors[1..]) {
            rival.0 += error;
            rival.1 += f64::from(u8::from(*error <= errors[0]));
        }
        self.count += 1.0;
    }

    /// The answer between what the regression says and what the better plain way does.
    pub(super) fn lean(&self, own: DVec3, straight: DVec3) -> DVec3 {
        let [ahead, stay] = self.plain;
        let (rival, plain) = if stay.0 < ahead.0 { (stay, DVec3::ZERO) } else { (ahead, straight) };
        let (least, times) = rival;
        if self.own <= least || least <= 0.0 {
            return own;
        }
        let share = ((self.own / least - 1.0 - self.excess) / FULLY).clamp(0.0, 1.0);
        let often = ((times / self.count - OFTEN) / OFTEN).clamp(0.0, 1.0);
        own + (plain - own) * share * often * (self.count / KNOWN).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use cyclorama_space::{PanTiltRoll, Pose};

    use super::*;
    use crate::motion::Motion;
    use crate::predict::{Method, score::score};

    const AHEAD: DVec3 = DVec3::new(1.0, 0.0, 0.0);

    fn judged(times: usize, came: f64, own: f64, straight: f64) -> Rivals {
        let mut rivals = Rivals::beyond(0.04);
        (0..times).for_each(|_| rivals.judge(AHEAD * came, AHEAD * own, AHEAD * straight));
        rivals
    }

    #[test]
    fn the_regression_is_followed_while_it_is_the_best() {
        assert_eq!(judged(100, 1.0, 0.9, 0.8).lean(AHEAD, AHEAD * 3.0), AHEAD);
        assert_eq!(judged(100, 1.0, 1.0, 1.0).lean(AHEAD, AHEAD * 3.0), AHEAD, "nobody errs");
    }

    #[test]
    fn the_better_plain_way_is_followed_when_it_is_clearly_better() {
        let straight = judged(100, 1.0, 0.7, 0.8).lean(AHEAD, AHEAD * 3.0);
        assert!(straight.distance(AHEAD * 3.0) < 1e-12, "{straight}");
        let still = judged(100, 0.1, 0.5, -0.9).lean(AHEAD, AHEAD * 3.0);
        assert!(still.length() < 1e-12, "{still}");
    }

    #[test]
    fn a_plain_way_that_is_hardly_better_or_hardly_known_is_not_followed_altogether() {
        let hardly = judged(100, 1.0, 0.79, 0.8).lean(AHEAD, AHEAD * 3.0);
        assert!(hardly.x > 1.0 && hardly.x < 1.5, "{hardly}");
        let little = judged(3, 1.0, 0.7, 0.8).lean(AHEAD, AHEAD * 3.0);
        assert!(little.x > 1.0 && little.x < 1.3, "{little}");
    }

    #[test]
    fn what_is_long_ago_counts_no_more() {
        let mut rivals = judged(100, 1.0, 0.7, 0.8);
        rivals.fade(1e-6);
        (0..100).for_each(|_| rivals.judge(AHEAD, AHEAD * 0.9, AHEAD * 0.8));
        assert_eq!(rivals.lean(AHEAD, AHEAD * 3.0), AHEAD);
    }

    /// Rests, and moves of 0.35 to 5 s to somewhere else, as a crane or a head makes them; pans of up to 70 degrees.
    fn rests_and_moves(rate: f64, mut state: u32) -> Motion {
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1u32 << 24)
        };
        let (mut from, mut to, mut begin, mut end) = (DVec3::ZERO, DVec3::ZERO, 0.0, 1.0);
        let points = (0..(60.0 * rate) as usize).map(|index| {
            let seconds = index as f64 / rate;
            if seconds >= end {
                (from, begin) = (to, end + 0.3 + 2.0 * random());
                end = begin + [0.35, 0.8, 2.0, 5.0][(random() * 4.0) as usize];
                to = from + (DVec3::new(random(), random(), random()) - 0.5) * 140.0;
            }
            let part = ((seconds - begin) / (end - begin)).clamp(0.0, 1.0);
            let part = part * part * part * (10.0 + part * (6.0 * part - 15.0));
            let at = from + (to - from) * part;
            (seconds, Pose::new(at * 0.02, PanTiltRoll::from_degrees(at.x, 0.3 * at.y, 0.0)))
        });
        Motion::new(points).expect("long enough")
    }

    #[test]
    fn a_camera_that_rests_and_whips_is_foretold_about_as_well_as_by_the_better_plain_way() {
        let mut ratios = Vec::new();
        for (seed, horizon) in [(1, 0.16), (2, 0.16), (3, 0.25), (4, 0.25)] {
            let seen = rests_and_moves(120.0, seed);
            let by =
                |method: Method| score(&mut *method.predictor(horizon), &seen, horizon).expect("long enough");
            let [ours, still, straight] = [Method::Adaptive, Method::Hold, Method::ConstantVelocity].map(by);
            ratios.push(ours.rotation_mean_deg / still.rotation_mean_deg.min(straight.rotation_mean_deg));
        }
        assert!(ratios.iter().all(|ratio| *ratio < 1.08), "{ratios:?}");
    }
}
