//! What is said of too few futures: that all errors are rough, or that a few far out decide a mean.

use crate::decide::sizing::Sizes;
use crate::forecast::Forecast;
use crate::forecast::size::SETTLED;
use crate::report::numbers::grouped;
use crate::report::words::futures;
use crate::summarise::record::Metric;
use crate::summarise::statistics::paths_for_mean;

/// Intervals from fewer paths than these are rough.
const FEW: u64 = 100;

/// Whether so many paths are few, other than the one of a plan.
pub fn are_few(paths: u64) -> bool {
    (2..FEW).contains(&paths)
}

/// That so many futures are few, as a warning; `None` where they are not.
pub fn few(paths: u64) -> Option<String> {
    are_few(paths).then(|| {
        format!(
            "{} are few: {}; raise --paths",
            futures(paths),
            of_few("futures")
        )
    })
}

/// What is rough of few `futures`, or whatever an estimate is made on.
pub fn of_few(futures: &str) -> String {
    format!("intervals from fewer than {FEW} {futures} are rough")
}

/// That a few futures far out make a mean, so that its interval says too little; `None` where there are futures
/// enough for what is spent and for what the advised size costs.
pub fn rough_mean(forecast: &Forecast) -> Option<String> {
    let spend = forecast.term(Metric::Spend)?;
    let spend = Mean {
        of: "spend",
        mean: spend.mean,
        half_width: spend.mean_half_width,
        skewness: forecast.spend_skewness,
        paths: forecast.paths,
        most: None,
    };
    let advised = || {
        let sizes = forecast.sizes.as_ref()?;
        let of = "cost of the advised size";
        rough(&Mean::of_optimum(of, sizes, forecast.paths))
    };
    rough(&spend).or_else(advised)
}

/// A mean that few futures may decide.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    /// What it is the mean of.
    of: &'static str,
    mean: f64,
    /// Half of its 95% interval.
    half_width: Option<f64>,
    skewness: Option<f64>,
    /// Paths it is over.
    paths: u64,
    /// Most paths it can be over.
    most: Option<u64>,
}

impl Mean {
    /// What the best of some sizes costs, over so many paths.
    pub fn of_optimum(of: &'static str, sizes: &Sizes, paths: u64) -> Self {
        Self {
            of,
            mean: sizes.optimum.cost_mean,
            half_width: sizes.optimum.cost_mean_half_width,
            skewness: sizes.cost_skewness,
            paths,
            most: sizes.is_of_horizon.then_some(SETTLED),
        }
    }
}

/// That a few futures decide a mean, and how many would do; `None` where there are enough.
pub fn rough(mean: &Mean) -> Option<String> {
    /// A share of the mean below which half an interval may as well be twice as much.
    const NEGLIGIBLE: f64 = 0.005;
    let skewness = mean.skewness?;
    let needed = paths_for_mean(skewness);
    let is_wide = mean.half_width? > NEGLIGIBLE * mean.mean.abs();
    // Fewer are rough whatever is drawn.
    if !is_wide || needed / 2 <= mean.paths || mean.paths < FEW {
        return None;
    }
    let remedy = match mean.most {
        Some(most) if needed > most => format!(
            "sizes are weighed on {most} at most",
            most = grouped(most as f64)
        ),
        _ => format!(
            "about --paths {} would do",
            grouped(two_digits_up(needed) as f64)
        ),
    };
    let side = if skewness > 0.0 { "more" } else { "less" };
    Some(format!(
        "a few of {} cost far {side} than the others, and decide the mean {}: its ± says too little; {remedy}",
        futures(mean.paths),
        mean.of
    ))
}

/// The next larger number with two digits that are not 0.
fn two_digits_up(value: u64) -> u64 {
    let digits = value.checked_ilog10().unwrap_or(0);
    let unit = 10_u64.pow(digits.saturating_sub(1));
    value.div_ceil(unit).saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_few_futures_decide_is_said_where_it_matters() {
        let mean = |half_width: f64, skewness: f64| Mean {
            of: "spend",
            mean: 1_000.0,
            half_width: Some(half_width),
            skewness: Some(skewness),
            paths: 1_000,
            most: None,
        };
        // 25 x 12.5^2 is 3,906.25.
        let told = rough(&mean(50.0, 12.5)).expect("a warning");
        assert!(
            told.contains("far more") && told.ends_with("about --paths 4,000 would do"),
            "{told}"
        );
        let told = rough(&mean(50.0, -12.5)).expect("a warning");
        assert!(told.contains("far less"), "{told}");
        // Half of what it takes will do; nor does anybody need to know where it is next to nothing of the mean.
        assert_eq!(rough(&mean(50.0, 8.9)), None);
        assert_eq!(rough(&mean(5.0, 12.5)), None);
        // More than are settled cannot be had.
        let capped = Mean {
            most: Some(3_000),
            ..mean(50.0, 12.5)
        };
        let told = rough(&capped).expect("a warning");
        assert!(
            told.ends_with("sizes are weighed on 3,000 at most"),
            "{told}"
        );
        // Few are rough whatever is drawn, and that is said.
        let few_of = Mean {
            paths: 99,
            ..mean(50.0, 12.5)
        };
        assert_eq!(rough(&few_of), None);
        assert!(few(99).is_some() && few(100).is_none() && few(1).is_none());
    }
}
