//! Which tables are saved.

use crate::site::{As, Site, decompressed};

const SHOP: &str = "CREATE SCHEMA shop;
    CREATE TABLE shop.users (id serial PRIMARY KEY, name text);
    CREATE TABLE shop.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES shop.users ON DELETE CASCADE);
    CREATE TABLE shop.logs (line text);
    CREATE SEQUENCE shop.numbers;
    CREATE TABLE public.numbered (id int PRIMARY KEY DEFAULT nextval('shop.numbers'));
    CREATE VIEW shop.names AS SELECT name FROM shop.users;";

const ROWS: &str = "INSERT INTO shop.users (name) VALUES ('Ada'), ('Grace');
    INSERT INTO shop.orders (user_id) VALUES (1), (2), (2);
    INSERT INTO shop.logs VALUES ('x'); INSERT INTO numbered DEFAULT VALUES;";

fn shop() -> Option<Site> {
    let site = Site::new(&[("V1__shop.sql", SHOP)])?;
    site.migrated("one", As::Owner);
    site.execute("one", ROWS);
    Some(site)
}

/// The names of a head's member.
fn listed(bytes: &[u8], member: &str) -> Vec<String> {
    let text = decompressed(bytes);
    let line = text.split(|byte| *byte == b'\n').next().unwrap();
    let json = line.strip_prefix(b"-- pgassay snapshot ").unwrap();
    let head: serde_json::Value = serde_json::from_slice(json).unwrap();
    let names = head[member].as_array().unwrap().iter();
    names
        .map(|it| {
            format!(
                "{}.{}",
                it["schema"].as_str().unwrap(),
                it["name"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn without_patterns_all_tables_are_saved_but_the_tools_own_each_behind_those_it_refers_to() {
    let Some(site) = shop() else {
        return;
    };
    let bytes = site.save("one", As::Owner, "a.snapshot");
    assert_eq!(
        listed(&bytes, "tables"),
        ["public.numbered", "shop.logs", "shop.users", "shop.orders"]
    );
    assert_eq!(
        listed(&bytes, "sequences"),
        ["shop.numbers", "shop.orders_id_seq", "shop.users_id_seq"]
    );
}

#[test]
fn patterns_say_which_tables_and_only_the_sequences_of_these_come_with_them() {
    let Some(site) = shop() else {
        return;
    };
    let save = |arguments: &[&str]| {
        let all = [&["save", "--output", "a.snapshot"], arguments].concat();
        site.snapshot("one", As::Owner, &all).expect(0);
        std::fs::read(site.path("a.snapshot")).unwrap()
    };
    let bytes = save(&["--table", "shop.*", "--exclude", "*.logs"]);
    assert_eq!(listed(&bytes, "tables"), ["shop.users", "shop.orders"]);
    assert_eq!(
        listed(&bytes, "sequences"),
        ["shop.orders_id_seq", "shop.users_id_seq"]
    );
    let bytes = save(&["--table", "shop.users", "--table", "public.numbered"]);
    assert_eq!(listed(&bytes, "tables"), ["public.numbered", "shop.users"]);
    assert_eq!(
        listed(&bytes, "sequences"),
        ["shop.numbers", "shop.users_id_seq"]
    );
    let said = site
        .snapshot("one", As::Owner, &["save", "--table", "users"])
        .expect(2)
        .err;
    assert!(said.contains("did you mean shop.users?"), "{said}");
    let said = site
        .snapshot(
            "one",
            As::Owner,
            &["save", "--exclude", "public.pgassay_migrations"],
        )
        .expect(2)
        .err;
    assert!(
        said.contains("means no table that could be saved"),
        "{said}"
    );
}

#[test]
fn rows_of_tables_that_are_not_in_it_stay_where_that_can_be() {
    let Some(site) = shop() else {
        return;
    };
    let saved = ["save", "--output", "a.snapshot", "--table", "shop.users"];
    site.snapshot("one", As::Owner, &saved).expect(0);
    site.execute("one", "UPDATE shop.users SET name = 'changed'");
    // Deleting would take the orders along.
    let said = site.refusal("one", As::Owner, "a.snapshot");
    assert!(said.contains("shop.orders is not in the snapshot, and its rows refer to shop.users by orders_user_id_fkey"), "{said}");
    let names = "SELECT string_agg(name, ' ' ORDER BY id) FROM shop.users";
    assert_eq!(site.value("one", names), "changed changed");
    site.load("one", As::Superuser, "a.snapshot");
    assert_eq!(site.value("one", names), "Ada Grace");
    assert_eq!(site.value("one", "SELECT count(*) FROM shop.orders"), "3");
    // What merely refers can be put off.
    site.execute(
        "one",
        "ALTER TABLE shop.orders DROP CONSTRAINT orders_user_id_fkey, ADD CONSTRAINT plain FOREIGN KEY (user_id) REFERENCES shop.users;
         UPDATE shop.users SET name = 'changed'",
    );
    site.load("one", As::Owner, "a.snapshot");
    assert_eq!(site.value("one", names), "Ada Grace");
    assert_eq!(
        site.value(
            "one",
            "SELECT condeferrable FROM pg_constraint WHERE conname = 'plain'"
        ),
        "false"
    );
    // Who refers to a row that is not there any more is named.
    site.execute(
        "one",
        "INSERT INTO shop.users VALUES (9, 'new'); INSERT INTO shop.orders (user_id) VALUES (9)",
    );
    for whose in [As::Owner, As::Superuser] {
        let said = site.refusal("one", whose, "a.snapshot");
        assert!(said.contains("\"plain\"") && said.contains("(9)"), "{said}");
        assert_eq!(site.value("one", "SELECT count(*) FROM shop.users"), "3");
    }
}

#[test]
fn the_histories_of_tools_and_what_extensions_own_are_left_out_and_what_they_are_filled_with_is_not()
 {
    let Some(site) = shop() else {
        return;
    };
    site.execute(
        "one",
        "CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint, is_applied boolean, tstamp timestamp);
         CREATE TABLE theirs (id int); CREATE TABLE filled (id serial PRIMARY KEY, own boolean);
         INSERT INTO filled (own) VALUES (true), (false);
         UPDATE pg_extension SET extconfig = ARRAY['filled'::regclass], extcondition = ARRAY['WHERE NOT own'] WHERE extname = 'plpgsql';
         ALTER EXTENSION plpgsql ADD TABLE theirs; ALTER EXTENSION plpgsql ADD TABLE filled;
         CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
         CREATE FOREIGN TABLE afar (id int) SERVER far;",
    );
    let ran = site
        .snapshot("one", As::Superuser, &["save", "--output", "a.snapshot"])
        .expect(0);
    assert!(
        ran.err
            .contains("foreign tables lie on other servers, and are not saved: public.afar"),
        "{}",
        ran.err
    );
    let bytes = std::fs::read(site.path("a.snapshot")).unwrap();
    assert_eq!(
        listed(&bytes, "tables"),
        [
            "public.filled",
            "public.numbered",
            "shop.logs",
            "shop.users",
            "shop.orders"
        ]
    );
    assert!(!listed(&bytes, "sequences").contains(&"public.goose_db_version_id_seq".to_owned()));
    let text = String::from_utf8(decompressed(&bytes)).unwrap();
    assert!(
        text.contains("COPY \"public\".\"filled\" (\"id\", \"own\") FROM STDIN;\n2\tf\n\\.\n"),
        "{text}"
    );
    site.execute(
        "one",
        "CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE FOREIGN TABLE far_part PARTITION OF parts DEFAULT SERVER far",
    );
    let said = site.snapshot("one", As::Superuser, &["save"]).expect(2).err;
    assert!(
        said.contains("public.far_part") && said.contains("--exclude public.parts"),
        "{said}"
    );
}

#[test]
fn large_objects_are_refused_where_a_column_may_refer_to_one() {
    let Some(site) = shop() else {
        return;
    };
    site.execute("one", "SELECT lo_create(0)");
    let ran = site
        .snapshot("one", As::Owner, &["save", "--output", "a.snapshot"])
        .expect(0);
    assert!(
        ran.err
            .contains("holds a large object, which a snapshot cannot hold"),
        "{}",
        ran.err
    );
    site.execute("one", "CREATE DOMAIN lo AS oid; ALTER TABLE shop.logs ADD picture lo; ALTER TABLE numbered ADD raw oid");
    let said = site.snapshot("one", As::Owner, &["save"]).expect(2).err;
    assert!(
        said.contains("public.numbered.raw, shop.logs.picture"),
        "{said}"
    );
    site.snapshot(
        "one",
        As::Owner,
        &["save", "--output", "a.snapshot", "--table", "shop.users"],
    )
    .expect(0);
}

#[test]
fn rows_that_the_role_may_not_see_are_not_silently_left_out() {
    let Some(site) = shop() else {
        return;
    };
    site.execute(
        "one",
        "ALTER TABLE shop.users ENABLE ROW LEVEL SECURITY; GRANT ALL ON SCHEMA shop TO bob; GRANT SELECT ON ALL TABLES IN SCHEMA shop, public TO bob;
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA shop, public TO bob",
    );
    let url = site
        .host
        .by_socket("bob")
        .replace("dbname=postgres", "dbname=one");
    let said = site
        .project
        .run(&["snapshot", "save", "--url", &url])
        .expect(2)
        .err;
    assert!(
        said.contains("cannot save the rows of shop.users") && said.contains("row-level security"),
        "{said}"
    );
}
