//! Client certificates, and revocation lists for the server's.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::authority::{Pair, openssl_exists, revocation_list, self_signed, signed};
use crate::server::{Server, bin_dir};
use crate::trust::{Came, SERVER, home, ours, psqls};

#[test]
fn client_certificates_are_sent_as_psql_sends_them() {
    let Some(bin_dir) = bin_dir() else { return };
    if !openssl_exists() {
        return;
    }
    let files = tempfile::tempdir().unwrap();
    let dir = files.path();
    let root = self_signed(dir, "root", "/CN=root of the tests");
    let stranger = self_signed(dir, "stranger", "/CN=stranger");
    let pair = signed(dir, "server", "/CN=db.example", &root, SERVER);
    let client = signed(
        dir,
        "client",
        "/CN=with_certificate",
        &root,
        "basicConstraints=CA:FALSE\n",
    );
    let old_client = signed(dir, "old_client", "/CN=with_certificate", &root, "");
    let other_client = signed(
        dir,
        "other_client",
        "/CN=with_certificate",
        &stranger,
        "basicConstraints=CA:FALSE\n",
    );
    let encrypted = Pair {
        certificate: client.certificate.clone(),
        key: dir.join("encrypted.key"),
    };
    fs::write(
        &encrypted.key,
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    )
    .unwrap();
    fs::set_permissions(&encrypted.key, fs::Permissions::from_mode(0o600)).unwrap();
    let open_key = Pair {
        certificate: client.certificate.clone(),
        key: dir.join("open.key"),
    };
    fs::copy(&client.key, &open_key.key).unwrap();
    fs::set_permissions(&open_key.key, fs::Permissions::from_mode(0o644)).unwrap();
    let mismatched = Pair {
        certificate: client.certificate.clone(),
        key: other_client.key.clone(),
    };
    let absent = Pair {
        certificate: dir.join("absent.crt"),
        key: dir.join("absent.key"),
    };
    let mut server = Server::create(&bin_dir);
    let authority = server.dir.path().join("client-root.crt");
    fs::copy(&root.certificate, &authority).unwrap();
    server.start_tls(&pair, &[format!("ssl_ca_file={}", authority.display())]);
    let base = format!(
        "host=127.0.0.1 port={} user=with_certificate dbname=postgres sslmode=verify-full sslrootcert={}",
        server.port,
        root.certificate.display()
    );
    let empty = home(&[]);
    let mut errors = Vec::new();
    for (pair, expected) in [
        (&client, Came::WithTls),
        (&old_client, Came::WithTls),
        (&other_client, Came::Not),
        (&open_key, Came::Not),
        (&mismatched, Came::Not),
        (&absent, Came::Not),
    ] {
        let text = format!(
            "{base} sslcert={} sslkey={}",
            pair.certificate.display(),
            pair.key.display()
        );
        let (found, words) = ours(&text, empty.path());
        assert_eq!(found, expected, "{text}: {words}");
        assert_eq!(found, psqls(&server, &text, empty.path()), "{text}");
        errors.push(words);
    }
    let text = format!(
        "{base} sslcert={} sslkey={}",
        encrypted.certificate.display(),
        encrypted.key.display()
    );
    errors.push(ours(&text, empty.path()).1);
    let shown = errors
        .join("\n")
        .replace(&dir.display().to_string(), "DIR")
        .replace(&server.port.to_string(), "PORT");
    insta::assert_snapshot!(shown);
    let at_home = home(&[
        (&client.certificate, "postgresql.crt"),
        (&client.key, "postgresql.key"),
    ]);
    assert_eq!(ours(&base, at_home.path()).0, Came::WithTls);
    assert_eq!(
        ours(&format!("{base} sslcertmode=disable"), at_home.path()).0,
        Came::Not
    );
}

#[test]
fn a_revoked_certificate_is_refused_as_psql_refuses_it() {
    let Some(bin_dir) = bin_dir() else { return };
    if !openssl_exists() {
        return;
    }
    let files = tempfile::tempdir().unwrap();
    let dir = files.path();
    let root = self_signed(dir, "root", "/CN=root of the tests");
    let pair = signed(dir, "server", "/CN=db.example", &root, SERVER);
    let mut server = Server::create(&bin_dir);
    server.start_tls(&pair, &[]);
    let base = format!(
        "host=127.0.0.1 port={} user=postgres sslmode=verify-full sslrootcert={}",
        server.port,
        root.certificate.display()
    );
    let empty = home(&[]);
    for (revoked, expected) in [(vec![], Came::WithTls), (vec![&pair], Came::Not)] {
        let list = revocation_list(dir, &root, &revoked, 2);
        let text = format!("{base} sslcrl={}", list.display());
        let (found, words) = ours(&text, empty.path());
        assert_eq!(found, expected, "{words}");
        assert_eq!(found, psqls(&server, &text, empty.path()));
        assert_eq!(
            words.contains("it has been revoked"),
            expected == Came::Not,
            "{words}"
        );
    }
    let old = revocation_list(dir, &root, &[], 1);
    let (found, words) = ours(&format!("{base} sslcrl={}", old.display()), empty.path());
    assert!(
        found == Came::Not && words.contains("must be of version 2"),
        "{words}"
    );
}
