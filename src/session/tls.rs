//! TLS as libpq means it: which certificates are read from where, and what each `sslmode` has to see.
//!
//! It never opens a socket of its own, and never falls back to less than the mode asks for: that is the stream's
//! decision.

mod certificate;
mod client;
mod roots;
mod verifier;

use std::io;
use std::net::{IpAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig, ClientConnection, SupportedProtocolVersion, version};

use super::conninfo::{Address, Host, SslMode, TlsOptions, TlsVersion};
use verifier::{Distrust, Verifier};

/// The protocol's name in ALPN, which servers know since version 17.
const ALPN: &[u8] = b"postgresql";

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of certificates or keys cannot be used.
    #[error("cannot use the {what} {}: {why}", path.display())]
    File {
        /// What the file is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not, and what to do.
        why: String,
    },
    /// The mode needs root certificates and there are none.
    #[error("{0}")]
    NoRoots(String),
    /// `verify-full` cannot check this host.
    #[error(
        "sslmode=verify-full cannot check \"{0}\": it is neither a host name nor an IP address"
    )]
    Unverifiable(String),
    /// The server's certificate is not good enough.
    #[error("the server's certificate is refused: {0}")]
    Distrusted(String),
    /// The server ended the handshake.
    #[error("the server broke the TLS handshake off: {0}")]
    Alert(String),
    /// The handshake failed otherwise.
    #[error("the TLS handshake failed: {0}")]
    Handshake(#[source] io::Error),
    /// The options contradict one another.
    #[error("cannot set up TLS: {0}")]
    Setup(#[source] rustls::Error),
}

impl TlsError {
    /// Whether the socket's timeout ended the handshake.
    pub(super) fn is_timeout(&self) -> bool {
        matches!(self, Self::Handshake(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut))
    }
}

/// The name that the server's certificate must bear and that is sent ahead; the address itself where the name
/// cannot be sent and need not be checked.
pub(super) fn server_name(
    host: &Host,
    address: Option<IpAddr>,
    mode: SslMode,
) -> Result<ServerName<'static>, TlsError> {
    let name = match &host.address {
        Address::Tcp(name) => name.clone(),
        Address::Unix(dir) => dir.display().to_string(),
    };
    match (ServerName::try_from(name.clone()), address) {
        (Ok(name), _) => Ok(name),
        (Err(_), Some(address)) if mode < SslMode::VerifyFull => Ok(ServerName::from(address)),
        (Err(_), _) => Err(TlsError::Unverifiable(name)),
    }
}

/// Reads the files that the options name and makes a configuration of them.
pub(super) fn config(options: &TlsOptions) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions: Vec<&'static SupportedProtocolVersion> = [
        (TlsVersion::V12, &version::TLS12),
        (TlsVersion::V13, &version::TLS13),
    ]
    .into_iter()
    .filter(|(version, _)| (options.min_version..=options.max_version).contains(version))
    .map(|(_, version)| version)
    .collect();
    let trust = roots::trust(options, &provider)?;
    let verifier = Verifier::new(trust, options.mode == SslMode::VerifyFull, &provider);
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&versions)
        .map_err(TlsError::Setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client::certificate(options, &provider)? {
        Some(resolver) => builder.with_client_cert_resolver(resolver),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.enable_sni = options.send_name;
    // Sessions are few and long; PostgreSQL does not resume them.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// Performs the handshake.
pub(super) fn handshake(
    config: &Arc<ClientConfig>,
    name: &ServerName<'static>,
    socket: &mut TcpStream,
) -> Result<ClientConnection, TlsError> {
    let mut connection =
        ClientConnection::new(Arc::clone(config), name.clone()).map_err(TlsError::Setup)?;
    while connection.is_handshaking() {
        connection.complete_io(socket).map_err(explained)?;
    }
    Ok(connection)
}

fn explained(error: io::Error) -> TlsError {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        Some(rustls::Error::AlertReceived(alert)) => TlsError::Alert(alert_words(*alert)),
        Some(rustls::Error::InvalidCertificate(wrong)) => TlsError::Distrusted(match wrong {
            rustls::CertificateError::Other(other) => match other.0.downcast_ref::<Distrust>() {
                Some(distrust) => distrust.to_string(),
                None => other.to_string(),
            },
            wrong => wrong.to_string(),
        }),
        _ => TlsError::Handshake(error),
    }
}

fn alert_words(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::ProtocolVersion => {
            "it speaks no TLS version from 1.2 on that the settings allow".to_owned()
        }
        AlertDescription::HandshakeFailure => {
            "it shares no cipher with this client, or wants a client certificate (sslcert, sslkey)"
                .to_owned()
        }
        AlertDescription::CertificateRequired => {
            "it wants a client certificate (sslcert, sslkey)".to_owned()
        }
        AlertDescription::UnknownCA => {
            "it does not trust the authority of the client certificate (sslcert)".to_owned()
        }
        alert => format!("{alert:?}"),
    }
}
