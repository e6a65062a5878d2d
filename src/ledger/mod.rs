//! The ledger: one future settled against one contract, in integers, without randomness.
//!
//! [`Terms`] is a contract resolved for running: what is granted when, what it costs, what the rest
//! costs, who may use how much. [`Terms::settle`] books one [`Future`] day by day, after the rules
//! of METHODS.md, "From demand to money". On every path, exactly,
//!
//! granted + bought = consumed from grants + expired + converted to licences + closing balance, and
//! wanted = served + unserved + averted.

use crate::demand::Future;
use crate::error::Error;
use crate::scenario::{
    Contract, Expiry, Governance, Horizon, OnExhaustion, Payment, Prepurchase, Scenario,
};
use crate::units::Credits;

mod governance;
mod journal;
mod lots;
mod prices;
mod schedule;
mod settle;

pub use governance::{Allocation, Mark, Watch};
pub use journal::{Entry, Line, Reason};
pub use prices::{Price, PriceList, Purchase};
pub use schedule::Term;
pub use settle::{MonthBooks, Settlement};

use governance::{Shares, Standing};
use journal::{Nobody, Scribe};
use schedule::Schedule;

/// A contract and its guardrails, resolved for running.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What each size costs, and what lies beyond the grants.
    pub prices: PriceList,
    /// What alerts and teams have shares of.
    pub allocation: Allocation,
    /// What is watched, in the order in which it is reported.
    pub watches: Vec<Watch>,
    /// Indices of those that watch the whole.
    watches_of_whole: Vec<usize>,
    horizon: Horizon,
    contract: Contract,
    governance: Governance,
    schedule: Schedule,
    shares: Shares,
    /// Place in `shares` of each workload's team.
    places: Vec<Option<usize>>,
    /// Workloads that may wait.
    waits: Vec<bool>,
    /// Workloads in the order in which they are served when not all can be.
    serving: Vec<usize>,
    /// Whether each incident hits each workload.
    hits: Vec<Vec<bool>>,
    may_withhold: bool,
    is_plain: bool,
    days_add_up: bool,
}

/// The market's rule of thumb, in millionths: buy 80% of what the plan wants.
pub const RULE_80: u64 = 800_000;

impl Terms {
    /// Resolves a scenario's contract. `plan` is what the single-number plan wants in each month;
    /// `None` where a sum does not fit the ledger's integers.
    pub fn new(scenario: &Scenario, plan: &[Credits]) -> Option<Self> {
        let contract = &scenario.contract;
        let prices = PriceList::new(contract);
        let packs = |months: std::ops::Range<usize>| match (contract.payment, contract.prepurchase)
        {
            (Payment::PrePurchase, Prepurchase::Packs(packs)) => packs,
            (Payment::PrePurchase, Prepurchase::ShareOfPlan(share)) => {
                prices.packs_for_share(beyond_free(contract, plan, months), share)
            }
            (Payment::PayAsYouGo | Payment::PreCommit(_), _) => 0,
        };
        let purchases = Schedule::purchases(contract, &scenario.horizon, packs, &prices)?;
        Self::buying(scenario, &purchases)
    }

    /// The same with the purchase of each term as given, whatever the contract says of it; `None`
    /// where a sum does not fit the ledger's integers.
    ///
    /// # Panics
    /// When there is not one purchase for each term that begins within the horizon.
    pub fn buying(scenario: &Scenario, purchases: &[Purchase]) -> Option<Self> {
        let contract = &scenario.contract;
        let terms = scenario.horizon.months().div_ceil(contract.term_months);
        assert_eq!(purchases.len(), terms, "a purchase for each term");
        let schedule = Schedule::new(scenario, purchases)?;
        let allocation = Allocation::new(scenario, &schedule);
        let shares = Shares::new(scenario, &schedule, allocation)?;
        let workloads = &scenario.workloads;
        let place = |team: usize| shares.places.get(team).copied().flatten();
        let mut serving: Vec<usize> = (0..workloads.len()).collect();
        serving.sort_by_key(|&w| (!workloads[w].critical, &workloads[w].name));
        let hits = scenario.incidents.iter();
        let hit = |w| move |incident: &crate::scenario::Incident| incident.workloads.contains(&w);
        let watches = governance::watches(scenario, allocation);
        let whole = |&index: &usize| watches[index].team.is_none();
        Some(Self {
            watches_of_whole: (0..watches.len()).filter(whole).collect(),
            watches,
            allocation,
            horizon: scenario.horizon.clone(),
            places: workloads.iter().map(|w| place(w.team)).collect(),
            waits: workloads.iter().map(|w| !w.critical).collect(),
            serving,
            hits: hits
                .map(|incident| (0..workloads.len()).map(|w| hit(w)(incident)).collect())
                .collect(),
            may_withhold: governance::may_withhold(scenario),
            is_plain: feedback(scenario).is_empty(),
            days_add_up: days_add_up(scenario),
            contract: contract.clone(),
            governance: scenario.governance.clone(),
            prices: PriceList::new(contract),
            schedule,
            shares,
        })
    }

    /// Free credits, granted once at the start.
    pub fn free(&self) -> Credits {
        self.contract.free_credits
    }

    /// The terms that begin within the horizon, with what is bought for each.
    pub fn contract_terms(&self) -> &[Term] {
        &self.schedule.terms
    }

    /// Months of each whole term. A term that the horizon cuts short says nothing of a whole one, unless it
    /// is the only one: then the horizon is the term.
    pub fn whole_terms(&self) -> Vec<std::ops::Range<usize>> {
        let horizon = self.horizon.months();
        let terms = self.contract_terms().iter().map(|term| term.months.clone());
        match self.contract_terms() {
            [_] => std::iter::once(0..horizon).collect(),
            _ => terms.filter(|months| months.end <= horizon).collect(),
        }
    }

    /// Months of the last term within the horizon, where that cuts it short.
    pub fn cut_term(&self) -> Option<usize> {
        let horizon = self.horizon.months();
        let last = &self.contract_terms().last()?.months;
        (last.end > horizon).then(|| horizon - last.start)
    }

    /// What is bought ahead for the first term.
    pub fn purchase(&self) -> Purchase {
        self.schedule.terms[0].purchase
    }

    /// The contract with so many packs bought for each term, whatever it says of the purchase; `None` where a sum does not fit the ledger's integers.
    pub fn with_packs(scenario: &Scenario, packs: u64) -> Option<Self> {
        let purchase = PriceList::new(&scenario.contract).purchase(packs)?;
        let terms = scenario
            .horizon
            .months()
            .div_ceil(scenario.contract.term_months);
        Self::buying(scenario, &vec![purchase; terms])
    }

    /// What `prepurchase = "80%"` would buy for the first term, in packs; `plan` is what the
    /// single-number plan wants in each month.
    pub fn rule_80_packs(&self, plan: &[Credits]) -> u64 {
        self.packs_of_plan(plan, RULE_80)
    }

    /// Packs that hold a share, in millionths, of what the single-number plan wants in the first term
    /// beyond the free credits; `plan` is what it wants in each month.
    pub fn packs_of_plan(&self, plan: &[Credits], share: u64) -> u64 {
        let months = self.schedule.terms[0].months.clone();
        let beyond = beyond_free(&self.contract, plan, months);
        self.prices.packs_for_share(beyond, share)
    }

    /// Credits that are granted within the horizon, whatever happens: top-ups and later steps aside.
    pub fn granted(&self) -> Credits {
        self.schedule.granted
    }

    /// True when something is or can be granted, so that exhaustion and overage are defined.
    pub fn has_grants(&self) -> bool {
        self.granted() > Credits::ZERO || self.contract.on_exhaustion.is_buying()
    }

    /// What a team has of the allocation in its first period, before any review: credits, or money
    /// against a budget; `None` for a team without a share.
    pub fn first_allocation(&self, team: usize) -> Option<i64> {
        let place = self.shares.places.get(team).copied().flatten()?;
        let mut standing = Standing::default();
        standing.open(&self.shares)?;
        let term = &self.schedule.terms[0];
        let months = self.allocation.period(0, term, self.horizon.months());
        standing.allocation(place, months)
    }

    /// True when demand may go unserved or be averted.
    pub fn may_withhold(&self) -> bool {
        self.may_withhold
    }

    /// Settles one future.
    ///
    /// # Errors
    /// [`Error::Overflow`] when a sum passes what 64 bits hold.
    ///
    /// # Panics
    /// When credits are not conserved: that is our mistake, and no figure may come of it.
    pub fn settle(&self, path: u64, future: &Future, books: &mut Settlement) -> Result<(), Error> {
        let overflow = Error::Overflow { path: Some(path) };
        self.book(future, books, &mut Nobody).ok_or(overflow)
    }

    /// Settles one future as it is, without asking what it would be without its incidents:
    /// `overage_without_incidents` is left as it was. For pairs of futures.
    ///
    /// # Errors
    /// As for [`Terms::settle`].
    ///
    /// # Panics
    /// As for [`Terms::settle`].
    pub fn settle_whole(
        &self,
        path: u64,
        future: &Future,
        books: &mut Settlement,
    ) -> Result<(), Error> {
        let settled = self.book_whole(future, books, &mut Nobody);
        settled
            .map(|_| ())
            .ok_or(Error::Overflow { path: Some(path) })
    }

    /// Settles one future for what it comes to: `paid`, `beyond`, `lost`, what expired and what is unused. The
    /// other books may not be kept. What it wants is taken from the books, where [`Settlement::meet`] puts it
    /// once for any number of contracts. For weighing many sizes on one future.
    ///
    /// # Errors
    /// As for [`Terms::settle`].
    ///
    /// # Panics
    /// As for [`Terms::settle`].
    pub fn settle_totals(
        &self,
        path: u64,
        future: &Future,
        books: &mut Settlement,
    ) -> Result<(), Error> {
        let settled = self.book_totals(future, books);
        settled.ok_or(Error::Overflow { path: Some(path) })
    }

    /// Settles one future and tells every event.
    ///
    /// # Errors
    /// As for [`Terms::settle`].
    ///
    /// # Panics
    /// As for [`Terms::settle`].
    pub fn journal(&self, path: u64, future: &Future) -> Result<Vec<Line>, Error> {
        let mut scribe = Scribe::default();
        let overflow = Error::Overflow { path: Some(path) };
        self.book(future, &mut Settlement::default(), &mut scribe)
            .ok_or(overflow)?;
        Ok(scribe.lines())
    }
}

/// What the plan wants in some months beyond the free credits in them.
fn beyond_free(contract: &Contract, plan: &[Credits], months: std::ops::Range<usize>) -> Credits {
    let is_first = months.start == 0;
    let wanted = plan[months.start..months.end.min(plan.len())]
        .iter()
        .copied()
        .sum::<Credits>();
    match is_first {
        true => wanted.saturating_less(contract.free_credits),
        false => wanted,
    }
}

/// How the cost of a path depends on the size of its purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// By the demand of each term beyond the free credits, and nothing else.
    Demand,
    /// By the days, but what is paid beyond the purchase, less what is left is worth, never rises with
    /// the size from one pack on: a larger purchase leaves the grants at least as full on every day, in every
    /// one of them, so that no less is burnt and no more billed, stepped up or topped up.
    Falling,
    /// In any way: shares of the purchase decide what is served, or prices follow the size.
    Any,
}

/// How the cost of a path depends on the size of its purchase under this scenario's contract.
pub fn grade(scenario: &Scenario) -> Grade {
    let contract = &scenario.contract;
    let keys = feedback(scenario);
    if keys.iter().all(|&key| key == "contract.term_months") {
        return Grade::Demand;
    }
    let governance = &scenario.governance;
    let terms = scenario.horizon.months().div_ceil(contract.term_months);
    let tops_up_once =
        terms == 1 && contract.expiry == Expiry::Term && contract.residual_value == 0;
    let is_falling = !matches!(contract.payment, Payment::PreCommit(_))
        && match contract.on_exhaustion {
            OnExhaustion::Overage | OnExhaustion::Block | OnExhaustion::StepUp(_) => true,
            OnExhaustion::TopUp(_) => tops_up_once,
            OnExhaustion::Grace(_) => false,
        }
        && contract.soft_cap == 0
        && (contract.burst == 0 || contract.overage_cap.is_none())
        && scenario.conversions.is_empty()
        && governance.circuit_breaker.is_none()
        && governance.incident_response.is_none();
    if is_falling {
        Grade::Falling
    } else {
        Grade::Any
    }
}

/// Whether a pack more changes what a path costs by a top-up, a step, an incident's end or what a day serves at once, or
/// not at all: shares of the purchase decide what is bought or served, where there is anything that they could hold back.
pub fn goes_in_jumps(scenario: &Scenario) -> bool {
    let contract = &scenario.contract;
    let governance = &scenario.governance;
    let may_wait = scenario.workloads.iter().any(|workload| !workload.critical);
    let is_capped = contract.soft_cap > 0 && may_wait;
    let is_guarded = governance.circuit_breaker.is_some() && may_wait
        || governance.incident_response.is_some() && !scenario.incidents.is_empty();
    // A fixed allocation is the same whatever is bought, and so is what is used of it where all of it is served.
    let follows_size = contract.monthly_allocation.is_none()
        || contract.on_exhaustion != OnExhaustion::Overage
        || contract.overage_cap.is_some();
    contract.on_exhaustion.is_buying() || is_capped || is_guarded && follows_size
}

/// Whether days between which nothing is granted and nothing ends come to the same when they are booked as one
/// day that wants what all of them do: what is served, billed, tolerated or bought is then the lesser of what
/// is wanted so far and what there is, and no day is looked at by itself.
fn days_add_up(scenario: &Scenario) -> bool {
    let contract = &scenario.contract;
    let governance = &scenario.governance;
    let is_allocated = contract.monthly_allocation.is_some();
    let is_additive = match contract.on_exhaustion {
        // All beyond the grants is billed, whatever keeps it from them.
        OnExhaustion::Overage => true,
        OnExhaustion::Block | OnExhaustion::Grace(_) => !is_allocated,
        // Where a top-up burns last it may as well be there from the first of these days on.
        OnExhaustion::TopUp(_) => {
            !is_allocated
                && contract.expiry != Expiry::TwelveMonths
                && contract.rollover.grace_days == 0
                && contract.grants.is_empty()
        }
        // A step burns before what was there, so that the day on which it is taken stands by itself.
        OnExhaustion::StepUp(_) => !is_allocated,
    };
    is_additive
        && contract.soft_cap == 0
        && governance.circuit_breaker.is_none()
        && governance.incident_response.is_none()
}

/// The keys of a scenario whose effect on a path depends on more than its demand over one term
/// beyond the free credits: with one of them, sizes cannot be compared by that demand alone.
pub fn feedback(scenario: &Scenario) -> Vec<&'static str> {
    let contract = &scenario.contract;
    let governance = &scenario.governance;
    let months = scenario.horizon.months();
    // What outlives a term counts where another one follows.
    let is_followed = contract.term_months < months;
    let ends_otherwise = match contract.expiry {
        Expiry::Term => false,
        Expiry::Never => is_followed,
        Expiry::Monthly => true,
        Expiry::TwelveMonths => is_followed || months > 12,
    };
    let found = [
        (
            matches!(contract.payment, Payment::PreCommit(_)),
            "contract.payment",
        ),
        (is_followed, "contract.term_months"),
        (ends_otherwise, "contract.expiry"),
        (
            is_followed && contract.rollover.share > 0,
            "contract.rollover",
        ),
        (
            is_followed && contract.rollover.grace_days > 0,
            "contract.grace_days",
        ),
        (
            contract.on_exhaustion != OnExhaustion::Overage,
            "contract.on_exhaustion",
        ),
        (contract.seat_allowance.is_some(), "contract.seat_allowance"),
        (
            contract.monthly_allocation.is_some(),
            "contract.monthly_allocation",
        ),
        (contract.overage_cap.is_some(), "contract.overage_cap"),
        (contract.soft_cap > 0, "contract.soft_cap"),
        (!contract.grants.is_empty(), "contract.grants"),
        (!scenario.conversions.is_empty(), "conversion"),
        (
            governance.circuit_breaker.is_some(),
            "governance.circuit_breaker",
        ),
        (
            governance.incident_response.is_some(),
            "governance.incident_response",
        ),
    ];
    let found = found.into_iter().filter(|(is_set, _)| *is_set);
    found.map(|(_, key)| key).collect()
}
