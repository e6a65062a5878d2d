//! All tests that go through the public interface, in one binary.

mod architecture;
mod bad_input;
mod command_line;
mod good_input;
mod patch;
mod robust_input;
