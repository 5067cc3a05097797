"""Adds a made-up action to a copy of the project, as the README says under "Adding an action", and tests it there.

Says which files that takes; fails if they are more than MOST, or if the README does not name one.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "target" / "new-action"
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
MOST = 8
# Where a cargo command without --locked notes the new crate.
WRITTEN_BY_CARGO = "Cargo.lock"

# The action it is like, and its own: crate, module, operation, resource, the end of its path.
LIKE = ("candidate-finish", "candidate_finish", "candidateFinish", "CandidateFinish", "/finish")
NEW = ("candidate-stop", "candidate_stop", "candidateStop", "CandidateStop", "/stop")

STORY = """
#[tokio::test]
async fn a_stopped_test_is_finished() {
    let (pupil, _) = Room::open(&Api::anywhere().await).await.started().await;
    assert_eq!(pupil.act("stop", &pupil.token).await.ok()["status"], "finished");
}
"""
# Of the stories, those about all actions, and its own.
STORIES = ("description", "here::events", "here::requests", "here::operations", "here::settings", "authorisation", "input", "a_stopped_test")


def renamed(text: str) -> str:
    for like, new in zip(LIKE, NEW):
        text = re.sub(re.escape(like) + r"(?![a-z])", new, text)
    return text


def edit(path: str, pattern: str) -> None:
    """Sets a renamed twin after the first place that the pattern fits."""
    text = (COPY / path).read_text()
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if not found:
        raise SystemExit(f"{path} has nothing like {pattern}")
    (COPY / path).write_text(text[: found.end()] + renamed(found[0]) + text[found.end() :])


def run(*command: str, output=None) -> None:
    environment = {**os.environ, "CARGO_TARGET_DIR": str(BUILT)}
    if subprocess.run(command, cwd=COPY, env=environment, stdout=output).returncode != 0:
        raise SystemExit(f"failed in {COPY}: {' '.join(command)}")


def sources() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]


def add() -> None:
    """The steps of the README."""
    shutil.copytree(COPY / "functions" / LIKE[0], COPY / "functions" / NEW[0])
    for file in (COPY / "functions" / NEW[0]).rglob("*.*"):
        file.write_text(renamed(file.read_text()))
    edit("local/Cargo.toml", rf"^{LIKE[0]} = .*?\n")
    edit("local/src/functions.rs", rf'^    \("{LIKE[0]}".*?\n')
    edit("template.yaml", rf"^  {LIKE[3]}Function:\n.*?\n\n")
    event = (COPY / "events" / f"{LIKE[0]}.json").read_text()
    (COPY / "events" / f"{NEW[0]}.json").write_text(renamed(event))
    edit("tests/src/operations.rs", rf'^    \("{LIKE[2]}".*?\n')
    with (COPY / "tests/stories/anywhere/procedure.rs").open("a") as stories:
        stories.write(STORY)
    run("cargo", "build", "--workspace", "--bin", "openapi")
    with (COPY / "openapi.json").open("w") as description:
        run(str(BUILT / "debug" / "openapi"), output=description)
    # Its crate as built for the project holds the project's own description, and cargo would take it for this one's.
    (COPY / "functions/api-root/src/lib.rs").touch()


def touched() -> list[str]:
    """What is not as in the project; the function's own folder counts once."""
    files = [file for file in COPY.rglob("*") if file.is_file()]
    names = {file.relative_to(COPY).as_posix() for file in files}
    changed = {name for name in names if not (ROOT / name).is_file() or (ROOT / name).read_bytes() != (COPY / name).read_bytes()}
    own = f"functions/{NEW[0]}"
    return sorted({own if name.startswith(own + "/") else name for name in changed} - {WRITTEN_BY_CARGO})


def named() -> set[str]:
    """The files and folders that the README names for it."""
    section = (ROOT / "README.md").read_text().split("### Adding an action\n")[1].split("\n## ")[0]
    return {name.replace("NAME", NEW[0]) for name in re.findall(r"`([\w./-]+)`", section)}


def main() -> None:
    shutil.rmtree(COPY, ignore_errors=True)
    for name in sources():
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, COPY / name)
    add()
    files = touched()
    print(f"{len(files)} files and folders, and {WRITTEN_BY_CARGO}:", *files, sep="\n  ", flush=True)
    unnamed = [file for file in files if not any(file == name or name.endswith("/") and file.startswith(name) for name in named())]
    run("cargo", "test", "--workspace", "--test", "stories", "--", *STORIES)
    if unnamed or len(files) > MOST:
        raise SystemExit(f"not named by the README: {unnamed}" if unnamed else f"more than {MOST}")
    shutil.rmtree(COPY)


if __name__ == "__main__":
    main()
