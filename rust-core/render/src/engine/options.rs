//! `--engine-option=--name=value` for engines that are no command-line tool: each option is known, or refused.

use std::ffi::OsString;
use std::ops::RangeInclusive;

use super::EngineError;

/// Options as they were given, taken out one by one.
pub(super) struct Options {
    given: Vec<(String, String)>,
}

impl Options {
    /// Splits `--name=value`.
    ///
    /// # Errors
    /// [`EngineError::Option`] for what does not have that shape.
    pub(super) fn new(options: &[OsString]) -> Result<Self, EngineError> {
        let split = |option: &OsString| {
            let text = option.to_string_lossy().into_owned();
            let pair = text.strip_prefix("--").and_then(|rest| rest.split_once('='));
            match pair {
                Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
                _ => Err(EngineError::Option { option: text }),
            }
        };
        Ok(Self { given: options.iter().map(split).collect::<Result<_, _>>()? })
    }

    /// Takes out every value of `name`.
    pub(super) fn all(&mut self, name: &str) -> Vec<String> {
        let (taken, left) = std::mem::take(&mut self.given).into_iter().partition(|(given, _)| given == name);
        self.given = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes out the last value of `name`, as `check` reads it.
    ///
    /// # Errors
    /// [`EngineError::OptionValue`] when `check` has none for it.
    pub(super) fn take<T>(
        &mut self,
        name: &'static str,
        wanted: &'static str,
        check: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, EngineError> {
        let Some(value) = self.all(name).pop() else { return Ok(None) };
        match check(&value) {
            Some(read) => Ok(Some(read)),
            None => Err(EngineError::OptionValue { name, value, wanted }),
        }
    }

    /// As [`Options::take`], for what must be there.
    ///
    /// # Errors
    /// Also [`EngineError::OptionMissing`].
    pub(super) fn require<T>(
        &mut self,
        name: &'static str,
        wanted: &'static str,
        check: impl Fn(&str) -> Option<T>,
    ) -> Result<T, EngineError> {
        self.take(name, wanted, check)?.ok_or(EngineError::OptionMissing { name, wanted })
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// [`EngineError::OptionUnknown`] with what could have been said.
    pub(super) fn end(self, known: &'static str) -> Result<(), EngineError> {
        match self.given.into_iter().next() {
            Some((name, _)) => Err(EngineError::OptionUnknown { name, known }),
            None => Ok(()),
        }
    }
}

/// A number within limits.
pub(super) fn number(text: &str, limits: RangeInclusive<u32>) -> Option<u32> {
    text.parse().ok().filter(|number| limits.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(given: &[&str]) -> Result<Options, EngineError> {
        Options::new(&given.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_last_of_an_option_counts_and_values_keep_their_equals_signs() {
        let mut options = options(&["--queue=a", "--queue=b=c", "--tag=x"]).expect("options");
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(options.require("queue", "a name", text).expect("given"), "b=c");
        assert!(
            matches!(options.end("--queue"), Err(EngineError::OptionUnknown { name, .. }) if name == "tag")
        );
    }

    #[test]
    fn what_is_missing_or_out_of_range_is_told_with_what_is_wanted() {
        let mut options = options(&["--priority=101"]).expect("options");
        let error = options.take("priority", "0 to 100", |text| number(text, 0..=100)).expect_err("too much");
        assert!(error.to_string().contains("0 to 100"), "{error}");
        let error = options.require("farm", "farm-...", |text| Some(text.to_owned())).expect_err("missing");
        assert!(error.to_string().contains("--farm"), "{error}");
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for bad in ["farm", "--farm", "--=x", "-f=x", ""] {
            assert!(matches!(options(&[bad]), Err(EngineError::Option { .. })), "{bad}");
        }
    }
}
