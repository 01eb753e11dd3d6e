//! Commands about many messages: one set after the other, and what happened to each message.

use std::{borrow::Cow, num::NonZeroU32};

use imap_proto_lite::{
    Command, MailboxName, ModSeq, Status, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages, StoreAction},
    flag::Flag,
    response::{FetchAttribute, Response, ResponseCode},
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
    /// A row cannot be read: which messages are there cannot be told.
    is_unclear: bool,
    /// COPYUID: the originals and, in the same order, the copies.
    copies: Option<(u32, Ranges, Ranges)>,
    /// MODIFIED (RFC 7162): a conditional STORE left them alone.
    changed: Ranges,
    /// One of several COPYUID cannot be read, so the others do not name all that is done.
    has_gaps: bool,
}

impl Heard {
    /// A server that goes in steps tells the copies of each (RFC 6851 section 4.3).
    fn code(&mut self, code: &ResponseCode<'_>) {
        let told = match code {
            ResponseCode::CopyUid { uid_validity, source, destination } => rising(source)
                .zip(rising(destination))
                .map(|(uids, copies)| (uid_validity.get(), uids, copies)),
            // UIDs, as in the command.
            ResponseCode::Modified(uids) => {
                for range in uids.iter() {
                    let ends = [range.low(), range.high()].map(|end| NonZeroU32::new(end.get()));
                    if let [Some(low), Some(high)] = ends {
                        self.changed.insert_range(low, high);
                    }
                }
                return;
            }
            ResponseCode::Other { name, .. }
                if name.to_str_lossy().eq_ignore_ascii_case("COPYUID") =>
            {
                None
            }
            _ => return,
        };
        self.has_gaps |= told.is_none();
        match (&mut self.copies, told) {
            (Some(known), Some(told)) if *known != told => {
                let (validity, uids, copies) = known;
                // The n-th copy is that of the n-th message only if both go on rising.
                let goes_on = *validity == told.0
                    && uids.last() < told.1.first()
                    && copies.last() < told.2.first();
                uids.merge(&told.1);
                if goes_on && !copies.is_empty() {
                    copies.merge(&told.2);
                } else {
                    *copies = Ranges::new();
                }
            }
            (copies @ None, told) => *copies = told,
            _ => {}
        }
    }

    /// Notes a row of the question which messages there are. Flags in it are news.
    fn note_existing(&mut self, view: &Selected, response: &Response<'_>) -> bool {
        self.is_unclear |= unreadable(response).is_some();
        let has_flags = matches!(response, Response::Fetch(fetch) if fetch.flags().is_some());
        note_row(&mut self.existing, view, response).is_some() && !has_flags
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
        if let Err(error) = self.folder() {
            return Ended::Cut { was_sent: false, error };
        }
        let before = self.driver.written();
        // One short row for each message that there is.
        let existing = match self.send(&fetch(set, &[FetchItem::Uid])) {
            Ok(id) => id,
            Err(error) => return Ended::Cut { was_sent: false, error },
        };
        let command = batch.command(set);
        let listen: &mut Listener<'_> = &mut |view, line| heard.note_existing(view, line);
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
                    Response::Fetch(_) if is_stored => {
                        is_of(asked, note_row(&mut heard.stored, view, response))
                    }
                    _ if question.is_none() => heard.note_existing(view, response),
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
        if heard.is_unclear || question.is_none_or(|event| accepted("FETCH", event).is_err()) {
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
        self.unless_closed(ended)
    }

    /// Of which messages the command was, if the folder was closed or got another UIDVALIDITY in
    /// the meantime, cannot be told.
    fn unless_closed(&self, ended: Ended) -> Ended {
        match (&ended, self.folder()) {
            (Ended::Ok | Ended::Refused { is_bad: false, .. }, Err(error)) => {
                Ended::Cut { was_sent: true, error }
            }
            _ => ended,
        }
    }

    /// The messages of these that there are, and of them those with `\Deleted`.
    ///
    /// # Errors
    /// [`Error::Refused`] and the end of the connection; [`Error::Damaged`] when a row cannot be
    /// read; [`Error::NoFolder`] when the folder was closed in the meantime.
    pub(super) async fn existing(
        &mut self,
        set: &UidSet,
        asked: &Ranges,
    ) -> Result<(Ranges, Ranges)> {
        self.folder()?;
        let id = self.send(&fetch(set, &[FetchItem::Uid, FetchItem::Flags]))?;
        let (mut existing, mut deleted, mut damage) = (Ranges::new(), Ranges::new(), None);
        self.complete(id, "FETCH", &mut |view, response| {
            damage = damage.take().or_else(|| unreadable(response));
            let flags = if let Response::Fetch(fetch) = response { fetch.flags() } else { None };
            if flags.is_some_and(|flags| flags.contains(&Flag::Deleted)) {
                note_row(&mut deleted, view, response);
            }
            is_of(asked, note_row(&mut existing, view, response))
        })
        .await?;
        self.folder()?;
        let reason = "which of the messages there are cannot be read";
        match damage {
            Some(raw) => Err(Error::damaged(None, reason, &raw)),
            None => Ok((existing, deleted)),
        }
    }

    /// Sends one command about these messages of the open folder and waits for its answer. Rows of
    /// STORE go to `rows`.
    pub(super) async fn run_in_folder(
        &mut self,
        name: &'static str,
        command: &Command<'_>,
        uids: &Ranges,
        rows: &mut Ranges,
    ) -> Ended {
        if let Err(error) = self.folder() {
            return Ended::Cut { was_sent: false, error };
        }
        let listen: &mut Listener<'_> =
            &mut |view, response| is_of(uids, note_row(rows, view, response));
        let ended = self.run_one(name, command, listen).await;
        self.unless_closed(ended)
    }

    /// Sends one command and waits for its answer.
    pub(super) async fn run_one(
        &mut self,
        name: &'static str,
        command: &Command<'_>,
        on: &mut Listener<'_>,
    ) -> Ended {
        let before = self.driver.written();
        let id = match self.send(command) {
            Ok(id) => id,
            Err(error) => return Ended::Cut { was_sent: false, error },
        };
        let answer = self.answer(id, on).await;
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

/// Notes the message that a FETCH response is about, and returns its UID.
pub(super) fn note_row(
    rows: &mut Ranges,
    view: &Selected,
    response: &Response<'_>,
) -> Option<NonZeroU32> {
    let Response::Fetch(fetch) = response else {
        return None;
    };
    let uid = fetch.uid().or_else(|| view.uid(fetch.seq)).map(number)?;
    rows.insert(uid);
    Some(uid)
}

/// Whether a row is about one of these: the flags of others are news.
fn is_of(uids: &Ranges, uid: Option<NonZeroU32>) -> bool {
    uid.is_some_and(|uid| uids.contains(uid))
}

/// The bytes that cannot be read of a line that may be the row of any message. After one of them a
/// message without a row is not gone.
pub(super) fn unreadable(response: &Response<'_>) -> Option<Vec<u8>> {
    match response {
        Response::Malformed { raw } => Some(raw.to_vec()),
        Response::Fetch(fetch) if fetch.uid().is_none() => {
            fetch.iter().find_map(|attribute| match attribute {
                FetchAttribute::Malformed { raw, .. } => Some(raw.to_vec()),
                _ => None,
            })
        }
        _ => None,
    }
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
    let copies = heard.copies.filter(|_| !heard.has_gaps);
    let copies = copies.filter(|(_, uids, _)| uids.intersection(&asked) == *uids);
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
