use crate::schema::{assert_breaks, assert_holds, project};

#[test]
fn hooks_committed_migrations_and_the_current_one_run_in_their_order() {
    let Some(project) = project("graphile_migrate") else {
        return;
    };
    project.write(
        "pgassay.toml",
        "database_name = 'the_shop'\nowner = 'ada'\n",
    );
    // The owner of a throwaway server's database may make roles only if it is let.
    project.write("roles/ada.sql", "CREATE ROLE ada LOGIN SUPERUSER;\n");
    assert_holds(
        &project,
        &[
            "SELECT shobj_description(oid, 'pg_database') = 'owned by ada' FROM pg_database WHERE datname = 'the_shop'",
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'shop.users_email'::regclass",
            "has_schema_privilege('shop_reader', 'shop', 'usage')",
            "SELECT shop.greeting(ROW(1, 'a', 'Ada')::shop.users) = 'Hello Ada'",
        ],
    );
}

#[test]
fn what_the_settings_set_holds_for_each_migration() {
    let Some(project) = project("graphile_migrate") else {
        return;
    };
    project.write(
        "migrations/.gmrc",
        "{ pgSettings: { search_path: 'shop, public' }, afterReset: '!schema.sql' }",
    );
    project.write("migrations/schema.sql", "CREATE SCHEMA shop;\n");
    project.write("migrations/current.sql", "\nCREATE TABLE here ();\n");
    assert_holds(&project, &["to_regclass('shop.here') IS NOT NULL"]);
    project.write(
        "migrations/current.sql",
        "\nCREATE TABLE here ();\nSELECT nothing;\n",
    );
    assert_breaks(
        &project,
        "migrations/current.sql:3",
        "column \"nothing\" does not exist",
    );
}

#[test]
fn an_included_file_that_changes_makes_another_template() {
    let Some(project) = project("graphile_migrate") else {
        return;
    };
    assert_holds(
        &project,
        &["to_regprocedure('shop.greeting(shop.users)') IS NOT NULL"],
    );
    project.write(
        "migrations/fixtures/greeting.sql",
        "CREATE TABLE shop.instead ();\n",
    );
    assert_holds(&project, &["to_regclass('shop.instead') IS NOT NULL"]);
    project.write(
        "migrations/fixtures/greeting.sql",
        "\nCREATE TABEL shop.instead ();\n",
    );
    assert_breaks(
        &project,
        "migrations/fixtures/greeting.sql:2",
        "syntax error",
    );
}
