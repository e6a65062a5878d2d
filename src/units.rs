//! Credits and money: integers that know what they are, with only the arithmetic that is legal.
//!
//! Both count millionths. Inside the engine nothing is added in floating point that a contract
//! would add: sums of integers do not depend on their order, so threads cannot change a result,
//! and parts always sum to their whole. Release builds keep overflow checks on: a sum never wraps.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// Millionths in one unit of [`Credits`] or [`Money`].
pub const MICRO: i64 = 1_000_000;

/// Mean length of a calendar month in days: 365.25 / 12.
pub const DAYS_PER_MONTH: f64 = 30.4375;

/// Days in the year of rates and volatilities.
pub const DAYS_PER_YEAR: f64 = 365.0;

macro_rules! micro_unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// A count of millionths, as it is.
            pub const fn from_micro(micro: i64) -> Self {
                Self(micro)
            }

            /// The count of millionths.
            pub const fn micro(self) -> i64 {
                self.0
            }

            /// The nearest millionth, ties away from zero; `None` for NaN and for what 64 bits
            /// cannot hold.
            pub fn from_f64(value: f64) -> Option<Self> {
                round_to_i64(value * MICRO as f64).map(Self)
            }

            /// As a floating-point number of whole units, for statistics and display.
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / MICRO as f64
            }

            /// The larger of the difference and nothing.
            pub fn saturating_less(self, other: Self) -> Self {
                Self((self.0 - other.0).max(0))
            }

            /// The sum, or `None` where 64 bits cannot hold it.
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(Self)
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, Add::add)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&micro_text(self.0))
            }
        }
    };
}

micro_unit! {
    /// Credits, in micro-credits. Holds up to 9.2e12 credits.
    Credits
}

micro_unit! {
    /// Money in the scenario's currency, in millionths. Holds up to 9.2e12 units.
    Money
}

/// The exact decimal text of a count of millionths, without trailing zeros: `1500000` is `1.5`.
pub fn micro_text(micro: i64) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let magnitude = micro.unsigned_abs();
    let unit = MICRO.unsigned_abs();
    let (whole, fraction) = (magnitude / unit, magnitude % unit);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{fraction:06}");
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// The nearest integer, ties away from zero; `None` for NaN and beyond 64 bits.
pub fn round_to_i64(value: f64) -> Option<i64> {
    // 2^63 is exactly representable; the comparison is false for NaN.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let rounded = value.round();
    (rounded.abs() < LIMIT).then_some(rounded as i64)
}

/// `part * numerator / denominator`, rounded half up, for non-negative operands; `None` where the
/// result does not fit. Applied to a running total and differenced, it gives parts that sum to
/// their whole.
pub fn scale(part: i64, numerator: i64, denominator: i64) -> Option<i64> {
    debug_assert!(part >= 0 && numerator >= 0 && denominator > 0);
    // As nearly always: 128 bits take several times as long.
    let (whole, rest) = (part / denominator, part % denominator);
    let raised = rest
        .checked_mul(numerator)
        .and_then(|product| product.checked_add(denominator / 2));
    if let Some(raised) = raised {
        return whole
            .checked_mul(numerator)?
            .checked_add(raised / denominator);
    }
    let product = i128::from(part) * i128::from(numerator);
    let half = i128::from(denominator) / 2;
    i64::try_from((product + half) / i128::from(denominator)).ok()
}

/// Part `place` (from 0) of `parts` equal parts of an amount, rounded cumulatively so that they sum
/// to it.
pub fn part(amount: i64, place: usize, parts: usize) -> Option<i64> {
    let parts = i64::try_from(parts).ok()?;
    let place = i64::try_from(place).ok()?;
    Some(scale(amount, place + 1, parts)? - scale(amount, place, parts)?)
}

/// The nearest whole quotient, half up, of non-negative operands; `None` where it does not fit.
pub fn quotient(numerator: i128, denominator: i128) -> Option<i64> {
    let raised = numerator.checked_add(denominator / 2)?;
    i64::try_from(raised / denominator).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_print_as_exact_decimals() {
        assert_eq!(micro_text(500_000_000_000), "500000");
        assert_eq!(micro_text(1_500_000), "1.5");
        assert_eq!(micro_text(-1), "-0.000001");
        assert_eq!(micro_text(0), "0");
    }

    #[test]
    fn what_64_bits_cannot_hold_is_refused() {
        assert_eq!(round_to_i64(f64::NAN), None);
        assert_eq!(round_to_i64(1e19), None);
        assert_eq!(round_to_i64(-2.5), Some(-3));
        assert_eq!(Credits::from_f64(0.1), Some(Credits::from_micro(100_000)));
    }

    #[test]
    fn parts_are_those_of_exact_products() {
        // Of every size, so that each way of it is taken.
        let sizes = (0..63).flat_map(|bits| [1_i64 << bits, (1 << bits) + 5 * (1 << (bits / 2))]);
        let sizes: Vec<i64> = sizes.filter(|&size| size > 0).collect();
        for &part in &sizes {
            for &numerator in &sizes {
                for &denominator in &sizes {
                    let exact = i128::from(part) * i128::from(numerator);
                    let exact = (exact + i128::from(denominator / 2)) / i128::from(denominator);
                    let found = scale(part, numerator, denominator);
                    assert_eq!(
                        found,
                        i64::try_from(exact).ok(),
                        "{part} {numerator} {denominator}"
                    );
                }
            }
        }
    }

    #[test]
    fn scaled_running_totals_sum_to_their_whole() {
        // 7 equal parts of 10 at 1/3: 3.33 -> 3, and the differences sum to 3.
        let cumulative: Vec<i64> = (0..=7)
            .map(|k| scale(scale(10, k, 7).unwrap(), 1, 3).unwrap())
            .collect();
        let parts: i64 = cumulative.windows(2).map(|w| w[1] - w[0]).sum();
        assert_eq!(parts, 3);
    }
}
