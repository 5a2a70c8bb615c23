//! Writes a job-attachments manifest of the files told on stdin, one JSON object a line, so that
//! `scripts/check/deadline_agrees.py` can hold its bytes against those of the genuine `deadline` package.
//!
//! In: `{"path": text, "hash": 32 hex digits, "mtime": microseconds, "size": bytes}` a line. Out: the manifest.

use std::io::{self, Write as _};

use anyhow::Context as _;
use cyclorama_assets::deadline::{Manifest, ManifestFile};

fn main() -> anyhow::Result<()> {
    let mut files = Vec::new();
    for line in io::stdin().lines() {
        let line = line.context("stdin cannot be read")?;
        files.push(
            serde_json::from_str::<ManifestFile>(&line).with_context(|| format!("not a file: {line}"))?,
        );
    }
    let manifest = Manifest::new(files)?;
    io::stdout().write_all(&manifest.encode()).context("stdout cannot be written")
}
