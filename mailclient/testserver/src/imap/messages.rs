//! Commands about messages of the selected folder: SEARCH, STORE, COPY, MOVE, EXPUNGE.

use std::{io, num::NonZeroU32};

use imap_proto_lite::{
    Flag, Flags, MailboxName, Response, SendError, Uid, UidSet, UidValidity,
    command::{Messages, StoreAction},
    response::{Attributes, Condition, Fetch, FetchAttribute, Numbers, ResponseCode, SearchResult},
    search::SearchQuery,
    server::{Connection, Responder},
};

use super::{
    super::{
        folder::Change,
        search::{Candidate, matches},
        store::Account,
    },
    Imap, code, refused, response, uid_ranges,
};

const NO_FOLDER: &str = "select a folder first";

impl Imap<'_> {
    pub(super) async fn search(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        uid: bool,
        extended: bool,
        query: &SearchQuery<'_>,
        mut responder: Responder,
    ) -> io::Result<()> {
        let Some(view) = &self.view else {
            return responder.bad(connection, NO_FOLDER).map_err(refused);
        };
        if extended {
            return responder.bad(connection, "ESEARCH was not announced").map_err(refused);
        }
        let now = self.shared.clock.now();
        let mut found = Vec::new();
        if let (Some(last_sequence), Some(last_uid)) = (view.last_sequence(), view.last_uid()) {
            for (count, (sequence, number)) in view.all().enumerate() {
                // One message at a time, so that a search in a large folder does not block other
                // sessions.
                let message = account
                    .look_at(view.uid_validity, |folder| folder.message(number.get()).cloned());
                let Some(Some(message)) = message else {
                    continue;
                };
                let candidate =
                    Candidate { message: &message, sequence, last_sequence, last_uid, now };
                if matches(query, &candidate) {
                    found.extend(NonZeroU32::new(if uid { number.get() } else { sequence.get() }));
                }
                if count % 64 == 63 {
                    tokio::task::yield_now().await;
                }
            }
        }
        let result = SearchResult::new(Numbers::new(found), None);
        responder.untagged(connection, &Response::Search(result)).map_err(refused)?;
        self.news(connection, uid).map_err(refused)?;
        responder.ok(connection, None, "SEARCH completed").map_err(refused)
    }

    pub(super) fn store(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        messages: &Messages<'_>,
        action: &StoreAction<'_>,
        silent: bool,
        mut responder: Responder,
    ) -> Result<(), SendError> {
        let Some(view) = &mut self.view else {
            return responder.bad(connection, NO_FOLDER);
        };
        if view.read_only {
            return read_only(connection, responder);
        }
        let (change, flags) = match action {
            StoreAction::ReplaceFlags(flags) => (Change::Replace, flags),
            StoreAction::AddFlags(flags) => (Change::Add, flags),
            StoreAction::RemoveFlags(flags) => (Change::Remove, flags),
            _ => return responder.bad(connection, "labels were not announced"),
        };
        let flags: Vec<Flag<'static>> = flags
            .iter()
            .filter(|flag| !matches!(flag, Flag::Recent | Flag::Any))
            .map(|flag| flag.clone().into_owned())
            .collect();
        let named = view.named(messages, &self.saved);
        let stored = account.change_at(view.uid_validity, |folder| {
            let mut stored = Vec::new();
            for (sequence, uid) in named {
                folder.store(uid.get(), change, &flags);
                if let Some(message) = folder.message(uid.get()) {
                    view.changed_itself(message.uid, message.mod_seq);
                    stored.push((sequence, uid, Flags::new(message.flags.iter().cloned())));
                }
            }
            stored
        });
        if !silent {
            for (sequence, uid, flags) in stored.unwrap_or_default() {
                let uid = messages.is_uid().then_some(FetchAttribute::Uid(uid));
                let attributes =
                    Attributes::new(uid.into_iter().chain([FetchAttribute::Flags(flags)]));
                responder
                    .untagged(connection, &Response::Fetch(Fetch::new(sequence, attributes)))?;
            }
        }
        self.news(connection, messages.is_uid())?;
        responder.ok(connection, None, "STORE completed")
    }

    pub(super) fn copy(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        messages: &Messages<'_>,
        to: &MailboxName<'_>,
        remove: bool,
        mut responder: Responder,
    ) -> Result<(), SendError> {
        let Some(view) = &self.view else {
            return responder.bad(connection, NO_FOLDER);
        };
        if remove && view.read_only {
            return read_only(connection, responder);
        }
        let uids: Vec<u32> =
            view.named(messages, &self.saved).iter().map(|(_, uid)| uid.get()).collect();
        let (uid_validity, pairs) =
            match account.copy(view.uid_validity, &uids, &to.decoded(false), remove) {
                Ok(copied) => copied,
                Err(super::Refusal::NonExistent) => {
                    return responder.no(
                        connection,
                        Some(ResponseCode::TryCreate),
                        "no such folder",
                    );
                }
                Err(refusal) => {
                    return responder.no(connection, Some(code(refusal)), "not into this folder");
                }
            };
        let code =
            (!pairs.is_empty() && !self.shared.hides("UIDPLUS")).then(|| ResponseCode::CopyUid {
                uid_validity: UidValidity::new(uid_validity),
                source: uid_ranges(pairs.iter().map(|(before, _)| *before)),
                destination: uid_ranges(pairs.iter().map(|(_, after)| *after)),
            });
        if !remove {
            self.news(connection, true)?;
            return responder.ok(connection, code, "COPY completed");
        }
        if let Some(code) = code {
            // RFC 6851 section 4.3: before the EXPUNGEs.
            let copied = Response::Condition {
                condition: Condition::Ok,
                code: Some(code),
                text: (&b"moved"[..]).into(),
            };
            responder.untagged(connection, &copied)?;
        }
        self.tell(connection, account, &mut responder)?;
        responder.ok(connection, None, "MOVE completed")
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
        if view.read_only {
            return read_only(connection, responder);
        }
        let named = |uid: u32| match (only, Uid::new(uid), view.last_uid()) {
            (None, _, _) => true,
            (Some(set), Some(uid), Some(last)) => set.contains(uid, last),
            _ => false,
        };
        account.change_at(view.uid_validity, |folder| {
            folder.remove(|message| message.has(&Flag::Deleted) && named(message.uid))
        });
        self.tell(connection, account, &mut responder)?;
        responder.ok(connection, None, "EXPUNGE completed")
    }

    /// All news, as part of the answer.
    fn tell(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        responder: &mut Responder,
    ) -> Result<(), SendError> {
        let Some(view) = &mut self.view else {
            return Ok(());
        };
        let identity = view.uid_validity;
        let updates = account.look_at(identity, |folder| view.updates(Some(folder), true));
        for update in &updates.unwrap_or_default() {
            responder.untagged(connection, &response(update))?;
        }
        Ok(())
    }
}

/// Refuses a change to a folder that is open for reading.
fn read_only(connection: &mut Connection, responder: Responder) -> Result<(), SendError> {
    responder.no(connection, Some(ResponseCode::NoPerm), "the folder is open for reading")
}
