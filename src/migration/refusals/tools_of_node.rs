use super::{load, told};

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
