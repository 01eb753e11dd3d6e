//! [`Envelope`] and [`text`]: headers and text of a message, decoded by `mail-parser`.

use std::fmt;

use mail_parser::{HeaderValue, Message, MessageParser};

use crate::message::DateTime;

/// The header fields that a list of messages shows, decoded (RFC 2047, RFC 6532), the same on both
/// protocols.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// `Date`: the time that the author gave.
    pub date: Option<DateTime>,
    /// `From`
    pub from: Vec<Address>,
    /// `To`
    pub to: Vec<Address>,
    /// `Cc`
    pub cc: Vec<Address>,
    /// `Reply-To`
    pub reply_to: Vec<Address>,
    /// `Subject`
    pub subject: Option<String>,
    /// `Message-ID`, without its angle brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To`, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// `References`, oldest first, without angle brackets.
    pub references: Vec<String>,
}

/// One address of a header field. The members of a group are in the list without its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// The display name, decoded.
    pub name: Option<String>,
    /// `local@domain`, as written.
    pub email: Option<String>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.email) {
            (Some(name), Some(email)) => write!(f, "{name} <{email}>"),
            (Some(only), None) | (None, Some(only)) => f.write_str(only),
            (None, None) => Ok(()),
        }
    }
}

/// The header fields of an [`Envelope`], to ask a server for.
pub(crate) const FIELDS: [&str; 9] =
    ["DATE", "FROM", "TO", "CC", "REPLY-TO", "SUBJECT", "MESSAGE-ID", "IN-REPLY-TO", "REFERENCES"];

impl Envelope {
    /// Decodes a header block, or the header of a whole message. Never fails: an unreadable field
    /// is absent.
    #[must_use]
    pub fn parse(header: &[u8]) -> Self {
        let Some(mut message) = MessageParser::default().parse_headers(header) else {
            return Self::default();
        };
        // The first of repeated fields counts, as in servers and mail programs. The parser's
        // look-up begins at the end.
        if let Some(root) = message.parts.first_mut() {
            root.headers.reverse();
        }
        Self {
            date: message.date().map(date_time),
            from: addresses(message.from()),
            to: addresses(message.to()),
            cc: addresses(message.cc()),
            reply_to: addresses(message.reply_to()),
            subject: message.subject().map(Into::into),
            message_id: message.message_id().map(Into::into),
            in_reply_to: ids(message.in_reply_to()),
            references: ids(message.references()),
        }
    }
}

fn date_time(date: &mail_parser::DateTime) -> DateTime {
    let offset = i16::from(date.tz_hour) * 60 + i16::from(date.tz_minute);
    DateTime {
        year: date.year,
        month: date.month,
        day: date.day,
        hour: date.hour,
        minute: date.minute,
        second: date.second,
        offset_minutes: if date.tz_before_gmt { -offset } else { offset },
    }
}

fn addresses(field: Option<&mail_parser::Address<'_>>) -> Vec<Address> {
    let owned = |text: &Option<std::borrow::Cow<'_, str>>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(Into::into)
    };
    field
        .into_iter()
        .flat_map(mail_parser::Address::iter)
        .map(|address| Address { name: owned(&address.name), email: owned(&address.address) })
        .filter(|address| address.name.is_some() || address.email.is_some())
        .collect()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.clone().into_owned()],
        HeaderValue::TextList(ids) => ids.iter().map(|id| id.clone().into_owned()).collect(),
        _ => Vec::new(),
    }
}

/// The readable text of a whole message: its text parts, or its HTML without the tags.
///
/// ```
/// let message = b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\xe9\r\n";
/// assert_eq!(mailclient::text(message), "caf\u{e9}\r\n");
/// ```
#[must_use]
pub fn text(message: &[u8]) -> String {
    let Some(message) = MessageParser::default().parse(message) else {
        return String::new();
    };
    let mut text = String::new();
    for index in 0..message.text_body_count() {
        if let Some(part) = message.body_text(index) {
            text.push_str(&part);
        }
    }
    text
}

/// The names and bytes of the attachments of a whole message.
#[must_use]
pub fn attachments(message: &[u8]) -> Vec<(Option<String>, usize)> {
    use mail_parser::MimeHeaders;
    let message: Message<'_> = MessageParser::default().parse(message).unwrap_or_default();
    message.attachments().map(|part| (part.attachment_name().map(Into::into), part.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::{Envelope, text};

    #[test]
    fn decodes_what_people_write() {
        let envelope = Envelope::parse(
            b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>, plain@example.org\r\n\
              To: team: a@example.org, b@example.org;\r\n\
              Subject: =?iso-8859-1?b?Z3L832U=?=\r\n\
              Date: Tue, 24 Nov 2026 01:02:03 -0130\r\n\
              Message-ID: <1@example.org>\r\n\
              References: <a@x> <b@x>\r\n\r\n",
        );
        assert_eq!(envelope.from[0].to_string(), "J\u{fc}rgen <j@example.org>");
        assert_eq!(envelope.from[1].to_string(), "plain@example.org");
        assert_eq!(envelope.to.len(), 2);
        assert_eq!(envelope.subject.as_deref(), Some("gr\u{fc}\u{df}e"));
        assert_eq!(envelope.date.unwrap().to_string(), "2026-11-24T01:02:03-01:30");
        assert_eq!(envelope.message_id.as_deref(), Some("1@example.org"));
        assert_eq!(envelope.references, ["a@x", "b@x"]);
    }

    #[test]
    fn of_a_field_that_stands_twice_the_first_counts() {
        let envelope = Envelope::parse(b"Subject: one\r\nSubject: two\r\n\r\n");
        assert_eq!(envelope.subject.as_deref(), Some("one"));
    }

    #[test]
    fn nothing_is_an_empty_envelope() {
        assert_eq!(Envelope::parse(b""), Envelope::default());
        assert_eq!(Envelope::parse(b"\xff\x00:\r\n\r\n"), Envelope::default());
        assert_eq!(text(b""), "");
    }
}
