//! [`Rows`]: answers that are pulled one by one.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::{
    change::Change,
    error::{Error, Result},
    list::Summary,
};

/// Rows that are pulled one by one, so that memory does not grow with the folder. They may be
/// dropped early: the next call on the mailbox skips the rest.
///
/// A row that cannot be read is an item [`Error::Damaged`], and the rows after it follow. Any other
/// error is the last item.
///
/// ```
/// # use mailclient::{Error, List, Mailbox, Result};
/// # async fn total(mailbox: &mut dyn Mailbox) -> Result<u64> {
/// let request = List::all(); // The rows borrow it.
/// let (mut rows, mut total) = (mailbox.list(&request).await?, 0);
/// while let Some(row) = rows.next().await {
///     match row {
///         Ok(row) => total += row.size.map_or(0, u64::from),
///         Err(Error::Damaged(damage)) => eprintln!("skipped: {damage}"),
///         Err(error) => return Err(error),
///     }
/// }
/// # Ok(total)
/// # }
/// ```
#[must_use = "nothing is read until `next` is awaited"]
pub struct Rows<'a, T> {
    rows: Pin<Box<dyn Stream<Item = Result<T>> + Send + 'a>>,
    is_exact: bool,
}

/// The messages that [`Mailbox::list`](crate::Mailbox::list) returns.
pub type Listing<'a> = Rows<'a, Summary>;

/// The changes that [`Mailbox::changes_since`](crate::Mailbox::changes_since) returns.
pub type Changes<'a> = Rows<'a, Change>;

impl<'a, T> Rows<'a, T> {
    /// Rows from any stream: for wrappers and other implementations of
    /// [`Mailbox`](crate::Mailbox).
    pub fn new(rows: impl Stream<Item = Result<T>> + Send + 'a) -> Self {
        Self { rows: Box::pin(rows), is_exact: true }
    }

    /// Rows that are there already.
    pub fn ready(rows: Vec<Result<T>>) -> Self
    where
        T: Send + Unpin + 'a,
    {
        Self::new(Ready(rows.into_iter()))
    }

    /// The next row, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.rows.as_mut().poll_next(cx)).await
    }

    /// All remaining rows.
    ///
    /// # Errors
    /// The first error of a row, a damaged one included; [`Error::Limit`] when there are more than
    /// `limit` rows.
    pub async fn collect(mut self, limit: usize) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await {
            let row = row?;
            if rows.len() == limit {
                return Err(Error::limit("rows to collect", limit as u64));
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

impl Changes<'_> {
    /// Whether every row is a change. If not, the server cannot tell which flags changed, and the
    /// flags of every known message are told.
    #[must_use]
    pub const fn exact(&self) -> bool {
        self.is_exact
    }

    /// The same rows, of which not every one is a change.
    pub fn inexact(self) -> Self {
        Self { is_exact: false, ..self }
    }
}

impl<T> Stream for Rows<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.rows.as_mut().poll_next(cx)
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

struct Ready<T>(std::vec::IntoIter<Result<T>>);

impl<T: Unpin> Stream for Ready<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }
}
