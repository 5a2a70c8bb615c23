//! The table of settings: name, environment variable, meaning, and how its text is read.

use std::path::PathBuf;

use super::Settings;
use crate::properties::{TAKES_FOLDER, WALL_LATENCY};

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name in files: `section.name`.
    pub name: &'static str,
    /// Its environment variable.
    pub variable: &'static str,
    /// What it is for, one line.
    pub meaning: &'static str,
    /// What its value must be, fitting after "which is".
    pub wanted: &'static str,
    /// Puts the text into the settings; `None` when it does not fit.
    pub(super) set: fn(&mut Settings, &str) -> Option<()>,
}

/// Every setting, in the order people read them.
pub const KEYS: &[Key] = &[
    Key {
        name: TAKES_FOLDER.key,
        variable: "CYCLORAMA_TAKES_FOLDER",
        meaning: TAKES_FOLDER.meaning,
        wanted: "a folder",
        set: |settings, text| {
            settings.takes_folder = PathBuf::from(filled(text)?);
            Some(())
        },
    },
    Key {
        name: "tracking.interface",
        variable: "CYCLORAMA_TRACKING_INTERFACE",
        meaning: "address of the network card that receives trackers",
        wanted: "an IPv4 address such as 10.0.0.5",
        set: |settings, text| {
            settings.interface = text.parse().ok()?;
            Some(())
        },
    },
    Key {
        name: "tracking.receive-buffer",
        variable: "CYCLORAMA_TRACKING_RECEIVE_BUFFER",
        meaning: "receive buffer of each listener, in bytes",
        wanted: "a number of bytes from 65536 to 1073741824",
        set: |settings, text| {
            settings.receive_buffer = within(text, 65_536, 1 << 30)?;
            Some(())
        },
    },
    Key {
        name: WALL_LATENCY.key,
        variable: "CYCLORAMA_TRACKING_WALL_LATENCY",
        meaning: WALL_LATENCY.meaning,
        wanted: "milliseconds from 0 to 500",
        set: |settings, text| {
            settings.wall_latency_ms = Some(WALL_LATENCY.number(text)?);
            Some(())
        },
    },
    Key {
        name: "tracking.clock-within",
        variable: "CYCLORAMA_TRACKING_CLOCK_WITHIN",
        meaning: "how far this machine's wall clock may be off, in ms",
        wanted: "milliseconds from 0 to 10000",
        set: |settings, text| {
            settings.clock_within_ms = number(text, 10_000.0)?;
            Some(())
        },
    },
    Key {
        name: "takes.store",
        variable: "CYCLORAMA_TAKES_STORE",
        meaning: "store that closed takes are handed to",
        wanted: "a store: a folder or URL",
        set: |settings, text| {
            settings.takes_store = Some(filled(text)?.to_owned());
            Some(())
        },
    },
    Key {
        name: "render.workers",
        variable: "CYCLORAMA_RENDER_WORKERS",
        meaning: "worker processes of the local engine",
        wanted: "a number from 1 to 256",
        set: |settings, text| {
            settings.workers = within(text, 1, 256)?;
            Some(())
        },
    },
    Key {
        name: "render.size",
        variable: "CYCLORAMA_RENDER_SIZE",
        meaning: "size of rendered frames, in pixels",
        wanted: "WIDTHxHEIGHT, each from 16 to 16384, such as 1920x1080",
        set: |settings, text| {
            settings.size = parse_size(text)?;
            Some(())
        },
    },
    Key {
        name: "render.samples",
        variable: "CYCLORAMA_RENDER_SAMPLES",
        meaning: "samples per pixel",
        wanted: "a number from 1 to 4096",
        set: |settings, text| {
            settings.samples = u32::try_from(within(text, 1, 4096)?).ok()?;
            Some(())
        },
    },
    Key {
        name: "render.blender",
        variable: "CYCLORAMA_RENDER_BLENDER",
        meaning: "Blender's program, for the blender hosts",
        wanted: "a program: a name in PATH or a file",
        set: |settings, text| {
            settings.blender = filled(text)?.into();
            Some(())
        },
    },
    Key {
        name: "render.host-user",
        variable: "CYCLORAMA_RENDER_HOST_USER",
        meaning: "user that hosts run as, where workers are root",
        wanted: "the name of a user of that machine",
        set: |settings, text| {
            settings.host_user = Some(filled(text)?.to_owned());
            Some(())
        },
    },
    Key {
        name: "render.unreal",
        variable: "CYCLORAMA_RENDER_UNREAL",
        meaning: "Unreal's program, for the host unreal",
        wanted: "a program: a name in PATH or a file",
        set: |settings, text| {
            settings.unreal = filled(text)?.into();
            Some(())
        },
    },
    Key {
        name: "render.host-disk",
        variable: "CYCLORAMA_RENDER_HOST_DISK",
        meaning: "what one host may use of the disk for files in flight, in MiB",
        wanted: "a number of MiB from 16 to 16777216",
        set: |settings, text| {
            settings.host_disk_mib = u64::try_from(within(text, 16, 1 << 24)?).ok()?;
            Some(())
        },
    },
    Key {
        name: "render.cache",
        variable: "CYCLORAMA_RENDER_CACHE",
        meaning: "folder for published content that jobs name, kept between them",
        wanted: "a folder",
        set: |settings, text| {
            settings.cache = Some(PathBuf::from(filled(text)?));
            Some(())
        },
    },
    Key {
        name: "render.cache-limit",
        variable: "CYCLORAMA_RENDER_CACHE_LIMIT",
        meaning: "what that content may take of the disk; what was not used for longest goes first",
        wanted: "a size from 1 MB to 1000 TB, such as 200 GB",
        set: |settings, text| {
            settings.cache_limit = parse_bytes(text)?;
            Some(())
        },
    },
    Key {
        name: "render.unreal-project",
        variable: "CYCLORAMA_RENDER_UNREAL_PROJECT",
        meaning: "Unreal project that the host unreal renders",
        wanted: "a .uproject file",
        set: |settings, text| {
            settings.unreal_project = Some(PathBuf::from(filled(text)?));
            Some(())
        },
    },
    Key {
        name: "render.prices",
        variable: "CYCLORAMA_RENDER_PRICES",
        meaning: "price table of render machines",
        wanted: "a TOML file",
        set: |settings, text| {
            settings.prices = Some(PathBuf::from(filled(text)?));
            Some(())
        },
    },
    Key {
        name: "render.notify",
        variable: "CYCLORAMA_RENDER_NOTIFY",
        meaning: "webhook that hears how renders end",
        wanted: "a URL: http:// or https://",
        set: |settings, text| {
            settings.notify = Some(filled(text)?.to_owned());
            Some(())
        },
    },
    Key {
        name: "render.ledger",
        variable: "CYCLORAMA_RENDER_LEDGER",
        meaning: "store that holds render ledgers; without it, a folder beside the take",
        wanted: "a store: a folder, file:// or s3://bucket/prefix",
        set: |settings, text| {
            settings.ledger = Some(filled(text)?.to_owned());
            Some(())
        },
    },
    Key {
        name: "store.site",
        variable: "CYCLORAMA_STORE_SITE",
        meaning: "which [site.NAME] section holds here, over [store]",
        wanted: "the name of a site",
        set: |settings, text| {
            settings.site = Some(filled(text)?.to_owned());
            Some(())
        },
    },
    Key {
        name: "store.endpoint",
        variable: "CYCLORAMA_STORE_ENDPOINT",
        meaning: "S3 server other than AWS",
        wanted: "a URL such as https://s3.studio.example",
        set: |settings, text| settings.store.set("endpoint", text),
    },
    Key {
        name: "store.region",
        variable: "CYCLORAMA_STORE_REGION",
        meaning: "region of the bucket",
        wanted: "a region such as eu-west-1",
        set: |settings, text| settings.store.set("region", text),
    },
    Key {
        name: "store.profile",
        variable: "CYCLORAMA_STORE_PROFILE",
        meaning: "AWS profile whose credentials are used",
        wanted: "the name of a profile",
        set: |settings, text| settings.store.set("profile", text),
    },
    Key {
        name: "store.ca",
        variable: "CYCLORAMA_STORE_CA",
        meaning: "certificate authorities beside the system's",
        wanted: "a PEM file",
        set: |settings, text| settings.store.set("ca", text),
    },
    Key {
        name: "store.proxy",
        variable: "CYCLORAMA_STORE_PROXY",
        meaning: "way out to S3",
        wanted: "a URL such as http://proxy:3128",
        set: |settings, text| settings.store.set("proxy", text),
    },
    Key {
        name: "store.no-proxy",
        variable: "CYCLORAMA_STORE_NO_PROXY",
        meaning: "hosts reached without the proxy",
        wanted: "names, separated by commas",
        set: |settings, text| settings.store.set("no-proxy", text),
    },
    Key {
        name: "store.path-style",
        variable: "CYCLORAMA_STORE_PATH_STYLE",
        meaning: "whether the bucket stands in the path",
        wanted: "true or false",
        set: |settings, text| settings.store.set("path-style", text),
    },
    Key {
        name: "store.checksums",
        variable: "CYCLORAMA_STORE_CHECKSUMS",
        meaning: "checksums sent with writes",
        wanted: "crc64nvme or off",
        set: |settings, text| settings.store.set("checksums", text),
    },
    Key {
        name: "store.encryption",
        variable: "CYCLORAMA_STORE_ENCRYPTION",
        meaning: "how the bucket is asked to encrypt what is written",
        wanted: "bucket, AES256 or aws:kms",
        set: |settings, text| settings.store.set("encryption", text),
    },
    Key {
        name: "store.encryption-key",
        variable: "CYCLORAMA_STORE_ENCRYPTION_KEY",
        meaning: "key of AWS KMS that the bucket is asked to encrypt with",
        wanted: "the id, ARN or alias of a key",
        set: |settings, text| settings.store.set("encryption-key", text),
    },
    Key {
        name: "store.requester-pays",
        variable: "CYCLORAMA_STORE_REQUESTER_PAYS",
        meaning: "whether who asks pays for requests",
        wanted: "true or false",
        set: |settings, text| settings.store.set("requester-pays", text),
    },
    Key {
        name: "store.cap-up",
        variable: "CYCLORAMA_STORE_CAP_UP",
        meaning: "most bytes a second to S3",
        wanted: "a rate such as 200 Mbit or 25 MB",
        set: |settings, text| settings.store.set("cap-up", text),
    },
    Key {
        name: "store.cap-down",
        variable: "CYCLORAMA_STORE_CAP_DOWN",
        meaning: "most bytes a second from S3",
        wanted: "a rate such as 200 Mbit or 25 MB",
        set: |settings, text| settings.store.set("cap-down", text),
    },
    Key {
        name: "store.requests",
        variable: "CYCLORAMA_STORE_REQUESTS",
        meaning: "most requests to S3 at once",
        wanted: "a number from 1 to 1024",
        set: |settings, text| settings.store.set("requests", text),
    },
    Key {
        name: "store.cache",
        variable: "CYCLORAMA_STORE_CACHE",
        meaning: "folder for what need not be fetched twice; without it, the user's",
        wanted: "a folder",
        set: |settings, text| settings.store.set("cache", text),
    },
    Key {
        name: "store.edge",
        variable: "CYCLORAMA_STORE_EDGE",
        meaning: "edge that content is read through",
        wanted: "HOST:PORT, or nothing for none",
        set: |settings, text| settings.store.set("edge", text),
    },
    Key {
        name: "store.edge-token-file",
        variable: "CYCLORAMA_STORE_EDGE_TOKEN_FILE",
        meaning: "file with the edge's token",
        wanted: "a file",
        set: |settings, text| settings.store.set("edge-token-file", text),
    },
    Key {
        name: "log.filter",
        variable: "CYCLORAMA_LOG",
        meaning: "what is logged, over -v and --quiet",
        wanted: "a level (error, warn, info, debug, trace) or a list of target=level",
        set: |settings, text| {
            settings.log_filter = Some(filled(text)?.to_owned());
            Some(())
        },
    },
];

/// Reads `WIDTHxHEIGHT`, each 16 to 16384 pixels.
pub fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once(['x', 'X'])?;
    let pixels = |text: &str| within(text, 16, 16_384).and_then(|pixels| u32::try_from(pixels).ok());
    Some((pixels(width)?, pixels(height)?))
}

/// Reads a size on a disk with its unit, `MB`, `GB` or `TB`, in bytes: 1 MB to 1000 TB.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let (number, unit) = with_unit(text, &[("MB", 1e6), ("GB", 1e9), ("TB", 1e12)])?;
    let bytes = number * unit;
    (1e6..=1e15).contains(&bytes).then_some(bytes as u64)
}

/// Reads a number with one of these units behind it.
pub(crate) fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<(f64, f64)> {
    let text = text.trim();
    let (number, unit) = units.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))?;
    Some((number.trim().parse().ok()?, unit))
}

fn number(text: &str, most: f64) -> Option<f64> {
    text.parse().ok().filter(|value| (0.0..=most).contains(value))
}

fn within(text: &str, least: usize, most: usize) -> Option<usize> {
    text.parse().ok().filter(|value| (least..=most).contains(value))
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The entry of `candidates` that takes the fewest edits to become `text`; without a section in `text`, sections do
/// not count.
pub(super) fn nearest(text: &str, candidates: impl Iterator<Item = &'static str>) -> &'static str {
    let counted = |candidate: &'static str| match candidate.split_once('.') {
        Some((_, name)) if !text.contains('.') => name,
        _ => candidate,
    };
    candidates.min_by_key(|candidate| edits(text, counted(candidate))).unwrap_or_default()
}

/// Levenshtein distance over bytes.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_insertions_deletions_and_replacements() {
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("render.wokers", "render.workers"), 1);
    }

    #[test]
    fn a_size_on_the_disk_has_a_unit() {
        for (text, bytes) in [("200 GB", 200_000_000_000), ("1.5TB", 1_500_000_000_000), ("1 MB", 1_000_000)]
        {
            assert_eq!(parse_bytes(text), Some(bytes), "{text}");
        }
        for text in ["", "200", "GB", "-1 GB", "0 GB", "NaN GB", "inf TB", "2000 TB", "1 kB"] {
            assert_eq!(parse_bytes(text), None, "{text}");
        }
    }

    #[test]
    fn a_size_is_two_numbers_in_range() {
        assert_eq!(parse_size("640x360"), Some((640, 360)));
        assert!(
            ["640", "640x", "x360", "8x8", "640x99999", "-640x360"].iter().all(|t| parse_size(t).is_none())
        );
    }
}
