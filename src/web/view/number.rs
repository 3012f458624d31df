//! Shares of a total.

/// A whole share of a total in percent, rounded down so that 100 means all; nothing of nothing is 0.
pub fn percent(part: u64, total: u64) -> u64 {
    if total == 0 {
        0
    } else {
        (u128::from(part.min(total)) * 100 / u128::from(total)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_reaches_a_hundred_only_with_the_last_one() {
        for (part, total, share) in [
            (0, 0, 0),
            (0, 10, 0),
            (1, 3, 33),
            (999, 1_000, 99),
            (10, 10, 100),
            (12, 10, 100),
        ] {
            assert_eq!(percent(part, total), share, "{part} of {total}");
        }
        assert_eq!(percent(u64::MAX, u64::MAX), 100);
    }
}
