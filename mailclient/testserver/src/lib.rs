#![doc = include_str!("../README.md")]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod acl;
mod address;
mod auth;
mod builder;
mod certificate;
mod changes;
mod clock;
mod deflate;
mod envelope;
mod faults;
mod folder;
mod header;
mod imap;
mod limits;
mod link;
mod log;
mod look;
mod machine;
mod messages;
mod mime;
mod names;
mod parameters;
mod persona;
mod pop3;
mod scheme;
mod search;
mod section;
mod service;
mod session;
mod shared;
mod sort;
mod store;
mod structure;
mod subject;
mod thread;
mod view;
mod wire;
mod wrapping;

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls::ClientConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::{AbortHandle, JoinSet},
};

pub use builder::Builder;
pub use faults::{Fault, Faults};
pub use limits::Limits;
pub use log::{Change, LogEntry};
pub use look::StoredMessage;
pub use persona::{Persona, Quirks, UidValidity};
pub use scheme::Scheme;

use certificate::Identity;
use shared::Shared;

/// A running server; dropping it ends it.
pub struct TestServer {
    shared: Arc<Shared>,
    users: Vec<builder::User>,
    ports: Vec<(Scheme, u16)>,
    identity: Arc<Identity>,
    tasks: Vec<AbortHandle>,
}

impl TestServer {
    /// Starts a default server: the users `alice` (password `wonderland`) and `bob` (`builder`),
    /// and the built-in messages in the INBOX of `alice`.
    ///
    /// # Errors
    /// No port can be bound, or no certificate can be made.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// A builder for a server with other users, messages, capabilities or faults.
    pub fn builder() -> Builder {
        Builder::new()
    }

    async fn bind(
        shared: Shared,
        users: Vec<builder::User>,
        ports: &[(Scheme, u16)],
        identity: Arc<Identity>,
    ) -> io::Result<Self> {
        let mut server = Self {
            shared: Arc::new(shared),
            users,
            ports: Vec::new(),
            identity,
            tasks: Vec::new(),
        };
        for &(scheme, port) in ports {
            let listener = listen(scheme, port).await?;
            server.ports.push((scheme, listener.local_addr()?.port()));
            let shared = Arc::clone(&server.shared);
            let task = tokio::spawn(accept(listener, shared, scheme));
            server.tasks.push(task.abort_handle());
        }
        Ok(server)
    }

    /// The port on 127.0.0.1; 0 for a scheme that the server does not listen for.
    #[must_use]
    pub fn port(&self, scheme: Scheme) -> u16 {
        self.ports.iter().find(|(one, _)| *one == scheme).map_or(0, |(_, port)| *port)
    }

    /// The address with this port, for [`TcpStream::connect`](tokio::net::TcpStream::connect); a
    /// connection to it fails if the server does not listen for the scheme.
    #[must_use]
    pub fn address(&self, scheme: Scheme) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port(scheme)).into()
    }

    /// Scheme, user, host and port as `imaps://alice@localhost:40123`; the user is
    /// percent-encoded.
    #[must_use]
    pub fn url(&self, scheme: Scheme, user: &str) -> String {
        let mut url = format!("{scheme}://");
        for octet in user.bytes() {
            if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
                url.push(char::from(octet));
            } else {
                url.push_str(&format!("%{octet:02X}"));
            }
        }
        url + &format!("@localhost:{}", self.port(scheme))
    }

    /// The password of a user, empty for one that does not exist.
    #[must_use]
    pub fn password(&self, user: &str) -> &str {
        self.user(user).map_or("", |user| user.password.as_str())
    }

    /// The bearer token of a user, for XOAUTH2 and OAUTHBEARER; empty for one that does not exist.
    /// Other tokens are refused in the way of the big providers: with a challenge that says why.
    #[must_use]
    pub fn token(&self, user: &str) -> &str {
        self.user(user).map_or("", |user| user.token.as_str())
    }

    fn user(&self, name: &str) -> Option<&builder::User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The root of the server's certificate, as PEM text.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.identity.root_pem
    }

    /// A TLS configuration of rustls 0.23 that trusts only this root. The certificate is for
    /// `localhost` and `127.0.0.1`, unless [`Builder::certificate_for`] names others.
    #[must_use]
    pub fn client_config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.identity.client)
    }

    /// Serves one connection over any stream, for example one end of [`tokio::io::duplex`].
    ///
    /// The future ends with the session and does not borrow the server, but dropping the server
    /// does not end it.
    ///
    /// # Errors
    /// The stream failed, or the client broke the protocol.
    pub fn serve<S>(
        &self,
        scheme: Scheme,
        stream: S,
    ) -> impl Future<Output = io::Result<()>> + Send + use<S>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let stream = Box::new(stream);
        async move { service::serve(&shared, scheme, stream).await }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer").field("ports", &self.ports).finish_non_exhaustive()
    }
}

async fn listen(scheme: Scheme, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen for {scheme} on port {port}: {error}"))
    })
}

/// Accepts connections for ever; their tasks end with this one.
async fn accept(listener: TcpListener, shared: Arc<Shared>, scheme: Scheme) {
    let mut sessions = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                let shared = Arc::clone(&shared);
                sessions
                    .spawn(async move { service::serve(&shared, scheme, Box::new(stream)).await });
            }
            // The peer has closed the connection already, or the process has no file left: then
            // the next attempt would fail at once.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
        while sessions.try_join_next().is_some() {}
    }
}

#[cfg(test)]
mod tests;
