//! Bursts of signups and logins on a server in a process of its own: the memory it takes for them, and how many
//! logins it answers, in turns with as many hashes by bare argon2 on all processors. What counts are memory and
//! ratio: times are the machine's.
#![expect(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark fails by panicking; counts are small")]

use argon2::{Argon2, Block};
use futures::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::{
    fs, thread,
    time::{Duration, Instant},
};
use tests::{
    memory::{PEAK, RESIDENT, megabytes},
    server,
};
use tokio::process::Child;

const AT_ONCE: usize = 200;
const ROUNDS: usize = 5;
/// Two processors refuse more than half of them.
const TOO_MANY: usize = 1_000;
const PASSWORD: &str = "Certification1";

#[tokio::main]
async fn main() {
    server::serve_if_told().await;
    let server = Server::start().await;
    println!("{AT_ONCE} at once        resident MB   peak MB");
    server.print_memory("idle");
    server.sign_up().await;
    server.print_memory("signups");
    let (mut rounds, mut refused) = (vec![], 0);
    for _ in 0..ROUNDS {
        let logins = server.log_in(AT_ONCE).await;
        refused += logins.refused;
        rounds.push((rate(logins.took), rate(bare_argon2())));
    }
    server.print_memory("logins");
    println!("of {ROUNDS} times {AT_ONCE} logins {refused} are refused as busy");
    println!("{:.0} logins/s, {:.0} hashes/s by bare argon2", median(&rounds, |round| round.0), median(&rounds, |round| round.1));
    println!("ratio {:.2}", median(&rounds, |(logins, bare)| logins / bare));
    let too_many = server.log_in(TOO_MANY).await;
    println!("of {TOO_MANY} at once {} are refused as busy; the last answer took {:.1} s", too_many.refused, too_many.took.as_secs_f64());
    server.print_memory("");
}

fn rate(took: Duration) -> f64 {
    AT_ONCE as f64 / took.as_secs_f64()
}

fn median(rounds: &[(f64, f64)], of: impl Fn(&(f64, f64)) -> f64) -> f64 {
    let mut all: Vec<_> = rounds.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all.remove(all.len() / 2)
}

/// The hashes of a burst, each processor in memory of its own.
fn bare_argon2() -> Duration {
    let argon2 = Argon2::default();
    let processors = thread::available_parallelism().unwrap().get();
    let begun = Instant::now();
    thread::scope(|scope| {
        for share in 0..processors {
            let argon2 = &argon2;
            scope.spawn(move || {
                let mut blocks = vec![Block::new(); argon2.params().block_count()];
                for _ in (share..AT_ONCE).step_by(processors) {
                    argon2.hash_password_into_with_memory(PASSWORD.as_bytes(), b"any salt", &mut [0; 32], &mut blocks).unwrap();
                }
            });
        }
    });
    begun.elapsed()
}

struct Server {
    process: Child,
    base: String,
    http: Client,
}

struct Burst {
    took: Duration,
    refused: usize,
}

impl Server {
    async fn start() -> Self {
        let (process, base) = server::start().await;
        Self { process, base, http: Client::new() }
    }

    /// Somebody for each login of a burst, all at once; who is refused as busy tries again.
    async fn sign_up(&self) {
        let account =
            |n: usize| json!({"firstName": "Sacha", "lastName": "Essai", "email": email(n), "password": PASSWORD, "acceptTerms": true});
        let signed_up = async |n: usize| while self.post("/accounts", account(n)).await == StatusCode::SERVICE_UNAVAILABLE {};
        join_all((0..AT_ONCE).map(signed_up)).await;
    }

    async fn log_in(&self, at_once: usize) -> Burst {
        let begun = Instant::now();
        let login = |n: usize| self.post("/login", json!({"email": email(n % AT_ONCE), "password": PASSWORD}));
        let answers = join_all((0..at_once).map(login)).await;
        let took = begun.elapsed();
        let (answered, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|status| *status == StatusCode::OK);
        assert!(refused.iter().all(|status| *status == StatusCode::SERVICE_UNAVAILABLE), "{refused:?}");
        assert!(!answered.is_empty());
        Burst { took, refused: refused.len() }
    }

    async fn post(&self, path: &str, body: Value) -> StatusCode {
        self.http.post(format!("{}{path}", self.base)).json(&body).send().await.unwrap().status()
    }

    /// What the process has in memory, and had at most since the last time.
    fn print_memory(&self, after: &str) {
        let pid = self.process.id().unwrap();
        println!("{after:20} {:11.0} {:9.0}", megabytes(pid, RESIDENT), megabytes(pid, PEAK));
        // Peaks are counted anew from here (Linux: proc_pid_clear_refs(5)).
        fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
    }
}

fn email(n: usize) -> String {
    format!("sacha.{n}@example.org")
}
