//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use flexcast::error::Error;
use flexcast::randomness::Sampling;

/// Forecasts for prepaid AI credits: percentile spend, exhaustion dates, overage risk, and the
/// pre-purchase that costs least.
#[derive(Debug, Parser)]
#[command(
    version,
    disable_help_subcommand = true,
    after_help = "Without a command, runs the embedded default scenario (service-desk).\n\
        Exit codes: 0 done, 1 the work failed, 2 bad usage or input, 74 reading or writing \
        failed,\n130 or 143 interrupted."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunFlags,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Simulate a scenario and print the summary (the default)
    Run(RunArgs),
    /// Find the pre-purchase that costs least
    Size(SizeArgs),
    /// Compare ways to pay, or scenarios, on the same futures
    Compare(CompareArgs),
    /// Name what drives spend, overage and the exhaustion date
    Sensitivity(SensitivityArgs),
    /// Tell one future day by day: drivers, incidents, ledger
    Explain(ExplainArgs),
    /// Check a scenario and stop
    Check(CheckArgs),
    /// Print a scenario to start from
    New(NewArgs),
}

/// Flags of every command.
#[derive(Args, Debug)]
pub(crate) struct Common {
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Threads to simulate on (default: all cores); results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// Number of paths, with or without underscores.
fn count(text: &str) -> Result<u64, String> {
    match text.replace('_', "").parse() {
        Ok(paths @ 1..=100_000_000) => Ok(paths),
        _ => Err("write a whole number from 1 to 100000000".to_owned()),
    }
}

/// A seed, as in the scenario.
fn seed(text: &str) -> Result<u64, String> {
    match text.replace('_', "").parse::<i64>().map(u64::try_from) {
        Ok(Ok(seed)) => Ok(seed),
        _ => Err(format!("write a whole number from 0 to {}", i64::MAX)),
    }
}

/// Changes to a scenario from the command line.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub(crate) struct Overrides {
    /// Number of futures (simulation.paths)
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) paths: Option<u64>,
    /// Seed of every random stream (simulation.seed)
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Stop when a figure is this precise, for example p95_spend=0.005; may be repeated
    #[arg(long, value_name = "FIGURE=SHARE")]
    pub(crate) precision: Vec<String>,
    /// Set any key by its dotted path, for example workload.service.seats=120; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

impl Overrides {
    /// For a command that runs a fixed number of futures.
    pub(crate) fn without_precision(&self, command: &str) -> Result<(), Error> {
        match self.precision.is_empty() {
            true => Ok(()),
            false => Err(Error::Usage(format!(
                "{command} runs simulation.paths futures; leave out --precision, or write --paths"
            ))),
        }
    }
}

/// Where files go.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub(crate) struct Output {
    /// Write the files of the result into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite another scenario's results
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
}

/// What the commands that look for an answer have in common: the question as changed from the command
/// line, and where the answer goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Job {
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Print everything that is known
    #[arg(long)]
    pub(crate) details: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How the inputs that are drawn once per path are sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum How {
    /// Every path independently (the default).
    Random,
    /// By scrambled Sobol points: smaller errors from as many paths, best with 16 times a power of 2.
    Qmc,
    /// By paths chosen evenly by what they are expected to want: small errors of percentiles and
    /// P(overage), for two to three times the time of a path in most scenarios.
    Stratified,
}

impl From<How> for Sampling {
    fn from(how: How) -> Self {
        match how {
            How::Random => Self::Random,
            How::Qmc => Self::Quasi,
            How::Stratified => Self::Stratified,
        }
    }
}

/// Flags of `run`.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub(crate) struct RunFlags {
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) output: Output,
    /// How to sample what is drawn once per path
    #[arg(long, value_name = "HOW")]
    pub(crate) sampling: Option<How>,
    /// The single-number plan instead: means, no noise, no incidents
    #[arg(long, conflicts_with = "sampling")]
    pub(crate) point: bool,
    /// Print the tables behind the summary too
    #[arg(long)]
    pub(crate) details: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Run a recorded run.json again and compare every file
    #[arg(long, value_name = "RUN_JSON", conflicts_with_all = ["paths", "seed", "precision", "set", "sampling", "out", "point", "details", "json"])]
    pub(crate) verify: Option<PathBuf>,
}

impl RunFlags {
    /// These flags for a scenario.
    pub(crate) fn with_file(self, file: Option<PathBuf>) -> RunArgs {
        RunArgs { file, flags: self }
    }
}

/// Arguments of `run`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RunArgs {
    /// Scenario file, `-` for standard input; without it, the embedded default scenario
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) flags: RunFlags,
}

/// What the best size is best at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Aim {
    /// The least expected cost (the default).
    Cost,
    /// The least mean cost of the worst futures.
    Cvar,
    /// The least 95th percentile of regret.
    Regret,
}

/// A share, in millionths.
fn share(text: &str) -> Result<u32, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok((share * 1e6).round() as u32),
        _ => Err("write a share from 0 to 1, for example 0.05".to_owned()),
    }
}

/// A level of the tail, in millionths.
fn level(text: &str) -> Result<u32, String> {
    match share(text) {
        Ok(level @ 1..=999_999) => Ok(level),
        _ => Err("write a level above 0 and below 1, for example 0.95".to_owned()),
    }
}

/// Credits, with or without underscores.
fn credits(text: &str) -> Result<u64, String> {
    match text.replace('_', "").parse() {
        Ok(credits @ 0..=1_000_000_000_000) => Ok(credits),
        _ => Err(
            "write credits as a whole number up to 1_000_000_000_000, for example 1_200_000"
                .to_owned(),
        ),
    }
}

/// How often a purchase in stages is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Every {
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every six months.
    HalfYearly,
}

impl Every {
    /// Months between reviews.
    pub(crate) fn months(self) -> usize {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::HalfYearly => 6,
        }
    }

    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::HalfYearly => "half-yearly",
        }
    }
}

/// What `size` is asked.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub(crate) struct SizeFlags {
    /// What the best size is best at
    #[arg(long, value_name = "AIM")]
    pub(crate) objective: Option<Aim>,
    /// Level of the tail for --objective cvar: the worst 5% at 0.95 (the default)
    #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
    pub(crate) cvar: Option<String>,
    /// Most of the futures that may have an overage, for example 0.05 (of terms where several are sized)
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) max_overage: Option<String>,
    /// Evaluate this size too, rounded up to whole packs
    #[arg(long, value_name = "CREDITS", allow_negative_numbers = true)]
    pub(crate) at: Option<String>,
    /// Find the smallest size with no more than this share of futures, or terms, in overage
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) invert: Option<String>,
    /// Buy in stages too: now, and again at reviews with what has been seen by then
    #[arg(long, value_name = "EVERY")]
    pub(crate) stages: Option<Every>,
}

/// What [`SizeFlags`] say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizeAims {
    /// What the best size is best at.
    pub(crate) objective: Option<Aim>,
    /// Level of the tail, in millionths.
    pub(crate) cvar: Option<u32>,
    /// Share of the futures, in millionths.
    pub(crate) max_overage: Option<u32>,
    /// Credits.
    pub(crate) at: Option<u64>,
    /// Share of the futures, in millionths.
    pub(crate) invert: Option<u32>,
    /// Time between reviews.
    pub(crate) stages: Option<Every>,
}

impl SizeFlags {
    /// The values, each in its range.
    ///
    /// # Errors
    /// [`Error::Usage`] with all that are not.
    pub(crate) fn read(&self) -> Result<SizeAims, Error> {
        let mut wrong = Vec::new();
        let aims = SizeAims {
            objective: self.objective,
            cvar: value(&self.cvar, "--cvar <LEVEL>", level, &mut wrong),
            max_overage: value(
                &self.max_overage,
                "--max-overage <SHARE>",
                share,
                &mut wrong,
            ),
            at: value(&self.at, "--at <CREDITS>", credits, &mut wrong),
            invert: value(&self.invert, "--invert <SHARE>", share, &mut wrong),
            stages: self.stages,
        };
        match wrong.is_empty() {
            true => Ok(aims),
            false => Err(Error::Usage(wrong.join("\n"))),
        }
    }
}

/// A value, or a line on what is wrong with it.
fn value<T>(
    text: &Option<String>,
    flag: &str,
    read: impl Fn(&str) -> Result<T, String>,
    wrong: &mut Vec<String>,
) -> Option<T> {
    let text = text.as_ref()?;
    let value = read(text);
    value
        .map_err(|why| wrong.push(format!("invalid value '{text}' for '{flag}': {why}")))
        .ok()
}

/// Arguments of `size`.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("details", |details| details.help("Print the cost curve too")))]
pub(crate) struct SizeArgs {
    /// Scenario file, `-` for standard input
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) flags: SizeFlags,
    #[command(flatten)]
    pub(crate) job: Job,
}

/// Arguments of `compare`. It runs a fixed number of futures and refuses `--precision`.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("details", |details| details.help("Print all ways, with what else is known of each")))]
#[command(mut_arg("precision", |arg| arg.hide(true)))]
pub(crate) struct CompareArgs {
    /// Scenario file, `-` for standard input; its contract and every [[alternative]], or of several
    /// files the contract of each
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The single-number plan instead: means, no noise, no incidents
    #[arg(long)]
    pub(crate) point: bool,
    #[command(flatten)]
    pub(crate) job: Job,
}

/// Arguments of `sensitivity`. It runs a fixed number of futures and refuses `--precision`.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("precision", |arg| arg.hide(true)))]
#[command(mut_arg("details", |details| details.help("Print every input and output too")))]
pub(crate) struct SensitivityArgs {
    /// Scenario file, `-` for standard input
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) job: Job,
}

/// Arguments of `explain`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExplainArgs {
    /// Scenario file, `-` for standard input
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Write the journal as CSV to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
}

/// Which future to explain.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// The path of this number, from 0
    #[arg(long, value_name = "N")]
    pub(crate) path: Option<u64>,
    /// The path nearest a percentile of term spend, for example p95
    #[arg(long, value_name = "PERCENTILE")]
    pub(crate) near: Option<String>,
    /// The single-number plan
    #[arg(long)]
    pub(crate) point: bool,
}

/// Arguments of `check`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CheckArgs {
    /// Scenario file, `-` for standard input
    pub(crate) file: PathBuf,
    /// Set any key by its dotted path; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

/// Arguments of `new`.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewArgs {
    /// Template to print; `list` names them all
    #[arg(default_value = "agents")]
    pub(crate) template: String,
}
