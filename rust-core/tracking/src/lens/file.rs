//! A checked lens, applied to what a tracker says.

use cyclorama_space::{Distortion, Encoders, LensState};

use super::{Curve, Document, LensError, Scale, Table};

/// A lens file whose tables hold together.
#[derive(Clone, Debug)]
pub struct LensFile {
    document: Document,
    focus: Option<Curve>,
    f_stop: Option<Curve>,
    t_stop: Option<Curve>,
    focal_length: Option<Table<1>>,
    distortion: Option<Table<8>>,
    projection_offset: Option<Table<2>>,
    distortion_offset: Option<Table<2>>,
    entrance_pupil: Option<Table<1>>,
    falloff: Option<Table<3>>,
    calibrated: Calibrated,
}

/// Where a ring stands against its calibration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placed {
    /// The tracker does not say where the ring is.
    #[default]
    Unknown,
    /// Between calibrated positions, or nothing of the calibration depends on it.
    Inside,
    /// Beyond the last calibrated position; the value there is used.
    Outside,
}

/// What became of a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Focus ring.
    pub focus: Placed,
    /// Iris ring.
    pub iris: Placed,
    /// Zoom ring.
    pub zoom: Placed,
}

/// First and last calibrated position of each ring; absent where nothing depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibrated {
    /// 0 far, 1 near.
    pub focus: Option<[f64; 2]>,
    /// 0 open, 1 closed.
    pub iris: Option<[f64; 2]>,
    /// 0 wide, 1 tele.
    pub zoom: Option<[f64; 2]>,
}

impl LensFile {
    /// Checks what a file says and makes it ready for use.
    ///
    /// # Errors
    /// The first fault; [`Self::faults`] lists them all.
    pub fn new(document: Document) -> Result<Self, LensError> {
        document.check_fields()?;
        let d = &document;
        let ring = |table, scale, points: &[(f64, f64)]| {
            (!points.is_empty()).then(|| Curve::monotone(table, scale, points)).transpose()
        };
        // Carried, so that it may leave again; wrong lines are refused like all others.
        Table::<6>::new("nodal_rest", Scale::Linear, &d.nodal_rest)?;
        let mut file = Self {
            focus: ring("focus_m", Scale::Reciprocal, &d.distances())?,
            f_stop: ring("iris_f_stop", Scale::Logarithm, &d.iris_f_stop)?,
            t_stop: ring("iris_t_stop", Scale::Logarithm, &d.iris_t_stop)?,
            focal_length: Table::new("focal_length_mm", Scale::Logarithm, &d.focal_length_mm)?,
            distortion: Table::new("distortion", Scale::Linear, &d.distortion)?,
            projection_offset: Table::new("projection_offset_mm", Scale::Linear, &d.projection_offset_mm)?,
            distortion_offset: Table::new("distortion_offset_mm", Scale::Linear, &d.distortion_offset_mm)?,
            entrance_pupil: Table::new("entrance_pupil_m", Scale::Linear, &d.entrance_pupil_m)?,
            falloff: Table::new("exposure_falloff", Scale::Linear, &d.exposure_falloff)?,
            calibrated: Calibrated::default(),
            document,
        };
        file.calibrated = file.covered();
        Ok(file)
    }

    /// Everything that [`Self::new`] would refuse, one fault for each table or field.
    pub fn faults(document: &Document) -> Vec<LensError> {
        let d = document;
        let ring = |table, scale, points: &[(f64, f64)]| {
            if points.is_empty() { Ok(()) } else { Curve::monotone(table, scale, points).map(drop) }
        };
        [
            d.check_fields(),
            ring("focus_m", Scale::Reciprocal, &d.distances()),
            ring("iris_f_stop", Scale::Logarithm, &d.iris_f_stop),
            ring("iris_t_stop", Scale::Logarithm, &d.iris_t_stop),
            Table::<1>::new("focal_length_mm", Scale::Logarithm, &d.focal_length_mm).map(drop),
            Table::<8>::new("distortion", Scale::Linear, &d.distortion).map(drop),
            Table::<2>::new("projection_offset_mm", Scale::Linear, &d.projection_offset_mm).map(drop),
            Table::<2>::new("distortion_offset_mm", Scale::Linear, &d.distortion_offset_mm).map(drop),
            Table::<1>::new("entrance_pupil_m", Scale::Linear, &d.entrance_pupil_m).map(drop),
            Table::<6>::new("nodal_rest", Scale::Linear, &d.nodal_rest).map(drop),
            Table::<3>::new("exposure_falloff", Scale::Linear, &d.exposure_falloff).map(drop),
        ]
        .into_iter()
        .filter_map(Result::err)
        .collect()
    }

    /// What the file says.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Fills in what the lens does at the rings' positions. What the file knows replaces what the tracker said; what
    /// it does not know stays. Positions come from raw counts where the file has their range, else from the state.
    pub fn apply(&self, state: &mut LensState) -> Applied {
        let rings = self.positions(state);
        let (focus, zoom) = (rings.focus, rings.zoom);
        if rings != Encoders::default() {
            let held = |position: Option<f64>| position.map(|position| position.clamp(0.0, 1.0));
            state.encoders = Some(Encoders { focus: held(focus), iris: held(rings.iris), zoom: held(zoom) });
        }
        state.sensor = Some(self.document.sensor);
        state.anamorphic_squeeze = self.document.anamorphic_squeeze.or(state.anamorphic_squeeze);
        let on = |curve: &Option<Curve>, position: Option<f64>| Some(curve.as_ref()?.value(position?));
        state.focus_distance_m = on(&self.focus, focus).or(state.focus_distance_m);
        state.f_stop = on(&self.f_stop, rings.iris).or(state.f_stop);
        state.t_stop = on(&self.t_stop, rings.iris).or(state.t_stop);
        let one = |table: &Option<Table<1>>| Some(table.as_ref()?.value(focus, zoom)?[0]);
        let two = |table: &Option<Table<2>>| table.as_ref()?.value(focus, zoom);
        state.focal_length_mm = one(&self.focal_length).or(state.focal_length_mm);
        state.entrance_pupil_m = one(&self.entrance_pupil).or(state.entrance_pupil_m);
        state.projection_offset_mm = two(&self.projection_offset).or(state.projection_offset_mm);
        state.distortion_offset_mm = two(&self.distortion_offset).or(state.distortion_offset_mm);
        state.distortion = self.distortion_at(focus, zoom).or(state.distortion);
        self.placed(&rings)
    }

    /// a1, a2, a3 of the light's falloff at the rings' positions.
    pub fn exposure_falloff(&self, state: &LensState) -> Option<[f64; 3]> {
        let rings = self.positions(state);
        self.falloff.as_ref()?.value(rings.focus, rings.zoom)
    }

    /// How much the lens breathes at this zoom position: the largest focal length over the smallest across the focus
    /// ring, 1 for none. `None` when the focal length is not known at more than one focus position.
    pub fn breathing(&self, zoom: Option<f64>) -> Option<f64> {
        let table = self.focal_length.as_ref().filter(|table| table.depends_on()[0])?;
        let mut focuses: Vec<f64> = self.document.focal_length_mm.iter().map(|line| line[0]).collect();
        focuses.sort_by(f64::total_cmp);
        let mut span = [f64::INFINITY, 0.0_f64];
        for focus in focuses {
            let [length] = table.value(Some(focus), zoom)?;
            span = [span[0].min(length), span[1].max(length)];
        }
        Some(span[1] / span[0])
    }

    /// The positions that the tables cover. A ring is absent when nothing depends on it.
    pub fn calibrated(&self) -> Calibrated {
        self.calibrated
    }

    fn covered(&self) -> Calibrated {
        let curve = |curve: &Option<Curve>| curve.as_ref().map(Curve::span);
        let grid = |n: usize| {
            let spans = [
                span(&self.focal_length, n),
                span(&self.distortion, n),
                span(&self.projection_offset, n),
                span(&self.distortion_offset, n),
                span(&self.entrance_pupil, n),
            ];
            spans.into_iter().fold(None, narrowed)
        };
        Calibrated {
            focus: narrowed(grid(0), curve(&self.focus)),
            iris: narrowed(curve(&self.f_stop), curve(&self.t_stop)),
            zoom: grid(1),
        }
    }

    /// The rings' positions as this file places them.
    pub fn positions(&self, state: &LensState) -> Encoders {
        let counts = self.document.counts.as_ref().zip(state.raw_encoders);
        let placed = counts.map(|(ranges, counts)| ranges.positions(&counts)).unwrap_or_default();
        let said = state.encoders.unwrap_or_default();
        Encoders {
            focus: placed.focus.or(said.focus),
            iris: placed.iris.or(said.iris),
            zoom: placed.zoom.or(said.zoom),
        }
    }

    fn distortion_at(&self, focus: Option<f64>, zoom: Option<f64>) -> Option<Distortion> {
        let [k1, k2, k3, k4, k5, k6, p1, p2] = self.distortion.as_ref()?.value(focus, zoom)?;
        Some(Distortion {
            direction: self.document.distortion_direction?,
            radial: [k1, k2, k3, k4, k5, k6],
            tangential: [p1, p2],
        })
    }

    fn placed(&self, rings: &Encoders) -> Applied {
        let place = |span: Option<[f64; 2]>, position: Option<f64>| match (span, position) {
            (_, None) => Placed::Unknown,
            (Some([first, last]), Some(at)) if at < first || at > last => Placed::Outside,
            _ => Placed::Inside,
        };
        let calibrated = &self.calibrated;
        Applied {
            focus: place(calibrated.focus, rings.focus),
            iris: place(calibrated.iris, rings.iris),
            zoom: place(calibrated.zoom, rings.zoom),
        }
    }
}

fn span<const N: usize>(table: &Option<Table<N>>, axis: usize) -> Option<[f64; 2]> {
    let table = table.as_ref().filter(|table| table.depends_on()[axis])?;
    Some(if axis == 0 { table.focus_span() } else { table.zoom_span() })
}

/// What both cover.
fn narrowed(a: Option<[f64; 2]>, b: Option<[f64; 2]>) -> Option<[f64; 2]> {
    match (a, b) {
        (Some(a), Some(b)) => Some([a[0].max(b[0]), a[1].min(b[1])]),
        (one, None) | (None, one) => one,
    }
}
