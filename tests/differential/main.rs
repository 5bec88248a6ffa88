//! psql is the oracle: scripts that a generator makes are run by psql and by the engine here, each in a database of its
//! own that holds the same. What is printed, what is said, how it ends, the files that are written and what the
//! database holds afterwards must be the same.
//!
//! `PGASSAY_DIFFERENTIAL` says how many scripts are run, and `PGASSAY_DIFFERENTIAL_SEED` with which seed the first one
//! is made; those after it have the following seeds. `docs/architecture.md` tells more.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(
    clippy::print_stderr,
    reason = "a test that is skipped says so, and a long one how far it is"
)]

mod generator;
mod ours;
mod outcome;
#[path = "../tool/programs.rs"]
mod programs;
mod psqls;
mod script;
mod shrink;
mod stage;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use psqls::Psql;
use script::Script;
use stage::{House, Side};

/// How many scripts are run where nothing is said.
const SCRIPTS: u64 = 300;
/// The seed of the first of them: always the same scripts, so that a change is to blame for a failure.
const FIRST_SEED: u64 = 1;
/// After so many scripts it is told how far the test is.
const PROGRESS: u64 = 500;
/// After so many differences the rest is not looked for.
const ENOUGH: usize = 10;

/// Two sides, and the oracle for one of them.
struct Pair<'a> {
    psql: &'a Psql,
    /// Psql's.
    version: u32,
    sends_end_marks: bool,
    ours: Side,
    theirs: Side,
}

impl<'a> Pair<'a> {
    fn new(house: &House, psql: &'a Psql, directory: &Path, number: usize) -> Self {
        let side = |name: &str| Side::new(house, directory, &format!("{name}{number}"));
        Self {
            psql,
            version: house.psql_version,
            sends_end_marks: house.sends_end_marks(),
            ours: side("ours"),
            theirs: side("psqls"),
        }
    }

    /// The difference that a script shows, if it does; nothing where it is not compared.
    fn compare(&mut self, script: &Script) -> Option<Result<(), String>> {
        if self.sends_end_marks && script.copies_csv_in() {
            return None;
        }
        let mut ours = ours::run(&mut self.ours, script, self.version)?;
        let mut psqls = self.psql.run(&mut self.theirs, script);
        // The rounds of `\watch` have no titles here, which tell the time.
        let mut printed = std::iter::once(&psqls.stdout).chain(psqls.written.values());
        if printed.any(|text| text.contains(" (every ")) {
            return None;
        }
        if script.shown().contains("LASTOID") {
            ours.hide_large_objects();
            psqls.hide_large_objects();
        }
        Some(ours.difference(&psqls).map_or(Ok(()), Err))
    }

    /// A report of a difference, with the smallest script that shows it.
    fn report(&mut self, seed: u64, script: &Script, first: &str) -> String {
        let shrunk = shrink::shrink(script, &mut |smaller| {
            matches!(self.compare(smaller), Some(Err(_)))
        });
        let difference = match self.compare(&shrunk) {
            Some(Err(difference)) => difference,
            _ => format!("it does not show again; it was\n{first}"),
        };
        format!("==== seed {seed}\n{}\n{difference}\n", shrunk.shown())
    }
}

fn number_from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is to be a number, not {text:?}")))
}

#[test]
fn scripts_of_all_kinds_come_to_what_they_come_to_in_psql() {
    let Some(house) = House::open() else {
        return;
    };
    let version = house.psql_version;
    if version < 15 {
        house.close();
        return eprintln!("SKIPPED: psql before 15 prints but the last result of a statement");
    }
    let scripts = number_from_environment("PGASSAY_DIFFERENTIAL").unwrap_or(SCRIPTS);
    let first = number_from_environment("PGASSAY_DIFFERENTIAL_SEED").unwrap_or(FIRST_SEED);
    let psql = Psql::new(&house);
    let directory = tempfile::tempdir().unwrap();
    let next = AtomicU64::new(0);
    let compared = AtomicU64::new(0);
    let reports = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..workers {
            let (house, psql, directory) = (&house, &psql, directory.path());
            let (next, compared, reports) = (&next, &compared, &reports);
            scope.spawn(move || {
                let mut pair = Pair::new(house, psql, directory, number);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= scripts || reports.lock().unwrap().len() >= ENOUGH {
                        return;
                    }
                    let seed = first + index;
                    let script = generator::script(seed, version);
                    match pair.compare(&script) {
                        None => continue,
                        Some(Ok(())) => {}
                        Some(Err(first)) => {
                            let report = pair.report(seed, &script, &first);
                            eprintln!("{report}");
                            reports.lock().unwrap().push(report);
                        }
                    }
                    let so_far = compared.fetch_add(1, Ordering::Relaxed) + 1;
                    if so_far.is_multiple_of(PROGRESS) {
                        eprintln!("{so_far} compared, {:.0?}", begun.elapsed());
                    }
                }
            });
        }
    });
    let compared = compared.into_inner();
    eprintln!(
        "{compared} of {scripts} scripts compared in {:.1?}",
        begun.elapsed()
    );
    house.close();
    let reports = reports.into_inner().unwrap();
    assert!(reports.is_empty(), "{}", reports.concat());
    assert!(
        compared * 5 >= scripts * 4,
        "{compared} of {scripts} were compared"
    );
}
