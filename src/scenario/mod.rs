//! The scenario: the whole question, checked once, never changed.
//!
//! [`read()`] turns a TOML text and `--set` overrides into a [`Scenario`] or into all of its
//! [`Problems`](crate::error::Problems) at once. A `Scenario` that exists is valid: no other
//! module checks what a user wrote.

use crate::randomness::Sampling;
use crate::uncertain::Uncertain;
use crate::units::{Credits, Money};

pub mod calendar;

mod alternative;
mod build;
mod contract;
mod conversion;
mod correlation;
mod cursor;
mod demand;
mod document;
mod event;
mod extras;
mod family;
mod governance;
mod incident;
mod inputs;
mod item;
mod log;
mod lowering;
mod names;
mod number;
mod path;
mod rate_card;
mod read;
mod set;
mod size;
mod team;
mod top;
mod uncertain;
mod warnings;
mod week;
mod workload;

pub use alternative::{Alternative, CONTRACT, Licences, PricingModel};
pub use calendar::Horizon;
pub use contract::less_than_a_pack;
pub use read::{Written, read, written};

/// One question: demand, what was signed, and how precisely to answer.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Used in outputs.
    pub name: String,
    /// Label of every amount of money.
    pub currency: String,
    /// Days and months of the forecast.
    pub horizon: Horizon,
    /// Paths, seed, precision.
    pub simulation: Simulation,
    /// The rate card: credits per unit of each operation, those that some workload uses first as
    /// written; a workload refers to one by its index.
    pub operations: Vec<Operation>,
    /// Later changes of the rate card, ascending by date.
    pub rate_changes: Vec<RateChange>,
    /// Teams in the order in which the workloads name them.
    pub teams: Vec<Team>,
    /// Streams of operations, in file order.
    pub workloads: Vec<Workload>,
    /// Random incidents, in file order.
    pub incidents: Vec<Incident>,
    /// Planned events, in file order.
    pub events: Vec<Event>,
    /// Rank correlations between once-per-path inputs.
    pub correlations: Vec<Correlation>,
    /// What was signed.
    pub contract: Contract,
    /// What was set aside.
    pub budget: Budget,
    /// Guardrails.
    pub governance: Governance,
    /// Flex Agreement conversions, ascending by day.
    pub conversions: Vec<Conversion>,
    /// Costs beside the credits.
    pub extras: Extras,
    /// Other ways to pay, in file order.
    pub alternatives: Vec<Alternative>,
    /// Things that are allowed but probably not meant, each a sentence with its remedy.
    pub warnings: Vec<String>,
}

/// How many futures, from which seed, and how precisely.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// Paths to simulate; with `precision`, the first checkpoint.
    pub paths: u64,
    /// The seed of every random stream.
    pub seed: u64,
    /// Most paths that a precision target may ask for.
    pub max_paths: u64,
    /// How what is drawn once per path is sampled: not a key of the file but a choice of the run.
    pub sampling: Sampling,
    /// Targets that must all be met before a run stops by itself; empty: run `paths`.
    pub precision: Vec<Precision>,
}

/// A target: the 95% interval's half-width as a share of the figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Which figure.
    pub figure: Figure,
    /// Half-width over figure, above 0.
    pub share: f64,
}

/// A figure that a precision target can be set for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Mean spend over the horizon.
    MeanSpend,
    /// Median spend over the horizon.
    P50Spend,
    /// 95th percentile of spend over the horizon.
    P95Spend,
    /// Probability of any overage.
    OverageProbability,
}

/// A value drawn once per path.
#[derive(Clone, Debug)]
pub struct Input {
    /// Dotted path as a user writes it in a correlation; also keys its random stream.
    pub key: String,
    /// What is known of it.
    pub value: Uncertain,
}

/// An entry of the rate card.
#[derive(Clone, Debug)]
pub struct Operation {
    /// As written in `[rate_card]`, or a default entry.
    pub name: String,
    /// Credits per unit (`rate_card.NAME`).
    pub credits: Input,
}

/// A change of the rate card from a date on.
#[derive(Clone, Debug)]
pub struct RateChange {
    /// Index into [`Scenario::operations`].
    pub operation: usize,
    /// First day on which it holds; 0 when it holds from before the start; may lie beyond the
    /// horizon.
    pub from_day: usize,
    /// The new credits per unit (`rate_change.OPERATION.DATE.credits`).
    pub credits: Input,
    /// Probability that it comes about, 0..=1.
    pub chance: f64,
}

/// A stream of operations.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Unique; keys its random streams.
    pub name: String,
    /// Index into [`Scenario::teams`].
    pub team: usize,
    /// Served first when the grants run short.
    pub critical: bool,
    /// Index into [`Scenario::operations`] and share; the shares sum to 1.
    pub operations: Vec<(usize, f64)>,
    /// Where its volume comes from.
    pub demand: Demand,
    /// w(d): day weight (weekday or off-day weight times the calendar month's), one per day.
    pub day_weights: Vec<f64>,
    /// The same without the calendar month's weight, one per day.
    pub weekday_weights: Vec<f64>,
    /// Coefficient of variation of the day-to-day factor, 0 or more.
    pub daily_cv: f64,
    /// Slow start of the rate, if any.
    pub acceleration: Option<Acceleration>,
    /// Growth per month of 30.4375 days (`workload.NAME.growth`), above -1.
    pub growth: Input,
    /// Volatility of the level per square-root year (`workload.NAME.volatility`), 0 or more.
    pub volatility: Input,
}

/// The two kinds of demand.
#[derive(Clone, Debug)]
pub enum Demand {
    /// Seats that activate and act.
    Agents {
        /// Seats (`workload.NAME.seats`), rounded when drawn.
        seats: Input,
        /// Share of seats active by day.
        activation: Activation,
        /// Actions per active agent and working day (`workload.NAME.actions_per_day`).
        actions_per_day: Input,
        /// Coefficient of variation between agents, 0 or more.
        agent_cv: f64,
    },
    /// Units a month.
    Volume {
        /// Units per month (`workload.NAME.units_per_month`).
        units_per_month: Input,
        /// Actions that one unit takes.
        actions_per_unit: ActionsPerUnit,
    },
}

/// Share of seats active.
#[derive(Clone, Debug)]
pub enum Activation {
    /// From `start` to `plateau` along a smooth step over `days` (0: at once).
    Ramp {
        /// Share on the first day (`workload.NAME.activation.start`).
        start: Input,
        /// Share from day `days` on (`workload.NAME.activation.plateau`).
        plateau: Input,
        /// Days to reach the plateau, 0 or more.
        days: f64,
    },
    /// One share per month of the horizon, the last one lasting
    /// (`workload.NAME.activation.months.K`, K from 1).
    Months(Vec<Input>),
    /// One share throughout (`workload.NAME.activation`).
    Constant(Input),
}

/// Distribution of the whole number of actions per unit.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionsPerUnit {
    /// Distinct counts, ascending, with probabilities that sum to 1.
    pub counts: Vec<(u64, f64)>,
}

/// A slow start: the rate is `initial` of the stabilised one before `from_day`, rises along a
/// smooth step, and is 1 from `to_day`.
#[derive(Clone, Debug)]
pub struct Acceleration {
    /// Share of the stabilised rate at first (`workload.NAME.acceleration.initial`), 0..=1.
    pub initial: Input,
    /// Day on which it begins to rise.
    pub from_day: f64,
    /// Day on which it is stable, not before `from_day`.
    pub to_day: f64,
}

/// Something that goes wrong at random.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Unique; keys its random streams.
    pub name: String,
    /// Indices of the workloads it hits, ascending.
    pub workloads: Vec<usize>,
    /// How it comes and what it does.
    pub kind: IncidentKind,
}

impl Incident {
    /// True when it adds lumps of actions, not multiples of the base.
    pub fn adds_lumps(&self) -> bool {
        matches!(
            self.kind,
            IncidentKind::Arrivals {
                effect: Effect::ExtraActions(_),
                ..
            }
        )
    }
}

/// The forms of an incident.
#[derive(Clone, Debug)]
pub enum IncidentKind {
    /// Poisson arrivals, each lasting some days.
    Arrivals {
        /// Arrivals per 365 days (`incident.NAME.per_year`).
        per_year: Input,
        /// Length of each in days, drawn per incident, rounded up, at least 1.
        days: Uncertain,
        /// What one does while it lasts.
        effect: Effect,
    },
    /// True for the whole horizon or not at all.
    Condition {
        /// Probability, 0..=1.
        chance: f64,
        /// What it does to demand.
        factor: Factor,
    },
}

/// What an arrival does, drawn per incident.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Multiplies the workload's demand, at least 1.
    Multiplier(Uncertain),
    /// Adds this many actions in all, spread evenly over its days.
    ExtraActions(Uncertain),
}

/// What a whole-horizon condition does, drawn once per path.
#[derive(Clone, Debug)]
pub enum Factor {
    /// The extra demand is this share of the total (`incident.NAME.share`): factor 1/(1-s).
    Share(Input),
    /// Multiplies demand, at least 1 (`incident.NAME.multiplier`).
    Multiplier(Input),
}

/// A planned change of demand.
#[derive(Clone, Debug)]
pub struct Event {
    /// Unique.
    pub name: String,
    /// Indices of the workloads it changes, ascending.
    pub workloads: Vec<usize>,
    /// First day, clipped to the horizon.
    pub from_day: usize,
    /// Day after the last, clipped to the horizon; not before `from_day`.
    pub to_day: usize,
    /// Factor of demand (`event.NAME.multiplier`), 0 or more.
    pub multiplier: Input,
}

/// A rank correlation between two inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// Keys of two different uncertain inputs.
    pub between: [String; 2],
    /// Spearman's rank correlation, strictly between -1 and 1.
    pub spearman: f64,
}

/// What was signed. Shares are in millionths: 250,000 is a quarter.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// Credits in a pack, whole credits above 0.
    pub pack: Credits,
    /// List price of a pack.
    pub pack_price: Money,
    /// Credits granted once at the start, used first, expiring with the first term.
    pub free_credits: Credits,
    /// How credits are paid for.
    pub payment: Payment,
    /// What is bought ahead, each term; nothing unless the payment is a pre-purchase.
    pub prepurchase: Prepurchase,
    /// All-units discounts by size of the purchase, ascending by `from`.
    pub discounts: Vec<Discount>,
    /// Price of a pack's worth of credits beyond the grants.
    pub overage_pack_price: Money,
    /// Months of a term, 1 to 60; the purchase or the commitment repeats each term. The last term
    /// may pass the end of the horizon.
    pub term_months: usize,
    /// How long bought credits last.
    pub expiry: Expiry,
    /// What survives an expiry.
    pub rollover: Rollover,
    /// What happens to demand that the grants cannot cover.
    pub on_exhaustion: OnExhaustion,
    /// Pooled monthly credits of user seats.
    pub seat_allowance: Option<SeatAllowance>,
    /// Credits that the grants pay for in a month; use above it is overage.
    pub monthly_allocation: Option<Credits>,
    /// Share of the monthly allocation that may be drawn on top while the term's use is within the
    /// purchase.
    pub burst: u64,
    /// Most spend in a month on credits billed one by one.
    pub overage_cap: Option<Money>,
    /// Below this share of the purchase left, non-critical workloads wait; 0: never.
    pub soft_cap: u64,
    /// What an unused credit is worth at the end, as a share of its price, at most 950,000.
    pub residual_value: u64,
    /// Further grants, in file order.
    pub grants: Vec<Grant>,
}

/// How credits are paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// A block up front; usage draws it down.
    PrePurchase,
    /// Billed monthly on use, with a minimum spend over the term.
    PreCommit(Commit),
    /// Billed monthly on use.
    PayAsYouGo,
}

/// A minimum spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Least billed over a term; a shortfall is trued up in the term's last month.
    pub amount: Money,
    /// Price of a pack's worth of use.
    pub pack_price: Money,
    /// Least billed in a month; counts towards the amount.
    pub monthly_minimum: Money,
}

/// What is bought ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prepurchase {
    /// Whole packs (a number of credits rounded up to them).
    Packs(u64),
    /// A share of what the single-number plan wants over the term beyond the free credits in it,
    /// in millionths (`"80%"` is 800,000), rounded up to whole packs.
    ShareOfPlan(u64),
}

/// An all-units discount.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discount {
    /// Smallest purchase it applies to.
    pub from: Credits,
    /// Share off the list price, in millionths, below 1,000,000.
    pub off: u64,
}

/// How long bought credits last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// To the end of the term.
    Term,
    /// An equal part of the purchase is granted each month of the term, gone at its end.
    Monthly,
    /// Twelve months from each grant.
    TwelveMonths,
    /// For ever.
    Never,
}

/// What survives an expiry of bought credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollover {
    /// Share of the unused balance that survives into the next period, in millionths.
    pub share: u64,
    /// Most credits that survive one expiry.
    pub most: Option<Credits>,
    /// Only if the next term's purchase is at least as large.
    pub needs_renewal: bool,
    /// Days that the rest stays usable.
    pub grace_days: usize,
}

/// What happens to demand that the grants cannot cover.
#[derive(Clone, Debug, PartialEq)]
pub enum OnExhaustion {
    /// It is served and billed by the credit.
    Overage,
    /// It goes unserved.
    Block,
    /// Overage up to this share of the grant, in millionths, then unserved.
    Grace(u64),
    /// Packs are bought when the balance falls low; beyond the cap it goes unserved.
    TopUp(TopUp),
    /// The next larger monthly step holds for the rest of the term; beyond the last, unserved.
    /// Ascending in credits and not falling in price, at least one.
    StepUp(Vec<Step>),
}

impl OnExhaustion {
    /// True when it grants more credits.
    pub fn is_buying(&self) -> bool {
        matches!(self, Self::TopUp(_) | Self::StepUp(_))
    }
}

/// Packs bought by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopUp {
    /// Bought when the balance falls below this share of the term's purchase, in millionths.
    pub below: u64,
    /// Packs of one top-up, above 0.
    pub packs: u64,
    /// Price of one pack, without discount.
    pub pack_price: Money,
    /// Most spent on top-ups in a term.
    pub spending_cap: Option<Money>,
}

/// A monthly package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Credits granted each month, above 0.
    pub credits_per_month: Credits,
    /// What it costs each month.
    pub price_per_month: Money,
}

/// Pooled monthly credits of user seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatAllowance {
    /// Seats.
    pub seats: u64,
    /// Credits that all seats together bring each month.
    pub credits: Credits,
    /// What all seats together cost each month.
    pub cost: Money,
}

/// A further grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Credits in it.
    pub credits: Credits,
    /// First usable day, counted from the start; below 0 when it began before.
    pub from_day: i64,
    /// Last usable day, counted from the start; not before `from_day`.
    pub to_day: i64,
    /// Lower ones burn first; free credits have 0, purchases 10.
    pub priority: u64,
    /// What it costs, paid on its first day.
    pub cost: Money,
    /// Burns before paid credits of the same priority and expiry.
    pub promotional: bool,
}

/// Licences converted to credits, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Day counted from the start; may lie outside the horizon.
    pub day: i64,
    /// Licences.
    pub licences: u64,
    /// Value of them all.
    pub value: Money,
    /// Value received for a unit of value given, in millionths, above 0.
    pub ratio: u64,
    /// Which way.
    pub direction: Direction,
}

/// Which way a conversion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Licences become credits.
    ToCredits,
    /// Credits become licences.
    ToLicences,
}

/// A cost centre. Shares are in millionths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Unique.
    pub name: String,
    /// Its share of the pool after the buffer.
    pub share: Option<u64>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// Guardrails. Shares are in millionths.
#[derive(Clone, Debug, PartialEq)]
pub struct Governance {
    /// Thresholds of the allocation to watch, ascending, as shares above 0.
    pub alerts: Vec<f64>,
    /// A team's non-critical workloads pause for the rest of the month once it has used this share
    /// of its monthly allocation.
    pub circuit_breaker: Option<u64>,
    /// What ends running incidents.
    pub incident_response: Option<IncidentResponse>,
    /// Share of the pool held centrally, below 1,000,000.
    pub buffer: u64,
    /// Months between reviews, which rebalance the teams' shares to actual use.
    pub review_months: Option<usize>,
}

/// An alert whose crossing ends running incidents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IncidentResponse {
    /// Share of the allocation, above 0.
    pub alert: f64,
    /// Days that they still run after the day of the crossing.
    pub days: usize,
}

/// Costs beside the credits. Shares are in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Data cloud, as a share of the spend.
    pub data_cloud: u64,
    /// Support, as a share of the spend.
    pub support: u64,
    /// Building agents, once.
    pub agent_build: Money,
}

/// What was set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// For the whole horizon.
    pub amount: Option<Money>,
    /// For each month.
    pub monthly: Option<Money>,
}
