//! What each layout refuses, of directories that are written for it: one snapshot for each layout.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::*;

/// A directory that is refused: why it would be, and its files.
type Refused<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// A project of these files, which `migrations` (`.` for all of it) names, loaded.
fn load(files: &[(&str, &str)], migrations: &str) -> Result<MigrationSet, String> {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    for (name, text) in files {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let path = match migrations {
        "." => home.clone(),
        below => home.join(below),
    };
    let set = MigrationSet::load(&[path], None, &home);
    set.map_err(|error| error.to_string().replace(&shown(&home), "HOME"))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// What is told of each, in words.
fn told(refused: &[Refused<'_>]) -> String {
    let mut text = String::new();
    for (why, files) in refused {
        let error = load(files, ".").map(|set| set.migrations.len());
        writeln!(text, "# {why}\n{}\n", error.unwrap_err()).unwrap();
    }
    text
}

#[test]
fn sqitch_plans_are_refused_as_sqitch_refuses_them() {
    let plan = |lines: &str| format!("%syntax-version=1.0.0\n%project=shop\n\n{lines}\n");
    let lines = [
        ("a name", "x- 2024-01-01T00:00:00Z A <a@b.c>"),
        (
            "a name that means something else",
            "HEAD 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        ("no time", "users A <a@b.c>"),
        ("no planner", "users 2024-01-01T00:00:00Z"),
        ("nothing behind the name", "users"),
        ("no script", "users 2024-01-01T00:00:00Z A <a@b.c>"),
        ("a tag of nothing", "@v1 2024-01-01T00:00:00Z A <a@b.c>"),
        (
            "a tag twice",
            "a 2024-01-01T00:00:00Z A <a@b.c>\n@v1 2024-01-01T00:00:00Z A <a@b.c>\n@v1 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "a tag that requires",
            "a 2024-01-01T00:00:00Z A <a@b.c>\n@v1 [a] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "a tag with a slash",
            "a 2024-01-01T00:00:00Z A <a@b.c>\n@v/x 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "reworked without a tag",
            "a 2024-01-01T00:00:00Z A <a@b.c>\na [a] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        ("requires itself", "a [a] 2024-01-01T00:00:00Z A <a@b.c>"),
        (
            "requires a later one",
            "a [b] 2024-01-01T00:00:00Z A <a@b.c>\nb 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "requires an unknown one",
            "a [b@v1] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "conflicts",
            "a 2024-01-01T00:00:00Z A <a@b.c>\nb [!a] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        (
            "conflicts with an unknown one",
            "a [!b] 2024-01-01T00:00:00Z A <a@b.c>",
        ),
        ("no dependency", "a [+] 2024-01-01T00:00:00Z A <a@b.c>"),
    ];
    let plans = lines.map(|(why, lines)| (why, plan(lines)));
    let mut text = String::new();
    for (why, plan) in &plans {
        text += &told(&[(why, &[("sqitch.plan", plan)])]);
    }
    let change = plan("a 2024-01-01T00:00:00Z A <a@b.c>");
    text += &told(&[
        (
            "no project",
            &[("sqitch.plan", "%syntax-version=1.0.0\n\n")],
        ),
        (
            "no empty line",
            &[(
                "sqitch.plan",
                "%project=shop\na 2024-01-01T00:00:00Z A <a@b.c>\n",
            )],
        ),
        (
            "another engine",
            &[
                ("sqitch.conf", "[core]\n\tengine = mysql\n"),
                ("sqitch.plan", &change),
                ("x.sql", ""),
            ],
        ),
        (
            "no setting",
            &[
                ("sqitch.conf", "engine = pg\n"),
                ("sqitch.plan", &change),
                ("x.sql", ""),
            ],
        ),
    ]);
    insta::assert_snapshot!(text);
}

/// A committed migration of graphile-migrate.
fn committed(previous: &str, hash: &str, body: &str) -> String {
    format!("--! Previous: {previous}\n--! Hash: {hash}\n\n{body}\n")
}

#[test]
fn migrations_of_graphile_migrate_are_refused_when_their_chain_is_broken() {
    let first_hash = "sha1:5d3d0cf3d2b6d2e7d2c5f0f2b5e94d4b4a5a5d4c";
    let wrong = committed("-", first_hash, "SELECT 1;");
    let right_hash = "sha1:f0b7b8ed9f7d6d6c0fbb1a9c8c5d1f2d5ecb06ff";
    let first = wrong.replace("--! Hash", "--! AllowInvalidHash\n--! Hash");
    let second = committed(right_hash, "sha1:0", "SELECT 2;");
    let second_as_first = committed(first_hash, "sha1:0", "SELECT 2;");
    let twice = format!("--! Hash: sha1:0\n{wrong}");
    let glued = wrong.replace("\n\n", "\n");
    let no_previous = "--! Hash: sha1:0\n\nSELECT 1;\n";
    insta::assert_snapshot!(told(&[
        ("a wrong hash", &[("committed/000001.sql", &wrong)]),
        (
            "a broken chain",
            &[
                ("committed/000001.sql", &first),
                ("committed/000002-two.sql", &second)
            ]
        ),
        (
            "a changed second one",
            &[
                ("committed/000001.sql", &first),
                ("committed/000002.sql", &second_as_first)
            ]
        ),
        ("no first one", &[("committed/000002.sql", &second)]),
        (
            "one number twice",
            &[
                ("committed/000001-a.sql", &first),
                ("committed/000001-b.sql", &second)
            ]
        ),
        (
            "no previous one said",
            &[("committed/000001.sql", no_previous)]
        ),
        ("a header twice", &[("committed/000001.sql", &twice)]),
        ("no empty line", &[("committed/000001.sql", &glued)]),
        (
            "settings that are a program",
            &[
                ("committed/000001.sql", &first),
                (".gmrc.js", "module.exports = {};")
            ]
        ),
        (
            "settings that are none",
            &[("committed/000001.sql", &first), (".gmrc", "{ a")]
        ),
        (
            "a hook that runs a command",
            &[
                ("committed/000001.sql", &first),
                (
                    ".gmrc",
                    "{\n  afterReset: [{ _: \"command\", command: \"yarn worker\" }] }"
                )
            ]
        ),
        (
            "a placeholder that cannot be one",
            &[
                ("committed/000001.sql", &first),
                (".gmrc", "{\n  placeholders: { \":shop\": \"x\" } }")
            ]
        ),
        (
            "a placeholder that is graphile-migrate's own",
            &[
                ("committed/000001.sql", &first),
                (
                    ".gmrc",
                    "{\n  placeholders: { \":DATABASE_NAME\": \"x\" } }"
                )
            ]
        ),
        (
            "a placeholder that the environment lacks",
            &[
                ("committed/000001.sql", &first),
                (
                    ".gmrc",
                    "{\n  placeholders: { \":PGASSAY_LACKS_THIS\": \"!ENV\" } }"
                )
            ]
        ),
        (
            "a hook that is not there",
            &[
                ("committed/000001.sql", &first),
                (".gmrc", "{ afterReset: 'x.sql' }")
            ]
        ),
        (
            "a file and a directory",
            &[(".gmrc", "{}"), ("current.sql", ""), ("current/1.sql", "")]
        ),
        (
            "one number twice in current",
            &[
                (".gmrc", "{}"),
                ("current/1.sql", ""),
                ("current/01-a.sql", "")
            ]
        ),
        (
            "no number in current",
            &[(".gmrc", "{}"), ("current/a.sql", "")]
        ),
        (
            "what is included is not there",
            &[(".gmrc", "{}"), ("current.sql", "\n--! include x.sql\n")]
        ),
        (
            "what is included includes",
            &[
                (".gmrc", "{}"),
                ("current.sql", "--!include x.sql\n"),
                ("fixtures/x.sql", "--! include y.sql")
            ]
        ),
        (
            "what is included has placeholders",
            &[
                (".gmrc", "{}"),
                ("current.sql", "--!include x.sql\n"),
                ("fixtures/x.sql", "SELECT ':DATABASE_NAME'")
            ]
        ),
    ]));
}

#[test]
fn migrations_of_db_migrate_that_do_more_than_run_sql_are_refused() {
    let script = "exports.up = (db) => db.runSql(read('1-a-up.sql'));\n";
    let more = format!("{script}exports.down = (db) =>\n  db.dropTable('a');\n");
    let up = ("sqls/1-a-up.sql", "SELECT 1;");
    insta::assert_snapshot!(told(&[
        ("calls of its own", &[up, ("1-a.js", &more)]),
        (
            "another script",
            &[
                up,
                ("1-a.js", script),
                ("2-b.js", "exports.up = () => null;")
            ]
        ),
        (
            "no SQL",
            &[up, ("1-a.js", script), ("2-b.js", "'2-b-up.sql'")]
        ),
        (
            "no script",
            &[up, ("1-a.js", script), ("sqls/2-b-up.sql", "")]
        ),
        ("a name", &[up, ("1-a.js", script), ("index.js", "")]),
        (
            "a version twice",
            &[
                up,
                ("1-a.js", script),
                ("1-b.js", "'1-b-up.sql'"),
                ("sqls/1-b-up.sql", "")
            ]
        ),
    ]));
}

#[test]
fn migrations_of_prisma_and_supabase_are_refused_as_these_tools_refuse_them() {
    let first = ("1_a/migration.sql", "SELECT 1;");
    let mut text = told(&[
        (
            "another database",
            &[
                first,
                ("migration_lock.toml", "# x\nprovider = \"mysql\"\n"),
            ],
        ),
        ("no script", &[first, ("2_b/notes.txt", "")]),
    ]);
    let supabase = [
        ("supabase/config.toml", ""),
        ("supabase/migrations/1_a.sql", ""),
        ("supabase/migrations/1_b.sql", ""),
    ];
    text += &load(&supabase, "supabase/migrations").unwrap_err();
    insta::assert_snapshot!(text);
}

#[test]
fn migrations_of_atlas_are_refused_when_their_hashes_are_others() {
    // The hashes of `1_a.sql` with `SELECT 1;` and `2_b.sql` with `SELECT 2;`.
    let sum = "h1:ad74YAUCT5RWGHl5Dg5wjHgCPjzqwO3llrbcHugNNew=\n1_a.sql h1:KM4OGmi0DEXiHMqoAbfLYUDaQelcRs/ZJLaef6tji4g=\n2_b.sql h1:UMldVhhCHOPF3GttvpTnGvcp5tZZpU8g9NA5zw0HSIQ=\n";
    let (first, second) = (("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;"));
    load(&[first, second, ("atlas.sum", sum)], ".").unwrap();
    let other_total = sum.replacen("h1:", "h1:x", 1);
    let no_hash = sum.replace("2_b.sql h1:", "2_b.sql ");
    let mode = |mode: &str| format!("-- atlas:txmode {mode}\n\nSELECT 1;");
    let (all, twice) = (mode("all"), mode("none\n-- atlas:txmode none"));
    let checks =
        "-- atlas:txtar\n\n-- checks.sql --\nSELECT true;\n-- migration.sql --\nSELECT 1;\n";
    let mut text = told(&[
        (
            "no hashes",
            &[("1_a.sql", "-- atlas:txmode none\n\nSELECT 1;")],
        ),
        (
            "a changed file",
            &[first, ("2_b.sql", "SELECT 3;"), ("atlas.sum", sum)],
        ),
        ("a file that is gone", &[first, ("atlas.sum", sum)]),
        (
            "a file behind",
            &[first, second, ("3_c.sql", ""), ("atlas.sum", sum)],
        ),
        (
            "a file between",
            &[first, second, ("1_b.sql", ""), ("atlas.sum", sum)],
        ),
        (
            "another sum of all",
            &[first, second, ("atlas.sum", &other_total)],
        ),
        ("no hash", &[first, second, ("atlas.sum", &no_hash)]),
        (
            "another tool's files",
            &[("1_a.up.sql", ""), ("1_a.down.sql", ""), ("atlas.sum", sum)],
        ),
    ]);
    let hashed = |name: &str, body: &str| {
        use base64::Engine as _;
        let encode = |hash: Sha256| base64::prelude::BASE64_STANDARD.encode(hash.finalize());
        let hash = encode(Sha256::new().chain_update(name).chain_update(body));
        let total = encode(Sha256::new().chain_update(name).chain_update(&hash));
        format!("h1:{total}\n{name} h1:{hash}\n")
    };
    for (why, body) in [
        ("a mode that no file can say", all.as_str()),
        ("two modes", twice.as_str()),
        ("checks", checks),
        ("an archive of nothing", "-- atlas:txtar\n\nSELECT 1;\n"),
    ] {
        let sum = hashed("1_a.sql", body);
        text += &told(&[(why, &[("1_a.sql", body), ("atlas.sum", &sum)])]);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn changesets_of_liquibase_are_refused_with_their_line() {
    let formatted = |text: &str| format!("--liquibase formatted sql\n\n{text}\n");
    let texts = [
        ("SQL before the first changeset", "SELECT 1;"),
        ("no author", "--changeset users\nSELECT 1;"),
        ("one dash", "-changeset ada:1\nSELECT 1;"),
        ("a blank before the id", "--changeset ada: 1\nSELECT 1;"),
        (
            "no SQL",
            "--changeset ada:1\n--comment nothing\n\n--changeset ada:2\nSELECT 1;",
        ),
        (
            "a changeset twice",
            "--changeset ada:1\nSELECT 1;\n--changeset ada:1\nSELECT 2;",
        ),
        (
            "errors that are let pass",
            "--changeset ada:1 failOnError:false\nSELECT 1;",
        ),
        (
            "another program",
            "--changeset ada:1 runWith:sqlplus\nSELECT 1;",
        ),
        (
            "an unknown action",
            "--changeset ada:1\n--preconditions onFail:PANIC\nSELECT 1;",
        ),
        (
            "an action on errors",
            "--changeset ada:1\n--preconditions onError:MARK_RAN\nSELECT 1;",
        ),
        (
            "an unknown precondition",
            "--changeset ada:1\n--precondition-index-exists x\nSELECT 1;",
        ),
        (
            "nothing expected",
            "--changeset ada:1\n--precondition-sql-check SELECT\nSELECT 1;",
        ),
        (
            "no table",
            "--changeset ada:1\n--precondition-table-exists users\nSELECT 1;",
        ),
        (
            "one dash too few",
            "--changeset ada:1\nSELECT 1;\n-rollback SELECT 2;",
        ),
        (
            "lines that cannot be ignored",
            "--ignoreLines:some\n--changeset ada:1\nSELECT 1;",
        ),
        (
            "a comment without an end",
            "--changeset ada:1\nSELECT 1;\n/* liquibase rollback\nSELECT 2;",
        ),
    ];
    let mut text = String::new();
    for (why, body) in texts {
        text += &told(&[(why, &[("a.sql", &formatted(body))])]);
    }
    let one = formatted("--changeset ada:1\nSELECT 1;");
    let xml = |content: &str| format!("<databaseChangeLog>\n{content}\n</databaseChangeLog>");
    let includes_b = "databaseChangeLog:\n- include: {file: b.yaml}\n";
    let includes_a = "databaseChangeLog:\n- include: {file: a.yaml}\n";
    text += &told(&[
        (
            "a file that is not formatted",
            &[("a.sql", &one), ("b.sql", "SELECT 1;")],
        ),
        (
            "a changeset in XML",
            &[
                ("a.sql", &one),
                (
                    "x.xml",
                    &xml("<include file=\"a.sql\"/>\n<changeSet id=\"1\" author=\"ada\"/>"),
                ),
            ],
        ),
        (
            "no file said",
            &[("a.sql", &one), ("x.xml", &xml("<include/>"))],
        ),
        (
            "a file that is not there",
            &[
                ("a.sql", &one),
                ("x.xml", &xml("<include file=\"b.sql\"/>")),
            ],
        ),
        (
            "a filter",
            &[
                ("a.sql", &one),
                ("x.xml", &xml("<includeAll path=\".\" filter=\"x\"/>")),
            ],
        ),
        (
            "no XML",
            &[("a.sql", &one), ("x.xml", "<databaseChangeLog></x>")],
        ),
        (
            "no YAML",
            &[("a.sql", &one), ("x.yaml", "databaseChangeLog:\n- {")],
        ),
        (
            "a changeset in YAML",
            &[
                ("a.sql", &one),
                (
                    "x.yaml",
                    "databaseChangeLog:\n- include: {file: a.sql}\n- changeSet: {id: 1}\n",
                ),
            ],
        ),
        (
            "a changeset in JSON",
            &[
                ("a.sql", &one),
                (
                    "x.json",
                    "{\"databaseChangeLog\": [\n{\"changeSet\": {\"id\": 1}}]}",
                ),
            ],
        ),
        (
            "no list",
            &[("a.sql", &one), ("x.yaml", "databaseChangeLog: x")],
        ),
        (
            "two roots",
            &[("x.yaml", "databaseChangeLog: []"), ("y.xml", &xml(""))],
        ),
        (
            "a circle",
            &[
                ("x.yaml", includes_a),
                ("a.yaml", includes_b),
                ("b.yaml", includes_a),
            ],
        ),
    ]);
    insta::assert_snapshot!(text);
}
