//! What else is to be said of the sizes.

use super::advice::leaves;
use super::{best, beyond, cut_short, noun};
use crate::decide::sizing::{Candidate, Difference, Objective, Searched, Sizes};
use crate::forecast::Forecast;
use crate::report::numbers::{grouped, money, percent, share, short, sure};
use crate::report::page::wrap;
use crate::report::stages::staged;
use crate::report::summary::{futures, gain, packs, spans};
use crate::scenario::Scenario;
use crate::summarise::ranks::RESOLVED;
use crate::summarise::record::Metric;
use crate::units::MICRO;

/// What else is to be said: how flat the cost is, what a limit costs, what the single number costs,
/// what knowing would be worth.
pub(super) fn remarks(
    scenario: &Scenario,
    forecast: &Forecast,
    sizes: &Sizes,
    is_brief: bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    let is_told = sizes.cut_term.is_some_and(|cut| cut.is_sized) && sizes.terms > 1;
    let cut = cut_short(scenario, sizes).filter(|_| !is_told);
    if let Some(words) = cut {
        lines.extend(wrap("Terms", &words));
    }
    let has_errors = sizes.optimum.cost_mean_half_width.is_some();
    match has_errors {
        // What is near a size that breaks the limit says nothing.
        true if !sizes.is_limit_met => (),
        true => lines.extend(wrap("Flat", &flat(sizes))),
        false => {
            let words = format!(
                "{} cannot say how sure this is, nor what else is as good: raise --paths",
                futures(sizes.optimum.overage.paths)
            );
            lines.extend(wrap("Sure", &words));
        }
    }
    if let (Some(limit), Some(most)) = (&sizes.limit_price, sizes.question.max_overage)
        && sizes.is_limit_met
    {
        let words = format!(
            "overage in at most {} of {} {}{}",
            share(most),
            noun(sizes),
            price(scenario, sizes, limit),
            never(&sizes.optimum, noun(sizes))
        ) + &too_few(most, sizes);
        lines.extend(wrap("Limit", &words));
    }
    if let (Some(size), Some(share)) = (&sizes.invert, sizes.question.invert) {
        let share = self::share(share);
        // Of what no path has the upper end of its share says more, and nothing is nothing from end to end.
        let between = sizes
            .invert_interval
            .filter(|&ends| size.overage.hits > 0 && ends != (0, 0));
        let between = between.map_or(String::new(), |(low, high)| match low == high {
            true => " (95%: no other)".to_owned(),
            false => format!(
                " (95%: {} to {})",
                grouped(low as f64),
                grouped(high as f64)
            ),
        });
        let words = match sizes.is_invert_met {
            true => format!(
                "overage in at most {share} of {}: {}{between}{}",
                noun(sizes),
                packs(size.purchase.packs),
                never(size, noun(sizes))
            ),
            false => format!("no size brings overage down to {share} of {}", noun(sizes)),
        };
        lines.extend(wrap("Invert", &words));
    }
    if let Some(found) = &sizes.staged {
        lines.extend(wrap("Staged", &staged(scenario, sizes, found)));
    }
    if has_errors && !is_brief {
        lines.extend(others(scenario, sizes));
    }
    let unserved = sizes.optimum.unserved_credits_mean;
    if unserved > 0.0 && leaves(forecast, sizes).is_none() {
        let words = format!(
            "{} credits of the {}, {} of the current size, on average; no cost counts them",
            short(unserved),
            best(sizes),
            short(sizes.current.unserved_credits_mean)
        );
        lines.extend(wrap("Unserved", &words));
    }
    if let Searched::Some(tried) = sizes.searched {
        let words = format!(
            "the best of {} sizes tried; one between may be better",
            grouped(tried as f64)
        );
        lines.extend(wrap("Search", &words));
    }
    lines
}

/// The limit, where it decides the size.
pub(super) fn binding(sizes: &Sizes) -> Option<u32> {
    let free = sizes.unconstrained.as_ref()?;
    let is_binding = free.purchase != sizes.optimum.purchase;
    sizes.question.max_overage.filter(|_| is_binding)
}

/// What a limit costs, with its verb: in the objective that was asked for, and on average.
fn price(scenario: &Scenario, sizes: &Sizes, limit: &Difference) -> String {
    let is_free = sizes.unconstrained.as_ref();
    if is_free.is_some_and(|free| free.purchase == sizes.optimum.purchase) {
        return "costs nothing: the best size without the limit meets it".to_owned();
    }
    let of_average = costs(scenario, limit);
    let aim = match sizes.question.objective {
        Objective::Cost => None,
        Objective::Cvar { alpha } => Some(format!("on average in the worst {}", beyond(alpha))),
        Objective::Regret => Some("of regret in the 95th percentile".to_owned()),
    };
    match aim.zip(sizes.limit_price_in_objective.as_ref()) {
        Some((aim, price)) => format!(
            "{} {aim}; on average over all {} it {of_average}",
            costs(scenario, price),
            noun(sizes)
        ),
        None => format!("{of_average} on average"),
    }
}

/// What something costs more, or less, with a verb.
fn costs(scenario: &Scenario, difference: &Difference) -> String {
    let told = gain(scenario, difference);
    match told.starts_with("no ") {
        true => format!("makes {told}"),
        false => format!("costs {told}"),
    }
}

/// The sizes that cost next to the same.
fn flat(sizes: &Sizes) -> String {
    match sizes.flat.as_slice() {
        [(low, high)] if low == high => {
            "no other size is within 1% of it and its own error".to_owned()
        }
        flat => format!("{} are within 1% of it and its own error", spans(flat)),
    }
}

/// What it would cost to buy for the single number, and what knowing would be worth.
fn others(scenario: &Scenario, sizes: &Sizes) -> Vec<String> {
    let cash = |value: f64| money(&scenario.currency, value);
    let mut lines = Vec::new();
    let plan = costs(scenario, &sizes.plan_excess);
    let plan = match sizes.plan_excess.interval {
        Some((low, _)) if low < 0.005 => plan,
        _ => format!("{plan} more"),
    };
    if sizes.plan.purchase.packs != sizes.optimum.purchase.packs {
        let mean = match sizes.question.objective {
            Objective::Cost => "",
            Objective::Cvar { .. } | Objective::Regret => " on average",
        };
        let broken = sizes.plan.overage;
        let broken = match sizes.question.max_overage {
            Some(most) if broken.value() > f64::from(most) / MICRO as f64 => {
                format!(", and has overage in {}", percent(broken.value()))
            }
            _ => String::new(),
        };
        lines.extend(wrap(
            "Plan",
            &format!("buying for its single number {plan}{mean}{broken}"),
        ));
    }
    let worth = &sizes.foresight_worth;
    let told = match (sizes.knows_all, worth.interval) {
        (true, _) if worth.mean < 0.005 => "next to nothing".to_owned(),
        (true, Some((low, high))) => {
            let sure = sure(&scenario.currency, (low.max(0.0), high));
            format!("{}{sure}", cash(worth.mean))
        }
        (true, None) => cash(worth.mean),
        (false, _) => format!("at least {}", cash(worth.mean)),
    };
    let words = format!("the future before buying would be worth {told}");
    lines.extend(wrap("Knowing", &words));
    lines
}

/// What an overage that no path has says of its probability: not that it is 0, but Wilson's upper end. Empty
/// where some path has one.
fn never(size: &Candidate, noun: &str) -> String {
    if size.overage.hits > 0 || size.overage.paths == 0 {
        return String::new();
    }
    let most = 100.0 * size.overage.interval().1;
    // Two digits, rounded up.
    let (mut digits, mut unit) = (0, 1.0);
    while digits < 12 && most * unit < 10.0 {
        digits += 1;
        unit *= 10.0;
    }
    let most = (most * unit).ceil() / unit;
    format!(
        "; seen in none of {}: in fewer than {most:.digits$}% (95%)",
        match noun {
            "futures" => futures(size.overage.paths),
            _ => format!("{} {noun}", grouped(size.overage.paths as f64)),
        }
    )
}

/// That there are too few futures to show so small a share, and how many it takes.
fn too_few(share: u32, sizes: &Sizes) -> String {
    let paths = sizes.optimum.overage.paths;
    let needed = (RESOLVED * MICRO as u64).div_ceil(u64::from(share.max(1)));
    match share > 0 && paths < needed {
        true => format!("; to show that takes {} of them", grouped(needed as f64)),
        false => String::new(),
    }
}

/// What the scenario buys in the terms that are sized, where that is not the same in each.
pub(super) fn bought(forecast: &Forecast, sizes: &Sizes) -> Option<Vec<u64>> {
    let terms = forecast.terms.contract_terms();
    let bought: Vec<u64> = terms
        .iter()
        .map(|term| term.purchase.packs)
        .take(sizes.terms)
        .collect();
    let is_same = bought.windows(2).all(|pair| pair[0] == pair[1]);
    (!is_same).then_some(bought)
}

/// Mean cost over the horizon as the scenario buys, another size in each term, and with the best one in each;
/// `None` where it buys the same, where a term is left out and where unused credits are worth something.
fn planned(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) -> Option<(f64, f64)> {
    bought(forecast, sizes)?;
    let is_whole = sizes.is_of_horizon || sizes.cut_term.is_none();
    if !is_whole || scenario.contract.residual_value > 0 {
        return None;
    }
    let terms = if sizes.is_of_horizon {
        1.0
    } else {
        sizes.terms as f64
    };
    Some((
        forecast.term(Metric::Spend)?.mean,
        terms * sizes.optimum.cost_mean,
    ))
}

/// That the scenario buys another size in each term, and what that costs beside the best one for all.
pub(super) fn as_bought(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) -> Option<String> {
    const LISTED: usize = 4;
    let bought = bought(forecast, sizes)?;
    let list = match bought.len() {
        ..=LISTED => {
            let each: Vec<String> = bought.iter().map(|&packs| grouped(packs as f64)).collect();
            format!("{} packs", each.join(", then "))
        }
        _ => {
            let least = bought.iter().min().copied().unwrap_or(0);
            let most = bought.iter().max().copied().unwrap_or(0);
            format!(
                "from {} to {} packs",
                grouped(least as f64),
                grouped(most as f64)
            )
        }
    };
    let cash = |value: f64| money(&scenario.currency, value);
    Some(match planned(scenario, forecast, sizes) {
        Some((planned, all)) => format!(
            "As planned, {list}, the horizon costs {}, with this size in each {}.",
            cash(planned),
            cash(all)
        ),
        None => format!("Planned are {list}."),
    })
}
