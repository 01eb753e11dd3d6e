#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "apop")]
mod apop;
pub mod body;
mod capability;
pub mod client;
mod command;
mod config;
pub mod encode;
mod error;
mod event;
pub mod frame;
mod index;
pub mod parse;
mod response;
pub mod server;
mod url;

pub use capability::{Capabilities, Capability, Expire, Mechanisms};
pub use command::{Command, CommandKind, MessageNumber, ReplyShape};
pub use config::{ClearTextCredentials, Config, Limits, Quirks, Transport};
pub use error::{ProtocolError, SendError};
pub use event::{CommandId, Status, Text, Transmit};
pub use index::UniqueIdIndex;
pub use response::{
    DropListing, OAuthFailure, QuitOutcome, Response, ResponseCode, Retry, ScanListing, StatusLine,
    Timestamp, UniqueId, UniqueIdListing,
};
pub use url::{PopUrl, UrlAuth, UrlError};
