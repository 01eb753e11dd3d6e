//! [`Wrong`]: a mailbox that breaks one promise.

use mailclient::{
    Access, Body, BoxFuture, Change, Envelope, Error, Feature, FeatureSet, FlagChange, Flags,
    Folder, Listing, Mailbox, MailboxStatus, MessageId, Part, Query, Result, Window,
};
use tokio::io::AsyncRead;

/// The fault of a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// `status` counts one message more.
    Count,
    /// `list` returns the newest message whatever is asked for.
    Window,
    /// `envelopes` returns them in the opposite order.
    Order,
    /// `fetch` returns the header in place of the message.
    Body,
    /// `delete` forgets.
    Forgets,
    /// `close` does not carry out the marks.
    Drops,
    /// `open` succeeds for a folder that is not there.
    Opens,
    /// Features are claimed that no mailbox of this protocol has, or hidden.
    Features,
}

impl Lie {
    /// Every lie, with the check that finds it on both protocols.
    pub(crate) const ALL: &[(Self, &str)] = &[
        (Self::Count, "status_counts_what_is_stored"),
        (Self::Window, "list_has_every_message_in_order_with_its_size"),
        (Self::Order, "envelopes_are_in_the_order_of_the_ids"),
        (Self::Body, "fetch_gives_every_byte"),
        (Self::Forgets, "close_removes_what_was_marked_and_nothing_else"),
        (Self::Drops, "delete_twice_is_once"),
        (Self::Opens, "open_of_a_missing_folder_leaves_none_open"),
        (Self::Features, "search_finds_what_the_query_says"),
    ];
}

pub(crate) struct Wrong {
    pub(crate) mailbox: Box<dyn Mailbox>,
    pub(crate) lie: Lie,
}

impl Mailbox for Wrong {
    fn features(&self) -> FeatureSet {
        let honest = self.mailbox.features();
        if self.lie != Lie::Features {
            honest
        } else if honest.contains(Feature::Search) {
            honest.iter().filter(|feature| *feature != Feature::Search).collect()
        } else {
            honest.with(Feature::Search)
        }
    }

    fn status(&mut self) -> BoxFuture<'_, Result<MailboxStatus>> {
        Box::pin(async {
            let mut status = self.mailbox.status().await?;
            status.messages += u64::from(self.lie == Lie::Count);
            Ok(status)
        })
    }

    fn list(&mut self, window: Window) -> BoxFuture<'_, Result<Listing<'_>>> {
        self.mailbox.list(if self.lie == Lie::Window { Window::Newest(1) } else { window })
    }

    fn envelopes<'a>(
        &'a mut self,
        ids: &'a [MessageId],
    ) -> BoxFuture<'a, Result<Vec<Option<Envelope>>>> {
        Box::pin(async move {
            let mut envelopes = self.mailbox.envelopes(ids).await?;
            if self.lie == Lie::Order {
                envelopes.reverse();
            }
            Ok(envelopes)
        })
    }

    fn fetch<'a>(&'a mut self, id: &'a MessageId, part: Part) -> BoxFuture<'a, Result<Body<'a>>> {
        let whole = part == Part::Whole && self.lie == Lie::Body;
        self.mailbox.fetch(id, if whole { Part::Headers } else { part })
    }

    fn delete<'a>(&'a mut self, ids: &'a [MessageId]) -> BoxFuture<'a, Result<()>> {
        self.mailbox.delete(if self.lie == Lie::Forgets { &[] } else { ids })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        if self.lie == Lie::Drops {
            Box::pin(std::future::ready(Ok(())))
        } else {
            self.mailbox.close()
        }
    }

    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<Folder>>> {
        self.mailbox.folders()
    }

    fn open<'a>(
        &'a mut self,
        folder: &'a str,
        access: Access,
    ) -> BoxFuture<'a, Result<MailboxStatus>> {
        Box::pin(async move {
            let opened = self.mailbox.open(folder, access).await;
            match opened {
                Err(Error::Refused(_) | Error::Unsupported(_)) if self.lie == Lie::Opens => {
                    self.mailbox.open("INBOX", access).await
                }
                opened => opened,
            }
        })
    }

    fn set_flags<'a>(
        &'a mut self,
        ids: &'a [MessageId],
        change: FlagChange,
        flags: &'a Flags,
    ) -> BoxFuture<'a, Result<()>> {
        self.mailbox.set_flags(ids, change, flags)
    }

    fn search<'a>(&'a mut self, query: &'a Query) -> BoxFuture<'a, Result<Vec<MessageId>>> {
        self.mailbox.search(query)
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a str,
        flags: &'a Flags,
        octets: u64,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> BoxFuture<'a, Result<Option<MessageId>>> {
        self.mailbox.append(folder, flags, octets, message)
    }

    fn copy<'a>(&'a mut self, ids: &'a [MessageId], folder: &'a str) -> BoxFuture<'a, Result<()>> {
        self.mailbox.copy(ids, folder)
    }

    fn move_to<'a>(
        &'a mut self,
        ids: &'a [MessageId],
        folder: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        self.mailbox.move_to(ids, folder)
    }

    fn next_change(&mut self) -> BoxFuture<'_, Result<Change>> {
        self.mailbox.next_change()
    }
}
