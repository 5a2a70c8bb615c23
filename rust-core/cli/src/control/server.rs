//! The listener's end.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use cyclorama_progress::Cancel;
use cyclorama_tracking::ingest::{Request, Said};
use rand::Rng as _;

use super::{Ask, LONGEST, Place, Question, SCHEMA, client, file_in};

/// A running ear for orders. Dropped, it takes its file away.
pub(crate) struct Control {
    orders: mpsc::Receiver<Request>,
    file: PathBuf,
    cancel: Cancel,
    thread: Option<thread::JoinHandle<()>>,
}

/// Whoever asks has so long to say it, and the recorder so long to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a new question is looked for.
const LOOK: Duration = Duration::from_millis(20);

impl Control {
    /// Hears orders for the listener that records into `folder`.
    ///
    /// # Errors
    /// `AlreadyExists` when another listener records there; else what the system says.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        if client::is_alive(folder) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let secret = format!("{:032x}", rand::rng().random::<u128>());
        let place = Place {
            schema: SCHEMA.to_owned(),
            address: listener.local_addr()?,
            secret: secret.clone(),
            pid: std::process::id(),
        };
        let file = file_in(folder);
        // Temporary files are for their owner's eyes only, and stay so under their last name.
        let mut written = tempfile::NamedTempFile::new_in(folder)?;
        written.write_all(&serde_json::to_vec(&place)?)?;
        written.persist(&file).map_err(|error| error.error)?;
        let (sender, orders) = mpsc::channel();
        let cancel = Cancel::new();
        let theirs = cancel.clone();
        let thread = thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || listen(&listener, &secret, &sender, &theirs))?;
        Ok(Self { orders, file, cancel, thread: Some(thread) })
    }

    /// The orders that came.
    pub(crate) fn orders(&self) -> &mpsc::Receiver<Request> {
        &self.orders
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
        self.cancel.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(listener: &TcpListener, secret: &str, orders: &mpsc::Sender<Request>, cancel: &Cancel) {
    while !cancel.is_cancelled() {
        match listener.accept() {
            // One at a time: orders are rare, and each has its limits.
            Ok((stream, _)) => drop(serve(stream, secret, orders)),
            Err(_) => thread::park_timeout(LOOK),
        }
    }
}

fn serve(mut stream: TcpStream, secret: &str, orders: &mpsc::Sender<Request>) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(stream.try_clone()?.take(LONGEST)).read_line(&mut line)?;
    let said = match read(&line, secret) {
        Ok(ask) => obey(ask, orders),
        Err(why) => Err(why.to_owned()),
    };
    let mut answer = serde_json::to_vec(&client::Answer::of(said))?;
    answer.push(b'\n');
    stream.write_all(&answer)
}

fn read(line: &str, secret: &str) -> Result<Ask, &'static str> {
    let question: Question = serde_json::from_str(line).map_err(|_| "this is no order")?;
    if question.schema != SCHEMA {
        return Err("this order is of another version");
    }
    if question.secret != secret {
        return Err("the secret is not the one in the folder");
    }
    Ok(question.ask)
}

fn obey(ask: Ask, orders: &mpsc::Sender<Request>) -> Result<Said, String> {
    let (reply, answer) = mpsc::sync_channel(1);
    let gone = "the listener is stopping".to_owned();
    orders.send((ask.into(), reply)).map_err(|_| gone.clone())?;
    answer.recv_timeout(PATIENCE).map_err(|_| gone)?
}
