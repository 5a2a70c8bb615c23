//! A bounded ring of log lines: when nobody drains it the oldest go, and are counted.

use std::{
    collections::VecDeque,
    fmt::{self, Write as _},
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use cyclorama_time::Clock as _;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use super::{LogLevel, LogLine};

/// Lines that are kept at most.
const ROOM: usize = 1_024;
/// Bytes of a line that are kept at most.
const LONGEST: usize = 4_096;

static LINES: Mutex<VecDeque<LogLine>> = Mutex::new(VecDeque::new());
static DROPPED: AtomicU64 = AtomicU64::new(0);
static LEVEL: AtomicU32 = AtomicU32::new(0);

/// Keeps lines up to `level`. The hook of panics is set once: a panic is a line with its place.
pub(super) fn start(level: LogLevel) {
    static ONCE: Once = Once::new();
    LEVEL.store(level.repr, Ordering::Relaxed);
    ONCE.call_once(|| {
        // Refused only where a logger of the same core already runs.
        drop(tracing_subscriber::registry().with(Ring).try_init());
        std::panic::set_hook(Box::new(|panic| {
            tracing::error!(target: "cyclorama", "{panic}");
        }));
    });
}

/// Takes the oldest lines out.
pub(super) fn drain(most: u32) -> Vec<LogLine> {
    let mut lines = lines();
    let count = lines.len().min(most as usize);
    lines.drain(..count).collect()
}

/// Lines nobody drained in time.
pub(super) fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

fn lines() -> MutexGuard<'static, VecDeque<LogLine>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(line: LogLine) {
    let mut lines = lines();
    if lines.len() >= ROOM {
        lines.pop_front();
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
    lines.push_back(line);
}

struct Ring;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Ring {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = level_of(*event.metadata().level());
        if level.repr > LEVEL.load(Ordering::Relaxed) {
            return;
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        keep(LogLine {
            at_ns: crate::time::clock().now().nanos(),
            level,
            part: event.metadata().target().split("::").next().unwrap_or("cyclorama").to_owned(),
            text: text.0,
        });
    }
}

fn level_of(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warning,
        Level::INFO => LogLevel::Info,
        _ => LogLevel::Detail,
    }
}

/// The message, then the fields as `name=value`.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.0.len() >= LONGEST {
            return;
        }
        // Writing to a string cannot fail.
        let _ = if field.name() == "message" {
            let rest = std::mem::take(&mut self.0);
            write!(self.0, "{value:?}{rest}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
        if self.0.len() > LONGEST {
            let mut end = LONGEST;
            while !self.0.is_char_boundary(end) {
                end -= 1;
            }
            self.0.truncate(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_once_in_order_and_what_nobody_drains_is_counted() {
        start(LogLevel::Warning);
        tracing::warn!(target: "cyclorama::test", port = 40_000, "no sample");
        tracing::info!(target: "cyclorama::test", "not so much");
        let heard: Vec<_> = drain(100).into_iter().filter(|line| line.text.contains("no s")).collect();
        assert_eq!(heard.len(), 1);
        assert_eq!((heard[0].part.as_str(), heard[0].text.as_str()), ("cyclorama", "no sample port=40000"));
        assert_eq!(heard[0].level, LogLevel::Warning);
        for line in 0..ROOM + 10 {
            tracing::warn!(target: "cyclorama::test", "{line}");
        }
        assert!(dropped() >= 10);
        let kept = drain(u32::MAX);
        assert_eq!(kept.len(), ROOM);
        assert_eq!(kept[ROOM - 1].text, (ROOM + 9).to_string());
        assert!(drain(1).is_empty());
    }
}
