//! Does the example of the settings as a file have all that the settings pages have?

use std::{fs, path::Path};

use anyhow::{Context, Result};
use cyclorama_app::properties::{PROPERTIES, Property};

const EXAMPLE: &str = "Config/DefaultCyclorama.ini.example";

/// What differs, one line each. `modules`: those of the plugin.
pub(super) fn check(root: &Path, modules: &[&str]) -> Result<Vec<String>> {
    let text = fs::read_to_string(root.join(EXAMPLE)).context(EXAMPLE)?;
    Ok(compare(&text, modules))
}

/// Every property of the pages stands there once, under the section of its class, and no other does. A value with `//` is quoted: the
/// engine's reader may take the rest of the line for a comment.
fn compare(text: &str, modules: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut owner = String::new();
    let mut seen: Vec<(String, &str)> = Vec::new();
    // A comment has a space behind its semicolon, what may be taken into use has none.
    for line in text.lines().filter(|line| !line.starts_with("; ")) {
        if let Some(section) = line.strip_prefix("[/Script/").and_then(|rest| rest.strip_suffix(']')) {
            let (module, class) = section.split_once('.').unwrap_or_default();
            if !modules.contains(&module) {
                findings.push(format!("{EXAMPLE}: there is no module of [{section}]"));
            }
            owner = format!("U{class}");
        } else if let Some((member, value)) = line.trim_start_matches([';', '+']).split_once('=') {
            if value.split('"').step_by(2).any(|unquoted| unquoted.contains("//")) {
                findings.push(format!(
                    "{EXAMPLE}: {member} has // in its value, which must be in quotation marks"
                ));
            }
            seen.push((owner.clone(), member));
        }
    }
    let is = |one: &Property, at: &(String, &str)| (one.owner, one.member) == (at.0.as_str(), at.1);
    // What is set where it stands, such as a time step, has no page.
    let of_pages: Vec<&Property> = PROPERTIES.iter().filter(|one| one.owner.ends_with("Settings")).collect();
    for one in &of_pages {
        let times = seen.iter().filter(|at| is(one, at)).count();
        if times != 1 {
            findings.push(format!(
                "{EXAMPLE}: {}.{} stands there {times} times, not once",
                one.owner, one.member
            ));
        }
    }
    for at in seen.iter().filter(|at| !of_pages.iter().any(|one| is(one, at))) {
        findings.push(format!("{EXAMPLE}: {} has no {}", at.0, at.1));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_example_leaves_out_repeats_or_makes_up_is_found() {
        let mut whole = String::from("; Words, with = in them.\n");
        for owner in ["UCycloramaSettings", "UCycloramaRenderSettings"] {
            whole += &format!("[/Script/Of{owner}.{}]\n", &owner[1..]);
            for one in PROPERTIES.iter().filter(|one| one.owner == owner) {
                whole += &format!(";{}=1\n", one.member);
            }
        }
        let modules = ["OfUCycloramaSettings", "OfUCycloramaRenderSettings"];
        assert_eq!(compare(&whole, &modules), [""; 0]);
        for (from, to, findings) in [
            (";PreRoll=1\n", "", 1),
            (";PreRoll=1\n", "PreRoll=1\n+PreRoll=2\n", 1),
            (";PreRoll=1\n", ";PreRol=1\n", 2),
            ("OfUCycloramaSettings", "Other", 1),
            (";Store=1\n", ";Store=s3://studio/wall\n", 1),
            (";Store=1\n", ";Store=\"wall\"//x\n", 1),
            (";Store=1\n", ";Store=\"s3://studio/wall\"\n", 0),
        ] {
            assert_eq!(compare(&whole.replace(from, to), &modules).len(), findings, "{to}");
        }
    }
}
