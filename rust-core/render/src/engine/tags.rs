//! Tags: by what a farm's lists, and a cloud's bills, tell jobs of one production from those of another.

use std::collections::BTreeMap;
use std::str::FromStr;

use cyclorama_outcome::{Classify, Kind};

use crate::plan::Plan;

/// Characters that AWS takes in every service, besides letters and digits; no comma, which Slurm's lists part by.
const SIGNS: &str = " _.:/=+-@";
/// Longest name, characters.
const LONGEST_NAME: usize = 128;
/// Most tags that a job may have on AWS.
const MOST: usize = 50;
/// Longest value, characters.
const LONGEST_VALUE: usize = 256;

/// A name and what it is for this job: `production=Nemo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    name: String,
    value: String,
}

/// The text is no tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "wanted: NAME=VALUE, as in production=Nemo; a name of 1 to {LONGEST_NAME} and a value of at most {LONGEST_VALUE} letters, digits, \
     blanks and `_.:/=+-@`, and not `aws:` ahead"
)]
pub struct NoTag;

/// More tags than a farm takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} tags are more than the {MOST} that a job may have")]
pub struct TooMany(usize);

impl Classify for TooMany {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

impl FromStr for Tag {
    type Err = NoTag;

    fn from_str(text: &str) -> Result<Self, NoTag> {
        let (name, value) = text.split_once('=').ok_or(NoTag)?;
        let fits = |text: &str, longest| text.chars().count() <= longest && text.chars().all(is_allowed);
        let ours = !name.is_empty() && !name.to_ascii_lowercase().starts_with("aws:");
        if ours && fits(name, LONGEST_NAME) && fits(value, LONGEST_VALUE) {
            Ok(Self { name: name.to_owned(), value: value.to_owned() })
        } else {
            Err(NoTag)
        }
    }
}

/// What a job of `plan` is tagged with: what was asked for, and then also its take and shot unless those were named. None
/// unless some were asked for: the services want a permission of its own for tags.
///
/// # Errors
/// [`TooMany`] when there would be more than a farm takes.
pub fn tags(asked: &[Tag], plan: &Plan) -> Result<BTreeMap<String, String>, TooMany> {
    let mut tags: BTreeMap<_, _> =
        asked.iter().map(|Tag { name, value }| (name.clone(), value.clone())).collect();
    if !tags.is_empty() {
        let shot = plan.take.shot.as_deref().map(|shot| ("shot", shot));
        for (name, value) in [("take", plan.take.name.as_str())].into_iter().chain(shot) {
            let plain = value.chars().take(LONGEST_VALUE).map(|c| if is_allowed(c) { c } else { '_' });
            tags.entry(name.to_owned()).or_insert_with(|| plain.collect());
        }
    }
    if tags.len() > MOST { Err(TooMany(tags.len())) } else { Ok(tags) }
}

fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || SIGNS.contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanRequest;
    use crate::plan::tests::{camera, request};

    #[test]
    fn a_job_is_tagged_when_somebody_asks_and_then_with_its_take_and_shot_too() {
        let camera = camera(0, 4);
        let mut wanted = PlanRequest { ..request(&camera) };
        (wanted.take.name, wanted.take.shot) =
            ("12, the \u{201c}good\u{201d} one".to_owned(), Some("7A".to_owned()));
        let plan = wanted.plan().expect("plans").plan;
        assert_eq!(tags(&[], &plan), Ok(BTreeMap::new()));
        let asked = ["production=Nemo", "shot=7B"].map(|text| text.parse().expect("a tag"));
        let found = tags(&asked, &plan).expect("few");
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("production", "Nemo"), ("shot", "7B"), ("take", "12_ the _good_ one")]);
    }

    #[test]
    fn more_tags_than_a_job_may_have_are_refused() {
        let camera = camera(0, 4);
        let plan = request(&camera).plan().expect("plans").plan;
        let asked: Vec<Tag> = (0..50).map(|n| format!("name-{n}=x").parse().expect("a tag")).collect();
        assert_eq!(tags(&asked, &plan), Err(TooMany(51)), "its take is one too");
        assert_eq!(tags(&asked[1..], &plan).map(|tags| tags.len()), Ok(50));
    }

    #[test]
    fn what_no_service_takes_is_no_tag() {
        for text in ["", "x", "=x", "aws:x=y", "AWS:x=y", "a,b=c", "a=b;c", "a=\n"] {
            assert_eq!(text.parse::<Tag>(), Err(NoTag), "{text:?}");
        }
        assert!(format!("{}=x", "n".repeat(129)).parse::<Tag>().is_err());
        assert!("cost centre=a=b".parse::<Tag>().is_ok() && "x=".parse::<Tag>().is_ok());
    }
}
