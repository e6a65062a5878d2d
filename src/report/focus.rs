//! A journal as CSV, in the columns of FOCUS 1.2 (FinOps Open Cost and Usage Specification), so that
//! it can stand beside a bill; columns that FOCUS does not have begin with `x_`.
//!
//! A purchase is billed when it is made and has no effective cost; the credits used, or lost
//! unused, carry what they had cost. Up to any row, but for parts of a purchase that are granted in
//! months to come, Σ BilledCost + Σ x_BroughtIn = Σ EffectiveCost + that row's x_BalanceCost.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::ledger::{Entry, Line};
use crate::report::csv::{File, Table, text};
use crate::report::events;
use crate::report::explain::Told;
use crate::report::numbers::ratio;
use crate::scenario::OnExhaustion;
use crate::units::{Credits, Money, micro_text};

/// Columns, those of FOCUS first.
const HEADER: &str = "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,\
                      ChargeCategory,ChargeDescription,ChargeFrequency,PricingCategory,\
                      PricingQuantity,PricingUnit,ListUnitPrice,ContractedUnitPrice,\
                      ConsumedQuantity,ConsumedUnit,BilledCost,EffectiveCost,BillingCurrency,\
                      CommitmentDiscountCategory,CommitmentDiscountId,CommitmentDiscountStatus,\
                      x_Scenario,x_Path,x_Event,x_Team,x_Credits,x_Balance,x_BroughtIn,\
                      x_BalanceCost,x_IncidentCredits";

/// The prepaid credits, as a commitment.
const COMMITMENT: &str = "prepaid-credits";

/// What kind of charge an event is.
struct Charge {
    category: &'static str,
    frequency: &'static str,
    pricing: &'static str,
    /// Whether the prepaid credits were used or went unused.
    status: &'static str,
    /// Whether it has to do with the prepaid credits.
    is_committed: bool,
    span: Span,
}

/// The days that a charge is for.
enum Span {
    Day,
    Month,
    /// From the day to the end of the month.
    RestOfMonth,
    Term,
    /// From the day to the end of the term.
    RestOfTerm,
    /// From a first usable day to the last, counted from the start.
    Days(i64, i64),
}

/// explain.csv: a row per line of the journal.
pub fn file(told: &Told<'_>) -> File {
    let mut table = Table::new(HEADER);
    let mut held = Money::ZERO;
    for (line, incidents) in told.journal.iter().zip(told.incidents_of_lines()) {
        table.row(row(told, line, brought_in(line, held), incidents));
        held = line.held;
    }
    table.file("explain.csv")
}

fn row(told: &Told<'_>, line: &Line, brought_in: Money, incidents: Option<i64>) -> [String; 29] {
    let scenario = told.scenario;
    let charge = charge(told, line.entry);
    let [start, end] = period(told, line, &charge.span);
    let month = scenario.horizon.month_of(line.day);
    let [quantity, unit] = priced(told, line, charge.category);
    let [list, contracted] = prices(told, line.entry);
    let consumed = match charge.frequency {
        "Usage-Based" => [amount(line.credits), CREDITS.to_owned()],
        _ => Default::default(),
    };
    let [category, id] = match charge.is_committed {
        true => ["Usage".to_owned(), COMMITMENT.to_owned()],
        false => Default::default(),
    };
    let team = events::team(line.entry).map(|team| text(&scenario.teams[team].name));
    let [consumed_quantity, consumed_unit] = consumed;
    [
        instant(first_of(told, month)),
        instant(first_of(told, month + 1)),
        instant(start),
        instant(end),
        charge.category.to_owned(),
        text(&events::words(scenario, line.entry)),
        charge.frequency.to_owned(),
        charge.pricing.to_owned(),
        quantity,
        unit,
        list,
        contracted,
        consumed_quantity,
        consumed_unit,
        line.money.to_string(),
        effective(line).to_string(),
        text(&scenario.currency),
        category,
        id,
        charge.status.to_owned(),
        text(&scenario.name),
        told.path.map_or_else(String::new, |path| path.to_string()),
        events::id(line.entry).to_owned(),
        team.unwrap_or_default(),
        line.credits.to_string(),
        line.balance.to_string(),
        brought_in.to_string(),
        line.held.to_string(),
        incidents.map_or_else(String::new, micro_text),
    ]
}

const CREDITS: &str = "Credits";

/// What an event is in the words of FOCUS. What is no charge at all is an adjustment of nothing.
fn charge(told: &Told<'_>, entry: Entry) -> Charge {
    let new = |category, frequency, pricing, status, span| Charge {
        category,
        frequency,
        pricing,
        status,
        is_committed: !(pricing == "Standard" && category == "Usage") && category != "Adjustment",
        span,
    };
    let repeats = told.terms.contract_terms().len() > 1;
    let each_term = if repeats { "Recurring" } else { "One-Time" };
    match entry {
        Entry::Free => new("Credit", "One-Time", "", "", Span::Term),
        Entry::Granted { grant } => {
            let grant = &told.scenario.contract.grants[grant];
            let span = Span::Days(grant.from_day, grant.to_day);
            match grant.cost {
                Money::ZERO => new("Credit", "One-Time", "", "", span),
                _ => new("Purchase", "One-Time", "Standard", "", span),
            }
        }
        Entry::Purchased { .. } => new("Purchase", each_term, "Standard", "", Span::Term),
        Entry::Seats { .. } | Entry::Step { .. } => {
            new("Purchase", "Recurring", "Standard", "", Span::Month)
        }
        Entry::SteppedUp { .. } => new("Purchase", "One-Time", "Standard", "", Span::RestOfMonth),
        Entry::ToppedUp { .. } => new("Purchase", "One-Time", "Standard", "", Span::RestOfTerm),
        Entry::Used => new("Usage", "Usage-Based", "Committed", "Used", Span::Day),
        Entry::Expired => new("Usage", "One-Time", "Committed", "Unused", Span::Day),
        Entry::Overage | Entry::Billed => new("Usage", "Usage-Based", "Standard", "", Span::Day),
        Entry::MonthlyMinimum => new("Usage", "One-Time", "Standard", "", Span::Month),
        Entry::TrueUp => new("Usage", "One-Time", "Standard", "", Span::Term),
        Entry::MonthlyPart
        | Entry::Converted { .. }
        | Entry::GivenBack { .. }
        | Entry::Exhausted
        | Entry::Unserved { .. }
        | Entry::Averted
        | Entry::Alert { .. }
        | Entry::ShareExceeded { .. }
        | Entry::BreakerTripped { .. }
        | Entry::ResponseCalled { .. }
        | Entry::IncidentsEnded { .. }
        | Entry::Reviewed
        | Entry::RolledOver { .. }
        | Entry::InGrace { .. } => new("Adjustment", "One-Time", "", "", Span::Day),
    }
}

/// Billed use costs what is billed; purchases nothing until their credits leave the balance.
fn effective(line: &Line) -> Money {
    match line.entry {
        Entry::Overage | Entry::Billed | Entry::MonthlyMinimum | Entry::TrueUp => line.money,
        _ => line.cost,
    }
}

/// Value that came with credits and was not billed here: of converted licences, and of grants that
/// were paid before the start. `held` is what the balance had cost before.
fn brought_in(line: &Line, held: Money) -> Money {
    match line.entry {
        Entry::Granted { .. } | Entry::Converted { .. } => line.held - held - line.money,
        _ => Money::ZERO,
    }
}

/// What is priced: credits, or one fee.
fn priced(told: &Told<'_>, line: &Line, category: &str) -> [String; 2] {
    match line.entry {
        Entry::MonthlyMinimum | Entry::TrueUp => ["1".to_owned(), "Count".to_owned()],
        _ if category == "Adjustment" => Default::default(),
        // Also where its credits are granted by the month.
        Entry::Purchased { packs } => {
            let purchase = told.terms.prices.purchase(packs);
            let bought = purchase.map_or(line.credits, |purchase| purchase.credits);
            [amount(bought), CREDITS.to_owned()]
        }
        _ => [amount(line.credits), CREDITS.to_owned()],
    }
}

/// List and contracted price of a credit, where it has one.
fn prices(told: &Told<'_>, entry: Entry) -> [String; 2] {
    let prices = &told.terms.prices;
    let list = || ratio(prices.pack_price.to_f64() / prices.pack.to_f64());
    let contracted = match entry {
        Entry::Used | Entry::Expired => return [list(), String::new()],
        Entry::Purchased { packs } => {
            let purchase = prices.purchase(packs);
            purchase.and_then(|purchase| purchase.per_credit())
        }
        Entry::ToppedUp { .. } => match &told.scenario.contract.on_exhaustion {
            OnExhaustion::TopUp(rule) => Some(rule.pack_price.to_f64() / prices.pack.to_f64()),
            _ => None,
        },
        Entry::Overage | Entry::Billed => Some(prices.overage.per_credit()),
        _ => None,
    };
    match contracted {
        Some(contracted) => [list(), ratio(contracted)],
        None => Default::default(),
    }
}

/// The days that a charge is for, the last one exclusive.
fn period(told: &Told<'_>, line: &Line, span: &Span) -> [Date; 2] {
    let horizon = &told.scenario.horizon;
    let month = horizon.month_of(line.day);
    let mut terms = told.terms.contract_terms().iter();
    let term = terms.find(|term| term.months.contains(&month));
    let term = term.map_or(month..month + 1, |term| term.months.clone());
    let today = horizon.date(line.day);
    match span {
        Span::Day => [today, horizon.date(line.day + 1)],
        Span::Month => [first_of(told, month), first_of(told, month + 1)],
        Span::RestOfMonth => [today, first_of(told, month + 1)],
        Span::Term => [first_of(told, term.start), first_of(told, term.end)],
        Span::RestOfTerm => [today, first_of(told, term.end)],
        Span::Days(first, last) => {
            let date = |day: i64| horizon.start().checked_add(day.days());
            [
                date(*first).unwrap_or(Date::MIN),
                date(last.saturating_add(1)).unwrap_or(Date::MAX),
            ]
        }
    }
}

/// The first day of a month, which may lie beyond the horizon.
fn first_of(told: &Told<'_>, month: usize) -> Date {
    let horizon = &told.scenario.horizon;
    let day = horizon.first_day(month).unwrap_or(horizon.days() as i64);
    horizon.date(usize::try_from(day).unwrap_or(0))
}

/// The instant at which a day begins, as FOCUS writes it.
fn instant(date: Date) -> String {
    format!("{date}T00:00:00Z")
}

/// Credits of a line without their sign.
fn amount(credits: Credits) -> String {
    micro_text(credits.micro().abs())
}
