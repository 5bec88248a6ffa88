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
use std::time::Instant;

use pgassay::cluster::{
    Cache, DataDirectory, Mode, RunDirectory, RunPlaces, Search, Server, ServerOptions,
    ServiceUser, find,
};

use ground::{Ground, connect, places, show};

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

#[test]
#[ignore = "prints how long things take; see the contributor's page"]
fn start_up_is_measured() {
    let Some(ground) = Ground::with_empty_cache() else {
        return;
    };
    let time = |what: &str, work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        println!("{what}: {:?}", start.elapsed());
    };
    time("find", &mut || {
        find(
            &Search::here(None, None),
            &ServiceUser::choose(None).unwrap(),
        )
        .unwrap();
    });
    let memory = RunPlaces::of_process(None);
    let mut run = None;
    time("run directory", &mut || {
        run = Some(RunDirectory::create(&memory).unwrap());
    });
    let run = run.unwrap();
    println!("in {}", run.path().display());
    time("initdb without cache", &mut || {
        DataDirectory::create(&ground.binaries, &run, "none", None).unwrap();
    });
    time("initdb cold", &mut || drop(ground.data(&run, "cold")));
    for turn in 0..3 {
        let mut data = None;
        time("initdb warm (copy)", &mut || {
            data = Some(ground.data(&run, &format!("warm{turn}")));
        });
        let data = data.unwrap();
        let mut server = None;
        time("start", &mut || {
            server =
                Some(Server::start(&ground.binaries, &data, &ServerOptions::default()).unwrap());
        });
        let server = server.unwrap();
        let mut data = None;
        time("first session", &mut || drop(connect(&server)));
        let mut server = Some(server);
        time("stop fast", &mut || {
            data = Some(server.take().unwrap().stop(Mode::Fast).unwrap());
        });
        let mut copy = None;
        let path = run.path().join(format!("copy{turn}"));
        time("copy in memory", &mut || {
            copy = Some(data.as_ref().unwrap().copy_to(&path).unwrap());
        });
        let mut server = None;
        time("start copy", &mut || {
            let copy = copy.as_ref().unwrap();
            server =
                Some(Server::start(&ground.binaries, copy, &ServerOptions::default()).unwrap());
        });
        let mut server = Some(server.unwrap());
        time("stop immediate", &mut || drop(server.take()));
    }
    let mut run = Some(run);
    time("remove run directory", &mut || {
        run.take().unwrap().remove().unwrap();
    });
}
