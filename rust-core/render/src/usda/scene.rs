//! From prims to a scene.

use std::collections::{HashMap, HashSet};

use cyclorama_space::{DMat3, DVec2, DVec3};

use super::{
    Loaded, Origin, UsdaError, camera,
    syntax::{Entry, Layer, Prim, Value},
    tree::{self, unescaped},
};
use crate::scene::{
    Colour, Emission, Group, Keys, Light, LightKind, Material, Mesh, Motion, Part, Pattern, Placement, Scene,
    Shape, Sky, Texture,
};

/// The scene, camera and origin of a layer.
pub(super) fn load(layer: &Layer<'_>, dictionary: &[Entry<'_>]) -> Result<Loaded, UsdaError> {
    let said = |name: &str| dictionary.iter().rev().find(|entry| entry.name == name).and_then(text);
    let number = |name: &str| {
        let entry = layer.metadata.iter().find(|entry| entry.name == name)?;
        if let Value::Number(word) = entry.value { word.parse::<f64>().ok() } else { None }
    };
    let unit = number("metersPerUnit").filter(|unit| *unit > 0.0 && unit.is_finite()).unwrap_or(0.01);
    let y_up =
        layer.metadata.iter().find(|entry| entry.name == "upAxis").and_then(text).as_deref() != Some("Z");
    // A stage with Y up is tipped over, so that up is Z.
    let root = y_up.then(|| Placement {
        linear: DMat3::from_cols(DVec3::X, DVec3::Z, -DVec3::Y),
        translation: DVec3::ZERO,
    });
    let mut loader = Loader::new(unit, root);
    let mut cameras = Vec::new();
    for prim in &layer.prims {
        loader.collect_materials(prim, "")?;
    }
    for prim in &layer.prims {
        loader.walk(prim, "", &mut Vec::new(), &mut cameras)?;
    }
    let clock = camera::Clock {
        rate: said("cyclorama:rate").and_then(|rate| rate.parse().ok()),
        per_second: number("timeCodesPerSecond").or_else(|| number("framesPerSecond")),
        range: number("startTimeCode").zip(number("endTimeCode")),
        timecode: said("cyclorama:timecode").and_then(|label| label.parse().ok()),
    };
    if cameras.len() > 1 {
        loader.warnings.push(format!("{} cameras; the first one is used", cameras.len()));
    }
    let camera = match cameras.first() {
        None => None,
        Some(placed) => {
            let chain = |time: f64| loader.chain_at(&placed.chain, time);
            let (path, warnings) = camera::load(placed, &clock, unit, &chain)?;
            loader.warnings.extend(warnings);
            Some(path)
        }
    };
    let origin = Origin {
        take: said("cyclorama:take"),
        digest: said("cyclorama:digest").and_then(|hex| hex.parse().ok()),
    };
    Ok(Loaded { scene: loader.scene, camera, origin, warnings: loader.warnings })
}

fn text(entry: &Entry<'_>) -> Option<String> {
    if let Value::Text(text) = &entry.value { Some(unescaped(text)) } else { None }
}

struct Loader {
    unit: f64,
    root: Option<Placement>,
    scene: Scene,
    /// Material index by prim path.
    materials: HashMap<String, usize>,
    names: HashSet<String>,
    warnings: Vec<String>,
}

impl Loader {
    fn new(unit: f64, root: Option<Placement>) -> Self {
        let sky = Sky { zenith: [0.05; 3], horizon: [0.05; 3], ground: [0.02; 3] };
        let (materials, groups, lights) = (Vec::new(), Vec::new(), Vec::new());
        let scene = Scene { name: "scene".to_owned(), sky, materials, groups, lights };
        Self { unit, root, scene, materials: HashMap::new(), names: HashSet::new(), warnings: Vec::new() }
    }

    fn collect_materials(&mut self, prim: &Prim<'_>, above: &str) -> Result<(), UsdaError> {
        let path = format!("{above}/{}", prim.name);
        if prim.kind == "Material" {
            let material = material(prim, self.unit)?;
            self.materials.insert(path.clone(), self.scene.materials.len());
            self.scene.materials.push(material);
        }
        prim.children.iter().try_for_each(|child| self.collect_materials(child, &path))
    }

    /// `chain`: the prims above, outermost first.
    fn walk<'p, 'a>(
        &mut self,
        prim: &'p Prim<'a>,
        above: &str,
        chain: &mut Vec<&'p Prim<'a>>,
        cameras: &mut Vec<camera::Placed<'p, 'a>>,
    ) -> Result<(), UsdaError> {
        let path = format!("{above}/{}", prim.name);
        if let Some(name) = prim.text("cyclorama:scene") {
            self.scene.name = name;
        }
        match prim.kind {
            "Material" | "Shader" | "NodeGraph" => return Ok(()),
            "Camera" => cameras.push(camera::Placed { prim, chain: chain.clone() }),
            "DistantLight" | "RectLight" | "SphereLight" => self.light(prim, chain)?,
            "DomeLight" => self.sky(prim)?,
            "Cube" | "Sphere" | "Cylinder" | "Mesh" => self.alone(prim, chain)?,
            "Xform" | "Scope" | "" => self.group(prim, chain)?,
            kind => {
                self.warnings
                    .push(format!("line {}: {path} skipped: nothing here draws a {kind}", prim.line));
            }
        }
        chain.push(prim);
        for child in &prim.children {
            // Shapes that stand still in a group are its parts already.
            if !(is_shape(child)
                && is_container(prim)
                && tree::times(child).is_empty()
                && child.children.is_empty())
            {
                self.walk(child, &path, chain, cameras)?;
            }
        }
        chain.pop();
        Ok(())
    }

    /// A container and the still shapes directly in it.
    fn group(&mut self, prim: &Prim<'_>, chain: &[&Prim<'_>]) -> Result<(), UsdaError> {
        let mut parts = Vec::new();
        for child in &prim.children {
            if is_shape(child) && tree::times(child).is_empty() && child.children.is_empty() {
                let placement = tree::local(child, 0.0, self.unit)?;
                parts.extend(self.part(child, placement)?);
            }
        }
        let name = prim.text("cyclorama:name");
        if parts.is_empty() && name.is_none() {
            return Ok(());
        }
        let motion = self.motion(prim, chain)?;
        let name = name.unwrap_or_else(|| prim.name.to_owned());
        self.push_group(&name, motion, parts);
        Ok(())
    }

    /// A shape that moves by itself, or stands in no container.
    fn alone(&mut self, prim: &Prim<'_>, chain: &[&Prim<'_>]) -> Result<(), UsdaError> {
        let Some(part) = self.part(prim, Placement::IDENTITY)? else { return Ok(()) };
        let motion = self.motion(prim, chain)?;
        self.push_group(prim.name, motion, vec![part]);
        Ok(())
    }

    fn push_group(&mut self, name: &str, motion: Motion, parts: Vec<Part>) {
        let mut unique = name.to_owned();
        let mut count = 1;
        while !self.names.insert(unique.clone()) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        self.scene.groups.push(Group { name: unique, motion, parts });
    }

    fn motion(&self, prim: &Prim<'_>, chain: &[&Prim<'_>]) -> Result<Motion, UsdaError> {
        let alone = self.root.is_none() && chain.iter().all(|above| tree::order(above).is_empty());
        let order = tree::order(prim);
        if alone
            && order == ["xformOp:translate", "xformOp:rotateZ"]
            && let Some(keyed) = self.keyed(prim)?
        {
            return Ok(keyed);
        }
        let mut whole: Vec<&Prim<'_>> = chain.to_vec();
        whole.push(prim);
        let mut times: Vec<f64> = whole.iter().flat_map(|prim| tree::times(prim)).collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        if times.is_empty() {
            return Ok(Motion::Still(self.chain_at(&whole, 0.0)?));
        }
        let key = |time: f64| Ok((time, self.chain_at(&whole, time)?));
        Ok(Motion::Sampled(Keys(times.into_iter().map(key).collect::<Result<_, UsdaError>>()?)))
    }

    /// Keys of a slide and a turn, when both are sampled.
    fn keyed(&self, prim: &Prim<'_>) -> Result<Option<Motion>, UsdaError> {
        let find = |name| prim.attribute(name).filter(|attribute| !attribute.samples.is_empty());
        let (Some(slide), Some(turn)) = (find("xformOp:translate"), find("xformOp:rotateZ")) else {
            return Ok(None);
        };
        let mut translate = Vec::new();
        for (time, value) in &slide.samples {
            let metres: Option<Vec<f64>> = tree::flat(value).and_then(|words| {
                words.into_iter().map(|word| super::number::metres_of(word, self.unit)).collect()
            });
            let at: Option<[f64; 3]> = metres.and_then(|metres| metres.try_into().ok());
            let at = at.filter(|at| at.iter().all(|metres| metres.is_finite()));
            translate.push((
                *time,
                DVec3::from_array(at.ok_or_else(|| prim.wrong(slide, "a position is expected"))?),
            ));
        }
        let mut degrees = Vec::new();
        for (time, value) in &turn.samples {
            let angle = match value {
                Value::Number(word) => word.parse::<f64>().ok().filter(|angle| angle.is_finite()),
                _ => None,
            };
            degrees.push((*time, angle.ok_or_else(|| prim.wrong(turn, "an angle is expected"))?));
        }
        Ok(Some(Motion::Keyed { translate: Keys(translate), turn: Keys(degrees) }))
    }

    /// The placement of the innermost of a chain of prims, in the stage frame.
    fn chain_at(&self, chain: &[&Prim<'_>], time: f64) -> Result<Placement, UsdaError> {
        let mut whole = self.root;
        for prim in chain {
            if !tree::order(prim).is_empty() {
                let step = tree::local(prim, time, self.unit)?;
                whole = Some(whole.map_or(step, |outer| outer.then_inner(&step)));
            }
        }
        Ok(whole.unwrap_or(Placement::IDENTITY))
    }

    fn part(&mut self, prim: &Prim<'_>, placement: Placement) -> Result<Option<Part>, UsdaError> {
        let unit = self.unit;
        let mut placement = placement;
        let shape = match prim.kind {
            "Cube" => Shape::Cube { size: prim.length("size", unit)?.unwrap_or(2.0 * unit) },
            "Sphere" => Shape::Sphere { radius: prim.length("radius", unit)?.unwrap_or(unit) },
            "Cylinder" => {
                match prim.text("axis").as_deref() {
                    Some("X") => placement.linear *= DMat3::from_cols(DVec3::Y, DVec3::Z, DVec3::X),
                    Some("Y") => placement.linear *= DMat3::from_cols(DVec3::Z, DVec3::X, DVec3::Y),
                    _ => {}
                }
                Shape::Cylinder {
                    radius: prim.length("radius", unit)?.unwrap_or(unit),
                    height: prim.length("height", unit)?.unwrap_or(2.0 * unit),
                }
            }
            _ => match mesh(prim, unit)? {
                Some(mesh) => Shape::Mesh(mesh.into()),
                None => {
                    self.warnings.push(format!("line {}: mesh {} has no faces", prim.line, prim.name));
                    return Ok(None);
                }
            },
        };
        let name = prim.text("cyclorama:name").unwrap_or_else(|| prim.name.to_owned());
        let material = self.material_of(prim)?;
        Ok(Some(Part { name, shape, placement, material }))
    }

    /// The bound material, or one made of the display colour.
    fn material_of(&mut self, prim: &Prim<'_>) -> Result<usize, UsdaError> {
        if let Some(&index) = prim.target("material:binding").and_then(|path| self.materials.get(path)) {
            return Ok(index);
        }
        let colours = prim.numbers::<f32>("primvars:displayColor")?.unwrap_or_default();
        let colour = match colours.as_slice() {
            &[red, green, blue, ..] => [red, green, blue],
            _ => [0.5; 3],
        };
        let name = format!(
            "display_{:08x}_{:08x}_{:08x}",
            colour[0].to_bits(),
            colour[1].to_bits(),
            colour[2].to_bits()
        );
        if let Some(index) = self.scene.materials.iter().position(|material| material.name == name) {
            return Ok(index);
        }
        let base = Texture::flat(colour);
        self.scene.materials.push(Material {
            name,
            base,
            roughness: 0.6,
            metallic: 0.0,
            wetness: 0.0,
            emission: None,
        });
        Ok(self.scene.materials.len() - 1)
    }

    fn light(&mut self, prim: &Prim<'_>, chain: &[&Prim<'_>]) -> Result<(), UsdaError> {
        let mut whole = chain.to_vec();
        whole.push(prim);
        if whole.iter().any(|prim| !tree::times(prim).is_empty()) {
            self.warnings.push(format!("line {}: light {} keeps its first place", prim.line, prim.name));
        }
        let placement = self.chain_at(&whole, 0.0)?;
        let unit = self.unit;
        let kind = match prim.kind {
            "DistantLight" => LightKind::Sun {
                towards: match prim.tuple("cyclorama:towards")? {
                    Some(towards) => DVec3::from_array(towards),
                    None => placement.linear.z_axis.normalize_or(DVec3::Z),
                },
                degrees: prim.number("inputs:angle")?.unwrap_or(0.53),
            },
            "RectLight" => LightKind::Rect {
                placement,
                width: prim.length("inputs:width", unit)?.unwrap_or(unit),
                height: prim.length("inputs:height", unit)?.unwrap_or(unit),
            },
            _ => LightKind::Sphere {
                centre: placement.translation,
                radius: prim.length("inputs:radius", unit)?.unwrap_or(0.5 * unit),
            },
        };
        let exposure = prim.number::<f32>("inputs:exposure")?;
        let intensity = prim.number::<f32>("inputs:intensity")?.unwrap_or(1.0);
        self.scene.lights.push(Light {
            name: prim.text("cyclorama:name").unwrap_or_else(|| prim.name.to_owned()),
            kind,
            colour: prim.tuple("inputs:color")?.unwrap_or([1.0; 3]),
            intensity: exposure.map_or(intensity, |stops| intensity * libm::exp2f(stops)),
        });
        Ok(())
    }

    fn sky(&mut self, prim: &Prim<'_>) -> Result<(), UsdaError> {
        let intensity = prim.number::<f32>("inputs:intensity")?.unwrap_or(1.0);
        let plain =
            prim.tuple::<f32, 3>("inputs:color")?.unwrap_or([1.0; 3]).map(|channel| channel * intensity);
        let colour = |name: &str| -> Result<Colour, UsdaError> { Ok(prim.tuple(name)?.unwrap_or(plain)) };
        self.scene.sky = Sky {
            zenith: colour("cyclorama:zenith")?,
            horizon: colour("cyclorama:horizon")?,
            ground: colour("cyclorama:ground")?,
        };
        Ok(())
    }
}

fn is_shape(prim: &Prim<'_>) -> bool {
    matches!(prim.kind, "Cube" | "Sphere" | "Cylinder" | "Mesh")
}

fn is_container(prim: &Prim<'_>) -> bool {
    matches!(prim.kind, "Xform" | "Scope" | "")
}

/// A material of ours from its own attributes, any other from its UsdPreviewSurface.
fn material(prim: &Prim<'_>, unit: f64) -> Result<Material, UsdaError> {
    let none =
        Prim { line: prim.line, kind: "", name: prim.name, attributes: Vec::new(), children: Vec::new() };
    let is_surface = |child: &&Prim<'_>| child.text("info:id").as_deref() == Some("UsdPreviewSurface");
    let surface = prim.children.iter().find(is_surface).unwrap_or(&none);
    let base = match texture(prim, "base", unit)? {
        Some(base) => base,
        None => Texture::flat(surface.tuple("inputs:diffuseColor").unwrap_or(None).unwrap_or([0.18; 3])),
    };
    let emission = match texture(prim, "emission", unit)? {
        Some(texture) => {
            Some(Emission { texture, strength: prim.number("cyclorama:emission:strength")?.unwrap_or(1.0) })
        }
        None if prim.attribute("cyclorama:base:pattern").is_some() => None,
        None => surface
            .tuple("inputs:emissiveColor")?
            .filter(|colour: &Colour| colour.iter().any(|channel| *channel > 0.0))
            .map(|colour| Emission { texture: Texture::flat(colour), strength: 1.0 }),
    };
    Ok(Material {
        name: prim.text("cyclorama:name").unwrap_or_else(|| prim.name.to_owned()),
        base,
        roughness: surface.number("inputs:roughness")?.unwrap_or(0.5),
        metallic: surface.number("inputs:metallic")?.unwrap_or(0.0),
        wetness: prim.number("cyclorama:wetness")?.unwrap_or(0.0),
        emission,
    })
}

fn texture(prim: &Prim<'_>, role: &str, unit: f64) -> Result<Option<Texture>, UsdaError> {
    let name = format!("cyclorama:{role}:pattern");
    let Some(pattern) = prim.text(&name) else { return Ok(None) };
    let pattern = Pattern::ALL.into_iter().find(|known| known.name() == pattern);
    let pattern = pattern.ok_or_else(|| prim.wrong_named(&name, "there is no such pattern"))?;
    let colour = |which: &str| -> Result<Colour, UsdaError> {
        Ok(prim.tuple(&format!("cyclorama:{role}:{which}"))?.unwrap_or([0.5; 3]))
    };
    let size = prim.length(&format!("cyclorama:{role}:size"), unit)?.unwrap_or(1.0);
    Ok(Some(Texture { pattern, colour: colour("colour")?, second: colour("second")?, size }))
}

/// Triangles of a mesh; `None` when it has no faces.
fn mesh(prim: &Prim<'_>, unit: f64) -> Result<Option<Mesh>, UsdaError> {
    let lengths = prim.lengths("points", unit)?.unwrap_or_default();
    let points: Vec<DVec3> = lengths.chunks_exact(3).map(DVec3::from_slice).collect();
    let counts = prim.numbers::<u32>("faceVertexCounts")?.unwrap_or_default();
    let corners = prim.numbers::<u32>("faceVertexIndices")?.unwrap_or_default();
    if corners.iter().any(|&corner| corner as usize >= points.len()) {
        return Err(prim.wrong_named("faceVertexIndices", "a face names a point that is not there"));
    }
    let mut triangles = Vec::new();
    let mut rest = corners.as_slice();
    for count in counts {
        let Some((face, others)) = rest.split_at_checked(count as usize) else {
            return Err(prim.wrong_named("faceVertexCounts", "the faces have more corners than are listed"));
        };
        rest = others;
        if let [first, sides @ ..] = face {
            triangles.extend(sides.windows(2).map(|side| [*first, side[0], side[1]]));
        }
    }
    let normals = prim.numbers::<f64>("normals")?.unwrap_or_default();
    let normals = if normals.len() == 3 * points.len() { normals } else { Vec::new() };
    let uvs = prim.numbers::<f64>("primvars:st")?.unwrap_or_default();
    let uvs = if uvs.len() == 2 * points.len() { uvs } else { Vec::new() };
    Ok((!triangles.is_empty()).then(|| Mesh {
        points,
        triangles,
        normals: normals.chunks_exact(3).map(DVec3::from_slice).collect(),
        uvs: uvs.chunks_exact(2).map(DVec2::from_slice).collect(),
    }))
}
