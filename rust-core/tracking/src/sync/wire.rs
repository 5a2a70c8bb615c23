//! Little-endian numbers, written and read in order.

use super::SyncError;

/// IEEE 754 doubles, bit for bit.
pub(super) fn floats(out: &mut Vec<u8>, values: &[f64]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_bits().to_le_bytes()));
}

/// What is left to read.
pub(super) struct Wire<'a>(pub(super) &'a [u8]);

impl<'a> Wire<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], SyncError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SyncError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], SyncError> {
        self.take(N)?.try_into().map_err(|_| SyncError::Damaged)
    }

    pub(super) fn floats<const N: usize>(&mut self) -> Result<[f64; N], SyncError> {
        let mut values = [0.0; N];
        for value in &mut values {
            *value = f64::from_bits(u64::from_le_bytes(self.array()?));
        }
        Ok(values)
    }
}
