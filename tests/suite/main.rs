//! All tests that go through the public interface, in one binary.

// A test's own arithmetic is compared within tolerances, never byte by byte.
#![allow(clippy::disallowed_methods, clippy::needless_pass_by_value)]

mod architecture;
mod ask;
mod bad_input;
mod checks;
mod closed_forms;
mod closed_forms_distributions;
mod command_line;
mod compare;
mod compare_files;
mod compare_pages;
mod compare_pairs;
mod compare_told;
mod contracts;
mod drivers;
mod files;
mod good_input;
mod laws;
mod ledger;
mod patch;
mod quasi_random;
mod reproducible;
mod robust_input;
mod screen;
mod signed_input;
mod sizing_coverage;
mod sizing_pages;
mod sizing_ranges;
mod staged;
mod statistics;
mod stratified;
mod warned_input;
