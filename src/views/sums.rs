//! Sums over lists, by which a dashboard checks that it holds what the server holds.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::domain::ConversationId;

/// The wrapping sum of the digests of some rows. It does not depend on their order, and goes along
/// with each change: subtract the old, add the new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowSum(u64);

impl RowSum {
    /// What a row at one version adds: the first 8 bytes, big-endian, of the SHA-256 of
    /// `"<id>:<version>"`.
    #[must_use]
    pub fn of(id: ConversationId, version: u64) -> Self {
        let mut text = Line::default();
        // The longest is shorter than the line, so that this cannot fail.
        write!(text, "{id}:{version}").ok();
        let digest = Sha256::digest(text.bytes());
        let (first, _rest) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        Self(u64::from_be_bytes(*first))
    }

    /// With one more row.
    #[must_use]
    pub const fn plus(self, row: Self) -> Self {
        Self(self.0.wrapping_add(row.0))
    }

    /// With one row less.
    #[must_use]
    pub const fn minus(self, row: Self) -> Self {
        Self(self.0.wrapping_sub(row.0))
    }

    /// As the wire has it: 16 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// A short text that is written without an allocation.
struct Line {
    bytes: [u8; 64],
    length: usize,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            bytes: [0; 64],
            length: 0,
        }
    }
}

impl Line {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl std::fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length.saturating_add(text.len());
        let free = self.bytes.get_mut(self.length..end);
        free.ok_or(std::fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_adds_the_beginning_of_the_hash_of_its_id_and_version() {
        let id = ConversationId::from_u128(0x0199_d4a2_c7a8_7c0e_8a1b_2c3d_4e5f_6071);
        let text = "conv_0199d4a2c7a87c0e8a1b2c3d4e5f6071:18446744073709551615";
        let digest = Sha256::digest(text.as_bytes());
        let wanted: String = digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(RowSum::of(id, u64::MAX).to_hex(), wanted);
    }

    #[test]
    fn what_is_added_and_taken_away_again_leaves_nothing() {
        let row = |version| RowSum::of(ConversationId::from_u128(1), version);
        let both = RowSum::default().plus(row(1)).plus(row(2));
        assert_eq!(both.minus(row(1)), row(2));
        assert_eq!(both.minus(row(2)).minus(row(1)), RowSum::default());
    }
}
