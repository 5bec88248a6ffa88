//! How a connection is told to other programs.

use std::path::Path;

use pgassay::session::conninfo::{ConnInfo, Environment, Secret, VARIABLES};
use proptest::prelude::*;

fn resolve(text: &str) -> ConnInfo {
    ConnInfo::resolve(text, &Environment::empty().with_user("me")).unwrap()
}

const SAMPLES: [&str; 8] = [
    "host=/run/pg port=5433 user=alice dbname=shop",
    "postgres://alice:s3cret@db.example/shop",
    "postgres://al%40ice:p%20w'%22@[::1]:7/my%20db?sslmode=require",
    "host=a,b port=1,2 user=u password=s3cret",
    "host=a,/tmp port=1,2 user=u dbname=d options='-c search_path=a,b' application_name='my app'",
    "host=a hostaddr=10.0.0.1 user=u dbname=d connect_timeout=5 keepalives=0",
    "host=h user=u dbname=a=b sslrootcert='/a b/r.crt' sslmode=verify-full",
    "host=h user=O\\'Brien dbname='it\\'s'",
];

#[test]
fn a_psql_command_line_opens_it_and_never_holds_the_password() {
    let lines: Vec<String> = SAMPLES.map(|text| resolve(text).psql_command()).to_vec();
    assert!(!lines.concat().contains("s3cret"));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_url_holds_everything_and_is_shown_as_a_secret() {
    let urls: Vec<Secret> = SAMPLES.map(|text| resolve(text).url()).to_vec();
    assert_eq!(format!("{} {:?}", urls[1], urls[1]), "*** ***");
    let lines: Vec<&str> = urls.iter().map(Secret::expose).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn variables_come_to_the_same_connection() {
    for text in SAMPLES.iter().filter(|text| !text.contains("keepalives")) {
        let info = resolve(text);
        let mut environment = Environment::empty().with_user("other");
        for (name, value) in info.variables() {
            assert!(VARIABLES.contains(&name));
            environment = environment.with_variable(name, value);
        }
        let again = ConnInfo::resolve("", &environment).unwrap();
        assert_eq!(
            ConnInfo {
                dbname: Some(info.database().to_owned()),
                ..info
            },
            again,
            "{text}"
        );
    }
}

#[test]
fn the_tools_own_cluster_is_told_by_its_socket() {
    let info = ConnInfo::unix(Path::new("/run/pg"), 5433, "postgres", "scratch_1");
    assert_eq!(
        info.psql_command(),
        "psql -h /run/pg -p 5433 -U postgres -d scratch_1"
    );
    assert_eq!(
        info.url().expose(),
        "postgresql://postgres@/scratch_1?host=%2Frun%2Fpg&port=5433"
    );
    assert_eq!(
        ConnInfo::resolve(info.url().expose(), &Environment::empty()).unwrap(),
        info
    );
}

#[test]
fn a_debug_dump_shows_no_password() {
    let info = resolve("postgres://alice:s3cret@db.example/shop");
    assert!(!format!("{info:?}").contains("s3cret"));
}

/// Any value that a keyword may have.
fn value() -> impl Strategy<Value = String> {
    "[^\0]{1,12}"
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9.-]{0,10}",
        "/[a-z /%?&=#+é]{0,10}",
        Just("::1".to_owned()),
        Just("127.0.0.1".to_owned())
    ]
}

proptest! {
    #[test]
    fn a_printed_url_reads_back_as_the_same_connection(
        user in value(),
        dbname in proptest::option::of(value()),
        password in proptest::option::of(value()),
        hosts in proptest::collection::vec((host(), 1_u16..), 1..4),
        options in proptest::option::of(value()),
        mode in proptest::sample::select(vec!["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]),
        root in proptest::option::of(value().prop_filter("system is special", |value| value != "system")),
        timeout in 0_u32..100,
        hostaddr in any::<bool>(),
    ) {
        let names: Vec<&str> = hosts.iter().map(|(name, _)| name.as_str()).collect();
        let ports: Vec<String> = hosts.iter().map(|(_, port)| port.to_string()).collect();
        let mut text = format!(
            "user={} host={} port={} sslmode={mode} connect_timeout={timeout}",
            quoted(&user), quoted(&names.join(",")), ports.join(",")
        );
        let said = [("dbname", dbname), ("password", password), ("options", options), ("sslrootcert", root)];
        for (keyword, value) in said {
            if let Some(value) = value {
                text = format!("{text} {keyword}={}", quoted(&value));
            }
        }
        if hostaddr {
            text = format!("{text} hostaddr={}", vec!["10.0.0.1"; hosts.len()].join(","));
        }
        let info = resolve(&text);
        prop_assert_eq!(&resolve(info.url().expose()), &info);
        let plain = ConnInfo { dbname: Some(info.database().to_owned()), ..info };
        let environment = plain.variables().into_iter().fold(
            Environment::empty(),
            |environment, (name, value)| environment.with_variable(name, value),
        );
        prop_assert_eq!(ConnInfo::resolve("", &environment).unwrap(), plain);
    }

    #[test]
    fn no_string_makes_it_panic(text in any::<String>()) {
        let environment = Environment::empty().with_user("me");
        let _ = ConnInfo::resolve(&text, &environment);
        let _ = ConnInfo::resolve(&format!("postgres://{text}"), &environment);
        let _ = ConnInfo::resolve(&format!("host={text}"), &environment);
    }

    #[test]
    fn no_error_tells_a_password(secret in "[a-z0-9]{8,12}", before in "[@:/?#%&=, ]{0,2}", after in "[@:/?#%&=, ]{0,2}") {
        let environment = Environment::empty().with_user("me");
        for text in [
            format!("postgres://u:{before}Q{secret}{after}@[h/db"),
            format!("postgres://u:{before}Q{secret}{after}@h:port/db?x"),
            format!("postgres://h/db?password={before}Q{secret}{after}&zzz=1"),
            format!("password={before}Q{secret}{after}"),
            format!("user=u password=x{before}Q{secret}{after} q"),
        ] {
            if let Err(error) = ConnInfo::resolve(&text, &environment) {
                prop_assert!(!format!("{error} {error:?}").contains(&secret), "{}: {}", text, error);
            }
        }
    }
}
