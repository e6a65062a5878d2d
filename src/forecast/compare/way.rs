//! One way to pay, resolved for running: which demand goes to which contract, and what is paid beside.

use std::ops::Range;

use crate::demand::Future;
use crate::error::Error;
use crate::ledger::{Settlement, Terms};
use crate::scenario::{
    Alternative, Contract, Demand, Grant, Horizon, Licences, PricingModel, Scenario,
};
use crate::units::{Credits, MICRO, Money, quotient, scale};

/// A way to pay, ready to be settled on any future.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// Demand that is metered in credits, and by which contract.
    parts: Vec<Part>,
    /// Paid whatever happens.
    fees: Money,
    /// Units that are billed one by one.
    talks: Vec<Talks>,
}

/// A part of the demand under a contract of its own.
#[derive(Clone, Debug)]
struct Part {
    /// First day of the contract.
    first_day: usize,
    /// Days on which each workload's demand is its.
    spans: Vec<Range<usize>>,
    /// True when that is the whole demand.
    is_whole: bool,
    terms: Terms,
}

/// The billed units of a workload.
#[derive(Clone, Copy, Debug)]
struct Talks {
    workload: usize,
    from_day: usize,
    price: Money,
    /// Units counted for each one billed, in millionths.
    size: i64,
}

/// What a way costs on a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bill {
    /// Everything paid over the horizon.
    pub(super) spend: Money,
    /// Credits that went unserved.
    pub(super) unserved: Credits,
}

/// Buffers of [`Way::bill`], reused from path to path.
#[derive(Debug)]
pub(super) struct Desk {
    part: Future,
    books: Settlement,
}

impl Desk {
    /// Buffers for futures of the same model as `future`.
    pub(super) fn new(future: Future) -> Self {
        Self {
            part: future,
            books: Settlement::default(),
        }
    }
}

impl Way {
    /// A way by its place (the contract, then the alternatives), `plan` being the single-number plan;
    /// `None` where a sum does not fit the ledger's integers.
    pub(super) fn of(scenario: &Scenario, place: usize, plan: &Future) -> Option<Self> {
        match place.checked_sub(1) {
            None => Self::contract(scenario, plan),
            Some(index) => Self::new(scenario, &scenario.alternatives[index], plan),
        }
    }

    /// The scenario's contract for all demand; `None` likewise.
    fn contract(scenario: &Scenario, plan: &Future) -> Option<Self> {
        let spans = vec![0..plan.days(); plan.workloads()];
        let signed = Signed {
            contract: &scenario.contract,
            included: Vec::new(),
            has_conversions: true,
        };
        Some(Self {
            parts: Part::new(scenario, signed, 0, spans, plan)?
                .into_iter()
                .collect(),
            fees: Money::ZERO,
            talks: Vec::new(),
        })
    }

    /// An alternative, with the scenario's contract for what it does not cover; `None` likewise.
    fn new(scenario: &Scenario, alternative: &Alternative, plan: &Future) -> Option<Self> {
        let (from_day, days) = (alternative.from_day, plan.days());
        let spans = |of: &dyn Fn(bool) -> Range<usize>| -> Vec<Range<usize>> {
            alternative
                .covers
                .iter()
                .map(|&covered| of(covered))
                .collect()
        };
        let rest = spans(&|covered| 0..if covered { from_day } else { days });
        let included = match &alternative.model {
            PricingModel::Edition {
                credits_per_year, ..
            } => yearly(&scenario.horizon, from_day, *credits_per_year)?,
            _ => Vec::new(),
        };
        let signed = Signed {
            contract: &scenario.contract,
            included,
            has_conversions: true,
        };
        let mut parts: Vec<Part> = Vec::new();
        parts.extend(Part::new(scenario, signed, 0, rest, plan)?);
        let (mut fees, mut talks) = (Money::ZERO, Vec::new());
        match &alternative.model {
            PricingModel::PerConversation {
                price,
                actions_per_conversation,
            } => {
                let covered = (0..plan.workloads()).filter(|&w| alternative.covers[w]);
                talks.extend(covered.map(|workload| {
                    Talks {
                        workload,
                        from_day,
                        price: *price,
                        size: actions_per_conversation
                            .filter(|_| is_agents(scenario, workload))
                            .unwrap_or(MICRO),
                    }
                }));
            }
            PricingModel::PerUser(licences) | PricingModel::Edition { licences, .. } => {
                fees = flat(&scenario.horizon, from_day, *licences)?;
            }
            PricingModel::Flex { contract, licences } => {
                if let Some(licences) = licences {
                    fees = flat(&scenario.horizon, from_day, *licences)?;
                }
                let signed = Signed {
                    contract,
                    included: Vec::new(),
                    // Licences convert under the one contract that there is.
                    has_conversions: parts.is_empty(),
                };
                let covered = spans(&|covered| from_day..if covered { days } else { from_day });
                parts.extend(Part::new(scenario, signed, from_day, covered, plan)?);
            }
        }
        Some(Self { parts, fees, talks })
    }

    /// Whether any credits are metered; if not, a bill does not depend on them.
    pub(super) fn is_metered(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Share off the list price of each purchase, in millionths.
    pub(super) fn discounts(&self) -> Vec<u64> {
        let parts = self.parts.iter();
        let off = parts.flat_map(|Part { terms, .. }| {
            let bought = terms.contract_terms().iter();
            bought.map(|term| terms.prices.off(term.purchase.credits))
        });
        off.collect()
    }

    /// Packs of each purchase.
    pub(super) fn packs(&self) -> Vec<u64> {
        let parts = self.parts.iter();
        let terms = parts.flat_map(|part| part.terms.contract_terms());
        terms.map(|term| term.purchase.packs).collect()
    }

    /// Settles a path: its credits as in `future`, its units as in `units` times `volume`
    /// (millionths).
    ///
    /// # Errors
    /// [`Error::Overflow`] when a sum passes what 64 bits hold.
    pub(super) fn bill(
        &self,
        path: u64,
        future: &Future,
        (units, volume): (&Future, i64),
        desk: &mut Desk,
    ) -> Result<Bill, Error> {
        let overflow = || Error::Overflow { path: Some(path) };
        let mut bill = Bill {
            spend: self.fees,
            unserved: Credits::ZERO,
        };
        for part in &self.parts {
            let Desk { part: own, books } = desk;
            let demand = match part.is_whole {
                true => future,
                false => {
                    future.excerpt(part.first_day, &part.spans, own);
                    own
                }
            };
            books.meet(demand).ok_or_else(overflow)?;
            part.terms.settle_totals(path, demand, books)?;
            bill.spend = bill.spend.checked_add(books.paid).ok_or_else(overflow)?;
            bill.unserved = bill.unserved.checked_add(books.lost).ok_or_else(overflow)?;
        }
        for talks in &self.talks {
            let paid = talks.paid(units, volume).ok_or_else(overflow)?;
            bill.spend = bill.spend.checked_add(paid).ok_or_else(overflow)?;
        }
        Ok(bill)
    }
}

impl Talks {
    /// What the units of the horizon cost: rounded once, so that parts of a unit add up.
    fn paid(&self, units: &Future, volume: i64) -> Option<Money> {
        let days = &units.units(self.workload)[self.from_day..];
        let counted: i128 = days.iter().map(|&units| i128::from(units)).sum();
        let counted = scale(i64::try_from(counted).ok()?, volume, MICRO)?;
        let price = i128::from(self.price.micro());
        let worth = i128::from(counted).checked_mul(price)?;
        quotient(worth, i128::from(self.size)).map(Money::from_micro)
    }
}

/// A contract as a part of the demand meets it.
struct Signed<'a> {
    contract: &'a Contract,
    /// Credits that come with an edition.
    included: Vec<Grant>,
    /// Whether the scenario's conversions are of this contract.
    has_conversions: bool,
}

impl Part {
    /// A contract from `first_day` on for the demand of some spans: none where these are empty. What
    /// it says of the plan it says of the plan of these; `None` outside where a sum does not fit.
    fn new(
        scenario: &Scenario,
        signed: Signed<'_>,
        first_day: usize,
        spans: Vec<Range<usize>>,
        plan: &Future,
    ) -> Option<Option<Self>> {
        if spans.iter().all(Range::is_empty) {
            return Some(None);
        }
        let mut own = plan.clone();
        plan.excerpt(first_day, &spans, &mut own);
        let horizon = scenario.horizon.from_day(first_day)?;
        let months = by_month(&horizon, &own, &signed.included)?;
        let shift = i64::try_from(first_day).ok()?;
        let mut contract = signed.contract.clone();
        for grant in &mut contract.grants {
            grant.from_day -= shift;
            grant.to_day -= shift;
        }
        contract.grants.extend(signed.included);
        let own_scenario = Scenario {
            horizon,
            contract,
            conversions: match signed.has_conversions {
                true => scenario.conversions.clone(),
                false => Vec::new(),
            },
            ..scenario.clone()
        };
        Some(Some(Self {
            first_day,
            is_whole: first_day == 0 && spans.iter().all(|span| *span == (0..plan.days())),
            spans,
            terms: Terms::new(&own_scenario, &months)?,
        }))
    }
}

/// What a plan wants in each month beyond the credits that are included; `None` where a sum does not
/// fit.
fn by_month(horizon: &Horizon, plan: &Future, included: &[Grant]) -> Option<Vec<Credits>> {
    let mut days = Vec::new();
    plan.add_up(&mut days)?;
    for grant in included {
        let mut left = grant.credits;
        let first = usize::try_from(grant.from_day).ok()?;
        let end = usize::try_from(grant.to_day + 1).ok()?.min(days.len());
        for day in &mut days[first..end] {
            let used = left.min(*day);
            *day -= used;
            left -= used;
        }
    }
    let months =
        (0..horizon.months()).map(|month| days[horizon.month(month)].iter().copied().sum());
    Some(months.collect())
}

/// The credits of an edition: as many every twelve months, used before all others.
fn yearly(horizon: &Horizon, from_day: usize, credits: Credits) -> Option<Vec<Grant>> {
    let mut grants = Vec::new();
    let days = i64::try_from(horizon.days()).ok()?;
    let mut day = i64::try_from(from_day).ok()?;
    while day < days {
        let next = horizon.year_after(day).unwrap_or(days);
        grants.push(Grant {
            credits,
            from_day: day,
            to_day: next - 1,
            priority: 0,
            cost: Money::ZERO,
            promotional: true,
        });
        day = next;
    }
    Some(grants)
}

/// Licences over the months of the horizon from a day on; a month that has begun counts by its days.
fn flat(horizon: &Horizon, from_day: usize, licences: Licences) -> Option<Money> {
    let cost = licences.cost_per_month;
    (0..horizon.months()).try_fold(Money::ZERO, |sum, month| {
        let days = horizon.month(month);
        let left = days.end.saturating_sub(from_day).min(days.len());
        let part = scale(
            cost.micro(),
            i64::try_from(left).ok()?,
            i64::try_from(days.len()).ok()?,
        )?;
        sum.checked_add(Money::from_micro(part))
    })
}

/// True for a workload of agents, whose units are actions.
fn is_agents(scenario: &Scenario, workload: usize) -> bool {
    matches!(scenario.workloads[workload].demand, Demand::Agents { .. })
}
