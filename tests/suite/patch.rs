//! Scenarios for tests: one good example, changed in one place.

use flexcast::error::{Problems, Source};
use flexcast::scenario::{Scenario, read};

/// A scenario that uses everything that makes demand.
pub const GOOD: &str = include_str!("../data/good.toml");

/// A scenario that signs everything that can be signed at once.
pub const SIGNED: &str = include_str!("../data/signed.toml");

/// The worked illustration of the specification.
pub const EXAMPLE: &str = include_str!("../data/example.toml");

/// The least that is a scenario.
pub const SHORT: &str = "name = \"a\"\nstart = 2026-02-01\n[[workload]]\nname = \"agents\"\n\
                         seats = 100\nactivation = 0.5\nactions_per_day = 25\n";

/// The good example with its one occurrence of `old` replaced.
pub fn replaced(old: &str, new: &str) -> String {
    assert_eq!(GOOD.matches(old).count(), 1, "`{old}` must occur once");
    GOOD.replacen(old, new, 1)
}

/// Reads a text that must be refused.
pub fn refused(text: &str, sets: &[&str]) -> Problems {
    match result(text, sets) {
        Ok(_) => panic!("this was accepted:\n{text}\n{sets:?}"),
        Err(problems) => problems,
    }
}

/// Reads a text that must be accepted.
pub fn accepted(text: &str, sets: &[&str]) -> Scenario {
    result(text, sets).unwrap_or_else(|problems| panic!("{problems}\n\n{text}"))
}

/// Reads a text.
pub fn result(text: &str, sets: &[&str]) -> Result<Scenario, Problems> {
    let source = Source {
        name: "a.toml".to_owned(),
        text: text.to_owned(),
    };
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    read(source, &sets)
}
