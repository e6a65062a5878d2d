//! # flexcast
//!
//! Monte Carlo forecasts for prepaid AI credits. A scenario is a question: it enters once, is
//! checked once, and never changes. Demand paths are drawn from it without knowing what a contract
//! is; the ledger settles each path without knowing what randomness is. Everything after that is
//! arithmetic on settled paths.
//!
//! ```
//! use flexcast::error::Source;
//! use flexcast::forecast::forecast;
//! use flexcast::scenario::read;
//! use flexcast::simulate::unwatched;
//! use flexcast::summarise::record::Metric;
//! use flexcast::summarise::store::Detail;
//!
//! let text = r#"
//!     name = "a desk"
//!     start = 2026-01-01
//!     months = 3
//!     [simulation]
//!     paths = 500
//!     [[workload]]
//!     name = "service"
//!     seats = 50
//!     activation = 0.6
//!     actions_per_day = { p10 = 20, p90 = 40 }
//!     daily_cv = 0.3
//!     [contract]
//!     prepurchase = "80%"
//!     overage_pack_price = 650.0
//! "#;
//! let source = Source { name: "desk.toml".into(), text: text.into() };
//! let scenario = read(source, &[]).expect("a scenario without mistakes");
//! let answer = forecast(&scenario, Detail::Summary, &unwatched).expect("a forecast");
//! let spend = answer.term(Metric::Spend).expect("spend is always defined");
//! assert!(spend.percentile(95) > spend.percentile(50));
//! ```
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
