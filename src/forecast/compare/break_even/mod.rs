//! Break-evens: the demand at which two ways to pay cost the same.
//!
//! The credits of what an alternative covers are scaled on the same futures: by powers of two, in eighths
//! next to today, and on both sides of each size at which a scaled purchase gets another discount; then
//! more finely about every change of sign, until its place is known far better than its own error, or to a
//! millionth of today's demand where costs jump. What a contract says of the plan ("80%") it says of the
//! scaled plan. Two questions can be asked of a scale: more actions for each unit (what is billed by
//! the unit stays), or more units (it grows as well).
//!
//! Every alternative is set against the contract, and the cheapest alternatives against each other. Of two
//! that cover different workloads, or begin on different days, all demand is scaled: what either leaves to the
//! contract is a part of what it costs. A
//! way is settled once at each scale, however many others it is set against: differences are taken of
//! its costs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::decide::breakeven::{Crossing, exact, mean};
use crate::error::Error;
use crate::forecast::compare::{Asked, Columns, credits};
use crate::scenario::Scenario;
use crate::units::{Credits, MICRO};

mod curve;
mod edges;
mod flips;
mod quantity;
mod refine;
mod settle;
#[cfg(test)]
mod tests;

pub use flips::{Band, Flip, Nearest};
pub use quantity::Quantity;

use curve::{Costs, Curve};
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
    /// Where the mean costs are equal, in the same unit, of what is told nearest to today; `None` where that is at
    /// no scale tried: from 1/64 to 64, as far as the scaled plan stays within what a scenario may want
    /// and cost.
    pub at: Option<f64>,
    /// 95% interval of it.
    pub interval: Option<(f64, f64)>,
    /// True when the alternative is the cheaper one just above it; without a break-even, when it costs less
    /// wherever the two do not cost the same.
    pub is_cheaper_above: bool,
    /// False where at no scale tried the difference is told from 0 although the costs differ.
    pub is_told: bool,
    /// Every one that was found, ascending, told or not, that one among them.
    pub flips: Vec<Flip>,
}

/// What was found of a curve.
struct Found {
    crossings: Vec<Crossing>,
    /// Of each whether another pack is bought there.
    are_of_packs: Vec<bool>,
    /// Whether the sign is told on each stretch between them.
    are_told: Vec<bool>,
    /// Whether the alternative costs less on the first stretch that is told; without one, at any scale.
    is_cheaper: bool,
    /// Whether both ways cost the same everywhere.
    is_level: bool,
}

impl Found {
    fn of(asked: &Asked<'_>, costs: &Costs<'_>, curve: &Curve) -> Result<Self, Error> {
        let crossings = costs.crossings(curve);
        let are_of_packs = crossings.iter().map(|crossing| {
            let scale = exact(crossing.at).0;
            let points = curve.sought.points(asked.scenario, scale);
            Ok(crossing.is_jump && edges::is_of_a_pack(asked, points, scale)?)
        });
        let are_of_packs = are_of_packs.collect::<Result<_, Error>>()?;
        let are_told = costs.are_told(curve);
        let first = are_told.iter().position(|&is_told| is_told).unwrap_or(0);
        let is_cheaper = match (crossings.get(first), crossings.last()) {
            (Some(above), _) => !above.falls,
            (None, Some(below)) => below.falls,
            (None, None) => curve.is_cheaper_somewhere(),
        };
        Ok(Self {
            crossings,
            are_of_packs,
            are_told,
            is_cheaper,
            is_level: curve.is_level(),
        })
    }
}

/// Break-evens on the first paths.
pub(super) fn simulated(asked: &Asked<'_>, columns: &Columns) -> Result<Vec<BreakEven>, Error> {
    solve(asked, columns, |points| settle::simulated(asked, points))
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

    /// The two ways at a scale, in millionths.
    fn points(&self, scenario: &Scenario, scale: i64) -> [Point; 2] {
        let alternatives = &scenario.alternatives;
        let covers = &alternatives[self.alternative].covers;
        let is_all = self.scaling == Scaling::All || covers.iter().all(|&covered| covered);
        let scaled = alternatives.iter().position(|one| one.covers == *covers);
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

/// Settles at scales near and far, then about each change of sign, and tells what was found.
fn solve(
    asked: &Asked<'_>,
    columns: &Columns,
    settle: impl Fn(&[Point]) -> Result<Vec<Vec<i64>>, Error>,
) -> Result<Vec<BreakEven>, Error> {
    let scenario = asked.scenario;
    let sought = sought(scenario, columns);
    let grids = grids(asked, &common(asked, columns), &sought)?;
    let mut curves: Vec<Curve> = sought.iter().map(|&one| Curve::new(one)).collect();
    let mut costs = Costs::new(scenario);
    costs.add(&mut curves, &grids, &settle)?;
    let finer = |curve: &Curve| {
        let about = curve.brackets().into_iter();
        let fine = about.flat_map(|bracket| finer(bracket.ends.map(real)));
        fine.filter(|&scale| !curve.is_known(scale)).collect()
    };
    let fine: Vec<Vec<i64>> = curves.iter().map(finer).collect();
    costs.add(&mut curves, &fine, &settle)?;
    refine::refine(asked, &mut costs, &mut curves, &settle)?;
    let mut found = Vec::new();
    for curve in &curves {
        let of_curve = Found::of(asked, &costs, curve)?;
        found.extend(told(scenario, curve.sought, &of_curve, columns));
    }
    Ok(found)
}

/// Crossings in every quantity that they can be told in.
fn told(scenario: &Scenario, one: Sought, found: &Found, columns: &Columns) -> Vec<BreakEven> {
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
        let flip = |(crossing, &is_of_a_pack): (&Crossing, &bool)| {
            let (at, interval) = crossing.times(&above, &below)?;
            Some(Flip {
                scale: crossing.at,
                at,
                interval,
                is_cheaper_above: crossing.falls,
                is_jump: crossing.is_jump,
                is_of_a_pack,
                is_told: true,
                is_rough: false,
            })
        };
        let crossings = found.crossings.iter().zip(&found.are_of_packs);
        // All of them, or none where nothing is counted in this unit.
        let mut flips: Vec<Flip> = crossings.filter_map(flip).collect();
        if flips.len() == found.crossings.len() {
            flips::tell(&mut flips, &found.are_told);
        }
        let nearest = flips::nearest(&flips);
        (now.is_finite() && now > 0.0).then_some(BreakEven {
            alternative: one.alternative,
            against: one.against,
            quantity,
            now,
            at: nearest.map(|flip| flip.at),
            interval: nearest.and_then(|flip| flip.interval),
            is_cheaper_above: nearest.map_or(found.is_cheaper, |flip| flip.is_cheaper_above),
            is_told: found.is_level || found.are_told.contains(&true),
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
    let mut scales: Vec<f64> = near.into_iter().chain(octaves).collect();
    scales.sort_unstable_by(f64::total_cmp);
    scales.dedup();
    scales
}

/// These, and the edges of each, in millionths.
fn grids(asked: &Asked<'_>, common: &[f64], sought: &[Sought]) -> Result<Vec<Vec<i64>>, Error> {
    let mut known = BTreeMap::new();
    let mut grids = Vec::new();
    for one in sought {
        let mut grid: Vec<i64> = common.iter().map(|&scale| exact(scale).0).collect();
        for point in one.points(asked.scenario, MICRO) {
            let edges: &Vec<i64> = match known.entry((point.scaled, point.way)) {
                Entry::Occupied(edges) => edges.into_mut(),
                Entry::Vacant(gap) => gap.insert(edges::discounts(asked, point, common)?),
            };
            grid.extend(edges);
        }
        grid.sort_unstable();
        grid.dedup();
        grids.push(grid);
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

/// Scales between two, in millionths, unless these are as near as the finest.
fn finer([low, high]: [f64; 2]) -> Vec<i64> {
    match (high - low) * f64::from(FINE) > low {
        true => {
            let fine = between(low, high).into_iter();
            fine.map(|scale| exact(scale).0).collect()
        }
        false => Vec::new(),
    }
}

/// A scale in millionths as a number.
fn real(scale: i64) -> f64 {
    scale as f64 / MICRO as f64
}
