//! The answer of `size` on a terminal.

use crate::decide::sizing::{Candidate, CutTerm, Objective, Sizes};
use crate::forecast::Forecast;
use crate::report::numbers::{grouped, share, short};
use crate::report::page::{HEIGHT, WIDTH, close_gaps, paragraph, shorten, wrap};
use crate::report::rough::{Mean, few, rough};
use crate::report::words::futures;
use crate::scenario::{OnExhaustion, Scenario};
use crate::units::MICRO;

mod advice;
mod remarks;
mod unserved;

pub use advice::rule_80;
pub use remarks::as_bought;

use advice::advice;
use remarks::{chance, remarks};

/// What is to be warned of.
pub fn warnings(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) -> Vec<String> {
    let few = few(forecast.paths).filter(|_| !sizes.is_certain);
    let paths = weighed(forecast, sizes);
    let cost = Mean::of_optimum("cost", sizes, paths);
    unserved::warning(scenario, forecast, sizes)
        .into_iter()
        .chain(few)
        .chain(rough(&cost))
        .collect()
}

/// The sizes of a pre-purchase, and with `details` the cost curve.
pub fn sizes(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes, details: bool) -> String {
    if details {
        let mut lines = opening(scenario, forecast, sizes, Room::All);
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
    let page = |room| {
        let mut lines = opening(scenario, forecast, sizes, room);
        let rest = match room {
            Room::All => "other sizes",
            _ => "the rest, and other sizes",
        };
        let rest = format!("{rest}: --details, or sizing.csv with --out");
        lines.extend(wrap("More", &rest));
        close_gaps(&mut lines, HEIGHT);
        lines
    };
    let mut lines = page(Room::All);
    for room in [
        Room::Some,
        Room::Short,
        Room::Little,
        Room::Less,
        Room::Least,
    ] {
        if lines.len() > HEIGHT {
            lines = page(room);
        }
    }
    lines.join("\n") + "\n"
}

/// How much room there is for remarks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    All,
    /// Without what other shares of overage there are.
    Some,
    /// In fewer words.
    Short,
    /// Nor what is told of other ways to choose a size.
    Little,
    /// Nor what costs next to the same as a size that a limit decides, nor a size twice.
    Less,
    /// Nor what a limit costs on average where that is not the aim, nor why there is no overage a second time.
    Least,
}

/// Everything above the cost curve.
fn opening(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes, room: Room) -> Vec<String> {
    let mut lines = vec![shorten(&scenario.name, WIDTH)];
    let paths = weighed(forecast, sizes);
    lines.push(format!(
        "{} on {}, seed {}",
        aim(sizes),
        futures(paths),
        scenario.simulation.seed
    ));
    lines.push(String::new());
    lines.extend(paragraph(&advice(scenario, forecast, sizes)));
    lines.push(String::new());
    lines.extend(table(scenario, forecast, sizes, room));
    lines.push(String::new());
    lines.extend(remarks(scenario, forecast, sizes, room));
    lines
}

/// Futures that sizes are weighed on: settled ones may be on the first only.
fn weighed(forecast: &Forecast, sizes: &Sizes) -> u64 {
    match sizes.is_of_horizon {
        true => sizes.optimum.overage.paths,
        false => forecast.paths,
    }
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
        (Some(cut), 1) if !cut.is_sized => "for the first term".to_owned(),
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

/// After an amount: that it is of a term, where several are sized one by one.
pub fn a_term(sizes: &Sizes) -> &'static str {
    match noun(sizes) {
        "terms" => " a term",
        _ => "",
    }
}

/// Why no credits are ever billed one by one; `None` where they may be.
fn never_billed(scenario: &Scenario, sizes: &Sizes) -> Option<String> {
    let rule = match scenario.contract.on_exhaustion {
        OnExhaustion::Overage | OnExhaustion::Grace(_) => return None,
        OnExhaustion::Block => "block",
        OnExhaustion::TopUp(_) => "top-up",
        OnExhaustion::StepUp(_) => "step-up",
    };
    let free = scenario.contract.free_credits;
    let overage = |size: &Candidate| size.overage_beyond(free).map_or(0, |overage| overage.hits);
    let is_so = sizes.curve.iter().all(|size| overage(size) == 0);
    is_so.then(|| format!("nothing is billed beyond the grants under `{rule}`"))
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

/// A row for each size that has a name; where there is least room, of names of one size
/// that nobody asked for the first.
fn table(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes, room: Room) -> Vec<String> {
    let third = match sizes.question.objective {
        Objective::Cost => "p95",
        Objective::Cvar { .. } => "worst",
        Objective::Regret => "regret",
    };
    let mut lines = vec![format!(
        "{:<16}{:>7}{:>9}{:>11}{:>8}{:>8}{:>12}{:>9}",
        a_term(sizes).trim_start(),
        "packs",
        "credits",
        "mean cost",
        "± 95%",
        third,
        "P(overage)",
        "unused"
    )];
    let free = forecast.terms.free();
    let follows_rule = sizes.current.purchase.packs == sizes.rule_80.purchase.packs;
    let differs = sizes.planned.is_some();
    let plan = match sizes.terms {
        1 => "the plan",
        _ => "plan of term 1",
    };
    let (rule, current) = match (follows_rule, differs) {
        (true, false) => ("80% = current", None),
        (true, true) => ("80% of term 1", None),
        (false, _) if sizes.terms > 1 => ("80% of term 1", Some(&sizes.current)),
        (false, _) => ("80% rule", Some(&sizes.current)),
    };
    let of_current = if differs {
        "current, term 1"
    } else {
        "current"
    };
    let nothing = match scenario.contract.on_exhaustion.is_buying() {
        true => "nothing ahead",
        false => "pay-as-you-go",
    };
    let no_limit = sizes.unconstrained.as_ref();
    let no_limit = no_limit.filter(|size| size.purchase != sizes.optimum.purchase);
    let invert = sizes.invert.as_ref().filter(|_| sizes.is_invert_met);
    let rows = [
        (best(sizes), Some(&sizes.optimum)),
        ("no limit", no_limit),
        (rule, Some(&sizes.rule_80)),
        (nothing, Some(&sizes.pay_as_you_go)),
        (of_current, current),
        (plan, Some(&sizes.plan)),
        ("--at", sizes.at.as_ref()),
        ("--invert", invert),
    ];
    let mut told = Vec::new();
    for (label, candidate) in rows {
        let Some(candidate) = candidate else { continue };
        let packs = candidate.purchase.packs;
        let is_asked = label.starts_with("--");
        if room >= Room::Less && !is_asked && told.contains(&packs) {
            continue;
        }
        told.push(packs);
        let value = |value: Option<f64>| value.map_or("-".to_owned(), short);
        let overage = candidate.overage_beyond(free);
        let third = match sizes.question.objective {
            Objective::Cost => candidate.cost_p95,
            Objective::Cvar { .. } | Objective::Regret => candidate.objective,
        };
        lines.push(format!(
            "{label:<16}{:>7}{:>9}{:>11}{:>8}{:>8}{:>12}{:>9}",
            short(packs as f64),
            short(candidate.purchase.credits.to_f64()),
            short(candidate.cost_mean),
            value(candidate.cost_mean_half_width),
            value(third),
            overage.map_or("-".to_owned(), |overage| chance(overage, scenario, sizes)),
            short(candidate.unused_credits_mean),
        ));
    }
    lines
}

/// That costs are less what unused credits are worth, where they are worth something.
pub fn less_left(scenario: &Scenario) -> String {
    match scenario.contract.residual_value {
        0 => String::new(),
        value => format!(", unused credits counted back at {}", share(value as u32)),
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
