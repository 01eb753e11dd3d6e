#![doc = include_str!("../README.md")]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;
// Tests count per thread, also those of a build without the feature `std`.
#[cfg(all(test, not(feature = "std")))]
extern crate std;

#[cfg(feature = "apop")]
mod apop;
pub mod body;
pub mod client;
mod command;
mod config;
pub mod encode;
mod error;
mod event;
pub mod frame;
mod index;
pub mod parse;
mod patience;
mod response;
mod retry;
pub mod server;
mod state;
mod types;
mod url;
mod wire;

pub use client::OAuthFailure;
pub use command::{Command, CommandKind, ReplyShape};
pub use config::{ClearTextCredentials, Config, Limits, Quirks, Transport};
pub use error::{ProtocolError, SendError};
pub use event::{CommandId, Status, Text, Transmit};
pub use index::UniqueIdIndex;
pub use patience::Patience;
pub use response::{
    DropListing, QuitOutcome, Response, ResponseCode, ScanListing, StatusLine, UniqueIdListing,
};
pub use retry::Retry;
pub use types::{Capabilities, Capability, Expire, Mechanisms, MessageNumber, Timestamp, UniqueId};
pub use url::{PopUrl, UrlAuth, UrlError};
