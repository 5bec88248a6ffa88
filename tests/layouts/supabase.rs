use crate::schema::{assert_breaks, assert_holds, project};

#[test]
fn what_supabase_applies_is_there_and_nothing_else() {
    let Some(project) = project("supabase") else {
        return;
    };
    assert_holds(
        &project,
        &[
            "SELECT count(*) = 0 FROM public.users",
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.users_email'::regclass",
            "SELECT count(*) = 1 FROM pg_policy WHERE polrelid = 'public.users'::regclass",
        ],
    );
}

#[test]
fn what_the_service_brings_may_stand_in_a_directory_of_its_own() {
    let Some(project) = project("supabase") else {
        return;
    };
    project.write(
        "pgassay.toml",
        "migrations = ['presupposed', 'migrations/migrations']\nlayout = 'supabase'\n",
    );
    project.write(
        "roles/supabase.sql",
        "CREATE ROLE anon;\nCREATE ROLE authenticated;\n",
    );
    project.write(
        "presupposed/0_auth.sql",
        "CREATE SCHEMA auth;\nCREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';\n",
    );
    project.write(
        "migrations/migrations/20240104120000_own.sql",
        "CREATE POLICY mine ON public.users TO authenticated USING (auth.uid() = id);\nGRANT SELECT ON users TO anon;\n",
    );
    assert_holds(
        &project,
        &["SELECT count(*) = 2 FROM pg_policy WHERE polrelid = 'public.users'::regclass"],
    );
}

#[test]
fn several_statements_are_one_transaction() {
    let Some(project) = project("supabase") else {
        return;
    };
    project.write(
        "migrations/migrations/20240104120000_broken.sql",
        "CREATE TABLE a ();\n\nCREATE INDEX CONCURRENTLY b ON users (name);\n",
    );
    assert_breaks(
        &project,
        "migrations/migrations/20240104120000_broken.sql:3",
        "cannot run inside a transaction block",
    );
}
