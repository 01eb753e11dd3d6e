//! The content of the maildrop: LIST and UIDL joined by message number.

use std::collections::HashMap;

use bytes::Bytes;
use pop3_proto::{Command, MessageNumber, client::Event};

use crate::{
    driver::Stream,
    error::{Error, Result},
    feature::Feature,
    listing::{Listing, ListingSource, Window},
    mailbox::BoxFuture,
    message::{Id, MessageId, SizeHint, Summary},
    pop3::Pop3Mailbox,
};

/// The messages of the session, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Index {
    rows: Vec<Row>,
    by_unique_id: HashMap<Bytes, MessageNumber>,
}

#[derive(Debug)]
struct Row {
    number: MessageNumber,
    octets: Option<u64>,
    /// `None` if the server gave none, an empty one, or one that another message has too (old
    /// maildrops do): a unique-id that is not unique must not name a message, least of all for
    /// DELE.
    unique_id: Option<Bytes>,
}

impl Index {
    fn new(
        mut sizes: Vec<(MessageNumber, Option<u64>)>,
        unique_ids: Vec<(MessageNumber, Bytes)>,
    ) -> Self {
        sizes.sort_unstable_by_key(|(number, _)| *number);
        sizes.dedup_by_key(|(number, _)| *number);
        let mut numbers: HashMap<Bytes, Option<MessageNumber>> =
            HashMap::with_capacity(unique_ids.len());
        for (number, unique_id) in
            unique_ids.into_iter().filter(|(_, unique_id)| !unique_id.is_empty())
        {
            numbers
                .entry(unique_id)
                .and_modify(|known| *known = known.filter(|known| *known == number))
                .or_insert(Some(number));
        }
        let by_unique_id: HashMap<Bytes, MessageNumber> = numbers
            .into_iter()
            .filter_map(|(unique_id, number)| Some((unique_id, number?)))
            .collect();
        let by_number: HashMap<MessageNumber, &Bytes> =
            by_unique_id.iter().map(|(unique_id, number)| (*number, unique_id)).collect();
        let rows = sizes
            .into_iter()
            .map(|(number, octets)| Row {
                number,
                octets,
                unique_id: by_number.get(&number).copied().cloned(),
            })
            .collect();
        Self { rows, by_unique_id }
    }

    /// The size of a message according to the listing.
    fn octets(&self, number: MessageNumber) -> Option<u64> {
        let row = self.rows.binary_search_by_key(&number, |row| row.number).ok()?;
        self.rows.get(row)?.octets
    }
}

impl<S: Stream> Pop3Mailbox<S> {
    /// See [`Mailbox::list`](crate::Mailbox::list).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(&mut self, window: Window) -> Result<Listing<'_>> {
        self.settle().await?;
        let (deleted, rows) = (self.deleted.clone(), &self.index().await?.rows);
        self.next_row = match window {
            Window::All => 0,
            Window::Newest(count) => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let kept =
                    rows.iter().enumerate().rev().filter(|(_, row)| !deleted.contains(&row.number));
                kept.take(count).last().map_or(rows.len(), |(index, _)| index)
            }
        };
        Ok(Listing::new(self))
    }

    /// The index, built on first use. A session sees one state of the maildrop, so it is never
    /// refreshed.
    pub(super) async fn index(&mut self) -> Result<&Index> {
        if self.index.is_none() {
            let mut sizes = Vec::new();
            let id = self.send(&Command::List(None))?;
            self.complete(id, "LIST", |event| {
                if let Event::ScanListing { number, octets, .. } = event {
                    sizes.push((number, octets));
                }
            })
            .await?;
            let unique_ids = self.unique_ids().await?;
            self.index = Some(Index::new(sizes, unique_ids));
        }
        self.index.as_ref().ok_or_else(Error::closed)
    }

    /// A server that refuses UIDL although it is announced refuses it for the moment: taking every
    /// message for new then would download all again, so that is an error and not an empty list.
    async fn unique_ids(&mut self) -> Result<Vec<(MessageNumber, Bytes)>> {
        let mut unique_ids = Vec::new();
        if !self.features.contains(Feature::StableIds) {
            return Ok(unique_ids);
        }
        let announced = self.driver.machine().capabilities().is_some();
        let id = self.send(&Command::Uidl(None))?;
        let answer = self
            .complete(id, "UIDL", |event| {
                if let Event::UniqueId { number, unique_id: Some(unique_id), .. } = event {
                    unique_ids.push((number, compact(unique_id.as_bytes())));
                }
            })
            .await;
        match answer {
            Err(Error::Refused(_)) if !announced => {
                self.features =
                    self.features.iter().filter(|feature| *feature != Feature::StableIds).collect();
                Ok(Vec::new())
            }
            other => other.map(|()| unique_ids),
        }
    }

    /// The size of a message according to the listing of this session, if there was one.
    pub(super) fn listed_octets(&self, number: MessageNumber) -> Option<u64> {
        self.index.as_ref()?.octets(number)
    }

    /// The message number of an id.
    pub(super) async fn number(&mut self, id: &MessageId) -> Result<MessageNumber> {
        let session = self.session;
        let unknown = || Error::NoSuchMessage(Box::new(id.clone()));
        match &id.0 {
            Id::Unique(octets) => {
                let index = self.index().await?;
                index.by_unique_id.get(&**octets).copied().ok_or_else(unknown)
            }
            Id::Number { session: other, .. } if *other != session => {
                Err(Error::StaleId(Box::new(id.clone())))
            }
            Id::Number { number, .. } => MessageNumber::new(*number).ok_or_else(unknown),
            Id::Uid { .. } => Err(Error::WrongProtocol(Box::new(id.clone()))),
        }
    }

    fn next_row(&mut self) -> Option<Summary> {
        let index = self.index.as_ref()?;
        loop {
            let row = index.rows.get(self.next_row)?;
            self.next_row += 1;
            if !self.deleted.contains(&row.number) {
                let id = match &row.unique_id {
                    Some(octets) => Id::Unique((**octets).into()),
                    None => Id::Number { session: self.session, number: row.number.get() },
                };
                return Some(Summary {
                    id: MessageId(id),
                    octets: row.octets.map(SizeHint::new),
                    flags: None,
                    received: None,
                });
            }
        }
    }
}

impl<S: Stream> ListingSource for Pop3Mailbox<S> {
    fn next_summary(&mut self) -> BoxFuture<'_, Result<Option<Summary>>> {
        Box::pin(std::future::ready(Ok(self.next_row())))
    }
}

/// Copied, because a slice would keep the read buffer alive for the whole session.
fn compact(octets: &[u8]) -> Bytes {
    Bytes::copy_from_slice(octets)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use pop3_proto::MessageNumber;

    use super::Index;

    fn number(number: u32) -> MessageNumber {
        MessageNumber::new(number).unwrap()
    }

    #[test]
    fn rows_are_joined_by_number_and_a_shared_unique_id_names_nobody() {
        let sizes = vec![
            (number(2), None),
            (number(1), Some(10)),
            (number(4), Some(4)),
            (number(1), Some(10)),
            (number(3), Some(3)),
        ];
        let id = Bytes::from_static;
        let index = Index::new(
            sizes,
            vec![
                (number(1), id(b"a")),
                (number(2), id(b"b")),
                (number(3), id(b"b")),
                (number(4), id(b"")),
            ],
        );
        let rows: Vec<_> = index
            .rows
            .iter()
            .map(|row| (row.number.get(), row.octets, row.unique_id.clone()))
            .collect();
        assert_eq!(
            rows,
            [
                (1, Some(10), Some(id(b"a"))),
                (2, None, None),
                (3, Some(3), None),
                (4, Some(4), None)
            ]
        );
        assert_eq!(index.by_unique_id.len(), 1);
    }
}
