//! Where the eight numbers of a motion stand in the lines of a table.

use super::MotionError;

/// What a motion needs, in the order it has without a header.
const NAMES: [&str; 8] = ["t", "x", "y", "z", "qw", "qx", "qy", "qz"];

/// The place of each of [`NAMES`] in a line, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns([usize; NAMES.len()]);

impl Columns {
    /// One after the other.
    pub(super) fn in_order() -> Self {
        Self(std::array::from_fn(|place| place))
    }

    /// As the header says. Eight columns of other names are taken to be these.
    pub(super) fn named(header: &str) -> Result<Self, MotionError> {
        let columns: Vec<&str> = header.split(',').map(|name| name.trim().trim_matches('"')).collect();
        let mut places = [0; NAMES.len()];
        for (place, name) in places.iter_mut().zip(NAMES) {
            match columns.iter().position(|column| *column == name) {
                Some(found) => *place = found,
                None if columns.len() == NAMES.len() => return Ok(Self::in_order()),
                None => {
                    let columns = columns.into_iter().map(str::to_owned).collect();
                    return Err(MotionError::Column { missing: name, columns });
                }
            }
        }
        Ok(Self(places))
    }

    /// The numbers of a line; `None` where one is missing or no finite number. What other columns hold does not matter.
    pub(super) fn read(&self, line: &str) -> Option<[f64; NAMES.len()]> {
        let mut numbers = [f64::NAN; NAMES.len()];
        for (at, field) in line.split(',').enumerate() {
            if let Some(which) = self.0.iter().position(|place| *place == at) {
                numbers[which] = field.trim().trim_matches('"').parse().ok()?;
            }
        }
        numbers.iter().all(|number| number.is_finite()).then_some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_where_the_numbers_stand_among_others() {
        let columns = Columns::named("name, t,frame,x,y,z,qw,qx,qy,qz").expect("all are there");
        let read = columns.read("wide shot,0.04,1,1,2,3,1,0,0,0").expect("numbers");
        assert_eq!(read, [0.04, 1.0, 2.0, 3.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(columns.read("wide shot,0.04,1,1,2,3,1,0,0"), None, "one is missing");
        assert_eq!(columns.read("wide shot,soon,1,1,2,3,1,0,0,0"), None);
    }

    #[test]
    fn eight_columns_of_any_names_stand_in_their_order_and_others_must_be_named() {
        let columns = Columns::named("seconds,px,py,pz,rw,rx,ry,rz").expect("eight");
        assert_eq!(columns, Columns::in_order());
        let error = Columns::named("t,x,y,z,pan,tilt,roll").expect_err("no quaternion");
        assert_eq!(
            error.to_string(),
            "the columns are t,x,y,z,pan,tilt,roll; `qw` is missing, of t,x,y,z,qw,qx,qy,qz"
        );
    }
}
