//! Which run of this machine it is: what was written in this one is seen by everybody, whether it has reached the disk
//! or not.

/// One run of a machine, from power-on to power-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot([u8; 16]);

impl Boot {
    /// The run that this is, where the system tells.
    #[cfg(target_os = "linux")]
    pub fn current() -> Option<Self> {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let digits = text.trim().replace('-', "");
        u128::from_str_radix(&digits, 16).ok().map(|number| Self(number.to_be_bytes()))
    }

    /// The run that this is, where the system tells.
    #[cfg(not(target_os = "linux"))]
    pub fn current() -> Option<Self> {
        None
    }

    /// Kept from an earlier command.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// To be kept.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_the_machine_has_one_name() {
        assert!(Boot::current().is_some());
        assert_eq!(Boot::current(), Boot::current());
    }
}
