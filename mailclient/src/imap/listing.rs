//! [`ListState`]: one listing on its way, and how a response becomes a row.

use std::{collections::VecDeque, num::NonZeroU32};

use imap_proto_lite::{
    CommandId, UidSet, date,
    response::{BodyData, Fetch, FetchAttribute, Response},
    selected::Selected,
};

use crate::{
    envelope::Envelope,
    error::{Error, Result},
    header_block::{HeaderBlock, TOO_LONG},
    id::Ranges,
    imap::{
        flags::from_wire,
        naming::{Naming, number},
    },
    list::{Fields, Summary},
    message::{DateTime, SizeHint},
};

/// A listing that is being pulled.
#[derive(Debug)]
pub(super) struct ListState {
    /// The command whose rows come.
    pub(super) wanted: Option<CommandId>,
    /// The sets that are not asked for yet.
    pub(super) left: VecDeque<UidSet>,
    pub(super) fields: Fields,
    pub(super) naming: Naming,
    pub(super) asked: Asked,
    /// Those have no row.
    pub(super) marked: Ranges,
    /// Those had their row.
    pub(super) seen: Ranges,
    pub(super) rows: VecDeque<Result<Summary>>,
    /// Rows of which a field is still missing, in the order in which they came.
    pub(super) held: VecDeque<Held>,
    /// The header block of the row that comes.
    pub(super) header: HeaderBlock,
}

/// A row of which a field is still missing: some servers spread a message over several responses.
#[derive(Debug)]
pub(super) struct Held {
    seq: u32,
    uid: Option<NonZeroU32>,
    row: Summary,
    missing: Fields,
}

/// No field.
const NONE: Fields = Fields { size: false, flags: false, received: false, envelope: false };
/// The most rows that are held, and the most bytes of their keywords. More are given out without
/// the fields that they miss.
const MOST_HELD: usize = 256;
const HELD_BYTES: usize = 256 << 10;

/// Which messages are asked for: a server may send rows of others.
#[derive(Debug)]
pub(super) enum Asked {
    /// From this number on.
    From(u32),
    /// After this UID.
    After(NonZeroU32),
    Uids(Ranges),
}

impl ListState {
    /// True if the response is a row, or what is left of one.
    pub(super) fn hear(&mut self, view: &Selected, response: &Response<'_>) -> bool {
        match response {
            Response::Fetch(fetch) => {
                fetch.seq.get() <= view.message_count() && self.hear_fetch(view, fetch)
            }
            Response::Expunge(gone) => {
                self.held.retain(|held| held.seq != gone.get());
                for held in self.held.iter_mut().filter(|held| held.seq > gone.get()) {
                    held.seq -= 1;
                }
                false
            }
            Response::Malformed { raw } => {
                let reason = "a line of the listing cannot be read";
                self.rows.push_back(Err(Error::damaged(None, reason, raw)));
                true
            }
            _ => false,
        }
    }

    /// Takes the fields of a row; an unasked update of flags is not one, unless the row of that
    /// message is still to come.
    fn hear_fetch(&mut self, view: &Selected, fetch: &Fetch<'_>) -> bool {
        let seq = fetch.seq.get();
        let uid = fetch.uid().or_else(|| view.uid(fetch.seq)).map(number);
        let held = self.held.iter().rposition(|held| held.seq == seq);
        let held = held.and_then(|place| self.held.remove(place));
        let row = || Summary::new(self.naming.id(NonZeroU32::MIN));
        let mut held = held.unwrap_or_else(|| Held { seq, uid, row: row(), missing: self.fields });
        held.uid = uid.or(held.uid);
        if let Some((reason, raw)) = self.fill(&mut held, fetch) {
            let id = uid.map(|uid| self.naming.id(uid));
            self.seen.merge(&uid.map(Ranges::one).unwrap_or_default());
            self.rows.push_back(Err(Error::damaged(id, reason, &raw)));
            return true;
        }
        let is_empty = fetch.iter().next().is_none();
        let is_row = is_empty || held.is_row(self.fields);
        let is_asked = match (&self.asked, held.uid) {
            (Asked::From(first), _) => seq >= *first,
            (Asked::After(last), Some(uid)) => uid > *last,
            (Asked::Uids(uids), Some(uid)) => uids.contains(uid),
            (_, None) => is_row,
        };
        let among = |uids: &Ranges| held.uid.is_some_and(|uid| uids.contains(uid));
        if !is_asked || among(&self.seen) || (!is_row && held.missing.flags == self.fields.flags) {
            return false;
        }
        if among(&self.marked) {
            return is_row;
        }
        if held.missing == NONE || (is_empty && held.uid.is_none()) {
            self.release(held);
        } else {
            self.held.push_back(held);
            let bytes: usize = self.held.iter().map(Held::weight).sum();
            let most = if bytes > HELD_BYTES { 0 } else { MOST_HELD };
            while self.held.len() > most
                && let Some(oldest) = self.held.pop_front()
            {
                self.release(oldest);
            }
        }
        true
    }

    /// Copies the fields of a response into a row. Returns what cannot be read and has to be told.
    fn fill(&self, held: &mut Held, fetch: &Fetch<'_>) -> Option<(&'static str, Vec<u8>)> {
        let Held { row, missing, .. } = held;
        let mut damage = None;
        for attribute in fetch.iter() {
            match attribute {
                FetchAttribute::Rfc822Size(bytes) if self.fields.size => {
                    (row.size, missing.size) = (Some(SizeHint::new(bytes)), false);
                }
                FetchAttribute::Flags(list) if self.fields.flags => {
                    (row.flags, missing.flags) = (Some(from_wire(&list)), false);
                }
                FetchAttribute::InternalDate(date) if self.fields.received => {
                    (row.received, missing.received) = (date.date_time().map(date_time), false);
                }
                FetchAttribute::BodySection { data, .. } if self.fields.envelope => {
                    let envelope = match data {
                        BodyData::Inline(bytes) => Some(Envelope::parse(&bytes.to_cow())),
                        BodyData::Nil => None,
                        _ => {
                            let envelope = self.header.envelope();
                            if envelope.is_none() {
                                damage = Some((TOO_LONG, Vec::new()));
                            }
                            envelope
                        }
                    };
                    (row.envelope, missing.envelope) = (envelope.map(Box::new), false);
                }
                FetchAttribute::Malformed { name, raw } => {
                    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
                    missing.size &= !is("RFC822.SIZE");
                    missing.received &= !is("INTERNALDATE");
                    if is("UID") || is("FLAGS") || name.is_empty() {
                        damage = Some(("a row of the listing cannot be read", raw.to_vec()));
                    }
                }
                _ => {}
            }
        }
        damage
    }

    /// Gives a row out, with the fields that came.
    pub(super) fn release(&mut self, held: Held) {
        let Some(uid) = held.uid else {
            let reason = "a row of the listing names no message";
            return self.rows.push_back(Err(Error::damaged(None, reason, b"")));
        };
        if self.seen.insert(uid) {
            let id = self.naming.id(uid);
            self.rows.push_back(Ok(Summary { id, ..held.row }));
        }
    }
}

impl Held {
    /// More than flags came, or nothing else was asked for.
    fn is_row(&self, asked: Fields) -> bool {
        let but_flags = |fields: Fields| Fields { flags: false, ..fields };
        but_flags(asked) == NONE || but_flags(self.missing) != but_flags(asked)
    }

    /// The memory of what a server can make long, in bytes.
    fn weight(&self) -> usize {
        let keywords = self.row.flags.iter().flat_map(|flags| &flags.keywords);
        keywords.map(|keyword| keyword.len() + size_of::<String>()).sum()
    }
}

pub(super) fn date_time(date: date::DateTime) -> DateTime {
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

#[cfg(test)]
mod tests {
    use imap_proto_lite::parse::response;

    use super::*;
    use crate::folder::{Access, FolderName, OpenFolder};

    #[test]
    fn rows_that_are_held_are_bounded() {
        let mut list = ListState {
            wanted: None,
            left: VecDeque::new(),
            fields: Fields::default(),
            naming: Naming::new(&OpenFolder::new(FolderName::inbox(), Access::ReadOnly), 0),
            asked: Asked::From(1),
            marked: Ranges::new(),
            seen: Ranges::new(),
            rows: VecDeque::new(),
            held: VecDeque::new(),
            header: HeaderBlock::new(0),
        };
        let mut view = Selected::new();
        view.apply(&response(b"* 999 EXISTS\r\n", &[]), |_| ());
        let mut tell = |text: String| list.hear(&view, &response(text.as_bytes(), &[]));
        for number in 1..=300 {
            assert!(tell(format!("* {number} FETCH (UID {number} FLAGS ())\r\n")));
        }
        assert_eq!((list.rows.len(), list.held.len()), (300 - MOST_HELD, MOST_HELD));
        let mut tell = |text: String| list.hear(&view, &response(text.as_bytes(), &[]));
        let keyword = "k".repeat(HELD_BYTES / 2);
        for number in 301..=303 {
            assert!(tell(format!("* {number} FETCH (UID {number} FLAGS ({keyword}))\r\n")));
        }
        let bytes: usize = list.held.iter().map(Held::weight).sum();
        assert!(bytes <= HELD_BYTES, "{bytes}");
        assert_eq!(list.rows.len() + list.held.len(), 303);
    }
}
