use std::path::PathBuf;
use std::time::Duration;

/// `sslmode`: what TLS must give over TCP. Unix sockets never use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// TLS only if the server refuses to go without.
    Allow,
    /// TLS if the server has it, else none.
    #[default]
    Prefer,
    /// TLS; its certificate is checked only when there is a file of root certificates.
    Require,
    /// TLS with a certificate from a trusted authority.
    VerifyCa,
    /// TLS with a certificate from a trusted authority for this very host name.
    VerifyFull,
}

impl SslMode {
    /// All of them, the weakest first.
    pub const ALL: [Self; 6] = [
        Self::Disable,
        Self::Allow,
        Self::Prefer,
        Self::Require,
        Self::VerifyCa,
        Self::VerifyFull,
    ];

    /// libpq's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// `target_session_attrs`: what the server must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TargetSessionAttrs {
    /// Anything.
    #[default]
    Any,
    /// Sessions can write (neither in recovery nor `default_transaction_read_only`).
    ReadWrite,
    /// Not in recovery.
    Primary,
}

impl TargetSessionAttrs {
    /// libpq's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::Primary => "primary",
        }
    }
}

/// Which certificate authorities are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootCertificates {
    /// The operating system's (`sslrootcert=system`).
    System,
    /// Those in this PEM file.
    File(PathBuf),
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

impl TlsVersion {
    /// libpq's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::V12 => "TLSv1.2",
            Self::V13 => "TLSv1.3",
        }
    }
}

/// Whether and how to speak TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsOptions {
    /// What TLS must give.
    pub mode: SslMode,
    /// `sslrootcert`, where it was said.
    pub root: Option<RootCertificates>,
    /// `sslcert`, where it was said.
    pub certificate: Option<PathBuf>,
    /// `sslkey`, where it was said.
    pub key: Option<PathBuf>,
    /// `sslcrl`, where it was said.
    pub revocations: Option<PathBuf>,
    /// `~/.postgresql`, where `root.crt`, `root.crl`, `postgresql.crt` and `postgresql.key` are looked for unless
    /// others are said.
    pub default_dir: Option<PathBuf>,
    /// Whether a client certificate may be sent (not with `sslcertmode=disable`).
    pub send_certificate: bool,
    /// Whether the host's name is sent before the server shows its certificate (`sslsni`).
    pub send_name: bool,
    /// The oldest version to accept.
    pub min_version: TlsVersion,
    /// The newest version to accept.
    pub max_version: TlsVersion,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            mode: SslMode::default(),
            root: None,
            certificate: None,
            key: None,
            revocations: None,
            default_dir: None,
            send_certificate: true,
            send_name: true,
            min_version: TlsVersion::V12,
            max_version: TlsVersion::V13,
        }
    }
}

/// How to notice a lost TCP connection. What is none is left to the operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keepalive {
    /// Whether to send probes at all.
    pub enabled: bool,
    /// After how much silence to send one.
    pub idle: Option<Duration>,
    /// How long to wait for an answer before the next.
    pub interval: Option<Duration>,
    /// How many may stay without an answer.
    pub count: Option<u32>,
    /// How long sent data may stay without an acknowledgement.
    pub user_timeout: Option<Duration>,
}

impl Default for Keepalive {
    fn default() -> Self {
        Self {
            enabled: true,
            idle: None,
            interval: None,
            count: None,
            user_timeout: None,
        }
    }
}
