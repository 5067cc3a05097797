//! The page beside the API: CloudFront and the server on this machine do the same with it.

use local::web;
use reqwest::{Client, Method, Response, redirect::Policy};
use shared::{domain::refusal::Refusal, http::origin::HEADER};
use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tests::{
    Api, Value, World, contract,
    functions::{deployed, program, root, template},
    json,
};
use tokio::io::{AsyncBufReadExt, BufReader};

/// What stands in the folder of the page.
const FILES: [(&str, &str); 5] = [
    ("index.html", "<title>The page</title>"),
    ("engine/index.html", "<title>The engine</title>"),
    ("docs/index.html", "<title>The API</title>"),
    ("assets/index-BX3v9.js", "const script = 'long enough to be worth compressing, or so the server thinks';"),
    ("icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
];
/// Each path of the page with the file that stands there, if it is one that exists.
const PATHS: [(&str, &str); 16] = [
    ("/app/", "index.html"),
    ("/app/index.html", "index.html"),
    ("/app/room", "index.html"),
    ("/app/a/deep/path/", "index.html"),
    ("/app/v1.2/room", "index.html"),
    ("/app/assets", "index.html"),
    ("/app/assets/", "index.html"),
    ("/app/engine", "index.html"),
    ("/app/engine/", "engine/index.html"),
    ("/app/room/engine/", "index.html"),
    ("/app/docs", "index.html"),
    ("/app/docs/", "docs/index.html"),
    ("/app/assets/index-BX3v9.js", "assets/index-BX3v9.js"),
    ("/app/icon.svg", "icon.svg"),
    ("/app/assets/index-gone.js", "assets/index-gone.js"),
    ("/app/..%2f..%2fCargo.toml", "..%2f..%2fCargo.toml"),
];
/// Where nothing stands but the way to somewhere else.
const LEADING: [(&str, &str); 4] =
    [("/", "/app/"), ("/app", "/app/"), ("/docs", "/app/docs/"), ("/.well-known/change-password", "/app/account/password")];
const SECRET: &str = "the origin secret of the tests, not of anything else";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    folder
}

/// The API of this world with a page beside it.
async fn with_page(world: &World) -> (Api, TempDir) {
    let folder = folder(&FILES);
    let router = web::beside(local::router(&world.app), folder.path(), world.app.live()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    (Api::of(&world.app, &base, world.dynamo.clone()), folder)
}

/// As a browser asks that follows no redirect.
async fn get(base: &str, path: &str) -> Response {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    client.get(format!("{base}{path}")).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn content(file: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == file).map(|(_, content)| *content)
}

/// What the distribution's function makes of each path.
fn at_cloudfront(paths: &[&str]) -> Vec<Value> {
    let template = template();
    let code = template["Resources"]["PagePaths"]["Properties"]["FunctionCode"].as_str().unwrap();
    let paths = json!(paths);
    let script = format!("{code}\nconsole.log(JSON.stringify({paths}.map((uri) => handler({{ request: {{ uri }} }}))));");
    let node = Command::new("node").args(["-e", &script]).output().unwrap_or_else(|error| panic!("the tests need Node: {error}"));
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    serde_json::from_slice(&node.stdout).unwrap()
}

/// What `make deploy` says of each file's `Cache-Control`.
fn uploaded(files: &[&str]) -> Vec<String> {
    let script = "import json, sys, page; print(json.dumps([page.kept(file) for file in sys.argv[1:]]))";
    let mut python = Command::new("python3");
    python.args(["-c", script]).args(files).env("PYTHONPATH", root().join("local/aws")).env("PYTHONDONTWRITEBYTECODE", "1");
    let python = python.output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    serde_json::from_slice(&python.stdout).unwrap()
}

#[tokio::test]
async fn a_path_is_the_same_file_here_and_at_cloudfront() {
    let (page, _folder) = with_page(&World::new().await).await;
    for ((path, file), there) in PATHS.iter().zip(at_cloudfront(&PATHS.map(|(path, _)| path))) {
        assert_eq!(there, json!({"uri": format!("/app/{file}")}), "{path}");
        let here = get(&page.base, path).await;
        let expected = content(file).map_or((404, ""), |content| (200, content));
        assert_eq!((here.status().as_u16(), &*here.text().await.unwrap()), expected, "{path}");
    }
    for ((path, to), there) in LEADING.iter().zip(at_cloudfront(&LEADING.map(|(path, _)| path))) {
        let here = get(&page.base, path).await;
        assert_eq!(json!(here.status().as_u16()), there["statusCode"], "{path}");
        for name in ["location", "cache-control"] {
            assert_eq!(header(&here, name), there["headers"][name]["value"].as_str(), "{path}: {name}");
        }
        assert_eq!((header(&here, "location"), header(&here, "cache-control")), (Some(*to), Some("no-store")));
    }
}

#[tokio::test]
async fn what_is_not_the_pages_answers_as_without_a_page() {
    let world = World::new().await;
    let (page, _folder) = with_page(&world).await;
    let token = world.organiser().await;
    let asked = [
        (Method::GET, "/health", ""),
        (Method::GET, "/openapi.json", ""),
        (Method::GET, "/sessions", ""),
        (Method::POST, "/login", "{"),
        (Method::POST, "/accounts", "{}"),
        (Method::GET, "/nowhere", ""),
        // By which password managers tell whether there is anything at such paths.
        (Method::GET, "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200", ""),
        (Method::GET, "/.well-known/jwks.json", ""),
        (Method::GET, "/apple", ""),
        (Method::GET, "/application/", ""),
        (Method::GET, "/sessions/99999/room", ""),
        (Method::GET, "/index.html", ""),
        (Method::DELETE, "/login", ""),
        (Method::GET, "/accounts", ""),
        (Method::OPTIONS, "/sessions", ""),
    ];
    for (method, path, body) in asked {
        let [without, with] = [&world.api, &page].map(async |api| {
            let call = api.call(method.clone(), path).token(&token).header("accept-encoding", "br, gzip");
            call.body(body).send().await
        });
        let (mut without, mut with) = (without.await, with.await);
        for answer in [&mut without, &mut with] {
            for name in ["date", "x-request-id"] {
                answer.headers.remove(name);
            }
            if let Some(body) = answer.body.as_object_mut() {
                body.remove("requestId");
            }
        }
        assert_eq!((without.status, without.headers, without.body), (with.status, with.headers, with.body), "{method} {path}");
    }
}

#[tokio::test]
async fn the_pages_headers_are_those_of_the_template() {
    let world = World::new().await;
    let (page, _folder) = with_page(&world).await;
    let channels = world.app.live().map(|live| format!(" {}", live.url.strip_suffix("/event/realtime").unwrap())).unwrap_or_default();
    let template = template();
    let policy = &template["Resources"]["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"];
    let security = policy["SecurityHeadersConfig"].as_object().unwrap();
    assert_eq!(
        security.keys().collect::<Vec<_>>(),
        ["ContentSecurityPolicy", "ContentTypeOptions", "ReferrerPolicy", "StrictTransportSecurity"]
    );
    assert!(security.values().all(|header| header["Override"] == true));
    let rules = format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{channels}; \
         frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    );
    for path in ["/app/", "/app/engine/", "/app/docs/", "/app/assets/index-BX3v9.js", "/app/assets/index-gone.js"] {
        let answer = get(&page.base, path).await;
        assert_eq!(header(&answer, "content-security-policy"), Some(rules.as_str()), "{path}");
        assert_eq!(header(&answer, "referrer-policy"), security["ReferrerPolicy"]["ReferrerPolicy"].as_str(), "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"), "{path}");
        // Only AWS has HTTPS.
        assert_eq!(header(&answer, "strict-transport-security"), None, "{path}");
    }
    assert_eq!(security["StrictTransportSecurity"]["AccessControlMaxAgeSec"], 63_072_000, "as the API says it");
}

#[tokio::test]
async fn a_file_is_kept_as_long_as_its_name_lasts() {
    let (page, _folder) = with_page(&World::new().await).await;
    let files = FILES.map(|(file, _)| file);
    for (file, uploaded) in files.iter().zip(uploaded(&files)) {
        let answer = get(&page.base, &format!("/app/{file}")).await;
        let kept = header(&answer, "cache-control");
        assert_eq!(kept, Some(&*uploaded), "{file}: here, and as make deploy uploads it");
        let expected = if file.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(kept, Some(expected), "{file}");
        let again = Client::new().get(format!("{}/app/{file}", page.base));
        let again = again.header("if-modified-since", header(&answer, "last-modified").unwrap()).send().await.unwrap();
        assert_eq!((again.status().as_u16(), header(&again, "cache-control")), (304, Some(expected)), "{file}");
    }
    assert_eq!(header(&get(&page.base, "/app/assets/index-gone.js").await, "cache-control"), None, "it may come");
    let too_long = get(&page.base, &format!("/app/assets/{}.js", "a".repeat(300))).await;
    assert_eq!((too_long.status().is_success(), header(&too_long, "cache-control")), (false, None));
}

#[tokio::test]
async fn the_page_comes_compressed() {
    let (page, _folder) = with_page(&World::new().await).await;
    let script = format!("{}/app/assets/index-BX3v9.js", page.base);
    for (accepted, encoding) in [("gzip, deflate, br", Some("br")), ("gzip", Some("gzip")), ("identity", None)] {
        let answer = Client::new().get(&script).header("accept-encoding", accepted).send().await.unwrap();
        assert_eq!(header(&answer, "content-encoding"), encoding, "{accepted}");
        assert_eq!(header(&answer, "vary"), Some("accept-encoding"), "{accepted}");
        assert_eq!(header(&answer, "content-type"), Some("text/javascript"), "{accepted}");
    }
}

/// The program in this folder, until it is ready: what it printed, and what `GET /` answers.
async fn started_in(folder: &Path) -> (String, Response) {
    let mut vigie = tokio::process::Command::new(program("vigie").await);
    let vigie = vigie.args(["--port", "0", "--no-demo"]).current_dir(folder).stdout(Stdio::piped()).kill_on_drop(true);
    let mut vigie = vigie.spawn().unwrap();
    let mut lines = BufReader::new(vigie.stdout.take().unwrap()).lines();
    let mut printed = String::new();
    let base = tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("ended before it was ready: {printed}"));
            match line.strip_prefix("ready ") {
                Some(base) => return base.to_owned(),
                None => printed += &(line + "\n"),
            }
        }
    });
    let base = base.await.unwrap();
    let root = get(&base, "/").await;
    (printed.replace(&base, "BASE"), root)
}

#[tokio::test]
async fn the_program_serves_the_page_that_is_built_and_says_so() {
    let (printed, root) = started_in(folder(&[("web/dist/index.html", "the page")]).path()).await;
    assert!(
        printed.contains("\n  page at BASE/app/ (a tab for each person)\n")
            && printed.contains(" BASE/docs\n")
            && !printed.contains("make run"),
        "{printed}"
    );
    assert_eq!(root.status(), 302);

    let (printed, root) = started_in(folder(&[("web/index.html", "not built")]).path()).await;
    let said = printed.lines().filter(|line| line.contains("the API alone") && line.contains("make run"));
    assert!(said.count() == 1 && !printed.contains("/app/"), "{printed}");
    let status = root.status();
    let problem: Value = serde_json::from_slice(&root.bytes().await.unwrap()).unwrap();
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("not_found")));
}

/// The distribution of the template.
fn distribution() -> Value {
    template()["Resources"]["Distribution"]["Properties"]["DistributionConfig"].clone()
}

#[test]
fn the_distribution_passes_the_api_on_as_it_is() {
    let distribution = distribution();
    // All that CloudFront may keep: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
    let errors = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
    let unkept = errors.map(|code| json!({"ErrorCode": code, "ErrorCachingMinTTL": 0}));
    assert_eq!(distribution["CustomErrorResponses"], json!(unkept), "a refusal stays what it is, and is nobody else's");
    assert!(distribution.get("DefaultRootObject").is_none());
    let api = &distribution["DefaultCacheBehavior"];
    // The managed policies CachingDisabled and AllViewerExceptHostHeader.
    assert_eq!(api["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    assert_eq!(api["OriginRequestPolicyId"], "b689b0a8-53d0-40ab-baf2-68738e2966ac");
    let methods: BTreeSet<_> = api["AllowedMethods"].as_array().unwrap().iter().map(|method| method.as_str().unwrap()).collect();
    assert_eq!(methods, BTreeSet::from(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]));
    assert_eq!(api["ViewerProtocolPolicy"], "https-only", "a redirect would come after the token was sent in the clear");
    for of_the_page in ["FunctionAssociations", "ResponseHeadersPolicyId"] {
        assert!(api.get(of_the_page).is_none(), "{of_the_page}");
    }
    let origin = &distribution["Origins"][0];
    assert_eq!((&origin["Id"], &origin["CustomOriginConfig"]["OriginProtocolPolicy"]), (&api["TargetOriginId"], &json!("https-only")));
}

#[test]
fn the_pages_paths_are_no_paths_of_the_api() {
    let distribution = distribution();
    let mut behaviours = distribution["CacheBehaviors"].as_array().unwrap().clone();
    let patterns: Vec<_> = behaviours.iter_mut().map(|behaviour| behaviour["PathPattern"].take().as_str().unwrap().to_owned()).collect();
    let fits = |path: &str| {
        patterns.iter().any(|pattern| pattern == path || pattern.strip_suffix('*').is_some_and(|folder| path.starts_with(folder)))
    };
    assert!(PATHS.iter().chain(&LEADING).all(|(path, _)| fits(path)), "{patterns:?}");
    for route in deployed().into_iter().flat_map(|function| function.routes) {
        assert!(!fits(route.split_once(' ').unwrap().1), "{route}");
    }
    assert!(!fits("/apple") && !fits("/docs/") && !fits("/openapi.json"));

    assert!(behaviours.iter().all(|behaviour| *behaviour == behaviours[0]), "all the page's paths are treated alike");
    let page = &behaviours[0];
    assert_eq!(page["ResponseHeadersPolicyId"], json!({"!Ref": "PageHeaders"}));
    assert_eq!(page["FunctionAssociations"], json!([{"EventType": "viewer-request", "FunctionARN": {"!GetAtt": "PagePaths.FunctionARN"}}]));
    assert_eq!((&page["Compress"], &page["TargetOriginId"]), (&json!(true), &distribution["Origins"][1]["Id"]));
}

#[test]
fn the_pages_bucket_is_the_distributions_alone() {
    let template = template();
    let bucket = &template["Resources"]["PageBucket"]["Properties"];
    let blocked = bucket["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert!(blocked.len() == 4 && blocked.values().all(|blocked| blocked == true), "{blocked:?}");
    assert_eq!(bucket["OwnershipControls"]["Rules"], json!([{"ObjectOwnership": "BucketOwnerEnforced"}]), "no ACL");
    assert!(bucket.get("WebsiteConfiguration").is_none() && bucket["BucketEncryption"].is_object());

    let statements = template["Resources"]["PageBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"].as_array().unwrap();
    assert_eq!(statements.iter().map(|statement| &statement["Action"]).collect::<Vec<_>>(), ["s3:GetObject", "s3:ListBucket"]);
    for statement in statements {
        assert_eq!(statement["Principal"], json!({"Service": "cloudfront.amazonaws.com"}));
        let source = statement["Condition"]["StringEquals"]["AWS:SourceArn"]["!Sub"].as_str().unwrap();
        assert!(source.ends_with(":distribution/${Distribution}"), "{source}");
    }
    let origin = &distribution()["Origins"][1];
    assert_eq!(origin["OriginAccessControlId"], json!({"!Ref": "PageAccess"}));
}

#[tokio::test]
async fn behind_a_firewall_the_api_refuses_what_did_not_come_past_it() {
    let world = World::behind_a_firewall(SECRET).await.unchecked();
    let token = world.organiser().await;
    let operations = contract::operations().into_iter().map(|(method, path, _)| (method, path));
    let unmatched = [(Method::GET, "/nowhere".to_owned()), (Method::DELETE, "/login".to_owned()), (Method::OPTIONS, "/login".to_owned())];
    for (method, path) in operations.chain(unmatched) {
        let path = path.replace("{session}", "95331").replace("{candidate}", "A");
        let call = || world.call(method.clone(), path.clone()).token(&token);
        let mut half = SECRET.to_owned();
        half.truncate(26);
        for ways_round in [call(), call().header(HEADER.as_str(), ""), call().header(HEADER.as_str(), &half)] {
            let refused = ways_round.send().await;
            let code = (method != Method::HEAD).then(|| refused.code().to_owned());
            assert_eq!((refused.status, code.as_deref()), (403, Some(Refusal::Forbidden.code())), "{method} {path}");
            assert_eq!(refused.header("x-request-id"), refused.body["requestId"].as_str(), "{method} {path}");
        }
        assert!(world.meter.take().requests.is_empty(), "{method} {path}: nothing was done");
        let passed = call().header(HEADER.as_str(), SECRET).send().await;
        assert!(passed.code() != "forbidden" || path.contains('{'), "{method} {path}: {}", passed.body);
        world.meter.take();
    }
    let health = world.get("/health").header(HEADER.as_str(), SECRET).send().await;
    assert_eq!(health.status, 200);
}

#[test]
fn the_distribution_shows_what_the_functions_ask_for() {
    let distribution = distribution();
    let shown = &distribution["Origins"][0]["OriginCustomHeaders"];
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!(shown[0]["HeaderName"].as_str().unwrap().to_lowercase(), HEADER.as_str());
    assert_eq!(shown[0]["HeaderValue"], json!({"!Sub": "{{resolve:secretsmanager:${OriginSecrets}:SecretString:current}}"}));
    // It is read again when the revision changes.
    assert!(distribution["Comment"]["!Sub"].as_str().unwrap().contains("${SecretsRevision}"));

    let template = template();
    let asked = &template["Globals"]["Function"]["Environment"]["Variables"]["ORIGIN_SECRETS"]["!If"];
    assert_eq!((&asked[0], &asked[2]), (&json!("HasWebAcl"), &json!("")), "without a firewall nobody is asked");
    assert_eq!(asked[1], json!({"!Sub": "{{resolve:secretsmanager:${OriginSecrets}}}"}));
    assert_eq!(distribution["WebACLId"]["!If"][0], "HasWebAcl");
}
