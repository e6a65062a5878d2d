//! Which decision costs least for what is known, by regressions on some of the paths for the others.
//!
//! Costs have corners (a credit more is unused or billed) that polynomials of the inputs round off. So the index
//! that the costs follow most, the demand, is regressed on polynomials of the inputs and on what a model expects of
//! them first, and the costs on functions of what that says: hats, which are 1 at a knot, fall to 0 at its
//! neighbours and follow any line with corners at the knots. A single input is such an index itself. Polynomials of
//! the inputs beside the hats follow what the index does not hold. How many functions of each kind there are, the
//! paths that the regression is made on decide, by generalised cross-validation of what each decision costs more
//! than the one before.

use std::f64::consts::PI;
use std::ops::Range;

use crate::decide::regression::{Basis, Column, Sums};

/// Degree of the polynomials, and most of them.
const DEGREE: usize = 7;
const MOST: usize = 120;

/// Parts of the paths: for each the regression is made on the others.
pub(super) const PARTS: usize = 5;

/// The part that a path is in.
pub(super) fn part(path: usize) -> usize {
    path % PARTS
}

/// Fewest paths of a regression for each polynomial, and for each hat, so that the fit is not the noise's.
const PATHS_OF_A_FUNCTION: usize = 20;

/// Numbers of hats that are tried: the knots of one are among those of the next.
const HATS: [usize; 5] = [7, 13, 25, 49, 97];

/// The decision for each path, by what a regression on the parts of the paths that it is not in says is least.
/// `None` with more inputs than there can be polynomials, unless something is expected.
pub(super) fn choices(
    costs: &[Vec<f64>],
    index: &[f64],
    inputs: &[Column<'_>],
    expected: Option<&[f64]>,
) -> Option<Vec<usize>> {
    let paths = index.len();
    let most = MOST.min(paths * (PARTS - 1) / PARTS / PATHS_OF_A_FUNCTION);
    let expected = expected.and_then(scaled);
    let constant = || {
        expected
            .as_ref()
            .and_then(|_| Basis::new(&[], DEGREE, most))
    };
    let task = Task {
        basis: Known {
            polynomials: Basis::new(inputs, DEGREE, most).or_else(constant)?,
            expected,
        },
        inputs,
        costs,
        index,
    };
    let parts = task.sums();
    let advice: Vec<Advice> = (0..PARTS)
        .map(|left_out| {
            let mut others = Paths::new(task.functions(), costs.len());
            let joined = parts.iter().enumerate().filter(|&(at, _)| at != left_out);
            joined.for_each(|(_, part)| others.join(part));
            task.advice(left_out, others)
        })
        .collect();
    let mut row = Vec::new();
    let decision = |path: usize| {
        task.basis.row(path, &mut row);
        advice[part(path)].decision(path, &row)
    };
    Some((0..paths).map(decision).collect())
}

/// What is known, and what decisions cost.
struct Task<'a> {
    basis: Known,
    inputs: &'a [Column<'a>],
    costs: &'a [Vec<f64>],
    index: &'a [f64],
}

impl Task<'_> {
    /// Polynomials and hats.
    fn functions(&self) -> usize {
        self.basis.len() + HATS.iter().sum::<usize>()
    }

    /// What each decision costs more than the one before, and the index.
    fn outputs(&self, path: usize, outputs: &mut Vec<f64>) {
        let pairs = self.costs.windows(2);
        outputs.clear();
        outputs.extend(pairs.map(|pair| pair[1][path] - pair[0][path]));
        outputs.push(self.index[path]);
    }

    /// Sums over each part of the paths, without hats.
    fn sums(&self) -> [Paths; PARTS] {
        let mut parts = [(); PARTS].map(|()| Paths::new(self.functions(), self.costs.len()));
        let (mut row, mut values) = (Vec::new(), Vec::new());
        for path in 0..self.index.len() {
            self.basis.row(path, &mut row);
            self.outputs(path, &mut values);
            parts[part(path)].add(&row, &values);
        }
        parts
    }

    /// What the paths outside a part advise, whose sums without hats these are.
    fn advice(&self, left_out: usize, mut others: Paths) -> Advice {
        let known = self.known(&others);
        let outside = || {
            known
                .iter()
                .enumerate()
                .filter(|&(path, _)| part(path) != left_out)
        };
        let mut sorted: Vec<f64> = outside().map(|(_, &known)| known).collect();
        sorted.sort_by(f64::total_cmp);
        let hats = HATS.map(|count| Hats::of(&sorted, count));
        let (mut row, mut values, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
        for (path, &known) in outside() {
            self.basis.row(path, &mut row);
            self.outputs(path, &mut values);
            beyond.clear();
            let mut first = self.basis.len();
            for (hats, count) in hats.iter().zip(HATS) {
                beyond.extend(hats.at(known).map(|(k, v)| (first + k, v)));
                first += count;
            }
            others.sums.add_beyond(&row, &beyond, &values);
        }
        let fit = others.best(&self.basis, &hats, 0..self.costs.len() - 1);
        Advice { known, hats, fit }
    }

    /// What the index is expected to be on each path, as some of them say it.
    fn known(&self, paths: &Paths) -> Vec<f64> {
        let Some(weights) = index_of(&self.basis, self.inputs, paths) else {
            return self.inputs[0].values.to_vec();
        };
        let mut row = Vec::new();
        let of = |path| {
            self.basis.row(path, &mut row);
            weights.iter().map(|&(place, w)| w * row[place]).sum()
        };
        (0..self.index.len()).map(of).collect()
    }
}

/// A regression on some of the paths.
struct Advice {
    /// What the index is expected to be, on every path.
    known: Vec<f64>,
    hats: [Hats; HATS.len()],
    fit: Fit,
}

impl Advice {
    /// The decision that costs least on a path, with these polynomials.
    fn decision(&self, path: usize, row: &[f64]) -> usize {
        let fit = &self.fit;
        let own = fit.polynomials.len();
        let hats = fit.hats.map(|tried| self.hats[tried].at(self.known[path]));
        let (mut place, mut cost, mut least) = (0, 0.0, 0.0);
        for (step, weights) in fit.weights.iter().enumerate() {
            let polynomials = fit.polynomials.iter().zip(weights);
            cost += polynomials
                .map(|(&at, weight)| weight * row[at])
                .sum::<f64>();
            for (k, value) in hats.into_iter().flatten() {
                cost += weights[own + k] * value;
            }
            if cost < least {
                (place, least) = (step + 1, cost);
            }
        }
        place
    }
}

/// The functions of what is known, beside hats: polynomials of the inputs, then what is expected of them.
struct Known {
    polynomials: Basis,
    expected: Option<Vec<f64>>,
}

impl Known {
    fn len(&self) -> usize {
        self.polynomials.len() + usize::from(self.expected.is_some())
    }

    fn row(&self, path: usize, row: &mut Vec<f64>) {
        self.polynomials.row(path, row);
        row.extend(self.expected.as_ref().map(|expected| expected[path]));
    }

    /// Places of the functions that the index may follow, from the fewest on.
    fn of_index(&self) -> Vec<Vec<usize>> {
        let least = usize::from(self.expected.is_none());
        let degrees = least..=self.polynomials.degree().max(least);
        let places = degrees.map(|degree| {
            let mut places = self.polynomials.up_to(degree);
            places.extend(self.expected.as_ref().map(|_| self.polynomials.len()));
            places
        });
        places.collect()
    }
}

/// The same with mean 0 and variance 1; `None` where they do not vary.
fn scaled(values: &[f64]) -> Option<Vec<f64>> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|value| (value - mean) * (value - mean));
    let sd = (squares.sum::<f64>() / values.len() as f64).sqrt();
    let varies = sd.is_finite() && sd > 1e-9 * mean.abs();
    varies.then(|| values.iter().map(|value| (value - mean) / sd).collect())
}

/// What the index is expected to be, by weights of functions, as some paths say it; `None` where one input is known,
/// which says as much itself.
fn index_of(basis: &Known, inputs: &[Column<'_>], paths: &Paths) -> Option<Vec<(usize, f64)>> {
    if inputs.len() == 1 {
        return None;
    }
    let last = paths.squares.len() - 1;
    let tried = basis.of_index().into_iter();
    let fits = tried.map(|places| paths.fit(places, None, 0, last..last + 1));
    let best = fits.min_by(|a, b| a.unexplained.total_cmp(&b.unexplained))?;
    let weights = best.weights[0].iter().copied();
    Some(best.polynomials.into_iter().zip(weights).collect())
}

/// Sums over some of the paths.
struct Paths {
    sums: Sums,
    /// Of each output.
    squares: Vec<Squares>,
}

/// The sum of the squares of some values, and between which they lie.
#[derive(Clone, Copy, Debug)]
struct Squares {
    count: usize,
    squares: f64,
    least: f64,
    most: f64,
}

impl Squares {
    const NONE: Self = Self {
        count: 0,
        squares: 0.0,
        least: f64::INFINITY,
        most: f64::NEG_INFINITY,
    };

    fn join(&mut self, others: Self) {
        self.count += others.count;
        self.squares += others.squares;
        self.least = self.least.min(others.least);
        self.most = self.most.max(others.most);
    }

    fn add(&mut self, value: f64) {
        self.count += 1;
        self.squares += value * value;
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    /// The square of the range; `None` where there is nothing but rounding.
    fn unit(&self) -> Option<f64> {
        let range = self.most - self.least;
        (range * range * self.count as f64 > 1e-9 * self.squares).then_some(range * range)
    }
}

/// A regression.
struct Fit {
    /// Places of the polynomials, and which number of hats is beside them.
    polynomials: Vec<usize>,
    hats: Option<usize>,
    /// By output, of the polynomials and then of these hats.
    weights: Vec<Vec<f64>>,
    /// What it leaves of the outputs' squares, each in units of its range, as cross-validation would find it: on
    /// average over the outputs that vary.
    unexplained: f64,
}

impl Paths {
    /// Of no path yet.
    fn new(functions: usize, outputs: usize) -> Self {
        Self {
            sums: Sums::new(functions, outputs),
            squares: vec![Squares::NONE; outputs],
        }
    }

    fn join(&mut self, others: &Self) {
        self.sums.join(&others.sums, 1.0);
        for (squares, &others) in self.squares.iter_mut().zip(&others.squares) {
            squares.join(others);
        }
    }

    fn add(&mut self, row: &[f64], outputs: &[f64]) {
        self.sums.add(row, outputs.iter().copied());
        for (squares, output) in self.squares.iter_mut().zip(outputs) {
            squares.add(*output);
        }
    }

    /// The regression that explains most by cross-validation: the first of them all with ties.
    fn best(&self, basis: &Known, hats: &[Hats; HATS.len()], steps: Range<usize>) -> Fit {
        let paths = self.squares[0].count;
        let basis = &basis.polynomials;
        let mut tried = vec![self.fit(basis.up_to(usize::MAX), None, 0, steps.clone())];
        for (place, hats) in hats.iter().enumerate() {
            let degrees: &[usize] = match paths >= PATHS_OF_A_FUNCTION * hats.knots.len() {
                true => &[0, 2, usize::MAX],
                false => &[],
            };
            for &degree in degrees {
                // The hats sum to a constant.
                let polynomials = match degree {
                    0 => Vec::new(),
                    _ => basis.up_to(degree),
                };
                tried.push(self.fit(polynomials, Some(place), hats.knots.len(), steps.clone()));
            }
        }
        let best = tried
            .into_iter()
            .min_by(|a, b| a.unexplained.total_cmp(&b.unexplained));
        best.expect("polynomials are tried")
    }

    /// Regresses some outputs on these polynomials, and on the first `knots` hats of one of the numbers tried.
    fn fit(
        &self,
        polynomials: Vec<usize>,
        hats: Option<usize>,
        knots: usize,
        outputs: Range<usize>,
    ) -> Fit {
        let all: usize = HATS.iter().sum();
        let before: usize = HATS[..hats.unwrap_or(0)].iter().sum();
        let first = self.sums.functions() - all + before;
        let places: Vec<usize> = polynomials
            .iter()
            .copied()
            .chain(first..first + knots)
            .collect();
        let weights = self.sums.fit(&places, outputs.clone());
        let left = outputs.zip(&weights).filter_map(|(output, weights)| {
            let squares = self.squares[output];
            let unit = squares.unit()?;
            let terms = weights.iter().zip(&places);
            let explained: f64 = terms
                .map(|(w, &place)| w * self.sums.with_output(place, output))
                .sum();
            Some((squares.squares - explained).max(0.0) / unit)
        });
        let left: Vec<f64> = left.collect();
        let count = self.squares[0].count as f64;
        let free = 1.0 - places.len() as f64 / count;
        Fit {
            unexplained: left.iter().sum::<f64>() / left.len().max(1) as f64 / (free * free),
            polynomials,
            hats,
            weights,
        }
    }
}

/// The first, second and so on of `count` shares from 0 to 1 that lie closer together towards both.
pub fn denser_at_ends(place: usize, count: usize) -> f64 {
    (1.0 - libm::cos(PI * place as f64 / (count - 1) as f64)) / 2.0
}

/// Functions that are 1 at their knot and fall to 0 at its neighbours; beyond the last knots they stay.
struct Hats {
    knots: Vec<f64>,
}

impl Hats {
    /// With knots at quantiles of ascending values, closer together towards both ends; fewer than `count` where
    /// these are equal.
    fn of(sorted: &[f64], count: usize) -> Self {
        let last = sorted.len() - 1;
        let knot = |k: usize| sorted[(denser_at_ends(k, count) * last as f64).round() as usize];
        let mut knots: Vec<f64> = (0..count).map(knot).collect();
        knots.dedup();
        Self { knots }
    }

    /// The two that are not 0 at a value, by place.
    fn at(&self, value: f64) -> [(usize, f64); 2] {
        let above = self.knots.partition_point(|&knot| knot <= value);
        if above == 0 {
            return [(0, 1.0), (0, 0.0)];
        }
        if above == self.knots.len() {
            return [(above.saturating_sub(2), 0.0), (above - 1, 1.0)];
        }
        let (low, high) = (self.knots[above - 1], self.knots[above]);
        let part = (value - low) / (high - low);
        [(above - 1, 1.0 - part), (above, part)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hats_follow_a_line_with_corners_at_their_knots() {
        let sorted: Vec<f64> = (0..=400).map(|k| f64::from(k * k)).collect();
        let hats = Hats::of(&sorted, 7);
        assert_eq!(hats.knots.len(), 7);
        assert_eq!((hats.knots[0], hats.knots[6]), (0.0, 160_000.0));
        let line = |value: f64| (value - hats.knots[3]).max(0.0);
        let said = |value: f64| -> f64 {
            let both = hats.at(value);
            both.iter()
                .map(|&(k, share)| share * line(hats.knots[k]))
                .sum()
        };
        for value in [0.0, 1.5, 39_999.0, 40_001.0, 100_000.0, 160_000.0] {
            assert!((said(value) - line(value)).abs() < 1e-9, "{value}");
        }
        // Beyond the last knots nothing is known: as at these.
        assert_eq!((said(-5.0), said(1e9)), (line(0.0), line(160_000.0)));
    }

    #[test]
    fn equal_values_share_a_knot() {
        let few = Hats::of(&[1.0, 1.0, 1.0, 2.0, 2.0], 7);
        assert_eq!(few.knots, [1.0, 2.0]);
        assert_eq!(few.at(1.25), [(0, 0.75), (1, 0.25)]);
        let one = Hats::of(&[3.0; 5], 7);
        assert_eq!(one.knots, [3.0]);
        for value in [2.0, 3.0, 4.0] {
            let sum: f64 = one.at(value).iter().map(|&(_, share)| share).sum();
            assert_eq!((sum, one.at(value)[1].0), (1.0, 0));
        }
    }

    #[test]
    fn corners_are_followed_by_what_two_inputs_say_together() {
        // The decision costs what it is beside the sum of both inputs that it is meant for.
        let paths = 4_000;
        let input =
            |step: f64| -> Vec<f64> { (0..paths).map(|i| (f64::from(i) * step).fract()).collect() };
        let (x, y) = (input(0.618_033_988_749), input(0.754_877_666_247));
        let sum: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
        let costs: Vec<Vec<f64>> = (0..=20)
            .map(|k| {
                sum.iter()
                    .map(|s| (s - f64::from(k) / 10.0).abs())
                    .collect()
            })
            .collect();
        let columns = [&x, &y].map(|values| Column {
            values,
            support: (0.0, 1.0),
        });
        let chosen = choices(&costs, &sum, &columns, None).expect("paths enough");
        let far = chosen
            .iter()
            .zip(&sum)
            .filter(|&(&k, s)| (k as f64 / 10.0 - s).abs() > 0.1);
        assert!(far.count() < 10);
    }
}
