//! Deletion: marks on our side, carried out by DELE and QUIT.

use std::{collections::HashMap, iter::Peekable, vec::IntoIter};

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
        ids.iter().try_for_each(|id| self.check_id(&id))
    }

    /// How many of the marked messages are there, and their bytes.
    pub(super) async fn count_marked(&mut self) -> Result<(u64, u64)> {
        if self.marks.is_empty() {
            return Ok((0, 0));
        }
        self.build_index().await?;
        let messages = &self.index()?.messages;
        let numbers = self.marks.others().iter().filter_map(|id| self.number(id).ok());
        let sizes = numbers.filter_map(|number| messages.size(number));
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
                let was_asked = matches!(self.under, Under::Quit)
                    && self.driver.machine().quit_outcome().is_some();
                let outcome = if was_asked { Outcome::Unknown } else { Outcome::NotSent };
                return Report::stopped(self.marks.clone(), outcome, error).into_result();
            }
        };
        self.quit(numbers, &mut report).await;
        if report.unknown().is_empty() {
            // What became of each message is known, whatever is asked of this session later.
            self.under = Under::Nothing;
        }
        self.driver.shut_down().await;
        self.open = None;
        self.marks.subtract(&report.done());
        self.marks.subtract(&report.gone());
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
        self.driver.check_open()?;
        self.build_index().await?;
        let mut numbers = Vec::new();
        for id in self.marks.others() {
            match self.number(id) {
                Ok(number) => numbers.push((id.clone(), number)),
                Err(Error::NoSuchMessage(_)) => report.push(id.clone(), Outcome::Gone),
                Err(error) => report.push_failed(id.into(), error, Outcome::NotSent),
            }
        }
        Ok(numbers)
    }

    /// DELE for each message and QUIT, as many at once as the server takes. The server removes
    /// nothing before it answers QUIT.
    async fn quit(&mut self, numbers: Vec<(MessageId, MessageNumber)>, report: &mut Report) {
        let mut deleted: Vec<MessageId> = Vec::new();
        let mut asked: HashMap<CommandId, Option<MessageId>> = HashMap::new();
        let deletions = numbers.into_iter().map(|(id, number)| (Some(id), Command::Dele(number)));
        let commands: Vec<_> = deletions.chain([(None, Command::Quit)]).collect();
        let mut left = commands.into_iter().peekable();
        self.under = Under::Quit;
        let ended = loop {
            if let Err(error) = self.send_window(&mut left, &mut asked) {
                break Err(error);
            }
            let event = match self.driver.next_event().await {
                Ok(event) => event,
                Err(error) => break Err(error),
            };
            let Event::Done { id, .. } = event else {
                continue;
            };
            match asked.remove(&id) {
                Some(None) => break accepted("QUIT", event),
                Some(Some(message)) => match accepted("DELE", event) {
                    Ok(()) => deleted.push(message),
                    Err(error) => report.push_failed(message.into(), error, Outcome::Unknown),
                },
                None => {}
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
        report.push_set(asked.into_values().flatten().collect(), unanswered);
        report.push_set(left.filter_map(|(id, _)| id).collect(), Outcome::NotSent);
        if let Err(error) = ended {
            // Without deletions nothing was to be done: how the session ends does not matter.
            if !report.is_empty() {
                report.set_cause(error);
            }
        }
    }

    /// Sends what the window allows.
    fn send_window(
        &mut self,
        left: &mut Peekable<IntoIter<(Option<MessageId>, Command<'static>)>>,
        asked: &mut HashMap<CommandId, Option<MessageId>>,
    ) -> Result<()> {
        while let Some((_, command)) = left.peek() {
            let Some(sent) = self.try_send(command)? else {
                break;
            };
            asked.extend(left.next().map(|(message, _)| (sent, message)));
        }
        Ok(())
    }
}
