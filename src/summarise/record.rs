//! What is kept of each settled path, and the rows of figures that follow from it.
//!
//! Kept are the figures that nothing else gives: by workload and month the credits wanted (and,
//! where the terms may withhold some, those unserved and averted), and by month the books. Sums over
//! workloads, teams and months, and each one's share of the spend, are worked out when a row is
//! asked for.

use std::sync::OnceLock;

use crate::demand::Future;
use crate::ledger::{Settlement, Terms};
use crate::scenario::{Direction, OnExhaustion, Payment, Scenario};
use crate::summarise::columns::Columns;
use crate::units::scale;

/// Whom a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Total,
    /// Index of a workload.
    Workload(usize),
    /// Index of a team.
    Team(usize),
}

/// What a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Credits wanted.
    Credits,
    /// Credits served from grants.
    Consumed,
    /// Credits served beyond the grants.
    OverageCredits,
    /// Credits wanted and not served.
    UnservedCredits,
    /// Credits of incidents that a response ended.
    AvertedCredits,
    /// Credits granted and not used by the end.
    UnusedCredits,
    /// Balance of the grants at the end of the period.
    Balance,
    /// Money paid.
    Spend,
    /// Money paid for overage.
    OverageSpend,
    /// Active agents, mean over all calendar days.
    ActiveAgents,
    /// Credits that incidents added.
    IncidentCredits,
}

/// Which part of the horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A month of the horizon, from 0.
    Month(usize),
    /// The whole horizon.
    Term,
}

/// One row of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whom it is about.
    pub scope: Scope,
    /// What it counts.
    pub metric: Metric,
    /// Which part of the horizon.
    pub period: Period,
}

impl Row {
    /// A row of the whole: scope total, period term.
    pub const fn term(metric: Metric) -> Self {
        Self {
            scope: Scope::Total,
            metric,
            period: Period::Term,
        }
    }

    /// True for scope total and period term.
    pub fn is_term_total(&self) -> bool {
        self.scope == Scope::Total && self.period == Period::Term
    }
}

const OF_TOTAL: [Metric; 11] = [
    Metric::Credits,
    Metric::Consumed,
    Metric::OverageCredits,
    Metric::UnservedCredits,
    Metric::AvertedCredits,
    Metric::UnusedCredits,
    Metric::Balance,
    Metric::Spend,
    Metric::OverageSpend,
    Metric::ActiveAgents,
    Metric::IncidentCredits,
];

const OF_PART: [Metric; 5] = [
    Metric::Credits,
    Metric::UnservedCredits,
    Metric::Spend,
    Metric::ActiveAgents,
    Metric::IncidentCredits,
];

/// Where each kept figure of a path stands.
#[derive(Clone, Debug)]
pub struct Layout {
    months: usize,
    /// Days of each month.
    month_days: Vec<usize>,
    /// Team of each workload.
    teams: Vec<usize>,
    team_count: usize,
    /// Workloads in order of name: shares of a path's spend are rounded in this order, so that
    /// the order of tables in the file does not matter.
    by_name: Vec<usize>,
    alerts: usize,
    /// Demand may go unserved or be averted.
    withholds: bool,
    /// Amounts that only some contracts bring.
    amounts: Vec<Amount>,
}

/// An amount of a path that only some contracts bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Value of the licences that credits became.
    Licences,
    /// Paid to raise the bill to a monthly minimum or a commitment.
    TrueUp,
    /// Paid for top-ups.
    TopUp,
}

/// Books of the total by month, in the order of [`MonthField`].
#[derive(Clone, Copy)]
enum MonthField {
    Consumed,
    Overage,
    Balance,
    Spend,
    OverageSpend,
}

/// Figures of a workload by month; the last two only where demand may be withheld.
#[derive(Clone, Copy)]
enum WorkloadField {
    Credits,
    Incident,
    AgentDays,
    Unserved,
    Averted,
}

const MONTH_FIELDS: usize = 5;
const WORKLOAD_FIELDS: usize = 3;
const WITHHELD_FIELDS: usize = 2;
/// Unused credits, exhaustion day, overage without incidents.
const PATH_FIELDS: usize = 3;

/// A day that never came, in a column of days.
pub const NEVER: i64 = i64::MAX;

impl Layout {
    /// The layout of a scenario's records under its terms.
    pub fn new(scenario: &Scenario, terms: &Terms) -> Self {
        let months = scenario.horizon.months();
        let mut by_name: Vec<usize> = (0..scenario.workloads.len()).collect();
        by_name.sort_by(|&a, &b| scenario.workloads[a].name.cmp(&scenario.workloads[b].name));
        Self {
            months,
            month_days: (0..months)
                .map(|m| scenario.horizon.month(m).len())
                .collect(),
            teams: scenario.workloads.iter().map(|w| w.team).collect(),
            team_count: scenario.teams.len(),
            by_name,
            alerts: terms.watches.len(),
            withholds: terms.may_withhold(),
            amounts: amounts(scenario),
        }
    }

    fn workloads(&self) -> usize {
        self.teams.len()
    }

    /// Number of figures that are kept of a path.
    pub fn width(&self) -> usize {
        self.path_column(PATH_FIELDS) + self.alerts + self.amounts.len()
    }

    fn workload_fields(&self) -> usize {
        match self.withholds {
            true => WORKLOAD_FIELDS + WITHHELD_FIELDS,
            false => WORKLOAD_FIELDS,
        }
    }

    fn month_column(&self, field: MonthField, month: usize) -> usize {
        field as usize * self.months + month
    }

    fn workload_column(&self, workload: usize, field: WorkloadField, month: usize) -> usize {
        let fields = MONTH_FIELDS + self.workload_fields() * workload + field as usize;
        fields * self.months + month
    }

    fn path_column(&self, field: usize) -> usize {
        self.months * (MONTH_FIELDS + self.workload_fields() * self.workloads()) + field
    }

    fn unused(&self) -> usize {
        self.path_column(0)
    }

    fn exhausted(&self) -> usize {
        self.path_column(1)
    }

    fn without_incidents(&self) -> usize {
        self.path_column(2)
    }

    fn alert(&self, alert: usize) -> usize {
        self.path_column(PATH_FIELDS + alert)
    }

    /// Amounts that only some contracts bring, as far as this one does.
    pub fn amounts(&self) -> &[Amount] {
        &self.amounts
    }

    fn amount(&self, place: usize) -> usize {
        self.alert(self.alerts + place)
    }

    /// All rows, in the order in which they are reported.
    pub fn rows(&self) -> Vec<Row> {
        let scopes = std::iter::once(Scope::Total)
            .chain((0..self.workloads()).map(Scope::Workload))
            .chain((0..self.team_count).map(Scope::Team));
        scopes
            .flat_map(|scope| {
                let metrics: &[Metric] = match scope {
                    Scope::Total => &OF_TOTAL,
                    Scope::Workload(_) | Scope::Team(_) => &OF_PART,
                };
                metrics.iter().map(move |&metric| (scope, metric))
            })
            .flat_map(|(scope, metric)| {
                let months = match metric {
                    Metric::UnusedCredits => 0,
                    _ => self.months,
                };
                (0..months)
                    .map(Period::Month)
                    .chain([Period::Term])
                    .map(move |period| Row {
                        scope,
                        metric,
                        period,
                    })
            })
            .collect()
    }
}

/// Records of consecutive paths, a column for each kept figure.
#[derive(Clone, Debug)]
pub struct Records {
    columns: Columns,
}

impl Records {
    /// No records yet, with room for `paths`.
    pub fn with_capacity(layout: &Layout, paths: usize) -> Self {
        Self {
            columns: Columns::with_capacity(layout.width(), paths),
        }
    }

    /// Number of paths.
    pub fn len(&self) -> usize {
        self.columns.rows()
    }

    /// True without paths.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends one settled path.
    pub fn push(
        &mut self,
        layout: &Layout,
        scenario: &Scenario,
        future: &Future,
        books: &Settlement,
    ) {
        let day = |day: Option<usize>| day.map_or(NEVER, |day| day as i64);
        let columns = &mut self.columns;
        columns.open_row();
        for (month, entry) in books.months.iter().enumerate() {
            let mut put = |field, value| columns.put(layout.month_column(field, month), value);
            put(MonthField::Consumed, entry.consumed.micro());
            put(MonthField::Overage, entry.overage.micro());
            put(MonthField::Balance, entry.balance.micro());
            put(MonthField::Spend, entry.spend.micro());
            put(MonthField::OverageSpend, entry.overage_spend.micro());
        }
        for workload in 0..layout.workloads() {
            let (base, incident) = (future.base(workload), future.incident(workload));
            for month in 0..layout.months {
                let days = scenario.horizon.month(month);
                // The ledger has made sure that the sum over everything fits.
                let sum =
                    |days: &[i64]| days.iter().fold(0, |sum: i64, &day| sum.wrapping_add(day));
                let base = sum(&base[days.clone()]);
                let incident = match future.is_hit(workload) {
                    true => sum(&incident[days]),
                    false => 0,
                };
                let agent_days = future.agent_days(workload)[month];
                let mut put = |field, value| {
                    columns.put(layout.workload_column(workload, field, month), value);
                };
                put(WorkloadField::Credits, base + incident);
                put(WorkloadField::Incident, incident);
                put(WorkloadField::AgentDays, agent_days);
                if layout.withholds {
                    let cell = workload * layout.months + month;
                    put(WorkloadField::Unserved, books.unserved[cell].micro());
                    put(WorkloadField::Averted, books.averted[cell].micro());
                }
            }
        }
        columns.put(layout.unused(), books.unused.micro());
        columns.put(layout.exhausted(), day(books.exhausted));
        columns.put(
            layout.without_incidents(),
            books.overage_without_incidents.micro(),
        );
        for (alert, &reached) in books.watched.iter().enumerate() {
            columns.put(layout.alert(alert), day(reached));
        }
        for (place, amount) in layout.amounts.iter().enumerate() {
            let paid = match amount {
                Amount::Licences => books.licences,
                Amount::TrueUp => books.raised,
                Amount::TopUp => books.topped_up,
            };
            columns.put(layout.amount(place), paid.micro());
        }
    }

    /// Makes room for so many paths in all.
    pub fn expect(&mut self, paths: usize) {
        self.columns.expect(paths);
    }

    /// Appends the records of the paths that follow.
    pub fn append(&mut self, next: &Self) {
        self.columns.append(&next.columns);
    }

    /// Exhaustion days, [`NEVER`] where it did not come.
    pub fn exhausted(&self, layout: &Layout) -> &[i64] {
        self.columns.column(layout.exhausted())
    }

    /// Credits that would have run over without incidents.
    pub fn without_incidents(&self, layout: &Layout) -> &[i64] {
        self.columns.column(layout.without_incidents())
    }

    /// Days on which an alert's threshold was reached, [`NEVER`] where it was not.
    pub fn alert(&self, layout: &Layout, alert: usize) -> &[i64] {
        self.columns.column(layout.alert(alert))
    }

    /// An amount that only some contracts bring, by its place among those of the layout.
    pub fn amount(&self, layout: &Layout, place: usize) -> &[i64] {
        self.columns.column(layout.amount(place))
    }

    /// The records, ready to give rows.
    pub fn figures<'a>(&'a self, layout: &'a Layout) -> Figures<'a> {
        Figures {
            layout,
            records: self,
            spend: OnceLock::new(),
        }
    }

    /// Credits of a workload that are served in some months: wanted less unserved and averted.
    fn served(&self, layout: &Layout, workload: usize, months: std::ops::Range<usize>) -> Vec<i64> {
        let mut sum = vec![0; self.len()];
        for month in months {
            let place = |field| layout.workload_column(workload, field, month);
            let column = |field| self.columns.column(place(field));
            add(&mut sum, column(WorkloadField::Credits));
            if layout.withholds {
                subtract(&mut sum, column(WorkloadField::Unserved));
                subtract(&mut sum, column(WorkloadField::Averted));
            }
        }
        sum
    }

    /// A path's spend over the horizon by workload, in proportion to the credits served. Rounding
    /// is cumulative over the workloads in order of name, so that the parts sum to the whole. A
    /// path that serves nothing splits its spend equally.
    fn spend_by_workload(&self, layout: &Layout) -> Vec<Vec<i64>> {
        let zeros = || vec![0; self.len()];
        let mut spend = zeros();
        for month in 0..layout.months {
            add(
                &mut spend,
                self.columns
                    .column(layout.month_column(MonthField::Spend, month)),
            );
        }
        let served = |workload| self.served(layout, workload, 0..layout.months);
        let mut all = zeros();
        for workload in 0..layout.workloads() {
            add(&mut all, &served(workload));
        }
        let mut shares = vec![Vec::new(); layout.workloads()];
        let mut before = zeros();
        let count = layout.workloads() as i64;
        for (place, &workload) in layout.by_name.iter().enumerate() {
            let own = served(workload);
            let place = place as i64;
            shares[workload] = (0..self.len())
                .map(|path| match all[path] {
                    0 => part(spend[path], place, place + 1, count),
                    all => part(spend[path], before[path], before[path] + own[path], all),
                })
                .collect();
            add(&mut before, &own);
        }
        shares
    }
}

/// Records, ready to give rows.
#[derive(Clone, Debug)]
pub struct Figures<'a> {
    layout: &'a Layout,
    records: &'a Records,
    /// Spend over the horizon, by workload and path, worked out when first asked for.
    spend: OnceLock<Vec<Vec<i64>>>,
}

impl Figures<'_> {
    /// The values of a row, a path an entry, in millionths.
    pub fn row(&self, row: Row) -> Vec<i64> {
        let layout = self.layout;
        let months = match row.period {
            Period::Month(month) => month..month + 1,
            Period::Term => 0..layout.months,
        };
        match row.metric {
            Metric::Credits => self.of_workloads(row.scope, WorkloadField::Credits, months),
            Metric::IncidentCredits => {
                self.of_workloads(row.scope, WorkloadField::Incident, months)
            }
            Metric::ActiveAgents => {
                let days: usize = layout.month_days[months.clone()].iter().sum();
                let mut values = self.of_workloads(row.scope, WorkloadField::AgentDays, months);
                for value in &mut values {
                    *value = scale(*value, 1, days as i64).expect("a mean of what fits");
                }
                values
            }
            Metric::UnservedCredits | Metric::AvertedCredits if !layout.withholds => {
                vec![0; self.records.len()]
            }
            Metric::UnservedCredits => {
                self.of_workloads(row.scope, WorkloadField::Unserved, months)
            }
            Metric::AvertedCredits => self.of_workloads(row.scope, WorkloadField::Averted, months),
            Metric::UnusedCredits => self.records.columns.column(layout.unused()).to_vec(),
            Metric::Consumed => self.of_months(MonthField::Consumed, months),
            Metric::OverageCredits => self.of_months(MonthField::Overage, months),
            Metric::OverageSpend => self.of_months(MonthField::OverageSpend, months),
            Metric::Balance => {
                let last = layout.month_column(MonthField::Balance, months.end - 1);
                self.records.columns.column(last).to_vec()
            }
            Metric::Spend => match row.scope {
                Scope::Total => self.of_months(MonthField::Spend, months),
                Scope::Workload(workload) => self.spend_of([workload].into_iter(), row.period),
                Scope::Team(team) => {
                    let members = (0..layout.workloads()).filter(|&w| layout.teams[w] == team);
                    self.spend_of(members, row.period)
                }
            },
        }
    }

    /// Credits that all workloads want in some months, a path an entry, in millionths.
    pub fn wanted(&self, months: std::ops::Range<usize>) -> Vec<i64> {
        self.of_workloads(Scope::Total, WorkloadField::Credits, months)
    }

    fn of_months(&self, field: MonthField, months: std::ops::Range<usize>) -> Vec<i64> {
        let mut values = vec![0; self.records.len()];
        for month in months {
            add(
                &mut values,
                self.records
                    .columns
                    .column(self.layout.month_column(field, month)),
            );
        }
        values
    }

    fn of_workloads(
        &self,
        scope: Scope,
        field: WorkloadField,
        months: std::ops::Range<usize>,
    ) -> Vec<i64> {
        let layout = self.layout;
        let within = |workload: usize| match scope {
            Scope::Total => true,
            Scope::Workload(only) => workload == only,
            Scope::Team(team) => layout.teams[workload] == team,
        };
        let mut values = vec![0; self.records.len()];
        for workload in (0..layout.workloads()).filter(|&w| within(w)) {
            for month in months.clone() {
                let column = layout.workload_column(workload, field, month);
                add(&mut values, self.records.columns.column(column));
            }
        }
        values
    }

    /// Spend of some workloads: each one's spend over the horizon, spread over the months by what it
    /// is served, rounded cumulatively; equally where that is nothing.
    fn spend_of(&self, workloads: impl Iterator<Item = usize>, period: Period) -> Vec<i64> {
        let layout = self.layout;
        let mut values = vec![0; self.records.len()];
        for workload in workloads {
            let spend = || self.records.spend_by_workload(layout);
            let shares = &self.spend.get_or_init(spend)[workload];
            let Period::Month(month) = period else {
                add(&mut values, shares);
                continue;
            };
            let one = |months| self.records.served(layout, workload, months);
            let (earlier, now, all) = (one(0..month), one(month..month + 1), one(0..layout.months));
            let (place, count) = (month as i64, layout.months as i64);
            for (path, value) in values.iter_mut().enumerate() {
                *value += match all[path] {
                    0 => part(shares[path], place, place + 1, count),
                    all => part(shares[path], earlier[path], earlier[path] + now[path], all),
                };
            }
        }
        values
    }
}

/// What `amount` puts between the fractions `from/of` and `to/of`, rounded cumulatively.
fn part(amount: i64, from: i64, to: i64, of: i64) -> i64 {
    let upto = |reached| scale(amount, reached, of).expect("a part of what fits");
    upto(to) - upto(from)
}

/// The amounts that a scenario's contract brings.
fn amounts(scenario: &Scenario) -> Vec<Amount> {
    let days = scenario.horizon.days() as i64;
    let mut conversions = scenario.conversions.iter();
    let gives_back = conversions.any(|conversion| {
        conversion.direction == Direction::ToLicences && (0..days).contains(&conversion.day)
    });
    let contract = &scenario.contract;
    let found = [
        (gives_back, Amount::Licences),
        (
            matches!(contract.payment, Payment::PreCommit(_)),
            Amount::TrueUp,
        ),
        (
            matches!(contract.on_exhaustion, OnExhaustion::TopUp(_)),
            Amount::TopUp,
        ),
    ];
    let found = found.into_iter().filter(|(is_there, _)| *is_there);
    found.map(|(_, amount)| amount).collect()
}

fn subtract(sums: &mut [i64], terms: &[i64]) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum -= term;
    }
}

fn add(sums: &mut [i64], terms: &[i64]) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += term;
    }
}
