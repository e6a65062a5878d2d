//! What drives a scenario, machine-readable.

use serde_json::{Value, json};

use crate::decide::indices::Index;
use crate::decide::knowing::Worth;
use crate::decide::shapley::Share;
use crate::decide::swings::Gap;
use crate::forecast::sensitivity::{Different, Driven, Knowing, Sensitivity, Source, Subject};
use crate::report::drivers::{driver_name, output_name, source_name};
use crate::report::json::headed;
use crate::scenario::Scenario;

/// Version of the layout of the JSON.
pub const SCHEMA: &str = "flexcast.sensitivity/1";

/// The tree for JSON.
pub fn json(scenario: &Scenario, found: &Sensitivity) -> Value {
    let index = |index: Option<Index>| {
        index.map(|index| {
            json!({
                "value": index.value,
                "interval": index.interval(),
                "told_from_zero": !index.is_lost(),
            })
        })
    };
    let gap = |gap: &Gap| {
        json!({
            "value": gap.value,
            "interval": gap.interval(),
            "told_from_zero": !gap.is_lost(),
        })
    };
    let driven = |driven: &Driven| {
        let sources = found.sources.iter().zip(&driven.effects);
        let effects: Vec<Value> = sources
            .map(|(source, effect)| {
                json!({
                    "input": source_name(found, *source),
                    "is_group": matches!(source, Source::Drivers(_)),
                    "first_order": index(effect.first_order),
                    "total": index(effect.total_order),
                    "swing_p10": effect.swing.map(|swing| swing.low),
                    "swing_p90": effect.swing.map(|swing| swing.high),
                    "swing": effect.swing.map(|swing| gap(&swing.width)),
                    "swing_is_told": effect.swing.map(|swing| !swing.is_lost()),
                    "swing_p10_from_mean": effect.swing.map(|swing| gap(&swing.below)),
                    "swing_p90_from_mean": effect.swing.map(|swing| gap(&swing.above)),
                })
            })
            .collect();
        json!({
            "output": output_name(driven.output),
            "mean": driven.mean,
            "varies": driven.varies,
            "effects": effects,
        })
    };
    let different = |different: &Different| {
        let (kind, name) = match different.subject {
            Subject::Input(input) => ("input", &found.inputs[input].key),
            Subject::Incident(incident) => ("incident", &scenario.incidents[incident].name),
        };
        json!({
            "kind": kind,
            "name": name,
            "there": different.shift.there,
            "overall": different.shift.overall,
            "told_from_chance": !different.shift.is_lost(),
        })
    };
    let worth = |worth: &Worth| {
        json!({
            "value": worth.value,
            "interval": worth.interval(),
            "told_from_zero": !worth.is_lost(),
        })
    };
    let knowing = match &found.knowing {
        Knowing::NotPriced(keys) => json!({ "not_priced_because_of": keys }),
        Knowing::Priced {
            how,
            everything,
            sources,
            inputs,
        } => {
            let priced = found.sources.iter().zip(sources);
            let priced = priced.filter_map(|(source, found_worth)| {
                let mut value = worth(found_worth.as_ref()?);
                value["input"] = json!(source_name(found, *source));
                Some(value)
            });
            json!({
                "everything": everything.as_ref().map(worth),
                "all_inputs": inputs.as_ref().map(worth),
                "inputs": priced.collect::<Vec<_>>(),
                "sizes": how.sizes,
                "paths": how.paths,
                "terms": how.terms,
                "are_settled": how.is_settled,
                "costs_are_of_the": if how.is_settled { "horizon" } else { "term" },
            })
        }
    };
    let share = |share: &Share| {
        json!({
            "value": share.value,
            "interval": share.interval(),
            "told_from_zero": !share.is_lost(),
        })
    };
    let shapley = found.shapley.as_ref().map(|fair| {
        let outputs = found.outputs.iter().zip(&fair.outputs).zip(&fair.rests);
        let outputs = outputs.filter_map(|((driven, shares), rest)| {
            let shares = shares.as_ref()?;
            let share_of_inputs = |found_share: &Share| {
                let mut value = share(found_share);
                value["is_at_least"] = json!(rest.map(|rest| rest.is_missed_by(found_share)));
                value["at_most"] = json!(rest.map(|rest| rest.at_most(found_share)));
                value
            };
            let drivers = fair.drivers.iter().zip(&fair.members).enumerate();
            let groups = drivers.map(|(group, (&driver, members))| {
                let each = members.iter().zip(&shares.members[group]);
                let (correlated, others): (Vec<_>, Vec<_>) =
                    each.partition(|(input, _)| input.is_some());
                let correlated = correlated.into_iter().filter_map(|(input, found_share)| {
                    let mut value = share_of_inputs(found_share);
                    value["input"] = json!(found.inputs[(*input)?].key);
                    Some(value)
                });
                let mut value = share_of_inputs(&shares.groups[group]);
                value["input"] = json!(driver_name(driver));
                value["correlated"] = correlated.collect();
                value["others"] = others
                    .first()
                    .map(|(_, found)| share_of_inputs(found))
                    .into();
                value
            });
            Some(json!({
                "output": output_name(driven.output),
                "inputs": groups.collect::<Vec<_>>(),
                "no_input": share(&shares.rest),
                "chance": rest.map(|rest| share(&rest.chance)),
                "not_followed": rest.map(|rest| share(&rest.not_followed)),
            }))
        });
        outputs.collect::<Vec<_>>()
    });
    let paths = json!({
        "pairs_of_paths": found.paths,
        "pairs_of_paths_by_input": found.paths_of_inputs,
        "paths_by_swing": found.paths_of_swings,
    });
    let own = json!({
        "currency": scenario.currency,
        "warnings": scenario.warnings,
        "inputs": found.inputs.iter().map(|input| json!({
            "key": input.key,
            "group": driver_name(input.driver),
            "p10": input.range.0,
            "p90": input.range.1,
            "is_correlated": input.is_correlated,
        })).collect::<Vec<_>>(),
        "outputs": found.outputs.iter().map(driven).collect::<Vec<_>>(),
        "worst_5_percent": {
            "spend_above": found.worst_above,
            "different": found.worst.iter().map(different).collect::<Vec<_>>(),
        },
        "worth_of_knowing": knowing,
        "shapley": shapley,
    });
    headed(SCHEMA, scenario, paths, own)
}
