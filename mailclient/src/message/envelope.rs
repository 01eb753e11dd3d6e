//! [`Envelope`]: the header fields that a list of messages shows.

use crate::message::{
    address::{Address, MOST, addresses, without_comments},
    date::DateTime,
    fields::{fields, without_bom},
    words::{clean, decode, unstructured},
};

/// The header fields that a list of messages shows, the same on both protocols: decoded (RFC 2047,
/// RFC 6532), on one line, without control characters. Of repeated fields the first counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Envelope {
    /// `Date`: the time that the author gave.
    pub date: Option<DateTime>,
    /// `From`
    pub from: Vec<Address>,
    /// `Sender`
    pub sender: Option<Address>,
    /// `Reply-To`
    pub reply_to: Vec<Address>,
    /// `To`
    pub to: Vec<Address>,
    /// `Cc`
    pub cc: Vec<Address>,
    /// `Bcc`
    pub bcc: Vec<Address>,
    /// `Subject`
    pub subject: Option<String>,
    /// `Message-ID`, without its angle brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To`, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// `References`, oldest first, without angle brackets.
    pub references: Vec<String>,
}

/// The header fields of an [`Envelope`], to ask a server for.
pub(crate) const FIELDS: [&str; 11] = [
    "DATE",
    "FROM",
    "SENDER",
    "REPLY-TO",
    "TO",
    "CC",
    "BCC",
    "SUBJECT",
    "MESSAGE-ID",
    "IN-REPLY-TO",
    "REFERENCES",
];

impl Envelope {
    /// An envelope without any field, to be filled: its fields are public.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a subject.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// With one more address in `From`.
    #[must_use]
    pub fn with_from(mut self, from: Address) -> Self {
        self.from.push(from);
        self
    }

    /// With one more address in `To`.
    #[must_use]
    pub fn with_to(mut self, to: Address) -> Self {
        self.to.push(to);
        self
    }

    /// With the time that the author gave.
    #[must_use]
    pub const fn with_date(mut self, date: DateTime) -> Self {
        self.date = Some(date);
        self
    }

    /// Decodes a header block, or the header of a whole message. Never fails: an unreadable field
    /// is absent, and of each field the first 10,000 addresses or ids are read.
    #[must_use]
    pub fn parse(header: &[u8]) -> Self {
        let mut raw = [None; FIELDS.len()];
        for field in fields(without_bom(header)) {
            let is_field = |name: &&str| field.name.eq_ignore_ascii_case(name.as_bytes());
            if let Some(slot) = FIELDS.iter().position(is_field).and_then(|at| raw.get_mut(at)) {
                slot.get_or_insert(field.value);
            }
        }
        // In the order of `FIELDS`.
        let [date, from, sender, reply_to, to, cc, bcc, subject, id, in_reply_to, references] = raw;
        let list = |value: Option<&[u8]>| value.map(addresses).unwrap_or_default();
        let ids =
            |value: Option<&[u8]>, most| value.map(|value| ids(value, most)).unwrap_or_default();
        Self {
            date: date.and_then(DateTime::from_field),
            from: list(from),
            sender: list(sender).into_iter().next(),
            reply_to: list(reply_to),
            to: list(to),
            cc: list(cc),
            bcc: list(bcc),
            subject: subject.map(unstructured),
            message_id: ids(id, 1).pop(),
            in_reply_to: ids(in_reply_to, MOST),
            references: ids(references, MOST),
        }
    }
}

/// The message ids of a field: the texts in angle brackets, or its words if there are none.
pub(super) fn ids(value: &[u8], most: usize) -> Vec<String> {
    let id = |raw: &[u8]| {
        let mut id = clean(&decode(raw, None));
        id.retain(|char| !char.is_whitespace());
        Some(id).filter(|id| !id.is_empty())
    };
    let value = without_comments(value);
    let in_brackets = value.split(|byte| *byte == b'<').skip(1);
    let in_brackets = in_brackets.filter_map(|rest| id(rest.split(|byte| *byte == b'>').next()?));
    let found: Vec<String> = in_brackets.take(most).collect();
    if found.is_empty() {
        return value.split(u8::is_ascii_whitespace).filter_map(id).take(most).collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Envelope;

    #[test]
    fn envelopes_are_read_from_headers() {
        let envelope = Envelope::parse(
            b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>, plain@example.org\r\n\
              Sender: s@example.org\r\nReply-To: r@example.org\r\n\
              To: team: a@example.org, b@example.org;\r\nCc: c@x\r\nBcc: d@x\r\n\
              Subject: =?iso-8859-1?b?Z3L832U=?=\r\n\
              Date: Tue, 24 Nov 2026 01:02:03 -0130\r\n\
              Message-ID: <1@example.org>\r\nIn-Reply-To: <b@x>\r\n\
              References: <a@x> <b@x>\r\n\r\nSubject: of the body",
        );
        let shown = |list: &[super::Address]| {
            list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(shown(&envelope.from), "J\u{fc}rgen <j@example.org>, plain@example.org");
        assert_eq!(envelope.sender.unwrap().to_string(), "s@example.org");
        assert_eq!(shown(&envelope.reply_to), "r@example.org");
        assert_eq!(shown(&envelope.to), "a@example.org, b@example.org");
        assert_eq!((shown(&envelope.cc), shown(&envelope.bcc)), ("c@x".into(), "d@x".into()));
        assert_eq!(envelope.subject.as_deref(), Some("gr\u{fc}\u{df}e"));
        assert_eq!(envelope.date.unwrap().to_string(), "2026-11-24T01:02:03-01:30");
        assert_eq!(envelope.message_id.as_deref(), Some("1@example.org"));
        assert_eq!(envelope.in_reply_to, ["b@x"]);
        assert_eq!(envelope.references, ["a@x", "b@x"]);
    }

    #[test]
    fn a_damaged_field_costs_itself() {
        for date in ["Z", "UT", "est", "", "99:99", "\"(<"] {
            for end in ["\r\n", "\n"] {
                let header =
                    [&format!("Date: Tue, 25 Apr 2023 15:09:57 {date}"), "Subject: s", "To: a@x"];
                let envelope = Envelope::parse(header.join(end).as_bytes());
                let found = (envelope.subject.as_deref(), envelope.to.len());
                assert_eq!(found, (Some("s"), 1), "{date}");
            }
        }
        let marked = Envelope::parse(b"\xef\xbb\xbfSubject: s\r\n");
        assert_eq!(marked.subject.as_deref(), Some("s"));
        assert_eq!(Envelope::parse(b""), Envelope::default());
        assert_eq!(Envelope::parse(b"\xff\x00:\r\n\r\n"), Envelope::default());
        assert_eq!(Envelope::parse(b"\r\nSubject: of the body"), Envelope::default());
    }

    #[test]
    fn message_ids_are_read_without_what_is_around_them() {
        let rows = [
            ("<a@x>", "a@x"),
            ("<1234   @   local(blah)  .machine .example>", "1234@local.machine.example"),
            ("Your mail of <today> <b@x>\r\n <c@x", "today b@x c@x"),
            ("a@x b@x", "a@x b@x"),
            ("<>", "<>"),
            ("", ""),
            ("<a\x1b@x>", "a\u{fffd}@x"),
        ];
        for (value, expected) in rows {
            let field = format!("References: {value}\r\n");
            assert_eq!(Envelope::parse(field.as_bytes()).references.join(" "), expected);
        }
    }
}
