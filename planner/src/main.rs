//! Plans an exam window; `--help` tells the options, `docs/planning.md` the model.

use anyhow::{Context, Result};
use clap::Parser;
use jiff::civil::Date;
use planner::{
    advice::{self, Cases},
    figures::System,
    limits::Limits,
    report::Report,
    simulate,
    units::Units,
    window::{LivePace, Pace, Window, number},
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
    /// Seconds between two requests of an exam engine that asks for itself, instead of the template's.
    #[arg(long, value_parser = number(1..=3600))]
    engine_refresh: Option<f64>,
    /// Plan without pushing changes to pages.
    #[arg(long, conflicts_with_all = ["live_waiting_refresh", "live_running_refresh", "live_board_refresh"])]
    no_push: bool,
    /// Of a candidate who waits while changes are pushed, instead of the template's.
    #[arg(long, value_parser = number(1..=3600))]
    live_waiting_refresh: Option<f64>,
    /// Of a running test while changes are pushed, instead of the template's.
    #[arg(long, value_parser = number(1..=3600))]
    live_running_refresh: Option<f64>,
    /// Of a proctor's board while changes are pushed, instead of the template's.
    #[arg(long, value_parser = number(1..=3600))]
    live_board_refresh: Option<f64>,
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
    let (pace, live) = (system.pace, system.live_pace);
    window.pace = Pace {
        waiting: arguments.waiting_refresh.unwrap_or(pace.waiting),
        running: arguments.running_refresh.unwrap_or(pace.running),
        board: arguments.board_refresh.unwrap_or(pace.board),
        engine: arguments.engine_refresh.unwrap_or(pace.engine),
    };
    window.live = (!arguments.no_push).then_some(LivePace {
        waiting: arguments.live_waiting_refresh.unwrap_or(live.waiting),
        running: arguments.live_running_refresh.unwrap_or(live.running),
        board: arguments.live_board_refresh.unwrap_or(live.board),
    });
    limits.warm.extend(arguments.warm);
    limits.check()?;

    let mut ways = vec![("same pace", advice::keep_pace(window, &system, limits))];
    let slower = advice::keep_quota(window, &system, limits);
    if slower.pace != window.pace {
        ways.push((if slower.limits.api_requests > limits.api_requests { "lowest API quota" } else { "same API quota" }, slower));
    }
    let outcome = &simulate::run(window, &system, limits);
    let free = &Cases::free(window, &system, limits, limits.provisioned);
    let (windows_per_year, date) = (arguments.windows_per_year, arguments.date);
    let report = Report { window, system: &system, limits, outcome, free, ways, windows_per_year, date };
    print!("{}", report.text());
    Ok(())
}

fn parse_warm(text: &str) -> Result<(Units, f64)> {
    let (name, number) = text.split_once('=').context("write it like SessionsWarmReads=50000")?;
    let units = Units::named(name)
        .context("not AccountsWarmReads, AccountsWarmWrites, SessionsWarmReads, SessionsWarmWrites, IndexWarmReads or IndexWarmWrites")?;
    Ok((units, number.parse::<u32>().context("not a number of units per second")?.into()))
}
