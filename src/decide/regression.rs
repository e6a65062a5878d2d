//! What some inputs say about an output: regression on polynomials of the inputs.
//!
//! An input with two finite bounds enters by Legendre polynomials of its value, scaled to -1..1, every
//! other one by Hermite polynomials of the normal quantile of its rank; one with few values by an
//! indicator of each but the first. Products of these up to a total degree, and a constant, are the
//! functions whose least-squares sum stands for E[output | inputs]. The degree falls until there are no
//! more functions than asked for.

use crate::decide::worst::ranks;
use crate::special::linear::least_squares;
use crate::special::normal;

/// Values of an input on some paths, and the bounds within which they lie, infinite where they have
/// none.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// By path.
    pub values: &'a [f64],
    /// Smallest and largest value possible.
    pub support: (f64, f64),
}

/// Most values of an input that has an indicator of each.
const FEW: usize = 12;

/// Functions of some inputs.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Of each input, its functions of degree 1 and more, each by path.
    scores: Vec<Vec<Vec<f64>>>,
    /// Each function as factors: (input, place among its functions); the constant has none.
    terms: Vec<Vec<(usize, usize)>>,
    paths: usize,
}

impl Basis {
    /// Functions of these inputs, of a total degree of at most `degree`, and at most `most` of them
    /// where that leaves a degree of 1.
    pub fn new(columns: &[Column<'_>], degree: usize, most: usize) -> Self {
        let scores: Vec<_> = columns.iter().map(|column| score(column, degree)).collect();
        let mut degree = degree.max(1);
        let mut terms = products(&scores, degree);
        while terms.len() > most && degree > 1 {
            degree -= 1;
            terms = products(&scores, degree);
        }
        Self {
            paths: columns.first().map_or(0, |column| column.values.len()),
            scores,
            terms,
        }
    }

    /// Number of functions.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// True without any: never, there is always the constant.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Number of paths.
    pub fn paths(&self) -> usize {
        self.paths
    }

    /// The functions of only those inputs that `has` names, by their places.
    pub fn of(&self, has: impl Fn(usize) -> bool) -> Vec<usize> {
        let only = |term: &[(usize, usize)]| term.iter().all(|&(input, _)| has(input));
        let terms = self.terms.iter().enumerate();
        let chosen = terms.filter(|(_, term)| only(term));
        chosen.map(|(place, _)| place).collect()
    }

    /// All functions on a path.
    pub fn row(&self, path: usize, row: &mut Vec<f64>) {
        row.clear();
        let factor = |&(input, place): &(usize, usize)| self.scores[input][place][path];
        let terms = self.terms.iter();
        row.extend(terms.map(|term| term.iter().map(factor).product::<f64>()));
    }
}

/// Sums over some paths from which least squares follow.
#[derive(Clone, Debug)]
pub struct Sums {
    /// Products of the functions; of row i the first i + 1.
    squares: Vec<Vec<f64>>,
    /// Products of the functions with each output.
    right: Vec<Vec<f64>>,
}

impl Sums {
    /// Of no path yet.
    pub fn new(functions: usize, outputs: usize) -> Self {
        Self {
            squares: (1..=functions).map(|len| vec![0.0; len]).collect(),
            right: vec![vec![0.0; functions]; outputs],
        }
    }

    /// Adds a path: its functions and its outputs.
    pub fn add(&mut self, row: &[f64], outputs: impl Iterator<Item = f64>) {
        for (i, sums) in self.squares.iter_mut().enumerate() {
            let factor = row[i];
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += factor * value;
            }
        }
        for (sums, output) in self.right.iter_mut().zip(outputs) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += output * value;
            }
        }
    }

    /// Adds the sums over other paths, `times` over.
    pub fn join(&mut self, other: &Self, times: f64) {
        let all = self.squares.iter_mut().chain(&mut self.right);
        for (sums, others) in all.zip(other.squares.iter().chain(&other.right)) {
            for (sum, &other) in sums.iter_mut().zip(others) {
                *sum += times * other;
            }
        }
    }

    /// Weights of the functions at these places, for each output, in the order of the places.
    pub fn fit(&self, places: &[usize]) -> Vec<Vec<f64>> {
        let squares: Vec<Vec<f64>> = places
            .iter()
            .map(|&i| {
                let row = places.iter().take_while(|&&j| j <= i);
                row.map(|&j| self.squares[i][j]).collect()
            })
            .collect();
        let right: Vec<Vec<f64>> = self
            .right
            .iter()
            .map(|right| places.iter().map(|&place| right[place]).collect())
            .collect();
        least_squares(&squares, &right)
    }

    /// Sum of the squares of what the functions at these places say of each output.
    pub fn explained(&self, places: &[usize]) -> Vec<f64> {
        let weights = self.fit(places);
        let pairs = weights.iter().zip(&self.right);
        let explained = pairs.map(|(weights, right)| {
            let terms = weights.iter().zip(places);
            terms.map(|(weight, &place)| weight * right[place]).sum()
        });
        explained.collect()
    }
}

/// Functions of one input, degree 1 and more, by path.
fn score(column: &Column<'_>, degree: usize) -> Vec<Vec<f64>> {
    let values = column.values;
    let mut different: Vec<f64> = Vec::new();
    for &value in values {
        if different.len() <= FEW && !different.contains(&value) {
            different.push(value);
        }
    }
    if different.len() <= FEW {
        different.sort_by(f64::total_cmp);
        let others = different.iter().skip(1);
        return others
            .map(|&other| {
                let is_it = values
                    .iter()
                    .map(|&value| f64::from(u8::from(value == other)));
                is_it.collect()
            })
            .collect();
    }
    let (least, most) = column.support;
    let is_bounded = least.is_finite() && most.is_finite();
    let places: Vec<f64> = match is_bounded {
        true => {
            let scaled = |&value: &f64| 2.0 * ((value - least) / (most - least)) - 1.0;
            values.iter().map(scaled).collect()
        }
        false => ranks(values).into_iter().map(normal::quantile).collect(),
    };
    let mut functions = vec![vec![1.0; values.len()], places];
    for k in 1..degree {
        let next = |x: f64, now: f64, before: f64| match is_bounded {
            // (k + 1) P' = (2k + 1) x P - k P
            true => ((2 * k + 1) as f64 * x * now - k as f64 * before) / (k + 1) as f64,
            // He' = x He - k He, each over the root of its factorial: the same size for all degrees.
            false => (x * now - (k as f64).sqrt() * before) / ((k + 1) as f64).sqrt(),
        };
        let path = |path: usize| {
            next(
                functions[1][path],
                functions[k][path],
                functions[k - 1][path],
            )
        };
        let function = (0..values.len()).map(path).collect();
        functions.push(function);
    }
    functions.remove(0);
    functions.truncate(degree.max(1));
    functions
}

/// All products of the inputs' functions up to a total degree, the constant first.
fn products(scores: &[Vec<Vec<f64>>], degree: usize) -> Vec<Vec<(usize, usize)>> {
    let mut terms: Vec<(usize, Vec<(usize, usize)>)> = vec![(0, Vec::new())];
    for (input, functions) in scores.iter().enumerate() {
        // An indicator counts as degree 1.
        let is_few = functions
            .iter()
            .all(|f| f.iter().all(|&v| v == 0.0 || v == 1.0));
        let mut more = Vec::new();
        for (used, term) in &terms {
            for place in 0..functions.len() {
                let used = used + if is_few { 1 } else { place + 1 };
                if used <= degree {
                    let mut term = term.clone();
                    term.push((input, place));
                    more.push((used, term));
                }
            }
        }
        terms.extend(more);
    }
    terms.into_iter().map(|(_, term)| term).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_counted_by_their_total_degree() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let column = Column {
            values: &values,
            support: (0.0, 40.0),
        };
        // 1, and (2 + 3 choose 3) - 1 products of degree 1 to 3.
        assert_eq!(Basis::new(&[column, column], 3, 100).len(), 10);
        assert_eq!(Basis::new(&[column, column], 3, 9).len(), 6);
        assert_eq!(Basis::new(&[column, column], 3, 1).len(), 3);
        assert_eq!(
            Basis::new(&[column, column], 3, 100).of(|i| i == 1).len(),
            4
        );
    }

    #[test]
    fn polynomials_are_those_of_the_books() {
        let values: Vec<f64> = (0..=20).map(|k| f64::from(k) / 10.0 - 1.0).collect();
        let column = Column {
            values: &values,
            support: (-1.0, 1.0),
        };
        let functions = score(&column, 3);
        for (path, &x) in values.iter().enumerate() {
            let legendre = [
                x,
                (3.0 * x * x - 1.0) / 2.0,
                (5.0 * x * x * x - 3.0 * x) / 2.0,
            ];
            for (function, expected) in functions.iter().zip(legendre) {
                assert!((function[path] - expected).abs() < 1e-12);
            }
        }
        let column = Column {
            values: &values,
            support: (f64::NEG_INFINITY, f64::INFINITY),
        };
        let functions = score(&column, 3);
        for path in 0..values.len() {
            let z = functions[0][path];
            let hermite = [
                (z * z - 1.0) / 2.0_f64.sqrt(),
                (z * z * z - 3.0 * z) / 6.0_f64.sqrt(),
            ];
            for (function, expected) in functions[1..].iter().zip(hermite) {
                assert!((function[path] - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn few_values_have_an_indicator_each() {
        let values = [3.0, 1.0, 3.0, 7.0, 1.0];
        let column = Column {
            values: &values,
            support: (1.0, 7.0),
        };
        let functions = score(&column, 4);
        assert_eq!(functions[0], [1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(functions[1], [0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(functions.len(), 2);
        assert!(
            score(
                &Column {
                    values: &[2.0; 5],
                    support: (2.0, 2.0)
                },
                4
            )
            .is_empty()
        );
    }
}
