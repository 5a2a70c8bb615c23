//! Settings: what a studio fixes once, so that nobody types it every day.
//!
//! Read from, weakest first: the built-in value, the user's `config.toml`, the project's `cyclorama.toml` in
//! the current folder, the environment (`CYCLORAMA_*`). A flag of the command wins over all of them. A name
//! that does not exist is an error with the nearest one that does: a misspelt setting must not be silent.

mod environment;
mod keys;
mod layers;

use std::{collections::BTreeMap, ffi::OsString, net::Ipv4Addr, path::PathBuf};

use cyclorama_outcome::{Classify, Kind};

pub use environment::Environment;
pub(crate) use keys::with_unit;
pub use keys::{KEYS, Key, parse_bytes, parse_size};
#[cfg(test)]
pub(crate) use layers::apply_text as apply_text_for_tests;

use crate::stores::Reach;

/// Every setting, with its value for this process.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where takes lie when only a name is given.
    pub takes_folder: PathBuf,
    /// Address of the network card that listeners use.
    pub interface: Ipv4Addr,
    /// Receive buffer asked of the system for each listener, bytes.
    pub receive_buffer: usize,
    /// From a frame's begin to its light on the wall, ms; absent where nobody measured it.
    pub wall_latency_ms: Option<f64>,
    /// How far this machine's wall clock may be off, ms.
    pub clock_within_ms: f64,
    /// Store that closed takes are handed to.
    pub takes_store: Option<String>,
    /// Worker processes of the local engine.
    pub workers: usize,
    /// Width and height of rendered frames, pixels.
    pub size: (u32, u32),
    /// Samples per pixel.
    pub samples: u32,
    /// Blender's program, a name or a path.
    pub blender: OsString,
    /// User that hosts run as, where a worker is root; absent: as the worker does.
    pub host_user: Option<String>,
    /// What one host may use of the disk for files in flight, MiB.
    pub host_disk_mib: u64,
    /// Unreal's program, a name or a path.
    pub unreal: OsString,
    /// The Unreal project that the host `unreal` renders.
    pub unreal_project: Option<PathBuf>,
    /// Where published content that jobs name is kept between them; absent: in the user's cache.
    pub cache: Option<PathBuf>,
    /// What that content may take of the disk, bytes. What is in use is kept all the same.
    pub cache_limit: u64,
    /// Price table of render machines.
    pub prices: Option<PathBuf>,
    /// Webhook that hears how renders end. May hold a secret.
    pub notify: Option<String>,
    /// Ledger store for renders; absent means a folder beside the take.
    pub ledger: Option<String>,
    /// How stores on S3 are reached, wherever this is.
    pub store: Reach,
    /// Which of [`Settings::sites`] this is.
    pub site: Option<String>,
    /// How stores on S3 are reached from each place of the production.
    pub sites: BTreeMap<String, Reach>,
    /// Log filter; absent means by `-v` and `--quiet`.
    pub log_filter: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            takes_folder: PathBuf::from("."),
            interface: Ipv4Addr::UNSPECIFIED,
            receive_buffer: 4 << 20,
            wall_latency_ms: None,
            clock_within_ms: 50.0,
            takes_store: None,
            workers: 2,
            size: (1280, 720),
            samples: 8,
            blender: OsString::from("blender"),
            host_user: None,
            host_disk_mib: 32 << 10,
            unreal: OsString::from("UnrealEditor-Cmd"),
            unreal_project: None,
            cache: None,
            cache_limit: 200_000_000_000,
            prices: None,
            notify: None,
            ledger: None,
            store: Reach::default(),
            site: None,
            sites: BTreeMap::new(),
            log_filter: None,
        }
    }
}

impl Settings {
    /// The settings of this process: files and environment over the built-in values.
    ///
    /// # Errors
    /// [`SettingsError`] when a file cannot be read, or names or values in it are wrong.
    pub fn load(environment: &Environment) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        if let Some(file) = user_file(environment) {
            layers::apply_file(&mut settings, &file)?;
        }
        layers::apply_file(&mut settings, &PathBuf::from(PROJECT_FILE))?;
        layers::apply_environment(&mut settings, environment)?;
        Ok(settings)
    }
}

/// The project's settings file, looked for in the current folder.
pub const PROJECT_FILE: &str = "cyclorama.toml";

/// The user's settings file on this platform; it need not exist. `None` when there is no home folder.
pub fn user_file(environment: &Environment) -> Option<PathBuf> {
    let base = if cfg!(windows) {
        PathBuf::from(environment.get("APPDATA")?)
    } else if cfg!(target_os = "macos") {
        PathBuf::from(environment.get("HOME")?).join("Library/Application Support")
    } else {
        match environment.get("XDG_CONFIG_HOME").filter(|path| !path.is_empty()) {
            Some(config) => PathBuf::from(config),
            None => PathBuf::from(environment.get("HOME")?).join(".config"),
        }
    };
    Some(base.join("cyclorama").join("config.toml"))
}

/// Why settings could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A settings file is there but cannot be read.
    #[error("settings file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A settings file is no TOML.
    #[error("settings file {} is not valid TOML", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// There is no such setting.
    #[error("`{name}` in {place} is not a setting")]
    Unknown {
        /// As it was written.
        name: String,
        /// The file, or `the environment`.
        place: String,
        /// The setting that looks most like it.
        nearest: &'static str,
    },
    /// The value does not fit the setting.
    #[error("`{value}` in {place} is no value for {name}, which is {wanted}")]
    Value {
        /// The setting.
        name: &'static str,
        /// The file, or `the environment`.
        place: String,
        /// As it was written.
        value: String,
        /// What it must be.
        wanted: &'static str,
    },
}

impl Classify for SettingsError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest, .. } => Some(format!("did you mean `{nearest}`?")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
