//! Names: what tables of an array go by, and who refers to them.

use std::collections::BTreeMap;

use crate::scenario::cursor::Cursor;
use crate::scenario::document::Value;
use crate::scenario::item::{Item, did_you_mean};
use crate::scenario::log::shortened;

/// Most tables of one array.
pub const MOST: usize = 1_000;

/// The tables of an array, none when there are too many to read.
pub fn tables<'a>(top: &Cursor<'a>, key: &str) -> Vec<Item<'a>> {
    let Some(item) = top.get(key) else {
        return Vec::new();
    };
    let items = item.list(&format!("[[{key}]]")).unwrap_or_default();
    if items.len() > MOST {
        let message = format!("{} tables of [[{key}]]", items.len());
        item.refuse::<()>(message, format!("at most {MOST}: merge some of them"));
        return Vec::new();
    }
    items
}

/// The name of each table, refused where it is missing or taken.
pub fn unique(items: &[Item<'_>], example: &str) -> Vec<Option<String>> {
    let mut taken: BTreeMap<String, ()> = BTreeMap::new();
    let mut name = |item: &Item<'_>| {
        let written = Cursor::open_any(item)?.need("name", example)?;
        let name = written.label()?;
        if taken.insert(name.clone(), ()).is_some() {
            let message = format!("a second table is named `{}`", shortened(&name));
            return written.refuse(message, "give each its own name: they are told apart by it");
        }
        Some(name)
    };
    items.iter().map(&mut name).collect()
}

/// Workloads that a table refers to under a key: a name or a list, all by default; ascending.
pub fn workloads(table: &Cursor<'_>, key: &str, names: &[Option<String>]) -> Option<Vec<usize>> {
    let Some(item) = table.get(key) else {
        return Some((0..names.len()).collect());
    };
    let items = match &item.node.value {
        Value::Array(_) => item.list("[\"service\", \"sales\"]")?,
        _ => vec![item.clone()],
    };
    if items.is_empty() {
        return item.refuse(
            "an empty list of workloads",
            "name one, or leave it out for all",
        );
    }
    if items.len() > MOST {
        return item.refuse("too many workloads", "leave it out for all");
    }
    let found: Vec<Option<usize>> = items.iter().map(|item| find(item, names)).collect();
    let mut found = found.into_iter().collect::<Option<Vec<usize>>>()?;
    found.sort_unstable();
    let count = found.len();
    found.dedup();
    match found.len() == count {
        true => Some(found),
        false => item.refuse("a workload is named twice", "name each once"),
    }
}

fn find(item: &Item<'_>, names: &[Option<String>]) -> Option<usize> {
    let name = item.text()?;
    if let Some(index) = names
        .iter()
        .position(|known| known.as_deref() == Some(name))
    {
        return Some(index);
    }
    if names.contains(&None) || names.is_empty() {
        // It may be the one whose name is at fault; that there is none is a problem already.
        return None;
    }
    let known: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    let message = format!("there is no workload named `{}`", shortened(name));
    item.refuse(message, did_you_mean(name, &known, "\""))
}
