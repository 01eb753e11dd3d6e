//! [`Tls`]: how certificates are verified. There is no switch that turns verification off; the
//! caller may pass another [`rustls::ClientConfig`].

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig, ConfigBuilder, WantsVerifier,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    time_provider::DefaultTimeProvider,
};
use tokio_rustls::TlsConnector;

use crate::{
    error::{Error, Result, TlsError},
    stream::BoxStream,
};

/// How server certificates are verified.
///
/// A value and its clones share one configuration: the roots are read once, at the first
/// connection, and TLS sessions are resumed. Make one and clone it into every account.
///
/// ```no_run
/// use mailclient::{Account, Tls};
///
/// # fn main() -> mailclient::Result<()> {
/// let pem = std::fs::read("private-root.pem").map_err(mailclient::Error::local)?;
/// let tls = Tls::with_extra_roots(&pem)?;
/// let account: Account = "imaps://alice@mail.intranet".parse()?;
/// let account = account.with_tls(tls.clone());
/// # drop(account);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Tls {
    trust: Trust,
    built: Arc<OnceLock<Arc<ClientConfig>>>,
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
        Ok(Self::of(Trust::Default(roots.into())))
    }

    /// The caller's configuration.
    #[must_use]
    pub fn with_config(config: Arc<ClientConfig>) -> Self {
        Self::of(Trust::Own(config))
    }

    fn of(trust: Trust) -> Self {
        Self { trust, built: Arc::default() }
    }

    fn config(&self) -> Result<Arc<ClientConfig>> {
        let extra = match (&self.trust, self.built.get()) {
            (Trust::Own(config), _) | (_, Some(config)) => return Ok(Arc::clone(config)),
            (Trust::Default(extra), None) => extra,
        };
        let config = build(extra)?;
        // Another connection may have been faster: then its configuration counts.
        Ok(Arc::clone(self.built.get_or_init(|| config)))
    }

    /// Does the handshake for `host`; the certificate must be valid for it.
    pub(crate) async fn handshake(&self, host: &str, stream: BoxStream) -> Result<BoxStream> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::account(format_args!("{host:?} is not a host name")))?;
        let connected = TlsConnector::from(self.config()?).connect(name, stream).await;
        match connected {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(TlsError::from_handshake(host, error).into()),
        }
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

fn unusable(error: rustls::Error) -> Error {
    TlsError::Other(std::io::Error::other(error)).into()
}

/// The beginning of every configuration: provider and source of time are named here, and never
/// those of the process.
fn builder(provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    ClientConfig::builder_with_details(provider, Arc::new(DefaultTimeProvider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)
}

#[cfg(feature = "platform-verifier")]
fn build(extra: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>> {
    let provider = provider()?;
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(
        extra.iter().cloned(),
        Arc::clone(&provider),
    )
    .map_err(unusable)?;
    let config = builder(provider)?
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
        roots.add(root.clone()).map_err(unusable)?;
    }
    if roots.is_empty() {
        return Err(Error::account(
            "no root certificates: turn on the feature platform-verifier or webpki-roots",
        ));
    }
    let config = builder(provider)?.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    #[cfg(all(feature = "platform-verifier", any(feature = "ring", feature = "aws-lc-rs")))]
    #[test]
    fn clones_share_one_configuration() {
        let tls = super::Tls::new();
        let clone = tls.clone();
        let (one, two) = (tls.config().unwrap(), clone.config().unwrap());
        assert!(std::sync::Arc::ptr_eq(&one, &two));
    }

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
