//! Break-evens: the scale at which a mean difference of costs changes its sign.
//!
//! Costs at a scale come as columns, a path a row. Between the two scales next to a change of sign every
//! path's difference is taken to be a straight line; how far the crossing would move is read from the
//! mean differences at the scales beyond them.

use crate::summarise::ranks::Z95;
use crate::summarise::statistics::Moments;
use crate::units::MICRO;

/// Where a difference changes its sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Crossing {
    /// The scale.
    pub at: f64,
    /// 95% interval: the scales next to it at which the mean difference is within 1.96 standard errors of 0,
    /// those of the difference at the crossing; no further than scales were tried. `None` for fewer than
    /// two paths.
    pub interval: Option<(f64, f64)>,
    /// True when the difference is above 0 below it: it falls.
    pub falls: bool,
    /// By how much the mean difference grows with the scale, in whole units: straight lines from the
    /// crossing to either end of its interval. Infinite on a side of a jump that is told from 0.
    pub slopes: [f64; 2],
    /// True when the difference does not pass through 0 but jumps, as far as scales can be told apart.
    pub is_jump: bool,
    /// The difference of each path there, in millionths.
    pub differences: Vec<i64>,
}

impl Crossing {
    /// The crossing times a ratio of means over the same paths, mean `a` / mean `b`, with its 95%
    /// interval. Scale and ratio vary together: with R the ratio, s the scale and d the differences,
    /// a path moves the product by s (a - R b) / mean b - R d / slope (the delta method), of which
    /// the interval has 1.96 standard errors, on each side with its own slope. `None` where mean `b` is 0. A jump
    /// that is told from 0 on both sides is at its scale on any paths: then the ratio is of all that are given.
    pub fn times(&self, a: &[f64], b: &[f64]) -> Option<(f64, Option<(f64, f64)>)> {
        let is_fixed = self.slopes.iter().all(|slope| slope.is_infinite());
        // A scale that is the same in every sample needs no paths of its own.
        let paths = match is_fixed {
            true => a.len().min(b.len()),
            false => self.differences.len().min(a.len()).min(b.len()),
        };
        let n = paths as f64;
        let below = b[..paths].iter().sum::<f64>() / n;
        let ratio = a[..paths].iter().sum::<f64>() / n / below;
        if !ratio.is_finite() {
            return None;
        }
        let half = |slope: f64| {
            let moved = a[..paths].iter().zip(&b[..paths]).enumerate();
            let moved = moved.map(|(path, (a, b))| {
                let by_ratio = self.at * (a - ratio * b) / below;
                match is_fixed {
                    true => by_ratio,
                    false => {
                        let d = self.differences[path] as f64 / MICRO as f64;
                        by_ratio - ratio * d / slope
                    }
                }
            });
            let squares: f64 = moved.map(|moved| moved * moved).sum();
            Z95 * (squares / (n - 1.0) / n).sqrt()
        };
        let at = self.at * ratio;
        let interval = (paths > 1).then(|| {
            let [low, high] = self.slopes.map(half);
            ((at - low).max(0.0), at + high)
        });
        Some((at, interval))
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
/// mean does not change. It may change to 0, or from 0, where that is a stretch. `below` and `above` are scales
/// beyond these two and the mean differences there, in whole units, the nearest first.
pub fn crossing(
    low: (f64, &[i64]),
    high: (f64, &[i64]),
    below: &[(f64, f64)],
    above: &[(f64, f64)],
) -> Option<Crossing> {
    let [first, last] = [low, high].map(|(scale, column)| (scale, mean(column)));
    if first.1 * last.1 > 0.0 || first.1 == last.1 {
        return None;
    }
    let share = first.1 / (first.1 - last.1);
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
    let half = moments(&there).error().map(|error| error.half_width());
    let is_finest = exact(high.0).0 - exact(low.0).0 == 1;
    let falls = first.1 > last.1;
    let is_jump = is_finest && is_steep([first, last], [below, above]);
    let slopes = [(first, below), (last, above)].map(|(next, beyond)| {
        let size = match half {
            // Of all paths alike where there is no error.
            Some(half) if is_finest && (half > 0.0 || is_jump) && next.1.abs() >= half => {
                f64::INFINITY
            }
            _ => steepness(at, half.unwrap_or(0.0), next, beyond),
        };
        if falls { -size } else { size }
    });
    let [down, up] = slopes.map(|slope| half.map(|half| half / slope.abs()));
    Some(Crossing {
        at,
        interval: down
            .zip(up)
            .map(|(down, up)| ((at - down).max(0.0), at + up)),
        falls,
        slopes,
        is_jump,
        differences: there,
    })
}

/// The slope, 0 or more, of the straight line from 0 at `at` to where the mean difference is first `half` away
/// from 0; `next` and `beyond` are scales with their mean differences, the nearest first.
fn steepness(at: f64, half: f64, next: (f64, f64), beyond: &[(f64, f64)]) -> f64 {
    let mut before = (at, 0.0);
    for &(scale, mean) in std::iter::once(&next).chain(beyond) {
        if half == 0.0 && scale == at {
            return f64::INFINITY;
        }
        if half == 0.0 {
            return (mean / (scale - at)).abs();
        }
        if mean.abs() >= half {
            let share = (half.copysign(mean) - before.1) / (mean - before.1);
            return half / (before.0 + share * (scale - before.0) - at).abs();
        }
        before = (scale, mean);
    }
    // Nowhere: as far as was tried.
    half / (before.0 - at).abs()
}

/// Whether the mean difference changes far more between two scales, with their means, than beside them.
fn is_steep(ends: [(f64, f64); 2], beside: [&[(f64, f64)]; 2]) -> bool {
    const TIMES: f64 = 100.0;
    let slope = |a: (f64, f64), b: (f64, f64)| ((a.1 - b.1) / (a.0 - b.0)).abs();
    let outside = ends.iter().zip(beside);
    let outside = outside.filter_map(|(&end, beside)| Some(slope(end, *beside.first()?)));
    slope(ends[0], ends[1]) > TIMES * outside.fold(0.0, f64::max)
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
        let found = crossing((2.0, &column(2.0)), (4.0, &column(4.0)), &[], &[]).unwrap();
        assert!((found.at - 2.5).abs() < 1e-9 && found.falls);
        // 1.96 standard errors of 3/√3, at 40 a unit of scale.
        let half = 1.959_963_984_540_054 * 3.0_f64.sqrt() / 40.0;
        let (low, high) = found.interval.unwrap();
        assert!((high - 2.5 - half).abs() < 1e-6 && (2.5 - low - half).abs() < 1e-6);
        let one_sided = crossing((3.0, &column(3.0)), (4.0, &column(4.0)), &[], &[]);
        assert_eq!(one_sided, None);
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
        let beyond = |s: f64| [(s, mean(&column(s)))];
        let ends = [2.0, 3.0].map(|s| (s, column(s)));
        let [low, high] = ends.each_ref().map(|(s, column)| (*s, &column[..]));
        let found = crossing(low, high, &beyond(0.5), &beyond(8.0)).unwrap();
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
    fn each_side_of_an_interval_has_its_own_slope() {
        // From 30 down to -30 by 10 a unit of scale, then by 2.5; the error moves the mean by 1.96 x 10 / √3.
        let column = |mean: f64| [-10.0, 0.0, 10.0].map(|m| ((mean + m) * 1e6) as i64);
        let half = 1.959_963_984_540_054 * 10.0 / 3.0_f64.sqrt();
        let [low, high] = [(3.9, column(1.0)), (4.1, column(-1.0))];
        let [low, high] = [(low.0, &low.1[..]), (high.0, &high.1[..])];
        let found = crossing(low, high, &[(1.0, 30.0)], &[(4.4, -1.75), (8.4, -11.75)]).unwrap();
        let (from, to) = found.interval.unwrap();
        assert!((from - (4.0 - half / 10.0)).abs() < 1e-6, "{from}");
        let beyond = 4.4 + (half - 1.75) / 2.5;
        assert!((to - beyond).abs() < 1e-6, "{to}");
        // No further than scales were tried.
        let found = crossing(low, high, &[], &[(4.4, -1.75)]).unwrap();
        let (from, to) = found.interval.unwrap();
        assert!((from - 3.9).abs() < 1e-9 && (to - 4.4).abs() < 1e-9);
    }

    #[test]
    fn a_jump_is_at_one_scale_whatever_the_sample() {
        let column = |mean: f64| [-1.0, 0.0, 1.0].map(|m| ((mean + m) * 1e6) as i64);
        let [low, high] = [(2.0, column(30.0)), (2.000_001, column(-4.0))];
        let [low, high] = [(low.0, &low.1[..]), (high.0, &high.1[..])];
        let [below, above] = [[(1.0, 40.0)], [(4.0, -9.0)]];
        let found = crossing(low, high, &below, &above).unwrap();
        assert!(found.is_jump && (found.at - 2.0).abs() < 1e-5);
        assert_eq!(found.interval, Some((found.at, found.at)));
        // Told in something else it is as uncertain as today's figure, on all paths that there are.
        let (at, interval) = found.times(&[9.0, 10.0, 11.0, 10.0], &[1.0; 4]).unwrap();
        let half = 1.959_963_984_540_054 * 2.0 * (2.0_f64 / 3.0 / 4.0).sqrt();
        let (from, to) = interval.unwrap();
        assert!((at - 20.0).abs() < 1e-4);
        assert!((to - at - half).abs() < 1e-4 && (at - from - half).abs() < 1e-4);
        // A difference that is not told from 0 on one side may have its sign changed elsewhere.
        let near = (2.000_001, column(-0.5));
        let found = crossing(low, (near.0, &near.1), &below, &[(4.0, -4.5)]).unwrap();
        let (from, to) = found.interval.unwrap();
        assert!(found.is_jump && from == found.at && to > 2.1, "{from} {to}");
        // Where costs are equal from there on, on every path, it is where the last one ranks them.
        let equal = (2.000_001, vec![0; 3]);
        let found = crossing(low, (equal.0, &equal.1), &below, &[(4.0, 0.0)]).unwrap();
        assert!(found.is_jump && found.falls && found.at == 2.000_001);
        assert_eq!(found.interval, Some((found.at, found.at)));
        // A straight line is no jump, however near its ends.
        let [low, high] = [column(1e-5), column(-1e-5)];
        let line = [[(1.0, 10.0)], [(3.0, -10.0)]];
        let found = crossing((2.0, &low), (2.000_001, &high), &line[0], &line[1]).unwrap();
        assert!(!found.is_jump);
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
