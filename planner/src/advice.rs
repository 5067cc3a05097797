//! Which settings and quotas carry a window.

use crate::{
    figures::{Action, System},
    limits::{Limits, Provisioned, UNRESERVED_ENVIRONMENTS},
    simulate::{self, Outcome, work_of},
    units::Units,
    window::{Pace, Window},
};
use enum_map::EnumMap;

/// What is asked for is a quarter more than the model needs: crowds are rougher than it.
pub const MARGIN: f64 = 1.25;
/// Functions that need fewer environments than this are not worth provisioning: few people meet a cold start.
const WORTH_PROVISIONING: f64 = 10.0;
/// Routes are never throttled below this, in requests per second: a few rooms may do the same in one second.
const LEAST_RATE: f64 = 100.0;
/// Provisioned environments are ready this long before the first proctor or candidate needs them, and are kept
/// this long after the last start.
const READY_SECONDS: f64 = 900.0;
/// Nobody is made to ask more slowly than this many times the pace.
const SLOWEST: f64 = 64.0;
/// In what steps quotas are asked for, per second.
const API_STEP: f64 = 1000.0;
const CONNECTIONS_STEP: f64 = 500.0;

/// What a window must live through.
#[derive(Debug, Clone)]
pub struct Cases {
    /// The window as planned.
    pub planned: Outcome,
    /// Where changes are pushed: that all connections are lost, and that nothing is pushed at all.
    pub lost: Option<Lost>,
    pub unpushed: Option<Outcome>,
}

/// A window in which pushing fails.
#[derive(Debug, Clone)]
pub struct Lost {
    /// The second of the window at which all connections are lost: the worst, of those in which most are connected.
    pub at: f64,
    pub outcome: Outcome,
}

impl Cases {
    /// The window against these limits, in each case.
    pub fn run(window: &Window, system: &System, limits: &Limits) -> Self {
        let planned = simulate::run(window, system, limits);
        if window.live.is_none() {
            return Self { planned, lost: None, unpushed: None };
        }
        let unpushed = simulate::run(&window.without_push(), system, limits);
        let at = worst(window, &unpushed);
        let lost = Lost { at, outcome: simulate::run_losing(window, system, limits, Some(at)) };
        Self { planned, lost: Some(lost), unpushed: Some(unpushed) }
    }

    /// What would be asked if nothing were refused. Only connections come no faster than AppSync lets them in: when
    /// all were lost, that is what spreads the pages that come back.
    pub fn free(window: &Window, system: &System, limits: &Limits, provisioned: Provisioned) -> Self {
        let free = Limits::none(provisioned);
        let connections = simulate::run(window, system, &free).live.connections.peak;
        let free = Limits { connections: enough(limits.connections, connections, CONNECTIONS_STEP), ..free };
        Self::run(window, system, &free)
    }

    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        [Some(&self.planned), self.lost.as_ref().map(|lost| &lost.outcome), self.unpushed.as_ref()].into_iter().flatten()
    }

    /// The most that any of them comes to.
    fn most(&self, of: impl Fn(&Outcome) -> f64) -> f64 {
        self.outcomes().map(of).fold(0.0, f64::max)
    }
}

/// The second from the first start on in which most would be asked if nothing were pushed: all are connected then,
/// and all would ask.
fn worst(window: &Window, unpushed: &Outcome) -> f64 {
    let mut worst = (0.0, 0.0);
    let mut second = 0.0;
    for sent in &unpushed.sent {
        if second >= window.starts_from() && *sent > worst.1 {
            worst = (second, *sent);
        }
        second += 1.0;
    }
    worst.0
}

/// A way to carry a window through.
#[derive(Debug, Clone)]
pub struct Advice {
    pub pace: Pace,
    /// Quotas and settings; where they exceed what the account has, they are to be asked for.
    pub limits: Limits,
    /// Seconds of the window at which provisioned environments come and go.
    pub provisioned_from: f64,
    pub provisioned_until: f64,
    /// The template's parameters of what routes let through, per second.
    pub rates: [(&'static str, f64); 5],
    /// The window under this advice.
    pub cases: Cases,
}

impl Advice {
    pub fn provisioned_seconds(&self) -> f64 {
        self.provisioned_until - self.provisioned_from
    }
}

/// Keeps the window's paces and raises whatever is too low.
pub fn keep_pace(window: &Window, system: &System, limits: &Limits) -> Advice {
    let free = Cases::free(window, system, limits, limits.provisioned);
    let provision = |name: &str, given: f64| {
        let peak = free.most(|outcome| work_of(system, outcome, name).map_or(0.0, |work| work.load.peak));
        if peak < WORTH_PROVISIONING { given } else { given.max((peak * MARGIN).ceil()) }
    };
    let mut provisioned = Provisioned {
        login: provision("login", limits.provisioned.login),
        join: provision("candidate-join", limits.provisioned.join),
        start: provision("candidate-start", limits.provisioned.start),
        status: limits.provisioned.status,
    };
    // A cold start does no harm to who only asks again. A refusal does: Lambda refuses when the load grows faster than
    // it makes environments.
    let growing = Limits { new_environments: limits.new_environments, ..Limits::none(provisioned) };
    if work_of(system, &simulate::run(window, system, &growing), "candidate-status").is_some_and(|work| work.growth.refused > 0.0) {
        provisioned.status = provision("candidate-status", provisioned.status);
    }
    // Provisioned environments count in full, needed or not.
    let environments = Cases::free(window, system, limits, provisioned).most(|outcome| outcome.environments.peak);
    let environments = environments.max(provisioned.total() + UNRESERVED_ENVIRONMENTS);
    let most_units = |units: Units| free.most(|outcome| outcome.units[units].peak);
    let warm = EnumMap::from_fn(|units: Units| enough(limits.warm[units], most_units(units), 1000.0));
    let table_units = free.most(|outcome| outcome.units.values().map(|load| load.peak).fold(0.0, f64::max));
    let limits = Limits {
        api_requests: enough(limits.api_requests, free.most(|outcome| outcome.api.peak), API_STEP),
        environments: enough(limits.environments, environments, 500.0),
        table_units: enough(limits.table_units, table_units, 10_000.0),
        // After a loss more come than are let in, whatever the quota: they wait.
        connections: enough(limits.connections, free.planned.live.connections.peak, CONNECTIONS_STEP),
        events: enough(limits.events, free.most(|outcome| outcome.live.events.peak), 1000.0),
        messages: enough(limits.messages, free.most(|outcome| outcome.live.messages.peak), 1000.0),
        warm,
        provisioned,
        ..limits.clone()
    };
    let rate = |actions: &[Action]| {
        let peak = free.most(|outcome| actions.iter().map(|action| outcome.actions[*action].peak).fold(0.0, f64::max));
        (peak * MARGIN).ceil().max(LEAST_RATE)
    };
    let rates = [
        (
            "RequestsPerSecond",
            rate(&[Action::Status, Action::Here, Action::Board, Action::Kit, Action::Presence, Action::Finish, Action::End]),
        ),
        ("LoginsPerSecond", rate(&[Action::ProctorAccount, Action::Login])),
        ("ProctorLoginsPerSecond", rate(&[Action::ProctorLogin])),
        ("JoinsPerSecond", rate(&[Action::Join])),
        ("StartsPerSecond", rate(&[Action::StartRefused, Action::Start, Action::Return])),
    ];
    Advice {
        pace: window.pace,
        provisioned_from: -READY_SECONDS,
        provisioned_until: window.starts_from() + window.start_seconds() + READY_SECONDS,
        rates,
        cases: Cases::run(window, system, &limits),
        limits,
    }
}

/// Slows the asking of pages that nothing is pushed to until the API's quota is enough, in every case; where it would
/// not be even without that, until no more has to be asked for than what remains takes.
pub fn keep_quota(window: &Window, system: &System, limits: &Limits) -> Advice {
    let at = |pace: Pace| Window { pace, ..window.clone() };
    let peak = |pace: Pace| Cases::free(&at(pace), system, limits, limits.provisioned).most(|outcome| outcome.api.peak);
    let slower = |pace: Pace, factor: f64| Pace {
        waiting: round_up(pace.waiting * factor, 5.0),
        running: round_up(pace.running * factor, 5.0),
        board: round_up(pace.board * factor, 5.0),
        engine: round_up(pace.engine * factor, 5.0),
    };
    let quota = enough(limits.api_requests, peak(slower(window.pace, SLOWEST)), API_STEP);
    let fits = |pace: Pace| peak(pace) * MARGIN <= quota;
    if fits(window.pace) {
        return keep_pace(window, system, limits);
    }
    let pace = slower(window.pace, lowest(|factor| fits(slower(window.pace, factor))));
    // Running tests ask when nobody waits any more, so they need not slow down as much.
    let running = |factor: f64| {
        let Pace { running, engine, .. } = slower(window.pace, factor);
        Pace { running, engine, ..pace }
    };
    keep_pace(&at(running(lowest(|factor| fits(running(factor))))), system, limits)
}

/// The lowest factor between 1 and the slowest, to a hundredth, for which it holds; it does for the slowest.
fn lowest(holds: impl Fn(f64) -> bool) -> f64 {
    if holds(1.0) {
        return 1.0;
    }
    let (mut low, mut high) = (1.0, SLOWEST);
    while high - low > 0.01 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}

/// What there is when the peak with its margin fits into it, else that rounded up.
fn enough(there: f64, peak: f64, step: f64) -> f64 {
    if peak * MARGIN <= there { there } else { round_up(peak * MARGIN, step) }
}

fn round_up(value: f64, step: f64) -> f64 {
    (value / step).ceil() * step
}
