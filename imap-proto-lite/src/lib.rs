#![doc = include_str!("../README.md")]
// docs.rs shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;
// Tests count per thread, also those of a build without the feature `std`.
#[cfg(all(test, not(feature = "std")))]
extern crate std;

// The machines.
pub mod client;
mod config;
mod error;
mod event;
pub mod frame;
mod patience;
mod retry;
pub mod selected;
pub mod server;
mod state;

// The grammar.
pub mod command;
pub mod encode;
pub mod parse;
pub mod response;
mod types;
mod wire;

pub use self::types::{
    argument, body_structure, capability, date, envelope, flag, mailbox_name, name_attribute,
    search, section, sequence,
};
pub use self::wire::{list, string};

pub use self::{
    command::{Command, CommandKind, Tag},
    config::{ClearTextCredentials, Config, Limits, Quirks, Transport},
    error::{ProtocolError, SendError},
    event::{CommandId, Status, Text, Transmit},
    patience::Patience,
    response::{Line, Response},
    retry::Retry,
    types::{
        argument::{AString, Atom, HeaderName, Secret},
        capability::Capabilities,
        flag::{Flag, Flags},
        mailbox_name::MailboxName,
        sequence::{ModSeq, SeqNumber, SequenceSet, Uid, UidSet, UidValidity},
    },
};
