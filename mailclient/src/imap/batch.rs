//! Commands about many messages: one set after the other, and what happened to each message.

use std::{borrow::Cow, num::NonZeroU32};

use imap_proto_lite::{
    Command, MailboxName, ModSeq, Status, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages, StoreAction},
    flag::Flag,
    response::{Response, ResponseCode},
    selected::Selected,
    sequence::UidRanges,
};

use crate::{
    error::{Error, Result},
    folder::FolderName,
    id::{IdSet, Ranges},
    imap::{
        answer::{Listener, accepted},
        mailbox::ImapMailbox,
        naming::{Naming, number, sets},
    },
    report::{Outcome, Report},
};

/// A command about a set of messages.
pub(super) enum Batch<'b> {
    /// With the modification sequence after which no message may have changed.
    Store(StoreAction<'b>, Option<ModSeq>),
    Copy(&'b FolderName, MailboxName<'b>),
    Move(&'b FolderName, MailboxName<'b>),
}

impl<'b> Batch<'b> {
    const fn name(&self) -> &'static str {
        match self {
            Self::Store(..) => "STORE",
            Self::Copy(..) => "COPY",
            Self::Move(..) => "MOVE",
        }
    }

    pub(super) fn command(&self, uids: &UidSet) -> Command<'b> {
        let messages = Messages::from(uids.clone());
        match self {
            // Not silent: the rows say which messages exist.
            Self::Store(action, unchanged_since) => Command::Store {
                messages,
                action: action.clone(),
                silent: false,
                unchanged_since: *unchanged_since,
            },
            Self::Copy(_, mailbox) => Command::Copy { messages, mailbox: mailbox.clone() },
            Self::Move(_, mailbox) => Command::Move { messages, mailbox: mailbox.clone() },
        }
    }
}

/// How one command ended.
pub(super) enum Ended {
    Ok,
    /// NO, or BAD: then nothing was done at all.
    Refused {
        error: Error,
        is_bad: bool,
    },
    /// The connection ended; whether a byte of the command was sent.
    Cut {
        was_sent: bool,
        error: Error,
    },
}

/// The answers heard about the messages of one set.
#[derive(Default)]
struct Heard {
    /// They were there before the command.
    existing: Ranges,
    /// A row of STORE named them.
    stored: Ranges,
    /// COPYUID: the originals and, in the same order, the copies.
    copies: Option<(u32, Ranges, Ranges)>,
    /// MODIFIED (RFC 7162): a conditional STORE left them alone.
    changed: Ranges,
}

impl Heard {
    fn code(&mut self, code: &ResponseCode<'_>) {
        match code {
            ResponseCode::CopyUid { uid_validity, source, destination } => {
                let (uids, copies) = (rising(source), rising(destination));
                self.copies = uids.zip(copies).map(|(one, two)| (uid_validity.get(), one, two));
            }
            // UIDs, as in the command.
            ResponseCode::Modified(uids) => {
                for range in uids.iter() {
                    let ends = [range.low(), range.high()].map(|end| NonZeroU32::new(end.get()));
                    if let [Some(low), Some(high)] = ends {
                        self.changed.insert_range(low, high);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A set whose numbers rise, so that the n-th of it can be told; `None` for any other.
fn rising(ranges: &UidRanges<'_>) -> Option<Ranges> {
    let mut numbers = Ranges::new();
    let mut last = 0;
    for range in ranges.iter() {
        if range.first > range.last || range.first.get() <= last {
            return None;
        }
        last = range.last.get();
        numbers.insert_range(number(range.first), number(range.last));
    }
    Some(numbers)
}

impl ImapMailbox {
    /// Runs a command for these messages of the open folder, as many sets as it takes. After a
    /// refusal or the end of the connection nothing more is sent.
    pub(super) async fn run_batches(
        &mut self,
        naming: &Naming,
        uids: Ranges,
        batch: &Batch<'_>,
    ) -> Report {
        let mut report = Report::new();
        for (set, asked) in sets(&uids) {
            if report.cause().is_some() {
                report.push_set(naming.ids(asked), Outcome::NotSent);
                continue;
            }
            let mut heard = Heard::default();
            let ended = self.run_batch((&set, &asked), batch, &mut heard).await;
            judge(&mut report, naming, asked, batch, heard, ended);
        }
        report
    }

    /// One set: asks which messages there are and sends the command, in one write.
    async fn run_batch(
        &mut self,
        (set, asked): (&UidSet, &Ranges),
        batch: &Batch<'_>,
        heard: &mut Heard,
    ) -> Ended {
        let before = self.driver.written();
        // One short row for each message that there is.
        let existing = match self.send(&fetch(set, &[FetchItem::Uid])) {
            Ok(id) => id,
            Err(error) => return Ended::Cut { was_sent: false, error },
        };
        let command = batch.command(set);
        let there = &mut heard.existing;
        let listen: &mut Listener<'_> = &mut |view, response| note_row(there, view, response);
        let (id, answered) = match self.send_after(existing, &command, listen).await {
            Ok(sent) => sent,
            Err(error) => return Ended::Cut { was_sent: false, error },
        };
        // The command may have left together with the question.
        let was_sent = |mailbox: &Self| mailbox.driver.written() > before;
        let is_store = matches!(batch, Batch::Store(..));
        let (mut question, mut answer) = (answered, None);
        // A server may finish the second before the first (RFC 9051 section 5.5): Dovecot does when
        // it refuses it.
        while question.is_none() || answer.is_none() {
            let is_stored = is_store && question.is_some();
            let event = self
                .next_answer(&mut |view, response| match response {
                    Response::Condition { code: Some(code), .. } => {
                        heard.code(code);
                        false
                    }
                    Response::Fetch(_) if is_stored => note_row(&mut heard.stored, view, response),
                    _ if question.is_none() => note_row(&mut heard.existing, view, response),
                    _ => false,
                })
                .await;
            match event {
                Ok(event) if event.id() == Some(existing) => question = Some(event),
                Ok(event) if event.id() == Some(id) => answer = Some(event),
                Ok(_) => {}
                Err(error) => return Ended::Cut { was_sent: was_sent(self), error },
            }
        }
        // If what there is cannot be told, all of it counts as there.
        if question.is_none_or(|event| accepted("FETCH", event).is_err()) {
            heard.existing = asked.clone();
        }
        // A refusal names what it left alone, and no copies.
        if let Some(Event::Done { status, code: Some(code), .. }) = &answer
            && (*status == Status::Ok || matches!(code, ResponseCode::Modified(_)))
        {
            heard.code(code);
        }
        let closed = || Ended::Cut { was_sent: true, error: Error::closed() };
        let ended = answer.map_or_else(closed, |answer| ended(batch.name(), answer));
        ended
    }

    /// The messages of these that there are, and of them those with `\Deleted`.
    ///
    /// # Errors
    /// [`Error::Refused`] and the end of the connection.
    pub(super) async fn existing(&mut self, set: &UidSet) -> Result<(Ranges, Ranges)> {
        let id = self.send(&fetch(set, &[FetchItem::Uid, FetchItem::Flags]))?;
        let (mut existing, mut deleted) = (Ranges::new(), Ranges::new());
        self.complete(id, "FETCH", &mut |view, response| {
            let flags = if let Response::Fetch(fetch) = response { fetch.flags() } else { None };
            if flags.is_some_and(|flags| flags.contains(&Flag::Deleted)) {
                note_row(&mut deleted, view, response);
            }
            note_row(&mut existing, view, response)
        })
        .await?;
        Ok((existing, deleted))
    }

    /// Sends one command about messages and waits for its answer. Rows of STORE go to `rows`.
    pub(super) async fn run_one(
        &mut self,
        name: &'static str,
        command: &Command<'_>,
        rows: &mut Ranges,
    ) -> Ended {
        let before = self.driver.written();
        let id = match self.send(command) {
            Ok(id) => id,
            Err(error) => return Ended::Cut { was_sent: false, error },
        };
        let answer = self.answer(id, &mut |view, response| note_row(rows, view, response)).await;
        match answer {
            Ok(answer) => ended(name, answer),
            Err(error) => Ended::Cut { was_sent: self.driver.written() > before, error },
        }
    }
}

/// How a command ended that was answered.
fn ended(name: &'static str, answer: Event) -> Ended {
    let is_bad = matches!(answer, Event::Done { status: Status::Bad, .. });
    match accepted(name, answer) {
        Ok(_) => Ended::Ok,
        Err(error) => Ended::Refused { error, is_bad },
    }
}

pub(super) fn fetch<'f>(set: &UidSet, items: &'f [FetchItem<'f>]) -> Command<'f> {
    let (messages, modifiers) = (Messages::from(set.clone()), FetchModifiers::default());
    Command::Fetch { messages, items: Cow::Borrowed(items), modifiers }
}

/// Notes the message that a FETCH response is about.
pub(super) fn note_row(rows: &mut Ranges, view: &Selected, response: &Response<'_>) -> bool {
    let Response::Fetch(fetch) = response else {
        return false;
    };
    let uid = fetch.uid().or_else(|| view.uid(fetch.seq));
    if let Some(uid) = uid {
        rows.insert(number(uid));
    }
    uid.is_some()
}

/// What happened to each message of one set.
fn judge(
    report: &mut Report,
    naming: &Naming,
    asked: Ranges,
    batch: &Batch<'_>,
    heard: Heard,
    ended: Ended,
) {
    let existing = heard.existing.intersection(&asked);
    let copies = heard.copies.filter(|(_, uids, _)| uids.intersection(&asked) == *uids);
    let mut done = match (&ended, &copies) {
        (_, Some((_, uids, _))) => uids.clone(),
        (Ended::Ok, None) => existing.clone(),
        (_, None) => heard.stored.intersection(&asked),
    };
    // A row of a message that was left alone tells only what it is now.
    let changed = heard.changed.intersection(&existing);
    done.subtract(&changed);
    let mut rest = existing;
    rest.subtract(&done);
    rest.subtract(&changed);
    let mut gone = asked;
    gone.subtract(&done);
    gone.subtract(&rest);
    gone.subtract(&changed);
    let target = match batch {
        Batch::Store(..) => None,
        Batch::Copy(folder, _) | Batch::Move(folder, _) => Some(*folder),
    };
    let new = target.zip(copies).and_then(|(folder, (validity, _, copies))| {
        Some(IdSet::from_uids(folder.clone(), NonZeroU32::new(validity)?, copies))
    });
    report.push_copies(naming.ids(done), new.unwrap_or_default(), Outcome::done());
    report.push_set(naming.ids(changed), Outcome::Changed);
    let (rest_is, gone_is, cause) = match ended {
        // Between the question and the command another client removed the rest.
        Ended::Ok => (Outcome::Gone, Outcome::Gone, None),
        Ended::Refused { error, is_bad } => {
            // NO to COPY: none was copied (RFC 9051 section 6.4.7). NO to STORE and MOVE: some may
            // have been (RFC 9051 section 6.4.6, RFC 6851 section 3.3), but none into a folder that
            // does not exist.
            let outcome = Outcome::of(&error, Outcome::Unknown);
            let is_absent = matches!(&outcome, Outcome::Refused(refusal)
                if refusal.code.as_deref() == Some("TRYCREATE"));
            let is_none = is_bad || is_absent || matches!(batch, Batch::Copy(..));
            (if is_none { outcome } else { Outcome::Unknown }, Outcome::Gone, Some(error))
        }
        Ended::Cut { was_sent, error } => {
            let outcome = Outcome::unanswered(was_sent);
            (outcome.clone(), outcome, Some(error))
        }
    };
    report.push_set(naming.ids(rest), rest_is);
    report.push_set(naming.ids(gone), gone_is);
    if let Some(cause) = cause {
        report.set_cause(cause);
    }
}
