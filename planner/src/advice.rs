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
    pub outcome: Outcome,
}

impl Advice {
    pub fn provisioned_seconds(&self) -> f64 {
        self.provisioned_until - self.provisioned_from
    }
}

/// Keeps the window's paces and raises whatever is too low.
pub fn keep_pace(window: &Window, system: &System, limits: &Limits) -> Advice {
    let free = simulate::run(window, system, &Limits::none(limits.provisioned));
    let provision = |name: &str, given: f64| {
        let peak = work_of(system, &free, name).map_or(0.0, |work| work.load.peak);
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
    let environments = simulate::run(window, system, &Limits::none(provisioned)).environments.peak;
    let environments = environments.max(provisioned.total() + UNRESERVED_ENVIRONMENTS);
    let warm = EnumMap::from_fn(|units: Units| enough(limits.warm[units], free.units[units].peak, 1000.0));
    let table_units = free.units.values().map(|load| load.peak).fold(0.0, f64::max);
    let limits = Limits {
        api_requests: enough(limits.api_requests, free.api.peak, 1000.0),
        environments: enough(limits.environments, environments, 500.0),
        table_units: enough(limits.table_units, table_units, 10_000.0),
        warm,
        provisioned,
        ..limits.clone()
    };
    let rate = |actions: &[Action]| {
        let peak = actions.iter().map(|action| free.actions[*action].peak).fold(0.0, f64::max);
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
        outcome: simulate::run(window, system, &limits),
        limits,
    }
}

/// Slows the polling until the API's quota is enough; nothing when it would not be even without polling.
pub fn keep_quota(window: &Window, system: &System, limits: &Limits) -> Option<Advice> {
    let at = |pace: Pace| Window { pace, ..window.clone() };
    let fits = |pace: Pace| {
        let peak = simulate::run(&at(pace), system, &Limits::none(limits.provisioned)).api.peak;
        peak * MARGIN <= limits.api_requests
    };
    if fits(window.pace) {
        return Some(keep_pace(window, system, limits));
    }
    let slower = |pace: Pace, factor: f64| Pace {
        waiting: round_up(pace.waiting * factor, 5.0),
        running: round_up(pace.running * factor, 5.0),
        board: round_up(pace.board * factor, 5.0),
    };
    let all = lowest(|factor| fits(slower(window.pace, factor)))?;
    let pace = slower(window.pace, all);
    // Running tests ask when nobody waits any more, so they need not slow down as much.
    let running = |factor: f64| Pace { running: round_up(window.pace.running * factor, 5.0), ..pace };
    let pace = lowest(|factor| fits(running(factor))).map_or(pace, running);
    Some(keep_pace(&at(pace), system, limits))
}

/// The lowest factor between 1 and 64, to a hundredth, for which it holds; none when it does not hold for 64.
fn lowest(holds: impl Fn(f64) -> bool) -> Option<f64> {
    if holds(1.0) {
        return Some(1.0);
    }
    let (mut low, mut high) = (1.0, 64.0);
    if !holds(high) {
        return None;
    }
    while high - low > 0.01 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// What there is when the peak with its margin fits into it, else that rounded up.
fn enough(there: f64, peak: f64, step: f64) -> f64 {
    if peak * MARGIN <= there { there } else { round_up(peak * MARGIN, step) }
}

fn round_up(value: f64, step: f64) -> f64 {
    (value / step).ceil() * step
}
