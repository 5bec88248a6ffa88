use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::migration::{Layout, LayoutName};
use crate::script::parse_duration;
use crate::settings::{
    Format, Isolation, Secret, StateOptions, parse_ending, parse_printing, parse_variable,
};

const SELECTION: &str = "Which test files";
const PREPARATION: &str = "What the database holds";
const SERVER: &str = "Which server";
const RUN: &str = "How they run";
const OUTPUT: &str = "What is printed and written";

/// Arguments of `pgassay test`.
#[expect(
    clippy::doc_markdown,
    clippy::struct_excessive_bools,
    reason = "the comments are the help, which is no Markdown; each flag is independent of the others"
)]
#[derive(Debug, Clone, Default, Args)]
pub struct TestArgs {
    /// Test files, and directories to search for them [default: sql-tests].
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Run only the files whose path, as shown, matches this regular expression.
    ///
    /// With --runtests: only the functions whose name matches it, as PostgreSQL understands it [default there: ^test].
    #[arg(long = "match", value_name = "REGEX", help_heading = SELECTION)]
    pub matching: Option<String>,

    /// Run only the files with this tag (`-- pgassay: tags …` at their head).
    ///
    /// Given several times, a file needs only one of them.
    #[arg(long = "tag", value_name = "TAG", help_heading = SELECTION)]
    pub tags: Vec<String>,

    /// Run the test functions in the database, as pgTAP's runtests() finds them, instead of files.
    ///
    /// Those of SCHEMA; without it, those that the search_path reaches. Migrations and fixtures bring them.
    #[arg(
        long,
        value_name = "SCHEMA",
        num_args = 0..=1,
        conflicts_with_all = ["paths", "tags", "list", "extensions", "state", "reverse", "isolation", "find_dependency"],
        help_heading = SELECTION
    )]
    pub runtests: Option<Option<String>>,

    /// Try each migration on rows, instead of running test files.
    ///
    /// One database goes from the first version to the last, with the rows of each snapshot behind whose version it comes. Of each
    /// migration it is told whether it applies to these rows, how many it changes, and how long it takes.
    #[arg(
        long,
        conflicts_with_all = ["paths", "matching", "tags", "runtests", "list", "state", "shuffle", "reverse", "find_dependency", "jobs"],
        help_heading = SELECTION
    )]
    pub each_step: bool,

    /// As --each-step, and each migration that has a down script is taken back and applied again.
    ///
    /// The schema has to be as it was before, and then as it was the first time. What is lost of the rows is told.
    #[arg(
        long,
        conflicts_with_all = ["paths", "matching", "tags", "runtests", "list", "state", "shuffle", "reverse", "find_dependency", "jobs"],
        help_heading = SELECTION
    )]
    pub round_trip: bool,

    /// With --runtests, give each test function a database of its own, side by side.
    ///
    /// The functions startup, setup, teardown and shutdown run around each of them.
    #[arg(long, help_heading = SELECTION)]
    pub split: bool,

    /// Take files with this ending for tests, in directories that are searched [default: sql and pg].
    ///
    /// Given several times, a file needs one of them.
    #[arg(long = "ext", value_name = "ENDING", value_parser = parse_ending, help_heading = SELECTION)]
    pub extensions: Vec<String>,

    /// Choose and order the files by what earlier runs came to, or save this run for later ones.
    ///
    /// LIST holds words, with commas between them: last, failed, passed, all, hot, todo, slow, fast, new, old,
    /// fresh, and save. `--state save` saves; `--state failed,save` then runs what failed until nothing does;
    /// `--state failed,all` runs that first. `slow:5` takes five. Saved runs are kept in the cache directory.
    #[arg(long, value_name = "LIST", value_parser = StateOptions::parse, help_heading = SELECTION)]
    pub state: Vec<StateOptions>,

    /// List the files that would run, and run none.
    #[arg(short = 'D', long, visible_alias = "dry", help_heading = SELECTION)]
    pub list: bool,

    /// Apply the migrations in DIR [default: migrations, where there is one]; may be given several times.
    ///
    /// How they are laid out is recognised; docs/migrations.md tells which layouts are. Several directories make one history.
    /// A single .sql file, such as a dump, is a migration too.
    #[arg(long, value_name = "DIR", conflicts_with = "migrate_command", help_heading = PREPARATION)]
    pub migrations: Vec<PathBuf>,

    /// The migrations are laid out as this tool has them, where it is not recognised.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = layout(),
        conflicts_with = "migrate_command",
        help_heading = PREPARATION
    )]
    pub layout: Option<LayoutName>,

    /// Migrate by a command of your own instead.
    ///
    /// `sh -c CMD` runs once, in the project's directory, with the template database in its environment.
    #[arg(long, value_name = "CMD", help_heading = PREPARATION)]
    pub migrate_command: Option<String>,

    /// Run the roles scripts in PATH before the migrations [default: roles, where there is one].
    ///
    /// PATH is a script, or a directory whose .sql files run in the order of their names.
    #[arg(long, value_name = "PATH", help_heading = PREPARATION)]
    pub roles: Option<PathBuf>,

    /// Run the fixtures scripts in PATH after the migrations [default: fixtures, where there is one].
    ///
    /// PATH is a script, or a directory whose .sql files run in the order of their names.
    #[arg(long, value_name = "PATH", help_heading = PREPARATION)]
    pub fixtures: Option<PathBuf>,

    /// Begin with the rows of SNAPSHOT: `newest`, `none`, or a file [default: newest].
    ///
    /// They are loaded behind the migrations that they were saved behind; the others are applied to them. `newest` is the one in the
    /// directory of snapshots that fits behind most migrations.
    #[arg(long, value_name = "SNAPSHOT", help_heading = PREPARATION)]
    pub seed: Option<String>,

    /// Set a psql variable for the test files; may be given several times.
    ///
    /// Tests read it as :NAME, :'NAME' or :"NAME". One of the same name in pgassay.toml is replaced.
    #[arg(
        short = 'S',
        long = "set",
        value_name = "NAME=VALUE",
        value_parser = parse_variable,
        help_heading = PREPARATION
    )]
    pub variables: Vec<(String, String)>,

    /// Set one of psql's printing options for the test files, as `\pset` does; may be given several times.
    ///
    /// As with pg_prove, results are printed without alignment and without headings to begin with.
    #[arg(
        short = 'P',
        long = "pset",
        value_name = "OPTION=VALUE",
        value_parser = parse_printing,
        help_heading = PREPARATION
    )]
    pub printing: Vec<(String, String)>,

    /// Name the test database NAME, for migrations that spell it out [default: pgassay].
    ///
    /// [env: PGASSAY_DATABASE_NAME]
    #[arg(long, value_name = "NAME", help_heading = PREPARATION)]
    pub database_name: Option<String>,

    /// Migrate and test as ROLE [default: the superuser of the throwaway server].
    ///
    /// [env: PGASSAY_OWNER]
    #[arg(long, value_name = "ROLE", help_heading = PREPARATION)]
    pub owner: Option<String>,

    /// Let scripts run shell commands: \!, backticks, \g |PROGRAM, \o |PROGRAM, \copy … program.
    ///
    /// They run by `sh -c` in the working directory, with the way to the test's database in their environment.
    /// [env: PGASSAY_ALLOW_SHELL]
    #[arg(long, help_heading = PREPARATION)]
    pub allow_shell: bool,

    /// Use the server at URL, which exists already, instead of a throwaway one.
    ///
    /// A connection string as libpq takes it: `postgres://user@host:5432/` or `host=… user=…`. Databases are made
    /// there and dropped again; roles scripts run there only where `roles_on_server = true` says so.
    /// [env: PGASSAY_URL]
    #[arg(
        long,
        value_name = "URL",
        value_parser = super::secret,
        conflicts_with_all = ["pg_bin", "pg_version"],
        help_heading = SERVER
    )]
    pub url: Option<Secret>,

    /// Make the throwaway server from the programs in DIR.
    ///
    /// DIR is the one with `initdb` and `postgres`. Without it, the newest that is found on this machine is used.
    /// [env: PGASSAY_PG_BIN]
    #[arg(long, value_name = "DIR", help_heading = SERVER)]
    pub pg_bin: Option<PathBuf>,

    /// Make the throwaway server of this major version of PostgreSQL.
    ///
    /// [env: PGASSAY_PG_VERSION]
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>, help_heading = SERVER)]
    pub pg_version: Option<u32>,

    /// Neither read nor write the cache of prepared servers.
    #[arg(long, help_heading = SERVER)]
    pub no_cache: bool,

    /// Run N files side by side [default: as many as there are processors].
    ///
    /// [env: PGASSAY_JOBS]
    #[arg(short, long, value_name = "N", value_parser = at_least_one, help_heading = RUN)]
    pub jobs: Option<usize>,

    /// Give up on a file after this long: 500ms, 90s, 1h30m; 0 for never [default: 10m].
    ///
    /// Such a file is broken. `-- pgassay: timeout 5s` at the head of a file is said for that file alone.
    /// [env: PGASSAY_TIMEOUT]
    #[arg(long, value_name = "DUR", value_parser = parse_duration, help_heading = RUN)]
    pub timeout: Option<Duration>,

    /// Start no further file after N files that failed or are broken; without N, after the first.
    ///
    /// `--fail-fast=0` runs all, whatever pgassay.toml says.
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        value_parser = whole_number::<usize>,
        default_missing_value = "1",
        help_heading = RUN
    )]
    pub fail_fast: Option<usize>,

    /// Run the files in a random order, or in the order of this SEED.
    ///
    /// The seed is printed, so that an order that failed can be had again.
    #[arg(
        long,
        value_name = "SEED",
        num_args = 0..=1,
        require_equals = true,
        value_parser = whole_number::<u64>,
        help_heading = RUN
    )]
    pub shuffle: Option<Option<u64>>,

    /// Run the files in the reverse of the order that would be.
    #[arg(long, help_heading = RUN)]
    pub reverse: bool,

    /// Give every file a pristine database (pristine, or copy), or all files one, in order, as pg_prove does (shared)
    /// [default: pristine].
    ///
    /// `-- pgassay: group NAME` at the head of a few files gives these one database among them.
    /// [env: PGASSAY_ISOLATION]
    #[arg(long, value_enum, value_name = "HOW", help_heading = RUN)]
    pub isolation: Option<Isolation>,

    /// Find the earlier files that FILE lives on: those after which it passes, though it fails on its own.
    ///
    /// Or those after which it fails, though it passes on its own. The files run in one database, in their order,
    /// in smaller and smaller parts, until no file can be left out.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["list", "junit", "archive", "format", "fail_fast", "keep_failed"],
        help_heading = RUN
    )]
    pub find_dependency: Option<PathBuf>,

    /// Treat a green by accident as broken.
    ///
    /// Swallowed SQL errors, a missing finish(), passing TODO assertions and the like are warnings otherwise.
    /// [env: PGASSAY_STRICT]
    #[arg(long, help_heading = RUN)]
    pub strict: bool,

    /// Leave the database of a failing file running, and print the command that opens it.
    #[arg(long, help_heading = RUN)]
    pub keep_failed: bool,

    /// What goes to standard output: text for people, a JSON event a line, or TAP [default: console].
    ///
    /// [env: PGASSAY_FORMAT]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = OUTPUT)]
    pub format: Option<Format>,

    /// Write the results as JUnit XML to FILE as well.
    ///
    /// [env: PGASSAY_JUNIT]
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub junit: Option<PathBuf>,

    /// Write what the tests printed (TAP) to an archive, with a list of it in meta.yml.
    ///
    /// PATH ends in .tar, .tar.gz or .tgz; any other is a directory, which must be empty or missing.
    #[arg(short = 'a', long, value_name = "PATH", help_heading = OUTPUT)]
    pub archive: Option<PathBuf>,

    /// Measure which schema objects the tests assert and exercise, and print a table of it.
    ///
    /// `pgassay coverage` reports on it afterwards. [env: PGASSAY_COVERAGE]
    #[arg(long, help_heading = OUTPUT)]
    pub coverage: bool,

    /// Measure it, and demand that what migrations added or changed since REF, a revision of git, is covered.
    ///
    /// Where it is not, the exit code is 3.
    #[arg(long, value_name = "REF", help_heading = OUTPUT)]
    pub since: Option<String>,

    /// Measure it, and demand that so many percent of the branches of the schema's functions were taken.
    ///
    /// Where less were, the exit code is 3. `coverage.fail_under` in pgassay.toml says the same, and of other figures too.
    #[arg(long, value_name = "PERCENT", value_parser = super::percentage, allow_negative_numbers = true, help_heading = OUTPUT)]
    pub fail_under_branches: Option<f64>,

    /// Show the comments (`diag()`) of files that passed, too.
    #[arg(short = 'o', long, help_heading = OUTPUT)]
    pub comments: bool,

    /// Show the TODO and SKIP assertions of every file.
    #[arg(long, help_heading = OUTPUT)]
    pub directives: bool,
}

/// A count that cannot be zero.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("it must be a whole number".to_owned()),
    }
}

/// One of the layouts' names.
pub(super) fn layout() -> impl TypedValueParser<Value = LayoutName> {
    let names = Layout::all().map(|layout| layout.name);
    let words = PossibleValuesParser::new(names.map(|name| name.word));
    words.try_map(|word| LayoutName::parse(&word))
}

/// A count or a seed.
pub(super) fn whole_number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "it must be a whole number".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::super::{Command, parse};
    use super::*;

    fn test(line: &str) -> TestArgs {
        match parse(["pgassay", "test"].into_iter().chain(line.split(' '))) {
            Ok(invocation) => match invocation.command {
                Command::Test(arguments) => *arguments,
                other => panic!("{other:?}"),
            },
            Err(error) => panic!("{error}"),
        }
    }

    fn refusal(line: &str) -> String {
        parse(["pgassay", "test"].into_iter().chain(line.split(' ')))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn fail_fast_and_shuffle_take_a_value_only_behind_an_equals_sign() {
        let typed = test("--fail-fast a.sql --shuffle b.sql");
        assert_eq!(typed.fail_fast, Some(1));
        assert_eq!(typed.shuffle, Some(None));
        assert_eq!(
            typed.paths,
            [PathBuf::from("a.sql"), PathBuf::from("b.sql")]
        );
        let typed = test("--fail-fast=3 --shuffle=42");
        assert_eq!(typed.fail_fast, Some(3));
        assert_eq!(typed.shuffle, Some(Some(42)));
    }

    #[test]
    fn variables_are_split_at_their_first_equals_sign() {
        let typed = test("--set a=1 --set b=x=y --set c=");
        let expected = [("a", "1"), ("b", "x=y"), ("c", "")];
        assert_eq!(
            typed.variables,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_reason() {
        for (line, reason) in [
            ("--jobs 0", "at least 1"),
            ("--jobs many", "whole number"),
            ("--shuffle=abc", "whole number"),
            ("--fail-fast=x", "whole number"),
            ("--pg-version 17.2", "whole number"),
            ("--timeout 5x", "`x` is no unit"),
            ("--timeout 5", "say the unit"),
            ("--runtests shop --list", "cannot be used with"),
            ("--runtests=shop a.sql", "cannot be used with"),
            ("--split", "beside `--runtests`"),
            ("--split a.sql", "beside `--runtests`"),
            ("--set a", "NAME=VALUE"),
            (
                "--set ON_ERROR_STOP=maybe",
                "'--set <NAME=VALUE>': unrecognized value \"maybe\" for \"ON_ERROR_STOP\"",
            ),
            ("--set ECHO=x", "Available values are: none, errors"),
            (
                "--pset nosuch=1",
                "'--pset <OPTION=VALUE>': unknown option: nosuch",
            ),
            ("--pset format=html", "format html is not supported"),
            ("--pset expanded=x", "on, off, auto"),
            ("--set a-b=1", "letters, digits and `_`"),
            ("--format xml", "console, json, tap"),
            ("--migrations m --migrate-command c", "cannot be used with"),
            ("--url u --pg-version 17", "cannot be used with"),
        ] {
            let refusal = refusal(line);
            assert!(refusal.contains(reason), "{line}: {refusal}");
        }
    }
}
