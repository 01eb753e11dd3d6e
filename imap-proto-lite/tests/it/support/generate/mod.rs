//! Values of every type, from a seed.
#![expect(clippy::cast_possible_truncation, reason = "random numbers may lose bits")]

use std::{borrow::Cow, num::NonZeroU32};

use imap_proto_lite::{
    argument::{AString, Atom, HeaderName},
    command::{
        AppendData, AppendMessage, Command, FetchItem, FetchModifiers, IdParameter, ListReturn,
        ListSelection, Messages, SelectParameters, StatusItem, StoreAction,
    },
    date::{Date, DateTime},
    flag::{Flag, Keyword},
    mailbox_name::MailboxName,
    name_attribute::NameAttribute,
    search::{PartialRange, ThreadAlgorithm},
    section::{HeaderNames, PartNumber, Partial, Section, SectionText},
    sequence::{Endpoint, ModSeq, Number, NumberRange, Set, Uid, UidValidity},
};

pub(crate) mod response;
mod search;

/// Every attribute with a variant.
pub(crate) const NAME_ATTRIBUTES: [NameAttribute<'static>; 17] = [
    NameAttribute::NoInferiors,
    NameAttribute::NoSelect,
    NameAttribute::NonExistent,
    NameAttribute::Marked,
    NameAttribute::Unmarked,
    NameAttribute::HasChildren,
    NameAttribute::HasNoChildren,
    NameAttribute::Subscribed,
    NameAttribute::Remote,
    NameAttribute::All,
    NameAttribute::Archive,
    NameAttribute::Drafts,
    NameAttribute::Flagged,
    NameAttribute::Important,
    NameAttribute::Junk,
    NameAttribute::Sent,
    NameAttribute::Trash,
];

/// SplitMix64.
pub(crate) struct Gen(pub(crate) u64);

impl Gen {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn chance(&mut self) -> bool {
        self.next() & 1 == 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    pub(crate) fn many<T>(
        &mut self,
        least: usize,
        most: usize,
        mut one: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| one(self)).collect()
    }

    pub(crate) fn option<T>(&mut self, one: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.chance() { Some(one(self)) } else { None }
    }

    /// Small, middling and the largest numbers.
    pub(crate) fn number(&mut self) -> u32 {
        match self.below(4) {
            0 => self.below(10) as u32,
            1 => u32::MAX - self.below(3) as u32,
            _ => self.next() as u32,
        }
    }

    pub(crate) fn number64(&mut self) -> u64 {
        match self.below(4) {
            0 => self.below(10) as u64,
            1 => u64::MAX - self.below(3) as u64,
            _ => self.next(),
        }
    }

    pub(crate) fn nz(&mut self) -> NonZeroU32 {
        NonZeroU32::new(self.number()).unwrap_or(NonZeroU32::MIN)
    }

    /// Text that can be sent: without CR, LF and NUL, else anything.
    pub(crate) fn text(&mut self) -> String {
        const CHARS: [char; 26] = [
            'a',
            'Z',
            '0',
            ' ',
            '"',
            '\\',
            '(',
            ')',
            '{',
            '}',
            '[',
            ']',
            '*',
            '%',
            '&',
            '-',
            '+',
            '~',
            ',',
            '\t',
            '\x7f',
            '\x01',
            'é',
            '日',
            '\u{1f600}',
            '=',
        ];
        match self.below(8) {
            0 => String::new(),
            1 => "NIL".to_owned(),
            2 => "{5}".to_owned(),
            3 => "a".repeat(5000),
            _ => (0..self.below(12)).map(|_| self.pick(&CHARS)).collect(),
        }
    }

    pub(crate) fn argument(&mut self) -> AString<'static> {
        AString::new(self.text()).unwrap()
    }

    /// An argument of so many bytes at most.
    fn short_argument(&mut self, octets: usize) -> AString<'static> {
        let mut text = self.text();
        while text.len() > octets {
            text.pop();
        }
        AString::new(text).unwrap()
    }

    pub(crate) fn atom(&mut self) -> Atom<'static> {
        Atom::new(self.word()).unwrap()
    }

    pub(crate) fn header_name(&mut self) -> HeaderName<'static> {
        let name = self.pick(&["Subject", "X-A(b)", "DATE", "x{y}", "message-id", "\"\\", "NIL"]);
        HeaderName::new(name).unwrap()
    }

    pub(crate) fn word(&mut self) -> String {
        const CHARS: [char; 12] = ['a', 'Z', '0', '$', '-', '.', '/', '&', '_', '=', '\'', ':'];
        (0..=self.below(8)).map(|_| self.pick(&CHARS)).collect()
    }

    pub(crate) fn mailbox(&mut self) -> MailboxName<'static> {
        match self.below(4) {
            0 => MailboxName::INBOX,
            1 => MailboxName::from_wire(self.octets_of_a_name()).unwrap(),
            _ => MailboxName::new(self.text()).unwrap(),
        }
    }

    fn octets_of_a_name(&mut self) -> Vec<u8> {
        self.many(1, 12, |gen_| match gen_.next() as u8 {
            0 | b'\r' | b'\n' => b'x',
            octet => octet,
        })
    }

    pub(crate) fn set<N: Number + From<NonZeroU32>>(&mut self) -> Set<N> {
        let ranges = self.many(1, 5, |gen_| {
            let end = |gen_: &mut Self| {
                if gen_.below(5) == 0 {
                    Endpoint::Last
                } else {
                    Endpoint::Number(N::from(gen_.nz()))
                }
            };
            let first = end(gen_);
            (first, if gen_.chance() { first } else { end(gen_) })
        });
        Set::from_ranges(ranges).unwrap()
    }

    pub(crate) fn range<N: Number + From<NonZeroU32>>(&mut self) -> NumberRange<N> {
        let first = N::from(self.nz());
        let last = if self.chance() { first } else { N::from(self.nz()) };
        NumberRange { first, last }
    }

    pub(crate) fn messages(&mut self) -> Messages<'static> {
        match self.below(3) {
            0 => Messages::Sequence(Cow::Owned(self.set::<imap_proto_lite::SeqNumber>())),
            1 => Messages::Uid(Cow::Owned(self.set::<Uid>())),
            _ => Messages::SavedResult { uid: self.chance() },
        }
    }

    pub(crate) fn keyword(&mut self) -> Keyword<'static> {
        Keyword::new(self.word()).unwrap()
    }

    /// A flag that a client may store.
    pub(crate) fn flag(&mut self) -> Flag<'static> {
        match self.below(7) {
            0 => Flag::Seen,
            1 => Flag::Answered,
            2 => Flag::Flagged,
            3 => Flag::Deleted,
            4 => Flag::Draft,
            5 => Flag::Extension(Keyword::new(format!("x{}", self.word())).unwrap()),
            _ => Flag::Keyword(self.keyword()),
        }
    }

    pub(crate) fn date(&mut self) -> Date {
        Date::new(1 + self.below(9999) as u16, 1 + self.below(12) as u8, 1 + self.below(28) as u8)
            .unwrap()
    }

    pub(crate) fn date_time(&mut self) -> DateTime {
        let date = self.date();
        let offset = self.below(2 * 5999 + 1) as i16 - 5999;
        DateTime::new(
            date,
            self.below(24) as u8,
            self.below(60) as u8,
            self.below(61) as u8,
            offset,
        )
        .unwrap()
    }

    pub(crate) fn part(&mut self) -> PartNumber<'static> {
        PartNumber::new(self.many(1, 4, Self::nz)).unwrap()
    }

    pub(crate) fn section(&mut self) -> Section<'static> {
        let part = self.option(Self::part);
        let names = |gen_: &mut Self| HeaderNames::new(gen_.many(1, 4, Self::header_name));
        let text = match self.below(6) {
            0 => Some(SectionText::Header),
            1 => Some(SectionText::Text),
            2 => Some(SectionText::HeaderFields(names(self))),
            3 => Some(SectionText::HeaderFieldsNot(names(self))),
            4 if part.is_some() => Some(SectionText::Mime),
            _ => None,
        };
        Section { part, text }
    }

    pub(crate) fn partial(&mut self) -> Option<Partial> {
        self.option(|gen_| Partial { offset: gen_.number(), octets: gen_.nz() })
    }

    pub(crate) fn partial_range(&mut self) -> PartialRange {
        let sign = if self.chance() { 1 } else { -1 };
        PartialRange {
            first: sign * i64::from(self.nz().get()),
            last: sign * i64::from(self.nz().get()),
        }
    }

    fn fetch_item(&mut self) -> FetchItem<'static> {
        match self.below(21) {
            0 => FetchItem::Uid,
            1 => FetchItem::Flags,
            2 => FetchItem::InternalDate,
            3 => FetchItem::Rfc822Size,
            4 => FetchItem::Envelope,
            5 => FetchItem::Body,
            6 => FetchItem::BodyStructure,
            7 => FetchItem::Rfc822,
            8 => FetchItem::Rfc822Header,
            9 => FetchItem::Rfc822Text,
            10 => FetchItem::Binary {
                part: self.option(Self::part),
                partial: self.partial(),
                peek: self.chance(),
            },
            11 => FetchItem::BinarySize { part: self.option(Self::part) },
            12 => FetchItem::ModSeq,
            13 => FetchItem::GmailMessageId,
            14 => FetchItem::GmailThreadId,
            15 => FetchItem::GmailLabels,
            16 => FetchItem::EmailId,
            17 => FetchItem::ThreadId,
            18 => FetchItem::Preview { lazy: self.chance() },
            19 => FetchItem::SaveDate,
            _ => FetchItem::BodySection {
                section: self.section(),
                partial: self.partial(),
                peek: self.chance(),
            },
        }
    }

    fn append_message(&mut self) -> AppendMessage<'static> {
        AppendMessage {
            flags: Cow::Owned(self.many(0, 3, Self::flag)),
            date: self.option(Self::date_time),
            octets: self.number64(),
            data: self.pick(&[AppendData::Literal, AppendData::Literal8, AppendData::Utf8]),
        }
    }

    fn select(&mut self) -> SelectParameters<'static> {
        match self.below(3) {
            0 => SelectParameters::None,
            1 => SelectParameters::CondStore,
            _ => SelectParameters::QResync {
                uid_validity: UidValidity::new(self.nz().get()),
                mod_seq: ModSeq::new(self.number64().max(1)),
                known_uids: self.option(|gen_| Cow::Owned(gen_.set())),
            },
        }
    }

    fn status_items(&mut self, least: usize) -> Cow<'static, [StatusItem]> {
        Cow::Owned(self.many(least, 4, |gen_| gen_.pick(StatusItem::ALL)))
    }

    /// Any command.
    pub(crate) fn command(&mut self) -> Command<'static> {
        match self.below(45) {
            0 => Command::Capability,
            1 => Command::Noop,
            2 => Command::Logout,
            3 => Command::StartTls,
            4 => Command::Namespace,
            5 => Command::Compress,
            6 => Command::Idle,
            7 => Command::Unselect,
            8 => Command::Close,
            9 => Command::Expunge,
            10 => Command::Id(Cow::Owned(self.many(0, 3, |gen_| {
                let value = gen_.option(|gen_| gen_.short_argument(1024));
                IdParameter::new(gen_.short_argument(30), value).unwrap()
            }))),
            11 => Command::Login { user: self.argument(), password: self.argument().into() },
            12 => Command::Authenticate {
                mechanism: self.atom(),
                initial_response: self
                    .option(|gen_| Cow::Owned(gen_.many(0, 20, |gen_| gen_.next() as u8))),
            },
            13 => Command::Enable { capabilities: Cow::Owned(self.many(1, 3, Self::atom)) },
            14 | 15 => {
                let mut selection = ListSelection::default();
                selection.subscribed = self.chance();
                selection.remote = self.chance();
                selection.special_use = self.chance();
                selection.recursive_match =
                    (selection.subscribed || selection.special_use) && self.chance();
                let mut returns = ListReturn::default();
                returns.subscribed = self.chance();
                returns.children = self.chance();
                returns.special_use = self.chance();
                returns.my_rights = self.chance();
                returns.status = self.status_items(0);
                let patterns = Cow::Owned(self.many(1, 3, Self::mailbox));
                Command::List { reference: self.mailbox(), patterns, selection, returns }
            }
            16 => Command::Lsub { reference: self.mailbox(), pattern: self.mailbox() },
            17 => Command::Status { mailbox: self.mailbox(), items: self.status_items(1) },
            18 => Command::Select { mailbox: self.mailbox(), parameters: self.select() },
            19 => Command::Examine { mailbox: self.mailbox(), parameters: self.select() },
            20 => Command::Create {
                mailbox: self.mailbox(),
                special_use: Cow::Owned(self.many(0, 2, |gen_| gen_.pick(&NAME_ATTRIBUTES))),
            },
            21 => Command::Delete { mailbox: self.mailbox() },
            22 => Command::Rename { from: self.mailbox(), to: self.mailbox() },
            23 => Command::Subscribe { mailbox: self.mailbox() },
            24 => Command::Unsubscribe { mailbox: self.mailbox() },
            25 => Command::Append { mailbox: self.mailbox(), message: self.append_message() },
            26 => Command::UidExpunge { uids: Cow::Owned(self.set::<Uid>()) },
            27 | 28 => Command::Search {
                uid: self.chance(),
                returns: self.option(Self::search_return),
                query: self.query(4),
            },
            29 => Command::Sort {
                uid: self.chance(),
                criteria: Cow::Owned(self.many(1, 3, Self::sort_criterion)),
                query: self.query(2),
            },
            30 => Command::Thread {
                uid: self.chance(),
                algorithm: self.pick(&[
                    ThreadAlgorithm::OrderedSubject,
                    ThreadAlgorithm::References,
                    ThreadAlgorithm::Refs,
                ]),
                query: self.query(2),
            },
            31 | 32 => {
                let messages = self.messages();
                let mut modifiers = FetchModifiers::default();
                modifiers.changed_since = self.option(|gen_| ModSeq::new(gen_.number64().max(1)));
                modifiers.vanished =
                    messages.is_uid() && modifiers.changed_since.is_some() && self.chance();
                modifiers.partial = self.option(Self::partial_range);
                Command::Fetch {
                    messages,
                    items: Cow::Owned(self.many(1, 6, Self::fetch_item)),
                    modifiers,
                }
            }
            33 | 34 => {
                let flags = Cow::Owned(self.many(0, 3, Self::flag));
                let labels = Cow::Owned(self.many(0, 3, |gen_| {
                    MailboxName::new(gen_.pick(&["a b", "Entwürfe", "x"])).unwrap()
                }));
                Command::Store {
                    messages: self.messages(),
                    action: match self.below(6) {
                        0 => StoreAction::ReplaceFlags(flags),
                        1 => StoreAction::AddFlags(flags),
                        2 => StoreAction::RemoveFlags(flags),
                        3 => StoreAction::ReplaceGmailLabels(labels),
                        4 => StoreAction::AddGmailLabels(labels),
                        _ => StoreAction::RemoveGmailLabels(labels),
                    },
                    silent: self.chance(),
                    unchanged_since: self.option(|gen_| ModSeq::new(gen_.number64())),
                }
            }
            35 => Command::Copy { messages: self.messages(), mailbox: self.mailbox() },
            36 => Command::Move { messages: self.messages(), mailbox: self.mailbox() },
            37 => Command::Replace {
                messages: self.messages(),
                mailbox: self.mailbox(),
                message: self.append_message(),
            },
            38 => Command::GetQuota { root: self.argument() },
            39 => Command::SetQuota {
                root: self.argument(),
                limits: Cow::Owned(self.many(0, 3, |gen_| (gen_.atom(), gen_.number64()))),
            },
            40 => Command::SetAcl {
                mailbox: self.mailbox(),
                identifier: self.argument(),
                rights: self.argument(),
            },
            41 => Command::DeleteAcl { mailbox: self.mailbox(), identifier: self.argument() },
            42 => Command::ListRights { mailbox: self.mailbox(), identifier: self.argument() },
            43 => Command::Check,
            _ => match self.below(3) {
                0 => Command::GetAcl { mailbox: self.mailbox() },
                1 => Command::MyRights { mailbox: self.mailbox() },
                _ => Command::GetQuotaRoot { mailbox: self.mailbox() },
            },
        }
    }
}
