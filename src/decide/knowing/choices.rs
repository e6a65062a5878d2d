//! Which decision costs least for what is known, by regressions on one half of the paths for the other.
//!
//! Costs have corners (a credit more is unused or billed) that polynomials of the inputs round off. So the
//! index that the costs follow most, the demand, is regressed on polynomials of the inputs first, and the costs
//! on functions of what that says: hats, which are 1 at a knot, fall to 0 at its neighbours and follow any line
//! with corners at the knots. A single input is such an index itself. Polynomials of the inputs beside the hats
//! follow what the index does not hold. How many functions of each kind there are, the paths that the
//! regression is made on decide, by generalised cross-validation of what each decision costs more than
//! the one before.

use std::f64::consts::PI;
use std::ops::Range;

use crate::decide::regression::{Basis, Column, Sums};

/// Degree of the polynomials, and most of them.
const DEGREE: usize = 7;
const MOST: usize = 120;

/// Fewest paths in a half for each polynomial, and for each hat, so that the fit is not the noise's.
const PATHS_OF_A_FUNCTION: usize = 20;

/// Numbers of hats that are tried: the knots of one are among those of the next.
const HATS: [usize; 5] = [7, 13, 25, 49, 97];

/// The decision for each path, by what a regression on the half of the paths that it is not in says is
/// least. `None` with more inputs than there can be polynomials.
pub(super) fn choices(
    costs: &[Vec<f64>],
    index: &[f64],
    inputs: &[Column<'_>],
) -> Option<Vec<usize>> {
    let paths = index.len();
    let most = MOST.min(paths / 2 / PATHS_OF_A_FUNCTION);
    let basis = Basis::new(inputs, DEGREE, most)?;
    let functions = basis.len() + HATS.iter().sum::<usize>();
    let steps = 0..costs.len() - 1;
    // What each decision costs more than the one before, and the index.
    let outputs = |path: usize, outputs: &mut Vec<f64>| {
        outputs.clear();
        outputs.extend(costs.windows(2).map(|pair| pair[1][path] - pair[0][path]));
        outputs.push(index[path]);
    };
    let mut halves = [0, 1].map(|_| Half {
        sums: Sums::new(functions, costs.len()),
        squares: vec![Squares::NONE; costs.len()],
    });
    let (mut row, mut values) = (Vec::new(), Vec::new());
    for path in 0..paths {
        basis.row(path, &mut row);
        outputs(path, &mut values);
        halves[path % 2].add(&row, &values);
    }
    let known = indices(&basis, inputs, &halves);
    let known = known.map(|weights| match weights {
        None => inputs[0].values.to_vec(),
        Some(weights) => (0..paths)
            .map(|path| {
                basis.row(path, &mut row);
                weights.iter().map(|&(place, w)| w * row[place]).sum()
            })
            .collect(),
    });
    let hats = [0, 1].map(|half| {
        let mut trained: Vec<f64> = known[half].iter().skip(half).step_by(2).copied().collect();
        trained.sort_by(f64::total_cmp);
        HATS.map(|count| Hats::of(&trained, count))
    });
    let mut beyond = Vec::new();
    #[expect(
        clippy::needless_range_loop,
        reason = "paths have places in several lists"
    )]
    for path in 0..paths {
        let half = path % 2;
        basis.row(path, &mut row);
        outputs(path, &mut values);
        beyond.clear();
        let mut first = basis.len();
        for (hats, count) in hats[half].iter().zip(HATS) {
            beyond.extend(hats.at(known[half][path]).map(|(k, v)| (first + k, v)));
            first += count;
        }
        halves[half].sums.add_beyond(&row, &beyond, &values);
    }
    let fits = [0, 1].map(|half| halves[half].best(&basis, &hats[half], steps.clone()));
    let decision = |path: usize| {
        let half = 1 - path % 2;
        basis.row(path, &mut row);
        let fit = &fits[half];
        let own = fit.polynomials.len();
        let hats = fit
            .hats
            .map(|tried| hats[half][tried].at(known[half][path]));
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
    };
    Some((0..paths).map(decision).collect())
}

/// What the index is expected to be, by weights of polynomials, for each half that says so; `None` where one
/// input is known, which says as much itself.
fn indices(
    basis: &Basis,
    inputs: &[Column<'_>],
    halves: &[Half; 2],
) -> [Option<Vec<(usize, f64)>>; 2] {
    if inputs.len() == 1 {
        return [None, None];
    }
    [0, 1].map(|half| {
        let half: &Half = &halves[half];
        let last = half.squares.len() - 1;
        let fits = (1..=basis.degree())
            .map(|degree| half.fit(basis.up_to(degree), None, 0, last..last + 1));
        let best = fits.min_by(|a, b| a.unexplained.total_cmp(&b.unexplained));
        best.map(|fit| {
            fit.polynomials
                .into_iter()
                .zip(fit.weights[0].iter().copied())
                .collect()
        })
    })
}

/// Sums over half of the paths.
struct Half {
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

impl Half {
    fn add(&mut self, row: &[f64], outputs: &[f64]) {
        self.sums.add(row, outputs.iter().copied());
        for (squares, output) in self.squares.iter_mut().zip(outputs) {
            squares.add(*output);
        }
    }

    /// The regression that explains most by cross-validation: the first of them all with ties.
    fn best(&self, basis: &Basis, hats: &[Hats; HATS.len()], steps: Range<usize>) -> Fit {
        let paths = self.squares[0].count;
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
        let chosen = choices(&costs, &sum, &columns).expect("paths enough");
        let far = chosen
            .iter()
            .zip(&sum)
            .filter(|&(&k, s)| (k as f64 / 10.0 - s).abs() > 0.1);
        assert!(far.count() < 10);
    }
}
