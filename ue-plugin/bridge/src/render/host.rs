//! The worker's side inside an engine: tasks out, signs of life and files in.

use std::net::SocketAddr;
use std::path::Path;

use cyclorama_render::{
    frame::FrameFormat,
    host::engine::{self, Conversation, Standing},
};

use super::HostTask;
use crate::{Status, failure::Failure, house::house};

pub(super) struct Session(Result<Conversation, Failure>);

/// How files are named; the number stands between two full stops.
const FILE_NAME: &str = "frame.{frame_number}";

impl Session {
    pub(super) fn failed(failure: Failure) -> Self {
        Self(Err(failure))
    }

    pub(super) fn connect(address: &str, software: &str) -> Result<Self, Failure> {
        let wrong = |_| Failure::new(Status::User, format!("`{address}` is no address of a worker"));
        let address: SocketAddr = address.parse().map_err(wrong)?;
        if !address.ip().is_loopback() {
            let text = format!("`{address}` is not on this machine, and workers are");
            return Err(Failure::new(Status::Refused, text));
        }
        let word = house()?.environment.get(engine::WORD_VARIABLE).unwrap_or_default();
        if word.len() != engine::WORD_BYTES {
            let text = "no worker started this engine: it has no word to say to one";
            return Err(Failure::new(Status::Refused, text));
        }
        let connected = engine::connect(address, word, software.to_owned());
        connected.map(|conversation| Self(Ok(conversation))).map_err(|error| {
            Failure::new(Status::Network, format!("the worker at {address} cannot be reached: {error}"))
        })
    }

    pub(super) fn next(&self) -> Result<HostTask, Failure> {
        let desk = self.conversation()?.desk();
        match desk.standing() {
            Standing::Open => {}
            Standing::Closed => return Err(Status::Cancelled.into()),
            Standing::Broken(why) => return Err(Failure::new(Status::Network, why)),
        }
        let task = desk.next().ok_or(Status::Timeout)?;
        Ok(HostTask {
            number: task.number,
            drawn_from: task.drawn_from.0,
            first_frame: task.first.0,
            end_frame: task.end.0,
            width: task.size.0,
            height: task.size.1,
            samples: task.samples,
            map: task.unreal.map,
            sequence: task.unreal.sequence,
            preset: task.unreal.preset,
            png: task.format == FrameFormat::Png,
            folder: task.folder.to_string_lossy().into_owned(),
            file_name: FILE_NAME.to_owned(),
        })
    }

    pub(super) fn beat(&self, task: u64) -> bool {
        self.conversation().map_or(true, |conversation| conversation.desk().beat(task))
    }

    pub(super) fn wrote(&self, path: &str) -> Result<(), Failure> {
        self.conversation()?.desk().wrote(Path::new(path));
        Ok(())
    }

    pub(super) fn finished(&self, task: u64, success: bool, why: &str) -> Result<(), Failure> {
        let why = if why.is_empty() { "the engine gave no reason" } else { why };
        let result = if success { Ok(()) } else { Err(why.to_owned()) };
        self.conversation()?.desk().finished(task, result);
        Ok(())
    }

    pub(super) fn text(&self) -> String {
        match self.conversation().map(|conversation| conversation.desk().standing()) {
            Err(failure) => failure.text,
            Ok(Standing::Open) => "the worker may want more".to_owned(),
            Ok(Standing::Closed) => "the worker wants nothing more".to_owned(),
            Ok(Standing::Broken(why)) => why,
        }
    }

    fn conversation(&self) -> Result<&Conversation, Failure> {
        self.0.as_ref().map_err(Clone::clone)
    }
}
