//! The best that can be known: the mean of all lines under all packets, by someone who knows the jitter exactly.
//!
//! For exponential delays, a crystal of which only the usual spread is known, and an offset of which nothing is, that
//! mean has the least squared error of all estimates. It keeps every packet and needs no bound on work.

use super::*;

/// Slopes tried, first over all that crystals do and then around what is likely.
const SLOPES: usize = 241;

/// Errors of the best estimate after five seconds: seconds since the first packet, and microseconds.
fn best(world: World) -> Vec<(f64, f64)> {
    let (mut points, mut hull, mut out) = (Vec::<(f64, f64)>::new(), Vec::<usize>::new(), Vec::new());
    for (truth, reading) in packets(world) {
        let sent = (reading.sampled.expect("stamped").nanos() - 7_000_000_000_000) as f64 * 1e-9;
        let delay = reading.arrived.nanos() as f64 * 1e-9 - 3.0 - sent;
        let new = (sent, delay);
        points.push(new);
        while let [.., a, b] = hull[..] {
            let (a, b) = (points[a], points[b]);
            if (b.0 - a.0) * (new.1 - a.1) > (b.1 - a.1) * (new.0 - a.0) {
                break;
            }
            hull.pop();
        }
        hull.push(points.len() - 1);
        if sent > 5.0 {
            let lowest: Vec<(f64, f64)> = hull.iter().map(|index| points[*index]).collect();
            let said = mean_line(&lowest, points.len() as f64, world.jitter);
            let off = said - (truth as f64 * 1e-9 - 3.0 - sent);
            out.push((truth as f64 * 1e-9 - 3.0, off.abs() * 1e6));
        }
    }
    out
}

/// Mean height, at the newest packet, of all lines under `hull`; `count` packets of which it is the lower edge.
fn mean_line(hull: &[(f64, f64)], count: f64, jitter: f64) -> f64 {
    let newest = hull.last().expect("not empty").0;
    let (middle, mut from, mut to, mut height) = (newest / 2.0, -6.0 * CRYSTAL, 6.0 * CRYSTAL, 0.0);
    for _ in 0..2 {
        let lines: Vec<(f64, f64, f64)> = (0..SLOPES)
            .map(|index| {
                let slope = from + (to - from) * index as f64 / (SLOPES - 1) as f64;
                let under = hull.iter().map(|(x, y)| y - slope * (x - middle)).fold(f64::INFINITY, f64::min);
                let likely = count * under / jitter - 0.5 * (slope / CRYSTAL).powi(2);
                (slope, under + slope * (newest - middle), likely)
            })
            .collect();
        let most = lines.iter().map(|line| line.2).fold(f64::NEG_INFINITY, f64::max);
        let mean = |of: &dyn Fn(&(f64, f64, f64)) -> f64| {
            let weight = |line: &(f64, f64, f64)| (line.2 - most).exp();
            lines.iter().map(|line| weight(line) * of(line)).sum::<f64>()
                / lines.iter().map(weight).sum::<f64>()
        };
        let slope = mean(&|line| line.0);
        let spread = mean(&|line| (line.0 - slope).powi(2)).sqrt() + 1e-9;
        height = mean(&|line| line.1);
        (from, to) = (slope - 7.0 * spread, slope + 7.0 * spread);
    }
    height - jitter / count
}

#[test]
fn little_more_is_in_the_data_than_is_made_of_it() {
    for rate in [24.0, 25.0, 30.0] {
        let world = World { rate, ..STAGE };
        let ours = over_seeds(world, ClockOptions::default());
        let best = told(world, &worlds(world).map(best).collect::<Vec<_>>());
        println!("{rate} Hz, the best that can be known: {best:.0?}");
        assert!(ours.mean <= 1.1 * best.mean, "{rate} Hz: {ours:?} where {best:?} can be known");
        assert!(ours.worst <= 1.1 * best.worst, "{rate} Hz: {ours:?} where {best:?} can be known");
    }
}
