//! Dotted paths of keys, in which tables of an array go by their `name`.
//!
//! `workload.faq bot.seats` is written bare; a name that holds a dot, a quote, an equals sign or
//! an outer space is quoted as in TOML: `workload."v1.2".seats`.

use std::ops::Range;

/// Bytes beyond which a path stops growing.
const LONGEST: usize = 4_000;

/// One step of a path, with the byte range that it was written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The key or name, without quotes.
    pub name: String,
    /// Where it was written.
    pub span: Range<usize>,
}

/// A name as it stands in a path: bare where that is clear, else quoted.
pub fn quoted(name: &str) -> String {
    let unclear = |c: char| matches!(c, '.' | '"' | '\'' | '=' | '\\') || c.is_control();
    if name.is_empty() || name.trim() != name || name.contains(unclear) {
        format!("{name:?}")
    } else {
        name.to_owned()
    }
}

/// `path.name`, or `name` at the top.
pub fn join(path: &str, name: &str) -> String {
    let name = quoted(name);
    // No valid path is that long; an invalid one must not cost a copy for each of its keys.
    if path.len() > LONGEST || name.len() > LONGEST {
        return path.chars().take(LONGEST).collect();
    }
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

/// The steps of `text`, whose first byte lies at `offset` of its source; `None` when a quote is
/// not closed, or a step is empty.
pub fn steps(text: &str, offset: usize) -> Option<Vec<Step>> {
    split(text, '.')?
        .into_iter()
        .map(|span| {
            let raw = &text[span.clone()];
            let start = offset + span.start + (raw.len() - raw.trim_start().len());
            let raw = raw.trim();
            let name = unquoted(raw)?;
            (!raw.is_empty()).then_some(Step {
                name,
                span: start..start + raw.len(),
            })
        })
        .collect()
}

/// A path in its one spelling, to compare two of them.
pub fn normal(text: &str) -> Option<String> {
    let steps = steps(text, 0)?;
    Some(
        steps
            .iter()
            .fold(String::new(), |path, step| join(&path, &step.name)),
    )
}

/// Byte ranges between the occurrences of `mark` outside quotes; `None` when a quote stays open.
/// A quote opens only at the start of a step, so that `o'brien` is a name.
pub fn split(text: &str, mark: char) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quote = None;
    let mut escaped = false;
    let mut fresh = true;
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if fresh && matches!(c, '"' | '\'') => quote = Some(c),
            None if c == mark => {
                parts.push(start..at);
                start = at + c.len_utf8();
            }
            None => {}
        }
        fresh = quote.is_none() && (c == mark || c == '.' || fresh && c.is_whitespace());
    }
    parts.push(start..text.len());
    quote.is_none().then_some(parts)
}

fn unquoted(raw: &str) -> Option<String> {
    let inside = |mark| raw.strip_prefix(mark).and_then(|r| r.strip_suffix(mark));
    if !raw.starts_with(['"', '\'']) {
        return Some(raw.to_owned());
    }
    if raw.len() < 2 {
        return None;
    }
    match inside('\'') {
        Some(text) => Some(text.to_owned()),
        None => inside('"').map(unescaped),
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => plain.extend(characters.next()),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let steps = steps(text, 0).unwrap();
        steps.into_iter().map(|step| step.name).collect()
    }

    #[test]
    fn names_with_spaces_are_bare_and_names_with_dots_are_quoted() {
        assert_eq!(
            names("workload.faq bot.seats"),
            ["workload", "faq bot", "seats"]
        );
        assert_eq!(
            names("workload.\"v1.2\".seats"),
            ["workload", "v1.2", "seats"]
        );
        assert_eq!(
            names("workload.'v1.2'.seats"),
            ["workload", "v1.2", "seats"]
        );
        assert_eq!(
            names("workload.o'brien.seats"),
            ["workload", "o'brien", "seats"]
        );
        assert_eq!(join("workload", "v1.2"), "workload.\"v1.2\"");
        assert_eq!(
            normal("workload . 'v1.2'").as_deref(),
            Some("workload.\"v1.2\"")
        );
    }

    #[test]
    fn an_open_quote_and_an_empty_step_are_no_path() {
        assert_eq!(steps("workload.\"v1.2.seats", 0), None);
        assert_eq!(steps("workload..seats", 0), None);
        assert_eq!(steps("", 0), None);
    }

    #[test]
    fn steps_know_where_they_were_written() {
        let steps = steps("a. b c", 10).unwrap();
        assert_eq!(steps[1].span, 13..16);
    }
}
