//! What drives an output, by the functions that `sensitivity` calls: cases with known answers.
//!
//! Uniform numbers come from streams of their own, a path an entry; a pair of paths is i and n + i, as
//! in the command.

mod of_chance;
mod of_functions;
mod of_knowing;
mod of_scenarios;
mod of_swings;
