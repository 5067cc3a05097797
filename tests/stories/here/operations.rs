//! What guards and watches a deployment is about things that exist, and is explained.

use reqwest::Method;
use shared::{
    domain::{code::CodeKeys, refusal::Refusal, seal::SealKeys, session::SessionNumber},
    http::{
        origin::{self, OriginSecrets},
        token::{Claims, Kind, Tokens},
    },
};
use std::{collections::BTreeSet, process::Command};
use tests::{
    Value, World,
    functions::{Statement, deployed, file, firewall, template},
    json,
};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not text: {value}"))
}

fn each(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not a list: {value}"))
}

/// `METHOD path` of every route there is.
fn routes() -> BTreeSet<String> {
    deployed().into_iter().flat_map(|function| function.routes).collect()
}

/// All values under this name, however deep.
fn under<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(key, value)| if key == name { vec![value] } else { under(value, name) }).collect()
        }
        Value::Array(items) => items.iter().flat_map(|item| under(item, name)).collect(),
        _ => vec![],
    }
}

/// Words that are in the names of this stack's functions, and one that is only in those of the other stack's.
const FUNCTIONS_OF_THE_STACK: &str = "FunctionName=${AWS::StackName} NOT FunctionName=dev";

/// What the dashboard shows where events are published.
fn dashboard(template: &Value) -> String {
    let [body, more] = each(&template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["!Sub"]) else { panic!("a text and more") };
    let more = &more["EventsLagToo"]["!If"];
    assert_eq!((&more[0], &more[2]), (&json!("WatchesEvents"), &json!("")));
    text(body).replace("${EventsLagToo}", text(&more[1]["!Sub"]))
}

/// The routes that are measured on their own.
fn measured(template: &Value) -> BTreeSet<String> {
    let settings = template["Resources"]["Api"]["Properties"]["RouteSettings"].as_object().unwrap();
    settings.iter().filter(|(_, settings)| !settings["DetailedMetricsEnabled"].is_null()).map(|(route, _)| route.clone()).collect()
}

#[test]
fn guessing_and_starting_have_limits_of_their_own() {
    let template = template();
    let settings = template["Resources"]["Api"]["Properties"]["RouteSettings"].as_object().unwrap();
    for route in settings.keys() {
        assert!(routes().contains(route), "{route} does not exist");
    }
    for function in ["signup", "login", "proctor-login", "candidate-join", "use-pass", "candidate-start"] {
        let routes = deployed().into_iter().find(|deployed| deployed.name == function).unwrap().routes;
        let limits = &settings[&routes[0]];
        // What a route does not limit itself is not limited by the default, once it has settings.
        assert!(limits["ThrottlingRateLimit"]["!Ref"].is_string(), "{function}");
        assert_eq!(limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"], "{function}");
    }
}

#[tokio::test]
async fn the_gateway_answers_browsers_as_the_functions_do() {
    let template = template();
    let gateway = &template["Resources"]["Api"]["Properties"]["CorsConfiguration"]["!If"][1];
    let origin = "https://vigie.example.org";
    let world = World::for_pages_of(origin).await;
    let preflight = world.call(Method::OPTIONS, "/sessions").header("origin", origin).header("access-control-request-method", "POST");
    let preflight = preflight.send().await;
    let answer = world.get("/health").header("origin", origin).send().await;
    for (setting, answer, header) in [
        ("AllowMethods", &preflight, "access-control-allow-methods"),
        ("AllowHeaders", &preflight, "access-control-allow-headers"),
        ("ExposeHeaders", &answer, "access-control-expose-headers"),
    ] {
        let functions: BTreeSet<_> = answer.header(header).unwrap().split(',').map(|item| item.trim().to_lowercase()).collect();
        let gateway: BTreeSet<_> = each(&gateway[setting]).iter().map(|item| text(item).to_lowercase()).collect();
        assert_eq!(gateway, functions, "{setting}");
    }
    assert_eq!(preflight.header("access-control-max-age"), Some(gateway["MaxAge"].to_string().as_str()));
}

#[test]
fn the_access_log_names_nobody() {
    let template = template();
    let format = text(&template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"]);
    let format: Value = serde_json::from_str(format).unwrap();
    let known = ["requestId", "requestTimeEpoch", "routeKey", "status", "integrationStatus", "error.responseType"];
    let known: BTreeSet<_> = known.into_iter().chain(["responseLatency", "integrationLatency", "responseLength"]).collect();
    let logged = format.as_object().unwrap().values().map(|value| text(value).strip_prefix("$context.").unwrap());
    assert_eq!(logged.collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_alarm_is_about_what_exists_and_is_explained() {
    let template = template();
    let runbook = file("docs/operations.md");
    let resources = template["Resources"].as_object().unwrap();
    let alarms: Vec<_> = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm").collect();
    assert_eq!(alarms.len(), 15, "each worth waking for, and one that rolls back");
    // In the access log.
    let counted: Vec<_> = under(&template["Resources"], "MetricTransformations").into_iter().flat_map(each).collect();
    let counted: Vec<_> = counted.into_iter().map(|counted| (&counted["MetricNamespace"], &counted["MetricName"])).collect();
    for (name, alarm) in alarms {
        let alarm = &alarm["Properties"];
        assert!(text(&alarm["AlarmDescription"]).ends_with(&format!("See docs/operations.md, {name}.")) || name == "StartPathFails");
        assert!(runbook.contains(&format!("\n### {name}\n")), "{name} is not explained");
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{name}: nobody sits exams at night");

        assert!(dashboard(&template).contains(&format!("${{{name}.Arn}}")));
        let Some(metrics) = alarm["Metrics"].as_array() else {
            // The functions count their refusals by code, in their log.
            let [code] = each(&alarm["Dimensions"]) else { panic!("{name} is about no refusal") };
            assert_eq!((&alarm["MetricName"], &code["Name"]), (&json!("refused"), &json!("code")), "{name}");
            // Not of a request, but of a letter.
            let codes = Refusal::ALL.iter().map(|refusal| refusal.code()).chain(["mail_refused"]);
            assert!(codes.into_iter().any(|refused| refused == text(&code["Value"])), "{name}: {code}");
            continue;
        };
        assert!(metrics.len() <= 11, "{name}: CloudWatch takes an expression of ten metrics");
        let expression = text(&metrics[0]["Expression"]);
        let words: BTreeSet<_> = expression.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for metric in &metrics[1..] {
            assert!(words.contains(text(&metric["Id"])), "{name}: {} is not used", metric["Id"]);
            let metric = &metric["MetricStat"]["Metric"];
            let own = !metric["Namespace"].is_string();
            assert!(!own || counted.contains(&(&metric["Namespace"], &metric["MetricName"])), "{name}: nothing is counted as {metric}");
            let dimensions = metric["Dimensions"].as_array().map(Vec::as_slice).unwrap_or_default();
            let value = |name: &str| dimensions.iter().find(|dimension| dimension["Name"] == name).map(|dimension| &dimension["Value"]);
            if let (Some(method), Some(resource)) = (value("Method"), value("Resource")) {
                assert!(measured(&template).contains(&format!("{} {}", text(method), text(resource))), "{name}: {resource}");
            }
            if let Some(index) = value("GlobalSecondaryIndexName") {
                assert!(under(&template, "IndexName").contains(&index), "{name}: {index}");
            }
            for resource in under(metric, "!Ref") {
                assert!(resources.contains_key(text(resource)), "{name}: {resource}");
            }
        }
    }
}

#[test]
fn the_alarm_on_throttles_sees_every_index() {
    let template = template();
    let alarm = &template["Resources"]["DatabaseThrottled"];
    for index in under(&template["Resources"]["SessionsTable"], "IndexName") {
        for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
            let is_its = |of: &&Value| of["MetricName"] == metric && under(of, "Value").contains(&index);
            assert_eq!(under(alarm, "Metric").into_iter().filter(is_its).count(), 1, "{index} {metric}");
            let shown = format!(r#""{metric}", "TableName", "${{SessionsTable}}", "GlobalSecondaryIndexName", {index}"#);
            assert!(dashboard(&template).contains(&shown), "{shown}");
        }
    }
}

/// How many requests of a school of 1,000 the runbook expects in five minutes, by the limit that is made from it.
fn expected(parameter: &str) -> f64 {
    let runbook = file("docs/operations.md");
    let row = runbook.lines().find(|line| line.starts_with(&format!("| `{parameter}` |"))).unwrap();
    let expected = row.split(" | ").nth(2).unwrap().split([' ', ':']).next().unwrap();
    expected.replace(',', "").parse().unwrap_or_else(|_| panic!("{row}"))
}

/// A minute of a route that changes gradually.
#[derive(Clone)]
struct Minute {
    route: String,
    requests: f64,
    failures: f64,
}

/// The fewest requests of a minute that the alarm looks at.
const FLOOR: f64 = 60.0;

/// A minute of so many requests of the route that has the fewest, mixed as the runbook expects.
fn minute_without_failures(fewest: f64) -> Vec<Minute> {
    let template = template();
    let gradual = deployed()
        .into_iter()
        .filter(|function| !template["Resources"][&function.resource]["Properties"]["DeploymentPreference"].is_null());
    let routes = gradual.flat_map(|function| function.routes).map(|route| {
        let limits = [("/login", "LoginsPerAddress"), ("/join", "JoinsPerAddress"), ("/start", "StartsPerAddress")];
        let (_, limit) = limits.into_iter().find(|(end, _)| route.ends_with(end)).unwrap_or_else(|| panic!("{route} has no limit"));
        Minute { requests: expected(limit), route, failures: 0.0 }
    });
    let expected: Vec<_> = routes.collect();
    assert_eq!(expected.len(), 3);
    let least = expected.iter().map(|route| route.requests).fold(f64::INFINITY, f64::min);
    expected.into_iter().map(|route| Minute { requests: route.requests * fewest / least, ..route }).collect()
}

/// Whether the alarm takes a deployment back after such a minute.
fn rolls_back(minute: &[Minute]) -> bool {
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    let alarm = &resources["StartPathFails"]["Properties"];
    let counted = |id: &str| -> f64 {
        let metric = each(&alarm["Metrics"]).iter().find(|metric| metric["Id"] == id).unwrap_or_else(|| panic!("{id} is no metric"));
        let name = &metric["MetricStat"]["Metric"]["MetricName"];
        let filter = resources.values().find(|filter| filter["Properties"]["MetricTransformations"][0]["MetricName"] == *name).unwrap();
        let pattern = text(&filter["Properties"]["FilterPattern"]);
        let seen = minute.iter().filter(|of| pattern.contains(&format!("$.route = \"{}\"", of.route)));
        seen.map(|of| if pattern.contains("$.status = \"5*\"") { of.failures } else { of.requests }).sum()
    };
    let expression = text(&alarm["Metrics"][0]["Expression"]);
    let terms = expression.strip_prefix("MAX([IF(").and_then(|rest| rest.strip_suffix(", 0)])")).unwrap_or_else(|| panic!("{expression}"));
    let percent = terms.split(", 0), IF(").map(|term| {
        let (asked, rest) = term.split_once(" >= ").unwrap();
        let (floor, failed) = rest.split_once(", 100 * ").unwrap();
        assert_eq!(floor.parse(), Ok(FLOOR), "{term}");
        let failed = failed.strip_suffix(&format!(" / {asked}")).unwrap_or_else(|| panic!("{term}"));
        if counted(asked) >= FLOOR { 100.0 * counted(failed) / counted(asked) } else { 0.0 }
    });
    percent.fold(0.0, f64::max) > alarm["Threshold"].as_f64().unwrap()
}

#[test]
fn a_new_version_of_one_function_that_always_fails_is_rolled_back() {
    for fewest in [FLOOR, expected("LoginsPerAddress") / 5.0] {
        let quiet = minute_without_failures(fewest);
        assert!(!rolls_back(&quiet));
        for route in 0..quiet.len() {
            let mut minute = quiet.clone();
            // `Canary10Percent5Minutes`: a tenth of its requests goes to the new version.
            minute[route].failures = minute[route].requests / 10.0;
            assert!(rolls_back(&minute), "{}, of {} requests", minute[route].route, minute[route].requests);
        }
    }
}

#[test]
fn three_odd_failures_in_a_minute_roll_nothing_back() {
    for fewest in [1.0, FLOOR - 1.0, FLOOR, expected("LoginsPerAddress") / 5.0] {
        let quiet = minute_without_failures(fewest);
        for failing in [[3.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 3.0], [1.0, 1.0, 1.0]] {
            let minute: Vec<_> = quiet.iter().cloned().zip(failing).map(|(route, failures)| Minute { failures, ..route }).collect();
            assert!(!rolls_back(&minute), "{failing:?}, of {fewest} requests or more");
        }
    }
}

#[test]
fn the_firewall_limits_by_address_what_is_limited_for_all() {
    let firewall = firewall();
    let properties = &firewall["Resources"]["Firewall"]["Properties"];
    let limit = |rule: &Value| {
        let rate = &rule["Statement"]["RateBasedStatement"];
        let parameter = text(&rate["Limit"]["!Ref"]).to_owned();
        let most = firewall["Parameters"][&parameter]["Default"].as_u64().unwrap();
        let scope = &rate["ScopeDownStatement"]["RegexMatchStatement"];
        assert_eq!((&rate["AggregateKeyType"], &rate["EvaluationWindowSec"]), (&json!("IP"), &json!(300)), "{parameter}");
        let [condition, counts, blocks] = each(&rule["Action"]["!If"]) else { panic!("{parameter} can't be tried") };
        assert_eq!((condition, counts), (&json!("LimitsAreCounted"), &json!({"Count": {}})), "{parameter}");
        assert_eq!(blocks["Block"]["CustomResponse"]["ResponseCode"], 429, "{parameter}: as the gateway throttles");
        (scope["RegexString"].as_str().map(str::to_owned), parameter, most)
    };
    let rules = each(&properties["Rules"]).iter().filter(|rule| !rule["Name"].is_null());
    let [(None, _, all), limits @ ..] = &rules.map(limit).collect::<Vec<_>>()[..] else { panic!("first all requests of an address") };
    let of_routes: BTreeSet<_> = limits.iter().map(|(path, ..)| path.clone().unwrap()).collect();
    let settings = template()["Resources"]["Api"]["Properties"]["RouteSettings"].clone();
    let limited = settings.as_object().unwrap().keys().map(|route| {
        let (_, path) = route.split_once(' ').unwrap();
        let parts = path.split('/').map(|part| if part.starts_with('{') { "[^/]+" } else { part });
        format!("^{}$", parts.collect::<Vec<_>>().join("/"))
    });
    assert_eq!(of_routes, limited.collect());
    let runbook = file("docs/operations.md");
    for (_, parameter, most) in limits.iter().chain([&(None, "RequestsPerAddress".to_owned(), *all)]) {
        assert!(most <= all, "{parameter}");
        assert!(runbook.contains(&format!("| `{parameter}` | {most} |")), "{parameter} is not explained");
    }
}

#[test]
fn the_firewall_counts_until_it_is_told_to_block_and_tells_of_every_limit() {
    let firewall = firewall();
    assert_eq!(firewall["Conditions"]["LimitsAreCounted"], json!({"!Equals": [{"!Ref": "Limits"}, "count"]}));
    let limits = &firewall["Parameters"]["Limits"];
    assert_eq!((&limits["AllowedValues"], &limits["Default"]), (&json!(["count", "block"]), &json!("count")));
    let acl = &firewall["Resources"]["Firewall"]["Properties"];
    assert_eq!(acl["Name"], acl["VisibilityConfig"]["MetricName"]);
    let rules = each(&acl["Rules"]).iter().filter(|rule| !rule["Name"].is_null());
    let rules: BTreeSet<_> =
        rules.inspect(|rule| assert_eq!(rule["Name"], rule["VisibilityConfig"]["MetricName"])).map(|rule| text(&rule["Name"])).collect();
    let alarm = &firewall["Resources"]["AddressOverLimit"]["Properties"];
    let [sum, metrics @ ..] = each(&alarm["Metrics"]) else { panic!("no metrics") };
    let summed = metrics.iter().map(|metric| format!("FILL({}, 0)", text(&metric["Id"]))).collect::<Vec<_>>().join(", ");
    assert_eq!(sum["Expression"], format!("SUM([{summed}])"));
    let watched = metrics.iter().map(|metric| {
        let metric = &metric["MetricStat"]["Metric"];
        assert_eq!(metric["MetricName"], json!({"!If": ["LimitsAreCounted", "CountedRequests", "BlockedRequests"]}));
        let dimensions = each(&metric["Dimensions"]);
        assert_eq!((&dimensions[0]["Name"], &dimensions[0]["Value"]), (&json!("WebACL"), &acl["Name"]));
        text(&dimensions[1]["Value"])
    });
    assert_eq!(watched.collect::<BTreeSet<_>>(), rules);
    assert_eq!((&alarm["Threshold"], &alarm["AlarmActions"]), (&json!(0), &json!([{"!Ref": "AlarmTopic"}])));
    assert!(text(&alarm["AlarmDescription"]).ends_with("See docs/operations.md, AddressOverLimit."));
    assert!(file("docs/operations.md").contains("\n### AddressOverLimit\n"));
}

#[test]
fn the_runbook_sets_parameters_that_the_firewall_has() {
    let runbook = file("docs/operations.md");
    let commands = runbook.split(['`', '\n']).filter_map(|text| text.trim().strip_prefix("firewall ")).filter(|text| text.contains('='));
    let set: Vec<_> = commands.flat_map(|command| command.split(' ')).map(|setting| setting.split_once('=').unwrap().0).collect();
    assert!(set.len() > 3, "{set:?}");
    for parameter in set {
        assert!(firewall()["Parameters"][parameter].is_object(), "{parameter}");
    }
}

#[test]
fn the_firewalls_log_holds_no_token_no_key_and_no_path() {
    let firewall = firewall();
    let header = |name: &str| json!({"SingleHeader": {"Name": name}});
    let redacted = json!([header("authorization"), header("idempotency-key"), {"UriPath": {}}, {"QueryString": {}}]);
    let logging = &firewall["Resources"]["Logging"]["Properties"];
    assert_eq!(logging["RedactedFields"], redacted);
    assert_eq!(logging["LoggingFilter"]["DefaultBehavior"], "DROP", "addresses of those who only sit an exam");
    let samples = under(&firewall, "SampledRequestsEnabled");
    assert!(samples.len() > 6 && samples.iter().all(|sampled| **sampled == false), "what is left out of a log is not left out of samples");
}

#[test]
fn the_planner_knows_how_many_metrics_are_billed() {
    let template = template();
    let done = routes().iter().filter(|route| ["POST", "PUT", "PATCH", "DELETE"].contains(&route.split(' ').next().unwrap())).count();
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    let by_route = 6 * measured(&template).len();
    let counted = under(&template["Resources"], "MetricTransformations").into_iter().flat_map(each).count();
    let figures: toml::Table = file("docs/figures.toml").parse().unwrap();
    let custom = figures["metrics"]["custom"].as_integer().unwrap();
    let billed = done + Refusal::ALL.len() + by_route + counted;
    assert_eq!(usize::try_from(custom).unwrap(), billed.next_multiple_of(10), "{billed} metrics, rounded up");
}

#[test]
fn the_alarm_on_dynamodb_sees_every_operation() {
    let template = template();
    let metrics = |alarm: &str| &each(&template["Resources"][alarm]["Properties"]["Metrics"])[1..];
    let watched: BTreeSet<_> = ["AccountsTableFails", "SessionsTableFails"]
        .into_iter()
        .flat_map(metrics)
        .map(|metric| {
            let dimensions = each(&metric["MetricStat"]["Metric"]["Dimensions"]);
            (text(&dimensions[0]["Value"]["!Ref"]).to_owned(), text(&dimensions[1]["Value"]).to_owned())
        })
        .collect();
    let rights = deployed().into_iter().flat_map(|function| function.rights).filter(Statement::is_of_tables);
    let mut asked: BTreeSet<_> = rights
        .flat_map(|statement| {
            let table = if statement.resource.contains("AccountsTable") { "AccountsTable" } else { "SessionsTable" };
            statement.actions.into_iter().map(move |action| (table.to_owned(), action.replace("dynamodb:", "")))
        })
        .collect();
    // A transaction counts as itself, and nothing is deleted or checked outside of one.
    asked.retain(|(_, action)| !["DeleteItem", "ConditionCheckItem"].contains(&action.as_str()));
    asked.extend(["AccountsTable", "SessionsTable"].map(|table| (table.to_owned(), "TransactWriteItems".to_owned())));
    assert_eq!(watched, asked);
}

#[test]
fn the_dashboard_shows_what_exists() {
    let template = template();
    let body = dashboard(&template);
    for name in body.split("${").skip(1).map(|rest| rest.split(['}', '.']).next().unwrap()) {
        assert!(name.starts_with("AWS::") || template["Resources"][name].is_object(), "{name} does not exist");
    }
    let dashboard: Value = serde_json::from_str(&body).unwrap();
    let (mut shown, mut searches) = (0, 0);
    for widget in each(&dashboard["widgets"]).iter().filter(|widget| widget["type"] == "metric") {
        let title = text(&widget["properties"]["title"]);
        let rows = each(&widget["properties"]["metrics"]);
        for row in rows.iter().map(each) {
            let dimension = |name: &str| row.iter().position(|part| part == name).map(|place| text(&row[place + 1]));
            let route = match text(row.get(1).unwrap_or(&json!(""))) {
                "done" => [dimension("method"), dimension("route")],
                "Latency" => [dimension("Method"), dimension("Resource")],
                _ => continue,
            };
            let route = route.map(Option::unwrap).join(" ");
            let known = if row[1] == "done" { routes() } else { measured(&template) };
            assert!(known.contains(&route), "{title}: {route}");
            shown += 1;
        }
        if let Some((statistic, _)) = title.split_once(" by function") {
            let search =
                format!("SEARCH('{{AWS/Lambda,FunctionName}} MetricName=\"Duration\" {FUNCTIONS_OF_THE_STACK}', '{statistic}', 60)");
            assert_eq!(rows, [json!([{"expression": search, "id": statistic, "label": ""}])], "{title}");
            searches += 1;
        }
    }
    assert_eq!(searches, 2);
    assert_eq!(shown, 13, "changes, and p50 and p99 of the start path");
}

#[test]
fn the_dashboard_tells_this_stack_s_functions_from_the_other_s() {
    let stacks: toml::Table = file("samconfig.toml").parse().unwrap();
    let stack = |environment: &str| stacks[environment]["global"]["parameters"]["stack_name"].as_str().unwrap();
    assert_eq!(stack("dev"), format!("{}-dev", stack("production")));
    let template = template();
    for function in deployed() {
        // Then CloudFormation names it after its stack and itself.
        assert!(template["Resources"][&function.resource]["Properties"]["FunctionName"].is_null(), "{}", function.name);
        assert!(!function.resource.contains("Dev"), "{} is taken for one of the other stack", function.resource);
    }
}

#[test]
fn a_changed_setting_publishes_a_new_version() {
    let template = template();
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    let parameters = template["Parameters"].as_object().unwrap();
    let settings = under(variables, "!Ref").into_iter().map(text).filter(|name| parameters.contains_key(*name));
    // `Production` is the stage. Browsers hear of origins from the gateway, not from a function behind it.
    let settings: BTreeSet<_> = settings.chain(["Stage", "Tracing"]).filter(|name| *name != "AllowedOrigins").collect();
    let longest = settings.iter().map(|name| {
        let parameter = &parameters[*name];
        let longest = parameter["AllowedValues"].as_array().and_then(|values| values.iter().map(|value| text(value).len()).max());
        let longest = longest.or_else(|| Some(parameter["MaxValue"].as_u64()?.to_string().len()));
        1 + longest.unwrap_or_else(|| parameter["MaxLength"].as_u64().unwrap_or(u64::MAX / 2).try_into().unwrap())
    });
    let longest: usize = longest.sum();
    // What is only there on a condition.
    let chosen = |value| under(value, "!If").into_iter().map(|choice| text(&choice[0])).filter(|name| *name != "Production");
    let function = &template["Globals"]["Function"];
    let functions = template["Resources"].as_object().unwrap().iter();
    let published: Vec<_> = functions.filter(|(_, function)| !function["Properties"]["AutoPublishAlias"].is_null()).collect();
    assert_eq!(published.len(), 4);
    for (name, published) in published {
        let description = &published["Properties"]["VersionDescription"];
        let described = under(description, "!Ref").into_iter().map(text);
        assert_eq!(described.collect::<BTreeSet<_>>(), settings, "{name}");
        let own = &published["Properties"]["Environment"];
        let chosen_of: BTreeSet<_> = chosen(function).chain(chosen(own)).collect();
        assert_eq!(chosen(description).collect::<BTreeSet<_>>(), chosen_of, "{name}");
        // An API's id has 26 characters.
        let words = under(description, "!If").into_iter().map(|choice| 1 + choice[1].as_str().map_or(26, str::len));
        assert!(longest + words.sum::<usize>() <= 256, "{name}: Lambda refuses a longer description");
        assert_eq!(published["Properties"]["AutoPublishAliasAllProperties"], true, "{name}");
    }
}

#[test]
fn a_key_of_ones_own_is_for_all_that_is_kept_and_its_policy_for_all_who_use_it() {
    let template = template();
    let uses = |value: &Value| under(value, "!Ref").contains(&&json!("KmsKeyArn"));
    assert!(uses(&template["Globals"]["Function"]["KmsKeyArn"]));
    let kept = ["AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup", "AWS::S3::Bucket"];
    for (name, resource) in template["Resources"].as_object().unwrap() {
        // Who only writes to a bucket says to S3 that it may encrypt there.
        let is_kept = kept.contains(&text(&resource["Type"])) || ["ArchiveFunction", "PublishEventsFunction"].contains(&name.as_str());
        assert_eq!(uses(&resource["Properties"]), is_kept, "{name}");
    }
    let runbook = file("docs/operations.md");
    let policy: Value = serde_json::from_str(runbook.split("```json\n").nth(1).unwrap().split("```").next().unwrap()).unwrap();
    let allowed: Vec<_> = each(&policy["Statement"]).iter().map(ToString::to_string).collect();
    for service in ["dynamodb.eu-west-3.amazonaws.com", "logs.eu-west-3.amazonaws.com", "cloudfront.amazonaws.com"] {
        assert!(allowed.iter().any(|statement| statement.contains(service) && statement.contains("kms:Decrypt")), "{service}");
    }
}

/// What a condition says, with these parameters and the defaults of the others.
fn holds(condition: &Value, template: &Value, given: &Value) -> bool {
    let (function, operands) = condition.as_object().unwrap().iter().next().unwrap();
    let mut operands = each(operands).iter();
    let value = |operand: &Value| match operand["!Ref"].as_str() {
        Some(name) => given.get(name).unwrap_or(&template["Parameters"][name]["Default"]).clone(),
        None => operand.clone(),
    };
    match function.as_str() {
        "!Equals" => operands.next().map(value) == operands.next().map(value),
        "!Not" => !operands.any(|operand| holds(operand, template, given)),
        "!And" => operands.all(|operand| holds(operand, template, given)),
        "!Or" => operands.any(|operand| holds(operand, template, given)),
        _ => panic!("{function} is not known"),
    }
}

#[test]
fn parameters_that_go_together_are_refused_apart() {
    let template = template();
    let refused = |given: Value| {
        let assertions = under(&template["Rules"], "Assertions").into_iter().flat_map(each);
        assertions.filter(|rule| !holds(&rule["Assert"], &template, &given)).count()
    };
    assert_eq!(refused(json!({})), 0);
    assert_eq!(refused(json!({"Stage": "production"})), 4, "the demo engine, whom to write to, who operates, no firewall");
    let complete = json!({"Stage": "production", "EngineUrl": "https://engine.example.org", "PrivacyContact": "dpo@example.org", "OperatorName": "Pix", "WebAclArn": "arn:…"});
    assert_eq!(refused(complete.clone()), 0);
    for (without, instead) in
        [("EngineUrl", None), ("PrivacyContact", None), ("OperatorName", None), ("WebAclArn", None), ("WebAclArn", Some("NoFirewall"))]
    {
        let mut given = complete.clone();
        given.as_object_mut().unwrap().remove(without);
        instead.inspect(|parameter| given[*parameter] = json!("accepted"));
        assert_eq!(refused(given), usize::from(instead.is_none()), "without {without}");
    }
    assert_eq!(refused(json!({"WebDomain": "vigie.example.org"})), 1);
    assert_eq!(refused(json!({"CertificateArn": "arn:…"})), 1);
    assert_eq!(refused(json!({"WebDomain": "vigie.example.org", "CertificateArn": "arn:…"})), 0);
    for function in ["Login", "Join", "Start", "Status"] {
        let provisioned = format!("{function}ProvisionedConcurrency");
        assert_eq!(refused(json!({provisioned.as_str(): 1})), 1, "{provisioned}");
        assert_eq!(refused(json!({provisioned.as_str(): 1, "WindowUp": "at(…)"})), 1, "{provisioned}");
        assert_eq!(refused(json!({provisioned.as_str(): 1, "WindowUp": "at(…)", "WindowDown": "at(…)"})), 0, "{provisioned}");
    }
    for table in ["Accounts", "Sessions", "Index"] {
        let [reads, writes] = ["Reads", "Writes"].map(|units| format!("{table}Warm{units}"));
        assert_eq!(refused(json!({reads.as_str(): 12_000})), 1, "{reads}");
        assert_eq!(refused(json!({writes.as_str(): 4_000})), 1, "{writes}");
        assert_eq!(refused(json!({reads.as_str(): 12_000, writes.as_str(): 4_000})), 0, "{table}");
    }
}

/// What a secret becomes, step by step, when the operator follows the runbook; AWS is a file.
fn follow(runbook: &str, secret: &str, first: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("secret");
    std::fs::write(&kept, first).unwrap();
    let helpers = runbook.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let aws = r#"aws() { case "$2" in get-secret-value) cat "$KEPT" ;; put-secret-value) cat > "$KEPT.new" && mv "$KEPT.new" "$KEPT" ;; *) echo id ;; esac; }"#;
    let steps = runbook.lines().map(str::trim).filter(|line| line.starts_with(&format!("change {secret} ")));
    let follow = |step: &str| {
        let script = format!("set -eu\n{aws}\n{helpers}\n{step}");
        let shell = Command::new("bash").args(["-c", &script]).env("KEPT", &kept).output().unwrap();
        assert!(shell.status.success(), "{step}: {}", String::from_utf8_lossy(&shell.stderr));
        std::fs::read_to_string(&kept).unwrap()
    };
    std::iter::once(first.to_owned()).chain(steps.map(follow)).collect()
}

#[test]
fn rotating_the_signing_secret_as_written_logs_nobody_out() {
    let secrets = follow(&file("docs/operations.md"), "SigningSecrets", r#"{"current": "a signing secret of 32 characters or more"}"#);
    let steps: Vec<_> = secrets.iter().map(|secret| Tokens::parse(secret, "test").unwrap()).collect();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let tomorrow = now + jiff::SignedDuration::from_hours(24);
    let issued: Vec<_> = steps.iter().map(|step| step.issue(Claims::new(Kind::Account, "01ACCOUNT", now, tomorrow)).unwrap()).collect();
    let [.., last] = steps.as_slice() else { panic!("no steps") };
    assert_eq!(steps.len(), 4);
    // During a deployment functions of a step and of the next one run side by side, and believe each other.
    for (step, token) in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)] {
        assert!(steps[step].verify(&issued[token], now).is_some(), "step {step} does not believe a token of step {token}");
    }
    assert!(last.verify(&issued[0], now).is_none(), "the old key is gone at the end");
}

#[test]
fn rotating_the_origin_secret_as_written_refuses_nobody() {
    let secrets = follow(&file("docs/operations.md"), "OriginSecrets", r#"{"current": "an origin secret of 32 characters or more"}"#);
    assert_eq!(secrets.len(), 4);
    let believes = |step: usize, shown: usize| {
        let shown: Value = serde_json::from_str(&secrets[shown]).unwrap();
        let headers = [(origin::HEADER, text(&shown["current"]).parse().unwrap())].into_iter().collect();
        OriginSecrets::parse(&secrets[step]).unwrap().are_shown_in(&headers)
    };
    // During a deployment functions and distribution are of a step or of the next one, in any order.
    for (functions, distribution) in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)] {
        assert!(believes(functions, distribution), "functions of step {functions}, distribution of step {distribution}");
    }
    assert!(!believes(3, 0), "the old one is gone at the end");
}

#[test]
fn adding_a_code_key_as_written_changes_no_printed_kit() {
    let secrets = follow(&file("docs/operations.md"), "CodeSecrets", r#"{"1": "a code secret of thirty-two characters or more"}"#);
    let [before, after] = secrets.iter().map(|secret| CodeKeys::parse(secret).unwrap()).collect::<Vec<_>>().try_into().unwrap();
    let session = SessionNumber::parse("95331").unwrap();
    let kit = |keys: &CodeKeys, version: u32| {
        let key = keys.all().find(|key| key.version == version).unwrap();
        (key.session_password(&session, 1).as_session_password(), key.access_code(&session, 1).as_text())
    };
    assert_eq!((before.current().version, after.current().version), (1, 2));
    assert_eq!(kit(&before, 1), kit(&after, 1));
    assert_ne!(kit(&after, 1), kit(&after, 2));
}

#[test]
fn adding_a_seal_key_as_written_leaves_every_seal_to_be_checked() {
    let secrets = follow(&file("docs/operations.md"), "SealSecrets", r#"{"1": "a seal secret of thirty-two characters or more"}"#);
    let [before, after] = &secrets[..] else { panic!("{secrets:?}") };
    let [before, after] = [before, after].map(|secret| SealKeys::parse(secret).unwrap().public_keys().collect::<Vec<_>>());
    assert_eq!((after.len(), &after[1..]), (2, &before[..]));
}
