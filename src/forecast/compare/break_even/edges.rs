//! Scales at which what is bought for a scaled plan changes: there a cost jumps.

use crate::decide::breakeven::exact;
use crate::error::Error;
use crate::forecast::compare::Asked;
use crate::forecast::compare::break_even::{Point, settle};
use crate::units::MICRO;

/// Most scales with another discount that are looked for on either side of today, the nearest ones.
const MOST: usize = 8;

/// Both sides of each scale at which a purchase of a way gets another discount, in millionths and one of
/// these apart, among ascending scales.
pub(super) fn discounts(
    asked: &Asked<'_>,
    point: Point,
    scales: &[f64],
) -> Result<Vec<i64>, Error> {
    let (Some(&first), Some(&last)) = (scales.first(), scales.last()) else {
        return Ok(Vec::new());
    };
    let at = |scale: i64| settle::discounts(asked, Point { scale, ..point });
    let mut edges = Vec::new();
    for end in [first, last] {
        edges.extend(changes(at, MICRO, exact(end).0, MOST)?);
    }
    Ok(edges)
}

/// Both sides of each scale between two at which some ways buy more or fewer packs; `None` where that
/// happens more than `most` times.
pub(super) fn purchases(
    asked: &Asked<'_>,
    points: [Point; 2],
    [low, high]: [i64; 2],
    most: usize,
) -> Result<Option<Vec<i64>>, Error> {
    let at = |scale: i64| -> Result<_, Error> {
        let packs = |point: Point| settle::packs(asked, Point { scale, ..point });
        Ok([packs(points[0])?, packs(points[1])?])
    };
    let found = changes(at, low, high, most + 1)?;
    Ok((found.len() <= 2 * most).then_some(found))
}

/// Whether some ways buy more or fewer packs beyond a scale than below it, at the same discount.
pub(super) fn is_of_a_pack(
    asked: &Asked<'_>,
    points: [Point; 2],
    scale: i64,
) -> Result<bool, Error> {
    let mut is_of_a_pack = false;
    for point in points {
        let [below, above] = [-1, 1].map(|step| Point {
            scale: scale + step,
            ..point
        });
        if settle::discounts(asked, below)? != settle::discounts(asked, above)? {
            return Ok(false);
        }
        is_of_a_pack |= settle::packs(asked, below)? != settle::packs(asked, above)?;
    }
    Ok(is_of_a_pack)
}

/// Both sides of the scales from one to another at which something changes, by halves: the first `most`
/// that are found, those next to `near` first.
fn changes<T: Clone + PartialEq>(
    at: impl Fn(i64) -> Result<T, Error>,
    near: i64,
    far: i64,
    most: usize,
) -> Result<Vec<i64>, Error> {
    let mut found = Vec::new();
    let mut open = vec![((near, at(near)?), (far, at(far)?))];
    while let Some((near, far)) = open.pop()
        && found.len() < 2 * most
    {
        if near.1 == far.1 {
            continue;
        }
        if near.0.abs_diff(far.0) == 1 {
            found.extend([near.0, far.0]);
            continue;
        }
        let middle = near.0.midpoint(far.0);
        let middle = (middle, at(middle)?);
        open.push((middle.clone(), far));
        open.push((near, middle));
    }
    Ok(found)
}
