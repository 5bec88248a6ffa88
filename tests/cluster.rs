//! Clusters as they are: real servers, started, copied, lost and cleared away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a skipped test says so; a started one talks by pipe"
)]

#[path = "cluster/data.rs"]
mod data;
#[path = "cluster/ground.rs"]
mod ground;
#[path = "cluster/leaving_nothing.rs"]
mod leaving_nothing;
#[path = "cluster/servers.rs"]
mod servers;

use std::path::Path;

use pgassay::cluster::{Cache, DataDirectory, RunDirectory, Search, Server, ServerOptions, find};

use ground::{connect, places, show};

#[test]
#[ignore = "started by other tests in a process of its own"]
fn holds_a_server_for_other_tests() {
    let (Some(runs), Some(cache)) = (
        std::env::var_os("PGASSAY_TEST_RUNS"),
        std::env::var_os("PGASSAY_TEST_CACHE"),
    ) else {
        return;
    };
    let run = RunDirectory::create(&places(Path::new(&runs))).unwrap();
    let binaries = find(&Search::here(None, None), run.user()).unwrap();
    let data = DataDirectory::create(&binaries, &run, "w0", Some(&Cache::new(cache))).unwrap();
    let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
    assert_eq!(show(&mut connect(&server), "port"), "5432");
    println!("\nHOLDING {} {}", server.pid(), run.path().display());
    // Until the other side closes the pipe or kills.
    let _ = std::io::stdin().read_line(&mut String::new());
}
