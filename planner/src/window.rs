//! What an exam window is: who comes when, and how often their devices ask again.

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum, builder::TypedValueParser};
use jiff::{SignedDuration, civil::Time};
use std::ops::RangeBounds;

/// How often clients come back, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pace {
    pub waiting: f64,
    pub running: f64,
    pub board: f64,
    /// An exam engine that asks for itself.
    pub engine: f64,
}

/// How often pages come back that changes are pushed to, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LivePace {
    pub waiting: f64,
    pub running: f64,
    pub board: f64,
}

/// How a crowd spreads over the time it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Arrivals {
    /// Most at once, then fewer and fewer: twice the average in the first second, none in the last.
    Rush,
    /// As many in each second.
    Even,
}

impl Arrivals {
    /// The share that has come when `second` of `seconds` have passed: 0 before, 1 after.
    pub fn until(self, second: f64, seconds: f64) -> f64 {
        let part = (second / seconds).clamp(0.0, 1.0);
        match self {
            Self::Rush => part * (2.0 - part),
            Self::Even => part,
        }
    }

    /// The share that comes in the second that begins at `second`.
    pub fn during(self, second: f64, seconds: f64) -> f64 {
        self.until(second + 1.0, seconds) - self.until(second, seconds)
    }
}

/// One exam window.
#[derive(Debug, Clone, Args)]
pub struct Window {
    /// How many start.
    #[arg(long, value_parser = number(1..=10_000_000))]
    pub candidates: f64,
    /// Candidates in a room.
    #[arg(long, default_value_t = 30.0, value_parser = number(1..=300))]
    pub rooms_of: f64,
    /// The first and the last start, such as 09:00-09:20.
    #[arg(long = "window", value_name = "FROM-TO", value_parser = parse_times)]
    pub starts: (Time, Time),
    /// In so many minutes before candidates do, proctors log in.
    #[arg(long, default_value_t = 15.0, value_parser = number(1..=240))]
    pub proctor_minutes: f64,
    /// In so many minutes before the window, candidates log in, join and are ticked.
    #[arg(long, default_value_t = 15.0, value_parser = number(1..=240))]
    pub login_minutes: f64,
    /// How long a test lasts.
    #[arg(long, default_value_t = 105.0, value_parser = number(1..=720))]
    pub test_minutes: f64,
    /// How a crowd spreads over the time it has.
    #[arg(long, value_enum, default_value_t = Arrivals::Rush)]
    pub arrivals: Arrivals,
    /// Of a hundred candidates, who are refused once before they start.
    #[arg(long, default_value_t = 5.0, value_parser = number(0..=100))]
    pub refused: f64,
    /// Of a hundred candidates, who leave once and come back.
    #[arg(long, default_value_t = 2.0, value_parser = number(0..=100))]
    pub interrupted: f64,
    /// Of a hundred candidates, whose test the proctor ends.
    #[arg(long, default_value_t = 1.0, value_parser = number(0..=100))]
    pub unfinished: f64,
    /// Of a hundred running tests, whose exam engine stands elsewhere and asks for itself.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = number(0..=100))]
    pub engines_asking: f64,
    /// The template's, unless told otherwise: where nothing is pushed, and of pages that have lost their connection.
    #[arg(skip)]
    pub pace: Pace,
    /// The template's, unless told otherwise; none where nothing is pushed.
    #[arg(skip)]
    pub live: Option<LivePace>,
}

impl Window {
    /// The same window with nothing pushed.
    #[must_use]
    pub fn without_push(&self) -> Self {
        Self { live: None, ..self.clone() }
    }

    pub fn rooms(&self) -> f64 {
        (self.candidates / self.rooms_of).ceil()
    }

    /// From the first start to the last, in seconds.
    pub fn start_seconds(&self) -> f64 {
        self.starts.1.duration_since(self.starts.0).as_secs_f64()
    }

    /// From the first proctor to the first candidate, in seconds.
    pub fn candidates_from(&self) -> f64 {
        self.proctor_minutes * 60.0
    }

    /// From the first proctor to the first start, in seconds.
    pub fn starts_from(&self) -> f64 {
        (self.proctor_minutes + self.login_minutes) * 60.0
    }

    /// From the first proctor until five minutes after the last test, in seconds.
    pub fn seconds(&self) -> f64 {
        self.starts_from() + self.start_seconds() + self.test_minutes * 60.0 + 300.0
    }

    /// The time of day of a second of the window.
    pub fn time(&self, second: f64) -> Time {
        self.starts.0.wrapping_add(SignedDuration::from_secs_f64((second - self.starts_from()).round()))
    }
}

/// Whole numbers of that range, as the model counts.
pub fn number(range: impl RangeBounds<i64>) -> impl TypedValueParser<Value = f64> {
    clap::value_parser!(u32).range(range).map(f64::from)
}

/// Reads `09:00-09:20`.
///
/// # Errors
/// When it is not two times of one day, the earlier first.
pub fn parse_times(text: &str) -> Result<(Time, Time)> {
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    let times = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
    let (opens, closes) = times.context("not two times of day; write it like 09:00-09:20")?;
    ensure!(opens < closes, "it ends before it begins; a window lies within one day, like 09:00-09:20");
    Ok((opens, closes))
}
