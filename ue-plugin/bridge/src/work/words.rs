//! The words behind a commandlet's name: which it takes, and what is wrong with those that were given.
//!
//! An engine takes hundreds of words of its own on the same line (`-unattended`, `-nullrhi`), and nobody has a list of them. So a
//! word that is nearly one of ours is a slip and refused, and one that is like none of ours is left to the engine.

/// A word that there is.
struct Word<'a> {
    name: &'a str,
    wants: Wants<'a>,
}

/// What stands behind its `=`.
enum Wants<'a> {
    /// There is no `=`.
    Nothing,
    /// Anything, or nothing.
    Text,
    /// Anything but nothing.
    Filled,
    Number(i64, i64),
    /// One of these, with `|` between them.
    One(&'a str),
}

/// A sentence for each of `words` that is none of `takes`; see the bridge.
pub(super) fn wrong(words: &[String], takes: &[String]) -> Vec<String> {
    let takes: Vec<Word<'_>> = takes.iter().map(|text| Word::read(text)).collect();
    words.iter().filter_map(|word| wrong_with(word, &takes)).collect()
}

fn wrong_with(word: &str, takes: &[Word<'_>]) -> Option<String> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    let mut faults = Vec::new();
    for known in takes.iter().filter(|known| known.name.eq_ignore_ascii_case(name)) {
        // One may stand both ways, with a value and without.
        faults.push(known.fault(value)?);
    }
    faults.pop().or_else(|| {
        let near = takes.iter().map(|known| (distance(name, known.name), known));
        let (_, meant) = near.filter(|(far, known)| *far <= slips(known.name)).min_by_key(|(far, _)| *far)?;
        Some(format!("-{name} is no word of this: -{} is", meant.shown()))
    })
}

impl<'a> Word<'a> {
    fn read(text: &'a str) -> Self {
        let Some((name, of)) = text.split_once('=') else {
            return Self { name: text, wants: Wants::Nothing };
        };
        let number =
            |(least, most): (&str, &str)| Some(Wants::Number(least.parse().ok()?, most.parse().ok()?));
        let wants = match of {
            "" => Wants::Text,
            "*" => Wants::Filled,
            _ => of.split_once("..").and_then(number).unwrap_or(Wants::One(of)),
        };
        Self { name, wants }
    }

    fn shown(&self) -> String {
        match self.wants {
            Wants::Nothing => self.name.to_owned(),
            _ => format!("{}=", self.name),
        }
    }

    /// What is wrong with the value behind it; nothing when it may stand there.
    fn fault(&self, value: Option<&str>) -> Option<String> {
        let shown = self.shown();
        match (&self.wants, value) {
            (Wants::Nothing, None) | (Wants::Text, Some(_)) => None,
            (Wants::Nothing, Some(_)) => Some(format!("-{shown} stands alone, without a value")),
            (Wants::Filled, Some(text)) if !text.is_empty() => None,
            (_, None) | (Wants::Filled, _) => Some(format!("-{shown} needs a value right behind the =")),
            (Wants::Number(least, most), Some(text)) => {
                let is_one = text.parse().is_ok_and(|number: i64| (*least..=*most).contains(&number));
                (!is_one).then(|| format!("-{shown} is a number from {least} to {most}, not `{text}`"))
            }
            (Wants::One(of), Some(text)) => {
                let is_one = of.split('|').any(|one| one.eq_ignore_ascii_case(text));
                (!is_one).then(|| format!("-{shown} is {}, not `{text}`", of.replace('|', " or ")))
            }
        }
    }
}

/// How many slips of the finger still mean this word: short words are too like each other.
fn slips(name: &str) -> usize {
    if name.len() <= 4 { 1 } else { 2 }
}

/// How many letters must be put in, left out, changed or swapped with the next to make one of the other; case is the same.
fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| text.to_ascii_lowercase().chars().collect::<Vec<_>>();
    let (one, other) = (letters(one), letters(other));
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=other.len()).collect());
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let changed = last[column] + usize::from(letter != against);
            let mut least = changed.min(last[column + 1] + 1).min(next[column] + 1);
            let swapped = row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *against;
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &str) -> Vec<String> {
        let list = |text: &str| {
            text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        wrong(&list(words), &list("Store= Keep=mine|theirs DryRun Workers=1..256 Plan Map=* Watch Watch=*"))
    }

    #[test]
    fn right_words_and_those_of_the_engine_are_nothing_to_speak_of() {
        for words in [
            "",
            "Store=s3://studio/wall@main Map=/Game/A keep=Mine dryrun workers=256 Plan",
            "Watch",
            "Watch=abc-0",
            "Store=",
            "run=CycloramaPublish unattended nullrhi stdout log abslog=x.log messaging trace=cpu nosound server",
        ] {
            assert_eq!(said(words), [""; 0], "{words}");
        }
    }

    #[test]
    fn a_slip_is_told_with_what_it_should_have_been() {
        for (word, meant) in [
            ("DryRn", "DryRun"),
            ("Dry-Run", "DryRun"),
            ("-DryRun", "DryRun"),
            ("Sotre=x", "Store="),
            ("Worker=4", "Workers="),
            ("Plna", "Plan"),
            ("Watched", "Watch"),
        ] {
            let name = word.split('=').next().unwrap_or(word);
            assert_eq!(said(word), [format!("-{name} is no word of this: -{meant} is")]);
        }
    }

    #[test]
    fn a_value_that_cannot_be_is_told_with_those_that_can() {
        for (word, told) in [
            ("Keep=mne", "-Keep= is mine or theirs, not `mne`"),
            ("Workers=x", "-Workers= is a number from 1 to 256, not `x`"),
            ("Workers=0", "-Workers= is a number from 1 to 256, not `0`"),
            ("Workers=", "-Workers= is a number from 1 to 256, not ``"),
            ("DryRun=yes", "-DryRun stands alone, without a value"),
            ("Store", "-Store= needs a value right behind the ="),
            ("Map=", "-Map= needs a value right behind the ="),
            ("Watch=", "-Watch= needs a value right behind the ="),
        ] {
            assert_eq!(said(word), [told]);
        }
        assert_eq!(said("Keep=mne Workers=x DryRun").len(), 2, "each is told");
    }

    #[test]
    fn the_distance_of_words_is_worked_out_by_hand() {
        for (one, other, far) in
            [("", "abc", 3), ("abc", "", 3), ("abc", "ABC", 0), ("abc", "acb", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!((distance(one, other), distance(other, one)), (far, far), "{one} {other}");
        }
    }
}
