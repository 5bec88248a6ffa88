//! Certificates made with openssl.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A certificate and its key, both files.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Whether openssl is there; says so when it is not.
pub(crate) fn openssl_exists() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok();
    if !found {
        eprintln!("skipped: there is no openssl on this machine");
    }
    found
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const NEW_KEY: [&str; 5] = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
];

fn pair(dir: &Path, name: &str) -> Pair {
    Pair {
        certificate: dir.join(format!("{name}.crt")),
        key: dir.join(format!("{name}.key")),
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A certificate that signs itself: `openssl req -x509`, as the server's manual has it. It may sign others too.
pub(crate) fn self_signed(dir: &Path, name: &str, subject: &str) -> Pair {
    let made = pair(dir, name);
    let mut arguments = vec!["req", "-x509"];
    arguments.extend(NEW_KEY);
    arguments.extend([
        "-keyout",
        text(&made.key),
        "-out",
        text(&made.certificate),
        "-days",
        "2",
        "-subj",
        subject,
    ]);
    openssl(&arguments);
    made
}

/// A certificate signed by `issuer` with these extensions; without any it is of version 1 before OpenSSL 3.2.
pub(crate) fn signed(
    dir: &Path,
    name: &str,
    subject: &str,
    issuer: &Pair,
    extensions: &str,
) -> Pair {
    let made = pair(dir, name);
    let request = dir.join(format!("{name}.csr"));
    let mut arguments = vec!["req"];
    arguments.extend(NEW_KEY);
    arguments.extend([
        "-keyout",
        text(&made.key),
        "-out",
        text(&request),
        "-subj",
        subject,
    ]);
    openssl(&arguments);
    let extension_file = dir.join(format!("{name}.ext"));
    fs::write(&extension_file, extensions).unwrap();
    let mut arguments = vec![
        "x509",
        "-req",
        "-in",
        text(&request),
        "-days",
        "2",
        "-CAcreateserial",
    ];
    arguments.extend([
        "-CA",
        text(&issuer.certificate),
        "-CAkey",
        text(&issuer.key),
    ]);
    arguments.extend(["-out", text(&made.certificate)]);
    if !extensions.is_empty() {
        arguments.extend(["-extfile", text(&extension_file)]);
    }
    openssl(&arguments);
    made
}

/// A revocation list of `issuer` that holds these certificates; of version 2 as webpki wants it, or 1, which openssl makes
/// when nothing is said.
pub(crate) fn revocation_list(
    dir: &Path,
    issuer: &Pair,
    revoked: &[&Pair],
    version: u32,
) -> PathBuf {
    let config = dir.join("ca.cnf");
    let database = dir.join("index.txt");
    let number = dir.join("crlnumber");
    fs::write(&database, "").unwrap();
    fs::write(&number, "01\n").unwrap();
    let mut settings = format!(
        "[ca]\ndefault_ca=a\n[a]\ndatabase={}\ndefault_md=sha256\ndefault_crl_days=2\n",
        database.display()
    );
    if version == 2 {
        settings = format!(
            "{settings}crlnumber={}\ncrl_extensions=e\n",
            number.display()
        );
        settings.push_str("[e]\nauthorityKeyIdentifier=keyid:always\n");
    }
    fs::write(&config, settings).unwrap();
    let common = [
        "ca",
        "-config",
        text(&config),
        "-cert",
        text(&issuer.certificate),
        "-keyfile",
        text(&issuer.key),
    ];
    for certificate in revoked {
        openssl(&[&common[..], &["-revoke", text(&certificate.certificate)]].concat());
    }
    let list = dir.join("ca.crl");
    openssl(&[&common[..], &["-gencrl", "-out", text(&list)]].concat());
    list
}
