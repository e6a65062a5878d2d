//! What sizes leave unserved, which no cost counts: as shares of what is wanted.

use super::advice::rule_80;
use super::remarks::binding;
use crate::decide::sizing::{Objective, Sizes};
use crate::forecast::Forecast;
use crate::report::numbers::{percent, short};
use crate::scenario::Scenario;
use crate::summarise::record::Metric;

/// Shares, and differences of shares, below this are not told.
const TOLD: f64 = 0.001;

/// The share of what is wanted that some credits are; 0 where nothing is wanted.
fn share(forecast: &Forecast, credits: f64) -> f64 {
    match forecast.term(Metric::Credits) {
        Some(wanted) if wanted.mean > 0.0 => (credits / wanted.mean).min(1.0),
        _ => 0.0,
    }
}

/// Mean credits that go unserved as the scenario buys.
fn as_bought(sizes: &Sizes) -> f64 {
    let planned = sizes.planned.as_ref().and_then(|planned| planned.cost);
    planned.map_or(sizes.current.unserved_credits_mean, |cost| {
        cost.unserved_credits_mean
    })
}

/// What the best size leaves unserved, and each that it is compared with where that is another share; `None` where all
/// of it is negligible.
pub(super) fn told(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) -> Option<String> {
    let own = sizes.optimum.unserved_credits_mean;
    let share = |credits: f64| share(forecast, credits);
    let rule = (
        sizes.rule_80.purchase.packs,
        sizes.rule_80.unserved_credits_mean,
    );
    let nothing = &sizes.pay_as_you_go;
    let mut others = vec![match &sizes.planned {
        Some(_) => ("as planned".to_owned(), as_bought(sizes)),
        None => ("with the current size".to_owned(), as_bought(sizes)),
    }];
    let current = sizes.current.purchase.packs;
    let is_planned = sizes.planned.is_some();
    if is_planned || rule.0 != current {
        others.push((format!("under {}", rule_80(sizes)), rule.1));
    }
    if rule.0 != 0 && (is_planned || current != 0) {
        let name = match scenario.contract.on_exhaustion.is_buying() {
            true => "with nothing ahead",
            false => "under pay as you go",
        };
        others.push((name.to_owned(), nothing.unserved_credits_mean));
    }
    let differs = |(_, other): &(String, f64)| (share(*other) - share(own)).abs() >= TOLD;
    let others: Vec<String> = others
        .into_iter()
        .filter(differs)
        .map(|(name, other)| format!("{} {name}", percent(share(other))))
        .collect();
    let is_much = share(own) >= TOLD;
    if !is_much && others.is_empty() {
        return None;
    }
    let mut words = match is_much {
        true => format!(
            "{} of what is wanted goes unserved ({} credits on average)",
            percent(share(own)),
            short(own)
        ),
        false => "next to nothing that is wanted goes unserved".to_owned(),
    };
    if !others.is_empty() {
        words += &format!(", {}", others.join(", "));
    }
    Some(words + "; unserved demand costs nothing here")
}

/// Whether that is why the best size costs least: it leaves more unserved than the scenario's own, and no limit asks
/// for it.
pub(super) fn is_why(forecast: &Forecast, sizes: &Sizes) -> bool {
    sizes.question.objective == Objective::Cost
        && sizes.is_limit_met
        && binding(sizes).is_none()
        && is_more(forecast, sizes)
}

/// Whether a hundredth of what is wanted more goes unserved than as the scenario buys.
fn is_more(forecast: &Forecast, sizes: &Sizes) -> bool {
    share(
        forecast,
        sizes.optimum.unserved_credits_mean - as_bought(sizes),
    ) > 0.01
}

/// The same as a warning.
pub(super) fn warning(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) -> Option<String> {
    let left = told(scenario, forecast, sizes).filter(|_| is_more(forecast, sizes))?;
    Some(match (is_why(forecast, sizes), sizes.is_limit_met) {
        (true, _) => format!("the best size costs least because {left}"),
        (false, true) => format!("with the best size {left}"),
        (false, false) => format!("with the size that comes nearest to the limit {left}"),
    })
}
