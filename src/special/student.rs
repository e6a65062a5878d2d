//! Student's t distribution: the multiplier of intervals whose spread comes from few numbers.

use super::beta;

/// The t with P(|T| > t) = `outside`, T of Student's distribution with `freedom` degrees of freedom.
///
/// By P(|T| > t) = I_x(ν/2, 1/2) at x = ν / (ν + t²) (DLMF 8.17; Abramowitz & Stegun 26.7.1).
pub fn two_sided(freedom: f64, outside: f64) -> f64 {
    let (x, complement) = beta::inverse(freedom / 2.0, 0.5, outside, 1.0 - outside);
    (freedom * complement / x).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // scipy 1.17: stats.t.ppf(0.975, nu).
        for (freedom, expected) in [
            (1.0, 12.706_204_736_174_705),
            (2.0, 4.302_652_729_749_462),
            (7.0, 2.364_624_251_592_785),
            (15.0, 2.131_449_545_559_774),
            (1e6, 1.959_966_356_814_107),
        ] {
            let t = two_sided(freedom, 0.05);
            assert!((t / expected - 1.0).abs() < 1e-10, "{freedom}: {t}");
        }
    }
}
