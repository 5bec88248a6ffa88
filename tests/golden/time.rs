use crate::Kept;

/// A table whose rows know when they were made.
const TABLE: &str = "CREATE TABLE t (i integer, made timestamptz DEFAULT now());\n";

#[test]
fn a_fixture_that_asks_for_the_time_passes_in_later_runs_as_in_the_first() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    project
        .write(
            "fixtures/rows.sql",
            "INSERT INTO t VALUES (3);\nINSERT INTO more\n  SELECT extract(epoch FROM now() + interval '6 seconds')::int;\n",
        )
        .write(
            "sql-tests/c.sql",
            "SELECT plan(1);\nSELECT ok(i > extract(epoch FROM now()), 'not expired') FROM more;\nSELECT finish();\n",
        );
    for _ in 0..2 {
        let ran = kept.expect(false, 0).tells(&["3 files: 3 passed"]);
        let told = format!("{}{}", ran.out, ran.err);
        let why = "the template is built anew in each run: fixtures/rows.sql:3 asks for the time (`now(`)";
        assert_eq!(told.matches(why).count(), 1, "{told}");
        std::thread::sleep(std::time::Duration::from_secs(3));
    }
    // Whoever can live with it may have it for the day.
    project.write("pgassay.toml", "cache.time_dependent = \"day\"\n");
    kept.expect(false, 0);
    kept.expect(true, 0);
    // What was kept so is nothing to who did not ask for it.
    project.write("pgassay.toml", "");
    kept.expect(false, 0);
}

#[test]
fn what_asks_for_the_time_only_in_definitions_is_kept() {
    let Some(kept) = Kept::new() else { return };
    let project = &kept.project;
    project
        .write("migrations/V1__t.sql", TABLE)
        .write("fixtures/rows.sql", "INSERT INTO t VALUES (3);\n");
    project.write(
        "migrations/V2__touch.sql",
        "CREATE TABLE more (i integer);\n\
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$\n\
         BEGIN NEW.made := now(); INSERT INTO more SELECT extract(epoch FROM now()); RETURN NEW; END $$;\n\
         CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();\n\
         CREATE VIEW new AS SELECT * FROM t WHERE made > now() - interval '1 day';\n\
         -- It is not now() that a comment asks for the time.\n\
         ALTER TABLE t ADD CHECK (made <= now()), ADD COLUMN day date DEFAULT CURRENT_DATE;\n",
    );
    kept.expect(false, 0);
    kept.expect(true, 0);
}
