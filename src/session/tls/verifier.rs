use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::certificate::Certificate;

/// Whose certificates are good.
#[derive(Debug)]
pub(super) enum Trust {
    /// Anyone's: TLS then keeps listeners out, not impostors.
    Anyone,
    /// Those signed by these authorities.
    Authorities {
        /// Checks chains.
        verifier: Arc<WebPkiServerVerifier>,
        /// The authorities' own certificates.
        certificates: Vec<CertificateDer<'static>>,
        /// Whether there are revocation lists.
        revocable: bool,
        /// The authorities in words.
        words: String,
    },
}

/// Checks a server's certificate as libpq does: the chain, and for `verify-full` the name, where the certificate may bear it as its
/// common name. Two kinds of certificates are accepted that webpki refuses and OpenSSL takes, for servers often
/// have them: one that is itself in the file of root certificates, and one of X.509 version 1 signed by a root.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    check_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Why a certificate is refused, in words.
#[derive(Debug)]
pub(super) struct Distrust(String);

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Distrust {}

fn refused(why: String) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Distrust(why)))))
}

impl Verifier {
    /// A verifier that trusts these and checks the name if asked to.
    pub(super) fn new(trust: Trust, check_name: bool, provider: &CryptoProvider) -> Self {
        Self {
            trust,
            check_name,
            algorithms: provider.signature_verification_algorithms,
        }
    }

    /// Whether the certificate is itself a root, or of version 1 and signed by one. Its dates and its root's count.
    fn is_directly_trusted(
        &self,
        bytes: &CertificateDer<'_>,
        roots: &[CertificateDer<'_>],
        now: i64,
    ) -> bool {
        let Some(certificate) =
            Certificate::parse(bytes).filter(|certificate| certificate.is_valid_at(now))
        else {
            return false;
        };
        roots.iter().any(|root| {
            if root.as_ref() == bytes.as_ref() {
                return true;
            }
            Certificate::parse(root).is_some_and(|root| {
                certificate.version == 1
                    && root.is_authority()
                    && root.is_valid_at(now)
                    && root.subject == certificate.issuer
                    && self.has_signed(&root, &certificate)
            })
        })
    }

    fn has_signed(&self, issuer: &Certificate<'_>, certificate: &Certificate<'_>) -> bool {
        self.algorithms.all.iter().any(|algorithm| {
            algorithm.signature_alg_id().as_ref() == certificate.signature_algorithm
                && algorithm.public_key_alg_id().as_ref() == issuer.key_algorithm
                && algorithm
                    .verify_signature(issuer.key, certificate.signed, certificate.signature)
                    .is_ok()
        })
    }

    fn chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let Trust::Authorities {
            verifier,
            certificates,
            revocable,
            words,
        } = &self.trust
        else {
            return Ok(());
        };
        let error =
            match verifier.verify_server_cert(end_entity, intermediates, server_name, &[], now) {
                // The name is looked at after the chain, and here by libpq's rules.
                Ok(_)
                | Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )) => return Ok(()),
                Err(error) => error,
            };
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        // A revocation list is checked only along webpki's chains.
        if !revocable && self.is_directly_trusted(end_entity, certificates, seconds) {
            return Ok(());
        }
        let old =
            Certificate::parse(end_entity).is_some_and(|certificate| certificate.version == 1);
        Err(refused(match error {
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                format!("it is not signed by {words}")
            }
            Error::InvalidCertificate(CertificateError::Revoked) => {
                "it has been revoked".to_owned()
            }
            _ if old => format!(
                "it is of X.509 version 1 and not signed directly by {words}; make one of version 3"
            ),
            Error::InvalidCertificate(CertificateError::Other(other)) => {
                format!("{} (checked against {words})", other.0)
            }
            error => format!("{error} (checked against {words})"),
        }))
    }

    fn name(&self, bytes: &CertificateDer<'_>, server_name: &ServerName<'_>) -> Result<(), Error> {
        if !self.check_name {
            return Ok(());
        }
        let certificate = Certificate::parse(bytes)
            .ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let (host, address) = match server_name {
            ServerName::DnsName(name) => (name.as_ref().to_owned(), None),
            ServerName::IpAddress(address) => {
                let address = IpAddr::from(*address);
                (address.to_string(), Some(address))
            }
            _ => {
                return Err(refused(
                    "it cannot be checked against this kind of host name".to_owned(),
                ));
            }
        };
        if certificate.is_for(&host, address) {
            return Ok(());
        }
        let names = certificate.names();
        let names = if names.is_empty() {
            "nobody".to_owned()
        } else {
            names.join(", ")
        };
        Err(refused(format!("it is for {names}, not for {host}")))
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.chain(end_entity, intermediates, server_name, now)?;
        self.name(end_entity, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let Some(old) = Certificate::parse(cert).filter(|certificate| certificate.version == 1)
        else {
            return verify_tls12_signature(message, cert, dss, &self.algorithms);
        };
        // webpki does not read version 1, so the key is taken out of it here.
        let known = self
            .algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == dss.scheme);
        let valid = known.is_some_and(|(_, algorithms)| {
            algorithms.iter().any(|algorithm| {
                algorithm.public_key_alg_id().as_ref() == old.key_algorithm
                    && algorithm
                        .verify_signature(old.key, message, dss.signature())
                        .is_ok()
            })
        });
        if valid {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::BadSignature))
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match Certificate::parse(cert).filter(|certificate| certificate.version == 1) {
            None => verify_tls13_signature(message, cert, dss, &self.algorithms),
            Some(old) => {
                let key = SubjectPublicKeyInfoDer::from(old.key_info);
                verify_tls13_signature_with_raw_key(message, &key, dss, &self.algorithms)
            }
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
