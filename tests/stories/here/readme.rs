//! The documents say what is: the README's walk through the procedure does what it says, and what they name exists.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
};
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

/// Every document with its path, from the project's folder.
fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = [&root, &root.join("docs")].map(|folder| folder.read_dir().unwrap()).into_iter().flatten();
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

#[test]
fn whatever_the_documents_link_to_is_there() {
    let documents = documents();
    assert!(documents.len() > 6);
    for (path, text) in &documents {
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        for target in links.filter(|target| !target.contains("://")) {
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { path.clone() } else { path.with_file_name(file) };
            assert!(file.exists(), "{}: {target}", path.display());
            if !place.is_empty() {
                let text = std::fs::read_to_string(file).unwrap();
                let headings = text.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
                assert!(headings.map(anchor).any(|anchor| anchor == place), "{}: {target}", path.display());
            }
        }
    }
}

/// The files of the project that may name a function, without its page and its documents.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let skipped = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let document = path.extension().is_some_and(|extension| extension == "md");
        document || name.starts_with('.') || ["target", "web", "docs", "node_modules"].contains(&name)
    };
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| !skipped(path));
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn the_readme_says_where_a_new_function_has_to_be_named() {
    let section = README.split("### Adding an action\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let named: Vec<_> = section.split('`').skip(1).step_by(2).map(|name| name.replace("NAME", "proctor-kit")).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for file in sources(root) {
        let path = file.strip_prefix(root).unwrap();
        let text = format!("{}\n{}", path.display(), String::from_utf8_lossy(&std::fs::read(&file).unwrap()));
        if ["proctor-kit", "proctor_kit", "proctorKit", "ProctorKit"].iter().any(|name| text.contains(name)) {
            assert!(named.iter().any(|name| path.starts_with(name)), "{} names proctor-kit", path.display());
        }
    }
}

#[test]
fn whatever_source_the_documents_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (path, text) in documents() {
        let names = text.split('`').skip(1).step_by(2).filter(|name| !name.contains(char::is_whitespace)).map(Path::new);
        for name in names.filter(|name| name.extension().is_some_and(|extension| extension == "rs")) {
            let found = ["", "shared/src"].iter().any(|folder| root.join(folder).join(name).exists());
            assert!(found, "{}: {}", path.display(), name.display());
        }
    }
}
