#![doc = include_str!("../README.md")]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod account;
mod append;
mod arrival;
mod body;
mod change;
mod clock;
mod connect;
mod credentials;
mod driver;
mod error;
mod feature;
mod folder;
pub mod guide;
mod header_block;
mod id;
mod imap;
mod in_flight;
mod limits;
mod list;
mod machine;
mod mailbox;

mod message;
mod order;
mod part;
mod pop3;
pub mod provider;
mod quota;
mod report;
mod rows;
mod sasl;
mod search;
#[cfg(feature = "serde")]
mod serialised;
mod settling;
mod stream;
mod structure;
mod sync;
mod tls;
mod unasked;

pub use account::{Account, Protocol, Quirk, Quirks, Security, Timeouts};
pub use append::Append;
pub use body::{Bodies, Body, BodyEvent};
pub use change::Change;
pub use connect::Connect;
pub use credentials::{Credentials, Secret, TokenRequest, TokenSource};
pub use error::{Damage, Error, ProtocolError, Refusal, Result, Stage, TlsError, Versions};
pub use feature::{Feature, FeatureSet};
pub use folder::{
    Access, Folder, FolderName, FolderScope, FolderStatus, Folders, Namespace, NewFolder,
    NotAFolderName, OpenFolder, Owner, Role, RoleSource,
};
pub use id::{IdSet, MessageId, NotAMessageId};
pub use imap::ImapMailbox;
pub use limits::Limits;
pub use list::{Fields, List, Summary, Window};
pub use mailbox::{BoxFuture, Mailbox};
pub use message::{
    Address, Attachment, Content, DateTime, Envelope, FlagChange, Flags, Message, NotADateTime,
    PermanentFlags, SizeHint,
};
pub use order::{SortBy, SortKey, Thread, ThreadBy, ThreadMessage};
pub use part::Part;
pub use pop3::Pop3Mailbox;
pub use quota::{Quota, QuotaResource, Right, Rights};
pub use report::{Outcome, Report};
pub use rows::{Changes, Listing, Rows};
pub use search::{Found, FoundBy, Query};
pub use stream::AnyStream;
pub use structure::{MimePart, Structure};
pub use sync::SyncState;
pub use tls::Tls;

// The crates whose types are in public signatures.
pub use {imap_proto_lite, pop3_proto};
