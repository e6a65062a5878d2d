//! `flexcast new`: a scenario to start from.

use crate::cli::args::NewArgs;
use crate::cli::exit;
use crate::cli::talk::Talk;
use flexcast::error::Error;
use flexcast::report::page::hang;

/// Templates: name and text.
const TEMPLATES: [(&str, &str); 18] = [
    (
        "agents",
        include_str!("../../scenarios/templates/agents.toml"),
    ),
    (
        "volume",
        include_str!("../../scenarios/templates/volume.toml"),
    ),
    (
        "contract",
        include_str!("../../scenarios/templates/contract.toml"),
    ),
    (
        "service-desk",
        include_str!("../../scenarios/service-desk.toml"),
    ),
    (
        "loan-approvals",
        include_str!("../../scenarios/loan-approvals.toml"),
    ),
    (
        "loan-approvals-planned",
        include_str!("../../scenarios/loan-approvals-planned.toml"),
    ),
    (
        "ten-thousand-interactions",
        include_str!("../../scenarios/ten-thousand-interactions.toml"),
    ),
    (
        "field-service",
        include_str!("../../scenarios/field-service.toml"),
    ),
    (
        "conversation-credits",
        include_str!("../../scenarios/conversation-credits.toml"),
    ),
    (
        "generic-credits",
        include_str!("../../scenarios/generic-credits.toml"),
    ),
    (
        "testing-in-production",
        include_str!("../../scenarios/testing-in-production.toml"),
    ),
    (
        "bulk-enrichment",
        include_str!("../../scenarios/bulk-enrichment.toml"),
    ),
    (
        "pre-commit",
        include_str!("../../scenarios/pre-commit.toml"),
    ),
    (
        "snowflake-style",
        include_str!("../../scenarios/snowflake-style.toml"),
    ),
    (
        "copilot-style",
        include_str!("../../scenarios/copilot-style.toml"),
    ),
    (
        "hubspot-style",
        include_str!("../../scenarios/hubspot-style.toml"),
    ),
    (
        "negotiated",
        include_str!("../../scenarios/negotiated.toml"),
    ),
    ("portfolio", include_str!("../../scenarios/portfolio.toml")),
];

pub(crate) fn new(args: &NewArgs, talk: &Talk) -> Result<u8, Error> {
    let name = args.template.trim_end_matches(".toml");
    if name == "list" {
        talk.result(&list())?;
        return Ok(exit::DONE);
    }
    match TEMPLATES.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => {
            talk.result(text)?;
            Ok(exit::DONE)
        }
        None => Err(Error::Usage(format!(
            "there is no template {name:?}; the templates are:\n{}",
            list().trim_end()
        ))),
    }
}

/// Each template with the question that it opens with.
fn list() -> String {
    let rows = TEMPLATES
        .iter()
        .flat_map(|(name, template)| hang(&format!("  {name:<26} "), &question(template)));
    rows.map(|row| row + "\n").collect()
}

/// The comment that a template opens with, to the end of the line that its question ends in.
fn question(template: &str) -> String {
    let lines = template.lines().map_while(|line| line.strip_prefix("# "));
    let mut question: Vec<&str> = Vec::new();
    for line in lines {
        question.push(line);
        if line.contains('?') {
            break;
        }
    }
    question.join(" ")
}
