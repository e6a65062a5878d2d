//! What is kept of each settled path, and the rows of figures that follow from it.
//!
//! Kept are the figures that nothing else gives: by workload and month the credits wanted (and,
//! where the terms may withhold some, those unserved and averted), and by month the books. Sums over
//! workloads, teams and months, and each one's share of the spend, are worked out when a row is
//! asked for.

use std::ops::Range;

use crate::demand::Future;
use crate::ledger::{Settlement, Terms};
use crate::scenario::{Direction, OnExhaustion, Payment, Scenario};
use crate::summarise::columns::Columns;
use crate::units::Credits;

mod figures;
mod rows;

pub use figures::Figures;
pub use rows::{Metric, Period, Row, Scope};

use rows::{OF_PART, OF_TOTAL};

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
    /// Figures of workloads are kept by month, not of the whole horizon alone.
    parts_by_month: bool,
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
            parts_by_month: true,
            withholds: terms.may_withhold(),
            amounts: amounts(scenario),
        }
    }

    /// The same without the months of credits wanted, incidents and agents: rows of these are of the whole
    /// horizon only, and so are those of workloads and teams.
    #[must_use]
    pub fn without_months_of_parts(mut self) -> Self {
        self.parts_by_month = false;
        self
    }

    /// The periods that figures of workloads are kept of: months, or the whole horizon as one.
    fn periods(&self) -> usize {
        match self.parts_by_month {
            true => self.months,
            false => 1,
        }
    }

    /// The periods of some months.
    fn periods_of(&self, months: Range<usize>) -> Range<usize> {
        if self.parts_by_month {
            return months;
        }
        assert!(months == (0..self.months), "months of parts are not kept");
        0..1
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

    fn workload_column(&self, workload: usize, field: WorkloadField, period: usize) -> usize {
        let fields = self.workload_fields() * workload + field as usize;
        MONTH_FIELDS * self.months + fields * self.periods() + period
    }

    fn path_column(&self, field: usize) -> usize {
        let of_workloads = self.workload_fields() * self.workloads() * self.periods();
        MONTH_FIELDS * self.months + of_workloads + field
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
            for period in 0..layout.periods() {
                let months = match layout.parts_by_month {
                    true => period..period + 1,
                    false => 0..layout.months,
                };
                let [first, last] =
                    [months.start, months.end - 1].map(|month| scenario.horizon.month(month));
                let days = first.start..last.end;
                // The ledger has made sure that the sum over everything fits.
                let (base, incident) = future.sums(workload, days);
                let agent_days = future.agent_days(workload)[months.clone()].iter().sum();
                let mut put = |field, value| {
                    columns.put(layout.workload_column(workload, field, period), value);
                };
                put(WorkloadField::Credits, base + incident);
                put(WorkloadField::Incident, incident);
                put(WorkloadField::AgentDays, agent_days);
                if layout.withholds {
                    let cells = workload * layout.months + months.start
                        ..workload * layout.months + months.end;
                    let of = |all: &[Credits]| all[cells.clone()].iter().copied().sum::<Credits>();
                    put(WorkloadField::Unserved, of(&books.unserved).micro());
                    put(WorkloadField::Averted, of(&books.averted).micro());
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
        Figures::new(layout, self)
    }
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
