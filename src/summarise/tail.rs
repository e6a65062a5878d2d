//! The worst paths: how many they are, and what their mean is.

use crate::units::MICRO;

/// 1 - 0.05, in millionths.
pub const ALPHA_95: u32 = 950_000;

/// Paths in the worst share 1 - alpha (alpha in millionths): whole ones, and millionths of the next.
pub fn worst(paths: usize, alpha: u32) -> (usize, u32) {
    let millionths = paths as u128 * (MICRO as u128 - u128::from(alpha));
    let (whole, rest) = (millionths / MICRO as u128, millionths % MICRO as u128);
    (whole as usize, rest as u32)
}

/// Mean of the largest share 1 - alpha of ascending values in millionths, the last of them weighted by the
/// fraction, in whole units: the conditional value at risk of a cost; 0 for no paths.
pub fn worst_mean(ascending: &[i64], alpha: u32) -> f64 {
    let (whole, rest) = worst(ascending.len(), alpha);
    let mut largest = ascending.iter().rev();
    let sum: i128 = largest.by_ref().take(whole).map(|&x| i128::from(x)).sum();
    let next = largest.next().map_or(0, |&x| i128::from(x));
    let weight = whole as i128 * i128::from(MICRO) + i128::from(rest);
    if weight == 0 {
        return 0.0;
    }
    (sum * i128::from(MICRO) + next * i128::from(rest)) as f64 / weight as f64 / MICRO as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_paths_are_weighted_by_the_fraction() {
        // 210 paths: the worst 10.5 of 1..=210 are 201..=210 and half of 200.
        let values: Vec<i64> = (1..=210).map(|k| k * MICRO).collect();
        let expected = (2_055.0 + 100.0) / 10.5;
        assert!((worst_mean(&values, ALPHA_95) - expected).abs() < 1e-9);
        assert_eq!(worst(210, ALPHA_95), (10, 500_000));
        assert_eq!(worst_mean(&values, 0), 105.5);
        assert_eq!(worst_mean(&[], ALPHA_95), 0.0);
    }
}
