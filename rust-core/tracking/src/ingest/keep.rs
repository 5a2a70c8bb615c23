//! What is recorded of an ingest: nothing, one take, or takes as the slate says.

use std::net::SocketAddr;

use cyclorama_time::{StageTime, Timecode, UtcTime};

use super::{Order, Said, Told, Used};
use crate::{
    Sample,
    slate::recorder::Session,
    take::{TakeError, TakeSummary, Writer},
    udp::RecordError,
};

/// Where datagrams go.
pub enum Keep {
    /// Nowhere.
    Nothing,
    /// Into one take, all of them.
    Take(Box<Writer>),
    /// Into a take for each time the slate rolls.
    Slates(Box<Session>),
}

impl Keep {
    /// Keeps a datagram as it came.
    pub(super) fn datagram(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        label: Option<Timecode>,
    ) -> Result<(), RecordError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Take(writer) => Ok(writer.record(arrived, source, bytes, label)?),
            Self::Slates(session) => session.datagram(arrived, source, bytes, label),
        }
    }

    /// Lets the slate hear of a sample; `house` is the house's label at its time, which counts more than its own.
    pub(super) fn sample(
        &mut self,
        used: &Used,
        slate: Option<&str>,
        house: Option<Timecode>,
        utc: UtcTime,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<(), RecordError> {
        let Self::Slates(session) = self else { return Ok(()) };
        match house {
            None => session.sample(&used.sample, slate, utc, tell),
            Some(label) => {
                let sample = Sample { timecode: Some(label), ..used.sample.clone() };
                session.sample(&sample, slate, utc, tell)
            }
        }
    }

    /// Call it often: brings takes to the disk and ends those that are over.
    pub(super) fn tick(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) -> Result<(), RecordError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Take(writer) => {
                writer.sync_if_due(now);
                Ok(())
            }
            Self::Slates(session) => session.tick(now, tell),
        }
    }

    /// Obeys an order, or says why not.
    pub(super) fn order(
        &mut self,
        order: Order,
        now: StageTime,
        utc: UtcTime,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> Result<Result<Said, String>, RecordError> {
        match self {
            Self::Slates(session) => session.order(order, now, utc, tell),
            _ => Ok(Err("this listener records no takes by slate; start it with --record-dir".to_owned())),
        }
    }

    /// What rolls, or rolled last.
    pub(super) fn said(&self) -> Option<Said> {
        match self {
            Self::Slates(session) => Some(session.said()),
            _ => None,
        }
    }

    /// Why something waits in memory instead of lying on the disk.
    pub(super) fn refused(&self) -> Option<&TakeError> {
        match self {
            Self::Nothing => None,
            Self::Take(writer) => writer.refused(),
            Self::Slates(session) => session.refused(),
        }
    }

    /// Gives up what could not be written. One take is over for good; by slate the next one is tried again.
    pub(super) fn give_up(&mut self, now: StageTime, tell: &mut dyn FnMut(Told<'_>)) {
        match self {
            Self::Nothing => {}
            Self::Take(_) => *self = Self::Nothing,
            Self::Slates(session) => session.give_up(now, tell),
        }
    }

    /// Closes what is open.
    pub(super) fn close(self, tell: &mut dyn FnMut(Told<'_>)) -> Result<Option<TakeSummary>, RecordError> {
        match self {
            Self::Nothing => Ok(None),
            Self::Take(writer) => Ok(Some(writer.close()?)),
            Self::Slates(mut session) => session.close(tell).map(|()| None),
        }
    }
}
