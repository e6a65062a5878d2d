use super::*;

/// Every family, plain and truncated, with extremes.
fn zoo() -> Vec<(&'static str, Uncertain)> {
    let cut = |value: Result<Uncertain, Fault>, lower, upper| {
        value.unwrap().truncated(lower, upper).unwrap()
    };
    let infinity = f64::INFINITY;
    vec![
        ("uniform", Uncertain::uniform(-3.0, 25.0).unwrap()),
        ("triangular", Uncertain::triangular(0.1, 0.3, 0.7).unwrap()),
        (
            "triangular, mode at the minimum",
            Uncertain::triangular(0.0, 0.0, 1.0).unwrap(),
        ),
        (
            "triangular, cut",
            cut(Uncertain::triangular(0.0, 3.0, 10.0), 2.0, 8.0),
        ),
        ("pert", Uncertain::pert(0.30, 0.55, 0.85).unwrap()),
        (
            "pert, mode at the maximum",
            Uncertain::pert(0.0, 9.0, 9.0).unwrap(),
        ),
        ("normal", Uncertain::normal(20.0, 5.0).unwrap()),
        (
            "normal above 0",
            cut(Uncertain::normal(20.0, 50.0), 0.0, infinity),
        ),
        (
            "normal, far tail",
            cut(Uncertain::normal(0.0, 1.0), 8.0, 9.0),
        ),
        (
            "normal, lower tail",
            cut(Uncertain::normal(0.0, 1.0), -20.0, -12.0),
        ),
        ("lognormal", Uncertain::lognormal(1.0, 0.5).unwrap()),
        ("lognormal, wide", Uncertain::lognormal(-2.0, 3.0).unwrap()),
        (
            "lognormal, cut",
            cut(Uncertain::lognormal(0.0, 1.0), 0.0, 1.0),
        ),
        ("gamma", Uncertain::gamma(2.5, 4.0).unwrap()),
        ("gamma, small shape", Uncertain::gamma(0.05, 4.0).unwrap()),
        ("gamma, large shape", Uncertain::gamma(1e8, 1e-8).unwrap()),
        ("gamma, cut", cut(Uncertain::gamma(4.0, 5.0), 50.0, 90.0)),
        ("beta", Uncertain::beta(2.0, 5.0).unwrap()),
        ("beta, two peaks", Uncertain::beta(0.3, 0.2).unwrap()),
        ("beta, cut", cut(Uncertain::beta(20.0, 2.0), 0.0, 0.5)),
        ("weibull", Uncertain::weibull(1.5, 10.0).unwrap()),
        ("weibull, heavy", Uncertain::weibull(0.4, 1.0).unwrap()),
        (
            "weibull, cut",
            cut(Uncertain::weibull(2.0, 10.0), 40.0, infinity),
        ),
        ("exponential", Uncertain::exponential(30.0).unwrap()),
        (
            "exponential, cut",
            cut(Uncertain::exponential(1.0), 30.0, 40.0),
        ),
        (
            "metalog",
            Uncertain::metalog(0.1, [0.4, 0.55, 0.75], None, None).unwrap(),
        ),
        (
            "metalog above 0",
            Uncertain::metalog(0.1, [100.0, 180.0, 400.0], Some(0.0), None).unwrap(),
        ),
        (
            "metalog below 5",
            Uncertain::metalog(0.1, [-4.0, 1.0, 3.0], None, Some(5.0)).unwrap(),
        ),
        (
            "metalog share",
            Uncertain::metalog(0.25, [0.4, 0.55, 0.75], Some(0.3), Some(0.85)).unwrap(),
        ),
        (
            "metalog, nearly steepest",
            Uncertain::metalog(0.1, [0.0, 0.1666, 1.0], None, None).unwrap(),
        ),
        (
            "metalog, cut",
            cut(
                Uncertain::metalog(0.1, [15.0, 22.0, 40.0], None, None),
                10.0,
                60.0,
            ),
        ),
    ]
}

#[test]
fn probabilities_of_quantiles_return_from_any_tail() {
    for (name, value) in zoo() {
        let (least, most) = value.support();
        for exponent in 1..=12 {
            let tail = libm::exp(-std::f64::consts::LN_10 * f64::from(exponent));
            for (below, above) in [
                (tail, 1.0 - tail),
                (0.3 * tail, 1.0 - 0.3 * tail),
                (1.0 - tail, tail),
            ] {
                let x = value.family.inverse(below, above);
                assert!((least..=most).contains(&x), "{name}: {x}");
                // A value that sits on a bound, or underflows to it, has no way back.
                let ulps = (x.next_up() - x.next_down()).abs();
                if x == least || x == most || x.abs() < 1e-300 || (x - most).abs() < 1e5 * ulps {
                    continue;
                }
                let (p, q) = value.tails(x);
                let near = value.tails(x - 4.0 * ulps);
                let side = |tails: (f64, f64)| if below < above { tails.0 } else { tails.1 };
                let rounding = (side(near) - side((p, q))).abs() / below.min(above);
                // A bound in the body of what it cuts: its probability rounds at 1e-16.
                let cut = if name.contains("above 0") || name.contains("cut") {
                    1e-15
                } else {
                    0.0
                };
                let slack = 1e-9 + rounding + cut / below.min(above);
                let error = if below < above { p / below } else { q / above } - 1.0;
                assert!(
                    error.abs() < slack,
                    "{name} at {below:e}, {above:e}: {error:e}"
                );
            }
        }
    }
}

#[test]
fn the_quantile_never_decreases() {
    for (name, value) in zoo() {
        let mut uniforms: Vec<f64> = (1..2_000).map(|i| f64::from(i) / 2_000.0).collect();
        for e in 10..=52 {
            let tail = libm::exp2(-f64::from(e));
            uniforms.extend([tail, 1.0 - tail]);
        }
        uniforms.sort_by(f64::total_cmp);
        let draws: Vec<f64> = uniforms.iter().map(|&u| value.quantile(u)).collect();
        for (pair, u) in draws.windows(2).zip(&uniforms) {
            // Newton's last digit may waver where two uniforms all but coincide.
            let waver = 4e-15 * pair[0].abs();
            assert!(
                pair[0] <= pair[1] + waver,
                "{name} after {u}: {} {}",
                pair[0],
                pair[1]
            );
        }
    }
}

#[test]
fn the_mean_is_the_integral_of_the_quantile() {
    for (name, value) in zoo() {
        let kinks = value.family.kinks();
        let mean = quadrature::over_unit(|u, c| value.family.inverse(u, c), &kinks);
        let error = (mean - value.mean()).abs() / value.mean().abs();
        assert!(
            error < 1e-10,
            "{name}: {} for {mean}: {error:e}",
            value.mean()
        );
    }
}

#[test]
fn truncated_means_match_their_closed_forms() {
    // mu + sd (phi(a) - phi(b)) / (Phi(b) - Phi(a)).
    use crate::special::{gamma, normal};
    let value = Uncertain::normal(20.0, 50.0)
        .unwrap()
        .truncated(0.0, f64::INFINITY)
        .unwrap();
    let expected = 20.0 + 50.0 * normal::density(0.4) / normal::cdf(0.4);
    assert!((value.mean() / expected - 1.0).abs() < 1e-12);
    // E[X; X < 1] of the standard lognormal is e^(1/2) Phi(-1); P(X < 1) = 1/2.
    let value = Uncertain::lognormal(0.0, 1.0)
        .unwrap()
        .truncated(0.0, 1.0)
        .unwrap();
    let expected = libm::exp(0.5) * normal::cdf(-1.0) / 0.5;
    assert!((value.mean() / expected - 1.0).abs() < 1e-12);
    // E[X; X > x] of a gamma is its mean times Q(shape + 1, x / scale).
    let value = Uncertain::gamma(4.0, 5.0)
        .unwrap()
        .truncated(50.0, f64::INFINITY)
        .unwrap();
    let expected = 20.0 * gamma::q(5.0, 10.0) / gamma::q(4.0, 10.0);
    assert!((value.mean() / expected - 1.0).abs() < 1e-12);
    // The exponential forgets: min + mean - width / (e^(width/mean) - 1).
    let value = Uncertain::exponential(1.0)
        .unwrap()
        .truncated(30.0, 40.0)
        .unwrap();
    let expected = 31.0 - 10.0 / libm::expm1(10.0);
    assert!((value.mean() / expected - 1.0).abs() < 1e-12);
    // 2/3 of density rising from 0: a triangle cut at its mode has its mean there.
    let value = Uncertain::triangular(0.0, 6.0, 10.0)
        .unwrap()
        .truncated(0.0, 6.0)
        .unwrap();
    assert!((value.mean() - 4.0).abs() < 1e-11);
}

#[test]
fn bounds_that_do_not_bind_change_nothing() {
    for (name, value) in zoo() {
        let before = value.quantile(0.3).to_bits();
        let after = value.truncated(f64::NEG_INFINITY, f64::INFINITY).unwrap();
        assert_eq!(before, after.quantile(0.3).to_bits(), "{name}");
    }
}

#[test]
fn truncating_twice_is_truncating_once() {
    let once = Uncertain::normal(5.0, 2.0)
        .unwrap()
        .truncated(3.0, 6.0)
        .unwrap();
    let twice = Uncertain::normal(5.0, 2.0)
        .unwrap()
        .truncated(0.0, 6.0)
        .unwrap();
    let twice = twice.truncated(3.0, 90.0).unwrap();
    for u in [0.001, 0.4, 0.97] {
        assert!((once.quantile(u) - twice.quantile(u)).abs() < 1e-14);
    }
    assert!((once.mean() - twice.mean()).abs() < 1e-12);
}

#[test]
fn a_discrete_value_is_found_by_its_cumulative_weight() {
    let value = Uncertain::discrete(&[14.0, 3.0, 7.0, 3.0], &[1.0, 4.0, 3.0, 2.0]).unwrap();
    assert_eq!(value.quantile(0.6), 3.0);
    assert_eq!(value.quantile(0.600_001), 7.0);
    assert_eq!(value.quantile(0.95), 14.0);
    assert!((value.mean() - 5.3).abs() < 1e-14);
    assert_eq!(value.support(), (3.0, 14.0));
    let cut = value.truncated(4.0, 20.0).unwrap();
    // 0.3 and 0.1 of 0.4.
    assert_eq!((cut.quantile(0.74), cut.quantile(0.76)), (7.0, 14.0));
    assert!(Uncertain::discrete(&[5.0, 5.0], &[]).unwrap().is_constant());
    assert!(
        Uncertain::constant(5.0)
            .truncated(0.0, 5.0)
            .unwrap()
            .is_constant()
    );
}

#[test]
fn rounding_half_up_gives_whole_numbers_with_their_probabilities() {
    // 0.4..2.6: 0.1, 1 and 1 and 0.1 of 2.2.
    let counts = Uncertain::uniform(0.4, 2.6).unwrap().rounded(10).unwrap();
    let expected = [
        (0, 0.1 / 2.2),
        (1, 1.0 / 2.2),
        (2, 1.0 / 2.2),
        (3, 0.1 / 2.2),
    ];
    for (got, expected) in counts.iter().zip(expected) {
        assert_eq!(got.0, expected.0);
        assert!((got.1 - expected.1).abs() < 1e-14);
    }
    let halves = Uncertain::discrete(&[0.5, 1.4, 2.5, -3.0], &[]).unwrap();
    assert_eq!(halves.rounded(9).unwrap(), [(0, 0.25), (1, 0.5), (3, 0.25)]);
    assert_eq!(Uncertain::constant(7.2).rounded(1).unwrap(), [(7, 1.0)]);
    assert!(
        Uncertain::uniform(0.0, 100.0)
            .unwrap()
            .rounded(50)
            .is_none()
    );
    assert!(
        Uncertain::lognormal(60.0, 3.0)
            .unwrap()
            .rounded(1_000)
            .is_none()
    );
    for (name, value) in zoo() {
        if let Some(counts) = value.rounded(5_000) {
            let total: f64 = counts.iter().map(|c| c.1).sum();
            assert!((total - 1.0).abs() < 1e-13, "{name}: {total}");
            assert!(counts.is_sorted_by(|a, b| a.0 < b.0), "{name}");
        }
    }
}

#[test]
fn mistakes_are_named_with_value_and_remedy() {
    let fault = |made: Result<Uncertain, Fault>| made.unwrap_err();
    let zero = fault(Uncertain::normal(20.0, 0.0));
    assert_eq!(zero.parameter, "sd");
    assert_eq!(zero.remedy, "write the number itself: `20`");
    assert_eq!(
        fault(Uncertain::lognormal_from_mean_cv(20.0, 0.0)).parameter,
        "cv"
    );
    assert_eq!(
        fault(Uncertain::lognormal_from_mean_cv(-2.0, 0.4)).parameter,
        "mean"
    );
    let swapped = fault(Uncertain::lognormal_from_quantiles(
        (0.1, 40.0),
        (0.9, 15.0),
    ));
    assert_eq!(swapped.message, "p10 = 40 is not below p90 = 15");
    assert!(swapped.remedy.contains("p10 = 15, p90 = 40"));
    let outside = fault(Uncertain::pert(1.0, 5.0, 3.0));
    assert_eq!(
        (outside.parameter.as_str(), outside.message.as_str()),
        ("mode", "mode 5 lies outside 1..3")
    );
    assert_eq!(
        fault(Uncertain::uniform(3.0, 3.0)).remedy,
        "write the number itself: `3`"
    );
    let steep = fault(Uncertain::metalog(0.1, [15.0, 16.0, 40.0], None, None));
    assert_eq!(steep.parameter, "p50");
    assert!(steep.remedy.contains("between 19.16"), "{}", steep.remedy);
    let away = fault(Uncertain::normal(0.0, 1.0).unwrap().truncated(60.0, 70.0));
    assert!(away.message.contains("no probability within 60..70"));
    assert_eq!(
        fault(Uncertain::discrete(&[1.0, 2.0], &[1.0])).parameter,
        "weights"
    );
    assert_eq!(fault(Uncertain::discrete(&[], &[])).parameter, "values");
}

#[test]
fn what_is_not_a_finite_number_is_refused_everywhere() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for two in [
            Uncertain::uniform,
            Uncertain::normal,
            Uncertain::lognormal,
            Uncertain::gamma,
            Uncertain::lognormal_from_mean_cv,
            Uncertain::beta,
            Uncertain::weibull,
        ] {
            assert!(two(bad, 1.0).is_err() && two(1.0, bad).is_err());
        }
        for three in [Uncertain::triangular, Uncertain::pert] {
            assert!(three(bad, 1.0, 2.0).is_err() && three(0.0, bad, 2.0).is_err());
            assert!(three(0.0, 1.0, bad).is_err());
        }
        assert!(Uncertain::exponential(bad).is_err());
        assert!(Uncertain::discrete(&[bad], &[]).is_err());
        assert!(Uncertain::discrete(&[1.0], &[bad]).is_err());
        assert!(Uncertain::lognormal_from_quantiles((0.1, bad), (0.9, 3.0)).is_err());
        assert!(Uncertain::lognormal_from_quantiles((bad, 1.0), (0.9, 3.0)).is_err());
        assert!(Uncertain::metalog(0.1, [1.0, bad, 3.0], None, None).is_err());
        assert!(Uncertain::metalog(bad, [1.0, 2.0, 3.0], None, None).is_err());
        assert!(Uncertain::metalog(0.1, [1.0, 2.0, 3.0], Some(bad), None).is_err());
    }
    assert!(
        Uncertain::normal(0.0, 1.0)
            .unwrap()
            .truncated(f64::NAN, 1.0)
            .is_err()
    );
}

#[test]
fn a_log_metalog_with_a_heavy_tail_has_an_infinite_mean_until_it_is_cut() {
    let heavy = Uncertain::metalog(0.1, [1.0, 10.0, 1_000.0], Some(0.0), None).unwrap();
    assert_eq!(heavy.mean(), f64::INFINITY);
    let cut = heavy.truncated(0.0, 1e6).unwrap();
    assert!(cut.mean() > 100.0 && cut.mean() < 1e5, "{}", cut.mean());
}

#[test]
fn absurd_parameters_come_back() {
    let extremes = [5e-324, 1e-300, 1e-9, 1.0, 1e9, 1e300];
    for a in extremes {
        for b in extremes {
            let made = [
                Uncertain::uniform(a, b),
                Uncertain::normal(a, b),
                Uncertain::lognormal(a, b),
                Uncertain::lognormal_from_mean_cv(a, b),
                Uncertain::gamma(a, b),
                Uncertain::beta(a, b),
                Uncertain::weibull(a, b),
                Uncertain::exponential(a),
                Uncertain::pert(0.0, a.min(b), b),
                Uncertain::triangular(0.0, a.min(b), b),
                Uncertain::lognormal_from_quantiles((0.1, a), (0.9, b)),
                Uncertain::metalog(0.1, [a, a + b, a + 3.0 * b], None, None),
                Uncertain::metalog(0.1, [a, a + b, a + 3.0 * b], Some(0.0), None),
                Uncertain::metalog(0.1, [a, 2.0 * a, 3.0 * a], Some(0.0), Some(b)),
            ];
            for value in made.into_iter().flatten() {
                for u in [1e-300, 1e-16, 0.5, 1.0 - 1e-16] {
                    assert!(!value.quantile(u).is_nan(), "{value:?} {u}");
                }
                let _ = value.rounded(100);
                if let Ok(cut) = value.truncated(0.5 * a, 2.0 * b) {
                    assert!(
                        !cut.quantile(0.5).is_nan() && !cut.mean().is_nan(),
                        "{cut:?}"
                    );
                }
            }
        }
    }
}
