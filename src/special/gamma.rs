//! The gamma distribution: incomplete gamma functions of any shape and their inverse.
//!
//! P(a, x) = (1/Gamma(a)) int_0^x t^(a-1) e^-t dt and Q = 1 - P, each to about 1e-14 of itself
//! while it is representable, for shapes from 1e-4 to 1e9 (and gracefully beyond). Methods: the
//! power series below the mean, the continued fraction (DLMF 8.9.2, by Lentz) above it, and
//! N. M. Temme's uniform expansion for large shapes ("The asymptotic expansion of the incomplete
//! gamma functions", SIAM J. Math. Anal. 10 (1979) 757-766; DLMF 8.12).

use super::{Bracket, horner, ln_1p_minus, temme};

/// Euler's constant taken from one.
const ONE_MINUS_EULER: f64 = 0.42278433509846713;
const HALF_LN_TWO_PI: f64 = 0.9189385332046728;

/// ln Gamma(1 + a) for a >= 0, accurate to its own size where a is near 0.
///
/// For a <= 1/2: -ln(1 + a) + (1 - gamma) a + sum over k >= 2 of (zeta(k) - 1) (-a)^k / k
/// (DLMF 5.7.3).
pub fn ln_gamma_1p(a: f64) -> f64 {
    if a > 0.5 {
        return libm::lgamma(1.0 + a);
    }
    let series = a * a * horner(&ZETA_SERIES, -a);
    series + ONE_MINUS_EULER * a - libm::log1p(a)
}

/// ln Gamma(a) - (a - 1/2) ln a + a - ln(2 pi)/2 for a > 0: the error of Stirling's formula
/// (DLMF 5.11.1).
pub fn stirling_error(a: f64) -> f64 {
    if a >= 10.0 {
        let inverse = 1.0 / a;
        return inverse * horner(&STIRLING, inverse * inverse);
    }
    ln_gamma_1p(a) - (a + 0.5) * libm::log(a) + a - HALF_LN_TWO_PI
}

/// x - a - a ln(x / a) for positive x and a: never negative, and accurate where it is small.
pub fn deviance(x: f64, a: f64) -> f64 {
    let relative = (x - a) / a;
    if relative.abs() < 0.4 {
        -a * ln_1p_minus(relative)
    } else {
        (x - a) - a * libm::log(x / a)
    }
}

/// x^a e^-x / Gamma(a + 1), the probability of the whole number `a` under Poisson(x), for any
/// a > 0 and x > 0.
pub fn kernel(a: f64, x: f64) -> f64 {
    if a < 1.0 {
        return libm::exp(a * libm::log(x) - x - ln_gamma_1p(a));
    }
    const TWO_PI: f64 = std::f64::consts::TAU;
    libm::exp(-deviance(x, a) - stirling_error(a)) / (TWO_PI * a).sqrt()
}

/// P(a, x): probability that a gamma variable of shape `a` and scale 1 is below `x`.
pub fn p(a: f64, x: f64) -> f64 {
    both(a, x).0
}

/// Q(a, x): probability that a gamma variable of shape `a` and scale 1 is above `x`.
pub fn q(a: f64, x: f64) -> f64 {
    both(a, x).1
}

/// P(a, x) and Q(a, x). Shape 0 is a point mass at 0; x <= 0 has nothing below it.
pub fn both(a: f64, x: f64) -> (f64, f64) {
    if a <= 0.0 {
        return (1.0, 0.0);
    }
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    if a < 1.0 && x < 1.5 {
        return small_shape(a, x);
    }
    if a >= 20.0 && (x - a).abs() < 0.4 * a {
        return temme::both(a, x);
    }
    let kernel = kernel(a, x);
    if x < a + 1.0 {
        let below = (kernel * series(a, x)).min(1.0);
        (below, 1.0 - below)
    } else {
        let above = (kernel * a * fraction(a, x)).min(1.0);
        (1.0 - above, above)
    }
}

/// 1 + x/(a+1) + x^2/((a+1)(a+2)) + ..., which times the kernel is P (DLMF 8.11.4).
fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut n = a;
    for _ in 0..2_000 {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term <= sum * 1e-17 {
            break;
        }
    }
    sum
}

/// Q over x^a e^-x / Gamma(a): 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...))).
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    let mut i = 0.0;
    for _ in 0..2_000 {
        i += 1.0;
        let numerator = -i * (i - a);
        b += 2.0;
        d = numerator * d + b;
        if d.abs() < TINY {
            d = TINY;
        }
        d = 1.0 / d;
        c = b + numerator / c;
        if c.abs() < TINY {
            c = TINY;
        }
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 2e-16 {
            break;
        }
    }
    value
}

/// Shapes below 1 near 0: with t = x^a / Gamma(1 + a) and
/// s = a sum over n >= 1 of (-1)^(n-1) x^n / ((a + n) n!), P = t (1 - s) and
/// Q = (1 - t) + t s, where 1 - t is taken without cancellation (DLMF 8.7.1).
fn small_shape(a: f64, x: f64) -> (f64, f64) {
    let mut power = -1.0;
    let mut sum = 0.0;
    let mut n = 0.0;
    for _ in 0..60 {
        n += 1.0;
        power *= -x / n;
        let term = power / (a + n);
        sum += term;
        if term.abs() <= sum * 1e-17 {
            break;
        }
    }
    let s = a * sum;
    let exponent = a * libm::log(x) - ln_gamma_1p(a);
    let t = libm::exp(exponent);
    (t * (1.0 - s), t * s - libm::expm1(exponent))
}

/// The value below which a gamma variable of shape `a` and scale 1 lies with probability `u`;
/// 0 at u = 0 and infinite at u = 1.
pub fn quantile(a: f64, u: f64) -> f64 {
    inverse(a, u, 1.0 - u).0
}

/// The value above which it lies with probability `above`: exact in the deep upper tail.
pub fn quantile_above(a: f64, above: f64) -> f64 {
    inverse(a, 1.0 - above, above).0
}

/// The value with probability `below` below and `above` = 1 - `below` above it, and its logarithm
/// (which stays finite where the value itself is too small to be represented).
///
/// Newton's method on the logarithm of the smaller tail as a function of ln x. Both are concave,
/// so the steps converge from any side; they start from the Wilson-Hilferty cube or from the
/// leading term of the series.
pub fn inverse(a: f64, below: f64, above: f64) -> (f64, f64) {
    if below <= 0.0 || a <= 0.0 {
        return (0.0, f64::NEG_INFINITY);
    }
    if above <= 0.0 {
        return (f64::INFINITY, f64::INFINITY);
    }
    let lower = below <= above;
    let ln_below = if lower {
        libm::log(below)
    } else {
        libm::log1p(-above)
    };
    let mut y = start(a, below, above, ln_below);
    if y < -600.0 {
        // P = x^a / Gamma(1 + a) to the last digit there.
        return (libm::exp(y), y);
    }
    let mut x = libm::exp(y);
    let mut bracket = Bracket::new();
    let root = a.sqrt();
    let tolerance = 1e-8 + 1e-15 * root;
    for _ in 0..100 {
        let (p, q) = both(a, x);
        // ln of the tail over its target, taken so that it rises with x.
        let rise = if lower {
            libm::log(p / below)
        } else {
            -libm::log(q / above)
        };
        let step = -rise * if lower { p } else { q } / (kernel(a, x) * a);
        let step = bracket.step(y, rise, step);
        x += x * libm::expm1(step);
        y += step;
        if step.abs() * (1.0 + root) < tolerance {
            break;
        }
    }
    (x, if y < 0.0 { y } else { libm::log(x) })
}

/// ln of a first guess.
fn start(a: f64, below: f64, above: f64, ln_below: f64) -> f64 {
    if a >= 1.0 {
        let z = super::normal::inverse(below, above);
        let cube = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
        if cube > 0.15 {
            return libm::log(a) + 3.0 * libm::log(cube);
        }
    }
    let leading = (ln_below + ln_gamma_1p(a)) / a;
    if leading < -1.2 || below <= above {
        return leading;
    }
    // Q is about x^(a-1) e^-x / Gamma(a) far out.
    let reach = -libm::log(above) - libm::lgamma(a);
    if reach > 2.0 {
        libm::log((reach + (a - 1.0) * libm::log(reach)).max(1.0))
    } else {
        0.0
    }
}

/// (zeta(k) - 1) / k for k = 2, 3, ...
const ZETA_SERIES: [f64; 28] = [
    0.3224670334241132,
    0.0673523010531981,
    0.020580808427784546,
    0.007385551028673986,
    0.0028905103307415234,
    0.001192753911703261,
    0.0005096695247430425,
    0.00022315475845357939,
    9.945751278180853e-05,
    4.492623673813314e-05,
    2.050721277567069e-05,
    9.439488275268397e-06,
    4.374866789907488e-06,
    2.039215753801366e-06,
    9.55141213040742e-07,
    4.492469198764566e-07,
    2.1207184805554665e-07,
    1.0043224823968099e-07,
    4.7698101693639804e-08,
    2.2711094608943164e-08,
    1.0838659214896955e-08,
    5.183475041970047e-09,
    2.4836745438024785e-09,
    1.1921401405860912e-09,
    5.731367241678862e-10,
    2.7595228851242334e-10,
    1.330476437424449e-10,
    6.4229645638381e-11,
];

/// B(2k) / (2k (2k - 1)) for k = 1, 2, ...
const STIRLING: [f64; 9] = [
    0.08333333333333333,
    -0.002777777777777778,
    0.0007936507936507937,
    -0.0005952380952380953,
    0.0008417508417508417,
    -0.0019175269175269176,
    0.00641025641025641,
    -0.029550653594771242,
    0.17964437236883057,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::reference::*;

    fn error(got: f64, expected: f64) -> f64 {
        (got - expected).abs() / expected
    }

    #[test]
    fn both_tails_match_mpmath() {
        for &(a, x, below, above) in GAMMA_TAILS {
            let (p, q) = both(a, x);
            // The exponent of the kernel is as large as -ln of the tail, and rounds with it.
            let tail = -libm::log(below.min(above));
            let tolerance = 2e-14 + 5e-16 * tail + 4e-16 * tail * a.sqrt().min(1e3);
            assert!(
                error(p, below) < tolerance,
                "P({a}, {x}) = {p:e} for {below:e}"
            );
            assert!(
                error(q, above) < tolerance,
                "Q({a}, {x}) = {q:e} for {above:e}"
            );
        }
    }

    #[test]
    fn quantiles_match_mpmath_in_both_tails() {
        for &(a, u, upper, x) in GAMMA_QUANTILES {
            let got = if upper {
                quantile_above(a, u)
            } else {
                quantile(a, u)
            };
            let tolerance = 1e-14 + 1e-15 / a + 2e-16 * libm::log(x).abs();
            assert!(
                error(got, x) < tolerance,
                "{a} {u:e} {upper}: {got:e} for {x:e}"
            );
        }
    }

    #[test]
    fn probabilities_of_quantiles_return_for_any_shape() {
        for exponent in -12..=36 {
            let a = libm::exp2(f64::from(exponent));
            for u in [1e-300, 1e-100, 1e-12, 1e-4, 0.01, 0.2, 0.5] {
                let (x, ln_x) = inverse(a, u, 1.0 - u);
                if ln_x > -700.0 {
                    let slack = 1e-12 + 1e-15 * a.sqrt() * 40.0;
                    assert!(
                        error(p(a, x), u) < slack,
                        "P({a}, {x:e}) = {:e} for {u:e}",
                        p(a, x)
                    );
                }
                let x = quantile_above(a, u);
                if x > 1e-300 {
                    let slack = 1e-12 + 1e-15 * a.sqrt() * 40.0;
                    assert!(
                        error(q(a, x), u) < slack,
                        "Q({a}, {x:e}) = {:e} for {u:e}",
                        q(a, x)
                    );
                }
            }
        }
    }

    #[test]
    fn absurd_arguments_come_back() {
        for a in [5e-324, 1e-300, 1e-5, 1.0, 1e15, 1e300] {
            for x in [0.0, 5e-324, 1.0, 1e15, 1e300, f64::INFINITY] {
                let (p, q) = both(a, x);
                assert!(
                    (0.0..=1.0).contains(&p) && (0.0..=1.0).contains(&q),
                    "{a} {x} {p} {q}"
                );
            }
            for u in [0.0, 5e-324, 0.5, 1.0] {
                assert!(quantile(a, u) >= 0.0);
                assert!(quantile_above(a, u) >= 0.0);
            }
        }
    }
}
