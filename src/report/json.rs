//! summary.json: everything the terminal shows, machine-readable, with intervals.

use serde_json::{Map, Value, json};

use crate::decide::sizing::{Candidate, CutTerm, Difference, Objective, Planned, Searched, Sizes};
use crate::decide::staged::Staged;
use crate::forecast::{Beside, Charge, Forecast, Reached, Stopped};
use crate::ledger::{Mark, Term};
use crate::randomness::Sampling;
use crate::randomness::sampling::{CANDIDATES, RANDOMISATIONS};
use crate::randomness::streams::STREAMS_VERSION;
use crate::report::csv::File;
use crate::report::rough::rough_mean;
use crate::report::{deal, names, sizes};
use crate::scenario::{Horizon, Scenario, Team};
use crate::summarise::exhaustion::DayCounts;
use crate::summarise::histogram::RELATIVE_ERROR;
use crate::summarise::ranks::Proportion;
use crate::summarise::record::{Metric, Period, Row, Scope};
use crate::summarise::statistics::{PERCENTS, Statistics};
use crate::units::{Credits, MICRO, Money};

/// Version of the layout of summary.json.
pub const SCHEMA: &str = "flexcast.summary/1";

/// Version of the layout of what `size --json` prints.
pub const SIZING_SCHEMA: &str = "flexcast.sizing/1";

/// summary.json.
pub fn file(scenario: &Scenario, forecast: &Forecast) -> File {
    let mut text = serde_json::to_string_pretty(&summary(scenario, forecast))
        .expect("a tree of values is JSON");
    text.push('\n');
    File {
        name: "summary.json",
        bytes: text.into_bytes(),
    }
}

/// The summary as a tree. Numbers that are not available are null.
pub fn summary(scenario: &Scenario, forecast: &Forecast) -> Value {
    let terms = &forecast.terms;
    let is_point = forecast.stopped == Stopped::Point;
    let own = json!({
        "stopped": names::stopped(forecast.stopped),
        "precision": forecast.precision.iter().map(precision).collect::<Vec<_>>(),
        "currency": scenario.currency,
        "horizon": horizon(&scenario.horizon),
        "warnings": scenario.warnings.iter().cloned().chain(rough_mean(forecast))
            .collect::<Vec<_>>(),
        "plan": {
            "credits": credits(forecast.plan.credits),
            "spend": money(forecast.plan.spend),
        },
        "purchase": {
            "packs": terms.purchase().packs,
            "credits": credits(terms.purchase().credits),
            "cost": money(terms.purchase().cost),
            "free_credits": credits(terms.free()),
            "terms": terms.contract_terms().iter().map(|term| contract_term(scenario, term))
                .collect::<Vec<_>>(),
        },
        "figures": figures(scenario, forecast),
        "overage": forecast.overage.as_ref().map(|overage| json!({
            "probability": proportion(overage.probability, is_point),
            "without_incidents": proportion(overage.without_incidents, is_point),
            "credits_given_overage": overage.credits.as_ref().map(statistics),
            "spend_given_overage": overage.spend.as_ref().map(statistics),
        })),
        "exhaustion": forecast.exhausted.as_ref().map(|days| dates(scenario, days, is_point)),
        "unserved_probability": forecast.unserved.map(|p| proportion(p, is_point)),
        "true_up": forecast.true_up.as_ref().map(|found| charge(found, is_point)),
        "top_up": forecast.top_up.as_ref().map(|found| charge(found, is_point)),
        "budget": {
            "amount": scenario.budget.amount.map(money),
            "probability": forecast.budget.amount.map(|p| proportion(p, is_point)),
            "monthly": scenario.budget.monthly.map(money),
            "any_month_probability":
                forecast.budget.any_month.map(|p| proportion(p, is_point)),
            "month_probabilities": forecast.budget.months.iter()
                .map(|&p| proportion(p, is_point)).collect::<Vec<_>>(),
        },
        "alerts": alerts(scenario, forecast, None),
        "teams": deal::shares(forecast)
            .map(|(index, days)| team(scenario, forecast, index, days)).collect::<Vec<_>>(),
        "beside": forecast.beside.as_ref().map(beside),
        "sizing": forecast.sizes.as_ref().map(|found| sizes(scenario, found)),
        "accuracy": {
            "rows": accuracy(
                forecast.exact,
                "integer histograms; scope total and period term, and all dates, are exact",
            ),
            "daily": accuracy(forecast.days_exact, "integer histograms"),
        },
    });
    let mut summary = headed(SCHEMA, scenario, simulated(forecast), own);
    if let Some(found) = sampling(forecast) {
        summary["sampling"] = found;
    }
    summary
}

/// A tree with what every one begins with: the version of its layout, and all it takes to have its numbers again, with
/// what it says of how many paths there are.
pub(crate) fn headed(schema: &str, scenario: &Scenario, paths: Value, own: Value) -> Value {
    let program = json!({
        "schema": schema,
        "flexcast": env!("CARGO_PKG_VERSION"),
        "scenario": scenario.name,
    });
    let draws = json!({ "seed": scenario.simulation.seed, "streams": STREAMS_VERSION });
    joined([program, paths, draws, own])
}

/// One tree of the keys of several.
fn joined(trees: impl IntoIterator<Item = Value>) -> Value {
    let keys = trees.into_iter().flat_map(|tree| match tree {
        Value::Object(keys) => keys,
        _ => unreachable!("every tree has keys"),
    });
    Value::Object(keys.collect())
}

/// How many paths a forecast is of, and what it is.
fn simulated(forecast: &Forecast) -> Value {
    json!({ "status": names::status(forecast.stopped), "paths": forecast.paths })
}

pub(crate) fn horizon(horizon: &Horizon) -> Value {
    json!({
        "start": horizon.start().to_string(),
        "end": horizon.date(horizon.days() - 1).to_string(),
        "months": horizon.months(),
        "days": horizon.days(),
    })
}

/// How the inputs were sampled, where not at random: what `mean_se` is to be multiplied by.
fn sampling(forecast: &Forecast) -> Option<Value> {
    let mut told = json!({
        "method": "qmc",
        "points": "Sobol, nested uniform scrambling",
        "randomisations": RANDOMISATIONS,
        "intervals": "Student's t between randomisations, one degree of freedom fewer",
    });
    match forecast.sampling {
        Sampling::Random => return None,
        Sampling::Quasi => (),
        Sampling::Stratified => {
            told["method"] = json!("stratified");
            told["points_per_path"] = json!(CANDIDATES);
        }
    }
    Some(told)
}

fn contract_term(scenario: &Scenario, term: &Term) -> Value {
    let Term {
        months,
        last_day: _,
        purchase,
        granted,
        begins_on_a_step: _,
    } = term;
    json!({
        "first_day": names::date(scenario, scenario.horizon.month(months.start).start),
        "packs": purchase.packs,
        "credits": credits(purchase.credits),
        "cost": money(purchase.cost),
        "granted": credits(*granted),
    })
}

/// When the whole or a team reaches each threshold.
fn alerts(scenario: &Scenario, forecast: &Forecast, team: Option<usize>) -> Vec<Value> {
    let watches = forecast.terms.watches.iter().zip(&forecast.alerts);
    let found = watches.filter(|(watch, _)| watch.team == team);
    let found = found.filter_map(|(watch, days)| {
        let Mark::Alert(threshold) = watch.mark else {
            return None;
        };
        let mut alert = dates(scenario, days, forecast.stopped == Stopped::Point);
        alert["threshold"] = json!(threshold);
        Some(alert)
    });
    found.collect()
}

/// A team with a share: what it has, and how likely it uses more.
fn team(scenario: &Scenario, forecast: &Forecast, index: usize, days: &DayCounts) -> Value {
    let Team { name, share, owner } = &scenario.teams[index];
    let terms = &forecast.terms;
    let allocation = terms.first_allocation(index);
    let row = |metric| {
        let row = Row {
            scope: Scope::Team(index),
            metric,
            period: Period::Term,
        };
        forecast.row(row).map(statistics)
    };
    json!({
        "name": name,
        "owner": owner,
        "share": share.map(|share| share as f64 / MICRO as f64),
        "allocation": {
            "amount": allocation.map(|micro| number(micro, micro as f64 / MICRO as f64)),
            "unit": if terms.allocation.is_money() { &scenario.currency } else { "credits" },
            "period": deal::period(terms.allocation),
        },
        "alerts": alerts(scenario, forecast, Some(index)),
        "exceeds_share": dates(scenario, days, forecast.stopped == Stopped::Point),
        "spend": row(Metric::Spend),
        "unserved_credits": row(Metric::UnservedCredits),
    })
}

fn charge(charge: &Charge, is_point: bool) -> Value {
    let Charge { probability, given } = charge;
    json!({
        "probability": proportion(*probability, is_point),
        "spend_given_any": given.as_ref().map(statistics),
    })
}

fn beside(beside: &Beside) -> Value {
    let Beside {
        data_cloud,
        support,
        agent_build,
        licences_to_credits,
        licences_from_credits,
        total_cost,
    } = beside;
    json!({
        "data_cloud": statistics(data_cloud),
        "support": statistics(support),
        "agent_build": money(*agent_build),
        "licences_to_credits": money(*licences_to_credits),
        "licences_from_credits": statistics(licences_from_credits),
        "total_cost": statistics(total_cost),
    })
}

fn precision(reached: &Reached) -> Value {
    let Reached {
        target,
        share,
        hits,
        is_met,
    } = reached;
    json!({
        "figure": names::figure(target.figure),
        "asked": target.share,
        "reached": share,
        "hits": hits,
        "met": is_met,
    })
}

fn accuracy(exact: bool, otherwise: &str) -> Value {
    if exact {
        json!({ "method": "exact order statistics" })
    } else {
        json!({
            "method": otherwise,
            "largest_relative_error": RELATIVE_ERROR,
        })
    }
}

/// The figures of the whole, by metric.
fn figures(scenario: &Scenario, forecast: &Forecast) -> Value {
    let rows = forecast.rows.iter().filter(|(row, _)| row.is_term_total());
    let figures: Map<String, Value> = rows
        .map(|(row, figure)| {
            let mut value = figure.as_ref().map_or(Value::Null, statistics);
            if !value.is_null() {
                value["unit"] = json!(names::unit(scenario, row.metric));
            }
            (names::metric(row.metric).to_owned(), value)
        })
        .collect();
    Value::Object(figures)
}

fn statistics(figure: &Statistics) -> Value {
    let Statistics {
        mean,
        mean_se,
        mean_half_width: _,
        sd,
        percentiles,
        p50_interval,
        p95_interval,
    } = figure;
    let percentiles: Map<String, Value> = PERCENTS
        .iter()
        .zip(percentiles)
        .map(|(percent, value)| (format!("p{percent}"), json!(value)))
        .collect();
    json!({
        "mean": mean,
        "mean_se": mean_se,
        "sd": sd,
        "percentiles": percentiles,
        "p50_interval": p50_interval,
        "p95_interval": p95_interval,
    })
}

fn proportion(proportion: Proportion, is_point: bool) -> Value {
    let interval = (!is_point).then(|| proportion.interval());
    json!({ "value": proportion.value(), "interval": interval })
}

fn dates(scenario: &Scenario, days: &DayCounts, is_point: bool) -> Value {
    let when = |when| names::when(scenario, when);
    let percentile = |percent| match is_point {
        true => (percent == 50).then(|| when(days.at_rank(1))),
        false => days.percentile(percent).map(when),
    };
    let interval = |percent| {
        let interval = days.interval(percent).filter(|_| !is_point);
        interval.map(|(low, high)| [when(low), when(high)])
    };
    json!({
        "probability": proportion(days.ever(), is_point),
        "p10": percentile(10),
        "p10_interval": interval(10),
        "p50": percentile(50),
        "p50_interval": interval(50),
        "p90": percentile(90),
        "p90_interval": interval(90),
    })
}

/// What `size --json` prints: which question it answers, then the sizes.
pub fn sizing(scenario: &Scenario, forecast: &Forecast, found: &Sizes) -> Value {
    let mut own = json!({
        "currency": scenario.currency,
        "horizon": horizon(&scenario.horizon),
        "warnings": scenario.warnings.iter().cloned().chain(sizes::warnings(scenario, forecast, found))
            .collect::<Vec<_>>(),
    });
    if found.is_of_horizon {
        // Settled sizes may be weighed on the first futures only.
        own["paths_settled"] = json!(found.optimum.overage.paths);
    }
    let own = joined([own, sizes(scenario, found)]);
    headed(SIZING_SCHEMA, scenario, simulated(forecast), own)
}

/// The sizes of a pre-purchase.
pub fn sizes(scenario: &Scenario, sizes: &Sizes) -> Value {
    let candidate = |size: &Candidate| candidate(size, scenario.contract.free_credits);
    let Sizes {
        cost_skewness: _,
        question,
        searched,
        terms,
        cut_term,
        is_of_horizon,
        is_limit_met,
        is_invert_met,
        knows_all,
        is_certain: _,
        optimum,
        optimum_cost_interval,
        any_overage,
        planned,
        objective_half_width,
        rule_80_in_objective,
        current_in_objective,
        optimum_ranges,
        flat,
        unconstrained,
        limit_price,
        limit_price_in_objective,
        rule_80,
        pay_as_you_go,
        current,
        plan,
        at,
        invert,
        invert_interval,
        rule_80_excess,
        pay_as_you_go_excess,
        current_excess,
        plan_excess,
        foresight_worth,
        curve,
        staged,
    } = sizes;
    let share = |millionths: u32| f64::from(millionths) / MICRO as f64;
    let mut value = json!({
        "objective": question.objective.name(),
        "cvar_level": match question.objective {
            Objective::Cvar { alpha } => Some(share(alpha)),
            Objective::Cost | Objective::Regret => None,
        },
        "max_overage": question.max_overage.map(share),
        "sizes_tried": match searched {
            Searched::All => None,
            Searched::Some(tried) => Some(tried),
        },
        "limit_is_met": question.max_overage.map(|_| is_limit_met),
        "invert_is_met": question.invert.map(|_| is_invert_met),
        "perfect_information_is_at_least": !knows_all,
        "terms": terms,
        "cost_of": if *is_of_horizon { "horizon" } else { "term" },
        "optimum": candidate(optimum),
        "optimum_packs_ranges": optimum_ranges,
        "flat_packs_ranges": flat,
        "unconstrained": unconstrained.as_ref().map(candidate),
        "limit_price": limit_price.as_ref().map(difference),
        "rule_80": candidate(rule_80),
        "rule_80_minus_optimum": difference(rule_80_excess),
        "pay_as_you_go": candidate(pay_as_you_go),
        "pay_as_you_go_minus_optimum": difference(pay_as_you_go_excess),
        "current": candidate(current),
        // Else it is what is bought for the first term, in each.
        "current_is_bought_in_each_term": planned.is_none(),
        "current_minus_optimum": difference(current_excess),
        "plan": candidate(plan),
        "plan_minus_optimum": difference(plan_excess),
        "at": at.as_ref().map(candidate),
        "invert": invert.as_ref().map(candidate),
        "invert_packs_interval": invert_interval,
        "perfect_information": difference(foresight_worth),
        "curve": curve.iter().map(candidate).collect::<Vec<_>>(),
    });
    if let Some(CutTerm { months, is_sized }) = cut_term {
        value["cut_term"] = json!({
            "months_within_horizon": months,
            "months": scenario.contract.term_months,
            "is_sized": is_sized,
        });
    }
    if let Some(interval) = optimum_cost_interval {
        value["optimum_cost_interval"] = json!(interval);
    }
    if let Some(any) = any_overage {
        value["optimum_any_overage_probability"] = proportion(*any, false);
    }
    if let Some(Planned { packs, cost }) = planned {
        value["planned"] = json!({
            "packs": packs,
            "horizon_cost_mean": cost.map(|cost| cost.planned_mean),
            "optimum_horizon_cost_mean": cost.map(|cost| cost.optimum_mean),
            "optimum_minus_planned": cost.map(|cost| difference(&cost.optimum_minus_planned)),
            "unserved_credits_mean": cost.map(|cost| cost.unserved_credits_mean),
        });
    }
    if question.objective != Objective::Cost {
        value["objective_half_width"] = json!(objective_half_width);
        value["limit_price_in_objective"] =
            json!(limit_price_in_objective.as_ref().map(difference));
        value["rule_80_minus_optimum_in_objective"] =
            json!(rule_80_in_objective.as_ref().map(difference));
        value["current_minus_optimum_in_objective"] =
            json!(current_in_objective.as_ref().map(difference));
    }
    if let Some(found) = staged {
        value["staged"] = self::staged(scenario, found);
    }
    value
}

/// A purchase in stages.
fn staged(scenario: &Scenario, staged: &Staged) -> Value {
    let Staged {
        months,
        terms,
        reviews,
        rule,
        last_target,
        candidate: size,
        saving,
        later_purchases_mean,
        later_packs_mean,
    } = staged;
    let day = |&month: &usize| names::date(scenario, scenario.horizon.month(month).start);
    let buys_later = *last_target > 0.0;
    // The last review of a term has a quantile of its own.
    let rule = (buys_later && reviews.len() > *terms).then_some(rule);
    json!({
        "months_between_reviews": months,
        "reviews": reviews.iter().map(day).collect::<Vec<_>>(),
        "buys_later": buys_later,
        "trigger_quantile_of_next_period": rule.map(|rule| rule.trigger),
        "target_quantile_of_rest": rule.map(|rule| rule.target),
        "most_quantile_of_next_period": rule.and_then(|rule| rule.cover),
        "last_review_quantile": buys_later.then_some(last_target),
        "candidate": candidate(size, scenario.contract.free_credits),
        "at_once_minus_staged": difference(saving),
        "later_purchases_mean": later_purchases_mean,
        "later_packs_mean": later_packs_mean,
    })
}

fn candidate(candidate: &Candidate, free: Credits) -> Value {
    let defined = candidate.overage_beyond(free);
    let Candidate {
        purchase,
        share_of_mean,
        cost_mean,
        cost_mean_se,
        cost_mean_half_width: _,
        cost_p50,
        cost_p95,
        cost_cvar95,
        objective,
        overage: _,
        has_grants: _,
        overage_credits_mean,
        unused_credits_mean,
        unserved_credits_mean,
        regret_mean,
    } = candidate;
    json!({
        "packs": purchase.packs,
        "credits": credits(purchase.credits),
        "purchase_cost": money(purchase.cost),
        "unit_price": purchase.per_credit(),
        "share_of_mean": share_of_mean,
        "cost_mean": cost_mean,
        "cost_mean_se": cost_mean_se,
        "cost_p50": cost_p50,
        "cost_p95": cost_p95,
        "cost_cvar95": cost_cvar95,
        "overage_probability": defined.map(|overage| proportion(overage, false)),
        "overage_credits_mean": defined.map(|_| overage_credits_mean),
        "unused_credits_mean": unused_credits_mean,
        "unserved_credits_mean": unserved_credits_mean,
        "regret_mean": regret_mean,
        "objective_value": objective,
    })
}

fn difference(difference: &Difference) -> Value {
    json!({ "mean": difference.mean, "interval": difference.interval })
}

fn credits(credits: Credits) -> Value {
    number(credits.micro(), credits.to_f64())
}

fn money(money: Money) -> Value {
    number(money.micro(), money.to_f64())
}

/// Whole units as an integer, others as the nearest double.
fn number(micro: i64, value: f64) -> Value {
    let unit = crate::units::MICRO;
    if micro % unit == 0 {
        json!(micro / unit)
    } else {
        json!(value)
    }
}
