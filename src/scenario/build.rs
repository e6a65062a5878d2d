//! From the parameters of a family to a distribution: checks that name the parameter at fault, and
//! conversions to the parameters that the family is built with.

use crate::scenario::family::Family;
use crate::scenario::item::plain;
use crate::scenario::uncertain::{Field, Form};
use crate::uncertain::Uncertain;

/// The distribution before truncation.
pub fn build(family: Family, form: &Form<'_>, field: Field) -> Option<Uncertain> {
    match family {
        Family::Constant => Some(Uncertain::constant(form.number("value")?)),
        Family::Uniform => uniform(form),
        Family::Triangular => moded(form, Uncertain::triangular),
        Family::Pert => moded(form, Uncertain::pert),
        Family::Discrete => discrete(form),
        Family::Normal => normal(form),
        Family::Lognormal => lognormal(form),
        Family::Gamma => gamma(form),
        Family::Beta => beta(form),
        Family::Weibull => weibull(form),
        Family::Exponential => exponential(form),
        Family::Metalog => metalog(form, field),
    }
}

type Built = Result<Uncertain, crate::uncertain::Fault>;

/// A parameter that must be above 0.
fn positive(form: &Form<'_>, key: &str) -> Option<f64> {
    let value = form.number(key)?;
    if value > 0.0 {
        return Some(value);
    }
    let message = format!("`{key} = {}` is not above 0", plain(value));
    let remedy = match key {
        "sd" | "cv" | "sigma" => "write a spread above 0, or the number alone",
        _ => "write a number above 0",
    };
    form.refuse(key, message, remedy)
}

fn ascending(form: &Form<'_>, low: &str, high: &str) -> Option<()> {
    let (a, b) = (form.number(low)?, form.number(high)?);
    if a < b {
        return Some(());
    }
    let message = format!("`{low}` {} is not below `{high}` {}", plain(a), plain(b));
    let remedy = match a == b {
        true => format!("write {} alone if it is known", plain(a)),
        false => format!("swap them: {low} = {}, {high} = {}", plain(b), plain(a)),
    };
    form.refuse(high, message, remedy)
}

fn uniform(form: &Form<'_>) -> Option<Uncertain> {
    ascending(form, "min", "max")?;
    form.checked(Uncertain::uniform(form.number("min")?, form.number("max")?))
}

fn moded(form: &Form<'_>, family: fn(f64, f64, f64) -> Built) -> Option<Uncertain> {
    ascending(form, "min", "max")?;
    let [min, mode, max] = ["min", "mode", "max"].map(|key| form.number(key));
    let (min, mode, max) = (min?, mode?, max?);
    if !(min..=max).contains(&mode) {
        let range = format!("{} to {}", plain(min), plain(max));
        let message = format!("`mode = {}` lies outside {range}", plain(mode));
        return form.refuse("mode", message, format!("write a mode from {range}"));
    }
    form.checked(family(min, mode, max))
}

fn discrete(form: &Form<'_>) -> Option<Uncertain> {
    let values = form.list("values")?;
    let weights = match form.list("weights") {
        Some(weights) => weights.to_vec(),
        None => vec![1.0; values.len()],
    };
    if weights.len() != values.len() {
        let message = format!("{} weights for {} values", weights.len(), values.len());
        return form.refuse("weights", message, "write one weight for each value");
    }
    if let Some(weight) = weights.iter().find(|weight| **weight < 0.0) {
        let message = format!("a weight of {}", plain(*weight));
        return form.refuse("weights", message, "write weights of 0 or more");
    }
    if weights.iter().sum::<f64>() <= 0.0 {
        return form.refuse(
            "weights",
            "all weights are 0".into(),
            "write at least one above 0",
        );
    }
    form.checked(Uncertain::discrete(values, &weights))
}

fn normal(form: &Form<'_>) -> Option<Uncertain> {
    let mean = form.number("mean")?;
    let sd = match form.number("cv") {
        Some(_) => positive(form, "cv")? * positive(form, "mean")?,
        None => positive(form, "sd")?,
    };
    form.checked(Uncertain::normal(mean, sd))
}

/// sigma of a lognormal by its coefficient of variation: cv^2 = exp(sigma^2) - 1.
fn sigma_of(cv: f64) -> f64 {
    libm::sqrt(libm::log1p(cv * cv))
}

fn lognormal(form: &Form<'_>) -> Option<Uncertain> {
    if !form.quantiles().is_empty() {
        return through_two(form);
    }
    if let Some(mu) = form.number("mu") {
        return form.checked(Uncertain::lognormal(mu, positive(form, "sigma")?));
    }
    if form.number("median").is_some() {
        let mu = libm::log(positive(form, "median")?);
        let sigma = match form.number("sigma") {
            Some(_) => positive(form, "sigma")?,
            None => sigma_of(positive(form, "cv")?),
        };
        return form.checked(Uncertain::lognormal(mu, sigma));
    }
    let mean = positive(form, "mean")?;
    let cv = match form.number("sd") {
        Some(_) => positive(form, "sd")? / mean,
        None => positive(form, "cv")?,
    };
    form.checked(Uncertain::lognormal_from_mean_cv(mean, cv))
}

/// Quantile keys must ascend in value as they do in percent.
fn quantiles(form: &Form<'_>) -> Option<Vec<(f64, f64)>> {
    let quantiles = form.quantiles();
    for pair in quantiles.windows(2) {
        let ((p, low), (q, high)) = (pair[0], pair[1]);
        if low >= high {
            let message = format!("`p{p}` {} is not below `p{q}` {}", plain(low), plain(high));
            let remedy = format!("write values that rise: p{p} < p{q}");
            return form.refuse(&format!("p{q}"), message, remedy);
        }
    }
    let (first, last) = (quantiles.first()?, quantiles.last()?);
    if first.0 < 50.0 && last.0 > 50.0 {
        return Some(quantiles);
    }
    let message = format!(
        "`p{}` and `p{}` lie on one side of the median",
        first.0, last.0
    );
    form.refuse(
        "",
        message,
        "write one below p50 and one above, like { p10 = ..., p90 = ... }",
    )
}

fn through_two(form: &Form<'_>) -> Option<Uncertain> {
    let quantiles = quantiles(form)?;
    let (low, high) = (*quantiles.first()?, *quantiles.last()?);
    if low.1 <= 0.0 {
        let message = format!("`p{} = {}` is not above 0", low.0, plain(low.1));
        let remedy = "two quantiles make a lognormal, which is above 0; \
                      write { mean, sd } or { min, mode, max } for values that can be 0 or below";
        return form.refuse(&format!("p{}", low.0), message, remedy);
    }
    let built =
        Uncertain::lognormal_from_quantiles((low.0 / 100.0, low.1), (high.0 / 100.0, high.1));
    form.checked(built)
}

fn metalog(form: &Form<'_>, field: Field) -> Option<Uncertain> {
    let quantiles = quantiles(form)?;
    let [low, median, high] = quantiles.as_slice() else {
        return None;
    };
    if (low.0 + high.0 - 100.0).abs() > 1e-9 {
        let message = format!("`p{}` and `p{}` are not symmetric", low.0, high.0);
        let remedy = "write p10, p50, p90 (or p5 and p95, p25 and p75, ... beside p50)";
        return form.refuse("", message, remedy);
    }
    let (lower, upper) = field.metalog_bounds();
    let beyond =
        |value: f64| lower.is_some_and(|l| value <= l) || upper.is_some_and(|u| value >= u);
    if let Some((percent, value)) = quantiles.iter().find(|(_, value)| beyond(*value)) {
        let message = format!("`p{percent} = {}` is not inside the range", plain(*value));
        let remedy = match upper {
            Some(_) => "write quantiles above 0 and below 1",
            None => "write quantiles above 0",
        };
        return form.refuse(&format!("p{percent}"), message, remedy);
    }
    form.checked(Uncertain::metalog(
        low.0 / 100.0,
        [low.1, median.1, high.1],
        lower,
        upper,
    ))
}

/// Gamma(shape, scale) has mean shape * scale and cv^2 = 1/shape.
fn gamma(form: &Form<'_>) -> Option<Uncertain> {
    if form.number("shape").is_some() {
        let (shape, scale) = (positive(form, "shape"), positive(form, "scale"));
        return form.checked(Uncertain::gamma(shape?, scale?));
    }
    let mean = positive(form, "mean")?;
    let cv = match form.number("sd") {
        Some(_) => positive(form, "sd")? / mean,
        None => positive(form, "cv")?,
    };
    form.checked(Uncertain::gamma(1.0 / (cv * cv), mean * cv * cv))
}

/// Beta(a, b) with mean m and variance v: a + b = m (1 - m) / v - 1, a = m (a + b).
fn beta(form: &Form<'_>) -> Option<Uncertain> {
    if form.number("alpha").is_some() {
        let (alpha, beta) = (positive(form, "alpha"), positive(form, "beta"));
        return form.checked(Uncertain::beta(alpha?, beta?));
    }
    let (mean, sd) = (form.number("mean")?, positive(form, "sd")?);
    if mean <= 0.0 || mean >= 1.0 {
        let message = format!("`mean = {}` is not between 0 and 1", plain(mean));
        return form.refuse(
            "mean",
            message,
            "a beta lies in 0..1: write its mean as a share",
        );
    }
    let total = mean * (1.0 - mean) / (sd * sd) - 1.0;
    if total <= 0.0 {
        let most = libm::sqrt(mean * (1.0 - mean));
        let message = format!("`sd = {}` is too wide for a beta of this mean", plain(sd));
        return form.refuse("sd", message, format!("write an sd below {most:.4}"));
    }
    form.checked(Uncertain::beta(mean * total, (1.0 - mean) * total))
}

/// Weibull(shape, scale) has mean scale * Gamma(1 + 1/shape).
fn weibull(form: &Form<'_>) -> Option<Uncertain> {
    let shape = positive(form, "shape")?;
    let scale = match form.number("mean") {
        Some(_) => positive(form, "mean")? / libm::tgamma(1.0 + 1.0 / shape),
        None => positive(form, "scale")?,
    };
    form.checked(Uncertain::weibull(shape, scale))
}

fn exponential(form: &Form<'_>) -> Option<Uncertain> {
    let mean = match form.number("rate") {
        Some(_) => 1.0 / positive(form, "rate")?,
        None => positive(form, "mean")?,
    };
    form.checked(Uncertain::exponential(mean))
}
