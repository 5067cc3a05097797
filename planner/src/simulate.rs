//! One window, second by second.
//!
//! People are a quantity that flows from one action to the next. In each second all requests meet API
//! Gateway's bucket, then each function's environments, then the tables; each lets an equal part of all
//! through. Who is refused at a step comes back after 2, 4, 8, 16, then always 30 seconds; a refused poll is
//! not repeated before its next turn.
//!
//! Where changes are pushed, each is published a second after it is made, and whoever hears of it reads again the
//! second after that.

use crate::{
    figures::{Action, Hearer, System},
    limits::{Bucket, Growth, Limits, OnDemand, REQUESTS_OF_AN_ENVIRONMENT},
    units::Units,
    window::Window,
};
use enum_map::EnumMap;
use std::collections::VecDeque;

const BACKOFF: [usize; 5] = [2, 4, 8, 16, 30];
/// A page without a connection tries again this long after it lost the last one or was turned away, on average and in
/// seconds, so that not all come at once.
const RECONNECT_SECONDS: f64 = 30.0;
/// However much happens in a room, its board is read again no more often than this, per second.
const BOARD_READS: f64 = 0.5;
/// All count as connected again when all but this share are.
const STRAGGLERS: f64 = 0.01;

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

/// What pushing did.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// New connections, events published, messages delivered.
    pub connections: Load,
    pub events: Load,
    pub messages: Load,
    /// What is billed as operations: all of these, and subscriptions.
    pub operations: f64,
    /// Seconds of connections, all together.
    pub connected_seconds: f64,
    /// How long after all connections were lost pages had theirs again, in seconds; none when they were not lost.
    pub back_after: Option<f64>,
}

/// What came of a window.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub live: Live,
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
    /// Requests sent to the API in each second, and those answered.
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
    pages: Pages,
}

/// The pages that changes are pushed to.
#[derive(Debug, Default)]
struct Pages {
    /// Who listens: candidates, and proctors' boards.
    candidates: f64,
    boards: f64,
    /// Who tried to connect or to listen in the last second.
    tried: f64,
    /// Who was turned away, or has lost the connection, and will try again.
    turned_away: f64,
    /// Changes that are not published yet, by who hears of them.
    changes: EnumMap<Hearer, f64>,
    /// Changes that were published in the last second.
    published: f64,
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
    run_losing(window, system, limits, None)
}

/// The same; at that second all connections are lost, and pages connect again.
pub fn run_losing(window: &Window, system: &System, limits: &Limits, lost_at: Option<f64>) -> Outcome {
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
        if lost_at == Some(second) {
            people.pages.lose();
        }
        let fresh = people.ask(window, second, &done, system.changes_at_once);
        people.note(&mut outcome.live, second, limits, lost_at, &done);
        let again = EnumMap::from_fn(|action| backlog[action].next());
        let sent: EnumMap<Action, f64> = EnumMap::from_fn(|action: Action| fresh[action] + again[action].iter().sum::<f64>());
        let answered = state.serve(&sent, second, system, limits, &mut outcome);
        for (action, sent) in sent {
            outcome.actions[action].note(second, sent, f64::INFINITY, 0.0);
            if !action.is_poll() && !action.is_of_connection() && sent > 0.0 {
                backlog[action].refuse(fresh[action], again[action], 1.0 - answered[action] / sent);
            }
        }
        outcome.sent.push(of_api(&sent));
        outcome.answered.push(of_api(&answered));
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
    fn ask(&mut self, window: &Window, second: f64, done: &EnumMap<Action, f64>, changes_at_once: f64) -> EnumMap<Action, f64> {
        self.boards += done[Action::ProctorLogin];
        self.joined += done[Action::Join];
        self.started += done[Action::Start];
        self.running += done[Action::Start];
        self.begun.push_back(done[Action::Start]);
        let over = if second >= window.test_minutes * 60.0 { self.begun.pop_front().unwrap_or_default() } else { 0.0 };
        self.running -= over;
        self.pages.candidates -= over * share(self.pages.candidates, self.active() + over);

        let arriving = |from: f64, seconds: f64| window.arrivals.during(second - from, seconds);
        self.due += window.candidates * arriving(window.starts_from(), window.start_seconds());
        let trying = self.due.min(self.joined) - self.tried;
        self.tried += trying;
        let leaving = self.running * window.interrupted / 100.0 / (window.test_minutes * 60.0);
        let mut fresh = EnumMap::default();
        for (action, requests) in [
            (Action::ProctorAccount, window.rooms() * arriving(0.0, window.candidates_from())),
            (Action::ProctorLogin, done[Action::ProctorAccount]),
            (Action::Kit, done[Action::ProctorLogin]),
            (Action::Login, window.candidates * arriving(window.candidates_from(), window.login_minutes * 60.0)),
            (Action::Join, done[Action::Login]),
            (Action::Presence, done[Action::Join]),
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

        let listening = self.connect(window, done, &mut fresh);
        let heard = self.publish(window, done, changes_at_once, &mut fresh);
        let live = window.live;
        let asking = |live: Option<f64>, pace: f64| live.map_or(0.0, |live| listening / live) + (1.0 - listening) / pace;
        let (waiting, running) = (self.waiting(), self.running());
        fresh[Action::Status] += waiting * asking(live.map(|live| live.waiting), window.pace.waiting)
            + running * window.engines_asking / 100.0 / window.pace.engine
            + heard[Hearer::Waiting] * listening;
        fresh[Action::Here] += running * asking(live.map(|live| live.running), window.pace.running) + heard[Hearer::Running] * listening;
        fresh[Action::Board] += live.map_or(0.0, |live| self.pages.boards / live.board)
            + (self.boards - self.pages.boards).max(0.0) / window.pace.board
            + self.pages.boards * (self.pages.published / window.rooms()).min(BOARD_READS);
        fresh
    }

    fn waiting(&self) -> f64 {
        (self.joined - self.started).max(0.0)
    }

    fn running(&self) -> f64 {
        self.running.max(0.0)
    }

    /// Whose test is not over.
    fn active(&self) -> f64 {
        self.waiting() + self.running()
    }

    /// Lets pages connect and listen, and read once when they do. Returns the part of the candidates who listen.
    fn connect(&mut self, window: &Window, done: &EnumMap<Action, f64>, fresh: &mut EnumMap<Action, f64>) -> f64 {
        let (active, boards, pages) = (self.active(), self.boards, &mut self.pages);
        let without = [(active - pages.candidates).max(0.0), (boards - pages.boards).max(0.0)];
        let all: f64 = without.iter().sum();
        let [candidates, proctors] = without.map(|part| if all > 0.0 { done[Action::Subscribe] * part / all } else { 0.0 });
        pages.candidates += candidates;
        pages.boards += proctors;
        fresh[Action::Status] += candidates * share(self.joined - self.started, active);
        fresh[Action::Here] += candidates * (1.0 - share(self.joined - self.started, active));
        fresh[Action::Board] += proctors;

        pages.turned_away = (pages.turned_away + pages.tried - done[Action::Connect] - done[Action::Subscribe]).clamp(0.0, all);
        let again = pages.turned_away / RECONNECT_SECONDS;
        pages.turned_away -= again;
        if window.live.is_some() {
            fresh[Action::Connect] = done[Action::Join] + done[Action::ProctorLogin] + again;
            fresh[Action::Subscribe] = done[Action::Connect];
        }
        pages.tried = fresh[Action::Connect] + fresh[Action::Subscribe];
        share(pages.candidates, active)
    }

    /// Hands changes to their publisher. Returns those that were published in the last second, by who hears of them.
    fn publish(
        &mut self,
        window: &Window,
        done: &EnumMap<Action, f64>,
        changes_at_once: f64,
        fresh: &mut EnumMap<Action, f64>,
    ) -> EnumMap<Hearer, f64> {
        let pages = &mut self.pages;
        let part = share(done[Action::Announce] * changes_at_once, pages.changes.values().sum());
        let heard = pages.changes.map(|_, changes| changes * part);
        pages.changes.values_mut().for_each(|changes| *changes -= *changes * part);
        pages.published = heard.values().sum();
        if window.live.is_some() {
            for (action, done) in done {
                if let Some(hearer) = action.changes() {
                    pages.changes[hearer] += done;
                    fresh[Action::Announce] += done / changes_at_once;
                }
            }
        }
        heard
    }

    /// Writes down what pushing did in this second.
    fn note(&self, live: &mut Live, second: f64, limits: &Limits, lost_at: Option<f64>, done: &EnumMap<Action, f64>) {
        let pages = &self.pages;
        let messages = pages.published * (share(pages.candidates, self.active()) + share(pages.boards, self.boards));
        live.messages.note(second, messages, limits.messages, (messages - limits.messages).max(0.0));
        live.operations += done[Action::Connect] + done[Action::Subscribe] + pages.published + messages;
        live.connected_seconds += pages.candidates + pages.boards;
        let all = self.active() + self.boards;
        if lost_at.is_some_and(|lost_at| second > lost_at) && all - pages.candidates - pages.boards <= all * STRAGGLERS {
            live.back_after = live.back_after.or(lost_at.map(|lost_at| second - lost_at));
        }
    }
}

impl Pages {
    /// All connections are gone.
    fn lose(&mut self) {
        self.turned_away += self.candidates + self.boards;
        (self.candidates, self.boards) = (0.0, 0.0);
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
        let total = of_api(sent);
        let room = self.gateway.refill();
        let part = share(room, total);
        self.gateway.take(total * part);
        outcome.api.note(second, total, limits.api_requests, total * (1.0 - part));
        let mut requests = EnumMap::from_fn(|action: Action| sent[action] * if action.is_of_api() { part } else { 1.0 });
        let (connections, events) = (sent[Action::Connect], sent[Action::Announce] * system.changes_at_once);
        for (action, load, asked, limit) in [
            (Action::Connect, &mut outcome.live.connections, connections, limits.connections),
            (Action::Announce, &mut outcome.live.events, events, limits.events),
        ] {
            let part = share(limit, asked);
            load.note(second, asked, limit, asked * (1.0 - part));
            requests[action] *= part;
        }

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

/// What of it comes through `CloudFront` and API Gateway.
fn of_api(requests: &EnumMap<Action, f64>) -> f64 {
    requests.iter().filter(|(action, _)| action.is_of_api()).map(|(_, requests)| requests).sum()
}

/// The part of what is asked that fits.
fn share(room: f64, asked: f64) -> f64 {
    if asked > room { room / asked } else { 1.0 }
}

/// Requests that were refused because functions grew too fast.
pub fn too_fast(outcome: &Outcome) -> f64 {
    outcome.functions.iter().map(|work| work.growth.refused).sum()
}

/// What the function of that name did.
pub fn work_of<'a>(system: &System, outcome: &'a Outcome, name: &str) -> Option<&'a Work> {
    let mut works = system.functions.iter().zip(&outcome.functions);
    works.find(|(function, _)| function.name == name).map(|(_, work)| work)
}
