//! [`TlsError`]: why TLS could not be established.

use std::io;

/// Why TLS could not be established.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate is for another host.
    #[error("the server's certificate is not for {host}: check the host name")]
    #[non_exhaustive]
    WrongHost {
        /// The host that was asked for.
        host: Box<str>,
        /// The reason of rustls.
        source: io::Error,
    },
    /// The certificate does not lead to a root that is trusted here.
    #[error(
        "the server's certificate is not trusted here: add its root if this is a private server"
    )]
    UntrustedRoot(#[source] io::Error),
    /// The certificate is expired, not yet valid, revoked, or damaged.
    #[error("the server's certificate is not valid")]
    Certificate(#[source] io::Error),
    /// The server does not speak TLS on this port.
    #[error("the server does not speak TLS on this port: check the port, or use the STARTTLS form")]
    NotTls(#[source] io::Error),
    /// The connection ended during the handshake: a firewall, a restart, or a server that speaks no
    /// TLS and hung up. Transient.
    #[error("the connection ended during the TLS handshake")]
    Closed(#[source] io::Error),
    /// The server offers no STARTTLS or STLS; nothing is sent without it.
    #[error("the server offers no {0} on this port: use the port that starts with TLS")]
    NotOffered(&'static str),
    /// Any other failure.
    #[error("the TLS handshake failed")]
    Other(#[source] io::Error),
}

impl TlsError {
    /// The network's fault and not a matter of trust.
    pub(crate) const fn is_transient(&self) -> bool {
        matches!(self, Self::Closed(_))
    }

    pub(crate) fn from_handshake(host: &str, error: io::Error) -> Self {
        use rustls::CertificateError as Certificate;
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(reason)) => match reason {
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                    Self::WrongHost { host: host.into(), source: error }
                }
                Certificate::UnknownIssuer => Self::UntrustedRoot(error),
                _ => Self::Certificate(error),
            },
            Some(rustls::Error::InvalidMessage(_)) => Self::NotTls(error),
            Some(_) => Self::Other(error),
            None => match error.kind() {
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => Self::Closed(error),
                _ => Self::Other(error),
            },
        }
    }
}
