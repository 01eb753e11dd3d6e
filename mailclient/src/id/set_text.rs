//! The text form of a set of ids. Applications store it: no version may change it.

use std::{fmt, str::FromStr};

use crate::id::{
    IdSet, MessageId, NotAMessageId, Ranges,
    text::{folder_name, number, percent_encode},
};

impl fmt::Display for IdSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for (folder, validity, uids) in self.uids() {
            let folder = percent_encode(folder.as_str().as_bytes());
            write!(f, "{space}imap1:{validity}:{uids}:{folder}")?;
            space = " ";
        }
        for id in self.others() {
            write!(f, "{space}{id}")?;
            space = " ";
        }
        Ok(())
    }
}

impl FromStr for IdSet {
    type Err = NotAMessageId;

    /// # Errors
    /// [`NotAMessageId`] with the first text that is neither an id nor a range of ids.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut set = Self::new();
        for entry in text.split(' ').filter(|entry| !entry.is_empty()) {
            match entry.strip_prefix("imap1:") {
                Some(rest) => insert(&mut set, rest).ok_or_else(|| NotAMessageId::of(entry))?,
                None => drop(set.insert(entry.parse::<MessageId>()?)),
            }
        }
        Ok(set)
    }
}

/// `VALIDITY:UIDS:FOLDER`; UIDS is `1-5,9`.
fn insert(set: &mut IdSet, text: &str) -> Option<()> {
    let (validity, rest) = text.split_once(':')?;
    let (uids, folder) = rest.split_once(':')?;
    let uids = uids.parse::<Ranges>().ok().filter(|uids| !uids.is_empty())?;
    set.insert_uids(folder_name(folder)?, number(validity)?, &uids);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_are_frozen() {
        for text in [
            "",
            "pop1:a",
            "imap1:7:42:INBOX",
            "imap1:7:1-4294967295:INBOX",
            "imap1:7:1-5,9:Entw%C3%BCrfe imap1:8:3:INBOX pop1:c pop1:a session:00000001:2:INBOX x-a:%20",
        ] {
            assert_eq!(text.parse::<IdSet>().unwrap().to_string(), text);
        }
        let again: IdSet = "pop1:a imap1:7:3:INBOX imap1:7:1-2:INBOX pop1:a".parse().unwrap();
        assert_eq!(again.to_string(), "imap1:7:1-3:INBOX pop1:a");
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in [
            "x",
            "imap1:7:1-:INBOX",
            "imap1:7:0-1:INBOX",
            "imap1:7::INBOX",
            "imap1:0:1:INBOX",
            "imap1:7:1",
            "pop1:a,pop1:%",
        ] {
            assert!(text.parse::<IdSet>().is_err(), "{text}");
        }
        let error = "pop1:a no pop1:b".parse::<IdSet>().unwrap_err();
        assert_eq!(error.to_string(), "\"no\" is not a message id");
    }
}
