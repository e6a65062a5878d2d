//! How sure the paths make of the size of least 95th percentile of regret, and of what another has more.
//!
//! With R_q(D) what a path of demand D regrets of a size q, W(q) is the radius w at which {R_q ≤ w} holds 95% of the
//! paths. The best size Q* is the one whose set holds most at one radius: the place of a shortest interval. That of the sample,
//! Q̂, errs with the cube root of the number of paths (J. Kim & D. Pollard, Annals of Statistics 18 (1990) 191): close to Q* the
//! paths in one set only are few and come one by one, so that W less its minimum looks like Z(t) = t² + B(t), B a
//! Brownian motion from 0 in both directions, once q - Q* and the money are measured in units of their own. These units are
//! unknown. What follows needs none: they cancel in ratios of a difference and its own standard error, that of B(t) - B(t̂)
//! being √|t - t̂|.
//!
//! **Range of best sizes.** From the first to the last t at which Z(t) - Z(t̂) ≤ 1.6 √|t - t̂| it holds 0 with probability
//! 0.956, whatever the units (20,000 simulated paths, steps of 0.002). In the sample: the sizes whose set holds no fewer paths than
//! that of Q̂ at the radius of Q̂, by 1.6 standard errors of the difference of both counts, which comes from the paths in one
//! of them only. One path more is allowed for: the best set has a path on each of its edges.
//!
//! **What another size has more.** d = Ŵ(q) - Ŵ(Q̂) is too large by what the choice of Q̂ took off Ŵ(Q*): on average
//! κ = 0.8 s̄, s̄ being the mean standard error of the differences at both ends of the range (0.78 units of Z against 0.97).
//! With s that of d itself, the interval goes from d - κ - 1.96 s, or from 0 within the range, to d - κ + 1.96 √(s² + s̄²/4).
//!
//! The standard error of a difference of two percentiles comes from what each path does to both (R. R. Bahadur, Annals
//! of Mathematical Statistics 37 (1966) 577): `1[R_q > W]/f(W)`, f being the density of R_q, paired by path. 1/f is the slope of the
//! order statistics over as many ranks as studentised percentiles want (P. Hall & S. J. Sheather, Journal of the Royal
//! Statistical Society B 50 (1988) 381).

use super::Difference;
use crate::summarise::ranks::{Z95, percentile_rank};

/// Half-widths of 95% intervals (1.96 standard errors) that a size in the range may hold fewer paths by: 1.6 standard
/// errors.
const NEAR: f64 = 1.6 / Z95;

/// The same beyond which no size in the range is to be expected any more.
const FAR: f64 = 4.0 * NEAR;

/// What the choice of the best size takes off its regret, in standard errors at the ends of its range.
const CHOICE: f64 = 0.8 / Z95;

/// By how many paths a size holds fewer than the best one, at the radius of the best.
#[derive(Clone, Copy, Debug)]
pub struct Shortfall {
    /// The difference of the shares of paths.
    pub share: f64,
    /// Half of its 95% interval.
    pub half_width: f64,
    /// Paths, or terms where each is counted by itself.
    pub count: usize,
}

impl Shortfall {
    /// True where the size cannot be told from the best one.
    pub fn is_near(&self) -> bool {
        self.is_within(NEAR)
    }

    /// True where it is so much worse that none beyond it needs to be looked at.
    pub fn is_far(&self) -> bool {
        !self.is_within(FAR)
    }

    fn is_within(&self, widths: f64) -> bool {
        self.share - 1.0 / self.count as f64 <= widths * self.half_width
    }
}

/// The 95th percentile W of some regrets, and what each of them does to it, in their order: `1[R > W]/f(W)`.
pub fn beyond_percentile(mut regrets: Vec<f64>) -> (f64, Vec<f64>) {
    let mut ascending = regrets.clone();
    ascending.sort_unstable_by(f64::total_cmp);
    let own = percentile_rank(ascending.len() as u64, 95) as usize - 1;
    let (percentile, inverse) = (ascending[own], sparsity(&ascending, own));
    for regret in &mut regrets {
        *regret = if *regret > percentile { inverse } else { 0.0 };
    }
    (percentile, regrets)
}

/// 1/f at the place of the 95th percentile among ascending values, f being their density: the slope over m ranks on either
/// side, m = n^(2/3) z^(2/3) (1.5 φ(x)²/(2 x² + 1))^(1/3) with z = Φ⁻¹(0.975) and x = Φ⁻¹(0.95).
fn sparsity(ascending: &[f64], own: usize) -> f64 {
    // (1.5 φ(x)²/(2 x² + 1))^(1/3) at x = 1.6449, where φ(x) = 0.10314.
    const NORMAL: f64 = 0.135_537;
    let n = ascending.len();
    let root = libm::cbrt(n as f64 * Z95);
    let ranks = (root * root * NORMAL).round() as usize;
    let ranks = ranks.max(1).min(n - 1 - own);
    let (low, high) = (own.saturating_sub(ranks), own + ranks);
    if low == high {
        return 0.0;
    }
    (ascending[high] - ascending[low]) * n as f64 / (high - low) as f64
}

/// What a size regrets more than the best one in the 95th percentile, with an interval that knows that the best was
/// chosen by the same paths: `around` is its range, `apart` says what a size has more than another that neither was
/// chosen.
pub fn excess(
    apart: &impl Fn(u64, u64) -> Option<Difference>,
    packs: u64,
    best: u64,
    around: Option<(u64, u64)>,
) -> Option<Difference> {
    let difference = apart(packs, best)?;
    let (Some((low, high)), Some((from, to))) = (around, difference.interval) else {
        return Some(difference);
    };
    let half_width = |packs: u64| {
        let there = apart(packs, best).filter(|_| packs != best);
        let ends = there.and_then(|there| Some(there.interval?.1 - there.mean));
        ends.unwrap_or(0.0)
    };
    let at_ends = f64::midpoint(half_width(low), half_width(high));
    let chance = CHOICE * at_ends;
    let from = match (low..=high).contains(&packs) {
        true => 0.0,
        false => (from - chance).max(0.0),
    };
    let up = libm::hypot(to - difference.mean, at_ends / 2.0) - chance;
    Some(Difference {
        interval: Some((from, difference.mean + up)),
        ..difference
    })
}

/// The last size from `best` towards `end` that cannot be told from it; `shortfall` is `None` for sizes that cannot be
/// bought.
///
/// Sizes are looked at up to twice as far as where one is [far](Shortfall::is_far) off: 64 evenly, then 16 evenly between the
/// last that is near and the next, and so on.
pub fn last_near(best: u64, end: u64, shortfall: impl Fn(u64) -> Option<Shortfall>) -> u64 {
    const FIRST: u64 = 64;
    const THEN: u64 = 16;
    let whole = end.abs_diff(best);
    let of = |steps: u64| {
        shortfall(match end >= best {
            true => best + steps,
            false => best - steps,
        })
    };
    let is_near = |steps: u64| of(steps).is_some_and(|there| there.is_near());
    let mut reach = whole.min(1);
    while reach < whole && of(reach).is_some_and(|there| !there.is_far()) {
        reach = reach.saturating_mul(2).min(whole);
    }
    let (mut near, mut beyond, mut parts) = (0, reach, FIRST);
    if reach == 0 || is_near(reach) {
        near = reach;
    }
    while beyond - near > 1 {
        let gap = beyond - near;
        parts = parts.min(gap);
        let from = near;
        let place =
            |part: u64| from + (u128::from(gap) * u128::from(part) / u128::from(parts)) as u64;
        let last = (1..parts).rev().find(|&part| is_near(place(part)));
        let last = last.unwrap_or(0);
        (near, beyond) = (place(last), place(last + 1));
        parts = THEN;
    }
    match end >= best {
        true => best + near,
        false => best - near,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_size_that_is_near_is_found_to_the_pack() {
        for near in 0..400 {
            let shortfall = |packs: u64| {
                let apart = packs.abs_diff(1_000) as f64;
                Some(Shortfall {
                    // Of a million paths: near up to 1.6 standard errors and one path.
                    share: 0.01 * 1.6 * apart / (near as f64 + 0.5) + 1e-6,
                    half_width: 0.01 * Z95,
                    count: 1_000_000,
                })
            };
            assert_eq!(last_near(1_000, 5_000, shortfall), 1_000 + near);
            assert_eq!(last_near(1_000, 0, shortfall), 1_000 - near);
            let few = near.min(30);
            assert_eq!(last_near(1_000, 1_030, shortfall), 1_000 + few);
            let held = |packs: u64| shortfall(packs).filter(|_| packs <= 1_030);
            assert_eq!(last_near(1_000, 5_000, held), 1_000 + few);
        }
    }

    #[test]
    fn a_path_beyond_the_percentile_moves_it_by_the_inverse_density() {
        // Regrets spread evenly over 0..50: f = 1/50.
        let regrets: Vec<f64> = (0..1_000)
            .map(|k| f64::from((k * 7) % 1_000) / 20.0)
            .collect();
        let (percentile, beyond) = beyond_percentile(regrets.clone());
        assert!((percentile - 949.0 / 20.0).abs() < 1e-12, "{percentile}");
        for (regret, moved) in regrets.iter().zip(&beyond) {
            let expected = if *regret > percentile { 50.0 } else { 0.0 };
            assert!((moved - expected).abs() < 1e-9, "{moved}");
        }
        // All alike have a percentile that nothing moves.
        let (percentile, beyond) = beyond_percentile(vec![3.0; 200]);
        assert!(percentile == 3.0 && beyond.iter().all(|&moved| moved == 0.0));
    }

    #[test]
    fn a_chosen_size_has_less_regret_than_it_should() {
        let apart = |a: u64, _: u64| {
            let mean = (a as f64 - 10.0) * (a as f64 - 10.0);
            let half = Z95 * (a as f64 - 10.0).abs();
            Some(Difference {
                mean,
                interval: Some((mean - half, mean + half)),
            })
        };
        let of = |packs| excess(&apart, packs, 10, Some((8, 13))).and_then(|more| more.interval);
        // s of the ends: 2 and 3; on average 2.5, of which 0.8 times are taken off.
        let close = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() + (a.1 - b.1).abs() < 1e-9;
        let up = |s: f64| Z95 * libm::hypot(s, 1.25) - 2.0;
        assert!(close(of(10).unwrap(), (0.0, up(0.0))));
        assert!(close(of(13).unwrap(), (0.0, 9.0 + up(3.0))));
        assert!(close(
            of(20).unwrap(),
            (100.0 - 2.0 - 10.0 * Z95, 100.0 + up(10.0))
        ));
        assert!(close(
            excess(&apart, 20, 10, None).unwrap().interval.unwrap(),
            (100.0 - 10.0 * Z95, 100.0 + 10.0 * Z95)
        ));
    }
}
