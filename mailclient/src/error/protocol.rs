//! [`ProtocolError`]: the server's fault, from either protocol.

/// The server broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// From `pop3-proto`.
    #[error(transparent)]
    Pop3(#[from] pop3_proto::ProtocolError),
    /// From `imap-proto-lite`.
    #[error(transparent)]
    Imap(#[from] imap_proto_lite::ProtocolError),
    /// The server answered, in good form, something that does not answer the question.
    #[error("{0}")]
    Inconsistent(&'static str),
    /// The server goes on sending what was not asked for, instead of the answer: more than
    /// [`Limits::unasked`](crate::Limits::unasked).
    #[error("the server sent more than {limit} bytes that were not asked for (Limits::unasked)")]
    #[non_exhaustive]
    Flood {
        /// The limit, in bytes.
        limit: u64,
    },
}

impl ProtocolError {
    /// The server ended the stream in the middle.
    pub(crate) const fn is_end_of_stream(&self) -> bool {
        matches!(
            self,
            Self::Pop3(pop3_proto::ProtocolError::UnexpectedEof { .. })
                | Self::Imap(imap_proto_lite::ProtocolError::UnexpectedEof { .. })
        )
    }

    /// A line that came without a question. On POP3 a server says so why it ends the session
    /// (`-ERR Disconnected for inactivity`): the words without the indicator.
    pub(crate) fn last_words(&self) -> Option<String> {
        let Self::Pop3(pop3_proto::ProtocolError::Unsolicited { line, .. }) = self else {
            return None;
        };
        let line = line.to_string();
        let words = line.get(..4).filter(|status| status.eq_ignore_ascii_case("-ERR"));
        words.and_then(|_| line.get(4..)).map(|words| words.trim().to_owned())
    }
}
