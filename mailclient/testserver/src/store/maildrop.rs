//! The maildrop of a POP3 session.

use std::sync::Arc;

use super::Account;
use crate::folder::Message;

/// INBOX as it was when a POP3 session entered the Transaction state.
#[derive(Debug)]
pub(crate) struct Maildrop {
    pub(crate) identity: u32,
    pub(crate) messages: Vec<Message>,
    account: Arc<Account>,
}

impl Maildrop {
    /// The Update state: removes messages for good.
    pub(crate) fn remove(&self, uids: &[u32]) {
        if !uids.is_empty() {
            let mut uids = uids.to_vec();
            uids.sort_unstable();
            self.account.change_at(self.identity, |folder| {
                folder.remove(|message| uids.binary_search(&message.uid).is_ok())
            });
        }
    }
}

impl Drop for Maildrop {
    fn drop(&mut self) {
        self.account.lock().maildrop_taken = false;
    }
}

impl Account {
    /// The exclusive-access lock of the maildrop ([RFC 1939 section
    /// 4](https://www.rfc-editor.org/rfc/rfc1939#section-4)), released when the value is dropped;
    /// `None` while another session holds it.
    pub(crate) fn lock_maildrop(self: &Arc<Self>) -> Option<Maildrop> {
        let mut inside = self.lock();
        if inside.maildrop_taken {
            return None;
        }
        inside.maildrop_taken = true;
        let inbox = inside.folders.get("INBOX");
        Some(Maildrop {
            identity: inbox.map_or(0, |folder| folder.identity),
            messages: inbox.map(|folder| folder.messages().to_vec()).unwrap_or_default(),
            account: Arc::clone(self),
        })
    }
}
