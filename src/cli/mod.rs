//! The command line: one file per command, one place each for arguments, files and talk.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

mod args;
mod check;
mod compare;
mod diagnostics;
mod explain;
mod folder;
mod input;
mod new;
mod run;
mod sensitivity;
mod size;
mod talk;
mod verify;
mod watched;

use args::{Cli, Command, RunFlags};
use flexcast::error::Error;
use talk::Talk;

/// Exit codes, as documented in the README.
pub(crate) mod exit {
    /// Done.
    pub(crate) const DONE: u8 = 0;
    /// The work failed: precision not met, or a verified run differs.
    pub(crate) const FAILED: u8 = 1;
    /// Bad usage or input.
    pub(crate) const USAGE: u8 = 2;
    /// Reading or writing failed.
    pub(crate) const IO: u8 = 74;
}

/// Runs the command line and gives its exit code.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::InvalidSubcommand => {
            // Nothing is left to do when standard error is gone.
            let _ = error.print();
            eprintln!("\nA scenario file stands after a command: flexcast run FILE");
            return ExitCode::from(exit::USAGE);
        }
        Err(error) => error.exit(),
    };
    let talk = Talk::new(cli.common.quiet, cli.common.color.into());
    if cli.command.is_some() && cli.run != RunFlags::default() {
        Cli::command()
            .error(
                ErrorKind::ArgumentConflict,
                "flags of a command stand after its name: flexcast run --paths 500",
            )
            .exit();
    }
    let outcome = match cli.command {
        None => run::run(&cli.run.with_file(None), &cli.common, &talk),
        Some(Command::Run(args)) => run::run(&args, &cli.common, &talk),
        Some(Command::Size(args)) => size::size(&args, &cli.common, &talk),
        Some(Command::Compare(args)) => compare::compare_ways(&args, &cli.common, &talk),
        Some(Command::Sensitivity(args)) => sensitivity::command(&args, &cli.common, &talk),
        Some(Command::Explain(args)) => explain::explain(&args, &cli.common, &talk),
        Some(Command::Check(args)) => check::check(&args, &talk),
        Some(Command::New(args)) => new::new(&args, &talk),
    };
    ExitCode::from(outcome.unwrap_or_else(|error| {
        talk.error(&error);
        code(&error)
    }))
}

fn code(error: &Error) -> u8 {
    match error {
        Error::Scenario(_) | Error::Usage(_) | Error::Overflow { .. } => exit::USAGE,
        Error::Io { .. } => exit::IO,
        Error::Interrupted => talk::interrupt_code(),
        Error::Several(all) => match all.iter().all(|one| code(one) == exit::IO) {
            true => exit::IO,
            false => exit::USAGE,
        },
    }
}
