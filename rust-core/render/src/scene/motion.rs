//! Where a group is at each frame. Between keys everything runs straight, as USD time samples do.

use cyclorama_space::{Angle, DMat3, DVec3};

use super::Placement;

/// Values at frames, in rising order. Before the first and after the last the value stands still.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys<T>(pub Vec<(f64, T)>);

impl<T> Keys<T> {
    /// The value at `frame`, `mix` blending neighbours; `None` without keys.
    pub fn at(&self, frame: f64, mix: impl Fn(&T, &T, f64) -> T) -> Option<T>
    where
        T: Clone,
    {
        let after = self.0.partition_point(|(at, _)| *at <= frame);
        let Some((to, next)) = self.0.get(after) else {
            return self.0.last().map(|(_, value)| value.clone());
        };
        match after.checked_sub(1).and_then(|before| self.0.get(before)) {
            Some((from, value)) if to > from => Some(mix(value, next, (frame - from) / (to - from))),
            _ => Some(next.clone()),
        }
    }
}

/// How a group moves.
#[derive(Clone, Debug, PartialEq)]
pub enum Motion {
    /// Not at all.
    Still(Placement),
    /// It slides, and turns about its own Z.
    Keyed {
        /// Origin of the group, m.
        translate: Keys<DVec3>,
        /// Turn about Z, degrees, positive to the left.
        turn: Keys<f64>,
    },
    /// Placements as a file gave them; between two, each number runs straight.
    Sampled(Keys<Placement>),
}

impl Motion {
    /// Where the group is at `frame`.
    pub fn at(&self, frame: f64) -> Placement {
        match self {
            Self::Still(placement) => *placement,
            Self::Keyed { translate, turn } => {
                let translation = translate.at(frame, |a, b, t| a.lerp(*b, t)).unwrap_or_default();
                let degrees = turn.at(frame, |a, b, t| a + (b - a) * t).unwrap_or_default();
                let (sin, cos) = Angle::from_degrees(degrees).sin_cos();
                let linear =
                    DMat3::from_cols(DVec3::new(cos, sin, 0.0), DVec3::new(-sin, cos, 0.0), DVec3::Z);
                Placement { linear, translation }
            }
            Self::Sampled(keys) => keys
                .at(frame, |a, b, t| Placement {
                    linear: a.linear * (1.0 - t) + b.linear * t,
                    translation: a.translation.lerp(b.translation, t),
                })
                .unwrap_or(Placement::IDENTITY),
        }
    }
}
