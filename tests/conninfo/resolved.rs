//! Connection strings, variables and defaults.

use std::time::Duration;

use pgassay::session::conninfo::{
    Address, ConnInfo, Environment, RootCertificates, SslMode, TargetSessionAttrs, TlsVersion,
};

fn environment() -> Environment {
    Environment::empty().with_user("me")
}

fn resolve(text: &str) -> ConnInfo {
    ConnInfo::resolve(text, &environment()).unwrap()
}

fn error(text: &str) -> String {
    ConnInfo::resolve(text, &environment())
        .unwrap_err()
        .to_string()
}

/// The hosts as shown, in order.
fn hosts(info: &ConnInfo) -> Vec<String> {
    info.hosts.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_string_means_this_user_on_this_machine() {
    let info = resolve("");
    assert_eq!(info.user, "me");
    assert_eq!(info.database(), "me");
    assert_eq!(info.dbname, None);
    assert_eq!(hosts(&info), ["localhost:5432"]);
    assert_eq!(info.tls.mode, SslMode::Prefer);
    assert_eq!(info.application_name, "pgassay");
    assert!(info.password.is_none());
}

#[test]
fn without_a_host_the_usual_directories_are_searched_for_the_ports_socket() {
    let dir = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join(".s.PGSQL.5433"), "").unwrap();
    let environment =
        environment().with_socket_dirs([dir.path().to_owned(), other.path().to_owned()]);
    let info = ConnInfo::resolve("port=5433", &environment).unwrap();
    assert_eq!(
        info.hosts[0].address,
        Address::Unix(other.path().to_owned())
    );
    let info = ConnInfo::resolve("port=5434", &environment).unwrap();
    assert_eq!(hosts(&info), ["localhost:5434"]);
}

#[test]
fn hosts_ports_and_addresses_are_paired() {
    for (text, expected) in [
        ("host=a,b port=1,2", vec!["a:1", "b:2"]),
        ("host=a,b port=1", vec!["a:1", "b:1"]),
        ("host=a,b port=,2", vec!["a:5432", "b:2"]),
        ("host=a,,c", vec!["a:5432", "localhost:5432", "c:5432"]),
        (
            "postgres://a,b:7,[::1]:8/",
            vec!["a:5432", "b:7", "[::1]:8"],
        ),
        (
            "postgres:///?host=/tmp,b&port=1,2",
            vec!["/tmp/.s.PGSQL.1", "b:2"],
        ),
        ("postgres://%2Frun%2Fpg:7/", vec!["/run/pg/.s.PGSQL.7"]),
        (
            "hostaddr=10.0.0.1,::2 port=4",
            vec!["10.0.0.1:4", "[::2]:4"],
        ),
        ("host=a,b hostaddr=10.0.0.1,", vec!["a:5432", "b:5432"]),
        ("port=' 7 '", vec!["localhost:7"]),
    ] {
        assert_eq!(hosts(&resolve(text)), expected, "{text}");
    }
    let info = resolve("host=a,b hostaddr=10.0.0.1,");
    assert_eq!(info.hosts[0].hostaddr, Some("10.0.0.1".parse().unwrap()));
    assert_eq!(info.hosts[1].hostaddr, None);
}

#[test]
fn variables_fill_in_what_the_string_leaves_out() {
    let environment = environment()
        .with_variable("PGHOST", "db.example")
        .with_variable("PGPORT", "6000")
        .with_variable("PGUSER", "alice")
        .with_variable("PGDATABASE", "shop")
        .with_variable("PGPASSWORD", "pw")
        .with_variable("PGSSLMODE", "require")
        .with_variable("PGOPTIONS", "-c jit=off")
        .with_variable("PGAPPNAME", "app")
        .with_variable("PGCONNECT_TIMEOUT", "3")
        .with_variable("PGTARGETSESSIONATTRS", "primary")
        .with_variable("PGREQUIREPEER", "postgres")
        .with_variable("PGGSSENCMODE", "prefer")
        .with_variable("PGTZ", "UTC")
        .with_variable("PGDATESTYLE", "default");
    let info = ConnInfo::resolve("", &environment).unwrap();
    assert_eq!(hosts(&info), ["db.example:6000"]);
    assert_eq!(info.user, "alice");
    assert_eq!(info.dbname.as_deref(), Some("shop"));
    assert_eq!(info.password.as_ref().unwrap().expose(), "pw");
    assert_eq!(info.tls.mode, SslMode::Require);
    assert_eq!(info.connect_timeout, Some(Duration::from_secs(3)));
    assert_eq!(info.target_session_attrs, TargetSessionAttrs::Primary);
    assert_eq!(info.require_peer.as_deref(), Some("postgres"));
    assert_eq!(
        info.startup_parameters(),
        [
            ("user", "alice"),
            ("database", "shop"),
            ("application_name", "app"),
            ("options", "-c jit=off"),
            ("timezone", "UTC"),
        ]
    );
    let info = ConnInfo::resolve("postgres://bob@other/db?sslmode=disable", &environment).unwrap();
    assert_eq!(
        (info.user.as_str(), info.database(), info.tls.mode),
        ("bob", "db", SslMode::Disable)
    );
    assert_eq!(hosts(&info), ["other:6000"]);
}

#[test]
fn a_database_said_to_be_empty_is_the_users_whatever_the_variable_says() {
    let environment = environment().with_variable("PGDATABASE", "shop");
    let info = ConnInfo::resolve("dbname='' user=u", &environment).unwrap();
    assert_eq!(info.database(), "u");
}

#[test]
fn tls_options_are_libpqs() {
    let info = resolve("sslrootcert=system");
    assert_eq!(
        (info.tls.mode, info.tls.root),
        (SslMode::VerifyFull, Some(RootCertificates::System))
    );
    let info =
        resolve("sslrootcert=/r sslcert=/c sslkey=/k sslcrl=/l sslsni=0 sslcertmode=disable");
    assert_eq!(info.tls.root, Some(RootCertificates::File("/r".into())));
    assert!(!info.tls.send_name && !info.tls.send_certificate);
    let info = resolve("ssl_min_protocol_version=TLSv1 ssl_max_protocol_version=TLSv1.2");
    assert_eq!(
        (info.tls.min_version, info.tls.max_version),
        (TlsVersion::V12, TlsVersion::V12)
    );
    let info = ConnInfo::resolve("", &environment().with_variable("PGREQUIRESSL", "1")).unwrap();
    assert_eq!(info.tls.mode, SslMode::Require);
    let info =
        ConnInfo::resolve("", &environment().with_variable("PGSSLROOTCERT", "system")).unwrap();
    assert_eq!(info.tls.mode, SslMode::VerifyFull);
}

#[test]
fn zero_and_negative_timeouts_mean_for_ever() {
    for text in [
        "connect_timeout=0",
        "connect_timeout=-1",
        "connect_timeout=''",
    ] {
        assert_eq!(resolve(text).connect_timeout, None, "{text}");
    }
}

#[test]
fn what_cannot_be_honoured_is_refused_in_words() {
    let errors: Vec<String> = [
        "mydb",
        "hots=localhost",
        "dbnam=x",
        "zzzzzz=1",
        "postgres://h/d?sslmod=require",
        "sslmode=maybe",
        "sslrootcert=system sslmode=require",
        "channel_binding=require",
        "gssencmode=require",
        "target_session_attrs=standby",
        "replication=database",
        "require_auth=scram-sha-256",
        "sslnegotiation=direct",
        "ssl_max_protocol_version=TLSv1.1",
        "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
        "sslkey=pkcs11:token",
        "port=70000",
        "port=0",
        "host=a,b,c port=1,2",
        "host=a,b hostaddr=::1",
        "hostaddr=localhost",
        "host=@abstract",
        "connect_timeout=soon",
        "postgres://u:p%zz@h",
        "postgres://u:p@w@h/d",
        "postgres://h/d?user",
        "user='a",
    ]
    .map(|text| format!("{text}\n    {}", error(text)))
    .to_vec();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn errors_name_the_variable_that_is_wrong() {
    let environment = environment().with_variable("PGSSLMODE", "on");
    let error = ConnInfo::resolve("", &environment).unwrap_err().to_string();
    assert!(error.contains("environment variable PGSSLMODE"), "{error}");
    let error = ConnInfo::resolve("", &Environment::empty())
        .unwrap_err()
        .to_string();
    assert!(error.contains("PGUSER"), "{error}");
}

#[test]
fn every_keyword_of_the_installed_libpq_is_known() {
    // PQconndefaults of libpq 15, and what 16 to 18 added.
    for keyword in include_str!("../data/conninfo/keywords.txt").lines() {
        let text = format!("{keyword}=''");
        assert!(
            ConnInfo::resolve(&text, &environment()).is_ok(),
            "{keyword}"
        );
    }
}

#[test]
fn another_role_does_not_inherit_the_password() {
    let info = resolve("user=a password=pw dbname=d");
    assert!(info.with_database("e").password.is_some());
    assert_eq!(info.with_database("e").database(), "e");
    let other = info.with_user("b");
    assert_eq!(
        (other.user.as_str(), other.database(), &other.password),
        ("b", "d", &None)
    );
}
