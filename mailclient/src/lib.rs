#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod body;
mod change;
mod connect;
mod credentials;
mod driver;
mod envelope;
mod error;
mod feature;
mod folder;
mod imap;
mod listing;
mod mailbox;
mod message;
mod pop3;
pub mod provider;
mod sasl;
mod search;
mod tls;

pub use account::{Account, Protocol, Security, Timeouts};
pub use body::Body;
pub use change::Change;
pub use credentials::{Credentials, Secret, TokenSource};
pub use driver::Stream;
pub use envelope::{Address, Envelope, attachments, text};
pub use error::{Error, ProtocolError, Refusal, Result, Stage, TlsError};
pub use feature::{Feature, FeatureSet};
pub use folder::{Access, Folder, MailboxStatus, Role};
pub use imap::ImapMailbox;
pub use listing::{Listing, Window};
pub use mailbox::{BoxFuture, Mailbox};
pub use message::{DateTime, FlagChange, Flags, MessageId, Part, SizeHint, Summary};
pub use pop3::Pop3Mailbox;
pub use search::Query;
pub use tls::{Tls, TlsConnection};

// The crates whose types are in public signatures.
pub use {imap_proto_lite, pop3_proto};
