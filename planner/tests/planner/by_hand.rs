//! Each expected number is worked out in the comment beside it.

use enum_map::EnumMap;
use jiff::civil::time;
use planner::{
    advice, cost,
    figures::{Action, System, processing},
    limits::{Bucket, Growth, Limits, OnDemand, Provisioned, new_table},
    prices::GB,
    report::busiest_room,
    simulate::{self, Outcome, Work, work_of},
    units::Units,
    window::{Arrivals, LivePace, Pace, Window, parse_times},
};

fn window(candidates: f64) -> Window {
    Window {
        candidates,
        rooms_of: 30.0,
        starts: (time(9, 0, 0, 0), time(9, 20, 0, 0)),
        proctor_minutes: 15.0,
        login_minutes: 15.0,
        test_minutes: 105.0,
        arrivals: Arrivals::Even,
        refused: 0.0,
        interrupted: 0.0,
        unfinished: 0.0,
        engines_asking: 0.0,
        pace: Pace { waiting: 10.0, running: 60.0, board: 5.0, engine: 60.0 },
        live: None,
    }
}

/// The same with changes pushed.
fn pushed(candidates: f64) -> Window {
    Window { live: Some(LivePace { waiting: 300.0, running: 300.0, board: 60.0 }), ..window(candidates) }
}

/// The same, whose pages ask for nothing unless they are told something.
fn only_told(candidates: f64) -> Window {
    let never = 1e12;
    Window {
        pace: Pace { waiting: never, running: never, board: never, engine: never },
        live: Some(LivePace { waiting: never, running: never, board: never }),
        ..window(candidates)
    }
}

fn system() -> System {
    System::read(None, 30.0).unwrap()
}

/// What an account has at first.
fn account() -> Limits {
    Limits {
        api_requests: 10_000.0,
        api_burst: 5_000.0,
        environments: 1_000.0,
        new_environments: 1_000.0,
        table_units: 40_000.0,
        connections: 2_000.0,
        events: 10_000.0,
        messages: 1_000_000.0,
        warm: new_table(),
        provisioned: Provisioned::default(),
    }
}

fn free() -> Limits {
    Limits::none(Provisioned::default())
}

#[track_caller]
fn near(actual: f64, expected: f64) {
    assert!((actual - expected).abs() <= expected.abs() / 1000.0 + 1e-9, "{actual} is not {expected}");
}

/// Within a fiftieth: for what depends on whose page is not yet connected when something happens.
#[track_caller]
fn about(actual: f64, expected: f64) {
    assert!((actual - expected).abs() <= expected.abs() / 50.0, "{actual} is not about {expected}");
}

#[test]
fn who_waits_asks_at_the_pace() {
    // A rush is over before the window opens; then all 600 wait, and ask every 10 s: 60 requests per second.
    let rush = Window { arrivals: Arrivals::Rush, ..window(600.0) };
    near(simulate::run(&rush, &system(), &free()).actions[Action::Status].peak, 60.0);
    // 800,000 ask 80,000 times a second; API Gateway takes 10,000.
    let outcome = simulate::run(&Window { arrivals: Arrivals::Rush, ..window(800_000.0) }, &system(), &account());
    assert!(outcome.api.peak > 60_000.0 && outcome.api.refused > 1e8, "{:?}", outcome.api);
}

#[test]
fn running_tests_and_boards_ask_at_theirs() {
    // At 09:30 all 600 run, and their pages ask: 600 / 60 = 10 per second; 20 rooms' boards: 20 / 5 = 4 per second.
    // 09:30 is an hour after the first proctor at 08:30.
    let sent = simulate::run(&window(600.0), &system(), &free()).sent;
    near(sent[3600], 14.0);
}

#[test]
fn engines_elsewhere_ask_for_themselves() {
    // Of the 600 that run at 09:30 half have an engine that asks every 30 s: 300 / 30 = 10 per second more.
    let elsewhere = Window { engines_asking: 50.0, pace: Pace { engine: 30.0, ..window(600.0).pace }, ..window(600.0) };
    near(simulate::run(&elsewhere, &system(), &free()).sent[3600], 24.0);
}

#[test]
fn pages_that_are_told_ask_at_the_net_pace() {
    // At 09:30 all 600 run and listen: 600 / 300 = 2 per second; 20 boards: 20 / 60 = 0.333 per second.
    near(simulate::run(&pushed(600.0), &system(), &free()).sent[3600], 2.333);
}

#[test]
fn who_is_told_reads_again_once() {
    let outcome = simulate::run(&only_told(600.0), &system(), &free());
    // Each candidate joins, is ticked, starts and finishes: 4 × 600 changes, published ten at once.
    near(outcome.served[Action::Announce], 240.0);
    // 600 pages and 20 boards ask twice each: whether they may connect, and whether they may listen.
    near(work_of(&system(), &outcome, "authorise-channel").unwrap().requests, 2.0 * 620.0);
    // A candidate reads after the subscription, the tick and the start, and not after joining and finishing.
    about(outcome.served[Action::Status], 1200.0);
    about(outcome.served[Action::Here], 600.0);
    // A board reads after the subscription and every change.
    about(outcome.served[Action::Board], 20.0 + 2400.0);
    // What goes to the candidate and to the board of the room, what is published, connections and subscriptions.
    about(outcome.live.operations, 2.0 * 2400.0 + 2400.0 + 2.0 * 620.0);
    // Candidates come in an even stream over 15 min from 08:45 and are done in one over 20 min from 10:45: 122.5 min
    // each on average; boards come over 15 min from 08:30 and stay until 11:10: 152.5 min.
    about(outcome.live.connected_seconds, 60.0 * (600.0 * 122.5 + 20.0 * 152.5));
}

#[test]
fn everything_that_changes_a_candidate_is_a_change() {
    // A tenth is refused at first, a tenth leaves, is refused, authorised and starts again; all finish or are ended:
    // join, tick, start, end, and 0.1 × (1 + 4), of 600.
    let window = Window { refused: 10.0, interrupted: 10.0, unfinished: 50.0, ..only_told(600.0) };
    let outcome = simulate::run(&window, &system(), &free());
    near(outcome.served[Action::Announce] * 10.0, 600.0 * 4.5);
    // Told while they wait: ticked, refused, gone, refused, authorised; and the read after the subscription.
    about(outcome.served[Action::Status], 600.0 * (1.0 + 1.0 + 0.1 + 0.3));
    // Told while they run: started, started again, and half of them ended.
    about(outcome.served[Action::Here], 600.0 * (1.0 + 0.1 + 0.5));
}

#[test]
fn a_board_reads_every_two_seconds_at_most() {
    // 9,000 of one room start over 1200 s: 7.5 changes per second, and one read in two seconds.
    let window = Window { rooms_of: 9000.0, ..only_told(9000.0) };
    near(simulate::run(&window, &system(), &free()).actions[Action::Board].peak, 0.5);
}

#[test]
fn connections_beyond_the_quota_come_later() {
    // 6,000 join over 900 s: 6.7 per second, of which 4 are let in. The first log in at second 900, join at 901, and
    // connect at 902; when all have joined, 900 × 2.7 are left, who come back within half a minute each.
    let outcome = simulate::run(&pushed(6000.0), &system(), &Limits { connections: 4.0, ..free() });
    assert_eq!(outcome.live.connections.first_over, Some(902.0));
    assert!(outcome.live.connections.refused > 1000.0, "{:?}", outcome.live.connections);
    near(outcome.served[Action::Connect], 6200.0);
    near(outcome.taken[Units::SessionsReads], reads(&outcome));
}

/// Units of the sessions' table that what was served reads.
fn reads(outcome: &Outcome) -> f64 {
    outcome.served.iter().map(|(action, served)| served * system().requests[action].units[Units::SessionsReads]).sum()
}

#[test]
fn a_subscription_reads_one_unit() {
    let units = |action: Action| system().requests[action].units[Units::SessionsReads];
    assert_eq!((units(Action::Connect), units(Action::Subscribe), units(Action::Announce)), (0.0, 1.0, 0.0));
    // Ten changes, published at once in 20 ms, and 0.37 ms of a whole processor on 512 of 1769 MB: 1.278 ms.
    near(system().requests[Action::Announce].seconds, 0.02 + 0.001_278);
}

#[test]
fn changes_beyond_the_quota_are_published_later() {
    // 6,000 join and are ticked over 900 s: 13.3 changes per second, of which 10 are published.
    let outcome = simulate::run(&only_told(6000.0), &system(), &Limits { events: 10.0, ..free() });
    assert!(outcome.live.events.refused > 1000.0 && outcome.live.events.peak > 13.0, "{:?}", outcome.live.events);
    near(outcome.served[Action::Announce] * 10.0, 4.0 * 6000.0);
}

#[test]
fn pages_that_lose_their_connection_ask_at_the_other_pace_until_they_have_it_again() {
    // At 09:30 all 60,000 run. Their pages and 2,000 boards lose the connection: 60,000 / 60 + 2,000 / 5 per second.
    let limits = Limits { connections: 100.0, ..free() };
    let outcome = simulate::run_losing(&pushed(60_000.0), &system(), &limits, Some(3600.0));
    near(outcome.sent[3599], 60_000.0 / 300.0 + 2_000.0 / 60.0);
    near(outcome.sent[3600], 1400.0);
    // 100 of them connect in that second, listen in the next, and read once in the one after it; 97 candidates ask every
    // 300 s instead of 60 and 3 boards every 60 instead of 5: 1.9 per second less.
    near(outcome.sent[3602], 1400.0 + 100.0 - 1.9);
    // Each tries every 30 s, so that 100 come until 3,000 are left: 590 s; those come at a thirtieth a second, until
    // 620 are left, a hundredth: ln(3000 / 620) × 30 = 47 s.
    about(outcome.live.back_after.unwrap(), 637.0);
    // Twice as fast, twice as soon: until 6,000 are left 280 s, and ln(6000 / 620) × 30 = 68 s.
    let limits = Limits { connections: 200.0, ..free() };
    let outcome = simulate::run_losing(&pushed(60_000.0), &system(), &limits, Some(3600.0));
    about(outcome.live.back_after.unwrap(), 348.0);
    // Each connects twice.
    near(outcome.served[Action::Connect], 2.0 * 62_000.0);
}

#[test]
fn everybody_does_everything_once() {
    // 600 candidates, 20 rooms; a twentieth is refused once, 2 % leave and come back, 1 % is ended by the proctor.
    let window = Window { refused: 5.0, interrupted: 2.0, unfinished: 1.0, ..window(600.0) };
    let served = simulate::run(&window, &system(), &free()).served;
    for (action, times) in [
        (Action::ProctorAccount, 20.0),
        (Action::ProctorLogin, 20.0),
        (Action::Kit, 20.0),
        (Action::Login, 600.0),
        (Action::Join, 600.0),
        (Action::Presence, 600.0),
        (Action::StartRefused, 30.0),
        (Action::Start, 600.0),
        (Action::Leave, 12.0),
        (Action::ReturnRefused, 12.0),
        (Action::Resume, 12.0),
        (Action::Return, 12.0),
        (Action::Finish, 594.0),
        (Action::End, 6.0),
    ] {
        near(served[action], times);
    }
}

#[test]
fn a_rush_comes_early() {
    // Falling in a line from twice the average to nothing: 1 - 0.5² = three quarters in the first half.
    near(Arrivals::Rush.until(30.0, 60.0), 0.75);
    near(Arrivals::Even.until(30.0, 60.0), 0.5);
    // In the first of 60 seconds: 1 - (59/60)².
    near(Arrivals::Rush.during(0.0, 60.0), 1.0 - (59.0 / 60.0_f64).powi(2));
    near(Arrivals::Rush.until(70.0, 60.0), 1.0);
}

#[test]
fn a_processors_share_grows_with_memory() {
    // 22 ms of a whole processor on 1024 of 1769 MB: 22 × 1769 / 1024 = 38.006 ms.
    near(processing(22.0, 1024.0), 0.038_006);
    // Beyond 1769 MB one thread runs no faster.
    near(processing(22.0, 3000.0), 0.022);
}

#[test]
fn littles_law_gives_the_environments() {
    // 9,000 candidates log in over 900 s: 10 per second. At half a second each, 5 are in flight.
    let mut system = system();
    system.requests[Action::Login].seconds = 0.5;
    let peak = |system: &System| work_of(system, &simulate::run(&window(9000.0), system, &free()), "login").unwrap().load.peak;
    near(peak(&system), 5.0);
    // At 20 ms only 0.2 would be, but an environment serves 10 requests per second at most: 10 / 10 = 1.
    system.requests[Action::Login].seconds = 0.02;
    near(peak(&system), 1.0);
}

#[test]
fn the_bucket_lets_a_burst_through_and_then_the_rate() {
    let mut bucket = Bucket::new(10.0, 5.0);
    // Full: 5 + 10. Then nothing is left but what comes: 10. Of a second with 7, 3 remain; after an idle one no
    // more than 5 do: 15.
    let mut let_through = vec![];
    for asked in [20.0, 20.0, 7.0, 0.0, 20.0] {
        let room = bucket.refill();
        let taken = room.min(asked);
        bucket.take(taken);
        let_through.push(taken);
    }
    assert_eq!(let_through, [15.0, 10.0, 7.0, 0.0, 15.0]);
}

#[test]
fn a_function_grows_by_so_many_in_ten_seconds() {
    let mut growth = Growth::new(1000.0);
    growth.grew(600.0);
    near(growth.room(), 400.0);
    growth.grew(400.0);
    for _ in 0..8 {
        near(growth.room(), 0.0);
        growth.grew(0.0);
    }
    // The first 600 were ten seconds ago.
    near(growth.room(), 600.0);
}

#[test]
fn an_on_demand_table_takes_twice_the_peak_of_half_an_hour_ago() {
    let mut table = OnDemand::new(4000.0, 40_000.0);
    for _ in 0..1800 {
        near(table.limit(), 4000.0);
        table.took(3000.0);
    }
    table.took(0.0);
    near(table.limit(), 6000.0);
    // Never more than the quota.
    for _ in 0..=1800 {
        table.took(30_000.0);
    }
    near(table.limit(), 40_000.0);
}

#[test]
fn what_a_table_refuses_comes_back() {
    // 60,000 join over 900 s: 66.7 per second of 4 units and a tick of 1: 333.3 units written per second, then
    // starts over 1200 s of 1 unit: 50. A table that takes 250 is behind until the starts, and then catches up.
    let limits = Limits { warm: EnumMap::from_fn(|_| 250.0), ..free() };
    let mut system = system();
    system.requests[Action::Status].units = EnumMap::default();
    system.requests[Action::Here].units = EnumMap::default();
    system.requests[Action::Board].units = EnumMap::default();
    let outcome = simulate::run(&window(60_000.0), &system, &limits);
    let writes = &outcome.units[Units::SessionsWrites];
    // The first log in after 15 min and join a second later: 66.7 × 4 = 266.7.
    assert_eq!(writes.first_over, Some(901.0));
    assert_eq!(writes.limit, 250.0);
    // Join 4, tick 1, start 1, finish 1, and 4 for each of 2,000 proctors: all is written in the end.
    near(outcome.taken[Units::SessionsWrites], 60_000.0 * 7.0 + 2_000.0 * 4.0);
    assert!(outcome.late_seconds > 10.0, "{}", outcome.late_seconds);
}

#[test]
fn the_account_shares_its_environments() {
    // 10 logins per second of half a second each need 5 environments; the account has 2.5, so half is refused
    // at first, and all get in in the end.
    let mut system = system();
    for (action, request) in &mut system.requests {
        request.seconds = if action == Action::Login { 0.5 } else { 1e-9 };
    }
    let window = Window { rooms_of: 300.0, ..window(9000.0) };
    let outcome = simulate::run(&window, &system, &Limits { environments: 20.0, ..free() });
    assert!(outcome.environments.refused > 0.0 && outcome.environments.peak > 20.0, "{:?}", outcome.environments);
    near(outcome.served[Action::Login], 9000.0);
}

#[test]
fn provisioned_environments_answer_first_and_are_never_cold() {
    // 10 logins per second of half a second each need 5; with 3 provisioned, 2 are made cold, and 3/5 of
    // 9,000 × 0.5 = 4,500 s are handled in the provisioned ones.
    let mut system = system();
    for (action, request) in &mut system.requests {
        request.seconds = if action == Action::Login { 0.5 } else { 1e-9 };
    }
    let provisioned = Provisioned { login: 3.0, ..Provisioned::default() };
    let outcome = simulate::run(&window(9000.0), &system, &Limits::none(provisioned));
    let login = work_of(&system, &outcome, "login").unwrap();
    near(login.cold_starts, 2.0);
    near(login.provisioned_seconds, 2700.0);
    near(login.on_demand_seconds, 1800.0);
}

#[test]
fn a_room_is_one_partition() {
    // Joining writes 4 units: 300 at once are 1,200 of a partition's 1,000. Each reads 2: 600.
    let mut large = System::read(None, 300.0).unwrap();
    large.requests[Action::Join].units[Units::SessionsWrites] = 4.0;
    large.requests[Action::Join].units[Units::SessionsReads] = 2.0;
    assert_eq!(busiest_room(&Window { rooms_of: 300.0, ..window(300.0) }, &large), (600.0, 1200.0));
    // A board of 300 reads ten times a board of 30.
    let board = |system: &System| system.requests[Action::Board].units[Units::SessionsReads];
    near(board(&large), 10.0 * board(&system()));
}

#[test]
fn prices_to_the_cent() {
    let cents = |dollars: f64| (dollars * 100.0).round();
    // 300 million at 1.17 and 100 million at 1.05 dollars a million: 351 + 105.
    assert_eq!(cents(cost::api(400e6)), 45_600.0);
    // 100 environments of 256 MB for 61 min, billed as 65: 25 GB × 3,900 s × 0.0000033334 = 0.325.
    assert_eq!(cents(cost::provisioned_price(25.0, 3660.0)), 33.0);
    // 8,000 writes more at 0.000772 and 9,000 reads more at 0.0001544: 6.176 + 1.3896.
    let mut to = new_table();
    to[Units::SessionsWrites] += 8000.0;
    to[Units::SessionsReads] += 9000.0;
    assert_eq!(cents(cost::of_warming(&new_table(), &to)), 757.0);
    // Less than there is costs nothing, and is not possible either.
    assert_eq!(cost::of_warming(&to, &new_table()), 0.0);
}

#[test]
fn a_bill_by_hand() {
    // A million boards that took 10 ms each in environments of 256 MB, made once for 100 of them.
    let mut system = system();
    (system.storage.candidate_bytes, system.storage.account_bytes, system.storage.session_bytes) = (GB / 30.0, 0.0, 0.0);
    system.access_log_bytes = 73.741_824;
    (system.page.requests, system.page.bytes) = (10.0, GB / 31.0);
    system.requests[Action::Board].answer_bytes = 10_737.418_24;
    let mut outcome = Outcome::default();
    outcome.served[Action::Board] = 1e6;
    outcome.sent = vec![2e6, 999_690.0];
    outcome.taken[Units::SessionsReads] = 7e6;
    outcome.taken[Units::SessionsWrites] = 2e6;
    outcome.live.operations = 3e6;
    outcome.live.connected_seconds = 60e6;
    for function in &mut system.functions {
        function.memory_gb = if function.name == "login" { 1.0 } else { 0.25 };
        let mut work = Work::default();
        if function.name == "session-board" {
            (function.init_seconds, function.log_bytes) = (0.2, 1000.0);
            (work.requests, work.on_demand_seconds, work.cold_starts) = (1e6, 10_000.0, 100.0);
        }
        outcome.functions.push(work);
    }
    let limits = Limits { provisioned: Provisioned { login: 100.0, ..Provisioned::default() }, ..account() };
    let items = cost::of_window(&window(30.0), &system, &limits, &outcome, 3600.0);
    let expected = [
        3.60,     // 31 people × 10 and 2,999,690 more, of which most were refused × 1.20
        0.935,    // 10 GB of answers and one of pages × 0.085
        1.17,     // 1 million × 1.17
        0.20,     // 1 million × 0.20
        0.033_40, // 0.25 GB × (10,000 s + 100 × 0.2 s) × 0.0000133334
        1.200_02, // 100 × 1 GB × 3,600 s × 0.0000033334
        1.040_9,  // 7 million × 0.1487
        1.484_6,  // 2 million × 0.7423
        3.00,     // 3 million × 1.00
        0.08,     // a million minutes × 0.08
        0.598_5,  // a million times 1,000 bytes of the function and 73.74 of the gateway, 1 GB × 0.5985
        6.418_44, // 30 candidates of a thirtieth of a GB × 12 × (0.29715 + 0.23772)
    ];
    assert_eq!(items.len(), expected.len());
    for (item, expected) in items.iter().zip(expected) {
        near(item.dollars, expected);
    }
    // One a minute: a million × 1.00.
    near(cost::of_keep_alives(&outcome), 1.0);
}

#[test]
fn pushing_has_no_line_of_the_gateway_and_no_price_of_the_api() {
    let mut outcome = Outcome { functions: vec![Work::default(); system().functions.len()], ..Outcome::default() };
    for action in [Action::Connect, Action::Subscribe, Action::Announce] {
        outcome.served[action] = 1e6;
    }
    let items = cost::of_window(&Window { candidates: 0.0, ..window(1.0) }, &system(), &account(), &outcome, 0.0);
    near(cost::sum(&items), 0.0);
}

#[test]
fn lambdas_own_lines_are_logged_unless_the_template_says_otherwise() {
    let figures = include_str!("../../../docs/figures.toml");
    let template = include_str!("../../../template.yaml");
    let of = |template: &str, name: &str| {
        let system = System::parse(figures, template, 30.0).unwrap();
        system.functions.into_iter().find(|function| function.name == name).unwrap().log_bytes
    };
    // 300 of the function and 650 of Lambda.
    near(of(template, "login"), 950.0);
    let one = template.replacen(
        "      CodeUri: functions/login\n",
        "      CodeUri: functions/login\n      LoggingConfig: { SystemLogLevel: WARN }\n",
        1,
    );
    near(of(&one, "login"), 300.0);
    near(of(&one, "candidate-join"), 950.0);
    let all = template.replacen("      LogFormat: JSON\n", "      LogFormat: JSON\n      SystemLogLevel: WARN\n", 1);
    near(of(&all, "candidate-join"), 300.0);
}

#[test]
fn a_function_that_the_template_does_not_define_is_as_all_are() {
    let figures = include_str!("../../../docs/figures.toml");
    let template = include_str!("../../../template.yaml")
        .replace("Binary: login }", "Binary: elsewhere }")
        .replace("    MemorySize: 512", "    MemorySize: 2048");
    let system = System::parse(figures, &template, 30.0).unwrap();
    near(system.functions.iter().find(|function| function.name == "login").unwrap().memory_gb, 2.0);
}

#[test]
fn a_school_needs_nothing() {
    let (window, system, limits) = (window(240.0), system(), account());
    let advice = advice::keep_pace(&window, &system, &limits);
    assert_eq!((advice.limits.api_requests, advice.limits.environments, advice.limits.table_units), (10_000.0, 1_000.0, 40_000.0));
    assert_eq!((advice.limits.provisioned.total(), advice.limits.warm), (0.0, new_table()));
    assert_eq!(advice::keep_quota(&window, &system, &limits).pace, window.pace);
    let pushed = pushed(240.0);
    let advice = advice::keep_pace(&pushed, &system, &limits);
    assert_eq!((advice.limits.connections, advice.limits.events, advice.limits.messages), (2_000.0, 10_000.0, 1_000_000.0));
    assert_eq!(advice::keep_quota(&pushed, &system, &limits).pace, pushed.pace);
}

#[test]
fn routes_let_a_quarter_more_through_and_a_few_rooms_at_least() {
    // 800,000 log in and join over 900 s: 888.9 per second, and a quarter more: 1,111.1. 26,667 proctors over
    // 900 s: 29.6. 800,000 start over 1200 s: 666.7, and a quarter more: 833.3.
    let rates = advice::keep_pace(&window(800_000.0), &system(), &account()).rates;
    let of = |name: &str| rates.iter().find(|(named, _)| *named == name).unwrap().1;
    assert_eq!((of("LoginsPerSecond"), of("JoinsPerSecond")), (1112.0, 1112.0));
    assert_eq!((of("ProctorLoginsPerSecond"), of("StartsPerSecond")), (100.0, 834.0));
}

#[test]
fn the_status_is_provisioned_only_where_it_would_grow_too_fast() {
    // 60,000 who wait ask 6,000 times a second, for which there are 600 environments, made over 900 s: 6.7 in
    // ten. Where only 5 can be, 600 and a quarter are provisioned.
    let advise = |new_environments: f64| {
        let window = Window { arrivals: Arrivals::Even, ..window(60_000.0) };
        advice::keep_pace(&window, &system(), &Limits { new_environments, ..account() }).limits.provisioned.status
    };
    assert_eq!(advise(1000.0), 0.0);
    near(advise(5.0), 750.0);
}

#[test]
fn with_the_advice_followed_nothing_is_refused() {
    let (window, system, limits) = (Window { arrivals: Arrivals::Rush, refused: 5.0, ..window(800_000.0) }, system(), account());
    let ways = [advice::keep_pace(&window, &system, &limits), advice::keep_quota(&window, &system, &limits)];
    for way in &ways {
        let outcome = &way.cases.planned;
        let tables: f64 = outcome.units.values().map(|load| load.refused).sum();
        let growth: f64 = outcome.functions.iter().map(|work| work.growth.refused).sum();
        assert_eq!((outcome.api.refused, outcome.environments.refused, tables, growth), (0.0, 0.0, 0.0, 0.0));
        assert!(outcome.started_in_time > 0.999);
        // A candidate waits for the next start of the model's clock at most, a second.
        assert!(outcome.late_seconds < 1.0, "{}", outcome.late_seconds);
    }
    let [same_pace, same_quota] = ways;
    assert!(same_pace.limits.api_requests >= 80_000.0 && same_pace.pace == window.pace);
    assert!(same_quota.limits.api_requests == 10_000.0 && same_quota.pace.waiting > window.pace.waiting);
    // A pace 5 s faster does not fit any more.
    let mut faster = Window { pace: same_quota.pace, ..window.clone() };
    faster.pace.running -= 5.0;
    assert!(simulate::run(&faster, &system, &free()).api.peak * advice::MARGIN > 10_000.0);
    // Ten times as many are too many even without polling: 17,777 log in in the first second, join in the next and are
    // ticked in the next, with a quarter to spare: 66,667; and what pages ask 64 times as slowly.
    let quota = advice::keep_quota(&Window { candidates: 8e6, ..window }, &system, &limits).limits.api_requests;
    assert!((66_000.0..90_000.0).contains(&quota), "{quota}");
}

#[test]
fn with_the_advice_followed_push_may_be_lost() {
    let (window, system, limits) = (Window { arrivals: Arrivals::Rush, ..pushed(400_000.0) }, system(), account());
    let [same_pace, same_quota] = [advice::keep_pace(&window, &system, &limits), advice::keep_quota(&window, &system, &limits)];
    for way in [&same_pace, &same_quota] {
        let lost = way.cases.lost.as_ref().unwrap();
        // When all candidates wait and the first start, at 09:00.
        assert!((1800.0..1900.0).contains(&lost.at), "{}", lost.at);
        for outcome in way.cases.outcomes() {
            let tables: f64 = outcome.units.values().map(|load| load.refused).sum();
            assert_eq!((outcome.api.refused, outcome.environments.refused, tables), (0.0, 0.0, 0.0));
        }
        // 413,333 at 2,000 per second are 207 s, and stragglers.
        assert!((200.0..360.0).contains(&lost.outcome.live.back_after.unwrap()), "{:?}", lost.outcome.live.back_after);
    }
    // 400,000 every 10 s take 4,000 environments at once, and Lambda makes 1,000 in ten seconds; at the slower
    // pace it need not.
    let too_fast = |way: &advice::Advice| way.cases.lost.as_ref().map(|lost| simulate::too_fast(&lost.outcome)).unwrap();
    assert!(too_fast(&same_pace) > 1e5, "{}", too_fast(&same_pace));
    assert_eq!(too_fast(&same_quota), 0.0);
    // 400,000 every 10 s are 40,000 per second, and a quarter more.
    assert!(same_pace.limits.api_requests >= 50_000.0 && same_pace.pace == window.pace);
    assert_eq!(same_quota.limits.api_requests, 10_000.0);
    // With nothing pushed 400,000 say every 60 s that they are there: 6,667 units written per second, and a quarter more.
    assert!(same_pace.limits.warm[Units::SessionsWrites] >= 8_334.0, "{:?}", same_pace.limits.warm);
    // With a quarter to spare a loss fits at that pace, and at a pace 5 s faster no more, though the window without one does.
    let free = |pace: Pace| advice::Cases::free(&Window { pace, ..window.clone() }, &system, &limits, Provisioned::default());
    let Pace { waiting, running, board, engine } = same_quota.pace;
    let faster = free(Pace { waiting: waiting - 5.0, running: running - 5.0, board: board - 5.0, engine });
    assert!(free(same_quota.pace).lost.unwrap().outcome.api.peak * advice::MARGIN <= 10_000.0);
    assert!(faster.lost.unwrap().outcome.api.peak * advice::MARGIN > 10_000.0);
    assert!(faster.planned.api.peak * advice::MARGIN <= 10_000.0);
    // However slowly they ask, and most is asked when they log in: the loss is one of connections.
    let slow = free(Pace { waiting: 3600.0, running: 3600.0, board: 3600.0, engine: 3600.0 });
    assert!(slow.unpushed.unwrap().api.peak_at < 1000.0 && slow.lost.unwrap().at >= 1800.0);
}

#[test]
fn quotas_of_pushing_are_asked_for_with_a_quarter_to_spare() {
    // 800,000 in a rush over 900 s: 1,777 join in the first second, and as many connect: 2,222 with a quarter more,
    // which is more than 2,000, and 2,500 in steps of 500.
    let window = Window { arrivals: Arrivals::Rush, ..pushed(800_000.0) };
    assert_eq!(advice::keep_pace(&window, &system(), &account()).limits.connections, 2_500.0);
}

#[test]
fn wrong_figures_and_options_say_what_is_wrong() {
    let figures = include_str!("../../../docs/figures.toml");
    let template = include_str!("../../../template.yaml");
    let wrong = |from: &str, to: &str| format!("{:#}", System::parse(&figures.replacen(from, to, 1), template, 30.0).unwrap_err());
    assert!(wrong("[actions.join]", "[actions.joins]").contains("no [actions.join]"));
    assert!(wrong("[functions.resume]", "[functions.resumption]").contains("[actions.resume] names no [functions.resume]"));
    assert!(wrong("\ncpu_ms", "\ncpu").contains("missing field `cpu_ms`"));
    assert!(wrong("sessions_reads", "session_reads").contains("unknown field `session_reads`"));
    assert!(wrong("function = \"resume\"", "function = \"login2\"").contains("login2"));

    assert_eq!(parse_times("09:00-09:20").unwrap(), (time(9, 0, 0, 0), time(9, 20, 0, 0)));
    for text in ["9h-10h", "09:00", "09:20-09:00", "09:00-25:00"] {
        assert!(parse_times(text).is_err(), "{text}");
    }
    let limits = Limits { provisioned: Provisioned { start: 901.0, ..Provisioned::default() }, ..account() };
    assert!(format!("{:#}", limits.check().unwrap_err()).contains("--account-concurrency"));
}

#[test]
fn watching_costs_all_year() {
    // 120 metrics x 0.30 + 41 metrics in alarms x 0.10 + a dashboard of 3.00 are 43.10 a month.
    near(cost::sum(&cost::of_year(&system())), 517.2);
}
