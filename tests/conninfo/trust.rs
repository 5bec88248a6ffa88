//! TLS: what each `sslmode` accepts, compared with the real psql.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bytes::BytesMut;
use pgassay::session::conninfo::{ConnInfo, Environment, SslMode};
use pgassay::session::stream::{ConnectError, Failure, Stream, connect_for_cancel};
use postgres_protocol::message::frontend;

use crate::authority::{Pair, openssl_exists, self_signed, signed};
use crate::server::{Server, bin_dir};
use crate::streams::session;
use Came::{Not, WithTls, Without};

/// How a connection came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    WithTls,
    Without,
    Not,
}

pub(crate) fn ours(text: &str, home: &Path) -> (Came, String) {
    match open(text, home) {
        Ok(stream) if stream.is_encrypted() => (Came::WithTls, String::new()),
        Ok(_) => (Came::Without, String::new()),
        Err(failure) => (Came::Not, words(&failure)),
    }
}

fn open(text: &str, home: &Path) -> Result<Stream, Failure<u8>> {
    session(&ConnInfo::resolve(text, &Environment::empty().with_home(home)).unwrap())
}

fn words(failure: &Failure<u8>) -> String {
    match failure {
        Failure::Connect(error) => error.to_string(),
        Failure::Start { error, others } => format!("answer {error} after {others:?}"),
    }
}

pub(crate) fn psqls(server: &Server, text: &str, home: &Path) -> Came {
    match server
        .psql(
            text,
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
            home,
        )
        .as_deref()
    {
        Some("t") => Came::WithTls,
        Some("f") => Came::Without,
        _ => Came::Not,
    }
}

/// Compares for every mode, the rest where it can matter; returns how many connections were tried.
fn compare(server: &Server, what: &str, hosts: &[&str], roots: &[&str], home: &Path) -> usize {
    let mut tried = 0;
    for (number, root) in roots.iter().enumerate() {
        for mode in SslMode::ALL {
            if mode <= SslMode::Allow && number > 0 {
                continue;
            }
            let names = if mode == SslMode::VerifyFull && !root.is_empty() {
                hosts.len()
            } else {
                1
            };
            let roles = ["postgres", "tls_only", "plain_only", "refused"];
            for host in &hosts[..names] {
                // The rules by role have nothing to do with names and authorities.
                for user in &roles[..if number == 0 { roles.len() } else { 1 }] {
                    let text = format!(
                        "host={host} hostaddr=127.0.0.1 port={} user={user} dbname=postgres sslmode={} {root}",
                        server.port,
                        mode.word()
                    );
                    let (found, words) = ours(&text, home);
                    assert_eq!(found, psqls(server, &text, home), "{what}: {text}: {words}");
                    tried += 1;
                }
            }
        }
    }
    tried
}

/// A home directory whose `~/.postgresql` holds these files.
pub(crate) fn home(files: &[(&Path, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join(".postgresql");
    fs::create_dir(&dir).unwrap();
    for (file, name) in files {
        fs::copy(file, dir.join(name)).unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    home
}

pub(crate) const SERVER: &str = "subjectAltName=DNS:db.example,DNS:*.wild.example,IP:127.0.0.1\n";

#[test]
fn every_mode_accepts_and_refuses_what_psql_does() {
    let Some(bin_dir) = bin_dir() else { return };
    if !openssl_exists() {
        return;
    }
    let files = tempfile::tempdir().unwrap();
    let dir = files.path();
    let root = self_signed(dir, "root", "/CN=root of the tests");
    let stranger = self_signed(dir, "stranger", "/CN=stranger");
    let middle = signed(
        dir,
        "middle",
        "/CN=middle",
        &root,
        "basicConstraints=critical,CA:TRUE\n",
    );
    let below_middle = signed(dir, "below", "/CN=db.example", &middle, SERVER);
    let mut chained = fs::read(&below_middle.certificate).unwrap();
    chained.extend(fs::read(&middle.certificate).unwrap());
    fs::write(&below_middle.certificate, chained).unwrap();
    let servers = [
        (
            "alternative names",
            signed(dir, "names", "/CN=other.example", &root, SERVER),
        ),
        (
            "a common name only",
            signed(
                dir,
                "common",
                "/CN=db.example",
                &root,
                "basicConstraints=CA:FALSE\n",
            ),
        ),
        (
            "a wildcard common name",
            signed(
                dir,
                "star",
                "/CN=*.wild.example",
                &root,
                "basicConstraints=CA:FALSE\n",
            ),
        ),
        ("version 1", signed(dir, "old", "/CN=db.example", &root, "")),
        (
            "its own signature",
            self_signed(dir, "self", "/CN=db.example"),
        ),
        ("a chain", below_middle),
    ];
    let known = format!("sslrootcert={}", root.certificate.display());
    let unknown = format!("sslrootcert={}", stranger.certificate.display());
    let itself = format!("sslrootcert={}", servers[4].1.certificate.display());
    let roots = [
        "",
        known.as_str(),
        unknown.as_str(),
        itself.as_str(),
        "sslrootcert=/nonexistent/root.crt",
    ];
    let hosts = [
        "db.example",
        "wrong.example",
        "127.0.0.1",
        "127.0.0.2",
        "a.wild.example",
        "a.b.wild.example",
    ];
    let (empty, trusting, mistaken) = (
        home(&[]),
        home(&[(&root.certificate, "root.crt")]),
        home(&[(&stranger.certificate, "root.crt")]),
    );
    let mut server = Server::create(&bin_dir);
    let mut tried = 0;
    for (what, pair) in &servers {
        server.start_tls(pair, &[]);
        tried += compare(&server, what, &hosts, &roots, empty.path());
    }
    for home in [&trusting, &mistaken] {
        tried += compare(&server, "root.crt at home", &hosts, &[""], home.path());
    }
    server.start(&[]);
    tried += compare(&server, "no TLS", &hosts[..1], &roots, empty.path());
    assert!(tried > 250, "{tried}");
}

#[test]
fn the_table_of_the_manual_holds() {
    let Some(bin_dir) = bin_dir() else { return };
    if !openssl_exists() {
        return;
    }
    let files = tempfile::tempdir().unwrap();
    let dir = files.path();
    let root = self_signed(dir, "root", "/CN=root of the tests");
    let stranger = self_signed(dir, "stranger", "/CN=stranger");
    let pair = signed(dir, "server", "/CN=db.example", &root, SERVER);
    let home = home(&[]);
    let mut server = Server::create(&bin_dir);
    let port = server.port;
    let text = |mode: SslMode, host: &str, root: &Pair| {
        let root = root.certificate.display();
        format!(
            "host={host} hostaddr=127.0.0.1 port={port} user=postgres sslmode={} sslrootcert={root}",
            mode.word()
        )
    };
    // Without TLS, with it, under another name, from an unknown authority.
    let table = [
        (SslMode::Disable, [Without, Without, Without, Without]),
        (SslMode::Allow, [Without, Without, Without, Without]),
        (SslMode::Prefer, [Without, WithTls, WithTls, Without]),
        (SslMode::Require, [Not, WithTls, WithTls, Not]),
        (SslMode::VerifyCa, [Not, WithTls, WithTls, Not]),
        (SslMode::VerifyFull, [Not, WithTls, Not, Not]),
    ];
    let mut errors = Vec::new();
    let mut check = |text: String, expected: Came| {
        let (found, words) = ours(&text, home.path());
        assert_eq!(found, expected, "{text}: {words}");
        if found == Not {
            let words = words
                .replace(&port.to_string(), "PORT")
                .replace(&dir.display().to_string(), "DIR");
            errors.push(words);
        }
    };
    server.start(&[]);
    for (mode, expected) in &table {
        check(text(*mode, "db.example", &root), expected[0]);
    }
    server.start_tls(&pair, &[]);
    for (mode, expected) in &table {
        check(text(*mode, "db.example", &root), expected[1]);
        check(text(*mode, "wrong.example", &root), expected[2]);
        check(text(*mode, "db.example", &stranger), expected[3]);
    }
    for mode in [SslMode::VerifyCa, SslMode::VerifyFull] {
        let text = format!(
            "host=127.0.0.1 port={port} user=postgres sslmode={}",
            mode.word()
        );
        let words = ours(&text, home.path())
            .1
            .replace(&home.path().display().to_string(), "HOME");
        errors.push(words.replace(&port.to_string(), "PORT"));
    }
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn versions_names_and_second_connections_work_over_tls() {
    let Some(bin_dir) = bin_dir() else { return };
    if !openssl_exists() {
        return;
    }
    let files = tempfile::tempdir().unwrap();
    let dir = files.path();
    let root = self_signed(dir, "root", "/CN=root of the tests");
    let home = home(&[]);
    let mut server = Server::create(&bin_dir);
    let base = format!(
        "host=127.0.0.1 port={} user=postgres sslmode=require",
        server.port
    );
    for (name, extensions) in [("new", SERVER), ("old", "")] {
        server.start_tls(&signed(dir, name, "/CN=db.example", &root, extensions), &[]);
        for version in ["TLSv1.2", "TLSv1.3"] {
            let text = format!(
                "{base} ssl_min_protocol_version={version} ssl_max_protocol_version={version}"
            );
            let mut stream =
                open(&text, home.path()).unwrap_or_else(|failure| panic!("{}", words(&failure)));
            let mut other = connect_for_cancel(stream.peer()).unwrap();
            assert!(other.is_encrypted());
            let mut message = BytesMut::new();
            frontend::cancel_request(1, 2, &mut message);
            other.write_all(&message).unwrap();
            other.flush().unwrap();
            assert_eq!(other.read(&mut [0]).unwrap(), 0);
            stream
                .set_read_timeout(Some(std::time::Duration::from_millis(20)))
                .unwrap();
            let mut greeting = vec![0; 10_000];
            let error = loop {
                match stream.read(&mut greeting) {
                    Ok(length) => assert!(length > 0),
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
            // A timed out read leaves the stream usable: terminate, and see the end.
            let mut message = BytesMut::new();
            frontend::terminate(&mut message);
            stream.write_all(&message).unwrap();
            stream.flush().unwrap();
            stream
                .set_read_timeout(Some(std::time::Duration::from_secs(5)))
                .unwrap();
            assert_eq!(stream.read(&mut greeting).unwrap(), 0);
        }
    }
}

#[test]
fn the_systems_authorities_do_not_know_a_test_server() {
    let Some(bin_dir) = bin_dir() else { return };
    if !openssl_exists() {
        return;
    }
    let files = tempfile::tempdir().unwrap();
    let root = self_signed(files.path(), "root", "/CN=root of the tests");
    let mut server = Server::create(&bin_dir);
    server.start_tls(
        &signed(files.path(), "server", "/CN=db.example", &root, SERVER),
        &[],
    );
    let text = format!(
        "host=127.0.0.1 port={} user=postgres sslrootcert=system",
        server.port
    );
    let failure = open(&text, files.path()).unwrap_err();
    assert!(
        matches!(failure, Failure::Connect(ConnectError::Tls { .. })),
        "{}",
        words(&failure)
    );
}
