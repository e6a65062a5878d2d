//! From text to a scenario: every part reads what concerns it, and all problems come out at once.

use crate::error::{Place, Problem, Problems, Source};
use crate::scenario::cursor::Cursor;
use crate::scenario::document::{self, Node, Value};
use crate::scenario::item::Item;
use crate::scenario::log::Log;
use crate::scenario::names::{tables, unique};
use crate::scenario::week::Week;
use crate::scenario::{
    Budget, Contract, Conversion, Correlation, Event, Extras, Figure, Governance, Horizon,
    Incident, Operation, RateChange, Scenario, Simulation, Team, Workload, alternative, contract,
    conversion, correlation, event, extras, governance, incident, inputs, rate_card, set, size,
    team, top, warnings, workload,
};

/// Most bytes of a file.
const LARGEST: usize = 4 << 20;

/// Reads a scenario from a TOML text and `--set` arguments (`workload.service.seats=120`), later
/// ones over earlier ones.
///
/// # Errors
/// All problems at once, in the order in which they were written.
pub fn read(source: Source, sets: &[String]) -> Result<Scenario, Problems> {
    let sources = sources(source, sets);
    let log = Log::new(sources.clone());
    let scenario = tree(&sources, &log).and_then(|root| {
        let item = Item {
            node: &root,
            path: String::new(),
            log: &log,
        };
        lower(&item)
    });
    if scenario.is_none() && log.is_empty() {
        log.push(problem(
            0,
            "this is not a scenario",
            "start from a template",
        ));
    }
    log.finish()?;
    Ok(scenario.expect("a scenario without problems was lowered"))
}

/// Where keys of a scenario (`contract.rollover`) were written, and with what value, in the order in which they
/// were: the file's keys, then those of `--set` arguments, of which the last counts. A key of an array of tables
/// stands at the first of them. Keys that were not written are left out.
pub fn written(source: Source, sets: &[String], keys: &[&str]) -> Vec<Written> {
    let sources = sources(source, sets);
    let root = tree(&sources, &Log::new(sources.clone()));
    let place = |key: &&str| {
        let mut node = root.as_ref()?;
        for step in key.split('.') {
            let Value::Table(table) = &node.value else {
                return None;
            };
            node = &table.get(step)?.node;
        }
        Some(node.place.clone())
    };
    let mut places: Vec<Place> = keys.iter().filter_map(place).collect();
    places.sort_by_key(|place| (place.source, place.span.start));
    let written = places.into_iter().map(|place| {
        let Source { name, text } = &sources[place.source];
        let start = text[..place.span.start]
            .rfind('\n')
            .map_or(0, |end| end + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |end| start + end);
        // A table's header ends its line, a value may be followed by a comment.
        let end = match text[start..].starts_with('[') {
            true => line_end,
            false => place.span.end.min(line_end),
        };
        Written {
            source: name.clone(),
            line: text[..start].matches('\n').count() + 1,
            text: text[start..end]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        }
    });
    written.collect()
}

/// A key as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How messages name the text: the file's path, or `--set`.
    pub source: String,
    /// Its line, from 1.
    pub line: usize,
    /// Key and value, as far as they stand on that line; a table's header.
    pub text: String,
}

/// The file, then each argument.
fn sources(file: Source, sets: &[String]) -> Vec<Source> {
    let sets = sets.iter().map(|set| Source {
        name: "--set".to_owned(),
        text: set.clone(),
    });
    std::iter::once(file).chain(sets).collect()
}

fn problem(source: usize, message: &str, remedy: &str) -> Problem {
    Problem {
        place: Place { source, span: 0..0 },
        key: "file".to_owned(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// The file's tree with every `--set` applied.
fn tree(sources: &[Source], log: &Log) -> Option<Node> {
    if let Some(index) = sources
        .iter()
        .position(|source| source.text.len() > LARGEST)
    {
        log.push(problem(
            index,
            "more than 4 MiB",
            "write a smaller file: a scenario has a few KiB",
        ));
        return None;
    }
    let (file, sets) = sources.split_first()?;
    let (root, problems) = document::parse(file);
    problems.into_iter().for_each(|problem| log.push(problem));
    let mut root = root?;
    for (index, set) in sets.iter().enumerate() {
        let problems = set::apply(&mut root, set, index + 1);
        problems.into_iter().for_each(|problem| log.push(problem));
    }
    Some(root)
}

/// Reads every part, also after one of them failed, and puts them together.
fn lower(root: &Item<'_>) -> Option<Scenario> {
    let top = Cursor::open(root, &top::KEYS)?;
    let name = top
        .need("name", "name = \"Service desk\"")
        .and_then(|item| item.label());
    let currency = top::currency(&top);
    let horizon = top::horizon(&top);
    let simulation = top::simulation(top.get("simulation").as_ref());
    let rates = Rates::read(&top, horizon.as_ref());
    let streams = Streams::read(&top, horizon.as_ref(), &rates.names);
    let disturbances = Disturbances::read(&top, horizon.as_ref(), &streams.names);
    let correlations = correlations(&top, &rates, &streams, &disturbances);
    let signed = Signed::read(&top, horizon.as_ref());
    let (teams, governance) = guardrails(&top, &streams);
    let alternatives = tables(&top, "alternative");
    let context = alternative::Context {
        names: &streams.names,
        workloads: streams.workloads.as_deref(),
        horizon: horizon.as_ref(),
    };
    let alternatives = alternative::read(&alternatives, context);
    a_probability_needs_a_grant(&top, simulation.as_ref(), &signed, horizon.as_ref());
    if let (Some(horizon), Some(contract)) = (&horizon, &signed.contract) {
        a_term_ends(&top, horizon, contract);
    }
    let mut scenario = Scenario {
        name: name?,
        currency: currency?,
        horizon: horizon?,
        simulation: simulation?,
        operations: rates.operations?,
        rate_changes: rates.changes?,
        teams: teams?,
        workloads: streams.workloads?,
        incidents: disturbances.incidents?,
        events: disturbances.events?,
        correlations: correlations?,
        contract: signed.contract?,
        budget: signed.budget?,
        governance: governance?,
        conversions: signed.conversions?,
        extras: signed.extras?,
        alternatives: alternatives?,
        warnings: Vec::new(),
    };
    rate_card::used_first(&mut scenario);
    size::fits(&top, &scenario)?;
    scenario.warnings = warnings::of(&scenario, &top, disturbances.outside);
    Some(scenario)
}

/// What an operation costs, and when that changes.
struct Rates {
    names: Vec<String>,
    operations: Option<Vec<Operation>>,
    changes: Option<Vec<RateChange>>,
}

impl Rates {
    fn read(top: &Cursor<'_>, horizon: Option<&Horizon>) -> Self {
        let card = top.get("rate_card");
        let names = rate_card::names(card.as_ref());
        let operations = rate_card::operations(card.as_ref());
        let changes = rate_card::changes(&tables(top, "rate_change"), &names, horizon);
        Self {
            names,
            operations,
            changes,
        }
    }
}

/// The workloads and what they go by.
struct Streams {
    names: Vec<Option<String>>,
    teams: Vec<String>,
    workloads: Option<Vec<Workload>>,
}

impl Streams {
    fn read(top: &Cursor<'_>, horizon: Option<&Horizon>, operations: &[String]) -> Self {
        let week = top
            .get("calendar")
            .map_or(Some(Week::default()), |item| Week::read(&item));
        let sound = week.is_some();
        let week = week.unwrap_or_default();
        let mut context = workload::Context {
            operations,
            horizon,
            week: &week,
            teams: Vec::new(),
        };
        let items = tables(top, "workload");
        if items.is_empty() && !top.has("workload") {
            top.need("workload", "[[workload]]");
        }
        let names = unique(&items, "name = \"service\"");
        let read = items.iter().zip(&names);
        let workloads: Vec<Option<Workload>> = read
            .map(|(item, name)| workload::read(item, name.as_deref(), &mut context))
            .collect();
        let workloads = workloads.into_iter().collect::<Option<Vec<_>>>();
        let workloads = workloads.filter(|workloads| sound && !workloads.is_empty());
        Self {
            names,
            teams: context.teams,
            workloads,
        }
    }
}

/// Incidents and events.
struct Disturbances {
    incidents: Option<Vec<Incident>>,
    events: Option<Vec<Event>>,
    outside: Vec<String>,
}

impl Disturbances {
    fn read(top: &Cursor<'_>, horizon: Option<&Horizon>, workloads: &[Option<String>]) -> Self {
        let items = tables(top, "incident");
        let names = unique(&items, "name = \"runaway loop\"");
        let read = items.iter().zip(&names);
        let incidents: Vec<Option<Incident>> = read
            .map(|(item, name)| incident::read(item, name.as_deref(), workloads))
            .collect();
        let items = tables(top, "event");
        let names = unique(&items, "name = \"spring campaign\"");
        let read = items.iter().zip(&names);
        let events: Vec<Option<(Event, Option<String>)>> = read
            .map(|(item, name)| event::read(item, name.as_deref(), workloads, horizon))
            .collect();
        let events = events.into_iter().collect::<Option<Vec<_>>>();
        let (events, outside) = match events {
            Some(events) => {
                let (events, outside): (Vec<Event>, Vec<_>) = events.into_iter().unzip();
                (Some(events), outside.into_iter().flatten().collect())
            }
            None => (None, Vec::new()),
        };
        Self {
            incidents: incidents.into_iter().collect(),
            events,
            outside,
        }
    }
}

fn correlations(
    top: &Cursor<'_>,
    rates: &Rates,
    streams: &Streams,
    disturbances: &Disturbances,
) -> Option<Vec<Correlation>> {
    let (operations, changes) = (rates.operations.as_deref(), rates.changes.as_deref());
    let workloads = streams.workloads.as_deref();
    let (incidents, events) = (
        disturbances.incidents.as_deref(),
        disturbances.events.as_deref(),
    );
    let complete = operations.is_some()
        && changes.is_some()
        && workloads.is_some()
        && incidents.is_some()
        && events.is_some();
    let inputs = inputs::of(
        operations.unwrap_or_default(),
        changes.unwrap_or_default(),
        workloads.unwrap_or_default(),
        incidents.unwrap_or_default(),
        events.unwrap_or_default(),
    );
    correlation::read(&tables(top, "correlation"), &inputs, complete)
}

/// What was signed, what was set aside, and what comes on top.
struct Signed {
    contract: Option<Contract>,
    conversions: Option<Vec<Conversion>>,
    budget: Option<Budget>,
    extras: Option<Extras>,
}

impl Signed {
    fn read(top: &Cursor<'_>, horizon: Option<&Horizon>) -> Self {
        Self {
            contract: contract::read(top.get("contract").as_ref(), horizon),
            conversions: conversion::read(&tables(top, "conversion"), horizon),
            budget: top::budget(top.get("budget").as_ref()),
            extras: extras::read(top.get("extras").as_ref()),
        }
    }
}

fn guardrails(top: &Cursor<'_>, streams: &Streams) -> (Option<Vec<Team>>, Option<Governance>) {
    let complete = streams.workloads.is_some();
    let teams = team::read(&tables(top, "team"), &streams.teams, complete);
    let known = teams.as_deref().filter(|_| complete);
    let governance = governance::read(top.get("governance").as_ref(), known);
    (teams, governance)
}

/// The last term must end within the calendar.
fn a_term_ends(top: &Cursor<'_>, horizon: &Horizon, contract: &Contract) {
    let terms = horizon.months().div_ceil(contract.term_months);
    if horizon.first_day(terms * contract.term_months).is_some() {
        return;
    }
    let item = top
        .get("contract")
        .and_then(|item| Cursor::open_any(&item)?.get("term_months"));
    if let Some(item) = item {
        let message = format!("the term of {} months passes the year 9999", item.written());
        item.refuse::<()>(message, "write a shorter term, or start earlier");
    }
}

/// With nothing granted there is no overage, and no probability of it to be precise about.
fn a_probability_needs_a_grant(
    top: &Cursor<'_>,
    simulation: Option<&Simulation>,
    signed: &Signed,
    horizon: Option<&Horizon>,
) -> Option<()> {
    let precision = &simulation?.precision;
    let (contract, conversions) = (signed.contract.as_ref()?, signed.conversions.as_ref()?);
    let wanted = precision
        .iter()
        .any(|target| target.figure == Figure::OverageProbability);
    if !wanted || contract::grants_something(contract, conversions, horizon?) {
        return Some(());
    }
    let simulation = Cursor::open_any(&top.get("simulation")?)?;
    let precision = Cursor::open_any(&simulation.get("precision")?)?;
    precision.get("overage_probability")?.refuse(
        "nothing is granted, so there is no overage",
        "name another figure, or set contract.prepurchase",
    )
}
