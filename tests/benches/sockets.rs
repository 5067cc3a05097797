//! A hundred rooms of thirty that hear of changes, on a server in a process of its own: what 3,000 connections cost it for
//! five minutes, beside as many candidates who ask instead. `SECONDS=30` measures for less long. What counts are memory
//! and ratio: times are the machine's.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking; counts are small"
)]

use futures::{StreamExt, future::join_all, stream};
use nix::{time::ClockId, unistd::Pid};
use std::{
    env,
    time::{Duration, Instant},
};
use tests::{
    Api, Pupil, Room, World,
    live::{Ear, announced},
    memory::{RESIDENT, megabytes},
    server,
};
use tokio::{
    process::Child,
    sync::mpsc,
    time::{interval, sleep_until},
};

const ROOMS: usize = 100;
const PUPILS: usize = 30;
/// Ticks in a second: a country of 800,000 has twenty times as many rooms per second, on more than one machine.
const TICKS: u64 = 10;
/// The pace of candidates who wait and are told nothing.
const PACE: Duration = Duration::from_secs(15);

#[tokio::main]
async fn main() {
    server::serve_if_told().await;
    let time = Duration::from_secs(env::var("SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(300));
    let (server, api) = Server::start().await;
    let mut pupils = vec![];
    for _ in 0..ROOMS {
        let room = Room::open(&api).await;
        pupils.extend(room.enrol_joined(0..PUPILS).await);
    }
    let alone = server.memory();
    let ears: Vec<_> = stream::iter(&pupils)
        .map(async |pupil| Ear::open(&announced(&pupil.status().await).unwrap(), &pupil.token).await)
        .buffered(32)
        .collect()
        .await;
    println!(
        "{} connections: {:.1} MB resident, {:.1} KB each",
        ears.len(),
        server.memory(),
        (server.memory() - alone) * 1e3 / ears.len() as f64
    );

    let (told, mut heard) = mpsc::unbounded_channel();
    let listening = ears.into_iter().enumerate().map(|(n, mut ear)| {
        let told = told.clone();
        tokio::spawn(async move {
            while ear.told(2 * time).await.is_some() {
                let _ = told.send((n, Instant::now()));
            }
        })
    });
    let listening: Vec<_> = listening.collect();
    let (mut delays, began) = (vec![], server.cpu());
    let mut pace = interval(Duration::from_millis(1000 / TICKS));
    let until = Instant::now() + time;
    let mut ticked = 0;
    let mut present = vec![false; pupils.len()];
    while Instant::now() < until {
        pace.tick().await;
        let (n, asked) = (fastrand::usize(..pupils.len()), Instant::now());
        present[n] = !present[n];
        pupils[n].tick(present[n]).await.ok();
        ticked += 1;
        while let Ok(Some((who, at))) = tokio::time::timeout(Duration::from_secs(5), heard.recv()).await {
            if who == n {
                delays.push(at.saturating_duration_since(asked));
                break;
            }
        }
    }
    let pushed = server.cpu().saturating_sub(began).as_secs_f64() / time.as_secs_f64();
    delays.sort();
    println!("for {time:?}, {TICKS} ticks a second: {:.1} % of a processor, {:.1} MB resident", pushed * 1e2, server.memory());
    println!("{} of {ticked} ticks heard; median {:?}, at worst {:?}", delays.len(), delays[delays.len() / 2], delays[delays.len() - 1]);
    listening.iter().for_each(tokio::task::JoinHandle::abort);

    let time = time / 5;
    let (began, from) = (server.cpu(), tokio::time::Instant::now());
    join_all(
        pupils.iter().enumerate().map(async |(n, pupil)| ask(pupil, from + PACE * u32::try_from(n).unwrap() / 3000, from + time).await),
    )
    .await;
    let asked = server.cpu().saturating_sub(began).as_secs_f64() / time.as_secs_f64();
    println!("told nothing, all asking every {PACE:?}: {:.1} % of a processor; {:.1} times as much", asked * 1e2, asked / pushed);
}

async fn ask(pupil: &Pupil, from: tokio::time::Instant, until: tokio::time::Instant) {
    let mut next = from;
    while next < until {
        sleep_until(next).await;
        // Whether or not it has the time.
        pupil.room.api.get(pupil.path("")).token(&pupil.token).send().await;
        next += PACE;
    }
}

struct Server(Child);

impl Server {
    async fn start() -> (Self, Api) {
        let (process, base) = server::start().await;
        // Of the same secrets, so that tokens can be made here.
        let mut api = World::embedded().await.api.unchecked();
        api.base = base;
        (Self(process), api)
    }

    fn memory(&self) -> f64 {
        megabytes(self.0.id().unwrap(), RESIDENT)
    }

    /// Its processor time until now.
    fn cpu(&self) -> Duration {
        let pid = Pid::from_raw(i32::try_from(self.0.id().unwrap()).unwrap());
        ClockId::pid_cpu_clock_id(pid).unwrap().now().unwrap().into()
    }
}
