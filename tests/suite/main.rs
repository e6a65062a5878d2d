//! All tests that go through the public interface, in one binary.

mod bad_input;
mod good_input;
mod patch;
mod robust_input;
