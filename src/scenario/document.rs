//! TOML text as one tree of nodes, each of which knows where it was written.

use std::ops::Range;

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use crate::error::{Place, Problem, Source};
use crate::scenario::lowering::Lowering;
use crate::scenario::number::Number;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Node {
    /// What was written.
    pub value: Value,
    /// Where: a table's place is its header.
    pub place: Place,
}

/// What can be written.
#[derive(Clone, Debug)]
pub enum Value {
    /// Quoted text.
    Text(String),
    /// An integer or a float.
    Number(Number),
    /// `true` or `false`.
    Boolean(bool),
    /// A date without a time.
    Date(Date),
    /// A time, or a date with one.
    Time,
    /// `[ ... ]` or `[[ ... ]]`.
    Array(Vec<Node>),
    /// A table in any spelling.
    Table(Table),
    /// Already refused; whoever reads it says nothing more.
    Broken,
}

/// Keys and values in the order in which they were written.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// No key twice.
    pub entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, without quotes.
    pub key: String,
    /// Where the key was written.
    pub key_place: Place,
    /// Its value.
    pub node: Node,
}

impl Table {
    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The text under `name`, by which paths refer to a table of an array.
    pub fn name(&self) -> Option<&str> {
        match &self.get("name")?.node.value {
            Value::Text(name) => Some(name),
            _ => None,
        }
    }
}

/// Bytes of stack for the parser: dropping what it built recurses as deep as keys have dots.
const STACK: usize = 256 << 20;

/// Most dots that are not decimal points on one line; bounds how deep the parser's tree can be.
const MOST_DOTS: usize = 100;

/// Parses a whole document; `None` when its mistakes leave no tree worth reading.
pub fn parse(source: &Source) -> (Option<Node>, Vec<Problem>) {
    if let Some(problem) = dotted_line(&source.text) {
        return (None, vec![problem]);
    }
    on_a_large_stack(|| {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let errors = errors.iter().map(|e| (at(e), e.message().to_owned()));
        let mut lowering = Lowering::new(&source.text, 0, 0, errors.collect());
        let table = DeValue::Table(table.into_inner());
        let node = lowering.node(table, 0..0, "", 0);
        lowering.finish(node)
    })
}

/// Parses one value that starts at byte `offset` of source `source`.
pub fn parse_value(text: &str, source: usize, offset: usize) -> (Option<Node>, Vec<Problem>) {
    if let Some(mut problem) = dotted_line(text) {
        problem.place = Place {
            source,
            span: offset..offset + text.len(),
        };
        return (None, vec![problem]);
    }
    on_a_large_stack(|| {
        let (value, errors) = DeValue::parse_recoverable(text);
        let errors = errors.iter().map(|e| (at(e), e.message().to_owned()));
        let mut lowering = Lowering::new(text, source, offset, errors.collect());
        let span = value.span();
        let node = lowering.node(value.into_inner(), span, "", 0);
        lowering.finish(node)
    })
}

fn at(error: &toml::de::Error) -> Range<usize> {
    error.span().unwrap_or(0..0)
}

/// The parser's tree is built, read and dropped on a stack that no permitted nesting exhausts.
fn on_a_large_stack<T: Send>(work: impl Fn() -> T + Send + Sync) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        match builder
            .spawn_scoped(scope, &work)
            .map(|handle| handle.join())
        {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // Where there are no threads, an ordinary scenario needs no large stack either.
            Err(_) => work(),
        }
    })
}

fn dotted_line(text: &str) -> Option<Problem> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if dots(line) > MOST_DOTS {
            return Some(Problem {
                place: Place {
                    source: 0,
                    span: start..start + line.len(),
                },
                key: "syntax".to_owned(),
                message: format!("this line has more than {MOST_DOTS} dots"),
                remedy: "no key of a scenario is that deep; shorten the line".to_owned(),
            });
        }
        start += line.len();
    }
    None
}

/// Dots of a line that are not the one decimal point of a number.
fn dots(line: &str) -> usize {
    let in_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    let tokens = line.split(|c| !in_token(c));
    tokens
        .filter(|token| !is_decimal(token))
        .map(|token| token.matches('.').count())
        .sum()
}

fn is_decimal(token: &str) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    token.split_once('.').is_some_and(|(whole, fraction)| {
        !fraction.contains('.')
            && digit(whole.chars().next_back())
            && digit(fraction.chars().next())
    })
}
