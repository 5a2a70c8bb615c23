//! The built-in painter as a host.

use std::path::Path;

use cyclorama_time::FrameNumber;
use cyclorama_tracking::CameraPath;

use super::protocol::{FrameHeader, Open, Render};
use super::{Draws, Host, HostError};
use crate::builtin::{Options, Painter, Surfaces};
use crate::frame::{Channel, FrameFormat, write_frame};
use crate::plan::{DEPTH, NORMAL, Passes};
use crate::usda;

/// Draws with [`Painter`] what a USDA file says.
#[derive(Default)]
pub struct BuiltinHost {
    opened: Option<Opened>,
}

struct Opened {
    painter: Painter,
    camera: CameraPath,
    format: FrameFormat,
    passes: Passes,
}

impl BuiltinHost {
    /// A host that draws each frame by itself.
    pub fn new() -> Self {
        Self::default()
    }

    fn opened(&mut self) -> Result<&mut Opened, HostError> {
        self.opened.as_mut().ok_or_else(|| HostError("no scene is open".to_owned()))
    }
}

/// What is wanted of the surfaces, as channels.
fn channels(surfaces: Surfaces, passes: &Passes) -> Vec<Channel> {
    let Surfaces { depth, normals } = surfaces;
    let mut channels = Vec::new();
    if passes.has(NORMAL) {
        let axes = ["N.X", "N.Y", "N.Z"].into_iter().enumerate();
        channels
            .extend(axes.map(|(axis, name)| Channel::half(name, normals.iter().map(|normal| normal[axis]))));
    }
    if passes.has(DEPTH) {
        channels.push(Channel::single("Z", depth));
    }
    channels
}

impl Host for BuiltinHost {
    fn draws(&self) -> Draws {
        Draws::of_host("builtin")
    }

    fn writes(&self, _: FrameFormat) -> bool {
        true
    }

    fn software(&self) -> String {
        concat!("Cyclorama builtin ", env!("CARGO_PKG_VERSION")).to_owned()
    }

    fn open(&mut self, open: &Open) -> Result<(), HostError> {
        super::known_space(open)?;
        let name = open.scene.display();
        let text = std::fs::read_to_string(&open.scene)
            .map_err(|error| HostError(format!("the scene `{name}` cannot be read: {error}")))?;
        let (scene, camera) =
            usda::read(&text).map_err(|error| HostError(format!("the scene `{name}`: {error}")))?;
        let options = Options { samples: open.samples, history: open.history, ..Options::default() };
        let painter = Painter::new(scene, (open.width, open.height), options);
        let (format, passes) = (open.format, open.passes.clone());
        self.opened = Some(Opened { painter, camera, format, passes });
        Ok(())
    }

    fn begin_range(&mut self, _: &Render) {
        if let Some(opened) = &mut self.opened {
            opened.painter.reset();
        }
    }

    fn walk_in(&mut self, frame: FrameNumber) -> Result<(), HostError> {
        let Opened { painter, camera, .. } = self.opened()?;
        if let Some(frame) = camera.at(frame) {
            painter.paint(frame);
        }
        Ok(())
    }

    fn frame(&mut self, header: &FrameHeader, path: &Path) -> Result<(), HostError> {
        let software = self.software();
        let Opened { painter, camera, format, passes } = self.opened()?;
        let number = header.frame.0;
        if camera.at(header.frame).is_none() {
            return Err(HostError(format!("the scene's camera has no frame {number}")));
        }
        // The header's camera is the take's, bit for bit; a scene file may have rounded it.
        let (image, others) = if passes.is_beauty_alone() {
            (painter.paint(&header.camera()), Vec::new())
        } else {
            let (image, surfaces) = painter.paint_with_surfaces(&header.camera());
            (image, channels(surfaces, passes))
        };
        write_frame(*format, path, &image, others, &header.drawn_by(software))
            .map_err(|error| HostError(format!("frame {number} cannot be written: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::frame::{COLOUR_SPACE, PNG_COLOUR_SPACE, open_exr, open_png, read_exr};
    use crate::host::serve::tests::header;
    use crate::scene::demo_stage;

    fn open(scene: std::path::PathBuf) -> Open {
        let colour_space = COLOUR_SPACE.to_owned();
        Open {
            scene,
            width: 16,
            height: 9,
            samples: 1,
            colour_space,
            history: None,
            unreal: None,
            format: FrameFormat::Exr,
            passes: Passes::default(),
            content: BTreeMap::new(),
        }
    }

    fn nothing() -> Render {
        let (first, last) = (FrameNumber(2), FrameNumber(2));
        Render { id: 1, first, last, walk_in: 0, output: String::new(), headers: Vec::new(), ahead: None }
    }

    #[test]
    fn it_draws_the_frames_of_a_scene_file_with_their_headers() {
        let folder = tempfile::tempdir().expect("a folder");
        let scene = folder.path().join("scene.usda");
        let camera = crate::plan::tests::camera(0, 3);
        std::fs::write(&scene, usda::write(&demo_stage(), &camera)).expect("writes");
        let mut host = BuiltinHost::new();
        host.open(&open(scene)).expect("opens");
        host.begin_range(&nothing());
        host.walk_in(FrameNumber(-1)).expect("passes over what the camera does not have");
        host.walk_in(FrameNumber(1)).expect("draws");
        let file = folder.path().join("2.exr");
        host.frame(&header(2), &file).expect("draws");
        let (image, read) = read_exr(&file).expect("an EXR");
        assert_eq!((image.width, image.height, read.frame), (16, 9, FrameNumber(2)));
        assert!(read.software.contains("builtin"));
        assert!(host.frame(&header(3), &file).is_err(), "the camera ends at 2");
    }

    #[test]
    fn a_png_that_it_draws_is_the_exr_within_a_sample_and_clipped_at_white() {
        let folder = tempfile::tempdir().expect("a folder");
        let scene = folder.path().join("scene.usda");
        std::fs::write(&scene, usda::write(&demo_stage(), &crate::plan::tests::camera(0, 3)))
            .expect("writes");
        let drawn = |format: FrameFormat| {
            let mut host = BuiltinHost::new();
            let colour_space = format.colour_space().to_owned();
            host.open(&Open { format, colour_space, ..open(scene.clone()) }).expect("opens");
            let file = folder.path().join("frame");
            let colour_space = format.colour_space().to_owned();
            host.frame(&FrameHeader { colour_space, ..header(2) }, &file).expect("draws");
            std::fs::read(&file).expect("reads")
        };
        let exr = open_exr(&drawn(FrameFormat::Exr)).expect("an EXR of ours");
        let png = open_png(&drawn(FrameFormat::Png)).expect("a PNG of ours");
        assert_eq!((png.header.frame, png.header.colour_space.as_str()), (FrameNumber(2), PNG_COLOUR_SPACE));
        assert_eq!((png.header.pose, &png.header.software), (exr.header.pose, &exr.header.software));
        for (half, sample) in exr.image.pixels.as_flattened().iter().zip(png.image.pixels.as_flattened()) {
            assert!((half.clamp(0.0, 1.0) - sample).abs() < 1e-3, "{half} and {sample}");
        }
        let linear = Open { format: FrameFormat::Png, ..open(scene) };
        let refused = BuiltinHost::new().open(&linear).expect_err("a PNG is not linear");
        assert!(refused.0.contains("PNG frames in srgb_rec709_scene, not lin_rec709_scene"), "{refused}");
    }

    #[test]
    fn a_history_does_not_reach_depth_and_normals_and_they_do_not_change_the_picture() {
        let folder = tempfile::tempdir().expect("a folder");
        let scene = folder.path().join("scene.usda");
        let camera = crate::plan::tests::camera(0, 3);
        std::fs::write(&scene, usda::write(&demo_stage(), &camera)).expect("writes");
        let drawn = |passes: &str, history: Option<f64>, from: i64| {
            let mut host = BuiltinHost::new();
            let passes = passes.parse().expect("passes");
            host.open(&Open { history, passes, ..open(scene.clone()) }).expect("opens");
            for frame in from..2 {
                host.walk_in(FrameNumber(frame)).expect("draws");
            }
            let file = folder.path().join("2.exr");
            host.frame(&header(2), &file).expect("draws");
            open_exr(&std::fs::read(&file).expect("reads")).expect("a frame of ours")
        };
        let (long, short) =
            (drawn("beauty,depth,normal", Some(0.04), 0), drawn("beauty,depth,normal", Some(0.04), 2));
        assert_ne!(long.image, short.image, "the history shows");
        assert_eq!(long.others, short.others);
        assert_eq!(long.others.iter().map(Channel::name).collect::<Vec<_>>(), ["N.X", "N.Y", "N.Z", "Z"]);
        let (plain, deep) = (drawn("beauty", None, 2), drawn("beauty,depth", None, 2));
        assert_eq!(plain.image, deep.image);
        assert_eq!((plain.others.len(), deep.others.len()), (0, 1));
    }

    #[test]
    fn scenes_it_cannot_draw_are_refused_with_their_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = BuiltinHost::new().open(&open(folder.path().join("none.usda"))).expect_err("not there");
        assert!(missing.0.contains("none.usda"));
        let noise = folder.path().join("noise.usda");
        std::fs::write(&noise, "noise").expect("writes");
        assert!(BuiltinHost::new().open(&open(noise.clone())).is_err());
        let other = Open { colour_space: "srgb_texture".to_owned(), ..open(noise) };
        assert!(BuiltinHost::new().open(&other).expect_err("another space").0.contains("srgb_texture"));
    }
}
