//! What a path wants of each day, all workloads together.

use crate::demand::Future;
use crate::units::Credits;

/// Sums the workloads' demand by day into `wanted`; returns the demand without incidents. `None`
/// where the sum over all days does not fit, so that later no sum of parts of it can pass 64 bits.
pub(super) fn add_up(future: &Future, wanted: &mut Vec<Credits>) -> Option<Credits> {
    wanted.clear();
    wanted.resize(future.days(), Credits::ZERO);
    let bits = |amounts: &[i64]| amounts.iter().fold(0, |bits, amount| bits | amount);
    let (mut all_bits, mut incidents) = (0, 0_i128);
    for workload in 0..future.workloads() {
        let (base, incident) = (future.base(workload), future.incident(workload));
        all_bits |= bits(base);
        add(wanted, base);
        // Most futures have none.
        let incident_bits = bits(incident);
        if incident_bits != 0 {
            all_bits |= incident_bits;
            add(wanted, incident);
            incidents += total(incident);
        }
    }
    // Each amount is below 2^k, none is negative: 2^(63 - k) of them fit without a look at each.
    let amounts = 2 * future.workloads() * future.days();
    let room = all_bits.leading_zeros().saturating_sub(1);
    let fits = room < usize::BITS && amounts < 1 << room;
    let whole = match fits {
        true => wanted
            .iter()
            .fold(0, |sum, day| sum + i128::from(day.micro())),
        false => {
            let parts = (0..future.workloads()).flat_map(|w| [future.base(w), future.incident(w)]);
            parts.map(total).sum()
        }
    };
    i64::try_from(whole).ok()?;
    i64::try_from(whole - incidents)
        .ok()
        .map(Credits::from_micro)
}

/// Adds amounts day by day; wraps only where the sum over all days does not fit.
fn add(sums: &mut [Credits], amounts: &[i64]) {
    for (sum, &amount) in sums.iter_mut().zip(amounts) {
        *sum = Credits::from_micro(sum.micro().wrapping_add(amount));
    }
}

fn total(amounts: &[i64]) -> i128 {
    amounts.iter().map(|&amount| i128::from(amount)).sum()
}
