//! [`Tls`]: how certificates are verified. There is no switch that turns verification off; the
//! caller may pass another [`rustls::ClientConfig`].

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use rustls::{
    ClientConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::error::{Error, Result, TlsError};

/// How server certificates are verified.
#[derive(Clone, Default)]
pub struct Tls {
    trust: Trust,
}

#[derive(Clone)]
enum Trust {
    /// The roots of the build (the operating system's, or Mozilla's compiled in), and these.
    Default(Arc<[CertificateDer<'static>]>),
    /// The caller's configuration: pinning, a client certificate, other roots.
    Own(Arc<ClientConfig>),
}

impl Default for Trust {
    fn default() -> Self {
        Self::Default(Arc::new([]))
    }
}

impl Tls {
    /// Trusts the operating system's roots (feature `platform-verifier`, the default), or Mozilla's
    /// roots (feature `webpki-roots`). Connecting with neither of them, or without a provider of
    /// cryptography (features `ring`, the default, and `aws-lc-rs`), is [`Error::Account`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the default roots and the certificates of this PEM text as well: for a private
    /// server.
    ///
    /// # Errors
    /// [`Error::Account`] when it contains no readable certificate.
    pub fn with_extra_roots(pem: &[u8]) -> Result<Self> {
        let roots = CertificateDer::pem_slice_iter(pem)
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| {
                Error::account(format_args!("cannot read the extra root certificate: {error}"))
            })?;
        if roots.is_empty() {
            return Err(Error::account(
                "the file of extra root certificates holds none (PEM is expected)",
            ));
        }
        Ok(Self { trust: Trust::Default(roots.into()) })
    }

    /// The caller's configuration.
    #[must_use]
    pub const fn with_config(config: Arc<ClientConfig>) -> Self {
        Self { trust: Trust::Own(config) }
    }

    fn config(&self) -> Result<Arc<ClientConfig>> {
        match &self.trust {
            Trust::Default(extra) => build(extra),
            Trust::Own(config) => Ok(Arc::clone(config)),
        }
    }

    /// Does the handshake for `host`; the certificate must be valid for it.
    pub(crate) async fn handshake(&self, host: &str, stream: TcpStream) -> Result<TlsConnection> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::account(format_args!("{host:?} is not a host name")))?;
        TlsConnector::from(self.config()?)
            .connect(name, stream)
            .await
            .map(TlsConnection)
            .map_err(|error| TlsError::from_handshake(host, &error).into())
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.trust {
            Trust::Default(extra) if extra.is_empty() => "Tls(default roots)",
            Trust::Default(_) => "Tls(default and extra roots)",
            Trust::Own(_) => "Tls(own configuration)",
        })
    }
}

/// Verified TLS over TCP: the transport of [`Account::connect`](crate::Account::connect).
#[derive(Debug)]
pub struct TlsConnection(TlsStream<TcpStream>);

impl AsyncRead for TlsConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for TlsConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// The provider of this crate, named here because the process-wide default of rustls belongs to the
/// application, and because rustls has none in a program that is built with two providers.
#[cfg(feature = "aws-lc-rs")]
fn provider() -> Result<Arc<CryptoProvider>> {
    Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
fn provider() -> Result<Arc<CryptoProvider>> {
    Ok(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
fn provider() -> Result<Arc<CryptoProvider>> {
    Err(Error::account("no cryptography for TLS: turn on the feature ring or aws-lc-rs"))
}

fn unusable(error: &rustls::Error) -> Error {
    TlsError::Other(error.to_string().into()).into()
}

#[cfg(feature = "platform-verifier")]
fn build(extra: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>> {
    let provider = provider()?;
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(
        extra.iter().cloned(),
        Arc::clone(&provider),
    )
    .map_err(|error| unusable(&error))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(not(feature = "platform-verifier"))]
fn build(extra: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>> {
    let provider = provider()?;
    let mut roots = rustls::RootCertStore::empty();
    #[cfg(feature = "webpki-roots")]
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for root in extra {
        roots.add(root.clone()).map_err(|error| unusable(&error))?;
    }
    if roots.is_empty() {
        return Err(Error::account(
            "no root certificates: turn on the feature platform-verifier or webpki-roots",
        ));
    }
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "aws-lc-rs")]
    #[test]
    fn aws_lc_rs_is_used_wherever_it_is_built_in() {
        let expected = rustls::crypto::aws_lc_rs::default_provider().key_provider;
        let chosen = super::provider().unwrap().key_provider;
        assert_eq!(format!("{chosen:?}"), format!("{expected:?}"));
    }

    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    #[test]
    fn ring_is_used_by_default() {
        let expected = rustls::crypto::ring::default_provider().key_provider;
        let chosen = super::provider().unwrap().key_provider;
        assert_eq!(format!("{chosen:?}"), format!("{expected:?}"));
    }
}
