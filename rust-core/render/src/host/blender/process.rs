//! A Blender in the background, with our glue inside: asked by lines of JSON, one answer each.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Serialize;

use super::told::Answer;
use crate::host::HostError;
use crate::host::protocol::LONGEST_LINE;

/// What runs inside Blender.
const GLUE: &str = include_str!("glue.py");
/// The glue's version, which it says first.
const VERSION: u32 = 1;

/// A running Blender. Dropping it kills it.
pub(super) struct Blender {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    version: String,
}

impl Blender {
    /// Starts `program` without a window, without the user's own settings and add-ons, and with the glue.
    pub(super) fn start(program: &OsStr) -> Result<Self, HostError> {
        let shown = program.to_string_lossy();
        let failed =
            |error: std::io::Error| HostError(format!("Blender does not start with `{shown}`: {error}"));
        let mut child = Command::new(program)
            .args(["--background", "--factory-startup", "-noaudio", "--python-exit-code", "9"])
            .args(["--python-expr", GLUE])
            // What it draws is read as linear Rec.709, which its own configuration renders in.
            .env_remove("OCIO")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let missing = || failed(std::io::Error::other("a pipe is missing"));
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = BufReader::new(child.stdout.take().ok_or_else(missing)?);
        let mut blender = Self { child, input, output, version: String::new() };
        blender.version = blender.greeting()?;
        Ok(blender)
    }

    /// Its own version, as in `3.4.1`.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Says one thing and waits until it is done; `working` is called whenever Blender says that it goes on.
    pub(super) fn ask(&mut self, request: &impl Serialize, working: &dyn Fn()) -> Result<(), HostError> {
        let mut line = serde_json::to_vec(request).map_err(|error| HostError(error.to_string()))?;
        line.push(b'\n');
        let said = self.input.write_all(&line).and_then(|()| self.input.flush());
        if said.is_err() {
            return Err(self.ended());
        }
        loop {
            let line = self.line()?;
            let answer: Answer = serde_json::from_str(&line).map_err(|_| {
                HostError(format!("Blender answered what makes no sense: {}", line.trim_end()))
            })?;
            match answer {
                Answer { working: true, .. } => working(),
                Answer { error: Some(error), .. } => {
                    return Err(HostError(format!("Blender reports: {error}")));
                }
                Answer { .. } => return Ok(()),
            }
        }
    }

    /// Blender prints lines of its own before the glue is in charge.
    fn greeting(&mut self) -> Result<String, HostError> {
        loop {
            let line = self.line()?;
            let answer: Answer = serde_json::from_str(&line).unwrap_or_default();
            match (answer.glue, answer.blender) {
                (Some(VERSION), Some(version)) => return Ok(version),
                (Some(other), _) => {
                    return Err(HostError(format!("Blender runs glue {other}, not {VERSION}")));
                }
                _ => {}
            }
        }
    }

    fn line(&mut self) -> Result<String, HostError> {
        let mut line = Vec::new();
        let read = self.output.by_ref().take(LONGEST_LINE as u64).read_until(b'\n', &mut line);
        if line.len() >= LONGEST_LINE {
            let _ = self.child.kill();
        }
        if read.is_err() || line.last() != Some(&b'\n') {
            return Err(self.ended());
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// It does not talk any more: how it ended. Its last words are in the log.
    fn ended(&mut self) -> HostError {
        match self.child.wait() {
            Ok(status) => HostError(format!("Blender ended ({status})")),
            Err(error) => HostError(format!("Blender ended: {error}")),
        }
    }
}

impl Drop for Blender {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
