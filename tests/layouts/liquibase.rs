use crate::schema::{assert_breaks, assert_holds, project};

#[test]
fn changesets_are_applied_in_the_order_of_the_changelog() {
    let Some(project) = project("liquibase") else {
        return;
    };
    assert_holds(
        &project,
        &[
            "SELECT array_agg(attname::text ORDER BY attnum) = '{id,email,name}' FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0",
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_email'::regclass",
            "has_table_privilege('shop_reader', 'users', 'select')",
            "SELECT greeting(ROW(1, 'a', 'Ada')::users) = 'Hello Ada'",
            "SELECT obj_description('users'::regclass) = 'people; not robots'",
            "to_regclass('raw') IS NOT NULL AND to_regclass('only_oracle') IS NULL",
        ],
    );
}

#[test]
fn a_changeset_whose_precondition_is_not_met_is_passed_over_or_halts() {
    let Some(project) = project("liquibase") else {
        return;
    };
    let changeset = |on_fail: &str| {
        format!(
            "--liquibase formatted sql\n--changeset ada:more\n--preconditions onFail:{on_fail}\n\
             --precondition-sql-check expectedResult:7 SELECT count(*) FROM users\nCREATE TABLE seven ();\n"
        )
    };
    for on_fail in ["MARK_RAN", "CONTINUE"] {
        project.write("migrations/sql/more/20_more.sql", &changeset(on_fail));
        assert_holds(&project, &["to_regclass('seven') IS NULL"]);
    }
    project.write("migrations/sql/more/20_more.sql", &changeset("WARN"));
    assert_holds(&project, &["to_regclass('seven') IS NOT NULL"]);
    project.write("migrations/sql/more/20_more.sql", &changeset("HALT"));
    assert_breaks(
        &project,
        "migrations/sql/more/20_more.sql:",
        "a precondition of the changeset 20_more.sql::more::ada is not met",
    );
}

#[test]
fn what_breaks_in_a_changeset_is_told_with_its_line_in_the_file() {
    let Some(project) = project("liquibase") else {
        return;
    };
    project.write(
        "migrations/sql/more/20_more.sql",
        "--liquibase formatted sql\n\n--changeset ada:1\nSELECT 1;\n--rollback SELECT 2;\n\n--changeset ada:2\nSELECT 1;\nSELECT nothing;\n",
    );
    assert_breaks(
        &project,
        "migrations/sql/more/20_more.sql:9",
        "column \"nothing\" does not exist",
    );
}
