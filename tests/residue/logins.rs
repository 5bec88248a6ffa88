//! What happens when a session begins: triggers on login, from PostgreSQL 17 on.

use crate::tool::{binaries, skip};
use crate::{project, run};

#[test]
fn each_file_sees_the_doings_of_its_own_logins_only() {
    if binaries().is_none_or(|binaries| binaries.version.major < 17) {
        skip::<()>("triggers on login need PostgreSQL 17");
        return;
    }
    let Some(project) = project() else { return };
    project.write(
        "migrations/V2__logins.sql",
        "CREATE TABLE logins (name text, began timestamptz DEFAULT now());
GRANT INSERT ON logins TO PUBLIC;
CREATE FUNCTION note_login() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO logins VALUES (session_user);
    PERFORM set_config('app.login', 'noted', false);
END $$;
CREATE EVENT TRIGGER noted ON login EXECUTE FUNCTION note_login();
ALTER EVENT TRIGGER noted ENABLE ALWAYS;
",
    );
    // What the template itself has, of the tool's sessions, is the same for all of them.
    let looks = "BEGIN;
SELECT plan(2);
SELECT is(count(*), 1::bigint, 'this session alone') FROM logins
 WHERE began > (SELECT coalesce(max(began), '-infinity') FROM logins WHERE began < pg_postmaster_start_time());
SELECT is(current_setting('app.login', true), 'noted');
SELECT finish();
ROLLBACK;
";
    for name in ["a", "b", "c"] {
        project.write(&format!("sql-tests/{name}.sql"), looks);
    }
    for isolation in ["pristine", "copy"] {
        run(&project, &["--isolation", isolation])
            .expect(0)
            .tells(&["3 files: 3 passed"]);
    }
}
