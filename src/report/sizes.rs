//! The answer of `size` on a terminal.

use std::fmt::Write;

use crate::decide::sizing::{Candidate, CutTerm, Difference, Objective, Searched, Sizes, turned};

use crate::forecast::Forecast;
use crate::report::numbers::{grouped, money, percent, share, short, sure};
use crate::report::page::{WIDTH, close_gaps, cut, paragraph, wrap};
use crate::report::stages::staged;
use crate::report::summary::{HEIGHT, futures, gain, packs, ranges, spans};
use crate::scenario::Scenario;
use crate::summarise::record::Metric;
use crate::units::MICRO;

/// The sizes of a pre-purchase, and with `details` the cost curve.
pub fn sizes(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes, details: bool) -> String {
    if details {
        let mut lines = opening(scenario, forecast, sizes, false);
        lines.push(match sizes.question.objective {
            Objective::Cost => "Cost curve".to_owned(),
            Objective::Cvar { alpha } => format!("Mean cost of the worst {}", beyond(alpha)),
            Objective::Regret => "95th percentile of regret".to_owned(),
        });
        for candidate in &sizes.curve {
            let is_best = candidate.purchase.packs == sizes.optimum.purchase.packs;
            let mark = if is_best { best(sizes) } else { "" };
            lines.push(curve_line(candidate, sizes, mark));
        }
        return lines.join("\n") + "\n";
    }
    let page = |is_brief| {
        let mut lines = opening(scenario, forecast, sizes, is_brief);
        let rest = "other sizes: --details, or sizing.csv with --out";
        lines.extend(wrap("More", rest));
        close_gaps(&mut lines, HEIGHT);
        lines
    };
    let mut lines = page(false);
    if lines.len() > HEIGHT {
        lines = page(true);
    }
    lines.join("\n") + "\n"
}

/// Everything above the cost curve; brief without what is told of other ways to choose a size.
fn opening(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes, is_brief: bool) -> Vec<String> {
    let mut lines = vec![cut(&scenario.name, WIDTH)];
    // Settled sizes may be weighed on the first futures only.
    let paths = match sizes.is_of_horizon {
        true => sizes.optimum.overage.paths,
        false => forecast.paths,
    };
    lines.push(format!(
        "{} on {}, seed {}",
        aim(sizes),
        futures(paths),
        scenario.simulation.seed
    ));
    lines.push(String::new());
    lines.extend(paragraph(&advice(scenario, forecast, sizes)));
    lines.push(String::new());
    lines.extend(table(forecast, sizes));
    lines.push(String::new());
    lines.extend(remarks(scenario, forecast, sizes, is_brief));
    lines
}

/// What the best size is best at, as a title.
fn aim(sizes: &Sizes) -> String {
    let of = match (sizes.is_of_horizon, sizes.cut_term, sizes.terms) {
        (true, ..) => "the horizon",
        // The only term, and all of it that there is.
        (false, Some(cut), _) if cut.is_sized => "the horizon",
        (false, Some(_), _) => "a whole term",
        (false, None, 1) => "the term",
        (false, None, _) => "a term",
    };
    match sizes.question.objective {
        Objective::Cost => format!("Least expected cost of {of}"),
        Objective::Cvar { alpha } => {
            format!("Least mean cost of {of} in the worst {}", beyond(alpha))
        }
        Objective::Regret => format!("Least 95th percentile of regret over {of}"),
    }
}

/// What a size is bought for, as part of a sentence; `None` for one whole term that is the horizon.
pub fn bought_for(scenario: &Scenario, sizes: &Sizes) -> Option<String> {
    let months = scenario.contract.term_months;
    Some(match (sizes.cut_term, sizes.terms) {
        (None, 1) => return None,
        (Some(cut), 1) if cut.is_sized => {
            format!("for {} of the term's {months} months", cut.months)
        }
        (Some(cut), 1) if !cut.is_sized => "for the one whole term".to_owned(),
        (Some(cut), terms) if !cut.is_sized => format!("for each of {terms} whole terms"),
        (_, terms) => format!("for each of {terms} terms"),
    })
}

/// What a cost is of, after "expected": nothing where that is the horizon and one term of it.
pub fn cost_of(sizes: &Sizes) -> &'static str {
    let is_left_out = sizes.cut_term.is_some_and(|cut| !cut.is_sized);
    match (sizes.terms > 1 || is_left_out, sizes.is_of_horizon) {
        (false, _) => "",
        (true, true) => " over the horizon",
        (true, false) => " a term",
    }
}

/// What became of a last term that the horizon cuts short.
fn cut_short(scenario: &Scenario, sizes: &Sizes) -> Option<String> {
    let CutTerm { months, is_sized } = sizes.cut_term?;
    let all = scenario.contract.term_months;
    let cut = format!("cut to {months} of {all} months");
    Some(match (is_sized, sizes.terms) {
        (true, 1) => format!("the term is {cut}, and the size is for these"),
        (true, terms) => format!("{terms} are sized, the last {cut} but paid in full"),
        (false, 1) => format!("the first is sized; the second, {cut}, is left out"),
        (false, terms) => format!("the first {terms} are sized; the last, {cut}, is left out"),
    })
}

/// The share of the futures beyond a level of the tail.
fn beyond(alpha: u32) -> String {
    share(MICRO as u32 - alpha)
}

/// What the first row is called: the size that comes nearest to a limit that none meets is not the best.
fn best(sizes: &Sizes) -> &'static str {
    match sizes.is_limit_met {
        true => "optimum",
        false => "nearest",
    }
}

/// What shares of overage are shares of.
pub fn noun(sizes: &Sizes) -> &'static str {
    match sizes.is_of_horizon || sizes.terms == 1 {
        true => "futures",
        false => "terms",
    }
}

/// A row for each size that has a name.
fn table(forecast: &Forecast, sizes: &Sizes) -> Vec<String> {
    let third = match sizes.question.objective {
        Objective::Cost => "p95",
        Objective::Cvar { .. } => "worst",
        Objective::Regret => "regret",
    };
    let mut lines = vec![format!(
        "{:<16}{:>7}{:>9}{:>11}{:>8}{:>8}{:>12}{:>9}",
        "", "packs", "credits", "mean cost", "± 95%", third, "P(overage)", "unused"
    )];
    let free = forecast.terms.free();
    let follows_rule = sizes.current.purchase.packs == sizes.rule_80.purchase.packs;
    let (rule, current) = match follows_rule {
        true => ("80% = current", None),
        false => ("80% rule", Some(&sizes.current)),
    };
    let no_limit = sizes.unconstrained.as_ref();
    let no_limit = no_limit.filter(|size| size.purchase != sizes.optimum.purchase);
    let invert = sizes.invert.as_ref().filter(|_| sizes.is_invert_met);
    let rows = [
        (best(sizes), Some(&sizes.optimum)),
        ("no limit", no_limit),
        (rule, Some(&sizes.rule_80)),
        ("pay-as-you-go", Some(&sizes.pay_as_you_go)),
        ("current", current),
        ("the plan's mean", Some(&sizes.plan)),
        ("--at", sizes.at.as_ref()),
        ("--invert", invert),
    ];
    for (label, candidate) in rows {
        let Some(candidate) = candidate else { continue };
        let value = |value: Option<f64>| value.map_or("-".to_owned(), short);
        let overage = candidate.overage_beyond(free);
        let third = match sizes.question.objective {
            Objective::Cost => candidate.cost_p95,
            Objective::Cvar { .. } | Objective::Regret => candidate.objective,
        };
        lines.push(format!(
            "{label:<16}{:>7}{:>9}{:>11}{:>8}{:>8}{:>12}{:>9}",
            short(candidate.purchase.packs as f64),
            short(candidate.purchase.credits.to_f64()),
            short(candidate.cost_mean),
            value(candidate.cost_mean_half_width),
            value(third),
            overage.map_or("-".to_owned(), |overage| percent(overage.value())),
            short(candidate.unused_credits_mean),
        ));
    }
    lines
}

/// What else is to be said: how flat the cost is, what a limit costs, what the single number costs,
/// what knowing would be worth.
fn remarks(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes, is_brief: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(words) = cut_short(scenario, sizes) {
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
        );
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
        lines.extend(wrap(
            "Plan",
            &format!("buying for its single number {plan}"),
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

/// What to buy, what it saves, how sure.
fn advice(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) -> String {
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
    let _ = write!(words, ": {}", cash(sizes.optimum.cost_mean));
    if let Some(half) = sizes.optimum.cost_mean_half_width {
        let _ = write!(words, " ± {}", cash(half));
    }
    let of = if sizes.terms > 1 { cost_of(sizes) } else { "" };
    let _ = write!(words, " expected{of}.");
    words.push_str(&aimed(scenario, sizes));
    if let Some(left) = leaves(forecast, sizes) {
        let _ = match sizes.is_limit_met {
            true => write!(words, " It costs least because {left}."),
            false => write!(words, " With it {left}."),
        };
    }
    if let Some(ranges) = ranges(sizes) {
        let _ = write!(words, " The best size is {ranges} (95%).");
    }
    if size.packs > 0 {
        words.push_str(&against(
            scenario,
            "pay as you go",
            &sizes.pay_as_you_go_excess,
        ));
    }
    if sizes.rule_80.purchase.packs != size.packs {
        words.push_str(&against(scenario, "the 80% rule", &sizes.rule_80_excess));
    }
    words
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
    let against = match &sizes.rule_80_in_objective {
        None => String::new(),
        Some(_) if is_rule => String::new(),
        Some(rule) => match rule.interval {
            Some((low, _)) if low > 0.0 => {
                format!(", {} less than under the 80% rule", gain(scenario, rule))
            }
            _ => format!("; against the 80% rule: {}", gain(scenario, rule)),
        },
    };
    let unsure = match sizes.knows_all || !sizes.is_limit_met {
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

/// What the best size leaves unserved beyond what the current one does, in words; `None` where that is
/// less than a hundredth of what is wanted.
pub fn leaves(forecast: &Forecast, sizes: &Sizes) -> Option<String> {
    let wanted = forecast.term(Metric::Credits)?.mean;
    let unserved = sizes.optimum.unserved_credits_mean;
    let current = sizes.current.unserved_credits_mean;
    let is_much = unserved - current > 0.01 * wanted;
    is_much.then(|| {
        let part = percent((unserved / wanted).min(1.0));
        format!(
            "{part} of what is wanted goes unserved, {} credits on average ({} with the current size), \
             and costs nothing here",
            short(unserved),
            short(current)
        )
    })
}

/// What the best size saves against another, or costs more, as a sentence.
fn against(scenario: &Scenario, other: &str, excess: &Difference) -> String {
    if excess.mean.abs() < 0.005 {
        return format!(" Against {other}: no difference.");
    }
    match excess.interval {
        Some((low, high)) if low <= 0.0 && high >= 0.0 => {
            format!(" Against {other}: {}.", gain(scenario, excess))
        }
        _ if excess.mean < 0.0 => {
            format!(
                " On average it costs {} more than {other}.",
                gain(scenario, &turned(*excess))
            )
        }
        _ => format!(" Against {other} it saves {}.", gain(scenario, excess)),
    }
}

/// A line of the cost curve: packs, what the best is best at, and a bar of how far that is above the optimum's.
fn curve_line(candidate: &Candidate, sizes: &Sizes, mark: &str) -> String {
    const BAR: f64 = 40.0;
    let value = |size: &Candidate| size.objective.unwrap_or(size.cost_mean);
    let worst = sizes.curve.iter().map(value).fold(0.0, f64::max);
    let least = value(&sizes.optimum);
    let share = if worst > least {
        // Under a limit a size that breaks it may be better.
        ((value(candidate) - least) / (worst - least)).max(0.0)
    } else {
        0.0
    };
    let bar = "#".repeat((share * BAR).round() as usize);
    let line = format!(
        "{:>8} packs {:>9}  {bar}{}{mark}",
        grouped(candidate.purchase.packs as f64),
        short(value(candidate)),
        if mark.is_empty() || bar.is_empty() {
            ""
        } else {
            " "
        },
    );
    line.trim_end().to_owned()
}
