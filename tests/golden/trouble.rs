//! What stands in the way of the cache, which only saves time.

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use crate::tool::{names, wait_until};
use crate::{CACHED, Kept};

#[test]
fn a_script_that_changes_while_the_template_is_built_leaves_none_that_is_wrong() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    let right = "CREATE TABLE right_one ();\n";
    let wrong = "CREATE TABLE wrong_one ();\n";
    let migration = "CREATE TABLE right_two ();\n";
    project
        .write(
            "migrations/V1__t.sql",
            "CREATE TABLE t (i integer);\nSELECT pg_sleep(2);\n",
        )
        .write("migrations/V2__right.sql", migration)
        .write("fixtures/right.sql", right)
        .write(
            "sql-tests/c.sql",
            "SELECT plan(2);\nSELECT has_table('right_one');\nSELECT has_table('right_two');\nSELECT finish();\n",
        );
    let run = kept.start(&["test"]);
    wait_until("the server runs that the template is built on", || {
        names(&project.runs()).iter().any(|name| {
            let data = project.runs().join(name).join("golden");
            data.join("postmaster.pid").exists()
        })
    });
    // Migrations were all read before; a fixtures script is read when it runs.
    project.write("migrations/V2__right.sql", wrong);
    project.write("fixtures/right.sql", wrong);
    let ran = run.finish().expect(1);
    let told = format!("{}{}", ran.out, ran.err);
    assert!(
        told.contains("fixtures/right.sql has changed since this run began"),
        "{told}"
    );
    assert!(told.contains("has_table('right_one')"), "{told}");
    assert!(!told.contains("has_table('right_two')"), "{told}");
    project.write("migrations/V2__right.sql", migration);
    project.write("fixtures/right.sql", right);
    kept.expect(false, 0).tells(&["3 files: 3 passed"]);
    kept.expect(true, 0);
}

#[test]
fn a_run_goes_on_without_an_entry_that_somebody_keeps_locked() {
    let Some(kept) = Kept::new() else { return };
    kept.expect(false, 0);
    let golden = kept.cache().join("golden");
    let entry = golden.join(&names(&golden)[0]);
    let lock = File::open(entry.join("lock")).unwrap();
    lock.lock().unwrap();
    kept.expect(false, 0).tells(&["2 files: 2 passed"]);
    drop(lock);
    kept.expect(true, 0);
}

#[test]
fn a_run_ends_though_somebody_keeps_the_times_of_earlier_runs_locked() {
    let Some(kept) = Kept::new() else { return };
    kept.project.write(
        "sql-tests/c.sql",
        "SELECT plan(1);\nSELECT pg_sleep(0.2);\nSELECT pass();\nSELECT finish();\n",
    );
    let state = kept.cache().join("state");
    fs::create_dir_all(&state).unwrap();
    fs::set_permissions(
        kept.cache(),
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    let lock = File::open(&state).unwrap();
    lock.lock().unwrap();
    kept.expect(false, 0).tells(&["3 files: 3 passed"]);
    let saving = kept.start(&["test", "--state", "save"]).finish().expect(2);
    assert!(
        saving.err.contains("somebody else has had it locked"),
        "{}",
        saving.err
    );
    drop(lock);
    assert!(names(&state).is_empty());
}

#[test]
fn a_template_that_cannot_be_read_is_built_anew_with_a_word_about_it() {
    let Some(kept) = Kept::new() else { return };
    kept.expect(false, 0);
    let golden = kept.cache().join("golden");
    let entry = golden.join(&names(&golden)[0]);
    symlink("/nowhere", entry.join("data/pg_tblspc/1")).unwrap();
    let ran = kept.expect(false, 0).tells(&["2 files: 2 passed"]);
    let told = format!("{}{}", ran.out, ran.err);
    assert!(
        told.contains("the template cannot be taken from the cache: ") && !told.contains(CACHED),
        "{told}"
    );
}
