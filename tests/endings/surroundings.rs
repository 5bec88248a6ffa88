//! The environment: what is in it must not change a run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::tool::{PASSING, Project, Running, names, open_to_all, working_in};

#[test]
fn variables_of_libpq_and_of_the_language_do_not_leak_in() {
    let Some(project) = Project::new() else {
        return;
    };
    let test = "SELECT plan(6);
SELECT is(current_user::text, 'postgres');
SELECT is(current_database()::text, 'pgassay');
SELECT is(current_setting('lc_messages'), 'C');
SELECT is(current_setting('TimeZone'), 'UTC');
SELECT is(current_setting('work_mem'), '4MB');
SELECT throws_ok('SELECT 1/0', '22012', 'division by zero');
";
    project.write("sql-tests/a.sql", test);
    let mut command = project.command(&["test"]);
    for (name, value) in [
        ("PGHOST", "nonsense.invalid"),
        ("PGHOSTADDR", "203.0.113.1"),
        ("PGPORT", "many"),
        ("PGUSER", "somebody"),
        ("PGPASSWORD", "secret"),
        ("PGPASSFILE", "/dev/zero"),
        ("PGDATABASE", "elsewhere"),
        ("PGSERVICE", "missing"),
        ("PGSERVICEFILE", "/dev/zero"),
        ("PGOPTIONS", "-c work_mem=1GB -c nonsense=1"),
        ("PGSSLMODE", "verify-full"),
        ("PGCONNECT_TIMEOUT", "soon"),
        ("PGTZ", "Mars/Phobos"),
        ("PGDATESTYLE", "nonsense"),
        ("PGCLIENTENCODING", "KLINGON"),
        ("PGDATA", "/nowhere"),
        ("PGAPPNAME", "x"),
        ("LANG", "xx_YY.KLINGON"),
        ("LC_ALL", "de_DE.ISO-8859-1"),
        ("LANGUAGE", "fr"),
        ("TZ", "Mars/Phobos"),
        ("ON_ERROR_STOP", "0"),
        ("PSQLRC", "/dev/zero"),
    ] {
        command.env(name, value);
    }
    Running::start(command, project.around()).finish().expect(0);
    project.assert_nothing_is_left();
}

#[test]
fn almost_nothing_in_the_environment_is_enough() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let mut command = project.command(&["test"]);
    command.env_remove("HOME").env_remove("PATH");
    // Where the servers lie on PATH only, none is found, and that is told.
    let ran = Running::start(command, project.around()).finish();
    assert!(
        ran.code == Some(0) || ran.err.contains("no PostgreSQL server found"),
        "{}{}",
        ran.out,
        ran.err
    );
    project.assert_nothing_is_left();
}

#[test]
fn a_temporary_directory_with_a_long_path_or_none_at_all_does_no_harm() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let long = project.around().join("x".repeat(120)).join("y".repeat(120));
    fs::create_dir_all(&long).unwrap();
    open_to_all(&long);
    for directory in [long.clone(), project.around().join("missing")] {
        let mut command = project.command(&["test"]);
        // A run directory that is named would be the only place; here the tool has to find one.
        command
            .env_remove("PGASSAY_RUN_DIR")
            .env("TMPDIR", directory);
        Running::start(command, project.around()).finish().expect(0);
    }
    assert_eq!(names(&long), Vec::<String>::new());
    assert_eq!(working_in(&project.around()), Vec::<String>::new());
}

#[test]
fn a_project_with_blanks_quotes_and_letters_of_all_kinds_in_its_path_runs() {
    let Some(project) = Project::new() else {
        return;
    };
    let directory = "it's \"a\" $HOME – %41 ünï 测试";
    project
        .write(
            &format!("{directory}/migrations/V1__ein Tisch.sql"),
            "CREATE TABLE t ();\n",
        )
        .write(
            &format!("{directory}/sql-tests/a b'c.sql"),
            "\\ir '_in''cluded.sql'\n",
        )
        .write(
            &format!("{directory}/sql-tests/_in'cluded.sql"),
            "SELECT plan(1);\nSELECT has_table('t');\n",
        );
    project.run(&["test", "-C", directory]).expect(0);
    project.assert_nothing_is_left();
}

#[test]
fn without_the_cache_nothing_is_read_from_it_nor_written_to_it() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let cache = project.around().join("cache");
    let mut command = project.command(&["test", "--no-cache"]);
    command.env("PGASSAY_CACHE_DIR", &cache);
    Running::start(command, project.around()).finish().expect(0);
    assert!(!cache.exists());
    project.assert_nothing_is_left();
}

#[test]
fn the_junit_file_is_as_readable_as_the_umask_or_the_file_before_says() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let report = project.path().join("junit.xml");
    let mode = || fs::metadata(&report).unwrap().permissions().mode() & 0o777;
    let run = || {
        let tool = project.command(&[]);
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", "umask 027; exec \"$0\" test --junit junit.xml"])
            .arg(tool.get_program())
            .current_dir(project.path())
            .env_clear()
            .envs(
                tool.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        Running::start(command, project.around()).finish().expect(0);
    };
    run();
    assert_eq!(mode(), 0o640);
    fs::set_permissions(&report, fs::Permissions::from_mode(0o604)).unwrap();
    run();
    assert_eq!(mode(), 0o604);
}

#[test]
fn a_roles_own_search_path_counts_and_reaches_pgtap_all_the_same() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("pgassay.toml", "[pgtap]\nschema = \"tap\"\n")
        .write(
            "roles/app.sql",
            "CREATE ROLE app LOGIN;\nALTER ROLE app SET search_path = app;\n",
        )
        .write(
            "migrations/V1__app.sql",
            "CREATE SCHEMA app;\nGRANT ALL ON SCHEMA app TO app;\n",
        )
        .write(
            "sql-tests/a.sql",
            "-- pgassay: role app\nSELECT plan(1);\nSELECT is(current_setting('search_path'), 'app, tap');\n",
        )
        .write(
            "sql-tests/b.sql",
            "SELECT plan(1);\nSELECT is(current_setting('search_path'), '\"$user\", public, tap');\n",
        );
    project.run(&["test"]).expect(0);
}

#[test]
fn junit_follows_links_leaves_devices_alone_and_is_never_an_earlier_runs() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let report = project.path().join("real.xml");
    fs::write(&report, "old").unwrap();
    let link = project.path().join("link.xml");
    std::os::unix::fs::symlink(&report, &link).unwrap();
    project.run(&["test", "--junit", "link.xml"]).expect(0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&report).unwrap().contains("testcase"));
    project
        .run(&["test", "--junit", "link.xml", "--match", "zzz"])
        .expect(4);
    let text = fs::read_to_string(&report).unwrap();
    assert!(
        text.contains("<testsuites>") && !text.contains("testcase"),
        "{text}"
    );

    let pipe = project.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
    };
    project.run(&["test", "--junit", "pipe"]).expect(0);
    assert!(reader.join().unwrap().contains("testcase"));
    assert!(!fs::metadata(&pipe).unwrap().is_file());
}
