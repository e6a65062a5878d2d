//! The best of all sizes, found without weighing each.
//!
//! Let bill(Q) be what a path pays beyond the purchase, less what is left is worth. Where a larger
//! purchase never raises it, any size q between two weighed ones a < b of one price tier has
//!
//! value(q) ≥ value(b) - (ahead(b) - ahead(a + 1)),
//!
//! ahead(Q) being what is paid for the purchase: on every path cost(q) ≥ ahead(a + 1) + bill(b), and the
//! value, a mean, a mean of the worst or a percentile, rises with every path's cost and shifts by what all
//! of them shift. Sizes that cannot be better than the best so far are left out, the others are weighed at
//! ever more places (branch and bound: A. H. Land & A. G. Doig, Econometrica 28 (1960) 497).

use std::collections::VecDeque;

use super::joined;

/// The sizes among which the best is sought.
#[expect(missing_debug_implementations, reason = "it borrows a function")]
pub struct Space<'a> {
    /// Price tiers as ranges of packs: first, and last unless it has none.
    pub tiers: &'a [(u64, Option<u64>)],
    /// The smallest size.
    pub fewest: u64,
    /// The largest size.
    pub most: u64,
    /// What is paid ahead for a size, in the unit of the values; `None` where integers cannot hold it.
    pub ahead: &'a dyn Fn(u64) -> Option<i128>,
}

/// A size with the value that is to be least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored {
    /// The size.
    pub packs: u64,
    /// What is to be least.
    pub value: i128,
    /// False where a constraint is not met; then no smaller size meets it either.
    pub is_allowed: bool,
}

/// Weighs some sizes, given in ascending order.
pub type Weigh<'a, E> = &'a mut dyn FnMut(&[u64]) -> Result<Vec<Scored>, E>;

/// Places in a tier that are weighed first.
const FIRST: u64 = 16;

/// Rounding of a value, in its unit.
const ROUNDING: i128 = 2;

/// The allowed size of least value, of equal ones the smallest; `None` where none is allowed. `also` are
/// sizes that are weighed anyway.
///
/// # Errors
/// Those of `weigh`.
pub fn least<E>(space: &Space<'_>, also: &[u64], weigh: Weigh<'_, E>) -> Result<Option<u64>, E> {
    let inside = |packs: u64| (space.fewest..=space.most).contains(&packs);
    let mut next: Vec<u64> = also
        .iter()
        .copied()
        .filter(|&packs| inside(packs))
        .collect();
    for (first, last) in spans(space) {
        let step = (last - first).div_ceil(FIRST).max(1);
        next.extend((first..last).step_by(step as usize));
        next.push(last);
    }
    let mut weighed: Vec<Scored> = Vec::new();
    while !next.is_empty() {
        next.sort_unstable();
        next.dedup();
        weighed.extend(weigh(&next)?);
        weighed.sort_unstable_by_key(|scored| scored.packs);
        let best = best(&weighed);
        next = spans(space)
            .flat_map(|span| gaps(&weighed, span))
            .filter(|&(a, b)| may_hold(space, best, a, b))
            .flat_map(|(a, b)| inner(a.packs, b.packs))
            .collect();
    }
    Ok(best(&weighed).map(|scored| scored.packs))
}

/// The tiers as far as they lie in the space.
fn spans<'a>(space: &'a Space<'_>) -> impl Iterator<Item = (u64, u64)> + 'a {
    space.tiers.iter().filter_map(|&(first, last)| {
        let span = (
            first.max(space.fewest),
            last.unwrap_or(u64::MAX).min(space.most),
        );
        (span.0 <= span.1).then_some(span)
    })
}

fn best(weighed: &[Scored]) -> Option<Scored> {
    let allowed = weighed.iter().filter(|scored| scored.is_allowed);
    allowed.copied().min_by_key(|s| (s.value, s.packs))
}

/// Neighbours among the weighed sizes of a tier with others between them.
fn gaps(weighed: &[Scored], (first, last): (u64, u64)) -> Vec<(Scored, Scored)> {
    let from = weighed.partition_point(|scored| scored.packs < first);
    let to = weighed.partition_point(|scored| scored.packs <= last);
    let pairs = weighed[from..to].windows(2).map(|pair| (pair[0], pair[1]));
    pairs.filter(|(a, b)| b.packs - a.packs > 1).collect()
}

/// Whether a size between two weighed ones can be better than the best.
fn may_hold(space: &Space<'_>, best: Option<Scored>, a: Scored, b: Scored) -> bool {
    if !b.is_allowed {
        return false;
    }
    let Some(best) = best else {
        return true;
    };
    let ahead = |packs| (space.ahead)(packs);
    let (Some(low), Some(high)) = (ahead(a.packs + 1), ahead(b.packs)) else {
        return false;
    };
    b.value - (high - low) - ROUNDING <= best.value
}

/// Up to three places between two sizes.
fn inner(a: u64, b: u64) -> Vec<u64> {
    let gap = b - a;
    match gap {
        0 | 1 => Vec::new(),
        2..=4 => (a + 1..b).collect(),
        _ => (1..4).map(|quarter| a + gap * quarter / 4).collect(),
    }
}

/// Sizes whose value is at most `most`, as ranges.
///
/// Between two weighed sizes a < b of a tier the bound above holds, and so does value(q) ≤ value(a) + ahead(b - 1) -
/// ahead(a). Gaps that neither decides are halved until none is left, or `tries` sizes have been weighed: then a gap
/// counts if both its ends do. `weigh` is `None` for sizes that cannot be bought.
pub fn within(
    space: &Space<'_>,
    most: i128,
    tries: usize,
    weigh: impl Fn(u64) -> Option<i128>,
) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let mut left = tries;
    let mut queue = VecDeque::new();
    for (first, last) in spans(space) {
        let step = (last - first).div_ceil(FIRST).max(1);
        let places = (first..last).step_by(step as usize).chain([last]);
        let weighed: Vec<(u64, i128)> = places
            .filter_map(|packs| Some((packs, weigh(packs)?)))
            .collect();
        ranges.extend(
            weighed
                .iter()
                .filter(|size| size.1 <= most)
                .map(|size| (size.0, size.0)),
        );
        left = left.saturating_sub(weighed.len());
        queue.extend(weighed.windows(2).map(|pair| (pair[0], pair[1])));
    }
    while let Some((a, b)) = queue.pop_front() {
        let (from, to) = (a.0 + 1, b.0 - 1);
        let ahead = |packs| (space.ahead)(packs);
        let (Some(own), Some(first), Some(last), Some(next)) =
            (ahead(a.0), ahead(from), ahead(to), ahead(b.0))
        else {
            continue;
        };
        if from > to || b.1 - (next - first) - ROUNDING > most {
            continue;
        }
        let is_full = a.1 + (last - own) + ROUNDING <= most;
        if is_full || left == 0 && a.1 <= most && b.1 <= most {
            ranges.push((from, to));
            continue;
        }
        let middle = u64::midpoint(a.0, b.0);
        if left > 0
            && let Some(value) = weigh(middle)
        {
            left -= 1;
            if value <= most {
                ranges.push((middle, middle));
            }
            queue.push_back((a, (middle, value)));
            queue.push_back(((middle, value), b));
        }
    }
    ranges.sort_unstable();
    joined(ranges)
}

/// The last size from `best` towards `end` for which `fits` holds, where it holds at `best` and, once it
/// fails, no more.
pub fn edge(best: u64, end: u64, fits: impl Fn(u64) -> bool) -> u64 {
    let at = |steps: u64| match end >= best {
        true => best + steps,
        false => best - steps,
    };
    let whole = end.abs_diff(best);
    let (mut good, mut step) = (0, 1);
    while good + step <= whole && fits(at(good + step)) {
        good += step;
        step *= 2;
    }
    // Fits at `good`, and not at good + step or that lies beyond the end.
    while step > 0 {
        if good + step <= whole && fits(at(good + step)) {
            good += step;
        }
        step /= 2;
    }
    at(good)
}

/// Sizes of a cost curve: about 40 from nothing to `high` packs, every edge of a tier on the way, and
/// `also`; ascending, each once.
pub fn curve(tiers: &[(u64, Option<u64>)], high: u64, also: &[u64]) -> Vec<u64> {
    const STEPS: u64 = 40;
    let widest = also.iter().copied().max().unwrap_or(0);
    let most = high.max(widest);
    let step = most.div_ceil(STEPS).max(1);
    let mut sizes: Vec<u64> = (0..=most.div_ceil(step)).map(|k| k * step).collect();
    let edges = tiers.iter().map(|&(first, _)| first);
    sizes.extend(edges.filter(|&first| first <= most + step));
    sizes.extend_from_slice(also);
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of all sizes from 0 on; packs cost `price` each, but `off` each from `edge` on.
    fn found(values: &[i128], price: i128, edge: u64, off: i128, allowed_from: u64) -> Option<u64> {
        let tiers = [(0, Some(edge - 1)), (edge, None)];
        let space = Space {
            tiers: &tiers,
            fewest: 0,
            most: values.len() as u64 - 1,
            ahead: &|packs| {
                let price = if packs < edge { price } else { off };
                Some(i128::from(packs) * price)
            },
        };
        let mut weigh = |sizes: &[u64]| -> Result<Vec<Scored>, ()> {
            assert!(sizes.is_sorted_by(|a, b| a < b));
            let scored = sizes.iter().map(|&packs| Scored {
                packs,
                value: values[packs as usize],
                is_allowed: packs >= allowed_from,
            });
            Ok(scored.collect())
        };
        least(&space, &[], &mut weigh).unwrap()
    }

    #[test]
    fn the_best_of_any_falling_bills_is_found() {
        // Bills that fall by steps of any size at any place: the costs have many valleys.
        let mut state = 1_u64;
        let mut dice = move |sides: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % sides
        };
        for case in 0..2_000 {
            let sizes = 2 + dice(300);
            let (price, edge) = (i128::from(1 + dice(50)), 1 + dice(sizes));
            let off = price * i128::from(5 + dice(6)) / 10;
            let mut bill = 20_000;
            let values: Vec<i128> = (0..sizes)
                .map(|packs| {
                    if dice(4) == 0 {
                        bill -= i128::from(dice(4 * price as u64));
                    }
                    let price = if packs < edge { price } else { off };
                    bill + i128::from(packs) * price
                })
                .collect();
            let from = dice(sizes);
            let allowed = || values.iter().enumerate().skip(from as usize);
            let best = allowed().min_by_key(|&(packs, value)| (value, packs));
            let expected = best.map(|(packs, _)| packs as u64);
            assert_eq!(
                found(&values, price, edge, off, from),
                expected,
                "case {case}"
            );
        }
    }

    #[test]
    fn all_sizes_within_a_value_are_found() {
        let mut state = 7_u64;
        let mut dice = move |sides: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % sides
        };
        for case in 0..500 {
            let sizes = 2 + dice(300);
            let (price, edge) = (i128::from(1 + dice(50)), 1 + dice(sizes));
            let mut bill = 20_000;
            let mut values = Vec::new();
            for packs in 0..sizes {
                if dice(3) == 0 {
                    bill -= i128::from(dice(6 * price as u64));
                }
                values.push(bill + i128::from(packs) * price);
            }
            let tiers = [(0, Some(edge - 1)), (edge, None)];
            let space = Space {
                tiers: &tiers,
                fewest: dice(sizes),
                most: sizes - 1,
                ahead: &|packs| Some(i128::from(packs) * price),
            };
            let most = values.iter().min().unwrap() + i128::from(dice(400));
            let found = within(&space, most, usize::MAX, |packs| {
                Some(values[packs as usize])
            });
            let is_within = |packs: &u64| values[*packs as usize] <= most;
            let expected: Vec<u64> = (space.fewest..sizes).filter(is_within).collect();
            let told = found.iter().flat_map(|&(low, high)| low..=high);
            assert_eq!(told.collect::<Vec<_>>(), expected, "case {case}");
            // With none to spare a gap between two that fit fits.
            let few = within(&space, most, 0, |packs| Some(values[packs as usize]));
            assert!(few.is_sorted() && few.iter().all(|&(low, high)| low <= high));
        }
    }

    #[test]
    fn an_edge_is_the_last_size_that_fits() {
        for last in 0..40 {
            assert_eq!(edge(5, 39, |packs| packs <= last.max(5)), last.max(5));
            assert_eq!(edge(39, 0, |packs| packs >= last), last);
        }
        assert_eq!(edge(7, 7, |_| true), 7);
    }
}
