//! This system's own measured figures, from `docs/figures.toml`, and what the template says of its functions.

use crate::{
    limits,
    units::Units,
    window::{LivePace, Pace},
};
use anyhow::{Context, Result, bail};
use enum_map::{Enum, EnumMap};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

const FIGURES: &str = include_str!("../../docs/figures.toml");
const TEMPLATE: &str = include_str!("../../template.yaml");

/// A request that a window consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Action {
    /// A proctor logs in with their account.
    ProctorAccount,
    /// A proctor logs in to the session.
    ProctorLogin,
    /// A proctor reads the codes.
    Kit,
    /// A proctor's device asks for the board, again and again.
    Board,
    /// A candidate logs in with their account.
    Login,
    /// A candidate says who they are.
    Join,
    /// A proctor ticks a candidate.
    Presence,
    /// A candidate's device asks where they stand, again and again.
    Status,
    /// The page of a running test says that it is there, and reads how the test stands.
    Here,
    /// A candidate tries to start before they are ticked, and is refused.
    StartRefused,
    /// A candidate starts.
    Start,
    /// A candidate leaves the test.
    Leave,
    /// A candidate who left tries to start again, and is refused.
    ReturnRefused,
    /// A proctor authorises a candidate to start again.
    Resume,
    /// A candidate starts again.
    Return,
    /// A candidate finishes their test.
    Finish,
    /// A proctor ends a test.
    End,
    /// Pushing asks whether a page may connect.
    Connect,
    /// Pushing asks whether a page may listen to its channel.
    Subscribe,
    /// Changes go from the table's stream to those who listen; no person or page asks for it.
    Announce,
}

/// Whose page hears of a change, besides the boards of the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Hearer {
    /// The candidate's, who waits.
    Waiting,
    /// The candidate's, whose test runs.
    Running,
    /// Nobody's: the candidate's has done with it.
    Nobody,
}

impl Action {
    /// Its table in the figures: some happen twice in a window.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProctorAccount | Self::Login => "login",
            Self::ProctorLogin => "proctor-login",
            Self::Kit => "kit",
            Self::Board => "board",
            Self::Join => "join",
            Self::Presence => "presence",
            Self::Status => "status",
            Self::Here => "here",
            Self::StartRefused | Self::ReturnRefused => "start-refused",
            Self::Start | Self::Return => "start",
            Self::Leave => "leave",
            Self::Resume => "resume",
            Self::Finish => "finish",
            Self::End => "end",
            Self::Connect => "connect",
            Self::Subscribe => "subscribe",
            Self::Announce => "announce",
        }
    }

    /// A refused poll is not repeated: the next one comes at its pace.
    pub fn is_poll(self) -> bool {
        matches!(self, Self::Board | Self::Status | Self::Here)
    }

    /// A page that finds no connection tries again at a pace of its own.
    pub fn is_of_connection(self) -> bool {
        matches!(self, Self::Connect | Self::Subscribe)
    }

    /// Comes through `CloudFront` and API Gateway; pushing calls its functions itself.
    pub fn is_of_api(self) -> bool {
        !self.is_of_connection() && self != Self::Announce
    }

    /// Who hears of the one change that this makes to a session's or a candidate's item; none where it makes no
    /// change that is announced. What nobody else needs to know, such as that a page is there, is not.
    pub fn changes(self) -> Option<Hearer> {
        match self {
            // The read that follows the subscription tells whoever has just joined.
            Self::Join => Some(Hearer::Nobody),
            Self::Presence | Self::StartRefused | Self::Leave | Self::ReturnRefused | Self::Resume => Some(Hearer::Waiting),
            Self::Start | Self::Return | Self::End => Some(Hearer::Running),
            Self::Finish => Some(Hearer::Nobody),
            _ => None,
        }
    }
}

/// One request, as the model sees it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// How long it keeps a warm environment, in seconds.
    pub seconds: f64,
    pub units: EnumMap<Units, f64>,
    pub answer_bytes: f64,
}

/// One Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    pub name: String,
    pub memory_gb: f64,
    /// From exec to ready, in seconds.
    pub init_seconds: f64,
    /// What one invocation adds to the log: its own line, and Lambda's start and report unless the template leaves
    /// them out.
    pub log_bytes: f64,
    pub actions: Vec<Action>,
}

/// Everything measured, ready to use.
#[derive(Debug, Clone)]
pub struct System {
    pub requests: EnumMap<Action, Request>,
    pub functions: Vec<Function>,
    pub page: Page,
    /// API Gateway's line of one request.
    pub access_log_bytes: f64,
    /// Changes that one invocation of `announce` publishes.
    pub changes_at_once: f64,
    pub storage: Storage,
    pub metrics: Metrics,
    /// Metrics that the template's alarms look at: each is billed.
    pub alarm_metrics: f64,
    /// The paces of the template.
    pub pace: Pace,
    pub live_pace: LivePace,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    actions: BTreeMap<String, ActionFigures>,
    functions: BTreeMap<String, FunctionFigures>,
    dynamodb: DynamoDb,
    live: Live,
    page: Page,
    log_bytes: LogBytes,
    storage: Storage,
    metrics: Metrics,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionFigures {
    function: String,
    requests: f64,
    #[serde(default)]
    accounts_reads: f64,
    #[serde(default)]
    accounts_writes: f64,
    #[serde(default)]
    sessions_reads: f64,
    #[serde(default)]
    sessions_writes: f64,
    #[serde(default)]
    index_writes: f64,
    answer_bytes: f64,
    /// What it reads and answers grows with the room; measured in one of this size.
    room_of: Option<f64>,
}

/// Memory and binary size are there for the reader.
#[derive(Debug, Clone, Deserialize)]
struct FunctionFigures {
    cpu_ms: f64,
    init_cpu_ms: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct DynamoDb {
    round_trip_ms: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogBytes {
    function: f64,
    lambda: f64,
    access: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Live {
    changes_at_once: f64,
    publish_ms: f64,
    subscribe_reads: f64,
}

/// What a browser loads of the page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub requests: f64,
    pub bytes: f64,
}

/// Bytes of a record as DynamoDB bills them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    pub candidate_bytes: f64,
    pub session_bytes: f64,
    pub account_bytes: f64,
}

/// How many the template and the code define.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub custom: f64,
}

impl System {
    /// For rooms of that size, of the figures in that file, or in `docs/figures.toml` as it was when the planner
    /// was built.
    ///
    /// # Errors
    /// When the file can't be read, or a figure is missing, misspelt or impossible; says which.
    pub fn read(file: Option<&Path>, room_size: f64) -> Result<Self> {
        match file {
            None => Self::parse(FIGURES, TEMPLATE, room_size).context("docs/figures.toml"),
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("--figures: can't read {}", path.display()))?;
                Self::parse(&text, TEMPLATE, room_size).with_context(|| format!("--figures {}", path.display()))
            }
        }
    }

    /// For rooms of that size, of figures as text and the template.
    ///
    /// # Errors
    /// When a figure is missing, misspelt or impossible; says which.
    pub fn parse(figures: &str, template: &str, room_size: f64) -> Result<Self> {
        let file: File = toml::from_str(figures)?;
        let template = Template(yaml_serde::from_str(template).context("template.yaml")?);
        let mut requests: EnumMap<Action, Request> = EnumMap::default();
        let mut functions: Vec<Function> = vec![];
        for (action, request) in &mut requests {
            let name = action.name();
            let figures = &file.action(action)?;
            let function = &figures.function;
            let times = file.functions.get(function).with_context(|| format!("[actions.{name}] names no [functions.{function}]"))?;
            let memory_mb = template.memory_mb(function)?;
            let rooms = figures.room_of.map_or(1.0, |measured| room_size / measured);
            let round_trip = file.dynamodb.round_trip_ms / 1000.0;
            *request = Request {
                seconds: processing(times.cpu_ms, memory_mb) + figures.requests * round_trip + file.publishing(action),
                units: figures.units().map(|_, units| (units * rooms).ceil()),
                answer_bytes: figures.answer_bytes * rooms,
            };
            if request.seconds <= 0.0 {
                bail!("[actions.{name}] takes no time at all; give its function's cpu_ms");
            }
            match functions.iter_mut().find(|known| known.name == *function) {
                Some(known) => known.actions.push(action),
                None => functions.push(Function {
                    name: function.clone(),
                    memory_gb: memory_mb / 1024.0,
                    // The first request to DynamoDB is made before the function is ready.
                    init_seconds: processing(times.init_cpu_ms, memory_mb) + round_trip,
                    log_bytes: file.log_bytes.function + if template.logs_starts(function) { file.log_bytes.lambda } else { 0.0 },
                    actions: vec![action],
                }),
            }
        }
        Ok(Self {
            requests,
            functions,
            page: file.page,
            access_log_bytes: file.log_bytes.access,
            changes_at_once: file.live.changes_at_once,
            storage: file.storage,
            metrics: file.metrics,
            alarm_metrics: template.alarm_metrics()?,
            pace: template.pace()?,
            live_pace: template.live_pace()?,
        })
    }
}

impl File {
    /// Of what a person or a page asks for, as measured; of pushing, as assumed.
    fn action(&self, action: Action) -> Result<ActionFigures> {
        let name = action.name();
        let pushing = |function: &str, reads: f64| ActionFigures {
            function: function.to_owned(),
            requests: reads,
            sessions_reads: reads,
            ..ActionFigures::default()
        };
        match action {
            Action::Connect => Ok(pushing("authorise-channel", 0.0)),
            Action::Subscribe => Ok(pushing("authorise-channel", self.live.subscribe_reads)),
            Action::Announce => Ok(pushing("announce", 0.0)),
            _ => self.actions.get(name).cloned().with_context(|| format!("there is no [actions.{name}]")),
        }
    }

    /// How long it waits for what it publishes, all changes at once, in seconds.
    fn publishing(&self, action: Action) -> f64 {
        if action == Action::Announce { self.live.publish_ms / 1000.0 } else { 0.0 }
    }
}

impl ActionFigures {
    fn units(&self) -> EnumMap<Units, f64> {
        EnumMap::from_fn(|units| match units {
            Units::AccountsReads => self.accounts_reads,
            Units::AccountsWrites => self.accounts_writes,
            Units::SessionsReads => self.sessions_reads,
            Units::SessionsWrites => self.sessions_writes,
            // Nothing on the way to a start reads one.
            Units::IndexReads => 0.0,
            Units::IndexWrites => self.index_writes,
        })
    }
}

/// How long that much processor time takes, in seconds, on the share of a processor that comes with the memory.
pub fn processing(cpu_ms: f64, memory_mb: f64) -> f64 {
    cpu_ms / 1000.0 * (limits::MB_OF_A_PROCESSOR / memory_mb).max(1.0)
}

struct Template(yaml_serde::Value);

impl Template {
    fn at<'a>(value: &'a yaml_serde::Value, path: &[&str]) -> Option<&'a yaml_serde::Value> {
        path.iter().try_fold(value, |value, key| value.get(key))
    }

    fn resources(&self) -> Result<impl Iterator<Item = &yaml_serde::Value>> {
        let resources = self.0.get("Resources").and_then(yaml_serde::Value::as_mapping).context("template.yaml has no Resources")?;
        Ok(resources.values())
    }

    /// An alarm on one metric has no list of them. One that has another condition is about what is off unless switched on.
    fn alarm_metrics(&self) -> Result<f64> {
        let says = |resource: &yaml_serde::Value, name, text| resource.get(name).and_then(|value| value.as_str()) == Some(text);
        let alarms = self
            .resources()?
            .filter(|resource| says(resource, "Type", "AWS::CloudWatch::Alarm") && says(resource, "Condition", "Production"));
        let metrics = alarms.map(|alarm| {
            let listed = Self::at(alarm, &["Properties", "Metrics"]).and_then(yaml_serde::Value::as_sequence);
            listed.map_or(1.0, |listed| listed.iter().filter(|metric| metric.get("MetricStat").is_some()).map(|_| 1.0).sum())
        });
        Ok(metrics.sum())
    }

    /// What the function whose binary has that name is given, by itself or as all functions are; one that the template
    /// does not define is as all are.
    fn property(&self, function: &str, path: &[&str]) -> Option<&yaml_serde::Value> {
        let binary = ["Metadata", "BuildProperties", "Binary"];
        let found = self.resources().ok()?.find(|resource| Self::at(resource, &binary).and_then(|name| name.as_str()) == Some(function));
        let own = found.and_then(|found| Self::at(found.get("Properties")?, path));
        own.or_else(|| Self::at(self.0.get("Globals")?.get("Function")?, path))
    }

    fn memory_mb(&self, function: &str) -> Result<f64> {
        let memory = self.property(function, &["MemorySize"]).and_then(yaml_serde::Value::as_f64);
        memory.with_context(|| format!("template.yaml gives {function} no MemorySize in megabytes"))
    }

    /// Whether Lambda logs each start and report, as it does unless told to log warnings alone.
    fn logs_starts(&self, function: &str) -> bool {
        self.property(function, &["LoggingConfig", "SystemLogLevel"]).and_then(yaml_serde::Value::as_str) != Some("WARN")
    }

    fn seconds(&self, parameter: &str) -> Result<f64> {
        let default = Self::at(&self.0, &["Parameters", parameter, "Default"]).and_then(yaml_serde::Value::as_f64);
        default.with_context(|| format!("template.yaml has no parameter {parameter} with a number of seconds"))
    }

    fn pace(&self) -> Result<Pace> {
        Ok(Pace {
            waiting: self.seconds("WaitingRefreshSeconds")?,
            running: self.seconds("RunningRefreshSeconds")?,
            board: self.seconds("BoardRefreshSeconds")?,
            engine: self.seconds("EngineRefreshSeconds")?,
        })
    }

    fn live_pace(&self) -> Result<LivePace> {
        Ok(LivePace {
            waiting: self.seconds("LiveWaitingRefreshSeconds")?,
            running: self.seconds("LiveRunningRefreshSeconds")?,
            board: self.seconds("LiveBoardRefreshSeconds")?,
        })
    }
}
