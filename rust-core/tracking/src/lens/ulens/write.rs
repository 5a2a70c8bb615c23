//! A document as `.ulens` text.

use super::*;

impl Document {
    /// The lens as a `.ulens` file.
    ///
    /// # Errors
    /// As [`super::super::LensFile::new`] for tables that are wrong, and without focal lengths, which the conversion
    /// of coefficients hangs on.
    pub fn to_ulens(&self) -> Result<Exported, LensError> {
        if let Some(fault) = super::super::LensFile::faults(self).into_iter().next() {
            return Err(fault);
        }
        let focal = FocalLengths::new(&self.focal_length_mm)?;
        let rational = self.distortion.iter().any(|line| [3, 5, 7].iter().any(|n| line[*n] != 0.0));
        let file = File {
            metadata: self.metadata(rational),
            sensor_dimensions: Dimensions {
                width: self.sensor.width_mm,
                height: self.sensor.height_mm,
                units: Unit::Millimeters,
            },
            image_dimensions: self.image.map(|[width, height]| Pixels { width, height }),
            camera_parameter_tables: self.camera_tables(&focal, rational)?,
            encoder_tables: self.encoder_tables(),
        };
        let text = serde_json::to_string_pretty(&file).expect("finite numbers and text keys") + "\n";
        Ok(Exported { text, remarks: self.not_said() })
    }

    fn metadata(&self, rational: bool) -> Metadata {
        let model = match self.distortion_direction {
            Some(DistortionDirection::DistortedToUndistorted) => MODELS[2].0,
            Some(DistortionDirection::UndistortedToDistorted) if rational => MODELS[1].0,
            _ => MODELS[0].0,
        };
        Metadata {
            kind: KIND.to_owned(),
            version: VERSION.to_owned(),
            lens_info: LensInfo {
                serial_number: self.serial_number.clone(),
                model_name: self.model.clone(),
                distortion_model: model.to_owned(),
            },
            name: self.name.clone(),
            nodal_offset_coordinate_system: COORDINATES.to_owned(),
            fx_fy_units: Unit::Millimeters,
            cx_cy_units: Unit::Millimeters,
            user_metadata: self
                .notes
                .iter()
                .map(|(name, value)| UserMetadata { name: name.clone(), value: value.clone() })
                .collect(),
        }
    }

    fn camera_tables(&self, focal: &FocalLengths, rational: bool) -> Result<Vec<TextTable>, LensError> {
        let squeeze = self.anamorphic_squeeze.unwrap_or(1.0);
        let lengths = self.focal_length_mm.iter().map(|l| vec![l[0], l[1], l[2] / squeeze, l[2]]);
        let half = [self.sensor.width_mm * 0.5, self.sensor.height_mm * 0.5];
        let centres =
            self.projection_offset_mm.iter().map(|l| vec![l[0], l[1], l[2] + half[0], l[3] + half[1]]);
        let six = rational || self.distortion_direction == Some(DistortionDirection::DistortedToUndistorted);
        let names: &[&str] = if six { &RATIONAL } else { &SPHERICAL };
        let mut coefficients = Vec::with_capacity(self.distortion.len());
        for line in &self.distortion {
            let scales = terms(focal.at(line[0], line[1])?);
            let value = |name: &&str| {
                scales.iter().find(|term| term.0 == *name).map(|(_, place, scale)| line[2 + place] * scale)
            };
            coefficients.push(line[..2].iter().copied().chain(names.iter().filter_map(value)).collect());
        }
        let tables = [
            table("FocalLength", &FOCAL_LENGTH, lengths),
            table("ImageCenter", &CENTRE, centres),
            table("Distortion", names, coefficients.into_iter()),
            table("NodalOffset", &NODAL, self.nodal_lines().into_iter()),
        ];
        Ok(tables.into_iter().flatten().collect())
    }

    fn nodal_lines(&self) -> Vec<Vec<f64>> {
        let rest = |line: &[f64]| {
            let found = self.nodal_rest.iter().find(|rest| rest[..2] == line[..2]);
            found.map_or([0.0, 0.0, 0.0, 0.0, 0.0, 1.0], |rest| std::array::from_fn(|n| rest[2 + n]))
        };
        let line = |line: &Vec<f64>| {
            let [right, down, qx, qy, qz, qw] = rest(line);
            vec![line[0], line[1], qx, qy, qz, qw, right * 100.0, down * 100.0, line[2] * 100.0]
        };
        self.entrance_pupil_m.iter().map(line).collect()
    }

    fn encoder_tables(&self) -> Vec<TextTable> {
        let focus = self.focus_m.iter().map(|(at, metres)| vec![*at, metres.0.min(FURTHEST_M) * 100.0]);
        let iris = self.iris_f_stop.iter().map(|(at, stop)| vec![*at, *stop]);
        [table("Focus", &FOCUS, focus), table("Iris", &IRIS, iris)].into_iter().flatten().collect()
    }

    /// What gets lost, in sentences.
    fn not_said(&self) -> Vec<String> {
        let lost = [
            (!self.distortion_offset_mm.is_empty(), "the centre of distortion apart from that of projection"),
            (!self.exposure_falloff.is_empty(), "the light's falloff"),
            (!self.iris_t_stop.is_empty(), "T-numbers"),
            (self.counts.is_some(), "the rings' counts"),
            (self.anamorphic_degree4.is_some(), "the anamorphic distortion"),
            (!self.make.is_empty(), "the lens's make"),
        ];
        let mut remarks: Vec<String> = lost
            .into_iter()
            .filter(|(lost, _)| *lost)
            .map(|(_, what)| format!("{what}: the format has no place for it"))
            .collect();
        if self.focus_m.iter().any(|(_, metres)| metres.0 > FURTHEST_M) {
            remarks.push(format!("infinite focus was written as {FURTHEST_M} m"));
        }
        remarks
    }
}

/// What stands for infinity where only numbers go.
const FURTHEST_M: f64 = 10_000.0;

/// A table as text; none without lines.
fn table(name: &str, columns: &[&str], lines: impl Iterator<Item = Vec<f64>>) -> Option<TextTable> {
    let lines: Vec<String> =
        lines.map(|line| line.iter().map(f64::to_string).collect::<Vec<_>>().join(",")).collect();
    (!lines.is_empty()).then(|| TextTable {
        parameter_name: name.to_owned(),
        header: columns.join(","),
        data: lines.join("\n"),
    })
}
