//! Means by quadrature: the integral of a quantile function over the unit interval.
//!
//! The double exponential rule of H. Takahasi & M. Mori ("Double exponential formulas for numerical
//! integration", Publ. RIMS 9 (1974) 721-741): u = 1/(1 + e^-v), v = pi sinh(t), and the trapezoid
//! rule in t, halved until it settles. Singular ends do not hurt it.

use std::f64::consts::PI;

/// Coarsest step, and how often it may be halved.
const FIRST_STEP: f64 = 0.25;
const HALVINGS: u32 = 7;

/// The integral over u in 0..1 of `value(u, 1 - u)`, which is smooth between `kinks` (ascending).
pub(super) fn over_unit(value: impl Fn(f64, f64) -> f64, kinks: &[f64]) -> f64 {
    let inner = kinks.iter().copied().filter(|&k| k > 0.0 && k < 1.0);
    let edges: Vec<f64> = std::iter::once(0.0).chain(inner).chain([1.0]).collect();
    let segment = |edge: &[f64]| {
        let (start, width) = (edge[0], edge[1] - edge[0]);
        let rest = 1.0 - edge[1];
        width
            * settle(6.1, |v| {
                let small = libm::exp(-v.abs());
                let (near, far) = (1.0 / (1.0 + small), small / (1.0 + small));
                let (u, c) = if v < 0.0 { (far, near) } else { (near, far) };
                let weight = near * far;
                let value = value(start + width * u, rest + width * c);
                if weight > 0.0 { value * weight } else { 0.0 }
            })
    };
    edges.windows(2).map(segment).sum()
}

/// The integral over the whole line of `exp(ln_value(v))`, which falls off at least as fast as
/// e^-(rate |v|), 0 < rate <= 1.
pub(super) fn over_line(ln_value: impl Fn(f64) -> f64, rate: f64) -> f64 {
    let reach = (700.0 / (rate * PI)).max(1.0);
    let last = libm::log(reach + (reach * reach + 1.0).sqrt());
    settle(last, |v| libm::exp(ln_value(v)))
}

/// The integral over the line of `f(v)`, v = pi sinh(t), |t| <= `last`, by halving the step.
fn settle(last: f64, f: impl Fn(f64) -> f64) -> f64 {
    let at = |t: f64| {
        let (up, down) = (libm::exp(t), libm::exp(-t));
        0.5 * PI * (up + down) * f(0.5 * PI * (up - down))
    };
    let mut step = FIRST_STEP;
    let mut sum = at(0.0) + pairs(&at, step, step, last);
    let mut result = sum * step;
    for halving in 0..HALVINGS {
        // The new points lie halfway between the old ones.
        sum += pairs(&at, 0.5 * step, step, last);
        step *= 0.5;
        let refined = sum * step;
        let settled = (refined - result).abs() <= 1e-13 * refined.abs();
        result = refined;
        if settled && halving > 0 {
            break;
        }
    }
    result
}

/// Sum of f(t) + f(-t) over t = first, first + step, ... up to `last`.
fn pairs(f: &impl Fn(f64) -> f64, first: f64, step: f64, last: f64) -> f64 {
    let count = ((last - first) / step).floor().clamp(-1.0, 1e5) as i64;
    (0..=count)
        .map(|i| first + step * i as f64)
        .map(|t| f(t) + f(-t))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_integrals_come_out() {
        // int u^-0.9 = 10; int -ln(1-u) = 1; int |u - 0.3| = 0.045 + 0.245.
        let power = over_unit(|u, _| libm::exp(-0.9 * libm::log(u)), &[]);
        assert!((power / 10.0 - 1.0).abs() < 1e-12, "{power}");
        let exponential = over_unit(|_, c| -libm::log(c), &[]);
        assert!((exponential - 1.0).abs() < 1e-13, "{exponential}");
        let kinked = over_unit(|u, _| (u - 0.3).abs(), &[0.3]);
        assert!((kinked - 0.29).abs() < 1e-13, "{kinked}");
    }

    #[test]
    fn slow_tails_are_reached() {
        // int e^(c v) u (1-u) dv = pi c / sin(pi c).
        for c in [0.1, 0.5, 0.9, 0.999, 0.999_999] {
            let got = over_line(
                |v| c * v - v.abs() - 2.0 * libm::log1p(libm::exp(-v.abs())),
                1.0 - c,
            );
            let expected = PI * c / libm::sin(PI * (1.0 - c));
            assert!(
                (got / expected - 1.0).abs() < 1e-9,
                "{c}: {got} for {expected}"
            );
        }
    }
}
