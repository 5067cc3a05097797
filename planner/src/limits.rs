//! What AWS allows, as published, and how its limits behave. Read in November 2026.

use crate::{units::Units, window::number};
use anyhow::{Result, ensure};
use clap::Args;
use enum_map::EnumMap;
use std::collections::VecDeque;

/// API Gateway, requests per second of an account in most regions, `eu-west-3` among them; raised on request.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
pub const API_REQUESTS: f64 = 10_000.0;
/// API Gateway, requests that may come at once on top; follows the quota, not to be asked for.
/// <https://repost.aws/knowledge-center/api-gateway-throttling>
pub const API_BURST: f64 = 5_000.0;
/// Lambda, environments of an account in a region; raised on request. A new account may have fewer.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ENVIRONMENTS: f64 = 1_000.0;
/// Lambda, of these provisioning must leave so many.
/// <https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html>
pub const UNRESERVED_ENVIRONMENTS: f64 = 100.0;
/// Lambda, new environments of one function in any ten seconds.
/// <https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html>
pub const NEW_ENVIRONMENTS: f64 = 1_000.0;
/// Lambda, requests per second that one environment serves at most.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const REQUESTS_OF_AN_ENVIRONMENT: f64 = 10.0;
/// Lambda, megabytes of memory that bring one whole processor.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
pub const MB_OF_A_PROCESSOR: f64 = 1_769.0;
/// DynamoDB, what a new on-demand table or index takes at once, units per second.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html>
pub const NEW_TABLE_READS: f64 = 12_000.0;
pub const NEW_TABLE_WRITES: f64 = 4_000.0;
/// DynamoDB, how long a peak must lie back before twice as much is sure to be taken, in seconds.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>
pub const DOUBLING_SECONDS: usize = 30 * 60;
/// DynamoDB, units per second of any on-demand table, read and written each; raised on request.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html>
pub const TABLE_UNITS: f64 = 40_000.0;
/// DynamoDB, units per second of one partition, and so of one session; never raised.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html>
pub const PARTITION_READS: f64 = 3_000.0;
pub const PARTITION_WRITES: f64 = 1_000.0;
/// AppSync Events, new connections per second of an API; raised on request.
/// <https://docs.aws.amazon.com/general/latest/gr/appsync.html>
pub const CONNECTIONS: f64 = 2_000.0;
/// AppSync Events, events published per second to an API; raised on request. The same page.
pub const EVENTS: f64 = 10_000.0;
/// AppSync Events, messages per second that an API delivers; raised on request. The same page.
pub const MESSAGES: f64 = 1_000_000.0;

/// What an account has, and how the stack is set.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// API Gateway's quota in the account: requests per second.
    #[arg(long = "api-rps", default_value_t = API_REQUESTS, value_parser = number(1..))]
    pub api_requests: f64,
    /// Its burst.
    #[arg(long, default_value_t = API_BURST, value_parser = number(0..))]
    pub api_burst: f64,
    /// Lambda's quota in the account: concurrent executions.
    #[arg(long = "account-concurrency", default_value_t = ENVIRONMENTS, value_parser = number(1..))]
    pub environments: f64,
    /// Of one function in ten seconds.
    #[arg(skip = NEW_ENVIRONMENTS)]
    pub new_environments: f64,
    /// The quota of a table in the account: units per second.
    #[arg(long, default_value_t = TABLE_UNITS, value_parser = number(1..))]
    pub table_units: f64,
    /// AppSync's quota of the API: new connections per second.
    #[arg(long = "live-connections", default_value_t = CONNECTIONS, value_parser = number(1..))]
    pub connections: f64,
    /// AppSync's quota of the API: events published per second.
    #[arg(long = "live-events", default_value_t = EVENTS, value_parser = number(1..))]
    pub events: f64,
    /// AppSync's quota of the API: messages delivered per second.
    #[arg(long = "live-messages", default_value_t = MESSAGES, value_parser = number(1..))]
    pub messages: f64,
    /// What each table takes at once.
    #[arg(skip = new_table())]
    pub warm: EnumMap<Units, f64>,
    #[command(flatten)]
    pub provisioned: Provisioned,
}

/// Provisioned environments of the functions that can have them.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Provisioned {
    /// Environments that are provisioned already.
    #[arg(long = "provisioned-login", default_value_t = 0.0, value_parser = number(0..))]
    pub login: f64,
    #[arg(long = "provisioned-join", default_value_t = 0.0, value_parser = number(0..))]
    pub join: f64,
    #[arg(long = "provisioned-start", default_value_t = 0.0, value_parser = number(0..))]
    pub start: f64,
    #[arg(long = "provisioned-status", default_value_t = 0.0, value_parser = number(0..))]
    pub status: f64,
}

impl Provisioned {
    /// Of a function; nothing for one that the template has no parameter for.
    pub fn of(&self, function: &str) -> Option<f64> {
        match function {
            "login" => Some(self.login),
            "candidate-join" => Some(self.join),
            "candidate-start" => Some(self.start),
            "candidate-status" => Some(self.status),
            _ => None,
        }
    }

    pub fn total(&self) -> f64 {
        self.login + self.join + self.start + self.status
    }
}

/// A new table's.
pub fn new_table() -> EnumMap<Units, f64> {
    EnumMap::from_fn(|units: Units| if units.are_writes() { NEW_TABLE_WRITES } else { NEW_TABLE_READS })
}

impl Limits {
    /// Nothing throttles: shows what would be asked.
    pub fn none(provisioned: Provisioned) -> Self {
        let endless = f64::INFINITY;
        let warm = EnumMap::from_fn(|_| endless);
        Self {
            api_requests: endless,
            api_burst: endless,
            environments: endless,
            new_environments: endless,
            table_units: endless,
            connections: endless,
            events: endless,
            messages: endless,
            warm,
            provisioned,
        }
    }

    /// # Errors
    /// When more is provisioned than Lambda allows.
    pub fn check(&self) -> Result<()> {
        let (provisioned, quota) = (self.provisioned.total(), self.environments);
        ensure!(
            provisioned == 0.0 || provisioned + UNRESERVED_ENVIRONMENTS <= quota,
            "--provisioned-login, -join, -start and -status are {provisioned} together, and Lambda keeps {UNRESERVED_ENVIRONMENTS} of the \
             account's {quota} for all functions; lower them or ask for more and say so with --account-concurrency"
        );
        Ok(())
    }
}

/// A token bucket, full at first, that second by second is refilled and then taken from.
#[derive(Debug, Clone)]
pub struct Bucket {
    rate: f64,
    size: f64,
    tokens: f64,
    now: f64,
}

impl Bucket {
    /// `rate` tokens come in a second; at most `size` are kept from one second to the next.
    pub fn new(rate: f64, size: f64) -> Self {
        Self { rate, size, tokens: size, now: size }
    }

    /// Begins the next second; returns how many may be taken in it.
    pub fn refill(&mut self) -> f64 {
        self.now = self.tokens + self.rate;
        self.now
    }

    pub fn take(&mut self, tokens: f64) {
        self.tokens = (self.now - tokens).clamp(0.0, self.size);
    }
}

/// What an on-demand table takes: what it is warm for, or twice the highest of what it took until half an
/// hour ago, and never more than its quota.
#[derive(Debug, Clone)]
pub struct OnDemand {
    warm: f64,
    quota: f64,
    recent: VecDeque<f64>,
    settled: f64,
}

impl OnDemand {
    pub fn new(warm: f64, quota: f64) -> Self {
        Self { warm, quota, recent: VecDeque::new(), settled: 0.0 }
    }

    /// Units that may be taken in this second.
    pub fn limit(&self) -> f64 {
        self.warm.max(2.0 * self.settled).min(self.quota)
    }

    /// Ends a second in which so many units were taken.
    pub fn took(&mut self, units: f64) {
        self.recent.push_back(units);
        if self.recent.len() > DOUBLING_SECONDS
            && let Some(past) = self.recent.pop_front()
        {
            self.settled = self.settled.max(past);
        }
    }
}

/// How fast a function may grow: so many new environments in any ten seconds.
#[derive(Debug, Clone)]
pub struct Growth {
    limit: f64,
    last_nine: VecDeque<f64>,
}

impl Growth {
    pub fn new(limit: f64) -> Self {
        Self { limit, last_nine: VecDeque::from([0.0; 9]) }
    }

    /// New environments that this second may bring.
    pub fn room(&self) -> f64 {
        (self.limit - self.last_nine.iter().sum::<f64>()).max(0.0)
    }

    /// Ends a second that brought so many.
    pub fn grew(&mut self, environments: f64) {
        self.last_nine.pop_front();
        self.last_nine.push_back(environments);
    }
}
