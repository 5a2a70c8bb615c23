//! The text of a layer.

mod camera;

use std::fmt::{Display, Write};

use cyclorama_space::{DMat3, DVec3, convert::usd};
use cyclorama_tracking::CameraPath;

use super::{Origin, number::centimetres};
use crate::scene::{
    Group, Light, LightKind, Material, Mesh, Motion, Part, Placement, Scene, Shape, Sky, Texture,
};

/// Everything, in the order it stands in the file.
pub(super) fn layer(scene: &Scene, path: &CameraPath, origin: &Origin) -> String {
    let mut out = Out { text: String::from("#usda 1.0\n"), depth: 0 };
    header(&mut out, path, origin);
    out.open("def Xform \"World\"");
    out.line(format_args!("custom string cyclorama:scene = {}", quoted(&scene.name)));
    out.open("def Scope \"Materials\"");
    scene.materials.iter().for_each(|material| self::material(&mut out, material));
    out.close();
    out.open("def Xform \"Set\"");
    scene.groups.iter().for_each(|group| self::group(&mut out, group, scene));
    out.close();
    out.open("def Xform \"Lights\"");
    scene.lights.iter().for_each(|light| self::light(&mut out, light));
    sky(&mut out, &scene.sky);
    out.close();
    camera::camera(&mut out, path);
    out.close();
    out.text
}

struct Out {
    text: String,
    depth: usize,
}

impl Out {
    fn line(&mut self, what: impl Display) {
        self.begin_line();
        // Writing into a string cannot fail.
        let _ = writeln!(self.text, "{what}");
    }

    fn begin_line(&mut self) {
        self.text.extend(std::iter::repeat_n("    ", self.depth));
    }

    fn open(&mut self, what: impl Display) {
        self.line(what);
        self.line("{");
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.line("}");
    }

    fn time_samples(&mut self, declaration: &str, values: &[(f64, String)]) {
        self.open_samples(declaration);
        for (time, value) in values {
            self.line(format_args!("{time}: {value},"));
        }
        self.close();
    }

    fn open_samples(&mut self, declaration: &str) {
        self.line(format_args!("{declaration}.timeSamples = {{"));
        self.depth += 1;
    }
}

fn header(out: &mut Out, camera: &CameraPath, origin: &Origin) {
    out.line("(");
    out.depth += 1;
    out.line("customLayerData = {");
    out.depth += 1;
    out.line("int \"cyclorama:version\" = 1");
    out.line(format_args!("string \"cyclorama:rate\" = \"{}\"", camera.rate));
    if let Some(take) = &origin.take {
        out.line(format_args!("string \"cyclorama:take\" = {}", quoted(take)));
    }
    if let Some(digest) = &origin.digest {
        out.line(format_args!("string \"cyclorama:digest\" = \"{digest}\""));
    }
    if let Some(timecode) = camera.frames.first().and_then(|frame| frame.timecode) {
        out.line(format_args!("string \"cyclorama:timecode\" = \"{timecode}@{}\"", timecode.rate()));
    }
    out.close();
    let frames = (camera.frames.first(), camera.frames.last());
    let [first, last] = [frames.0, frames.1].map(|frame| frame.map_or(0, |frame| frame.frame.0));
    let rate = camera.rate.as_f64();
    out.line("defaultPrim = \"World\"");
    out.line(format_args!("endTimeCode = {last}"));
    out.line(format_args!("framesPerSecond = {rate}"));
    out.line(format_args!("metersPerUnit = {}", usd::METERS_PER_UNIT));
    out.line(format_args!("startTimeCode = {first}"));
    out.line(format_args!("timeCodesPerSecond = {rate}"));
    out.line("upAxis = \"Z\"");
    out.depth -= 1;
    out.line(")");
}

fn material(out: &mut Out, material: &Material) {
    let name = identifier(&material.name);
    let path = format!("/World/Materials/{name}");
    out.open(format_args!("def Material \"{name}\""));
    out.line(format_args!("custom string cyclorama:name = {}", quoted(&material.name)));
    texture(out, "base", &material.base);
    out.line(format_args!("custom double cyclorama:wetness = {}", material.wetness));
    let mut emissive = [0.0; 3];
    if let Some(emission) = &material.emission {
        texture(out, "emission", &emission.texture);
        out.line(format_args!("custom double cyclorama:emission:strength = {}", emission.strength));
        emissive = emission.texture.colour.map(|channel| channel * emission.strength);
    }
    out.line(format_args!("token outputs:surface.connect = <{path}/surface.outputs:surface>"));
    out.open("def Shader \"surface\"");
    out.line("uniform token info:id = \"UsdPreviewSurface\"");
    let middle = [0, 1, 2].map(|i| (material.base.colour[i] + material.base.second[i]) * 0.5);
    out.line(format_args!("color3f inputs:diffuseColor = {}", tuple(middle)));
    out.line(format_args!("color3f inputs:emissiveColor = {}", tuple(emissive)));
    out.line(format_args!("float inputs:metallic = {}", material.metallic));
    out.line(format_args!("float inputs:roughness = {}", material.roughness));
    out.line("token outputs:surface");
    out.close();
    out.close();
}

fn texture(out: &mut Out, role: &str, texture: &Texture) {
    out.line(format_args!("custom token cyclorama:{role}:pattern = \"{}\"", texture.pattern.name()));
    out.line(format_args!("custom color3f cyclorama:{role}:colour = {}", tuple(texture.colour)));
    out.line(format_args!("custom color3f cyclorama:{role}:second = {}", tuple(texture.second)));
    out.line(format_args!("custom double cyclorama:{role}:size = {}", centimetres(texture.size)));
}

fn group(out: &mut Out, group: &Group, scene: &Scene) {
    out.open(format_args!("def Xform \"{}\"", identifier(&group.name)));
    out.line(format_args!("custom string cyclorama:name = {}", quoted(&group.name)));
    match &group.motion {
        Motion::Still(placement) => placed(out, placement),
        Motion::Keyed { translate, turn } => {
            let points: Vec<_> = translate.0.iter().map(|(time, at)| (*time, lengths(*at))).collect();
            let turns: Vec<_> = turn.0.iter().map(|(time, degrees)| (*time, degrees.to_string())).collect();
            out.time_samples("double3 xformOp:translate", &points);
            out.time_samples("double xformOp:rotateZ", &turns);
            out.line("uniform token[] xformOpOrder = [\"xformOp:translate\", \"xformOp:rotateZ\"]");
        }
        Motion::Sampled(keys) => {
            let samples: Vec<_> = keys.0.iter().map(|(time, at)| (*time, matrix(at))).collect();
            out.time_samples("matrix4d xformOp:transform", &samples);
            out.line("uniform token[] xformOpOrder = [\"xformOp:transform\"]");
        }
    }
    group.parts.iter().for_each(|part| self::part(out, part, scene));
    out.close();
}

fn part(out: &mut Out, part: &Part, scene: &Scene) {
    let kind = match part.shape {
        Shape::Cube { .. } => "Cube",
        Shape::Sphere { .. } => "Sphere",
        Shape::Cylinder { .. } => "Cylinder",
        Shape::Mesh(_) => "Mesh",
    };
    out.line(format_args!("def {kind} \"{}\" (", identifier(&part.name)));
    out.line("    prepend apiSchemas = [\"MaterialBindingAPI\"]");
    out.line(")");
    out.line("{");
    out.depth += 1;
    out.line(format_args!("custom string cyclorama:name = {}", quoted(&part.name)));
    match &part.shape {
        Shape::Cube { size } => out.line(format_args!("double size = {}", centimetres(*size))),
        Shape::Sphere { radius } => out.line(format_args!("double radius = {}", centimetres(*radius))),
        Shape::Cylinder { radius, height } => {
            out.line("uniform token axis = \"Z\"");
            out.line(format_args!("double height = {}", centimetres(*height)));
            out.line(format_args!("double radius = {}", centimetres(*radius)));
        }
        Shape::Mesh(mesh) => self::mesh(out, mesh),
    }
    if let Some(material) = scene.materials.get(part.material) {
        out.line(format_args!("rel material:binding = </World/Materials/{}>", identifier(&material.name)));
        out.line(format_args!("color3f[] primvars:displayColor = [{}]", tuple(material.base.colour)));
    }
    placed(out, &part.placement);
    out.close();
}

fn mesh(out: &mut Out, mesh: &Mesh) {
    let list = |values: Vec<String>| format!("[{}]", values.join(", "));
    out.line(format_args!("int[] faceVertexCounts = {}", list(vec!["3".to_owned(); mesh.triangles.len()])));
    let corners = mesh.triangles.iter().flatten().map(u32::to_string).collect();
    out.line(format_args!("int[] faceVertexIndices = {}", list(corners)));
    out.line(format_args!("point3f[] points = {}", list(mesh.points.iter().map(|p| lengths(*p)).collect())));
    if !mesh.normals.is_empty() {
        let normals = mesh.normals.iter().map(|normal| tuple(normal.to_array())).collect();
        out.line(format_args!("normal3f[] normals = {} (", list(normals)));
        out.line("    interpolation = \"vertex\"");
        out.line(")");
    }
    if !mesh.uvs.is_empty() {
        let uvs = mesh.uvs.iter().map(|uv| format!("({}, {})", uv.x, uv.y)).collect();
        out.line(format_args!("texCoord2f[] primvars:st = {} (", list(uvs)));
        out.line("    interpolation = \"vertex\"");
        out.line(")");
    }
    out.line("uniform token subdivisionScheme = \"none\"");
}

fn light(out: &mut Out, light: &Light) {
    let kind = match light.kind {
        LightKind::Sun { .. } => "DistantLight",
        LightKind::Rect { .. } => "RectLight",
        LightKind::Sphere { .. } => "SphereLight",
    };
    out.open(format_args!("def {kind} \"{}\"", identifier(&light.name)));
    out.line(format_args!("custom string cyclorama:name = {}", quoted(&light.name)));
    out.line(format_args!("color3f inputs:color = {}", tuple(light.colour)));
    out.line(format_args!("float inputs:intensity = {}", light.intensity));
    match light.kind {
        LightKind::Sun { towards, degrees } => {
            out.line(format_args!("custom double3 cyclorama:towards = {}", tuple(towards.to_array())));
            out.line(format_args!("float inputs:angle = {degrees}"));
            let (side, other) = towards.any_orthonormal_pair();
            let linear = DMat3::from_cols(side, other, towards);
            placed(out, &Placement { linear, translation: DVec3::ZERO });
        }
        LightKind::Rect { placement, width, height } => {
            out.line(format_args!("float inputs:height = {}", centimetres(height)));
            out.line(format_args!("float inputs:width = {}", centimetres(width)));
            placed(out, &placement);
        }
        LightKind::Sphere { centre, radius } => {
            out.line(format_args!("float inputs:radius = {}", centimetres(radius)));
            placed(out, &Placement::at(centre));
        }
    }
    out.close();
}

fn sky(out: &mut Out, sky: &Sky) {
    out.open("def DomeLight \"cyclorama_sky\"");
    let middle = [0, 1, 2].map(|i| (sky.zenith[i] + sky.horizon[i]) * 0.5);
    out.line(format_args!("color3f inputs:color = {}", tuple(middle)));
    out.line("float inputs:intensity = 1");
    for (name, colour) in [("zenith", sky.zenith), ("horizon", sky.horizon), ("ground", sky.ground)] {
        out.line(format_args!("custom color3f cyclorama:{name} = {}", tuple(colour)));
    }
    out.close();
}

fn placed(out: &mut Out, placement: &Placement) {
    out.line(format_args!("matrix4d xformOp:transform = {}", matrix(placement)));
    out.line("uniform token[] xformOpOrder = [\"xformOp:transform\"]");
}

/// USD multiplies rows from the left: the axes are the rows, the translation the last of them.
fn matrix(placement: &Placement) -> String {
    let axis = |axis: DVec3| tuple4(&[real(axis.x), real(axis.y), real(axis.z), "0".to_owned()]);
    let [x, y, z] = placement.translation.to_array().map(centimetres);
    let linear = placement.linear;
    let rows =
        [axis(linear.x_axis), axis(linear.y_axis), axis(linear.z_axis), tuple4(&[x, y, z, "1".to_owned()])];
    format!("( {} )", rows.join(", "))
}

fn tuple4(words: &[String; 4]) -> String {
    format!("({})", words.join(", "))
}

fn lengths(at: DVec3) -> String {
    format!("({})", at.to_array().map(centimetres).join(", "))
}

fn tuple<const N: usize, T: Display>(values: [T; N]) -> String {
    format!("({})", values.map(|value| value.to_string()).join(", "))
}

/// A number as USD spells it: the shortest decimal that reads back to the same bits.
fn real(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { value.to_string() }
}

/// A name USD accepts: letters, digits and `_`, no digit first.
fn identifier(name: &str) -> String {
    let mut out: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        out.insert(0, '_');
    }
    out
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
