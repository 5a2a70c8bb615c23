//! Which passes a frame consists of: the beauty, and what compositors want beside it. All are channels of the frame's one file.
//!
//! What each is called and means is a promise to whoever composites, so it is the same for every host that draws it.

use std::fmt;
use std::str::FromStr;

use cyclorama_outcome::{Classify, Kind};
use serde::{Deserialize, Serialize};

use crate::frame::{ALPHA, Channel};

/// The picture: channels `R`, `G` and `B`, and `A` where the host writes it. Every host delivers it.
pub const BEAUTY: &str = "beauty";
/// How far what is seen is from the camera: channel `Z`, metres along the view axis (not along the ray), counted from the entrance pupil;
/// very large or infinite where nothing is hit. So OpenEXR calls it, and so Blender's Cycles means it.
pub const DEPTH: &str = "depth";
/// The direction that a surface faces: channels `N.X`, `N.Y` and `N.Z`, of the stage (X right, Y forward, Z up), on the camera's side; a unit
/// long, shorter where a host averages over an edge, and zero where nothing is hit.
pub const NORMAL: &str = "normal";

/// The passes of a job: the beauty first, then the others by name, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Passes(Vec<String>);

/// Why names are no passes of a job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassError {
    /// The beauty is not among them, or not the first.
    #[error("the passes must begin with {BEAUTY}, as in {BEAUTY},{DEPTH},{NORMAL}")]
    NoBeauty,
    /// A name that no pass has.
    #[error(
        "`{0}` is no name of a pass: it has 1 to {LONGEST_NAME} lower-case letters, digits, dashes and underscores"
    )]
    Name(String),
    /// The same pass twice.
    #[error("the pass {0} is named twice")]
    Twice(String),
    /// More than a file of ours may have channels for.
    #[error("{0} passes are more than the {MOST} a job may have")]
    TooMany(usize),
}

impl Classify for PassError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

/// The longest name, bytes.
const LONGEST_NAME: usize = 64;
/// The most passes: each may have four channels.
const MOST: usize = 16;

impl Passes {
    /// The passes of these names.
    ///
    /// # Errors
    /// [`PassError`] when the beauty is not the first of them, one is named twice or cannot be a name, or there are too many.
    pub fn new(names: Vec<String>) -> Result<Self, PassError> {
        if names.first().is_none_or(|first| first != BEAUTY) {
            return Err(PassError::NoBeauty);
        }
        if names.len() > MOST {
            return Err(PassError::TooMany(names.len()));
        }
        let mut passes = Self(names);
        // Two orders of one wish are one job.
        passes.0[1..].sort_unstable();
        if let Some(name) = passes.0.iter().find(|name| !is_name(name)) {
            return Err(PassError::Name(name.clone()));
        }
        let twice = |pair: &&[String]| pair[0] == pair[1];
        let mut named = passes.0.clone();
        named.sort_unstable();
        match named.windows(2).find(twice) {
            Some(pair) => Err(PassError::Twice(pair[0].clone())),
            None => Ok(passes),
        }
    }

    /// Nothing beside the beauty is wanted.
    pub fn is_beauty_alone(&self) -> bool {
        self.0.len() == 1
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// What is wanted beside the beauty.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.iter().skip(1)
    }

    /// Whether this one is among them.
    pub fn has(&self, pass: &str) -> bool {
        self.iter().any(|name| name == pass)
    }

    /// Whether a channel is of one of them; the alpha is the beauty's.
    pub fn cover(&self, channel: &str) -> bool {
        channel == ALPHA || self.others().any(|pass| channels_of(pass).has(channel))
    }

    /// What is there of the wanted passes, for people, by channel.
    pub fn in_words(&self) -> String {
        let words = self.iter().map(|pass| match pass {
            BEAUTY => "beauty (R, G, B)".to_owned(),
            DEPTH => "depth (Z, metres along the view axis)".to_owned(),
            NORMAL => "normal (N.X, N.Y, N.Z of the stage)".to_owned(),
            other => format!("{other} ({other}.*, as its host means it)"),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// What one of them lacks among these channels: the pass, and what a channel of it is called.
    pub(crate) fn lacking(&self, channels: &[Channel]) -> Option<(String, String)> {
        self.others().find_map(|pass| {
            let wanted = channels_of(pass);
            let has = |name: &str| channels.iter().any(|channel| channel.name() == name);
            let missing = match wanted {
                ChannelNames::Exactly(names) => {
                    names.iter().find(|name| !has(name)).map(|&name| name.to_owned())
                }
                ChannelNames::Layer(layer) => {
                    let is_there = channels.iter().any(|channel| wanted.has(channel.name()));
                    (!is_there).then(|| format!("{layer}.*"))
                }
            };
            missing.map(|channel| (pass.to_owned(), channel))
        })
    }
}

impl Default for Passes {
    fn default() -> Self {
        Self(vec![BEAUTY.to_owned()])
    }
}

/// As people write them: `beauty,depth,normal`.
impl FromStr for Passes {
    type Err = PassError;

    fn from_str(text: &str) -> Result<Self, PassError> {
        Self::new(text.split(',').map(|name| name.trim().to_owned()).collect())
    }
}

impl fmt::Display for Passes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl TryFrom<Vec<String>> for Passes {
    type Error = PassError;

    fn try_from(names: Vec<String>) -> Result<Self, PassError> {
        Self::new(names)
    }
}

impl From<Passes> for Vec<String> {
    fn from(passes: Passes) -> Self {
        passes.0
    }
}

/// What the channels of a pass are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelNames<'a> {
    /// Each of these.
    Exactly(&'static [&'static str]),
    /// One or more that begin with this and a full stop, in capitals or not: engines write `WorldNormal.R`.
    Layer(&'a str),
}

/// What the channels of `pass` are called in a frame's file.
pub fn channels_of(pass: &str) -> ChannelNames<'_> {
    match pass {
        BEAUTY => ChannelNames::Exactly(&["R", "G", "B"]),
        DEPTH => ChannelNames::Exactly(&["Z"]),
        NORMAL => ChannelNames::Exactly(&["N.X", "N.Y", "N.Z"]),
        layer => ChannelNames::Layer(layer),
    }
}

impl ChannelNames<'_> {
    /// Whether a channel of this name is one of them.
    pub fn has(&self, channel: &str) -> bool {
        match self {
            Self::Exactly(names) => names.contains(&channel),
            Self::Layer(layer) => channel.rsplit_once('.').is_some_and(|(before, _)| {
                let begins = before.get(..layer.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(layer));
                begins && matches!(before.as_bytes().get(layer.len()), None | Some(b'.'))
            }),
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn passes_are_the_beauty_and_others_each_once_in_one_order() {
        let written: Passes = "beauty,normal, depth".parse().expect("passes");
        assert_eq!(written, "beauty,depth,normal".parse().expect("passes"));
        assert_eq!(written.to_string(), "beauty,depth,normal");
        assert_eq!(serde_json::to_string(&written).expect("JSON"), r#"["beauty","depth","normal"]"#);
        assert_eq!(serde_json::to_string(&Passes::default()).expect("JSON"), r#"["beauty"]"#);
        assert!(serde_json::from_str::<Passes>(r#"["depth"]"#).is_err());
    }

    #[test]
    fn names_that_cannot_be_and_lists_without_the_beauty_are_refused() {
        let refused = |text: &str| text.parse::<Passes>().expect_err(text);
        assert_eq!(refused(""), PassError::NoBeauty);
        assert_eq!(refused("depth,beauty"), PassError::NoBeauty);
        assert_eq!(refused("beauty,depth,depth"), PassError::Twice("depth".to_owned()));
        assert_eq!(refused("beauty,beauty"), PassError::Twice("beauty".to_owned()));
        for bad in ["Depth", "a b", "a.b", "", "z\u{e4}"] {
            assert_eq!(refused(&format!("beauty,{bad}")), PassError::Name(bad.to_owned()));
        }
        let many: Vec<String> = (0..MOST).map(|n| format!("p{n}")).collect();
        assert_eq!(refused(&format!("beauty,{}", many.join(","))), PassError::TooMany(MOST + 1));
    }

    #[test]
    fn a_layer_is_known_by_what_stands_ahead_of_a_full_stop() {
        let layer = channels_of("world-normal");
        assert!(
            layer.has("world-normal.R") && layer.has("World-Normal.G") && layer.has("world-normal.left.R")
        );
        assert!(
            !layer.has("world-normals.R") && !layer.has("world-normal") && !layer.has("a.world-normal.R")
        );
        assert!(channels_of("n").has("n.x") && !channels_of(DEPTH).has("depth.Z"));
    }

    proptest! {
        #[test]
        fn passes_read_back_as_they_are_written(names in proptest::collection::btree_set("[a-z0-9_-]{1,12}", 0..8)) {
            let names = names.into_iter().filter(|name| name != BEAUTY);
            let passes = Passes::new(std::iter::once(BEAUTY.to_owned()).chain(names).collect()).expect("passes");
            prop_assert_eq!(passes.to_string().parse(), Ok(passes.clone()));
            let json = serde_json::to_string(&passes).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Passes>(&json).expect("reads"), passes);
        }
    }
}
