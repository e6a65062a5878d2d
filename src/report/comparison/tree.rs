//! A comparison as JSON.

use serde_json::{Value, json};

use crate::decide::compare::Paired;
use crate::forecast::compare::{BREAK_EVEN_PATHS, Comparison, Quantity};
use crate::report::json::{headed, horizon};
use crate::report::rough::few;
use crate::scenario::{CONTRACT, Scenario};

/// Version of the layout of the JSON.
pub const SCHEMA: &str = "flexcast.comparison/1";

/// The comparison as a tree. Numbers that are not available are null.
pub fn json(scenario: &Scenario, comparison: &Comparison) -> Value {
    let ways = comparison.ways.iter().map(|way| {
        let standing = &way.standing;
        let cost = &standing.cost;
        json!({
            "scenario": way.scenario,
            "alternative": way.name,
            "horizon": horizon(&way.horizon),
            "cost": {
                "mean": cost.mean,
                "mean_se": cost.mean_se,
                "sd": cost.sd,
                "p5": cost.percentile(5),
                "p50": cost.percentile(50),
                "p50_interval": cost.p50_interval,
                "p95": cost.percentile(95),
                "p95_interval": cost.p95_interval,
                "cvar95": standing.cost_cvar95,
            },
            "probability_cheapest": {
                "value": standing.cheapest.value,
                "interval": standing.cheapest.interval,
            },
            "probability_none_less": {
                "value": standing.least.value,
                "interval": standing.least.interval,
            },
            "equal_to": standing.equal.iter().map(|&other| {
                let other = &comparison.ways[other];
                json!({ "scenario": other.scenario, "alternative": other.name })
            }).collect::<Vec<_>>(),
            "difference": paired(&standing.difference),
            "unserved_credits_mean": way.unserved_mean,
            "wanted_credits_mean": way.wanted_mean,
        })
    });
    let break_evens = comparison.break_evens.iter().map(|one| {
        json!({
            "alternative": scenario.alternatives[one.alternative].name,
            "against": match one.against {
                Some(against) => scenario.alternatives[against].name.as_str(),
                None => CONTRACT,
            },
            "quantity": match one.quantity {
                Quantity::ActionsPerInteraction => "actions_per_interaction",
                Quantity::ActionsPerUser => "actions_per_user_and_month",
                Quantity::Interactions => "interactions_per_month",
                Quantity::Actions => "actions_per_month",
                Quantity::AllDemand => "all_demand_percent",
            },
            "now": one.now,
            "at": one.at,
            "interval": one.interval,
            "cheaper": match (one.at, one.is_cheaper_above) {
                (None, true) => "always",
                (None, false) => "none found",
                (Some(_), true) => "above",
                (Some(_), false) => "below",
            },
            "is_told": one.is_told,
            "flips": one.flips.iter().map(|flip| json!({
                "at": flip.at,
                "interval": flip.interval,
                "cheaper": if flip.is_cheaper_above { "above" } else { "below" },
                "jump": flip.is_jump,
                "is_told": flip.is_told,
                "is_rough": flip.is_rough,
            })).collect::<Vec<_>>(),
            "bands": one.told_bands().iter().map(|band| json!({
                "from": band.from.map(|flip| flip.at),
                "to": band.to.map(|flip| flip.at),
            })).collect::<Vec<_>>(),
        })
    });
    let said = [&comparison.caveats, &comparison.warnings];
    let said = said.into_iter().flatten().cloned();
    let warnings: Vec<String> = said.chain(few(comparison.paths)).collect();
    let paths = json!({ "paths": comparison.paths, "is_plan": comparison.is_point });
    let own = json!({
        "currency": scenario.currency,
        "warnings": warnings,
        "ways": ways.collect::<Vec<_>>(),
        "break_even_paths": match comparison.is_point {
            true => 1,
            false => comparison.paths.min(BREAK_EVEN_PATHS),
        },
        "break_evens": break_evens.collect::<Vec<_>>(),
    });
    headed(SCHEMA, scenario, paths, own)
}

fn paired(difference: &Paired) -> Value {
    json!({
        "mean": difference.mean,
        "mean_se": difference.se,
        "interval": difference.interval,
        "variance_reduction": difference.variance_reduction,
    })
}
