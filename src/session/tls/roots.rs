use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::TlsError;
use super::verifier::Trust;
use crate::session::conninfo::{RootCertificates, SslMode, TlsOptions};

/// Whom to trust. When there is no file of root certificates, modes below `verify-ca` trust anyone, and when there
/// is one, every mode checks against it: libpq's rule.
pub(super) fn trust(
    options: &TlsOptions,
    provider: &Arc<CryptoProvider>,
) -> Result<Trust, TlsError> {
    let (certificates, words) = match &options.root {
        Some(RootCertificates::System) => (system()?, "the system's authorities".to_owned()),
        said => {
            let path = match said {
                Some(RootCertificates::File(path)) => Some(path.clone()),
                _ => default_file(options, "root.crt"),
            };
            match path.filter(|path| path.exists()) {
                Some(path) => (
                    file(&path)?,
                    format!("the authorities in {}", path.display()),
                ),
                None if options.mode < SslMode::VerifyCa => return Ok(Trust::Anyone),
                None => return Err(TlsError::NoRoots(missing(options))),
            }
        }
    };
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates.iter().cloned());
    let revocations = revocations(options)?;
    let revocable = !revocations.is_empty();
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
            .with_crls(revocations)
            .enforce_revocation_expiration()
            .build()
            .map_err(|error| match error {
            VerifierBuilderError::InvalidCrl(_) => TlsError::NoRoots(format!(
                "cannot use the revocation list (sslcrl, or root.crl in ~/.postgresql): {error}; it must be of version 2, \
                 with a number and the authority's key identifier (crlnumber and crl_extensions in openssl's settings)"
            )),
            error => TlsError::NoRoots(format!("cannot use {words}: {error}")),
        })?;
    Ok(Trust::Authorities {
        verifier,
        certificates,
        revocable,
        words,
    })
}

fn default_file(options: &TlsOptions, name: &str) -> Option<PathBuf> {
    options.default_dir.as_ref().map(|dir| dir.join(name))
}

fn missing(options: &TlsOptions) -> String {
    let path = match &options.root {
        Some(RootCertificates::File(path)) => Some(path.clone()),
        _ => default_file(options, "root.crt"),
    };
    let missing = path.map_or("there is no home directory".to_owned(), |path| {
        format!("{} does not exist", path.display())
    });
    format!(
        "sslmode={} needs root certificates, but {missing}; name a file with sslrootcert, or use sslrootcert=system",
        options.mode.word()
    )
}

fn system() -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found
            .errors
            .first()
            .map_or("there are none".to_owned(), ToString::to_string);
        return Err(TlsError::NoRoots(format!(
            "cannot read the system's root certificates: {why}"
        )));
    }
    Ok(found.certs)
}

fn file(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    const WHAT: &str = "root certificate file";
    let wrong = |why: String| TlsError::File {
        what: WHAT,
        path: path.to_owned(),
        why,
    };
    let text = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("it holds no certificate in PEM form".to_owned()));
    }
    Ok(certificates)
}

/// The revocation lists of `sslcrl`, else of `~/.postgresql/root.crl`; libpq goes on without when there is no such file.
fn revocations(
    options: &TlsOptions,
) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let path = options
        .revocations
        .clone()
        .or_else(|| default_file(options, "root.crl"));
    let Some(path) = path.filter(|path| path.exists()) else {
        return Ok(Vec::new());
    };
    let wrong = |why: String| TlsError::File {
        what: "revocation list",
        path: path.clone(),
        why,
    };
    let text = fs::read(&path).map_err(|error| wrong(error.to_string()))?;
    let lists: Vec<_> = CertificateRevocationListDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    if lists.is_empty() {
        return Err(wrong("it holds no revocation list in PEM form".to_owned()));
    }
    Ok(lists)
}
