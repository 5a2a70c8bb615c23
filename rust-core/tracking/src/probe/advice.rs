//! What a person should do about what was heard.

use std::collections::{BTreeMap, BTreeSet};

use super::{ClockReport, StreamReport};
use crate::{ClockSource, Protocol};

/// Adds advice to each stream.
pub(super) fn add(streams: &mut [StreamReport]) {
    let mut senders: BTreeMap<(&'static str, u16, String), u32> = BTreeMap::new();
    for stream in streams.iter().filter(|stream| !stream.subject.is_empty()) {
        *senders.entry((stream.protocol.name(), stream.port, stream.subject.clone())).or_default() += 1;
    }
    let leaders: BTreeSet<String> =
        streams.iter().filter_map(|stream| stream.clock.as_ref()?.leader.clone()).collect();
    for stream in streams {
        let key = (stream.protocol.name(), stream.port, stream.subject.clone());
        let others = senders.get(&key).copied().unwrap_or(1);
        stream.advice = of(stream, others);
        stream.advice.extend(stream.clock.as_ref().and_then(|clock| on_clock(clock, &leaders)));
    }
}

/// What is wrong with the clock a tracker says it follows.
fn on_clock(clock: &ClockReport, leaders: &BTreeSet<String>) -> Option<String> {
    if clock.source == ClockSource::Ptp && !clock.locked {
        return Some("it is set to PTP and not locked: its time is a clock of its own".to_owned());
    }
    let leader = clock.leader.as_ref().filter(|_| leaders.len() > 1)?;
    Some(format!(
        "it follows PTP leader {leader}, others here follow another: {} leaders are {} times",
        leaders.len(),
        leaders.len()
    ))
}

fn of(stream: &StreamReport, senders: u32) -> Vec<String> {
    let mut advice = Vec::new();
    let damaged: u64 = stream.rejected.values().sum();
    if damaged > 0 {
        let causes: Vec<_> =
            stream.rejected.iter().map(|(cause, count)| format!("{cause} {count}")).collect();
        advice.push(format!(
            "{damaged} of {} messages are damaged ({}): check the sender's protocol version and the cabling",
            damaged + stream.accepted,
            causes.join(", ")
        ));
    }
    if stream.subject.is_empty() {
        return advice;
    }
    if senders > 1 {
        advice.push(format!(
            "{senders} senders say they are {}: switch one off, or number them apart",
            stream.subject
        ));
    }
    if stream.poses == 0 {
        advice.push("no sample has a pose: the tracker is lost or not calibrated".to_owned());
    }
    match stream.lost {
        Some(lost) if lost > 0 => {
            let share = 100.0 * lost as f64 / (stream.samples + lost) as f64;
            advice.push(format!("{share:.1} % of its samples never came: use a wired network of its own"));
        }
        None if stream.protocol == Protocol::FreeD => {
            advice.push("plain FreeD counts nothing, so loss cannot be seen; name its --vendor if it is Sony or Z CAM".to_owned());
        }
        _ => {}
    }
    if let (Some(rate), Some(jitter)) = (stream.rate_hz, stream.jitter_ms)
        && jitter > 250.0 / rate
    {
        advice.push(format!(
            "arrivals scatter by {jitter:.1} ms at {rate:.1} a second: look for Wi-Fi, power saving or a busy sender"
        ));
    }
    if !stream.timecode && !stream.own_time {
        advice.push("it says nothing of when it sampled: measure its delay with `track delay`".to_owned());
    }
    advice
}
