//! Starts every function that has routes as production has it, as Lambda does, beside bare ones, in turns, and compares:
//! start, first and warm invocation, processor time, memory, size. DynamoDB is the embedded one
//! behind TLS on this machine. `make bench-lambda` builds what this needs. Given paths of programs, each named
//! after its function, measures these instead, such as another build's.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark fails by panicking; counts are small"
)]

mod figures;
mod subject;
mod tls;

use subject::{Setting, Subject};
use tests::{
    World,
    functions::{deployed, is_direct, root},
};

/// Each subject is started this often, in turns with the others.
const ROUNDS: usize = 20;
/// What all are compared with.
const BASE: &str = "bare-update";
const NODE: &str = "bare Node.js";
/// Their time and memory go into hashing passwords.
const HASHING: [&str; 2] = ["login", "signup"];
/// They ask DynamoDB more than once.
const SEVERAL_REQUESTS: [&str; 8] = [
    "candidate-join",
    "candidate-unlink",
    "enrol-candidates",
    "finalise-session",
    "import-candidates",
    "import-sessions",
    "proctor-login",
    "use-pass",
];

#[tokio::main]
async fn main() {
    let world = World::embedded().await.unchecked();
    let folder = tempfile::tempdir().unwrap();
    let endpoint = tls::before(&world.endpoint, folder.path()).await;
    let setting = Setting::new(world, &endpoint, folder.path()).await;

    let production = |program: &str| root().join("target/production/lambda").join(program).join("bootstrap");
    let mut functions: Vec<_> = std::env::args_os().skip(1).map(|path| Subject::named_by_its_file(path.into())).collect();
    let all = functions.is_empty();
    let mut others = vec![Subject::bare(BASE, production(BASE))];
    if all {
        // What an operator or a stream invokes wants other services, or other data at each invocation; nobody waits for it.
        let with_routes = deployed().into_iter().filter(|function| !is_direct(&function.name));
        functions.extend(with_routes.map(|function| Subject::function(&function.name, &function.name, production(&function.binary))));
        others.extend([
            Subject::bare("bare-ok", production("bare-ok")),
            Subject::node(NODE),
            Subject::bare("bare-update without warm-up", production(BASE)).without("WARM_UP"),
        ]);
    }
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        for subject in others.iter_mut().chain(&mut functions) {
            subject.measure(&setting).await;
        }
    }

    let [base, ..] = others.as_slice() else { unreachable!() };
    println!("\nMedians of {ROUNDS} starts; ratios to `{BASE}`.\n");
    println!("| | start ms | | processor ms | | first ms | warm ms | | processor ms | | resident MB | | binary MB | |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for subject in functions.iter().chain(&others) {
        println!("{}", subject.row(base));
    }
    if all {
        targets(&functions, base, others.iter().find(|subject| subject.name == NODE).unwrap());
        figures::write(&root().join("docs/figures.toml"), &functions);
    }
}

fn targets(functions: &[Subject], base: &Subject, node: &Subject) {
    println!();
    let all: Vec<_> = functions.iter().collect();
    let not_hashing: Vec<_> = all.iter().copied().filter(|subject| !HASHING.contains(&subject.name.as_str())).collect();
    let one_request: Vec<_> = not_hashing.iter().copied().filter(|subject| !SEVERAL_REQUESTS.contains(&subject.name.as_str())).collect();
    target("start ≤ 1.3", &all, |subject| subject.start() / base.start(), |ratio| ratio <= 1.3);
    target("start, processor time ≤ 1.3", &all, |subject| subject.start_cpu() / base.start_cpu(), |ratio| ratio <= 1.3);
    target("warm, processor time ≤ 1.6", &one_request, |subject| subject.warm_cpu() / base.warm_cpu(), |ratio| ratio <= 1.6);
    target("binary ≤ 1.5", &all, |subject| subject.binary() / base.binary(), |ratio| ratio <= 1.5);
    target("resident memory ≤ 1.5", &not_hashing, |subject| subject.resident() / base.resident(), |ratio| ratio <= 1.5);
    target("start of Node.js ≥ 10", &all, |subject| node.start() / subject.start(), |ratio| ratio >= 10.0);
}

/// Says which subjects meet a target.
fn target(name: &str, subjects: &[&Subject], ratio: impl Fn(&Subject) -> f64, meets: impl Fn(f64) -> bool) {
    let missed = subjects.iter().map(|subject| (&subject.name, ratio(subject))).filter(|(_, ratio)| !meets(*ratio));
    let missed: Vec<_> = missed.map(|(name, ratio)| format!("{name} {ratio:.2}")).collect();
    let met = subjects.len() - missed.len();
    println!("{name}: met by {met} of {}{}{}", subjects.len(), if missed.is_empty() { "" } else { "; not by " }, missed.join(", "));
}
