use crate::schema::{assert_breaks, assert_holds, project};

#[test]
fn what_prisma_applies_is_there_and_nothing_is_taken_back() {
    let Some(project) = project("prisma") else {
        return;
    };
    assert_holds(
        &project,
        &[
            "SELECT array_agg(attname::text ORDER BY attnum) = '{id,email,name}' FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0",
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_email'::regclass",
        ],
    );
    project.write(
        "migrations/20240104120000_broken/migration.sql",
        "-- AlterTable\nALTER TABLE \"User\" ADD COLUMN x int;\n",
    );
    assert_breaks(
        &project,
        "migrations/20240104120000_broken/migration.sql:2",
        "relation \"User\" does not exist",
    );
}
