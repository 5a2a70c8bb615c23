//! `cyclorama track sync follow`

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use cyclorama_outcome::ExitCode;
use cyclorama_time::{Clock as _, StageTime};
use cyclorama_tracking::{
    sync::{Follower, FollowerHealth, SyncError},
    udp::{Interface, ListenOptions, Listener},
};
use serde::Serialize;

use super::TickLine;
use crate::{
    commands::track::{
        protocol::positive,
        time::{Time, TimeArgs},
    },
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Apply what the primary publishes, as a node of the cluster does, and say what was missed or altered
///
/// Prints tick, hash and the tracker's timecode of every record that is applied: each tick once, in order. Ends with code 8 when ticks
/// were missed or messages refused.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama track sync follow --bind 0.0.0.0:55600 --multicast 239.135.2.1\n  \
    cyclorama track sync follow --bind 10.0.0.31:55600 --time-from 10.0.0.30:55601 --json")]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, value_name = "IP:PORT")]
    bind: SocketAddr,
    /// Multicast group to join
    #[arg(long, value_name = "GROUP")]
    multicast: Option<Ipv4Addr>,
    /// Network card to join it on: its address, number or name
    #[arg(long, value_name = "CARD", requires = "multicast")]
    interface: Option<Interface>,
    /// Stop after so many ticks
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Stop after so many seconds
    #[arg(long, value_name = "S", conflicts_with = "count", value_parser = positive)]
    seconds: Option<f64>,
    /// Stop when nothing came for so many seconds after the first message
    #[arg(long, value_name = "S", value_parser = positive)]
    silence: Option<f64>,
    #[command(flatten)]
    time: TimeArgs,
}

/// The result: schema `cyclorama.sync-follow/1`.
#[derive(Serialize)]
struct Followed {
    #[serde(flatten)]
    health: FollowerHealth,
    /// The primary's stage clock minus ours, ms, where it tells the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_within_ms: Option<f64>,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    let options = ListenOptions {
        multicast: args.multicast,
        interface: args.interface,
        receive_buffer: cx.settings.receive_buffer,
        ..ListenOptions::at(args.bind)
    };
    let doing = format!("follow at {}", args.bind);
    let mut listener = Listener::bind(&options, cx.clock.clone()).doing(&doing)?;
    let time = args.time.start(cx)?;
    cx.printer.say(&format!("following at {}", listener.address()));
    let mut following = Following { follower: Follower::new(), time: &time, cx };
    let begun = cx.clock.now();
    let mut heard: Option<StageTime> = None;
    let over = |since: StageTime, most: Option<f64>| {
        most.is_some_and(|most| cx.clock.now().nanos_since(since) as f64 >= most * 1e9)
    };
    while !cx.cancel().is_cancelled() && !over(begun, args.seconds) {
        let enough = args.count.is_some_and(|most| following.follower.health().applied >= most);
        if enough || heard.is_some_and(|last| over(last, args.silence)) {
            break;
        }
        if let Some(datagram) = listener.recv(Duration::from_millis(50)).doing(&doing)? {
            heard = Some(datagram.arrived);
            following.message(datagram.bytes, datagram.arrived)?;
        }
    }
    following.end()
}

struct Following<'a> {
    follower: Follower,
    time: &'a Time,
    cx: &'a Context,
}

impl Following<'_> {
    fn message(&mut self, bytes: &[u8], arrived: StageTime) -> Result<(), Failure> {
        let text = std::str::from_utf8(bytes).map_err(|_| SyncError::Foreign);
        let before = self.follower.current().map(|record| record.tick);
        let heard = match text.and_then(|text| self.follower.take(text)) {
            Ok(heard) => heard,
            Err(error) => {
                self.cx.printer.say(&format!("refused: {error}"));
                return Ok(());
            }
        };
        if heard.restarted {
            self.cx.printer.say("the primary began to count anew");
        }
        if heard.contradicts {
            self.cx
                .printer
                .say("CONTRADICTION: a known tick came with another hash; are there two primaries?");
        }
        if heard.missed > 0 {
            let first = before.map_or(0, |tick| tick + 1);
            let last = first + heard.missed - 1;
            self.cx.printer.say(&format!("MISSED {}: {first} to {last}", text::count(heard.missed, "tick")));
        }
        let offset = self.time.offset();
        while let Some((record, hash)) = self.follower.next_with_hash() {
            let age = offset.map(|offset| {
                let at = record.at.plus_nanos(offset.stage_nanos.saturating_neg());
                arrived.nanos_since(at) as f64 * 1e-6
            });
            TickLine::of(record, hash, age).print(self.cx)?;
        }
        Ok(())
    }

    fn end(self) -> Result<ExitCode, Failure> {
        let (health, cx) = (self.follower.health(), self.cx);
        cx.printer.say(&format!(
            "{} shown, {} recovered, {} missed, {} refused, {} contradictions",
            text::count(health.applied, "tick"),
            health.recovered,
            health.missed,
            health.refused,
            health.contradictions
        ));
        if cx.printer.json() {
            let offset = self.time.offset();
            let followed = Followed {
                health,
                offset_ms: offset.map(|offset| offset.stage_nanos as f64 * 1e-6),
                offset_within_ms: offset.map(|offset| offset.within_nanos as f64 * 1e-6),
            };
            cx.printer.object("cyclorama.sync-follow/1", &followed)?;
        }
        let whole = health.missed + health.refused + health.contradictions == 0;
        Ok(if whole { ExitCode::Done } else { ExitCode::Partial })
    }
}
