//! A table read key by key, whose other keys are refused.

use crate::scenario::document::{Entry, Table, Value};
use crate::scenario::item::{Item, Range, did_you_mean, nearest};
use crate::scenario::log::shortened;
use crate::scenario::path;

/// A table with the keys that are valid in it.
pub struct Cursor<'a> {
    /// The table as a value.
    pub item: Item<'a>,
    table: &'a Table,
    /// Valid keys that a misspelt one probably meant: not reported missing as well.
    meant: Vec<&'static str>,
}

impl<'a> Cursor<'a> {
    /// Opens a table and refuses the keys that are not `valid`.
    pub fn open(item: &Item<'a>, valid: &[&'static str]) -> Option<Self> {
        let mut cursor = Self::open_any(item)?;
        for entry in &cursor.table.entries {
            if !valid.contains(&entry.key.as_str()) {
                cursor.meant.extend(refuse_unknown(item, entry, valid));
            }
        }
        Some(cursor)
    }

    /// Opens a table whose keys are names that the user chose.
    pub fn open_any(item: &Item<'a>) -> Option<Self> {
        match &item.node.value {
            Value::Table(table) => Some(Self {
                item: item.clone(),
                table,
                meant: Vec::new(),
            }),
            _ => item.wrong_kind("a table", "write it as a table: { key = value }"),
        }
    }

    /// The value of a key, if it was written.
    pub fn get(&self, key: &str) -> Option<Item<'a>> {
        let entry = self.table.get(key)?;
        Some(self.item.child(&entry.node, &entry.key))
    }

    /// True when a key was written.
    pub fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// The value of a key that must be written; `example` is what to write.
    pub fn need(&self, key: &'static str, example: &str) -> Option<Item<'a>> {
        self.need_or(key, &format!("add `{example}`"))
    }

    /// The value of a key that must be written; `remedy` says what else would do.
    pub fn need_or(&self, key: &'static str, remedy: &str) -> Option<Item<'a>> {
        if let Some(item) = self.get(key) {
            return Some(item);
        }
        if self.meant.contains(&key) {
            return None;
        }
        let missing = Item {
            path: path::join(&self.item.path, key),
            ..self.item.clone()
        };
        missing.refuse(format!("`{key}` is missing"), remedy)
    }

    /// What `read` makes of a key's value; `None` inside where it was not written.
    pub fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.get(key) {
            Some(item) => read(&item).map(Some),
            None => Some(None),
        }
    }

    /// What `read` makes of a key's value, or the default.
    pub fn or<T>(
        &self,
        key: &str,
        default: T,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<T> {
        self.get(key).map_or(Some(default), |item| read(&item))
    }

    /// A number in millionths, or the default.
    pub fn micro(&self, key: &str, default: i64, range: Range) -> Option<i64> {
        self.or(key, default, |item| item.micro(range))
    }

    /// A share in millionths, or the default.
    pub fn share(&self, key: &str, default: u64, range: Range) -> Option<u64> {
        self.or(key, default, |item| item.share(range))
    }

    /// A share in millionths that may pass 1, or the default.
    pub fn portion(&self, key: &str, default: u64, range: Range) -> Option<u64> {
        self.or(key, default, |item| item.portion(range))
    }

    /// A number in millionths that must be written.
    pub fn need_micro(&self, key: &'static str, example: &str, range: Range) -> Option<i64> {
        self.need(key, example)?.micro(range)
    }

    /// Every key and its value, in the order written.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Item<'a>)> {
        let item = self.item.clone();
        let entries = &self.table.entries;
        entries
            .iter()
            .map(move |e| (e.key.as_str(), item.child(&e.node, &e.key)))
    }

    /// The keys that were written, in order.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.table.entries.iter().map(|e| e.key.as_str())
    }

    /// Refuses a key that contradicts another; always `None`.
    pub fn contradiction<T>(&self, key: &str, other: &str, remedy: &str) -> Option<T> {
        let item = self.get(key)?;
        item.refuse(format!("`{key}` contradicts `{other}`"), remedy)
    }
}

/// Refuses an unknown key, and tells which valid one it resembles.
pub fn refuse_unknown(
    item: &Item<'_>,
    entry: &Entry,
    valid: &[&'static str],
) -> Option<&'static str> {
    let unknown = item.child(&entry.node, &entry.key);
    let message = format!("`{}` is not a key of this table", shortened(&entry.key));
    let remedy = did_you_mean(&entry.key, valid, "`");
    unknown.refuse_at::<()>(&entry.key_place, message, remedy);
    nearest(&entry.key, valid)
}
