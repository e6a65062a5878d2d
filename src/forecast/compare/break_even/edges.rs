//! Scales at which what is bought for a scaled plan gets another discount: there a cost jumps.

use crate::decide::breakeven::exact;
use crate::error::Error;
use crate::forecast::compare::Asked;
use crate::forecast::compare::break_even::{Point, settle};
use crate::units::MICRO;

/// Most of them that are looked for on either side of today, the nearest ones.
const MOST: usize = 8;

/// Both sides of each such scale of a way, a millionth apart, among ascending scales.
pub(super) fn edges(asked: &Asked<'_>, point: Point, scales: &[f64]) -> Result<Vec<f64>, Error> {
    let (Some(&first), Some(&last)) = (scales.first(), scales.last()) else {
        return Ok(Vec::new());
    };
    let mut edges = Vec::new();
    for end in [first, last] {
        // By halves, those next to today first.
        let at = |scale: i64| Ok((scale, settle::discounts(asked, Point { scale, ..point })?));
        let mut open = vec![(at(MICRO)?, at(exact(end).0)?)];
        let mut found = 0;
        while let Some((near, far)) = open.pop()
            && found < MOST
        {
            if near.1 == far.1 {
                continue;
            }
            if near.0.abs_diff(far.0) == 1 {
                found += 1;
                edges.extend([near.0, far.0].map(|scale| scale as f64 / MICRO as f64));
                continue;
            }
            let middle = at(near.0.midpoint(far.0))?;
            open.push((middle.clone(), far));
            open.push((near, middle));
        }
    }
    Ok(edges)
}
