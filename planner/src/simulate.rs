//! One window, second by second.
//!
//! People are a quantity that flows from one action to the next. In each second all requests meet API
//! Gateway's bucket, then each function's environments, then the tables; each lets an equal part of all
//! through. Who is refused at a step comes back after 2, 4, 8, 16, then always 30 seconds; a refused poll is
//! not repeated before its next turn.

use crate::{
    figures::{Action, System},
    limits::{Bucket, Growth, Limits, OnDemand, REQUESTS_OF_AN_ENVIRONMENT},
    units::Units,
    window::Window,
};
use enum_map::EnumMap;
use std::collections::VecDeque;

const BACKOFF: [usize; 5] = [2, 4, 8, 16, 30];

/// What one limited thing went through.
#[derive(Debug, Clone, Default)]
pub struct Load {
    /// The most that was asked in a second, and the limit and the second then.
    pub peak: f64,
    pub limit: f64,
    pub peak_at: f64,
    /// The first second in which more was asked than it gave.
    pub first_over: Option<f64>,
    pub seconds_over: f64,
    /// Requests that it refused.
    pub refused: f64,
}

impl Load {
    fn note(&mut self, second: f64, asked: f64, limit: f64, refused: f64) {
        if asked > self.peak {
            (self.peak, self.limit, self.peak_at) = (asked, limit, second);
        }
        // Less than one request in a thousand seconds is rounding.
        if refused > 0.001 {
            self.first_over.get_or_insert(second);
            self.seconds_over += 1.0;
            self.refused += refused;
        }
    }
}

/// What one function did.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// Environments needed at once, and how many were refused for growing too fast.
    pub load: Load,
    pub growth: Load,
    pub requests: f64,
    /// Environments that had to be made.
    pub cold_starts: f64,
    /// Seconds of handling, in provisioned environments and in others.
    pub provisioned_seconds: f64,
    pub on_demand_seconds: f64,
}

/// What came of a window.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub api: Load,
    pub environments: Load,
    pub units: EnumMap<Units, Load>,
    /// In the order of the system's functions.
    pub functions: Vec<Work>,
    /// Requests sent, and the most in a second.
    pub actions: EnumMap<Action, Load>,
    /// Requests that reached a function, by action; units that were taken.
    pub served: EnumMap<Action, f64>,
    pub taken: EnumMap<Units, f64>,
    /// Requests sent in each second, and those answered.
    pub sent: Vec<f64>,
    pub answered: Vec<f64>,
    /// The share of the candidates who had started when the window closed.
    pub started_in_time: f64,
    /// How long after they would have, had nothing been refused, candidates started; the average, in seconds.
    pub late_seconds: f64,
}

/// Who is where.
#[derive(Debug, Default)]
struct People {
    boards: f64,
    joined: f64,
    /// Who would have started by now, had they joined.
    due: f64,
    tried: f64,
    started: f64,
    running: f64,
    /// Who began a test in each second.
    begun: VecDeque<f64>,
}

struct State {
    gateway: Bucket,
    tables: EnumMap<Units, OnDemand>,
    growth: Vec<Growth>,
    /// Environments made so far, besides provisioned ones.
    made: Vec<f64>,
}

/// Requests that were refused and come back.
#[derive(Debug, Default)]
struct Backlog {
    /// By second from now on, then by how often they were refused.
    due: VecDeque<[f64; BACKOFF.len()]>,
}

impl Backlog {
    fn next(&mut self) -> [f64; BACKOFF.len()] {
        self.due.pop_front().unwrap_or_default()
    }

    /// `again` are those who were refused once, twice and so on before.
    fn refuse(&mut self, fresh: f64, again: [f64; BACKOFF.len()], part: f64) {
        for (times, requests) in std::iter::once(fresh).chain(again).enumerate() {
            let step = times.min(BACKOFF.len() - 1);
            let pause = BACKOFF.get(step).copied().unwrap_or(1);
            self.due.resize(self.due.len().max(pause), Default::default());
            if let Some(later) = self.due.get_mut(pause - 1).and_then(|due| due.get_mut(step)) {
                *later += requests * part;
            }
        }
    }
}

/// Runs a window against limits.
pub fn run(window: &Window, system: &System, limits: &Limits) -> Outcome {
    let mut outcome = Outcome { functions: vec![Work::default(); system.functions.len()], ..Outcome::default() };
    let mut state = State {
        gateway: Bucket::new(limits.api_requests, limits.api_burst),
        tables: EnumMap::from_fn(|units| OnDemand::new(limits.warm[units], limits.table_units)),
        growth: vec![Growth::new(limits.new_environments); system.functions.len()],
        made: vec![0.0; system.functions.len()],
    };
    let mut people = People::default();
    let mut backlog: EnumMap<Action, Backlog> = EnumMap::default();
    let mut done: EnumMap<Action, f64> = EnumMap::default();
    let mut second = 0.0;
    while second < window.seconds() {
        let fresh = people.ask(window, second, &done);
        let again = EnumMap::from_fn(|action| backlog[action].next());
        let sent: EnumMap<Action, f64> = EnumMap::from_fn(|action: Action| fresh[action] + again[action].iter().sum::<f64>());
        let answered = state.serve(&sent, second, system, limits, &mut outcome);
        for (action, sent) in sent {
            outcome.actions[action].note(second, sent, f64::INFINITY, 0.0);
            if !action.is_poll() && sent > 0.0 {
                backlog[action].refuse(fresh[action], again[action], 1.0 - answered[action] / sent);
            }
        }
        outcome.sent.push(sent.values().sum());
        outcome.answered.push(answered.values().sum());
        done = answered;
        outcome.late_seconds += (people.due - people.started - done[Action::Start]) / window.candidates;
        second += 1.0;
        if second <= window.starts_from() + window.start_seconds() {
            outcome.started_in_time = (people.started + done[Action::Start]) / window.candidates;
        }
    }
    outcome
}

impl People {
    /// What is asked for the first time in this second, given what was answered in the last.
    fn ask(&mut self, window: &Window, second: f64, done: &EnumMap<Action, f64>) -> EnumMap<Action, f64> {
        self.boards += done[Action::ProctorLogin];
        self.joined += done[Action::Join];
        self.started += done[Action::Start];
        self.running += done[Action::Start];
        self.begun.push_back(done[Action::Start]);
        let over = if second >= window.test_minutes * 60.0 { self.begun.pop_front().unwrap_or_default() } else { 0.0 };
        self.running -= over;

        let arriving = |from: f64, seconds: f64| window.arrivals.during(second - from, seconds);
        self.due += window.candidates * arriving(window.starts_from(), window.start_seconds());
        let trying = self.due.min(self.joined) - self.tried;
        self.tried += trying;
        let leaving = self.running * window.interrupted / 100.0 / (window.test_minutes * 60.0);
        let waiting = (self.joined - self.started).max(0.0);
        let mut fresh = EnumMap::default();
        for (action, requests) in [
            (Action::ProctorAccount, window.rooms() * arriving(0.0, window.candidates_from())),
            (Action::ProctorLogin, done[Action::ProctorAccount]),
            (Action::Kit, done[Action::ProctorLogin]),
            (Action::Board, self.boards / window.pace.board),
            (Action::Login, window.candidates * arriving(window.candidates_from(), window.login_minutes * 60.0)),
            (Action::Join, done[Action::Login]),
            (Action::Presence, done[Action::Join]),
            // The page asks by one, the exam engine in it by the other.
            (Action::Status, waiting / window.pace.waiting + self.running.max(0.0) / window.pace.running),
            (Action::Here, self.running.max(0.0) / window.pace.running),
            (Action::StartRefused, trying * window.refused / 100.0),
            (Action::Start, trying * (1.0 - window.refused / 100.0) + done[Action::StartRefused]),
            (Action::Leave, leaving),
            (Action::ReturnRefused, done[Action::Leave]),
            (Action::Resume, done[Action::ReturnRefused]),
            (Action::Return, done[Action::Resume]),
            (Action::Finish, over * (1.0 - window.unfinished / 100.0)),
            (Action::End, over * window.unfinished / 100.0),
        ] {
            fresh[action] = requests;
        }
        fresh
    }
}

impl State {
    /// What of it is answered.
    fn serve(
        &mut self,
        sent: &EnumMap<Action, f64>,
        second: f64,
        system: &System,
        limits: &Limits,
        outcome: &mut Outcome,
    ) -> EnumMap<Action, f64> {
        let total: f64 = sent.values().sum();
        let room = self.gateway.refill();
        let part = share(room, total);
        self.gateway.take(total * part);
        outcome.api.note(second, total, limits.api_requests, total * (1.0 - part));
        let mut requests = sent.map(|_, sent| sent * part);

        self.invoke(&mut requests, second, system, limits, outcome);
        for (action, served) in requests {
            outcome.served[action] += served;
        }

        let part = EnumMap::from_fn(|units| {
            let asked: f64 = requests.iter().map(|(action, served)| served * system.requests[action].units[units]).sum();
            let table: &mut OnDemand = &mut self.tables[units];
            let limit = table.limit();
            let part = share(limit, asked);
            let touching = requests.iter().filter(|(action, _)| system.requests[*action].units[units] > 0.0);
            outcome.units[units].note(second, asked, limit, touching.map(|(_, served)| served * (1.0 - part)).sum());
            outcome.taken[units] += asked * part;
            table.took(asked * part);
            part
        });
        requests.map(|action, served| {
            let of = part.iter().filter(|(units, _)| system.requests[action].units[*units] > 0.0);
            served * of.map(|(_, part)| *part).fold(1.0, f64::min)
        })
    }

    /// Little's law: requests in flight are their rate times how long each takes.
    fn invoke(&mut self, requests: &mut EnumMap<Action, f64>, second: f64, system: &System, limits: &Limits, outcome: &mut Outcome) {
        // What each function needs besides its provisioned environments, and may have of that for its growth.
        let mut wanted = 0.0;
        let mut plans = vec![];
        for ((function, growth), made) in system.functions.iter().zip(&self.growth).zip(&self.made) {
            let rate: f64 = function.actions.iter().map(|action| requests[*action]).sum();
            let busy: f64 = function.actions.iter().map(|action| requests[*action] * system.requests[*action].seconds).sum();
            let needed = busy.max(rate / REQUESTS_OF_AN_ENVIRONMENT);
            let extra = (needed - limits.provisioned.of(&function.name).unwrap_or_default()).max(0.0);
            let new = (extra - made).max(0.0);
            let allowed = new.min(growth.room());
            // An environment in the making is in use too.
            let used = extra.min(made + allowed) + allowed * function.init_seconds;
            wanted += used;
            plans.push((rate, busy, needed, extra, new, allowed));
        }
        let total = limits.provisioned.total() + wanted;
        let part = share(limits.environments - limits.provisioned.total(), wanted);
        let mut refused = 0.0;
        let functions = system.functions.iter().zip(&mut outcome.functions).zip(self.growth.iter_mut().zip(&mut self.made));
        for (((function, work), (growth, made)), (rate, busy, needed, extra, new, allowed)) in functions.zip(plans) {
            let may = extra.min(*made + allowed);
            let served = if needed > 0.0 { (needed - extra + may * part) / needed } else { 1.0 };
            let grown = (may * part - *made).max(0.0);
            let too_fast = if needed > 0.0 { rate * (extra - may) / needed } else { 0.0 };
            work.load.note(second, needed, limits.environments, rate * (1.0 - served));
            work.growth.note(second, new, growth.room(), too_fast);
            refused += rate * (1.0 - served) - too_fast;
            growth.grew(grown);
            *made += grown;
            work.cold_starts += grown;
            work.requests += rate * served;
            let in_provisioned = if needed > 0.0 { busy * (needed - extra) / needed } else { 0.0 };
            work.provisioned_seconds += in_provisioned;
            work.on_demand_seconds += busy * served - in_provisioned;
            for action in &function.actions {
                requests[*action] *= served;
            }
        }
        outcome.environments.note(second, total, limits.environments, refused);
    }
}

/// The part of what is asked that fits.
fn share(room: f64, asked: f64) -> f64 {
    if asked > room { room / asked } else { 1.0 }
}

/// What the function of that name did.
pub fn work_of<'a>(system: &System, outcome: &'a Outcome, name: &str) -> Option<&'a Work> {
    let mut works = system.functions.iter().zip(&outcome.functions);
    works.find(|(function, _)| function.name == name).map(|(_, work)| work)
}
