//! Password files and service files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use pgassay::session::conninfo::{ConnInfo, Environment, PasswordFile, Secret};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/conninfo")
        .join(name)
}

/// A home directory with these files in it, readable for its owner only.
fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, sample) in files {
        let path = dir.path().join(name);
        fs::copy(data(sample), &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    dir
}

fn environment(home: &tempfile::TempDir) -> Environment {
    Environment::empty().with_user("me").with_home(home.path())
}

fn password(text: &str, environment: &Environment) -> Option<String> {
    let info = ConnInfo::resolve(text, environment).unwrap();
    info.password_for(&info.hosts[0])
        .map(Secret::expose)
        .map(str::to_owned)
}

#[test]
fn the_first_line_of_the_password_file_that_matches_counts() {
    let home = home(&[(".pgpass", "pgpass")]);
    let environment = environment(&home);
    for (text, expected) in [
        ("host=db.example user=alice dbname=shop", Some("exact")),
        (
            "host=db.example user=alice dbname=other",
            Some("any database"),
        ),
        ("host=db.example user=bob dbname=shop", None),
        (
            "host=db.example port=6000 user=bob dbname=shop",
            Some("any:colon\\backslash"),
        ),
        ("host=::1 user=six dbname=d", Some("v6")),
        ("host=star user=* dbname=d", Some("literal star")),
        ("host=star user=x dbname=d", None),
        ("host=/var/run/postgresql user=sock dbname=d", Some("local")),
        ("host=localhost user=sock dbname=d", Some("local")),
        ("host=/somewhere user=sock dbname=d", None),
        ("host=/my/dir user=dir dbname=d", Some("by directory")),
        ("hostaddr=10.0.0.1 user=addr dbname=d", Some("by address")),
        ("host=named hostaddr=10.0.0.1 user=addr dbname=d", None),
        ("host=crlf user=u dbname=d", Some("no carriage return")),
        ("host=more user=u dbname=d", Some("first")),
        ("host=comment user=u dbname=d", None),
        (
            "host=db.example user=alice dbname=shop password=said",
            Some("said"),
        ),
    ] {
        assert_eq!(password(text, &environment).as_deref(), expected, "{text}");
    }
}

#[test]
fn each_host_and_each_role_has_its_own_line() {
    let home = home(&[(".pgpass", "pgpass")]);
    let info = ConnInfo::resolve("host=more,crlf user=u dbname=d", &environment(&home)).unwrap();
    assert_eq!(
        info.password_for(&info.hosts[1]).unwrap().expose(),
        "no carriage return"
    );
    let info =
        ConnInfo::resolve("host=db.example user=bob dbname=shop", &environment(&home)).unwrap();
    let info = info.with_user("alice");
    assert_eq!(info.password_for(&info.hosts[0]).unwrap().expose(), "exact");
    assert!(
        info.variables()
            .iter()
            .any(|(name, _)| *name == "PGPASSFILE")
    );
    assert!(info.url().expose().contains(":exact@"));
}

#[test]
fn a_password_file_that_others_may_read_is_ignored_with_a_warning() {
    let home = home(&[(".pgpass", "pgpass")]);
    let path = home.path().join(".pgpass");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let info = ConnInfo::resolve("host=more user=u dbname=d", &environment(&home)).unwrap();
    assert!(info.password_for(&info.hosts[0]).is_none());
    assert!(
        info.warnings[0].contains("chmod 0600"),
        "{:?}",
        info.warnings
    );
    let text = format!("passfile={}", home.path().display());
    let info = ConnInfo::resolve(&text, &environment(&home)).unwrap();
    assert!(
        info.warnings[0].contains("not a plain file"),
        "{:?}",
        info.warnings
    );
    let info = ConnInfo::resolve("passfile=/nonexistent/pgpass", &environment(&home)).unwrap();
    assert!(info.warnings.is_empty());
}

#[test]
fn pgpassfile_names_another_password_file() {
    let home = home(&[("elsewhere", "pgpass")]);
    let environment = environment(&home).with_variable("PGPASSFILE", home.path().join("elsewhere"));
    assert_eq!(
        password("host=more user=u dbname=d", &environment).as_deref(),
        Some("first")
    );
}

#[test]
fn a_password_file_is_never_dumped() {
    let file = PasswordFile::parse("a:b:c:d:hunter2");
    assert!(!format!("{file:?}").contains("hunter2"));
}

#[test]
fn a_service_fills_in_what_the_string_leaves_out_and_goes_before_variables() {
    let home = home(&[(".pg_service.conf", "pg_service.conf")]);
    let environment = environment(&home)
        .with_variable("PGUSER", "variable")
        .with_variable("PGPORT", "1");
    let info = ConnInfo::resolve("service=shop dbname=said", &environment).unwrap();
    assert_eq!(info.hosts[0].to_string(), "shop.example:6000");
    assert_eq!((info.user.as_str(), info.database()), ("clerk", "said"));
    assert_eq!(info.options.as_deref(), Some("-c geqo=off"));
    let environment = environment.with_variable("PGSERVICE", "small");
    let info = ConnInfo::resolve("", &environment).unwrap();
    assert_eq!(info.hosts[0].to_string(), "small.example:1");
    assert_eq!(info.user, "variable");
}

#[test]
fn a_service_is_looked_for_in_the_users_and_then_in_the_systems_file() {
    let own = home(&[(".pg_service.conf", "pg_service.conf")]);
    let system = home(&[("pg_service.conf", "pg_service-system.conf")]);
    let environment = environment(&own).with_variable("PGSYSCONFDIR", system.path());
    let info = ConnInfo::resolve("service=shop", &environment).unwrap();
    assert_eq!(info.hosts[0].to_string(), "shop.example:6000");
    let info = ConnInfo::resolve("postgres:///?service=central", &environment).unwrap();
    assert_eq!(info.hosts[0].to_string(), "central.example:5432");
    let error = ConnInfo::resolve("service=nowhere", &environment)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("[nowhere]") && error.contains(".pg_service.conf"),
        "{error}"
    );
}

#[test]
fn a_service_file_that_is_wrong_is_told_with_its_line() {
    let home = home(&[("services", "pg_service.conf")]);
    let path = home.path().join("services");
    let environment = environment(&home).with_variable("PGSERVICEFILE", &path);
    let errors: Vec<String> = ["broken", "nested", "unknown", "blank", "ldap"]
        .map(|service| {
            let error = ConnInfo::resolve(&format!("service={service}"), &environment).unwrap_err();
            error
                .to_string()
                .replace(&path.display().to_string(), "FILE")
        })
        .to_vec();
    insta::assert_snapshot!(errors.join("\n"));
    let environment = environment.with_variable("PGSERVICEFILE", "/nonexistent/services");
    let error = ConnInfo::resolve("service=shop", &environment)
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nonexistent/services"), "{error}");
}
