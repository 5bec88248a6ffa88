//! Settings: what was typed, the environment, `pgassay.toml` and the defaults, and which goes before which.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod documentation;
mod environments;
mod mistakes;
mod project;
mod snapshot;

use std::path::{Path, PathBuf};
use std::time::Duration;

use pgassay::cli::{self, TestArgs};
use pgassay::settings::{
    Color, Environment, Format, Isolation, PgtapSource, ProjectPlaces, ServerSettings, Settings,
    StateOptions, TimeDependent, Verbosity,
};

use project::Project;

#[test]
fn a_bare_project_gets_the_defaults() {
    let project = Project::new().variable("HOME", "/home/ada");
    let settings = project.settings("test");
    assert_eq!(settings.project_dir, project.root);
    assert_eq!(settings.working_dir, project.root);
    assert_eq!(settings.tests, [project.path("sql-tests")]);
    assert!(!settings.tests_named);
    assert!(settings.migrations.is_empty());
    assert_eq!(settings.migrate_command, None);
    assert_eq!(settings.roles, None);
    assert_eq!(settings.fixtures, None);
    assert_eq!(settings.extensions, ["sql", "pg"]);
    assert!(matches!(
        settings.server,
        ServerSettings::Throwaway {
            bin_dir: None,
            version: None
        }
    ));
    assert_eq!(settings.pgtap.source, PgtapSource::Bundled);
    assert_eq!(settings.pgtap.schema, "public");
    assert_eq!(settings.database_name, "pgassay");
    assert_eq!(settings.jobs, None);
    assert_eq!(settings.timeout, Some(Duration::from_mins(10)));
    assert_eq!(settings.fail_fast, None);
    assert_eq!(settings.shuffle, None);
    assert!(!settings.reverse && !settings.comments && !settings.directives);
    assert_eq!(settings.isolation, Isolation::Pristine);
    assert_eq!(settings.state, StateOptions::default());
    assert!(settings.serial.is_empty() && settings.printing.is_empty());
    assert_eq!(settings.archive, None);
    assert_eq!(settings.remarks, Vec::<String>::new());
    assert!(!settings.strict && !settings.keep_failed && !settings.no_cache);
    assert_eq!(settings.format, Format::Console);
    assert_eq!(settings.verbosity, Verbosity::Normal);
    assert_eq!(settings.color, Color::Auto);
}

#[test]
fn default_directories_are_used_where_they_exist() {
    let project = Project::full();
    let settings = project.settings("test");
    assert_eq!(settings.migrations, [project.path("migrations")]);
    assert_eq!(settings.roles, Some(project.path("roles")));
    assert_eq!(settings.fixtures, Some(project.path("fixtures")));
}

#[test]
fn a_default_directory_can_be_said_not_to_be_one() {
    let project = Project::full().toml("migrations = false\nroles = false\n");
    let settings = project.settings("test");
    assert!(settings.migrations.is_empty());
    assert_eq!(settings.roles, None);
    assert_eq!(settings.fixtures, Some(project.path("fixtures")));
}

#[test]
fn a_migrate_command_takes_the_place_of_the_default_migrations() {
    let settings = Project::full()
        .toml("migrate_command = \"make migrate\"\n")
        .settings("test");
    assert!(settings.migrations.is_empty());
    assert_eq!(settings.migrate_command.as_deref(), Some("make migrate"));
}

#[test]
fn the_inputs_of_a_migrate_command_belong_to_it() {
    let command =
        "migrate_command = \"make\"\nmigrate_inputs = [\"migrations\", \"pgassay.toml\"]\n";
    let project = Project::full().toml(command);
    let inputs = vec![project.path("migrations"), project.path("pgassay.toml")];
    assert_eq!(project.settings("test").migrate_inputs, inputs);
    for other in ["--migrate-command true", "--migrations migrations"] {
        let settings = project.settings(&format!("test {other}"));
        assert_eq!(settings.migrate_inputs, Vec::<PathBuf>::new(), "{other}");
    }
}

#[test]
fn the_command_line_goes_before_the_environment_the_profile_and_the_file() {
    let file = "jobs = 2\n[profile.ci]\njobs = 3\n";
    let in_file = Project::new().toml(file);
    assert_eq!(in_file.settings("test").jobs, Some(2));
    assert_eq!(in_file.settings("test --profile ci").jobs, Some(3));
    let in_environment = in_file.variable("PGASSAY_JOBS", "4");
    assert_eq!(in_environment.settings("test --profile ci").jobs, Some(4));
    let typed = in_environment.settings("test --profile ci -j 5");
    assert_eq!(typed.jobs, Some(5));
}

#[test]
fn a_profile_is_chosen_by_flag_before_environment() {
    let project = Project::new()
        .toml("[profile.ci]\njobs = 3\n[profile.slow]\njobs = 1\n")
        .variable("PGASSAY_PROFILE", "ci");
    assert_eq!(project.settings("test").jobs, Some(3));
    assert_eq!(project.settings("--profile slow test").jobs, Some(1));
}

#[test]
fn a_choice_made_above_silences_the_other_choice_below() {
    let project = Project::full().toml("migrate_command = \"make\"\npg_version = 16\n");
    let typed = project.settings("test --migrations migrations --url postgres://db");
    assert_eq!(typed.migrations, [project.path("migrations")]);
    assert_eq!(typed.migrate_command, None);
    assert!(matches!(typed.server, ServerSettings::Url { .. }));

    let project = Project::new().toml("url = \"postgres://db\"\nroles_on_server = true\n");
    let ServerSettings::Url { url, apply_roles } = project.settings("test").server else {
        panic!("the url was lost")
    };
    assert_eq!((url.expose(), apply_roles), ("postgres://db", true));
    let typed = project.settings("test --pg-version 17");
    assert!(matches!(
        typed.server,
        ServerSettings::Throwaway {
            bin_dir: None,
            version: Some(17)
        }
    ));
}

#[test]
fn the_file_is_found_in_a_parent_and_its_paths_are_relative_to_it() {
    let project = Project::full()
        .toml("tests = \"sql-tests\"\njunit = \"out/junit.xml\"\n[cache]\ndir = \".cache\"\n")
        .started_in("sql-tests/users");
    let settings = project.settings("test --roles ../../roles");
    assert_eq!(settings.project_dir, project.root);
    assert_eq!(settings.tests, [project.path("sql-tests")]);
    assert!(settings.tests_named);
    assert_eq!(settings.junit, Some(project.path("out/junit.xml")));
    assert_eq!(settings.cache_dir, project.path(".cache"));
    assert_eq!(settings.working_dir, project.path("sql-tests/users"));
    assert_eq!(settings.roles, Some(project.path("roles")));
    let typed = project.settings("test names.sql --junit junit.xml");
    assert_eq!(typed.tests, [project.path("sql-tests/users/names.sql")]);
    assert_eq!(typed.junit, Some(project.path("sql-tests/users/junit.xml")));
}

#[test]
fn no_file_above_the_home_directory_is_found() {
    let project = Project::new()
        .toml("jobs = 2\n")
        .directory("home/ada/project/sql-tests")
        .started_in("home/ada/project");
    assert_eq!(project.settings("test").jobs, Some(2));
    let home = project.path("home/ada");
    let project = project.variable("HOME", home);
    assert_eq!(project.settings("test").jobs, None);
    let project = project.file("home/ada/pgassay.toml", "jobs = 3\ntests = \"project\"\n");
    assert_eq!(project.settings("test").jobs, Some(3));
}

#[test]
fn the_directory_to_work_in_is_changed_as_git_does() {
    let project = Project::full()
        .file("a/b/pgassay.toml", "jobs = 7\n")
        .directory("a/b/sql-tests");
    let settings = project.settings("-C a -C b test x.sql --config pgassay.toml");
    assert_eq!(settings.project_dir, project.path("a/b"));
    assert_eq!(settings.working_dir, project.path("a/b"));
    assert_eq!(settings.tests, [project.path("a/b/x.sql")]);
    assert_eq!(settings.jobs, Some(7));
}

#[test]
fn a_named_file_goes_before_the_one_that_would_be_found() {
    let project = Project::new()
        .toml("jobs = 1\n")
        .file("etc/other.toml", "jobs = 2\n")
        .file("etc/third.toml", "jobs = 3\n")
        .directory("etc/sql-tests")
        .variable("PGASSAY_CONFIG", "etc/other.toml");
    assert_eq!(project.settings("test").jobs, Some(2));
    let settings = project.settings("test --config etc/third.toml");
    assert_eq!(settings.jobs, Some(3));
    assert_eq!(settings.project_dir, project.path("etc"));
}

#[test]
fn psql_variables_of_all_sources_are_joined_and_keep_their_order() {
    let project = Project::new().toml(
        "[set]\nzeta = \"1\"\nalpha = 2\n[migration_set]\nx = \"y\"\n[profile.ci.set]\nalpha = \"3\"\n",
    );
    let settings = project.settings("test --profile ci --set mid=4 --set zeta=5");
    let pairs: Vec<_> = settings
        .variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(pairs, [("zeta", "5"), ("alpha", "3"), ("mid", "4")]);
    assert_eq!(settings.migration_variables, [("x".into(), "y".into())]);
}

#[test]
fn zero_and_false_switch_off_what_a_lower_source_switched_on() {
    let project = Project::new()
        .toml("timeout = \"5s\"\nfail_fast = 3\nshuffle = true\n[profile.calm]\nshuffle = false\n");
    let settings = project.settings("test");
    assert_eq!(settings.timeout, Some(Duration::from_secs(5)));
    assert_eq!(settings.fail_fast, Some(3));
    assert_eq!(settings.shuffle, Some(99));
    let settings = project.settings("test --profile calm --timeout 0 --fail-fast=0");
    assert_eq!(settings.timeout, None);
    assert_eq!(settings.fail_fast, None);
    assert_eq!(settings.shuffle, None);
    assert_eq!(project.settings("test --shuffle=7").shuffle, Some(7));
    let zero = Project::new().toml("timeout = 0\nfail_fast = true\nshuffle = 12\n");
    let settings = zero.settings("test");
    assert_eq!(settings.timeout, None);
    assert_eq!(settings.fail_fast, Some(1));
    assert_eq!(settings.shuffle, Some(12));
}

#[test]
fn every_variable_of_the_environment_has_its_effect() {
    let project = Project::new()
        .directory("bin")
        .variable("PGASSAY_PG_BIN", "bin")
        .variable("PGASSAY_PG_VERSION", "17")
        .variable("PGASSAY_DATABASE_NAME", "shop")
        .variable("PGASSAY_OWNER", "ada")
        .variable("PGASSAY_JOBS", "6")
        .variable("PGASSAY_TIMEOUT", "2s")
        .variable("PGASSAY_STRICT", "Yes")
        .variable("PGASSAY_JUNIT", "j.xml")
        .variable("PGASSAY_FORMAT", "tap")
        .variable("PGASSAY_COLOR", "always")
        .variable("PGASSAY_CACHE_DIR", "c");
    let settings = project.settings("test");
    let ServerSettings::Throwaway { bin_dir, version } = &settings.server else {
        panic!("{:?}", settings.server)
    };
    assert_eq!(bin_dir.as_deref(), Some(&*project.path("bin")));
    assert_eq!(*version, Some(17));
    assert_eq!(settings.database_name, "shop");
    assert_eq!(settings.owner.as_deref(), Some("ada"));
    assert_eq!(settings.jobs, Some(6));
    assert_eq!(settings.timeout, Some(Duration::from_secs(2)));
    assert!(settings.strict);
    assert_eq!(settings.junit, Some(project.path("j.xml")));
    assert_eq!(settings.format, Format::Tap);
    assert_eq!(settings.color, Color::Always);
    assert_eq!(settings.cache_dir, project.path("c"));
    let on_server = Project::new().variable("PGASSAY_URL", "host=db");
    let ServerSettings::Url { url, apply_roles } = on_server.settings("test").server else {
        panic!("the url was lost")
    };
    assert_eq!((url.expose(), apply_roles), ("host=db", false));
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let project = Project::new()
        .variable("PGASSAY_JOBS", "")
        .variable("PGASSAY_PROFILE", "")
        .variable("NO_COLOR", "");
    let settings = project.settings("test");
    assert_eq!(settings.jobs, None);
    assert_eq!(settings.color, Color::Auto);
}

#[test]
fn colour_is_decided_by_the_first_that_says_something() {
    for (line, variables, file, expected) in [
        ("test", vec![], "", Color::Auto),
        ("test", vec![], "color = \"always\"", Color::Always),
        (
            "test",
            vec![("NO_COLOR", "1")],
            "color = \"always\"",
            Color::Never,
        ),
        ("test", vec![("CLICOLOR_FORCE", "1")], "", Color::Always),
        ("test", vec![("CLICOLOR_FORCE", "0")], "", Color::Auto),
        (
            "test",
            vec![("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
            "",
            Color::Never,
        ),
        (
            "test",
            vec![("PGASSAY_COLOR", "auto"), ("NO_COLOR", "1")],
            "",
            Color::Auto,
        ),
        (
            "test --color always",
            vec![("NO_COLOR", "1")],
            "",
            Color::Always,
        ),
    ] {
        let mut project = Project::new().toml(file);
        for (name, value) in &variables {
            project = project.variable(name, value);
        }
        let color = project.settings(line).color;
        assert_eq!(color, expected, "{line} {variables:?} {file}");
    }
}

#[test]
fn the_cache_lies_where_the_platform_keeps_caches() {
    let cache = |variables: &[(&str, &str)]| {
        let mut project = Project::new();
        for (name, value) in variables {
            project = project.variable(name, value);
        }
        project.settings("test").cache_dir
    };
    let both = [("XDG_CACHE_HOME", "/x"), ("HOME", "/home/ada")];
    assert_eq!(cache(&both), Path::new("/x/pgassay"));
    let relative = [("XDG_CACHE_HOME", "x"), ("HOME", "/home/ada")];
    let caches = if cfg!(target_os = "macos") {
        "/home/ada/Library/Caches/pgassay"
    } else {
        "/home/ada/.cache/pgassay"
    };
    assert_eq!(cache(&relative), Path::new(caches));
    assert_eq!(cache(&[]), Path::new("/tmp/pgassay-cache-1234"));
    let temporary = [("TMPDIR", "/scratch")];
    assert_eq!(cache(&temporary), Path::new("/scratch/pgassay-cache-1234"));
}

#[test]
fn the_cache_directory_is_resolved_without_any_tests() {
    let project = Project::new()
        .file("bare/pgassay.toml", "[cache]\ndir = \"kept\"\n")
        .started_in("bare");
    let typed = cli::parse(["pgassay", "cache", "clean"]).unwrap();
    let places = ProjectPlaces::resolve(&typed.global, &project.environment()).unwrap();
    assert_eq!(places.project_dir, project.path("bare"));
    assert_eq!(places.cache_dir, project.path("bare/kept"));
}

#[test]
fn pgtap_comes_from_where_it_is_said_to_come_from() {
    for (value, expected) in [
        ("bundled", PgtapSource::Bundled),
        ("server", PgtapSource::Server),
        ("none", PgtapSource::None),
    ] {
        let project = Project::new().toml(&format!("pgtap.source = \"{value}\"\n"));
        assert_eq!(project.settings("test").pgtap.source, expected);
    }
    let project = Project::new()
        .file("vendor/pgtap.sql", "")
        .toml("[pgtap]\nsource = \"vendor/pgtap.sql\"\nschema = \"tap\"\n");
    let pgtap = project.settings("test").pgtap;
    assert_eq!(
        pgtap.source,
        PgtapSource::File(project.path("vendor/pgtap.sql"))
    );
    assert_eq!(pgtap.schema, "tap");
}

#[test]
fn verbosity_follows_the_flags() {
    let project = Project::new();
    assert_eq!(project.settings("test -v").verbosity, Verbosity::Verbose);
    assert_eq!(project.settings("-q test").verbosity, Verbosity::Quiet);
}

#[test]
fn the_environment_of_this_process_resolves_this_project_without_a_word_typed() {
    let environment = Environment::of_process().unwrap();
    assert!(environment.current_dir.is_absolute());
    assert!(u32::try_from(environment.seed).is_ok());
    let resolved = Settings::resolve(
        &cli::GlobalArgs::default(),
        &TestArgs {
            paths: vec!["tests".into()],
            ..TestArgs::default()
        },
        &environment,
    )
    .unwrap();
    assert!(resolved.tests[0].is_absolute());
}

#[test]
fn what_suites_for_pg_prove_count_on_can_be_said_in_the_file_and_typed() {
    let project = Project::new().toml(
        "extensions = \"test\"\nisolation = \"shared\"\nserial = [\"t/*.sql\"]\nstate = [\"failed\", \"save\"]\n\
         archive = \"tap.tgz\"\n[pset]\nnull = \"-\"\nborder = 1\n",
    );
    let said = project.settings("test");
    assert_eq!(said.extensions, ["test"]);
    assert_eq!(said.isolation, Isolation::Shared);
    assert!(said.serial[0].is_match("t/a.sql") && !said.serial[0].is_match("t/u/a.sql"));
    assert_eq!(said.state, StateOptions::parse("failed,save").unwrap());
    assert_eq!(said.archive, Some(project.path("tap.tgz")));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(said.printing, [pair("null", "-"), pair("border", "1")]);

    let in_environment = project.variable("PGASSAY_ISOLATION", "copy");
    assert_eq!(in_environment.settings("test").isolation, Isolation::Copy);
    let typed = in_environment.settings(
        "test --ext .sql --ext pg --isolation shared --state all --state hot:2 -P null=* -a out --reverse",
    );
    assert_eq!(typed.extensions, ["sql", "pg"]);
    assert_eq!(typed.isolation, Isolation::Shared);
    assert_eq!(typed.state, StateOptions::parse("all,hot:2").unwrap());
    assert_eq!(typed.archive, Some(in_environment.path("out")));
    assert_eq!(typed.printing, [pair("null", "*"), pair("border", "1")]);
    assert!(typed.reverse);
}

#[test]
fn a_template_that_depends_on_the_time_is_kept_for_the_day_only_where_that_is_said() {
    let kept = |project: &Project| project.settings("test").cache_time_dependent;
    let project = Project::new();
    assert_eq!(kept(&project), TimeDependent::Rebuild);
    let project = project.toml("cache.time_dependent = \"day\"\n");
    assert_eq!(kept(&project), TimeDependent::Day);
    let project = project.variable("PGASSAY_CACHE_TIME_DEPENDENT", "rebuild");
    assert_eq!(kept(&project), TimeDependent::Rebuild);
}

#[test]
fn a_variable_that_looks_like_ours_and_is_none_is_a_remark() {
    let project = Project::new()
        .variable("PGASSAY_TIMOUT", "1s")
        .variable("PGASSAY_RUN_DIR", "/tmp")
        .variable("PGASSAY_NOTHING_LIKE_IT", "");
    assert_eq!(
        project.settings("test").remarks,
        [
            "the variable PGASSAY_NOTHING_LIKE_IT means nothing to pgassay",
            "the variable PGASSAY_TIMOUT means nothing to pgassay; did you mean PGASSAY_TIMEOUT?"
        ]
    );
}
