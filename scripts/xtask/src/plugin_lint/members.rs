//! What holds an object of the engine and does not say so to the engine's collector.
//!
//! Only a property keeps an object alive: a pointer to one as a plain member of a class that the header tool reads is one
//! that may be gone at any time. Heuristic: it reads lines, and knows members by their declaration.

/// Members that point to objects without being properties, one line each.
pub(super) fn check(path: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut findings = Vec::new();
    let mut read_by_tool = false;
    for (at, line) in lines.iter().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        match code.trim_end() {
            _ if code.starts_with("UCLASS(") || code.starts_with("USTRUCT(") => read_by_tool = true,
            "};" => read_by_tool = false,
            _ => {}
        }
        let above = at.checked_sub(1).map_or("", |above| lines[above].trim_start());
        if read_by_tool && holds_object(code) && !above.starts_with("UPROPERTY(") {
            findings.push(format!(
                "{path}:{}: an object that is held without UPROPERTY may be collected",
                at + 1
            ));
        }
    }
    findings
}

/// Whether this declares a member that points to an object: `UThing* Held = nullptr;`, `TArray<TObjectPtr<UThing>> Held;`.
fn holds_object(code: &str) -> bool {
    let Some(declared) = code.trim().strip_suffix(';') else { return false };
    let declared = declared.split('=').next().unwrap_or_default().trim();
    // Functions, types and what is said of other files.
    let is_other = ["class ", "struct ", "enum ", "friend ", "using ", "return ", "static "]
        .iter()
        .any(|word| declared.starts_with(word));
    if declared.contains('(') || is_other || !declared.contains(char::is_whitespace) {
        return false;
    }
    declared.contains("TObjectPtr<")
        || declared.split(|letter: char| !letter.is_alphanumeric()).any(is_object) && declared.contains('*')
}

/// `UThing` and `AThing`, as the engine's rules name what its collector owns.
fn is_object(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| "UA".contains(first))
        && letters.next().is_some_and(|second| second.is_ascii_uppercase())
        && word.contains(|letter: char| letter.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_nobody_keeps_is_found_and_one_that_is_kept_is_not() {
        let class = |member: &str| {
            format!("class UOther;\nUCLASS()\nclass UA : public UB\n{{\n\tGENERATED_BODY()\n{member}\n}};\n")
        };
        for kept in [
            "\t/** It. */\n\tUPROPERTY(Transient)\n\tTObjectPtr<UOther> Held;",
            "\tUOther* Made(UOther* From);",
            "\tTSubclassOf<UOther> Kind;",
            "\tTSharedPtr<FOther> Held;",
            "\tclass UOther;",
        ] {
            assert_eq!(check("A.h", &class(kept)), [""; 0], "{kept}");
        }
        for lost in [
            "\tUOther* Held = nullptr;",
            "\tconst AOther* Held;",
            "\tTObjectPtr<UOther> Held;",
            "\tTArray<TObjectPtr<UOther>> Held;",
            "\tTArray<UOther*> Held;",
        ] {
            assert_eq!(check("A.h", &class(lost)).len(), 1, "{lost}");
        }
        assert_eq!(check("A.h", "class FA\n{\n\tUOther* Held;\n};\n"), [""; 0], "no collector looks there");
    }
}
