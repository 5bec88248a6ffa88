use super::told;

/// A committed migration of graphile-migrate.
fn committed(previous: &str, hash: &str, body: &str) -> String {
    format!("--! Previous: {previous}\n--! Hash: {hash}\n\n{body}\n")
}

#[test]
fn migrations_of_graphile_migrate_are_refused_when_their_chain_is_broken() {
    let first_hash = "sha1:5d3d0cf3d2b6d2e7d2c5f0f2b5e94d4b4a5a5d4c";
    let wrong = committed("-", first_hash, "SELECT 1;");
    let right_hash = "sha1:f0b7b8ed9f7d6d6c0fbb1a9c8c5d1f2d5ecb06ff";
    let first = wrong.replace("--! Hash", "--! AllowInvalidHash\n--! Hash");
    let second = committed(right_hash, "sha1:0", "SELECT 2;");
    let second_as_first = committed(first_hash, "sha1:0", "SELECT 2;");
    let twice = format!("--! Hash: sha1:0\n{wrong}");
    let glued = wrong.replace("\n\n", "\n");
    let no_previous = "--! Hash: sha1:0\n\nSELECT 1;\n";
    insta::assert_snapshot!(told(&[
        ("a wrong hash", &[("committed/000001.sql", &wrong)]),
        (
            "a broken chain",
            &[
                ("committed/000001.sql", &first),
                ("committed/000002-two.sql", &second)
            ]
        ),
        (
            "a changed second one",
            &[
                ("committed/000001.sql", &first),
                ("committed/000002.sql", &second_as_first)
            ]
        ),
        ("no first one", &[("committed/000002.sql", &second)]),
        (
            "one number twice",
            &[
                ("committed/000001-a.sql", &first),
                ("committed/000001-b.sql", &second)
            ]
        ),
        (
            "no previous one said",
            &[("committed/000001.sql", no_previous)]
        ),
        ("a header twice", &[("committed/000001.sql", &twice)]),
        ("no empty line", &[("committed/000001.sql", &glued)]),
    ]));
}

#[test]
fn settings_and_the_current_migration_of_graphile_migrate_are_refused() {
    let first =
        committed("-", "sha1:0", "SELECT 1;").replace("--! Hash", "--! AllowInvalidHash\n--! Hash");
    insta::assert_snapshot!(told(&[
        (
            "settings that are a program",
            &[
                ("committed/000001.sql", &first),
                (".gmrc.js", "module.exports = {};")
            ]
        ),
        (
            "settings that are none",
            &[("committed/000001.sql", &first), (".gmrc", "{ a")]
        ),
        (
            "a hook that runs a command",
            &[
                ("committed/000001.sql", &first),
                (
                    ".gmrc",
                    "{\n  afterReset: [{ _: \"command\", command: \"yarn worker\" }] }"
                )
            ]
        ),
        (
            "a placeholder that cannot be one",
            &[
                ("committed/000001.sql", &first),
                (".gmrc", "{\n  placeholders: { \":shop\": \"x\" } }")
            ]
        ),
        (
            "a placeholder that is graphile-migrate's own",
            &[
                ("committed/000001.sql", &first),
                (
                    ".gmrc",
                    "{\n  placeholders: { \":DATABASE_NAME\": \"x\" } }"
                )
            ]
        ),
        (
            "a placeholder that the environment lacks",
            &[
                ("committed/000001.sql", &first),
                (
                    ".gmrc",
                    "{\n  placeholders: { \":PGASSAY_LACKS_THIS\": \"!ENV\" } }"
                )
            ]
        ),
        (
            "a hook that is not there",
            &[
                ("committed/000001.sql", &first),
                (".gmrc", "{ afterReset: 'x.sql' }")
            ]
        ),
        (
            "a file and a directory",
            &[(".gmrc", "{}"), ("current.sql", ""), ("current/1.sql", "")]
        ),
        (
            "one number twice in current",
            &[
                (".gmrc", "{}"),
                ("current/1.sql", ""),
                ("current/01-a.sql", "")
            ]
        ),
        (
            "no number in current",
            &[(".gmrc", "{}"), ("current/a.sql", "")]
        ),
        (
            "what is included is not there",
            &[(".gmrc", "{}"), ("current.sql", "\n--! include x.sql\n")]
        ),
        (
            "what is included includes",
            &[
                (".gmrc", "{}"),
                ("current.sql", "--!include x.sql\n"),
                ("fixtures/x.sql", "--! include y.sql")
            ]
        ),
        (
            "what is included has placeholders",
            &[
                (".gmrc", "{}"),
                ("current.sql", "--!include x.sql\n"),
                ("fixtures/x.sql", "SELECT ':DATABASE_NAME'")
            ]
        ),
    ]));
}
