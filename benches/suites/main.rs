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

use contest::{Failure, Run, Stadium, pgassay};
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
    /// Only these suites.
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Suite>,
    /// Another build of pgassay to be measured.
    #[arg(long, default_value = env!("CARGO_BIN_EXE_pgassay"))]
    pgassay: PathBuf,
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

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Suite {
    /// 200 files that roll back.
    Standard,
    /// 200 files that commit.
    Committing,
    /// 10 and 1,000 migrations.
    Migrations,
    /// Many small files.
    Many,
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

impl Arguments {
    fn run(&self, project: &Path, cache: &Path, arguments: &[&str]) -> Result<Run, Failure> {
        pgassay(&self.pgassay, project, cache, arguments)
    }
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let directory = tempfile::tempdir()?;
    let wanted = |suite| arguments.only.is_empty() || arguments.only.contains(&suite);
    for (suite, measure) in [
        (Suite::Standard, standard as Measure),
        (Suite::Committing, committing),
        (Suite::Migrations, many_migrations),
        (Suite::Many, many_files),
    ] {
        if wanted(suite) {
            measure(&arguments, directory.path())?;
        }
    }
    Ok(())
}

type Measure = fn(&Arguments, &Path) -> Result<(), Failure>;

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

/// The figures of the standard suite.
#[derive(Debug, Default)]
struct Standard {
    shared: Figures,
    copies: Figures,
    floor: Figures,
    cold: Figures,
    /// What a cold run takes longer than a warm one, without initdb and migrations.
    cold_beyond: Figures,
    warm: Figures,
    copying: Figures,
    first: Figures,
    single: Figures,
}

fn standard(arguments: &Arguments, directory: &Path) -> Result<(), Failure> {
    let project = project(directory, "standard", &Shape::STANDARD)?;
    let cache = directory.join("standard-cache");
    let jobs = arguments.jobs.to_string();
    let jobs: [&str; 2] = ["-j", &jobs];
    let stadium = Stadium::open(&project)?;
    let mut figures = Standard::default();
    for round in 0..arguments.rounds {
        figures.shared.add(stadium.pg_prove(arguments.jobs)?);
        let floor = stadium.one_session()? / u32::try_from(arguments.jobs)?;
        figures.floor.add(floor);
        let initdb = stadium.initdb()?;
        let _ = fs::remove_dir_all(&cache);
        let cold = arguments.run(&project, &cache, &jobs)?;
        figures.cold.add(cold.elapsed);
        let warm = arguments.run(&project, &cache, &jobs)?;
        figures.warm.add(warm.elapsed);
        let beyond = cold
            .elapsed
            .saturating_sub(warm.elapsed + initdb + cold.prepared);
        figures.cold_beyond.add(beyond);
        figures.first.add(warm.first_verdict);
        let copy = [&jobs[..], &["--isolation", "copy"]].concat();
        figures
            .copying
            .add(arguments.run(&project, &cache, &copy)?.elapsed);
        let one = arguments.run(&project, &cache, &["sql-tests/f00000.sql"])?;
        figures.single.add(one.elapsed);
        if round < arguments.rounds.div_ceil(2) {
            figures.copies.add(stadium.pg_prove_with_copies()?);
        }
    }
    drop(stadium);
    heading(&format!(
        "standard suite: {:?}, {} at a time",
        Shape::STANDARD,
        arguments.jobs
    ));
    figures.tell();
    if let Some(path) = &arguments.svg {
        figures.draw(path)?;
    }
    Ok(())
}

impl Standard {
    fn tell(&self) {
        let milliseconds = |figures: &Figures| format!("{:.0} ms", figures.median() * 1000.0);
        let ratio = |other: &Figures| format!("{:.3}", self.warm.over(other));
        for (what, value, target) in [
            ("pg_prove, one shared database", seconds(&self.shared), ""),
            (
                "pg_prove, a copy per file, one at a time",
                seconds(&self.copies),
                "",
            ),
            (
                "floor: all statements in one psql, divided by the workers",
                seconds(&self.floor),
                "",
            ),
            ("cold run", seconds(&self.cold), ""),
            ("warm run", seconds(&self.warm), ""),
            ("warm run, `--isolation copy`", seconds(&self.copying), ""),
            (
                "warm run ÷ pg_prove on the shared database",
                ratio(&self.shared),
                "≤ 0.35",
            ),
            ("warm run ÷ floor", ratio(&self.floor), "≤ 1.4"),
            (
                "warm run ÷ pg_prove with a copy per file",
                ratio(&self.copies),
                "≤ 0.08",
            ),
            (
                "warm run, to the first verdict",
                milliseconds(&self.first),
                "≤ 300 ms",
            ),
            (
                "warm run of one file",
                milliseconds(&self.single),
                "≤ 400 ms",
            ),
            (
                "cold run − warm run − initdb − migrations",
                milliseconds(&self.cold_beyond),
                "≤ 500 ms",
            ),
        ] {
            row(what, &value, target);
        }
    }

    fn draw(&self, path: &Path) -> Result<(), Failure> {
        let bars = [
            ("pg_prove, a copy per file", self.copies.median()),
            ("pg_prove, one shared database", self.shared.median()),
            ("pgassay, a copy per file", self.copying.median()),
            ("pgassay, cold", self.cold.median()),
            ("pgassay, warm", self.warm.median()),
            ("floor: psql alone", self.floor.median()),
        ];
        let title = "200 files, 2,400 assertions, seconds";
        Ok(fs::write(path, chart::bars(title, &bars))?)
    }
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
    arguments.run(&project, &cache, &[])?;
    for _ in 0..arguments.rounds.div_ceil(2) {
        with_proof.add(arguments.run(&project, &cache, &[])?.elapsed);
        copying.add(
            arguments
                .run(&project, &cache, &["--isolation", "copy"])?
                .elapsed,
        );
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
        arguments.run(&project, &cache, &[])?;
        projects.push(project);
    }
    for _ in 0..arguments.rounds {
        for (project, figures) in projects.iter().zip(&mut figures) {
            figures.add(arguments.run(project, &cache, &[])?.elapsed);
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
    arguments.run(&project, &cache, &["sql-tests/f00000.sql"])?;
    for _ in 0..arguments.rounds.div_ceil(3) {
        floor.add(stadium.one_session()? / u32::try_from(arguments.jobs)?);
        let run = arguments.run(&project, &cache, &["-j", &arguments.jobs.to_string()])?;
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
