//! What is silenced while rows are loaded, besides triggers.

use crate::rows::assert_same;
use crate::site::{As, Site};

const TABLES: &str = "CREATE TABLE log (what text);
    CREATE TABLE t (id int PRIMARY KEY, text text, parent int REFERENCES t ON DELETE CASCADE);
    CREATE TABLE other (id int PRIMARY KEY, t int CONSTRAINT to_t REFERENCES t DEFERRABLE INITIALLY IMMEDIATE);";

const RULES: &str = "CREATE RULE gone AS ON DELETE TO t DO ALSO INSERT INTO log VALUES ('deleted ' || old.id);
    CREATE RULE stay AS ON DELETE TO t WHERE old.id = 2 DO INSTEAD NOTHING;
    CREATE RULE come AS ON INSERT TO t DO ALSO INSERT INTO log VALUES ('inserted ' || new.id);
    CREATE RULE always AS ON DELETE TO t DO ALSO INSERT INTO log VALUES ('always ' || old.id);
    CREATE RULE never AS ON DELETE TO t DO ALSO INSERT INTO log VALUES ('never ' || old.id);
    CREATE RULE replica AS ON DELETE TO t DO ALSO INSERT INTO log VALUES ('replica ' || old.id);
    ALTER TABLE t ENABLE ALWAYS RULE always; ALTER TABLE t DISABLE RULE never; ALTER TABLE t ENABLE REPLICA RULE replica;
    CREATE VIEW seen AS SELECT * FROM t;
    CREATE RULE of_view AS ON DELETE TO seen DO INSTEAD INSERT INTO log VALUES ('of a view');";

#[test]
fn rules_of_the_tables_do_not_fire_and_are_put_back_as_they_were() {
    for whose in [As::Owner, As::Superuser] {
        let Some(site) = Site::new(&[("V1__t.sql", TABLES)]) else {
            return;
        };
        for database in ["one", "two"] {
            site.migrated(database, whose);
            site.execute_as(database, whose, RULES);
        }
        site.execute(
            "one",
            "INSERT INTO t VALUES (1, 'one', NULL), (2, 'two', 1), (3, 'three', 2); TRUNCATE log",
        );
        let some = ["save", "--output", "a.snapshot", "--table", "public.t"];
        site.snapshot("one", whose, &some).expect(0);
        // What refers to the table is not loaded, and keeps it from being truncated.
        site.execute(
            "two",
            "INSERT INTO t VALUES (2, 'x', NULL), (3, 'y', 2), (7, 'z', 3); INSERT INTO other VALUES (1, 2); TRUNCATE log",
        );
        let (was, rules) = (site.state("one"), rules(&site));
        assert!(
            rules.contains("always A,come O,gone O,never D,of_view O,replica R,stay O"),
            "{rules}"
        );
        site.load("two", whose, "a.snapshot");
        assert_eq!(self::rules(&site), rules);
        site.execute("two", "TRUNCATE other");
        assert_same(&was, &site.state("two"));
        // A load that is refused leaves them too.
        site.execute(
            "two",
            "INSERT INTO t VALUES (9, 'nine', NULL); INSERT INTO other VALUES (1, 9); TRUNCATE log",
        );
        site.refusal("two", whose, "a.snapshot");
        assert_eq!(self::rules(&site), rules);
        assert_eq!(site.value("two", "SELECT count(*) FROM log"), "0");
    }
}

/// The rules of the second database, each with when it fires.
fn rules(site: &Site) -> String {
    site.value(
        "two",
        "SELECT string_agg(rulename || ' ' || ev_enabled::text, ',' ORDER BY rulename) FROM pg_rewrite
          WHERE rulename <> '_RETURN' AND ev_class::regclass::text IN ('t', 'seen')",
    )
}

#[test]
fn an_owner_loads_tables_with_forced_row_security_that_foreign_keys_bind() {
    let Some(site) = Site::new(&[(
        "V1__t.sql",
        "CREATE TABLE t (id int PRIMARY KEY, boss int REFERENCES t DEFERRABLE);
         CREATE TABLE u (id int PRIMARY KEY, t int NOT NULL CONSTRAINT to_t REFERENCES t);
         CREATE TABLE not_saved (t int CONSTRAINT not_saved_to_t REFERENCES t);
         CREATE TABLE at (id int PRIMARY KEY) PARTITION BY RANGE (id);
         CREATE TABLE at_1 PARTITION OF at FOR VALUES FROM (0) TO (100);
         CREATE TABLE to_at (at int REFERENCES at_1);
         CREATE MATERIALIZED VIEW few AS SELECT count(*) FROM t;",
    )]) else {
        return;
    };
    for database in ["one", "two"] {
        site.migrated(database, As::Owner);
        site.execute_as(
            database,
            As::Owner,
            "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['t', 'u', 'not_saved', 'at', 'at_1', 'to_at'] LOOP
               EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
               EXECUTE format('CREATE POLICY few ON %I USING (false)', t);
             END LOOP; END $$",
        );
    }
    site.execute(
        "one",
        "INSERT INTO t VALUES (1, NULL), (2, 1), (3, 3); INSERT INTO u VALUES (1, 1), (2, 3); INSERT INTO at VALUES (1), (2); INSERT INTO to_at VALUES (2)",
    );
    let save = |file: &str| {
        let arguments = ["save", "--exclude", "public.not_saved", "--output", file];
        site.snapshot("one", As::Superuser, &arguments).expect(0);
    };
    save("a.snapshot");
    let was = site.state("one");
    site.execute("two", "INSERT INTO t VALUES (3, NULL), (8, 3); INSERT INTO u VALUES (1, 8); INSERT INTO not_saved VALUES (3)");
    site.load("two", As::Owner, "a.snapshot");
    site.execute("two", "TRUNCATE not_saved");
    assert_same(&was, &site.state("two"));
    // Foreign keys are held to, whoever sees the rows.
    site.execute(
        "one",
        "SET session_replication_role = replica; INSERT INTO u VALUES (3, 77)",
    );
    save("bad.snapshot");
    let said = site.refusal("two", As::Owner, "bad.snapshot");
    assert!(said.contains("to_t"), "{said}");
    site.execute(
        "two",
        "INSERT INTO t VALUES (50, NULL); INSERT INTO not_saved VALUES (50)",
    );
    let was = site.state("two");
    let said = site.refusal("two", As::Owner, "a.snapshot");
    assert!(said.contains("not_saved_to_t"), "{said}");
    assert_same(&was, &site.state("two"));
}
