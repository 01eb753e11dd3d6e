//! The errors of a [`Report`].

use std::sync::Arc;

use crate::{
    error::{Error, Result},
    id::IdSet,
    report::{Outcome, Report},
};

impl Outcome {
    /// Refused, or `otherwise` for any other error.
    pub(crate) fn of(error: &Error, otherwise: Self) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(Arc::new((**refusal).clone())),
            _ => otherwise,
        }
    }
}

impl Report {
    /// Nothing was sent for any of these messages, because the connection is over: a partial
    /// report. Any other error is about the call itself.
    pub(crate) fn not_sent(ids: &IdSet, error: Error) -> Error {
        if !error.ends_the_connection() {
            return error;
        }
        Error::Partial(Box::new(Self::stopped(ids.clone(), Outcome::NotSent, error)))
    }

    /// One outcome for all these messages, and its cause.
    pub(crate) fn stopped(ids: IdSet, outcome: Outcome, cause: Error) -> Self {
        let mut report = Self::new();
        report.push_set(ids, outcome);
        report.set_cause(cause);
        report
    }

    /// Adds messages for which a command failed: refused, or else `otherwise`.
    pub(crate) fn push_failed(&mut self, ids: IdSet, error: Error, otherwise: Outcome) {
        self.push_set(ids, Outcome::of(&error, otherwise));
        self.set_cause(error);
    }

    /// Sets why the call stopped, or why messages were refused; the first one counts.
    pub fn set_cause(&mut self, cause: Error) {
        self.set_raw_cause(cause);
    }

    /// Why the call stopped, or the first refusal.
    #[must_use]
    pub fn cause(&self) -> Option<&Error> {
        self.raw_cause()?.downcast_ref()
    }

    /// The report itself if it is complete.
    ///
    /// # Errors
    /// [`Error::Partial`] with the report otherwise, so that `?` swallows nothing.
    pub fn into_result(self) -> Result<Self> {
        if self.is_complete() { Ok(self) } else { Err(Error::Partial(Box::new(self))) }
    }
}
