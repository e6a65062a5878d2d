//! What is allowed but probably not meant.

use crate::scenario::{
    Demand, Effect, Factor, Incident, IncidentKind, Payment, RateChange, Scenario, Workload,
};
use crate::uncertain::Uncertain;
use crate::units::Credits;

/// Sentences about a scenario, each with its remedy; `outside` are those of events.
pub fn of(scenario: &Scenario, outside: Vec<String>) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(no_spread(scenario));
    warnings.extend(buying_ahead_cannot_pay(scenario));
    warnings.extend(odd_discounts(scenario));
    warnings.extend(scenario.workloads.iter().flat_map(odd_spread));
    warnings.extend(outside);
    let changes = scenario.rate_changes.iter();
    warnings.extend(changes.filter_map(|change| late_change(change, scenario)));
    warnings.extend(scenario.incidents.iter().filter_map(without_effect));
    warnings
}

fn no_spread(scenario: &Scenario) -> Option<String> {
    let known = scenario
        .all_inputs()
        .iter()
        .all(|input| input.value.is_constant());
    let even = |workload: &Workload| {
        let agents = match workload.demand {
            Demand::Agents { agent_cv, .. } => agent_cv,
            Demand::Volume { .. } => 0.0,
        };
        workload.daily_cv == 0.0 && agents == 0.0 && workload.volatility.value.mean() == 0.0
    };
    (known && scenario.workloads.iter().all(even)).then(|| {
        "this forecast has no spread: no input is uncertain and no day differs from another; \
         usual values are daily_cv 0.2-0.4 and agent_cv 1.6-4, and an input can be a range like \
         { p10 = 20, p90 = 40 }"
            .to_owned()
    })
}

fn buying_ahead_cannot_pay(scenario: &Scenario) -> Option<String> {
    let contract = &scenario.contract;
    let most_off = contract
        .discounts
        .iter()
        .map(|discount| discount.off)
        .max()
        .unwrap_or(0);
    let left = i128::from(1_000_000_u64.saturating_sub(most_off));
    let cheapest = i128::from(contract.pack_price.micro()) * left;
    let overage = i128::from(contract.overage_pack_price.micro()) * 1_000_000;
    (contract.payment == Payment::PrePurchase && overage <= cheapest).then(|| {
        format!(
            "overage costs {} a pack and a prepaid pack costs no less at any size: buying ahead \
             cannot pay at these prices; set overage_pack_price or discounts if they differ",
            contract.overage_pack_price
        )
    })
}

/// A tier below one pack is probably a number of packs; one that takes less off than a smaller one
/// is probably a slip.
fn odd_discounts(scenario: &Scenario) -> Vec<String> {
    let contract = &scenario.contract;
    let from = contract.discounts.iter().map(|discount| discount.from);
    let small = from.filter(|&from| from > Credits::ZERO && from < contract.pack);
    let small = small.map(|from| {
        format!(
            "the discount from {from} credits begins below one pack of {}: `from` counts credits, \
             not packs",
            contract.pack
        )
    });
    let falls = contract.discounts.windows(2);
    let falls = falls.filter(|pair| pair[1].off < pair[0].off).map(|pair| {
        format!(
            "the discount from {} credits is smaller than that from {}; check `off`",
            pair[1].from, pair[0].from
        )
    });
    small.chain(falls).collect()
}

/// Coefficients of variation that look like percentages.
fn odd_spread(workload: &Workload) -> Vec<String> {
    let agent_cv = match workload.demand {
        Demand::Agents { agent_cv, .. } => agent_cv,
        Demand::Volume { .. } => 0.0,
    };
    let odd = [
        ("daily_cv", workload.daily_cv, 3.0, "0.2-0.4"),
        ("agent_cv", agent_cv, 8.0, "1.6-4"),
    ];
    odd.into_iter()
        .filter(|&(_, value, most, _)| value > most)
        .map(|(key, value, _, usual)| {
            format!(
                "workload {:?} has {key} = {value}, far beyond the usual {usual}; a share of the \
                 mean is meant, 0.25 for 25%",
                workload.name
            )
        })
        .collect()
}

fn late_change(change: &RateChange, scenario: &Scenario) -> Option<String> {
    (change.from_day >= scenario.horizon.days()).then(|| {
        let key = change.credits.key.trim_end_matches(".credits");
        format!("`{key}` comes after the horizon and changes nothing; check its date")
    })
}

fn is(value: &Uncertain, number: f64) -> bool {
    value.is_constant() && value.mean() == number
}

fn without_effect(incident: &Incident) -> Option<String> {
    let idle = match &incident.kind {
        IncidentKind::Arrivals {
            per_year, effect, ..
        } => {
            let nothing = match effect {
                Effect::Multiplier(factor) => is(factor, 1.0),
                Effect::ExtraActions(lump) => is(lump, 0.0),
            };
            nothing || is(&per_year.value, 0.0)
        }
        IncidentKind::Condition { chance, factor } => {
            let nothing = match factor {
                Factor::Share(share) => is(&share.value, 0.0),
                Factor::Multiplier(factor) => is(&factor.value, 1.0),
            };
            nothing || *chance == 0.0
        }
    };
    idle.then(|| {
        let name = &incident.name;
        format!("incident `{name}` has no effect: it never comes or changes nothing; drop it or raise it")
    })
}
