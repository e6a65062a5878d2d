//! All tests that go through the public interface, in one binary.

mod ask;
mod bad_input;
mod checks;
mod closed_forms;
mod good_input;
