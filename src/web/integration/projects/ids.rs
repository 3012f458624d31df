//! Many projects in one field of a form: their ids in order, each as the distance from the one before.

use std::fmt::Write as _;

/// Between two distances.
const APART: char = '.';

/// What the field holds. Two lists of the same projects come to the same.
pub(super) fn pack(projects: &[i64]) -> String {
    let mut ids = projects.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let (mut packed, mut before) = (String::new(), 0);
    for id in ids {
        let apart = if packed.is_empty() { "" } else { "." };
        // Writing to a string does not fail.
        let _ = write!(packed, "{apart}{:x}", id - before);
        before = id;
    }
    packed
}

/// The projects that were packed; `None` for anything else.
pub(super) fn unpack(packed: &str) -> Option<Vec<i64>> {
    let mut before = 0_i64;
    let distances = packed.split(APART).filter(|it| !it.is_empty());
    distances
        .map(|distance| {
            before = before.checked_add(i64::from_str_radix(distance, 16).ok()?)?;
            Some(before)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::MOST_CHOSEN;
    use super::super::plan::LARGEST_FORM;
    use super::*;

    #[test]
    fn what_is_packed_comes_back_in_order() {
        let ids = [5_982_324_300_946_918_154, 17, 306, 17];
        assert_eq!(pack(&ids), "11.121.53057c418920c9d8");
        assert_eq!(
            unpack(&pack(&ids)),
            Some(vec![17, 306, 5_982_324_300_946_918_154])
        );
        assert_eq!(unpack(""), Some(Vec::new()));
        let odd = ["x", "11.-", "7fffffffffffffff.1", "11,121"];
        assert!(odd.iter().all(|odd| unpack(odd).is_none()));
    }

    #[test]
    fn all_that_one_can_choose_fits_into_a_form() {
        let apart = i64::MAX / MOST_CHOSEN;
        let ids: Vec<i64> = (1..=MOST_CHOSEN).map(|nth| nth * apart).collect();
        assert!(pack(&ids).len() < LARGEST_FORM);
    }
}
