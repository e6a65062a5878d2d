//! What a review expects, from what has been seen by then.
//!
//! With U the credits used so far, in earlier terms too, L those of the last period and Y what is to be projected, each as a
//! share of its mean, log(Y + c) is regressed on 1, log(U + c), its square and log(L + c) over the paths
//! that are tuned on; c = 0.01 keeps a period without use on the scale. The projection of a path is the
//! regression times a quantile of the ratios Y/regression of all these paths: it follows what has been
//! seen, and its spread has the shape that the paths have.

use super::Demands;
use crate::special::linear::least_squares;

/// Regressors.
const TERMS: usize = 4;

/// Share of the mean that is added before a logarithm is taken.
const SHIFT: f64 = 0.01;

/// Where the logarithm of a quantity is taken: its mean.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    mean: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut sum, mut count) = (0.0, 0.0);
        for value in values {
            sum += value;
            count += 1.0;
        }
        Self {
            mean: if count > 0.0 { sum / count } else { 0.0 },
        }
    }

    fn log(self, value: f64) -> f64 {
        match self.mean > 0.0 {
            true => libm::log(value / self.mean + SHIFT),
            false => 0.0,
        }
    }
}

/// What one review expects of one quantity.
#[derive(Clone, Debug, PartialEq)]
struct Projection {
    scale: Scale,
    weights: Vec<f64>,
    /// Quantity over regression on the paths of the regression, ascending.
    ratios: Vec<f64>,
}

impl Projection {
    /// The regression's value, in micro-credits.
    fn level(&self, seen: &[f64; TERMS]) -> f64 {
        let fit: f64 = self.weights.iter().zip(seen).map(|(w, x)| w * x).sum();
        self.scale.mean * libm::exp(fit)
    }

    /// The ratio that a share of the paths does not pass.
    fn ratio(&self, share: f64) -> f64 {
        let n = self.ratios.len();
        let rank = (n as f64 * share).ceil() as usize;
        self.ratios[rank.clamp(1, n) - 1]
    }
}

/// What one review expects: of the time to the next one, and of all that is left of the term.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// The period that it stands before.
    period: usize,
    used: Scale,
    last: Scale,
    next: Projection,
    rest: Projection,
}

impl Review {
    /// The projections of the review before period `period`, from some paths.
    fn new(demands: &Demands, paths: &[usize], period: usize) -> Self {
        let used = Scale::of(paths.iter().map(|&path| demands.used(path, period)));
        let last = Scale::of(paths.iter().map(|&path| demands.of(path, period - 1)));
        let seen = |path: usize| regressors(demands, path, period, used, last);
        let next = |path: usize| demands.of(path, period);
        let rest = |path: usize| demands.rest(path, period);
        let scales = [
            Scale::of(paths.iter().map(|&path| next(path))),
            Scale::of(paths.iter().map(|&path| rest(path))),
        ];
        let mut squares = vec![vec![0.0; TERMS]; TERMS];
        let mut right = vec![vec![0.0; TERMS]; 2];
        for &path in paths {
            let x = seen(path);
            let y = [scales[0].log(next(path)), scales[1].log(rest(path))];
            for (row, &a) in squares.iter_mut().zip(&x) {
                row.iter_mut().zip(&x).for_each(|(sum, b)| *sum += a * b);
            }
            for (column, y) in right.iter_mut().zip(y) {
                column.iter_mut().zip(&x).for_each(|(sum, x)| *sum += x * y);
            }
        }
        let mut weights = least_squares(&squares, &right).into_iter();
        let mut projection = |scale: Scale, value: &dyn Fn(usize) -> f64| {
            let mut projection = Projection {
                scale,
                weights: weights.next().unwrap_or_default(),
                ratios: Vec::new(),
            };
            let ratios = paths.iter().map(|&path| {
                let level = projection.level(&seen(path));
                if level > 0.0 {
                    value(path) / level
                } else {
                    0.0
                }
            });
            let mut ratios: Vec<f64> = ratios.collect();
            ratios.sort_unstable_by(f64::total_cmp);
            projection.ratios = ratios;
            projection
        };
        Self {
            period,
            next: projection(scales[0], &next),
            rest: projection(scales[1], &rest),
            used,
            last,
        }
    }
}

/// What is known at a review, for the regressions.
fn regressors(
    demands: &Demands,
    path: usize,
    period: usize,
    used: Scale,
    last: Scale,
) -> [f64; TERMS] {
    let so_far = used.log(demands.used(path, period));
    [
        1.0,
        so_far,
        so_far * so_far,
        last.log(demands.of(path, period - 1)),
    ]
}

/// The projections of every review of every term.
#[derive(Clone, Debug, PartialEq)]
pub struct Projections {
    reviews: Vec<Review>,
    /// Periods of a term.
    periods: usize,
}

impl Projections {
    /// From some paths, at least one.
    pub fn new(demands: &Demands, paths: &[usize]) -> Self {
        let reviews = demands.reviewed();
        Self {
            reviews: reviews
                .map(|period| Review::new(demands, paths, period))
                .collect(),
            periods: demands.periods(),
        }
    }

    /// Whether a review is the last one of its term.
    pub fn is_last(&self, review: usize) -> bool {
        (self.reviews[review].period + 1).is_multiple_of(self.periods)
    }

    /// What the reviews expect on some paths.
    pub fn on(&self, demands: &Demands, paths: &[usize]) -> Levels {
        let of = paths.iter().flat_map(|&path| {
            self.reviews.iter().map(move |review| {
                let seen = regressors(demands, path, review.period, review.used, review.last);
                [review.next.level(&seen), review.rest.level(&seen)]
            })
        });
        Levels {
            reviews: self.reviews.len(),
            of: of.collect(),
        }
    }

    /// What a share of the paths does not pass, as a multiple of the next period's level, by review.
    pub fn next_ratios(&self, share: f64) -> Vec<f64> {
        let reviews = self.reviews.iter();
        reviews.map(|review| review.next.ratio(share)).collect()
    }

    /// The same of all that is left of the term.
    pub fn rest_ratios(&self, share: f64) -> Vec<f64> {
        let reviews = self.reviews.iter();
        reviews.map(|review| review.rest.ratio(share)).collect()
    }
}

/// The regressions' values on some paths, in micro-credits.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    reviews: usize,
    /// Next period and rest of the term, by path and then by review.
    of: Vec<[f64; 2]>,
}

impl Levels {
    /// Those of a path, by its place among the paths, one for each review.
    pub fn of(&self, place: usize) -> &[[f64; 2]] {
        &self.of[place * self.reviews..(place + 1) * self.reviews]
    }
}
