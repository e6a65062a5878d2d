//! The standard normal distribution.
//!
//! Phi(x) = erfc(-x / sqrt 2) / 2. The quantile is the rational approximation PPND16 of
//! M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution",
//! Applied Statistics 37 (1988) 477-484, whose relative error is about 1e-16.

use std::f64::consts::FRAC_1_SQRT_2;

/// Probability below `x`; keeps its relative accuracy in the lower tail.
pub fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// Probability above `x`; keeps its relative accuracy in the upper tail.
pub fn survival(x: f64) -> f64 {
    0.5 * libm::erfc(x * FRAC_1_SQRT_2)
}

/// Density exp(-x^2/2) / sqrt(2 pi).
pub fn density(x: f64) -> f64 {
    const INVERSE_ROOT_TWO_PI: f64 = 0.398_942_280_401_432_7;
    INVERSE_ROOT_TWO_PI * libm::exp(-0.5 * x * x)
}

/// The value below which a standard normal lies with probability `u`, 0 < u < 1. At 0 and 1 it is
/// infinite.
#[inline]
pub fn quantile(u: f64) -> f64 {
    inverse(u, 1.0 - u)
}

/// The value with probability `below` below and `above` = 1 - `below` above it; only the smaller
/// of the two matters in the tails, so that each tail is exact.
#[inline]
pub fn inverse(below: f64, above: f64) -> f64 {
    let centred = if below < 0.5 {
        below - 0.5
    } else {
        0.5 - above
    };
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * ratio(&CENTRE, r);
    }
    tail(below, above)
}

fn tail(below: f64, above: f64) -> f64 {
    let (probability, sign) = if below < above {
        (below, -1.0)
    } else {
        (above, 1.0)
    };
    if probability <= 0.0 {
        return sign * f64::INFINITY;
    }
    let r = (-libm::log(probability)).sqrt();
    sign * if r <= 5.0 {
        ratio(&MIDDLE, r - 1.6)
    } else {
        ratio(&FAR, r - 5.0)
    }
}

#[inline]
fn ratio(coefficients: &[[f64; 8]; 2], x: f64) -> f64 {
    let [n, d] = coefficients;
    let top = ((((((n[7] * x + n[6]) * x + n[5]) * x + n[4]) * x + n[3]) * x + n[2]) * x + n[1])
        * x
        + n[0];
    let bottom = ((((((d[7] * x + d[6]) * x + d[5]) * x + d[4]) * x + d[3]) * x + d[2]) * x + d[1])
        * x
        + d[0];
    top / bottom
}

/// Numerator and denominator for |u - 1/2| <= 0.425, in 0.180625 - (u - 1/2)^2.
const CENTRE: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
];

/// For sqrt(-ln p) <= 5, in sqrt(-ln p) - 1.6.
const MIDDLE: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];

/// For sqrt(-ln p) > 5, in sqrt(-ln p) - 5.
const FAR: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_445_9e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        let error = (got - expected).abs() / expected.abs().max(1e-300);
        assert!(error <= tolerance, "{got} for {expected}: {error:e}");
    }

    #[test]
    fn probabilities_match_mpmath_in_both_tails() {
        for (x, expected) in [
            (-38.0, 2.8854283600687843e-316),
            (-20.0, 2.7536241186062337e-89),
            (-8.5, 9.4795348222033184e-18),
            (-3.0, 0.0013498980316300945),
            (-1.0, 0.15865525393145705),
            (-0.1, 0.46017216272297102),
            (0.5, 0.6914624612740131),
            (2.0, 0.97724986805182079),
        ] {
            close(cdf(x), expected, 5e-16 + 2e-16 * x * x);
            close(survival(-x), expected, 5e-16 + 2e-16 * x * x);
        }
    }

    #[test]
    fn quantiles_match_mpmath_in_both_tails() {
        for (u, expected) in [
            (1e-300, -37.047096299361199),
            (1e-50, -14.933337534788489),
            (1e-15, -7.9413453261709968),
            (1e-05, -4.2648907939228246),
            (0.02, -2.053748910631823),
            (0.0749, -1.4402382675279637),
            (0.0751, -1.43882539275254),
            (0.2, -0.84162123357291417),
            (0.45, -0.12566134685507401),
            (0.499999, -2.5066282745665594e-6),
        ] {
            close(inverse(u, 1.0 - u), expected, 5e-16);
            close(inverse(1.0 - u, u), -expected, 5e-16);
        }
    }

    #[test]
    fn the_quantile_is_odd() {
        for u in [1e-300, 1e-20, 1e-3, 0.07, 0.3, 0.499_999] {
            assert_eq!(inverse(u, 1.0 - u), -inverse(1.0 - u, u));
        }
        assert_eq!(quantile(0.5), 0.0);
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
    }
}
