//! Break-evens: the demand at which two ways to pay cost the same.
//!
//! The credits of what an alternative covers are scaled on the same futures: by powers of two, in eighths
//! next to today, and on both sides of each size at which a scaled purchase gets another discount; then
//! more finely about every change of sign. What a contract says of the plan ("80%") it says of the
//! scaled plan. Two questions can be asked of a scale: more actions for each unit (what is billed by
//! the unit stays), or more units (it grows as well).
//!
//! Every alternative is set against the contract, and the cheapest alternatives against each other. Of two
//! that cover different workloads, or begin on different days, all demand is scaled: what either leaves to the
//! contract is a part of what it costs. A
//! way is settled once at each scale, however many others it is set against: differences are taken of
//! its costs.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::decide::breakeven::{Crossing, changes, crossing, exact, mean};
use crate::error::Error;
use crate::forecast::compare::{Asked, Columns, credits};
use crate::scenario::Scenario;
use crate::simulate::Progress;
use crate::units::{Credits, MICRO};

mod edges;
mod flips;
mod quantity;
mod settle;

pub use flips::{Band, Flip};
pub use quantity::Quantity;

use quantity::{Billed, Ways};

/// Most paths on which break-evens are solved.
pub const BREAK_EVEN_PATHS: u64 = 2_000;

/// Most alternatives that are set against each other, the cheapest ones.
pub const BREAK_EVEN_ALTERNATIVES: usize = 8;

/// Powers of two up to which demand is scaled, down and up.
const OCTAVES: i32 = 6;

/// Steps between two scales, where it is looked more finely.
const FINE: i32 = 8;

/// From half of today to twice of it every step is tried.
const NEAR: [f64; 3] = [0.5, 1.0, 2.0];

/// Most credits, and most money, that a scaled plan may come to: what a scenario may.
const MOST: f64 = 1e11;

/// Where an alternative costs as much as the contract or another alternative.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakEven {
    /// Index of the alternative; of two the one that costs more today.
    pub alternative: usize,
    /// Index of the alternative that it is set against; `None` for the contract.
    pub against: Option<usize>,
    /// What is varied.
    pub quantity: Quantity,
    /// What it is on average of the futures (in the plan, for the single-number plan).
    pub now: f64,
    /// Where the mean costs are equal, in the same unit, nearest to today; `None` where they are not at
    /// any scale tried: from 1/64 to 64, as far as the scaled plan stays within what a scenario may want
    /// and cost.
    pub at: Option<f64>,
    /// 95% interval of it.
    pub interval: Option<(f64, f64)>,
    /// True when the alternative is the cheaper one just above it (without a break-even: everywhere).
    pub is_cheaper_above: bool,
    /// Every one that was found, ascending, that one among them.
    pub flips: Vec<Flip>,
}

/// Break-evens on the first paths.
pub(super) fn simulated(
    asked: &Asked<'_>,
    columns: &Columns,
    progress: Progress<'_>,
) -> Result<Vec<BreakEven>, Error> {
    solve(asked, columns, |points| {
        settle::simulated(asked, points, progress)
    })
}

/// Break-evens of the single-number plan.
pub(super) fn planned(asked: &Asked<'_>, columns: &Columns) -> Result<Vec<BreakEven>, Error> {
    solve(asked, columns, |points| settle::planned(asked, points))
}

/// A way at a scale of what an alternative covers. In order, so that what is settled on the same
/// scaled futures stands together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    /// Index of the first alternative that covers the scaled workloads; `None` where these are all.
    scaled: Option<usize>,
    /// Scale of their credits, in millionths.
    scale: i64,
    /// The contract, then the alternatives.
    way: usize,
    /// Scale of the units that the way bills, in millionths.
    volume: i64,
}

/// A break-even that is looked for.
#[derive(Clone, Copy, Debug)]
struct Sought {
    alternative: usize,
    against: Option<usize>,
    /// What is scaled.
    scaling: Scaling,
}

/// What is scaled about a break-even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scaling {
    /// The credits of each covered unit.
    Size,
    /// The covered units, and their credits with them.
    Volume,
    /// Everything, covered or not.
    All,
}

/// Those of each alternative with the contract, then those of the cheapest alternatives with one
/// another, those with the cheapest first: at the nearest of these it loses its place.
fn sought(scenario: &Scenario, columns: &Columns) -> Vec<Sought> {
    let alternatives = &scenario.alternatives;
    let mut pairs: Vec<_> = (0..alternatives.len()).map(|one| (one, None)).collect();
    let cost: Vec<f64> = columns.costs.iter().map(|column| mean(column)).collect();
    let mut cheapest: Vec<usize> = (0..alternatives.len()).collect();
    cheapest.sort_by(|&a, &b| cost[a + 1].total_cmp(&cost[b + 1]));
    cheapest.truncate(BREAK_EVEN_ALTERNATIVES);
    for (rank, &against) in cheapest.iter().enumerate() {
        let mut dearer = cheapest[rank + 1..].to_vec();
        dearer.sort_unstable();
        pairs.extend(dearer.into_iter().map(|one| (one, Some(against))));
    }
    let asked = |(alternative, against): (usize, Option<usize>)| {
        let covered = |index: usize| (&alternatives[index].covers, alternatives[index].from_day);
        let are_apart = against.is_some_and(|other| covered(other) != covered(alternative));
        let scalings: &[Scaling] = match Ways::new(scenario, alternative, against).billed {
            // The contract has a part in at least one of them.
            _ if are_apart => &[Scaling::All],
            // Fees meet at no volume, and what grows with the same units at no other than 0.
            [Billed::Users(_), Billed::Users(_)] | [Billed::Units(_), Billed::Units(_)] => &[],
            // Longer interactions cost more on one side only.
            [Billed::Units(_), Billed::Actions] | [Billed::Actions, Billed::Units(_)] => {
                &[Scaling::Size, Scaling::Volume]
            }
            _ => &[Scaling::Volume],
        };
        scalings.iter().map(move |&scaling| Sought {
            alternative,
            against,
            scaling,
        })
    };
    pairs.into_iter().flat_map(asked).collect()
}

impl Sought {
    fn ways<'a>(&self, scenario: &'a Scenario) -> Ways<'a> {
        Ways::new(scenario, self.alternative, self.against)
    }

    /// The two ways at a scale.
    fn points(&self, scenario: &Scenario, scale: f64) -> [Point; 2] {
        let alternatives = &scenario.alternatives;
        let covers = &alternatives[self.alternative].covers;
        let is_all = self.scaling == Scaling::All || covers.iter().all(|&covered| covered);
        let scaled = alternatives.iter().position(|one| one.covers == *covers);
        let (scale, _) = exact(scale);
        let billed = self.ways(scenario).billed;
        let ways = [self.alternative + 1, self.against.map_or(0, |one| one + 1)];
        [0, 1].map(|side| Point {
            scaled: scaled.filter(|_| !is_all),
            scale,
            way: ways[side],
            // One point of a way that bills no units, whatever is asked of them.
            volume: match billed[side] {
                Billed::Units(_) if self.scaling == Scaling::Size => MICRO,
                _ => scale,
            },
        })
    }
}

/// What ways cost at the points that have been asked for, a column of paths each.
struct Costs<'a> {
    scenario: &'a Scenario,
    known: BTreeMap<Point, Vec<i64>>,
}

impl Costs<'_> {
    /// Settles what is not known yet of break-evens, each at scales of its own.
    fn add(
        &mut self,
        asked: impl Iterator<Item = (Sought, Vec<f64>)>,
        settle: impl Fn(&[Point]) -> Result<Vec<Vec<i64>>, Error>,
    ) -> Result<(), Error> {
        let points: BTreeSet<Point> = asked
            .flat_map(|(one, scales)| scales.into_iter().map(move |scale| (one, scale)))
            .flat_map(|(one, scale)| one.points(self.scenario, scale))
            .filter(|point| !self.known.contains_key(point))
            .collect();
        let points = Vec::from_iter(points);
        if !points.is_empty() {
            let columns = settle(&points)?;
            self.known.extend(points.into_iter().zip(columns));
        }
        Ok(())
    }

    /// What the alternative costs more on each path, a column for each scale.
    fn differences(&self, one: Sought, scales: &[f64]) -> Vec<Vec<i64>> {
        let at = |&scale: &f64| {
            let points = one.points(self.scenario, scale);
            let [one, other] = points.map(|point| &self.known[&point]);
            one.iter().zip(other).map(|(a, b)| a - b).collect()
        };
        scales.iter().map(at).collect()
    }

    /// Places in some scales between which the sign of the mean difference changes.
    fn changes(&self, one: Sought, scales: &[f64]) -> Vec<(usize, usize)> {
        let differences = self.differences(one, scales);
        let means: Vec<f64> = differences.iter().map(|column| mean(column)).collect();
        changes(&means)
    }

    /// Some scales without the edges between two common ones that tell nothing more: the sign changes
    /// as often without them, and near today at none of them.
    fn told_by(&self, one: Sought, common: &[f64], scales: &[f64]) -> Vec<f64> {
        let mut told = common.to_vec();
        for ends in common.windows(2) {
            let within = scales.iter().filter(|&&s| ends[0] <= s && s <= ends[1]);
            let within: Vec<f64> = within.copied().collect();
            if within.len() == ends.len() {
                continue;
            }
            let changes = self.changes(one, &within);
            let is_near = NEAR[0] <= ends[0] && ends[1] <= NEAR[2];
            let is_jump =
                |&(low, high): &(usize, usize)| exact(within[high]).0 - exact(within[low]).0 == 1;
            if changes.len() > self.changes(one, ends).len()
                || is_near && changes.iter().any(is_jump)
            {
                told.extend(within);
            }
        }
        ascending(told)
    }

    /// Where the mean difference is 0 among some scales.
    fn crossings(&self, one: Sought, scales: &[f64]) -> Vec<Crossing> {
        let changes = self.changes(one, scales).into_iter();
        let found = changes.filter_map(|(low, high)| {
            let ends = [scales[low], scales[high]];
            let columns = self.differences(one, &ends);
            crossing((ends[0], &columns[0]), (ends[1], &columns[1]))
        });
        found.collect()
    }
}

/// Settles at scales near and far, then about each change of sign, and tells what was found.
fn solve(
    asked: &Asked<'_>,
    columns: &Columns,
    settle: impl Fn(&[Point]) -> Result<Vec<Vec<i64>>, Error>,
) -> Result<Vec<BreakEven>, Error> {
    let scenario = asked.scenario;
    let sought = sought(scenario, columns);
    let common = common(asked, columns);
    let mut scales = grids(asked, &common, &sought)?;
    let mut costs = Costs {
        scenario,
        known: BTreeMap::new(),
    };
    let everywhere = sought.iter().copied().zip(scales.iter().cloned());
    costs.add(everywhere, &settle)?;
    for (&one, scales) in sought.iter().zip(&mut scales) {
        *scales = costs.told_by(one, &common, scales);
        let about = costs.changes(one, scales).into_iter();
        let fine = about.flat_map(|(low, high)| finer(scales[low], scales[high]));
        *scales = ascending(fine.chain(scales.iter().copied()).collect());
    }
    let everywhere = sought.iter().copied().zip(scales.iter().cloned());
    costs.add(everywhere, &settle)?;
    let mut found = Vec::new();
    for (&one, scales) in sought.iter().zip(&scales) {
        let is_cheaper = mean(&costs.differences(one, &[1.0])[0]) < 0.0;
        let crossings = costs.crossings(one, scales);
        found.extend(told(scenario, one, &crossings, is_cheaper, columns));
    }
    Ok(found)
}

/// Crossings in every quantity that they can be told in.
fn told(
    scenario: &Scenario,
    one: Sought,
    crossings: &[Crossing],
    is_cheaper: bool,
    columns: &Columns,
) -> Vec<BreakEven> {
    let ways = one.ways(scenario);
    let quantities = match one.scaling {
        Scaling::Size => vec![Quantity::ActionsPerInteraction],
        Scaling::Volume => ways.quantities(),
        Scaling::All => vec![Quantity::AllDemand],
    };
    let quantities = quantities.into_iter();
    let told = quantities.filter_map(|quantity| {
        let (above, below) = ways.ratio(quantity, columns);
        let now = above.iter().sum::<f64>() / below.iter().sum::<f64>();
        // On the paths of the crossing, so that what moves both moves neither's quotient.
        let flip = |crossing: &Crossing| {
            let (at, interval) = crossing.times(&above, &below)?;
            Some(Flip {
                scale: crossing.at,
                at,
                interval,
                is_cheaper_above: crossing.falls,
            })
        };
        let flips: Vec<Flip> = crossings.iter().filter_map(flip).collect();
        let nearest = flips::nearest(&flips);
        (now.is_finite() && now > 0.0).then_some(BreakEven {
            alternative: one.alternative,
            against: one.against,
            quantity,
            now,
            at: nearest.map(|flip| flip.at),
            interval: nearest.and_then(|flip| flip.interval),
            is_cheaper_above: nearest.map_or(is_cheaper, |flip| flip.is_cheaper_above),
            flips,
        })
    });
    told.collect()
}

/// Scales at which all are tried.
fn common(asked: &Asked<'_>, columns: &Columns) -> Vec<f64> {
    let octaves = octaves(asked, columns);
    let near = NEAR.windows(2).filter(|ends| octaves.contains(&ends[1]));
    let near: Vec<f64> = near.flat_map(|ends| between(ends[0], ends[1])).collect();
    ascending(near.into_iter().chain(octaves).collect())
}

/// These, and the edges of each.
fn grids(asked: &Asked<'_>, common: &[f64], sought: &[Sought]) -> Result<Vec<Vec<f64>>, Error> {
    let mut known = BTreeMap::new();
    let mut grids = Vec::new();
    for one in sought {
        let mut grid = common.to_vec();
        for point in one.points(asked.scenario, 1.0) {
            let edges: &Vec<f64> = match known.entry((point.scaled, point.way)) {
                Entry::Occupied(edges) => edges.into_mut(),
                Entry::Vacant(gap) => gap.insert(edges::edges(asked, point, common)?),
            };
            grid.extend(edges);
        }
        grids.push(ascending(grid));
    }
    Ok(grids)
}

/// Powers of two from 1/64 to 64 whose plan and cost the ledger is made for; 1 is among them.
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

/// Scales between two, unless these are as near as the finest.
fn finer(low: f64, high: f64) -> Vec<f64> {
    match (high - low) * f64::from(FINE) > low {
        true => between(low, high),
        false => Vec::new(),
    }
}

/// Scales in their order, each once.
fn ascending(mut scales: Vec<f64>) -> Vec<f64> {
    scales.sort_unstable_by(f64::total_cmp);
    scales.dedup();
    scales
}
