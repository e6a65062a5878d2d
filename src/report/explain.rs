//! One future told day by day: its drivers, its incidents, its ledger.

use std::fmt::Write;

use crate::demand::{Future, Impact, Model};
use crate::ledger::{Entry, Line, Settlement, Terms, journal};
use crate::report::csv::{File, text};
use crate::report::names;
use crate::report::numbers::{grouped, money, percent};
use crate::scenario::Scenario;
use crate::units::{Credits, micro_text};

/// A settled future with what it was drawn from.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its demand as run.
    pub model: &'a Model,
    /// The contract as resolved.
    pub terms: &'a Terms,
    /// The future; the single-number plan has means for inputs and no incidents.
    pub future: &'a Future,
    /// Its books.
    pub books: &'a Settlement,
}

impl Told<'_> {
    fn journal(&self) -> Vec<Line> {
        journal(self.terms, self.books, &self.scenario.horizon)
    }

    /// The story for a terminal of 80 columns, under a title.
    pub fn story(&self, title: &str) -> String {
        let mut page = String::new();
        let _ = writeln!(page, "{}\n{title}\n", self.scenario.name);
        self.drivers(&mut page);
        self.incidents(&mut page);
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
            let _ = writeln!(page, "  {key:<60} {:>16}", significant(*value));
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
            let _ = writeln!(page, "  {from} to {to}  {name}: {effect}");
        }
        let _ = writeln!(page);
    }

    fn ledger(&self, page: &mut String) {
        let currency = &self.scenario.currency;
        let _ = writeln!(
            page,
            "{:<11}{:<26}{:>15}{:>12}{:>16}",
            "Date", "Event", "Credits", "Money", "Balance"
        );
        let mut lines = self.journal().into_iter().peekable();
        for month in 0..self.scenario.horizon.months() {
            let days = self.scenario.horizon.month(month);
            while let Some(line) = lines.next_if(|line| line.day < days.end) {
                let credits = whole(line.credits);
                let paid = match line.money.micro() {
                    0 => String::new(),
                    _ => money(currency, line.money.to_f64()),
                };
                let _ = writeln!(
                    page,
                    "{:<11}{:<26}{credits:>15}{paid:>12}{:>16}",
                    names::date(self.scenario, line.day),
                    self.told(&line),
                    grouped(line.balance.to_f64().floor()),
                );
            }
            let books = &self.books.months[month];
            let _ = writeln!(
                page,
                "{:<11}{:<26}{:>15}{:>12}{:>16}",
                "",
                format!("= month {}", month + 1),
                whole(Credits::ZERO - (books.consumed + books.overage)),
                money(currency, books.spend.to_f64()),
                grouped(books.balance.to_f64().floor()),
            );
        }
        let spend = self
            .books
            .spend_to_date
            .last()
            .map_or(0.0, |spend| spend.to_f64());
        let wanted: Credits = self.books.wanted.iter().copied().sum();
        let _ = writeln!(
            page,
            "\nIn all {} credits, {}, {} credits unused",
            grouped(wanted.to_f64()),
            money(currency, spend),
            grouped(self.books.unused.to_f64()),
        );
    }

    /// The journal as CSV.
    pub fn csv(&self) -> File {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::Any(b'\n'))
            .from_writer(Vec::new());
        let mut row = |cells: [String; 7]| {
            let written = writer.write_record(cells);
            written.expect("rows in memory have the header's width");
        };
        let header = "scenario,date,event,credits,money,balance,incident_credits";
        let mut columns = header.split(',').map(str::to_owned);
        row(std::array::from_fn(|_| columns.next().unwrap_or_default()));
        for line in self.journal() {
            let incident = match line.entry {
                Entry::Used | Entry::Overage => micro_text(self.incident_on(line.day)),
                _ => String::new(),
            };
            row([
                text(&self.scenario.name),
                names::date(self.scenario, line.day),
                event(line.entry),
                line.credits.to_string(),
                line.money.to_string(),
                line.balance.to_string(),
                incident,
            ]);
        }
        let bytes = writer.into_inner().expect("memory does not fail");
        File {
            name: "explain.csv",
            bytes,
        }
    }

    /// The event, with what incidents had to do with it.
    fn told(&self, line: &Line) -> String {
        let incident = Credits::from_micro(self.incident_on(line.day));
        match line.entry {
            Entry::Used | Entry::Overage if incident > Credits::ZERO => {
                let share = incident.to_f64() / self.books.wanted[line.day].to_f64();
                format!("{}, {} incidents", event(line.entry), percent(share))
            }
            entry => event(entry),
        }
    }

    fn incident_on(&self, day: usize) -> i64 {
        (0..self.future.workloads())
            .map(|w| self.future.incident(w)[day])
            .sum()
    }
}

fn whole(credits: Credits) -> String {
    match credits.micro() {
        0 => String::new(),
        _ => grouped(credits.to_f64()),
    }
}

fn event(entry: Entry) -> String {
    match entry {
        Entry::Granted => "free credits granted".to_owned(),
        Entry::Purchased { packs: 1 } => "1 pack bought".to_owned(),
        Entry::Purchased { packs } => format!("{packs} packs bought"),
        Entry::Used => "used".to_owned(),
        Entry::Exhausted => "EXHAUSTED".to_owned(),
        Entry::Overage => "overage".to_owned(),
        Entry::Alert { threshold } => format!("alert: {} reached", percent(threshold)),
        Entry::Expired => "expired".to_owned(),
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
