//! What a path wants of each day, all workloads together.

use super::Future;
use super::kernels::sum;
use std::ops::Range;

use crate::randomness::dispatch::Kernel;
use crate::units::Credits;

impl Future {
    /// Micro-credits that a workload wants on some days, without incidents and what these add. Wraps where
    /// [`add_up`](Self::add_up) says that sums do not fit.
    pub fn sums(&self, workload: usize, days: Range<usize>) -> (i64, i64) {
        let incident = match self.is_hit(workload) {
            true => sum(self.level, &self.incident(workload)[days.clone()]),
            false => 0,
        };
        (sum(self.level, &self.base(workload)[days]), incident)
    }

    /// Sums the workloads' demand by day into `wanted`; returns the demand without incidents. `None`
    /// where the sum over all days does not fit, so that later no sum of parts of it can pass 64 bits.
    pub fn add_up(&self, wanted: &mut Vec<Credits>) -> Option<Credits> {
        wanted.clear();
        wanted.resize(self.days(), Credits::ZERO);
        let hit = || (0..self.workloads()).filter(|&w| self.is_hit(w));
        let bases = (0..self.workloads()).map(|w| self.base(w));
        let mut bits = 0;
        for amounts in bases.chain(hit().map(|w| self.incident(w))) {
            let sums = &mut wanted[..];
            bits |= self.level.run(Add { sums, amounts });
        }
        // Each amount is below 2^k, none is negative: 2^(63 - k) of them fit without a look at each.
        let amounts = 2 * self.workloads() * self.days();
        let room = bits.leading_zeros().saturating_sub(1);
        let fits = room < usize::BITS && amounts < 1 << room;
        let (whole, incidents) = match fits {
            true => {
                let whole = wanted.iter().copied().sum::<Credits>().micro();
                let incidents: i64 = hit().map(|w| sum(self.level, self.incident(w))).sum();
                (i128::from(whole), i128::from(incidents))
            }
            false => {
                let total =
                    |amounts: &[i64]| -> i128 { amounts.iter().map(|&a| i128::from(a)).sum() };
                let bases = (0..self.workloads()).map(|w| total(self.base(w)));
                let incidents = hit().map(|w| total(self.incident(w))).sum();
                (bases.sum::<i128>() + incidents, incidents)
            }
        };
        i64::try_from(whole).ok()?;
        i64::try_from(whole - incidents)
            .ok()
            .map(Credits::from_micro)
    }
}

/// Adds amounts day by day, wrapping where the sum over all days does not fit; gives the bits that
/// any of them has.
struct Add<'a> {
    sums: &'a mut [Credits],
    amounts: &'a [i64],
}

impl Kernel for Add<'_> {
    type Output = i64;

    #[inline(always)]
    fn run(self) -> i64 {
        let mut bits = 0;
        for (sum, &amount) in self.sums.iter_mut().zip(self.amounts) {
            bits |= amount;
            *sum = Credits::from_micro(sum.micro().wrapping_add(amount));
        }
        bits
    }
}
