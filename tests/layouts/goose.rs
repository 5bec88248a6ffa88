use crate::schema::{assert_breaks, assert_makes, assert_makes_with, project};

fn objects(table: &str) -> [String; 7] {
    [
        "users.id bigint".to_owned(),
        "users.email text".to_owned(),
        format!("{table}.id bigint"),
        "index users_pkey".to_owned(),
        "index users_email".to_owned(),
        format!("index {table}_pkey"),
        "function greet".to_owned(),
    ]
}

#[test]
fn what_goose_applies_is_there_and_nothing_is_taken_back() {
    let Some(project) = project("goose") else {
        return;
    };
    assert_makes(&project, &objects("orders").each_ref().map(String::as_str));
}

#[test]
fn a_variable_of_the_environment_has_its_value_and_a_change_of_it_makes_another_template() {
    let Some(project) = project("goose") else {
        return;
    };
    project.write(
        "migrations/2_orders.sql",
        "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE ${THE_TABLE:-orders} (id bigint PRIMARY KEY);\n",
    );
    for table in ["orders", "sales", "returns"] {
        assert_makes_with(
            &project,
            &objects(table).each_ref().map(String::as_str),
            |command| match table {
                "orders" => command,
                _ => command.env("THE_TABLE", table),
            },
        );
    }
}

#[test]
fn what_breaks_behind_a_statement_without_a_semicolon_is_told_with_its_line() {
    let Some(project) = project("goose") else {
        return;
    };
    project.write(
        "migrations/00011_broken.sql",
        "-- +goose Up\n-- +goose StatementBegin\nSELECT 1\n-- +goose StatementEnd\nALTER TABLE userz ADD x int;\n",
    );
    assert_breaks(
        &project,
        "migrations/00011_broken.sql:5",
        "relation \"userz\" does not exist",
    );
}
