//! The whole numbers that draws round to, with their probabilities.

use super::Family;

/// Probability in each tail that is folded into the outermost count.
const FOLD: f64 = 4e-16;

/// Probability of each whole number that a draw rounds to (half up, and at least 0), ascending;
/// `None` when there are more than `most`.
pub(super) fn counts(family: &dyn Family, most: usize) -> Option<Vec<(u64, f64)>> {
    let counts = match family.atoms() {
        Some(atoms) => of_atoms(&atoms),
        None => of_cells(family, most)?,
    };
    (counts.len() <= most).then_some(counts)
}

/// Half up; beyond 64 bits, their limits.
fn round(value: f64) -> u64 {
    (value + 0.5).floor() as u64
}

fn of_atoms(atoms: &[(f64, f64)]) -> Vec<(u64, f64)> {
    let mut counts: Vec<(u64, f64)> = Vec::new();
    for &(value, share) in atoms {
        let count = round(value);
        match counts.last_mut() {
            Some(last) if last.0 == count => last.1 += share,
            _ => counts.push((count, share)),
        }
    }
    counts
}

fn of_cells(family: &dyn Family, most: usize) -> Option<Vec<(u64, f64)>> {
    let first = round(family.inverse(FOLD, 1.0 - FOLD));
    let last = round(family.inverse(1.0 - FOLD, FOLD));
    // Half integers above 2^52 are no doubles.
    if last >= 1 << 52 || last - first >= most as u64 {
        return None;
    }
    let mut counts = Vec::new();
    let mut edge = (0.0, 1.0);
    for count in first..=last {
        let next = if count == last {
            (1.0, 0.0)
        } else {
            family.both(count as f64 + 0.5)
        };
        let share = if edge.0 < 0.5 {
            next.0 - edge.0
        } else {
            edge.1 - next.1
        };
        if share > 0.0 {
            counts.push((count, share));
        }
        edge = next;
    }
    Some(counts)
}
