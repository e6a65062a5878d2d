//! Settled paths as they come, block by block, and the statistics of them all.
//!
//! Rows are exact order statistics up to [`EXACT_PATHS`] paths. Beyond, the rows of the whole
//! (scope total, period term) and all days stay exact and the rest comes from histograms, so that
//! memory does not grow with the number of paths times the number of rows.

use rayon::prelude::*;

use crate::demand::Future;
use crate::ledger::{Settlement, Terms};
use crate::randomness::Sampling;
use crate::scenario::Scenario;
use crate::summarise::columns::Columns;
use crate::summarise::exhaustion::DayCounts;
use crate::summarise::histogram::Histogram;
use crate::summarise::parts::Tally;
use crate::summarise::ranks::Proportion;
use crate::summarise::record::{Amount, Layout, Metric, Period, Records, Row, Scope};
use crate::summarise::statistics::{Moments, Statistics};
use crate::units::Money;

/// Most paths for which every row is kept exactly.
pub const EXACT_PATHS: u64 = 100_000;

/// Most values (paths times days times metrics) of the fan chart that are kept exactly.
pub const EXACT_DAILY_VALUES: u64 = 1 << 24;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What the summary needs: the figures of the whole.
    Summary,
    /// Every row and the fan chart's days.
    Full,
}

/// The figures that have a value on each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DailyMetric {
    /// Credits wanted on the day.
    Credits,
    /// Credits wanted up to the end of the day.
    CumulativeCredits,
    /// Balance of the grants at the end of the day.
    Balance,
    /// Money paid up to the end of the day.
    SpendToDate,
}

/// All of them, in the order in which they are reported.
pub const DAILY: [DailyMetric; 4] = [
    DailyMetric::Credits,
    DailyMetric::CumulativeCredits,
    DailyMetric::Balance,
    DailyMetric::SpendToDate,
];

/// The settled paths of one block.
#[derive(Clone, Debug)]
pub struct Block {
    records: Records,
    /// By metric and day (`metric * days + day`), then by path; empty when days are not kept.
    daily: Columns,
}

/// What blocks of a store look like.
#[derive(Clone, Debug)]
pub struct Shape {
    layout: Layout,
    /// Columns of daily values.
    daily: usize,
}

impl Shape {
    /// Values that are kept of each path.
    pub fn values_per_path(&self) -> usize {
        self.layout.width() + self.daily
    }
}

impl Block {
    /// An empty block with room for `paths`.
    pub fn new(shape: &Shape, paths: usize) -> Self {
        Self {
            records: Records::with_capacity(&shape.layout, paths),
            daily: Columns::with_capacity(shape.daily, paths),
        }
    }

    /// Adds one settled path.
    pub fn push(
        &mut self,
        shape: &Shape,
        scenario: &Scenario,
        future: &Future,
        books: &Settlement,
    ) {
        self.records.push(&shape.layout, scenario, future, books);
        if self.daily.is_empty() {
            return;
        }
        self.daily.open_row();
        let days = books.wanted.len();
        let mut cumulative = 0;
        for day in 0..days {
            let wanted = books.wanted[day].micro();
            cumulative += wanted;
            let values = [
                wanted,
                cumulative,
                books.balance[day].micro(),
                books.spend_to_date[day].micro(),
            ];
            for (metric, value) in values.into_iter().enumerate() {
                self.daily.put(metric * days + day, value);
            }
        }
    }
}

/// Values of one figure: all of them, or their moments and a histogram.
#[derive(Clone, Debug)]
enum Sample {
    Exact(Vec<i64>),
    Binned(Moments, Histogram),
}

impl Sample {
    fn empty(exact: bool, sampling: Sampling) -> Self {
        if exact {
            Self::Exact(Vec::new())
        } else {
            Self::Binned(Moments::new(sampling), Histogram::default())
        }
    }

    fn add(&mut self, values: &[i64]) {
        match self {
            Self::Exact(all) => all.extend_from_slice(values),
            Self::Binned(moments, histogram) => {
                for &value in values {
                    moments.add(value);
                    histogram.add(value);
                }
            }
        }
    }

    /// Puts exact values into a histogram.
    fn bin(&mut self, sampling: Sampling) {
        if let Self::Exact(values) = self {
            let values = std::mem::take(values);
            *self = Self::empty(false, sampling);
            self.add(&values);
        }
    }

    fn statistics(&self, sampling: Sampling) -> Option<Statistics> {
        match self {
            Self::Exact(values) => Statistics::of(&mut values.clone(), sampling),
            Self::Binned(moments, histogram) => Statistics::from_histogram(moments, histogram),
        }
    }
}

/// Everything that is kept of the paths so far.
#[derive(Clone, Debug)]
pub struct Store {
    layout: Layout,
    detail: Detail,
    sampling: Sampling,
    days: usize,
    has_grants: bool,
    paths: u64,
    /// Whole records, up to [`EXACT_PATHS`] paths in full detail.
    records: Option<Records>,
    /// Otherwise the rows one by one.
    samples: Vec<(Row, Sample)>,
    daily: Vec<Sample>,
    exhausted: DayCounts,
    alerts: Vec<DayCounts>,
    over: Tally,
    overage_without_incidents: Tally,
    /// Credits wanted in each term of the contract, by path; empty with one term.
    wanted_by_term: Vec<Vec<i64>>,
    /// Months of each of them, as far as they lie in the horizon.
    terms: Vec<std::ops::Range<usize>>,
    /// Amounts that only some contracts bring, each by path.
    amounts: Vec<Vec<i64>>,
    /// Teams with a share, whose spend and unserved credits every run keeps.
    shared: Vec<usize>,
    over_budget: Tally,
    over_monthly: Vec<Tally>,
    over_any_month: Tally,
    budget: (Option<i64>, Option<i64>),
}

impl Store {
    /// An empty store for a run that is expected to have `paths` paths.
    pub fn new(scenario: &Scenario, terms: &Terms, detail: Detail, paths: u64) -> Self {
        let mut layout = Layout::new(scenario, terms);
        let amounts = vec![Vec::new(); layout.amounts().len()];
        let months = scenario.horizon.months();
        let spans = terms.contract_terms().iter();
        let mut spans: Vec<_> = spans
            .map(|term| term.months.start..term.months.end.min(months))
            .collect();
        if spans.len() == 1 {
            spans.clear();
        }
        // What several terms want is summed from months.
        if detail == Detail::Summary && spans.is_empty() {
            layout = layout.without_months_of_parts();
        }
        let days = scenario.horizon.days();
        let sampling = scenario.simulation.sampling;
        let tally = Tally::new(sampling);
        let mut store = Self {
            sampling,
            records: None,
            samples: Vec::new(),
            daily: Vec::new(),
            layout,
            detail,
            days,
            has_grants: terms.has_grants(),
            paths: 0,
            exhausted: DayCounts::new(days, sampling),
            alerts: vec![DayCounts::new(days, sampling); terms.watches.len()],
            over: tally.clone(),
            overage_without_incidents: tally.clone(),
            wanted_by_term: vec![Vec::new(); spans.len()],
            terms: spans,
            amounts,
            shared: shared(scenario),
            over_budget: tally.clone(),
            over_monthly: vec![tally.clone(); scenario.horizon.months()],
            over_any_month: tally,
            budget: (
                scenario.budget.amount.map(Money::micro),
                scenario.budget.monthly.map(Money::micro),
            ),
        };
        if detail == Detail::Full {
            let exact = store.exact_days(paths);
            store.daily = vec![Sample::empty(exact, sampling); days * DAILY.len()];
        }
        if detail == Detail::Full && paths <= EXACT_PATHS {
            store.records = Some(Records::with_capacity(&store.layout, paths as usize));
        } else {
            store.samples = store.empty_samples(paths <= EXACT_PATHS);
        }
        store
    }

    /// What its blocks look like.
    pub fn shape(&self) -> Shape {
        Shape {
            layout: self.layout.clone(),
            daily: match self.detail {
                Detail::Full => self.days * DAILY.len(),
                Detail::Summary => 0,
            },
        }
    }

    /// Paths so far.
    pub fn paths(&self) -> u64 {
        self.paths
    }

    /// How its paths are sampled.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// True when every row is an exact order statistic.
    pub fn is_exact(&self) -> bool {
        self.records.is_some()
            || self
                .samples
                .iter()
                .all(|(_, sample)| matches!(sample, Sample::Exact(_)))
    }

    /// True when every day of the fan chart is an exact order statistic.
    pub fn is_daily_exact(&self) -> bool {
        self.daily
            .iter()
            .all(|sample| matches!(sample, Sample::Exact(_)))
    }

    fn exact_days(&self, paths: u64) -> bool {
        paths.saturating_mul((self.days * DAILY.len()) as u64) <= EXACT_DAILY_VALUES
    }

    /// A sample for each row that is kept; rows of the whole's horizon are exact, others if asked.
    fn empty_samples(&self, exact: bool) -> Vec<(Row, Sample)> {
        let rows = self.layout.rows();
        rows.into_iter()
            .filter(|row| self.keeps(row))
            .map(|row| {
                (
                    row,
                    Sample::empty(exact || row.is_term_total(), self.sampling),
                )
            })
            .collect()
    }

    /// True for every row in full detail, else for those of the summary.
    fn keeps(&self, row: &Row) -> bool {
        let of_team = match row.scope {
            Scope::Team(team) => self.shared.contains(&team),
            Scope::Total | Scope::Workload(_) => false,
        };
        let is_told = matches!(row.metric, Metric::Spend | Metric::UnservedCredits);
        self.detail == Detail::Full
            || row.is_term_total()
            || of_team && is_told && row.period == Period::Term
    }

    /// Makes room for a run that grows to `paths`: rows that no longer fit go to histograms.
    pub fn expect(&mut self, paths: u64) {
        if paths > EXACT_PATHS
            && let Some(records) = self.records.take()
        {
            self.samples = self.empty_samples(false);
            let figures = records.figures(&self.layout);
            self.samples
                .par_iter_mut()
                .for_each(|(row, sample)| sample.add(&figures.row(*row)));
        }
        if paths > EXACT_PATHS {
            let parts = self.samples.iter_mut();
            parts
                .filter(|(row, _)| !row.is_term_total())
                .for_each(|(_, sample)| sample.bin(self.sampling));
        }
        if let Some(records) = &mut self.records {
            records.expect(paths as usize);
        }
        if !self.exact_days(paths) {
            let sampling = self.sampling;
            self.daily.iter_mut().for_each(|day| day.bin(sampling));
        }
    }

    /// Adds blocks in order of their paths.
    pub fn absorb(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.count(&block.records);
            if let Some(records) = &mut self.records {
                records.append(&block.records);
            }
        }
        let figures: Vec<_> = blocks
            .iter()
            .map(|b| b.records.figures(&self.layout))
            .collect();
        self.samples.par_iter_mut().for_each(|(row, sample)| {
            figures
                .iter()
                .for_each(|figures| sample.add(&figures.row(*row)));
        });
        self.daily
            .par_iter_mut()
            .enumerate()
            .for_each(|(column, sample)| {
                blocks
                    .iter()
                    .for_each(|block| sample.add(block.daily.column(column)));
            });
    }

    /// Counts of paths: days, overage, budgets.
    fn count(&mut self, records: &Records) {
        self.paths += records.len() as u64;
        self.exhausted.add(records.exhausted(&self.layout));
        for (index, alert) in self.alerts.iter_mut().enumerate() {
            alert.add(records.alert(&self.layout, index));
        }
        fn above(values: &[i64], limit: i64) -> impl Iterator<Item = bool> {
            values.iter().map(move |&value| value > limit)
        }
        let without = records.without_incidents(&self.layout);
        self.overage_without_incidents.add(above(without, 0));
        for (place, all) in self.amounts.iter_mut().enumerate() {
            all.extend_from_slice(records.amount(&self.layout, place));
        }
        let figures = records.figures(&self.layout);
        for (all, months) in self.wanted_by_term.iter_mut().zip(&self.terms) {
            all.extend(figures.wanted(months.clone()));
        }
        let overage = figures.row(Row::term(Metric::OverageCredits));
        self.over.add(above(&overage, 0));
        if let Some(amount) = self.budget.0 {
            let spend = figures.row(Row::term(Metric::Spend));
            self.over_budget.add(above(&spend, amount));
        }
        if let Some(limit) = self.budget.1 {
            let mut any = vec![false; records.len()];
            for (month, over) in self.over_monthly.iter_mut().enumerate() {
                let spend = figures.row(Row {
                    scope: Scope::Total,
                    metric: Metric::Spend,
                    period: Period::Month(month),
                });
                over.add(above(&spend, limit));
                any.iter_mut()
                    .zip(&spend)
                    .for_each(|(any, &spend)| *any |= spend > limit);
            }
            self.over_any_month.add(any);
        }
    }

    /// All values of a row of the whole, a path an entry, in millionths.
    pub fn term(&self, metric: Metric) -> Vec<i64> {
        let row = Row::term(metric);
        match &self.records {
            Some(records) => records.figures(&self.layout).row(row),
            None => self
                .samples
                .iter()
                .find_map(|(other, sample)| match sample {
                    Sample::Exact(values) if *other == row => Some(values.clone()),
                    _ => None,
                })
                .unwrap_or_default(),
        }
    }

    /// Statistics of every row that is kept; `None` where a figure is not defined.
    pub fn rows(&self) -> Vec<(Row, Option<Statistics>)> {
        let defined = |row: &Row| {
            self.has_grants || !matches!(row.metric, Metric::OverageCredits | Metric::OverageSpend)
        };
        match &self.records {
            Some(records) => {
                let figures = records.figures(&self.layout);
                let rows = self.layout.rows();
                rows.into_par_iter()
                    .map(|row| {
                        let statistics = || Statistics::of(&mut figures.row(row), self.sampling);
                        (row, defined(&row).then(statistics).flatten())
                    })
                    .collect()
            }
            None => self
                .samples
                .par_iter()
                .map(|(row, sample)| {
                    let statistics = || sample.statistics(self.sampling);
                    (*row, defined(row).then(statistics).flatten())
                })
                .collect(),
        }
    }

    /// Statistics of every day, by metric and day; empty when days are not kept.
    pub fn days(&self) -> Vec<Statistics> {
        self.daily
            .par_iter()
            .filter_map(|day| day.statistics(self.sampling))
            .collect()
    }

    /// When the grants ran dry; `None` when nothing is granted.
    pub fn exhausted(&self) -> Option<&DayCounts> {
        self.has_grants.then_some(&self.exhausted)
    }

    /// When each threshold was reached, in the order of the terms' alerts.
    pub fn alerts(&self) -> &[DayCounts] {
        &self.alerts
    }

    /// How often there is an overage; `None` when nothing is granted.
    pub fn overage(&self) -> Option<Proportion> {
        self.has_grants.then(|| self.over.proportion())
    }

    /// An amount that only some contracts bring, a path an entry; `None` where this one does not.
    pub fn amount(&self, amount: Amount) -> Option<&[i64]> {
        let mut amounts = self.layout.amounts().iter();
        let place = amounts.position(|&other| other == amount)?;
        Some(&self.amounts[place])
    }

    /// Credits wanted in each term of the contract, by path; empty with one term.
    pub fn wanted_by_term(&self) -> &[Vec<i64>] {
        &self.wanted_by_term
    }

    /// How often there would have been an overage without incidents.
    pub fn overage_without_incidents(&self) -> Proportion {
        self.overage_without_incidents.proportion()
    }

    /// How often the spend passes the budget of the horizon.
    pub fn over_budget(&self) -> Proportion {
        self.over_budget.proportion()
    }

    /// How often each month, and any month, passes the monthly budget.
    pub fn over_monthly_budget(&self) -> (Vec<Proportion>, Proportion) {
        let months = self.over_monthly.iter().map(Tally::proportion).collect();
        (months, self.over_any_month.proportion())
    }
}

/// Teams with a share.
fn shared(scenario: &Scenario) -> Vec<usize> {
    let teams = 0..scenario.teams.len();
    teams
        .filter(|&team| scenario.teams[team].share.is_some())
        .collect()
}
