//! Results to bytes: one file per format, no reading, no writing.

pub mod comparison;
pub mod csv;
pub mod dates;
pub mod deal;
pub mod details;
pub mod drivers;
pub mod events;
pub mod explain;
pub mod focus;
pub mod json;
pub mod names;
pub mod numbers;
pub mod page;
pub mod rough;
pub mod sizes;
mod stages;
pub mod summary;
pub mod words;
