//! Flags: conversion between the crates, and STORE.

use std::borrow::Cow;

use imap_proto_lite::{
    Command,
    command::StoreAction,
    flag::{self, Flag, Keyword},
};

use crate::{
    driver::Stream,
    error::{Error, Result},
    imap::{ImapMailbox, batches},
    message::{FlagChange, Flags, MessageId},
};

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::set_flags`](crate::Mailbox::set_flags).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn set_flags(
        &mut self,
        ids: &[MessageId],
        change: FlagChange,
        flags: &Flags,
    ) -> Result<()> {
        self.settle().await?;
        let uids = self.uids(ids)?;
        let flags = to_wire(flags)?;
        let action = match change {
            FlagChange::Add => StoreAction::AddFlags(Cow::Borrowed(&flags)),
            FlagChange::Remove => StoreAction::RemoveFlags(Cow::Borrowed(&flags)),
            FlagChange::Replace => StoreAction::ReplaceFlags(Cow::Borrowed(&flags)),
        };
        for messages in batches(uids) {
            let action = action.clone();
            self.run(
                "STORE",
                &Command::Store { messages, action, silent: true, unchanged_since: None },
            )
            .await?;
        }
        Ok(())
    }
}

/// Flags from a server, without those that are no flags of a message (`\Recent`, `\*`).
pub(super) fn from_wire(list: &flag::Flags<'_>) -> Flags {
    let mut flags = Flags::new();
    for flag in list.iter() {
        match flag {
            Flag::Seen => flags.seen = true,
            Flag::Answered => flags.answered = true,
            Flag::Flagged => flags.flagged = true,
            Flag::Deleted => flags.deleted = true,
            Flag::Draft => flags.draft = true,
            Flag::Keyword(keyword) => {
                flags.keywords.push(String::from_utf8_lossy(keyword.as_bytes()).into_owned())
            }
            _ => {}
        }
    }
    flags
}

/// Flags for a server.
///
/// # Errors
/// [`Error::Misuse`] when a keyword is not an atom.
pub(super) fn to_wire(flags: &Flags) -> Result<Vec<Flag<'_>>> {
    let system = [
        (flags.seen, Flag::Seen),
        (flags.answered, Flag::Answered),
        (flags.flagged, Flag::Flagged),
        (flags.deleted, Flag::Deleted),
        (flags.draft, Flag::Draft),
    ];
    let mut wire: Vec<Flag<'_>> =
        system.into_iter().filter_map(|(set, flag)| set.then_some(flag)).collect();
    for keyword in &flags.keywords {
        let keyword = Keyword::new(keyword.as_str()).map_err(|_| {
            Error::misuse("a keyword cannot hold spaces, brackets, quotes or 8-bit characters")
        })?;
        wire.push(Flag::Keyword(keyword));
    }
    Ok(wire)
}
