//! [`Report`]: what happened to each message.

mod halves;

use std::{error::Error as StdError, fmt, sync::Arc};

use crate::{
    error::refusal::Refusal,
    id::{IdSet, MessageId},
};

/// What happened to one message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    #[non_exhaustive]
    Done {
        /// The id of the copy in the other folder, if the server told it (COPYUID, RFC 4315).
        new: Option<MessageId>,
    },
    /// A move stopped half-way: the copy is there, and the message still is too.
    #[non_exhaustive]
    Copied {
        /// The id of the copy, if the server told it.
        new: Option<MessageId>,
    },
    /// The message is not there any more.
    Gone,
    /// It changed meanwhile, and was left as it is: see
    /// [`Mailbox::set_flags_if_unchanged`](crate::Mailbox::set_flags_if_unchanged).
    Changed,
    /// The server refused it: nothing was done.
    Refused(Arc<Refusal>),
    /// Nothing was sent for it.
    NotSent,
    /// It was sent and not answered: it may have been done. A deletion over IMAP may have gone
    /// only as far as the flag `\Deleted`: the message is there then, until somebody expunges the
    /// folder.
    Unknown,
}

impl Outcome {
    /// Done, without a new id.
    #[must_use]
    pub const fn done() -> Self {
        Self::Done { new: None }
    }

    /// Done, with the id of the copy.
    #[must_use]
    pub const fn done_as(new: MessageId) -> Self {
        Self::Done { new: Some(new) }
    }

    /// Copied and not removed, with the id of the copy if it is known.
    #[must_use]
    pub const fn copied(new: Option<MessageId>) -> Self {
        Self::Copied { new }
    }

    /// That of a command which was not answered.
    pub(crate) const fn unanswered(was_sent: bool) -> Self {
        if was_sent { Self::Unknown } else { Self::NotSent }
    }

    /// Nothing is left to do for this message.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Gone)
    }
}

/// What happened to each message of a call that changes messages.
///
/// Messages with one outcome are kept as ranges, so a report is as small as the set that was given.
///
/// ```
/// # use mailclient::{Error, FolderName, IdSet, Mailbox, Result};
/// # async fn file(mailbox: &mut dyn Mailbox, ids: &IdSet, folder: &FolderName) -> Result<()> {
/// match mailbox.move_to(ids, folder).await {
///     Ok(report) => println!("{report}"),
///     Err(Error::Partial(report)) => {
///         println!("{report}");
///         println!("try again: {:?}; look first: {:?}", report.to_repeat(), report.unknown());
///     }
///     Err(error) => return Err(error), // Nothing was done.
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
    /// An [`Error`](crate::Error); `error/partial.rs` knows that.
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

#[derive(Clone, Debug)]
struct Row {
    ids: IdSet,
    outcome: Outcome,
    /// The ids of the copies, in the order of `ids`.
    copies: Option<IdSet>,
}

impl Report {
    /// A report without messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what happened to one message.
    pub fn push(&mut self, id: MessageId, outcome: Outcome) {
        self.push_set(id.into(), outcome);
    }

    /// Adds what happened to each message of a set.
    pub fn push_set(&mut self, ids: IdSet, outcome: Outcome) {
        if ids.is_empty() {
            return;
        }
        if let Some(row) = self.rows.last_mut()
            && row.copies.is_none()
            && row.outcome == outcome
        {
            row.ids.merge(&ids);
            return;
        }
        self.rows.push(Row { ids, outcome, copies: None });
    }

    /// Adds messages of one folder that were copied: the n-th of `ids` is the n-th of `copies`. If
    /// there are not as many, which copy is whose is not known.
    pub(crate) fn push_copies(&mut self, ids: IdSet, copies: IdSet, outcome: Outcome) {
        if !ids.is_empty() && ids.len() == copies.len() {
            self.rows.push(Row { ids, outcome, copies: Some(copies) });
        } else {
            self.push_set(ids, outcome);
        }
    }

    /// Adds another report.
    pub fn merge(&mut self, mut other: Self) {
        for row in std::mem::take(&mut other.rows) {
            match row.copies {
                Some(copies) => self.push_copies(row.ids, copies, row.outcome),
                None => self.push_set(row.ids, row.outcome),
            }
        }
        self.take_cause_of(other);
    }

    pub(crate) fn take_cause_of(&mut self, other: Self) {
        if self.cause.is_none() {
            self.cause = other.cause;
        }
    }

    /// A report of copies, after the messages were to be removed: those that are not among `moved`
    /// are only copied.
    pub(crate) fn half_done(self, moved: &IdSet) -> Self {
        let mut report = Self { rows: Vec::new(), cause: self.cause };
        for row in self.rows {
            let Outcome::Done { new } = &row.outcome else {
                report.push_set(row.ids, row.outcome);
                continue;
            };
            let mut there = row.ids.clone();
            there.subtract(moved);
            let copied = Outcome::copied(new.clone());
            let Some(copies) = row.copies else {
                let mut away = row.ids;
                away.subtract(&there);
                report.push_set(away, row.outcome);
                report.push_set(there, copied);
                continue;
            };
            if let (Some((folder, validity, ids)), Some((target, other, new))) =
                (row.ids.only_uids(), copies.only_uids())
            {
                let there = there.uids_of(folder, validity).cloned().unwrap_or_default();
                let (moved, kept) = halves::split(ids, new, there);
                for (half, outcome) in [(moved, row.outcome), (kept, copied)] {
                    let ids = IdSet::from_uids(folder.clone(), validity, half.ids);
                    let copies = IdSet::from_uids(target.clone(), other, half.copies);
                    report.push_copies(ids, copies, outcome);
                }
                continue;
            }
            // Ids without UIDVALIDITY are kept one by one.
            for (id, copy) in row.ids.iter().zip(copies.iter()) {
                let new = Some(copy);
                let is_there = there.contains(&id);
                let outcome =
                    if is_there { Outcome::Copied { new } } else { Outcome::Done { new } };
                report.push(id, outcome);
            }
        }
        report
    }

    /// Each message with what happened to it.
    pub fn iter(&self) -> impl Iterator<Item = (MessageId, Outcome)> + '_ {
        self.rows.iter().flat_map(|row| {
            let mut copies = row.copies.iter().flat_map(IdSet::iter);
            row.ids.iter().map(move |id| {
                let mut outcome = row.outcome.clone();
                if let Outcome::Done { new } | Outcome::Copied { new } = &mut outcome
                    && let Some(copy) = copies.next()
                {
                    *new = Some(copy);
                }
                (id, outcome)
            })
        })
    }

    /// The number of messages.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.rows.iter().map(|row| row.ids.len()).sum()
    }

    /// Whether the call was about no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every message is [`Done`](Outcome::Done) or [`Gone`](Outcome::Gone).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.outcome.is_final())
    }

    /// The messages to give to the same call again: those that were refused or not sent. Never
    /// one for which anything was done or may have been done.
    #[must_use]
    pub fn to_repeat(&self) -> IdSet {
        self.with(|outcome| matches!(outcome, Outcome::Refused(_) | Outcome::NotSent))
    }

    /// The messages of which it is not known whether it was done: look before repeating.
    #[must_use]
    pub fn unknown(&self) -> IdSet {
        self.with(|outcome| matches!(outcome, Outcome::Unknown))
    }

    /// The messages that were done.
    #[must_use]
    pub fn done(&self) -> IdSet {
        self.with(|outcome| matches!(outcome, Outcome::Done { .. }))
    }

    /// The messages that are not there any more.
    #[must_use]
    pub fn gone(&self) -> IdSet {
        self.with(|outcome| matches!(outcome, Outcome::Gone))
    }

    /// The messages that were left as they are because they had changed: look before repeating.
    #[must_use]
    pub fn changed(&self) -> IdSet {
        self.with(|outcome| matches!(outcome, Outcome::Changed))
    }

    pub(crate) fn raw_cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.cause.as_deref()
    }

    pub(crate) fn set_raw_cause(&mut self, cause: impl StdError + Send + Sync + 'static) {
        if self.cause.is_none() {
            self.cause = Some(Arc::new(cause));
        }
    }

    fn with(&self, wanted: impl Fn(&Outcome) -> bool) -> IdSet {
        let mut ids = IdSet::new();
        for row in self.rows.iter().filter(|row| wanted(&row.outcome)) {
            ids.merge(&row.ids);
        }
        ids
    }
}

impl FromIterator<(MessageId, Outcome)> for Report {
    fn from_iter<I: IntoIterator<Item = (MessageId, Outcome)>>(rows: I) -> Self {
        let mut report = Self::new();
        report.extend(rows);
        report
    }
}

impl Extend<(MessageId, Outcome)> for Report {
    fn extend<I: IntoIterator<Item = (MessageId, Outcome)>>(&mut self, rows: I) {
        rows.into_iter().for_each(|(id, outcome)| self.push(id, outcome));
    }
}

/// As [`iter`](Report::iter).
impl<'a> IntoIterator for &'a Report {
    type Item = (MessageId, Outcome);
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + Send + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

/// What a person wants to know: `3 of 10 messages done, 7 refused: the server refused COPY: ..`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |is: fn(&Outcome) -> bool| -> u64 {
            self.rows.iter().filter(|row| is(&row.outcome)).map(|row| row.ids.len()).sum()
        };
        write!(f, "{} of {} messages done", count(Outcome::is_final), self.len())?;
        let counts = [
            (count(|is| matches!(is, Outcome::Copied { .. })), "copied and not removed"),
            (count(|is| matches!(is, Outcome::Changed)), "changed meanwhile"),
            (count(|is| matches!(is, Outcome::Refused(_))), "refused"),
            (count(|is| matches!(is, Outcome::NotSent)), "not sent"),
            (count(|is| matches!(is, Outcome::Unknown)), "perhaps done"),
        ];
        for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {what}")?;
        }
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn ids(texts: &[&str]) -> IdSet {
        texts.iter().map(|text| text.parse::<MessageId>().unwrap()).collect()
    }

    #[test]
    fn what_was_done_is_never_repeated() {
        let refusal = Arc::new(Refusal::new("COPY", Some("INUSE"), "later"));
        let mut report = Report::new();
        report.push_set(ids(&["imap1:1:1:A", "imap1:1:2:A"]), Outcome::done());
        report.push_set(ids(&["imap1:1:3:A"]), Outcome::Copied { new: None });
        report.push_set(ids(&["imap1:1:4:A"]), Outcome::Gone);
        report.push_set(ids(&["imap1:1:5:A"]), Outcome::Refused(Arc::clone(&refusal)));
        report.push_set(ids(&["imap1:1:6:A"]), Outcome::NotSent);
        report.push_set(ids(&["imap1:1:7:A"]), Outcome::Unknown);
        report.push_set(ids(&["imap1:1:8:A"]), Outcome::Changed);
        assert_eq!(report.to_repeat(), ids(&["imap1:1:5:A", "imap1:1:6:A"]));
        assert_eq!(report.unknown(), ids(&["imap1:1:7:A"]));
        assert_eq!(report.changed(), ids(&["imap1:1:8:A"]));
        assert_eq!(report.len(), 8);
        report.set_cause(Error::Refused(Box::new((*refusal).clone())));
        report.set_cause(Error::NoFolder);
        assert_eq!(
            report.to_string(),
            "3 of 8 messages done, 1 copied and not removed, 1 changed meanwhile, 1 refused, \
             1 not sent, 1 perhaps done: the server refused COPY: [INUSE] later"
        );
        let error = report.into_result().unwrap_err();
        assert!(error.is_transient() && !error.needs_reconnect());
    }

    #[test]
    fn copies_are_paired_in_order() {
        let mut report = Report::new();
        report.push_copies(
            ids(&["imap1:1:3:A", "imap1:1:9:A"]),
            ids(&["imap1:7:20:B", "imap1:7:21:B"]),
            Outcome::done(),
        );
        let rows: Vec<String> = report
            .iter()
            .map(|(id, outcome)| match outcome {
                Outcome::Done { new: Some(new) } => format!("{id} {new}"),
                other => format!("{id} {other:?}"),
            })
            .collect();
        assert_eq!(rows, ["imap1:1:3:A imap1:7:20:B", "imap1:1:9:A imap1:7:21:B"]);
    }

    #[test]
    fn complete_is_ok() {
        let mut report = Report::new();
        assert!(report.clone().into_result().is_ok());
        report.push_set(ids(&["pop1:a"]), Outcome::Gone);
        assert!(report.into_result().is_ok());
    }
}
