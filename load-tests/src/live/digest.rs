//! The sum by which a server proves what a view holds.

use sha2::{Digest, Sha256};

/// The wrapping sum over rows of the first eight bytes of SHA-256 of `<id>:<version>`.
pub fn sum<'rows>(rows: impl Iterator<Item = (&'rows str, u64)>) -> u64 {
    rows.fold(0, |sum, (id, version)| sum.wrapping_add(row(id, version)))
}

/// As a beacon writes it.
pub fn hexadecimal(sum: u64) -> String {
    format!("{sum:016x}")
}

fn row(id: &str, version: u64) -> u64 {
    let digest = Sha256::digest(format!("{id}:{version}"));
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_first_eight_bytes_of_its_digest() {
        // printf conv_1:7 | sha256sum | head -c 16
        assert_eq!(hexadecimal(row("conv_1", 7)), "b5d70d72b2a7cc11");
    }

    #[test]
    fn the_order_does_not_matter_and_the_sum_wraps() {
        let rows = [("conv_1", 7), ("conv_2", 1), ("conv_3", 99)];
        let forward = sum(rows.into_iter());
        assert_eq!(forward, sum(rows.into_iter().rev()));
        assert_eq!(
            forward,
            row("conv_1", 7)
                .wrapping_add(row("conv_2", 1))
                .wrapping_add(row("conv_3", 99))
        );
        assert_eq!(hexadecimal(sum(std::iter::empty())), "0000000000000000");
    }
}
