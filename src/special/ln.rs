//! The logarithm as plain arithmetic, for loops over slices.

use super::horner;

/// ln x for normal positive x, to about 3e-16 relative or absolute, whichever is larger: x = 2^n m
/// with m between sqrt(1/2) and sqrt(2), ln m = 2 atanh(s) with s = (m - 1)/(m + 1), |s| < 0.172, by
/// its series up to s^21 / 21, whose rest is below 1e-17 of ln m.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    // sqrt(1/2): numbers from here to its double share n.
    const BELOW: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    const MANTISSA: u64 = (1 << 52) - 1;
    // A whole number below 2^52 in the low bits of 2^52, which then is subtracted.
    const SHIFT: f64 = (1_u64 << 52) as f64;
    let offset = x.to_bits().wrapping_sub(BELOW);
    let m = f64::from_bits((offset & MANTISSA).wrapping_add(BELOW));
    // n + 1023, so that it is positive.
    let biased = offset.wrapping_add(1023 << 52) >> 52;
    let n = f64::from_bits(biased | SHIFT.to_bits()) - (SHIFT + 1023.0);
    let s = (m - 1.0) / (m + 1.0);
    let t = s * s;
    let twice = 2.0 * s;
    n * std::f64::consts::LN_2 + (twice + twice * t * horner(&SERIES, t))
}

/// 1/3, 1/5, ..., 1/21.
const SERIES: [f64; 10] = {
    let mut terms = [0.0; 10];
    let mut n = 0;
    while n < 10 {
        terms[n] = 1.0 / (2 * n + 3) as f64;
        n += 1;
    }
    terms
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_libm() {
        for i in -60_000..=60_000 {
            let x = libm::exp2(f64::from(i) * 0.01 + 1e-3 / (1.0 + f64::from(i).abs()));
            if !x.is_normal() {
                continue;
            }
            let expected = libm::log(x);
            let error = (ln(x) - expected).abs() / expected.abs().max(1.0);
            assert!(error < 5e-16, "{x}: {error:e}");
        }
        assert_eq!(ln(1.0), 0.0);
    }
}
