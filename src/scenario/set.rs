//! `--set PATH=VALUE`: one key of the tree, changed before it is read.

use crate::error::{Place, Problem, Source};
use crate::scenario::document::{self, Entry, Node, Table, Value};
use crate::scenario::item::did_you_mean;
use crate::scenario::path::{self, Step};

/// Arrays of tables that have names.
const NAMED: [&str; 5] = ["workload", "incident", "event", "team", "alternative"];

/// Applies one argument, which is source `index`, to the tree.
pub fn apply(root: &mut Node, source: &Source, index: usize) -> Vec<Problem> {
    let change = match Change::parse(&source.text, index) {
        Ok(change) => change,
        Err(problems) => return problems,
    };
    let Change { steps, value } = change;
    match descend(root, &steps, index) {
        Ok((table, last)) => {
            put(table, last, value, index);
            Vec::new()
        }
        Err(problem) => vec![problem],
    }
}

/// Most steps of a path.
const DEEPEST: usize = 16;

/// What an argument asks for.
struct Change {
    steps: Vec<Step>,
    value: Node,
}

impl Change {
    fn parse(text: &str, source: usize) -> Result<Self, Vec<Problem>> {
        let whole = Place {
            source,
            span: 0..text.len(),
        };
        let refuse = |message: &str| {
            let remedy = "write --set PATH=VALUE, like --set workload.service.seats=120";
            vec![problem(whole.clone(), "--set", message.to_owned(), remedy)]
        };
        let parts = path::split(text, '=').ok_or_else(|| refuse("a quote is not closed"))?;
        let path_end = match parts.as_slice() {
            [first, _, ..] => first.end,
            _ => return Err(refuse(&format!("`{}` has no `=`", shown(text)))),
        };
        let steps = path::steps(&text[..path_end], 0)
            .ok_or_else(|| refuse(&format!("`{}` is not a path", shown(&text[..path_end]))))?;
        if steps.len() > DEEPEST {
            return Err(refuse(&format!("a path of {} steps", steps.len())));
        }
        let value = value(text, path_end + 1, source)?;
        Ok(Self { steps, value })
    }
}

/// The value as TOML, or else as text, so that `prepurchase=80%` needs no quotes.
fn value(text: &str, start: usize, source: usize) -> Result<Node, Vec<Problem>> {
    let raw = &text[start..];
    let trimmed = raw.trim();
    let offset = start + (raw.len() - raw.trim_start().len());
    let place = Place {
        source,
        span: offset..offset + trimmed.len(),
    };
    let (node, problems) = document::parse_value(trimmed, source, offset);
    match node {
        Some(node) if problems.is_empty() => Ok(node),
        _ if trimmed.starts_with(['{', '[', '"', '\'']) => Err(problems),
        _ => Ok(Node {
            value: Value::Text(trimmed.to_owned()),
            place,
        }),
    }
}

/// The table that the last step is a key of, created where it is missing.
fn descend<'t, 's>(
    root: &'t mut Node,
    steps: &'s [Step],
    source: usize,
) -> Result<(&'t mut Table, &'s Step), Problem> {
    let mut node = root;
    let mut path = String::new();
    let (last, parents) = steps.split_last().ok_or_else(|| whole_table(source, ""))?;
    for step in parents {
        let place = Place {
            source,
            span: step.span.clone(),
        };
        let next = path::join(&path, &step.name);
        node = match &mut node.value {
            Value::Table(table) => {
                if path.is_empty() && table.get(&step.name).is_none() {
                    refuse_missing_array(step, &place)?;
                }
                child(table, step, place)
            }
            Value::Array(nodes) => member(nodes, step, &path, place)?,
            _ => return Err(not_a_table(&path, place)),
        };
        path = next;
    }
    match &mut node.value {
        Value::Table(table) => Ok((table, last)),
        Value::Array(nodes) => {
            let place = Place {
                source,
                span: last.span.clone(),
            };
            member(nodes, last, &path, place)?;
            Err(whole_table(source, &path::join(&path, &last.name)))
        }
        _ => Err(not_a_table(
            &path,
            Place {
                source,
                span: last.span.clone(),
            },
        )),
    }
}

fn not_a_table(path: &str, place: Place) -> Problem {
    let message = format!("`{}` is a value, not a table", shown(path));
    problem(
        place,
        path,
        message,
        format!("write --set {}=..., with the whole value", shown(path)),
    )
}

fn whole_table(source: usize, path: &str) -> Problem {
    let message = format!("`{}` is a whole table", shown(path));
    let remedy = "set one key of it, like --set workload.service.seats=120";
    problem(Place { source, span: 0..0 }, path, message, remedy)
}

fn refuse_missing_array(step: &Step, place: &Place) -> Result<(), Problem> {
    if !NAMED.contains(&step.name.as_str()) {
        return Ok(());
    }
    let message = format!("the file has no {}", step.name);
    let remedy = format!("add [[{}]] in the file", step.name);
    Err(problem(place.clone(), &step.name, message, remedy))
}

fn child<'t>(table: &'t mut Table, step: &Step, place: Place) -> &'t mut Node {
    let found = table.entries.iter().position(|e| e.key == step.name);
    let index = found.unwrap_or_else(|| {
        let node = Node {
            value: Value::Table(Table::default()),
            place: place.clone(),
        };
        table.entries.push(Entry {
            key: step.name.clone(),
            key_place: place,
            node,
        });
        table.entries.len() - 1
    });
    &mut table.entries[index].node
}

/// The table of an array that goes by a name.
fn member<'t>(
    nodes: &'t mut [Node],
    step: &Step,
    path: &str,
    place: Place,
) -> Result<&'t mut Node, Problem> {
    let name = |node: &Node| match &node.value {
        Value::Table(table) => table.name().map(str::to_owned),
        _ => None,
    };
    let names: Vec<String> = nodes.iter().filter_map(name).collect();
    if let Some(index) = nodes
        .iter()
        .position(|n| name(n).as_ref() == Some(&step.name))
    {
        return Ok(&mut nodes[index]);
    }
    let key = path::join(path, &step.name);
    if names.is_empty() {
        let message = format!("the tables of `{path}` have no names");
        return Err(problem(place, &key, message, "change it in the file"));
    }
    let known: Vec<String> = names.iter().map(|n| path::quoted(n)).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let message = format!("there is no {path} named `{}`", shown(&step.name));
    Err(problem(
        place,
        &key,
        message,
        did_you_mean(&step.name, &known, "`"),
    ))
}

/// Puts a value under a key, over what was there.
fn put(table: &mut Table, step: &Step, node: Node, source: usize) {
    let key_place = Place {
        source,
        span: step.span.clone(),
    };
    let entry = Entry {
        key: step.name.clone(),
        key_place,
        node,
    };
    match table.entries.iter_mut().find(|e| e.key == step.name) {
        Some(old) => *old = entry,
        None => table.entries.push(entry),
    }
}

fn shown(text: &str) -> String {
    crate::scenario::log::shortened(text)
}

fn problem(place: Place, key: &str, message: String, remedy: impl Into<String>) -> Problem {
    let key = crate::scenario::log::shortened(key);
    Problem {
        place,
        key,
        message,
        remedy: remedy.into(),
    }
}
