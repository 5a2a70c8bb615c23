//! What happened in a demo, as plain figures. Nothing here measures or tells.

use cyclorama_content::Digest;
use cyclorama_time::{FrameNumber, Timecode};

/// Everything the report tells of.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// When it was made, ISO 8601.
    pub(crate) made_on: String,
    /// Processor cores of this machine.
    pub(crate) cores: usize,
    /// Seconds from start to report.
    pub(crate) seconds: f64,
    pub(crate) ingest: Ingest,
    pub(crate) take: Take,
    pub(crate) replay: Replay,
    pub(crate) content: Content,
    pub(crate) render: Render,
    pub(crate) blender: Option<Blender>,
    /// Files made: path within the folder, what it is, bytes.
    pub(crate) files: Vec<(String, String, u64)>,
}

/// The tracker on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Ingest {
    /// Datagrams sent and heard.
    pub(crate) sent: u64,
    pub(crate) received: u64,
    /// Messages the decoder refused.
    pub(crate) rejected: u64,
    /// Datagrams sent at the tracker's own speed, and how long that took.
    pub(crate) live: u64,
    pub(crate) live_seconds: f64,
    /// Longest time between two of them, milliseconds.
    pub(crate) widest_gap_ms: f64,
    /// How long the rest took.
    pub(crate) fast_seconds: f64,
}

/// The recorded take.
#[derive(Clone, Debug)]
pub(crate) struct Take {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) datagram_bytes: u64,
    pub(crate) digest: Digest,
    pub(crate) first_timecode: Option<Timecode>,
    pub(crate) last_timecode: Option<Timecode>,
    /// Length of the take in its own time.
    pub(crate) seconds: f64,
}

/// The proof that replay gives the same bits.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    pub(crate) samples: u64,
    pub(crate) live: Digest,
    pub(crate) replayed: Digest,
}

/// The set on its way to the workers.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// Files published, and their bytes.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Bytes that went into the store, and came out of it for the workers.
    pub(crate) sent: u64,
    pub(crate) fetched: u64,
    /// The version's id.
    pub(crate) snapshot: String,
    /// The set as it was published, and as the workers have it.
    pub(crate) published: Digest,
    pub(crate) brought: Digest,
}

/// The render.
#[derive(Clone, Debug)]
pub(crate) struct Render {
    pub(crate) size: (u32, u32),
    /// Rays per pixel.
    pub(crate) samples: u32,
    /// Seconds from submission to the last commit.
    pub(crate) seconds: f64,
    pub(crate) workers: Vec<Worker>,
    pub(crate) frames: Vec<Frame>,
    /// Frames asked for.
    pub(crate) asked: u64,
    /// Frames the last check found right.
    pub(crate) verified: u64,
    pub(crate) kill: Option<Kill>,
    /// Whether there is a movie of it.
    pub(crate) movie: bool,
}

/// The frame that a Blender of this machine drew.
#[derive(Clone, Debug)]
pub(crate) struct Blender {
    /// Name and version, as in its header.
    pub(crate) software: String,
    pub(crate) frame: FrameNumber,
    pub(crate) size: (u32, u32),
    pub(crate) samples: u32,
    /// Seconds from the plan to the checked frame.
    pub(crate) seconds: f64,
}

/// One worker process.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    /// Its name in the ledger.
    pub(crate) name: String,
    /// When it was killed, seconds since the render began.
    pub(crate) killed: Option<f64>,
}

/// One committed frame; times in seconds since the render began.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) number: FrameNumber,
    pub(crate) timecode: Option<Timecode>,
    /// Index of its worker.
    pub(crate) worker: usize,
    pub(crate) begun: f64,
    pub(crate) committed: f64,
    pub(crate) pixels: Digest,
    pub(crate) good: bool,
}

/// The worker that was killed on purpose.
#[derive(Clone, Debug)]
pub(crate) struct Kill {
    /// Its index.
    pub(crate) worker: usize,
    /// Seconds since the render began.
    pub(crate) at: f64,
    /// Frames it had committed by then.
    pub(crate) committed: u64,
    /// Seconds until the next frame of its range was committed by another worker.
    pub(crate) recovered_after: Option<f64>,
}

impl Render {
    /// Seconds each frame took, sorted.
    pub(crate) fn frame_seconds(&self) -> Vec<f64> {
        let mut seconds: Vec<f64> = self.frames.iter().map(|frame| frame.committed - frame.begun).collect();
        seconds.sort_by(f64::total_cmp);
        seconds
    }

    /// Frames that `worker` committed.
    pub(crate) fn frames_of(&self, worker: usize) -> u64 {
        self.frames.iter().filter(|frame| frame.worker == worker).count() as u64
    }
}
