//! The top level, `[simulation]` and `[budget]`.

use jiff::civil::Date;

use crate::randomness::Sampling;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, Range};
use crate::scenario::{Budget, Figure, Horizon, Precision, Simulation};
use crate::units::Money;

/// Amounts of money; beyond them sums could pass the ledger's integers.
pub const AMOUNT: Range = Range::new(
    0.0,
    1e11,
    "an amount from 0 to 1e11, with at most six decimals",
);

const MOST_PATHS: u64 = 100_000_000;

const FIGURES: [(&str, Figure); 4] = [
    ("mean_spend", Figure::MeanSpend),
    ("p50_spend", Figure::P50Spend),
    ("p95_spend", Figure::P95Spend),
    ("overage_probability", Figure::OverageProbability),
];

/// Keys of the top level.
pub const KEYS: [&str; 19] = [
    "name",
    "start",
    "months",
    "currency",
    "simulation",
    "calendar",
    "rate_card",
    "rate_change",
    "workload",
    "incident",
    "event",
    "correlation",
    "contract",
    "conversion",
    "budget",
    "extras",
    "alternative",
    "governance",
    "team",
];

/// `start` and `months`.
pub fn horizon(top: &Cursor<'_>) -> Option<Horizon> {
    let months = match top.get("months") {
        Some(item) => item.whole(1, 60),
        None => Some(12),
    };
    let start = top.need("start", "start = 2026-01-01");
    let date: Date = start.as_ref()?.date()?;
    if date.year() < 1900 {
        return start?.refuse(
            format!("`{date}` is before 1900"),
            "write a date like 2026-01-31",
        );
    }
    match Horizon::new(date, usize::try_from(months?).ok()?) {
        Some(horizon) => Some(horizon),
        None => start?.refuse("the horizon passes the year 9999", "start earlier"),
    }
}

/// `currency`.
pub fn currency(top: &Cursor<'_>) -> Option<String> {
    top.get("currency")
        .map_or(Some("USD".to_owned()), |item| item.label())
}

/// `[simulation]`.
pub fn simulation(item: Option<&Item<'_>>) -> Option<Simulation> {
    let mut simulation = Simulation {
        paths: 10_000,
        seed: 1,
        max_paths: 1_000_000,
        sampling: Sampling::Random,
        precision: Vec::new(),
    };
    let Some(item) = item else {
        return Some(simulation);
    };
    let table = Cursor::open(item, &["paths", "seed", "max_paths", "precision"])?;
    let whole = |key, low, high, default| match table.get(key) {
        Some(item) => item.whole(low, high),
        None => Some(default),
    };
    let paths = whole("paths", 1, MOST_PATHS, simulation.paths);
    let seed = whole("seed", 0, i64::MAX.unsigned_abs(), simulation.seed);
    let max_paths = whole("max_paths", 1, MOST_PATHS, simulation.max_paths);
    let targets = table.get("precision");
    simulation.precision = targets.as_ref().map_or(Some(Vec::new()), precision)?;
    (simulation.paths, simulation.seed, simulation.max_paths) = (paths?, seed?, max_paths?);
    if !simulation.precision.is_empty() && simulation.paths > simulation.max_paths {
        let (paths, most) = (simulation.paths, simulation.max_paths);
        let message = format!("`paths = {paths}` is above `max_paths = {most}`");
        let place = table.get("paths").or(table.get("max_paths"))?;
        return place.refuse(
            message,
            "raise max_paths: paths is only the first checkpoint",
        );
    }
    Some(simulation)
}

fn precision(item: &Item<'_>) -> Option<Vec<Precision>> {
    let table = Cursor::open(item, &FIGURES.map(|(name, _)| name))?;
    let range = Range::new(
        LEAST,
        1.0,
        "a share of the figure from 0.000001 to 1 (0.5% is 0.005)",
    );
    let written = FIGURES
        .iter()
        .filter_map(|(name, figure)| Some((*figure, table.get(name)?)));
    let targets: Vec<Option<Precision>> = written
        .map(|(figure, item)| {
            Some(Precision {
                figure,
                share: item.number(range)?,
            })
        })
        .collect();
    targets.into_iter().collect()
}

/// `[budget]`.
pub fn budget(item: Option<&Item<'_>>) -> Option<Budget> {
    let Some(item) = item else {
        return Some(Budget::default());
    };
    let table = Cursor::open(item, &["amount", "monthly"])?;
    let amount = |key| match table.get(key) {
        Some(item) => item
            .micro(AMOUNT)
            .map(|micro| Some(Money::from_micro(micro))),
        None => Some(None),
    };
    let (amount, monthly) = (amount("amount"), amount("monthly"));
    Some(Budget {
        amount: amount?,
        monthly: monthly?,
    })
}
