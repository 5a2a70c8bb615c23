//! `.ulens` text as a document.

use super::*;

impl Document {
    /// Reads a `.ulens` file.
    ///
    /// # Errors
    /// [`LensError::Json`] with line and column, [`LensError::Schema`] for another kind of file,
    /// [`LensError::Line`] naming table and line.
    pub fn from_ulens(text: &str) -> Result<Imported, LensError> {
        let file: File = serde_json::from_str(text).map_err(LensError::Json)?;
        let meta = &file.metadata;
        if meta.kind != KIND {
            return Err(LensError::Schema { found: meta.kind.clone(), expected: KIND });
        }
        let unknown =
            |field, value: &str| Err(LensError::Field { field, problem: Problem::Unknown(value.to_owned()) });
        if meta.nodal_offset_coordinate_system != COORDINATES {
            return unknown("nodalOffsetCoordinateSystem", &meta.nodal_offset_coordinate_system);
        }
        if file.sensor_dimensions.units != Unit::Millimeters {
            return unknown("sensorDimensions units", "Normalized");
        }
        let sensor =
            SensorSize { width_mm: file.sensor_dimensions.width, height_mm: file.sensor_dimensions.height };
        let mut reading = Reading {
            document: Document {
                name: meta.name.clone(),
                model: meta.lens_info.model_name.clone(),
                serial_number: meta.lens_info.serial_number.clone(),
                image: file.image_dimensions.as_ref().map(|size| [size.width, size.height]),
                notes: meta.user_metadata.iter().map(|m| (m.name.clone(), m.value.clone())).collect(),
                ..Document::new(sensor)
            },
            remarks: Vec::new(),
            distortion: None,
        };
        reading.document.check_fields()?;
        for table in file.camera_parameter_tables.iter().chain(&file.encoder_tables) {
            reading.table(table, meta)?;
        }
        reading.convert_distortion(&meta.lens_info.distortion_model)?;
        let Reading { document, remarks, .. } = reading;
        Ok(Imported { document, remarks })
    }
}

struct Reading<'a> {
    document: Document,
    remarks: Vec<String>,
    /// Converted when the focal lengths are known, wherever they stand in the file.
    distortion: Option<Columns<'a>>,
}

impl<'a> Reading<'a> {
    fn table(&mut self, table: &'a TextTable, meta: &Metadata) -> Result<(), LensError> {
        let columns = Columns::new(table);
        let SensorSize { width_mm, height_mm } = self.document.sensor;
        if columns.has("Fx") {
            self.focal_lengths(&columns, meta.fx_fy_units)?;
        } else if columns.has("Cx") {
            let (middle, scale) = match meta.cx_cy_units {
                Unit::Millimeters => ([width_mm * 0.5, height_mm * 0.5], [1.0; 2]),
                Unit::Normalized => ([0.5; 2], [width_mm, height_mm]),
            };
            self.document.projection_offset_mm =
                columns.lines("image centre", CENTRE, |[focus, zoom, x, y]| {
                    vec![focus, zoom, (x - middle[0]) * scale[0], (y - middle[1]) * scale[1]]
                })?;
        } else if columns.has("Tz") {
            self.nodal_offsets(&columns)?;
        } else if columns.has("K1") {
            self.distortion = Some(columns);
        } else if columns.has("FocusCM") {
            let lines = columns.lines("focus", FOCUS, |[at, cm]| (at, Distance(cm / 100.0)))?;
            self.document.focus_m = lines;
        } else if columns.has("IrisFstop") {
            self.document.iris_f_stop = columns.lines("iris", IRIS, |[at, stop]| (at, stop))?;
        } else {
            self.remarks.push(format!(
                "table `{}` with columns `{}` is not known and was left out",
                table.parameter_name, table.header
            ));
        }
        Ok(())
    }

    fn focal_lengths(&mut self, columns: &Columns<'_>, unit: Unit) -> Result<(), LensError> {
        let scale = match unit {
            Unit::Millimeters => [1.0; 2],
            Unit::Normalized => [self.document.sensor.width_mm, self.document.sensor.height_mm],
        };
        let mut squeezes: Vec<f64> = Vec::new();
        self.document.focal_length_mm =
            columns.lines("focal length", FOCAL_LENGTH, |[focus, zoom, x, y]| {
                squeezes.push(y * scale[1] / (x * scale[0]));
                vec![focus, zoom, y * scale[1]]
            })?;
        let Some(first) = squeezes.first().copied() else { return Ok(()) };
        let same = squeezes.iter().all(|squeeze| (squeeze / first - 1.0).abs() < 1e-6);
        if !same {
            self.remarks.push(
                "the ratio of Fy to Fx changes over the lens; the mean was taken as squeeze, Fy is exact"
                    .to_owned(),
            );
        }
        let squeeze = if same { first } else { squeezes.iter().sum::<f64>() / squeezes.len() as f64 };
        if (squeeze - 1.0).abs() > 1e-6 {
            self.document.anamorphic_squeeze = Some(squeeze);
            self.document.check_fields()?;
        }
        Ok(())
    }

    /// Centimetres to the right, down and ahead; only what lies ahead is an entrance pupil.
    fn nodal_offsets(&mut self, columns: &Columns<'_>) -> Result<(), LensError> {
        let lines = columns.lines("nodal offset", NODAL, |line| line)?;
        let ahead = |line: &[f64; 9]| vec![line[0], line[1], line[8] / 100.0];
        self.document.entrance_pupil_m = lines.iter().map(ahead).collect();
        let aside = |line: &[f64; 9]| line[2..5] != [0.0; 3] || line[6..8] != [0.0; 2];
        if lines.iter().any(aside) {
            let rest = |l: &[f64; 9]| vec![l[0], l[1], l[6] / 100.0, l[7] / 100.0, l[2], l[3], l[4], l[5]];
            self.document.nodal_rest = lines.iter().map(rest).collect();
            self.remarks.push(
                "the nodal offset also points aside or turns; that part is kept in the file, and not applied"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn convert_distortion(&mut self, model: &str) -> Result<(), LensError> {
        let Some(columns) = self.distortion.take() else { return Ok(()) };
        let known = MODELS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(model));
        let Some((_, direction)) = known else {
            let problem = Problem::Unknown(model.to_owned());
            return Err(LensError::Field { field: "distortionModel", problem });
        };
        let focal = FocalLengths::new(&self.document.focal_length_mm)?;
        let convert = |focus: f64, zoom: f64, given: &[(&str, f64)]| -> Result<Vec<f64>, LensError> {
            let mut line = vec![focus, zoom];
            line.resize(10, 0.0);
            for (name, place, scale) in terms(focal.at(focus, zoom)?) {
                let value = given.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, value)| *value);
                line[2 + place] = value / scale;
            }
            Ok(line)
        };
        let named = |names: &[&'static str], values: &[f64]| -> Vec<(&'static str, f64)> {
            names.iter().copied().zip(values.iter().copied()).collect()
        };
        let lines: Vec<Vec<(&str, f64)>> = if columns.has("K4") {
            columns.lines("distortion", RATIONAL, |line| named(&RATIONAL, &line))?
        } else {
            columns.lines("distortion", SPHERICAL, |line| named(&SPHERICAL, &line))?
        };
        self.document.distortion =
            lines.iter().map(|line| convert(line[0].1, line[1].1, line)).collect::<Result<_, _>>()?;
        self.document.distortion_direction = Some(direction);
        Ok(())
    }
}

/// A table as text, by column name.
struct Columns<'a> {
    names: Vec<&'a str>,
    data: &'a str,
}

impl<'a> Columns<'a> {
    fn new(table: &'a TextTable) -> Self {
        Self { names: table.header.split(',').map(str::trim).collect(), data: &table.data }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    fn has(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// Every line's numbers in the order of `wanted`. Lines end with a line break or a semicolon.
    fn lines<T, const N: usize>(
        &self,
        table: &'static str,
        wanted: [&str; N],
        mut make: impl FnMut([f64; N]) -> T,
    ) -> Result<Vec<T>, LensError> {
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(wanted) {
            let problem = Problem::Unknown(self.names.join(", "));
            *place = self.place(name).ok_or(LensError::Table { table, problem })?;
        }
        let lines = self.data.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
        lines
            .enumerate()
            .map(|(number, line)| {
                let wrong = |problem| LensError::Line { table, line: number + 1, problem };
                let cells: Vec<&str> = line.trim_end_matches(',').split(',').map(str::trim).collect();
                if cells.len() != self.names.len() {
                    return Err(wrong(Problem::Columns { expected: self.names.len(), found: cells.len() }));
                }
                let mut values = [0.0_f64; N];
                for (value, place) in values.iter_mut().zip(places) {
                    let cell = cells[place];
                    *value = cell.parse().map_err(|_| wrong(Problem::NotANumber(cell.to_owned())))?;
                    if !value.is_finite() {
                        return Err(wrong(Problem::Range(*value)));
                    }
                }
                Ok(make(values))
            })
            .collect()
    }
}
