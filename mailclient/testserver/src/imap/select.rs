//! SELECT and EXAMINE, with the parameters of CONDSTORE and QRESYNC ([RFC 7162 section
//! 3](https://www.rfc-editor.org/rfc/rfc7162#section-3)).

use imap_proto_lite::{
    Command, Flag, Flags, MailboxName, ModSeq, Response, SendError, Uid, UidSet, UidValidity,
    command::SelectParameters,
    response::{Attributes, Fetch, FetchAttribute, ListEntry, ResponseCode},
    server::{Connection, OwnedCommand, SelectResponder},
    string::IString,
};

use super::{
    super::{
        acl::with_obsolete, folder::Folder, persona::UidValidity as Policy, store::Refusal,
        view::View,
    },
    Imap,
    answers::{code, known_flags, said, uid_ranges},
    dialect::Dialect,
    status::mailbox_id,
};

/// The words of NetEase.
const UNSAFE_LOGIN: &str = "SELECT Unsafe Login. Please contact kefu@188.com for help";

impl Imap<'_> {
    pub(super) fn select(
        &mut self,
        connection: &mut Connection,
        command: &OwnedCommand,
        mut responder: SelectResponder,
    ) -> Result<(), SendError> {
        self.view = None;
        self.saved.clear();
        let command = command.parse();
        if let Some(missing) = command.missing(&self.announced, connection.enabled()) {
            let text = format!("no {missing} here");
            return responder.refuse(connection, Some(ResponseCode::Cannot), &text);
        }
        if self.shared.persona.quirks.id_required && !connection.is_identified() {
            return responder.refuse(connection, None, UNSAFE_LOGIN);
        }
        let (mailbox, parameters, read_only) = match command {
            Command::Select { mailbox, parameters } => (mailbox, parameters, false),
            Command::Examine { mailbox, parameters } => (mailbox, parameters, true),
            _ => return responder.refuse(connection, None, "no folder was named"),
        };
        self.condstore |= parameters != SelectParameters::None;
        let opened = self.open(connection, &mailbox, &parameters, read_only);
        let (view, responses) = match opened {
            Ok(opened) => opened,
            Err(code) => return responder.refuse(connection, Some(code), "cannot be opened"),
        };
        for response in &responses {
            responder.untagged(connection, response)?;
        }
        let read_only = view.read_only;
        self.view = Some(view);
        responder.accept(connection, read_only, "folder is open")
    }

    /// The folder as the session sees it from now on, and the responses that say so.
    fn open(
        &self,
        connection: &Connection,
        mailbox: &MailboxName<'_>,
        parameters: &SelectParameters<'_>,
        read_only: bool,
    ) -> Result<(View, Vec<Response<'static>>), ResponseCode<'static>> {
        let dialect = self.dialect(connection);
        let account = self.account.as_ref().ok_or(ResponseCode::NonExistent)?;
        let name = dialect.names.inner(mailbox).ok_or(ResponseCode::NonExistent)?;
        if self.shared.persona.uid_validity == Policy::Changing {
            account.change(&name, |folder| {
                folder.uid_validity = folder.uid_validity.wrapping_add(1).max(1)
            });
        }
        let opened = account.look(&name, |folder| {
            let rights = folder.rights.granted(&account.name);
            if !folder.selectable {
                return Err(Refusal::NonExistent);
            }
            if !rights.contains('r') {
                return Err(Refusal::NoPerm);
            }
            let read_only = read_only || !rights.contains(['s', 'w', 't', 'e', 'i']);
            let view = View::new(folder, read_only);
            let mut responses = self.announce(folder, &view, dialect);
            if dialect.rev2 {
                let entry = ListEntry::new(
                    Default::default(),
                    u8::try_from(dialect.names.delimiter).ok(),
                    dialect.names.on_wire(&name),
                );
                responses.push(Response::List(entry));
            }
            if let SelectParameters::QResync { uid_validity, mod_seq, known_uids } = parameters
                && uid_validity.get() == folder.uid_validity
            {
                let known = known_uids.as_deref();
                responses.extend(resync(folder, &view, *mod_seq, known));
            }
            Ok((view, responses))
        });
        opened.unwrap_or(Err(Refusal::NonExistent)).map_err(code)
    }

    /// The data of a folder in the answer to SELECT.
    fn announce(
        &self,
        folder: &Folder,
        view: &View,
        dialect: Dialect<'_>,
    ) -> Vec<Response<'static>> {
        let quirks = self.shared.persona.quirks;
        let keywords = |flag: &Flag<'_>| !quirks.no_keywords || !matches!(flag, Flag::Keyword(_));
        let flags: Vec<Flag<'static>> = folder.flags().filter(keywords).collect();
        let [known, mut permanent] = known_flags(flags.clone(), view.read_only);
        if quirks.no_keywords && !view.read_only {
            permanent = said(ResponseCode::PermanentFlags(Flags::new(flags)), "no others");
        }
        let mut responses = vec![known, Response::Exists(folder.count(|_| true))];
        if !dialect.rev2 {
            responses.push(Response::Recent(view.recent()));
        }
        responses.push(permanent);
        if folder.uid_validity != 0 {
            let validity = UidValidity::new(folder.uid_validity);
            responses.push(said(ResponseCode::UidValidity(validity), "UIDs are valid"));
        }
        if !quirks.no_uid_next {
            responses.push(said(ResponseCode::UidNext(folder.uid_next), "is the next UID"));
        }
        if self.announced.has("CONDSTORE") || self.announced.has("QRESYNC") {
            let highest = ModSeq::new(folder.mod_seq);
            responses.push(said(ResponseCode::HighestModSeq(highest), "is the last change"));
        }
        if self.announced.has("OBJECTID") {
            let id = ResponseCode::MailboxId(mailbox_id(folder.identity));
            responses.push(said(id, "is the id"));
        }
        if quirks.rights_in_select {
            let rights = with_obsolete(&folder.rights.granted(&folder.rights.owner));
            let argument = Some(IString::from(format!("\"{rights}\"")));
            let code = ResponseCode::Other { name: IString::from("MYRIGHTS"), argument };
            responses.push(said(code, "ACL"));
        }
        let unseen = folder.messages().iter().position(|message| !message.has(&Flag::Seen));
        if let Some(first) = unseen.and_then(|place| u32::try_from(place + 1).ok())
            && !dialect.rev2
            && !quirks.no_unseen
        {
            responses.push(said(ResponseCode::Unseen(first), "is the first unseen one"));
        }
        responses
    }
}

/// What changed since the client was here: `VANISHED (EARLIER)`, and FETCH with flags and MODSEQ
/// ([RFC 7162 section 3.2.5](https://www.rfc-editor.org/rfc/rfc7162#section-3.2.5)).
fn resync(
    folder: &Folder,
    view: &View,
    since: ModSeq,
    known: Option<&UidSet>,
) -> Vec<Response<'static>> {
    let mut responses = Vec::new();
    responses.extend(vanished(folder, since.get(), known));
    for (sequence, uid) in view.all() {
        let Some(message) = folder.message(uid.get()) else {
            continue;
        };
        if message.mod_seq > since.get() && is_known(known, uid, view.last_uid()) {
            let attributes = Attributes::new([
                FetchAttribute::Uid(uid),
                FetchAttribute::Flags(Flags::new(view.flags(message))),
                FetchAttribute::ModSeq(ModSeq::new(message.mod_seq)),
            ]);
            responses.push(Response::Fetch(Fetch::new(sequence, attributes)));
        }
    }
    responses
}

/// `VANISHED (EARLIER)` with those of the messages that were expunged since.
pub(super) fn vanished(
    folder: &Folder,
    since: u64,
    known: Option<&UidSet>,
) -> Option<Response<'static>> {
    let last = Uid::new(folder.uid_next.saturating_sub(1));
    let gone: Vec<u32> = folder
        .expunged_since(since)
        .into_iter()
        .filter(|uid| Uid::new(*uid).is_some_and(|uid| is_known(known, uid, last)))
        .collect();
    (!gone.is_empty()).then(|| Response::Vanished { earlier: true, uids: uid_ranges(gone) })
}

fn is_known(known: Option<&UidSet>, uid: Uid, last: Option<Uid>) -> bool {
    match (known, last) {
        (Some(known), Some(last)) => known.contains(uid, last),
        (known, _) => known.is_none(),
    }
}
