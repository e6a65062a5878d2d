//! What a row of figures can be about.

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

pub(super) const OF_TOTAL: [Metric; 11] = [
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

pub(super) const OF_PART: [Metric; 5] = [
    Metric::Credits,
    Metric::UnservedCredits,
    Metric::Spend,
    Metric::ActiveAgents,
    Metric::IncidentCredits,
];
