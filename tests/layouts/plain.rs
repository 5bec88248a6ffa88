use crate::schema::{assert_breaks, assert_makes, project};

#[test]
fn of_pairs_of_plain_files_only_those_that_apply_do() {
    let Some(project) = project("plain_pairs") else {
        return;
    };
    assert_makes(
        &project,
        &[
            "users.id bigint",
            "users.email text",
            "shut.id bigint",
            "index users_pkey",
            "index users_email",
        ],
    );
}

#[test]
fn what_breaks_is_told_with_its_line() {
    let Some(project) = project("plain_pairs") else {
        return;
    };
    project.write("migrations/11_x_up.sql", "SELECT 1;\nDROP TABLE userz;\n");
    project.write("migrations/11_x_down.sql", "SELECT broken;\n");
    assert_breaks(
        &project,
        "migrations/11_x_up.sql:2",
        "table \"userz\" does not exist",
    );
}
