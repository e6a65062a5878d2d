//! Decisions: arithmetic on settled paths.

pub mod sizing;
