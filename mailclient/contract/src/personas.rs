//! Kinds of servers, and the features that a mailbox on each of them has.

use mail_testserver::{Builder, Fault, Persona as Server, TestServer, UidValidity};
use mailclient::{Credentials, Feature, FeatureSet};

use crate::USER;

/// Persona by persona whether a mailbox has a feature: over `both` protocols, over `imap` only,
/// over `pop3` only, or over `none`.
const TABLE: &str = "
persona       StableIds Headers Delete Expunge Move Pipelining Namespaces FolderRoles Quota Rights Sync
everything    both      both    both   imap    imap both       imap       imap        imap  imap   imap
rfc-only      both      both    pop3   none    none imap       none       none        none  none   imap
dovecot       both      both    both   imap    imap both       imap       none        imap  imap   imap
cyrus         both      both    both   imap    imap both       imap       imap        imap  imap   imap
exchange      both      both    both   imap    imap imap       imap       none        none  none   imap
exchange-new  both      both    both   imap    imap imap       imap       none        none  none   imap
gmail         both      both    both   imap    imap imap       imap       none        imap  none   imap
icloud        both      both    both   imap    imap both       imap       none        imap  none   imap
netease       both      both    both   imap    imap imap       none       none        none  none   imap
courier       both      both    both   imap    imap both       imap       none        imap  imap   imap
same-validity both      both    both   imap    imap both       imap       imap        imap  imap   imap
no-validity   pop3      both    both   imap    imap both       imap       imap        imap  imap   none
new-validity  both      both    both   imap    imap both       imap       imap        imap  imap   imap
no-uidplus    both      both    pop3   none    imap both       imap       imap        imap  imap   imap
no-move       both      both    both   imap    imap both       imap       imap        imap  imap   imap
no-idle       both      both    both   imap    imap both       imap       imap        imap  imap   imap
no-list-ext   both      both    both   imap    imap both       imap       imap        imap  imap   imap
no-top        both      imap    both   imap    imap both       imap       imap        imap  imap   imap
no-uidl       imap      both    both   imap    imap both       imap       imap        imap  imap   imap
no-capa       both      both    both   imap    imap imap       imap       imap        imap  imap   imap
";

/// The features of every mailbox over IMAP, which none over POP3 has.
const IMAP: [Feature; 10] = [
    Feature::Folders,
    Feature::FolderChanges,
    Feature::Flags,
    Feature::Search,
    Feature::Append,
    Feature::Copy,
    Feature::Sections,
    Feature::Decoding,
    Feature::Structure,
    Feature::Changes,
];

/// What a server can do in a search, over IMAP; one that is not here does as `everything`.
const SEARCHES: [(&str, &[Feature]); 10] = [
    ("everything", SEARCHES_OF_DOVECOT),
    ("rfc-only", &[]),
    ("dovecot", SEARCHES_OF_DOVECOT),
    (
        "cyrus",
        &[
            Feature::AgeSearch,
            Feature::ModSeqSearch,
            Feature::Sort,
            Feature::DisplaySort,
            Feature::Threads,
            Feature::SubjectThreads,
        ],
    ),
    ("exchange", &[]),
    ("exchange-new", &[]),
    ("gmail", &[Feature::ModSeqSearch, Feature::GmailSearch]),
    (
        "icloud",
        &[
            Feature::AgeSearch,
            Feature::ModSeqSearch,
            Feature::Sort,
            Feature::Threads,
            Feature::SubjectThreads,
        ],
    ),
    ("netease", &[]),
    ("courier", &[Feature::Sort, Feature::Threads, Feature::SubjectThreads]),
];

const SEARCHES_OF_DOVECOT: &[Feature] = &[
    Feature::AgeSearch,
    Feature::ModSeqSearch,
    Feature::Sort,
    Feature::DisplaySort,
    Feature::Threads,
    Feature::SubjectThreads,
    Feature::RefsThreads,
];

/// What a server can do to messages, over IMAP; one that is not here does as `everything`.
const WRITES: [(&str, &[Feature]); 7] = [
    ("rfc-only", &[]),
    ("exchange", &[Feature::Replace]),
    ("exchange-new", &[Feature::Replace]),
    ("gmail", &[Feature::Replace, Feature::ConditionalFlags, Feature::Labels]),
    ("netease", &[Feature::Replace]),
    ("courier", &[Feature::Replace]),
    ("no-validity", &[Feature::Replace, Feature::BinaryAppend]),
];

const WRITES_OF_EVERYTHING: &[Feature] =
    &[Feature::Replace, Feature::BinaryAppend, Feature::ConditionalFlags];

/// What makes a server one of the table.
fn change(name: &str, server: Builder) -> Builder {
    match name {
        "rfc-only" => server.persona(Server::rfc_only()),
        "dovecot" => server.persona(Server::dovecot()),
        "cyrus" => server.persona(Server::cyrus()),
        "exchange" => server.persona(Server::exchange_online()),
        "exchange-new" => server.persona(Server::exchange_online_new()),
        "gmail" => server.persona(Server::gmail()),
        "icloud" => server.persona(Server::icloud()),
        "netease" => server.persona(Server::netease()),
        "courier" => server.persona(Server::courier()),
        "same-validity" => server.uid_validities(UidValidity::Same(14)),
        "no-validity" => server.uid_validities(UidValidity::Absent),
        "new-validity" => server.uid_validities(UidValidity::Changing),
        "no-uidplus" => server.hide_capability("UIDPLUS"),
        "no-move" => server.hide_capability("MOVE"),
        "no-idle" => server.hide_capability("IDLE"),
        "no-list-ext" => server.hide_capability("LIST-EXTENDED"),
        "no-top" => server.hide_capability("TOP"),
        "no-uidl" => server.hide_capability("UIDL"),
        "no-capa" => server.fault(Fault::refuse("CAPA", "-ERR unknown command")),
        _ => server,
    }
}

/// A kind of server.
#[derive(Clone, Copy, Debug)]
pub struct Persona {
    row: &'static str,
}

/// Every persona of the table.
pub fn personas() -> impl Iterator<Item = Persona> {
    rows().skip(1).map(|row| Persona { row })
}

impl Persona {
    /// Its name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row.split_whitespace().next().unwrap_or_default()
    }

    /// The server of the builder as this persona.
    pub fn server(self, builder: Builder) -> Builder {
        change(self.name(), builder)
    }

    /// What [`USER`] logs in with: a password, or a token where no password is taken.
    #[must_use]
    pub fn credentials(self, server: &TestServer) -> Credentials {
        match self.name() {
            "exchange-new" => Credentials::token(server.token(USER)),
            _ => Credentials::password(server.password(USER)),
        }
    }

    /// The features of a mailbox on this server, over IMAP or else over POP3.
    #[must_use]
    pub fn features(self, imap: bool) -> FeatureSet {
        let protocol = if imap { "imap" } else { "pop3" };
        let head = rows().next().unwrap_or_default().split_whitespace();
        let has = |name: &str| {
            let mut cells = head.clone().zip(self.row.split_whitespace());
            cells.any(|(column, cell)| column == name && (cell == "both" || cell == protocol))
        };
        let searches = SEARCHES.iter().find(|(name, _)| *name == self.name());
        let searches = searches.map_or(SEARCHES_OF_DOVECOT, |(_, features)| features);
        let writes = WRITES.iter().find(|(name, _)| *name == self.name());
        let writes = writes.map_or(WRITES_OF_EVERYTHING, |(_, features)| features);
        let has_over_imap = |one: &Feature| {
            imap && (IMAP.contains(one) || searches.contains(one) || writes.contains(one))
        };
        let features = Feature::ALL.iter().copied();
        features.filter(|one| has(&format!("{one:?}")) || has_over_imap(one)).collect()
    }
}

/// The rows of the table, its head first.
fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|row| !row.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_in_one_place_and_every_row_is_full() {
        let cells = |row: &'static str| row.split_whitespace().collect::<Vec<_>>();
        let head = cells(rows().next().unwrap());
        let mut features: Vec<String> = head.iter().skip(1).map(|&name| name.into()).collect();
        features.extend(IMAP.iter().map(|feature| format!("{feature:?}")));
        let searches = SEARCHES_OF_DOVECOT.iter().chain(&[Feature::GmailSearch]);
        let writes = WRITES_OF_EVERYTHING.iter().chain(&[Feature::Labels]);
        features.extend(searches.chain(writes).map(|feature| format!("{feature:?}")));
        features.sort();
        let mut all: Vec<String> = Feature::ALL.iter().map(|one| format!("{one:?}")).collect();
        all.sort();
        assert_eq!(features, all);
        for persona in personas() {
            let cells = cells(persona.row);
            let known = |cell: &&str| ["both", "imap", "pop3", "none"].contains(cell);
            assert!(cells[1..].iter().all(known) && cells.len() == head.len(), "{cells:?}");
        }
    }

    #[test]
    fn the_table_is_read_by_row_and_column() {
        let persona = |name| personas().find(|persona| persona.name() == name).unwrap();
        assert!(!persona("no-uidplus").features(true).contains(Feature::Delete));
        assert!(persona("no-uidplus").features(false).contains(Feature::Delete));
        assert!(persona("no-uidplus").features(true).contains(Feature::Move));
        assert_eq!(personas().count(), 20);
    }
}
