//! The content of the maildrop: LIST and UIDL joined by message number.

use std::num::NonZeroU32;

use bytes::Bytes;
use pop3_proto::{CommandKind, MessageNumber, UniqueId, UniqueIdIndex, client::Event};

use crate::{
    folder::FolderName,
    id::{Id, MessageId},
};

/// The messages of the session, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Numbers and sizes. A session sees one state of the maildrop.
    sizes: Vec<(MessageNumber, Option<u64>)>,
    /// A unique-id that two messages have (old maildrops have such) names none of them, least of
    /// all for DELE.
    ids: UniqueIdIndex,
    /// Lines of LIST that cannot be read: of messages that nothing else is known about.
    damaged: Vec<Bytes>,
}

/// The most lines of a listing that cannot be read and are kept.
const MOST_DAMAGED: usize = 100;

impl Index {
    pub(super) fn learn_size(&mut self, event: &Event) {
        match event {
            Event::ScanListing { number, octets, .. } => self.sizes.push((*number, *octets)),
            Event::Unrecognized { kind: CommandKind::List, line, .. }
                if self.damaged.len() < MOST_DAMAGED =>
            {
                self.damaged.push(Bytes::copy_from_slice(line));
            }
            _ => {}
        }
    }

    /// After the last line of LIST, with the unique-ids.
    pub(super) fn finish(&mut self, ids: UniqueIdIndex) {
        self.ids = ids;
        self.sizes.sort_by_key(|(number, _)| *number);
        self.sizes.dedup_by_key(|(number, _)| *number);
        self.sizes.shrink_to_fit();
    }

    /// The numbers of all messages.
    pub(super) fn numbers(&self) -> impl DoubleEndedIterator<Item = MessageNumber> + '_ {
        self.sizes.iter().map(|(number, _)| *number)
    }

    /// The lines that cannot be read.
    pub(super) fn damaged(&self) -> &[Bytes] {
        &self.damaged
    }

    /// The size of a message in bytes, if it was told; the outer `None`: there is no such message.
    pub(super) fn size(&self, number: MessageNumber) -> Option<Option<u64>> {
        let place = self.sizes.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.sizes.get(place).map(|(_, size)| *size)
    }

    /// The message with this unique-id.
    pub(super) fn number(&self, unique_id: &[u8]) -> Option<MessageNumber> {
        self.ids.number(&UniqueId::new(Bytes::copy_from_slice(unique_id))?)
    }

    /// Whether every unique-id was read: a line that was not may be of any message.
    pub(super) const fn is_complete(&self) -> bool {
        self.ids.is_complete()
    }

    /// The id of a message.
    pub(super) fn id(&self, session: u32, number: MessageNumber) -> MessageId {
        let known = self.ids.unique_id(number);
        match known.filter(|known| self.ids.number(known) == Some(number)) {
            Some(known) => MessageId::unique_id(known.as_bytes()),
            None => {
                let number = NonZeroU32::new(number.get()).unwrap_or(NonZeroU32::MIN);
                MessageId(Id::Session { folder: FolderName::inbox(), session, number })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u32) -> MessageNumber {
        MessageNumber::new(number).unwrap()
    }

    #[test]
    fn rows_are_joined_by_number_and_a_shared_unique_id_names_no_message() {
        let mut index = Index {
            sizes: vec![
                (number(2), None),
                (number(1), Some(10)),
                (number(4), Some(4)),
                (number(1), Some(11)),
                (number(3), Some(3)),
            ],
            ..Index::default()
        };
        index.finish(UniqueIdIndex::new());
        let id = |text: &'static [u8]| UniqueId::new(Bytes::from_static(text));
        for (at, unique_id) in [(1, id(b"a")), (2, id(b"b")), (3, id(b"b")), (4, None)] {
            index.ids.insert(number(at), unique_id);
        }
        let rows: Vec<(u32, Option<u64>, String)> = index
            .numbers()
            .map(|at| (at.get(), index.size(at).unwrap(), index.id(0xAB, at).to_string()))
            .collect();
        let expected = [
            (1, Some(10), "pop1:a"),
            (2, None, "session:000000ab:2:INBOX"),
            (3, Some(3), "session:000000ab:3:INBOX"),
            (4, Some(4), "session:000000ab:4:INBOX"),
        ];
        assert_eq!(rows, expected.map(|(at, size, text)| (at, size, text.to_owned())));
        assert_eq!(index.size(number(5)), None);
    }
}
