//! A server in a process of its own, for measuring: the program that measures, started once more.

use crate::World;
use std::{env, future::pending, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The argument of the process that serves.
const SERVE: &str = "serve";

/// Serves without end, in the process that was started for that.
pub async fn serve_if_told() {
    if env::args().any(|argument| argument == SERVE) {
        let world = World::embedded().await;
        println!("{}", world.base);
        pending::<()>().await;
    }
}

/// Starts it; returns it with its address.
pub async fn start() -> (Child, String) {
    let mut server = Command::new(env::current_exe().unwrap()).arg(SERVE).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let base = lines.next_line().await.unwrap().unwrap();
    (server, base)
}
