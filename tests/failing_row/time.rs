use std::time::{Duration, Instant};

use pgassay::database::FailingRow;

use crate::ground::{Ground, Role, row_of};

#[test]
fn among_a_hundred_thousand_rows_the_last_is_found_in_reasonable_time() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.session(Role::Superuser);
    let began = Instant::now();
    let (_, found) = row_of(
        &mut session,
        "CREATE TABLE t (id int PRIMARY KEY, a text);
         INSERT INTO t SELECT i, CASE i WHEN 100000 THEN 'x' ELSE i::text END FROM generate_series(1, 100000) AS i",
        "ALTER TABLE t ALTER a TYPE int USING a::int",
    );
    let lines = found.map_or_else(Vec::new, |row| row.lines());
    assert_eq!(lines, ["row:   public.t, id = 100000", "value: a = 'x'"]);
    eprintln!("found in {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn rows_that_are_too_many_to_be_counted_in_time_are_not_counted() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.session(Role::Superuser);
    let (_, found) = row_of(
        &mut session,
        "CREATE TABLE t (id int PRIMARY KEY, a text);
         INSERT INTO t SELECT i, CASE i % 3 WHEN 0 THEN 'x' ELSE i::text END FROM generate_series(1, 30000) AS i",
        "ALTER TABLE t ALTER a TYPE int USING a::int",
    );
    let found = found.unwrap();
    assert_eq!(found.lines()[0], "row:   public.t, id = 3");
    assert_eq!(found.others, None);
}

#[test]
fn a_slow_statement_is_given_up_in_time() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.session(Role::Superuser);
    session.execute("BEGIN").unwrap();
    session
        .execute(
            "CREATE FUNCTION slow(t text) RETURNS int LANGUAGE plpgsql AS $$
             BEGIN PERFORM pg_sleep(0.01); RETURN t::int; END $$;
             CREATE TABLE t (id int PRIMARY KEY, a text);
             INSERT INTO t SELECT i, i::text FROM generate_series(1, 4000) AS i; INSERT INTO t VALUES (4001, 'x')",
        )
        .unwrap();
    let error = pgassay::event::ServerMessage {
        code: "22P02".into(),
        ..pgassay::event::ServerMessage::default()
    };
    let began = Instant::now();
    let found = FailingRow::find(
        &mut session,
        "ALTER TABLE t ALTER a TYPE int USING slow(a)",
        &error,
    );
    let took = began.elapsed();
    assert_eq!(found, None);
    assert!(took > Duration::from_secs(4), "{took:?}");
    assert!(took < Duration::from_secs(9), "{took:?}");
    let value = session
        .value("SELECT count(*) FROM t WHERE a = 'x'")
        .unwrap();
    assert_eq!(value.as_deref(), Some("1"));
    session.execute("ROLLBACK").unwrap();
}

#[test]
fn what_is_not_about_rows_is_known_at_once() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.session(Role::Superuser);
    session
        .execute(
            "BEGIN; CREATE TABLE t AS SELECT i::text AS a FROM generate_series(1, 100000) AS i",
        )
        .unwrap();
    let began = Instant::now();
    for code in [
        "42601", "42P01", "42501", "25001", "57014", "40P01", "55P03", "53100", "54001", "XX000",
        "",
    ] {
        let error = pgassay::event::ServerMessage {
            code: code.into(),
            ..pgassay::event::ServerMessage::default()
        };
        let found = FailingRow::find(
            &mut session,
            "ALTER TABLE t ALTER a TYPE int USING a::int",
            &error,
        );
        assert_eq!(found, None, "{code}");
    }
    assert!(
        began.elapsed() < Duration::from_millis(200),
        "{:?}",
        began.elapsed()
    );
}
