//! Schema coverage on a server that exists.

use serde_json::Value;

use crate::tool::Host;
use crate::tool::Project;

#[test]
fn coverage_is_as_on_own_clusters_for_a_superuser_and_refused_to_others() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    project
        .write(
            "migrations/V1__t.sql",
            "CREATE TABLE t (i integer PRIMARY KEY CHECK (i > 0));
CREATE VIEW v AS SELECT i FROM t;
CREATE FUNCTION twice(i integer) RETURNS integer LANGUAGE sql AS 'SELECT i * 2';
",
        )
        .write(
            "sql-tests/a.sql",
            "BEGIN;
SELECT plan(4);
SELECT has_view('v');
SELECT throws_ok('INSERT INTO t VALUES (0)', '23514');
SELECT is(twice(2), 4);
SELECT is(kept(2), 4);
SELECT count(*) FROM v;
SELECT finish();
ROLLBACK;
",
        );
    // Before 14 there are no bodies that the server keeps analysed: only its counters tell of their calls.
    let kept = if host.server_version() >= 140_000 {
        "RETURN i * 2"
    } else {
        "AS 'SELECT i * 2'"
    };
    let kept = format!(
        "CREATE FUNCTION kept(i integer) RETURNS integer LANGUAGE sql SECURITY DEFINER {kept};\n"
    );
    project.write("migrations/V2__kept.sql", &kept);
    let measured = |arguments: &[&str], written: &str| {
        project
            .run(&[&["test", "--coverage"], arguments].concat())
            .expect(0);
        let data = ["coverage", "--format", "data", "--output", written];
        project.run(&data).expect(0);
        let report: Value = serde_json::from_str(&project.read(written)).unwrap();
        // Without its second line, which has the time.
        let text = project.run(&["coverage"]).expect(0).out;
        let text: Vec<String> = (text.lines().enumerate())
            .filter(|(at, _)| *at != 1)
            .map(|(_, line)| line.to_owned())
            .collect();
        let objects = report["objects"].as_array().unwrap().clone();
        let objects = objects.into_iter().map(without_address);
        let objects: Vec<Value> = objects.collect();
        let sources = report["sources"].clone();
        (objects, report["unseen"].clone(), text, sources)
    };
    let own = measured(&[], "own.json");
    assert!(own.0.len() > 5, "{:?}", own.0);
    let runs = own.0.iter().filter(|it| it["exercised"]["runs"].is_array());
    assert_eq!(runs.count(), 2, "{:?}", own.0);
    let before = host.state();
    let there = measured(&["--url", &host.by_socket("postgres")], "there.json");
    host.assert_is_as(&before);
    assert_eq!(there.0, own.0);
    assert_eq!(there.1, own.1);
    assert_eq!(there.2, own.2);
    let scripts = own.3["files"].as_object().unwrap();
    assert_eq!(scripts.len(), 2, "{scripts:?}");
    assert_eq!(there.3, own.3);
    // Jobs of a pipeline need not have one server.
    project
        .run(&["coverage", "own.json", "there.json"])
        .expect(0);
    let forbidden = project.run(&["test", "--coverage", "--url", &host.by_socket("ada")]);
    let told = forbidden.expect(2).err;
    let why = "cannot measure coverage: probes are put into system catalogs, which only a superuser may do";
    assert!(told.contains(why) && told.contains("\"ada\""), "{told}");
    host.assert_is_as(&before);
}

/// Numbers differ from server to server.
fn without_address(mut object: Value) -> Value {
    object["address"] = Value::Null;
    object
}
