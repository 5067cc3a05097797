//! What each function is given, and nothing that it can do without.

use local::{functions::authorise_channel, mail};
use shared::{App, clock::Clock, config::Config};
use std::collections::BTreeSet;
use tests::{
    Value, World,
    events::{prepare, subscription},
    functions::{deployed, events, is_direct, service},
    world::secrets,
};
use tower::ServiceExt;

/// The settings that are secrets or come from one.
const SECRETS: [&str; 3] = ["SIGNING_SECRETS", "CODE_SECRETS", "SEAL_SECRETS"];

/// What the function answers to an event, with only these settings. One without routes has no status.
async fn status(world: &World, function: &str, event: &Value, given: &BTreeSet<String>) -> u16 {
    let secrets = secrets();
    let settings = secrets.settings().into_iter().chain([("MAIL_SENDER", mail::SENDER)]);
    let setting = |name: &str| settings.clone().find(|(known, _)| *known == name && given.contains(name));
    let config = Config::read(|name| setting(name).map(|(_, value)| value.to_owned())).unwrap();
    let app = App::new(config, world.dynamo.clone(), Clock::system());
    if function == "authorise-channel" {
        let answer = authorise_channel::authorise(&app, serde_json::from_value(event.clone()).unwrap()).await;
        return if answer.is_ok_and(|answer| answer.is_authorized) { 200 } else { 500 };
    }
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    service(function, &app).oneshot(request).await.unwrap().status().as_u16()
}

/// Of those without routes, one.
fn asks_for_secrets(function: &str) -> bool {
    !is_direct(function) || function == "authorise-channel"
}

#[tokio::test]
async fn each_function_has_the_secrets_it_uses_and_no_other() {
    let world = World::embedded().await;
    let mut functions = deployed();
    // An account is there before somebody logs in to it.
    functions.sort_by_key(|function| function.name == "login");
    for function in functions {
        // What only routes ask for.
        assert_eq!(function.settings.contains("ORIGIN_SECRETS"), !is_direct(&function.name), "{}", function.name);
        let events: Vec<_> = events().into_iter().filter(|(_, of, _)| *of == function.name && asks_for_secrets(of)).collect();
        let prepared =
            async |event| if is_direct(&function.name) { (subscription(&world).await, 200) } else { prepare(&world, event).await };
        for (name, _, event) in &events {
            let (event, expected) = prepared(event).await;
            let answered = status(&world, &function.name, &event, &function.settings).await;
            assert_eq!(answered, expected, "{name}: what template.yaml gives {} must do", function.name);
        }
        for secret in SECRETS.iter().filter(|secret| function.settings.contains(**secret)) {
            let without: BTreeSet<_> = function.settings.iter().filter(|name| name != secret).cloned().collect();
            let mut missed = false;
            for (_, _, event) in &events {
                let (event, _) = prepared(event).await;
                missed |= status(&world, &function.name, &event, &without).await == 500;
            }
            assert!(missed, "{} has {secret} in template.yaml and does as well without", function.name);
        }
    }
}
