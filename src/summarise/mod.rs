//! From settled paths to figures, each with its error.

mod columns;
pub mod exhaustion;
pub mod histogram;
pub mod parts;
pub mod ranks;
pub mod record;
pub mod statistics;
pub mod store;
pub mod tail;
