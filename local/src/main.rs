//! Serves Vigie on this machine.

use anyhow::{Context, Result, ensure};
use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use clap::Parser;
use local::{
    database::{self, Served},
    demo, disk, forget,
    functions::reopen_session::{self, Reopen, Reopened},
    live, mail, sam,
    server::{self, Patience},
    web,
};
use shared::{App, clock::Clock, config::Config, domain::account::Email, store};
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use ulid::Ulid;

/// Vigie on one machine, with an embedded DynamoDB.
#[derive(Debug, Parser)]
#[command(name = "vigie")]
struct Arguments {
    /// The port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Keeps the data in this file; without it, everything is gone at the end.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Starts without demo accounts, session and candidates.
    #[arg(long)]
    no_demo: bool,
    /// Makes the account of this address an organiser of the demo's centre, now or when it signs up.
    #[arg(long = "organiser", value_name = "EMAIL", value_parser = email)]
    organisers: Vec<Email>,
    /// Opens this session of the data file again, which was finalised by mistake.
    #[arg(long, value_name = "SESSION", requires_all = ["reason", "data"])]
    reopen: Option<String>,
    /// Why: up to 80 characters, without a name. The session's record tells it.
    #[arg(long, value_name = "TEXT", requires = "reopen")]
    reason: Option<String>,
    /// Runs the functions that `make build` made in containers, with `sam local start-api`, instead of in this process.
    /// ADDRESS is this machine's as containers see it. `make sam-local` knows it.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "organisers")]
    sam_local: Option<IpAddr>,
}

/// What `sam local` gives the functions, while a server with `--sam-local` runs.
const SETTINGS: &str = ".aws-sam/settings.json";

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|_| "not an e-mail address".to_owned())
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,dynoxide=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let listener = TcpListener::bind(("127.0.0.1", arguments.port)).await;
    let listener = listener.with_context(|| format!("port {} is taken; choose another with --port", arguments.port))?;
    let address = listener.local_addr()?;
    let base = format!("http://{address}");

    let tables = database::open(arguments.data.as_deref())?;
    let secrets = database::secrets(&tables.database)?;
    // Functions in containers write past this process, and so wait for each commit.
    let log = match (&arguments.data, arguments.sam_local) {
        (Some(file), None) => Some(disk::Log::of(&tables.database, file)?),
        _ => None,
    };
    // Functions in containers have settings of their own, and no channels.
    let live = arguments.sam_local.is_none().then(|| live::at(address));
    let config = local::config(&secrets)?;
    let config = Config { live, page: config.page.or_else(|| Some(format!("{base}/app/"))), ..config };
    let served = match arguments.sam_local {
        Some(address) => Some(database::serve_on(address, tables.clone()).await?),
        None => None,
    };
    let app = App::new(config, store::client(&local::embedded(tables.clone()), None), Clock::system());
    if let (Some(session), Some(reason)) = (arguments.reopen, arguments.reason) {
        let reopened = reopened(&app, Reopen { session, reason }).await?;
        if let Some(log) = log.clone() {
            log.sync().await?;
        }
        println!("\n{reopened}");
    }
    let router = match log {
        Some(log) => local::router(&app).layer(from_fn_with_state(log, disk::answer_when_on_disk)),
        None => local::router(&app),
    };
    if let Some(file) = &arguments.data {
        tokio::spawn(forget::keep_forgetting(app.clone(), tables.clone(), forget::archive_of(file)?));
    }

    let letters = mail::Writer::new(&app, &tables, format!("{base}/app/"));
    let outbox = letters.outbox();
    tokio::spawn(letters.go_on());

    demo::organiser(&app, &router).await?;
    demo::grant(&app, &arguments.organisers).await?;
    println!("\nVigie  {base}\n");
    match &arguments.data {
        Some(file) => println!("  data in {}", file.display()),
        None => println!("  data in memory only (--data FILE keeps it)"),
    }
    if arguments.sam_local.is_none() {
        println!("  e-mails, which stay here, at {base}/mails");
    }
    println!("  API description at {base}/openapi.json");
    let page = if arguments.sam_local.is_some() { None } else { web::built() };
    match page {
        Some(_) => println!("    to read and try at {base}/docs\n  page at {base}/app/ (a tab for each person)\n"),
        None => println!("  no page: this is the API alone (`make run` serves both)\n"),
    }
    if arguments.no_demo {
        println!("  organiser   {}  {}\n", demo::ORGANISER.0, demo::ORGANISER.1);
    } else {
        println!("{}", demo::furnish(&router, &base).await?);
    }
    if let Some(Served { endpoint, access_key }) = served {
        sam::write_settings(Path::new(SETTINGS), &secrets, &endpoint)?;
        println!("One function, one event, in another shell:\n  {}\n", sam::invoke_by_hand(Path::new(SETTINGS), &access_key));
        drop(listener);
        return start_api(arguments.port, &access_key).await;
    }
    let router = match page {
        Some(page) => web::beside(router, page, app.live())?,
        None => router,
    };
    let router = router.merge(live::router(&app, &tables)).merge(mail::router(outbox));
    println!("ready {base}");

    let service = router.layer(from_fn_with_state((app, arguments.organisers), grant_at_signup));
    server::serve(listener, service, Patience::default(), stop()).await;
    Ok(())
}

async fn reopened(app: &App, reopen: Reopen) -> Result<String> {
    let session = reopen.session.clone();
    let done = reopen_session::reopen(app, reopen, &Ulid::generate().to_string())
        .await
        .with_context(|| format!("session {session} stays as it is"))?;
    let Reopened { not_started, ended, opens_at, closes_at, .. } = done;
    Ok(format!(
        "session {session} is open again: {not_started} have not started, which they can from {opens_at} to {closes_at}; the tests of {ended} are over"
    ))
}

/// Serves the functions of `.aws-sam/build` until the end, which `sam` hears of as we do.
async fn start_api(port: u16, access_key: &str) -> Result<()> {
    let mut start_api = tokio::process::Command::from(sam::sam_local("start-api", Path::new(SETTINGS), access_key));
    let mut sam = start_api.args(["--port", &port.to_string()]).spawn().context("starting sam")?;
    let ended = tokio::select! {
        ended = sam.wait() => ended?,
        () = stop() => sam.wait().await?,
    };
    ensure!(ended.success(), "sam local ended with {ended}");
    Ok(())
}

/// An address of `--organiser` may sign up later.
async fn grant_at_signup(State((app, organisers)): State<(App, Vec<Email>)>, request: Request, next: Next) -> Response {
    let signs_up = request.uri().path() == "/accounts";
    let response = next.run(request).await;
    if signs_up
        && response.status().is_success()
        && let Err(error) = demo::grant(&app, &organisers).await
    {
        tracing::error!(%error, "could not give the organiser's role");
    }
    response
}

async fn stop() {
    // Without a signal handler the process just ends at once, which loses nothing either.
    let _ = tokio::signal::ctrl_c().await;
}
