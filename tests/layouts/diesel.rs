use crate::schema::{assert_breaks, assert_makes, project};

#[test]
fn what_diesel_applies_is_there_and_nothing_is_taken_back() {
    let Some(project) = project("diesel") else {
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
            "index users_email",
            "function greet",
        ],
    );
}

#[test]
fn without_its_metadata_a_migration_is_a_transaction() {
    let Some(project) = project("diesel") else {
        return;
    };
    let place = "migrations/2024-01-02-120000_index_email";
    std::fs::remove_file(project.path().join(place).join("metadata.toml")).unwrap();
    assert_breaks(
        &project,
        &format!("{place}/up.sql:1"),
        "cannot run inside a transaction block",
    );
}
