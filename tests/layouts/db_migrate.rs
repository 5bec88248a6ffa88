use crate::schema::{assert_breaks, assert_holds, project};

#[test]
fn what_the_scripts_of_db_migrate_run_is_there_and_nothing_is_taken_back() {
    let Some(project) = project("db_migrate") else {
        return;
    };
    assert_holds(
        &project,
        &[
            "SELECT array_agg(attname::text ORDER BY attnum) = '{id,name}' FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0",
        ],
    );
    project.write(
        "migrations/20240103120000-broken.js",
        "exports.up = (db) => db.runSql(read('20240103120000-broken-up.sql'));\n",
    );
    project.write(
        "migrations/sqls/20240103120000-broken-up.sql",
        "/* Indexes */\nCREATE INDEX CONCURRENTLY a ON users (name);\n",
    );
    assert_breaks(
        &project,
        "migrations/sqls/20240103120000-broken-up.sql:2",
        "cannot run inside a transaction block",
    );
}
