//! Gamma factors of mean 1, by a table of their quantile function.
//!
//! X ~ Gamma(shape k = 1/cv^2, scale 1/k): mean 1, coefficient of variation cv. The quantile
//! function is interpolated by polynomials, as in numerical inversion (W. Hoermann & J. Leydold,
//! "Continuous random variate generation by fast numerical inversion", ACM TOMS 13 (2003)
//! 347-362): each octave of u below 1/2, and of 1 - u above, has 8 cells, each with the
//! polynomial of degree 7 through the exact quantiles at its Chebyshev-Lobatto points. What lies
//! beyond 2^-12 on either side is inverted exactly. Below shape 1/4 the logarithm is tabulated.

use rand::Rng;
use rand_distr::Distribution;

use super::next_open_unit;
use crate::special::gamma;

/// Octaves of each tail: 1/2..1/4 is the first, down to 2^-12.
const OCTAVES: usize = 11;
/// Cells per octave, and the bits of the mantissa that number them.
const CELLS: usize = 1 << CELL_BITS;
const CELL_BITS: usize = 3;
/// Degree of the polynomials.
const DEGREE: usize = 7;
/// Smallest tail probability in the table.
const EDGE: f64 = 1.0 / 4096.0;
/// Sign, exponent and cell bits of [`EDGE`].
const FIRST: u64 = EDGE.to_bits() >> (52 - CELL_BITS);

/// Factors with mean 1 and a given coefficient of variation, for use with any generator.
#[derive(Clone, Debug)]
pub struct UnitGamma {
    cv: f64,
    shape: f64,
    table: Option<Table>,
}

#[derive(Clone, Debug)]
struct Table {
    /// Whether the logarithm is tabulated.
    logarithmic: bool,
    /// Cells of the lower tail from its edge up, then of the upper one from its edge inwards.
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Coefficients in the place within the cell, -1..1, lowest first.
    coefficients: [f64; DEGREE + 1],
    /// Values at the cell's ends, which no value inside may pass.
    low: f64,
    high: f64,
}

impl UnitGamma {
    /// Factors of mean 1 with this coefficient of variation; 0 gives the constant 1. Takes a few
    /// milliseconds: make one and keep it.
    ///
    /// # Panics
    ///
    /// When `cv` is negative or not finite: a validated scenario has no such value.
    pub fn new(cv: f64) -> Self {
        assert!(cv >= 0.0 && cv.is_finite(), "coefficient of variation {cv}");
        // A cv whose shape a double cannot tell from infinity is no variation.
        let shape = 1.0 / (cv * cv);
        let table = (shape < 1e18).then(|| Table::new(shape));
        Self { cv, shape, table }
    }

    /// The coefficient of variation.
    pub fn cv(&self) -> f64 {
        self.cv
    }

    /// Whether every factor is 1.
    pub fn is_constant(&self) -> bool {
        self.table.is_none()
    }

    /// The value below which a factor lies with probability `u`, 0 < u < 1, to a relative 1e-10.
    #[inline]
    pub fn quantile(&self, u: f64) -> f64 {
        let Some(table) = &self.table else {
            return 1.0;
        };
        let above = 1.0 - u;
        let tail = u.min(above);
        if tail < EDGE {
            return gamma::inverse(self.shape, u, above).0 / self.shape;
        }
        table.value(tail, u > above)
    }
}

impl Distribution<f64> for UnitGamma {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.quantile(next_open_unit(rng))
    }
}

impl Table {
    fn new(shape: f64) -> Self {
        let logarithmic = shape < 0.25;
        let value = |tail: f64, upper: bool| {
            let (below, above) = if upper {
                (1.0 - tail, tail)
            } else {
                (tail, 1.0 - tail)
            };
            let (x, ln_x) = gamma::inverse(shape, below, above);
            if logarithmic {
                ln_x - libm::log(shape)
            } else {
                x / shape
            }
        };
        let nodes = lobatto_nodes();
        let side = |upper: bool| {
            (0..OCTAVES * CELLS).map(move |index| {
                let (start, width) = extent(index);
                let values = nodes.map(|node| value(start + width * (0.5 + 0.5 * node), upper));
                Cell::through(&nodes, &values)
            })
        };
        let mut cells: Vec<Cell> = side(false).collect();
        cells.extend(side(true));
        Self { logarithmic, cells }
    }

    #[inline]
    fn value(&self, tail: f64, upper: bool) -> f64 {
        // 1/2 itself belongs to the last cell.
        let bits = tail.min(0.5_f64.next_down()).to_bits();
        let cell = ((bits >> (52 - CELL_BITS)) - FIRST) as usize;
        let index = cell + if upper { OCTAVES * CELLS } else { 0 };
        // The bits below the cell's, as a number in 1..2.
        const ONE: u64 = 1.0_f64.to_bits();
        const MANTISSA: u64 = (1 << 52) - 1;
        let place = f64::from_bits(((bits << CELL_BITS) & MANTISSA) | ONE);
        let value = self.cells[index].at(2.0 * place - 3.0);
        if self.logarithmic {
            libm::exp(value)
        } else {
            value
        }
    }
}

/// Start and width of a cell of tail probability.
fn extent(index: usize) -> (f64, f64) {
    let edge = |i: usize| f64::from_bits((FIRST + i as u64) << (52 - CELL_BITS));
    (edge(index), edge(index + 1) - edge(index))
}

/// cos(pi i / DEGREE), ascending from -1 to 1.
fn lobatto_nodes() -> [f64; DEGREE + 1] {
    std::array::from_fn(|i| -libm::cos(std::f64::consts::PI * i as f64 / DEGREE as f64))
}

impl Cell {
    /// The polynomial through the values at the nodes: Newton's divided differences, multiplied
    /// out.
    fn through(nodes: &[f64; DEGREE + 1], values: &[f64; DEGREE + 1]) -> Self {
        let mut differences = *values;
        for order in 1..=DEGREE {
            for i in (order..=DEGREE).rev() {
                differences[i] =
                    (differences[i] - differences[i - 1]) / (nodes[i] - nodes[i - order]);
            }
        }
        let mut coefficients = [0.0; DEGREE + 1];
        for i in (0..=DEGREE).rev() {
            for j in (1..=DEGREE).rev() {
                coefficients[j] = coefficients[j - 1] - nodes[i] * coefficients[j];
            }
            coefficients[0] = differences[i] - nodes[i] * coefficients[0];
        }
        let (first, last) = (values[0], values[DEGREE]);
        Self {
            coefficients,
            low: first.min(last),
            high: first.max(last),
        }
    }

    #[inline]
    fn at(&self, t: f64) -> f64 {
        let c = &self.coefficients;
        let square = t * t;
        let fourth = square * square;
        // Estrin's scheme: short chains.
        let low = (c[0] + c[1] * t) + (c[2] + c[3] * t) * square;
        let high = (c[4] + c[5] * t) + (c[6] + c[7] * t) * square;
        (low + high * fourth).max(self.low).min(self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_the_exact_quantile() {
        for cv in [1e-4, 1e-3, 0.05, 0.3, 0.7, 1.0, 1.9, 2.1, 4.0, 10.0] {
            let factor = UnitGamma::new(cv);
            let mut last = 0.0;
            for i in 1..8_000 {
                let u = f64::from(i) / 8_000.0;
                let exact = gamma::quantile(factor.shape, u) / factor.shape;
                let got = factor.quantile(u);
                let error = (got - exact).abs();
                assert!(
                    error <= 1e-10 * exact + 1e-307,
                    "{cv} {u}: {got:e} for {exact:e}"
                );
                assert!(got >= last, "{cv} {u}: {got} after {last}");
                last = got;
            }
        }
    }

    #[test]
    fn it_never_decreases_where_cells_and_methods_meet() {
        for cv in [1e-3, 0.3, 1.0, 3.0] {
            let factor = UnitGamma::new(cv);
            for index in 0..=OCTAVES * CELLS {
                let (tail, _) = extent(index);
                for u in [tail, 1.0 - tail] {
                    let near = [u.next_down(), u, u.next_up()].map(|u| factor.quantile(u));
                    assert!(near[0] <= near[1] * (1.0 + 1e-15), "{cv} {u} {near:?}");
                    assert!(near[1] <= near[2] * (1.0 + 1e-15), "{cv} {u} {near:?}");
                }
            }
        }
    }

    #[test]
    fn no_variation_is_the_constant_one() {
        assert_eq!(UnitGamma::new(0.0).quantile(0.3), 1.0);
        assert_eq!(UnitGamma::new(1e-300).quantile(0.3), 1.0);
    }

    #[test]
    fn absurd_arguments_come_back() {
        for cv in [1e-9, 1e3, 1e6] {
            let factor = UnitGamma::new(cv);
            for u in [1e-300, 1e-16, 0.2, 0.5, 1.0 - 1e-16] {
                assert!(factor.quantile(u) >= 0.0, "{cv} {u}");
            }
        }
    }
}
