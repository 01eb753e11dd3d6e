//! From an [`Account`] to an open mailbox: TCP, TLS, greeting, login.

mod race;

use std::io;

use tokio::{net::TcpStream, time::timeout};

use crate::{
    account::{Account, Protocol},
    credentials::Credentials,
    error::{Error, Result, Stage},
    imap,
    mailbox::{BoxFuture, Mailbox},
    pop3,
    stream::{AnyStream, BoxStream},
};

/// Opens mailboxes of one account, one after the other: for what reconnects by itself. An
/// [`Account`] with [`Credentials`] is one.
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mailclient::Result<()> {
/// use mailclient::{Account, Connect, Credentials};
///
/// let account: Account = "imaps://alice@mail.example.org".parse()?;
/// let mut login = (account, Credentials::password("secret"));
/// let mailbox = login.connect().await?;
/// # drop(mailbox);
/// # Ok(())
/// # }
/// ```
pub trait Connect: Send {
    /// Opens a mailbox.
    ///
    /// # Errors
    /// As [`Account::connect`].
    fn connect(&mut self) -> BoxFuture<'_, Result<Box<dyn Mailbox>>>;
}

impl Connect for (Account, Credentials) {
    fn connect(&mut self) -> BoxFuture<'_, Result<Box<dyn Mailbox>>> {
        Box::pin(self.0.connect(&self.1))
    }
}

impl Account {
    /// Connects, establishes TLS, logs in and opens the folder of the account.
    ///
    /// The addresses of the host are tried in the order of the resolver, each 250 ms after the one
    /// before, and the first that answers is taken (Happy Eyeballs, RFC 8305).
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Tls`], [`Error::Timeout`], [`Error::Auth`], [`Error::Token`],
    /// [`Error::Account`]; [`Error::Closed`] with the words of a server that turns us away;
    /// [`Error::Refused`] when the folder cannot be opened. Credentials are never sent before TLS
    /// is verified.
    pub async fn connect(&self, credentials: &Credentials) -> Result<Box<dyn Mailbox>> {
        let mut capa = pop3::Capa::Ask;
        let stream = Box::new(self.tcp().await?);
        match self.connect_over_box(stream, credentials, &mut capa).await {
            // A server that cannot bear the question is asked nothing at the second attempt.
            Err(_) if capa == pop3::Capa::Unanswered => {
                let stream = Box::new(self.tcp().await?);
                self.connect_over_box(stream, credentials, &mut capa).await
            }
            other => other,
        }
    }

    /// As [`connect`](Self::connect), over a stream to the server on which nothing was read yet: a
    /// proxy's tunnel. TLS is established as the account says.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_over(
        &self,
        stream: impl AnyStream,
        credentials: &Credentials,
    ) -> Result<Box<dyn Mailbox>> {
        self.connect_over_box(Box::new(stream), credentials, &mut pop3::Capa::Ask).await
    }

    /// As [`connect`](Self::connect), over a stream that is protected already and on which nothing
    /// was read yet: TLS that the caller established, or a pipe to a test server. No TLS is added.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_protected(
        &self,
        stream: impl AnyStream,
        credentials: &Credentials,
    ) -> Result<Box<dyn Mailbox>> {
        self.log_in(Box::new(stream), true, credentials, &mut pop3::Capa::Ask).await
    }

    async fn connect_over_box(
        &self,
        stream: BoxStream,
        credentials: &Credentials,
        capa: &mut pop3::Capa,
    ) -> Result<Box<dyn Mailbox>> {
        let is_protected = self.starts_with_tls();
        let stream = if is_protected { self.handshake(stream).await? } else { stream };
        self.log_in(stream, is_protected, credentials, capa).await
    }

    async fn log_in(
        &self,
        stream: BoxStream,
        is_protected: bool,
        credentials: &Credentials,
        capa: &mut pop3::Capa,
    ) -> Result<Box<dyn Mailbox>> {
        Ok(match self.protocol {
            Protocol::Imap => {
                Box::new(imap::connect(self, stream, is_protected, credentials).await?)
            }
            Protocol::Pop3 => {
                Box::new(pop3::connect(self, stream, is_protected, credentials, capa).await?)
            }
        })
    }

    async fn tcp(&self) -> Result<TcpStream> {
        let failed =
            |source| Error::Connect { host: self.host.as_str().into(), port: self.port, source };
        let stream = timeout(self.timeouts.connect, self.resolve_and_race())
            .await
            .map_err(|_elapsed| Error::Timeout { stage: Stage::Connect, said: "".into() })?
            .map_err(failed)?;
        // Commands are small and each waits for its answer: Nagle's algorithm would only delay
        // them.
        stream.set_nodelay(true).map_err(failed)?;
        tracing::debug!(host = %self.host, port = self.port, "connected");
        Ok(stream)
    }

    async fn resolve_and_race(&self) -> io::Result<TcpStream> {
        let addresses = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        race::race(race::interleaved(addresses), race::STAGGER, TcpStream::connect).await
    }

    /// The TLS handshake over a stream.
    pub(crate) async fn handshake(&self, stream: BoxStream) -> Result<BoxStream> {
        let handshake = timeout(self.timeouts.tls, self.tls.handshake(&self.host, stream)).await;
        let expired = |_| Error::Timeout { stage: Stage::Tls, said: "".into() };
        let stream = handshake.map_err(expired)??;
        tracing::debug!(host = %self.host, "TLS established");
        Ok(stream)
    }
}
