//! Quantile functions by table, for whole slices at a time.
//!
//! As in numerical inversion (W. Hoermann & J. Leydold, "Continuous random variate generation by
//! fast numerical inversion", ACM TOMS 13 (2003) 347-362): each octave of u below 1/2, and of 1 - u
//! above, has 32 cells, each with the cubic through the exact quantiles at its Chebyshev-Lobatto
//! points. Neighbouring cells share an end, so that the interpolant is continuous to rounding. Cells
//! are relative to the tail, so that the error is small beside the value also where a quantile
//! function runs off to 0 or infinity. What lies beyond 2^-21 on either side is not tabulated.
//!
//! A table asks for 3,842 quantiles. Where these are dear, `smooth` gives them from fewer than two hundred.

use std::sync::LazyLock;

use super::dispatch::{Kernel, Level};
use super::smooth::{lobatto, through};
use crate::special::{horner, normal};

/// Octaves of each tail: 1/4..1/2 is the last, 2^-21..2^-20 the first.
const OCTAVES: usize = 20;
/// Bits of the mantissa that number an octave's cells.
const CELL_BITS: usize = 5;
/// Cells of a tail.
const SIDE: usize = OCTAVES << CELL_BITS;
/// The smallest tail probability in the table.
pub(super) const EDGE: f64 = 1.0 / (1 << 21) as f64;
/// Coefficients of a cell's polynomial.
const TERMS: usize = 4;

/// Lanes that are looked up together.
const GROUP: usize = 8;

const MANTISSA: u64 = (1 << 52) - 1;
const ONE: u64 = 1.0_f64.to_bits();
/// The largest tail below 1/2, to whose cell 1/2 itself belongs.
const LARGEST: f64 = 0.5_f64.next_down();

/// Where a tail's cells take their values, from the edge up, each cell's last being the next one's
/// first: the normal quantile and the tail.
static NODES: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    const FIRST: u64 = EDGE.to_bits() >> (52 - CELL_BITS);
    let edge = |cell: u64| f64::from_bits((FIRST + cell) << (52 - CELL_BITS));
    let inside = (0..SIDE as u64).flat_map(|cell| {
        let (low, high) = (edge(cell), edge(cell + 1));
        let nodes = lobatto::<TERMS>().into_iter().skip(1);
        nodes.map(move |node| low + (high - low) * (0.5 + 0.5 * node))
    });
    let tails = std::iter::once(EDGE).chain(inside);
    tails
        .map(|tail| (normal::inverse(tail, 1.0 - tail), tail))
        .collect()
});

/// A tabulated quantile function.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Cells of the lower tail from its edge up, then of the upper one from its edge inwards; of
    /// each the coefficients in the place within the cell, -1..1, lowest first.
    cells: Box<[[f64; TERMS]; 2 * SIDE]>,
}

impl Table {
    /// Tabulates `quantile(w, tail, is_upper)`, the value with probability `tail` below it or above,
    /// at which the standard normal is w.
    pub(super) fn new(quantile: impl Fn(f64, f64, bool) -> f64) -> Self {
        let mut cells = Vec::with_capacity(2 * SIDE);
        let nodes = lobatto::<TERMS>();
        for is_upper in [false, true] {
            let value = |&(w, tail): &(f64, f64)| {
                let w = if is_upper { -w } else { w };
                quantile(w, tail, is_upper)
            };
            let values: Vec<f64> = NODES.iter().map(value).collect();
            for cell in 0..SIDE {
                let first = cell * (TERMS - 1);
                let values = std::array::from_fn(|node| values[first + node]);
                cells.push(through(&nodes, &values));
            }
        }
        let cells = cells.into_boxed_slice().try_into();
        Self {
            cells: cells.expect("as many cells as were made"),
        }
    }

    /// The value at u, whose tail is at least [`EDGE`].
    #[inline]
    pub(super) fn value(&self, u: f64) -> f64 {
        let (cell, place) = locate(u);
        horner(&self.cells[cell], place)
    }

    /// Gives `store` the value at every u of a slice in turn, which `beyond` replaces where the tail is
    /// below [`EDGE`].
    #[inline(always)]
    pub(super) fn values<T>(
        &self,
        uniforms: &[f64],
        out: &mut [T],
        store: impl Fn(f64) -> T,
        beyond: impl Fn(f64) -> f64,
    ) {
        let (groups, rest) = uniforms.as_chunks::<GROUP>();
        let (out_groups, out_rest) = out[..uniforms.len()].as_chunks_mut::<GROUP>();
        for (group, out) in groups.iter().zip(out_groups) {
            let values = self.group(group, &beyond);
            for lane in 0..GROUP {
                out[lane] = store(values[lane]);
            }
        }
        for (&u, out) in rest.iter().zip(out_rest) {
            *out = store(self.value_or(u, &beyond));
        }
    }

    /// Replaces every u of a slice by its value, as [`Table::values`].
    pub(super) fn replace(&self, level: Level, values: &mut [f64], beyond: impl Fn(f64) -> f64) {
        level.run(Replace {
            table: self,
            values,
            beyond,
        });
    }

    #[inline(always)]
    fn value_or(&self, u: f64, beyond: impl Fn(f64) -> f64) -> f64 {
        if tail(u) < EDGE {
            beyond(u)
        } else {
            self.value(u)
        }
    }

    #[inline(always)]
    fn group(&self, u: &[f64; GROUP], beyond: impl Fn(f64) -> f64) -> [f64; GROUP] {
        let mut index = [0; GROUP];
        let mut place = [0.0; GROUP];
        let mut is_inside = true;
        for lane in 0..GROUP {
            is_inside &= tail(u[lane]) >= EDGE;
            (index[lane], place[lane]) = locate(u[lane]);
        }
        let mut coefficients = [[0.0; GROUP]; TERMS];
        for lane in 0..GROUP {
            let cell = &self.cells[index[lane]];
            for term in 0..TERMS {
                coefficients[term][lane] = cell[term];
            }
        }
        let mut values = [0.0; GROUP];
        for lane in 0..GROUP {
            let mut sum = coefficients[TERMS - 1][lane];
            for term in (0..TERMS - 1).rev() {
                sum = sum * place[lane] + coefficients[term][lane];
            }
            values[lane] = sum;
        }
        if !is_inside {
            for lane in 0..GROUP {
                if tail(u[lane]) < EDGE {
                    values[lane] = beyond(u[lane]);
                }
            }
        }
        values
    }
}

struct Replace<'a, F> {
    table: &'a Table,
    values: &'a mut [f64],
    beyond: F,
}

impl<F: Fn(f64) -> f64> Kernel for Replace<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (groups, rest) = self.values.as_chunks_mut::<GROUP>();
        for group in groups {
            *group = self.table.group(group, &self.beyond);
        }
        for value in rest {
            *value = self.table.value_or(*value, &self.beyond);
        }
    }
}

/// The probability on the nearer side of u.
#[inline(always)]
pub(super) fn tail(u: f64) -> f64 {
    lesser(u, 1.0 - u)
}

/// The lesser of two numbers: one instruction, where `f64::min` minds what is not a number.
#[inline(always)]
fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The cell of u and the place in it; of a cell of the other tail, beyond the edge.
#[inline(always)]
fn locate(u: f64) -> (usize, f64) {
    const FIRST: u64 = EDGE.to_bits() >> (52 - CELL_BITS);
    let above = 1.0 - u;
    let bits = lesser(lesser(u, above), LARGEST).to_bits();
    let cell = (bits >> (52 - CELL_BITS))
        .wrapping_sub(FIRST)
        .min(SIDE as u64 - 1);
    let side = if u > above { SIDE as u64 } else { 0 };
    // The bits below the cell's, as a number in 1..2.
    let place = f64::from_bits(((bits << CELL_BITS) & MANTISSA) | ONE);
    (cell.wrapping_add(side) as usize, 2.0 * place - 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normals() -> Table {
        Table::new(|w, _, _| w)
    }

    fn uniforms() -> Vec<f64> {
        let body = (1..20_000).map(|i| f64::from(i) / 20_000.0);
        let tails = (1..=168).map(|e| libm::exp2(-f64::from(e) / 8.0));
        let ends = (0..=OCTAVES << CELL_BITS).map(|cell| {
            let first = EDGE.to_bits() >> (52 - CELL_BITS);
            f64::from_bits((first + cell as u64) << (52 - CELL_BITS))
        });
        let near = ends.flat_map(|u| [u, u.next_up(), 1.0 - u, (1.0 - u).next_down()]);
        body.chain(tails.flat_map(|t| [t, 1.0 - t]))
            .chain(near)
            .collect()
    }

    #[test]
    fn normal_quantiles_are_within_4e_9() {
        let table = normals();
        let mut worst: f64 = 0.0;
        for u in uniforms() {
            worst = worst.max((table.value(u) - normal::quantile(u)).abs());
        }
        assert!(worst < 4e-9, "{worst:e}");
        assert!(worst > 1e-10, "the bound is idle: {worst:e}");
    }

    #[test]
    fn neighbouring_cells_meet() {
        let table = normals();
        for cell in 1..SIDE {
            for side in [0, SIDE] {
                let [left, right] = [cell - 1, cell].map(|c| &table.cells[side + c]);
                assert!((horner(left, 1.0) - horner(right, -1.0)).abs() < 1e-14);
            }
        }
        assert!(
            (horner(&table.cells[SIDE - 1], 1.0) - horner(&table.cells[2 * SIDE - 1], 1.0)).abs()
                < 1e-14
        );
    }

    #[test]
    fn slices_have_the_bits_of_single_values() {
        let table = normals();
        let uniforms: Vec<f64> = uniforms();
        for len in [0, 1, 7, 8, 9, 31, uniforms.len()] {
            let mut out = vec![0.0; len];
            table.values(&uniforms[..len], &mut out, |value| value, |_| f64::NAN);
            for (&u, &value) in uniforms.iter().zip(&out) {
                assert_eq!(table.value(u).to_bits(), value.to_bits());
            }
        }
        for place in [0, 3, 8] {
            let mut values = [0.5; 9];
            values[place] = [1e-7, 1.0 - 1e-7][place % 2];
            table.replace(Level::best(), &mut values, |u| 1.0 + tail(u));
            for (i, value) in values.into_iter().enumerate() {
                assert_eq!(value > 0.5, i == place, "{i} {place} {value}");
            }
        }
    }
}
