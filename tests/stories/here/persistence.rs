//! The program itself, with its data in a file: killed, started again, told who organises.

use futures::{
    StreamExt,
    future::{join_all, try_join_all},
    poll, stream,
};
use jiff::Timestamp;
use local::{database, disk, forget};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    collections::BTreeMap,
    io,
    path::Path,
    process::{Output, Stdio},
    sync::{Mutex, mpsc},
    time::Duration,
};
use tests::{
    Log, Pupil, Room, Value, World, answer,
    functions::program,
    json,
    live::{Ear, announced},
    people::identity,
    people::session_at,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// For what should come at once.
const PATIENCE: Duration = Duration::from_secs(10);
const ORGANISER: (&str, &str) = ("organisateur@example.org", "Organisation1");
const PROCTOR: (&str, &str) = ("surveillant@example.org", "Surveillance1");

/// A running program.
struct Vigie {
    child: Child,
    world: World,
    printed: String,
}

impl Vigie {
    async fn start(arguments: &[&str]) -> Self {
        Self::on("0", arguments).await
    }

    /// On this port.
    async fn on(port: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program("vigie").await);
        let mut child = command.args(["--port", port]).args(arguments).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut printed, mut world) = (String::new(), World::new().await);
        let ready = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(base) = line.strip_prefix("ready ") {
                    return base.to_owned();
                }
                printed += &(line + "\n");
            }
            panic!("ended before it was ready: {printed}");
        };
        world.api.base = tokio::time::timeout(Duration::from_mins(1), ready).await.unwrap();
        assert!(world.base.starts_with("http://127.0.0.1:") && printed.contains(&world.base), "{printed}");
        Self { child, world, printed }
    }

    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    async fn sign_up(&self, (email, password): (&str, &str)) {
        let account = json!({"firstName": "Sacha", "lastName": "Essai", "email": email, "password": password, "acceptTerms": true});
        self.world.post("/accounts").json(&account).send().await.ok();
    }

    async fn log_in(&self, (email, password): (&str, &str)) -> Value {
        self.world.post("/login").json(&json!({"email": email, "password": password})).send().await.ok()
    }

    async fn token(&self, account: (&str, &str)) -> String {
        answer(&self.log_in(account).await, "accessToken")
    }

    /// The value after this label in what was printed.
    fn printed(&self, label: &str) -> String {
        let line = self
            .printed
            .lines()
            .find_map(|line| line.trim().strip_prefix(label))
            .unwrap_or_else(|| panic!("no {label} in {}", self.printed));
        line.split_whitespace().next().unwrap().to_owned()
    }
}

/// Somewhere for a data file.
fn directory() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("vigie.db").to_str().unwrap().to_owned();
    (directory, file)
}

/// A room of the running program, with pupils; the first few have joined and are ticked.
async fn furnish(vigie: &Vigie, pupils: usize, joined: usize) -> (Room, Vec<Pupil>) {
    let api = vigie.world.api.clone();
    let organiser = vigie.token(ORGANISER).await;
    let kit = api.post("/sessions").token(&organiser).json(&session_at(Timestamp::now())).send().await.ok();
    let mut room = Room {
        api,
        number: answer(&kit, "number"),
        session_password: answer(&kit, "sessionPassword"),
        access_code: answer(&kit, "accessCode"),
        organiser,
        proctor: String::new(),
    };
    vigie.sign_up(PROCTOR).await;
    let login = room.api.post(room.path("/proctors")).token(&vigie.token(PROCTOR).await).json(&json!({"password": room.session_password}));
    room.proctor = answer(&login.send().await.ok(), "accessToken");
    let mut pupils = room.enrol(0..pupils).await;
    join_all(pupils.iter_mut().take(joined).enumerate().map(async |(n, pupil)| {
        let account = (&*format!("pupil{n}@example.org"), "Certification1");
        vigie.sign_up(account).await;
        pupil.account = vigie.token(account).await;
        pupil.join(&identity(n)).await;
        pupil.tick(true).await.ok();
    }))
    .await;
    (room, pupils)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_loses_nothing_it_acknowledged() {
    let (_directory, file) = directory();
    let arguments = ["--data", &file, "--no-demo"];
    let mut vigie = Vigie::start(&arguments).await;
    let (mut room, mut pupils) = furnish(&vigie, 40, 12).await;
    let log = Log::begin().await;
    let kit = room.api.get(room.path("/kit")).token(&room.organiser).send().await.ok();
    let mut lost = 0;
    for round in 0..4 {
        let working = pupils.iter().cloned().enumerate().map(|(n, pupil)| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(100 * round + n as u64);
                for turn in 0.. {
                    let action = match random.u32(..100) {
                        99 => "end",
                        n if pupil.token.is_empty() => ["tick", "untick"][n as usize % 2],
                        0..35 => "start",
                        35..60 => "leave",
                        60..92 => "authorise",
                        _ => "tick",
                    };
                    let token = if matches!(action, "start" | "leave") { pupil.token.clone() } else { pupil.room.proctor.clone() };
                    let key = format!("{round}.{n}.{turn}");
                    let answer = log.attempt(&pupil.id, action, &token, &key, pupil.call(action, &token, &key)).await;
                    if answer.is_err() {
                        return (action, token, key);
                    }
                }
                unreachable!()
            })
        });
        let working: Vec<_> = working.collect();
        let acknowledged = || log.deeds().iter().filter(|deed| deed.code == "ok").count();
        let enough = acknowledged() + 150;
        while acknowledged() < enough {
            tokio::time::sleep(Duration::from_millis(7)).await;
        }
        vigie.kill().await;
        let unanswered = join_all(working).await;

        vigie = Vigie::start(&arguments).await;
        room.api = vigie.world.api.clone();
        for pupil in &mut pupils {
            pupil.room = room.clone();
        }
        assert_eq!(room.api.get(room.path("/kit")).token(&room.organiser).send().await.ok(), kit, "the printed kit stays true");
        let sent = Timestamp::now();
        for view in room.board().await["candidates"].as_array().unwrap() {
            log.note(&answer(view, "id"), "board", &room.proctor, "", sent, 200, view);
        }
        for (pupil, unanswered) in pupils.iter().zip(unanswered) {
            let (action, token, key) = unanswered.unwrap();
            pupil.deed(&log, action, &token, &key).await;
            lost += 1;
        }
        for pupil in pupils.iter().filter(|pupil| !pupil.token.is_empty()) {
            pupil.status().await;
        }
    }
    vigie.kill().await;

    let served = database::serve(database::open(Some(Path::new(&file))).unwrap()).await.unwrap();
    room.api = World::over(&served).await.api;
    assert_eq!(log.check(&room).await.len(), pupils.len());
    let mut answers: BTreeMap<_, usize> = BTreeMap::new();
    for deed in log.deeds() {
        *answers.entry(format!("{} {}", deed.action, deed.code)).or_default() += 1;
    }
    println!("killed 4 times, {lost} requests cut off: {answers:?}");
    assert!(answers["tick ok"] > 50 && answers["start ok"] > 5 && answers["leave ok"] > 5, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organisers_role_comes_before_or_after_signup() {
    let (_directory, file) = directory();
    let (early, late) = (("early@example.org", "Organisation2"), ("late@example.org", "Organisation3"));
    let roles = async |vigie: &Vigie, account| vigie.log_in(account).await["account"]["roles"].clone();
    let vigie = Vigie::start(&["--data", &file, "--no-demo"]).await;
    assert_eq!(roles(&vigie, ORGANISER).await, json!(["organiser"]));
    vigie.sign_up(early).await;
    assert_eq!(roles(&vigie, early).await, json!([]));
    vigie.kill().await;

    let vigie = Vigie::start(&["--data", &file, "--no-demo", "--organiser", "Early@Example.org", "--organiser", late.0]).await;
    assert_eq!(roles(&vigie, early).await, json!(["organiser"]), "had an account");
    vigie.sign_up(late).await;
    assert_eq!(roles(&vigie, late).await, json!(["organiser"]), "signed up later");
    let centre = async |account| vigie.log_in(account).await["account"]["centre"].clone();
    let demo = centre(ORGANISER).await;
    assert_eq!(demo["name"], json!("Centre de démonstration"));
    assert_eq!([centre(early).await, centre(late).await], [demo.clone(), demo], "all in one");
    vigie.sign_up(PROCTOR).await;
    assert_eq!(roles(&vigie, PROCTOR).await, json!([]), "nobody else");
    let session = vigie.world.post("/sessions").token(&vigie.token(late).await).json(&session_at(Timestamp::now()));
    session.send().await.ok();
    vigie.kill().await;

    let vigie = Vigie::start(&["--data", &file, "--no-demo"]).await;
    assert_eq!(roles(&vigie, late).await, json!(["organiser"]), "the role is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_finalised_by_mistake_is_opened_again_at_the_start() {
    let (_directory, file) = directory();
    let arguments = ["--data", &file, "--no-demo"];
    let vigie = Vigie::start(&arguments).await;
    let (mut room, _) = furnish(&vigie, 2, 1).await;
    let open = room.api.post("/sessions").token(&room.organiser).json(&session_at(Timestamp::now())).send().await.ok();
    room.finalise().await.ok();
    vigie.kill().await;

    let vigie = Vigie::start(&[&arguments[..], &["--reopen", &room.number, "--reason", "Trop tôt"]].concat()).await;
    assert!(vigie.printed.contains("is open again: 2 have not started, which they can from "), "{}", vigie.printed);
    room.api = vigie.world.api.clone();
    room.organiser = vigie.token(ORGANISER).await;
    let record = room.report().await.ok();
    assert_eq!((&record["session"]["status"], &record["changes"][0]["reason"]), (&json!("open"), &json!("Trop tôt")));
    vigie.kill().await;

    for (number, why) in
        [("99999", "no session has this number"), ("x", "5 to 9 digits"), (&*answer(&open, "number"), "was never finalised")]
    {
        let mut vigie = Command::new(program("vigie").await);
        let Output { status, stderr, .. } =
            vigie.args(["--port", "0"]).args(arguments).args(["--reopen", number, "--reason", "Trop tôt"]).output().await.unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert!(!status.success() && said.contains(why), "{number}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_forgotten_and_archived_beside_the_data() {
    let (_directory, file) = directory();
    let arguments = ["--data", &file, "--no-demo"];
    let vigie = Vigie::start(&arguments).await;
    vigie.sign_up(PROCTOR).await;
    let id = answer(&vigie.log_in(PROCTOR).await["account"], "id");
    let archive = forget::archive_of(Path::new(&file)).unwrap();
    assert!(!archive.exists(), "nothing has expired");
    vigie.kill().await;

    let now = Timestamp::now().as_second();
    let long_ago = json!({
        "TableName": database::ACCOUNTS,
        "Key": {"pk": {"S": format!("account#{}", PROCTOR.0)}},
        "UpdateExpression": "SET createdAt = :created, expiresAt = :expires",
        "ExpressionAttributeValues": {
            ":created": {"N": ((now - 6 * 366 * 24 * 3600) * 1000).to_string()},
            ":expires": {"N": (now - 1).to_string()},
        },
    });
    database::open(Some(Path::new(&file))).unwrap().database.update_item(serde_json::from_value(long_ago).unwrap()).unwrap();

    let vigie = Vigie::start(&arguments).await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !archive.exists() && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let line: Value = serde_json::from_str(&std::fs::read_to_string(&archive).unwrap()).unwrap();
    assert_eq!((&line["keys"]["pk"], &line["record"]["id"]), (&json!(format!("account#{}", PROCTOR.0)), &json!(id)));
    vigie.token(ORGANISER).await;
    let login = vigie.world.post("/login").json(&json!({"email": PROCTOR.0, "password": PROCTOR.1}));
    login.send().await.refused(401, "invalid_credentials");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn it_listens_on_its_one_port() {
    let vigie = Vigie::start(&[]).await;
    let proc = format!("/proc/{}", vigie.child.id().unwrap());
    let open = std::fs::read_dir(format!("{proc}/fd")).unwrap().filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
    let sockets: Vec<_> = open.filter_map(|file| file.to_str()?.strip_prefix("socket:[")?.strip_suffix(']').map(str::to_owned)).collect();
    let networks = ["tcp", "tcp6", "udp", "udp6"].map(|kind| std::fs::read_to_string(format!("{proc}/net/{kind}")).unwrap_or_default());
    let listening = networks.iter().flat_map(|network| network.lines().skip(1)).filter_map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        // Listening, or bound where there are no connections: /proc/net/tcp's states, in the Linux sources' tcp_states.h.
        (matches!(columns[3], "0A" | "07") && sockets.iter().any(|socket| socket == columns[9])).then(|| columns[1].to_owned())
    });
    let port: u16 = vigie.world.base.rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(listening.collect::<Vec<_>>(), [format!("0100007F:{port:04X}")], "nobody reaches the database beside it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_said_to_be() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let vigie = program("vigie").await;
    let run = async |arguments: &[&str]| -> Output { Command::new(&vigie).args(arguments).kill_on_drop(true).output().await.unwrap() };
    let output = tokio::time::timeout(Duration::from_mins(1), run(&["--port", &port])).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(&format!("port {port} is taken")) && said.contains("--port"), "{said}");
    assert!(output.stdout.is_empty(), "nothing is ready");
    let output = run(&["--organiser", "nobody"]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("not an e-mail address"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_there_at_once_and_only_once() {
    let (_directory, file) = directory();
    let mut printed = vec![];
    for round in 0..2 {
        let vigie = Vigie::start(&["--data", &file]).await;
        let number = vigie.printed("session number");
        printed.push(["session number", "session password", "access code"].map(|label| vigie.printed(label)));
        let sessions = vigie.world.get("/sessions").token(&vigie.token(ORGANISER).await).send().await.ok();
        assert_eq!((sessions["sessions"].as_array().unwrap().len(), &sessions["sessions"][0]["number"]), (1, &json!(number)));

        let login = vigie
            .world
            .post(format!("/sessions/{number}/proctors"))
            .token(&vigie.token(PROCTOR).await)
            .json(&json!({"password": vigie.printed("session password")}));
        let proctor = answer(&login.send().await.ok(), "accessToken");
        let board = vigie.world.get(format!("/sessions/{number}/board")).token(&proctor).send().await.ok();
        let candidates = board["candidates"].as_array().unwrap();
        assert_eq!(candidates.len(), 8);
        assert!(round == 1 || candidates.iter().all(|view| view["status"] == "enrolled"));

        let (email, first_name, last_name) =
            [("camille.martin@example.org", "Camille", "Martin"), ("zoe.bernard@example.org", "Zoé", "Bernard")][round];
        let birthdate = candidates.iter().find(|view| view["firstName"] == first_name).unwrap()["birthdate"].as_str().unwrap();
        assert!(
            vigie.printed.contains(&format!("{email}  Certification1  ({first_name} {last_name}, born {birthdate})")),
            "{}",
            vigie.printed
        );
        let who = json!({"firstName": first_name, "lastName": last_name, "birthdate": birthdate});
        let join = vigie.world.post(format!("/sessions/{number}/join")).token(&vigie.token((email, "Certification1")).await).json(&who);
        let joined = join.send().await.ok();
        let candidate = format!("/sessions/{number}/candidates/{}", answer(&joined["candidate"], "id"));
        vigie.world.put(format!("{candidate}/presence")).token(&proctor).json(&json!({"present": true})).send().await.ok();
        let start = vigie
            .world
            .post(format!("{candidate}/start"))
            .token(&answer(&joined, "accessToken"))
            .json(&json!({"accessCode": vigie.printed("access code")}));
        assert_eq!(start.send().await.status, 201);
        vigie.kill().await;
    }
    assert_eq!(printed[0], printed[1], "started again, it is the same session");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_wait_together_for_a_sync_that_began_after_them() {
    let (tell, begun) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let ended = Mutex::new(ended);
    let log = disk::Log::synced_by(move || {
        tell.send(()).unwrap();
        ended.lock().unwrap().recv().map_err(io::Error::other)
    });
    let first = tokio::spawn(log.clone().sync());
    begun.recv_timeout(PATIENCE).unwrap();
    // What these tell may have been written too late for the first.
    let mut later: Vec<_> = (0..4).map(|_| Box::pin(log.clone().sync())).collect();
    for answer in &mut later {
        assert!(poll!(answer).is_pending());
    }
    // Somebody who gives up keeps nobody waiting.
    drop(later.remove(0));
    end.send(()).unwrap();
    first.await.unwrap().unwrap();

    let later = tokio::spawn(try_join_all(later));
    begun.recv_timeout(PATIENCE).unwrap();
    assert!(!later.is_finished(), "the first sync began before");
    end.send(()).unwrap();
    later.await.unwrap().unwrap();
    assert!(begun.try_recv().is_err(), "one for all of them");
    drop(end);
    assert!(log.sync().await.is_err(), "an error is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_again_under_300_open_connections_has_them_back() {
    let (_directory, file) = directory();
    let mut vigie = Vigie::start(&["--data", &file, "--no-demo"]).await;
    let (room, _) = furnish(&vigie, 1, 0).await;
    let live = announced(&room.board().await).unwrap();
    let open = async || {
        let ears = stream::repeat_with(|| Ear::open(&live, &room.proctor)).take(300);
        ears.buffer_unordered(16).collect::<Vec<_>>().await
    };
    let mut ears = open().await;
    kill(Pid::from_raw(vigie.child.id().unwrap().cast_signed()), Signal::SIGINT).unwrap();
    assert!(tokio::time::timeout(PATIENCE, vigie.child.wait()).await.is_ok(), "open connections keep no server from ending");
    let ended = join_all(ears.iter_mut().map(|ear| ear.has_ended(PATIENCE))).await;
    assert!(ended.into_iter().all(|ended| ended), "their clients see that they have ended");

    let port = room.api.base.rsplit_once(':').unwrap().1;
    let _vigie = Vigie::on(port, &["--data", &file, "--no-demo"]).await;
    let mut ears = open().await;
    room.enrol(1..2).await;
    join_all(ears.iter_mut().map(Ear::hear)).await;
}
