//! Guardrails that guard nothing.

use crate::scenario::{Scenario, contract};

/// Sentences about `[governance]` and `[[team]]`.
pub fn of(scenario: &Scenario) -> Vec<String> {
    let mut warnings = without_teams(scenario);
    warnings.extend(without_effect(scenario));
    warnings.extend(without_allocation(scenario));
    warnings
}

fn shared(scenario: &Scenario) -> bool {
    scenario.teams.iter().any(|team| team.share.is_some())
}

/// Keys that only teams with a share feel.
fn without_teams(scenario: &Scenario) -> Vec<String> {
    if shared(scenario) {
        return Vec::new();
    }
    let governance = &scenario.governance;
    let written = [
        ("buffer", governance.buffer > 0),
        ("review_months", governance.review_months.is_some()),
    ];
    let written = written.into_iter().filter(|(_, is)| *is);
    written
        .map(|(key, _)| {
            format!(
                "`governance.{key}` has no effect while no team has a share of the pool; give each \
                 [[team]] a share or drop it"
            )
        })
        .collect()
}

fn without_effect(scenario: &Scenario) -> Vec<String> {
    let governance = &scenario.governance;
    let mut warnings = Vec::new();
    if governance.incident_response.is_some() && scenario.incidents.is_empty() {
        warnings.push(
            "`governance.incident_response` has no effect while there are no incidents; add an \
             [[incident]] or drop it"
                .to_owned(),
        );
    }
    let never_waits = scenario.workloads.iter().all(|workload| workload.critical);
    if governance.circuit_breaker.is_some() && never_waits {
        warnings.push(
            "`governance.circuit_breaker` has no effect while every workload is critical; write \
             critical = false where work can wait or drop it"
                .to_owned(),
        );
    }
    let months = scenario.horizon.months();
    if let Some(review) = governance.review_months.filter(|&review| review >= months) {
        warnings.push(format!(
            "`governance.review_months` has no effect: the first review would come after {review} \
             months, at or after the end of the horizon; review more often or drop it"
        ));
    }
    warnings
}

/// Guardrails are shares of an allocation; there may be none.
fn without_allocation(scenario: &Scenario) -> Option<String> {
    let contract = &scenario.contract;
    let allocated = contract.monthly_allocation.is_some()
        || scenario.budget.amount.is_some()
        || scenario.budget.monthly.is_some()
        || contract::grants_without_top_up(contract, &scenario.conversions, &scenario.horizon);
    let governance = &scenario.governance;
    let written = [
        ("[[team]] share", shared(scenario)),
        (
            "governance.circuit_breaker",
            governance.circuit_breaker.is_some(),
        ),
        (
            "governance.incident_response",
            governance.incident_response.is_some(),
        ),
    ];
    let written: Vec<String> = written
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(key, _)| format!("`{key}`"))
        .collect();
    (!allocated && !written.is_empty()).then(|| {
        format!(
            "nothing is allocated that {} could be a share of; set contract.prepurchase, \
             contract.monthly_allocation or budget.amount",
            written.join(", ")
        )
    })
}
