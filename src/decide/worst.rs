//! What was different on some paths, beside all of them.

use crate::summarise::ranks::{Z95, percentile_rank};

/// A figure on some paths and on all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// Over all paths.
    pub overall: f64,
    /// Over those asked about.
    pub there: f64,
    /// How far the two are apart in standard deviations of one path: by mean rank for a median, by
    /// frequency for a share. The sign is that of the difference.
    pub distance: f64,
    /// Paths asked about.
    pub paths: u64,
}

impl Shift {
    /// True when as many paths taken at random would be as far off one time in twenty: nothing was
    /// different there that a run could tell.
    pub fn is_lost(&self) -> bool {
        self.distance.abs() * (self.paths as f64).sqrt() < Z95
    }
}

/// The median of a value on the paths asked about and on all; `None` where no path is asked about.
///
/// # Panics
/// When the lists differ in length.
pub fn medians(values: &[f64], is_there: &[bool]) -> Option<Shift> {
    assert!(values.len() == is_there.len(), "an answer for each path");
    let there: Vec<f64> = chosen(values, is_there).collect();
    if there.is_empty() {
        return None;
    }
    let ranks = ranks(values);
    let mean = chosen(&ranks, is_there).sum::<f64>() / there.len() as f64;
    // The ranks, from 0 to 1, have mean 1/2; with ties their variance is below 1/12.
    let squares = ranks.iter().map(|rank| (rank - 0.5) * (rank - 0.5));
    let spread = (squares.sum::<f64>() / ranks.len() as f64).sqrt();
    Some(Shift {
        overall: median(values.to_vec()),
        paths: there.len() as u64,
        there: median(there),
        distance: if spread > 0.0 {
            (mean - 0.5) / spread
        } else {
            0.0
        },
    })
}

/// How often something happened on the paths asked about and on all; `None` where no path is asked
/// about.
///
/// # Panics
/// When the lists differ in length.
pub fn shares(happened: &[bool], is_there: &[bool]) -> Option<Shift> {
    assert!(happened.len() == is_there.len(), "an answer for each path");
    let count = |list: &mut dyn Iterator<Item = bool>| list.filter(|&yes| yes).count() as f64;
    let there = count(&mut is_there.iter().copied());
    if there == 0.0 {
        return None;
    }
    let both = count(&mut happened.iter().zip(is_there).map(|(&a, &b)| a && b));
    let overall = count(&mut happened.iter().copied()) / happened.len() as f64;
    let spread = (overall * (1.0 - overall)).sqrt();
    Some(Shift {
        overall,
        there: both / there,
        distance: if spread > 0.0 {
            (both / there - overall) / spread
        } else {
            0.0
        },
        paths: there as u64,
    })
}

fn chosen<'a>(values: &'a [f64], is_there: &'a [bool]) -> impl Iterator<Item = f64> {
    let pairs = values.iter().zip(is_there);
    pairs.filter(|(_, is_there)| **is_there).map(|(&v, _)| v)
}

/// The ceil(n/2)-th smallest.
fn median(mut values: Vec<f64>) -> f64 {
    let place = percentile_rank(values.len() as u64, 50) as usize - 1;
    *values.select_nth_unstable_by(place, f64::total_cmp).1
}

/// (rank - 1/2) / n of each value, from the smallest; equal values share the mean of theirs.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let middle = first as f64 + equal.len() as f64 / 2.0;
        equal.iter().for_each(|&place| ranks[place] = middle / n);
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_and_its_distance_are_those_of_a_hand() {
        // The two largest of 1..=8: median 7, mean rank 7/8; all: median 4, sd of ranks √21/16... / 2.
        let values: Vec<f64> = (1..=8).map(f64::from).collect();
        let is_there: Vec<bool> = (1..=8).map(|k| k > 6).collect();
        let shift = medians(&values, &is_there).expect("two paths");
        assert_eq!((shift.overall, shift.there, shift.paths), (4.0, 7.0, 2));
        // Ranks (k - 1/2)/8 have variance (1 - 1/64)/12.
        let spread = ((1.0 - 1.0 / 64.0) / 12.0_f64).sqrt();
        assert!((shift.distance - 0.375 / spread).abs() < 1e-12);
        assert_eq!(medians(&values, &[false; 8]), None);
    }

    #[test]
    fn equal_values_share_a_rank_and_a_constant_has_no_distance() {
        assert_eq!(ranks(&[2.0, 1.0, 2.0, 3.0]), [0.5, 0.125, 0.5, 0.875]);
        let shift = medians(&[5.0; 4], &[true, false, false, false]).expect("one path");
        assert_eq!(shift.distance, 0.0);
        assert!(shift.is_lost());
    }

    #[test]
    fn a_share_is_counted_there_and_overall() {
        let happened = [true, true, false, false, false, false, false, true];
        let is_there = [true, true, true, true, false, false, false, false];
        let shift = shares(&happened, &is_there).expect("four paths");
        assert_eq!((shift.overall, shift.there, shift.paths), (0.375, 0.5, 4));
        assert!((shift.distance - 0.125 / (0.375 * 0.625_f64).sqrt()).abs() < 1e-12);
    }
}
