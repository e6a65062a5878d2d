//! Where the problems of one scenario are collected.

use std::cell::RefCell;

use crate::error::{Place, Problem, Problems, Source};

/// Problems beyond these are not worth their paper.
const MOST: usize = 1_000;

/// The texts being read and what is wrong with them so far.
pub struct Log {
    sources: Vec<Source>,
    list: RefCell<Vec<Problem>>,
}

impl Log {
    /// Nothing wrong yet.
    pub fn new(sources: Vec<Source>) -> Self {
        Self {
            sources,
            list: RefCell::default(),
        }
    }

    /// Notes a problem.
    pub fn push(&self, problem: Problem) {
        let mut list = self.list.borrow_mut();
        if list.len() < MOST {
            list.push(problem);
        }
    }

    /// True when nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    /// What was written at a place, on one line of at most 60 characters.
    pub fn written(&self, place: &Place) -> String {
        let source = self.sources.get(place.source);
        let text = source.and_then(|s| s.text.get(place.span.clone()));
        shortened(text.unwrap_or_default())
    }

    /// All problems in the order in which they were written, or none.
    pub fn finish(self) -> Result<(), Problems> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|p| (p.place.source, p.place.span.start, p.place.span.end));
        list.dedup();
        if list.is_empty() {
            return Ok(());
        }
        Err(Problems {
            sources: self.sources,
            list,
        })
    }
}

/// One line of at most 60 characters, without control characters.
pub fn shortened(text: &str) -> String {
    let mut line = String::new();
    for (index, word) in text.split_whitespace().take(61).enumerate() {
        if index > 0 {
            line.push(' ');
        }
        line.extend(word.chars().take(61).filter(|c| !c.is_control()));
    }
    if line.chars().count() <= 60 {
        return line;
    }
    let start: String = line.chars().take(57).collect();
    format!("{start}...")
}
