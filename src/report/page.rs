//! Text for a terminal: columns that count what a character occupies, and words that wrap.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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
