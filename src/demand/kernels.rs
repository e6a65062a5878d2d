//! Loops over a workload's days, as wide as the processor's vectors.

use crate::randomness::dispatch::{Kernel, Level};
use crate::units::MICRO;

/// Multiplies number by number.
pub(crate) fn multiply(level: Level, numbers: &mut [f64], by: &[f64]) {
    change(level, numbers, by, |number, by| number * by);
}

/// Replaces each number by what `f` makes of it and its companion in `by`.
pub(crate) fn change(level: Level, numbers: &mut [f64], by: &[f64], f: impl Fn(f64, f64) -> f64) {
    level.run(Change { numbers, by, f });
}

struct Change<'a, F> {
    numbers: &'a mut [f64],
    by: &'a [f64],
    f: F,
}

impl<F: Fn(f64, f64) -> f64> Kernel for Change<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (number, &by) in self.numbers.iter_mut().zip(self.by) {
            *number = (self.f)(*number, by);
        }
    }
}

/// The sum of numbers, wrapping.
pub(crate) fn sum(level: Level, numbers: &[i64]) -> i64 {
    level.run(Sum(numbers))
}

struct Sum<'a>(&'a [i64]);

impl Kernel for Sum<'_> {
    type Output = i64;

    #[inline(always)]
    fn run(self) -> i64 {
        self.0.iter().fold(0, |sum, &one| sum.wrapping_add(one))
    }
}

/// What each of the totals is more than its count.
pub(crate) fn subtract(level: Level, totals: &[u64], counts: &[u64], more: &mut Vec<u64>) {
    more.resize(totals.len(), 0);
    level.run(Subtract {
        totals,
        counts,
        more,
    });
}

struct Subtract<'a> {
    totals: &'a [u64],
    counts: &'a [u64],
    more: &'a mut [u64],
}

impl Kernel for Subtract<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((more, &total), &count) in self.more.iter_mut().zip(self.totals).zip(self.counts) {
            *more = total.saturating_sub(count);
        }
    }
}

/// Adds counts at their prices to a book, a day an entry; false where a sum does not fit.
pub(crate) struct Post<'a> {
    pub(crate) counts: &'a [u64],
    pub(crate) prices: &'a [i64],
    /// What the book holds is of another path and does not count.
    pub(crate) is_first: bool,
    pub(crate) book: &'a mut [i64],
}

impl Kernel for Post<'_> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let held = |book: i64| if self.is_first { 0 } else { book };
        // Every sum fits where these bounds do, as they nearly always do.
        let (mut counts, mut prices, mut booked) = (0, 0, 0);
        let parts = self.counts.iter().zip(self.prices);
        if self.is_first {
            // What was held is of no use any more.
            for ((&count, &price), book) in parts.zip(&mut *self.book) {
                counts |= count;
                prices |= price;
                *book = count.cast_signed().wrapping_mul(price);
            }
        } else {
            for ((&count, &price), &book) in parts.zip(&*self.book) {
                counts |= count;
                prices |= price;
                booked |= book;
            }
        }
        let bits = |word: u64| u64::BITS - word.leading_zeros();
        let product = bits(counts) + bits(prices.cast_unsigned());
        if u32::max(product, bits(booked.cast_unsigned())) < 63 {
            if !self.is_first {
                let parts = self.counts.iter().zip(self.prices);
                for ((&count, &price), book) in parts.zip(self.book) {
                    *book = book.wrapping_add(count.cast_signed().wrapping_mul(price));
                }
            }
            return true;
        }
        let parts = self.counts.iter().zip(self.prices);
        for ((&count, &price), book) in parts.zip(self.book) {
            let credits = i64::try_from(count).ok().and_then(|c| c.checked_mul(price));
            match credits.and_then(|credits| held(*book).checked_add(credits)) {
                Some(sum) => *book = sum,
                None => return false,
            }
        }
        true
    }
}

/// Adds counts of units to a book of micro-units, a day an entry; false where one does not fit.
pub(crate) fn count_units(counts: &[u64], book: &mut [i64]) -> bool {
    counts.iter().zip(book).all(|(&count, sum)| {
        let units = i64::try_from(count).ok();
        let units = units.and_then(|units| units.checked_mul(MICRO)?.checked_add(*sum));
        units.map(|units| *sum = units).is_some()
    })
}
