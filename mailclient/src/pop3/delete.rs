//! Deletion: marks on our side, carried out by DELE and QUIT.

use std::{collections::HashMap, sync::Arc};

use pop3_proto::{Command, CommandId, MessageNumber, QuitOutcome, client::Event};

use crate::{
    error::{Error, Result},
    folder::Access,
    id::{IdSet, MessageId},
    pop3::{
        mailbox::{Pop3Mailbox, Under},
        session::accepted,
    },
    report::{Outcome, Report},
};

impl Pop3Mailbox {
    pub(super) fn mark(&mut self, ids: &IdSet) -> Result<()> {
        let open = self.folder()?;
        if open.access == Access::ReadOnly {
            return Err(Error::ReadOnly(open.name.clone()));
        }
        self.check_ids(ids)?;
        self.marks.merge(ids);
        Ok(())
    }

    pub(super) fn unmark(&mut self, ids: &IdSet) -> Result<()> {
        self.check_ids(ids)?;
        self.marks.subtract(ids);
        Ok(())
    }

    fn check_ids(&self, ids: &IdSet) -> Result<()> {
        if let Some((folder, validity, uids)) = ids.uids().next() {
            let first = uids.first().unwrap_or(std::num::NonZeroU32::MIN);
            let id = MessageId::uid(folder.clone(), validity, first);
            return Err(Error::WrongProtocol(Box::new(id)));
        }
        ids.others().iter().try_for_each(|id| self.check_id(id))
    }

    /// How many of the marked messages are there, and their bytes.
    pub(super) async fn count_marked(&mut self) -> Result<(u64, u64)> {
        if self.marks.is_empty() {
            return Ok((0, 0));
        }
        self.build_index().await?;
        let index = self.index()?;
        let numbers = self.marks.others().iter().filter_map(|id| self.number(id).ok());
        let sizes = numbers.filter_map(|number| index.size(number));
        Ok(sizes.fold((0, 0), |(count, bytes), size| (count + 1, bytes + size.unwrap_or(0))))
    }

    pub(super) async fn delete_and_quit(&mut self) -> Result<Report> {
        if let Some(report) = &self.closed {
            return Ok(report.clone());
        }
        let mut report = Report::new();
        let numbers = match self.marked_numbers(&mut report).await {
            Ok(numbers) => numbers,
            // Nothing was to be done, and the session is over.
            Err(error) if self.marks.is_empty() && error.ends_the_connection() => Vec::new(),
            Err(error) => {
                // A `close` that was dropped may have asked for all of it.
                let was_asked = self.driver.machine().quit_outcome().is_some();
                let outcome = if was_asked { Outcome::Unknown } else { Outcome::NotSent };
                let mut report = Report::new();
                report.push_set(self.marks.clone(), outcome);
                report.set_cause(error);
                return report.into_result();
            }
        };
        self.quit(numbers, &mut report).await;
        self.driver.shut_down().await;
        self.open = None;
        for done in [report.done(), report.gone()] {
            self.marks.subtract(&done);
        }
        let report = report.into_result()?;
        self.closed = Some(report.clone());
        Ok(report)
    }

    /// The marked messages that are there. The others are gone.
    async fn marked_numbers(
        &mut self,
        report: &mut Report,
    ) -> Result<Vec<(MessageId, MessageNumber)>> {
        self.settle().await?;
        if self.marks.is_empty() {
            return Ok(Vec::new());
        }
        self.build_index().await?;
        let mut numbers = Vec::new();
        for id in self.marks.others() {
            match self.number(id) {
                Ok(number) => numbers.push((id.clone(), number)),
                Err(Error::NoSuchMessage(_)) => report.push(id.clone(), Outcome::Gone),
                Err(error) => {
                    report.push(id.clone(), Outcome::NotSent);
                    report.set_cause(error);
                }
            }
        }
        Ok(numbers)
    }

    /// DELE for each message and QUIT, as many at once as the server takes. The server removes
    /// nothing before it answers QUIT.
    async fn quit(&mut self, numbers: Vec<(MessageId, MessageNumber)>, report: &mut Report) {
        let mut deleted: Vec<MessageId> = Vec::new();
        let mut asked: HashMap<CommandId, MessageId> = HashMap::new();
        let mut left = numbers.into_iter().peekable();
        let mut quit = None;
        self.under = Under::Quit;
        let ended = loop {
            match self.send_quit(&mut left, &mut asked, &mut quit) {
                Ok(()) => {}
                Err(error) => break Err(error),
            }
            let event = match self.driver.next_event().await {
                Ok(event) => event,
                Err(error) => break Err(error),
            };
            let Event::Done { id, .. } = &event else {
                continue;
            };
            if quit == Some(*id) {
                break accepted("QUIT", event);
            }
            let Some(message) = asked.remove(id) else {
                continue;
            };
            match accepted("DELE", event) {
                Ok(()) => deleted.push(message),
                Err(Error::Refused(refusal)) => {
                    report.push(message, Outcome::Refused(Arc::new((*refusal).clone())));
                    report.set_cause(Error::Refused(refusal));
                }
                Err(error) => report.set_cause(error),
            }
        };
        let was_asked = self.driver.machine().quit_outcome();
        let outcome = match (&ended, was_asked) {
            (Ok(()), _) => Outcome::done(),
            // -ERR to QUIT: some were removed, or none. No answer to QUIT: perhaps all.
            (Err(_), Some(_)) => Outcome::Unknown,
            // Without QUIT the server removes nothing.
            (Err(_), None) => Outcome::NotSent,
        };
        report.push_set(deleted.into_iter().collect(), outcome.clone());
        let unanswered =
            if was_asked == Some(QuitOutcome::Committed) { Outcome::Unknown } else { outcome };
        report.push_set(asked.into_values().collect(), unanswered);
        report.push_set(left.map(|(id, _)| id).collect(), Outcome::NotSent);
        if let Err(error) = ended {
            // Without deletions nothing was to be done: how the session ends does not matter.
            if !report.is_empty() {
                report.set_cause(error);
            }
        }
    }

    /// Sends what the window allows: DELEs, and QUIT after the last of them.
    fn send_quit(
        &mut self,
        left: &mut std::iter::Peekable<std::vec::IntoIter<(MessageId, MessageNumber)>>,
        asked: &mut HashMap<CommandId, MessageId>,
        quit: &mut Option<CommandId>,
    ) -> Result<()> {
        while let Some((_, number)) = left.peek() {
            let Some(command) = self.driver.try_send(&Command::Dele(*number))? else {
                return Ok(());
            };
            if let Some((id, _)) = left.next() {
                asked.insert(command, id);
            }
        }
        if quit.is_none() {
            *quit = self.driver.try_send(&Command::Quit)?;
        }
        Ok(())
    }
}
