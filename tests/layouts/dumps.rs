use crate::schema::{assert_breaks, assert_holds, project};

#[test]
fn a_dump_that_makes_its_own_database_comes_into_the_one_at_hand() {
    let Some(project) = project("dump") else {
        return;
    };
    for named in ["migrations", "migrations/shop.sql"] {
        project.write("pgassay.toml", &format!("migrations = '{named}'\n"));
        assert_holds(
            &project,
            &[
                "SELECT count(*) = 2 AND count(email) = 1 FROM public.users",
                "to_regclass('public.users_pkey') IS NOT NULL",
                "NOT EXISTS (SELECT FROM pg_database WHERE datname = 'shop')",
            ],
        );
    }
}

#[test]
fn the_structure_that_rails_dumps_holds_its_versions() {
    let Some(project) = project("rails") else {
        return;
    };
    assert_holds(
        &project,
        &[
            "SELECT max(version) = '20240103120000' FROM schema_migrations",
            "to_regclass('public.users') IS NOT NULL",
        ],
    );
    let structure = project.read("migrations/structure.sql");
    let broken = structure.replace("email text\n", "email texd\n");
    project.write("migrations/structure.sql", &broken);
    assert_breaks(
        &project,
        "migrations/structure.sql:17",
        "type \"texd\" does not exist",
    );
}
