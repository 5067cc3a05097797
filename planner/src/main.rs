//! Plans an exam window; `--help` tells the options, `docs/planning.md` the model.

use anyhow::{Context, Result};
use clap::Parser;
use jiff::civil::Date;
use planner::{
    advice,
    figures::System,
    limits::Limits,
    report::Report,
    simulate,
    units::Units,
    window::{Window, number},
};
use std::path::PathBuf;

/// What an exam window asks of AWS: what would throttle, what prevents it, what it costs.
#[derive(Debug, Parser)]
#[command(name = "planner")]
struct Arguments {
    #[command(flatten)]
    window: Window,
    /// The day, for the schedules printed.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// Seconds between two requests of a candidate who waits, instead of the template's.
    #[arg(long, value_parser = number(1..=3600))]
    waiting_refresh: Option<f64>,
    /// Seconds between two requests of a running test, instead of the template's.
    #[arg(long, value_parser = number(1..=3600))]
    running_refresh: Option<f64>,
    /// Seconds between two requests of a proctor's board, instead of the template's.
    #[arg(long, value_parser = number(1..=3600))]
    board_refresh: Option<f64>,
    #[command(flatten)]
    limits: Limits,
    /// What a table is warm for already, such as SessionsWarmReads=50000 (`aws dynamodb describe-table`).
    #[arg(long, value_name = "PARAMETER=N", value_parser = parse_warm)]
    warm: Vec<(Units, f64)>,
    /// For the cost of a year; no two windows in a month.
    #[arg(long, default_value_t = 1.0, value_parser = number(1..))]
    windows_per_year: f64,
    /// Measured figures other than docs/figures.toml.
    #[arg(long, value_name = "FILE")]
    figures: Option<PathBuf>,
}

fn main() -> Result<()> {
    let mut arguments = Arguments::parse();
    let (window, limits) = (&mut arguments.window, &mut arguments.limits);
    window.rooms_of = window.rooms_of.min(window.candidates);
    let system = System::read(arguments.figures.as_deref(), window.rooms_of)?;
    window.pace = system.pace;
    let paces = [&mut window.pace.waiting, &mut window.pace.running, &mut window.pace.board];
    for (pace, given) in paces.into_iter().zip([arguments.waiting_refresh, arguments.running_refresh, arguments.board_refresh]) {
        *pace = given.unwrap_or(*pace);
    }
    limits.warm.extend(arguments.warm);
    limits.check()?;

    let mut ways = vec![("same pace", advice::keep_pace(window, &system, limits))];
    let keep_quota = advice::keep_quota(window, &system, limits).filter(|advice| advice.pace != window.pace);
    ways.extend(keep_quota.map(|advice| ("same API quota", advice)));
    let outcome = &simulate::run(window, &system, limits);
    let (windows_per_year, date) = (arguments.windows_per_year, arguments.date);
    let report = Report { window, system: &system, limits, outcome, ways, windows_per_year, date };
    print!("{}", report.text());
    Ok(())
}

fn parse_warm(text: &str) -> Result<(Units, f64)> {
    let (name, number) = text.split_once('=').context("write it like SessionsWarmReads=50000")?;
    let units = Units::named(name).context("not AccountsWarmReads, AccountsWarmWrites, SessionsWarmReads or SessionsWarmWrites")?;
    Ok((units, number.parse::<u32>().context("not a number of units per second")?.into()))
}
