//! What a path wants of each day, all workloads together.

use crate::demand::Future;
use crate::units::Credits;

/// Sums the workloads' demand by day into `wanted`; returns the demand without incidents. `None`
/// where the sum over all days does not fit, so that later no sum of parts of it can pass 64 bits.
pub(super) fn add_up(future: &Future, wanted: &mut Vec<Credits>) -> Option<Credits> {
    wanted.clear();
    wanted.resize(future.days(), Credits::ZERO);
    let hit = || (0..future.workloads()).filter(|&w| future.is_hit(w));
    let mut bits = 0;
    for workload in 0..future.workloads() {
        bits |= add(wanted, future.base(workload));
    }
    for workload in hit() {
        bits |= add(wanted, future.incident(workload));
    }
    // Each amount is below 2^k, none is negative: 2^(63 - k) of them fit without a look at each.
    let amounts = 2 * future.workloads() * future.days();
    let room = bits.leading_zeros().saturating_sub(1);
    let fits = room < usize::BITS && amounts < 1 << room;
    let (whole, incidents) = match fits {
        true => {
            let sum = |amounts: &[i64]| amounts.iter().fold(0, |sum: i64, &a| sum.wrapping_add(a));
            let whole = wanted.iter().copied().sum::<Credits>().micro();
            let incidents: i64 = hit().map(|w| sum(future.incident(w))).sum();
            (i128::from(whole), i128::from(incidents))
        }
        false => {
            let total = |amounts: &[i64]| -> i128 { amounts.iter().map(|&a| i128::from(a)).sum() };
            let bases = (0..future.workloads()).map(|w| total(future.base(w)));
            let incidents = hit().map(|w| total(future.incident(w))).sum();
            (bases.sum::<i128>() + incidents, incidents)
        }
    };
    i64::try_from(whole).ok()?;
    i64::try_from(whole - incidents)
        .ok()
        .map(Credits::from_micro)
}

/// Adds amounts day by day, wrapping where the sum over all days does not fit; returns the bits that
/// any of them has.
fn add(sums: &mut [Credits], amounts: &[i64]) -> i64 {
    let mut bits = 0;
    for (sum, &amount) in sums.iter_mut().zip(amounts) {
        bits |= amount;
        *sum = Credits::from_micro(sum.micro().wrapping_add(amount));
    }
    bits
}
