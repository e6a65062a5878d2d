//! The beta distribution: the regularised incomplete beta function and its inverse.
//!
//! I_x(a, b) = (1/B(a, b)) int_0^x t^(a-1) (1-t)^(b-1) dt and its complement, for shapes from
//! 1e-3 to 1e9 (and gracefully beyond). Methods: the continued fraction (DLMF 8.17.22, by Lentz),
//! and where both shapes are large Gauss-Legendre quadrature of the tail in the logit. The
//! argument travels with its complement, so that 1 - x is never rounded away.

use super::gamma::stirling_error;
use super::{Bracket, exp_m1_minus, ln_1p_minus};

/// x^a (1-x)^b / B(a, b), which is the density in ln(x / (1-x)); `complement` is 1 - x.
///
/// By the deviance from the mean (C. Loader, "Fast and accurate computation of binomial
/// probabilities", 2000): nothing large cancels.
pub fn kernel(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    if x <= 0.0 || complement <= 0.0 {
        return 0.0;
    }
    let total = a + b;
    let excess = b * x - a * complement;
    let (up, down) = (excess / a, -excess / b);
    let exponent = if up.abs() < 0.5 && down.abs() < 0.5 {
        a * ln_1p_minus(up) + b * ln_1p_minus(down)
    } else {
        a * ln_ratio(up, x * (total / a)) + b * ln_ratio(down, complement * (total / b))
    };
    let stirling = stirling_error(total) - stirling_error(a) - stirling_error(b);
    libm::exp(exponent + stirling) * (a / total * b / std::f64::consts::TAU).sqrt()
}

fn ln_ratio(relative: f64, ratio: f64) -> f64 {
    if relative.abs() < 0.5 {
        libm::log1p(relative)
    } else {
        libm::log(ratio)
    }
}

/// I_x(a, b): probability that a beta variable is below `x`.
pub fn below(a: f64, b: f64, x: f64) -> f64 {
    both(a, b, x, 1.0 - x).0
}

/// 1 - I_x(a, b): probability that a beta variable is above `x`.
pub fn above(a: f64, b: f64, x: f64) -> f64 {
    both(a, b, x, 1.0 - x).1
}

/// I_x(a, b) and 1 - I_x(a, b) for a, b > 0; `complement` is 1 - x, so that either end is exact.
pub fn both(a: f64, b: f64, x: f64, complement: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if complement <= 0.0 {
        return (1.0, 0.0);
    }
    if x * (a + b + 2.0) < a + 1.0 {
        let below = lower_tail(a, b, x, complement);
        (below, 1.0 - below)
    } else {
        let above = lower_tail(b, a, complement, x);
        (1.0 - above, above)
    }
}

/// I_x(a, b) for x not far above the mean.
fn lower_tail(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    let kernel = kernel(a, b, x, complement);
    let value = if a.min(b) > 600.0 {
        kernel * quadrature(a, b, x, complement)
    } else {
        kernel * fraction(a, b, x, complement)
    };
    value.min(1.0)
}

/// The even part of the continued fraction DLMF 8.17.22 of I_x over its kernel, whose elements do
/// not cancel for x near 1 (A. R. Didonato & A. H. Morris, "Algorithm 708", ACM TOMS 18 (1992)
/// 360-373, eq. 9).
fn fraction(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let keep = |v: f64| if v.abs() < TINY { TINY } else { v };
    let slope = a * complement - b * x;
    let mut value = keep(a * (slope + 1.0) / (a + 1.0));
    let mut c = value;
    let mut d = 0.0;
    let mut n = 0.0;
    for _ in 0..4_000 {
        n += 1.0;
        let odd = a + 2.0 * n - 1.0;
        let step = n * (b - n) * x / odd;
        let numerator = step * ((a + n - 1.0) / odd * (a + b + n - 1.0)) * x;
        let denominator = n + step + (a + n) / (odd + 2.0) * (slope + 1.0 + n * (1.0 + complement));
        d = 1.0 / keep(denominator + numerator * d);
        c = keep(denominator + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 3e-16 {
            break;
        }
    }
    1.0 / value
}

/// int_0^inf f(y - s) / f(y) ds with f the density in the logit y, for large shapes and x not far
/// above the mean.
///
/// ln f(y-s)/f(y) = -slope s - (a+b) (ln(1+w) - w + x (e^-s - 1 + s)), w = x (e^-s - 1),
/// slope = a - (a+b) x, and likewise with 1-x and -s for x and s: concave,
/// so that the integrand is below e^-40 beyond the length taken.
fn quadrature(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    let total = a + b;
    let slope = a * complement - b * x;
    let curvature = total * x * complement;
    let length = 80.0 / (slope + (slope * slope + 80.0 * curvature).sqrt());
    // About the nearer end of 0..1, so that no two terms cancel.
    let (nearer, sign) = if x < 0.5 {
        (x, -1.0)
    } else {
        (complement, 1.0)
    };
    let integrand = |s: f64| {
        let w = nearer * libm::expm1(sign * s);
        let bend = ln_1p_minus(w) + nearer * exp_m1_minus(sign * s);
        libm::exp(-slope * s - total * bend)
    };
    let half = 0.5 * length;
    let mut sum = 0.0;
    for &(node, weight) in &GAUSS_LEGENDRE {
        sum += weight * (integrand(half * (1.0 - node)) + integrand(half * (1.0 + node)));
    }
    half * sum
}

/// The value below which a beta variable lies with probability `u`.
pub fn quantile(a: f64, b: f64, u: f64) -> f64 {
    inverse(a, b, u, 1.0 - u).0
}

/// The value x with probability `below` below and `above` = 1 - `below` above it, and 1 - x.
///
/// Newton's method on the logarithm of the smaller tail as a function of the logit: both are
/// concave, so the steps converge from any side.
pub fn inverse(a: f64, b: f64, below: f64, above: f64) -> (f64, f64) {
    if below <= 0.0 {
        return (0.0, 1.0);
    }
    if above <= 0.0 {
        return (1.0, 0.0);
    }
    if below > above {
        let (complement, x) = lower_inverse(b, a, above, below);
        return (x, complement);
    }
    lower_inverse(a, b, below, above)
}

/// The inverse for below <= above.
fn lower_inverse(a: f64, b: f64, below: f64, above: f64) -> (f64, f64) {
    let mut y = start(a, b, below, above);
    if y < -600.0 {
        // I = x^a / (a B(a, b)) to the last digit there.
        return (libm::exp(y), 1.0);
    }
    let spread = 1.0 + (a / (a + b) * b).sqrt();
    let tolerance = 1e-8 + 1e-15 * spread;
    let mut bracket = Bracket::new();
    for _ in 0..100 {
        let (x, complement) = logistic(y);
        let (p, _) = both(a, b, x, complement);
        let rise = libm::log(p / below);
        let step = bracket.step(y, rise, -rise * p / kernel(a, b, x, complement));
        y += step;
        if step.abs() * spread < tolerance {
            break;
        }
    }
    logistic(y)
}

/// 1 / (1 + e^-y) and its complement.
pub(crate) fn logistic(y: f64) -> (f64, f64) {
    let small = libm::exp(-y.abs());
    let (near, far) = (1.0 / (1.0 + small), small / (1.0 + small));
    if y < 0.0 { (far, near) } else { (near, far) }
}

/// Logit of a first guess: the normal approximation of Abramowitz & Stegun 26.5.22, or the
/// leading term at the nearer end.
fn start(a: f64, b: f64, below: f64, above: f64) -> f64 {
    if a >= 1.0 && b >= 1.0 {
        let z = -super::normal::inverse(below, above);
        let lambda = (z * z - 3.0) / 6.0;
        let (left, right) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
        let harmonic = 2.0 / (left + right);
        let root = (harmonic + lambda).max(0.0).sqrt();
        let w =
            z * root / harmonic - (right - left) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * harmonic));
        let leading = leading(a, b, below);
        let centre = libm::log(a / b) - 2.0 * w;
        // In the far tail of small shapes the leading term is the better guess.
        return if leading < -3.0 - libm::log1p(b / a) {
            leading
        } else {
            centre
        };
    }
    let left = libm::exp(a * libm::log(a / (a + b))) / a;
    let right = libm::exp(b * libm::log(b / (a + b))) / b;
    let total = left + right;
    if below < left / total {
        let ln_x = (libm::log(a * total) + libm::log(below)) / a;
        let exact = leading(a, b, below);
        if exact < -3.0 - libm::log1p(b / a) {
            exact
        } else {
            ln_x.min(-1e-3)
        }
    } else {
        let ln_complement = ((libm::log(b * total) + libm::log(above)) / b).min(-1e-3);
        -ln_complement
    }
}

/// ln of x where x^a / (a B(a, b)) is `below`.
fn leading(a: f64, b: f64, below: f64) -> f64 {
    let ln_a_beta = super::gamma::ln_gamma_1p(a) + libm::lgamma(b) - libm::lgamma(a + b);
    (libm::log(below) + ln_a_beta) / a
}

/// Positive nodes and weights of the 40-point rule on -1..1.
const GAUSS_LEGENDRE: [(f64, f64); 20] = [
    (0.9982377097105593, 0.004521277098533191),
    (0.990726238699457, 0.010498284531152813),
    (0.9772599499837743, 0.01642105838190789),
    (0.9579168192137917, 0.02224584919416696),
    (0.9328128082786765, 0.0279370069800234),
    (0.9020988069688743, 0.033460195282547844),
    (0.8659595032122595, 0.038782167974472016),
    (0.8246122308333117, 0.04387090818567327),
    (0.7783056514265194, 0.04869580763507223),
    (0.7273182551899271, 0.05322784698393682),
    (0.6719566846141796, 0.05743976909939155),
    (0.6125538896679802, 0.06130624249292894),
    (0.5494671250951282, 0.06480401345660104),
    (0.4830758016861787, 0.0679120458152339),
    (0.413779204371605, 0.07061164739128678),
    (0.3419940908257585, 0.07288658239580406),
    (0.2681521850072537, 0.07472316905796826),
    (0.1926975807013711, 0.07611036190062624),
    (0.11608407067525521, 0.07703981816424797),
    (0.03877241750605082, 0.0775059479784248),
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
        for &(a, b, x, below, above) in BETA_TAILS {
            let (p, q) = both(a, b, x, 1.0 - x);
            // x itself is a rounded number: one ulp of it is sqrt(a) ulps of the standard score.
            let tail = 1.0 - libm::log(below.min(above));
            let smaller = a.min(b);
            let tolerance = 1e-14 + 1e-15 * tail * smaller.sqrt() + 3e-16 / smaller;
            assert!(
                error(p, below) < tolerance,
                "I({a}, {b}, {x}) = {p:e} for {below:e}"
            );
            assert!(
                error(q, above) < tolerance,
                "1-I({a}, {b}, {x}) = {q:e} for {above:e}"
            );
        }
    }

    #[test]
    fn probabilities_of_quantiles_return_for_any_shapes() {
        let shapes = [1e-3, 0.05, 0.5, 1.0, 2.8, 33.0, 599.0, 601.0, 1e4, 1e6, 1e9];
        for a in shapes {
            for b in shapes {
                for u in [1e-300, 1e-100, 1e-12, 1e-4, 0.01, 0.2, 0.5] {
                    let (x, complement) = inverse(a, b, u, 1.0 - u);
                    if x > 1e-290 && complement > 1e-290 {
                        let (p, _) = both(a, b, x, complement);
                        // One ulp of x moves a symmetric tail of shape a by about sqrt(a) ulps.
                        let slack = 2e-12 + 2e-14 * a.min(b).sqrt();
                        assert!(error(p, u) < slack, "{a} {b}: {p:e} for {u:e} at {x:e}");
                    }
                    let (mirrored, x) = inverse(b, a, 1.0 - u, u);
                    assert!((x, mirrored) == inverse(a, b, u, 1.0 - u) || u == 0.5);
                }
            }
        }
    }

    #[test]
    fn absurd_arguments_come_back() {
        let shapes = [5e-324, 1e-300, 1e-5, 1.0, 1e15, 1e300];
        for a in shapes {
            for b in shapes {
                for x in [0.0, 5e-324, 0.5, 1.0] {
                    let (p, q) = both(a, b, x, 1.0 - x);
                    assert!(p <= 1.0 && q <= 1.0, "{a} {b} {x} {p} {q}");
                }
                for u in [0.0, 5e-324, 0.3, 1.0] {
                    let x = quantile(a, b, u);
                    assert!((0.0..=1.0).contains(&x) || x.is_nan());
                }
            }
        }
    }
}
