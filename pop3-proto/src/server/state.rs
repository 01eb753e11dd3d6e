//! The states of a session as the server holds them.

/// Where a session stands: [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum State {
    /// [`greet`](super::Connection::greet) was not called yet.
    Greeting,
    /// Nobody is logged in.
    Authorization,
    /// STLS was accepted; the caller does the handshake.
    TlsNegotiation,
    /// A maildrop is open.
    Transaction,
    /// QUIT came in `Transaction`: the caller removes the marked messages.
    Update,
    /// The session is over.
    Closed,
}
