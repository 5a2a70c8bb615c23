//! The live view: how the trackers are, in letters that can be read from two metres.
//!
//! Drawn on stderr ten times a second by a thread of its own, so that receiving never waits for a terminal. Stdout
//! stays what it is. Colours carry no meaning that words do not say too, and NO_COLOR is honoured.

mod digits;
mod draw;
mod words;

use std::{
    io::{self, Write as _},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

use cyclorama_tracking::ingest::{Output, Snapshot};
use ratatui::{
    Terminal,
    crossterm::{
        cursor, execute,
        terminal::{EnterAlternateScreen, LeaveAlternateScreen},
    },
};

use crate::{
    context::Context,
    failure::{DoingIo as _, Failure},
    screen::Screen,
};

/// A view that is being drawn. Dropped, it gives the terminal back.
pub(crate) struct View {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<io::Result<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    snapshot: Snapshot,
    fresh: bool,
    /// Sentences, the newest last, and how often each was said.
    lines: Vec<(String, u64)>,
    closed: bool,
}

/// Sentences that are kept, and said again when the view is gone.
const MOST_LINES: usize = 200;

impl View {
    /// Takes the terminal.
    pub(crate) fn open(output: &Output, cx: &Context) -> Result<Self, Failure> {
        let shared = Arc::new(Shared::default());
        let (theirs, colour) = (shared.clone(), cx.printer.colour());
        let wants = draw::Wants::of(output);
        execute!(io::stderr(), EnterAlternateScreen, cursor::Hide).doing_io("draw the view")?;
        let thread = thread::Builder::new()
            .name("view".to_owned())
            .spawn(move || keep_drawing(&theirs, &wants, colour))
            .doing_io("draw the view")?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Shows this from now on.
    pub(crate) fn show(&self, snapshot: &Snapshot) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.snapshot.clone_from(snapshot);
        state.fresh = true;
        self.shared.changed.notify_one();
    }

    /// A sentence at the foot of the view.
    pub(crate) fn say(&self, text: &str) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.lines.iter().position(|(line, _)| words::stem(line) == words::stem(text));
        let times = known.map_or(0, |known| state.lines.remove(known).1);
        if state.lines.len() == MOST_LINES {
            state.lines.remove(0);
        }
        state.lines.push((text.to_owned(), times + 1));
    }

    /// Gives the terminal back and says the last sentences where they stay.
    pub(crate) fn close(mut self) {
        self.end();
        let state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut err = io::stderr().lock();
        state.lines.iter().for_each(|line| drop(writeln!(err, "{}", sentence(line))));
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.changed.notify_one();
        let drawn = thread.join();
        let _ = execute!(io::stderr(), LeaveAlternateScreen, cursor::Show);
        if let Ok(Err(error)) = drawn {
            let _ = writeln!(io::stderr(), "warning: the view could not be drawn: {error}");
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.end();
    }
}

/// A sentence with how often it was said.
fn sentence((text, times): &(String, u64)) -> String {
    if *times > 1 { format!("{text}, said {times} times") } else { text.clone() }
}

fn keep_drawing(shared: &Shared, wants: &draw::Wants, colour: bool) -> io::Result<()> {
    let mut terminal = Terminal::new(Screen::new())?;
    terminal.clear()?;
    loop {
        let (snapshot, lines) = {
            let state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
            let wait = shared
                .changed
                .wait_timeout_while(state, Duration::from_millis(500), |state| !state.fresh && !state.closed);
            let (mut state, _) = wait.unwrap_or_else(PoisonError::into_inner);
            if state.closed {
                return Ok(());
            }
            state.fresh = false;
            let from = state.lines.len().saturating_sub(8);
            (state.snapshot.clone(), state.lines[from..].iter().map(sentence).collect::<Vec<_>>())
        };
        // The size is asked for anew each time: a resized window is drawn whole.
        terminal.draw(|frame| draw::screen(frame, &snapshot, &lines, wants, colour))?;
    }
}
