//! All tests that go through the public interface, in one binary.

mod architecture;
mod bad_input;
mod closed_forms_distributions;
mod command_line;
mod good_input;
mod patch;
mod robust_input;
mod statistics;
