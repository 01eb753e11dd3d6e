//! How message ids are made of UIDs, and UIDs of message ids; folder names on the wire.

use std::num::NonZeroU32;

use imap_proto_lite::{MailboxName, Uid, UidSet, sequence::Endpoint};

use crate::{
    error::{Error, Result},
    folder::{FolderName, OpenFolder},
    id::{Id, IdSet, MessageId, Ranges},
};

pub(super) const INBOX: MailboxName<'static> = MailboxName::INBOX;

/// The names of the messages of one folder in one session.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    folder: FolderName,
    /// Without one, ids are good for this session only.
    validity: Option<NonZeroU32>,
    session: u32,
}

impl Naming {
    pub(super) fn new(open: &OpenFolder, session: u32) -> Self {
        Self { folder: open.name.clone(), validity: open.uid_validity, session }
    }

    pub(super) fn id(&self, uid: NonZeroU32) -> MessageId {
        let folder = self.folder.clone();
        match self.validity {
            Some(validity) => MessageId::uid(folder, validity, uid),
            None => MessageId(Id::Session { folder, session: self.session, number: uid }),
        }
    }

    /// Whether a set of ids of this folder is kept as ranges.
    pub(super) const fn keeps_ranges(&self) -> bool {
        self.validity.is_some()
    }

    pub(super) fn ids(&self, uids: Ranges) -> IdSet {
        match self.validity {
            Some(validity) => IdSet::from_uids(self.folder.clone(), validity, uids),
            None => uids.numbers().map(|uid| self.id(uid)).collect(),
        }
    }

    /// The UIDs of these ids.
    ///
    /// # Errors
    /// [`Error::OtherFolder`], [`Error::StaleId`], [`Error::WrongProtocol`] for the first id that
    /// is not one of this folder in this session.
    pub(super) fn uids(&self, ids: &IdSet) -> Result<Ranges> {
        let mut uids = Ranges::new();
        for (folder, validity, ranges) in ids.uids() {
            let first = || {
                let first = ranges.first().unwrap_or(NonZeroU32::MIN);
                Box::new(MessageId::uid(folder.clone(), validity, first))
            };
            if *folder != self.folder {
                return Err(Error::OtherFolder { id: first(), open: self.folder.clone() });
            }
            if Some(validity) != self.validity {
                return Err(Error::StaleId(first()));
            }
            uids.merge(ranges);
        }
        for id in ids.others() {
            uids.insert(self.session_uid(id)?);
        }
        Ok(uids)
    }

    fn session_uid(&self, id: &MessageId) -> Result<NonZeroU32> {
        let Id::Session { folder, session, number } = &id.0 else {
            return Err(Error::WrongProtocol(Box::new(id.clone())));
        };
        if *session != self.session {
            return Err(Error::StaleId(Box::new(id.clone())));
        }
        if *folder != self.folder {
            return Err(Error::OtherFolder { id: Box::new(id.clone()), open: self.folder.clone() });
        }
        Ok(*number)
    }

    /// The UIDs that a set has for this folder; ids of others are left out.
    pub(super) fn uids_among(&self, ids: &IdSet) -> Ranges {
        let known = self.validity.and_then(|validity| ids.uids_of(&self.folder, validity));
        let mut uids = known.cloned().unwrap_or_default();
        for id in ids.others() {
            if let Ok(uid) = self.session_uid(id) {
                uids.insert(uid);
            }
        }
        uids
    }
}

pub(super) fn number(uid: Uid) -> NonZeroU32 {
    // A UID is never 0.
    NonZeroU32::new(uid.get()).unwrap_or(NonZeroU32::MIN)
}

/// A folder name in its wire form.
pub(super) fn wire_name(folder: &FolderName) -> Result<MailboxName<'_>> {
    MailboxName::new(folder.as_str()).map_err(Error::misuse)
}

/// The most bytes of a set in one command. Exchange and others refuse lines of more than about
/// 8,000 bytes (RFC 7162 section 4 names 8,192).
const SET: usize = 4000;
/// The most ranges of a set: of 22 bytes each, they fit.
pub(super) const RANGES: usize = 180;

/// UIDs as a set; `None` if there is none. They rise: some servers (QQ) refuse sets that do not.
pub(super) fn set(uids: &Ranges) -> Option<UidSet> {
    let end = |number: NonZeroU32| Uid::new(number.get()).map(Endpoint::Number);
    let ranges = uids.iter().filter_map(|(first, last)| Some((end(first)?, end(last)?)));
    UidSet::from_ranges(ranges)
}

/// UIDs as sets that fit into a command each, with the numbers of each.
pub(super) fn sets(uids: &Ranges) -> Vec<(UidSet, Ranges)> {
    let whole = set(uids);
    let pieces = whole.iter().flat_map(|whole| whole.split(SET)).map(|set| {
        let mut numbers = Ranges::new();
        for (first, last) in set.ranges() {
            if let (Endpoint::Number(first), Endpoint::Number(last)) = (first, last) {
                numbers.insert_range(number(first), number(last));
            }
        }
        (set, numbers)
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Access;

    fn naming(name: &str, validity: u32) -> Naming {
        let mut open = OpenFolder::new(FolderName::new(name).unwrap(), Access::ReadWrite);
        open.uid_validity = NonZeroU32::new(validity);
        Naming::new(&open, 0xAB)
    }

    fn ids(text: &str) -> IdSet {
        text.parse::<MessageId>().unwrap().into()
    }

    #[test]
    fn an_id_is_only_good_in_its_folder_and_session() {
        let rows = [
            ("INBOX", 1, "imap1:1:7:INBOX", "ok"),
            ("INBOX", 1, "imap1:1:7:Archive", "other"),
            ("INBOX", 1, "imap1:2:7:INBOX", "stale"),
            ("INBOX", 1, "pop1:a", "protocol"),
            ("INBOX", 0, "imap1:1:7:INBOX", "stale"),
            ("INBOX", 0, "session:000000ab:7:INBOX", "ok"),
            ("INBOX", 0, "session:000000ac:7:INBOX", "stale"),
            ("INBOX", 0, "session:000000ab:7:Archive", "other"),
            ("INBOX", 1, "x-own:7", "protocol"),
        ];
        for (folder, validity, id, expected) in rows {
            let found = match naming(folder, validity).uids(&ids(id)) {
                Ok(uids) if uids.first().map(NonZeroU32::get) == Some(7) => "ok",
                Err(Error::OtherFolder { .. }) => "other",
                Err(Error::StaleId(_)) => "stale",
                Err(Error::WrongProtocol(_)) => "protocol",
                other => panic!("{id}: {other:?}"),
            };
            assert_eq!(found, expected, "{id} in {folder} {validity}");
        }
    }

    #[test]
    fn sets_fit_into_a_command_and_lose_nothing() {
        let uids: Ranges = (1..20_000).step_by(2).filter_map(NonZeroU32::new).collect();
        let sets = sets(&uids);
        assert!(sets.len() > 10 && sets.iter().all(|(set, _)| set.as_wire().len() <= SET));
        let mut whole = Ranges::new();
        for (_, numbers) in &sets {
            whole.merge(numbers);
        }
        assert_eq!(whole, uids);
    }
}
