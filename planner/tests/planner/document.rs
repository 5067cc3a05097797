//! What the documents show is what the program prints.

use std::{fs, path::Path, process::Command};

const COMMAND: &str = "$ cargo run -p planner -- ";

/// Every block that begins with the command shows its output, whole or, when it ends with `…`, the beginning.
/// With `WRITE_DOCUMENTS` set, writes it there instead.
#[test]
fn the_documents_show_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut shown = 0;
    for name in ["README.md", "docs/planning.md"] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        let mut fresh = text.clone();
        for block in text.split("```\n").filter(|block| block.starts_with(COMMAND)) {
            let (command, lines) = block.split_once('\n').unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_planner")).args(command.trim_start_matches(COMMAND).split(' ')).output().unwrap();
            assert!(output.status.success(), "{name}: {command}: {}", String::from_utf8_lossy(&output.stderr));
            let printed = String::from_utf8(output.stdout).unwrap();
            let expected = match lines.strip_suffix("…\n") {
                None => printed,
                Some(beginning) => printed.split_inclusive('\n').take(beginning.lines().count()).chain(["…\n"]).collect(),
            };
            fresh = fresh.replace(block, &format!("{command}\n{expected}"));
            shown += 1;
        }
        if std::env::var_os("WRITE_DOCUMENTS").is_some() {
            fs::write(root.join(name), &fresh).unwrap();
        } else {
            assert!(text == fresh, "{name} does not show what the planner prints; `make planning` writes it there");
        }
    }
    assert_eq!(shown, 3);
}
