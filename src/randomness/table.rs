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

/// Cells of a table, some of which are never used: a power of two, so that any number can be masked to
/// one of them.
const CELLS: usize = (2 * SIDE).next_power_of_two();

/// Numbers that are located together, and lanes that are looked up together.
const BLOCK: usize = 64;
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
    /// Cells from the edge inwards, of the lower tail and of the upper in turn; of each the coefficients
    /// in the place within the cell, -1..1, lowest first.
    cells: Box<[[f64; TERMS]; CELLS]>,
}

impl Table {
    /// Tabulates `quantile(w, tail, is_upper)`, the value with probability `tail` below it or above,
    /// at which the standard normal is w.
    pub(super) fn new(quantile: impl Fn(f64, f64, bool) -> f64) -> Self {
        let nodes = lobatto::<TERMS>();
        let values = [false, true].map(|is_upper| -> Vec<f64> {
            let value = |&(w, tail): &(f64, f64)| {
                let w = if is_upper { -w } else { w };
                quantile(w, tail, is_upper)
            };
            NODES.iter().map(value).collect()
        });
        let mut cells = Vec::with_capacity(CELLS);
        for cell in 0..SIDE {
            for values in &values {
                let first = cell * (TERMS - 1);
                let values = std::array::from_fn(|node| values[first + node]);
                cells.push(through(&nodes, &values));
            }
        }
        cells.resize(CELLS, [0.0; TERMS]);
        let cells = cells.into_boxed_slice().try_into();
        Self {
            cells: cells.expect("as many cells as were made"),
        }
    }

    /// The value at u, whose tail is at least [`EDGE`].
    #[inline]
    pub(super) fn value(&self, u: f64) -> f64 {
        let (cell, place) = locate(u);
        horner(self.cell(cell), place)
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
        let mut cells = [0; BLOCK];
        let mut values = [0.0; BLOCK];
        let blocks = uniforms.chunks(BLOCK);
        for (uniforms, out) in blocks.zip(out[..uniforms.len()].chunks_mut(BLOCK)) {
            let values = &mut values[..uniforms.len()];
            self.block(uniforms, &mut cells, values, &beyond);
            for (out, &value) in out.iter_mut().zip(&*values) {
                *out = store(value);
            }
        }
    }

    /// The value at every u of a slice into `out`, as [`Table::values`].
    pub(super) fn look_up(
        &self,
        level: Level,
        uniforms: &[f64],
        out: &mut [f64],
        beyond: impl Fn(f64) -> f64,
    ) {
        level.run(LookUp {
            table: self,
            uniforms,
            out,
            beyond,
        });
    }

    /// The values of a block.
    #[inline(always)]
    fn block(
        &self,
        uniforms: &[f64],
        cells: &mut [u32; BLOCK],
        values: &mut [f64],
        beyond: impl Fn(f64) -> f64,
    ) {
        let mut outside = 0;
        // The places within the cells wait where the values will be.
        for ((&u, cell), place) in uniforms.iter().zip(&mut *cells).zip(&mut *values) {
            outside |= u64::from(tail(u) < EDGE);
            (*cell, *place) = locate(u);
        }
        let (groups, rest) = values.as_chunks_mut::<GROUP>();
        let (cell_groups, cells_of_rest) = cells[..uniforms.len()].as_chunks::<GROUP>();
        for (cells, values) in cell_groups.iter().zip(groups) {
            let mut coefficients = [[0.0; GROUP]; TERMS];
            for lane in 0..GROUP {
                let cell = self.cell(cells[lane]);
                for term in 0..TERMS {
                    coefficients[term][lane] = cell[term];
                }
            }
            for lane in 0..GROUP {
                let mut sum = coefficients[TERMS - 1][lane];
                for term in (0..TERMS - 1).rev() {
                    sum = sum * values[lane] + coefficients[term][lane];
                }
                values[lane] = sum;
            }
        }
        for (&cell, value) in cells_of_rest.iter().zip(rest) {
            *value = horner(self.cell(cell), *value);
        }
        if outside != 0 {
            for (&u, value) in uniforms.iter().zip(values) {
                if tail(u) < EDGE {
                    *value = beyond(u);
                }
            }
        }
    }

    /// The coefficients of a cell.
    #[inline(always)]
    fn cell(&self, cell: u32) -> &[f64; TERMS] {
        &self.cells[cell as usize % CELLS]
    }
}

struct LookUp<'a, F> {
    table: &'a Table,
    uniforms: &'a [f64],
    out: &'a mut [f64],
    beyond: F,
}

impl<F: Fn(f64) -> f64> Kernel for LookUp<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut cells = [0; BLOCK];
        let blocks = self.uniforms.chunks(BLOCK);
        for (uniforms, out) in blocks.zip(self.out.chunks_mut(BLOCK)) {
            self.table.block(uniforms, &mut cells, out, &self.beyond);
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

/// The cell of u and the place in it; of any cell, beyond the edge.
#[inline(always)]
fn locate(u: f64) -> (u32, f64) {
    const FIRST: u64 = EDGE.to_bits() >> (52 - CELL_BITS);
    let above = 1.0 - u;
    let bits = lesser(lesser(u, above), LARGEST).to_bits();
    let cell = (bits >> (52 - CELL_BITS)).wrapping_sub(FIRST);
    // The sign of a difference: a choice would be made lane by lane.
    let is_upper = (above - u).to_bits() >> 63;
    // The bits below the cell's, as a number in 1..2.
    let place = f64::from_bits(((bits << CELL_BITS) & MANTISSA) | ONE);
    ((cell << 1 | is_upper) as u32, 2.0 * place - 3.0)
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
            for side in [0, 1] {
                let [left, right] = [cell - 1, cell].map(|c| &table.cells[2 * c + side]);
                assert!((horner(left, 1.0) - horner(right, -1.0)).abs() < 1e-14);
            }
        }
        assert!(
            (horner(&table.cells[2 * SIDE - 2], 1.0) - horner(&table.cells[2 * SIDE - 1], 1.0))
                .abs()
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
            let mut uniforms = [0.5; 9];
            uniforms[place] = [1e-7, 1.0 - 1e-7][place % 2];
            let mut values = [0.0; 9];
            table.look_up(Level::best(), &uniforms, &mut values, |u| 1.0 + tail(u));
            for (i, value) in values.into_iter().enumerate() {
                assert_eq!(value > 0.5, i == place, "{i} {place} {value}");
            }
        }
    }
}
