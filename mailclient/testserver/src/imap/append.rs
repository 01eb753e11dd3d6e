//! APPEND, and REPLACE ([RFC 8508](https://www.rfc-editor.org/rfc/rfc8508)).

use std::sync::Arc;

use bytes::BytesMut;
use imap_proto_lite::{
    Command, Flag, MailboxName, Response, SendError, UidValidity,
    command::{AppendData, AppendMessage},
    response::ResponseCode,
    server::{AppendResponder, Connection, OwnedCommand, Responder},
};

use super::{
    super::{
        folder::Content,
        store::{NewMessage, Refusal},
    },
    Imap,
    answers::{code_of_target, said, uid_ranges},
    upload::Upload,
};

/// The most memory that is reserved for a message before its bytes arrive.
const RESERVED: u64 = 1 << 20;

impl Imap<'_> {
    pub(super) fn append(
        &mut self,
        connection: &mut Connection,
        command: &OwnedCommand,
        octets: u64,
        responder: AppendResponder,
    ) -> Result<(), SendError> {
        let command = command.parse();
        if let Some(missing) = command.missing(&self.announced, connection.enabled()) {
            let text = format!("no {missing} here");
            return responder.refuse(connection, Some(ResponseCode::Cannot), &text);
        }
        let (mailbox, message, replaces) = match command {
            Command::Append { mailbox, message } => (mailbox, message, None),
            Command::Replace { messages, mailbox, message } => {
                let view = self.view.as_ref().filter(|view| !view.read_only);
                let named = view.map(|view| view.named(&messages, &self.saved));
                match named.as_deref() {
                    Some([(_, uid)]) => (mailbox, message, Some(uid.get())),
                    _ => {
                        let code = Some(ResponseCode::Cannot);
                        return responder.refuse(connection, code, "replaces one message");
                    }
                }
            }
            _ => return responder.refuse(connection, Some(ResponseCode::Cannot), "not here"),
        };
        match self.upload(connection, &mailbox, &message, replaces, octets) {
            Ok(upload) => {
                self.upload = Some(upload);
                responder.accept(connection)
            }
            Err(refusal) => {
                let code = Some(code_of_target(refusal));
                responder.refuse(connection, code, "not into this folder")
            }
        }
    }

    fn upload(
        &self,
        connection: &Connection,
        mailbox: &MailboxName<'_>,
        message: &AppendMessage<'_>,
        replaces: Option<u32>,
        octets: u64,
    ) -> Result<Upload, Refusal> {
        let folder = self.dialect(connection).names.inner(mailbox).ok_or(Refusal::NonExistent)?;
        let account = self.account.as_ref().ok_or(Refusal::NonExistent)?;
        account.has_room(&folder, octets)?;
        let reserved = usize::try_from(octets.min(RESERVED)).unwrap_or_default();
        let no_keywords = self.shared.persona.quirks.no_keywords;
        let flags = message.flags.iter().cloned().map(Flag::into_owned);
        Ok(Upload {
            folder,
            flags: flags.filter(|flag| !no_keywords || !matches!(flag, Flag::Keyword(_))).collect(),
            date: message
                .date
                .map_or_else(|| self.shared.clock.now(), |date| date.unix_timestamp()),
            replaces,
            is_text: message.data == AppendData::Literal,
            octets: BytesMut::with_capacity(reserved),
        })
    }

    pub(super) fn appended(
        &mut self,
        connection: &mut Connection,
        mut responder: Responder,
    ) -> Result<(), SendError> {
        let (Some(upload), Some(account)) = (self.upload.take(), self.account.clone()) else {
            return responder.no(connection, None, "there was no message");
        };
        if upload.is_text && upload.octets.contains(&0) {
            return responder.bad(connection, "NUL needs a literal8");
        }
        let message = NewMessage {
            content: Arc::new(Content::new(upload.octets.freeze())),
            flags: upload.flags,
            date: upload.date,
            saved: self.shared.clock.now(),
        };
        let (uid_validity, uid) = match account.append(&upload.folder, message) {
            Ok(stored) => stored,
            Err(refusal) => {
                let code = Some(code_of_target(refusal));
                return responder.no(connection, code, "not into this folder");
            }
        };
        let code = ResponseCode::AppendUid {
            uid_validity: UidValidity::new(uid_validity),
            uids: uid_ranges([uid]),
        };
        let code = Some(code).filter(|_| self.announced.has("UIDPLUS") && uid_validity != 0);
        let Some(replaced) = upload.replaces else {
            self.news(connection, true)?;
            return responder.ok(connection, code, "APPEND completed");
        };
        if let Some(view) = &self.view {
            account.change_at(view.identity, |folder| {
                folder.remove(|message| message.uid == replaced);
            });
        }
        // RFC 8508 section 3.3: APPENDUID before the EXPUNGE.
        if let Some(code) = code {
            let stored: Response<'_> = said(code, "replacement is ready");
            responder.untagged(connection, &stored)?;
        }
        self.tell(connection, &mut responder)?;
        responder.ok(connection, self.highest_mod_seq(connection), "REPLACE completed")
    }
}
