//! What the settings pages show, from the one table that the command's settings use too, and whether a connection is
//! sound.

pub use ffi::SettingRow;

use cyclorama_app::properties::{PROPERTIES, Property};

use crate::{Status, guard, tracking::check_connection};

/// The bridge.
#[cxx::bridge(namespace = "cyclorama")]
pub mod ffi {
    #[namespace = "cyclorama"]
    extern "C++" {
        include!("Bridge/status.h");
        /// What every call answers.
        type Status = crate::status::Status;
    }

    /// One property of a settings page.
    #[derive(Clone, Debug, PartialEq)]
    struct SettingRow {
        /// The class whose property it is, and the property, as C++ names them: `UCycloramaSettings.PreRoll`.
        name: String,
        /// What the page calls it.
        shown: String,
        /// What it is for: one or two sentences for an artist.
        sentence: String,
        /// Its unit; nothing for what has none.
        unit: String,
        /// The command's setting of the same meaning; nothing where it has none.
        key: String,
        /// Least value, of a number with limits.
        least: f64,
        /// Greatest value.
        most: f64,
        /// It is a number with limits.
        limited: bool,
    }

    extern "Rust" {
        /// Every property, in the order people read them.
        fn settings_table() -> Vec<SettingRow>;
        /// Whether a connection's line can be read; why not is in `last_error`. Opens nothing.
        fn connection_check(connection: &str) -> Status;
    }
}

fn settings_table() -> Vec<SettingRow> {
    guard::value("settings_table", |_| Vec::new(), || Ok(PROPERTIES.iter().map(row).collect()))
}

fn connection_check(connection: &str) -> Status {
    guard::status("connection_check", || check_connection(connection))
}

fn row(property: &Property) -> SettingRow {
    let (least, most) = property.limits.unwrap_or((0.0, 0.0));
    SettingRow {
        name: format!("{}.{}", property.owner, property.member),
        shown: property.shown.to_owned(),
        sentence: property.sentence(),
        unit: property.unit.to_owned(),
        key: property.key.to_owned(),
        least,
        most,
        limited: property.limits.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_sees_what_the_command_says() {
        let rows = settings_table();
        let wall = rows.iter().find(|row| row.key == "tracking.wall-latency").expect("there");
        assert_eq!(wall.sentence, "From a frame's begin to its light on the wall, in ms.");
        assert_eq!((wall.least, wall.most, wall.limited, wall.unit.as_str()), (0.0, 500.0, true, "ms"));
    }

    #[test]
    fn a_connection_is_judged_without_opening_it() {
        assert_eq!(connection_check("protocol=freed; bind=40000"), Status::Ok);
        assert_eq!(connection_check("protocol=freed; bind=here"), Status::User);
        assert_eq!(connection_check("protocol=freee"), Status::User);
        assert!(crate::guard::last_error().contains("is not a tracking protocol"));
    }
}
