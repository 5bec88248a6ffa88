use crate::schema::{assert_breaks, assert_makes, project};

#[test]
fn what_sqlx_applies_is_there_and_nothing_is_taken_back() {
    let Some(project) = project("sqlx") else {
        return;
    };
    assert_makes(
        &project,
        &[
            "early.id bigint",
            "users.id bigint",
            "users.email text",
            "orders.id bigint",
            "index users_pkey",
            "index orders_pkey",
            "index users_email",
        ],
    );
}

#[test]
fn a_file_without_a_transaction_still_is_one_request() {
    let Some(project) = project("sqlx") else {
        return;
    };
    project.write(
        "migrations/20250101_broken.sql",
        "-- no-transaction\nSELECT 1;\nCREATE INDEX CONCURRENTLY late ON users (id);\n",
    );
    assert_breaks(
        &project,
        "migrations/20250101_broken.sql:3",
        "cannot run inside a transaction block",
    );
}
