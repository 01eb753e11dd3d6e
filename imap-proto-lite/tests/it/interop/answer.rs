//! All that came until a command was answered.

use imap_proto_lite::{
    CommandKind, Flags, Response, SeqNumber, Status, Uid,
    response::{BodyData, Esearch, Fetch, FetchAttribute, ResponseCode},
    section::Section,
};

/// A body that went by before its FETCH line.
pub(crate) struct Body {
    pub(crate) seq: Option<SeqNumber>,
    pub(crate) section: Section<'static>,
    pub(crate) origin: Option<u64>,
    pub(crate) binary: bool,
    pub(crate) announced: u64,
    pub(crate) octets: Vec<u8>,
    pub(crate) ended: bool,
}

/// A body item of a FETCH line with its bytes, wherever they were.
pub(crate) struct Content {
    pub(crate) seq: SeqNumber,
    pub(crate) section: Section<'static>,
    pub(crate) origin: Option<u64>,
    pub(crate) binary: bool,
    /// `None` is NIL.
    pub(crate) octets: Option<Vec<u8>>,
}

/// The answer to a command.
pub(crate) struct Answer {
    pub(crate) kind: CommandKind,
    pub(crate) status: Status,
    pub(crate) code: Option<ResponseCode<'static>>,
    pub(crate) text: String,
    pub(crate) responses: Vec<Response<'static>>,
    pub(crate) contents: Vec<Content>,
    /// The server has asked for the bytes of a message.
    pub(crate) asked_for_data: bool,
    /// Bodies whose FETCH line did not come yet.
    pub(crate) pending: Vec<Body>,
}

impl Answer {
    pub(crate) const fn new(kind: CommandKind) -> Self {
        Self {
            kind,
            status: Status::Bad,
            code: None,
            text: String::new(),
            responses: Vec::new(),
            contents: Vec::new(),
            asked_for_data: false,
            pending: Vec::new(),
        }
    }

    /// Takes a response, and pairs the bodies that came before a FETCH line with its items.
    #[track_caller]
    pub(crate) fn push(&mut self, response: Response<'static>) {
        if let Response::Fetch(fetch) = &response {
            let mut streamed = std::mem::take(&mut self.pending).into_iter();
            for attribute in fetch.iter() {
                let (section, origin, binary, data) = match attribute {
                    FetchAttribute::BodySection { section, origin, data } => {
                        (section.into_owned(), origin, false, data)
                    }
                    FetchAttribute::Binary { part, origin, data } => {
                        let part = part.map(|part| part.into_owned());
                        (Section { part, text: None }, origin, true, data)
                    }
                    FetchAttribute::Rfc822(data) => (Section::full(), None, false, data),
                    FetchAttribute::Rfc822Header(data) => (Section::header(), None, false, data),
                    FetchAttribute::Rfc822Text(data) => (Section::text(), None, false, data),
                    _ => continue,
                };
                let octets = match data {
                    BodyData::Nil => None,
                    BodyData::Inline(value) => Some(value.to_cow().into_owned()),
                    BodyData::Streamed { octets } => {
                        let body = streamed.next().expect("a body for each streamed item");
                        assert!(body.ended);
                        assert_eq!(body.seq, Some(fetch.seq));
                        assert_eq!(
                            (&body.section, body.origin, body.binary),
                            (&section, origin, binary)
                        );
                        assert_eq!(body.octets.len() as u64, octets);
                        Some(body.octets)
                    }
                    other => panic!("{other:?}"),
                };
                self.contents.push(Content { seq: fetch.seq, section, origin, binary, octets });
            }
            assert!(streamed.next().is_none(), "a body without its item");
        }
        self.responses.push(response);
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, Status::Ok, "{:?}: {}", self.kind, self.text);
        assert!(self.pending.is_empty());
        self
    }

    #[track_caller]
    pub(crate) fn no(self) -> Self {
        assert_eq!(self.status, Status::No, "{:?}: {}", self.kind, self.text);
        self
    }

    #[track_caller]
    pub(crate) fn bad(self) -> Self {
        assert_eq!(self.status, Status::Bad, "{:?}: {}", self.kind, self.text);
        self
    }

    /// The codes of untagged OK responses, and that of the tagged one.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &ResponseCode<'static>> {
        let untagged = self.responses.iter().filter_map(|response| match response {
            Response::Condition { code: Some(code), .. } => Some(code),
            _ => None,
        });
        untagged.chain(&self.code)
    }

    pub(crate) fn permanent_flags(&self) -> Option<&Flags<'static>> {
        self.codes().find_map(|code| match code {
            ResponseCode::PermanentFlags(flags) => Some(flags),
            _ => None,
        })
    }

    pub(crate) fn fetches(&self) -> impl Iterator<Item = &Fetch<'static>> {
        self.responses.iter().filter_map(|response| match response {
            Response::Fetch(fetch) => Some(fetch),
            _ => None,
        })
    }

    /// The only FETCH response.
    #[track_caller]
    pub(crate) fn fetch(&self) -> &Fetch<'static> {
        let mut all = self.fetches();
        let one = all.next().expect("a FETCH response");
        assert!(all.next().is_none(), "more than one FETCH response");
        one
    }

    /// What `pick` finds among the attributes of the only FETCH response.
    #[track_caller]
    pub(crate) fn attribute<T>(&self, pick: impl Fn(FetchAttribute<'_>) -> Option<T>) -> T {
        let fetch = self.fetch();
        fetch.iter().find_map(pick).unwrap_or_else(|| panic!("not in {fetch:?}"))
    }

    /// The bytes of a section of the only FETCH response.
    #[track_caller]
    pub(crate) fn section(&self, section: &Section<'_>) -> &[u8] {
        let content = self
            .contents
            .iter()
            .find(|content| content.section == *section)
            .unwrap_or_else(|| panic!("no {section} in {:?}", self.responses));
        content.octets.as_deref().expect("not NIL")
    }

    /// The numbers of SEARCH, in ascending order, whether the answer is SEARCH or ESEARCH.
    #[track_caller]
    pub(crate) fn found(&self) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let mut answers = 0;
        for response in &self.responses {
            match response {
                Response::Search(result) => {
                    answers += 1;
                    found.extend(result.numbers.iter().map(|number| number.get()));
                }
                Response::Esearch(_) => panic!("ESEARCH though not asked for"),
                _ => {}
            }
        }
        assert!(answers > 0, "no SEARCH response");
        found.sort_unstable();
        found
    }

    /// The only ESEARCH response.
    #[track_caller]
    pub(crate) fn esearch(&self) -> &Esearch<'static> {
        let mut all = self.responses.iter().filter_map(|response| match response {
            Response::Esearch(result) => Some(result),
            _ => None,
        });
        let one = all.next().expect("an ESEARCH response");
        assert!(all.next().is_none(), "more than one ESEARCH response");
        one
    }

    /// The UIDs of APPENDUID.
    #[track_caller]
    pub(crate) fn appended(&self) -> Option<Vec<Uid>> {
        self.codes().find_map(|code| match code {
            ResponseCode::AppendUid { uids, .. } => Some(uids.numbers().collect()),
            _ => None,
        })
    }

    /// The pairs of COPYUID.
    pub(crate) fn copied(&self) -> Option<Vec<(Uid, Uid)>> {
        self.codes().find_map(|code| match code {
            ResponseCode::CopyUid { source, destination, .. } => {
                Some(source.numbers().zip(destination.numbers()).collect())
            }
            _ => None,
        })
    }
}
