use crate::schema::{assert_breaks, assert_makes, project};

#[test]
fn what_golang_migrate_applies_is_there_and_nothing_is_taken_back() {
    let Some(project) = project("golang_migrate") else {
        return;
    };
    assert_makes(
        &project,
        &[
            "users.id bigint",
            "users.email text",
            "orders.id bigint",
            "orders.owner bigint",
            "index users_pkey",
            "index orders_pkey",
            "index users_email",
        ],
    );
}

#[test]
fn a_file_of_several_statements_is_one_transaction_and_told_with_its_line() {
    let Some(project) = project("golang_migrate") else {
        return;
    };
    project.write(
        "migrations/000011_two.up.sql",
        "CREATE INDEX orders_owner ON orders (owner);\n\nCREATE INDEX CONCURRENTLY late ON users (id);\n",
    );
    assert_breaks(
        &project,
        "migrations/000011_two.up.sql:3",
        "cannot run inside a transaction block",
    );
}
