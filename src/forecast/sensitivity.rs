//! What drives spend, overage, the tail of spend and the exhaustion date.
//!
//! Futures come in pairs, path i and path n + i. For each group of drivers, and for each uncertain
//! input, the draws of that group on path i are replaced by those of path n + i: what changes is what
//! the group does ([`indices`](crate::decide::indices)). Then each input is fixed at its p10 and at its
//! p90 on the same paths. Everything is settled against the contract as it stands.

use rayon::prelude::*;

use crate::decide::indices::{Index, first_order, total_order, varies};
use crate::decide::knowing::{self, Worth};
use crate::decide::regression::{Basis, Column};
use crate::decide::shapley::{self, Rest, Shares};
use crate::decide::swings::{Past, Swing, swing};
use crate::decide::worst::{Shift, medians, shares};
use crate::demand::Model;
use crate::demand::origins::{Driver, Drivers};
use crate::error::Error;
use crate::forecast::knowing::{How, Wanted, Weighed, weighed};
use crate::forecast::resolve;
use crate::ledger::Terms;
use crate::randomness::Streams;
use crate::scenario::Scenario;
use crate::simulate::Progress;
use crate::summarise::ranks::RESOLVED;
use crate::units::MICRO;

mod pairs;
mod sources;

use pairs::{Outcome, Seen};
pub use sources::left_to_chance;
use sources::{groups, present, uncertain};

/// What drives the outputs of a scenario.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// Pairs of paths.
    pub paths: u64,
    /// Pairs of paths for the indices of single inputs.
    pub paths_of_inputs: u64,
    /// Paths on which inputs were fixed at their p10 and p90.
    pub paths_of_swings: u64,
    /// The inputs that are uncertain.
    pub inputs: Vec<UncertainInput>,
    /// What the figures are of, groups of drivers before single inputs.
    pub sources: Vec<Source>,
    /// The outputs that are defined.
    pub outputs: Vec<Driven>,
    /// Spend that 5% of the futures pass, in units of money; `None` where fewer than 10 do.
    pub worst_above: Option<f64>,
    /// What was different on these, the largest difference first.
    pub worst: Vec<Different>,
    /// What knowing is worth before the purchase is chosen.
    pub knowing: Knowing,
    /// Fair shares of the variance; `None` where no inputs are correlated, and where there are too many
    /// for the paths.
    pub shapley: Option<Fair>,
}

/// What knowing is worth before the size of the purchase is chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Knowing {
    /// The keys of a contract under which nothing is bought ahead.
    NotPriced(Vec<&'static str>),
    /// In units of money.
    Priced {
        /// How the sizes were weighed.
        how: How,
        /// Knowing the demand itself; `None` with too few paths.
        everything: Option<Worth>,
        /// Knowing the inputs of each source, in the order of [`Sensitivity::sources`]; `None` where it
        /// has none.
        sources: Vec<Option<Worth>>,
        /// Knowing all inputs together; `None` where one driver has them all, and with fewer than 500 paths.
        inputs: Option<Worth>,
    },
}

/// Fair shares of the variance (Shapley effects) of drivers whose inputs may be correlated, and of these
/// inputs within their driver's share.
#[derive(Clone, Debug, PartialEq)]
pub struct Fair {
    /// The drivers that have uncertain inputs.
    pub drivers: Vec<Driver>,
    /// By driver, its members: each correlated input by its place in [`Sensitivity::inputs`], then its other
    /// inputs together, `None`, if it has any.
    pub members: Vec<Vec<Option<usize>>>,
    /// By output, in the order of [`Sensitivity::outputs`]; `None` where it hardly varies.
    pub outputs: Vec<Option<Shares>>,
    /// By output, what the inputs' shares leave: chance, measured on futures with the same inputs, and what the
    /// regression cannot follow; likewise.
    pub rests: Vec<Option<Rest>>,
    /// The drivers that draw something beside their inputs: what no input explains.
    pub chance: Drivers,
}

/// An input that is drawn once per path.
#[derive(Clone, Debug, PartialEq)]
pub struct UncertainInput {
    /// Its path in the scenario.
    pub key: String,
    /// The driver it belongs to.
    pub driver: Driver,
    /// Whether it is correlated with another.
    pub is_correlated: bool,
    /// Its 10th and 90th percentile.
    pub range: (f64, f64),
    /// Its place among the model's inputs.
    place: usize,
    /// Smallest and largest value possible.
    support: (f64, f64),
}

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A group of drivers: one, or those that correlated inputs join.
    Drivers(Drivers),
    /// An uncertain input, by its place in [`Sensitivity::inputs`].
    Input(usize),
}

/// An output of a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Spend over the horizon, in units of money.
    Spend,
    /// 1 where credits are billed beyond the grants, else 0.
    Overage,
    /// 1 where spend passes its 95th percentile, else 0.
    SpendAboveP95,
    /// Days from the start to the exhaustion date, from 0; never counts as the day after the horizon.
    Exhaustion,
}

/// What drives an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Driven {
    /// The output.
    pub output: Output,
    /// Its mean over the first paths of the pairs; of [`Output::SpendAboveP95`] over both, among which the percentile is: 5%
    /// but for equal values.
    pub mean: f64,
    /// Whether it varies enough to say what drives it.
    pub varies: bool,
    /// Whether it is the same in all futures that were seen, these being enough for it to vary.
    pub is_constant: bool,
    /// By source, in the order of [`Sensitivity::sources`].
    pub effects: Vec<Effect>,
}

/// What one source does to an output.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effect {
    /// Share of the variance that it explains alone; `None` where it is not defined.
    pub first_order: Option<Index>,
    /// Share of the variance that would be left if only it were unknown; likewise.
    pub total_order: Option<Index>,
    /// What the input does to the output's mean at its p10 and at its p90, in units of the output; `None` for
    /// groups.
    pub swing: Option<Swing>,
}

/// What was different on the worst paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Different {
    /// What it is about.
    pub subject: Subject,
    /// Median of the input, or share of the paths with the incident, there and overall.
    pub shift: Shift,
}

/// What may be different on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The value of an uncertain input, by its place in [`Sensitivity::inputs`].
    Input(usize),
    /// Whether an incident happened, by its index in the scenario.
    Incident(usize),
}

/// Most futures that are drawn for single inputs together, and fewest for each.
const FUTURES_OF_INPUTS: u64 = 60_000;
const FEWEST_OF_AN_INPUT: u64 = 1_000;

/// Most paths whose inputs and incidents are kept, and most values of these.
const KEPT: u64 = 100_000;
const KEPT_VALUES: u64 = 1 << 24;

/// Most paths of a regression, and its degree and most functions where there are fair shares.
const REGRESSED: usize = 20_000;
const DEGREE: usize = 5;
const MOST_FUNCTIONS: usize = 200;

/// Of so many days one is looked at for what a path's inputs let expect: no whole number of weeks, so that every day
/// of the week is among them.
const DAYS_APART: usize = 5;

/// Fewest paths on which all inputs together are told: a regression on fewer finds far less than there is.
const FEWEST_TOGETHER: usize = 500;

/// Fewest paths of a regression for each of its functions.
const PATHS_OF_A_FUNCTION: usize = 20;

/// Finds what drives the outputs of a scenario.
///
/// # Errors
/// [`Error::Overflow`] when a path passes the ledger's integers, [`Error::Interrupted`] when
/// `progress` returns false.
pub fn sensitivity(scenario: &Scenario, progress: Progress<'_>) -> Result<Sensitivity, Error> {
    let model = Model::new(scenario);
    let (plan, terms) = resolve(scenario, &model)?;
    let design = Design::new(scenario, &model, &terms);
    let seen = design.observe(&model, &terms, progress)?;
    let wanted = Wanted {
        by_term: &seen.wanted,
        terms: design.whole.len(),
        drawn: design.paths,
    };
    let weighed = weighed(scenario, &model, (&plan, &terms), wanted, progress)?;
    Ok(design.sum_up(scenario, (&model, &terms), weighed, &seen))
}

/// What is asked of each pair of paths.
struct Design {
    paths: u64,
    paths_of_inputs: u64,
    paths_of_swings: u64,
    /// Paths whose inputs and incidents are kept.
    kept: u64,
    inputs: Vec<UncertainInput>,
    sources: Vec<Source>,
    /// By source, whether mixing its draws with those of another path keeps the inputs' distribution.
    is_defined: Vec<bool>,
    incidents: usize,
    /// Days of each whole term.
    whole: Vec<std::ops::Range<usize>>,
}

impl Design {
    fn new(scenario: &Scenario, model: &Model, terms: &Terms) -> Self {
        let paths = scenario.simulation.paths;
        let inputs = uncertain(model);
        let each = |futures: u64| {
            let each = futures / (inputs.len() as u64).max(1);
            each.max(FEWEST_OF_AN_INPUT).min(paths)
        };
        let (whole, split) = groups(present(scenario, &inputs), model);
        let groups = whole
            .iter()
            .map(|_| true)
            .chain(split.iter().map(|_| false));
        let is_defined = groups.chain(inputs.iter().map(|input| !input.is_correlated));
        let groups = whole.iter().chain(&split).copied().map(Source::Drivers);
        Self {
            paths,
            paths_of_inputs: each(FUTURES_OF_INPUTS),
            paths_of_swings: each(FUTURES_OF_INPUTS / 2),
            kept: {
                let width = 1 + inputs.len() + scenario.incidents.len();
                KEPT.min(KEPT_VALUES / width as u64)
            },
            is_defined: is_defined.collect(),
            sources: groups.chain((0..inputs.len()).map(Source::Input)).collect(),
            inputs,
            incidents: scenario.incidents.len(),
            whole: {
                let days = |months: std::ops::Range<usize>| scenario.horizon.days_of(months);
                terms.whole_terms().into_iter().map(days).collect()
            },
        }
    }

    fn sum_up(
        self,
        scenario: &Scenario,
        (model, terms): (&Model, &Terms),
        weighed: Option<Weighed>,
        seen: &Seen,
    ) -> Sensitivity {
        let [own, other] = [&seen.own, &seen.other].map(|outcomes| spends(outcomes));
        let past = Past::new(&own, &other);
        let above = past.percentile();
        let outputs: &[Output] = match terms.has_grants() {
            true => &[
                Output::Spend,
                Output::Overage,
                Output::SpendAboveP95,
                Output::Exhaustion,
            ],
            false => &[Output::Spend, Output::SpendAboveP95],
        };
        let is_worst: Vec<bool> = seen.own.iter().map(|o| o.spend > above).collect();
        let count = is_worst.iter().filter(|&&is_worst| is_worst).count() as u64;
        let is_told = count >= RESOLVED;
        Sensitivity {
            paths: self.paths,
            paths_of_inputs: self.paths_of_inputs,
            paths_of_swings: self.paths_of_swings,
            knowing: self.knowing(model, weighed, seen),
            shapley: self.fair(scenario, outputs, above, seen),
            outputs: outputs
                .iter()
                .map(|&output| self.driven(output, &past, seen))
                .collect(),
            worst_above: is_told.then(|| above as f64 / MICRO as f64),
            worst: match is_told {
                true => different(scenario, seen, &is_worst),
                false => Vec::new(),
            },
            inputs: self.inputs,
            sources: self.sources,
        }
    }

    /// What drives an output, where `past` is the 95th percentile of spend.
    fn driven(&self, output: Output, past: &Past<'_>, seen: &Seen) -> Driven {
        let above = past.percentile();
        let of = |outcomes: &[Outcome]| -> Vec<f64> {
            outcomes.iter().map(|o| o.value(output, above)).collect()
        };
        let (own, other) = (of(&seen.own), of(&seen.other));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let sources = self.sources.iter().zip(&seen.mixed);
        let effects = sources.map(|(source, mixed)| {
            let mixed = of(mixed);
            let swing = match *source {
                Source::Drivers(_) => None,
                Source::Input(input) => {
                    let [low, high] = &seen.fixed[input];
                    let swing = match output {
                        Output::SpendAboveP95 => past.swing(&spends(low), &spends(high)),
                        _ => swing(&own, &of(low), &of(high)),
                    };
                    // What changes futures may change shares of them, on futures that were not drawn.
                    let spent = spends(&seen.own[..low.len()]);
                    let is_inert = spends(low) == spent && spends(high) == spent;
                    Some(match output {
                        Output::Overage if !is_inert => swing.of_share(low.len()),
                        _ => swing,
                    })
                }
            };
            Effect {
                first_order: first_order(&own[..mixed.len()], &other[..mixed.len()], &mixed),
                total_order: total_order(&own[..mixed.len()], &mixed),
                swing,
            }
        });
        Driven {
            output,
            mean: match output {
                Output::SpendAboveP95 => past.share(),
                _ => mean(&own),
            },
            varies: varies(&own),
            is_constant: self.paths >= RESOLVED && {
                let mut seen = own.iter().chain(&other);
                seen.all(|&value| value == own[0])
            },
            effects: effects.collect(),
        }
    }
}

impl Design {
    /// Whether there are fair shares, paths permitting.
    fn are_correlated(&self) -> bool {
        self.inputs.iter().any(|input| input.is_correlated)
    }

    /// Paths of a regression.
    fn regressed(&self) -> u64 {
        self.kept.min(REGRESSED as u64)
    }

    /// What knowing is worth before the size of the purchase is chosen.
    fn knowing(&self, model: &Model, weighed: Option<Weighed>, seen: &Seen) -> Knowing {
        let Some(weighed) = weighed else {
            return Knowing::NotPriced(vec!["contract.payment"]);
        };
        let inputs_of = |source: &Source| match *source {
            Source::Drivers(drivers) => self.inputs_of(drivers),
            Source::Input(input) => vec![input],
        };
        let mut sets: Vec<Vec<usize>> = self.sources.iter().map(inputs_of).collect();
        let drivers = self.inputs.iter().map(|input| Drivers::only(input.driver));
        let drivers = drivers.fold(Drivers::default(), Drivers::and);
        let has_all = drivers.len() > 1 && weighed.how.paths >= FEWEST_TOGETHER;
        sets.extend(has_all.then(|| (0..self.inputs.len()).collect()));
        let means = model.inputs().means();
        let worth = |inputs: &Vec<usize>| {
            let paths = weighed.how.paths;
            let columns = self.columns(seen, inputs, paths);
            // One input says itself what is expected.
            let expected = (inputs.len() > 1).then(|| {
                let mut values = means.clone();
                let of = |path: usize| {
                    for &input in inputs {
                        values[self.inputs[input].place] = seen.values[input][path];
                    }
                    model.expected(&values, DAYS_APART)
                };
                (0..paths).map(of).collect::<Vec<f64>>()
            });
            knowing::some(
                &weighed.costs,
                &weighed.demand,
                &columns,
                expected.as_deref(),
            )
        };
        // Each on its own, in order: threads change nothing.
        let worths: Vec<Option<Worth>> = sets.par_iter().map(worth).collect();
        let mut worths = knowing::no_less_than_parts(&sets, &worths);
        let most = worths.iter().flatten().copied();
        let everything = weighed.everything.map(|everything| {
            // Of what is worth "at least" something, no part is worth more.
            let most = most.filter(|most| weighed.how.is_settled && most.value > everything.value);
            most.fold(everything, |a, b| if b.value > a.value { b } else { a })
        });
        let inputs = worths.split_off(self.sources.len()).pop().flatten();
        Knowing::Priced {
            how: weighed.how,
            everything,
            sources: worths,
            inputs,
        }
    }

    /// Fair shares of the outputs' variance; `None` where no inputs are correlated, and where there are
    /// too many for the paths.
    fn fair(
        &self,
        scenario: &Scenario,
        outputs: &[Output],
        above: i64,
        seen: &Seen,
    ) -> Option<Fair> {
        if !self.are_correlated() {
            return None;
        }
        let has_inputs = |driver: &Driver| !self.inputs_of(Drivers::only(*driver)).is_empty();
        let drivers: Vec<Driver> = Driver::ALL.into_iter().filter(has_inputs).collect();
        let (members, places) = drivers.iter().map(|&driver| self.members(driver)).unzip();
        let (members, places): (Vec<_>, Vec<_>) = (members, places);
        let paths = seen.values[0].len().min(REGRESSED);
        let all: Vec<usize> = (0..self.inputs.len()).collect();
        let columns = self.columns(seen, &all, paths);
        let possible = paths / PATHS_OF_A_FUNCTION;
        let basis = Basis::new(&columns, DEGREE, MOST_FUNCTIONS.min(possible));
        // More inputs than that enter with a straight line each.
        let basis = basis.or_else(|| Basis::new(&columns, 1, possible))?;
        let values = |outcomes: &[Outcome]| -> Vec<Vec<f64>> {
            let of = |&output: &Output| {
                let outcomes = outcomes[..paths].iter();
                outcomes.map(|o| o.value(output, above)).collect()
            };
            outputs.iter().map(of).collect()
        };
        let (own, again) = (values(&seen.own), values(&seen.again));
        let orders = Streams::new(scenario.simulation.seed).named("sensitivity/orders");
        let shares = shapley::shares(&basis, &places, &own, &orders);
        let pairs = shares.iter().zip(own.iter().zip(&again));
        let rests = pairs.map(|(shares, (own, again))| shares.as_ref()?.rest_of(own, again));
        Some(Fair {
            rests: rests.collect(),
            outputs: shares,
            drivers,
            members,
            chance: left_to_chance(scenario),
        })
    }

    /// The members of a driver, as in [`Fair::members`], and the inputs of each.
    fn members(&self, driver: Driver) -> (Vec<Option<usize>>, Vec<Vec<usize>>) {
        let inputs = self.inputs_of(Drivers::only(driver)).into_iter();
        let (correlated, others): (Vec<usize>, Vec<usize>) =
            inputs.partition(|&input| self.inputs[input].is_correlated);
        let each = correlated
            .into_iter()
            .map(|input| (Some(input), vec![input]));
        let others = (!others.is_empty()).then_some((None, others));
        each.chain(others).unzip()
    }

    /// The uncertain inputs of some drivers.
    fn inputs_of(&self, drivers: Drivers) -> Vec<usize> {
        let inputs = self.inputs.iter().enumerate();
        let inputs = inputs.filter(|(_, input)| drivers.contains(input.driver));
        inputs.map(|(place, _)| place).collect()
    }

    /// The values of some inputs on the first paths.
    fn columns<'a>(&self, seen: &'a Seen, inputs: &[usize], paths: usize) -> Vec<Column<'a>> {
        let column = |&input: &usize| Column {
            values: &seen.values[input][..paths],
            support: self.inputs[input].support,
        };
        inputs.iter().map(column).collect()
    }
}

/// Spend of some futures.
fn spends(outcomes: &[Outcome]) -> Vec<i64> {
    outcomes.iter().map(|outcome| outcome.spend).collect()
}

/// What was different on the worst paths, the largest difference first.
fn different(scenario: &Scenario, seen: &Seen, is_worst: &[bool]) -> Vec<Different> {
    let kept = seen.values.first().map_or(0, Vec::len);
    let kept = seen.happened.first().map_or(kept, Vec::len);
    let is_worst = &is_worst[..kept];
    let inputs = seen.values.iter().enumerate();
    let inputs = inputs.filter_map(|(input, values)| {
        let subject = Subject::Input(input);
        medians(values, is_worst).map(|shift| Different { subject, shift })
    });
    let incidents = seen.happened.iter().take(scenario.incidents.len());
    let incidents = incidents.enumerate().filter_map(|(incident, happened)| {
        let subject = Subject::Incident(incident);
        shares(happened, is_worst).map(|shift| Different { subject, shift })
    });
    let mut all: Vec<Different> = inputs.chain(incidents).collect();
    // A stable sort: equal distances keep their order.
    all.sort_by(|a, b| b.shift.distance.abs().total_cmp(&a.shift.distance.abs()));
    all
}
