//! Normal draws by the slice: the quantile function of [`special::normal`](crate::special::normal)
//! by table; and their exponentials.

use std::sync::LazyLock;

use super::dispatch::{Kernel, Level};
use super::table::Table;
use crate::special::exp::exp;
use crate::special::normal;

/// The quantile function between tails of 2^-21, to within 4e-9.
pub(super) static NORMAL: LazyLock<Table> = LazyLock::new(|| Table::new(|w, _, _| w));

/// Turns uniform numbers on (0, 1) into the standard normals below which they are the probability,
/// to within 4e-9.
pub fn quantiles(level: Level, values: &mut [f64]) {
    NORMAL.replace(level, values, normal::quantile);
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
