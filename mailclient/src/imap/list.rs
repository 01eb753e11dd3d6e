//! Listings: FETCH of the fields of a row.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, SeqNumber, SequenceSet, Status,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages},
    date,
    response::{Fetch, FetchAttribute, Response},
};

use crate::{
    driver::Stream,
    error::{Error, Result},
    imap::{ImapMailbox, flags::from_wire, refused},
    listing::{Listing, ListingSource, Window},
    mailbox::BoxFuture,
    message::{DateTime, SizeHint, Summary},
};

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::list`](crate::Mailbox::list).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn list(&mut self, window: Window) -> Result<Listing<'_>> {
        self.settle().await?;
        let messages = self.selected.as_ref().map(|selected| selected.messages);
        let last = messages.ok_or_else(|| Error::misuse("no folder is open"))?;
        let first = match window {
            Window::All => 1,
            Window::Newest(count) => last.saturating_sub(count).saturating_add(1),
        };
        if let (Some(first), Some(last)) = (SeqNumber::new(first), SeqNumber::new(last))
            && first <= last
        {
            // Sequence numbers cannot shift before the answer: none is removed while FETCH runs.
            let command = Command::Fetch {
                messages: Messages::from(SequenceSet::range(first, last)),
                items: Cow::Borrowed(&[
                    FetchItem::Uid,
                    FetchItem::Flags,
                    FetchItem::InternalDate,
                    FetchItem::Rfc822Size,
                ]),
                modifiers: FetchModifiers::default(),
            };
            self.listing = Some(self.send(&command)?);
        }
        Ok(Listing::new(self))
    }

    async fn next_listed(&mut self) -> Result<Option<Summary>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Ok(Some(row));
            }
            let Some(wanted) = self.listing else {
                return Ok(None);
            };
            match self.next_event().await? {
                Event::Untagged(line) => {
                    if let Response::Fetch(fetch) = line.response()
                        && let Some(row) = self.row(&fetch)
                    {
                        self.rows.push_back(row);
                    }
                }
                Event::Done { id, status, code, text, .. } if id == wanted => {
                    self.listing = None;
                    if status != Status::Ok {
                        return Err(refused("FETCH", code.as_ref(), &text));
                    }
                }
                _ => {}
            }
        }
    }

    /// A row, if the response is one; an unsolicited flag update is not.
    fn row(&self, fetch: &Fetch<'_>) -> Option<Summary> {
        let (mut uid, mut octets, mut flags, mut received) = (None, None, None, None);
        for attribute in fetch.attributes.iter() {
            match attribute {
                FetchAttribute::Uid(number) => uid = Some(number),
                FetchAttribute::Rfc822Size(count) => octets = Some(SizeHint::new(count)),
                FetchAttribute::Flags(list) => flags = Some(from_wire(&list)),
                FetchAttribute::InternalDate(date) => {
                    received = Some(date.date_time().map(date_time))
                }
                _ => {}
            }
        }
        let flags_alone = octets.is_none() && received.is_none();
        let uid = uid.filter(|_| !flags_alone)?;
        Some(Summary {
            id: self.id(uid),
            octets,
            flags: flags.or_else(|| Some(crate::message::Flags::new())),
            received: received.flatten(),
        })
    }
}

fn date_time(date: date::DateTime) -> DateTime {
    let (hour, minute, second) = date.time();
    let day = date.date();
    DateTime {
        year: day.year(),
        month: day.month(),
        day: day.day(),
        hour,
        minute,
        second,
        offset_minutes: date.offset_minutes(),
    }
}

impl<S: Stream> ListingSource for ImapMailbox<S> {
    fn next_summary(&mut self) -> BoxFuture<'_, Result<Option<Summary>>> {
        Box::pin(self.next_listed())
    }
}
