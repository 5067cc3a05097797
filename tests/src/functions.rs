//! The functions as they are deployed: each with its own routes, its part of the template, its events.

use crate::meter::Right;
use axum::Router;
use local::{
    database::{ACCOUNTS, SESSIONS},
    functions::{DIRECT, ROUTED},
};
use serde_json::Value;
use shared::{App, http::layers};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::process::Command;

/// A function in the template.
pub struct Deployed {
    /// Its name in the template.
    pub resource: String,
    /// The folder its code is in.
    pub name: String,
    pub binary: String,
    /// How long Lambda lets it work on one event.
    pub timeout: Duration,
    /// `METHOD path` of each route.
    pub routes: Vec<String>,
    /// The names of the settings that the template gives it.
    pub settings: BTreeSet<String>,
    /// Its policies' statements.
    pub rights: Vec<Statement>,
}

/// What a policy allows.
pub struct Statement {
    /// Such as `dynamodb:UpdateItem`.
    pub actions: BTreeSet<String>,
    /// The resource, as text.
    pub resource: String,
    /// Patterns of the partitions that it is about; without any, all.
    pub partitions: Option<BTreeSet<String>>,
    /// Patterns of the attributes that a request may name; without any, all.
    pub attributes: Option<BTreeSet<String>>,
}

const PARTITIONS: &str = "dynamodb:LeadingKeys";
const ATTRIBUTES: &str = "dynamodb:Attributes";

/// Whether a text is like a pattern, which may end with a `*`.
pub fn is_like(text: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(text == pattern, |beginning| text.starts_with(beginning))
}

impl Statement {
    fn of(statement: &Value) -> Self {
        let texts = |list: &Value| -> Option<BTreeSet<String>> {
            Some(list.as_array()?.iter().map(|text| text.as_str().unwrap().to_owned()).collect())
        };
        let condition = &statement["Condition"];
        let understood = |(operator, keys): (&String, &Value)| match operator.as_str() {
            "ForAllValues:StringLike" => keys.as_object().unwrap().keys().all(|key| [PARTITIONS, ATTRIBUTES].contains(&key.as_str())),
            _ => keys.as_object().unwrap().keys().all(|key| !key.starts_with("dynamodb:")),
        };
        assert!(condition.as_object().into_iter().flatten().all(understood), "not understood: {condition}");
        let like = |key: &str| texts(&condition["ForAllValues:StringLike"][key]);
        Self {
            actions: texts(&statement["Action"]).unwrap(),
            resource: statement["Resource"].to_string(),
            partitions: like(PARTITIONS),
            attributes: like(ATTRIBUTES),
        }
    }

    /// Whether it is about a table or an index, which the [meter](crate::meter) sees asked.
    pub fn is_of_tables(&self) -> bool {
        self.actions.iter().all(|action| action.starts_with("dynamodb:")) && !self.resource.contains("/stream/")
    }

    /// Each action on a table or index, named as the [meter](crate::meter) does.
    fn may(&self) -> impl Iterator<Item = (String, String)> {
        let table = if self.resource.contains("AccountsTable.Arn") { ACCOUNTS } else { SESSIONS };
        let index = self.resource.split_once(".Arn}").map(|(_, index)| index.trim_end_matches(['"', '}']));
        let resource = format!("{table}{}", index.unwrap_or_default());
        self.actions.iter().map(move |action| (action.strip_prefix("dynamodb:").unwrap_or(action).to_owned(), resource.clone()))
    }

    /// Whether this is what was asked for, whatever the conditions say.
    pub fn is_about(&self, right: &Right) -> bool {
        self.may().any(|(action, resource)| action == right.action && resource == right.resource)
    }

    /// Whether the conditions hold. Only a request about one item tells what they are about.
    pub fn allows(&self, right: &Right) -> bool {
        let all_like = |texts: &BTreeSet<String>, patterns: &BTreeSet<String>| {
            !texts.is_empty() && texts.iter().all(|text| patterns.iter().any(|pattern| is_like(text, pattern)))
        };
        self.is_about(right)
            && self.partitions.as_ref().is_none_or(|patterns| all_like(&right.partition.iter().cloned().collect(), patterns))
            && self.attributes.as_ref().is_none_or(|patterns| all_like(&right.attributes, patterns))
    }
}

impl Deployed {
    /// Each action on a table or index that its policies allow, named as the [meter](crate::meter) does.
    pub fn may(&self) -> BTreeSet<(String, String)> {
        self.rights.iter().filter(|statement| statement.is_of_tables()).flat_map(Statement::may).collect()
    }
}

/// A file of the project.
pub fn file(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What stands in `template.yaml`; a tag is a map, as in `{"!Ref": "Api"}`.
pub fn template() -> Value {
    yaml("template.yaml")
}

/// What stands in `firewall.yaml`, likewise.
pub fn firewall() -> Value {
    yaml("firewall.yaml")
}

fn yaml(path: &str) -> Value {
    let read: yaml_serde::Value = yaml_serde::from_str(&file(path)).unwrap();
    serde_json::to_value(read).unwrap()
}

/// The functions of `template.yaml`.
pub fn deployed() -> Vec<Deployed> {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().iter();
    let functions = resources.filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    let globals = &template["Globals"]["Function"];
    let timeout = globals["Timeout"].as_u64().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("not text: {value}")).to_owned();
    let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
    functions
        .map(|(resource, function)| {
            let properties = &function["Properties"];
            let events = properties["Events"].as_object().into_iter().flat_map(|events| events.values());
            let routes = events.filter(|event| event["Type"] == "HttpApi").map(|event| &event["Properties"]);
            let statements = each(&properties["Policies"]).into_iter().flat_map(|policy| each(&policy["Statement"]));
            let statements = statements.map(|statement| statement["!If"].get(1).cloned().unwrap_or(statement));
            Deployed {
                resource: resource.clone(),
                name: text(&properties["CodeUri"]).strip_prefix("functions/").unwrap().to_owned(),
                binary: text(&function["Metadata"]["BuildProperties"]["Binary"]),
                timeout: Duration::from_secs(properties["Timeout"].as_u64().unwrap_or(timeout)),
                routes: routes.map(|route| format!("{} {}", text(&route["Method"]), text(&route["Path"]))).collect(),
                settings: settings([globals, properties]),
                rights: statements.map(|statement| Statement::of(&statement)).collect(),
            }
        })
        .collect()
}

/// The settings that are not empty, where a function's own come after those of all.
fn settings(of: [&Value; 2]) -> BTreeSet<String> {
    let variables = of.into_iter().filter_map(|of| of["Environment"]["Variables"].as_object()).flatten();
    let last: BTreeMap<_, _> = variables.collect();
    last.into_iter().filter(|(_, value)| **value != "").map(|(name, _)| name.clone()).collect()
}

/// The event of that name, as it stands in `events/`.
pub fn event(name: &str) -> Value {
    serde_json::from_str(&file(format!("events/{name}.json"))).unwrap()
}

/// A program of the workspace, built as the tests are: with other packages selected, it would compile
/// its dependencies again.
pub async fn program(name: &str) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--workspace", "--bin", name, "--message-format", "json"]).current_dir(root());
    cargo.args((!cfg!(debug_assertions)).then_some("--release"));
    let output = cargo.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>().map(Result::unwrap);
    let mut made = messages.filter(|message| message["target"]["name"] == name);
    made.find_map(|message| message["executable"].as_str().map(PathBuf::from)).unwrap()
}

/// A function that has routes, as Lambda runs it.
pub fn service(function: &str, app: &App) -> Router {
    let (_, routes) = ROUTED.iter().find(|(name, _)| *name == function).unwrap();
    layers::service(routes(), app)
}

/// Whether a function is invoked directly.
pub fn is_direct(function: &str) -> bool {
    DIRECT.contains(&function)
}

/// Each file of `events/`: name, function, content.
pub fn events() -> Vec<(String, String, Value)> {
    let files = std::fs::read_dir(root().join("events")).unwrap().map(|file| file.unwrap().path());
    let events = files.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let of = |function: &&str| name.strip_prefix(*function).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        let functions = ROUTED.iter().map(|(function, _)| *function).chain(DIRECT.iter().copied());
        let function = functions.filter(of).max_by_key(|function| function.len()).unwrap_or_else(|| panic!("{name} is for no function"));
        (name.clone(), function.to_owned(), serde_json::from_str(&file(&path)).unwrap())
    });
    let mut events: Vec<_> = events.collect();
    events.sort_by(|a, b| a.0.cmp(&b.0));
    events
}
