//! Normal draws by the slice: the quantile function of [`special::normal`](crate::special::normal)
//! by table; and their exponentials.

use std::sync::LazyLock;

use super::dispatch::{Kernel, Level};
use super::table::{EDGE, Table, tail};
use crate::special::exp::exp;
use crate::special::normal;

/// The quantile function between tails of 2^-21, to within 4e-9.
pub(super) static NORMAL: LazyLock<Table> = LazyLock::new(|| Table::new(|w, _, _| w));

/// The standard normals below which uniform numbers on (0, 1) are the probability, to within 4e-9.
///
/// # Panics
/// When the slices differ in length.
pub fn quantiles(level: Level, uniforms: &[f64], normals: &mut [f64]) {
    assert!(uniforms.len() == normals.len());
    NORMAL.look_up(level, uniforms, normals, normal::quantile);
}

/// The standard normal below which `u`, 0 < u < 1, is the probability, as [`quantiles`] gives it.
#[inline]
pub(crate) fn quantile(u: f64) -> f64 {
    if tail(u) < EDGE {
        normal::quantile(u)
    } else {
        NORMAL.value(u)
    }
}

/// Replaces every number by its exponential.
pub(crate) fn exponentials(level: Level, numbers: &mut [f64]) {
    level.run(Exponentials(numbers));
}

struct Exponentials<'a>(&'a mut [f64]);

impl Kernel for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for number in self.0 {
            *number = exp(*number);
        }
    }
}
