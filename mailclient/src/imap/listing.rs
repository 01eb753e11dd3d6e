//! [`ListState`]: one listing on its way, and how a response becomes a row.

use std::{collections::VecDeque, num::NonZeroU32};

use imap_proto_lite::{
    CommandId, MailboxName, SeqNumber, SequenceSet, Uid, UidSet,
    client::Event,
    command::Messages,
    date,
    response::{BodyData, Fetch, FetchAttribute, Labels, Response},
    selected::Selected,
    sequence::Endpoint,
    string::IString,
};

use crate::{
    error::{Error, Result},
    header_block::{HeaderBlock, TOO_LONG},
    id::Ranges,
    imap::{
        answer::accepted,
        flags::from_wire,
        naming::{Naming, RANGES, number},
        structure::{TOO_LARGE, UNREADABLE, is_structure, structure},
    },
    limits::Limits,
    list::{Fields, List, Summary},
    message::{DateTime, Envelope, SizeHint},
};

/// A listing that is being pulled.
#[derive(Debug)]
pub(super) struct ListState {
    /// What is not asked for yet.
    pub(super) left: Left,
    /// The session has agreed on UTF-8 in names.
    pub(super) utf8: bool,
    pub(super) fields: Fields,
    newest_first: bool,
    naming: Naming,
    wanted: Wanted,
    /// Those have no row.
    marked: Ranges,
    /// The commands in flight.
    asked: VecDeque<Asked>,
    /// Those had their row, and the number and the UID of the last one.
    seen: Ranges,
    last: Option<(u32, NonZeroU32)>,
    pub(super) rows: VecDeque<Result<Summary>>,
    /// The rows of the commands in flight where the newest comes first, with their keys.
    turned: Vec<(u32, Summary)>,
    /// Rows of which a field is still missing, in the order in which they came.
    held: VecDeque<Held>,
    /// The header block of the row that comes.
    header: HeaderBlock,
    /// The bytes of header blocks and structures of the rows that are turned.
    turned_bytes: usize,
    largest_structure: usize,
}

/// Messages that are not asked for yet.
#[derive(Debug)]
pub(super) enum Left {
    Nothing,
    /// All from this number on.
    From(SeqNumber),
    /// All from this UID on.
    FromUid(Uid),
    Numbers(Ranges),
    Uids(Ranges),
}

/// A command in flight.
#[derive(Debug)]
struct Asked {
    id: CommandId,
    /// The least key of its rows.
    least: u32,
    is_answered: bool,
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
const NONE: Fields = Fields {
    size: false,
    flags: false,
    received: false,
    envelope: false,
    structure: false,
    labels: false,
};
/// The most rows that are held, and the most bytes of their keywords, labels and structures. More
/// are given out without the fields that they miss.
const MOST_HELD: usize = 256;
const HELD_BYTES: usize = 256 << 10;

/// Where the newest comes first: how many rows a command asks for, how many commands there are at
/// once, and the most bytes of header blocks and structures of rows that wait for their turn.
const TURNED: u32 = 128;
const COMMANDS: usize = 8;
const TURNED_BYTES: usize = 16 << 20;

/// Which messages are wanted: a server may send rows of others.
#[derive(Debug)]
pub(super) enum Wanted {
    /// From this number on.
    From(u32),
    /// After this UID.
    After(NonZeroU32),
    Uids(Ranges),
}

impl ListState {
    /// A listing of the messages that are wanted, of which nothing is asked for yet.
    pub(super) fn new(
        naming: Naming,
        wanted: Wanted,
        request: &List,
        marked: Ranges,
        limits: &Limits,
    ) -> Self {
        Self {
            left: Left::Nothing,
            utf8: false,
            fields: request.fields,
            newest_first: request.newest_first,
            naming,
            wanted,
            marked,
            asked: VecDeque::new(),
            seen: Ranges::new(),
            last: None,
            rows: VecDeque::new(),
            turned: Vec::new(),
            held: VecDeque::new(),
            header: HeaderBlock::new(limits.headers),
            turned_bytes: 0,
            largest_structure: limits.structure,
        }
    }

    /// Whether every command was answered and nothing is left.
    pub(super) fn is_over(&self) -> bool {
        self.asked.is_empty() && self.left.is_empty()
    }

    /// The messages to ask for next.
    pub(super) fn next_ask(&self) -> Option<(Messages<'static>, Ranges)> {
        let some = |numbers: &Ranges| match self.newest_first {
            true => numbers.tail(TURNED, RANGES),
            false => numbers.head(u64::MAX, RANGES),
        };
        if self.newest_first && self.asked.len() == COMMANDS {
            return None;
        }
        match &self.left {
            Left::Nothing => None,
            Left::From(first) => Some((SequenceSet::starting_at(*first).into(), Ranges::new())),
            Left::FromUid(first) => Some((UidSet::starting_at(*first).into(), Ranges::new())),
            Left::Numbers(numbers) => {
                let some = some(numbers);
                Some((SequenceSet::from_ranges(ends(&some, SeqNumber::new))?.into(), some))
            }
            Left::Uids(uids) => {
                let some = some(uids);
                Some((UidSet::from_ranges(ends(&some, Uid::new))?.into(), some))
            }
        }
    }

    /// The command for them was queued.
    pub(super) fn sent(&mut self, id: CommandId, asked: &Ranges) {
        let least = asked.first().map_or(0, NonZeroU32::get);
        self.asked.push_back(Asked { id, least, is_answered: false });
        match &mut self.left {
            Left::Numbers(left) | Left::Uids(left) => left.subtract(asked),
            left => *left = Left::Nothing,
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::BodyStart { .. } => self.header.clear(),
            Event::Body { chunk, .. } => {
                self.header.extend(&chunk);
                self.count_turned(chunk.len());
            }
            Event::Done { id, .. } => {
                let Some(asked) = self.asked.iter_mut().find(|asked| asked.id == id) else {
                    return;
                };
                asked.is_answered = true;
                self.take_turns();
                if let Err(error) = accepted("FETCH", event) {
                    // After the rows that came.
                    self.end(error);
                }
            }
            _ => {}
        }
    }

    /// Counts bytes of a row that may have to wait for its turn.
    fn count_turned(&mut self, bytes: usize) {
        self.turned_bytes += if self.newest_first { bytes } else { 0 };
        if self.turned_bytes > TURNED_BYTES {
            let limit = TURNED_BYTES as u64;
            self.end(Error::limit("bytes of a listing with the newest first", limit));
        }
    }

    fn end(&mut self, error: Error) {
        self.rows.push_back(Err(error));
        self.left = Left::Nothing;
    }

    /// Gives out what waits for the commands that are answered.
    fn take_turns(&mut self) {
        while self.asked.front().is_some_and(|asked| asked.is_answered)
            && let Some(Asked { least, .. }) = self.asked.pop_front()
        {
            if self.newest_first || self.asked.is_empty() {
                let (now, later) = std::mem::take(&mut self.held)
                    .into_iter()
                    .partition(|held| self.key(held).is_none_or(|key| key >= least));
                self.held = later;
                let now: VecDeque<Held> = now;
                now.into_iter().for_each(|held| self.release(held));
            }
            self.turned.sort_by_key(|(key, _)| *key);
            let first = self.turned.partition_point(|(key, _)| *key < least);
            let rows = self.turned.drain(first..).rev().map(|(_, row)| Ok(row));
            self.rows.extend(rows);
            if self.turned.is_empty() {
                self.turned_bytes = 0;
            }
        }
    }

    /// Its place in the order of what is asked for.
    fn key(&self, held: &Held) -> Option<u32> {
        match self.wanted {
            Wanted::From(_) | Wanted::After(_) => Some(held.seq),
            Wanted::Uids(_) => held.uid.map(NonZeroU32::get),
        }
    }

    /// True if the response is a row, or what is left of one.
    pub(super) fn hear(&mut self, view: &Selected, response: &Response<'_>) -> bool {
        match response {
            Response::Fetch(fetch) => {
                fetch.seq.get() <= view.message_count() && self.hear_fetch(view, fetch)
            }
            Response::Expunge(gone) => {
                self.last = None;
                self.held.retain(|held| held.seq != gone.get());
                for held in self.held.iter_mut().filter(|held| held.seq > gone.get()) {
                    held.seq -= 1;
                }
                false
            }
            Response::Vanished { .. } => {
                self.last = None;
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
        let is_wanted = match (&self.wanted, held.uid) {
            (Wanted::From(first), _) => seq >= *first,
            (Wanted::After(last), Some(uid)) => uid > *last,
            (Wanted::Uids(uids), Some(uid)) => uids.contains(uid),
            (_, None) => is_row,
        };
        let is_in_turn = self.asked.back().is_some_and(|asked| seq >= asked.least);
        if let (false, true, Wanted::After(_), Left::Numbers(_)) =
            (is_wanted, is_in_turn, &self.wanted, &self.left)
        {
            // Everything that is left is older.
            self.left = Left::Nothing;
        }
        let among = |uids: &Ranges| held.uid.is_some_and(|uid| uids.contains(uid));
        if !is_wanted || among(&self.seen) || (!is_row && held.missing.flags == self.fields.flags) {
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
                FetchAttribute::GmailLabels(list) if self.fields.labels => {
                    (row.labels, missing.labels) = (Some(labels(&list, self.utf8)), false);
                }
                FetchAttribute::GmailMessageId(number) if self.fields.labels => {
                    row.gmail_message = Some(number);
                }
                FetchAttribute::GmailThreadId(number) if self.fields.labels => {
                    row.gmail_thread = Some(number);
                }
                FetchAttribute::BodyStructure(wire) if self.fields.structure => {
                    row.structure = structure(&wire, self.largest_structure).map(Box::new);
                    missing.structure = false;
                    if row.structure.is_none() {
                        damage = Some((TOO_LARGE, Vec::new()));
                    }
                }
                FetchAttribute::Malformed { name, raw }
                    if missing.structure && is_structure(&name) =>
                {
                    damage = Some((UNREADABLE, raw.to_vec()));
                }
                FetchAttribute::Malformed { name, raw } => {
                    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
                    missing.labels &= !is("X-GM-LABELS");
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
    fn release(&mut self, held: Held) {
        let Some(uid) = held.uid else {
            let reason = "a row of the listing names no message";
            return self.rows.push_back(Err(Error::damaged(None, reason, b"")));
        };
        if self.seen.contains(uid) {
            return;
        }
        match self.last.replace((held.seq, uid)) {
            // No message has a UID in between, so that a million rows are one range.
            Some((seq, last)) if seq.checked_add(1) == Some(held.seq) && last < uid => {
                self.seen.insert_range(last, uid);
            }
            _ => drop(self.seen.insert(uid)),
        }
        let key = self.key(&held);
        self.count_turned(held.row.structure.as_ref().map_or(0, |told| told.weight()));
        let row = Summary { id: self.naming.id(uid), ..held.row };
        match key.filter(|_| self.newest_first) {
            Some(key) => self.turned.push((key, row)),
            None => self.rows.push_back(Ok(row)),
        }
    }
}

impl Left {
    /// Every message after this one. `n+1:*` names the last message too.
    pub(super) fn after(last: NonZeroU32) -> Self {
        let next = last.checked_add(1).and_then(|next| Uid::new(next.get()));
        next.map_or(Self::Nothing, Self::FromUid)
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::From(_) | Self::FromUid(_) => false,
            Self::Numbers(left) | Self::Uids(left) => left.is_empty(),
        }
    }
}

/// The ranges of a set.
fn ends<N>(
    numbers: &Ranges,
    new: fn(u32) -> Option<N>,
) -> impl Iterator<Item = (Endpoint<N>, Endpoint<N>)> {
    let end = move |number: NonZeroU32| new(number.get()).map(Endpoint::Number);
    numbers.iter().filter_map(move |(first, last)| Some((end(first)?, end(last)?)))
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
        let labels = self.row.labels.iter().flatten();
        let words = keywords.chain(labels).map(|word| word.len() + size_of::<String>());
        words.sum::<usize>() + self.row.structure.as_ref().map_or(0, |told| told.weight())
    }
}

/// Gmail's labels as texts, by the rules for names of folders. One with a line end in it is shown
/// as far as it can be, and cannot be sent back.
fn labels(list: &Labels<'_>, utf8: bool) -> Vec<String> {
    let text = |label: IString<'_>| match MailboxName::from_wire(label.to_cow()) {
        Ok(name) => name.decoded(utf8).into_owned(),
        Err(_) => label.to_str_lossy().into_owned(),
    };
    list.iter().map(text).collect()
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
        let naming = Naming::new(&OpenFolder::new(FolderName::inbox(), Access::ReadOnly), 0);
        let (request, limits) = (List::all(), Limits::default());
        let mut list = ListState::new(naming, Wanted::From(1), &request, Ranges::new(), &limits);
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

    #[test]
    fn structures_of_rows_that_wait_are_bounded() {
        let naming = Naming::new(&OpenFolder::new(FolderName::inbox(), Access::ReadOnly), 0);
        let part = r#"("text" "plain" NIL NIL NIL "7bit" 4 1)"#;
        let row = |number: usize, parts: usize| {
            let structure = format!(r#"({} "mixed")"#, part.repeat(parts));
            format!("* {number} FETCH (UID {number} BODYSTRUCTURE {structure})\r\n")
        };
        let limits = Limits::default();
        let mut view = Selected::new();
        view.apply(&response(b"* 999 EXISTS\r\n", &[]), |_| ());
        // The flags are missing.
        let mut fields = Fields { structure: true, flags: true, ..NONE };
        let request = List::all().with_fields(fields);
        let mut list =
            ListState::new(naming.clone(), Wanted::From(1), &request, Ranges::new(), &limits);
        for number in 1..=40 {
            assert!(list.hear(&view, &response(row(number, 100).as_bytes(), &[])));
            let bytes: usize = list.held.iter().map(Held::weight).sum();
            assert!(bytes <= HELD_BYTES, "{bytes}");
        }
        assert_eq!(list.rows.len() + list.held.len(), 40);
        // All of it is there, and the newest is to be told first.
        fields.flags = false;
        let request = List::all().with_fields(fields).newest_first();
        let mut list = ListState::new(naming, Wanted::From(1), &request, Ranges::new(), &limits);
        for number in 1..=40 {
            assert!(list.hear(&view, &response(row(number, 2000).as_bytes(), &[])));
        }
        assert!(matches!(list.rows.front(), Some(Err(Error::Limit { .. }))), "{}", list.rows.len());
    }
}
