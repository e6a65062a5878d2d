//! Ways to pay, compared on the same futures: a column of costs for each, a path a row.
//!
//! Every difference is paired: on each path the cost of one way minus that of the first, so that
//! what both share (the demand) does not blur it. Nothing is drawn or settled here.

use crate::randomness::Sampling;
use crate::summarise::ranks::{Z95, is_resolved};
use crate::summarise::statistics::{Moments, Statistics};
use crate::units::MICRO;

/// A way to pay beside the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// What it costs, in whole units of money.
    pub cost: Statistics,
    /// Mean of the dearest 5% of paths; `None` for fewer than 10 of them.
    pub cost_cvar95: Option<f64>,
    /// How likely it is the cheapest.
    pub cheapest: Cheapest,
    /// Its cost minus that of the first way.
    pub difference: Paired,
}

/// Probability of being the cheapest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cheapest {
    /// The share of paths, where ways that are equally cheap share a path.
    pub value: f64,
    /// 95% interval; `None` for a single path.
    pub interval: Option<(f64, f64)>,
}

/// A mean difference on the same paths, in whole units of money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean; `None` for fewer than two paths.
    pub se: Option<f64>,
    /// 95% interval of the mean, mean ± 1.96 standard errors; `None` likewise.
    pub interval: Option<(f64, f64)>,
    /// (Var A + Var B) / Var(A - B): how many times as many paths two runs on futures of their own
    /// would need; `None` where the difference does not vary.
    pub variance_reduction: Option<f64>,
}

impl Paired {
    /// True when its interval does not contain 0.
    pub fn is_told_from_zero(&self) -> bool {
        match self.interval {
            Some((low, high)) => low > 0.0 || high < 0.0,
            None => self.mean != 0.0,
        }
    }
}

/// Compares columns of costs, 0 or more, in millionths, with the first; `None` without paths.
///
/// # Panics
/// When the columns differ in length.
pub fn standings(costs: &[Vec<i64>]) -> Option<Vec<Standing>> {
    let first = costs.first()?;
    let cheapest = cheapest(costs);
    let standing = |(column, cheapest): (&Vec<i64>, Cheapest)| {
        let mut sorted = column.clone();
        Some(Standing {
            // Sorts them, too.
            cost: Statistics::of(&mut sorted, Sampling::Random)?,
            cost_cvar95: cvar95(&sorted),
            cheapest,
            difference: paired(column, first)?,
        })
    };
    costs.iter().zip(cheapest).map(standing).collect()
}

/// Mean of `a - b` over the paths, with its error; `None` without paths.
///
/// # Panics
/// When the columns differ in length.
pub fn paired(a: &[i64], b: &[i64]) -> Option<Paired> {
    assert!(a.len() == b.len(), "a cost of each path");
    let [mut of_a, mut of_b, mut of_both] = [(); 3].map(|()| Moments::default());
    for (&a, &b) in a.iter().zip(b) {
        of_a.add(a);
        of_b.add(b);
        of_both.add(a - b);
    }
    let mean = of_both.mean()?;
    let error = of_both.error();
    let variance = |moments: &Moments| moments.sd().map(|sd| sd * sd);
    let apart = variance(&of_a).zip(variance(&of_b)).map(|(a, b)| a + b);
    let together = variance(&of_both).filter(|&variance| variance > 0.0);
    Some(Paired {
        mean,
        se: error.map(|error| error.error),
        interval: error.map(|error| (mean - error.half_width(), mean + error.half_width())),
        variance_reduction: apart
            .zip(together)
            .map(|(apart, together)| apart / together),
    })
}

/// The share of paths on which each column is the least; columns that are equal there share it.
fn cheapest(costs: &[Vec<i64>]) -> Vec<Cheapest> {
    let paths = costs.first().map_or(0, Vec::len);
    // Paths that each column shares with k - 1 others: integers, so that order does not matter.
    let mut shared = vec![vec![0_u64; costs.len()]; costs.len()];
    for path in 0..paths {
        let of_path = || costs.iter().map(|column| column[path]);
        let Some(least) = of_path().min() else {
            continue;
        };
        let equal = of_path().filter(|&cost| cost == least).count();
        for (way, _) in of_path().enumerate().filter(|&(_, cost)| cost == least) {
            shared[way][equal - 1] += 1;
        }
    }
    let n = paths as f64;
    let share = |shared: &Vec<u64>| {
        let parts = shared.iter().enumerate();
        let whole: f64 = parts.map(|(k, &hits)| hits as f64 / (k + 1) as f64).sum();
        let value = (whole / n).min(1.0);
        Cheapest {
            value,
            interval: (paths > 1).then(|| wilson(value, n)),
        }
    };
    shared.iter().map(share).collect()
}

/// Wilson's 95% interval of a share of n paths. Where paths are shared their spread is less than
/// this supposes: the interval is wider than it need be.
fn wilson(p: f64, n: f64) -> (f64, f64) {
    let z2 = Z95 * Z95;
    let centre = p + z2 / (2.0 * n);
    let half = Z95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    let (low, high) = ((centre - half) / scale, (centre + half) / scale);
    // What never, or always, happened is within its own interval whatever rounding says.
    (low.clamp(0.0, p), high.clamp(p, 1.0))
}

/// Mean of the largest 5% of ascending values, the last of them weighted by the fraction, in whole
/// units; `None` for fewer than 10 paths among them.
pub fn cvar95(sorted: &[i64]) -> Option<f64> {
    let n = sorted.len() as u64;
    if !is_resolved(n, 95) {
        return None;
    }
    // In hundredths of a path: 5 n of them.
    let weight = 5 * n;
    let (whole, rest) = ((weight / 100) as usize, i128::from(weight % 100));
    let mut largest = sorted.iter().rev();
    let sum: i128 = largest.by_ref().take(whole).map(|&x| i128::from(x)).sum();
    let last = largest.next().map_or(0, |&x| i128::from(x));
    Some((100 * sum + rest * last) as f64 / weight as f64 / MICRO as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ways_share_a_path() {
        let costs = [vec![1, 5, 3, 0], vec![1, 4, 3, 0], vec![2, 4, 3, 0]];
        let shares: Vec<f64> = cheapest(&costs).iter().map(|c| c.value).collect();
        let third = 1.0 / 3.0;
        let expected = [0.5 + 2.0 * third, 1.0 + 2.0 * third, 0.5 + 2.0 * third];
        for (share, expected) in shares.iter().zip(expected) {
            assert!((share - expected / 4.0).abs() < 1e-15, "{shares:?}");
        }
    }

    #[test]
    fn a_paired_difference_does_not_see_what_both_share() {
        // Cost c D of one demand: Var A + Var B over Var(A - B) is (a² + b²)/(a - b)².
        let demand: Vec<i64> = (0..1_000).map(|k| (k * k) % 7_919 * MICRO).collect();
        let times = |c: i64| demand.iter().map(|d| c * d).collect::<Vec<_>>();
        let found = paired(&times(9), &times(8)).unwrap();
        assert!((found.variance_reduction.unwrap() - 145.0).abs() < 1e-9);
        let mean = demand.iter().sum::<i64>() as f64 / 1e9;
        assert!((found.mean - mean).abs() < 1e-9 * mean);
        assert!(found.is_told_from_zero());
        let same = paired(&demand, &demand).unwrap();
        assert_eq!((same.mean, same.interval), (0.0, Some((0.0, 0.0))));
        assert_eq!(same.variance_reduction, None);
        assert!(!same.is_told_from_zero());
    }

    #[test]
    fn the_worst_paths_are_weighted_by_the_fraction() {
        // 210 paths: the worst 10.5 of 1..=210 are 201..=210 and half of 200.
        let values: Vec<i64> = (1..=210).map(|k| k * MICRO).collect();
        let expected = (2_055.0 + 100.0) / 10.5;
        assert!((cvar95(&values).unwrap() - expected).abs() < 1e-9);
        assert_eq!(cvar95(&values[..199]), None);
    }
}
