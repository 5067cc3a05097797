//! The functions in containers, with `sam local`, over this machine's DynamoDB.

use crate::{REGION, SECRET_KEY, Secrets};
use anyhow::{Context, Result};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::Command,
};

/// The template's parameters: this machine's processor, which `make build` builds for, and that there is no AppSync.
const PARAMETERS: [&str; 2] = [if cfg!(target_arch = "aarch64") { "Architecture=arm64" } else { "Architecture=x86_64" }, "Live=off"];

/// How to give one function one event in another shell, which has to be told the access key, and may have to be told
/// where the engine is.
pub fn invoke_by_hand(settings: &Path, access_key: &str) -> String {
    let engine = std::env::var("DOCKER_HOST").map(|host| format!("DOCKER_HOST={host} ")).unwrap_or_default();
    let (settings, parameters) = (settings.display(), PARAMETERS.join(" "));
    format!(
        "{engine}AWS_ACCESS_KEY_ID={access_key} AWS_SECRET_ACCESS_KEY={SECRET_KEY} \\\n    .tools/bin/sam local invoke CheckInFunction -e events/check-in.json \\\n    --env-vars {settings} --skip-pull-image --parameter-overrides {parameters}"
    )
}

/// Writes the settings of the functions, for the option `--env-vars` of `sam local`. `endpoint` is
/// where containers reach DynamoDB. The file has secrets in it: only its owner may read it.
///
/// # Errors
/// When the file can't be written.
pub fn write_settings(file: &Path, secrets: &Secrets, endpoint: &str) -> Result<()> {
    let parameters: BTreeMap<_, _> = secrets.settings().into_iter().chain([("DYNAMODB_ENDPOINT", endpoint)]).collect();
    let settings = json!({"Parameters": parameters});
    let _ = fs::remove_file(file);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    file.and_then(|mut file| file.write_all(settings.to_string().as_bytes())).context("writing the functions' settings")
}

/// `sam local` with these settings, as `access_key`'s owner of the tables. Containers find the
/// functions that `make build` made.
pub fn sam_local(subcommand: &str, settings: &Path, access_key: &str) -> Command {
    let mut sam = Command::new("sam");
    // What follows the overrides must be an option: they take every word after them.
    sam.args(["local", subcommand, "--parameter-overrides"]).args(PARAMETERS);
    sam.args(["--skip-pull-image", "--env-vars"]).arg(settings);
    sam.env("AWS_ACCESS_KEY_ID", access_key).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY).env("AWS_DEFAULT_REGION", REGION);
    // It asks AWS whose these credentials are; once is enough to hear that nobody knows.
    sam.env("AWS_MAX_ATTEMPTS", "1").env("SAM_CLI_TELEMETRY", "0");
    sam
}
