//! What a window and a year of windows cost.

use crate::{
    figures::System,
    limits::Limits,
    prices::{
        ALARM_METRIC_MONTH, API_FIRST_REQUESTS, API_REQUEST, API_REQUEST_BEYOND, BACKUP_GB_MONTH, CLOUDFRONT_REQUEST, CONNECTION_MINUTE,
        DASHBOARD_MONTH, GB, KEEP_ALIVES_A_MINUTE, LAMBDA_GB_SECOND, LAMBDA_REQUEST, LIVE_OPERATION, LOG_GB, METRIC_MONTH,
        PROVISIONED_DURATION_GB_SECOND, PROVISIONED_GB_SECOND, PROVISIONED_STEP_SECONDS, READ_UNIT, SENT_GB, STORED_GB_MONTH, WARM_READ,
        WARM_WRITE, WRITE_UNIT,
    },
    simulate::Outcome,
    units::Units,
    window::Window,
};
use enum_map::EnumMap;

/// One line of a bill, in US dollars.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub name: &'static str,
    pub dollars: f64,
}

/// What each window costs anew.
pub fn of_window(window: &Window, system: &System, limits: &Limits, outcome: &Outcome, provisioned_seconds: f64) -> Vec<Item> {
    let served: f64 = outcome.served.iter().filter(|(action, _)| action.is_of_api()).map(|(_, served)| served).sum();
    let works = || system.functions.iter().zip(&outcome.functions);
    let handling: f64 = works()
        .map(|(function, work)| {
            let seconds = work.on_demand_seconds + work.cold_starts * function.init_seconds;
            function.memory_gb * (seconds * LAMBDA_GB_SECOND + work.provisioned_seconds * PROVISIONED_DURATION_GB_SECOND)
        })
        .sum();
    let provisioned: f64 =
        works().map(|(function, _)| limits.provisioned.of(&function.name).unwrap_or_default() * function.memory_gb).sum();
    let units = |writes: bool| outcome.taken.iter().filter(move |(units, _)| units.are_writes() == writes).map(|(_, taken)| taken);
    let visits = window.candidates + window.rooms();
    let asked: f64 = outcome.sent.iter().sum::<f64>() + visits * system.page.requests;
    let answers: f64 = outcome.served.iter().map(|(action, served)| served * system.requests[action].answer_bytes).sum();
    let sent = answers + visits * system.page.bytes;
    let invocations: f64 = works().map(|(function, work)| work.requests * function.log_bytes).sum();
    let item = |name, dollars| Item { name, dollars };
    vec![
        item("CloudFront, requests", asked * CLOUDFRONT_REQUEST),
        item("CloudFront, sent to the internet", sent / GB * SENT_GB),
        item("API Gateway, requests", api(served)),
        item("Lambda, requests", outcome.functions.iter().map(|work| work.requests).sum::<f64>() * LAMBDA_REQUEST),
        item("Lambda, handling them", handling),
        item("Lambda, provisioned environments", provisioned_price(provisioned, provisioned_seconds)),
        item("DynamoDB, units read", units(false).sum::<f64>() * READ_UNIT),
        item("DynamoDB, units written", units(true).sum::<f64>() * WRITE_UNIT),
        item("AppSync Events, operations", outcome.live.operations * LIVE_OPERATION),
        item("AppSync Events, connections", outcome.live.connected_seconds / 60.0 * CONNECTION_MINUTE),
        item("CloudWatch, logs", (invocations + served * system.access_log_bytes) / GB * LOG_GB),
        item("Storage for a year, with its backup", storage(window, system)),
    ]
}

/// What a window costs in addition if the keep-alives of connections are billed as operations.
pub fn of_keep_alives(outcome: &Outcome) -> f64 {
    outcome.live.connected_seconds / 60.0 * KEEP_ALIVES_A_MINUTE * LIVE_OPERATION
}

/// What a year costs besides its windows.
pub fn of_year(system: &System) -> Vec<Item> {
    let watching = system.metrics.custom * METRIC_MONTH + system.alarm_metrics * ALARM_METRIC_MONTH + DASHBOARD_MONTH;
    vec![Item { name: "CloudWatch, metrics, alarms, dashboard", dollars: 12.0 * watching }]
}

/// What it costs, once, to make tables warm that were as warm as `from`.
pub fn of_warming(from: &EnumMap<Units, f64>, to: &EnumMap<Units, f64>) -> f64 {
    let price = |units: Units| if units.are_writes() { WARM_WRITE } else { WARM_READ };
    to.iter().map(|(units, to)| (to - from[units]).max(0.0) * price(units)).sum()
}

/// Requests of one month.
pub fn api(requests: f64) -> f64 {
    requests.min(API_FIRST_REQUESTS) * API_REQUEST + (requests - API_FIRST_REQUESTS).max(0.0) * API_REQUEST_BEYOND
}

/// Provisioned memory for so long.
pub fn provisioned_price(gb: f64, seconds: f64) -> f64 {
    let steps = (seconds / PROVISIONED_STEP_SECONDS).ceil();
    gb * steps * PROVISIONED_STEP_SECONDS * PROVISIONED_GB_SECOND
}

fn storage(window: &Window, system: &System) -> f64 {
    let records = &system.storage;
    let bytes = window.candidates * (records.candidate_bytes + records.account_bytes) + window.rooms() * records.session_bytes;
    bytes / GB * 12.0 * (STORED_GB_MONTH + BACKUP_GB_MONTH)
}

pub fn sum(items: &[Item]) -> f64 {
    items.iter().map(|item| item.dollars).sum()
}
