//! Which names of the engine does the plugin rely on, and does the manifest say where each comes from?
//!
//! A name is one that the engine's rules make: a type with its letter in front, a macro in capitals; a member that is named
//! with its type (`UMovieScene::GetPlaybackRange`), as the contract files do, or used through an object (`Job.SetSequence`); a
//! function that is called without either. What our own sources declare is not the engine's, and neither is what has the name
//! of something that they declare. It reads no header of the engine: there is none here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// A name of the engine, as the manifest has it. What it leaves out is as its header says.
#[derive(Deserialize)]
pub(super) struct Symbol {
    pub(super) name: String,
    #[serde(default)]
    pub(super) versions: Vec<String>,
    #[serde(default)]
    pub(super) page: String,
}

/// Names used in sources, and those that the sources declare themselves.
#[derive(Default)]
pub(super) struct Names {
    used: BTreeMap<String, String>,
    /// Members that are used through an object, and functions, each with the file that is first.
    called: BTreeMap<String, String>,
    ours: BTreeSet<String>,
    /// What stands behind a type, as the name of a function, a member or a variable of ours does.
    declared: BTreeSet<String>,
    words: BTreeSet<String>,
}

/// Words that a name may stand behind without being declared there.
const NO_TYPES: &[&str] =
    &["return", "else", "new", "delete", "case", "throw", "goto", "typename", "const", "and", "or", "not"];
/// What a name that is declared stands in front of.
const AFTER_NAME: &[&str] = &["(", ";", "=", "{", ",", ")", "[", ":"];

impl Names {
    /// Reads a source that is called `path`.
    pub(super) fn read(&mut self, path: &str, text: &str) {
        let code = code_of(text);
        let words = words_of(&code);
        self.declare(&words);
        for (at, word) in words.iter().enumerate() {
            self.call(path, &words, at);
            let behind = |back: usize| at.checked_sub(back).map(|at| words[at].as_str());
            // A member is not a name of its own, nor is what the bridge brings.
            let of = behind(2).filter(|_| behind(1) == Some("::"));
            let is_member = matches!(behind(1), Some("." | "->")) || of.is_some_and(is_engines);
            if !is_engines(word) || is_member || of == Some("cyclorama") {
                continue;
            }
            self.used.entry(word.clone()).or_insert_with(|| path.to_owned());
            let member = words.get(at + 2).filter(|_| words.get(at + 1).is_some_and(|next| next == "::"));
            // The values of an enumeration come with it, and `::*` is none.
            if let Some(member) = member.filter(|name| !word.starts_with('E') && *name != "*") {
                self.used.entry(format!("{word}::{member}")).or_insert_with(|| path.to_owned());
            }
        }
    }

    /// What differs from the manifest, one line each.
    pub(super) fn check(&self, manifest: &str, known: &[&Symbol]) -> Vec<String> {
        let names: BTreeSet<&str> = known.iter().map(|symbol| symbol.name.as_str()).collect();
        let is_ours = |name: &str| {
            let owner = name.split("::").next().unwrap_or(name);
            self.ours.contains(owner) || owner.to_ascii_uppercase().contains("CYCLORAMA")
        };
        let mut findings = Vec::new();
        for (name, path) in self.used.iter().filter(|(name, _)| !is_ours(name)) {
            if !names.contains(name.as_str()) {
                findings.push(format!("{path}: {name} is not in {manifest}"));
            }
        }
        let last = |name: &str| name.rsplit("::").next().unwrap_or(name).to_owned();
        let lasts: BTreeSet<String> = names.iter().map(|name| last(name)).collect();
        for (name, path) in self.called.iter().filter(|(name, _)| !self.declared.contains(*name)) {
            if !lasts.contains(name) && !is_ours(name) {
                findings.push(format!("{path}: {name}, which is the engine's, is not in {manifest}"));
            }
        }
        // A type or a macro is named as it is, a member through any object.
        let is_used = |name: &str| {
            let named = self.used.contains_key(name);
            named || (name.contains("::") || !is_engines(name)) && self.words.contains(&last(name))
        };
        for name in names.iter().filter(|name| !is_used(name)) {
            findings.push(format!("{manifest}: {name} is used nowhere"));
        }
        if names.len() != known.len() {
            findings.push(format!("{manifest}: {} names stand there twice", known.len() - names.len()));
        }
        findings
    }

    /// A member that is used through an object, a function, or a name that is declared here.
    fn call(&mut self, path: &str, words: &[String], at: usize) {
        let word = words[at].as_str();
        if !word.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') {
            return;
        }
        self.words.insert(word.to_owned());
        let before = at.checked_sub(1).map_or("", |before| words[before].as_str());
        let after = words.get(at + 1).map_or("", String::as_str);
        let is_word = before.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        let behind_type = is_word && !NO_TYPES.contains(&before) || matches!(before, ">" | "*" | "&");
        let is_called = match before {
            "." | "->" => has_engines_case(word),
            "::" => false,
            _ if behind_type && AFTER_NAME.contains(&after) => {
                self.declared.insert(word.to_owned());
                false
            }
            _ => matches!(after, "(" | "<") && word.starts_with(char::is_uppercase) && !is_engines(word),
        };
        if is_called {
            self.called.entry(word.to_owned()).or_insert_with(|| path.to_owned());
        }
    }

    /// Types with a body, names behind `using` and `#define`.
    fn declare(&mut self, words: &[String]) {
        for (at, word) in words.iter().enumerate() {
            let Some(next) = words.get(at + 1) else { continue };
            match word.as_str() {
                "using" | "define" | "namespace" => drop(self.ours.insert(next.clone())),
                "class" | "struct" | "enum" => {
                    let mut rest = words[at + 1..].iter();
                    let name = rest.find(|word| *word != "class" && !word.ends_with("_API"));
                    let end = rest.find(|word| matches!(word.as_str(), "{" | ";" | ")"));
                    if let (Some(name), Some("{")) = (name, end.map(String::as_str)) {
                        self.ours.insert(name.clone());
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether the engine's rules make such a member: `SetSequence`, `bSuccess`; the core's and the standard library's are small.
fn has_engines_case(word: &str) -> bool {
    let mut letters = word.chars();
    let (first, second) = (letters.next(), letters.next());
    let is_large = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_uppercase());
    is_large(first) || first == Some('b') && is_large(second)
}

/// Whether the engine's rules make such a name: `FString`, `TEXT`, `UE_LOG`.
fn is_engines(word: &str) -> bool {
    let mut letters = word.chars();
    let (first, second) = (letters.next(), letters.next());
    let is_type = first.is_some_and(|letter| "UAFISETG".contains(letter))
        && second.is_some_and(|letter| letter.is_ascii_uppercase())
        && word.contains(|letter: char| letter.is_ascii_lowercase());
    let is_macro = word.len() >= 4
        && first.is_some_and(|letter| letter.is_ascii_uppercase())
        && word.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    is_type || is_macro
}

/// The text without comments, includes and what stands in quotes.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = match rest {
            _ if rest.starts_with("//") || rest.starts_with("#include") => rest.find('\n'),
            _ if rest.starts_with("/*") => rest.find("*/").map(|end| end + 2),
            _ if letter == '"' => quoted(rest),
            _ => {
                code.push(letter);
                Some(letter.len_utf8())
            }
        };
        rest = &rest[skipped.unwrap_or(rest.len())..];
    }
    code
}

/// Where the quotes end that the text begins with.
fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Names, `::`, `->`, and every other sign by itself.
fn words_of(code: &str) -> Vec<String> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut words = Vec::new();
    let mut rest = code.trim_start();
    while let Some(letter) = rest.chars().next() {
        let length = match rest {
            _ if is_word(letter) => rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()),
            _ if rest.starts_with("::") || rest.starts_with("->") => 2,
            _ => letter.len_utf8(),
        };
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, known: &[&str]) -> Vec<String> {
        let mut names = Names::default();
        names.read("A.cpp", text);
        let symbol =
            |name: &&str| Symbol { name: (*name).to_owned(), versions: Vec::new(), page: String::new() };
        let known: Vec<Symbol> = known.iter().map(symbol).collect();
        names.check("M", &known.iter().collect::<Vec<_>>())
    }

    #[test]
    fn every_name_of_the_engine_must_be_in_the_manifest_and_every_name_there_be_used() {
        let text =
            "class UWorld; FString F(UWorld* World) { return FPaths::ProjectDir() + TEXT(\"FText::X\"); }";
        assert_eq!(found(text, &["FString", "UWorld", "FPaths", "FPaths::ProjectDir", "TEXT"]), [""; 0]);
        assert_eq!(
            found(text, &["FString", "UWorld", "FPaths", "TEXT"]),
            ["A.cpp: FPaths::ProjectDir is not in M"]
        );
        let more = ["FString", "UWorld", "FPaths", "FPaths::ProjectDir", "TEXT", "FText"];
        assert_eq!(found(text, &more), ["M: FText is used nowhere"]);
        assert_eq!(found("FName A;", &["FName", "FName"]), ["M: 1 names stand there twice"]);
    }

    #[test]
    fn what_is_called_through_an_object_or_alone_is_the_engines_unless_our_sources_declare_it() {
        let text = "void Own(UWorld& World) { World.Tick(0.5f); World->bPaused = Now(); World.Own(); Own(World); Super::Make(); }";
        let known = ["UWorld", "UWorld::Tick", "UWorld::bPaused", "Now"];
        assert_eq!(found(text, &known), [""; 0]);
        for (at, name) in [(1, "Tick"), (2, "bPaused"), (3, "Now")] {
            let mut without = known.to_vec();
            without.remove(at);
            assert_eq!(found(text, &without), [format!("A.cpp: {name}, which is the engine's, is not in M")]);
        }
        let more = ["UWorld", "UWorld::Tick", "UWorld::bPaused", "Now", "UWorld::Gone", "Later"];
        assert_eq!(found(text, &more), ["M: Later is used nowhere", "M: UWorld::Gone is used nowhere"]);
    }

    #[test]
    fn what_our_sources_declare_and_what_is_no_code_is_not_the_engines() {
        for text in [
            "struct FOwn final : FBase<int>\n{\n};\nFOwn Made(FOwn::Here);",
            "// FText and UE_LOG\n/* FText */ const char* A = \"\\\"FText\";",
            "#include \"FText.h\"\n#define OURS_ONLY(X) X\nOURS_ONLY(1);",
            "class CYCLORAMA_API UCycloramaThing : public Other { void FLower(); };\nFCycloramaAny Any;",
            "int Tick; Thing.Tick(); Other->Tick(); cyclorama::ABI_HASH; Thing.small();",
        ] {
            let mut left = found(text, &[]);
            left.retain(|line| !line.contains("FBase") && !line.contains("FLower"));
            assert!(left.is_empty(), "{text}: {left:?}");
        }
    }
}
