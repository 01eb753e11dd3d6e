//! BODYSTRUCTURE (RFC 9051 section 7.5.2): asked for, and decoded.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, Uid, UidSet,
    body_structure::{BodyStructure, Parameters as Pairs, Part, PartKind},
    command::{FetchItem, FetchModifiers, Messages},
    response::{FetchAttribute, Response},
    selected::Selected,
    string::IString,
};

use crate::{
    error::{Error, Result},
    id::{MessageId, Ranges},
    imap::{mailbox::ImapMailbox, naming::number},
    message::{Described, Parameters, encoding, with_default},
    structure::{MimePart, Structure},
};

/// Why a message has no structure.
pub(super) const TOO_LARGE: &str = "its structure is larger than the limit";
pub(super) const UNREADABLE: &str = "its structure cannot be read";

/// The structure that one response told, or what of it cannot be read.
#[derive(Debug)]
enum Told {
    Structure(Option<Structure>),
    Unreadable(Vec<u8>),
}

impl ImapMailbox {
    pub(super) async fn structure_of(&mut self, id: &MessageId) -> Result<Structure> {
        let uid = self.uid(id)?;
        let gone = || Error::NoSuchMessage(Box::new(id.clone()));
        if self.naming()?.uids_among(&self.marks).contains(number(uid)) {
            return Err(gone());
        }
        self.settle().await?;
        let set = UidSet::one(uid);
        let command = Command::Fetch {
            messages: Messages::from(set.clone()),
            items: Cow::Borrowed(&[FetchItem::Uid, FetchItem::BodyStructure]),
            modifiers: FetchModifiers::default(),
        };
        let (mut told, limit) = (None, self.limits.structure);
        let command = self.send(&command)?;
        self.complete(command, "FETCH", &mut |view, response| {
            let heard = hear(uid, limit, view, response);
            let is_answer = heard.is_some();
            // A second response does not take away what the first one told.
            if !matches!(told, Some(Told::Structure(_))) {
                told = heard.or_else(|| told.take());
            }
            is_answer
        })
        .await?;
        // Another UIDVALIDITY in the meantime: of which message it is cannot be told.
        self.folder()?;
        let damaged = |reason, raw: &[u8]| Error::damaged(Some(id.clone()), reason, raw);
        match told {
            Some(Told::Structure(Some(structure))) => Ok(structure),
            Some(Told::Structure(None)) => Err(damaged(TOO_LARGE, b"")),
            Some(Told::Unreadable(raw)) => Err(damaged(UNREADABLE, &raw)),
            None if self.existing(&set, &Ranges::one(number(uid))).await?.0.is_empty() => {
                Err(gone())
            }
            None => Err(damaged("the server has the message and does not describe it", b"")),
        }
    }
}

/// The structure of the message, if the response tells it.
fn hear(uid: Uid, limit: usize, view: &Selected, response: &Response<'_>) -> Option<Told> {
    let fetch = match response {
        Response::Fetch(fetch) => fetch,
        // Nothing else was asked for.
        Response::Malformed { raw } => return Some(Told::Unreadable(raw.to_vec())),
        _ => return None,
    };
    if fetch.uid().or_else(|| view.uid(fetch.seq)) != Some(uid) {
        return None;
    }
    fetch.iter().find_map(|attribute| match attribute {
        FetchAttribute::BodyStructure(wire) => Some(Told::Structure(structure(&wire, limit))),
        FetchAttribute::Malformed { name, raw } if is_structure(&name) => {
            Some(Told::Unreadable(raw.to_vec()))
        }
        _ => None,
    })
}

/// Whether an attribute that cannot be read may be the structure.
pub(super) fn is_structure(name: &[u8]) -> bool {
    name.is_empty() || name.eq_ignore_ascii_case(b"BODYSTRUCTURE")
}

/// A structure with its fields decoded; `None` if it takes more memory than the limit.
pub(super) fn structure(wire: &BodyStructure<'_>, limit: usize) -> Option<Structure> {
    let (mut parts, mut bytes) = (Vec::new(), 0_usize);
    for part in wire.parts() {
        let part = mime_part(part);
        bytes = bytes.saturating_add(part.weight());
        if bytes > limit {
            return None;
        }
        parts.push(part);
    }
    Some(Structure::new(parts))
}

fn mime_part(part: Part<'_>) -> MimePart {
    let value = |string: Option<IString<'_>>| string.map(|string| string.to_cow().into_owned());
    let (id, description) = (value(part.id()), value(part.description()));
    let disposition = part.disposition();
    let (kind, subtype) = (part.media_type(), part.subtype());
    let media_type = [&*kind.to_cow(), b"/", &*subtype.to_cow()].concat();
    let described = Described {
        content_type: with_default(parameters(&media_type, &part.parameters()), false),
        disposition: disposition.map_or_else(Parameters::default, |disposition| {
            parameters(&disposition.kind.to_cow(), &disposition.parameters)
        }),
        id: id.as_deref(),
        description: description.as_deref(),
    };
    MimePart {
        path: part.number().map(|number| number.path().collect()).unwrap_or_default(),
        parent: part.parent().map(Part::index),
        encoding: transfer_encoding(part),
        size: part.octets(),
        ..described.into_part()
    }
}

/// The transfer encoding in lower case; `None` for a multipart.
pub(super) fn transfer_encoding(part: Part<'_>) -> Option<String> {
    let is_single = part.kind() != PartKind::Multipart;
    is_single.then(|| encoding(part.encoding().as_ref().map(IString::to_cow).as_deref()))
}

fn parameters(value: &[u8], pairs: &Pairs<'_>) -> Parameters {
    let pairs = pairs.iter().filter_map(|(name, value)| {
        Some((name.to_cow().into_owned(), value?.to_cow().into_owned()))
    });
    Parameters::from_pairs(value, pairs)
}
