//! What ways cost on futures whose credits are scaled: every way once at every scale.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::demand::Future;
use crate::error::Error;
use crate::forecast::compare::Asked;
use crate::forecast::compare::break_even::{BREAK_EVEN_PATHS, Point};
use crate::forecast::compare::way::{Desk, Way};
use crate::simulate;
use crate::units::MICRO;

/// Costs at ascending points on the first paths, a column for each point. Reports each path's bills.
pub(super) fn simulated(asked: &Asked<'_>, points: &[Point]) -> Result<Vec<Vec<i64>>, Error> {
    let paths = asked.scenario.simulation.paths.min(BREAK_EVEN_PATHS);
    let bills = points.len() as u64;
    let made = AtomicU64::new(0);
    // A path has many bills: each may be the last.
    let goes_on = |more: u64| {
        let made = made.fetch_add(more, Ordering::Relaxed) + more;
        let goes_on = (asked.rounds)(made, paths * bills);
        goes_on.then_some(()).ok_or(Error::Interrupted)
    };
    let settled = Scaled::all(asked, points)?;
    goes_on(0)?;
    let mut costs = vec![Vec::new(); points.len()];
    simulate::run(
        &asked.model,
        0..paths,
        // Bills are counted.
        &simulate::unwatched,
        points.len(),
        |_| (vec![Vec::new(); points.len()], Desks::new(asked)),
        |path, future, (block, desks)| {
            // A block that begins after a signal does no more than ask.
            visit(path, future, &settled, desks, block, || prepares(asked))?;
            goes_on(bills)
        },
        |blocks| {
            for (block, _) in blocks {
                for (column, mut more) in costs.iter_mut().zip(block) {
                    column.append(&mut more);
                }
            }
        },
    )?;
    Ok(costs)
}

/// Costs at ascending points in the single-number plan.
pub(super) fn planned(asked: &Asked<'_>, points: &[Point]) -> Result<Vec<Vec<i64>>, Error> {
    let settled = Scaled::all(asked, points)?;
    let mut costs = vec![Vec::new(); points.len()];
    let mut desks = Desks::new(asked);
    let unwatched = || Ok(());
    visit(0, &asked.plan, &settled, &mut desks, &mut costs, unwatched)
        .map_err(|_| Error::Overflow { path: None })?;
    Ok(costs)
}

/// Share off the list price of each purchase of a way in the single-number plan, in millionths.
pub(super) fn discounts(asked: &Asked<'_>, point: Point) -> Result<Vec<u64>, Error> {
    Ok(way(asked, point)?.discounts())
}

/// Packs of each purchase of a way in the single-number plan.
pub(super) fn packs(asked: &Asked<'_>, point: Point) -> Result<Vec<u64>, Error> {
    Ok(way(asked, point)?.packs())
}

/// A way for the scaled plan.
fn way(asked: &Asked<'_>, point: Point) -> Result<Way, Error> {
    let Scaled { mut ways, .. } = Scaled::new(asked, &[point])?;
    Ok(ways.swap_remove(0).1)
}

/// Asks whether to go on without a bill to report.
fn prepares(asked: &Asked<'_>) -> Result<(), Error> {
    (asked.rounds)(0, 0).then_some(()).ok_or(Error::Interrupted)
}

/// Ways on the same scaled futures.
struct Scaled {
    /// Scale of each workload's credits, in millionths; `None` where no way meters any.
    factors: Option<Vec<i64>>,
    /// Scale of the units, in millionths, and who bills them.
    ways: Vec<(i64, Way)>,
}

impl Scaled {
    /// What the points need, in their order.
    fn all(asked: &Asked<'_>, points: &[Point]) -> Result<Vec<Self>, Error> {
        let is_same = |a: &Point, b: &Point| (a.scaled, a.scale) == (b.scaled, b.scale);
        let runs = points.chunk_by(is_same);
        runs.map(|run| Self::new(asked, run)).collect()
    }

    fn new(asked: &Asked<'_>, points: &[Point]) -> Result<Self, Error> {
        prepares(asked)?;
        let overflow = || Error::Overflow { path: None };
        let Point { scaled, scale, .. } = points[0];
        let factors: Vec<i64> = match scaled {
            None => vec![scale; asked.scenario.workloads.len()],
            Some(index) => {
                let covers = asked.scenario.alternatives[index].covers.iter();
                covers
                    .map(|&covered| if covered { scale } else { MICRO })
                    .collect()
            }
        };
        let mut plan = asked.plan.clone();
        let fits = asked.plan.scaled(&factors, &mut plan);
        fits.ok_or_else(overflow)?;
        let way = |point: &Point| {
            let way = Way::of(asked.scenario, point.way, &plan).ok_or_else(overflow)?;
            Ok((point.volume, way))
        };
        let ways: Vec<_> = points.iter().map(way).collect::<Result<_, Error>>()?;
        let is_metered = ways.iter().any(|(_, way)| way.is_metered());
        Ok(Self {
            factors: is_metered.then_some(factors),
            ways,
        })
    }
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

/// Adds the costs of a path; `goes_on` is asked before each scale.
fn visit(
    path: u64,
    future: &Future,
    settled: &[Scaled],
    desks: &mut Desks,
    costs: &mut [Vec<i64>],
    goes_on: impl Fn() -> Result<(), Error>,
) -> Result<(), Error> {
    let Desks { scaled, desk } = desks;
    let mut columns = costs.iter_mut();
    for at in settled {
        goes_on()?;
        if let Some(factors) = &at.factors {
            let fits = future.scaled(factors, scaled);
            fits.ok_or(Error::Overflow { path: Some(path) })?;
        }
        for ((volume, way), column) in at.ways.iter().zip(columns.by_ref()) {
            let bill = way.bill(path, scaled, (future, *volume), desk)?;
            column.push(bill.spend.micro());
        }
    }
    Ok(())
}
