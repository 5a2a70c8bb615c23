//! What stands for the content of a project in an archive without it: everything says so.

use super::{HydrateConfig, PublishConfig, StatusConfig};
use crate::{Status, failure::Failure, work::Work};

pub(super) fn publish(_: &PublishConfig) -> Result<Work, Failure> {
    Err(Failure::absent())
}

pub(super) fn hydrate(_: &HydrateConfig) -> Result<Work, Failure> {
    Err(Failure::absent())
}

pub(super) fn compare(_: &StatusConfig) -> Result<Work, Failure> {
    Err(Failure::absent())
}

pub(super) fn examine(_: &str) -> Result<Work, Failure> {
    Err(Failure::absent())
}

pub(super) struct Closure(Failure);

impl Closure {
    pub(super) fn failed(failure: Failure) -> Self {
        Self(failure)
    }

    pub(super) fn start(_: &str, _: &[String], _: bool) -> Result<Self, Failure> {
        Err(Failure::absent())
    }

    pub(super) fn ask(&mut self) -> Vec<String> {
        Vec::new()
    }

    pub(super) fn answer(&mut self, _: &str, _: &[String], _: &[String]) -> Result<(), Failure> {
        Err(self.0.clone())
    }

    pub(super) fn unknown(&mut self, _: &str) -> Result<(), Failure> {
        Err(self.0.clone())
    }

    pub(super) fn state(&self) -> Status {
        self.0.status
    }

    pub(super) fn text(&self) -> String {
        self.0.text.clone()
    }

    pub(super) fn files(&self) -> Vec<String> {
        Vec::new()
    }

    pub(super) fn missing(&self) -> Vec<String> {
        Vec::new()
    }
}
