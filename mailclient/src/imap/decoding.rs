//! [`Decoding`]: parts without their transfer encoding.
//!
//! A server with BINARY (RFC 3516) undoes the encoding, unless it does not know it. Without BINARY
//! it is undone here. The encoding of each part comes from BODYSTRUCTURE, which is asked for
//! together with the size of the message, so that the part still comes within one round trip. It
//! also tells whether there is such a part.

use std::{collections::BTreeMap, num::NonZeroU32};

use imap_proto_lite::{body_structure::BodyStructure, command::FetchItem, section::PartNumber};

use crate::{
    error::Refusal,
    imap::structure::transfer_encoding,
    message::{Decoder, Encoding},
};

/// How many structures the first command asks for, and the most that a later one does: about 1 KiB
/// each come.
pub(super) const FIRST: u64 = 64;
pub(super) const MOST: u64 = 512;

/// The decoding of one part of many messages.
#[derive(Debug)]
pub(super) struct Decoding {
    part: PartNumber<'static>,
    /// The server is asked to do it.
    pub(super) is_binary: bool,
    /// The encodings that are known, of the messages that are asked for.
    known: BTreeMap<NonZeroU32, Encoding>,
}

impl Decoding {
    pub(super) const fn new(part: PartNumber<'static>, is_binary: bool) -> Self {
        Self { part, is_binary, known: BTreeMap::new() }
    }

    pub(super) fn item(&self) -> FetchItem<'static> {
        FetchItem::Binary { part: Some(self.part.clone()), partial: None, peek: true }
    }

    /// Learns how the part is encoded. False if the message has no such part.
    pub(super) fn learn(&mut self, uid: NonZeroU32, structure: &BodyStructure<'_>) -> bool {
        let Some(part) = structure.part(&self.part) else {
            return false;
        };
        // A multipart has no encoding.
        let encoding = transfer_encoding(part);
        let encoding = encoding.map_or(Encoding::Identity, |name| Encoding::named(&name));
        self.known.insert(uid, encoding);
        true
    }

    pub(super) fn decoder(&self, uid: NonZeroU32) -> Option<Decoder> {
        self.known.get(&uid).copied().map(Decoder::new)
    }

    pub(super) fn forget(&mut self, uid: NonZeroU32) {
        self.known.remove(&uid);
    }
}

/// Whether a server refused because it cannot undo an encoding.
pub(super) fn is_unknown_encoding(refusal: &Refusal) -> bool {
    refusal.code.as_deref() == Some("UNKNOWN-CTE")
}
