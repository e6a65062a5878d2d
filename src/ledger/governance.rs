//! Who may use how much, what is watched, and what a response ends.

use crate::demand::{Future, Impact};
use crate::ledger::prices::Price;
use crate::ledger::schedule::{Schedule, Term};
use crate::scenario::{OnExhaustion, Scenario};
use crate::units::{Credits, MICRO, Money, part, round_to_i64, scale};

/// What alerts are shares of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// The monthly allocation, against the month's use.
    Month(Credits),
    /// The term's grants, against the term's use.
    Term,
    /// The budget of the horizon, against spend to date.
    Budget(Money),
    /// The budget of each month, against that month's spend.
    MonthlyBudget(Money),
    /// Nothing: there are no alerts.
    None,
}

impl Allocation {
    /// The allocation of a scenario.
    pub fn new(scenario: &Scenario, schedule: &Schedule) -> Self {
        let budget = &scenario.budget;
        if let Some(credits) = scenario.contract.monthly_allocation {
            Self::Month(credits)
        } else if schedule.granted > Credits::ZERO {
            Self::Term
        } else if let Some(amount) = budget.amount {
            Self::Budget(amount)
        } else if let Some(amount) = budget.monthly {
            Self::MonthlyBudget(amount)
        } else {
            Self::None
        }
    }

    /// Months of its period, those beyond the horizon too: the month, its term, or the horizon.
    pub fn period(self, month: usize, term: &Term, months: usize) -> std::ops::Range<usize> {
        match self {
            Self::Month(_) | Self::MonthlyBudget(_) => month..month + 1,
            Self::Term => term.months.clone(),
            Self::Budget(_) | Self::None => 0..months,
        }
    }

    /// True when it is measured in money.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Budget(_) | Self::MonthlyBudget(_))
    }
}

/// Something whose first day is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    /// Whose use: index into the scenario's teams, or the whole.
    pub team: Option<usize>,
    /// What it passes.
    pub mark: Mark,
}

/// What use is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// At or above this share of the allocation.
    Alert(f64),
    /// Above the team's allocation.
    Share,
}

/// Watches in the order in which they are reported: the whole, then each team with a share, then
/// whether each of these exceeds its share.
pub fn watches(scenario: &Scenario, allocation: Allocation) -> Vec<Watch> {
    if allocation == Allocation::None {
        return Vec::new();
    }
    let alerts = |team| {
        let thresholds = scenario.governance.alerts.iter();
        thresholds.map(move |&share| Watch {
            team,
            mark: Mark::Alert(share),
        })
    };
    let teams = || (0..scenario.teams.len()).filter(|&team| scenario.teams[team].share.is_some());
    let exceeded = teams().map(|team| Watch {
        team: Some(team),
        mark: Mark::Share,
    });
    alerts(None)
        .chain(teams().flat_map(|team| alerts(Some(team))))
        .chain(exceeded)
        .collect()
}

/// The smallest whole millionth at or above a share, in millionths, of an amount.
pub fn level(share: i64, of: i64) -> i64 {
    // As nearly always: 128 bits take several times as long.
    let (whole, rest) = (of.div_euclid(MICRO), of.rem_euclid(MICRO));
    let level = rest.checked_mul(share).and_then(|part| {
        let up = part.div_euclid(MICRO) + i64::from(part % MICRO != 0);
        whole.checked_mul(share)?.checked_add(up)
    });
    if let Some(level) = level {
        return level;
    }
    let exact = i128::from(share) * i128::from(of);
    let level = exact.div_euclid(i128::from(MICRO)) + i128::from(exact % i128::from(MICRO) != 0);
    i64::try_from(level).unwrap_or(i64::MAX)
}

/// A threshold in millionths.
pub fn millionths(share: f64) -> i64 {
    round_to_i64(share * MICRO as f64).unwrap_or(i64::MAX)
}

/// The teams that have a share, and what they have together in each month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// Indices into the scenario's teams, in order of name.
    pub teams: Vec<usize>,
    /// Place in `teams` of each of the scenario's teams.
    pub places: Vec<Option<usize>>,
    /// Their shares, in millionths.
    weights: Vec<i64>,
    /// What all of them have in each month, to the end of the last term; credits or money.
    pools: Vec<i64>,
    /// Indices of each one's watches, by place.
    pub watches: Vec<Vec<usize>>,
}

impl Shares {
    /// The shares of a scenario's teams; `None` where a sum passes 64 bits.
    pub fn new(scenario: &Scenario, schedule: &Schedule, allocation: Allocation) -> Option<Self> {
        let mut teams: Vec<usize> = (0..scenario.teams.len())
            .filter(|&team| scenario.teams[team].share.is_some())
            .collect();
        teams.sort_by_key(|&team| &scenario.teams[team].name);
        if allocation == Allocation::None || teams.is_empty() {
            return Some(Self::default());
        }
        let share = |&team: &usize| scenario.teams[team].share.unwrap_or(0) as i64;
        let weights: Vec<i64> = teams.iter().map(share).collect();
        let together: i64 = weights.iter().sum();
        let kept = MICRO - scenario.governance.buffer as i64;
        let months = schedule.terms.last()?.months.end;
        let pools = (0..months).map(|month| {
            let pool = pool(scenario, schedule, allocation, month)?;
            scale(scale(pool, kept, MICRO)?, together, MICRO)
        });
        let mut places = vec![None; scenario.teams.len()];
        for (place, &team) in teams.iter().enumerate() {
            places[team] = Some(place);
        }
        let all = watches(scenario, allocation);
        let of = |&team: &usize| {
            let own = all.iter().enumerate();
            let own = own.filter(|(_, watch)| watch.team == Some(team));
            own.map(|(index, _)| index).collect()
        };
        Some(Self {
            pools: pools.collect::<Option<_>>()?,
            watches: teams.iter().map(of).collect(),
            teams,
            places,
            weights,
        })
    }

    /// True without teams that have a share.
    pub fn is_empty(&self) -> bool {
        self.teams.is_empty()
    }
}

/// What the whole has in a month: its allocation, or an equal part of it.
fn pool(
    scenario: &Scenario,
    schedule: &Schedule,
    allocation: Allocation,
    month: usize,
) -> Option<i64> {
    match allocation {
        Allocation::Month(credits) => Some(credits.micro()),
        Allocation::Term => {
            let term = schedule.terms.iter().find(|t| t.months.contains(&month))?;
            let place = month - term.months.start;
            part(term.granted.micro(), place, term.months.len())
        }
        Allocation::Budget(amount) => match scenario.horizon.months() {
            months if month < months => part(amount.micro(), month, months),
            _ => Some(0),
        },
        Allocation::MonthlyBudget(amount) => Some(amount.micro()),
        Allocation::None => Some(0),
    }
}

/// How the teams of a path stand.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Allocation by month, then by place.
    split: Vec<i64>,
    /// Credits served, by place: in the month, in the period of the allocation, since the review.
    pub month: Vec<Credits>,
    pub period: Vec<Credits>,
    since_review: Vec<Credits>,
    /// Whether each one's breaker has tripped this month.
    pub tripped: Vec<bool>,
    /// Use of the month at which each one's breaker trips.
    pub breaker_level: Vec<i64>,
    /// Use of the period at which each one reaches its next watch.
    pub next_level: Vec<i64>,
    /// Sums of some days, by place.
    pub some_days: Vec<i64>,
}

impl Standing {
    /// A new path.
    pub fn open(&mut self, shares: &Shares) -> Option<()> {
        let count = shares.teams.len();
        self.split.clear();
        self.split.resize(count * shares.pools.len(), 0);
        for sums in [&mut self.month, &mut self.period, &mut self.since_review] {
            sums.clear();
            sums.resize(count, Credits::ZERO);
        }
        self.some_days.clear();
        self.some_days.resize(count, 0);
        self.tripped.clear();
        self.tripped.resize(count, false);
        for levels in [&mut self.breaker_level, &mut self.next_level] {
            levels.clear();
            levels.resize(count, i64::MAX);
        }
        self.divide(shares, 0, &shares.weights.iter().copied())
    }

    /// Divides the months from `first` on among the teams, in proportion to `weights`.
    fn divide(
        &mut self,
        shares: &Shares,
        first: usize,
        weights: &(impl Iterator<Item = i64> + Clone),
    ) -> Option<()> {
        let count = shares.teams.len();
        let all = weights.clone().try_fold(0_i64, i64::checked_add)?;
        if all == 0 {
            return Some(());
        }
        for month in first..shares.pools.len() {
            let (mut upto, mut before) = (0, 0);
            for (place, weight) in weights.clone().enumerate() {
                upto += weight;
                let reached = scale(shares.pools[month], upto, all)?;
                self.split[month * count + place] = reached - before;
                before = reached;
            }
        }
        Some(())
    }

    /// Divides what is to come in proportion to what each was served since the last review; true
    /// when there was something to go by.
    pub fn review(&mut self, shares: &Shares, month: usize) -> Option<bool> {
        let mut used = std::mem::take(&mut self.since_review);
        let is_used = used.iter().any(|&used| used > Credits::ZERO);
        if is_used {
            self.divide(shares, month, &used.iter().map(|used| used.micro()))?;
        }
        used.fill(Credits::ZERO);
        self.since_review = used;
        Some(is_used)
    }

    /// A team's allocation over some months.
    pub fn allocation(&self, place: usize, months: std::ops::Range<usize>) -> Option<i64> {
        let count = self.month.len();
        let mut months = months.map(|month| self.split[month * count + place]);
        months.try_fold(0_i64, i64::checked_add)
    }

    /// A team was served.
    pub fn serve(&mut self, place: usize, credits: Credits) {
        self.month[place] += credits;
        self.period[place] += credits;
        self.since_review[place] += credits;
    }

    /// A new month.
    pub fn open_month(&mut self) {
        self.month.fill(Credits::ZERO);
        self.tripped.fill(false);
    }

    /// A new period of the allocation.
    pub fn open_period(&mut self) {
        self.period.fill(Credits::ZERO);
    }
}

/// Use as the allocation measures it.
pub fn measured(allocation: Allocation, credits: Credits, price: &Price) -> Option<i64> {
    match allocation.is_money() {
        true => price.of(credits).map(Money::micro),
        false => Some(credits.micro()),
    }
}

/// Which of a path's incidents a response has ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    is_ended: Vec<bool>,
    any: bool,
}

impl Ended {
    /// None so far.
    pub fn open(&mut self, future: &Future) {
        self.is_ended.clear();
        self.is_ended.resize(future.occurrences().len(), false);
        self.any = false;
    }

    /// Ends those that run on a day; returns how many run beyond it and are ended by this.
    pub fn end(&mut self, future: &Future, day: usize) -> usize {
        let mut count = 0;
        for (ended, occurrence) in self.is_ended.iter_mut().zip(future.occurrences()) {
            let runs_on = occurrence.from_day <= day && occurrence.to_day > day + 1;
            if runs_on && !*ended {
                *ended = true;
                count += 1;
            }
        }
        self.any |= count > 0;
        count
    }

    /// True when some have been ended.
    pub fn any(&self) -> bool {
        self.any
    }

    /// The first day from one on that an ended incident would have run on; `None` where there is none.
    pub fn next_day(&self, future: &Future, from: usize) -> Option<usize> {
        let runs = future.occurrences().iter().zip(&self.is_ended);
        let ended = runs.filter(|&(run, &ended)| ended && run.to_day > from);
        ended.map(|(run, _)| run.from_day.max(from)).min()
    }

    /// The part of a workload's incident demand on a day that they had caused: all of it where all
    /// incidents of the day are ended; else in proportion to what the others multiply and add.
    pub fn averted(
        &self,
        scenario_hits: &[Vec<bool>],
        future: &Future,
        workload: usize,
        day: usize,
    ) -> Credits {
        let incident = future.incident(workload)[day];
        if incident == 0 {
            return Credits::ZERO;
        }
        let (mut all, mut left) = (Day::default(), Day::default());
        for (occurrence, &ended) in future.occurrences().iter().zip(&self.is_ended) {
            let hits = scenario_hits[occurrence.incident][workload];
            if !hits || !(occurrence.from_day..occurrence.to_day).contains(&day) {
                continue;
            }
            all.add(occurrence.effect);
            if !ended {
                left.add(occurrence.effect);
            }
        }
        if left.count == all.count {
            return Credits::ZERO;
        }
        if left.count == 0 {
            return Credits::from_micro(incident);
        }
        let lumps = future.lumps(workload).get(day).copied().unwrap_or(0);
        let kept = share(incident - lumps, left.factor - 1.0, all.factor - 1.0)
            + share(lumps, left.actions, all.actions);
        Credits::from_micro(incident - kept)
    }
}

/// What the incidents of one day do together.
struct Day {
    count: usize,
    factor: f64,
    actions: f64,
}

impl Default for Day {
    fn default() -> Self {
        Self {
            count: 0,
            factor: 1.0,
            actions: 0.0,
        }
    }
}

impl Day {
    fn add(&mut self, effect: Impact) {
        self.count += 1;
        match effect {
            Impact::Multiplier(factor) => self.factor *= factor,
            Impact::ActionsPerDay(actions) => self.actions += actions,
        }
    }
}

/// The part of an amount that `left` is of `all`, to a billionth; all of it where nothing is added.
fn share(amount: i64, left: f64, all: f64) -> i64 {
    const WHOLE: i64 = 1_000_000_000;
    if all <= 0.0 {
        return amount;
    }
    let kept = round_to_i64(left / all * WHOLE as f64).unwrap_or(WHOLE);
    scale(amount, kept.clamp(0, WHOLE), WHOLE).expect("a part of what fits")
}

/// True when something of the contract or its guardrails can leave demand unserved or averted.
pub fn may_withhold(scenario: &Scenario) -> bool {
    let contract = &scenario.contract;
    let governance = &scenario.governance;
    contract.on_exhaustion != OnExhaustion::Overage
        || contract.overage_cap.is_some()
        || contract.soft_cap > 0
        || governance.circuit_breaker.is_some()
        || governance.incident_response.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_exact_products() {
        // Of every size, so that each way of it is taken.
        let sizes = (0..63).flat_map(|bits| [1_i64 << bits, (1 << bits) + 5 * (1 << (bits / 2))]);
        let sizes: Vec<i64> = sizes.filter(|&size| size > 0).chain([0]).collect();
        for &share in &sizes {
            for &of in &sizes {
                let exact = (i128::from(share) * i128::from(of) + i128::from(MICRO) - 1)
                    / i128::from(MICRO);
                let exact = i64::try_from(exact).unwrap_or(i64::MAX);
                assert_eq!(level(share, of), exact, "{share} {of}");
            }
        }
    }
}
