//! Which passes a host draws: asked before anything is submitted, and by the host itself before anything is drawn.

use std::fmt;

use super::BlenderEngine;
use crate::from_take::UNREAL;
use crate::plan::{BEAUTY, DEPTH, NORMAL, Passes};

/// Which passes a host draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draws {
    /// These.
    These(&'static [&'static str]),
    /// The beauty, and whatever layers its project names. Those of an engine are in its own units and axes: neither depth nor normal.
    Layers,
    /// Nobody here knows: it says so itself.
    Unknown,
}

impl Draws {
    /// What the host of this name draws.
    pub fn of_host(name: &str) -> Self {
        match name {
            "builtin" => Self::These(&[BEAUTY, DEPTH, NORMAL]),
            UNREAL => Self::Layers,
            _ => BlenderEngine::of_host(name).map_or(Self::Unknown, BlenderEngine::draws),
        }
    }

    /// The first of `passes` that it does not draw.
    pub fn lacking(self, passes: &Passes) -> Option<&str> {
        let draws = |pass: &str| match self {
            Self::These(these) => these.contains(&pass),
            Self::Layers => pass != DEPTH && pass != NORMAL,
            Self::Unknown => true,
        };
        passes.iter().find(|pass| !draws(pass))
    }
}

/// After "it draws".
impl fmt::Display for Draws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::These([one]) => f.write_str(one),
            Self::These([first @ .., last]) => write!(f, "{} and {last}", first.join(", ")),
            Self::These([]) => f.write_str("nothing"),
            Self::Layers => write!(f, "{BEAUTY} and the layers that its preset names"),
            Self::Unknown => f.write_str("what it says itself"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_says_what_it_draws_and_lacks() {
        let passes = |text: &str| text.parse::<Passes>().expect("passes");
        let all = passes("beauty,depth,normal");
        assert_eq!(Draws::of_host("builtin").lacking(&all), None);
        assert_eq!(Draws::of_host("builtin").lacking(&passes("beauty,velocity")), Some("velocity"));
        assert_eq!(Draws::of_host("blender-workbench").lacking(&all), Some("normal"));
        assert_eq!(Draws::of_host("unreal").lacking(&all), Some("depth"));
        assert_eq!(Draws::of_host("unreal").lacking(&passes("beauty,worlddepth")), None);
        assert_eq!(Draws::of_host("somebody's").lacking(&all), None);
        assert_eq!(Draws::of_host("blender").to_string(), "beauty, depth and normal");
        assert_eq!(Draws::These(&[BEAUTY]).to_string(), "beauty");
    }
}
