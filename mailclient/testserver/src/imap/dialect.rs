//! What a session has agreed on, and news of the selected folder in its words.

use imap_proto_lite::{
    Capabilities, Flag, Flags, ModSeq, Response,
    response::{Attributes, Condition, Fetch, FetchAttribute, ResponseCode},
    server::Connection,
};

use super::{
    super::{
        names::Names,
        persona::Persona,
        view::{Update, View},
    },
    Imap, uid_ranges,
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
    fn responses(self, updates: Vec<Update>, read_only: bool) -> Vec<Response<'static>> {
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

/// FLAGS and PERMANENTFLAGS: the flags that a folder has. Keywords can be added unless it is open
/// for reading, where nothing can be changed.
pub(super) fn known_flags(flags: Vec<Flag<'static>>, read_only: bool) -> [Response<'static>; 2] {
    let permanent =
        if read_only { Vec::new() } else { flags.iter().cloned().chain([Flag::Any]).collect() };
    [
        Response::Flags(Flags::new(flags)),
        said(ResponseCode::PermanentFlags(Flags::new(permanent)), "these can be set"),
    ]
}

/// An untagged OK.
pub(super) fn said(code: ResponseCode<'static>, text: &'static str) -> Response<'static> {
    Response::Condition { condition: Condition::Ok, code: Some(code), text: text.as_bytes().into() }
}

impl Imap<'_> {
    /// The changes in the selected folder that the session was not told, as responses.
    pub(super) fn updates(
        &mut self,
        connection: &Connection,
        expunge: bool,
    ) -> Vec<Response<'static>> {
        let dialect = Dialect::of(&self.shared.persona, connection.enabled(), self.condstore);
        let (Some(account), Some(view)) = (&self.account, &mut self.view) else {
            return Vec::new();
        };
        self.heard = account.version();
        let updates = account.look_at(view.identity, |folder| {
            if view.is_behind(Some(folder)) {
                view.updates(Some(folder), expunge)
            } else {
                Vec::new()
            }
        });
        // A folder that is gone has lost all its messages.
        let updates = updates.unwrap_or_else(|| view.updates(None, expunge));
        dialect.responses(updates, view.read_only)
    }

    /// The highest modification sequence of the selected folder, as a code, for a session that
    /// knows of them.
    pub(super) fn highest_mod_seq(&self, connection: &Connection) -> Option<ResponseCode<'static>> {
        let (account, view): (_, &View) = (self.account.as_ref()?, self.view.as_ref()?);
        let highest = account.look_at(view.identity, |folder| folder.mod_seq)?;
        let code = ResponseCode::HighestModSeq(ModSeq::new(highest));
        self.dialect(connection).condstore.then_some(code)
    }
}
