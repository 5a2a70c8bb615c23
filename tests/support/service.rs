//! A command that keeps running beside the test: a listener, a worker. It dies with the test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::{Ended, until};

/// A running command whose output is collected while it runs.
pub struct Service {
    child: Child,
    stdout: Option<thread::JoinHandle<String>>,
    stderr: Arc<Mutex<String>>,
    listener: Option<thread::JoinHandle<()>>,
}

impl Service {
    /// Starts `command`.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut out = child.stdout.take().expect("stdout is piped");
        let err = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let stdout = thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = out.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let stderr = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&stderr);
        let listener = thread::spawn(move || {
            for line in err.lines().map_while(Result::ok) {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        Self { child, stdout: Some(stdout), stderr, listener: Some(listener) }
    }

    /// What it has said on stderr so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it says `word` on stderr.
    ///
    /// # Panics
    /// When it has not within ten seconds.
    pub fn wait_for_word(&mut self, word: &str) {
        let heard = until(Duration::from_secs(10), || self.said().contains(word));
        assert!(heard, "it never said {word:?} but:\n{}", self.said());
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Is it still running?
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it as a power cut would: no handler runs.
    pub fn kill(mut self) -> Ended {
        let _ = self.child.kill();
        self.collect()
    }

    /// Waits for its own end.
    ///
    /// # Panics
    /// When it has not ended by the deadline; it is killed then.
    pub fn end_within(mut self, limit: Duration) -> Ended {
        let ended = until(limit, || !self.runs());
        assert!(ended, "it did not end within {limit:?}, having said:\n{}", self.said());
        self.collect()
    }

    fn collect(&mut self) -> Ended {
        let status = self.child.wait().expect("a started process can be waited for");
        let stdout = self.stdout.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        Ended { code: status.code(), stdout, stderr: self.said() }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
