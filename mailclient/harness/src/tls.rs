//! [`Fixture`]: certificates that are wrong in one way each, made at run time, and [`Fixed`], a
//! clock for TLS. Nothing expires: the clients' time is [`NOW`], whatever the day is.

use std::{fmt, sync::Arc, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime},
    time_provider::TimeProvider,
};

/// The time of the clients, in seconds since 1970: 2026-06-15 12:00:00 UTC.
pub const NOW: u64 = 1_781_524_800;

/// The name that the clients connect to.
pub const HOST: &str = "mail.example.org";

/// The address that a certificate for [`HOST`] is for as well.
pub const LOOPBACK: &str = "127.0.0.1";

/// The fault in the certificate of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing: the clients trust it for [`HOST`] and [`LOOPBACK`].
    None,
    /// It was valid until 2026-06-01.
    Expired,
    /// It is valid from 2026-07-01.
    NotYetValid,
    /// It is for another host.
    WrongHost,
    /// The clients do not trust its root.
    UnknownRoot,
    /// It is its own root, and the clients do not trust it.
    SelfSigned,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Expired,
        Self::NotYetValid,
        Self::WrongHost,
        Self::UnknownRoot,
        Self::SelfSigned,
    ];
}

/// A clock that does not go, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Fixed(pub u64);

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0)))
    }
}

/// A root that clients trust, and another that they do not know.
pub struct Fixture {
    root: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
}

impl Fixture {
    /// Makes the roots.
    ///
    /// # Panics
    /// No key can be made.
    #[must_use]
    pub fn new() -> Self {
        Self { root: root("known root"), stranger: root("unknown root") }
    }

    /// A server whose certificate has this flaw.
    ///
    /// # Panics
    /// No certificate can be made.
    #[must_use]
    pub fn server(&self, flaw: Flaw) -> Arc<ServerConfig> {
        let names: &[&str] =
            if flaw == Flaw::WrongHost { &["other.example.org"] } else { &[HOST, LOOPBACK] };
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut leaf = CertificateParams::new(names).expect("names of hosts");
        leaf.distinguished_name.push(DnType::CommonName, "a mail server");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        (leaf.not_before, leaf.not_after) = match flaw {
            Flaw::Expired => (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 6, 1)),
            Flaw::NotYetValid => (date_time_ymd(2026, 7, 1), date_time_ymd(2026, 12, 1)),
            _ => (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 12, 1)),
        };
        let key = KeyPair::generate().expect("a key");
        let signed = match flaw {
            Flaw::SelfSigned => leaf.self_signed(&key),
            Flaw::UnknownRoot => leaf.signed_by(&key, &self.stranger),
            _ => leaf.signed_by(&key, &self.root),
        };
        let chain: Vec<CertificateDer<'static>> =
            vec![signed.expect("a certificate").der().clone()];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        Arc::new(config.expect("a certificate and its key"))
    }

    /// A client that trusts the known root, at this time in seconds since 1970.
    ///
    /// # Panics
    /// The root cannot be read.
    #[must_use]
    pub fn client(&self, now: u64) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.der().clone()).expect("a certificate");
        let config = ClientConfig::builder_with_details(provider(), Arc::new(Fixed(now)))
            .with_safe_default_protocol_versions()
            .expect("a provider with versions");
        Arc::new(config.with_root_certificates(roots).with_no_client_auth())
    }
}

impl Default for Fixture {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture").finish_non_exhaustive()
    }
}

fn root(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    root.distinguished_name.push(DnType::CommonName, name);
    (root.not_before, root.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(root, key).expect("a certificate")
}

/// Named here, because rustls has no default when a program has two providers in its tree.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, Error};
    use tokio::io::duplex;
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    /// What a client at this time makes of a server, over a pipe.
    async fn verdict(fixture: &Fixture, flaw: Flaw, now: u64) -> Option<CertificateError> {
        let (theirs, ours) = duplex(64 * 1024);
        let server = tokio::spawn(TlsAcceptor::from(fixture.server(flaw)).accept(theirs));
        let client = TlsConnector::from(fixture.client(now));
        let connected = client.connect(HOST.try_into().unwrap(), ours).await;
        assert_eq!(server.await.unwrap().is_ok(), connected.is_ok(), "{flaw:?}");
        let error = connected.err()?;
        match error.get_ref()?.downcast_ref::<Error>() {
            Some(Error::InvalidCertificate(why)) => Some(why.clone()),
            other => panic!("{flaw:?}: {other:?}"),
        }
    }

    /// The name of an error without what it tells of times and names.
    fn class(error: Option<CertificateError>) -> String {
        let shown = format!("{error:?}");
        let inner = shown.strip_prefix("Some(").unwrap_or(&shown);
        inner
            .split([' ', ')', '(', '{'])
            .next()
            .unwrap_or_default()
            .trim_end_matches("Context")
            .into()
    }

    #[tokio::test]
    async fn each_flaw_has_its_error() {
        let fixture = Fixture::new();
        let table = [
            (Flaw::None, "None"),
            (Flaw::Expired, "Expired"),
            (Flaw::NotYetValid, "NotValidYet"),
            (Flaw::WrongHost, "NotValidForName"),
            (Flaw::UnknownRoot, "UnknownIssuer"),
            (Flaw::SelfSigned, "UnknownIssuer"),
        ];
        assert_eq!(table.map(|(flaw, _)| flaw), Flaw::ALL);
        for (flaw, expected) in table {
            assert_eq!(class(verdict(&fixture, flaw, NOW).await), expected, "{flaw:?}");
        }
    }

    #[tokio::test]
    async fn the_verdict_depends_on_the_clients_clock() {
        let fixture = Fixture::new();
        let days = |days: u64| days * 24 * 3600;
        for (flaw, now, expected) in [
            (Flaw::Expired, NOW - days(30), "None"),
            (Flaw::NotYetValid, NOW + days(30), "None"),
            (Flaw::None, NOW + days(365), "Expired"),
            (Flaw::None, NOW - days(365), "NotValidYet"),
        ] {
            assert_eq!(class(verdict(&fixture, flaw, now).await), expected, "{flaw:?} at {now}");
        }
    }
}
