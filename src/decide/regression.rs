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
    /// The total degree of each function.
    degrees: Vec<usize>,
    paths: usize,
}

impl Basis {
    /// Functions of these inputs, of a total degree of at most `degree`, less where there would be more
    /// than `most` of them; `None` where there are more even of degree 1.
    pub fn new(columns: &[Column<'_>], degree: usize, most: usize) -> Option<Self> {
        let different: Vec<Option<Vec<f64>>> = columns.iter().map(few).collect();
        let indicators = different.iter().map(|few| {
            let few = few.as_ref()?;
            Some(few.len().saturating_sub(1))
        });
        let indicators: Vec<Option<usize>> = indicators.collect();
        let degrees = (1..=degree.max(1)).rev();
        let mut fitting = degrees.filter(|&degree| count(&indicators, degree) <= most);
        let degree = fitting.next()?;
        let pairs = columns.iter().zip(different);
        let scores: Vec<_> = pairs
            .map(|(column, few)| match few {
                Some(few) => indicators_of(column, &few),
                None => polynomials(column, degree),
            })
            .collect();
        let (degrees, terms) = products(&scores, &indicators, degree).into_iter().unzip();
        Some(Self {
            paths: columns.first().map_or(0, |column| column.values.len()),
            terms,
            degrees,
            scores,
        })
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

    /// The inputs of each function; the constant has none.
    pub fn inputs(&self) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        let terms = self.terms.iter();
        terms.map(|term| term.iter().map(|&(input, _)| input))
    }

    /// Places of the functions of at most a total degree.
    pub fn up_to(&self, degree: usize) -> Vec<usize> {
        let places = self.degrees.iter().enumerate();
        let places = places.filter_map(|(place, &own)| (own <= degree).then_some(place));
        places.collect()
    }

    /// The largest total degree of a function.
    pub fn degree(&self) -> usize {
        self.degrees.iter().copied().max().unwrap_or(0)
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

    /// Number of functions.
    pub fn functions(&self) -> usize {
        self.squares.len()
    }

    /// Adds a path: its functions, those beyond `row` being 0, and its outputs.
    pub fn add(&mut self, row: &[f64], outputs: impl Iterator<Item = f64>) {
        for (sums, &factor) in self.squares.iter_mut().zip(row) {
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

    /// Adds what functions beyond `row` bring to a path that [`add`](Self::add) has seen without them: the few
    /// that are not 0 there, by place, in order.
    pub fn add_beyond(&mut self, row: &[f64], beyond: &[(usize, f64)], outputs: &[f64]) {
        for (count, &(place, factor)) in beyond.iter().enumerate() {
            let sums = &mut self.squares[place];
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += factor * value;
            }
            for &(other, value) in &beyond[..=count] {
                sums[other] += factor * value;
            }
        }
        for (sums, &output) in self.right.iter_mut().zip(outputs) {
            for &(place, value) in beyond {
                sums[place] += output * value;
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

    /// Weights of the functions at these places, for each of some outputs, in the order of the places.
    pub fn fit(&self, places: &[usize], outputs: std::ops::Range<usize>) -> Vec<Vec<f64>> {
        let squares: Vec<Vec<f64>> = places
            .iter()
            .map(|&i| {
                let row = places.iter().take_while(|&&j| j <= i);
                row.map(|&j| self.squares[i][j]).collect()
            })
            .collect();
        let right: Vec<Vec<f64>> = self.right[outputs]
            .iter()
            .map(|right| places.iter().map(|&place| right[place]).collect())
            .collect();
        least_squares(&squares, &right)
    }

    /// Sum of the products of two functions.
    pub fn product(&self, a: usize, b: usize) -> f64 {
        self.squares[a.max(b)][a.min(b)]
    }

    /// Sum of the products of a function with an output.
    pub fn with_output(&self, function: usize, output: usize) -> f64 {
        self.right[output][function]
    }
}

/// The values of an input, ascending, where there are few.
fn few(column: &Column<'_>) -> Option<Vec<f64>> {
    let mut different: Vec<f64> = Vec::new();
    for &value in column.values {
        if !different.contains(&value) {
            different.push(value);
        }
        if different.len() > FEW {
            return None;
        }
    }
    different.sort_by(f64::total_cmp);
    Some(different)
}

/// Whether an input has each of its values but the first, by path.
fn indicators_of(column: &Column<'_>, different: &[f64]) -> Vec<Vec<f64>> {
    let others = different.iter().skip(1);
    let indicator = |&other: &f64| {
        let values = column.values.iter();
        values
            .map(|&value| f64::from(u8::from(value == other)))
            .collect()
    };
    others.map(indicator).collect()
}

/// How many products of the inputs' functions there are up to a total degree, where `indicators` says
/// how many indicators an input has that has any: each of degree 1.
fn count(indicators: &[Option<usize>], degree: usize) -> usize {
    // By degree so far.
    let mut counts = vec![0_usize; degree + 1];
    counts[0] = 1;
    for functions in indicators {
        let before = counts.clone();
        for (used, &count) in before.iter().enumerate() {
            for more in 1..=degree - used {
                let ways = match functions {
                    Some(indicators) if more == 1 => *indicators,
                    Some(_) => 0,
                    None => 1,
                };
                counts[used + more] =
                    counts[used + more].saturating_add(count.saturating_mul(ways));
            }
        }
    }
    counts.into_iter().fold(0, usize::saturating_add)
}

/// Polynomials of one input, degree 1 and more, by path.
fn polynomials(column: &Column<'_>, degree: usize) -> Vec<Vec<f64>> {
    let values = column.values;
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

/// All products of the inputs' functions up to a total degree, each with its own, the constant first.
fn products(
    scores: &[Vec<Vec<f64>>],
    indicators: &[Option<usize>],
    degree: usize,
) -> Vec<(usize, Vec<(usize, usize)>)> {
    let mut terms: Vec<(usize, Vec<(usize, usize)>)> = vec![(0, Vec::new())];
    for (input, functions) in scores.iter().enumerate() {
        let is_few = indicators[input].is_some();
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
    terms
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
        let of = |most| Basis::new(&[column, column], 3, most);
        let len = |most| of(most).map(|basis| basis.len());
        assert_eq!(len(100), Some(10));
        assert_eq!(len(9), Some(6));
        assert_eq!(len(3), Some(3));
        assert_eq!(len(2), None);
        let basis = of(100).expect("few functions");
        let mut inputs = basis.inputs();
        assert_eq!(inputs.next().map(Iterator::count), Some(0));
        let second = inputs.filter_map(|mut term| term.all(|input| input == 1).then_some(()));
        assert_eq!(second.count(), 3);
    }

    #[test]
    fn polynomials_are_those_of_the_books() {
        let values: Vec<f64> = (0..=20).map(|k| f64::from(k) / 10.0 - 1.0).collect();
        let column = Column {
            values: &values,
            support: (-1.0, 1.0),
        };
        let functions = polynomials(&column, 3);
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
        let functions = polynomials(&column, 3);
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
        let functions = indicators_of(&column, &few(&column).expect("three values"));
        assert_eq!(functions[0], [1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(functions[1], [0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(functions.len(), 2);
        let basis = Basis::new(&[column, column], 2, 100).expect("few functions");
        // 1, two indicators of each, and their four products.
        assert_eq!(basis.len(), 9);
        let none = few(&Column {
            values: &[2.0; 5],
            support: (2.0, 2.0),
        });
        assert_eq!(none, Some(vec![2.0]));
    }

    #[test]
    fn a_thousand_inputs_are_counted_and_not_written_down() {
        assert_eq!(count(&[None; 1_000], 2), 501_501);
        assert!(count(&vec![None; 100_000], 9) > 1 << 50);
    }
}
