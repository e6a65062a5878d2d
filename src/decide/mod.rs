//! Decisions: arithmetic on settled paths.

pub mod breakeven;
pub mod compare;
pub mod indices;
pub mod knowing;
pub mod regression;
pub mod shapley;
pub mod sizing;
pub mod staged;
pub mod swings;
pub mod worst;
