//! One future told day by day: its drivers, its incidents, its ledger.

use std::fmt::Write;

use crate::demand::{Future, Impact, Model};
use crate::ledger::{Entry, Line, Settlement, Terms};
use crate::report::numbers::{bare_cents, cents, grouped, percent};
use crate::report::page::{WIDTH, cell, cut, labels, paragraph, width};
use crate::report::{events, names};
use crate::scenario::Scenario;
use crate::units::{Credits, Money, scale};

/// A settled future with what it was drawn from.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its demand as run.
    pub model: &'a Model,
    /// Its contract as run.
    pub terms: &'a Terms,
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
        let names = self.scenario.incidents.iter();
        let names = labels(names.map(|incident| incident.name.as_str()), 30);
        for occurrence in self.future.occurrences() {
            let from = names::date(self.scenario, occurrence.from_day);
            let to = names::date(self.scenario, occurrence.to_day - 1);
            let effect = match occurrence.effect {
                Impact::Multiplier(factor) => format!("demand x {}", significant(factor)),
                Impact::ActionsPerDay(actions) => {
                    format!("{} actions a day", significant(actions))
                }
            };
            let line = format!("  {from} to {to}  {}: {effect}", names[occurrence.incident]);
            let _ = writeln!(page, "{line}");
        }
        let _ = writeln!(page);
    }

    /// Every event a line, and a line for each month.
    fn ledger(&self, page: &mut String) {
        let told = self.rows();
        let header = [
            "Date".to_owned(),
            "Event".to_owned(),
            "Credits".to_owned(),
            cut(&format!("Paid, {}", self.scenario.currency), 15),
            "Balance".to_owned(),
        ];
        let rows = || std::iter::once(&header).chain(&told);
        let column = |place: usize| {
            let widths = rows().map(|row| width(&row[place]));
            widths.max().unwrap_or(0).max(NARROWEST) + 1
        };
        let [credits, paid, balance] = [2, 3, 4].map(column);
        let event = WIDTH.saturating_sub(DATE + credits + paid + balance);
        for row in rows() {
            let date = cell(&row[0], DATE);
            let what = cell(&row[1], event);
            let _ = writeln!(
                page,
                "{date}{what}{:>credits$}{}{}{:>balance$}",
                row[2],
                " ".repeat(paid - width(&row[3])),
                row[3],
                row[4]
            );
        }
        self.close(page);
    }

    fn rows(&self) -> Vec<[String; 5]> {
        let mut rows = Vec::new();
        let told = self.journal.iter().zip(self.incidents_of_lines());
        let mut lines = told.peekable();
        for (month, books) in self.books.months.iter().enumerate() {
            let days = self.scenario.horizon.month(month);
            while let Some((line, incidents)) = lines.next_if(|(line, _)| line.day < days.end) {
                rows.push([
                    names::date(self.scenario, line.day),
                    self.told(line, incidents),
                    moved(line),
                    match line.money {
                        Money::ZERO => String::new(),
                        paid => bare_cents(paid),
                    },
                    balance(line.balance),
                ]);
            }
            let used = Credits::ZERO - (books.consumed + books.overage);
            rows.push([
                String::new(),
                format!("= month {}, used in all", month + 1),
                whole(used),
                bare_cents(books.spend),
                balance(books.balance),
            ]);
        }
        rows
    }

    /// What it comes to, and what brackets mean.
    fn close(&self, page: &mut String) {
        let credits = |credits: Credits| grouped(credits.to_f64());
        let wanted: Credits = self.books.wanted.iter().copied().sum();
        let mut parts = vec![format!("In all {} credits wanted", credits(wanted))];
        let withheld = [
            (&self.books.unserved, "unserved"),
            (&self.books.averted, "averted"),
        ];
        for (cells, what) in withheld {
            let sum: Credits = cells.iter().copied().sum();
            if sum > Credits::ZERO {
                parts.push(format!("{} {what}", credits(sum)));
            }
        }
        let spend = self.books.spend_to_date.last().copied();
        let spend = spend.unwrap_or(Money::ZERO);
        parts.push(cents(&self.scenario.currency, spend));
        parts.push(format!("{} credits unused", credits(self.books.unused)));
        let _ = writeln!(page, "\n{}", paragraph(&parts.join(", ")).join("\n"));
        if self.journal.iter().any(is_aside) {
            let _ = writeln!(
                page,
                "(in brackets: billed, unserved, averted or moved; the balance stays as it is)"
            );
        }
    }

    /// The event, with what incidents had to do with it.
    fn told(&self, line: &Line, incidents: Option<i64>) -> String {
        let words = events::words(self.scenario, line.entry);
        match incidents {
            None | Some(0) => words,
            Some(_) if line.entry == Entry::Averted => words,
            Some(incidents) => {
                let share = incidents as f64 / line.credits.micro().abs() as f64;
                format!("{words}, {} incidents", percent(share))
            }
        }
    }

    /// Micro-credits of incidents in each line of use, and in what was averted. Those of a day that
    /// were not averted are shared out in proportion; what grants cover comes first.
    pub(crate) fn incidents_of_lines(&self) -> Vec<Option<i64>> {
        let mut day = usize::MAX;
        let (mut averted, mut before) = (0, 0);
        let lines = self.journal.iter().map(|line| {
            if line.day != day {
                (day, averted, before) = (line.day, 0, 0);
            }
            let moved = -line.credits.micro();
            match line.entry {
                Entry::Averted => {
                    averted = moved;
                    Some(moved)
                }
                Entry::Used | Entry::Overage | Entry::Billed => {
                    let upto = |credits| self.incidents_upto(line.day, averted, credits);
                    let part = upto(before + moved) - upto(before);
                    before += moved;
                    Some(part)
                }
                _ => None,
            }
        });
        lines.collect()
    }

    /// Micro-credits of incidents in the first credits that a day uses.
    fn incidents_upto(&self, day: usize, averted: i64, credits: i64) -> i64 {
        let workloads = 0..self.future.workloads();
        let of_day: i64 = workloads.map(|w| self.future.incident(w)[day]).sum();
        let wanted = self.books.wanted[day].micro();
        match wanted - averted {
            0 => 0,
            left => scale(of_day - averted, credits, left).expect("a part of what fits"),
        }
    }
}

/// Columns of a date and the least of a number.
const DATE: usize = 11;
const NARROWEST: usize = 10;

/// Credits that an event is about and that do not move the balance.
fn aside(line: &Line) -> Credits {
    match line.entry {
        Entry::RolledOver { credits } | Entry::InGrace { credits } => credits,
        _ => Credits::ZERO - (line.credits - line.change()),
    }
}

fn is_aside(line: &Line) -> bool {
    aside(line) > Credits::ZERO
}

/// Credits as they move the balance, others in brackets.
fn moved(line: &Line) -> String {
    match is_aside(line) {
        true => format!("({})", grouped(aside(line).to_f64())),
        false => whole(line.change()),
    }
}

fn balance(credits: Credits) -> String {
    grouped(credits.to_f64().floor())
}

fn whole(credits: Credits) -> String {
    match credits.micro() {
        0 => String::new(),
        _ => grouped(credits.to_f64()),
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
