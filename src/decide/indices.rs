//! How much of an output's variance comes from what: first and total order Sobol indices.
//!
//! With y(a) the output of future a, b another future, and y(a, b_u) that of future a with the draws of
//! u taken from b, over n independent pairs:
//!
//! first order, the part that u explains alone, by b and (a, b_u), which share u and nothing else:
//! S = Σ (y(b) - m)(y(a, b_u) - m) / (n V), m and V the mean and variance of both pooled, less β Σ (y(b) -
//! m)(y(a) - m) / (n V), which is 0 but for chance, a and b being independent. β is what makes the error
//! smallest: where u hardly matters, y(a, b_u) and y(a) err alike and the difference hardly at all;
//!
//! total order, the part that would be left if only u were unknown, by a and (a, b_u), which share
//! everything else: T = Σ (y(a) - y(a, b_u))² / (2 n V), with the pooled variance of these two.
//!
//! A. Janon et al., ESAIM: Probability and Statistics 18 (2014) 342; M. J. W. Jansen, Computer Physics
//! Communications 117 (1999) 35. Both are ratios of means of independent pairs, so that their errors
//! come from the influence of each pair, without resampling:
//!
//! ψ_S = [(b - m)(c - m) - S ((b - m)² + (c - m)²)/2 - β (b - m)(a - m)] / V,
//! ψ_T = [(a - c)²/2 - T ((a - m)² + (c - m)²)/2] / V, s² = Var(ψ)/n, c = y(a, b_u).

use crate::summarise::ranks::{RESOLVED, Z95};

/// A share of the variance, with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// The estimate; that of a first order near 0 may lie below it.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

impl Index {
    /// The 95% interval, from the standard error.
    pub fn interval(&self) -> (f64, f64) {
        let half = Z95 * self.error;
        (self.value - half, self.value + half)
    }

    /// True when the interval reaches down to 0: the run cannot tell it from nothing.
    pub fn is_lost(&self) -> bool {
        self.interval().0 <= 0.0
    }
}

/// The first order index of what `other` and `mixed` share, pair by pair, where `mixed` shares all the
/// rest with `own`; `None` where the output hardly varies ([`varies`]).
///
/// # Panics
/// When the lists differ in length.
pub fn first_order(own: &[f64], other: &[f64], mixed: &[f64]) -> Option<Index> {
    assert!(own.len() == other.len(), "outputs come in pairs");
    let (middle, variance) = pooled(other, mixed)?;
    let product = |b: f64, c: f64| (b - middle) * (c - middle);
    let plain = ratio((other, mixed), middle, variance, product);
    let chance: Vec<f64> = own
        .iter()
        .zip(other)
        .map(|(&a, &b)| product(a, b) / variance)
        .collect();
    Some(without(&chance, plain))
}

/// The total order index of what `own` and `mixed` do not share, likewise.
///
/// # Panics
/// When the lists differ in length.
pub fn total_order(own: &[f64], mixed: &[f64]) -> Option<Index> {
    let (middle, variance) = pooled(own, mixed)?;
    let square = |a: f64, c: f64| (a - c) * (a - c) / 2.0;
    let (value, influence) = ratio((own, mixed), middle, variance, square);
    let differing = two_values(own, mixed).map_or(0.0, |(a, b)| square(a, b) / variance);
    Some(index(value, &influence, differing))
}

/// The values of an output that has but two, as one that is had or not; `None` of any other.
fn two_values(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    let all = || a.iter().chain(b).copied();
    let (low, high) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
    all()
        .all(|value| value == low || value == high)
        .then_some((low, high))
}

/// True when at least 10 values differ from the median: an output that hardly ever changes has no
/// variance that a run could share out.
pub fn varies(values: &[f64]) -> bool {
    if values.is_empty() {
        return false;
    }
    let mut sorted = values.to_vec();
    let place = sorted.len() / 2;
    let (_, &mut median, _) = sorted.select_nth_unstable_by(place, f64::total_cmp);
    let others = values.iter().filter(|&&value| value != median);
    others.take(RESOLVED as usize).count() as u64 == RESOLVED
}

/// Mean and variance of two lists together; `None` where one of them hardly varies.
fn pooled(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    assert!(a.len() == b.len(), "outputs come in pairs");
    if !varies(a) || !varies(b) {
        return None;
    }
    let count = (a.len() + b.len()) as f64;
    let middle = a.iter().chain(b).sum::<f64>() / count;
    let squares = a.iter().chain(b).map(|y| (y - middle) * (y - middle));
    let variance = squares.sum::<f64>() / count;
    (variance > 0.0).then_some((middle, variance))
}

/// The mean of `of` over the pairs, over the variance, and the influence of each pair on it.
fn ratio(
    (a, b): (&[f64], &[f64]),
    middle: f64,
    variance: f64,
    of: impl Fn(f64, f64) -> f64,
) -> (f64, Vec<f64>) {
    let n = a.len() as f64;
    let pairs = || a.iter().zip(b).map(|(&a, &b)| (a, b));
    let value = pairs().map(|(a, b)| of(a, b)).sum::<f64>() / n / variance;
    let square = |y: f64| (y - middle) * (y - middle);
    let influence = pairs()
        .map(|(a, b)| (of(a, b) - value * (square(a) + square(b)) / 2.0) / variance)
        .collect();
    (value, influence)
}

/// An estimate less what `chance`, whose mean is 0, says of its error.
fn without(chance: &[f64], (value, mut influence): (f64, Vec<f64>)) -> Index {
    let mean = chance.iter().sum::<f64>() / chance.len() as f64;
    let squares = chance.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>();
    let products = chance.iter().zip(&influence);
    let products = products.map(|(t, psi)| (t - mean) * psi);
    let weight = match squares > 0.0 {
        true => products.sum::<f64>() / squares,
        false => 0.0,
    };
    for (psi, t) in influence.iter_mut().zip(chance) {
        *psi -= weight * (t - mean);
    }
    index(value - weight * mean, &influence, 0.0)
}

/// An estimate and its standard error, from the influence of each pair, the largest of which is `least` or more.
///
/// Where a few pairs say most of it, as of an output that hardly ever differs, chance may as well have given two more
/// of them, or none: the largest counts twice more, as for Agresti and Coull's interval of a proportion (The American
/// Statistician 52 (1998) 119). Where no pair stands out this changes nothing.
fn index(value: f64, influence: &[f64], least: f64) -> Index {
    const MORE: f64 = 2.0;
    let n = influence.len() as f64;
    let squares = || influence.iter().map(|psi| psi * psi);
    let largest = squares().fold(least * least, f64::max);
    Index {
        value,
        error: ((squares().sum::<f64>() + MORE * largest) / n / (n - 1.0)).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_whole_is_everything_and_what_is_not_is_nothing() {
        let values: Vec<f64> = (0..40).map(|k| f64::from(k * k % 17)).collect();
        let flat = [0.0; 40];
        let all = first_order(&flat, &values, &values).expect("it varies");
        assert!((all.value - 1.0).abs() < 1e-12);
        assert!(all.error < 1e-12 && !all.is_lost());
        let none = total_order(&values, &values).expect("it varies");
        assert_eq!((none.value, none.error), (0.0, 0.0));
        assert!(none.is_lost());
    }

    #[test]
    fn an_output_that_hardly_ever_changes_has_no_indices() {
        let rare = |hits: usize| -> Vec<f64> {
            (0..1_000).map(|k| f64::from(u8::from(k < hits))).collect()
        };
        assert_eq!(first_order(&rare(9), &rare(9), &rare(9)), None);
        assert_eq!(total_order(&rare(500), &rare(1_000)), None);
        assert!(first_order(&rare(10), &rare(10), &rare(10)).is_some());
        assert!(!varies(&[]) && varies(&rare(990)) && !varies(&rare(991)));
    }

    /// `hits` of 1,000 pairs of a yes-or-no output differ.
    fn of_pairs_that_differ(hits: usize) -> Index {
        let yes = |of: fn(usize) -> usize| -> Vec<f64> {
            let is_yes = |k: usize| of(k).is_multiple_of(20);
            (0..1_000).map(|k| f64::from(u8::from(is_yes(k)))).collect()
        };
        let own = yes(|k| k);
        let mut mixed = own.clone();
        mixed[..hits]
            .iter_mut()
            .for_each(|value| *value = 1.0 - *value);
        total_order(&own, &mixed).expect("it varies")
    }

    #[test]
    fn pairs_that_hardly_ever_differ_may_have_been_more() {
        // Of a share of which three pairs are expected none may differ: 3 of 1,000 halves over 0.05 x 0.95.
        let none = of_pairs_that_differ(0);
        assert_eq!(none.value, 0.0);
        let three = 3.0 / 2.0 / 1_000.0 / (0.05 * 0.95);
        assert!(none.interval().1 > 0.9 * three && none.interval().1 < three);
        assert!(of_pairs_that_differ(3).is_lost() && !of_pairs_that_differ(8).is_lost());
        // Among many two more are next to nothing.
        let many = of_pairs_that_differ(500);
        let plain = many.value / f64::sqrt(500.0);
        assert!(many.error < 1.02 * plain, "{} {plain}", many.error);
    }
}
