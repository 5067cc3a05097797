//! What the planner prints.

use crate::{
    advice::{Advice, Cases, MARGIN},
    cost,
    figures::{Action, System},
    limits::{Limits, PARTITION_READS, PARTITION_WRITES, new_table},
    simulate::{Load, Outcome, too_fast, work_of},
    units::Units,
    window::{Arrivals, Window},
};
use jiff::civil::Date;
use std::fmt::Write;

const PLOT_COLUMNS: usize = 72;
const PLOT_ROWS: usize = 8;

/// All that is known about one window.
#[derive(Debug)]
pub struct Report<'a> {
    pub window: &'a Window,
    pub system: &'a System,
    pub limits: &'a Limits,
    /// The window with the account as it is.
    pub outcome: &'a Outcome,
    /// The window as it would be if nothing were refused.
    pub free: &'a Cases,
    /// The ways to carry it through, each with its name.
    pub ways: Vec<(&'static str, Advice)>,
    pub windows_per_year: f64,
    pub date: Option<Date>,
}

impl Report<'_> {
    /// The whole report.
    pub fn text(&self) -> String {
        let parts = [self.heading(), self.throttles(), self.plot(), self.cases(), self.advice(), self.bill()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn heading(&self) -> String {
        let w = self.window;
        let crowd = match w.arrivals {
            Arrivals::Rush => "most at once",
            Arrivals::Even => "evenly",
        };
        format!(
            "{} candidates in {} rooms of {} start between {} and {}, {crowd}.\n\
             Proctors log in from {}, candidates from {}; a test lasts {} minutes.\n\
             {}\n",
            thousands(w.candidates),
            thousands(w.rooms()),
            w.rooms_of,
            clock(w, w.starts_from()),
            clock(w, w.starts_from() + w.start_seconds()),
            clock(w, 0.0),
            clock(w, w.candidates_from()),
            w.test_minutes,
            self.paces()
        )
    }

    fn paces(&self) -> String {
        let w = self.window;
        let every = |waiting, running, board| format!("every {waiting} s (waiting), {running} s (running), {board} s (board)");
        let pace = every(w.pace.waiting, w.pace.running, w.pace.board);
        let mut text = match w.live {
            Some(live) => format!(
                "Changes are pushed to pages, which ask all the same {};\nwithout a connection, {pace}.",
                every(live.waiting, live.running, live.board)
            ),
            None => format!("Nothing is pushed to pages, which ask again {pace}."),
        };
        if w.engines_asking > 0.0 {
            let _ =
                write!(text, "\nOf a hundred running tests, {} have an exam engine that asks every {} s.", w.engines_asking, w.pace.engine);
        }
        text
    }

    fn throttles(&self) -> String {
        let titles = ["WITH THE ACCOUNT AS IT IS, per second", "peak", "at", "limit", "first over", "seconds", "refused"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        rows.extend(self.loads(self.outcome).map(|(name, load)| self.load(name, load)));
        let cold = thousands(self.cold_starts(self.outcome));
        let closes = clock(self.window, self.window.starts_from() + self.window.start_seconds());
        let (started, late) = (self.outcome.started_in_time * 100.0, self.outcome.late_seconds);
        let started = format!(
            "Started by {closes}: {started:.1} % of the candidates, {late:.0} s late on average; {cold} cold starts of login, join and start."
        );
        format!("{}\n{started}\n{}", table(&rows), self.room())
    }

    /// Everything that is limited; how fast functions grow only where it was too fast, and pushing where there is any.
    fn loads<'a>(&'a self, outcome: &'a Outcome) -> impl Iterator<Item = (String, &'a Load)> {
        let functions = self.system.functions.iter().zip(&outcome.functions).filter(|(_, work)| work.growth.refused > 0.0);
        let growth = functions.map(|(function, work)| (format!("Lambda, new environments, {}", function.name), &work.growth));
        let used = outcome.units.iter().filter(|(units, _)| *units != Units::IndexReads);
        let tables = used.map(|(units, load)| {
            let name = match units {
                Units::AccountsReads => "DynamoDB, accounts, units read",
                Units::AccountsWrites => "DynamoDB, accounts, units written",
                Units::SessionsReads => "DynamoDB, sessions, units read",
                Units::SessionsWrites => "DynamoDB, sessions, units written",
                Units::IndexReads => "DynamoDB, index of joins, units read",
                Units::IndexWrites => "DynamoDB, index of joins, units written",
            };
            (name.to_owned(), load)
        });
        let api = ("API Gateway, requests".to_owned(), &outcome.api);
        let environments = ("Lambda, environments in use".to_owned(), &outcome.environments);
        let live = &outcome.live;
        let pushing = [
            ("AppSync, connections".to_owned(), &live.connections),
            ("AppSync, events".to_owned(), &live.events),
            ("AppSync, messages".to_owned(), &live.messages),
        ];
        let pushing = pushing.into_iter().filter(|(_, load)| load.peak > 0.0);
        [api, environments].into_iter().chain(growth).chain(tables).chain(pushing)
    }

    /// What the window comes to when pushing fails; nothing where there is no pushing.
    fn cases(&self) -> String {
        let Cases { planned, lost: Some(lost), unpushed: Some(unpushed) } = self.free else { return String::new() };
        let outcomes = [planned, &lost.outcome, unpushed];
        let at = self.window.time(lost.at).strftime("%H:%M:%S");
        let titles = ["AT THESE PACES, peaks per second if nothing were refused", "pushed", &format!("push lost {at}"), "never pushed"];
        let row = |name: &str, cell: &dyn Fn(&Outcome) -> String| {
            let cells = outcomes.iter().map(|outcome| cell(outcome));
            std::iter::once(name.to_owned()).chain(cells).collect::<Vec<_>>()
        };
        let window = |outcome: &Outcome| cost::sum(&cost::of_window(self.window, self.system, self.limits, outcome, 0.0));
        let rows = [
            titles.map(str::to_owned).to_vec(),
            row("API Gateway, requests", &|outcome| thousands(outcome.api.peak)),
            row("Lambda, environments in use", &|outcome| thousands(outcome.environments.peak)),
            row("DynamoDB, sessions, units read", &|outcome| thousands(outcome.units[Units::SessionsReads].peak)),
            row("DynamoDB, sessions, units written", &|outcome| thousands(outcome.units[Units::SessionsWrites].peak)),
            row("Minutes until all are connected again", &|outcome| {
                outcome.live.back_after.map_or_else(|| "-".to_owned(), |seconds| format!("{:.1}", seconds / 60.0))
            }),
            row("The window in dollars", &|outcome| dollars(window(outcome))),
        ];
        table(&rows)
    }

    fn load(&self, name: String, load: &Load) -> Vec<String> {
        let at = |second: f64| self.window.time(second).strftime("%H:%M:%S").to_string();
        vec![
            name,
            thousands(load.peak),
            at(load.peak_at),
            thousands(load.limit),
            load.first_over.map_or_else(|| "-".to_owned(), at),
            thousands(load.seconds_over),
            thousands(load.refused),
        ]
    }

    /// The session number is the partition key, so a partition's limits are one room's.
    fn room(&self) -> String {
        let (reads, writes) = busiest_room(self.window, self.system);
        let verdict = |units: f64, limit: f64| if units > limit { "TOO MANY" } else { "fits" };
        format!(
            "One room, if all {} do the same in one second: {} units written of {} ({}), {} read of {} ({}).\n",
            self.window.rooms_of,
            thousands(writes),
            thousands(PARTITION_WRITES),
            verdict(writes, PARTITION_WRITES),
            thousands(reads),
            thousands(PARTITION_READS),
            verdict(reads, PARTITION_READS)
        )
    }

    /// Requests per second over time: answered solid, refused light.
    fn plot(&self) -> String {
        let columns = |series: &[f64]| -> Vec<f64> {
            series.chunks(series.len().div_ceil(PLOT_COLUMNS)).map(|chunk| chunk.iter().copied().fold(0.0, f64::max)).collect()
        };
        let (sent, answered) = (columns(&self.outcome.sent), columns(&self.outcome.answered));
        let top = sent.iter().copied().fold(1.0, f64::max);
        let mut text = "Requests per second: █ answered, ░ refused\n".to_owned();
        let mut bottom = top;
        for row in 0..PLOT_ROWS {
            let label = bottom;
            bottom -= top / 8.0;
            let cell = |(sent, answered): (&f64, &f64)| match () {
                () if *answered > bottom => '█',
                () if *sent > bottom => '░',
                () => ' ',
            };
            let line: String = sent.iter().zip(&answered).map(cell).collect();
            let label = if row % 2 == 0 { thousands(label) } else { String::new() };
            let _ = writeln!(text, "{label:>9} │{}", line.trim_end());
        }
        let end = clock(self.window, self.window.seconds());
        let (begin, width) = (clock(self.window, 0.0), sent.len());
        let _ = writeln!(text, "{:>9} └{}\n{:>11}{begin}{end:>rest$}", 0, "─".repeat(width), "", rest = width.saturating_sub(begin.len()));
        text
    }

    fn advice(&self) -> String {
        let mut rows = vec![self.row("WHAT CARRIES IT THROUGH", |name, _| (*name).to_owned())];
        rows.push(self.row("WaitingRefreshSeconds", |_, way| thousands(way.pace.waiting)));
        rows.push(self.row("RunningRefreshSeconds", |_, way| thousands(way.pace.running)));
        rows.push(self.row("BoardRefreshSeconds", |_, way| thousands(way.pace.board)));
        if self.window.engines_asking > 0.0 {
            rows.push(self.row("EngineRefreshSeconds", |_, way| thousands(way.pace.engine)));
        }
        if let Some(live) = self.window.live {
            rows.push(self.row("LiveWaitingRefreshSeconds", |_, _| thousands(live.waiting)));
            rows.push(self.row("LiveRunningRefreshSeconds", |_, _| thousands(live.running)));
            rows.push(self.row("LiveBoardRefreshSeconds", |_, _| thousands(live.board)));
        }
        rows.push(self.row("LoginProvisionedConcurrency", |_, way| thousands(way.limits.provisioned.login)));
        rows.push(self.row("JoinProvisionedConcurrency", |_, way| thousands(way.limits.provisioned.join)));
        rows.push(self.row("StartProvisionedConcurrency", |_, way| thousands(way.limits.provisioned.start)));
        rows.push(self.row("StatusProvisionedConcurrency", |_, way| thousands(way.limits.provisioned.status)));
        rows.push(self.row("WindowUp", |_, way| self.schedule(way, way.provisioned_from)));
        rows.push(self.row("WindowDown", |_, way| self.schedule(way, way.provisioned_until)));
        // A table's reads and writes are made warm together or not at all.
        let new = new_table();
        let pairs = [
            [Units::AccountsReads, Units::AccountsWrites],
            [Units::SessionsReads, Units::SessionsWrites],
            [Units::IndexReads, Units::IndexWrites],
        ];
        for pair in pairs {
            let raised = |way: &Advice| pair.iter().any(|units| way.limits.warm[*units] > new[*units]);
            for units in pair {
                rows.push(self.row(units.parameter(), |_, way| thousands(if raised(way) { way.limits.warm[units] } else { 0.0 })));
            }
        }
        for (n, (name, _)) in self.ways.iter().flat_map(|(_, way)| way.rates).take(5).enumerate() {
            rows.push(self.row(name, |_, way| way.rates.get(n).map_or_else(String::new, |(_, rate)| thousands(*rate))));
        }
        rows.push(self.row("Quota: API Gateway, requests per second", |_, way| ask(way.limits.api_requests, self.limits.api_requests)));
        rows.push(self.row("Quota: Lambda, concurrent executions", |_, way| ask(way.limits.environments, self.limits.environments)));
        rows.push(self.row("Quota: DynamoDB, units of a table", |_, way| ask(way.limits.table_units, self.limits.table_units)));
        if self.window.live.is_some() {
            rows.push(self.row("Quota: AppSync, connections per second", |_, way| ask(way.limits.connections, self.limits.connections)));
            rows.push(self.row("Quota: AppSync, events per second", |_, way| ask(way.limits.events, self.limits.events)));
            rows.push(self.row("Quota: AppSync, messages per second", |_, way| ask(way.limits.messages, self.limits.messages)));
        }
        rows.push(self.row("Then started in time", |_, way| format!("{:.1} %", way.cases.planned.started_in_time * 100.0)));
        rows.push(self.row("Then late on average, seconds", |_, way| format!("{:.1}", way.cases.planned.late_seconds)));
        rows.push(self.row("Then cold starts of login, join and start", |_, way| thousands(self.cold_starts(&way.cases.planned))));
        if self.window.live.is_some() {
            rows.push(self.row("Then refused, with push lost", |_, way| {
                let refused = |outcome: &Outcome| outcome.api.refused + outcome.environments.refused + too_fast(outcome);
                way.cases.lost.as_ref().map_or_else(String::new, |lost| thousands(refused(&lost.outcome)))
            }));
        }
        let mut text = table(&rows);
        let _ = writeln!(text, "Each with {:.0} % to spare over what the model needs; 0 leaves a setting off.", (MARGIN - 1.0) * 100.0);
        for (name, way) in &self.ways {
            for (what, load) in self.loads(&way.cases.planned).filter(|(_, load)| load.refused > 0.0) {
                let (first, refused) = (load.first_over.unwrap_or_default(), thousands(load.refused));
                let _ = writeln!(text, "Still refused at the {name}: {what}, {refused} from {}.", clock(self.window, first));
            }
        }
        if self.ways.iter().all(|(_, way)| way.limits.api_requests > self.limits.api_requests) {
            text += "However slowly pages ask, more than the API's quota is needed: the rest alone exceeds it.\n";
        }
        text
    }

    fn cold_starts(&self, outcome: &Outcome) -> f64 {
        let works = ["login", "candidate-join", "candidate-start"].into_iter().filter_map(|name| work_of(self.system, outcome, name));
        works.map(|work| work.cold_starts.ceil()).sum()
    }

    fn bill(&self) -> String {
        let items = |way: &Advice| {
            let window = Window { pace: way.pace, ..self.window.clone() };
            cost::of_window(&window, self.system, &way.limits, &way.cases.planned, way.provisioned_seconds())
        };
        let of_year = cost::of_year(self.system);
        let year = |way: &Advice| self.windows_per_year * cost::sum(&items(way)) + cost::sum(&of_year);
        let mut rows = vec![self.row("COST IN DOLLARS, eu-west-3, before tax", |name, _| (*name).to_owned())];
        if let Some((_, first)) = self.ways.first() {
            for (n, item) in items(first).iter().enumerate() {
                rows.push(self.row(item.name, |_, way| items(way).get(n).map_or_else(String::new, |item| dollars(item.dollars))));
            }
        }
        rows.push(self.row("One window", |_, way| dollars(cost::sum(&items(way)))));
        if self.window.live.is_some() {
            rows.push(self.row("  and if AWS bills keep-alives", |_, way| dollars(cost::of_keep_alives(&way.cases.planned))));
        }
        rows.push(self.row("  for each candidate", |_, way| format!("{:.5}", cost::sum(&items(way)) / self.window.candidates)));
        for item in &of_year {
            rows.push(self.row(&format!("{}, a year", item.name), |_, _| dollars(item.dollars)));
        }
        rows.push(self.row(&format!("A year, windows: {}", self.windows_per_year), |_, way| dollars(year(way))));
        rows.push(self.row("Once: making the tables warm", |_, way| dollars(cost::of_warming(&self.limits.warm, &way.limits.warm))));
        table(&rows)
    }

    fn row(&self, name: &str, cell: impl Fn(&&'static str, &Advice) -> String) -> Vec<String> {
        let cells = self.ways.iter().map(|(way, advice)| cell(way, advice));
        std::iter::once(name.to_owned()).chain(cells).collect()
    }

    fn schedule(&self, way: &Advice, second: f64) -> String {
        if way.limits.provisioned.total() == 0.0 {
            return "-".to_owned();
        }
        let time = self.window.time(second).strftime("%H:%M:%S");
        self.date.map_or_else(|| time.to_string(), |date| format!("at({date}T{time})"))
    }
}

/// Units that a room reads and writes when all in it do their most expensive action in the same second.
pub fn busiest_room(window: &Window, system: &System) -> (f64, f64) {
    let most = |units: Units| {
        let people = |action: Action| if action == Action::Board { 1.0 } else { window.rooms_of };
        system.requests.iter().map(|(action, request)| request.units[units] * people(action)).fold(0.0, f64::max)
    };
    (most(Units::SessionsReads), most(Units::SessionsWrites))
}

fn ask(quota: f64, there: f64) -> String {
    if quota > there { format!("ask {}", thousands(quota)) } else { thousands(quota) }
}

fn clock(window: &Window, second: f64) -> String {
    window.time(second).strftime("%H:%M").to_string()
}

fn dollars(amount: f64) -> String {
    let cents = (amount * 100.0).round();
    format!("{}.{:02.0}", thousands((cents / 100.0).trunc()), cents % 100.0)
}

/// Rounded, with separators: 12,345.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Columns as wide as they need to be, the first to the left, the others to the right.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (n, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = if n == 0 { write!(text, "{cell:<width$}") } else { write!(text, "  {cell:>width$}") };
        }
        text.push('\n');
    }
    text
}
