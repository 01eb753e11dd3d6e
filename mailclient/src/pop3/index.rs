//! The content of the maildrop: LIST and UIDL joined by message number.

use std::num::NonZeroU32;

use bytes::Bytes;
use pop3_proto::{CommandKind, MessageNumber, UniqueIdIndex, client::Event};

use crate::{
    folder::FolderName,
    id::{Id, MessageId},
};

/// The messages of the session, which sees one state of the maildrop.
#[derive(Debug)]
pub(super) struct Index {
    /// A unique-id that two messages have (old maildrops have such) names none of them, least of
    /// all for DELE.
    pub(super) messages: UniqueIdIndex,
    /// Lines of LIST that cannot be read: of messages that nothing else is known about.
    pub(super) damaged: Vec<Bytes>,
    /// The last number of the listing that comes.
    last: Option<MessageNumber>,
}

/// The most lines of a listing that cannot be read and are kept.
const MOST_DAMAGED: usize = 100;

impl Index {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { messages: UniqueIdIndex::with_limit(bytes), damaged: Vec::new(), last: None }
    }

    /// A listing begins.
    pub(super) const fn begin(&mut self) {
        self.last = None;
    }

    /// True for a row of a further message, as long as there is room for it: a listing that goes on
    /// beyond that, or tells the same messages again and again, is a flood.
    pub(super) fn learn(&mut self, event: &Event) -> bool {
        let number = match event {
            Event::ScanListing { number, .. } | Event::UniqueId { number, .. } => Some(*number),
            Event::Unrecognized { kind: CommandKind::List, line, .. } => {
                if self.damaged.len() < MOST_DAMAGED {
                    self.damaged.push(Bytes::copy_from_slice(line));
                }
                return false;
            }
            _ => None,
        };
        self.messages.learn(event);
        let is_further = number.is_some() && number > self.last && !self.messages.is_full();
        self.last = self.last.max(number);
        is_further
    }

    /// The id of a message.
    pub(super) fn id(&self, session: u32, number: MessageNumber) -> MessageId {
        let known = self.messages.unique_id(number);
        match known.filter(|known| self.messages.number(known) == Some(number)) {
            Some(known) => MessageId::unique_id(known),
            None => {
                let number = NonZeroU32::new(number.get()).unwrap_or(NonZeroU32::MIN);
                MessageId(Id::Session { folder: FolderName::inbox(), session, number })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pop3_proto::UniqueId;

    use super::*;

    fn number(number: u32) -> MessageNumber {
        MessageNumber::new(number).unwrap()
    }

    #[test]
    fn rows_are_joined_by_number_and_a_shared_unique_id_names_no_message() {
        let mut index = Index::new(1000);
        let messages = &mut index.messages;
        for (at, size) in [(2, None), (1, Some(10)), (4, Some(4)), (1, Some(11)), (3, Some(3))] {
            messages.insert_size(number(at), size);
        }
        for (at, unique_id) in [(1, "a"), (2, "b"), (3, "b"), (4, ""), (9, "c")] {
            messages.insert(number(at), UniqueId::new(unique_id).as_ref());
        }
        let rows: Vec<(u32, Option<u64>, String)> = index
            .messages
            .listed()
            .map(|at| (at.get(), index.messages.size(at).unwrap(), index.id(0xAB, at).to_string()))
            .collect();
        let expected = [
            (1, Some(10), "pop1:a"),
            (2, None, "session:000000ab:2:INBOX"),
            (3, Some(3), "session:000000ab:3:INBOX"),
            (4, Some(4), "session:000000ab:4:INBOX"),
        ];
        assert_eq!(rows, expected.map(|(at, size, text)| (at, size, text.to_owned())));
    }
}
