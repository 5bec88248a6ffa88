//! What is built oddly works with probes as it does without.

use pgassay::catalog::Kind;

use crate::place::Place;

/// What a schema holds, and what is run against it with and without probes.
const ODD: &[(&str, &[&str])] = &[
    (
        "CREATE TABLE u (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)",
        &["BEGIN", "INSERT INTO u VALUES (1)", "ALTER TABLE u ADD COLUMN b int", "COMMIT"],
    ),
    (
        "CREATE SCHEMA hidden;
         CREATE FUNCTION hidden.low(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
         CREATE TABLE v (a text);
         CREATE UNIQUE INDEX ON v ((1)) WHERE hidden.low(a) = 'x';
         CREATE FUNCTION whole(v) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';
         CREATE UNIQUE INDEX ON v (whole(v));
         CREATE ROLE harmless_writer;
         GRANT INSERT ON v TO harmless_writer",
        &["SET ROLE harmless_writer", "INSERT INTO v VALUES ('b')", "RESET ROLE"],
    ),
    (
        "CREATE FUNCTION many(anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT unnest($1)';
         CREATE FUNCTION added(anyelement) RETURNS SETOF anyelement LANGUAGE sql AS 'WITH x AS (INSERT INTO w VALUES (1)) SELECT $1';
         CREATE TABLE w (a int)",
        &["SELECT many(ARRAY[1, 2])", "SELECT added(1)", "SELECT * FROM w"],
    ),
    (
        "CREATE FUNCTION doubled(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 * 2';
         CREATE TABLE z (a int)",
        &["EXPLAIN (COSTS OFF, VERBOSE) SELECT doubled(a) FROM z"],
    ),
    (
        "CREATE FUNCTION char_3() RETURNS char(3) LANGUAGE sql AS $$ SELECT 'abc'::char(3) $$;
         CREATE FUNCTION bit_3() RETURNS bit(3) LANGUAGE sql AS $$ SELECT B'101' $$;
         CREATE FUNCTION blanks() RETURNS bpchar LANGUAGE sql AS $$ SELECT 1; SELECT 'hello'::bpchar $$;
         CREATE FUNCTION char_3s() RETURNS char(3)[] LANGUAGE sql STRICT AS $$ SELECT ARRAY['abc']::char(3)[] $$;
         CREATE FUNCTION alias() RETURNS int LANGUAGE sql AS 'SELECT 1 x'",
        &["SELECT char_3(), bit_3(), blanks(), char_3s(), alias()"],
    ),
    (
        "CREATE TABLE moved (a int);
         CREATE PROCEDURE moves() LANGUAGE plpgsql AS $$
         BEGIN
           INSERT INTO moved VALUES (1);
           COMMIT;
           SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
           INSERT INTO moved VALUES (2);
           ROLLBACK;
           INSERT INTO moved SELECT 3 FROM moved;
         END $$",
        &["CALL moves()", "CALL moves()", "SELECT * FROM moved ORDER BY a"],
    ),
    (
        "CREATE TABLE ruled (a int);
         CREATE VIEW over AS SELECT * FROM ruled;
         CREATE RULE instead AS ON INSERT TO over DO INSTEAD INSERT INTO ruled VALUES (NEW.a);
         CREATE FUNCTION rules() RETURNS void LANGUAGE sql AS 'SELECT 1; INSERT INTO over VALUES (1)'",
        &["SELECT rules()", "SELECT * FROM ruled"],
    ),
    (
        "CREATE TYPE fades AS ENUM ('a');
         CREATE FUNCTION fading() RETURNS text LANGUAGE plpgsql AS $$
         DECLARE x fades := 'a';
         BEGIN IF x = 'a' THEN RETURN x; END IF; RETURN 'none'; END $$;
         CREATE TABLE fades_too (a int);
         CREATE FUNCTION fading_too() RETURNS int LANGUAGE plpgsql AS $$
         BEGIN IF true THEN NULL; END IF; DECLARE y fades_too.a%TYPE; BEGIN RETURN 1; END; END $$",
        &[
            "ALTER TABLE fades_too RENAME a TO b",
            "SELECT fading_too()",
            "DROP TYPE fades CASCADE",
            "SELECT fading()",
        ],
    ),
    (
        "CREATE FUNCTION taken_sql(a int) RETURNS SETOF int LANGUAGE sql AS $f$ select x from generate_series(1, a) x $f$;
         CREATE FUNCTION taken_plpgsql(a int) RETURNS int LANGUAGE plpgsql AS $f$
         begin if a > 0 then return 1; end if; return 2; exception when others then return 3; end $f$",
        &[
            "DO $$ DECLARE d text; BEGIN
               FOR d IN SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'taken_%' LOOP
                   EXECUTE replace(split_part(d, 'AS', 1), 'taken_', 'given_') || 'AS' || split_part(d, 'AS', 2);
               END LOOP; END $$",
            "SELECT given_plpgsql(1), given_sql(1)",
        ],
    ),
    (
        "CREATE TABLE l (a int PRIMARY KEY REFERENCES l ON UPDATE CASCADE)",
        // So do those who copy a table with its triggers.
        &["SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname NOT LIKE 'RI_ConstraintTrigger%' AND tgname NOT LIKE 'Unique%' ORDER BY 1, 2"],
    ),
    (
        "CREATE ROLE harmless_owner;
         CREATE TABLE o (a int PRIMARY KEY, b int REFERENCES o);
         CREATE TRIGGER o_none BEFORE UPDATE ON o FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
         ALTER TABLE o OWNER TO harmless_owner",
        &[
            "SET ROLE harmless_owner",
            "ALTER TABLE o DISABLE TRIGGER USER",
            "ALTER TABLE o ENABLE TRIGGER USER",
            "ALTER TABLE o DISABLE TRIGGER o_none",
            "RESET ROLE",
        ],
    ),
];

#[test]
fn what_is_built_oddly_works_with_probes_as_without() {
    let Some(place) = Place::new() else {
        return;
    };
    let schema: Vec<&str> = ODD.iter().map(|(schema, _)| *schema).collect();
    let schema = schema.join(";\n");
    drop(place.database("plain", &schema));
    // Roles are there already.
    let again = schema
        .replace("CREATE ROLE harmless_writer;", "")
        .replace("CREATE ROLE harmless_owner;", "");
    place.telling_database("telling", &again);
    let mut plain = place.client("plain");
    let mut telling = place.client("telling");
    let statements = ODD.iter().flat_map(|(_, statements)| *statements);
    let differing: Vec<String> = statements
        .filter_map(|statement| {
            let (plain, telling) = (plain.say(statement).0, telling.say(statement).0);
            (plain != telling)
                .then(|| format!("{statement}: {plain:?}, but with probes {telling:?}"))
        })
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// A role whose name ends another's is one of its own.
#[test]
fn a_role_is_told_whatever_other_roles_names_end_with() {
    let Some(place) = Place::new() else {
        return;
    };
    let (catalog, _) = place.telling_database(
        "roles",
        "CREATE TABLE t (a int); CREATE ROLE app; CREATE ROLE sub_app; GRANT TRUNCATE ON t TO app, sub_app",
    );
    let script = [
        "SET ROLE sub_app",
        "TRUNCATE t",
        "SET ROLE app",
        "TRUNCATE t",
        "RESET ROLE",
    ];
    let script = script.map(str::to_owned);
    let seen = place
        .watched("roles", &catalog)
        .seen(&catalog, &[Kind::Table], &script);
    assert_eq!(
        seen,
        [
            "table public.t allows TRUNCATE to app",
            "table public.t allows TRUNCATE to sub_app"
        ]
    );
}

#[test]
fn a_key_over_whole_rows_is_seen_to_accept_one() {
    let Some(place) = Place::new() else {
        return;
    };
    let (catalog, _) = place.telling_database(
        "whole",
        "CREATE TABLE v (a text);
         CREATE FUNCTION whole(v) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';
         CREATE UNIQUE INDEX v_whole ON v (whole(v))",
    );
    let seen = |statement: &str| {
        let script = ["BEGIN", statement, "ROLLBACK"].map(str::to_owned);
        place
            .watched("whole", &catalog)
            .seen(&catalog, &[Kind::Index], &script)
    };
    assert_eq!(seen("INSERT INTO v VALUES (NULL)"), [""; 0]);
    assert_eq!(
        seen("INSERT INTO v VALUES ('a')"),
        ["index public.v_whole accepts"]
    );
}

/// Whose types are those of a table are asked of it where they are known.
#[test]
fn keys_over_expressions_are_seen_in_several_tables_and_when_rows_change() {
    let Some(place) = Place::new() else {
        return;
    };
    let (catalog, _) = place.telling_database(
        "several",
        "CREATE TABLE v (a text); CREATE UNIQUE INDEX v_low ON v (lower(a));
         CREATE TABLE w (b int, a text); CREATE UNIQUE INDEX w_low ON w (lower(a)) WHERE b > 0;",
    );
    let script = [
        "BEGIN",
        "INSERT INTO v VALUES (NULL)",
        "INSERT INTO w VALUES (0, 'a')",
        "UPDATE w SET b = 1",
        "UPDATE v SET a = 'a'",
        "ROLLBACK",
    ];
    let mut session = place.watched("several", &catalog);
    let seen = session.seen(&catalog, &[Kind::Index], &script.map(str::to_owned));
    assert_eq!(
        seen,
        ["index public.v_low accepts", "index public.w_low accepts"]
    );
    let without_change = [
        "BEGIN",
        "INSERT INTO w VALUES (0, 'a')",
        "UPDATE w SET b = -1",
        "UPDATE v SET a = a",
        "ROLLBACK",
    ];
    let seen = session.seen(&catalog, &[Kind::Index], &without_change.map(str::to_owned));
    assert_eq!(seen, [""; 0]);
}

/// What a test calls a column does not matter.
#[test]
fn a_key_is_seen_to_accept_a_row_though_the_test_renamed_its_columns() {
    let Some(place) = Place::new() else {
        return;
    };
    let (catalog, _) = place.telling_database(
        "renamed",
        "CREATE TABLE v (i int GENERATED ALWAYS AS IDENTITY, a text CONSTRAINT v_a UNIQUE)",
    );
    let script = [
        "BEGIN",
        "ALTER TABLE v RENAME a TO b",
        "ALTER TABLE v RENAME i TO j",
        "INSERT INTO v (b) VALUES (NULL)",
        "UPDATE v SET b = 'b'",
        "ROLLBACK",
    ];
    let mut session = place.watched("renamed", &catalog);
    let kinds = [Kind::UniqueKey, Kind::Column];
    let seen = session.seen(&catalog, &kinds, &script.map(str::to_owned));
    assert_eq!(
        seen,
        [
            "column public.v.i accepts",
            "column public.v.i produces",
            "unique key public.v.v_a accepts"
        ]
    );
}

#[test]
fn a_key_that_the_role_cannot_work_out_is_unseen_unless_another_saw_it() {
    let Some(place) = Place::new() else {
        return;
    };
    let (catalog, exercising) = place.telling_database(
        "unseen",
        "CREATE SCHEMA hidden;
         CREATE FUNCTION hidden.low(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
         CREATE TABLE v (a text);
         CREATE UNIQUE INDEX v_low ON v (hidden.low(a));
         CREATE ROLE unseen_writer;
         GRANT INSERT ON v TO unseen_writer",
    );
    assert_eq!(exercising.unseen, []);
    let as_writer = [
        "BEGIN",
        "SET ROLE unseen_writer",
        "INSERT INTO v VALUES ('b'), ('c')",
        "RESET ROLE",
    ];
    let script = |more: &[&str]| -> Vec<String> {
        let all = as_writer.iter().chain(more).chain(&["ROLLBACK"]);
        all.map(|&it| it.to_owned()).collect()
    };
    let mut session = place.watched("unseen", &catalog);
    assert_eq!(
        session.unseen(&catalog, &script(&[])),
        [
            "index public.v_low: what it accepts cannot be seen where role \"unseen_writer\" writes: permission denied for schema hidden"
        ]
    );
    let script = script(&["INSERT INTO v VALUES ('d')"]);
    assert_eq!(session.unseen(&catalog, &script), [""; 0]);
    let seen = session.seen(&catalog, &[Kind::Index], &script);
    assert_eq!(seen, ["index public.v_low accepts"]);
}
