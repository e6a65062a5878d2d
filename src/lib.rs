//! # flexcast
//!
//! Monte Carlo forecasts for prepaid AI credits. A scenario is a question: it enters once, is
//! checked once, and never changes. Demand paths are drawn from it without knowing what a contract
//! is; the ledger settles each path without knowing what randomness is. Everything after that is
//! arithmetic on settled paths.
//!
//! The modules are declared in the order in which data flows. A module may use only what is
//! declared above it; a test reads this file and refuses an import against the order.

pub mod units;

pub mod error;

pub mod special;

pub mod randomness;

pub mod uncertain;

pub mod scenario;

pub mod demand;

pub mod simulate;

pub mod ledger;

pub mod summarise;

pub mod decide;

pub mod forecast;

pub mod report;
