//! [`Message`]: a whole message as text and attachments; and the values of messages.

mod address;
mod attachment;
mod date;
mod describe;
mod envelope;
mod fields;
mod flags;
mod html;
mod parameters;
mod parts;
mod size;
mod transfer;
mod words;

use bytes::Bytes;

pub use self::{
    address::Address,
    attachment::Attachment,
    date::{DateTime, NotADateTime},
    envelope::Envelope,
    flags::{FlagChange, Flags, PermanentFlags},
    size::SizeHint,
    transfer::Content,
};
pub(crate) use self::{
    describe::Described,
    envelope::FIELDS,
    parameters::Parameters,
    parts::{encoding, with_default},
    transfer::{Decoder, Encoding},
};
use self::{
    describe::describe,
    html::text_of_html,
    parts::{Place, find_parts},
    words::decode,
};
use crate::structure::{Role, Structure, roles};

/// A whole message, taken apart: its header fields, its text, and its attachments with their bytes.
///
/// Reading one never fails: a damaged field or part costs itself. At most 10,000 parts are found,
/// and at most 100 inside of each other; a deeper one is an attachment. Nothing is copied before it
/// is asked for.
///
/// ```
/// use mailclient::Message;
///
/// let message = Message::parse(
///     "Subject: =?utf-8?q?caf=C3=A9?=\r\n\
///      Content-Type: multipart/mixed; boundary=b\r\n\r\n\
///      --b\r\nContent-Type: text/html\r\n\r\n<p>see the <b>file</b>\r\n\
///      --b\r\nContent-Disposition: attachment; filename=a.bin\r\n\
///      Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n",
/// );
/// assert_eq!(message.envelope().subject.as_deref(), Some("caf\u{e9}"));
/// assert_eq!(message.text(), "see the file\n");
/// let attachments = message.attachments();
/// assert_eq!(attachments[0].name.as_deref(), Some("a.bin"));
/// assert_eq!(attachments[0].content().into_vec(), [0, 1, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct Message {
    bytes: Bytes,
    /// Each before its children.
    parts: Vec<Place>,
}

impl Message {
    /// Takes a message apart, as it was fetched. Work is linear in its size.
    #[must_use]
    pub fn parse(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let parts = find_parts(&bytes);
        Self { bytes, parts }
    }

    /// Its header fields.
    #[must_use]
    pub fn envelope(&self) -> Envelope {
        let header = self.parts.first().and_then(|part| self.bytes.get(part.header.clone()));
        Envelope::parse(header.unwrap_or_default())
    }

    /// Its text: all text parts that are shown, and without their tags those that are HTML only.
    /// Empty if there are none. Lines end as the sender wrote them.
    ///
    /// ```
    /// let message = "Content-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\u{e9}\r\n";
    /// let bytes: Vec<u8> = message.chars().map(|char| char as u8).collect();
    /// assert_eq!(mailclient::Message::parse(bytes).text(), "caf\u{e9}\r\n");
    /// ```
    #[must_use]
    pub fn text(&self) -> String {
        self.join_texts(|role, text| match role {
            Role::Plain => Some(text()),
            Role::Html { has_plain: false } => Some(text_of_html(&text())),
            _ => None,
        })
    }

    /// Its HTML: all HTML parts that are shown. `None` if there are none.
    #[must_use]
    pub fn html(&self) -> Option<String> {
        let html = self.join_texts(|role, text| matches!(role, Role::Html { .. }).then(text));
        Some(html).filter(|html| !html.is_empty())
    }

    /// All parts that are not its text, in order. An enclosed message is one attachment: its own
    /// parts are found by [`parse`](Self::parse) of its bytes.
    #[must_use]
    pub fn attachments(&self) -> Vec<Attachment> {
        let parts = self.structure().parts;
        let roles = roles(&parts);
        let all = self.parts.iter().zip(parts).zip(roles);
        all.filter(|(_, role)| *role == Role::Attachment)
            .map(|((place, part), _)| Attachment {
                path: part.path,
                name: part.name,
                media_type: part.media_type,
                disposition: part.disposition,
                content_id: part.content_id,
                body: self.bytes.slice(place.body.clone()),
                encoding: part.encoding.unwrap_or_default(),
            })
            .collect()
    }

    /// Its MIME tree, as [`Mailbox::structure`](crate::Mailbox::structure) tells it of a message
    /// that was not fetched. Types and encodings that are missing are the defaults of RFC 2045.
    #[must_use]
    pub fn structure(&self) -> Structure {
        Structure::new(describe(&self.bytes, &self.parts))
    }

    /// One after the other, the texts that `show` makes of the parts, whose decoded text it is
    /// given on demand.
    fn join_texts(&self, show: impl Fn(Role, &dyn Fn() -> String) -> Option<String>) -> String {
        let mut all = String::new();
        let parts = self.structure().parts;
        let roles = roles(&parts);
        for ((place, part), role) in self.parts.iter().zip(&parts).zip(roles) {
            let text = || {
                let encoding = part.encoding.as_deref().unwrap_or_default();
                let content = Content::new(self.bytes.slice(place.body.clone()), encoding);
                decode(&content.into_vec(), part.charset().map(str::as_bytes))
            };
            if let Some(text) = show(role, &text) {
                // The line end before a boundary belongs to the boundary.
                if !all.is_empty() && !all.ends_with('\n') {
                    all.push('\n');
                }
                all.push_str(&text);
            }
        }
        all
    }
}
