//! One value of the tree, read as what it should be; what it is not is refused with a remedy.

use jiff::civil::Date;

use crate::error::{Place, Problem};
use crate::scenario::document::{Node, Value};
use crate::scenario::log::{Log, shortened};
use crate::scenario::number::{NotMicro, Number};
use crate::scenario::path;
use crate::units::{MICRO, micro_text};

/// A value with its path and the log that its problems go to.
#[derive(Clone)]
pub struct Item<'a> {
    /// The value.
    pub node: &'a Node,
    /// Dotted path of its key.
    pub path: String,
    /// Where problems go.
    pub log: &'a Log,
}

/// Smallest number where 0 is excluded: a millionth.
pub const LEAST: f64 = 1e-6;

/// Most whole units of one amount of credits or money: beyond it sums could pass the ledger's
/// integers.
const MOST: i128 = 100_000_000_000;

/// Numbers that a key takes.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Smallest.
    pub low: f64,
    /// Largest.
    pub high: f64,
    /// What to write: "a number of 0 or more".
    pub words: &'static str,
}

impl Range {
    /// A range of numbers, in words.
    pub const fn new(low: f64, high: f64, words: &'static str) -> Self {
        Self { low, high, words }
    }
}

/// 0..=1.
pub const SHARE: Range = Range::new(0.0, 1.0, "a share from 0 to 1 (30% is 0.30)");
/// Largest share of what a share may pass: beyond it a percentage is meant.
pub const MOST_OF_A_SHARE: f64 = 10.0;
/// 0..=1, of a chance.
pub const CHANCE: Range = Range::new(0.0, 1.0, "a probability from 0 to 1");

impl<'a> Item<'a> {
    /// Notes a problem with this value; always `None`, to return at once.
    pub fn refuse<T>(&self, message: impl Into<String>, remedy: impl Into<String>) -> Option<T> {
        self.refuse_at(&self.node.place, message, remedy)
    }

    /// Notes a problem with this key, at another place.
    pub fn refuse_at<T>(
        &self,
        place: &Place,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Option<T> {
        self.log.push(Problem {
            place: place.clone(),
            key: shortened_path(&self.path),
            message: message.into(),
            remedy: remedy.into(),
        });
        None
    }

    /// The value as it was written, shortened.
    pub fn written(&self) -> String {
        self.log.written(&self.node.place)
    }

    /// Part of this value, under a longer path.
    pub fn child(&self, node: &'a Node, name: &str) -> Self {
        Item {
            node,
            path: path::join(&self.path, name),
            log: self.log,
        }
    }

    /// True when it has been refused already.
    pub fn is_broken(&self) -> bool {
        matches!(self.node.value, Value::Broken)
    }

    /// True for `[]`.
    pub fn is_empty_list(&self) -> bool {
        matches!(&self.node.value, Value::Array(nodes) if nodes.is_empty())
    }

    /// What kind of value was written.
    fn kind(&self) -> &'static str {
        match &self.node.value {
            Value::Text(_) => "text",
            Value::Number(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Date(_) => "a date",
            Value::Time => "a time",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
            Value::Broken => "nothing",
        }
    }

    /// Refuses a value of the wrong kind.
    pub fn wrong_kind<T>(&self, wanted: &str, remedy: impl Into<String>) -> Option<T> {
        if self.is_broken() {
            return None;
        }
        let message = format!("`{}` is {}, not {wanted}", self.written(), self.kind());
        self.refuse(message, remedy)
    }

    /// Text as written.
    pub fn text(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => self.wrong_kind(
                "text",
                format!("write it in quotes: \"{}\"", self.written()),
            ),
        }
    }

    /// A label: not empty, at most 200 characters, no control characters.
    pub fn label(&self) -> Option<String> {
        let text = self.text()?;
        if text.trim().is_empty() {
            return self.refuse("an empty name", "write a name of 1 to 200 characters");
        }
        if text.chars().count() > 200 {
            let message = format!("a name of {} characters", text.chars().count());
            return self.refuse(message, "write a name of 1 to 200 characters");
        }
        if text.chars().any(char::is_control) {
            let message = "a name with a line break or another control character";
            return self.refuse(message, "write a name of plain characters");
        }
        Some(text.to_owned())
    }

    /// One of a few words; a misspelt one names the nearest.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let Value::Text(text) = &self.node.value else {
            return self.no_word(words);
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let remedy = did_you_mean(text, &known, "\"");
        self.refuse(format!("`{}` is not known here", shortened(text)), remedy)
    }

    /// Refuses what is not even text; `12` may stand for "12 months".
    fn no_word<T>(&self, words: &[(&str, T)]) -> Option<T> {
        let written = self.written();
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let meant = known.iter().find(|word| word.starts_with(&written));
        let remedy = match meant {
            Some(word) => format!("write \"{word}\""),
            None => did_you_mean(&written, &known, "\""),
        };
        self.wrong_kind("text", remedy)
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Option<bool> {
        match self.node.value {
            Value::Boolean(flag) => Some(flag),
            _ => self.wrong_kind("true or false", "write true or false, without quotes"),
        }
    }

    /// The number as written.
    pub fn decimal(&self, words: &str) -> Option<&'a Number> {
        match &self.node.value {
            Value::Number(number) => Some(number),
            Value::Text(text) => {
                let remedy = match percent(text) {
                    Some(share) => format!("write {share}, without quotes and percent sign"),
                    None => format!("write {words}, without quotes"),
                };
                self.wrong_kind("a number", remedy)
            }
            _ => self.wrong_kind("a number", format!("write {words}")),
        }
    }

    /// A finite number within a range.
    pub fn number(&self, range: Range) -> Option<f64> {
        let value = self.decimal(range.words)?.to_f64();
        self.within(value, range)
    }

    fn within(&self, value: f64, range: Range) -> Option<f64> {
        if value.is_finite() && (range.low..=range.high).contains(&value) {
            return Some(value);
        }
        let side = if value.is_nan() {
            "not a number".to_owned()
        } else if value.is_infinite() {
            "not finite".to_owned()
        } else if value < range.low && range.low == LEAST {
            "not above 0".to_owned()
        } else if value < range.low {
            format!("below {}", range.low)
        } else {
            format!("above {}", plain(range.high))
        };
        let message = format!("`{}` is {side}", self.written());
        self.refuse(message, format!("write {}", range.words))
    }

    /// A whole number within `low..=high`.
    pub fn whole(&self, low: u64, high: u64) -> Option<u64> {
        let words = format!("a whole number from {low} to {high}");
        let number = self.decimal(&words)?;
        let value = number.whole();
        let fits = value.filter(|v| (i128::from(low)..=i128::from(high)).contains(v));
        match fits.and_then(|v| u64::try_from(v).ok()) {
            Some(value) => Some(value),
            None if value.is_some() || !number.to_f64().is_finite() => {
                let message = match number.to_f64() {
                    value if value.is_nan() => format!("`{}` is not a number", self.written()),
                    value if value < low as f64 => format!("`{}` is below {low}", self.written()),
                    _ => format!("`{}` is above {high}", self.written()),
                };
                self.refuse(message, format!("write {words}"))
            }
            None => {
                let message = format!("`{}` is not a whole number", self.written());
                self.refuse(message, format!("write {words}"))
            }
        }
    }

    /// An exact count of millionths within a range.
    pub fn micro(&self, range: Range) -> Option<i64> {
        let number = self.decimal(range.words)?;
        self.within(number.to_f64(), range)?;
        match number.micro() {
            Ok(micro) => match i64::try_from(micro) {
                Ok(micro) => Some(micro),
                Err(_) => self.within(f64::INFINITY, range).map(|_| 0),
            },
            Err(NotMicro::TooFine) => {
                let near = crate::units::round_to_i64(number.to_f64() * 1e6).unwrap_or_default();
                let message = format!("`{}` has more than six decimals", self.written());
                self.refuse(message, format!("write {}", micro_text(near)))
            }
            Err(_) => self.within(f64::INFINITY, range).map(|_| 0),
        }
    }

    /// A share in millionths, exactly as written; the range must not go below 0.
    pub fn share(&self, range: Range) -> Option<u64> {
        u64::try_from(self.micro(range)?).ok()
    }

    /// A share that may pass the whole, but not many times over: a larger one is a percentage.
    pub fn portion(&self, range: Range) -> Option<u64> {
        let number = self.decimal(range.words)?;
        let value = number.to_f64();
        let micro = number.micro().ok().and_then(|m| i64::try_from(m).ok());
        match micro {
            Some(micro) if value > range.high && value <= 1_000.0 => {
                let message = format!("`{}` is {}", self.written(), percent_text(micro));
                let share = micro_text(micro / 100);
                self.refuse(message, format!("for {}% write {share}", micro_text(micro)))
            }
            _ => self.share(range),
        }
    }

    /// The product of two counts of millionths, rounded half up to a millionth; refused where it
    /// is more than one amount may be. `what` names it: "credits a month for all seats".
    pub fn product(&self, one: i64, other: i64, what: &str, remedy: &str) -> Option<i64> {
        let unit = i128::from(MICRO);
        let product = (i128::from(one) * i128::from(other) + unit / 2) / unit;
        if product <= MOST * unit {
            return i64::try_from(product).ok();
        }
        let message = format!(
            "this comes to about {:.0e} {what}, past the {:e} that one amount may be",
            (product / unit) as f64,
            MOST as f64
        );
        self.refuse(message, remedy)
    }

    /// Every value of a list of at most `most`, read one by one.
    pub fn every<T>(
        &self,
        example: &str,
        most: usize,
        read: impl Fn(&Item<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.list(example)?;
        if items.len() > most {
            let key = self.path.rsplit('.').next().unwrap_or_default();
            let message = format!("{} {key}", items.len());
            return self.refuse(message, format!("write at most {most}"));
        }
        // All are read before one of them gives up, so that each says what is wrong with it.
        let values: Vec<Option<T>> = items.iter().map(read).collect();
        values.into_iter().collect()
    }

    /// A date, bare or quoted.
    pub fn date(&self) -> Option<Date> {
        const REMEDY: &str = "write a date like 2026-01-31";
        let date = match &self.node.value {
            Value::Date(date) => Some(*date),
            Value::Text(text) if text.len() == 10 => text.parse().ok(),
            Value::Text(_) => None,
            Value::Time => {
                let message = format!("`{}` has a time", self.written());
                return self.refuse(message, "write the date alone, like 2026-01-31");
            }
            _ => return self.wrong_kind("a date", REMEDY),
        };
        match date {
            Some(date) => Some(date),
            None => self.refuse(format!("`{}` is not a date", self.written()), REMEDY),
        }
    }

    /// The values of a list, with paths `key[1]`, `key[2]`, tables of it by their name.
    pub fn list(&self, example: &str) -> Option<Vec<Item<'a>>> {
        match &self.node.value {
            Value::Array(nodes) => Some(self.members(nodes)),
            _ => self.wrong_kind("a list", format!("write a list, like {example}")),
        }
    }

    fn members(&self, nodes: &'a [Node]) -> Vec<Item<'a>> {
        let path_of = |index: usize, node: &Node| match &node.value {
            Value::Table(table) if table.name().is_some() => {
                path::join(&self.path, table.name().unwrap_or_default())
            }
            _ => format!("{}[{}]", self.path, index + 1),
        };
        let member = |(index, node)| Item {
            node,
            path: path_of(index, node),
            log: self.log,
        };
        nodes.iter().enumerate().map(member).collect()
    }
}

/// Share of `"80%"`, as it should be written: `0.8`.
fn percent(text: &str) -> Option<String> {
    let number: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
    number.is_finite().then(|| plain(number / 100.0))
}

/// Millionths as a percentage: `2,500%`.
pub fn percent_text(micro: i64) -> String {
    let text = micro_text(micro.saturating_mul(100));
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}{rest}%")
}

/// A float without exponent where it is short, else with.
pub fn plain(value: f64) -> String {
    if value.abs() >= 1e6 || (value != 0.0 && value.abs() < 1e-6) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

fn shortened_path(path: &str) -> String {
    if path.chars().count() <= 240 {
        return path.to_owned();
    }
    let start: String = path.chars().take(237).collect();
    format!("{start}...")
}

/// "did you mean X?", or all that is valid when nothing is near.
pub fn did_you_mean(wrong: &str, known: &[&str], mark: &str) -> String {
    if let Some(near) = nearest(wrong, known) {
        return format!("did you mean {mark}{near}{mark}?");
    }
    if known.is_empty() {
        return "there is none to name here".to_owned();
    }
    let shown: Vec<String> = known
        .iter()
        .take(12)
        .map(|k| format!("{mark}{k}{mark}"))
        .collect();
    let more = if known.len() > 12 { ", ..." } else { "" };
    format!("write one of {}{more}", shown.join(", "))
}

/// The valid word that a wrong one most resembles, if any is near.
pub fn nearest<'k>(wrong: &str, known: &[&'k str]) -> Option<&'k str> {
    if wrong.chars().count() > 200 {
        return None;
    }
    let wrong = wrong.to_lowercase().replace(['-', ' '], "_");
    let alike =
        |word: &str| strsim::jaro_winkler(&wrong, &word.to_lowercase().replace(['-', ' '], "_"));
    let scored = known.iter().map(|word| (alike(word), *word));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.78).then_some(best.1)
}
