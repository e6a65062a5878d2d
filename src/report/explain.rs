//! One future told day by day: its drivers, its incidents, its ledger.

use std::fmt::Write;

use crate::demand::{Future, Impact, Model};
use crate::ledger::{Entry, Line, Reason, Settlement};
use crate::report::csv::{File, Table, text};
use crate::report::names;
use crate::report::numbers::{cents, grouped, percent};
use crate::report::page::{WIDTH, cell, cut};
use crate::scenario::Scenario;
use crate::units::{Credits, Money, micro_text, scale};

/// A settled future with what it was drawn from.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its demand as run.
    pub model: &'a Model,
    /// The path's number; `None` for the single-number plan.
    pub path: Option<u64>,
    /// The future; the single-number plan has means for inputs and no incidents.
    pub future: &'a Future,
    /// Its books.
    pub books: &'a Settlement,
    /// Its journal.
    pub journal: &'a [Line],
}

impl Told<'_> {
    /// The story for a terminal of 80 columns, under a title.
    pub fn story(&self, title: &str) -> String {
        let mut page = String::new();
        let _ = writeln!(page, "{}\n{title}\n", cut(&self.scenario.name, WIDTH));
        self.drivers(&mut page);
        self.incidents(&mut page);
        let _ = writeln!(
            page,
            "{:<11}{:<25}{:>14}{:>15}{:>15}",
            "Date", "Event", "Credits", "Money", "Balance"
        );
        self.ledger(&mut page);
        page
    }

    fn drivers(&self, page: &mut String) {
        let _ = writeln!(page, "Drivers of this future");
        let drawn = self.model.inputs().keys().zip(self.future.values());
        let uncertain: Vec<_> = drawn.filter(|((_, uncertain), _)| *uncertain).collect();
        if uncertain.is_empty() {
            let _ = writeln!(page, "  none: every input is known");
        }
        for ((key, _), value) in uncertain {
            let _ = writeln!(page, "  {} {:>16}", cell(key, 60), significant(*value));
        }
        let changes = self.path.into_iter();
        for (index, happened) in changes.flat_map(|path| self.model.rate_changes(path)) {
            let change = &self.scenario.rate_changes[index];
            let key = change.credits.key.trim_end_matches(".credits");
            let verdict = if happened {
                "comes about"
            } else {
                "does not come"
            };
            let _ = writeln!(page, "  {} {verdict:>16}", cell(key, 60));
        }
        let _ = writeln!(page);
    }

    fn incidents(&self, page: &mut String) {
        let _ = writeln!(page, "Incidents");
        if self.future.occurrences().is_empty() {
            let _ = writeln!(page, "  none");
        }
        for occurrence in self.future.occurrences() {
            let name = &self.scenario.incidents[occurrence.incident].name;
            let from = names::date(self.scenario, occurrence.from_day);
            let to = names::date(self.scenario, occurrence.to_day - 1);
            let effect = match occurrence.effect {
                Impact::Multiplier(factor) => format!("demand x {}", significant(factor)),
                Impact::ActionsPerDay(actions) => {
                    format!("{} actions a day", significant(actions))
                }
            };
            let line = format!("  {from} to {to}  {}: {effect}", cut(name, 30));
            let _ = writeln!(page, "{line}");
        }
        let _ = writeln!(page);
    }

    fn ledger(&self, page: &mut String) {
        let currency = &self.scenario.currency;
        let mut row = |date: &str, event: &str, credits: Credits, paid: &str, balance: Credits| {
            let balance = grouped(balance.to_f64().floor());
            let credits = whole(credits);
            let event = cell(event, 25);
            let _ = writeln!(
                page,
                "{date:<11}{event}{credits:>14}{paid:>15}{balance:>15}"
            );
        };
        let mut lines = self.journal.iter().copied().peekable();
        for (month, books) in self.books.months.iter().enumerate() {
            let days = self.scenario.horizon.month(month);
            while let Some(line) = lines.next_if(|line| line.day < days.end) {
                let paid = match line.money {
                    Money::ZERO => String::new(),
                    paid => cents(currency, paid),
                };
                let date = names::date(self.scenario, line.day);
                row(&date, &self.told(&line), line.credits, &paid, line.balance);
            }
            let used = Credits::ZERO - (books.consumed + books.overage);
            let title = format!("= month {}", month + 1);
            row(
                "",
                &title,
                used,
                &cents(currency, books.spend),
                books.balance,
            );
        }
        let spend = self.books.spend_to_date.last().copied();
        let wanted: Credits = self.books.wanted.iter().copied().sum();
        let _ = writeln!(
            page,
            "\nIn all {} credits, {}, {} credits unused",
            grouped(wanted.to_f64()),
            cents(currency, spend.unwrap_or(Money::ZERO)),
            grouped(self.books.unused.to_f64()),
        );
    }

    /// The journal as CSV.
    pub fn csv(&self) -> File {
        let mut table = Table::new("scenario,date,event,credits,money,balance,incident_credits");
        for line in self.journal {
            let incident = match line.entry {
                Entry::Used | Entry::Overage | Entry::Billed => micro_text(self.incidents_of(line)),
                _ => String::new(),
            };
            table.row([
                text(&self.scenario.name),
                names::date(self.scenario, line.day),
                event(line.entry),
                line.credits.to_string(),
                line.money.to_string(),
                line.balance.to_string(),
                incident,
            ]);
        }
        table.file("explain.csv")
    }

    /// The event, with what incidents had to do with it.
    fn told(&self, line: &Line) -> String {
        let is_use = matches!(line.entry, Entry::Used | Entry::Overage | Entry::Billed);
        let incidents = if is_use { self.incidents_of(line) } else { 0 };
        if incidents == 0 {
            return event(line.entry);
        }
        let share = incidents as f64 / line.credits.micro().abs() as f64;
        format!("{}, {} incidents", event(line.entry), percent(share))
    }

    /// Micro-credits of incidents in a line of use: those of the day, in proportion. What grants
    /// cover comes first, so the two lines of a day share them exactly.
    fn incidents_of(&self, line: &Line) -> i64 {
        let workloads = 0..self.future.workloads();
        let of_day: i64 = workloads.map(|w| self.future.incident(w)[line.day]).sum();
        let wanted = self.books.wanted[line.day].micro();
        let moved = -line.credits.micro();
        if wanted == 0 {
            return 0;
        }
        let upto = |credits| scale(of_day, credits, wanted).expect("a part of what fits");
        match line.entry {
            Entry::Used => upto(moved),
            _ => of_day - upto(wanted - moved),
        }
    }
}

fn whole(credits: Credits) -> String {
    match credits.micro() {
        0 => String::new(),
        _ => grouped(credits.to_f64()),
    }
}

fn event(entry: Entry) -> String {
    let of_packs = |packs: u64| match packs {
        1 => "1 pack".to_owned(),
        _ => format!("{packs} packs"),
    };
    match entry {
        Entry::Free => "free credits granted".to_owned(),
        Entry::Purchased { packs } => format!("{} bought", of_packs(packs)),
        Entry::MonthlyPart => "month's part granted".to_owned(),
        Entry::Seats { seats } => format!("{seats} seats' credits"),
        Entry::Step { step } => format!("step {}", step + 1),
        Entry::SteppedUp { step } => format!("moved up to step {}", step + 1),
        Entry::Granted { grant } => format!("grant {}", grant + 1),
        Entry::Converted { licences } => format!("{licences} licences converted"),
        Entry::GivenBack { .. } => "converted to licences".to_owned(),
        Entry::ToppedUp { packs } => format!("top-up: {}", of_packs(packs)),
        Entry::Used => "used".to_owned(),
        Entry::Exhausted => "EXHAUSTED".to_owned(),
        Entry::Overage => "overage".to_owned(),
        Entry::Billed => "used, billed".to_owned(),
        Entry::Unserved { reason } => match reason {
            Reason::SoftCap => "unserved: soft cap".to_owned(),
            Reason::Breaker => "unserved: paused".to_owned(),
            Reason::Blocked => "unserved: blocked".to_owned(),
            Reason::Capped => "unserved: overage cap".to_owned(),
        },
        Entry::Averted => "averted".to_owned(),
        Entry::Alert { threshold, .. } => format!("alert: {} reached", percent(threshold)),
        Entry::ShareExceeded { .. } => "share exceeded".to_owned(),
        Entry::BreakerTripped { .. } => "breaker tripped".to_owned(),
        Entry::IncidentsEnded { count } => format!("{count} incidents ended"),
        Entry::Reviewed => "shares rebalanced".to_owned(),
        Entry::RolledOver { .. } => "rolled over".to_owned(),
        Entry::InGrace { .. } => "in grace".to_owned(),
        Entry::Expired => "expired".to_owned(),
        Entry::MonthlyMinimum => "raised to the minimum".to_owned(),
        Entry::TrueUp => "true-up".to_owned(),
    }
}

/// Four significant digits or whole units, whichever is more.
fn significant(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 1_000.0 {
        return grouped(value);
    }
    let decimals = match magnitude {
        m if m >= 100.0 => 1,
        m if m >= 10.0 => 2,
        m if m >= 1.0 => 3,
        _ => 4,
    };
    format!("{value:.decimals$}")
}
