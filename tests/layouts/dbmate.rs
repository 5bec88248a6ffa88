use crate::schema::{assert_breaks, assert_makes, project};

#[test]
fn what_dbmate_applies_is_there_and_nothing_is_taken_back() {
    let Some(project) = project("dbmate") else {
        return;
    };
    assert_makes(
        &project,
        &[
            "users.id bigint",
            "users.email text",
            "orders.id bigint",
            "index users_pkey",
            "index users_email",
            "index orders_pkey",
            "index orders_id",
            "function greet",
        ],
    );
}

#[test]
fn what_breaks_in_a_second_block_is_told_with_its_line() {
    let Some(project) = project("dbmate") else {
        return;
    };
    project.write(
        "migrations/20250101_broken.sql",
        "-- migrate:up\n-- migrate:down\nSELECT 0;\n\n-- migrate:up\nSELECT 1;\n  ALTER TABLE userz ADD x int;\n-- migrate:down\n",
    );
    assert_breaks(
        &project,
        "migrations/20250101_broken.sql:7",
        "relation \"userz\" does not exist",
    );
}

#[test]
fn a_block_in_a_transaction_takes_no_statement_that_cannot_be_in_one() {
    let Some(project) = project("dbmate") else {
        return;
    };
    project.write(
        "migrations/20250101_broken.sql",
        "-- migrate:up\nCREATE INDEX CONCURRENTLY late ON users (id);\n-- migrate:down\n",
    );
    assert_breaks(
        &project,
        "migrations/20250101_broken.sql:2",
        "cannot run inside a transaction block",
    );
}
