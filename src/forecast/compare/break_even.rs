//! Break-evens: the demand at which an alternative and the contract cost the same.
//!
//! The credits of what an alternative covers are scaled on the same futures, first by powers of two,
//! then more finely about the change of sign. What a contract says of the plan ("80%") it says of the
//! scaled plan. Two questions can be asked of a scale: more actions for each unit (what is billed by
//! the unit stays), or more units (it grows as well).

use crate::decide::breakeven::{Crossing, bracket, crossing, exact, mean};
use crate::demand::Future;
use crate::error::Error;
use crate::forecast::compare::way::{Desk, Way};
use crate::forecast::compare::{Asked, Columns, credits};
use crate::scenario::{ActionsPerUnit, Alternative, Demand, Licences, PricingModel, Scenario};
use crate::simulate::{self, Progress};
use crate::units::{Credits, MICRO};

/// Most paths on which break-evens are solved.
pub const BREAK_EVEN_PATHS: u64 = 2_000;

/// Powers of two up to which demand is scaled, down and up.
const OCTAVES: i32 = 6;

/// Scales between two powers of two.
const FINE: i32 = 8;

/// Most credits, and most money, that a scaled plan may come to: what a scenario may.
const MOST: f64 = 1e11;

/// Where an alternative and the contract cost the same.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakEven {
    /// Index of the alternative.
    pub alternative: usize,
    /// What is varied.
    pub quantity: Quantity,
    /// What it is on average of the futures (in the plan, for the single-number plan).
    pub now: f64,
    /// Where the mean costs are equal, in the same unit; `None` where they are not at any scale tried:
    /// from 1/64 to 64, as far as the scaled plan stays within what a scenario may want and cost.
    pub at: Option<f64>,
    /// 95% interval of it.
    pub interval: Option<(f64, f64)>,
    /// True when the alternative is the cheaper one above it (without a break-even: everywhere).
    pub is_cheaper_above: bool,
}

/// What a break-even is a value of. Averages over the horizon; lumps of incidents are no units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Actions of a unit that is billed.
    ActionsPerInteraction,
    /// Actions of a user in a month.
    ActionsPerUser,
    /// Units a month of volume workloads.
    Interactions,
    /// Actions a month, where agents are covered.
    Actions,
}

/// Break-evens on the first paths.
pub(super) fn simulated(
    asked: &Asked<'_>,
    columns: &Columns,
    progress: Progress<'_>,
) -> Result<Vec<BreakEven>, Error> {
    let paths = asked.scenario.simulation.paths;
    let differences = |questions: &[Question]| {
        let settled = Scaled::all(asked, questions)?;
        let mut differences = vec![Vec::new(); questions.len()];
        simulate::run(
            &asked.model,
            0..paths.min(BREAK_EVEN_PATHS),
            // These paths have been counted.
            &|_| progress(paths),
            questions.len(),
            |_| (vec![Vec::new(); questions.len()], Desks::new(asked)),
            |path, future, (block, desks)| visit(path, future, (questions, &settled), desks, block),
            |blocks| {
                for (block, _) in blocks {
                    for (column, mut more) in differences.iter_mut().zip(block) {
                        column.append(&mut more);
                    }
                }
            },
        )?;
        Ok(differences)
    };
    solve(asked, columns, differences)
}

/// Break-evens of the single-number plan.
pub(super) fn planned(asked: &Asked<'_>, columns: &Columns) -> Result<Vec<BreakEven>, Error> {
    solve(asked, columns, |questions: &[Question]| {
        let settled = Scaled::all(asked, questions)?;
        let mut differences = vec![Vec::new(); questions.len()];
        let mut desks = Desks::new(asked);
        let visited = visit(
            0,
            &asked.plan,
            (questions, &settled),
            &mut desks,
            &mut differences,
        );
        visited.map_err(|_| Error::Overflow { path: None })?;
        Ok(differences)
    })
}

/// What an alternative costs more than the contract at a scale.
#[derive(Clone, Copy, Debug)]
struct Question {
    alternative: usize,
    /// Scale of the covered credits, in millionths.
    scale: i64,
    /// Whether the units grow with them.
    scales_units: bool,
}

/// Ways at one scale of one set of workloads.
struct Scaled {
    covers: Vec<bool>,
    scale: i64,
    contract: Way,
    /// The alternatives that cover this set, by index.
    alternatives: Vec<(usize, Way)>,
}

impl Scaled {
    /// What the questions need, each once.
    fn all(asked: &Asked<'_>, questions: &[Question]) -> Result<Vec<Self>, Error> {
        let mut all: Vec<Self> = Vec::new();
        for question in questions {
            let alternative = &asked.scenario.alternatives[question.alternative];
            let (covers, scale) = (&alternative.covers, question.scale);
            let same = |other: &Self| other.scale == scale && other.covers == *covers;
            let place = match all.iter().position(same) {
                Some(place) => place,
                None => {
                    let plan = scaled_plan(asked, alternative, scale)?;
                    let contract = Way::contract(asked.scenario, &plan);
                    all.push(Self {
                        covers: covers.clone(),
                        scale,
                        contract: contract.ok_or(Error::Overflow { path: None })?,
                        alternatives: Vec::new(),
                    });
                    all.len() - 1
                }
            };
            let known = &mut all[place].alternatives;
            if known
                .iter()
                .all(|(index, _)| *index != question.alternative)
            {
                let plan = scaled_plan(asked, alternative, scale)?;
                let way = Way::new(asked.scenario, alternative, &plan);
                known.push((
                    question.alternative,
                    way.ok_or(Error::Overflow { path: None })?,
                ));
            }
        }
        Ok(all)
    }
}

fn scaled_plan(asked: &Asked<'_>, alternative: &Alternative, scale: i64) -> Result<Future, Error> {
    let mut plan = asked.plan.clone();
    let fits = asked
        .plan
        .scaled(&factors(&alternative.covers, scale), &mut plan);
    fits.ok_or(Error::Overflow { path: None })?;
    Ok(plan)
}

fn factors(covers: &[bool], scale: i64) -> Vec<i64> {
    let factor = |&covered: &bool| if covered { scale } else { MICRO };
    covers.iter().map(factor).collect()
}

/// Buffers of [`visit`].
struct Desks {
    scaled: Future,
    desk: Desk,
}

impl Desks {
    fn new(asked: &Asked<'_>) -> Self {
        Self {
            scaled: asked.model.future(),
            desk: Desk::new(asked.model.future()),
        }
    }
}

/// Adds the answers of a path.
fn visit(
    path: u64,
    future: &Future,
    (questions, settled): (&[Question], &[Scaled]),
    desks: &mut Desks,
    differences: &mut [Vec<i64>],
) -> Result<(), Error> {
    let Desks { scaled, desk } = desks;
    for at in settled {
        let fits = future.scaled(&factors(&at.covers, at.scale), scaled);
        fits.ok_or(Error::Overflow { path: Some(path) })?;
        let contract = at.contract.bill(path, scaled, (future, MICRO), desk)?;
        for (index, way) in &at.alternatives {
            let asked = questions.iter().zip(&mut *differences);
            let asked = asked.filter(|(q, _)| q.alternative == *index && q.scale == at.scale);
            for (question, column) in asked {
                let volume = if question.scales_units {
                    at.scale
                } else {
                    MICRO
                };
                let bill = way.bill(path, scaled, (future, volume), desk)?;
                column.push(bill.spend.micro() - contract.spend.micro());
            }
        }
    }
    Ok(())
}

/// A break-even that is looked for.
#[derive(Clone, Copy, Debug)]
struct Sought {
    alternative: usize,
    scales_units: bool,
}

/// One for each alternative, and another for those billed by the unit.
fn sought(scenario: &Scenario) -> Vec<Sought> {
    let mut all = Vec::new();
    for (alternative, of) in scenario.alternatives.iter().enumerate() {
        if matches!(of.model, PricingModel::PerConversation { .. }) {
            all.push(Sought {
                alternative,
                scales_units: false,
            });
        }
        all.push(Sought {
            alternative,
            scales_units: true,
        });
    }
    all
}

/// Asks at powers of two, then about each change of sign, and tells what was found.
fn solve(
    asked: &Asked<'_>,
    columns: &Columns,
    differences: impl Fn(&[Question]) -> Result<Vec<Vec<i64>>, Error>,
) -> Result<Vec<BreakEven>, Error> {
    let sought = sought(asked.scenario);
    let octaves = octaves(asked, columns);
    let coarse = answers(&sought, &vec![octaves.clone(); sought.len()], &differences)?;
    let about = |columns: &Vec<Vec<i64>>| {
        let low = bracket(&means(&octaves, columns));
        low.map_or(Vec::new(), |low| between(octaves[low], octaves[low + 1]))
    };
    let scales: Vec<Vec<f64>> = coarse.iter().map(about).collect();
    let fine = answers(&sought, &scales, &differences)?;
    let today = octaves.iter().position(|&scale| scale == 1.0);
    let mut found = Vec::new();
    for (place, &one) in sought.iter().enumerate() {
        let crossing = nearest_crossing(&scales[place], &fine[place]);
        let is_cheaper = today.is_some_and(|today| mean(&coarse[place][today]) < 0.0);
        found.extend(told(
            asked.scenario,
            one,
            crossing.as_ref(),
            is_cheaper,
            columns,
        ));
    }
    Ok(found)
}

/// The differences of each break-even looked for at scales of its own, a column for each scale.
fn answers(
    sought: &[Sought],
    scales: &[Vec<f64>],
    differences: impl Fn(&[Question]) -> Result<Vec<Vec<i64>>, Error>,
) -> Result<Vec<Vec<Vec<i64>>>, Error> {
    let questions: Vec<Question> = sought
        .iter()
        .zip(scales)
        .flat_map(|(one, scales)| scales.iter().map(move |&scale| (one, scale)))
        .map(|(one, scale)| Question {
            alternative: one.alternative,
            scale: exact(scale).0,
            scales_units: one.scales_units,
        })
        .collect();
    let columns = match questions.is_empty() {
        true => Vec::new(),
        false => differences(&questions)?,
    };
    let mut columns = columns.into_iter();
    let own = scales
        .iter()
        .map(|scales| columns.by_ref().take(scales.len()).collect());
    Ok(own.collect())
}

/// A crossing in every quantity that it can be told in.
fn told(
    scenario: &Scenario,
    one: Sought,
    crossing: Option<&Crossing>,
    is_cheaper: bool,
    columns: &Columns,
) -> Vec<BreakEven> {
    let alternative = &scenario.alternatives[one.alternative];
    let quantities = quantities(scenario, alternative, one.scales_units).into_iter();
    let told = quantities.filter_map(|quantity| {
        let (above, below) = ratio(scenario, alternative, quantity, columns);
        let now = above.iter().sum::<f64>() / below.iter().sum::<f64>();
        // On the paths of the crossing, so that what moves both moves neither's quotient.
        let found = crossing.and_then(|crossing| crossing.times(&above, &below));
        (now.is_finite() && now > 0.0).then_some(BreakEven {
            alternative: one.alternative,
            quantity,
            now,
            at: found.map(|(at, _)| at),
            interval: found.and_then(|(_, interval)| interval),
            is_cheaper_above: crossing.map_or(is_cheaper, |crossing| crossing.falls),
        })
    });
    told.collect()
}

/// Scales with the mean difference at each.
fn means(scales: &[f64], columns: &[Vec<i64>]) -> Vec<(f64, f64)> {
    let pairs = scales.iter().zip(columns);
    pairs
        .map(|(&scale, column)| (scale, mean(column)))
        .collect()
}

/// Powers of two from 1/64 to 64 whose plan and cost the ledger is made for.
fn octaves(asked: &Asked<'_>, columns: &Columns) -> Vec<f64> {
    let wanted = credits(&asked.plan).map_or(MOST, Credits::to_f64);
    let dearest = columns
        .costs
        .iter()
        .map(|column| mean(column))
        .fold(0.0, f64::max);
    let powers = (-OCTAVES..=OCTAVES).map(|power| libm::ldexp(1.0, power));
    let is_sound = |&scale: &f64| scale <= 1.0 || scale * wanted.max(dearest) <= MOST;
    powers.filter(is_sound).collect()
}

/// Scales from one to another, both among them.
fn between(low: f64, high: f64) -> Vec<f64> {
    let step = |k: i32| low + (high - low) * f64::from(k) / f64::from(FINE);
    (0..=FINE).map(|k| exact(step(k)).1).collect()
}

fn nearest_crossing(scales: &[f64], columns: &[Vec<i64>]) -> Option<Crossing> {
    let low = bracket(&means(scales, columns))?;
    crossing(
        (scales[low], &columns[low]),
        (scales[low + 1], &columns[low + 1]),
    )
}

/// What a scale is told in.
fn quantities(scenario: &Scenario, alternative: &Alternative, scales_units: bool) -> Vec<Quantity> {
    if !scales_units {
        return vec![Quantity::ActionsPerInteraction];
    }
    let mut covered = scenario.workloads.iter().zip(&alternative.covers);
    let is_volume =
        covered.all(|(w, covered)| !covered || matches!(w.demand, Demand::Volume { .. }));
    let volume = match is_volume {
        true => Quantity::Interactions,
        false => Quantity::Actions,
    };
    match alternative.model {
        PricingModel::PerUser(_) | PricingModel::Edition { .. } => {
            vec![Quantity::ActionsPerUser, volume]
        }
        PricingModel::PerConversation { .. } | PricingModel::Flex { .. } => vec![volume],
    }
}

/// Numerator and denominator of a quantity on each path.
fn ratio(
    scenario: &Scenario,
    alternative: &Alternative,
    quantity: Quantity,
    columns: &Columns,
) -> (Vec<f64>, Vec<f64>) {
    let paths = columns.costs[0].len();
    let months = scenario.horizon.months() as f64;
    let [mut interactions, mut units, mut actions] = [(); 3].map(|()| vec![0.0; paths]);
    let covers = alternative.covers.iter().enumerate();
    for (workload, _) in covers.filter(|(_, covered)| **covered) {
        let (size, of_each) = match &scenario.workloads[workload].demand {
            Demand::Volume {
                actions_per_unit, ..
            } => (1.0, mean_actions(actions_per_unit)),
            Demand::Agents { .. } => (conversation(alternative), 1.0),
        };
        for (path, &counted) in columns.units[workload].iter().enumerate() {
            let counted = counted as f64 / MICRO as f64;
            interactions[path] += counted / size;
            units[path] += counted;
            actions[path] += counted * of_each;
        }
    }
    let each = |amount: f64| vec![amount; paths];
    match quantity {
        Quantity::ActionsPerInteraction => (actions, interactions),
        Quantity::ActionsPerUser => {
            let users = users(alternative).unwrap_or(0) as f64;
            (actions, each(users * months))
        }
        Quantity::Interactions => (units, each(months)),
        Quantity::Actions => (actions, each(months)),
    }
}

/// Actions of agents that an alternative takes for a conversation.
fn conversation(alternative: &Alternative) -> f64 {
    match alternative.model {
        PricingModel::PerConversation {
            actions_per_conversation: Some(actions),
            ..
        } => actions as f64 / MICRO as f64,
        _ => 1.0,
    }
}

fn users(alternative: &Alternative) -> Option<u64> {
    match alternative.model {
        PricingModel::PerUser(Licences { users, .. })
        | PricingModel::Edition {
            licences: Licences { users, .. },
            ..
        } => Some(users),
        _ => None,
    }
}

fn mean_actions(actions: &ActionsPerUnit) -> f64 {
    let counts = actions.counts.iter();
    counts.map(|&(count, share)| count as f64 * share).sum()
}
