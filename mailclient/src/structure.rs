//! [`Structure`]: the MIME tree of a message.

use std::num::NonZeroU32;

/// The MIME tree of a message, as the server describes it (RFC 9051 section 7.5.2, BODYSTRUCTURE)
/// or as it was found in the message itself. Kept flat, so that a deep one needs no deep stack.
///
/// ```
/// use mailclient::{Message, Part};
///
/// let structure = Message::parse(
///     "Content-Type: multipart/mixed; boundary=b\r\n\r\n\
///      --b\r\n\r\nSee the file.\r\n\
///      --b\r\nContent-Type: text/csv; name=table.csv\r\n\r\n1,2\r\n--b--\r\n",
/// )
/// .structure();
/// assert!(structure.has_attachments());
/// assert_eq!(structure.text().unwrap().media_type, "text/plain");
/// let table = structure.attachments()[0];
/// assert_eq!(table.name.as_deref(), Some("table.csv"));
/// // Reads this part only.
/// let part = Part::decoded_section(table.path.clone());
/// # drop(part);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Structure {
    /// The parts, each before its children; the first is the message.
    pub parts: Vec<MimePart>,
}

/// One part of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct MimePart {
    /// Its path, for [`Part::section`](crate::Part::section) (RFC 9051 section 6.4.5.1). Empty for
    /// a multipart that is the whole body of a message, which has no path.
    pub path: Vec<NonZeroU32>,
    /// The place of its parent in [`Structure::parts`].
    pub parent: Option<usize>,
    /// Type and subtype in lower case: `text/plain`.
    pub media_type: String,
    /// The parameters of the type, such as `charset`, `boundary`, `method`: names in lower case,
    /// values decoded. At most 32.
    pub parameters: Vec<(String, String)>,
    /// The file name, decoded, without control characters. The sender chose it: it may be a path,
    /// or the name of a program.
    pub name: Option<String>,
    /// The transfer encoding in lower case: `base64`. `None` for a multipart: it has none.
    pub encoding: Option<String>,
    /// The disposition in lower case: `attachment`.
    pub disposition: Option<String>,
    /// The `Content-ID`, without angle brackets.
    pub content_id: Option<String>,
    /// The `Content-Description`, decoded.
    pub description: Option<String>,
    /// The size in bytes, in its transfer encoding. `None` for a multipart, and where the server
    /// tells no readable one.
    pub size: Option<u64>,
}

/// What a part is to the reader of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    /// With or without an alternative that is plain text.
    Html {
        has_plain: bool,
    },
    Attachment,
    /// Parts, and what is in an enclosed message.
    Other,
}

impl Structure {
    /// A tree of parts, each before its children.
    #[must_use]
    pub const fn new(parts: Vec<MimePart>) -> Self {
        Self { parts }
    }

    /// The part with this path.
    #[must_use]
    pub fn part(&self, path: &[NonZeroU32]) -> Option<&MimePart> {
        self.parts.iter().find(|part| !path.is_empty() && part.path == path)
    }

    /// The children of the part at a place in [`parts`](Self::parts), with their places. The child
    /// of a `message/rfc822` is the body of the enclosed message.
    pub fn children(&self, place: usize) -> impl Iterator<Item = (usize, &MimePart)> {
        let later = self.parts.iter().enumerate().skip(place.saturating_add(1));
        later.filter(move |(_, part)| part.parent == Some(place))
    }

    /// The plain text to show: the first `text/plain` that is neither an attachment nor in an
    /// enclosed message. A newsletter may have only [`html`](Self::html).
    #[must_use]
    pub fn text(&self) -> Option<&MimePart> {
        self.with_role(|role| role == Role::Plain).next()
    }

    /// The HTML to show: the first `text/html` that is neither an attachment nor in an enclosed
    /// message.
    #[must_use]
    pub fn html(&self) -> Option<&MimePart> {
        self.with_role(|role| matches!(role, Role::Html { .. })).next()
    }

    /// All parts that are not the text of the message, in order: the same ones as
    /// [`Message::attachments`](crate::Message::attachments). An enclosed message is one of them,
    /// and its own parts are not. Images that the HTML shows are among them.
    #[must_use]
    pub fn attachments(&self) -> Vec<&MimePart> {
        self.with_role(|role| role == Role::Attachment).collect()
    }

    /// Whether a list of messages shows a paper clip: one of the
    /// [`attachments`](Self::attachments) [is a file](MimePart::is_attachment).
    #[must_use]
    pub fn has_attachments(&self) -> bool {
        self.with_role(|role| role == Role::Attachment).any(MimePart::is_attachment)
    }

    fn with_role(&self, is_wanted: impl Fn(Role) -> bool) -> impl Iterator<Item = &MimePart> {
        let all = self.parts.iter().zip(roles(&self.parts));
        all.filter(move |(_, role)| is_wanted(*role)).map(|(part, _)| part)
    }

    /// The memory that it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.parts.iter().map(MimePart::weight).sum()
    }
}

impl MimePart {
    /// A part of this type, in lower case, with no other fields.
    #[must_use]
    pub fn new(path: impl Into<Vec<NonZeroU32>>, media_type: impl Into<String>) -> Self {
        Self { path: path.into(), media_type: media_type.into(), ..Self::default() }
    }

    /// A parameter of the type, by its name in lower case.
    ///
    /// ```
    /// let message = mailclient::Message::parse("Content-Type: text/plain; format=flowed\r\n\r\n");
    /// assert_eq!(message.structure().parts[0].parameter("format"), Some("flowed"));
    /// ```
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let named = self.parameters.iter().find(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The charset of a text, as its sender wrote it.
    #[must_use]
    pub fn charset(&self) -> Option<&str> {
        self.parameter("charset")?.split_whitespace().next()
    }

    /// Whether it is a multipart: it has children and owns no content. One that could not be
    /// opened, because it names no boundary, has an encoding and is a part like any other.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.encoding.is_none() && self.media_type.starts_with("multipart/")
    }

    /// Whether a mail program shows it as a file: the sender calls it an attachment, or it has a
    /// name or is no text. An image with a `Content-ID` is shown inside of the HTML, unless the
    /// sender calls it an attachment.
    #[must_use]
    pub fn is_attachment(&self) -> bool {
        match self.disposition.as_deref() {
            _ if self.is_multipart() => false,
            Some("inline") | None => {
                let is_text = self.media_type.starts_with("text/");
                self.content_id.is_none() && (self.name.is_some() || !is_text)
            }
            Some(_) => true,
        }
    }

    /// The memory that it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let optional = [&self.name, &self.encoding, &self.disposition, &self.content_id];
        let optional = optional.into_iter().chain([&self.description]).flatten();
        let pairs = self.parameters.iter();
        size_of::<Self>()
            + size_of_val(self.path.as_slice())
            + self.media_type.len()
            + optional.map(String::len).sum::<usize>()
            + pairs.map(|pair| size_of_val(pair) + pair.0.len() + pair.1.len()).sum::<usize>()
    }
}

/// What is around a part.
#[derive(Clone, Copy, Default)]
struct Around {
    /// An enclosed message.
    is_enclosed: bool,
    /// The innermost `multipart/alternative`.
    alternative: Option<usize>,
}

/// The roles of parts, which are each before its children.
pub(crate) fn roles(parts: &[MimePart]) -> Vec<Role> {
    let mut around: Vec<Around> = Vec::with_capacity(parts.len());
    let mut roles = Vec::with_capacity(parts.len());
    let mut has_plain = vec![false; parts.len()];
    for part in parts {
        let outer = part.parent.and_then(|parent| Some((parts.get(parent)?, around.get(parent)?)));
        let mut inner = Around::default();
        if let Some((parent, outer)) = outer {
            // Nothing but a multipart and a message has children.
            inner.is_enclosed = outer.is_enclosed || !parent.is_multipart();
            let is_alternative = parent.media_type == "multipart/alternative";
            inner.alternative = if is_alternative { part.parent } else { outer.alternative };
        }
        let role = match part.is_multipart() || inner.is_enclosed {
            true => Role::Other,
            false => role(part, outer.is_none(), inner.alternative.is_some()),
        };
        let beside = inner.alternative.and_then(|place| has_plain.get_mut(place));
        if let (Role::Plain, Some(beside)) = (role, beside) {
            *beside = true;
        }
        around.push(inner);
        roles.push(role);
    }
    for (role, around) in roles.iter_mut().zip(&around) {
        let beside = around.alternative.and_then(|place| has_plain.get(place));
        if let (Role::Html { has_plain }, Some(beside)) = (role, beside) {
            *has_plain = *beside;
        }
    }
    roles
}

/// Text is what has no name, is not said to be an attachment, and can be shown as text.
fn role(part: &MimePart, is_root: bool, is_alternative: bool) -> Role {
    let is_shown = part.disposition.as_deref().is_none_or(|disposition| disposition == "inline");
    let is_file = part.name.is_some() && !is_root && !is_alternative;
    match part.media_type.as_str() {
        _ if !is_shown || is_file => Role::Attachment,
        "text/plain" => Role::Plain,
        "text/html" => Role::Html { has_plain: false },
        // A multipart without a boundary.
        value if is_root && value.starts_with("multipart/") => Role::Plain,
        _ => Role::Attachment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts from rows: parent, media type, and what follows the type: `!` an attachment, `i`
    /// inline, `n` a name, `c` a Content-ID.
    fn structure(rows: &[(Option<usize>, &str, &str)]) -> Structure {
        let parts = rows.iter().enumerate().map(|(place, (parent, media_type, marks))| {
            let path = NonZeroU32::new(u32::try_from(place).unwrap());
            let mut part = MimePart::new(Vec::from_iter(path), *media_type);
            part.parent = *parent;
            let has = |mark: char| marks.contains(mark);
            part.encoding =
                (!media_type.starts_with("multipart/") || has('l')).then(|| "7bit".to_owned());
            part.disposition = has('!').then(|| "attachment".to_owned());
            part.disposition = part.disposition.or_else(|| has('i').then(|| "inline".to_owned()));
            part.name = has('n').then(|| "a.bin".to_owned());
            part.content_id = has('c').then(|| "id@x".to_owned());
            part
        });
        Structure::new(parts.collect())
    }

    #[test]
    fn text_html_and_attachments_are_told_apart() {
        type Row = (Option<usize>, &'static str, &'static str);
        let place = |structure: &Structure, part: Option<&MimePart>| {
            structure.parts.iter().position(|one| Some(one) == part)
        };
        const MIXED: Row = (None, "multipart/mixed", "");
        const ALTERNATIVE: Row = (Some(0), "multipart/alternative", "");
        type Expected = (Option<usize>, Option<usize>, &'static [usize], bool);
        let rows: [(&[Row], Expected); 12] = [
            (&[], (None, None, &[], false)),
            (&[(None, "text/plain", "")], (Some(0), None, &[], false)),
            (&[(None, "text/plain", "n")], (Some(0), None, &[], false)),
            (&[(None, "text/html", "")], (None, Some(0), &[], false)),
            (&[(None, "application/pdf", "")], (None, None, &[0], true)),
            (&[(None, "multipart/mixed", "l")], (Some(0), None, &[], false)),
            (
                &[MIXED, (Some(0), "text/plain", "!"), (Some(0), "text/plain", "")],
                (Some(2), None, &[1], true),
            ),
            (&[MIXED, (Some(0), "text/plain", "in")], (None, None, &[1], true)),
            (
                &[MIXED, ALTERNATIVE, (Some(1), "text/plain", "n"), (Some(1), "text/html", "")],
                (Some(2), Some(3), &[], false),
            ),
            // What the HTML shows is no file.
            (
                &[
                    (None, "multipart/related", ""),
                    (Some(0), "text/html", ""),
                    (Some(0), "image/png", "inc"),
                ],
                (None, Some(1), &[2], false),
            ),
            // Parts of an enclosed message are not those of the message.
            (
                &[MIXED, (Some(0), "message/rfc822", ""), (Some(1), "text/plain", "")],
                (None, None, &[1], true),
            ),
            (&[MIXED, (Some(0), "multipart/mixed", "l")], (None, None, &[1], true)),
        ];
        for (parts, (text, html, attachments, has_files)) in rows {
            let found = structure(parts);
            assert_eq!(place(&found, found.text()), text, "{parts:?}");
            assert_eq!(place(&found, found.html()), html, "{parts:?}");
            let places: Vec<usize> = found
                .attachments()
                .into_iter()
                .filter_map(|part| place(&found, Some(part)))
                .collect();
            assert_eq!(places, attachments, "{parts:?}");
            assert_eq!(found.has_attachments(), has_files, "{parts:?}");
        }
    }

    #[test]
    fn children_and_parts_are_found() {
        let found = structure(&[
            (None, "multipart/mixed", ""),
            (Some(0), "multipart/alternative", ""),
            (Some(1), "text/plain", ""),
            (Some(0), "message/rfc822", ""),
            (Some(3), "text/plain", ""),
        ]);
        let children = |place| found.children(place).map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(children(0), [1, 3]);
        assert_eq!(children(3), [4]);
        assert_eq!(children(4), Vec::<usize>::new());
        assert_eq!(children(usize::MAX), Vec::<usize>::new());
        let path = [NonZeroU32::new(3).unwrap()];
        assert_eq!(found.part(&path).unwrap().media_type, "message/rfc822");
        assert_eq!(found.part(&[]), None);
    }
}
