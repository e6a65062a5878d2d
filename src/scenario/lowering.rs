//! From the parser's tree to ours, syntax errors included.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use crate::error::{Place, Problem};
use crate::scenario::document::{Entry, Node, Table, Value};
use crate::scenario::log::shortened;
use crate::scenario::number::Number;
use crate::scenario::path;

/// Deeper nesting than any scenario has.
const DEEPEST: usize = 32;

/// From the parser's tree to ours, with the syntax errors that belong to single values.
pub struct Lowering<'t> {
    text: &'t str,
    source: usize,
    offset: usize,
    /// Errors by their start, until a value claims them.
    errors: BTreeMap<usize, (Range<usize>, String)>,
    problems: Vec<Problem>,
}

impl<'t> Lowering<'t> {
    /// A lowering of text that starts at byte `offset` of source `source`.
    pub fn new(
        text: &'t str,
        source: usize,
        offset: usize,
        errors: Vec<(Range<usize>, String)>,
    ) -> Self {
        let mut by_start = BTreeMap::new();
        for (span, message) in errors {
            by_start.entry(span.start).or_insert((span, message));
        }
        Self {
            text,
            source,
            offset,
            errors: by_start,
            problems: Vec::new(),
        }
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place {
            source: self.source,
            span: span.start + self.offset..span.end + self.offset,
        }
    }

    fn refuse(&mut self, span: Range<usize>, key: &str, message: String) {
        let written = shortened(self.text.get(span.clone()).unwrap_or_default());
        let (message, remedy) = advice(message, &written);
        self.problems.push(Problem {
            place: self.place(span),
            key: if key.is_empty() {
                "syntax".to_owned()
            } else {
                key.to_owned()
            },
            message,
            remedy,
        });
    }

    /// A value of the parser's as one of ours.
    pub fn node(
        &mut self,
        value: DeValue<'_>,
        span: Range<usize>,
        key: &str,
        depth: usize,
    ) -> Node {
        let place = self.place(span.clone());
        let value = match value {
            DeValue::Table(_) | DeValue::Array(_) if depth > DEEPEST => {
                let message = "nested more deeply than any key of a scenario";
                self.refuse(span, key, message.to_owned());
                Value::Broken
            }
            DeValue::Table(table) => Value::Table(self.table(table, key, depth)),
            DeValue::Array(array) => {
                let mut nodes = Vec::new();
                for (index, item) in array.into_iter().enumerate() {
                    let key = format!("{key}[{}]", index + 1);
                    let span = item.span();
                    nodes.push(self.node(item.into_inner(), span, &key, depth + 1));
                }
                Value::Array(nodes)
            }
            scalar => self.scalar(scalar, span, key),
        };
        Node { value, place }
    }

    fn table(&mut self, table: DeTable<'_>, path: &str, depth: usize) -> Table {
        let mut entries = Vec::new();
        for (key, node) in table {
            let key_place = self.place(key.span());
            let key = key.into_inner().into_owned();
            let path = path::join(path, &key);
            let span = node.span();
            let node = self.node(node.into_inner(), span, &path, depth + 1);
            entries.push(Entry {
                key,
                key_place,
                node,
            });
        }
        entries.sort_by_key(|entry| entry.key_place.span.start);
        Table { entries }
    }

    fn scalar(&mut self, value: DeValue<'_>, span: Range<usize>, key: &str) -> Value {
        let mine: Vec<usize> = self
            .errors
            .range(span.start..span.end.max(span.start + 1))
            .map(|(&start, _)| start)
            .collect();
        if !mine.is_empty() {
            for start in mine {
                if let Some((_, message)) = self.errors.remove(&start) {
                    self.refuse(span.clone(), key, message);
                }
            }
            return Value::Broken;
        }
        match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => Value::Number(Number::new(number.as_str(), number.radix())),
            DeValue::Float(number) => Value::Number(Number::new(number.as_str(), 10)),
            DeValue::Boolean(flag) => Value::Boolean(flag),
            DeValue::Datetime(moment) => match (moment.date, moment.time) {
                (Some(date), None) => civil(date.year, date.month, date.day)
                    .map_or(Value::Text(String::new()), Value::Date),
                _ => Value::Time,
            },
            DeValue::Array(_) | DeValue::Table(_) => Value::Broken,
        }
    }

    /// What follows a bracket that is not closed reads as its content: only the first complaint
    /// and the open bracket's own tell anything.
    fn keep_the_first_open_end(&mut self) {
        self.problems.sort_by_key(|p| p.place.span.start);
        let mut ended = false;
        self.problems.retain(|problem| {
            let keep = !ended || problem.message.starts_with("unclosed");
            ended |= is_open_end(&problem.message);
            keep
        });
    }

    /// A tree is worth reading when every error belongs to a value or repeats a key.
    pub fn finish(mut self, node: Node) -> (Option<Node>, Vec<Problem>) {
        let mut whole = true;
        for (span, message) in std::mem::take(&mut self.errors).into_values() {
            whole &= message.starts_with("duplicate key");
            self.refuse(span, "", message);
        }
        if self
            .problems
            .iter()
            .any(|p| p.message.starts_with("unclosed"))
        {
            self.keep_the_first_open_end();
        }
        (whole.then_some(node), self.problems)
    }
}

/// The parser has checked the day; what the calendar does not hold reads as no date.
fn civil(year: u16, month: u8, day: u8) -> Option<Date> {
    let (year, month) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?);
    Date::new(year, month, i8::try_from(day).ok()?).ok()
}

/// The parser's message, in the words of this program, and what to write instead.
fn advice(message: String, written: &str) -> (String, String) {
    let starts = |start| message.starts_with(start);
    if starts("string values must be quoted") && written.is_empty() {
        return (
            "there is no value".to_owned(),
            "write one after the `=`".to_owned(),
        );
    }
    if starts("string values must be quoted") {
        let message = format!("`{written}` is no number, date, true or false");
        return (
            message,
            format!("if it is text, write it in quotes: \"{written}\""),
        );
    }
    let remedy = if starts("duplicate key") {
        "keep one of the two"
    } else if starts("invalid date") {
        "write a date like 2026-01-31"
    } else if starts("nested") {
        "flatten it"
    } else if is_open_end(&message) {
        "close the bracket or brace that was opened before"
    } else {
        "correct the TOML here"
    };
    (message, remedy.to_owned())
}

/// Messages that follow from a bracket which is not closed.
fn is_open_end(message: &str) -> bool {
    let starts = ["unclosed", "missing comma", "unexpected `=`"];
    starts.iter().any(|start| message.starts_with(start))
}
