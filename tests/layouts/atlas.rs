use crate::schema::{assert_breaks, assert_holds, project};

#[test]
fn an_empty_database_begins_with_the_newest_checkpoint() {
    let Some(project) = project("atlas") else {
        return;
    };
    assert_holds(
        &project,
        &[
            "SELECT array_agg(attname::text ORDER BY attnum) = '{id,email,name}' FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0",
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_email'::regclass",
            "SELECT greeting() = 'Hello -- end' AND obj_description('greeting()'::regprocedure) = 'polite'",
            "to_regclass('orders') IS NOT NULL",
        ],
    );
}

#[test]
fn a_file_that_was_changed_is_told_with_its_line_in_the_hashes() {
    let Some(project) = project("atlas") else {
        return;
    };
    project.write(
        "migrations/20240105120000_orders.sql",
        "CREATE TABLE other ();\n",
    );
    assert_breaks(
        &project,
        "migrations/atlas.sum:6",
        "20240105120000_orders.sql is not what it was",
    );
}
