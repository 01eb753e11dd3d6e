//! `imap-proto-lite` writing commands.

use std::{borrow::Cow, hint::black_box};

use imap_proto_lite::{
    command::{AppendData, AppendMessage, Command, FetchItem, FetchModifiers, Messages, Tag},
    encode::{EncodeSession, command},
    flag::Flag,
    mailbox_name::MailboxName,
    sequence::{Uid, UidSet},
};

use crate::{measure::Outcome, rng::Rng};

/// UID FETCH of `count` messages: runs of one to forty with gaps between them, as in a mailbox
/// after deletions.
#[must_use]
pub fn fetch(ids: usize) -> Command<'static> {
    let mut rng = Rng::for_load(0xe0);
    let mut uids = Vec::with_capacity(ids);
    let mut uid = 0_u32;
    while uids.len() < ids {
        uid += 2 + rng.pick(&[0, 1, 4, 8]);
        let run = rng.pick(&[1, 2, 5, 13, 40]).min(ids - uids.len());
        for _ in 0..run {
            uids.extend(Uid::new(uid));
            uid += 1;
        }
    }
    let set = UidSet::from_numbers(uids).unwrap_or_else(UidSet::all);
    Command::Fetch {
        messages: Messages::Uid(Cow::Owned(set)),
        items: Cow::Borrowed(&[FetchItem::Flags, FetchItem::Rfc822Size]),
        modifiers: FetchModifiers::default(),
    }
}

/// The head of an APPEND.
#[must_use]
pub const fn append() -> Command<'static> {
    Command::Append {
        mailbox: MailboxName::INBOX,
        message: AppendMessage {
            flags: Cow::Borrowed(&[Flag::Seen, Flag::Flagged]),
            date: None,
            octets: 123_456,
            data: AppendData::Literal,
        },
    }
}

fn tag() -> Result<Tag<'static>, String> {
    Tag::new("A0001").map_err(|error| error.to_string())
}

/// The bytes of a command.
///
/// # Errors
/// The command cannot be sent.
pub fn octets(what: &Command<'_>) -> Result<Vec<u8>, String> {
    command(&tag()?, what, &EncodeSession::default())
        .map(|encoded| encoded.to_vec())
        .map_err(|error| error.to_string())
}

/// Encodes a command.
///
/// # Errors
/// The command cannot be sent.
pub fn encode(what: &Command<'_>) -> Outcome {
    black_box(command(&tag()?, black_box(what), &EncodeSession::default()))
        .map(|_| 1)
        .map_err(|error| error.to_string())
}
