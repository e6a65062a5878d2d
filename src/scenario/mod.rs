//! The scenario: the whole question, checked once, never changed.
//!
//! [`read()`] turns a TOML text and `--set` overrides into a [`Scenario`] or into all of its
//! [`Problems`](crate::error::Problems) at once. A `Scenario` that exists is valid: no other
//! module checks what a user wrote.

use crate::uncertain::Uncertain;
use crate::units::{Credits, Money};

pub mod calendar;

mod build;
mod contract;
mod correlation;
mod cursor;
mod demand;
mod document;
mod event;
mod family;
mod governance;
mod incident;
mod inputs;
mod item;
mod later;
mod log;
mod lowering;
mod names;
mod number;
mod path;
mod rate_card;
mod read;
mod set;
mod size;
mod top;
mod uncertain;
mod unsettled;
mod warnings;
mod week;
mod workload;

pub use calendar::Horizon;
pub use read::read;

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
    /// Names of teams in the order in which the workloads name them.
    pub teams: Vec<String>,
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
    /// Thresholds of the allocation to watch, ascending, as shares above 0.
    pub alerts: Vec<f64>,
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

/// What was signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// Credits in a pack, whole credits above 0.
    pub pack: Credits,
    /// List price of a pack.
    pub pack_price: Money,
    /// Credits granted once at the start, used first.
    pub free_credits: Credits,
    /// How credits are paid for.
    pub payment: Payment,
    /// What is bought ahead.
    pub prepurchase: Prepurchase,
    /// All-units discounts by size of the purchase, ascending by `from`.
    pub discounts: Vec<Discount>,
    /// Price of a pack's worth of credits beyond the grants.
    pub overage_pack_price: Money,
}

/// How credits are paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// A block up front; usage draws it down.
    PrePurchase,
    /// Billed monthly on use.
    PayAsYouGo,
}

/// What is bought ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prepurchase {
    /// Whole packs (a number of credits rounded up to them).
    Packs(u64),
    /// A share of what the single-number plan wants beyond the free credits, in millionths
    /// (`"80%"` is 800,000), rounded up to whole packs.
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

/// What was set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// For the whole horizon.
    pub amount: Option<Money>,
    /// For each month.
    pub monthly: Option<Money>,
}
