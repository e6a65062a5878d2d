//! What else is to be said of the sizes.

use super::{Room, a_term, best, beyond, cut_short, never_billed, noun, unserved};
use crate::decide::sizing::{
    Candidate, Difference, Objective, Planned, Searched, Sizes, most_over,
};
use crate::forecast::Forecast;
use crate::report::numbers::{at_least, at_most, grouped, money, percent, share, short, sure};
use crate::report::page::wrap;
use crate::report::rough::{are_few, of_few};
use crate::report::stages::staged;
use crate::report::words::{futures, gain, packs, spans};
use crate::scenario::{OnExhaustion, Scenario};
use crate::summarise::ranks::{Proportion, RESOLVED};
use crate::units::MICRO;

/// What else is to be said: how flat the cost is, what a limit costs, what the single number costs,
/// what knowing would be worth.
pub(super) fn remarks(
    scenario: &Scenario,
    forecast: &Forecast,
    sizes: &Sizes,
    room: Room,
) -> Vec<String> {
    let mut lines = Vec::new();
    let is_told = sizes.cut_term.is_some_and(|cut| cut.is_sized) && sizes.terms > 1;
    let cut = cut_short(scenario, sizes).filter(|_| !is_told);
    if let Some(words) = cut {
        lines.extend(wrap("Terms", &words));
    }
    // What a limit asks for may have none though there are futures enough for others.
    let has_errors = sizes.pay_as_you_go.cost_mean_half_width.is_some();
    match has_errors {
        // What is near a size that breaks the limit says nothing.
        true if !sizes.is_limit_met => (),
        // What limits a size decides it, not the cost; and where nothing is as good nothing is lost.
        true if room >= Room::Less && (binding(sizes).is_some() || is_sharp(sizes)) => (),
        // Nothing is told from a cost whose error is not known.
        true if !sizes.is_certain && sizes.optimum.cost_mean_half_width.is_none() => (),
        true => lines.extend(wrap("Flat", &flat(sizes))),
        false => {
            let words = format!(
                "{} cannot say how sure this is, nor what else is as good: raise --paths",
                futures(sizes.optimum.overage.paths)
            );
            lines.extend(wrap("Sure", &words));
        }
    }
    if has_errors && are_few(forecast.paths) && !sizes.is_certain {
        lines.extend(wrap("Sure", &of_few("futures")));
    }
    if let Some(any) = &sizes.any_overage
        && room == Room::All
        && sizes
            .optimum
            .overage_beyond(forecast.terms.free())
            .is_some()
    {
        let words = format!(
            "shares are of terms; with the {} {} of futures have one in any term",
            best(sizes),
            chance(*any, scenario, sizes)
        );
        lines.extend(wrap("Overage", &words));
    }
    let clause = never_billed(scenario, sizes);
    let is_asked = sizes.question.max_overage.is_some() || sizes.question.invert.is_some();
    if let Some(clause) = clause.as_ref().filter(|_| room == Room::All && !is_asked) {
        let instead = match scenario.contract.on_exhaustion {
            OnExhaustion::TopUp(_) => "packs are bought",
            OnExhaustion::StepUp(_) => "a larger step is paid",
            _ => "it goes unserved",
        };
        lines.extend(wrap("Overage", &format!("{clause}: {instead}")));
    }
    if let (Some(limit), Some(most)) = (&sizes.limit_price, sizes.question.max_overage)
        && sizes.is_limit_met
    {
        let words = match &clause {
            Some(clause) if binding(sizes).is_none() => {
                format!("{clause}: no size has overage, so that the limit changes nothing")
            }
            _ => format!(
                "{} {}{}",
                overage_in(most, sizes),
                price(scenario, sizes, limit, room),
                match binding(sizes).is_some() && !sizes.is_certain {
                    // The advice has said why it is not bounded, the table what no path has.
                    true if sizes.optimum_cost_interval.is_none() && room >= Room::Less =>
                        String::new(),
                    true if sizes.optimum_cost_interval.is_none() => never(&sizes.optimum, sizes),
                    true => seen(most, &sizes.optimum, sizes, true),
                    false => never(&sizes.optimum, sizes) + &too_few(most, sizes),
                }
            ),
        };
        lines.extend(wrap("Limit", &words));
    }
    if let (Some(size), Some(share)) = (&sizes.invert, sizes.question.invert) {
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
        let words = match (sizes.is_invert_met, &clause) {
            (true, Some(clause)) => {
                let smallest = packs(size.purchase.packs);
                match sizes.limit_price {
                    // The line above has said why.
                    Some(_) if room == Room::Least => {
                        format!("no size has overage; the smallest is {smallest}")
                    }
                    _ => format!("{clause}: no size has overage; the smallest is {smallest}"),
                }
            }
            (true, None) if u64::from(share) >= MICRO as u64 => {
                format!("{}: any size, also nothing ahead", overage_in(share, sizes))
            }
            (true, None) => {
                let is_bounded = sizes.invert_interval.is_some();
                let is_advised = binding(sizes) == Some(share) && sizes.is_limit_met;
                let seen = match is_advised && !is_bounded {
                    true => "; as advised".to_owned(),
                    // Nothing smaller is asked for.
                    false if size.purchase.packs == 0 => String::new(),
                    false => seen(share, size, sizes, is_bounded),
                };
                format!(
                    "{}: {}{between}{seen}",
                    overage_in(share, sizes),
                    packs(size.purchase.packs),
                )
            }
            (false, _) => format!(
                "no size brings overage down to {} of {}",
                self::share(share),
                noun(sizes)
            ),
        };
        lines.extend(wrap("Invert", &words));
    }
    if let Some(found) = &sizes.staged {
        lines.extend(wrap("Staged", &staged(scenario, sizes, found)));
    }
    if has_errors && room < Room::Little {
        lines.extend(others(scenario, sizes, room));
    }
    let left = sizes.optimum.unserved_credits_mean;
    if left > 0.0 && unserved::told(scenario, forecast, sizes).is_none() {
        let words = format!(
            "{} credits of the {}, {} of the current size, on average; no cost counts them",
            short(left),
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
fn price(scenario: &Scenario, sizes: &Sizes, limit: &Difference, room: Room) -> String {
    if binding(sizes).is_none() {
        // Of a share close to the limit the paths may be wrong.
        let most = limit.interval.map_or(0.0, |(_, high)| high);
        let most = match most < 0.005 || sizes.question.objective != Objective::Cost {
            true => String::new(),
            false => format!(" (at most {}, 95%)", money(&scenario.currency, most)),
        };
        return format!("costs nothing{most}: the best size without the limit meets it");
    }
    let of_average = costs(scenario, limit) + a_term(sizes);
    let aim = match sizes.question.objective {
        Objective::Cost => None,
        Objective::Cvar { alpha } => Some(format!("on average in the worst {}", beyond(alpha))),
        Objective::Regret => Some("of regret in the 95th percentile".to_owned()),
    };
    match aim.zip(sizes.limit_price_in_objective.as_ref()) {
        Some((aim, price)) if room == Room::Least => format!("{} {aim}", costs(scenario, price)),
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

/// Whether no other size costs next to the same.
fn is_sharp(sizes: &Sizes) -> bool {
    matches!(sizes.flat.as_slice(), [(low, high)] if low == high)
}

/// The sizes that cost next to the same.
fn flat(sizes: &Sizes) -> String {
    match is_sharp(sizes) {
        true => "no other size is within 1% of it and its own error".to_owned(),
        false => format!(
            "{} are within 1% of it and its own error",
            spans(&sizes.flat)
        ),
    }
}

/// What it would cost to buy for the single number, and what knowing would be worth.
fn others(scenario: &Scenario, sizes: &Sizes, room: Room) -> Vec<String> {
    let cash = |value: f64| money(&scenario.currency, value);
    let mut lines = Vec::new();
    let each = a_term(sizes);
    let plan = costs(scenario, &sizes.plan_excess);
    let plan = match sizes.plan_excess.interval {
        Some((low, _)) if low < 0.005 => format!("{plan}{each}"),
        None if sizes.plan_excess.mean < 0.0 => format!("{plan}{each}"),
        _ => format!("{plan} more{each}"),
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
        let what = match sizes.terms {
            1 => "buying for its single number",
            _ if room == Room::Short => "term 1's plan in each",
            _ => "buying term 1's plan in each",
        };
        lines.extend(wrap("Plan", &format!("{what} {plan}{mean}{broken}")));
    }
    let worth = &sizes.foresight_worth;
    let told = match (sizes.knows_all, worth.interval) {
        (true, _) if worth.mean < 0.005 => "next to nothing".to_owned(),
        (false, _) if worth.mean < 0.005 => "nothing that these sizes tell".to_owned(),
        (true, Some((low, high))) => {
            let sure = sure(&scenario.currency, (low.max(0.0), high));
            format!("{}{sure}", cash(worth.mean))
        }
        (true, None) => cash(worth.mean),
        (false, _) => format!("at least {}", cash(worth.mean)),
    };
    let would_be = if room == Room::Short {
        "is"
    } else {
        "would be"
    };
    let words = format!("the future before buying {would_be} worth {told}{each}");
    lines.extend(wrap("Knowing", &words));
    lines
}

/// A share of overage that was asked for, in words.
fn overage_in(share: u32, sizes: &Sizes) -> String {
    match share {
        0 => format!("overage in none of the {}", noun(sizes)),
        _ => format!(
            "overage in at most {} of {}",
            self::share(share),
            noun(sizes)
        ),
    }
}

/// What an overage that no path has says of its probability: not that it is 0, but Wilson's upper end. Empty
/// where some path has one.
fn never(size: &Candidate, sizes: &Sizes) -> String {
    if size.overage.hits > 0 || size.overage.paths == 0 {
        return String::new();
    }
    format!(
        "; seen in none of {}: in fewer than {} (95%)",
        counted(sizes),
        at_most(size.overage.interval().1, 2)
    )
}

/// P(overage) for the table. What no path has, or every one, is not called impossible, or certain, where that is
/// an estimate.
pub(super) fn chance(overage: Proportion, scenario: &Scenario, sizes: &Sizes) -> String {
    let (low, high) = overage.interval();
    let is_known = sizes.is_certain || overage.paths == 0;
    match overage.hits {
        _ if is_known => percent(overage.value()),
        0 if never_billed(scenario, sizes).is_some() => percent(0.0),
        0 => format!("<{}", at_most(high, 1)),
        hits if hits == overage.paths => format!(">{}", at_least(low)),
        // No more than a limit as small.
        _ if overage.value() < 1e-3 => share((overage.value() * MICRO as f64).round() as u32),
        _ => percent(overage.value()),
    }
}

/// How many there are of what shares of overage are shares of.
fn counted(sizes: &Sizes) -> String {
    let count = sizes.optimum.overage.paths;
    match noun(sizes) {
        "futures" => futures(count),
        noun => format!("{} {noun}", grouped(count as f64)),
    }
}

/// How many futures it takes until as many lie beyond a share, and within it, as a percentile needs; `None` for a share
/// of nothing or of all.
fn needed(share: u32) -> Option<u64> {
    let rarer = share.min((MICRO as u32).saturating_sub(share));
    (rarer > 0).then(|| (RESOLVED * MICRO as u64).div_ceil(u64::from(rarer)))
}

/// Whether those that have no overage are the rare ones.
fn is_most(share: u32) -> bool {
    share > MICRO as u32 / 2
}

/// That there are too few futures to show so small a share, and how many it takes, of a limit that does not bind: of
/// one that does [`seen`] says more.
fn too_few(share: u32, sizes: &Sizes) -> String {
    let paths = sizes.optimum.overage.independent;
    match needed(share) {
        Some(needed) if paths < needed && !is_most(share) => {
            format!("; to show that takes {} of them", grouped(needed as f64))
        }
        _ => String::new(),
    }
}

/// What is to be said of the overage of a size that a share decides: that none was seen, that single futures decide.
fn seen(share: u32, size: &Candidate, sizes: &Sizes, is_bounded: bool) -> String {
    let never = never(size, sizes);
    match (too_rare(share, sizes), paths_for(share)) {
        (None, _) => never,
        (Some(_), None) => format!("{never}; the largest of these decides"),
        (Some(_), Some(paths)) if is_bounded => {
            let side = if is_most(share) { "within" } else { "beyond" };
            format!("{never}; rough, with so few {side} it: --paths {paths} would do")
        }
        (Some(_), Some(paths)) if size.overage.hits == 0 => format!(
            "; seen in none of {}: the largest decides (--paths {paths} would do)",
            counted(sizes)
        ),
        (Some(rare), Some(_)) => format!("; {rare}"),
    }
}

/// Futures of which ten may lie beyond a share: the terms of one may all want the same.
fn paths_for(share: u32) -> Option<String> {
    Some(grouped(needed(share)? as f64))
}

/// That fewer than ten of the futures may lie beyond a share, or within it, so that single ones decide the size, and how many
/// it takes; `None` where there are enough, or all want the same.
pub(super) fn too_rare(share: u32, sizes: &Sizes) -> Option<String> {
    let paths = sizes.optimum.overage.paths;
    let is_any = u64::from(share) >= MICRO as u64;
    // Terms of one future are not independent.
    let apart = sizes.optimum.overage.independent;
    if is_any || sizes.is_certain || needed(share).is_some_and(|needed| apart >= needed) {
        return None;
    }
    let (often, decides) = match most_over(paths as usize, share) {
        _ if is_most(share) => ("often", "a few of the smallest decide"),
        0 => ("rarely", "the largest of these decides"),
        _ => ("rarely", "a few of the largest decide"),
    };
    let enough = paths_for(share);
    let enough = enough.map_or(String::new(), |paths| {
        format!(" (--paths {paths} would do)")
    });
    Some(format!(
        "{} cannot tell sizes passed so {often}: {decides}{enough}",
        futures(apart)
    ))
}

/// That the scenario buys another size in each term, and what that costs beside the best one for all.
pub fn as_bought(scenario: &Scenario, sizes: &Sizes) -> Option<String> {
    const LISTED: usize = 4;
    let Planned {
        packs: bought,
        cost,
    } = sizes.planned.as_ref()?;
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
    let Some(cost) = cost else {
        return Some(format!("Planned are {list}."));
    };
    let apart = cost.optimum_minus_planned;
    let told = gain(scenario, &apart);
    let told = match apart.interval {
        _ if told.starts_with("no ") => told,
        Some((low, _)) if low > 0.0 => format!("{told} more than planned"),
        None if apart.mean > 0.0 => format!("{told} more than planned"),
        _ => format!("{told} than planned"),
    };
    Some(format!(
        "As planned, {list}, the horizon costs {}, with this size in each {}: {told}.",
        cash(cost.planned_mean),
        cash(cost.optimum_mean)
    ))
}
