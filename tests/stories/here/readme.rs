//! The README's walk through the procedure does what it says.

use std::{io::Write, process::Stdio};
use tests::World;

const README: &str = include_str!("../../../README.md");

/// The fenced blocks of one kind, each with the kind and text of the block that follows it.
fn steps() -> Vec<(String, Option<String>)> {
    let mut steps: Vec<(String, Option<String>)> = vec![];
    let mut parts = README.split("```");
    parts.next();
    while let Some(block) = parts.next() {
        parts.next();
        if let Some(script) = block.strip_prefix("sh\n") {
            steps.push((script.to_owned(), None));
        } else if let Some(output) = block.strip_prefix("text\n") {
            steps.last_mut().unwrap().1 = Some(output.to_owned());
        }
    }
    steps
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_of_the_readme_prints_what_the_readme_says() {
    let world = World::new().await;
    let router = local::router(&world.app);
    local::demo::organiser(&world.app, &router).await.unwrap();
    local::demo::furnish(&router, &world.base).await.unwrap();

    let steps = steps();
    assert!(steps.len() > 6 && steps.iter().skip(1).all(|(_, output)| output.is_some()));
    let end = "--- end of a step ---";
    let marked: Vec<_> = steps.iter().map(|(script, _)| format!("{script}echo '{end}'\n")).collect();
    let script = marked.concat();
    let printed = tokio::task::spawn_blocking(move || {
        let mut shell = std::process::Command::new("bash");
        let mut shell =
            shell.args(["-eu", "-o", "pipefail"]).env("VIGIE", &world.base).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        String::from_utf8(shell.wait_with_output().unwrap().stdout).unwrap()
    });
    let printed = printed.await.unwrap();
    let outputs: Vec<_> = printed.split(&format!("{end}\n")).collect();
    for ((script, expected), output) in steps.iter().zip(outputs) {
        assert_eq!(output, expected.as_deref().unwrap_or_default(), "{script}\nprinted: {printed}");
    }
    assert_eq!(printed.matches(end).count(), steps.len(), "every step ran: {printed}");
}
