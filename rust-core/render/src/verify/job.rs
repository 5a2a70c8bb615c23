//! Reads every committed frame of a job again and judges it anew.

use std::collections::{BTreeMap, BTreeSet};

use cyclorama_outcome::{Classify, Kind};
use cyclorama_progress::{Cancel, Progress};
use cyclorama_time::FrameNumber;
use cyclorama_tracking::CameraPath;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use super::{Changes, Expected, LightOf, Seam, camera_moved, most_stops, open_and_check};
use crate::frame::{Image, decode_frame};
use crate::ledger::{FrameRecord, Job, LedgerError, Overlap};
use crate::plan::{Border, BorderReason, CAMERA, Plan, camera_from_json};

/// A frame that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadFrame {
    /// Its number.
    pub frame: FrameNumber,
    /// Why, for people.
    pub reason: String,
}

/// What reading a job again found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyReport {
    /// `cyclorama.verify/1`.
    pub schema: &'static str,
    /// The job.
    pub job: String,
    /// Frames wanted.
    pub frames: u64,
    /// Frames that are there and right.
    pub good: u64,
    /// The others, by number.
    pub bad: Vec<BadFrame>,
    /// Every border that could be measured; those that people would see are among `bad` too.
    pub seams: Vec<Seam>,
}

/// Some frames are missing or damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} of {frames} frames are missing or damaged; the first is frame {}: {}", first.frame.0, first.reason)]
pub struct BadFrames {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub frames: u64,
    /// The first.
    pub first: BadFrame,
}

impl Classify for BadFrames {
    fn kind(&self) -> Kind {
        Kind::Integrity
    }
}

impl VerifyReport {
    /// A frame behind a seam was right by itself and is not what it should be.
    fn accuse_seams(&mut self) {
        for seam in self.seams.iter().filter(|seam| seam.is_visible()) {
            let ratio = seam.ratio;
            let reason = match seam.residue {
                Some(residue) => {
                    format!(
                        "a seam: the run before draws it otherwise, by {residue:.1} times the natural change"
                    )
                }
                None => format!("a seam: the picture changes {ratio:.1} times as much as beside this border"),
            };
            self.bad.push(BadFrame { frame: seam.frame, reason });
            self.good -= 1;
        }
        self.bad.sort_by_key(|bad| bad.frame);
    }

    /// Nothing when all is well.
    ///
    /// # Errors
    /// [`BadFrames`] when any frame is missing or damaged.
    pub fn into_result(self) -> Result<Self, BadFrames> {
        match self.bad.first() {
            None => Ok(self),
            Some(first) => {
                Err(BadFrames { count: self.bad.len() as u64, frames: self.frames, first: first.clone() })
            }
        }
    }
}

/// Reads all frames of the job; a frame that was given up or not rendered yet is a bad one.
///
/// # Errors
/// [`LedgerError`] when the ledger cannot be read; damaged frames are in the report. A cancellation ends it early
/// with what was found; the rest counts as not looked at and is in neither number.
pub async fn verify_job(
    job: &Job,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<VerifyReport, LedgerError> {
    let mut report = VerifyReport {
        schema: "cyclorama.verify/1",
        job: job.plan().job.clone(),
        frames: job.plan().frames.count(),
        good: 0,
        bad: Vec::new(),
        seams: Vec::new(),
    };
    let records = job.frames().await?;
    let borders = borders(job.plan(), &records);
    progress.set_total(job.plan().frames.count());
    let all = job.plan().frames.iter().collect();
    report.seams = look_at(job, &records, (&borders, false), all, cancel, |frame, verdict| {
        match verdict {
            Ok(()) => report.good += 1,
            Err(reason) => report.bad.push(BadFrame { frame, reason }),
        }
        progress.add_done(1);
    })
    .await?;
    report.accuse_seams();
    Ok(report)
}

/// Measures the borders of the job, and reads only what lies beside them. A picture behind a border may be as bright as it likes, or the
/// same as the one before: that is what is measured.
///
/// # Errors
/// As [`verify_job`]; borders beside frames that are missing or damaged are not measured.
pub async fn judge_borders(job: &Job, cancel: &Cancel) -> Result<Vec<Seam>, LedgerError> {
    let records = job.frames().await?;
    let borders = borders(job.plan(), &records);
    let measured = borders.iter().filter(|border| border.reason != BorderReason::Cut);
    let beside = measured.flat_map(|border| border.frame.0 - Seam::REACH - 1..=border.frame.0 + Seam::REACH);
    let beside: BTreeSet<_> =
        beside.map(FrameNumber).filter(|frame| job.plan().frames.contains(*frame)).collect();
    look_at(job, &records, (&borders, true), beside, cancel, |_, _| {}).await
}

/// Reads `frames` in order, some ahead, and tells `each` whether it is what it should be, at borders by itself alone where it
/// `may_jump` there; returns the borders that could be measured.
async fn look_at(
    job: &Job,
    records: &[FrameRecord],
    (borders, may_jump): (&[Border], bool),
    frames: BTreeSet<FrameNumber>,
    cancel: &Cancel,
    mut each: impl FnMut(FrameNumber, Result<(), String>),
) -> Result<Vec<Seam>, LedgerError> {
    /// Pictures that are fetched and decoded at a time.
    const AHEAD: usize = 4;
    let plan = job.plan();
    let damaged = |_| LedgerError::Input(CAMERA.to_owned());
    let camera = camera_from_json(&job.input(CAMERA).await?).map_err(damaged)?;
    let overlaps = job.overlaps().await?;
    let record_of = |frame: FrameNumber| {
        let at = records.binary_search_by_key(&frame, |record| record.frame.frame).ok()?;
        records.get(at)
    };
    let read = |frame: FrameNumber| {
        let (record, before) = (record_of(frame), record_of(FrameNumber(frame.0 - 1)));
        let is_free = may_jump && borders.binary_search_by_key(&frame, |border| border.frame).is_ok();
        let expected = expected(plan, &camera, frame, before.filter(|_| !is_free));
        let overlaps = &overlaps;
        async move {
            let Some(record) = record else {
                return Ok((frame, Err("it was not rendered".to_owned()), None));
            };
            let image = judge(job, record, expected).await?;
            let overlap =
                if image.is_ok() { overlap_into(job, overlaps, frame, before).await? } else { None };
            Ok::<_, LedgerError>((frame, image, overlap))
        }
    };
    let mut changes = Changes::default();
    let mut reading = stream::iter(frames).map(read).buffered(AHEAD);
    while !cancel.is_cancelled()
        && let Some((frame, image, overlap)) = reading.try_next().await?
    {
        match image {
            Ok(image) => {
                if let Some(overlap) = overlap {
                    changes.overlap(frame, &overlap, &image);
                }
                changes.add(frame, image);
                each(frame, Ok(()));
            }
            Err(reason) => each(frame, Err(reason)),
        }
    }
    Ok(changes.seams(borders, &camera, Seam::most(&plan.host)))
}

/// What the run that drew the frame before went on to draw of `frame`; none where it did not, or that frame is of another run.
async fn overlap_into(
    job: &Job,
    overlaps: &BTreeMap<FrameNumber, Overlap>,
    frame: FrameNumber,
    before: Option<&FrameRecord>,
) -> Result<Option<Image>, LedgerError> {
    let Some((overlap, before)) = overlaps.get(&frame).zip(before) else { return Ok(None) };
    if before.frame.run != Some(overlap.run) || before.worker != overlap.worker {
        return Ok(None);
    }
    let Some(picture) = job.overlap_picture(overlap).await? else { return Ok(None) };
    let decoding = tokio::task::spawn_blocking(move || decode_frame(&picture));
    Ok(decoding.await.ok().and_then(Result::ok).map(|(image, _)| image))
}

/// The plan's borders, and for a host that carries something from frame to frame also those that the work made: where a
/// range was split, or gone on with after an interruption.
fn borders(plan: &Plan, records: &[FrameRecord]) -> Vec<Border> {
    let mut borders = plan.borders.clone();
    if plan.history.is_none() && plan.walk_in == 0 {
        return borders;
    }
    let before = [None].into_iter().chain(records.iter().map(Some));
    let began = before.zip(records).filter(|(before, record)| match before {
        Some(before) => begins_anew(before, record),
        None => record.frame.run == Some(record.frame.frame),
    });
    let made = began.map(|(_, record)| record.frame.frame);
    for frame in made.filter(|frame| *frame > plan.frames.first && plan.frames.contains(*frame)) {
        if let Err(at) = borders.binary_search_by_key(&frame, |border| border.frame) {
            borders.insert(at, Border { frame, reason: BorderReason::Even, change: 0.0 });
        }
    }
    borders
}

/// Whether a host began anew between the frame of `before` and a later one: at this one itself, or somewhere on the way, so that what it
/// carries from frame to frame is of another run.
pub(crate) fn begins_anew(before: &FrameRecord, record: &FrameRecord) -> bool {
    let drawn = |record: &FrameRecord| (record.frame.run, record.worker.clone(), record.epoch);
    match record.frame.run {
        // Of old records nothing more is known.
        None => false,
        Some(run) => run == record.frame.frame || drawn(record) != drawn(before),
    }
}

/// What `frame` must be, given the record of the frame before it.
pub(crate) fn expected(
    plan: &Plan,
    camera: &CameraPath,
    frame: FrameNumber,
    before: Option<&FrameRecord>,
) -> Expected {
    let neighbour = before.filter(|record| record.frame.frame.0 + 1 == frame.0).and_then(|record| {
        let moved = camera_moved(camera.at(record.frame.frame)?, camera.at(frame)?);
        moved.then_some((record.frame.frame, record.frame.pixels))
    });
    let light =
        before.filter(|record| !plan.flashes && record.frame.frame.0 + 1 == frame.0).and_then(|record| {
            let most_stops = most_stops(camera.at(record.frame.frame)?, camera.at(frame)?)?;
            Some(LightOf { frame: record.frame.frame, mean: record.frame.luminance?, most_stops })
        });
    let (colour_space, passes) = (plan.colour_space.clone(), plan.passes.clone());
    let (size, format, must_differ_from) = (plan.size, plan.format, neighbour);
    Expected { frame, size, format, colour_space, passes, must_differ_from, light }
}

async fn judge(
    job: &Job,
    record: &FrameRecord,
    expected: Expected,
) -> Result<Result<Image, String>, LedgerError> {
    let picture = match job.picture(&record.frame).await {
        Ok(picture) => picture,
        Err(error @ LedgerError::Blob(_)) => return Ok(Err(error.to_string())),
        Err(error) => return Err(error),
    };
    // What was read has the digest of its record.
    let digest = record.frame.blob;
    let checking = tokio::task::spawn_blocking(move || open_and_check(&picture, digest, &expected));
    Ok(match checking.await {
        Ok(Ok((checked, _))) if checked.pixels != record.frame.pixels => {
            Err("its pixels are not those of its record".to_owned())
        }
        Ok(Ok((_, image))) => Ok(image),
        Ok(Err(fault)) => Err(fault.to_string()),
        Err(panic) => Err(format!("it could not be decoded: {panic}")),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use cyclorama_assets::MemoryStore;
    use cyclorama_time::UtcTime;

    use super::*;
    use crate::frame::encode_exr;
    use crate::ledger::{Ledger, RenderedFrame};
    use crate::plan::tests::{camera, request};
    use crate::plan::{PlanRequest, Planned};
    use crate::verify::check_frame;
    use crate::verify::tests::header;

    fn planned() -> Planned {
        let camera = camera(0, 12);
        PlanRequest { chunk: Some(6), history: Some(0.04), ..request(&camera) }.plan().expect("plans")
    }

    async fn job() -> Job {
        let ledger = Ledger::create(Arc::new(MemoryStore::new())).await.expect("a ledger");
        ledger.submit(&planned()).await.expect("submits")
    }

    /// Commits a frame as drawn in the run that began at `run`, in this holding.
    async fn commit(job: &Job, frame: i64, run: i64, epoch: u64, light: f32) {
        let frame = FrameNumber(frame);
        let size = job.plan().size;
        let pixel = |at: u32| [light * (1.0 + (at + frame.0 as u32) as f32 / 100.0); 3];
        let pixels = (0..size.width * size.height).map(pixel).collect();
        let image = Image { width: size.width, height: size.height, pixels };
        let file = Bytes::from(encode_exr(&image, &header(frame.0)).expect("encodes"));
        let camera = camera(0, 12);
        let checked = check_frame(&file, &expected(job.plan(), &camera, frame, None)).expect("passes");
        let rendered = RenderedFrame {
            frame,
            pass: "beauty".to_owned(),
            blob: checked.file,
            bytes: checked.bytes,
            pixels: checked.pixels,
            luminance: Some(checked.luminance),
            render_seconds: 0.1,
            run: Some(FrameNumber(run)),
        };
        job.commit((0, epoch), "w", rendered, file, UtcTime::from_nanos(0)).await.expect("commits");
    }

    async fn borders_of(job: &Job) -> Vec<i64> {
        let records = job.frames().await.expect("reads");
        borders(job.plan(), &records).into_iter().map(|border| border.frame.0).collect()
    }

    #[tokio::test]
    async fn there_is_a_border_wherever_a_host_began_anew_and_behind_a_frame_that_was_drawn_once_more() {
        let job = job().await;
        for frame in 0..6 {
            // Frame 2 was refused, and drawn once more at the end.
            commit(&job, frame, if frame == 2 { 2 } else { 0 }, 1, 0.1).await;
        }
        for frame in 6..12 {
            // The first of it were taken back and drawn anew.
            commit(&job, frame, 6, if frame < 9 { 2 } else { 1 }, 0.1).await;
        }
        assert_eq!(borders_of(&job).await, [2, 3, 6, 9]);
        let old = FrameRecord {
            frame: RenderedFrame { run: None, ..job.frames().await.expect("reads")[0].frame.clone() },
            ..job.frames().await.expect("reads")[0].clone()
        };
        assert!(!begins_anew(&old, &old), "old records do not say");
    }

    #[tokio::test]
    async fn a_cold_start_that_is_much_too_bright_is_a_seam_and_no_frame_that_cannot_be_measured() {
        let job = job().await;
        for frame in 0..12 {
            commit(&job, frame, frame / 6 * 6, 1, if frame < 6 { 0.1 } else { 0.4 }).await;
        }
        let seams = judge_borders(&job, &Cancel::new()).await.expect("reads");
        assert_eq!(
            seams.iter().map(|seam| (seam.frame.0, seam.is_visible())).collect::<Vec<_>>(),
            [(6, true)]
        );
        let report = verify_job(&job, &Progress::new(), &Cancel::new()).await.expect("reads");
        assert_eq!(report.bad.len(), 1, "{report:?}");
        assert!(report.bad[0].reason.contains("brighter"), "{report:?}");
    }
}
