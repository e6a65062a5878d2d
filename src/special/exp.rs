//! The exponential function as plain arithmetic, for loops over slices.

/// e^x for |x| up to 700, to about 1e-16 relative: x = n ln 2 + r with |r| at most half of ln 2,
/// e^r by its series up to r^13 / 13!, whose rest is below 2e-17. Beyond 700 on either side it is
/// e^-700 or e^700.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    // Adding 1.5 2^52 rounds to a whole number, whose low bits are those of the sum.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts, the first with trailing zeros (as in fdlibm), so that n times it is exact.
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = if x < -700.0 { -700.0 } else { x };
    let x = if x > 700.0 { 700.0 } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    // Estrin's scheme: a chain of 5 steps instead of 13.
    let c = &SERIES;
    let pair = |i: usize| c[i] + c[i + 1] * r;
    let r2 = r * r;
    let r4 = r2 * r2;
    let four = |i: usize| pair(i) + pair(i + 2) * r2;
    let low = four(0) + four(4) * r4;
    let high = four(8) + pair(12) * r4;
    let sum = low + high * (r4 * r4);
    f64::from_bits(sum.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// 1/n!
const SERIES: [f64; 14] = {
    let mut terms = [1.0; 14];
    let mut n = 1;
    while n < 14 {
        terms[n] = terms[n - 1] / n as f64;
        n += 1;
    }
    terms
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_libm() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.01 + 1e-3 / (1.0 + f64::from(i).abs());
            let expected = libm::exp(x.clamp(-700.0, 700.0));
            let error = (exp(x) / expected - 1.0).abs();
            assert!(error < 5e-16, "{x}: {error:e}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-1e300), exp(-700.0));
        assert_eq!(exp(1e300), exp(700.0));
    }
}
