//! Feature `serde`: values that have a text form are serialised as that text, so a stored id, state
//! or account is the same in JSON, in a database column and on the command line.
//!
//! The values without a text form derive it, where they are defined: by the names of their fields.

use std::fmt::Display;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    account::{Account, Protocol, Quirk},
    folder::FolderName,
    id::{IdSet, MessageId},
    message::DateTime,
    sync::SyncState,
};

/// Reads a text with [`FromStr`](std::str::FromStr).
fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: std::str::FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

macro_rules! as_text {
    ($( $(#[doc = $doc:literal])+ $name:ident )+) => {$(
        $(#[doc = $doc])+
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        /// A text that cannot be read is an error.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer)
            }
        }
    )+};
}

as_text! {
    /// As its text, such as `imap1:7:42:INBOX`.
    MessageId
    /// As its text: a string, in which a million neighbouring messages are one range.
    IdSet
    /// As its name.
    FolderName
    /// As its text, such as `sync1:7:58:0:1-57:INBOX`.
    SyncState
    /// As its URL, which has no password, and neither trust, limits nor timeouts.
    Account
    /// As `IMAP` or `POP3`.
    Protocol
    /// As its name, such as `bare-lf`.
    Quirk
    /// In the RFC 3339 form.
    DateTime
}
