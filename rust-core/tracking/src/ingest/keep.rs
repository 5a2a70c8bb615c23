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
    ///
    /// # Errors
    /// When it is lost; what came before is not, nor is what comes once the disk takes it.
    pub(super) fn datagram(
        &mut self,
        arrived: StageTime,
        source: Option<SocketAddr>,
        bytes: &[u8],
        label: Option<Timecode>,
    ) -> Result<(), TakeError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Take(writer) => writer.record(arrived, source, bytes, label),
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

    /// Datagrams that are missing in what is recorded, for good.
    pub(super) fn lost(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Take(writer) => writer.lost(),
            Self::Slates(session) => session.lost(),
        }
    }

    /// Closes what is open, and says how many datagrams are missing in it: beside those that were lost, those the
    /// disk refuses to the end.
    pub(super) fn close(
        self,
        tell: &mut dyn FnMut(Told<'_>),
    ) -> (Result<Option<TakeSummary>, RecordError>, u64) {
        match self {
            Self::Nothing => (Ok(None), 0),
            Self::Take(mut writer) => {
                let closed = writer.finish();
                let missing = writer.missing();
                (closed.map(Some).map_err(RecordError::from), missing)
            }
            Self::Slates(mut session) => {
                let closed = session.close(tell);
                let missing = session.lost();
                (closed.map(|()| None), missing)
            }
        }
    }
}
