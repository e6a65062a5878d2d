//! What to buy, what it saves, how sure: the sentence to paste.

use std::fmt::Write;

use super::remarks::{as_bought, binding, too_rare};
use super::{a_term, beyond, bought_for, cost_of, cut_short, less_left, noun, unserved};
use crate::decide::sizing::{CutTerm, Difference, Objective, Searched, Sizes, turned};
use crate::forecast::Forecast;
use crate::report::numbers::{grouped, interval, money, share};
use crate::report::words::{futures, gain, packs, ranges};
use crate::scenario::Scenario;

/// What to buy, what it saves, how sure.
pub(super) fn advice(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) -> String {
    let cash = |value: f64| money(&scenario.currency, value);
    let size = &sizes.optimum.purchase;
    let mut words = match sizes.is_limit_met {
        true => "Buy".to_owned(),
        false => format!(
            "No size keeps overage to {} of {}; the nearest is to buy",
            share(sizes.question.max_overage.unwrap_or(0)),
            noun(sizes)
        ),
    };
    words.push_str(&match size.packs {
        0 => " nothing ahead".to_owned(),
        count => format!(
            " {} ({} credits)",
            packs(count),
            grouped(size.credits.to_f64())
        ),
    });
    if let (Some(terms), true) = (bought_for(scenario, sizes), size.packs > 0) {
        let _ = write!(words, " {terms}");
    }
    let limit = binding(sizes).filter(|_| sizes.is_limit_met);
    if let Some(most) = limit {
        let _ = match most {
            0 => write!(words, " to have no overage in any of the {}", noun(sizes)),
            _ => write!(
                words,
                " to keep overage to {} of {}",
                share(most),
                noun(sizes)
            ),
        };
    }
    let _ = write!(words, ": {}", cash(sizes.optimum.cost_mean));
    if let Some(half) = sizes.optimum.cost_mean_half_width {
        let _ = write!(words, " ± {}", cash(half));
    }
    let of = if sizes.terms > 1 { cost_of(sizes) } else { "" };
    let _ = write!(words, " expected{of}{}.", less_left(scenario));
    words.push_str(&aimed(scenario, sizes));
    if let Some(left) = unserved::told(scenario, forecast, sizes) {
        let _ = match unserved::is_why(forecast, sizes) {
            true => write!(words, " It costs least because {left}."),
            false => write!(words, " With it {left}."),
        };
    }
    if let Some(ranges) = ranges(sizes) {
        // The size of a limit, or of another aim, is an estimate, which moves what it costs.
        let ends = sizes.optimum_cost_interval;
        let ends = ends.map(|ends| format!(", at {}", interval(&scenario.currency, ends)));
        let ends = ends.unwrap_or_default();
        let _ = write!(words, " The best size is {ranges}{ends} (95%).");
    } else if sizes.optimum_ranges.is_some() && !sizes.is_certain {
        let tried = match sizes.searched {
            Searched::All => "",
            Searched::Some(_) => " tried",
        };
        let within = limit.map_or("", |_| " within the limit");
        let does = match sizes.question.objective {
            Objective::Cost => "does better".to_owned(),
            Objective::Cvar { alpha } => format!("does better in the worst {}", beyond(alpha)),
            Objective::Regret => "has less regret".to_owned(),
        };
        let _ = write!(words, " No other size{tried}{within} {does} (95%).");
    }
    // Where order statistics bound the size its range says as much.
    let unbounded = limit.filter(|_| sizes.optimum_cost_interval.is_none());
    if let Some(rare) = unbounded.and_then(|most| too_rare(most, sizes)) {
        let _ = write!(words, " But {rare}.");
    }
    if limit.is_none() && is_of_few(sizes) {
        let size = match sizes.optimum.overage.value() > 0.5 {
            true => "smallest",
            false => "largest",
        };
        let _ = write!(
            words,
            " But {} cannot tell the best size: a few of the {size} decide (raise --paths).",
            futures(sizes.optimum.overage.paths)
        );
    }
    if let Some(planned) = as_bought(scenario, sizes) {
        let _ = write!(words, " {planned}");
    }
    let rule = rule_80(sizes);
    let others = [
        (size.packs > 0).then(|| (no_purchase(scenario), &sizes.pay_as_you_go_excess)),
        (sizes.rule_80.purchase.packs != size.packs).then(|| (&*rule, &sizes.rule_80_excess)),
    ];
    let others: Vec<(&str, &Difference)> = others.into_iter().flatten().collect();
    // What it costs more than is one sentence.
    for told in others.chunk_by(|(_, a), (_, b)| is_dearer(a) && is_dearer(b)) {
        words.push_str(&against(scenario, sizes, told));
    }
    if let Some(CutTerm { is_sized: true, .. }) = sizes.cut_term
        && sizes.terms > 1
        && let Some(cut) = cut_short(scenario, sizes)
    {
        let _ = write!(
            words,
            " Of the terms {cut}: sizes of whole terms are larger."
        );
    }
    words
}

/// Whether the best size lies so far out that single futures decide it, though there are enough for other figures.
fn is_of_few(sizes: &Sizes) -> bool {
    let has_errors = sizes.pay_as_you_go.cost_mean_half_width.is_some();
    let is_unknown = has_errors && !sizes.is_certain && sizes.is_limit_met;
    let is_asked = sizes.question.objective != Objective::Regret;
    is_unknown && is_asked && sizes.optimum.cost_mean_half_width.is_none()
}

/// What it is called to buy nothing ahead: what is used then need not be paid as it goes.
fn no_purchase(scenario: &Scenario) -> &'static str {
    match scenario.contract.on_exhaustion.is_buying() {
        true => "buying nothing ahead",
        false => "pay as you go",
    }
}

/// What the 80% rule is called: of several terms it is what the first one's plan buys, in each of them.
pub fn rule_80(sizes: &Sizes) -> String {
    match sizes.terms {
        1 => "the 80% rule".to_owned(),
        _ => "80% of term 1's plan in each".to_owned(),
    }
}

/// What the objective is of the best size, where that is not the expected cost, and of the 80% rule.
fn aimed(scenario: &Scenario, sizes: &Sizes) -> String {
    let cash = |value: f64| money(&scenario.currency, value);
    let Some(value) = sizes.optimum.objective else {
        return String::new();
    };
    let half = sizes.objective_half_width;
    let is_none = value < 0.005 && half.is_none_or(|half| half < 0.005);
    let half = half.map_or(String::new(), |half| format!(" ± {}", cash(half)));
    let value = cash(value);
    let is_rule = sizes.rule_80.purchase.packs == sizes.optimum.purchase.packs;
    let noun = noun(sizes);
    let name = rule_80(sizes);
    let against = match &sizes.rule_80_in_objective {
        None => String::new(),
        Some(_) if is_rule => String::new(),
        Some(rule) => match rule.interval {
            Some((low, _)) if low > 0.0 => {
                format!(", {} less than under {name}", gain(scenario, rule))
            }
            Some((_, high)) if high < 0.0 => {
                let more = gain(scenario, &turned(*rule));
                format!(", {more} more than under {name}")
            }
            Some(_) => format!("; against {name}: {}", gain(scenario, rule)),
            // How sure the difference is is not known.
            None if rule.mean < 0.0 => format!(", {} less under {name}", cash(-rule.mean)),
            None => format!(", {} more under {name}", cash(rule.mean)),
        },
    };
    // How sure the size of a limit is hangs on its share, not on regrets.
    let unsure = match sizes.knows_all || !sizes.is_limit_met || binding(sizes).is_some() {
        true => "",
        false => {
            " How far chance moves this size is not known: regret is against the sizes tried (METHODS)."
        }
    };
    match sizes.question.objective {
        Objective::Cost => String::new(),
        Objective::Cvar { alpha } => {
            let worst = beyond(alpha);
            format!(" The worst {worst} of {noun} cost {value}{half} on average{against}.")
        }
        Objective::Regret if is_none => {
            format!(" There is no regret in 95% of {noun}{against}.{unsure}")
        }
        Objective::Regret => {
            format!(" Regret is at most {value}{half} in 95% of {noun}{against}.{unsure}")
        }
    }
}

/// What the best size is called in a sentence of its own: behind what is planned it is not "it".
fn subject(sizes: &Sizes) -> &'static str {
    match sizes.planned {
        Some(_) => "this size",
        None => "it",
    }
}

/// Whether the best size is told to cost more than another.
fn is_dearer(excess: &Difference) -> bool {
    let is_unclear = matches!(excess.interval, Some((low, high)) if low <= 0.0 && high >= 0.0);
    excess.mean <= -0.005 && !is_unclear
}

/// What the best size saves against another, or costs more than some, as a sentence. Where the objective is another, that
/// this is on average is said.
fn against(scenario: &Scenario, sizes: &Sizes, others: &[(&str, &Difference)]) -> String {
    let opening = match sizes.question.objective {
        Objective::Cost => "Against",
        Objective::Cvar { .. } | Objective::Regret => "On average against",
    };
    let each = a_term(sizes);
    let subject = subject(sizes);
    match *others {
        [(other, excess)] if !is_dearer(excess) => match excess.interval {
            _ if excess.mean.abs() < 0.005 => format!(" {opening} {other}: no difference."),
            Some((low, high)) if low <= 0.0 && high >= 0.0 => {
                format!(" {opening} {other}: {}{each}.", gain(scenario, excess))
            }
            _ => {
                let gain = gain(scenario, excess);
                format!(" {opening} {other} {subject} saves {gain}{each}.")
            }
        },
        _ => {
            let more = |(other, excess): &(&str, &Difference)| {
                format!(
                    "{}{each} more than {other}",
                    gain(scenario, &turned(**excess))
                )
            };
            let more: Vec<String> = others.iter().map(more).collect();
            format!(" On average {subject} costs {}.", more.join(", "))
        }
    }
}
