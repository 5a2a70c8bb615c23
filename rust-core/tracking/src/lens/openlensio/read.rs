//! OpenLensIO in: one place of the rings after another becomes a lens file's tables.

use cyclorama_space::{DistortionDirection, SensorSize};
use serde_json::Value;

use super::super::{Distance, Document, Imported, LensError, Problem};

impl Document {
    /// Reads OpenTrackIO samples, or only their `static` and `lens` blocks, as [`super::open_lens_io`] writes them: one
    /// JSON object for each calibrated place. Where a place has no ring positions it is that of a prime lens.
    ///
    /// # Errors
    /// [`LensError::Json`] for what is no JSON, [`LensError::Field`] for what is missing or cannot be.
    pub fn from_open_lens_io(text: &str) -> Result<Imported, LensError> {
        let mut reading = Reading::default();
        for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            let value = value.map_err(LensError::Json)?;
            match value.as_array() {
                Some(all) => all.iter().try_for_each(|one| reading.take(one))?,
                None => reading.take(&value)?,
            }
        }
        reading.finish()
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    document: Option<Document>,
    places: Vec<[f64; 2]>,
    again: usize,
    further: usize,
}

impl Reading {
    fn take(&mut self, value: &Value) -> Result<(), LensError> {
        self.statics(&value["static"])?;
        let lens = &value["lens"];
        let Some(document) = &mut self.document else {
            return Err(LensError::Field {
                field: "activeSensorPhysicalDimensions",
                problem: Problem::Missing,
            });
        };
        if lens.is_null() {
            return Ok(());
        }
        let rings = &lens["encoders"];
        let place = [number("encoders", &rings["focus"])?, number("encoders", &rings["zoom"])?];
        let place = place.map(|at| at.unwrap_or(0.0));
        if let (Some(at), Some(metres)) =
            (number("encoders", &rings["focus"])?, number("focusDistance", &lens["focusDistance"])?)
            && document.focus_m.iter().all(|(known, _)| *known != at)
        {
            document.focus_m.push((at, Distance(metres)));
        }
        if let Some(at) = number("encoders", &rings["iris"])? {
            for (field, stops) in [("fStop", &mut document.iris_f_stop), ("tStop", &mut document.iris_t_stop)]
            {
                let stop =
                    number(field, &lens[field])?.filter(|_| stops.iter().all(|(known, _)| *known != at));
                stops.extend(stop.map(|stop| (at, stop)));
            }
        }
        if self.places.contains(&place) {
            self.again += 1;
            return Ok(());
        }
        self.places.push(place);
        let line = |values: &[f64]| [&place[..], values].concat();
        if let Some(focal) = number("pinholeFocalLength", &lens["pinholeFocalLength"])? {
            document.focal_length_mm.push(line(&[focal]));
        }
        if let Some(metres) = number("entrancePupilOffset", &lens["entrancePupilOffset"])? {
            document.entrance_pupil_m.push(line(&[metres]));
        }
        for (field, names, table) in [
            ("projectionOffset", &["x", "y"][..], &mut document.projection_offset_mm),
            ("distortionOffset", &["x", "y"], &mut document.distortion_offset_mm),
            ("exposureFalloff", &["a1", "a2", "a3"], &mut document.exposure_falloff),
        ] {
            if !lens[field].is_null() {
                let parts = names.iter().map(|name| Ok(number(field, &lens[field][name])?.unwrap_or(0.0)));
                table.push(line(&parts.collect::<Result<Vec<_>, LensError>>()?));
            }
        }
        if let Some((direction, terms, further)) = distortion(&lens["distortion"])? {
            self.further += further;
            if document.distortion_direction.replace(direction).is_some_and(|before| before != direction) {
                let problem = Problem::Unknown("two directions in one file".to_owned());
                return Err(LensError::Field { field: "distortion", problem });
            }
            document.distortion.push(line(&terms));
        }
        Ok(())
    }

    /// What stays the same: the sensor, and the lens's name.
    fn statics(&mut self, value: &Value) -> Result<(), LensError> {
        let camera = &value["camera"];
        let size = &camera["activeSensorPhysicalDimensions"];
        let field = "activeSensorPhysicalDimensions";
        let (width, height) = (number(field, &size["width"])?, number(field, &size["height"])?);
        let (Some(width_mm), Some(height_mm)) = (width, height) else { return Ok(()) };
        let sensor = SensorSize { width_mm, height_mm };
        let document = self.document.get_or_insert_with(|| Document::new(sensor));
        let pixels = &camera["activeSensorResolution"];
        let side = |name: &str| pixels[name].as_u64().and_then(|side| u32::try_from(side).ok());
        document.image =
            side("width").zip(side("height")).map(|(width, height)| [width, height]).or(document.image);
        let squeeze = &camera["anamorphicSqueeze"];
        if let (Some(num), Some(denom)) = (squeeze["num"].as_f64(), squeeze["denom"].as_f64()) {
            document.anamorphic_squeeze = Some(num / denom).filter(|squeeze| *squeeze != 1.0);
        }
        for (name, text) in [
            ("make", &mut document.make),
            ("model", &mut document.model),
            ("serialNumber", &mut document.serial_number),
        ] {
            if let Some(said) = value["lens"][name].as_str() {
                said.clone_into(text);
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Imported, LensError> {
        let missing = |field| LensError::Field { field, problem: Problem::Missing };
        let mut document = self.document.ok_or_else(|| missing("activeSensorPhysicalDimensions"))?;
        if document.focal_length_mm.is_empty() {
            return Err(missing("pinholeFocalLength"));
        }
        document.focus_m.sort_by(|a, b| a.0.total_cmp(&b.0));
        document.iris_f_stop.sort_by(|a, b| a.0.total_cmp(&b.0));
        document.iris_t_stop.sort_by(|a, b| a.0.total_cmp(&b.0));
        // A ring that stands still says nothing of where else it could stand.
        [&mut document.iris_f_stop, &mut document.iris_t_stop].into_iter().for_each(|stops| {
            if stops.len() == 1 {
                stops.clear();
            }
        });
        let remarks = [
            (self.again, "lines are of a place that was there already; the first of each counts"),
            (self.further, "further distortion models of a place are left out"),
        ];
        let said = remarks.into_iter().filter(|(count, _)| *count > 0);
        Ok(Imported { document, remarks: said.map(|(count, what)| format!("{count} {what}")).collect() })
    }
}

/// Direction, six radial and two tangential terms of the first model, and how many more there are.
fn distortion(value: &Value) -> Result<Option<(DistortionDirection, [f64; 8], usize)>, LensError> {
    let Some(all) = value.as_array().filter(|all| !all.is_empty()) else { return Ok(None) };
    let unknown = |text: String| LensError::Field { field: "distortion", problem: Problem::Unknown(text) };
    let direction = match all[0]["model"].as_str().unwrap_or("Brown-Conrady D-U") {
        "Brown-Conrady D-U" => DistortionDirection::DistortedToUndistorted,
        "Brown-Conrady U-D" => DistortionDirection::UndistortedToDistorted,
        other => return Err(unknown(other.to_owned())),
    };
    let mut terms = [0.0; 8];
    for (name, from, most) in [("radial", 0, 6), ("tangential", 6, 2)] {
        let Some(said) = all[0][name].as_array() else { continue };
        if said.len() > most {
            return Err(unknown(format!("{} {name} terms", said.len())));
        }
        for (term, value) in terms[from..].iter_mut().zip(said) {
            *term = number("distortion", value)?.unwrap_or(0.0);
        }
    }
    Ok(Some((direction, terms, all.len() - 1)))
}

/// A number, where there is one.
fn number(field: &'static str, value: &Value) -> Result<Option<f64>, LensError> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => Ok(number.as_f64()),
        other => Err(LensError::Field { field, problem: Problem::NotANumber(other.to_string()) }),
    }
}
