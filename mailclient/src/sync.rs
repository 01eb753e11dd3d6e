//! [`SyncState`]: where a synchronisation stopped.

use std::{fmt, num::NonZeroU32, str::FromStr};

use crate::{
    error::{Error, Result},
    feature::Feature,
    folder::{FolderName, OpenFolder},
    id::{Id, IdSet, MessageId, Ranges, folder_name, percent_encode},
};

/// Where a synchronisation of one folder stopped: its UIDVALIDITY, UIDNEXT, modification sequence
/// (RFC 7162) and the UIDs that were told. Opaque and storable: [`Display`](fmt::Display) and
/// [`FromStr`] round-trip, and the text (`sync1:..`) is read by every later version.
///
/// ```
/// use mailclient::SyncState;
///
/// let state: SyncState = "sync1:1700000000:58:0:1-5,9:INBOX".parse()?;
/// assert!(state.folder().is_inbox());
/// assert_eq!(state.messages(), 6);
/// assert_eq!(state.ids().to_string(), "imap1:1700000000:1-5,9:INBOX");
/// # Ok::<(), mailclient::Error>(())
/// ```
///
/// The first one is made by [`new`](Self::new). [`apply`](Self::apply) moves it past a row of
/// [`Mailbox::changes_since`](crate::Mailbox::changes_since): stored together with what that row
/// changed, it is good at any time, also when the rest of the rows never came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyncState {
    pub(crate) folder: FolderName,
    pub(crate) validity: NonZeroU32,
    /// New messages have UIDs from this one on; 0 if unknown.
    pub(crate) uid_next: u32,
    /// Every change up to it was told; 0 if unknown.
    pub(crate) mod_seq: u64,
    pub(crate) known: Ranges,
}

impl SyncState {
    /// The state of a client that knows no message of this folder: every message is new to it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a folder without UIDVALIDITY, whose ids are good for one session.
    pub fn new(open: &OpenFolder) -> Result<Self> {
        let validity = open.uid_validity.ok_or(Error::Unsupported(Feature::Sync))?;
        let folder = open.name.clone();
        Ok(Self { folder, validity, uid_next: 0, mod_seq: 0, known: Ranges::new() })
    }

    /// The UID of a message of this folder.
    pub(crate) fn uid(&self, id: &MessageId) -> Option<NonZeroU32> {
        match &id.0 {
            Id::Uid { folder, validity, uid }
                if *folder == self.folder && *validity == self.validity =>
            {
                Some(*uid)
            }
            _ => None,
        }
    }

    /// The folder.
    #[must_use]
    pub const fn folder(&self) -> &FolderName {
        &self.folder
    }

    /// How many messages were there.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.known.count()
    }

    /// The messages that were there.
    #[must_use]
    pub fn ids(&self) -> IdSet {
        IdSet::from_uids(self.folder.clone(), self.validity, self.known.clone())
    }
}

/// `sync1:VALIDITY:UIDNEXT:MODSEQ:UIDS:FOLDER`; 0 is unknown, UIDS is `1-5,9`.
impl fmt::Display for SyncState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, validity, uid_next, mod_seq, known } = self;
        let folder = percent_encode(folder.as_str().as_bytes());
        write!(f, "sync1:{validity}:{uid_next}:{mod_seq}:{known}:{folder}")
    }
}

impl FromStr for SyncState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| Error::misuse("this is not the text of a sync state"))
    }
}

fn parse(text: &str) -> Option<SyncState> {
    let mut fields = text.strip_prefix("sync1:")?.splitn(5, ':');
    let mut next = || fields.next();
    let (validity, uid_next, mod_seq) = (next()?, next()?, next()?);
    let (uids, folder) = (next()?, next()?);
    Some(SyncState {
        folder: folder_name(folder)?,
        validity: validity.parse().ok()?,
        uid_next: uid_next.parse().ok()?,
        mod_seq: mod_seq.parse().ok()?,
        known: uids.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applications store these texts: a change here loses the state of every one of them.
    #[test]
    fn text_forms_are_frozen() {
        for text in [
            "sync1:1700000000:58:0::INBOX",
            "sync1:1:4294967295:18446744073709551615:1-5,9:Entw%C3%BCrfe%2F2026",
        ] {
            let state: SyncState = text.parse().unwrap();
            assert_eq!(state.to_string(), text);
        }
        for text in ["", "sync1:", "sync1:0:1:1:1:INBOX", "sync1:1:1:1:x:INBOX", "sync2:1:1:1:1:A"]
        {
            assert!(text.parse::<SyncState>().is_err(), "{text}");
        }
    }
}
