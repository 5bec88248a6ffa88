use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys};

use super::TlsError;
use crate::session::conninfo::TlsOptions;

const CERTIFICATE: &str = "client certificate";
const KEY: &str = "client key";

/// The client's certificate and key; none when there is no certificate file. As in libpq a certificate that was
/// named but does not exist is left out too: the server says whether it wants one.
pub(super) fn certificate(
    options: &TlsOptions,
    provider: &CryptoProvider,
) -> Result<Option<Arc<dyn ResolvesClientCert>>, TlsError> {
    let file = |said: &Option<std::path::PathBuf>, name: &str| {
        said.clone()
            .or_else(|| options.default_dir.as_ref().map(|dir| dir.join(name)))
    };
    let Some(path) =
        file(&options.certificate, "postgresql.crt").filter(|_| options.send_certificate)
    else {
        return Ok(None);
    };
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(wrong(CERTIFICATE, &path, error.to_string())),
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(CERTIFICATE, &path, error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(
            CERTIFICATE,
            &path,
            "it holds no certificate in PEM form".to_owned(),
        ));
    }
    let Some(key_path) = file(&options.key, "postgresql.key") else {
        return Err(wrong(
            CERTIFICATE,
            &path,
            "there is no key for it; name it with sslkey".to_owned(),
        ));
    };
    let signing_key = provider
        .key_provider
        .load_private_key(key(&key_path)?)
        .map_err(|error| wrong(KEY, &key_path, error.to_string()))?;
    let certified = CertifiedKey::new(chain, signing_key);
    // Other errors mean that the certificate is too old to be compared; then the server will tell.
    if matches!(
        certified.keys_match(),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch))
    ) {
        let why = format!("it does not belong to the certificate {}", path.display());
        return Err(wrong(KEY, &key_path, why));
    }
    Ok(Some(Arc::new(SingleCertAndKey::from(certified))))
}

fn wrong(what: &'static str, path: &Path, why: String) -> TlsError {
    TlsError::File {
        what,
        path: path.to_owned(),
        why,
    }
}

/// Reads a private key, unless others may read it too.
fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let metadata = fs::metadata(path).map_err(|error| wrong(KEY, path, error.to_string()))?;
    if !metadata.is_file() {
        return Err(wrong(KEY, path, "it is not a plain file".to_owned()));
    }
    private(
        metadata.uid(),
        metadata.mode(),
        nix::unistd::geteuid().as_raw(),
    )
    .map_err(|why| wrong(KEY, path, why.to_owned()))?;
    let bytes = fs::read(path).map_err(|error| wrong(KEY, path, error.to_string()))?;
    if bytes.windows(9).any(|window| window == b"ENCRYPTED") {
        let why =
            "it is encrypted, which is not supported; decrypt it with: openssl pkey -in … -out …";
        return Err(wrong(KEY, path, why.to_owned()));
    }
    match PrivateKeyDer::from_pem_slice(&bytes) {
        Ok(key) => Ok(key),
        Err(_) => PrivateKeyDer::try_from(bytes).map_err(|_| {
            wrong(
                KEY,
                path,
                "it holds no private key in PEM or DER form".to_owned(),
            )
        }),
    }
}

/// libpq's rule on a key's owner and permissions.
fn private(owner: u32, mode: u32, user: u32) -> Result<(), &'static str> {
    if owner != 0 && owner != user {
        return Err("it must belong to this user or to root");
    }
    let forbidden = if owner == 0 { 0o037 } else { 0o077 };
    if mode & forbidden != 0 {
        return Err(
            "others may read it; run chmod 0600 on it (0640 will do if it belongs to root)",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::private;

    #[test]
    fn a_key_must_be_private_to_its_owner_or_readable_by_roots_group() {
        assert!(private(1000, 0o100_600, 1000).is_ok());
        assert!(private(1000, 0o100_400, 1000).is_ok());
        assert!(private(1000, 0o100_640, 1000).is_err());
        assert!(private(0, 0o100_640, 1000).is_ok());
        assert!(private(0, 0o100_660, 1000).is_err());
        assert!(private(0, 0o100_644, 1000).is_err());
        assert!(private(1001, 0o100_600, 1000).is_err());
        assert!(private(1000, 0o100_600, 0).is_err());
    }
}
