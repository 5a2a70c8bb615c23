//! What stands for rendering in an archive without it: everything says so.

use super::{HostTask, PresetFacts, RenderConfig};
use crate::{failure::Failure, work::Work};

pub(super) fn plan(_: &RenderConfig) -> Result<Work, Failure> {
    Err(Failure::absent())
}

pub(super) fn submit(_: &RenderConfig) -> Result<Work, Failure> {
    Err(Failure::absent())
}

pub(super) fn watch(_: &str, _: &str) -> Result<Work, Failure> {
    Err(Failure::absent())
}

pub(super) fn withdraw(_: &str, _: &str) -> Result<Work, Failure> {
    Err(Failure::absent())
}

pub(super) fn unfit(_: &PresetFacts) -> Option<String> {
    Some(Failure::absent().text)
}

pub(super) struct Session(Failure);

impl Session {
    pub(super) fn failed(failure: Failure) -> Self {
        Self(failure)
    }

    pub(super) fn connect(_: &str, _: &str) -> Result<Self, Failure> {
        Err(Failure::absent())
    }

    pub(super) fn next(&self) -> Result<HostTask, Failure> {
        Err(self.0.clone())
    }

    pub(super) fn beat(&self, _: u64) -> bool {
        true
    }

    pub(super) fn wrote(&self, _: &str) -> Result<(), Failure> {
        Err(self.0.clone())
    }

    pub(super) fn finished(&self, _: u64, _: bool, _: &str) -> Result<(), Failure> {
        Err(self.0.clone())
    }

    pub(super) fn text(&self) -> String {
        self.0.text.clone()
    }
}
