//! The front door: parse, call, print, exit code.

// The binary talks to people; the library never does.
#![allow(clippy::print_stdout, clippy::print_stderr)]
// Time belongs to the binary: wall time is recorded, the bar appears after a second.
#![allow(clippy::disallowed_methods)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
