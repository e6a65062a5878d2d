//! The front door: parse, call, print, exit code.

// The binary talks to people; the library never does.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
