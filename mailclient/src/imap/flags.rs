//! Flags: conversion between the crates, and STORE.

use imap_proto_lite::flag::{self, Flag, Keyword};

use crate::{
    error::{Error, Result},
    message::{Flags, PermanentFlags},
};

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

/// The flags that a folder keeps.
pub(super) fn permanent(list: &flag::Flags<'_>) -> PermanentFlags {
    let kept = PermanentFlags::new(from_wire(list));
    if list.contains(&Flag::Any) { kept.with_new_keywords() } else { kept }
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
            Error::misuse("a keyword cannot contain spaces, brackets, quotes or 8-bit characters")
        })?;
        wire.push(Flag::Keyword(keyword));
    }
    Ok(wire)
}
