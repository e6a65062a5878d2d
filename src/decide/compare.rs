//! Ways to pay, compared on the same futures: a column of costs for each, a path a row.
//!
//! Every difference is paired: on each path the cost of one way minus that of the first, so that
//! what both share (the demand) does not blur it. Nothing is drawn or settled here.

use crate::randomness::Sampling;
use crate::summarise::ranks::{Z95, is_resolved, wilson};
use crate::summarise::statistics::{Moments, Statistics};
use crate::summarise::tail::{ALPHA_95, worst_mean};

/// A way to pay beside the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// What it costs, in whole units of money.
    pub cost: Statistics,
    /// Mean of the dearest 5% of paths; `None` for fewer than 10 of them.
    pub cost_cvar95: Option<f64>,
    /// How likely it is the cheapest.
    pub cheapest: Cheapest,
    /// How likely no other costs less: ways that are equally cheap all count.
    pub least: Cheapest,
    /// The other ways that cost the same on every path.
    pub equal: Vec<usize>,
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
    let standing = |(place, (column, [cheapest, least])): (usize, (&Vec<i64>, [Cheapest; 2]))| {
        let others = (0..costs.len()).filter(|&other| other != place);
        let mut sorted = column.clone();
        Some(Standing {
            // Sorts them, too.
            cost: Statistics::of(&mut sorted, Sampling::Random)?,
            cost_cvar95: is_resolved(sorted.len() as u64, 95)
                .then(|| worst_mean(&sorted, ALPHA_95)),
            cheapest,
            least,
            equal: others.filter(|&other| costs[other] == *column).collect(),
            difference: paired(column, first)?,
        })
    };
    costs
        .iter()
        .zip(cheapest)
        .enumerate()
        .map(standing)
        .collect()
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

/// The share of paths on which each column is the least: first columns that are equal there share it, then each
/// has it whole.
fn cheapest(costs: &[Vec<i64>]) -> Vec<[Cheapest; 2]> {
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
    let share = |hits: f64| {
        let value = (hits / n).min(1.0);
        Cheapest {
            value,
            // Where paths are shared their spread is less than this supposes.
            interval: (paths > 1).then(|| wilson(value, n, Z95)),
        }
    };
    let shares = |shared: &Vec<u64>| {
        let parts = shared.iter().enumerate();
        let parts: f64 = parts.map(|(k, &hits)| hits as f64 / (k + 1) as f64).sum();
        [share(parts), share(shared.iter().sum::<u64>() as f64)]
    };
    shared.iter().map(shares).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::MICRO;

    #[test]
    fn equal_ways_share_a_path() {
        let costs = [vec![1, 5, 3, 0], vec![1, 4, 3, 0], vec![2, 4, 3, 0]];
        let found = cheapest(&costs);
        let shares: Vec<f64> = found.iter().map(|[shared, _]| shared.value).collect();
        let least: Vec<f64> = found.iter().map(|[_, least]| least.value).collect();
        assert_eq!(least, [0.75, 1.0, 0.75]);
        let third = 1.0 / 3.0;
        let expected = [0.5 + 2.0 * third, 1.0 + 2.0 * third, 0.5 + 2.0 * third];
        for (share, expected) in shares.iter().zip(expected) {
            assert!((share - expected / 4.0).abs() < 1e-15, "{shares:?}");
        }
    }

    #[test]
    fn ways_that_always_cost_the_same_are_known() {
        let costs = [vec![1, 5], vec![1, 4], vec![1, 5], vec![1, 5]];
        let found = standings(&costs).unwrap();
        let equal: Vec<&[usize]> = found.iter().map(|one| &one.equal[..]).collect();
        assert_eq!(equal, [&[2, 3][..], &[], &[0, 3], &[0, 2]]);
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
}
