//! `--since`: what migrations changed since a revision of git must be covered.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::tool::{Project, Ran, Running, psql, skip};
use crate::{file, project, run};

/// A project with a small schema, on a machine with git.
fn with_git() -> Option<Project> {
    if Command::new("git").arg("--version").output().is_err() {
        return skip("there is no git");
    }
    project()
}

/// Runs git in a directory.
#[track_caller]
fn git(directory: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Commits all that is there.
#[track_caller]
fn commit(directory: &Path) {
    git(directory, &["add", "."]);
    git(directory, &["commit", "--quiet", "--message", "it"]);
}

/// Makes a repository with all that is there.
#[track_caller]
fn begin(directory: &Path) {
    git(directory, &["init", "--quiet"]);
    commit(directory);
}

/// Fails where it did not refuse with these words.
#[track_caller]
fn refuses(ran: Ran, texts: &[&str]) {
    let ran = ran.expect(2);
    for text in texts {
        assert!(ran.err.contains(text), "no {text:?} in:\n{}", ran.err);
    }
}

#[test]
fn the_logic_on_changed_lines_must_be_reached() {
    let Some(project) = with_git() else { return };
    let script = "migrations/V3__logic.sql";
    let make = |more: &str| {
        format!(
            "CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  IF a = 0 THEN RETURN 0; END IF;\n{more}  RETURN 1;\nEND $$;\n"
        )
    };
    project
        .write(script, &make(""))
        .write("sql-tests/a.sql", &file(&["is(f(1), 1)"]));
    begin(&project.path());
    run(&project, &["--since", "HEAD"]).expect(0);
    project.write(script, &make("  IF a = 2 THEN\n    RETURN 2;\n  END IF;\n"));
    run(&project, &["--since", "HEAD"]).expect(3).tells(&[
        "since HEAD: 2 of 4 statements and branches on lines that were added or changed were not reached",
        "function public.f(integer) (migrations/V3__logic.sql:4)",
    ]);
    project.write("sql-tests/b.sql", &file(&["is(f(2), 2)"]));
    run(&project, &["--since", "HEAD"]).expect(0);
}

#[test]
fn what_changed_since_a_revision_must_be_covered_whatever_the_rest_is() {
    let Some(project) = with_git() else { return };
    project.write("sql-tests/a.sql", &file(&["pass('it')"]));
    let ran = run(&project, &["--since", "main"]).expect(2);
    assert!(
        ran.err.contains("what has changed since main"),
        "{}",
        ran.err
    );
    begin(&project.path());
    run(&project, &["--since", "main"]).expect(0);
    // No option of git's.
    let ran = run(&project, &["--since=--independent"]).expect(2);
    assert!(
        ran.err.contains("git knows no such revision"),
        "{}",
        ran.err
    );

    // A file that git does not know yet.
    project.write(
        "migrations/V3__more.sql",
        "ALTER TABLE t\n    ADD COLUMN more text;\n",
    );
    run(&project, &["--since", "main"]).expect(3).tells(&[
        "since main",
        "column public.t.more",
        "migrations/V3__more.sql:1",
    ]);
    project.write("sql-tests/a.sql", &file(&["has_column('t', 'more')"]));
    run(&project, &["--since", "main"]).expect(0);
    commit(&project.path());

    // A line within a statement.
    project.write(
        "migrations/V1__tables.sql",
        "CREATE TABLE t (\n  id integer PRIMARY KEY,\n  name varchar(9) NOT NULL CHECK (name <> '')\n);\n\nGRANT SELECT ON t TO app;\n",
    );
    let told = run(&project, &["--since", "HEAD"]).expect(3).out;
    assert!(told.contains("column public.t.name"), "{told}");
    assert!(!told.contains("column public.t.note ("), "{told}");
}

/// What changes one file of the project.
type Change = fn(&Path) -> std::io::Result<()>;

#[test]
fn lines_are_not_compared_with_scripts_that_have_changed_since_they_were_measured() {
    let Some(project) = with_git() else { return };
    project
        .write("sql-tests/a.sql", &file(&["pass('it')"]))
        .write("migrations/V3__more.sql", "\\ir ../lib/more.psql\n")
        .write("lib/more.psql", "CREATE TABLE more ();\n");
    begin(&project.path());
    run(&project, &[]).expect(0);
    project
        .run(&["coverage", "--format", "data", "--output", "part.json"])
        .expect(0);
    let changes: [(&str, Change); 5] = [
        ("migrations/V1__tables.sql has changed", |project| {
            let path = project.join("migrations/V1__tables.sql");
            let text = fs::read_to_string(&path)?;
            fs::write(path, format!("-- one line more\n{text}"))
        }),
        ("lib/more.psql has changed", |project| {
            fs::write(project.join("lib/more.psql"), "\nCREATE TABLE more ();\n")
        }),
        ("migrations/V2__more.sql is gone", |project| {
            fs::remove_file(project.join("migrations/V2__more.sql"))
        }),
        ("migrations/V4__new.sql was added", |project| {
            fs::write(
                project.join("migrations/V4__new.sql"),
                "CREATE TABLE new ();\n",
            )
        }),
        ("roles/more.sql was added", |project| {
            fs::write(project.join("roles/more.sql"), "CREATE ROLE more;\n")
        }),
    ];
    for (told, change) in changes {
        let since =
            |reports: &[&str]| project.run(&[&["coverage", "--since", "HEAD"], reports].concat());
        since(&[]).expect(0);
        change(&project.path()).unwrap();
        let again = "since this was measured: run `pgassay test --coverage` again";
        for reports in [&[][..], &["part.json"]] {
            refuses(since(reports), &[told, again]);
        }
        // All else can still be said of it.
        project.run(&["coverage"]).expect(0);
        git(&project.path(), &["checkout", "--quiet", "."]);
        git(
            &project.path(),
            &["clean", "--quiet", "-f", "migrations", "roles"],
        );
    }
    // Two of them.
    project
        .write("migrations/V1__tables.sql", "")
        .write("migrations/V2__more.sql", "");
    refuses(
        project.run(&["coverage", "--since", "HEAD"]),
        &["migrations/V1__tables.sql has changed (and 1 more) since"],
    );
    run(&project, &["--since", "HEAD"]).expect(0);
}

#[test]
fn a_template_out_of_the_cache_knows_what_it_was_made_of() {
    let Some(project) = with_git() else { return };
    project.write("sql-tests/a.sql", &file(&["pass('it')"]));
    begin(&project.path());
    // It takes so long that these first migrations are kept by themselves, and no earlier run of this test has kept them.
    let unique = project.path().display().to_string();
    project.write(
        "migrations/V3__it.sql",
        &format!("CREATE TABLE of_v3 ();\nSELECT pg_sleep(0.4); -- {unique}\n"),
    );
    for _ in 0..2 {
        run(&project, &["--since", "HEAD"])
            .expect(3)
            .tells(&["table public.of_v3 (migrations/V3__it.sql:1)"]);
    }
    // What is appended begins with what the cache holds of the first ones.
    project.write("migrations/V4__it.sql", "SELECT 1;\n");
    run(&project, &["--since", "HEAD"])
        .expect(3)
        .tells(&["the first 3 of them from the cache", "1 of 1 objects"]);
    let unkept = run(&project, &["--since", "HEAD", "--no-cache"]).expect(3);
    unkept.tells(&["1 of 1 objects"]);
}

#[test]
fn a_gate_that_knows_no_line_at_all_does_not_stand_open() {
    let (Some(project), Some(psql)) = (with_git(), psql()) else {
        return;
    };
    let command = format!(
        "migrate_command = \"{} -Xq -v ON_ERROR_STOP=1 -f schema.sql\"\n",
        psql.display()
    );
    fs::remove_dir_all(project.path().join("roles")).unwrap();
    project
        .write("sql-tests/a.sql", &file(&["has_table('made')"]))
        .write("schema.sql", "CREATE TABLE made (id integer, note text);\n")
        .write("pgassay.toml", &command);
    begin(&project.path());
    let told = [
        "what has changed since HEAD",
        "of none of the 3 objects the line is known",
        "`migrate_command`",
    ];
    refuses(run(&project, &["--since", "HEAD"]), &told);
    refuses(project.run(&["coverage", "--since", "HEAD"]), &told);

    // Some are known: those of fixtures.
    project
        .write("fixtures/f.sql", "CREATE TABLE known ();\n")
        .write(
            "sql-tests/a.sql",
            &file(&["has_table('known')", "has_table('made')"]),
        );
    let note = "since HEAD: 3 objects are left out, since no line is known that made them; 2 of them are not covered";
    let ran = run(&project, &["--since", "HEAD"]).expect(0);
    ran.tells(&[&format!("note: {note}")]);
    for form in ["json", "markdown", "html"] {
        let ran = project.run(&["coverage", "--since", "HEAD", "--format", form]);
        let ran = ran.expect(0).tells(&["since HEAD: 3 objects are left out"]);
        assert!(ran.err.contains(note), "{}", ran.err);
        if form == "json" {
            let report: Value = serde_json::from_str(&ran.out).unwrap();
            assert_eq!(report["notes"], serde_json::json!([note]));
        }
    }
    // What is covered all the same leaves nothing to be said.
    project.write(
        "sql-tests/a.sql",
        &file(&[
            "has_table('known')",
            "has_table('made')",
            "columns_are('made', ARRAY['id', 'note'])",
        ]),
    );
    let ran = run(&project, &["--since", "HEAD"]).expect(0);
    assert!(!ran.out.contains("are left out"), "{}", ran.out);
}

#[test]
fn what_a_trigger_made_at_commit_is_told_to_be_left_out() {
    let Some(project) = with_git() else { return };
    project
        .write("sql-tests/a.sql", &file(&["pass('it')"]))
        .write(
            "migrations/V3__late.sql",
            "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  CREATE TABLE made_late ();\n  RETURN NULL;\nEND $$;\n
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late();\n
INSERT INTO t VALUES (1, 'it');\n",
        );
    begin(&project.path());
    run(&project, &["--since", "HEAD"])
        .expect(0)
        .tells(&["note: since HEAD: 1 object is left out, since no line is known that made it; it is not covered"]);
}

#[test]
fn migrations_may_lie_elsewhere_in_the_work_tree() {
    let Some(project) = with_git() else { return };
    let top = project.path();
    project
        .write("db/migrations/V1__t.sql", "CREATE TABLE t ();\n")
        .write("services/shop/sql-tests/a.sql", &file(&["pass('it')"]))
        .write(
            "services/shop/pgassay.toml",
            "migrations = \"../../db/migrations\"\n",
        );
    // By a symbolic link too.
    project
        .write("services/linked/sql-tests/a.sql", &file(&["pass('it')"]))
        .write("services/linked/pgassay.toml", "");
    symlink(
        "../../db/migrations",
        top.join("services/linked/migrations"),
    )
    .unwrap();
    begin(&top);
    for service in ["services/shop", "services/linked"] {
        let since = ["-C", service, "test", "--coverage", "--since", "HEAD"];
        project.run(&since).expect(0);
        // One that git knows, and one that it does not.
        project.write("db/migrations/V1__t.sql", "CREATE TABLE u ();\n");
        project.run(&since).expect(3).tells(&["table public.u"]);
        git(&top, &["checkout", "--quiet", "."]);
        project.write("db/migrations/V2__v.sql", "CREATE TABLE v ();\n");
        project.run(&since).expect(3).tells(&["table public.v"]);
        fs::remove_file(top.join("db/migrations/V2__v.sql")).unwrap();
    }
}

#[test]
fn a_hook_of_git_asks_of_the_projects_own_repository() {
    let Some(project) = with_git() else { return };
    project.write("sql-tests/a.sql", &file(&["pass('it')"]));
    begin(&project.path());
    run(&project, &[]).expect(0);
    for git_dir in [
        project.path().join(".git"),
        ".git".into(),
        "/nowhere".into(),
    ] {
        let mut command = project.command(&["coverage", "--since", "HEAD"]);
        command.env("GIT_DIR", git_dir).env("GIT_PREFIX", "x/");
        Running::start(command, project.around()).finish().expect(0);
    }
}

#[test]
fn migrations_outside_of_the_work_tree_have_no_revision() {
    let Some(project) = with_git() else { return };
    let far = project.around().join("far");
    fs::create_dir(&far).unwrap();
    fs::write(far.join("V1__t.sql"), "CREATE TABLE t ();\n").unwrap();
    project
        .write("sql-tests/a.sql", &file(&["pass('it')"]))
        .write(
            "pgassay.toml",
            &format!("migrations = \"{}\"\n", far.display()),
        );
    begin(&project.path());
    let script = far.join("V1__t.sql").display().to_string();
    let top = project.path().display().to_string();
    let outside = format!("{script} is no file of the git work tree {top}");
    refuses(
        run(&project, &["--since", "HEAD"]),
        &[&outside, "lies in no git work tree"],
    );
    // Another repository has other revisions.
    begin(&far);
    let there = format!("it lies in {}", far.display());
    refuses(run(&project, &["--since", "HEAD"]), &[&outside, &there]);
    // Nor has a project outside of all.
    fs::remove_dir_all(project.path().join(".git")).unwrap();
    refuses(
        run(&project, &["--since", "HEAD"]),
        &[&format!("{top} lies in no git work tree")],
    );
}

#[test]
fn a_shallow_clone_without_the_revision_is_told_what_to_fetch() {
    let Some(project) = with_git() else { return };
    let origin = project.path();
    project.write("sql-tests/a.sql", &file(&["pass('it')"]));
    begin(&origin);
    git(&origin, &["tag", "v1"]);
    git(&origin, &["branch", "work"]);
    project.write("migrations/V3__a.sql", "CREATE TABLE a ();\n");
    commit(&origin);
    git(&origin, &["checkout", "--quiet", "work"]);
    project.write("migrations/V3__b.sql", "CREATE TABLE b ();\n");
    commit(&origin);
    git(&origin, &["checkout", "--quiet", "main"]);
    let url = format!("file://{}", origin.display());
    let clone = project.around().join("clone");
    let clone = clone.to_str().unwrap();
    git(
        &project.around(),
        &[
            "clone",
            "--quiet",
            "--depth=1",
            "--branch=work",
            &url,
            clone,
        ],
    );
    let test = ["-C", clone, "test", "--coverage"];
    project.run(&test).expect(0);
    let since = |revision: &str| project.run(&["-C", clone, "coverage", "--since", revision]);
    let whole = "this clone is shallow: `git fetch --unshallow`";
    refuses(
        since("v1"),
        &[
            "git knows no such revision there",
            whole,
            "`git fetch --depth=1 origin`",
        ],
    );
    // The revision is there, and what lies between is not.
    let there = Path::new(clone);
    git(
        there,
        &["fetch", "--quiet", "--depth=1", "origin", "main:main"],
    );
    refuses(since("main"), &["no commit in common", whole]);
    git(there, &["fetch", "--quiet", "--unshallow", "--tags"]);
    for revision in ["v1", "main"] {
        since(revision).expect(3).tells(&["table public.b"]);
    }
    refuses(
        since("v2"),
        &["git knows no such revision there; `git fetch`"],
    );
}

#[test]
fn scripts_that_attributes_call_binary_are_compared_all_the_same() {
    let Some(project) = with_git() else { return };
    project
        .write("sql-tests/a.sql", &file(&["pass('it')"]))
        .write(".gitattributes", "*.sql -diff binary\n");
    begin(&project.path());
    // Nor does a setting of git narrow what is compared.
    git(&project.path(), &["config", "diff.relative", "true"]);
    project.write(
        "migrations/V2__more.sql",
        "ALTER TABLE t ADD COLUMN note text DEFAULT 'none';\nCREATE TABLE more ();\n",
    );
    let told = run(&project, &["--since", "HEAD"]).expect(3).out;
    assert!(told.contains("since HEAD: 1 of 1 objects"), "{told}");
    assert!(
        told.contains("table public.more (migrations/V2__more.sql:2)"),
        "{told}"
    );
}
