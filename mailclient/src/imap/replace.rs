//! REPLACE (RFC 8508), else APPEND and the removal of just the message that was replaced.

use imap_proto_lite::{
    Command, Uid, UidSet,
    command::{FetchItem, Messages},
};

use crate::{
    append::Append,
    error::{Error, Result, Versions},
    feature::Feature,
    folder::FolderName,
    id::{MessageId, Ranges},
    imap::{
        answer::{Listener, accepted},
        append::{Reader, appended, head},
        batch::{fetch, note_row},
        mailbox::ImapMailbox,
        naming::{Naming, number, wire_name},
    },
    report::{Outcome, Report},
};

/// The message that is replaced.
struct Old<'o> {
    id: &'o MessageId,
    uid: Uid,
    set: UidSet,
    naming: Naming,
    folder: FolderName,
}

impl ImapMailbox {
    pub(super) async fn put_in_place(
        &mut self,
        id: &MessageId,
        options: &Append,
        message: Reader<'_>,
    ) -> Result<Option<MessageId>> {
        if !self.can_replace() && !self.can_expunge() {
            return Err(Error::Unsupported(Feature::Replace));
        }
        self.check_announced(options)?;
        head(options)?;
        self.old(id)?;
        self.settle().await?;
        // The folder may have another UIDVALIDITY by now.
        let old = self.old(id)?;
        self.check_size(&old.folder, options).await?;
        match self.can_replace() {
            true => self.replace_at_once(&old, options, message).await,
            false => self.append_and_remove(&old, options, message).await,
        }
    }

    fn old<'o>(&self, id: &'o MessageId) -> Result<Old<'o>> {
        let folder = self.writable()?.name.clone();
        let (naming, uid) = (self.naming()?, self.uid(id)?);
        if self.marks.contains(id) {
            return Err(Error::NoSuchMessage(Box::new(id.clone())));
        }
        Ok(Old { id, uid, set: UidSet::one(uid), naming, folder })
    }

    /// UID REPLACE. The question whether there is such a message goes out in the same write: a
    /// refusal does not say that it is gone.
    async fn replace_at_once(
        &mut self,
        old: &Old<'_>,
        options: &Append,
        message: Reader<'_>,
    ) -> Result<Option<MessageId>> {
        let (messages, mailbox) = (Messages::from(old.set.clone()), wire_name(&old.folder)?);
        let command = Command::Replace { messages, mailbox, message: head(options)? };
        let question = self.send(&fetch(&old.set, &[FetchItem::Uid]))?;
        let mut there = Ranges::new();
        let listen: &mut Listener<'_> =
            &mut |view, line| note_row(&mut there, view, line).is_some();
        let (id, answered) = self.send_after(question, &command, listen).await?;
        let mut sending = self.sending(id, &old.folder, options, message);
        sending.question = answered.is_none().then_some(question);
        let answer = match self.send_message(&mut sending).await {
            // RFC 8508 section 3.3: it is done as a whole or not at all.
            Err(error) if sending.may_be_stored(&error) => {
                return Err(Error::replacement(Versions::Either, sending.new, error));
            }
            answer => answer?,
        };
        there.merge(&sending.rows);
        if let Some(question) = sending.question {
            // Told after the answer to REPLACE: the old message is not there any more, if it was.
            let listen: &mut Listener<'_> =
                &mut |view, line| note_row(&mut there, view, line).is_some();
            let _ = self.complete(question, "FETCH", listen).await;
        }
        match accepted("REPLACE", answer) {
            Ok(code) => Ok(sending.new.or_else(|| appended(&old.folder, &code?))),
            Err(Error::Refused(_)) if !there.contains(number(old.uid)) => {
                Err(Error::NoSuchMessage(Box::new(old.id.clone())))
            }
            Err(error) => Err(error),
        }
    }

    /// The old message is touched only after the server confirmed that it stored the new one.
    async fn append_and_remove(
        &mut self,
        old: &Old<'_>,
        options: &Append,
        message: Reader<'_>,
    ) -> Result<Option<MessageId>> {
        let uids = Ranges::one(number(old.uid));
        let (there, deleted) = self.existing(&old.set, &uids).await?;
        if !there.contains(number(old.uid)) {
            return Err(Error::NoSuchMessage(Box::new(old.id.clone())));
        }
        let mailbox = wire_name(&old.folder)?;
        let id = self.send(&Command::Append { mailbox, message: head(options)? })?;
        let mut sending = self.sending(id, &old.folder, options, message);
        sending.asks_for_news = true;
        let answer = match self.send_message(&mut sending).await {
            Err(error) if sending.may_be_stored(&error) => {
                return Err(Error::replacement(Versions::OldPerhapsNew, sending.new, error));
            }
            answer => answer?,
        };
        let code = accepted("APPEND", answer)?;
        let new = code.and_then(|code| appended(&old.folder, &code)).or_else(|| sending.new.take());
        let heard = match self.hear_news(sending.noop).await {
            Err(error) if error.ends_the_connection() => Err(error),
            _ => Ok(()),
        };
        // The UID is good only as long as the folder is the same.
        if let Err(error) = heard.and_then(|()| self.old(old.id).map(drop)) {
            return Err(Error::replacement(Versions::Both, new, error));
        }
        let mut report = Report::new();
        let mut ours = self.remove_set(&old.naming, &old.set, uids, &mut report).await;
        let is_there = ours.contains(number(old.uid));
        ours.subtract(&deleted);
        self.unflag(ours).await;
        if report.is_complete() {
            return Ok(new);
        }
        let is_unknown = report.iter().any(|(_, outcome)| outcome == Outcome::Unknown);
        let versions =
            if is_unknown && !is_there { Versions::NewPerhapsOld } else { Versions::Both };
        Err(Error::replacement(versions, new, Error::Partial(Box::new(report))))
    }
}
