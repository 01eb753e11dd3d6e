//! What a session has agreed on, and updates of the selected folder in its words.

use imap_proto_lite::{
    Capabilities, Flags, ModSeq, Response,
    response::{Attributes, Fetch, FetchAttribute},
};

use super::{
    super::{names::Names, persona::Persona, view::Update},
    answers::{known_flags, uid_ranges},
};

/// What the client and the server agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect<'p> {
    pub(super) names: Names<'p>,
    /// IMAP4rev2 is enabled: ESEARCH in place of SEARCH, no RECENT.
    pub(super) rev2: bool,
    /// FETCH responses have MODSEQ.
    pub(super) condstore: bool,
    /// VANISHED in place of EXPUNGE.
    pub(super) qresync: bool,
}

impl<'p> Dialect<'p> {
    pub(super) fn of(persona: &'p Persona, enabled: &Capabilities, condstore: bool) -> Self {
        let rev2 = enabled.has("IMAP4rev2");
        let qresync = enabled.has("QRESYNC");
        Self {
            names: Names {
                prefix: &persona.prefix,
                delimiter: persona.delimiter,
                utf8: rev2 || enabled.has("UTF8=ACCEPT"),
            },
            rev2,
            condstore: condstore || qresync || enabled.has("CONDSTORE"),
            qresync,
        }
    }

    /// The updates as responses.
    pub(super) fn responses(self, updates: Vec<Update>, read_only: bool) -> Vec<Response<'static>> {
        let mut responses = Vec::new();
        let mut vanished = Vec::new();
        for update in updates {
            match update {
                Update::Expunge { uid, .. } if self.qresync => vanished.push(uid.get()),
                Update::Expunge { sequence, .. } => responses.push(Response::Expunge(sequence)),
                Update::Exists { messages, recent } => {
                    vanished_before(&mut responses, &mut vanished);
                    responses.push(Response::Exists(messages));
                    responses.extend(Some(Response::Recent(recent)).filter(|_| !self.rev2));
                }
                Update::Flags { sequence, uid, flags, mod_seq } => {
                    let mut attributes =
                        vec![FetchAttribute::Uid(uid), FetchAttribute::Flags(Flags::new(flags))];
                    if self.condstore {
                        attributes.push(FetchAttribute::ModSeq(ModSeq::new(mod_seq)));
                    }
                    let attributes = Attributes::new(attributes);
                    responses.push(Response::Fetch(Fetch::new(sequence, attributes)));
                }
                Update::Known(flags) => responses.extend(known_flags(flags, read_only)),
            }
        }
        vanished_before(&mut responses, &mut vanished);
        responses
    }
}

/// Adds one VANISHED for these UIDs.
fn vanished_before(responses: &mut Vec<Response<'static>>, uids: &mut Vec<u32>) {
    if !uids.is_empty() {
        uids.sort_unstable();
        responses
            .push(Response::Vanished { earlier: false, uids: uid_ranges(std::mem::take(uids)) });
    }
}
