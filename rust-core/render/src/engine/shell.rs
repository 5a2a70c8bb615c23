//! Words for a POSIX shell: the one place where an argument list becomes text, quoted so that nothing in it is read.

use std::ffi::OsStr;

/// Why an argument cannot be handed to a farm's script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the argument `{0}` has a line break or `{{`, or is no readable text, which a farm's script cannot carry"
)]
pub struct NotAWord(pub String);

/// `word` in single quotes.
///
/// # Errors
/// [`NotAWord`] when it is not UTF-8 or holds a control character.
pub(super) fn quoted(word: &OsStr) -> Result<String, NotAWord> {
    let refused = || NotAWord(word.to_string_lossy().into_owned());
    let text = word.to_str().ok_or_else(refused)?;
    if text.chars().any(char::is_control) {
        return Err(refused());
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_with_control_characters_are_refused() {
        assert!(quoted(OsStr::new("a\nb")).is_err());
        assert!(quoted(OsStr::new("a\0b")).is_err());
    }

    #[cfg(unix)]
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn a_real_shell_gives_the_word_back(word in r#"[ -~é$`"'\\!*?~;&|<>(){}\[\]#]{0,40}"#) {
            let script = format!("printf %s {}", quoted(OsStr::new(&word)).expect("a word"));
            let output = Command::new("sh").args(["-c", &script]).output().expect("sh runs");
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), word);
        }
    }
}
