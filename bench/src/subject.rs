//! What is measured: a program that asks for events as a Lambda function does.

use crate::tls;
use nix::{time::ClockId, unistd::Pid};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tests::{
    World,
    events::prepare,
    functions::{event, events, is_direct, root},
    lambda::{Function, Invoked},
    memory::{RESIDENT, megabytes},
    world,
};
use tokio::process::Command;

/// Invocations after the first one of each start.
const WARM: usize = 20;
/// Longer than any function takes; nothing here is about time limits.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a start of any subject needs.
pub struct Setting {
    world: World,
    environment: Vec<(&'static str, String)>,
}

impl Setting {
    pub async fn new(world: World, endpoint: &str, certificates: &Path) -> Self {
        let signup = event("signup");
        let account = signup["body"].as_str().unwrap().to_owned();
        world.post("/accounts").header("content-type", "application/json").body(account).send().await.ok();
        let secrets = world::secrets();
        let certificate = |name| certificates.join(name).to_str().unwrap().to_owned();
        let of_this_setting = [
            ("DYNAMODB_ENDPOINT", endpoint.to_owned()),
            ("AWS_ACCESS_KEY_ID", world.access_key.clone()),
            ("AWS_SECRET_ACCESS_KEY", local::SECRET_KEY.to_owned()),
            ("SSL_CERT_FILE", certificate(tls::TRUSTED)),
            // Node.js has its own certificate authorities.
            ("NODE_EXTRA_CA_CERTS", certificate(tls::OWN)),
            ("WARM_UP", "1".to_owned()),
        ];
        let of_any = secrets.settings().map(|(name, value)| (name, value.to_owned()));
        let environment = of_any.into_iter().chain(of_this_setting).collect();
        Self { world, environment }
    }
}

/// One program and what was measured of it, in milliseconds and megabytes.
pub struct Subject {
    pub name: String,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    /// The name of the event it is given.
    event: String,
    unset: Option<&'static str>,
    /// Of the program, in bytes.
    pub size: u64,
    start: Vec<f64>,
    start_cpu: Vec<f64>,
    first: Vec<f64>,
    warm: Vec<f64>,
    warm_cpu: Vec<f64>,
    resident: Vec<f64>,
}

impl Subject {
    fn new(name: &str, program: PathBuf, event: &str) -> Self {
        let size = std::fs::metadata(&program).map_or(0, |file| file.len());
        let (name, event) = (name.to_owned(), event.to_owned());
        let [start, start_cpu, first, warm, warm_cpu, resident] = [const { vec![] }; 6];
        Self { name, program, arguments: vec![], event, unset: None, size, start, start_cpu, first, warm, warm_cpu, resident }
    }

    /// A function of Vigie.
    pub fn function(name: &str, function: &str, program: PathBuf) -> Self {
        let (event, ..) = events().into_iter().find(|(_, of, _)| of == function).unwrap();
        Self::new(name, program, &event)
    }

    /// The function, or the bare program, that a file is named after.
    pub fn named_by_its_file(program: PathBuf) -> Self {
        let function = program.file_name().unwrap().to_str().unwrap().to_owned();
        let name = program.display().to_string();
        if function.starts_with("bare-") { Self::bare(&name, program) } else { Self::function(&name, &function, program) }
    }

    /// A program of this benchmark, which takes any event.
    pub fn bare(name: &str, program: PathBuf) -> Self {
        Self::new(name, program, "api-root-health")
    }

    /// The function in Node.js.
    pub fn node(name: &str) -> Self {
        let arguments = vec![root().join("bench/node/index.mjs")];
        Self { arguments, ..Self::new(name, "node".into(), "api-root-health") }
    }

    /// The same without that environment variable.
    pub fn without(self, variable: &'static str) -> Self {
        Self { unset: Some(variable), ..self }
    }

    /// Starts it once, and gives it events.
    pub async fn measure(&mut self, setting: &Setting) {
        let mut events = vec![];
        for n in 0..=WARM {
            events.push(self.event(&setting.world, n).await);
        }
        let mut command = Command::new(&self.program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).args(&self.arguments);
        command.envs(setting.environment.iter().filter(|(name, _)| Some(*name) != self.unset).map(|(name, value)| (name, value)));
        let mut function = Function::start(command, TIMEOUT).await;
        self.start.push(millis(function.ready().await));
        let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(i32::try_from(function.pid()).unwrap())).unwrap();
        let cpu = || millis(Duration::from(clock.now().unwrap()));
        self.start_cpu.push(cpu());

        let mut events = events.into_iter();
        let (event, status) = events.next().unwrap();
        self.first.push(millis(self.checked(&function.invoke(&event).await, status)));
        let before = cpu();
        for (event, status) in events {
            let invoked = function.invoke(&event).await;
            self.warm.push(millis(self.checked(&invoked, status)));
        }
        self.warm_cpu.push((cpu() - before) / WARM as f64);
        self.resident.push(megabytes(function.pid(), RESIDENT));
        function.stop().await;
    }

    /// An event that this subject has not had, and the status of its answer.
    async fn event(&self, world: &World, n: usize) -> (Value, u64) {
        let event = event(&self.event);
        if is_direct(&self.event) {
            return (event, 200);
        }
        let (event, status) = prepare(world, &event).await;
        let event = match self.event.as_str() {
            "signup" => event.to_string().replace("nadia.", &format!("nadia.{}.{n}.", self.start.len())).parse().unwrap(),
            _ => event,
        };
        (event, status.into())
    }

    fn checked(&self, invoked: &Invoked, status: u64) -> Duration {
        let answered = invoked.payload["statusCode"].as_u64().unwrap_or(200);
        assert!(!invoked.failed && answered == status, "{}: {invoked:?}", self.name);
        invoked.took
    }

    pub fn start(&self) -> f64 {
        median(&self.start)
    }

    pub fn start_cpu(&self) -> f64 {
        median(&self.start_cpu)
    }

    pub fn first(&self) -> f64 {
        median(&self.first)
    }

    pub fn warm(&self) -> f64 {
        median(&self.warm)
    }

    pub fn warm_cpu(&self) -> f64 {
        median(&self.warm_cpu)
    }

    pub fn resident(&self) -> f64 {
        median(&self.resident)
    }

    pub fn binary(&self) -> f64 {
        self.size as f64 / 1e6
    }

    /// Its line in the table of all.
    pub fn row(&self, base: &Self) -> String {
        let cell = |of: fn(&Self) -> f64| format!("{:.2} | {:.2}", of(self), of(self) / of(base));
        let [start, start_cpu, warm, warm_cpu] = [Self::start, Self::start_cpu, Self::warm, Self::warm_cpu].map(cell);
        let [resident, binary] = [Self::resident, Self::binary].map(cell);
        format!("| {} | {start} | {start_cpu} | {:.2} | {warm} | {warm_cpu} | {resident} | {binary} |", self.name, self.first())
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
