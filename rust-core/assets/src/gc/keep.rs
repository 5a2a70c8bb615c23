//! Which versions stay.

use std::str::FromStr;
use std::time::Duration;

use cyclorama_outcome::{Classify, Kind};
use cyclorama_time::UtcTime;

/// Which versions of each ref stay: those that any rule keeps, and all of them where there is no rule. What a ref
/// points to always stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep(pub Vec<KeepRule>);

/// Versions that stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepRule {
    /// The last so many of each ref.
    Last(u64),
    /// Those that were made in this time before now, as their publishers' clocks went.
    Newer(Duration),
}

/// The text is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` keeps nothing: write a number of versions (20), or an age in hours, days or weeks (36h, 30d, 8w)"
)]
pub struct KeepRuleError(pub String);

impl Classify for KeepRuleError {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

impl Keep {
    /// Whether a version stays that is `generation` moves of a ref ago and was made at `made`.
    pub(super) fn keeps(&self, generation: u64, made: UtcTime, now: UtcTime) -> bool {
        let age = now.nanos().saturating_sub(made.nanos()).max(0) as u128;
        let keeps = |rule: &KeepRule| match rule {
            KeepRule::Last(count) => generation < *count,
            KeepRule::Newer(limit) => age <= limit.as_nanos(),
        };
        generation == 0 || self.0.is_empty() || self.0.iter().any(keeps)
    }
}

impl FromStr for KeepRule {
    type Err = KeepRuleError;

    fn from_str(text: &str) -> Result<Self, KeepRuleError> {
        let refused = || KeepRuleError(text.to_owned());
        if let Ok(count) = text.parse::<u64>() {
            return if count > 0 { Ok(Self::Last(count)) } else { Err(refused()) };
        }
        age(text).map(Self::Newer).ok_or_else(refused)
    }
}

/// An age as people write it: `36h`, `30d` or `8w`; nothing for other texts.
pub fn age(text: &str) -> Option<Duration> {
    let (number, hours) = match text.char_indices().last()? {
        (at, 'h') => (&text[..at], 1),
        (at, 'd') => (&text[..at], 24),
        (at, 'w') => (&text[..at], 7 * 24),
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(hours * 3600)?;
    (seconds <= LONGEST_AGE).then(|| Duration::from_secs(seconds))
}

/// A thousand years.
const LONGEST_AGE: u64 = 1000 * 365 * 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Result<KeepRule, KeepRuleError> {
        text.parse()
    }

    #[test]
    fn rules_are_numbers_and_ages() {
        assert_eq!(rule("20"), Ok(KeepRule::Last(20)));
        assert_eq!(rule("36h"), Ok(KeepRule::Newer(Duration::from_secs(129_600))));
        assert_eq!(rule("30d"), rule("720h"));
        assert_eq!(rule("2w"), rule("14d"));
        for text in ["", "0", "-1", "d", "1.5d", "1 d", "1y", "9999999999999d", "é", "18446744073709551615w"]
        {
            assert!(rule(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_any_rule_keeps_stays() {
        let at = |days: u32| UtcTime::from_seconds(1.7e9 + f64::from(days) * 86_400.0);
        let keep = Keep(vec![rule("2").expect("a rule"), rule("7d").expect("a rule")]);
        assert!(keep.keeps(1, at(0), at(100)) && keep.keeps(9, at(94), at(100)));
        assert!(!keep.keeps(2, at(92), at(100)));
        assert!(keep.keeps(0, at(0), at(100)), "what a ref points to");
        assert!(Keep::default().keeps(1000, at(0), at(100)));
        assert!(keep.keeps(9, at(101), at(100)), "made by a clock that is ahead");
    }
}
