//! Text for a terminal: columns that count what a character occupies, and words that wrap.

use std::collections::{BTreeMap, BTreeSet};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Most lines.
pub const HEIGHT: usize = 23;

/// Widest line.
pub const WIDTH: usize = 80;

/// Width of the labels that open a line.
const LABEL: usize = 10;

/// Columns that a text occupies.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to `columns`.
pub fn cut(text: &str, columns: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

/// What stands where a name was cut.
const GAP: &str = "…";

/// The name, or both its ends where it is wider than `columns`.
pub fn shorten(name: &str, columns: usize) -> String {
    match width(name) <= columns {
        true => name.to_owned(),
        false => ends(name, columns, columns / 2),
    }
}

/// Names in columns of one width. What fits stays as it is; what does not loses its middle, and so that
/// different names stay different: where their ends are alike, more is kept of one end.
pub fn labels<'a>(names: impl IntoIterator<Item = &'a str>, columns: usize) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    let different = names.iter().collect::<BTreeSet<_>>().len();
    let with_ends = |end: usize| -> Vec<String> {
        let label = |name: &&str| match width(name) <= columns {
            true => (*name).to_owned(),
            false => ends(name, columns, end),
        };
        names.iter().map(label).collect()
    };
    let half = columns / 2;
    let end_first = (half..columns).chain((0..half).rev()).map(with_ends);
    let mut cuts = end_first.filter(|labels| {
        let labels: BTreeSet<&String> = labels.iter().collect();
        labels.len() == different
    });
    cuts.next()
        .unwrap_or_else(|| numbered(&names, with_ends(half), columns))
}

/// The beginning of a name and at least `end` columns of its end: from the beginning of a word on, if that
/// leaves room for a beginning.
fn ends(name: &str, columns: usize, end: usize) -> String {
    let most = columns.saturating_sub(width(GAP));
    let fits = |start: &usize, most: usize| width(&name[*start..]) <= most;
    let starts = || name.char_indices().map(|(start, _)| start);
    let is_of_a_word = |start: &usize| {
        let before = name[..*start].chars().next_back();
        before.is_some_and(|c| !c.is_alphanumeric() && c != '_')
            && name[*start..].starts_with(char::is_alphanumeric)
    };
    let exact = starts().find(|start| fits(start, end.min(most)));
    let exact = exact.unwrap_or(name.len());
    let mut words = starts().filter(|start| *start <= exact && is_of_a_word(start));
    let start = match words.next_back() {
        Some(word) if end > 0 && fits(&word, most - columns / 8) => word,
        _ => exact,
    };
    let tail = &name[start..];
    let beginning = cut(name, most - width(tail));
    format!("{}{GAP}{tail}", beginning.trim_end())
}

/// Labels that no cut could tell apart, each other name of one label with its number.
fn numbered(names: &[&str], labels: Vec<String>, columns: usize) -> Vec<String> {
    let mut met: BTreeMap<&str, String> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for (name, label) in names.iter().zip(labels) {
        if met.contains_key(name) {
            continue;
        }
        let others = (2..).map(|number: usize| {
            let number = number.to_string();
            cut(&label, columns.saturating_sub(number.len())) + &number
        });
        let candidates = std::iter::once(label.clone()).chain(others);
        // A cell that has no room for all the numbers has one of them twice.
        let candidates = candidates.take(names.len() + 1);
        let mut free = candidates.filter(|label| !used.contains(label));
        let label = free.next().unwrap_or(label);
        used.insert(label.clone());
        met.insert(name, label);
    }
    names.iter().map(|name| met[name].clone()).collect()
}

/// The text cut or filled with spaces to `columns`.
pub fn cell(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let gap = columns - width(&text);
    format!("{text}{}", " ".repeat(gap))
}

/// Lines that open with a label; words that do not fit go on below it.
pub fn wrap(label: &str, words: &str) -> Vec<String> {
    let indent = if label.is_empty() && words.is_empty() {
        0
    } else {
        LABEL
    };
    wrap_at(&cell(label, indent), indent, words)
}

/// The same below an opening of any width.
pub fn hang(opening: &str, words: &str) -> Vec<String> {
    wrap_at(opening, width(opening), words)
}

/// Lines of words without a label.
pub fn paragraph(words: &str) -> Vec<String> {
    wrap_at("", 0, words)
}

fn wrap_at(opening: &str, indent: usize, words: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = opening.to_owned();
    for (index, word) in words.split(' ').enumerate() {
        let first = index == 0 || width(&line) <= indent;
        if !first && width(&line) + 1 + width(word) > WIDTH {
            lines.push(line.trim_end().to_owned());
            line = " ".repeat(indent);
        } else if !first {
            line.push(' ');
        }
        line.push_str(&cut(word, WIDTH - indent));
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Takes empty lines out, the last first, while there are more lines than `most`.
pub fn close_gaps(lines: &mut Vec<String>, most: usize) {
    while lines.len() > most
        && let Some(gap) = lines.iter().rposition(String::is_empty)
    {
        lines.remove(gap);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_below_their_label() {
        let lines = wrap("Buy", &"word ".repeat(20));
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("Buy       word"));
        assert!(lines[1].starts_with("          word"));
        assert!(lines.iter().all(|line| width(line) <= WIDTH));
    }

    #[test]
    fn names_that_are_cut_stay_different() {
        assert_eq!(labels(["short", "a name"], 6), ["short", "a name"]);
        let plans = [1, 2, 3].map(|n| format!("Service desk, first year, plan variant number {n}"));
        let found = labels(plans.iter().map(String::as_str), 23);
        assert_eq!(found[0], "Servic…variant number 1");
        assert_eq!(found[2], "Servic…variant number 3");
        // The ends are alike for longer than half the columns, then the beginnings.
        let regions =
            ["EMEA", "APAC"].map(|r| format!("customer support region {r}.actions_per_day"));
        let found = labels(regions.iter().map(String::as_str), 33);
        assert_eq!(found[0], "customer sup…EMEA.actions_per_day");
        assert_eq!(found[1], "customer sup…APAC.actions_per_day");
        let tail = "of a very long and always equal end";
        let found = labels([&*format!("one {tail}"), &*format!("two {tail}")], 12);
        assert_eq!(found, ["on…equal end", "tw…equal end"]);
        // Different in the middle only, out of sight from both ends.
        let same = "x".repeat(20);
        let middles = ["1", "2", "3"].map(|n| format!("{same}{n}{same}"));
        let names = middles.iter().chain(&middles[..1]).map(String::as_str);
        let found = labels(names, 12);
        assert_eq!(found[0], found[3]);
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 3, "{found:?}");
        assert!(found.iter().all(|label| width(label) <= 12));
        for columns in 0..9 {
            let found = labels(middles.iter().map(String::as_str), columns);
            assert!(found.iter().all(|label| width(label) <= columns.max(1)));
            let wide = shorten(&"予".repeat(9), columns);
            assert!(width(&wide) <= columns.max(1), "{wide}");
        }
    }

    #[test]
    fn wide_characters_count_for_what_they_occupy() {
        assert_eq!(width(&cut(&"予".repeat(90), 80)), 80);
        assert_eq!(cell("予", 4), "予  ");
        assert!(
            wrap("", &"x".repeat(300))
                .iter()
                .all(|line| width(line) <= WIDTH)
        );
    }
}
