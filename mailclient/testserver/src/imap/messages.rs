//! Commands that change messages of the selected folder: STORE, COPY, MOVE, EXPUNGE.

use imap_proto_lite::{
    Command, Flag, Flags, MailboxName, ModSeq, Response, SendError, SeqNumber, Uid, UidSet,
    UidValidity,
    command::{Messages, StoreAction},
    response::{Attributes, Fetch, FetchAttribute, Labels, ResponseCode},
    sequence::{NumberRange, SeqRanges},
    server::{Connection, Responder},
    string::IString,
};

use super::{
    super::{
        folder::{Change, Folder},
        store::{Account, Refusal},
    },
    Imap,
    answers::{code, code_of_target, said, uid_ranges},
};

pub(super) const NO_FOLDER: &str = "select a folder first";

/// The right that changes a flag ([RFC 4314 section
/// 4](https://www.rfc-editor.org/rfc/rfc4314#section-4)).
const fn right(flag: &Flag<'_>) -> char {
    match flag {
        Flag::Seen => 's',
        Flag::Deleted => 't',
        _ => 'w',
    }
}

/// What STORE changes.
enum Values {
    Flags(Vec<Flag<'static>>),
    Labels(Vec<String>),
}

impl Values {
    fn of(action: &StoreAction<'_>) -> Option<(Change, Self)> {
        let flags = |flags: &[Flag<'_>]| {
            Self::Flags(flags.iter().map(|flag| flag.clone().into_owned()).collect())
        };
        let labels = |labels: &[MailboxName<'_>]| {
            Self::Labels(labels.iter().map(|label| label.decoded(false).into_owned()).collect())
        };
        Some(match action {
            StoreAction::ReplaceFlags(list) => (Change::Replace, flags(list)),
            StoreAction::AddFlags(list) => (Change::Add, flags(list)),
            StoreAction::RemoveFlags(list) => (Change::Remove, flags(list)),
            StoreAction::ReplaceGmailLabels(list) => (Change::Replace, labels(list)),
            StoreAction::AddGmailLabels(list) => (Change::Add, labels(list)),
            StoreAction::RemoveGmailLabels(list) => (Change::Remove, labels(list)),
            _ => return None,
        })
    }
}

/// The numbers of a message.
type Named = (SeqNumber, Uid);

/// A message that was stored, and the attributes that say so.
type Stored = (SeqNumber, Uid, Vec<FetchAttribute<'static>>);

impl Imap<'_> {
    pub(super) fn store(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        command: &Command<'_>,
        mut responder: Responder,
    ) -> Result<(), SendError> {
        let Command::Store { messages, action, silent, unchanged_since } = command else {
            return responder.bad(connection, "not STORE");
        };
        self.condstore |= unchanged_since.is_some();
        let Some((change, values)) = Values::of(action) else {
            return responder.bad(connection, "not here");
        };
        let Some(view) = &self.view else {
            return responder.bad(connection, NO_FOLDER);
        };
        if view.read_only {
            return read_only(connection, responder);
        }
        let named = view.named(messages, &self.saved);
        let (named, modified) = self.unchanged(account, named, *unchanged_since);
        let stored = match &values {
            Values::Flags(flags) => self.store_flags(connection, account, &named, change, flags),
            Values::Labels(labels) => {
                self.store_labels(connection, account, &named, change, labels)
            }
        };
        let stored = match stored {
            Ok(stored) => stored,
            Err(refusal) => {
                return responder.no(connection, Some(code(refusal)), "not these flags");
            }
        };
        for (sequence, uid, mut attributes) in stored {
            if *silent {
                attributes.retain(|attribute| matches!(attribute, FetchAttribute::ModSeq(_)));
            }
            if !attributes.is_empty() {
                let uid = messages.is_uid().then_some(FetchAttribute::Uid(uid));
                let attributes = Attributes::new(uid.into_iter().chain(attributes));
                let fetch = Response::Fetch(Fetch::new(sequence, attributes));
                responder.untagged(connection, &fetch)?;
            }
        }
        self.news(connection, messages.is_uid())?;
        if modified.is_empty() {
            return responder.ok(connection, None, "STORE completed");
        }
        let numbers = modified
            .iter()
            .map(|(sequence, uid)| if messages.is_uid() { uid.get() } else { sequence.get() });
        let numbers = NumberRange::joined(numbers.filter_map(SeqNumber::new));
        let modified = ResponseCode::Modified(SeqRanges::new(numbers));
        responder.ok(connection, Some(modified), "conditional STORE failed")
    }

    /// Divides messages into those that were not changed after a modification sequence, and the
    /// others.
    fn unchanged(
        &self,
        account: &Account,
        named: Vec<Named>,
        since: Option<ModSeq>,
    ) -> (Vec<Named>, Vec<Named>) {
        let (Some(since), Some(view)) = (since, &self.view) else {
            return (named, Vec::new());
        };
        let divided = account.look_at(view.identity, |folder| {
            let is_unchanged = |&(_, uid): &Named| {
                folder.message(uid.get()).is_none_or(|message| message.mod_seq <= since.get())
            };
            named.into_iter().partition(is_unchanged)
        });
        divided.unwrap_or_default()
    }

    fn store_flags(
        &mut self,
        connection: &Connection,
        account: &Account,
        named: &[Named],
        change: Change,
        flags: &[Flag<'static>],
    ) -> Result<Vec<Stored>, Refusal> {
        let condstore = self.dialect(connection).condstore;
        let no_keywords = self.shared.persona.quirks.no_keywords;
        let Some(view) = &mut self.view else {
            return Ok(Vec::new());
        };
        let stored = account.change_at(view.identity, |folder| {
            let rights = folder.rights.granted(&account.name);
            let may = |flag: &Flag<'_>| {
                rights.contains(right(flag)) && !(no_keywords && matches!(flag, Flag::Keyword(_)))
            };
            let allowed: Vec<Flag<'static>> =
                flags.iter().filter(|flag| may(flag)).cloned().collect();
            if allowed.is_empty() && (!flags.is_empty() || !rights.contains(['s', 't', 'w'])) {
                return Err(Refusal::NoPerm);
            }
            if change != Change::Remove && !folder.takes(&allowed, account.limits().keywords) {
                return Err(Refusal::Limit);
            }
            let mut stored = Vec::new();
            for &(sequence, uid) in named {
                let kept = kept(folder, uid, change, may);
                let flags: Vec<Flag<'static>> = allowed.iter().cloned().chain(kept).collect();
                folder.store(uid.get(), change, &flags);
                if let Some(message) = folder.message(uid.get()) {
                    view.changed_itself(message.uid, message.mod_seq);
                    let flags = Flags::new(view.flags(message));
                    let mod_seq = FetchAttribute::ModSeq(ModSeq::new(message.mod_seq));
                    let mod_seq = Some(mod_seq).filter(|_| condstore);
                    let attributes = [FetchAttribute::Flags(flags)].into_iter().chain(mod_seq);
                    stored.push((sequence, uid, attributes.collect()));
                }
            }
            Ok(stored)
        });
        stored.unwrap_or_else(|| Ok(Vec::new()))
    }

    fn store_labels(
        &mut self,
        connection: &Connection,
        account: &Account,
        named: &[Named],
        change: Change,
        labels: &[String],
    ) -> Result<Vec<Stored>, Refusal> {
        let condstore = self.dialect(connection).condstore;
        let Some(view) = &mut self.view else {
            return Ok(Vec::new());
        };
        let limits = account.limits();
        let stored = account.change_at(view.identity, |folder| {
            if !folder.rights.granted(&account.name).contains('w') {
                return Err(Refusal::NoPerm);
            }
            let is_long = |label: &String| label.len() > limits.folder_name;
            if change != Change::Remove
                && (labels.iter().any(is_long) || !folder.takes_labels(labels, limits.labels))
            {
                return Err(Refusal::Limit);
            }
            let mut stored = Vec::new();
            for &(sequence, uid) in named {
                folder.label(uid.get(), change, labels);
                if let Some(message) = folder.message(uid.get()) {
                    view.changed_itself(message.uid, message.mod_seq);
                    let labels = FetchAttribute::GmailLabels(gmail_labels(&message.labels));
                    let mod_seq = FetchAttribute::ModSeq(ModSeq::new(message.mod_seq));
                    let mod_seq = Some(mod_seq).filter(|_| condstore);
                    stored.push((sequence, uid, [labels].into_iter().chain(mod_seq).collect()));
                }
            }
            Ok(stored)
        });
        stored.unwrap_or_else(|| Ok(Vec::new()))
    }

    pub(super) fn copy(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        messages: &Messages<'_>,
        to: &MailboxName<'_>,
        responder: Responder,
    ) -> Result<(), SendError> {
        let Some(view) = &self.view else {
            return responder.bad(connection, NO_FOLDER);
        };
        let uids = self.uids(messages);
        let names = self.dialect(connection).names;
        let now = self.shared.clock.now();
        let copied = match names.inner(to) {
            Some(to) => account.copy(view.identity, &uids, &to, false, now),
            None => Err(Refusal::NonExistent),
        };
        match copied {
            Ok((uid_validity, pairs)) => {
                let code = self.copy_uid(uid_validity, &pairs);
                self.news(connection, true)?;
                responder.ok(connection, code, "COPY completed")
            }
            Err(refusal) => refuse_target(connection, refusal, responder),
        }
    }

    pub(super) fn move_to(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        messages: &Messages<'_>,
        to: &MailboxName<'_>,
        mut responder: Responder,
    ) -> Result<(), SendError> {
        let Some(view) = &self.view else {
            return responder.bad(connection, NO_FOLDER);
        };
        if view.read_only || !may_expunge(account, view.identity) {
            return read_only(connection, responder);
        }
        let uids = self.uids(messages);
        let names = self.dialect(connection).names;
        let now = self.shared.clock.now();
        let moved = match names.inner(to) {
            Some(to) => account.copy(view.identity, &uids, &to, true, now),
            None => Err(Refusal::NonExistent),
        };
        let (uid_validity, pairs) = match moved {
            Ok(moved) => moved,
            Err(refusal) => return refuse_target(connection, refusal, responder),
        };
        if let Some(code) = self.copy_uid(uid_validity, &pairs) {
            // RFC 6851 section 4.3: before the EXPUNGEs.
            responder.untagged(connection, &said(code, "moved"))?;
        }
        self.tell(connection, &mut responder)?;
        responder.ok(connection, self.highest_mod_seq(connection), "MOVE completed")
    }

    /// The UIDs of messages.
    fn uids(&self, messages: &Messages<'_>) -> Vec<u32> {
        let named = self.view.as_ref().map(|view| view.named(messages, &self.saved));
        named.unwrap_or_default().iter().map(|(_, uid)| uid.get()).collect()
    }

    fn copy_uid(&self, uid_validity: u32, pairs: &[(u32, u32)]) -> Option<ResponseCode<'static>> {
        let tells = !pairs.is_empty() && self.announced.has("UIDPLUS") && uid_validity != 0;
        tells.then(|| ResponseCode::CopyUid {
            uid_validity: UidValidity::new(uid_validity),
            source: uid_ranges(pairs.iter().map(|(before, _)| *before)),
            destination: uid_ranges(pairs.iter().map(|(_, after)| *after)),
        })
    }

    pub(super) fn expunge(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        only: Option<&UidSet>,
        mut responder: Responder,
    ) -> Result<(), SendError> {
        let Some(view) = &self.view else {
            return responder.bad(connection, NO_FOLDER);
        };
        if view.read_only || !may_expunge(account, view.identity) {
            return read_only(connection, responder);
        }
        let named = |uid: u32| match (only, Uid::new(uid), view.last_uid()) {
            (None, _, _) => true,
            (Some(set), Some(uid), Some(last)) => set.contains(uid, last),
            _ => false,
        };
        account.change_at(view.identity, |folder| {
            folder.remove(|message| message.has(&Flag::Deleted) && named(message.uid))
        });
        self.tell(connection, &mut responder)?;
        responder.ok(connection, self.highest_mod_seq(connection), "EXPUNGE completed")
    }
}

/// The flags of a message that `FLAGS` must keep, because the user may not change them.
fn kept(
    folder: &Folder,
    uid: Uid,
    change: Change,
    may: impl Fn(&Flag<'_>) -> bool,
) -> Vec<Flag<'static>> {
    let message = folder.message(uid.get()).filter(|_| change == Change::Replace);
    let flags = message.map(|message| message.flags.as_slice()).unwrap_or_default();
    flags.iter().filter(|flag| !may(flag)).cloned().collect()
}

/// Gmail's labels of a message.
pub(super) fn gmail_labels(labels: &[String]) -> Labels<'static> {
    let encoded = labels.iter().filter_map(|label| MailboxName::new(label.clone()).ok());
    let encoded: Vec<Vec<u8>> = encoded.map(|label| label.raw().into_owned()).collect();
    Labels::new(encoded.into_iter().map(IString::new))
}

fn may_expunge(account: &Account, identity: u32) -> bool {
    let rights = account.look_at(identity, |folder| folder.rights.granted(&account.name));
    rights.is_none_or(|rights| rights.contains('e'))
}

/// Refuses a change to a folder that is open for reading.
fn read_only(connection: &mut Connection, responder: Responder) -> Result<(), SendError> {
    responder.no(connection, Some(ResponseCode::NoPerm), "the folder is open for reading")
}

fn refuse_target(
    connection: &mut Connection,
    refusal: Refusal,
    responder: Responder,
) -> Result<(), SendError> {
    responder.no(connection, Some(code_of_target(refusal)), "not into this folder")
}
