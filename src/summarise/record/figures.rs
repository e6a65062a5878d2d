//! The rows of figures that follow from the records.

use std::sync::OnceLock;

use super::rows::{Metric, Period, Row, Scope};
use super::{Layout, MonthField, Records, WorkloadField};
use crate::units::scale;

/// Records, ready to give rows.
#[derive(Clone, Debug)]
pub struct Figures<'a> {
    layout: &'a Layout,
    records: &'a Records,
    /// Spend over the horizon, by workload and path, worked out when first asked for.
    spend: OnceLock<Vec<Vec<i64>>>,
}

impl<'a> Figures<'a> {
    /// Of some records.
    pub(super) fn new(layout: &'a Layout, records: &'a Records) -> Self {
        Self {
            layout,
            records,
            spend: OnceLock::new(),
        }
    }
}

impl Figures<'_> {
    /// The values of a row, a path an entry, in millionths.
    ///
    /// # Panics
    /// When the layout does not keep the months of workloads and the row asks for one.
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
    ///
    /// # Panics
    /// As [`row`](Self::row).
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
            for period in layout.periods_of(months.clone()) {
                let column = layout.workload_column(workload, field, period);
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

impl Records {
    /// Credits of a workload that are served in some months: wanted less unserved and averted.
    fn served(&self, layout: &Layout, workload: usize, months: std::ops::Range<usize>) -> Vec<i64> {
        let mut sum = vec![0; self.len()];
        for period in layout.periods_of(months) {
            let place = |field| layout.workload_column(workload, field, period);
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

/// What `amount` puts between the fractions `from/of` and `to/of`, rounded cumulatively.
fn part(amount: i64, from: i64, to: i64, of: i64) -> i64 {
    let upto = |reached| scale(amount, reached, of).expect("a part of what fits");
    upto(to) - upto(from)
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
