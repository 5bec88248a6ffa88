//! How fast suites run, against pg_prove and against psql alone: `cargo bench --bench suites`.
//!
//! Each round runs everybody once, in turn, so that what else the machine does hits all of them alike; the table has
//! medians over the rounds. Compare figures of one run only.

#![allow(clippy::print_stdout, reason = "printing figures is what it is for")]

mod chart;
mod contest;
mod generator;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;

use contest::{Failure, Stadium, pgassay};
use generator::Shape;

/// Times suites.
#[derive(Debug, Parser)]
struct Arguments {
    /// Rounds of the standard suite; others take about half as many.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Files that run side by side.
    #[arg(short, long, default_value_t = 2)]
    jobs: usize,
    /// Only the standard suite.
    #[arg(long)]
    standard: bool,
    /// How many files the suite of many small ones has.
    #[arg(long, default_value_t = 10_000)]
    many: usize,
    /// Draw the standard suite's figures into this file.
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Figures of one contestant, a round each, in seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures(Vec<f64>);

impl Figures {
    fn add(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64());
    }

    fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The median of the ratios of pairs of one round.
    fn over(&self, other: &Self) -> f64 {
        let ratios = self.0.iter().zip(&other.0);
        Self(ratios.map(|(one, other)| one / other).collect()).median()
    }
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let directory = tempfile::tempdir()?;
    standard(&arguments, directory.path())?;
    if !arguments.standard {
        committing(&arguments, directory.path())?;
        many_migrations(&arguments, directory.path())?;
        many_files(&arguments, directory.path())?;
    }
    Ok(())
}

fn project(directory: &Path, name: &str, shape: &Shape) -> Result<PathBuf, Failure> {
    let project = directory.join(name);
    shape.write(&project)?;
    Ok(project)
}

fn row(what: &str, value: &str, target: &str) {
    println!("| {what} | {value} | {target} |");
}

fn heading(text: &str) {
    println!("\n{text}\n\n| measure | median | target |\n| --- | --- | --- |");
}

fn seconds(figures: &Figures) -> String {
    format!("{:.2} s", figures.median())
}

fn standard(arguments: &Arguments, directory: &Path) -> Result<(), Failure> {
    let project = project(directory, "standard", &Shape::STANDARD)?;
    let cache = directory.join("cache");
    let jobs = arguments.jobs.to_string();
    let jobs: [&str; 2] = ["-j", &jobs];
    let stadium = Stadium::open(&project)?;
    let mut shared = Figures::default();
    let mut copies = Figures::default();
    let mut floor = Figures::default();
    let mut cold = Figures::default();
    let mut warm = Figures::default();
    let mut copying = Figures::default();
    let mut first = Figures::default();
    let mut single = Figures::default();
    for round in 0..arguments.rounds {
        shared.add(stadium.pg_prove(arguments.jobs)?);
        floor.add(stadium.one_session()? / u32::try_from(arguments.jobs)?);
        // What initdb makes stays; what the project adds is made anew.
        for kind in ["golden", "prefix"] {
            let _ = fs::remove_dir_all(cache.join(kind));
        }
        cold.add(pgassay(&project, &cache, &jobs)?.elapsed);
        let run = pgassay(&project, &cache, &jobs)?;
        warm.add(run.elapsed);
        first.add(run.first_verdict);
        copying.add(
            pgassay(
                &project,
                &cache,
                &[&jobs[..], &["--isolation", "copy"]].concat(),
            )?
            .elapsed,
        );
        single.add(pgassay(&project, &cache, &["sql-tests/f00000.sql"])?.elapsed);
        if round < arguments.rounds.div_ceil(2) {
            copies.add(stadium.pg_prove_with_copies()?);
        }
    }
    drop(stadium);
    heading(&format!(
        "standard suite: {:?}, {} at a time",
        Shape::STANDARD,
        arguments.jobs
    ));
    row("pg_prove, one shared database", &seconds(&shared), "");
    row(
        "pg_prove, a copy per file, one at a time",
        &seconds(&copies),
        "",
    );
    row(
        "floor: all statements in one psql, divided by the workers",
        &seconds(&floor),
        "",
    );
    row("cold run", &seconds(&cold), "");
    row("warm run", &seconds(&warm), "");
    row("warm run, `--isolation copy`", &seconds(&copying), "");
    row(
        "warm run ÷ pg_prove on the shared database",
        &format!("{:.2}", warm.over(&shared)),
        "≤ 0.35",
    );
    row(
        "warm run ÷ floor",
        &format!("{:.2}", warm.over(&floor)),
        "≤ 1.4",
    );
    row(
        "warm run ÷ pg_prove with a copy per file",
        &format!("{:.3}", warm.over(&copies)),
        "≤ 0.08",
    );
    row(
        "warm run, to the first verdict",
        &format!("{:.0} ms", first.median() * 1000.0),
        "≤ 300 ms",
    );
    row(
        "warm run of one file",
        &format!("{:.0} ms", single.median() * 1000.0),
        "≤ 400 ms",
    );
    if let Some(path) = &arguments.svg {
        let bars = [
            ("pg_prove, a copy per file", copies.median()),
            ("pg_prove, one shared database", shared.median()),
            ("pgassay, a copy per file", copying.median()),
            ("pgassay, cold", cold.median()),
            ("pgassay, warm", warm.median()),
            ("floor: psql alone", floor.median()),
        ];
        fs::write(
            path,
            chart::bars("200 files, 2,400 assertions, seconds", &bars),
        )?;
    }
    Ok(())
}

fn committing(arguments: &Arguments, directory: &Path) -> Result<(), Failure> {
    let shape = Shape {
        committing: 100,
        ..Shape::STANDARD
    };
    let project = project(directory, "committing", &shape)?;
    let cache = directory.join("cache");
    let mut with_proof = Figures::default();
    let mut copying = Figures::default();
    pgassay(&project, &cache, &[])?;
    for _ in 0..arguments.rounds.div_ceil(2) {
        with_proof.add(pgassay(&project, &cache, &[])?.elapsed);
        copying.add(pgassay(&project, &cache, &["--isolation", "copy"])?.elapsed);
    }
    heading("200 files that all commit");
    row("warm run", &seconds(&with_proof), "");
    row(
        "÷ `--isolation copy`",
        &format!("{:.2}", with_proof.over(&copying)),
        "≤ 1.05",
    );
    Ok(())
}

fn many_migrations(arguments: &Arguments, directory: &Path) -> Result<(), Failure> {
    let cache = directory.join("cache");
    let mut figures = [Figures::default(), Figures::default()];
    let mut projects = Vec::new();
    for migrations in [10, 1000] {
        let shape = Shape {
            files: 50,
            migrations,
            ..Shape::STANDARD
        };
        let project = project(directory, &format!("migrations{migrations}"), &shape)?;
        pgassay(&project, &cache, &[])?;
        projects.push(project);
    }
    for _ in 0..arguments.rounds {
        for (project, figures) in projects.iter().zip(&mut figures) {
            figures.add(pgassay(project, &cache, &[])?.elapsed);
        }
    }
    heading("50 files, warm");
    row("10 migrations", &seconds(&figures[0]), "");
    row("1,000 migrations", &seconds(&figures[1]), "");
    row(
        "1,000 ÷ 10",
        &format!("{:.2}", figures[1].over(&figures[0])),
        "≤ 1.2",
    );
    Ok(())
}

fn many_files(arguments: &Arguments, directory: &Path) -> Result<(), Failure> {
    let shape = Shape {
        files: arguments.many,
        assertions: 3,
        ..Shape::STANDARD
    };
    let project = project(directory, "many", &shape)?;
    let cache = directory.join("cache");
    let stadium = Stadium::open(&project)?;
    let mut floor = Figures::default();
    let mut warm = Figures::default();
    let mut memory = 0;
    pgassay(&project, &cache, &["sql-tests/f00000.sql"])?;
    for _ in 0..arguments.rounds.div_ceil(3) {
        floor.add(stadium.one_session()? / u32::try_from(arguments.jobs)?);
        let run = pgassay(&project, &cache, &["-j", &arguments.jobs.to_string()])?;
        warm.add(run.elapsed);
        memory = memory.max(run.memory.unwrap_or(0));
    }
    let files = f64::from(u32::try_from(shape.files)?);
    let beyond = (warm.median() - floor.median()) / files * 1000.0;
    heading(&format!("{} files of 3 assertions", shape.files));
    row("warm run", &seconds(&warm), "");
    row("floor", &seconds(&floor), "");
    row(
        "per file beyond the floor",
        &format!("{beyond:.2} ms"),
        "≤ 2 ms",
    );
    row(
        "resident memory",
        &format!("{} MB", memory / 1024),
        "≤ 60 MB",
    );
    Ok(())
}
