//! Decisions: arithmetic on settled paths.

pub mod breakeven;
pub mod compare;
pub mod sizing;
