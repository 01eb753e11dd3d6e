//! From an [`Account`] to an open mailbox: TCP, TLS, greeting, login.

use tokio::{net::TcpStream, time::timeout};

use crate::{
    account::{Account, Protocol, Security},
    credentials::Credentials,
    error::{Error, Result, Stage},
    imap::ImapMailbox,
    mailbox::Mailbox,
    pop3::Pop3Mailbox,
    tls::TlsConnection,
};

impl Account {
    /// Connects, establishes TLS, logs in and opens INBOX.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Tls`], [`Error::Timeout`], [`Error::Auth`]; see [`Error`].
    /// Credentials are never sent before TLS is verified.
    pub async fn connect(&self, credentials: &Credentials) -> Result<Box<dyn Mailbox>> {
        Ok(match self.protocol {
            Protocol::Imap => Box::new(ImapMailbox::connect(self, credentials).await?),
            Protocol::Pop3 => Box::new(Pop3Mailbox::connect(self, credentials).await?),
        })
    }

    /// The TCP connection. All addresses of the host are tried in turn within the one deadline.
    pub(crate) async fn tcp(&self) -> Result<TcpStream> {
        let failed =
            |source| Error::Connect { host: self.host.as_str().into(), port: self.port, source };
        let connected =
            timeout(self.timeouts.connect, TcpStream::connect((self.host.as_str(), self.port)))
                .await;
        let stream = connected
            .map_err(|_elapsed| Error::Timeout { stage: Stage::Connect })?
            .map_err(failed)?;
        // Commands are small and each waits for its answer: Nagle's algorithm would only delay
        // them.
        stream.set_nodelay(true).map_err(failed)?;
        tracing::debug!(host = %self.host, port = self.port, "connected");
        Ok(stream)
    }

    /// The TLS handshake over a stream, within the deadline for connecting.
    pub(crate) async fn handshake(&self, stream: TcpStream) -> Result<TlsConnection> {
        let handshake =
            timeout(self.timeouts.connect, self.tls.handshake(&self.host, stream)).await;
        let stream = handshake.map_err(|_elapsed| Error::Timeout { stage: Stage::Tls })??;
        tracing::debug!(host = %self.host, "TLS established");
        Ok(stream)
    }

    pub(crate) const fn starts_with_tls(&self) -> bool {
        matches!(self.security, Security::ImplicitTls)
    }
}
