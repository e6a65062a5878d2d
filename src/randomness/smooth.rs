//! Quantile functions that are dear, by polynomials in the normal quantile w of u, in which they are
//! smooth: 4 or, where these do not do, 16 pieces of degree 9 over |w| < 5.2, each through the exact
//! values at its Chebyshev-Lobatto points and checked between them.

use crate::special::{horner, normal};

/// The pieces cover |w| up to this: one draw in 5 million lies beyond.
const REACH: f64 = 5.2;
/// Numbers of pieces, as many as it takes.
const PIECES: [usize; 2] = [4, 16];
const TERMS: usize = 10;

/// Largest error allowed, relative to a value or to a thousandth.
const TOLERANCE: f64 = 1e-10;

/// A quantile function in the normal quantile.
#[derive(Clone, Debug)]
pub(crate) struct Smooth {
    /// Coefficients of each piece in the place within it, -1..1, lowest first.
    pieces: Vec<[f64; TERMS]>,
}

impl Smooth {
    /// Interpolates `exact(below, above)`, whose arguments sum to 1; `None` where polynomials do not
    /// follow it to a relative 1e-10.
    pub(crate) fn new(exact: impl Fn(f64, f64) -> f64) -> Option<Self> {
        PIECES
            .into_iter()
            .find_map(|pieces| Self::of(pieces, &exact))
    }

    /// By so many pieces.
    fn of(count: usize, exact: impl Fn(f64, f64) -> f64) -> Option<Self> {
        let nodes = lobatto::<TERMS>();
        let at = |piece: usize, t: f64| {
            let w = REACH * ((2 * piece + 1) as f64 + t - count as f64) / count as f64;
            exact(normal::cdf(w), normal::survival(w))
        };
        let mut start = at(0, -1.0);
        let mut pieces = Vec::with_capacity(count);
        for piece in 0..count {
            let mut values = [start; TERMS];
            for (value, node) in values.iter_mut().zip(nodes).skip(1) {
                *value = at(piece, node);
            }
            start = values[TERMS - 1];
            let coefficients = through(&nodes, &values);
            // Near the middle and near both ends of the piece, where errors are largest.
            for t in [-0.96, 0.17, 0.96] {
                let value = at(piece, t);
                let error = (horner(&coefficients, t) - value).abs();
                let is_close = error <= TOLERANCE * value.abs().max(1e-3);
                // Nor where there is no number.
                if !is_close {
                    return None;
                }
            }
            pieces.push(coefficients);
        }
        Some(Self { pieces })
    }

    /// The value at w; `None` beyond the pieces.
    #[inline]
    pub(crate) fn value(&self, w: f64) -> Option<f64> {
        if w.abs() >= REACH {
            return None;
        }
        let count = self.pieces.len();
        let place = (w / REACH + 1.0) * (0.5 * count as f64);
        let piece = (place as usize).min(count - 1);
        let t = 2.0 * (place - piece as f64) - 1.0;
        Some(horner(&self.pieces[piece], t))
    }
}

/// cos(pi i / (N - 1)), ascending from -1 to 1.
pub(super) fn lobatto<const N: usize>() -> [f64; N] {
    std::array::from_fn(|i| -libm::cos(std::f64::consts::PI * i as f64 / (N - 1) as f64))
}

/// The polynomial through the values at the nodes: Newton's divided differences, multiplied out.
pub(super) fn through<const N: usize>(nodes: &[f64; N], values: &[f64; N]) -> [f64; N] {
    let mut differences = *values;
    for order in 1..N {
        for i in (order..N).rev() {
            differences[i] = (differences[i] - differences[i - 1]) / (nodes[i] - nodes[i - order]);
        }
    }
    let mut coefficients = [0.0; N];
    for i in (0..N).rev() {
        for j in (1..N).rev() {
            coefficients[j] = coefficients[j - 1] - nodes[i] * coefficients[j];
        }
        coefficients[0] = differences[i] - nodes[i] * coefficients[0];
    }
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::beta;

    #[test]
    fn a_smooth_quantile_is_followed_and_a_step_is_refused() {
        let exact = |below, above| beta::inverse(2.8, 3.2, below, above).0;
        let smooth = Smooth::new(exact).unwrap();
        for i in 1..5_000 {
            let u = f64::from(i) / 5_000.0;
            let value = smooth.value(normal::quantile(u)).unwrap();
            assert!((value - exact(u, 1.0 - u)).abs() < 1e-10);
        }
        assert!(PIECES.contains(&smooth.pieces.len()));
        assert!(smooth.value(5.3).is_none() && smooth.value(f64::NEG_INFINITY).is_none());
        assert!(Smooth::new(|below, _| f64::from(below > 0.3)).is_none());
        assert!(Smooth::new(|_, _| f64::NAN).is_none());
    }
}
