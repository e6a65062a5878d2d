//! Checks of figures against what they should be, in standard errors.
//!
//! A Monte Carlo figure passes within [`Z`] standard errors, computed from the sample or from
//! theory: a correct engine fails a check for one seed in a million. Seeds are fixed, so a check
//! that passes keeps passing until draws change. Checks return the reason instead of panicking, so
//! that a test can also show that a wrong figure would be rejected.

/// P(|N(0, 1)| > 4.9) = 9.6e-7.
pub(crate) const Z: f64 = 4.9;

pub(crate) type Check = Result<(), String>;

fn within(what: &str, got: f64, expected: f64, se: f64) -> Check {
    let tolerance = Z * se + 1e-9 * expected.abs();
    if (got - expected).abs() <= tolerance {
        return Ok(());
    }
    let away = (got - expected) / se;
    Err(format!(
        "{what} {got} instead of {expected}: {away:.2} standard errors of {se}"
    ))
}

/// The mean of independent values.
pub(crate) fn mean(values: &[f64], expected: f64) -> Check {
    let n = values.len() as f64;
    within(
        "mean",
        average(values),
        expected,
        (central(values, 2) / n).sqrt(),
    )
}

/// The variance of independent values; the error of s² is √((m₄ - m₂²)/n).
pub(crate) fn variance(values: &[f64], expected: f64) -> Check {
    let n = values.len() as f64;
    let (m2, m4) = (central(values, 2), central(values, 4));
    within(
        "variance",
        m2 * n / (n - 1.0),
        expected,
        ((m4 - m2 * m2) / n).sqrt(),
    )
}

/// The covariance of independent pairs.
pub(crate) fn covariance(a: &[f64], b: &[f64], expected: f64) -> Check {
    let (mean_a, mean_b) = (average(a), average(b));
    let products: Vec<f64> = a
        .iter()
        .zip(b)
        .map(|(x, y)| (x - mean_a) * (y - mean_b))
        .collect();
    mean(&products, expected).map_err(|error| format!("co-{error}"))
}

/// A probability from independent trials; the error comes from theory.
pub(crate) fn probability(hits: usize, trials: usize, expected: f64) -> Check {
    let n = trials as f64;
    let se = (expected * (1.0 - expected) / n).sqrt();
    within("probability", hits as f64 / n, expected, se)
}

/// P(value <= x) of independent values.
pub(crate) fn at_most(values: &[f64], x: f64, expected: f64) -> Check {
    let hits = values.iter().filter(|&&value| value <= x).count();
    probability(hits, values.len(), expected).map_err(|error| format!("at most {x}: {error}"))
}

/// A computed number, to a relative tolerance.
pub(crate) fn close(got: f64, expected: f64, relative: f64) -> Check {
    if (got - expected).abs() <= relative * expected.abs() {
        return Ok(());
    }
    Err(format!(
        "{got} instead of {expected} (relative tolerance {relative:e})"
    ))
}

pub(crate) fn square(x: f64) -> f64 {
    x * x
}

pub(crate) fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean of the deviations from the mean, to the power `order`.
pub(crate) fn central(values: &[f64], order: u32) -> f64 {
    let mean = average(values);
    values
        .iter()
        .map(|value| (0..order).fold(1.0, |power, _| power * (value - mean)))
        .sum::<f64>()
        / values.len() as f64
}

#[test]
fn a_wrong_mean_or_variance_is_rejected() {
    // 0, 1, ... 999 over and over: mean 499.5, variance (10^6 - 1)/12.
    let values: Vec<f64> = (0..100_000).map(|k| f64::from(k % 1_000)).collect();
    mean(&values, 499.5).unwrap();
    variance(&values, (1e6 - 1.0) / 12.0).unwrap();
    // The errors are 0.91 and 0.28%: 1% off in either is rejected, and so is 1% of a half.
    assert!(mean(&values, 499.5 * 1.01).is_err());
    assert!(variance(&values, (1e6 - 1.0) / 12.0 * 1.02).is_err());
    assert!(at_most(&values, 499.0, 0.51).is_err());
    at_most(&values, 499.0, 0.5).unwrap();
}
