//! Telling a demo in plain words: figures in, chapters out. For people who know a stage, not software.

use cyclorama_space::LensState;

use super::{
    facts::{Facts, Render},
    fingerprint,
    report::{Chapter, Drawing, Fact, Figure, File, Frame, Hero, Report, png_image, png_uri},
    timeline,
};
use crate::text;

/// Pictures and drawings that go with the words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pictures {
    /// PNG of the frame at the top of the page.
    pub(crate) hero: Vec<u8>,
    /// Which frame it is, as an index of the rendered ones.
    pub(crate) hero_index: usize,
    pub(crate) hero_lens: LensState,
    /// PNG of the contact sheet.
    pub(crate) sheet: Vec<u8>,
    /// PNG of Blender's frame, where there is one.
    pub(crate) blender: Vec<u8>,
    /// SVG drawings.
    pub(crate) path: String,
    pub(crate) angles: String,
    pub(crate) focal: String,
    pub(crate) focus: String,
}

/// The whole report. `folder` is where the files lie.
pub(crate) fn tell(facts: &Facts, pictures: &Pictures, folder: &str) -> Report {
    Report {
        headline: headline(&facts.render),
        summary: summary(facts),
        made_on: facts.made_on.clone(),
        take: facts.take.name.clone(),
        hero: hero(facts, pictures),
        figures: figures(facts),
        chapters: vec![wire(facts, pictures), take(facts, pictures), same_bits(facts), content(facts), render(facts), frames(facts, pictures)],
        folder: folder.to_owned(),
        files: facts.files.iter().map(file).collect(),
        frames: table(&facts.render),
        machine: format!("{} processor cores", facts.cores),
        total: text::seconds(facts.seconds),
        notice: "The camera motion is a recording of a Mo-Sys StarTracker from SMPTE's ris-osvp-metadata-camdkit, \
                 used under its BSD 3-Clause licence. The set is drawn by the built-in renderer."
            .to_owned(),
    }
}

fn headline(render: &Render) -> String {
    let asked = render.asked;
    if render.verified == asked {
        format!("A real camera move, rendered again. All {asked} frames are there.")
    } else {
        format!("A real camera move, rendered again. {} of {asked} frames are there.", render.verified)
    }
}

fn summary(facts: &Facts) -> String {
    let killed = match &facts.render.kill {
        Some(_) => {
            "One of the render workers was killed on purpose halfway; its work was taken over and nothing was lost."
        }
        None => "All render workers ran to the end.",
    };
    format!(
        "{} of camera motion from a real stage tracker came in over the network, became a take, and was rendered from \
         that take into finished frames on this machine. {killed} Every frame was opened and checked before it \
         counted.",
        text::seconds(facts.take.seconds)
    )
}

fn hero(facts: &Facts, pictures: &Pictures) -> Hero {
    let frame = facts.render.frames.get(pictures.hero_index);
    let lens = match pictures.hero_lens.focal_length_mm {
        Some(focal) => format!("{focal:.1} mm"),
        None => "lens not known".to_owned(),
    };
    Hero {
        image: png_uri(&pictures.hero),
        frame: frame.map_or(0, |frame| frame.number.0),
        timecode: frame.and_then(|frame| frame.timecode).map(|timecode| timecode.to_string()),
        lens,
    }
}

fn figures(facts: &Facts) -> Vec<Figure> {
    let figure = |value: String, label: &str, tone| Figure { value, label: label.to_owned(), tone };
    let lost = facts.ingest.sent.saturating_sub(facts.ingest.received) + facts.ingest.rejected;
    let same = facts.replay.live == facts.replay.replayed;
    let (asked, verified) = (facts.render.asked, facts.render.verified);
    let tone = |good: bool| if good { "good" } else { "alarm" };
    let mut figures = vec![
        figure(facts.ingest.received.to_string(), "tracker packets received", ""),
        figure(lost.to_string(), "lost or refused", tone(lost == 0)),
        figure(if same { "identical" } else { "different" }.into(), "replay, bit for bit", tone(same)),
        figure(
            format!("{verified} of {asked}"),
            "frames opened, checked, committed",
            tone(asked == verified),
        ),
    ];
    if facts.render.kill.is_some() {
        figures.push(figure("1".into(), "worker killed on purpose", "alarm"));
    }
    figures.push(figure(text::seconds(facts.seconds), "from first packet to this page", ""));
    figures
}

fn wire(facts: &Facts, pictures: &Pictures) -> Chapter {
    let ingest = &facts.ingest;
    let heard = if ingest.received == ingest.sent { "All of them" } else { "Not all of them" };
    Chapter {
        number: 1,
        title: "The tracker speaks".into(),
        paragraphs: vec![
            format!(
                "A Mo-Sys StarTracker on a stage camera told where the camera was, 25 times a second. We sent its \
                 recording again over the network of this machine: first {} at the speed of the stage, packet by \
                 packet, then the rest forty times as fast.",
                text::seconds(ingest.live_seconds)
            ),
            format!("{heard} arrived, and every one was checked before it was believed."),
        ],
        facts: vec![
            fact("Packets sent, received", format!("{}, {}", ingest.sent, ingest.received)),
            fact("Refused as damaged", ingest.rejected.to_string()),
            fact(
                "At stage speed",
                format!("{} in {}", text::count(ingest.live, "packet"), text::seconds(ingest.live_seconds)),
            ),
            fact("Longest gap at stage speed", format!("{:.1} ms", ingest.widest_gap_ms)),
            fact("The other packets took", format!("{:.0} ms", ingest.fast_seconds * 1e3)),
        ],
        drawings: vec![drawing(
            &pictures.path,
            "The camera's path from above, true to scale. The fine lines show where it looked, one each second; the \
             strong part was rendered.",
        )],
        wide: false,
    }
}

fn take(facts: &Facts, pictures: &Pictures) -> Chapter {
    let take = &facts.take;
    let timecode = match (take.first_timecode, take.last_timecode) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "none".into(),
    };
    Chapter {
        number: 2,
        title: "The slate closes, and it is a take".into(),
        paragraphs: vec![
            "A take keeps what the tracker really said: every packet as it arrived, with its time. It is never \
             changed afterwards, so the same move can be rendered next week with other assets, and a recorder that \
             loses power keeps all but the last second."
                .into(),
        ],
        facts: vec![
            fact("Length", text::seconds(take.seconds)),
            fact("Timecode", timecode),
            fact("Size", format!("{}, from {} of packets", text::bytes(take.bytes), text::bytes(take.datagram_bytes))),
            code("Digest", take.digest.short()),
        ],
        drawings: vec![
            drawing(&pictures.angles, "Pan, tilt and roll over the take. The shaded part was rendered."),
            drawing(&pictures.focal, "Focal length as the tracker measured it."),
            drawing(&pictures.focus, "Focus distance; beyond ten metres it is drawn as ten."),
        ],
        wide: true,
    }
}

fn same_bits(facts: &Facts) -> Chapter {
    let same = facts.replay.live == facts.replay.replayed;
    let verdict = if same {
        "Both come to the same digest, so not a single bit of the camera's motion differs between the stage and the \
         render."
    } else {
        "The two digests differ. This must not happen: the take does not stand for what was seen live."
    };
    Chapter {
        number: 3,
        title: "Played back, it is the same to the last bit".into(),
        paragraphs: vec![
            format!(
                "While the packets came in, their {} were evaluated live. Then the take was opened from disk and \
                 evaluated again, through the same code.",
                text::count(facts.replay.samples, "sample")
            ),
            verdict.into(),
        ],
        facts: vec![
            code("Live", facts.replay.live.short()),
            code("From the take", facts.replay.replayed.short()),
        ],
        drawings: vec![drawing(
            &fingerprint::draw(
                ("evaluated live", facts.replay.live),
                ("from the take", facts.replay.replayed),
            ),
            "Both digests, drawn byte by byte: one upwards, one downwards. Where they are equal they mirror each other.",
        )],
        wide: false,
    }
}

fn content(facts: &Facts) -> Chapter {
    let content = &facts.content;
    let verdict = if content.published == content.brought {
        "What the workers have is what was published, to the last bit."
    } else {
        "What the workers have is NOT what was published. This must not happen."
    };
    Chapter {
        number: 4,
        title: "The set travels".into(),
        paragraphs: vec![
            "The set was published from the artist's folder into a store, here a folder, in a studio any S3, and \
             brought from there to where the workers read. Only what the store lacks is sent, only what a machine \
             lacks is fetched, and every piece is proven by its digest before it is put in place."
                .into(),
            verdict.into(),
        ],
        facts: vec![
            fact("Published", format!("{}, {}", text::count(content.files, "file"), text::bytes(content.bytes))),
            fact("Sent to the store, fetched", format!("{}, {}", text::bytes(content.sent), text::bytes(content.fetched))),
            code("Version", content.snapshot.chars().take(12).collect()),
            code("The set, published", content.published.short()),
            code("The set, at the workers", content.brought.short()),
        ],
        drawings: Vec::new(),
        wide: false,
    }
}

fn render(facts: &Facts) -> Chapter {
    let render = &facts.render;
    let seconds = render.frame_seconds();
    let middle = seconds.get(seconds.len() / 2).copied().unwrap_or_default();
    let mut paragraphs = vec![format!(
        "{} of the take were drawn at {} by {} pixels. Workers are separate programs that agree on who draws what \
         through a shared ledger, here a folder; on a farm it is the studio's store.",
        text::count(render.frames.len() as u64, "frame"),
        render.size.0,
        render.size.1,
    )];
    let mut rows = vec![
        fact(
            "Frame by frame",
            format!("{middle:.2} s each, the slowest {:.2} s", seconds.last().unwrap_or(&0.0)),
        ),
        fact("The whole render", text::seconds(render.seconds)),
    ];
    if let Some(kill) = &render.kill {
        let name = &render.workers[kill.worker].name;
        paragraphs.push(format!(
            "{:.1} seconds in, we killed {name} in the middle of a frame, as a power cut would. It had committed {}. \
             The ledger noticed the silence, handed its frames to others, and the picture it left half done was \
             drawn again from the start. No frame was lost, none came twice.",
            kill.at,
            text::count(kill.committed, "frame"),
        ));
        if let Some(after) = kill.recovered_after {
            rows.push(fact("Its frames went on after", text::seconds(after)));
        }
    }
    Chapter {
        number: 5,
        title: "The render, and a worker that dies".into(),
        paragraphs,
        facts: rows,
        drawings: vec![Drawing {
            body: drawn_timeline(render),
            caption: "Who drew which frame, and when. Each bar is one frame, from the moment it was begun to its commit. The dashed one was lost and drawn again."
                .into(),
        }],
        wide: true,
    }
}

fn drawn_timeline(render: &Render) -> String {
    let rows: Vec<_> = render
        .workers
        .iter()
        .enumerate()
        .map(|(index, worker)| timeline::Row {
            name: worker.name.clone(),
            fate: text::count(render.frames_of(index), "frame"),
            killed: worker.killed,
        })
        .collect();
    let drawn = render.frames.iter().map(|frame| timeline::Bar {
        row: frame.worker,
        label: frame.number.0.to_string(),
        from: frame.begun,
        to: frame.committed,
        lost: false,
    });
    let lost = render.workers.iter().enumerate().filter_map(|(row, worker)| {
        let done = render.frames.iter().filter(|frame| frame.worker == row).map(|frame| frame.committed);
        let from = done.reduce(f64::max)?;
        Some(timeline::Bar { row, label: String::new(), from, to: worker.killed?, lost: true })
    });
    let bars: Vec<_> = drawn.chain(lost).collect();
    timeline::draw(&rows, &bars, render.seconds)
}

fn frames(facts: &Facts, pictures: &Pictures) -> Chapter {
    let mut drawings = vec![Drawing {
        body: png_image(&pictures.sheet, "Contact sheet of the rendered frames"),
        caption: "The contact sheet, with frame number and timecode under each picture.".into(),
    }];
    let mut rows = vec![
        fact("Checked and right", format!("{} of {}", facts.render.verified, facts.render.asked)),
        fact(
            "Pixels",
            format!("{} by {}, {} rays each", facts.render.size.0, facts.render.size.1, facts.render.samples),
        ),
    ];
    if facts.render.movie {
        rows.push(fact("To look at", "movie.mp4, with the take's rate and timecode".into()));
    }
    if let Some(blender) = &facts.blender {
        let (width, height) = blender.size;
        rows.push(fact(
            "By another renderer",
            format!("{} in {}", blender.software, text::seconds(blender.seconds)),
        ));
        drawings.push(Drawing {
            body: png_image(&pictures.blender, "A frame drawn by Blender"),
            caption: format!(
                "Frame {} again, drawn by {} at {width} by {height} with {} samples: another renderer, the same plan, camera \
                 and checks.",
                blender.frame.0, blender.software, blender.samples
            ),
        });
    }
    Chapter {
        number: 6,
        title: "Frames you can trust".into(),
        paragraphs: vec![
            "A frame counts only when its file has been opened again and looked at: complete, of the right size and \
             number, no black or broken pixels, no copy of its neighbour. Each EXR carries its timecode, the camera's \
             position and the lens, so it drops into compositing without a side file."
                .into(),
        ],
        facts: rows,
        drawings,
        wide: true,
    }
}

fn table(render: &Render) -> Vec<Frame> {
    let row = |frame: &super::facts::Frame| Frame {
        number: frame.number.0,
        timecode: frame.timecode.map_or_else(|| "none".into(), |timecode| timecode.to_string()),
        worker: render.workers[frame.worker].name.clone(),
        seconds: format!("{:.2} s", frame.committed - frame.begun),
        digest: frame.pixels.short(),
        verdict: if frame.good { "right" } else { "WRONG" },
    };
    render.frames.iter().map(row).collect()
}

fn file((path, what, bytes): &(String, String, u64)) -> File {
    File { path: path.clone(), what: what.clone(), size: text::bytes(*bytes) }
}

fn fact(label: &'static str, value: String) -> Fact {
    Fact { label, value, code: false }
}

fn code(label: &'static str, value: String) -> Fact {
    Fact { label, value, code: true }
}

fn drawing(body: &str, caption: &str) -> Drawing {
    Drawing { body: body.to_owned(), caption: caption.to_owned() }
}

#[cfg(test)]
mod tests;
