//! Certificates made when the server starts: nothing secret is in the source, and nothing expires
//! in it.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// An error of making or using a key or a certificate.
pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A root, and the configuration of a server with a certificate of that root.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) root_pem: String,
    pub(super) server: Arc<ServerConfig>,
    /// Trusts only the root.
    pub(super) client: Arc<ClientConfig>,
}

impl Identity {
    /// Makes a root and a certificate for the given host names and addresses.
    pub(super) fn new(names: &[String]) -> Result<Self, Failure> {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        root.distinguished_name.push(DnType::CommonName, "mail-testserver root");
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;

        let mut leaf = CertificateParams::new(names)?;
        leaf.distinguished_name.push(DnType::CommonName, "mail-testserver");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let leaf = leaf.signed_by(&key, &root)?;

        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let server = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone())?;
        let client = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { root_pem: root.pem(), server: Arc::new(server), client: Arc::new(client) })
    }
}

/// Named here, because rustls has no default when a program has two providers in its tree.
fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    async fn handshake(
        identity: &Identity,
        client: Arc<ClientConfig>,
        name: &'static str,
    ) -> std::io::Result<()> {
        let (near, far) = tokio::io::duplex(4096);
        let acceptor = TlsAcceptor::from(identity.server.clone());
        let server = tokio::spawn(async move {
            let mut stream = acceptor.accept(far).await?;
            stream.write_all(b"x").await?;
            stream.shutdown().await
        });
        let mut stream = TlsConnector::from(client).connect(name.try_into().unwrap(), near).await?;
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).await?;
        assert_eq!(octets, b"x");
        server.await.unwrap()
    }

    #[tokio::test]
    async fn the_certificate_is_for_its_names_only() {
        let identity = Identity::new(&["localhost".into(), "127.0.0.1".into()]).unwrap();
        let client = &identity.client;
        handshake(&identity, client.clone(), "localhost").await.unwrap();
        handshake(&identity, client.clone(), "127.0.0.1").await.unwrap();
        assert!(handshake(&identity, client.clone(), "other.example").await.is_err());
    }

    #[tokio::test]
    async fn another_root_is_not_trusted() {
        let names = ["localhost".into()];
        let identity = Identity::new(&names).unwrap();
        let stranger = Identity::new(&names).unwrap();
        assert!(handshake(&identity, stranger.client, "localhost").await.is_err());
        assert!(identity.root_pem.starts_with("-----BEGIN CERTIFICATE-----"));
    }
}
