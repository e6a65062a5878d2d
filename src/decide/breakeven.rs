//! Break-evens: the scale at which a mean difference of costs changes its sign.
//!
//! Costs at a scale come as columns, a path a row. Between two scales every path's difference is
//! taken to be a straight line: exact where the costs are linear, and as near as the scales are where
//! they bend.

use crate::summarise::ranks::Z95;
use crate::summarise::statistics::Moments;
use crate::units::MICRO;

/// Where a difference changes its sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// The scale.
    pub at: f64,
    /// 95% interval: by how much the scale moves when the mean difference moves by 1.96 standard
    /// errors. `None` for fewer than two paths.
    pub interval: Option<(f64, f64)>,
    /// True when the difference is above 0 below it: it falls.
    pub falls: bool,
    /// By how much the mean difference grows with the scale there, in whole units.
    pub slope: f64,
    /// The difference of each path there, in millionths.
    pub differences: Vec<i64>,
}

impl Crossing {
    /// The crossing times a ratio of means over the same paths, mean `a` / mean `b`, with its 95%
    /// interval. Scale and ratio vary together: with R the ratio, s the scale and d the differences,
    /// a path moves the product by s (a - R b) / mean b - R d / slope (the delta method), of which
    /// the interval has 1.96 standard errors. `None` where mean `b` is 0.
    pub fn times(&self, a: &[f64], b: &[f64]) -> Option<(f64, Option<(f64, f64)>)> {
        let paths = self.differences.len().min(a.len()).min(b.len());
        let n = paths as f64;
        let below = b[..paths].iter().sum::<f64>() / n;
        let ratio = a[..paths].iter().sum::<f64>() / n / below;
        if !ratio.is_finite() {
            return None;
        }
        let parts = self.differences.iter().zip(a.iter().zip(b));
        let moved = parts.map(|(&d, (a, b))| {
            let d = d as f64 / MICRO as f64;
            self.at * (a - ratio * b) / below - ratio * d / self.slope
        });
        let squares: f64 = moved.map(|moved| moved * moved).sum();
        let half = (paths > 1).then(|| Z95 * (squares / (n - 1.0) / n).sqrt());
        let at = self.at * ratio;
        Some((at, half.map(|half| ((at - half).max(0.0), at + half))))
    }
}

/// The mean of a column in whole units; 0 without paths.
pub fn mean(column: &[i64]) -> f64 {
    moments(column).mean().unwrap_or(0.0)
}

fn moments(column: &[i64]) -> Moments {
    let mut moments = Moments::default();
    column.iter().for_each(|&value| moments.add(value));
    moments
}

/// The pairs of mean differences, at ascending scales, between which the sign changes, in their order.
/// What costs the same has no rank: between them a difference may be 0, and a change from 0 is none,
/// whichever of two ways is taken from the other.
pub fn changes(means: &[f64]) -> Vec<(usize, usize)> {
    let ranked: Vec<usize> = (0..means.len()).filter(|&k| means[k] != 0.0).collect();
    let neighbours = ranked.windows(2).map(|pair| (pair[0], pair[1]));
    let is_change = |&(low, high): &(usize, usize)| (means[low] > 0.0) != (means[high] > 0.0);
    neighbours.filter(is_change).collect()
}

/// The crossing between two scales with their columns of differences; `None` where the sign of the
/// mean does not change.
pub fn crossing(low: (f64, &[i64]), high: (f64, &[i64])) -> Option<Crossing> {
    let (below, above) = (mean(low.1), mean(high.1));
    if below * above >= 0.0 {
        return None;
    }
    let slope = (above - below) / (high.0 - low.0);
    let share = below / (below - above);
    let at = low.0 + share * (high.0 - low.0);
    // The difference of each path there, to the nearest millionth.
    let there: Vec<i64> = low
        .1
        .iter()
        .zip(high.1)
        .map(|(&a, &b)| {
            let line = (1.0 - share) * (a as f64) + share * (b as f64);
            line.clamp(i64::MIN as f64 / 2.0, i64::MAX as f64 / 2.0)
                .round() as i64
        })
        .collect();
    let half = moments(&there)
        .error()
        .map(|error| error.half_width() / slope.abs());
    Some(Crossing {
        at,
        interval: half.map(|half| ((at - half).max(0.0), at + half)),
        falls: below > 0.0,
        slope,
        differences: there,
    })
}

/// A scale as the ledger takes it, in millionths, and as a number.
pub fn exact(scale: f64) -> (i64, f64) {
    let millionths = (scale * MICRO as f64).round() as i64;
    (millionths, millionths as f64 / MICRO as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_lines_cross_where_they_do() {
        // 100 - 40 s on each of three paths, moved by -3, 0 and 3.
        let column = |s: f64| -> Vec<i64> {
            let moved = [-3.0, 0.0, 3.0];
            moved
                .iter()
                .map(|m| ((100.0 - 40.0 * s + m) * 1e6) as i64)
                .collect()
        };
        let found = crossing((2.0, &column(2.0)), (4.0, &column(4.0))).unwrap();
        assert!((found.at - 2.5).abs() < 1e-9 && found.falls);
        // 1.96 standard errors of 3/√3, at 40 a unit of scale.
        let half = 1.959_963_984_540_054 * 3.0_f64.sqrt() / 40.0;
        let (low, high) = found.interval.unwrap();
        assert!((high - 2.5 - half).abs() < 1e-6 && (2.5 - low - half).abs() < 1e-6);
        assert_eq!(crossing((3.0, &column(3.0)), (4.0, &column(4.0))), None);
    }

    #[test]
    fn a_break_even_told_in_units_varies_with_them() {
        // A fee of 90 against 2 a unit, on paths of 10, 20 and 30 units: even at 45 units whatever the
        // sample, though the scale of it is uncertain.
        let units = [10.0, 20.0, 30.0];
        let column = |s: f64| -> Vec<i64> {
            let difference = |units: &f64| ((90.0 - 2.0 * units * s) * 1e6) as i64;
            units.iter().map(difference).collect()
        };
        let found = crossing((2.0, &column(2.0)), (4.0, &column(4.0))).unwrap();
        let (at, interval) = found.times(&units, &[1.0; 3]).unwrap();
        let (low, high) = interval.unwrap();
        assert!(
            (at - 45.0).abs() < 1e-9 && high - low < 1e-5,
            "{low} to {high}"
        );
        let (low, high) = found.interval.unwrap();
        assert!((found.at - 2.25).abs() < 1e-9 && high - low > 1.0);
        // In units that do not vary its error is that of the scale.
        let (at, interval) = found.times(&[20.0; 3], &[1.0; 3]).unwrap();
        let (wide_low, wide_high) = interval.unwrap();
        assert!((at - 45.0).abs() < 1e-9);
        assert!((wide_high - wide_low - 20.0 * (high - low)).abs() < 1e-4);
        assert_eq!(found.times(&[0.0; 3], &[0.0; 3]), None);
    }

    #[test]
    fn every_change_of_sign_counts() {
        let means = [-1.0, 1.0, 2.0, -1.0, 3.0];
        assert_eq!(changes(&means), [(0, 1), (2, 3), (3, 4)]);
        assert_eq!(changes(&means[1..3]), []);
        // A difference that is 0 everywhere, or up to a scale, ranks nothing; within a change it does
        // not hide it. The other difference of the same two ways says the same.
        for sign in [1.0, -1.0] {
            let found = |means: [f64; 3]| changes(&means.map(|mean| sign * mean));
            assert_eq!(found([0.0, 0.0, 0.0]), []);
            assert_eq!(found([0.0, 0.0, 1.0]), []);
            assert_eq!(found([-1.0, 0.0, 1.0]), [(0, 2)]);
        }
    }
}
