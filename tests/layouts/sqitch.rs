use crate::schema::{assert_breaks, assert_holds, project};

const HEADER: &str = "%syntax-version=1.0.0\n%project=shop\n\n";

#[test]
fn changes_are_deployed_in_the_order_of_the_plan_and_verified() {
    let Some(project) = project("sqitch") else {
        return;
    };
    assert_holds(
        &project,
        &[
            "SELECT array_agg(attname::text ORDER BY attnum) = '{id,email,name}' FROM pg_attribute WHERE attrelid = 'shop.users'::regclass AND attnum > 0",
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'shop.users_email'::regclass",
        ],
    );
}

#[test]
fn a_variable_that_the_project_says_goes_before_that_of_the_settings() {
    let Some(project) = project("sqitch") else {
        return;
    };
    project.write("pgassay.toml", "[migration_set]\nshop_schema = 'store'\n");
    for file in [
        "deploy/users@v1.0",
        "deploy/users",
        "deploy/app/index",
        "checks/users",
    ] {
        project.write(
            &format!("migrations/db/{file}.sql"),
            "SELECT 1 / (to_regnamespace('store') IS NOT NULL)::int;\n",
        );
    }
    assert_holds(&project, &["to_regnamespace('shop') IS NULL"]);
}

#[test]
fn the_plan_or_the_directory_of_deploy_scripts_may_be_named() {
    let Some(project) = project("sqitch") else {
        return;
    };
    for named in [
        "migrations/db/sqitch.plan",
        "migrations/db/deploy",
        "migrations/db",
        "migrations/sqitch.conf",
    ] {
        project.write("pgassay.toml", &format!("migrations = '{named}'\n"));
        assert_holds(&project, &["to_regclass('shop.users_email') IS NOT NULL"]);
    }
}

#[test]
fn what_breaks_is_told_with_its_line_in_the_deploy_or_the_verify_script() {
    let Some(project) = project("sqitch") else {
        return;
    };
    project.write(
        "migrations/db/sqitch.plan",
        &format!("{HEADER}broken 2024-01-01T00:00:00Z A <a@b.c>\n"),
    );
    project.write(
        "migrations/db/deploy/broken.sql",
        "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\n",
    );
    project.write("migrations/db/checks/broken.sql", "\nSELECT 1 FROM b;\n");
    assert_breaks(
        &project,
        "migrations/db/checks/broken.sql:2",
        "relation \"b\" does not exist",
    );
    project.write(
        "migrations/db/deploy/broken.sql",
        "BEGIN;\n\nDROP TABLE c;\nCOMMIT;\n",
    );
    assert_breaks(
        &project,
        "migrations/db/deploy/broken.sql:3",
        "table \"c\" does not exist",
    );
}
