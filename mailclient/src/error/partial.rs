//! The errors of a [`Report`].

use crate::{
    error::{Error, Result},
    id::IdSet,
    report::{Outcome, Report},
};

impl Report {
    /// Nothing was sent for any of these messages, because the connection is over: a partial
    /// report. Any other error is about the call itself.
    pub(crate) fn not_sent(ids: &IdSet, error: Error) -> Error {
        if !error.ends_the_connection() {
            return error;
        }
        let mut report = Self::new();
        report.push_set(ids.clone(), Outcome::NotSent);
        report.set_cause(error);
        Error::Partial(Box::new(report))
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
