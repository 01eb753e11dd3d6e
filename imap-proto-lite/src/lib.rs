#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

// The machines.
pub mod client;
mod config;
mod error;
mod event;
pub mod frame;
pub mod selected;
pub mod server;

// The grammar.
pub mod argument;
pub mod body_structure;
pub mod capability;
pub mod command;
pub mod date;
pub mod encode;
pub mod envelope;
pub mod flag;
pub mod list;
pub mod mailbox_name;
mod octets;
pub mod parse;
pub mod response;
pub mod search;
pub mod section;
pub mod sequence;
mod span;
pub mod string;

pub use self::{
    argument::{AString, Atom, HeaderName, Secret},
    capability::Capabilities,
    command::{Command, CommandKind, Tag},
    config::{ClearTextCredentials, Config, Limits, Quirks, Transport},
    error::{ProtocolError, SendError},
    event::{CommandId, Line, Status, Text, Transmit},
    flag::{Flag, Flags},
    mailbox_name::MailboxName,
    response::Response,
    sequence::{ModSeq, SeqNumber, SequenceSet, Uid, UidSet, UidValidity},
};
