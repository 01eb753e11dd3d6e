//! [`Listing`]: summaries, pulled one by one.

use std::fmt;

use crate::{
    error::{Error, Result},
    mailbox::BoxFuture,
    message::Summary,
};

/// The messages that [`Mailbox::list`](crate::Mailbox::list) returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Window {
    /// All.
    #[default]
    All,
    /// The last messages, at most this many.
    Newest(u32),
}

/// The mailbox that the rows come from.
pub(crate) trait ListingSource: Send {
    fn next_summary(&mut self) -> BoxFuture<'_, Result<Option<Summary>>>;
}

/// A listing that is pulled row by row, so that memory does not grow with the folder. It may be
/// dropped early.
#[must_use = "nothing is read until `next` is awaited"]
pub struct Listing<'a> {
    source: &'a mut dyn ListingSource,
}

impl<'a> Listing<'a> {
    pub(crate) fn new(source: &'a mut dyn ListingSource) -> Self {
        Self { source }
    }

    /// The next row, or `None` at the end.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn next(&mut self) -> Result<Option<Summary>> {
        self.source.next_summary().await
    }

    /// All remaining rows.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when there are more than `limit` rows; see [`Error`].
    pub async fn collect(mut self, limit: usize) -> Result<Vec<Summary>> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await? {
            if rows.len() == limit {
                return Err(Error::TooLarge { limit: limit as u64 });
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

impl fmt::Debug for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").finish_non_exhaustive()
    }
}
