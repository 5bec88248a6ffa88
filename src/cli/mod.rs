//! What was typed: one clap struct per subcommand. Nothing is resolved here: no environment, no file and no
//! default that depends on either; `settings` does that.

mod cache;
mod completions;
mod coverage;
mod db;
mod gate;
mod man;
mod migrate;
mod mistake;
mod pg_prove;
mod project;
mod shell;
mod snapshot;
mod target;
mod test;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand};

pub use cache::{CacheArgs, CacheCommand};
pub use completions::{CompletionsArgs, completions};
pub use coverage::{CoverageArgs, CoverageFormat};
pub use db::{DbArgs, DbCommand, DbResetArgs, DbStartArgs, DbUpArgs, DbUrlArgs, ServerArgs};
pub use gate::{GateArgs, Tool};
pub use man::{ManArgs, UnknownCommand, man};
pub use migrate::{
    BaselineArgs, DataFormat, MigrateArgs, MigrateCommand, ReadArgs, RepairArgs, StatusArgs, UpArgs,
};
pub use project::{MigrationArgs, ProjectArgs};
pub use shell::ShellArgs;
pub use snapshot::{
    SnapshotArgs, SnapshotCommand, SnapshotListArgs, SnapshotLoadArgs, SnapshotSaveArgs, StoreArgs,
};
pub use target::TargetArgs;
pub use test::TestArgs;

use crate::settings::{Color, Secret};

/// The heading of the options that every subcommand has.
const GLOBAL: &str = "Global options";

/// What was typed, whole.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The options that every subcommand has.
    pub global: GlobalArgs,
    /// What to do.
    pub command: Command,
}

/// Schema tests for PostgreSQL: runs pgTAP files side by side, each in a pristine database of its own.
///
/// pgassay makes a throwaway PostgreSQL server, applies the project's roles, migrations, fixtures and pgTAP
/// to a template database once, and gives every test file a fresh copy of it. What a file prints (TAP) becomes
/// its verdict: passed, failed, broken or skipped.
///
/// A project needs no settings file when its tests lie in `sql-tests/`, its migrations in `migrations/`, its
/// roles scripts in `roles/` and its fixtures in `fixtures/`. Everything else can be said in `pgassay.toml`.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "pgassay",
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_long_help = EXIT_CODES
)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,

    /// Print the version; with --verbose, pgTAP's version and licence too.
    #[arg(short = 'V', long, help_heading = GLOBAL)]
    version: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

/// What every subcommand can return, for the end of the long help.
const EXIT_CODES: &str = "\
Exit codes:
  0    every test file passed
  1    a test file failed or is broken
  2    the run could not proceed: usage, settings, server, or a migration that fails
  3    coverage falls short of what is asked for
  4    no test file matched
  5    a gate is not satisfied
  130  interrupted

Settings come from the command line, then the environment (PGASSAY_…), then the
profile and the rest of pgassay.toml, then the defaults. docs/configuration.md
tells every key.";

/// The options that every subcommand has.
#[expect(
    clippy::doc_markdown,
    reason = "the comments are the help, which is no Markdown"
)]
#[derive(Debug, Clone, Default, Args)]
pub struct GlobalArgs {
    /// Run as if started in DIR.
    ///
    /// Every relative path that is typed after it, the search for pgassay.toml and the working directory of the
    /// tests start there. Given several times, each is relative to the one before it; give them all before the
    /// subcommand, or all behind it.
    #[arg(short = 'C', value_name = "DIR", global = true, action = ArgAction::Append, help_heading = GLOBAL)]
    pub directory: Vec<PathBuf>,

    /// Read settings from FILE instead of searching for pgassay.toml.
    ///
    /// Without it, pgassay.toml is searched in the working directory and its parents, up to the home directory.
    /// Paths in the file are relative to the file. [env: PGASSAY_CONFIG]
    #[arg(long, value_name = "FILE", global = true, help_heading = GLOBAL)]
    pub config: Option<PathBuf>,

    /// Use the settings of [profile.NAME] in pgassay.toml before the rest of the file.
    ///
    /// [env: PGASSAY_PROFILE]
    #[arg(long, value_name = "NAME", global = true, help_heading = GLOBAL)]
    pub profile: Option<String>,

    /// Say more: every assertion, every notice of the server.
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = GLOBAL)]
    pub verbose: u8,

    /// Say less: only what failed, and the summary.
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub quiet: bool,

    /// When to colour what is printed.
    ///
    /// `auto` colours on a terminal, unless NO_COLOR is set. [env: PGASSAY_COLOR, NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, value_name = "WHEN", global = true, value_enum, help_heading = GLOBAL)]
    pub color: Option<Color>,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Run test files.
    ///
    /// Each PATH is a test file or a directory that is searched for them; without one, the `tests` of pgassay.toml
    /// are run, or else `sql-tests`. In a directory, files and directories whose names begin with `_` or `.` are
    /// left out, so that scripts which tests include can lie beside them.
    ///
    /// Every file runs in a database of its own that already holds the project's roles, migrations, fixtures and
    /// pgTAP. Nothing that it does can be seen by another file, unless they are to share a database.
    Test(Box<TestArgs>),
    /// Report what the tests assert and exercise of the schema.
    ///
    /// That is what the last run with `--coverage` saw, or what several runs saw together whose reports are named.
    Coverage(CoverageArgs),
    /// Apply migrations to a database that lives on, and see what is applied.
    ///
    /// The database is one of the environments in pgassay.toml (--env), or the one at --url.
    Migrate(Box<MigrateArgs>),
    /// Check before a deploy that the database has the schema which the code needs, and that no migration is under way.
    ///
    /// It reads the history of whatever tool migrates the database, and needs no more than CONNECT and SELECT on that. A newer
    /// schema is good too. The exit code is 0 when all is well, 5 when it is not, and 2 when it cannot be told.
    Gate(Box<GateArgs>),
    /// Set up and look after the developer's database, and the server that a project keeps for it.
    Db(DbArgs),
    /// Save the rows of a database in a file that knows their schema's version, and load them where it fits.
    ///
    /// A snapshot holds rows and no schema: it is loaded behind the very migrations that it was saved behind.
    Snapshot(Box<SnapshotArgs>),
    /// Open psql on a throwaway copy of the database that the tests get.
    ///
    /// It holds the project's roles, migrations, fixtures and pgTAP, and is gone when psql ends, whatever was done there.
    /// The exit code is psql's.
    Shell(ShellArgs),
    /// Look after what is kept between runs.
    ///
    /// That is the result of initdb, for each version of the server, and what `--state save` saved; roles, migrations
    /// and fixtures run in each run. It is safe to clean it at any time.
    Cache(CacheArgs),
    /// Print a script that completes pgassay's command line in a shell.
    ///
    /// For bash: `pgassay completions bash > ~/.local/share/bash-completion/completions/pgassay`.
    Completions(CompletionsArgs),
    /// Print a manual page.
    ///
    /// To install: `pgassay man > pgassay.1` and `pgassay man test > pgassay-test.1`.
    Man(ManArgs),
    /// Print the version: `--version`, which is no subcommand.
    #[command(skip)]
    Version,
}

/// Reads the arguments, the program's own name first.
///
/// # Errors
///
/// clap's error: wrong usage, or the help that was asked for; it knows its text, its stream and its exit code.
pub fn parse<I, T>(arguments: I) -> Result<Invocation, clap::Error>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let typed: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let cli = Cli::try_parse_from(&typed).map_err(|error| mistake::told(error, &typed))?;
    // clap sees no conflict when one stands before the subcommand and the other behind it.
    if cli.global.quiet && cli.global.verbose > 0 {
        let message = "the argument '--quiet' cannot be used with '--verbose'";
        return Err(Cli::command().error(ErrorKind::ArgumentConflict, message));
    }
    // clap lets a flag be without what it requires, where that would conflict with another.
    if let Some(Command::Test(test)) = &cli.command
        && test.split
        && test.runtests.is_none()
    {
        let message = "`--split` gives each test function a database of its own, beside `--runtests`; test files have \
                       theirs anyway: leave it out";
        return Err(mistake::in_test(
            ErrorKind::MissingRequiredArgument,
            message,
        ));
    }
    let command = match cli.command {
        _ if cli.version => Command::Version,
        Some(command) => command,
        None => {
            let message = "no subcommand was named; `pgassay test` runs the tests";
            return Err(Cli::command().error(ErrorKind::MissingSubcommand, message));
        }
    };
    Ok(Invocation {
        global: cli.global,
        command,
    })
}

/// The whole command line as clap sees it, for completions, manual pages and tests.
fn definition() -> clap::Command {
    Cli::command()
}

/// What nobody is shown.
#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

/// A percentage.
fn percentage(text: &str) -> Result<f64, String> {
    match text.strip_suffix('%').unwrap_or(text).trim().parse() {
        Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
        _ => Err("it must be a percentage from 0 to 100".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Invocation {
        parse(line.split(' ')).unwrap()
    }

    fn refusal(line: &str) -> String {
        parse(line.split(' ')).unwrap_err().to_string()
    }

    #[test]
    fn clap_finds_no_fault_with_the_definition() {
        definition().debug_assert();
    }

    #[test]
    fn every_flag_and_subcommand_has_help() {
        fn check(command: &clap::Command) {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "`{name}` has no help");
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "`{name}`: {argument} has no help"
                );
            }
            command.get_subcommands().for_each(check);
        }
        let mut definition = definition();
        definition.build();
        check(&definition);
    }

    #[test]
    fn every_option_of_a_subcommand_stands_under_a_heading() {
        let mut definition = definition();
        definition.build();
        let test = definition.find_subcommand("test").unwrap();
        for argument in test
            .get_opts()
            .filter(|argument| argument.get_id() != "help")
        {
            assert!(argument.get_help_heading().is_some(), "{argument}");
        }
    }

    #[test]
    fn the_version_is_asked_for_with_and_without_verbose() {
        let short = parsed("pgassay -V");
        assert!(matches!(short.command, Command::Version));
        assert_eq!(short.global.verbose, 0);
        for line in ["pgassay --version --verbose", "pgassay -v --version"] {
            let long = parsed(line);
            assert!(matches!(long.command, Command::Version), "{line}");
            assert_eq!(long.global.verbose, 1, "{line}");
        }
    }

    #[test]
    fn global_options_stand_before_or_behind_the_subcommand() {
        for line in [
            "pgassay -C a -C b --config c.toml -q test",
            "pgassay test -C a -C b --config c.toml -q",
        ] {
            let global = parsed(line).global;
            assert_eq!(global.directory, [PathBuf::from("a"), PathBuf::from("b")]);
            assert_eq!(global.config, Some(PathBuf::from("c.toml")));
            assert!(global.quiet);
        }
    }

    #[test]
    fn a_missing_subcommand_is_said_to_be_missing() {
        assert!(refusal("pgassay -v").contains("no subcommand was named"));
    }

    #[test]
    fn verbose_and_quiet_exclude_one_another() {
        for line in ["pgassay -v test -q", "pgassay test -q -v"] {
            assert!(refusal(line).contains("cannot be used with"), "{line}");
        }
    }

    #[test]
    fn the_help_is_as_documented() {
        let mut definition = definition().term_width(100);
        definition.build();
        insta::assert_snapshot!("help", definition.render_long_help());
        let test = definition.find_subcommand_mut("test").unwrap();
        insta::assert_snapshot!("help_test", test.render_help());
        insta::assert_snapshot!("help_test_long", test.render_long_help());
    }
}
