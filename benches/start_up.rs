//! How long it takes until a cluster is ready, step by step: `cargo bench --bench start_up`.
//!
//! Prints a line for each step and turn; the first turn of `initdb` is with an empty cache. Compare figures
//! of one run only: machines differ, and are noisy.

#![allow(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;
use std::time::Instant;

use pgassay::cluster::{
    Cache, DataDirectory, Mode, RunDirectory, RunPlaces, Search, Server, ServerOptions, find,
};

/// How often each step is measured.
const TURNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let cache_dir = tempfile::tempdir()?;
    let cache = Cache::new(cache_dir.path());
    let run = timed("make a run directory", || {
        RunDirectory::create(&RunPlaces::of_process(None))
    })?;
    let binaries = timed("find server programs", || {
        find(&Search::here(None, None), run.user())
    })?;
    println!("{} in {}", binaries.version, run.path().display());
    timed("initdb, no cache", || {
        DataDirectory::create(&binaries, &run, "none", None)
    })?;
    timed("initdb, empty cache", || {
        DataDirectory::create(&binaries, &run, "cold", Some(&cache))
    })?;
    let options = ServerOptions::default();
    for turn in 0..TURNS {
        let name = format!("warm{turn}");
        let data = timed("copy from the cache", || {
            DataDirectory::create(&binaries, &run, &name, Some(&cache))
        })?;
        let server = timed("start", || Server::start(&binaries, &data, &options))?;
        let data = timed("stop, clean", || server.stop(Mode::Fast))?;
        let path = run.path().join(format!("copy{turn}"));
        let copy = timed("copy in memory", || data.copy_to(&path))?;
        let server = timed("start the copy", || {
            Server::start(&binaries, &copy, &options)
        })?;
        timed("stop at once", || server.stop(Mode::Immediate))?;
    }
    timed("remove the run directory", || run.remove())?;
    Ok(())
}

fn timed<T, E>(step: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let begin = Instant::now();
    let result = work();
    println!("{:>8.1} ms  {step}", begin.elapsed().as_secs_f64() * 1000.0);
    result
}
