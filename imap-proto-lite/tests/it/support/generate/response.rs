//! Responses from a seed.

use std::num::NonZeroU32;

use imap_proto_lite::{
    argument::Atom,
    body_structure::{
        BodyStructure, BodyStructureBuilder, Disposition, Extension, Languages, Parameters,
        PartFields,
    },
    capability::CapabilityList,
    command::Tag,
    date::ServerDate,
    envelope::{Address, AddressList, Envelope, EnvelopeFields},
    flag::{Flag, Flags},
    list::List,
    response::{
        Acl, AclEntry, Attributes, BodyData, Charsets, Condition, Esearch, Fetch, FetchAttribute,
        Labels, ListEntry, ListRights, MailboxStatus, NamespaceEntry, Namespaces, Numbers, Quota,
        QuotaResource, QuotaRoot, Raw, Response, ResponseCode, ResultSet, SearchResult,
        StatusValue, ThreadMessage, Threads,
    },
    sequence::{ModSeq, Number, Ranges, SeqNumber, Uid, UidValidity},
    string::IString,
};

use super::Gen;

/// Every code that has no argument.
const PLAIN_CODES: [ResponseCode<'static>; 32] = [
    ResponseCode::Alert,
    ResponseCode::Parse,
    ResponseCode::ReadOnly,
    ResponseCode::ReadWrite,
    ResponseCode::TryCreate,
    ResponseCode::UidNotSticky,
    ResponseCode::NoModSeq,
    ResponseCode::Closed,
    ResponseCode::Unavailable,
    ResponseCode::AuthenticationFailed,
    ResponseCode::AuthorizationFailed,
    ResponseCode::Expired,
    ResponseCode::PrivacyRequired,
    ResponseCode::ContactAdmin,
    ResponseCode::NoPerm,
    ResponseCode::InUse,
    ResponseCode::ExpungeIssued,
    ResponseCode::Corruption,
    ResponseCode::ServerBug,
    ResponseCode::ClientBug,
    ResponseCode::Cannot,
    ResponseCode::Limit,
    ResponseCode::OverQuota,
    ResponseCode::AlreadyExists,
    ResponseCode::NonExistent,
    ResponseCode::TooBig,
    ResponseCode::NotSaved,
    ResponseCode::HasChildren,
    ResponseCode::UnknownCte,
    ResponseCode::CompressionActive,
    ResponseCode::UseAttr,
    ResponseCode::UidRequired,
];

impl Gen {
    /// Bytes of a string: any, but no NUL.
    pub(crate) fn string(&mut self) -> IString<'static> {
        if self.chance() {
            return IString::from(self.text());
        }
        IString::new(self.many(0, 12, |gen_| (gen_.next() as u8).max(1)))
    }

    /// Text in a status response: one line, and no code by its first byte.
    fn line(&mut self) -> Raw<'static> {
        let mut line = b"t".to_vec();
        line.extend(self.text().bytes().filter(|octet| !matches!(octet, b'\r' | b'\n')));
        line.into()
    }

    fn ranges<N: Number + From<NonZeroU32>>(&mut self) -> Ranges<'static, N> {
        List::new(self.many(1, 5, Self::range))
    }

    fn flags(&mut self) -> Flags<'static> {
        Flags::new(self.many(0, 4, |gen_| match gen_.below(8) {
            0 => Flag::Recent,
            1 => Flag::Any,
            _ => gen_.flag(),
        }))
    }

    fn capabilities(&mut self) -> CapabilityList<'static> {
        let words = self.many(1, 5, Self::atom);
        CapabilityList::new(words.iter().map(Atom::as_bytes))
    }

    pub(crate) fn code(&mut self) -> ResponseCode<'static> {
        let uid_validity = UidValidity::new(self.number());
        match self.below(20) {
            0..=3 => self.pick(&PLAIN_CODES),
            4 => ResponseCode::BadCharset(Charsets::new(
                self.many(0, 2, |gen_| IString::from(gen_.pick(&["US-ASCII", "a b"]))),
            )),
            5 => ResponseCode::Capability(self.capabilities()),
            6 => ResponseCode::PermanentFlags(self.flags()),
            7 => ResponseCode::UidNext(self.number()),
            8 => ResponseCode::UidValidity(uid_validity),
            9 => ResponseCode::Unseen(self.number()),
            10 => ResponseCode::AppendUid { uid_validity, uids: self.ranges() },
            11 => ResponseCode::CopyUid {
                uid_validity,
                source: self.ranges(),
                destination: self.ranges(),
            },
            12 => ResponseCode::HighestModSeq(ModSeq::new(self.number64())),
            13 => ResponseCode::Modified(self.ranges()),
            14 => ResponseCode::MailboxId(IString::from(format!("i{}", self.number()))),
            15 => ResponseCode::InProgress {
                tag: self.option(|gen_| IString::from(gen_.word())),
                progress: self.option(Self::number64),
                goal: self.option(Self::number64),
            },
            16 => ResponseCode::MessageLimit(self.number()),
            17 => ResponseCode::WebAlert(IString::from("https://example.org/?a=b")),
            18 => ResponseCode::Referral(IString::from("imap://example.org/INBOX")),
            _ => ResponseCode::Other {
                name: IString::from("X-CODE"),
                argument: self.option(|gen_| IString::from(gen_.pick(&["a", "1 2", "(x) \"y\""]))),
            },
        }
    }

    fn addresses(&mut self) -> AddressList<'static> {
        AddressList::new(self.many(0, 3, |gen_| match gen_.below(5) {
            0 => Address::group_start(gen_.string()),
            1 => Address::group_end(),
            _ => {
                let mut address = Address::default();
                address.name = gen_.option(Self::string);
                address.adl = gen_.option(Self::string);
                address.mailbox = gen_.option(Self::string);
                address.host = gen_.option(Self::string);
                address
            }
        }))
    }

    pub(crate) fn envelope(&mut self) -> Envelope<'static> {
        let mut fields = EnvelopeFields::default();
        fields.date = self.option(Self::string);
        fields.subject = self.option(Self::string);
        fields.from = self.addresses();
        fields.sender = self.addresses();
        fields.reply_to = self.addresses();
        fields.to = self.addresses();
        fields.cc = self.addresses();
        fields.bcc = self.addresses();
        fields.in_reply_to = self.option(Self::string);
        fields.message_id = self.option(Self::string);
        Envelope::new(&fields)
    }

    fn parameters(&mut self) -> Parameters<'static> {
        Parameters::new(self.many(0, 3, |gen_| (gen_.string(), gen_.option(Self::string))))
    }

    fn extension(&mut self) -> Extension<'static> {
        let mut extension = Extension::default();
        extension.disposition =
            self.option(|gen_| Disposition::new(gen_.string(), gen_.parameters()));
        extension.languages = Languages::new(self.many(0, 3, Self::string));
        extension.location = self.option(Self::string);
        extension
    }

    fn part_fields(
        &mut self,
        media_type: &'static str,
        subtype: &'static str,
    ) -> PartFields<'static> {
        let mut fields = PartFields::default();
        fields.media_type = IString::from(media_type);
        fields.subtype = IString::from(subtype);
        fields.parameters = self.parameters();
        fields.id = self.option(Self::string);
        fields.description = self.option(Self::string);
        fields.encoding = self.option(Self::string);
        fields.octets = self.number64();
        fields.md5 = self.option(Self::string);
        fields
    }

    fn body_part(&mut self, builder: &mut BodyStructureBuilder, depth: usize, extended: bool) {
        let extension = self.extension();
        let extension = extended.then_some(&extension);
        match self.below(if depth == 0 { 2 } else { 4 }) {
            0 => {
                let fields = self.part_fields("application", "pdf");
                builder.basic(&fields, extension);
            }
            1 => {
                let fields = self.part_fields("text", "plain");
                builder.text(&fields, self.number64(), extension);
            }
            2 => {
                let subtype = self.pick(&["rfc822", "global"]);
                let fields = self.part_fields("message", subtype);
                builder.message_start(&fields, &self.envelope());
                self.body_part(builder, depth - 1, extended);
                builder.message_end(&fields, self.number64(), extension);
            }
            _ => {
                builder.multipart_start();
                for _ in 0..=self.below(3) {
                    self.body_part(builder, depth - 1, extended);
                }
                builder.multipart_end(&IString::from("mixed"), &self.parameters(), extension);
            }
        }
    }

    pub(crate) fn body_structure(&mut self, extended: bool) -> BodyStructure<'static> {
        let mut builder = BodyStructureBuilder::new();
        self.body_part(&mut builder, 4, extended);
        builder.finish().unwrap()
    }

    fn data(&mut self) -> BodyData<'static> {
        match self.below(3) {
            0 => BodyData::Nil,
            1 => BodyData::Streamed {
                octets: if self.chance() { self.number64() } else { self.below(60) as u64 },
            },
            _ => BodyData::Inline(IString::new(self.many(0, 20, |gen_| gen_.next() as u8))),
        }
    }

    pub(crate) fn attribute(&mut self) -> FetchAttribute<'static> {
        match self.below(23) {
            0 => FetchAttribute::Uid(Uid::from(self.nz())),
            1 => FetchAttribute::Flags(self.flags()),
            2 => FetchAttribute::InternalDate(ServerDate::new(self.date_time())),
            3 => FetchAttribute::Rfc822Size(self.number64()),
            4 => FetchAttribute::ModSeq(ModSeq::new(self.number64())),
            5 => FetchAttribute::Envelope(self.envelope()),
            6 => FetchAttribute::Body(self.body_structure(false)),
            7 | 8 => FetchAttribute::BodyStructure(self.body_structure(true)),
            9 => FetchAttribute::Rfc822(self.data()),
            10 => FetchAttribute::Rfc822Header(self.data()),
            11 => FetchAttribute::Rfc822Text(self.data()),
            12 => FetchAttribute::Binary {
                part: self.option(Self::part),
                origin: self.option(Self::number64),
                data: self.data(),
            },
            13 => FetchAttribute::BinarySize {
                part: self.option(Self::part),
                octets: self.number64(),
            },
            14 => FetchAttribute::GmailMessageId(self.number64()),
            15 => FetchAttribute::GmailThreadId(self.number64()),
            16 => FetchAttribute::GmailLabels(Labels::new(self.many(
                0,
                3,
                |gen_| match gen_.below(3) {
                    0 => IString::from("\\Inbox"),
                    _ => gen_.string(),
                },
            ))),
            17 => FetchAttribute::EmailId(IString::from("M1")),
            18 => FetchAttribute::ThreadId(self.option(|_| IString::from("T1"))),
            19 => FetchAttribute::Preview(self.option(Self::string)),
            20 => FetchAttribute::SaveDate(self.option(|gen_| ServerDate::new(gen_.date_time()))),
            21 => FetchAttribute::Unknown {
                name: "X-FOO".into(),
                value: self.pick(&[&b"1"[..], b"(a (b \"c)\"))", b"{3}\r\na)b", b"NIL"]).into(),
            },
            _ => FetchAttribute::BodySection {
                section: self.section(),
                origin: self.option(Self::number64),
                data: self.data(),
            },
        }
    }

    fn attributes(&mut self) -> Attributes<'static> {
        Attributes::new(self.many(0, 6, Self::attribute))
    }

    fn delimiter(&mut self) -> Option<u8> {
        self.option(|gen_| gen_.pick(b"/.\\\""))
    }

    fn list_entry(&mut self) -> ListEntry<'static> {
        let attributes = List::new(self.many(0, 3, |gen_| gen_.pick(&super::NAME_ATTRIBUTES)));
        let mut entry = ListEntry::new(attributes, self.delimiter(), self.mailbox());
        if self.chance() {
            entry.child_info = self.many(0, 2, |_| IString::from("SUBSCRIBED"));
            entry.old_name = self.option(Self::mailbox);
        }
        entry
    }

    fn status_value(&mut self) -> StatusValue<'static> {
        match self.below(12) {
            0 => StatusValue::Messages(self.number64()),
            1 => StatusValue::Recent(self.number64()),
            2 => StatusValue::UidNext(self.number64()),
            3 => StatusValue::UidValidity(UidValidity::new(self.number())),
            4 => StatusValue::Unseen(self.number64()),
            5 => StatusValue::Deleted(self.number64()),
            6 => StatusValue::Size(self.number64()),
            7 => StatusValue::DeletedStorage(self.number64()),
            8 => StatusValue::HighestModSeq(ModSeq::new(self.number64())),
            9 => StatusValue::AppendLimit(self.option(Self::number64)),
            10 => StatusValue::MailboxId(IString::from("F1")),
            _ => StatusValue::Other {
                name: IString::from("X-ITEM"),
                value: IString::from(self.pick(&["1", "NIL", "(a b)"])),
            },
        }
    }

    fn namespaces(&mut self) -> Vec<NamespaceEntry<'static>> {
        self.many(0, 2, |gen_| NamespaceEntry {
            prefix: gen_.string(),
            delimiter: gen_.delimiter(),
            extensions: gen_.many(0, 1, |gen_| (gen_.string(), gen_.many(1, 2, Self::string))),
        })
    }

    fn result_set(&mut self, uid: bool) -> ResultSet<'static> {
        if uid { ResultSet::Uid(self.ranges()) } else { ResultSet::Sequence(self.ranges()) }
    }

    fn esearch(&mut self) -> Esearch<'static> {
        let mut result = Esearch::default();
        result.tag = self.option(|gen_| IString::from(gen_.word()));
        result.uid = self.chance();
        result.min = self.option(Self::nz);
        result.max = self.option(Self::nz);
        result.all = self.option(|_| ()).map(|()| self.result_set(result.uid));
        result.count = self.option(Self::number);
        result.mod_seq = self.option(|gen_| ModSeq::new(gen_.number64()));
        let uid = result.uid;
        result.partial = self.option(|gen_| {
            let range = gen_.partial_range();
            (range, gen_.option(|_| ()).map(|()| gen_.result_set(uid)))
        });
        result.others = self.many(0, 1, |_| (IString::from("X-RESULT"), IString::from("(1 2)")));
        result
    }

    /// Threads within the grammar: a missing message begins a thread and has at least two answers.
    pub(crate) fn threads(&mut self) -> Threads {
        let mut threads = Threads::default();
        for _ in 0..self.below(4) {
            let number = self.option(Self::nz);
            threads.messages.push(ThreadMessage { number, parent: None });
            let root = threads.messages.len() - 1;
            let answers = if number.is_none() { 2 + self.below(2) } else { self.below(3) };
            for _ in 0..answers {
                self.thread(&mut threads, root, 3);
            }
        }
        threads
    }

    fn thread(&mut self, threads: &mut Threads, parent: usize, depth: usize) {
        threads.messages.push(ThreadMessage { number: Some(self.nz()), parent: Some(parent) });
        let place = threads.messages.len() - 1;
        if depth > 0 {
            for _ in 0..self.below(3) {
                self.thread(threads, place, depth - 1);
            }
        }
    }

    /// Any response.
    pub(crate) fn response(&mut self) -> Response<'static> {
        match self.below(30) {
            0 => Response::Tagged {
                tag: Tag::new(self.pick(&["A1", "x.y", "9]"])).unwrap(),
                condition: self.pick(&[Condition::Ok, Condition::No, Condition::Bad]),
                code: self.option(Self::code),
                text: self.line(),
            },
            1 | 2 => Response::Condition {
                condition: self.pick(&[
                    Condition::Ok,
                    Condition::No,
                    Condition::Bad,
                    Condition::Bye,
                    Condition::PreAuth,
                ]),
                code: self.option(Self::code),
                text: self.line(),
            },
            3 => Response::Continuation { text: self.line() },
            4 => Response::Capability(self.capabilities()),
            5 => Response::Enabled(self.capabilities()),
            6 => Response::List(self.list_entry()),
            7 => Response::Lsub(self.list_entry()),
            8 => Response::Status(MailboxStatus::new(
                self.mailbox(),
                List::new(self.many(0, 4, Self::status_value)),
            )),
            9 => Response::Flags(self.flags()),
            10 => Response::Exists(self.number()),
            11 => Response::Recent(self.number()),
            12 => Response::Expunge(SeqNumber::from(self.nz())),
            13 => Response::Vanished { earlier: self.chance(), uids: self.ranges() },
            14 => Response::UidFetch { uid: Uid::from(self.nz()), attributes: self.attributes() },
            15 => Response::Search(SearchResult::new(
                Numbers::new(self.many(0, 5, Self::nz)),
                self.option(|gen_| ModSeq::new(gen_.number64())),
            )),
            16 => Response::Sort(SearchResult::new(Numbers::new(self.many(0, 5, Self::nz)), None)),
            17 => Response::Esearch(self.esearch()),
            18 => Response::Thread(self.threads()),
            19 => {
                let mut namespaces = Namespaces::default();
                namespaces.personal = self.namespaces();
                namespaces.other_users = self.namespaces();
                namespaces.shared = self.namespaces();
                Response::Namespace(namespaces)
            }
            20 => {
                Response::Id(self.option(|gen_| {
                    gen_.many(0, 3, |gen_| (gen_.string(), gen_.option(Self::string)))
                }))
            }
            21 => Response::Quota(Quota {
                root: self.string(),
                resources: self.many(0, 2, |gen_| QuotaResource {
                    name: IString::from("STORAGE"),
                    usage: gen_.number64(),
                    limit: gen_.number64(),
                }),
            }),
            22 => Response::QuotaRoot(QuotaRoot {
                mailbox: self.mailbox(),
                roots: self.many(0, 3, Self::string),
            }),
            23 => Response::Acl(Acl {
                mailbox: self.mailbox(),
                entries: self.many(0, 3, |gen_| AclEntry {
                    identifier: gen_.string(),
                    rights: gen_.string(),
                }),
            }),
            24 => Response::MyRights { mailbox: self.mailbox(), rights: self.string() },
            25 => Response::ListRights(ListRights {
                mailbox: self.mailbox(),
                identifier: self.string(),
                required: self.string(),
                optional: self.many(0, 3, Self::string),
            }),
            26 => Response::Noop,
            _ => Response::Fetch(Fetch::new(SeqNumber::from(self.nz()), self.attributes())),
        }
    }
}
