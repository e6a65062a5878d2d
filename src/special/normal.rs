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
    const INVERSE_ROOT_TWO_PI: f64 = 0.3989422804014327;
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
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67_265.770_927_008_7,
        33430.57558358813,
        2509.0809287301227,
    ],
    [
        1.0,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852854,
    ],
];

/// For sqrt(-ln p) <= 5, in sqrt(-ln p) - 1.6.
const MIDDLE: [[f64; 8]; 2] = [
    [
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        0.0007745450142783414,
    ],
    [
        1.0,
        2.053191626637759,
        1.6763848301838038,
        0.689_767_334_985_1,
        0.14810397642748008,
        0.015198666563616457,
        0.0005475938084995345,
        1.0507500716444169e-09,
    ],
];

/// For sqrt(-ln p) > 5, in sqrt(-ln p) - 5.
const FAR: [[f64; 8]; 2] = [
    [
        6.657904643501103,
        5.463784911164114,
        1.7848265399172913,
        0.29656057182850487,
        0.026532189526576124,
        0.0012426609473880784,
        2.7115555687434876e-05,
        2.0103343992922881e-07,
    ],
    [
        1.0,
        0.599832206555888,
        0.1369298809227358,
        0.014875361290850615,
        0.0007868691311456133,
        1.8463183175100548e-05,
        1.421511758316446e-07,
        2.0442631033899397e-15,
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
            (-38.0, 2.88542835e-316),
            (-20.0, 2.7536241186062337e-89),
            (-8.5, 9.479534822203318e-18),
            (-3.0, 0.0013498980316300946),
            (-1.0, 0.15865525393145705),
            (-0.1, 0.460172162722971),
            (0.5, 0.6914624612740131),
            (2.0, 0.9772498680518208),
        ] {
            close(cdf(x), expected, 5e-16 + 2e-16 * x * x);
            close(survival(-x), expected, 5e-16 + 2e-16 * x * x);
        }
    }

    #[test]
    fn quantiles_match_mpmath_in_both_tails() {
        for (u, expected) in [
            (1e-300, -37.0470962993612),
            (1e-50, -14.933337534788489),
            (1e-15, -7.941345326170997),
            (1e-05, -4.264890793922825),
            (0.02, -2.053748910631823),
            (0.0749, -1.4402382675279637),
            (0.0751, -1.43882539275254),
            (0.2, -0.8416212335729142),
            (0.45, -0.12566134685507402),
            (0.499999, -2.5066282745665593e-06),
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
