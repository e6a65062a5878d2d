//! Smooth steps and the deterministic shapes over days that are built from them.

use crate::units::DAYS_PER_MONTH;

/// S(u) = 3u² - 2u³ on 0..1, 0 before and 1 after: a step with level ends.
pub fn smooth_step(u: f64) -> f64 {
    if u <= 0.0 {
        0.0
    } else if u >= 1.0 {
        1.0
    } else {
        u * u * (3.0 - 2.0 * u)
    }
}

/// S((d - from)/(to - from)) for a day number; where `from` and `to` coincide, a step that is 1
/// from that day on.
pub fn rise(day: usize, from: f64, to: f64) -> f64 {
    let d = day as f64;
    if d >= to {
        1.0
    } else if d < from {
        0.0
    } else {
        smooth_step((d - from) / (to - from))
    }
}

/// The growth factor of a day, (1 + g)^(d / 30.4375), for a monthly growth g above -1.
pub fn growth_factor(growth: f64, day: usize) -> f64 {
    if growth == 0.0 {
        return 1.0;
    }
    libm::exp(libm::log1p(growth) * day as f64 / DAYS_PER_MONTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_is_half_way_in_the_middle_and_flat_at_its_ends() {
        assert_eq!(rise(45, 30.0, 60.0), 0.5);
        assert_eq!(rise(29, 30.0, 60.0), 0.0);
        assert_eq!(rise(60, 30.0, 60.0), 1.0);
    }

    #[test]
    fn equal_days_make_a_step() {
        assert_eq!(rise(29, 30.0, 30.0), 0.0);
        assert_eq!(rise(30, 30.0, 30.0), 1.0);
        assert_eq!(rise(0, 0.0, 0.0), 1.0);
    }

    #[test]
    fn growth_compounds_over_a_mean_month() {
        // 1% a month over 4 years of 365.25 days: 1.01^48.
        let factor = growth_factor(0.01, 1461);
        assert!((factor - 1.612_226_077_682_464).abs() < 1e-12);
    }
}
