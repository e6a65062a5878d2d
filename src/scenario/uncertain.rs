//! Uncertain values as written: a number, or a table of named parameters.

use crate::scenario::build::build;
use crate::scenario::cursor::refuse_unknown;
use crate::scenario::document::{Table, Value};
use crate::scenario::family::{self, Set};
use crate::scenario::item::{Item, Range, did_you_mean, nearest, plain};
use crate::uncertain::{Fault, Uncertain};

/// What a key may be: the range that no draw leaves, and how it is worded.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Smallest draw.
    pub low: f64,
    /// Largest draw; infinite where only good sense bounds it.
    pub high: f64,
    /// Largest number or mean that is taken for meant.
    pub most: f64,
    /// What to write.
    pub words: &'static str,
}

impl Field {
    const fn new(low: f64, high: f64, most: f64, words: &'static str) -> Self {
        Self {
            low,
            high,
            most,
            words,
        }
    }

    /// Range of a number written for this field.
    pub fn range(self) -> Range {
        Range::new(self.low, self.most, self.words)
    }

    fn is_share(self) -> bool {
        self.low == 0.0 && self.high <= 1.0
    }

    /// Bounds of a metalog in this field.
    pub fn metalog_bounds(self) -> (Option<f64>, Option<f64>) {
        match (self.low == 0.0, self.is_share()) {
            (true, true) => (Some(0.0), Some(1.0)),
            (true, false) => (Some(0.0), None),
            (false, _) => (None, None),
        }
    }
}

/// Seats, units, actions.
pub const COUNT: Field = Field::new(0.0, f64::INFINITY, 1e12, "a number from 0 to 1e12");
/// Credits per unit of an operation.
pub const CREDITS: Field = Field::new(0.0, f64::INFINITY, 1e6, "credits per unit, from 0 to 1e6");
/// Shares of seats or of a rate.
pub const SHARE: Field = Field::new(0.0, 1.0, 1.0, "a share from 0 to 1 (30% is 0.30)");
/// Share of the total that an incident makes up: at 1 it would be infinite.
pub const EXTRA_SHARE: Field = Field::new(
    0.0,
    0.999,
    0.999,
    "a share of the total from 0 to 0.999 (20% is 0.20)",
);
/// Factor of an incident.
pub const AT_LEAST_ONE: Field = Field::new(
    1.0,
    f64::INFINITY,
    1e6,
    "a factor from 1 to 1e6 (1 changes nothing)",
);
/// Factor of an event.
pub const FACTOR: Field = Field::new(
    0.0,
    f64::INFINITY,
    1e6,
    "a factor from 0 to 1e6 (1 changes nothing, 0 stops all)",
);
/// Growth per month.
pub const GROWTH: Field = Field::new(
    -0.99,
    f64::INFINITY,
    10.0,
    "growth a month from -0.99 to 10 (1% is 0.01)",
);
/// Volatility per square-root year.
pub const VOLATILITY: Field = Field::new(
    0.0,
    f64::INFINITY,
    10.0,
    "volatility a year from 0 to 10 (20% is 0.20)",
);
/// Length of an incident.
pub const DAYS: Field = Field::new(0.0, f64::INFINITY, 1e5, "days, from 0 to 100000");
/// Arrivals a year. Each of them takes time and memory: no draw is above the largest mean.
pub const PER_YEAR: Field = Field::new(0.0, 1e5, 1e5, "arrivals a year, from 0 to 100000");
/// Actions per unit, rounded.
pub const PER_UNIT: Field = Field::new(0.0, f64::INFINITY, 1e6, "actions per unit, from 0 to 1e6");

/// Largest magnitude of a parameter.
const PARAMETER: Range = Range::new(-1e12, 1e12, "a finite number between -1e12 and 1e12");

/// Most values of a discrete distribution.
const MOST_VALUES: usize = 100_000;

/// Reads an uncertain value of a field.
pub fn read(item: &Item<'_>, field: Field) -> Option<Uncertain> {
    match &item.node.value {
        Value::Number(_) => item.number(field.range()).map(Uncertain::constant),
        Value::Table(table) => Form::read(item, table)?.build(field),
        _ => {
            // Refuses with the range in words.
            item.decimal(&format!("{}, or {{ p10 = ..., p90 = ... }}", field.words))?;
            None
        }
    }
}

/// The parameters of one table.
pub struct Form<'a> {
    item: Item<'a>,
    dist: Option<(String, Item<'a>)>,
    numbers: Vec<(String, f64, Item<'a>)>,
    lists: Vec<(String, Vec<f64>, Item<'a>)>,
}

impl<'a> Form<'a> {
    fn read(item: &Item<'a>, table: &'a Table) -> Option<Self> {
        let mut form = Self {
            item: item.clone(),
            dist: None,
            numbers: vec![],
            lists: vec![],
        };
        let mut sound = true;
        for entry in &table.entries {
            let value = item.child(&entry.node, &entry.key);
            let key = entry.key.clone();
            let read = match key.as_str() {
                "dist" => value
                    .text()
                    .map(|text| form.dist = Some((text.to_owned(), value))),
                "values" | "weights" => {
                    numbers(&value).map(|list| form.lists.push((key, list, value)))
                }
                _ if family::is_parameter(&key) => value
                    .number(PARAMETER)
                    .map(|number| form.numbers.push((key, number, value))),
                _ => {
                    refuse_unknown(item, entry, &family::PARAMETERS);
                    None
                }
            };
            sound &= read.is_some();
        }
        sound.then_some(form)
    }

    /// The number under a key; the sets guarantee those that a family asks for.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.numbers
            .iter()
            .find(|(name, ..)| name == key)
            .map(|(_, value, _)| *value)
    }

    /// The list under a key.
    pub fn list(&self, key: &str) -> Option<&[f64]> {
        self.lists
            .iter()
            .find(|(name, ..)| name == key)
            .map(|(_, list, _)| list.as_slice())
    }

    /// Quantiles as (percent, value), ascending by percent.
    pub fn quantiles(&self) -> Vec<(f64, f64)> {
        let percent = |(key, value, _): &(String, f64, _)| Some((family::percent(key)?, *value));
        let mut quantiles: Vec<_> = self.numbers.iter().filter_map(percent).collect();
        quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
        quantiles
    }

    /// Refuses a parameter, or the whole table when there is none of that name.
    pub fn refuse<T>(&self, key: &str, message: String, remedy: impl Into<String>) -> Option<T> {
        let numbers = self.numbers.iter().map(|(name, _, item)| (name, item));
        let lists = self.lists.iter().map(|(name, _, item)| (name, item));
        let found = numbers.chain(lists).find(|(name, _)| *name == key);
        found
            .map_or(&self.item, |(_, item)| item)
            .refuse(message, remedy)
    }

    /// Keys other than `dist`, the quantiles among them in one spelling.
    fn keys(&self) -> Vec<String> {
        let numbers = self.numbers.iter().map(|(key, ..)| key.clone());
        let lists = self.lists.iter().map(|(key, ..)| key.clone());
        let mut keys: Vec<String> = numbers.chain(lists).collect();
        let quantiles = self.quantiles();
        let median = quantiles.iter().any(|(percent, _)| *percent == 50.0);
        if matches!((quantiles.len(), median), (2, false) | (3, true)) {
            keys.retain(|key| family::percent(key).is_none());
            keys.push("pX".to_owned());
            keys.push("pY".to_owned());
            if median {
                keys.push("p50".to_owned());
            }
        }
        keys
    }

    fn build(&self, field: Field) -> Option<Uncertain> {
        let set = self.set()?;
        let uncertain = match set.family.is_open() {
            true => self.open(set, field),
            false => self.closed(set, field),
        }?;
        self.moderate(uncertain, field)
    }

    /// The one set of parameters that was written.
    fn set(&self) -> Option<&'static Set> {
        if let Some((dist, item)) = &self.dist
            && !family::NAMES.contains(&dist.as_str())
        {
            let message = format!("`dist = \"{}\"` is not a distribution", shown(dist));
            let remedy = did_you_mean(dist, &family::NAMES, "\"");
            return item.refuse(message, remedy);
        }
        let keys = self.keys();
        let candidates: Vec<&'static Set> = family::SETS
            .iter()
            .filter(|set| match &self.dist {
                Some((dist, _)) => set.family.name() == dist,
                None => set.implied,
            })
            .collect();
        let found = candidates.iter().find(|set| set.matches(&keys));
        match found {
            Some(set) => Some(set),
            None => self.wrong_set(&candidates, &keys),
        }
    }

    fn wrong_set<T>(&self, candidates: &[&'static Set], keys: &[String]) -> Option<T> {
        let message = format!("`{}` is not a set of parameters", self.item.written());
        let known: Vec<String> = candidates.iter().map(|set| set.shown()).collect();
        let line = candidates
            .iter()
            .rev()
            .max_by_key(|set| set.likeness(keys))
            .map(|set| self.line(set))
            .unwrap_or_default();
        self.item.refuse(
            message,
            format!("write `{line}`, or one of {}", known.join(", ")),
        )
    }

    /// What to write for a set, with the values at hand.
    fn line(&self, set: &Set) -> String {
        let dist = match &self.dist {
            Some((dist, _)) => format!("dist = \"{dist}\", "),
            None => String::new(),
        };
        let mut quantiles = self.quantiles();
        quantiles.retain(|(percent, _)| *percent != 50.0);
        let value = |key: &str| match key {
            "pX" => quantile_of(quantiles.iter().find(|q| q.0 < 50.0), "p10"),
            "pY" => quantile_of(quantiles.iter().rev().find(|q| q.0 > 50.0), "p90"),
            "values" | "weights" => {
                let list = self.lists.iter().find(|(name, ..)| name == key);
                format!(
                    "{key} = {}",
                    list.map_or("[...]".into(), |(.., item)| item.written())
                )
            }
            _ => match self.number(key) {
                Some(number) => format!("{key} = {}", plain(number)),
                None => format!("{key} = ..."),
            },
        };
        let values: Vec<String> = set.keys.iter().map(|key| value(key)).collect();
        format!("{{ {dist}{} }}", values.join(", "))
    }

    /// A family whose parameters are values themselves: each must lie within the field.
    fn closed(&self, set: &Set, field: Field) -> Option<Uncertain> {
        let range = field.range();
        let mut sound = true;
        for (key, _, item) in &self.numbers {
            debug_assert!(family::is_parameter(key));
            sound &= item.number(range).is_some();
        }
        for (key, list, item) in &self.lists {
            let outside = list.iter().find(|v| !(range.low..=range.high).contains(*v));
            if let (Some(value), true) = (outside, key == "values") {
                let message = format!("{} lies outside the range", plain(*value));
                item.refuse::<()>(message, format!("write {}", range.words));
                sound = false;
            }
        }
        sound.then(|| build(set.family, self, field)).flatten()
    }

    /// A family that is cut to the field's range, and to `min` and `max`.
    fn open(&self, set: &Set, field: Field) -> Option<Uncertain> {
        let family = build(set.family, self, field)?;
        let bound = |key: &str, default: f64| match self.number(key) {
            None => Some(default),
            Some(value) if (field.low..=field.high).contains(&value) => Some(value),
            Some(value) => {
                let message = format!("`{key} = {}` lies outside the range", plain(value));
                self.refuse(key, message, format!("write {}", field.words))
            }
        };
        let (low, high) = (bound("min", field.low), bound("max", field.high));
        let (low, high) = (low?, high?);
        if low >= high {
            let message = format!("`min` {} is not below `max` {}", plain(low), plain(high));
            return self.refuse("min", message, "swap them, or leave one out");
        }
        let inside = family.quantile(0.995) >= low && family.quantile(0.005) <= high;
        if !inside {
            let bounds = format!("{} to {}", plain(low), plain(high));
            let message = format!("less than 1% of `{}` lies in {bounds}", self.item.written());
            return self
                .item
                .refuse(message, format!("here is wanted: {}", field.words));
        }
        self.checked(family.truncated(low, high))
    }

    /// A distribution, or the refusal of the parameter at fault.
    pub fn checked(&self, built: Result<Uncertain, Fault>) -> Option<Uncertain> {
        match built {
            Ok(uncertain) => Some(uncertain),
            Err(fault) => self.refuse(&fault.parameter, fault.message, fault.remedy),
        }
    }

    fn moderate(&self, uncertain: Uncertain, field: Field) -> Option<Uncertain> {
        let mean = uncertain.mean();
        let written = self.item.written();
        if !mean.is_finite() {
            let message = format!("`{written}` has an infinite mean");
            return self.item.refuse(message, "bound it: add `max = ...`");
        }
        if mean > field.most {
            let message = format!("`{written}` has a mean of {mean:.1e}");
            let remedy = format!("write {}, or bound it with `max`", field.words);
            return self.item.refuse(message, remedy);
        }
        Some(uncertain)
    }
}

fn quantile_of(found: Option<&(f64, f64)>, default: &str) -> String {
    match found {
        Some((percent, value)) => format!("p{percent} = {}", plain(*value)),
        None => format!("{default} = ..."),
    }
}

fn numbers(item: &Item<'_>) -> Option<Vec<f64>> {
    let items = item.list("[3, 7, 14]")?;
    if items.is_empty() || items.len() > MOST_VALUES {
        let message = format!("a list of {} numbers", items.len());
        return item.refuse(message, format!("write 1 to {MOST_VALUES} numbers"));
    }
    items.iter().map(|item| item.number(PARAMETER)).collect()
}

fn shown(text: &str) -> String {
    crate::scenario::log::shortened(text)
}

/// True when a table looks like parameters of a distribution rather than like something else.
pub fn is_form(table: &Table) -> bool {
    let is = |key: &str| family::is_parameter(key) || nearest(key, &family::PARAMETERS).is_some();
    table.entries.iter().any(|entry| is(&entry.key))
}
