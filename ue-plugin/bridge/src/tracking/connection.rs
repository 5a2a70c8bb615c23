//! A connection in one line of text, as presets and command lines carry it.

use super::TrackingConfig;
use crate::{Status, failure::Failure};

/// Longer lines are none.
const LONGEST: usize = 4_096;

/// Reads `name=value; name=value`; each name once, in any order.
pub(super) fn parse(text: &str) -> Result<TrackingConfig, Failure> {
    let wrong = |what: String| Failure::new(Status::User, format!("failed to read the connection: {what}"));
    if text.len() > LONGEST {
        return Err(wrong(format!("it is longer than {LONGEST} bytes")));
    }
    let mut config = TrackingConfig::default();
    let mut seen = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) =
            part.split_once('=').ok_or_else(|| wrong(format!("`{part}` is not name=value")))?;
        let (name, value) = (name.trim(), value.trim());
        if seen.contains(&name) {
            return Err(wrong(format!("{name} stands there twice")));
        }
        seen.push(name);
        let field = match name {
            "protocol" => &mut config.protocol,
            "bind" => &mut config.bind,
            "multicast" => &mut config.multicast,
            "interface" => &mut config.network_interface,
            "vendor" => &mut config.vendor,
            "subject" => &mut config.subject,
            "lens" => &mut config.lens_file,
            "horizon" => {
                config.horizon_us = horizon(value)
                    .ok_or_else(|| wrong(format!("`{value}` is no horizon: milliseconds from 0 to 500")))?;
                continue;
            }
            "outliers" => {
                config.keep_outliers = match value {
                    "keep" => true,
                    "drop" => false,
                    _ => return Err(wrong(format!("`{value}` is neither keep nor drop"))),
                };
                continue;
            }
            _ => {
                let known =
                    "protocol, bind, multicast, interface, vendor, subject, lens, horizon and outliers";
                return Err(wrong(format!("`{name}` is none of {known}")));
            }
        };
        value.clone_into(field);
    }
    if config.protocol.is_empty() {
        return Err(wrong("it names no protocol (f4, freed, opentrackio or psn)".to_owned()));
    }
    Ok(config)
}

fn horizon(milliseconds: &str) -> Option<u32> {
    let milliseconds: f64 = milliseconds.parse().ok()?;
    (0.0..=500.0).contains(&milliseconds).then_some((milliseconds * 1_000.0) as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_name_is_read_and_what_is_missing_stays_empty() {
        let text =
            "protocol=freed; bind = 0.0.0.0:40000 ;vendor=sony;subject=freed:1;lens=a b.json;horizon=80.5;";
        let config = parse(text).expect("sound");
        assert_eq!((config.protocol.as_str(), config.bind.as_str()), ("freed", "0.0.0.0:40000"));
        assert_eq!((config.vendor.as_str(), config.subject.as_str()), ("sony", "freed:1"));
        assert_eq!((config.lens_file.as_str(), config.horizon_us), ("a b.json", 80_500));
        assert!(!config.keep_outliers && parse("protocol=f4; outliers=keep").expect("sound").keep_outliers);
        assert_eq!((config.multicast.as_str(), config.network_interface.as_str()), ("", ""));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, named) in [
            ("", "no protocol"),
            ("protocol", "not name=value"),
            ("protocol=f4; protocol=f4", "twice"),
            ("protocol=f4; colour=red", "`colour` is none of"),
            ("protocol=f4; outliers=yes", "neither keep nor drop"),
            ("protocol=f4; horizon=501", "`501` is no horizon"),
            ("protocol=f4; horizon=NaN", "`NaN` is no horizon"),
        ] {
            let refused = parse(text).expect_err(text);
            assert_eq!(refused.status, Status::User);
            assert!(refused.text.contains(named), "{}", refused.text);
        }
        assert!(parse(&"x".repeat(5_000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text in "\\PC{0,80}") {
            let _ = parse(&text);
        }
    }
}
