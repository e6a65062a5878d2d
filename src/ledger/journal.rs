//! A path's books told as a journal: every event a dated line with the running balance.

use crate::units::{Credits, Money};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// Free credits were granted.
    Free,
    /// Packs were bought ahead.
    Purchased {
        /// Whole packs.
        packs: u64,
    },
    /// The month's part of the purchase was granted.
    MonthlyPart,
    /// The month's credits of the seats were granted.
    Seats {
        /// Seats.
        seats: u64,
    },
    /// The month's credits of the step that holds were granted.
    Step {
        /// From 0.
        step: usize,
    },
    /// A step began; credits and money are what it adds to the last one in this month.
    SteppedUp {
        /// From 0.
        step: usize,
    },
    /// A further grant began.
    Granted {
        /// Index into the contract's grants.
        grant: usize,
    },
    /// Licences became credits.
    Converted {
        /// Licences.
        licences: u64,
    },
    /// Credits became licences.
    GivenBack {
        /// Value of the licences.
        value: Money,
    },
    /// Packs were bought by rule.
    ToppedUp {
        /// Whole packs.
        packs: u64,
    },
    /// Credits were used from grants.
    Used,
    /// The grants could not cover the day in full.
    Exhausted,
    /// Credits were used beyond the grants.
    Overage,
    /// Credits were used and billed, where nothing is granted.
    Billed,
    /// Demand was not served.
    Unserved {
        /// Why.
        reason: Reason,
    },
    /// Demand of incidents that a response had ended.
    Averted,
    /// An alert's threshold was reached.
    Alert {
        /// Whose: index into the scenario's teams, or the whole.
        team: Option<usize>,
        /// Share of the allocation.
        threshold: f64,
    },
    /// A team passed its share.
    ShareExceeded {
        /// Index into the scenario's teams.
        team: usize,
    },
    /// A team's non-critical workloads pause until the end of the month.
    BreakerTripped {
        /// Index into the scenario's teams.
        team: usize,
    },
    /// An alert called for a response.
    ResponseCalled {
        /// Days that incidents still run.
        days: usize,
    },
    /// A response ended running incidents.
    IncidentsEnded {
        /// How many.
        count: usize,
    },
    /// The teams' shares were rebalanced to use.
    Reviewed,
    /// Part of what was left survived into the next period.
    RolledOver {
        /// Credits that survived.
        credits: Credits,
    },
    /// The rest stays usable for some days of grace.
    InGrace {
        /// Credits that stay.
        credits: Credits,
    },
    /// What was left was lost.
    Expired,
    /// The month's bill was raised to its minimum.
    MonthlyMinimum,
    /// The term's bill was raised to the commitment.
    TrueUp,
}

/// Why demand goes unserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Non-critical workloads wait below the soft cap.
    SoftCap,
    /// A team's circuit breaker tripped.
    Breaker,
    /// The grants could not cover it and the contract serves no more.
    Blocked,
    /// The month's overage cap was reached.
    Capped,
}

/// One line of the journal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Day of the horizon.
    pub day: usize,
    /// What happened.
    pub entry: Entry,
    /// Credits moved: granted above 0; used, lost, unserved or averted below.
    pub credits: Credits,
    /// Money paid.
    pub money: Money,
    /// Balance of the grants afterwards.
    pub balance: Credits,
    /// What the credits used, lost or given back had cost when they were bought.
    pub cost: Money,
    /// What the credits in the balance have cost, afterwards.
    pub held: Money,
}

impl Line {
    /// What the event changes of the balance: credits used beyond the grants, unserved or averted
    /// leave it as it is.
    pub fn change(&self) -> Credits {
        match self.entry {
            Entry::Overage | Entry::Billed | Entry::Unserved { .. } | Entry::Averted => {
                Credits::ZERO
            }
            _ => self.credits,
        }
    }
}

/// Who listens while a path is booked.
pub trait Listener {
    /// Whether anybody does.
    const LISTENS: bool;
    /// Whether each day is booked by itself. Else days of which only the sum counts are booked as one, and
    /// nothing is kept of a day or a month.
    const BY_DAY: bool = true;
    /// Whether anything is kept of a day, a month, a workload or an alert. Else only what it all comes to.
    const KEEPS: bool = Self::BY_DAY;

    /// An event; credits and money as in [`Line`].
    #[inline]
    fn post(&mut self, _: usize, _: Entry, _credits: Credits, _: Money, _balance: Credits) {}
    /// A grant was opened under a number, at a cost.
    #[inline]
    fn opened(&mut self, _number: u32, _: Credits, _cost: Money) {}
    /// Part of a grant left the balance with the next event.
    #[inline]
    fn burnt(&mut self, _number: u32, _: Credits) {}
    /// Part of a grant lives on in another.
    #[inline]
    fn moved(&mut self, _from: u32, _to: u32, _: Credits) {}
}

/// Nobody: what most paths are booked for.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Listener for Nobody {
    const LISTENS: bool = false;
}

/// Nobody, who asks for totals only, of days that have to be looked at one by one.
#[derive(Clone, Copy, Debug)]
pub struct OnlySums;

impl Listener for OnlySums {
    const LISTENS: bool = false;
    const KEEPS: bool = false;
}

/// Nobody, who asks for totals only.
#[derive(Clone, Copy, Debug)]
pub struct OnlyTotals;

impl Listener for OnlyTotals {
    const LISTENS: bool = false;
    const BY_DAY: bool = false;
}

/// Writes the journal.
#[derive(Clone, Debug, Default)]
pub struct Scribe {
    lines: Vec<Line>,
    /// Credits and cost that each grant still holds, by number.
    holdings: Vec<(Credits, Money)>,
    /// Cost of what was burnt since the last event.
    cost: Money,
    /// Cost of all that they still hold.
    held: Money,
}

impl Scribe {
    /// The lines in order.
    pub fn lines(self) -> Vec<Line> {
        self.lines
    }

    /// Takes credits and their part of the cost out of a grant; the last ones take what is left.
    fn take(&mut self, number: u32, credits: Credits) -> Money {
        let (left, cost) = &mut self.holdings[number as usize];
        let part = match left.micro() {
            0 => Money::ZERO,
            of => {
                let share = crate::units::scale(cost.micro(), credits.micro(), of);
                Money::from_micro(share.expect("a part of what fits"))
            }
        };
        *left -= credits;
        *cost -= part;
        part
    }
}

impl Listener for Scribe {
    const LISTENS: bool = true;

    fn post(&mut self, day: usize, entry: Entry, credits: Credits, money: Money, balance: Credits) {
        let cost = match entry {
            Entry::Used | Entry::Expired | Entry::GivenBack { .. } => {
                std::mem::take(&mut self.cost)
            }
            _ => Money::ZERO,
        };
        self.lines.push(Line {
            day,
            entry,
            credits,
            money,
            balance,
            cost,
            // What is about to be lost is still there.
            held: self.held + self.cost,
        });
    }

    fn opened(&mut self, number: u32, credits: Credits, cost: Money) {
        debug_assert_eq!(number as usize, self.holdings.len());
        self.holdings.push((credits, cost));
        self.held += cost;
    }

    fn burnt(&mut self, number: u32, credits: Credits) {
        let part = self.take(number, credits);
        self.cost += part;
        self.held -= part;
    }

    fn moved(&mut self, from: u32, to: u32, credits: Credits) {
        let part = self.take(from, credits);
        let (left, cost) = &mut self.holdings[to as usize];
        *left += credits;
        *cost += part;
    }
}
