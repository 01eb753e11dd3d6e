//! [`Limits`]: what a client can make the server keep or do.

use std::time::Duration;

/// Upper bounds on what clients can make the server keep or do, so that it can be attacked. Change
/// single fields of the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at a time; a further one is told so in place of a greeting. Default 20,000.
    pub connections: usize,
    /// Failed logins of one connection; after the last one it is closed. Default 5.
    pub login_attempts: usize,
    /// How long a client may be silent, or may leave what it is sent unread, before its connection
    /// is closed. Default `None`: for ever, because a test with a paused clock lets hours pass in
    /// no time. RFC 9051 section 5.4 and RFC 1939 section 3 ask for 30 and 10 minutes at least.
    pub silence: Option<Duration>,
    /// How long a TLS handshake may take. Default `None`: for ever, for the same reason.
    pub handshake: Option<Duration>,
    /// Folders of one user, and half of the names that can be subscribed. Default 10,000.
    pub folders: usize,
    /// Levels of a folder name. Default 20.
    pub folder_depth: usize,
    /// Bytes of a folder name in UTF-8, and of the patterns of one LIST. Default 1,000.
    pub folder_name: usize,
    /// Bytes of one message (APPENDLIMIT, RFC 7889). Default 64 MiB.
    pub message_bytes: u64,
    /// Bytes of all messages of one user. Default 1 GiB.
    pub stored_bytes: u64,
    /// Messages of one user, in all folders: a message of no bytes needs memory too. Default
    /// 1,000,000.
    pub messages: u64,
    /// Keywords that the messages of one folder have, all together. Default 1,000.
    pub keywords: usize,
    /// Gmail's labels that the messages of one folder have, all together; each is as long as a
    /// folder name at most. Default 1,000.
    pub labels: usize,
    /// Identifiers that have rights on one folder (ACL, RFC 4314). Default 1,000.
    pub acl_identifiers: usize,
    /// Bytes of a literal in a command other than the message of APPEND. Default 32 KiB.
    pub literal_bytes: usize,
    /// Bytes of a command line with its literals. Default 64 KiB for IMAP; a line of POP3 has at
    /// most 1 KiB, or 8 KiB with SASL.
    pub command_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            login_attempts: 5,
            silence: None,
            handshake: None,
            folders: 10_000,
            folder_depth: 20,
            folder_name: 1_000,
            message_bytes: 64 << 20,
            stored_bytes: 1 << 30,
            messages: 1_000_000,
            keywords: 1_000,
            labels: 1_000,
            acl_identifiers: 1_000,
            literal_bytes: 32 << 10,
            command_bytes: 64 << 10,
        }
    }
}
