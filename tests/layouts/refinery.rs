use crate::schema::{assert_breaks, assert_makes, project};

#[test]
fn what_refinery_applies_is_there() {
    let Some(project) = project("refinery") else {
        return;
    };
    assert_makes(
        &project,
        &[
            "users.id bigint",
            "users.email text",
            "orders.id bigint",
            "index users_pkey",
            "index orders_pkey",
            "index orders_id",
        ],
    );
}

#[test]
fn every_file_is_a_transaction_and_what_breaks_is_told_with_its_line() {
    let Some(project) = project("refinery") else {
        return;
    };
    project.write(
        "migrations/V11__broken.sql",
        "\nCREATE INDEX CONCURRENTLY late ON users (id);\n",
    );
    assert_breaks(
        &project,
        "migrations/V11__broken.sql:2",
        "cannot run inside a transaction block",
    );
}
