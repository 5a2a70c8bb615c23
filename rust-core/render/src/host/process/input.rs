//! What a host is told. One that does not read while it draws holds nobody up, and misses nothing: it hears the rest when it reads again.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};

/// How long a host may leave its input unread until it is not waited for.
const LISTENS: Duration = Duration::from_secs(5);
/// How long one is waited for that did not read the last time.
const GLANCE: Duration = Duration::from_millis(1);
/// Lines of more bytes are waited for without a limit: they ask for work, which is done by a host that reads.
const SHORT: usize = 512;

/// The way to a host's ear, a pipe or a stream, either of which may take a line in pieces.
pub(super) struct Input {
    to: Box<dyn AsyncWrite + Send + Sync + Unpin>,
    /// Said and not handed over: lines, the first of which may have begun.
    owed: Vec<u8>,
    is_deaf: bool,
}

/// Whether the host can have heard it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// All that was said so far.
    All,
    /// It began to leave things unread.
    NoMore,
    /// It leaves things unread as it did before.
    Nothing,
}

impl Input {
    pub(super) fn new(to: impl AsyncWrite + Send + Sync + Unpin + 'static) -> Self {
        Self { to: Box::new(to), owed: Vec::new(), is_deaf: false }
    }

    /// Says a line, with its line feed. Dropped while it waits, it is owed.
    pub(super) async fn say(&mut self, line: &[u8]) -> io::Result<Heard> {
        self.owed.extend_from_slice(line);
        let patience = match (line.len() <= SHORT, self.is_deaf) {
            (false, _) => Duration::MAX,
            (true, false) => LISTENS,
            (true, true) => GLANCE,
        };
        let Ok(handed) = tokio::time::timeout(patience, self.hand_over()).await else {
            let is_known = std::mem::replace(&mut self.is_deaf, true);
            return Ok(if is_known { Heard::Nothing } else { Heard::NoMore });
        };
        self.is_deaf = false;
        // A host that is gone is owed nothing.
        handed.inspect_err(|_| self.owed.clear())?;
        Ok(Heard::All)
    }

    /// Whether something was said that was not handed over.
    pub(super) fn owes(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Hands over what is owed, however long that takes. May be dropped while it waits.
    pub(super) async fn say_rest(&mut self) {
        if self.hand_over().await.is_err() {
            self.owed.clear();
        }
        self.is_deaf = false;
    }

    async fn hand_over(&mut self) -> io::Result<()> {
        while !self.owed.is_empty() {
            let taken = self.to.write(&self.owed).await?;
            if taken == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.owed.drain(..taken);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_holds_nobody_up_and_hears_every_line_in_order_afterwards() {
        let (mut host, worker) = tokio::io::duplex(1_000);
        let mut input = Input::new(worker);
        let begun = Instant::now();
        let mut said = String::new();
        let mut heard = Vec::new();
        for number in 0..500 {
            let line = format!("{{\"taken\":{number}}}\n");
            said += &line;
            heard.push(input.say(line.as_bytes()).await.expect("it is there"));
        }
        assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
        assert_eq!((heard[0], heard[499]), (Heard::All, Heard::Nothing));
        assert_eq!(heard.iter().filter(|heard| **heard == Heard::NoMore).count(), 1, "that is told once");
        let long = format!("{{\"render\":\"{}\"}}\n", "x".repeat(SHORT));
        let mut text = String::new();
        let saying = async move { input.say(long.as_bytes()).await.map(|heard| (heard, long)) };
        let (spoken, read) = tokio::join!(saying, host.read_to_string(&mut text));
        read.expect("text");
        let (heard, long) = spoken.expect("it reads again");
        assert_eq!((heard, text), (Heard::All, said + &long));
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_again_hears_the_rest_though_nothing_more_is_said() {
        let (mut host, worker) = tokio::io::duplex(8);
        let mut input = Input::new(worker);
        assert_eq!(input.say(b"twelve bytes\n").await.expect("it is there"), Heard::NoMore);
        assert!(input.owes());
        let mut line = [0; 13];
        let ((), read) = tokio::join!(input.say_rest(), host.read_exact(&mut line));
        assert_eq!((read.expect("a line"), &line, input.owes()), (13, b"twelve bytes\n", false));
    }

    #[tokio::test]
    async fn one_that_is_gone_is_owed_nothing() {
        let (host, worker) = tokio::io::duplex(10);
        drop(host);
        let mut input = Input::new(worker);
        input.say(b"{}\n").await.expect_err("nobody is there");
        assert!(input.owed.is_empty());
    }
}
