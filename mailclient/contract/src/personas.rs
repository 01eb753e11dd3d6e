//! Servers that offer less than everything, and the features that a mailbox on each of them has.

use mail_testserver::Builder;
use mailclient::{Feature, FeatureSet};

/// Persona by persona what the server hides, and whether a mailbox has a feature: over `both`
/// protocols, over `imap` only, over `pop3` only, or over `none`.
const TABLE: &str = "
    persona   everything no-uidplus no-move no-top no-uidl no-idle no-list-ext no-capa
    hides     -          UIDPLUS    MOVE    TOP    UIDL    IDLE    LIST-EXTENDED CAPA
    StableIds both       both       both    both   imap    both    both        both
    Headers   both       both       both    imap   both    both    both        both
    Delete    both       pop3       both    both   both    both    both        both
    Folders   imap       imap       imap    imap   imap    imap    imap        imap
    Flags     imap       imap       imap    imap   imap    imap    imap        imap
    Search    imap       imap       imap    imap   imap    imap    imap        imap
    Append    imap       imap       imap    imap   imap    imap    imap        imap
    Copy      imap       imap       imap    imap   imap    imap    imap        imap
    Move      imap       imap       none    imap   imap    imap    imap        imap
    Sections  imap       imap       imap    imap   imap    imap    imap        imap
    Changes   imap       imap       imap    imap   imap    imap    imap        imap
";

/// A kind of server.
#[derive(Clone, Copy, Debug)]
pub struct Persona {
    column: usize,
}

/// Every persona of the table.
pub fn personas() -> impl Iterator<Item = Persona> {
    let columns = cells("persona").map_or(0, Iterator::count);
    (0..columns).map(|column| Persona { column })
}

impl Persona {
    /// Its name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.cell("persona")
    }

    /// The server of the builder, with the capabilities of this persona.
    pub fn server(self, builder: Builder) -> Builder {
        match self.cell("hides") {
            "-" => builder,
            capability => builder.hide_capability(capability),
        }
    }

    /// The features of a mailbox on this server, over IMAP or else over POP3.
    #[must_use]
    pub fn features(self, imap: bool) -> FeatureSet {
        let protocol = if imap { "imap" } else { "pop3" };
        let has = |feature: &&Feature| {
            let cell = self.cell(&format!("{feature:?}"));
            cell == "both" || cell == protocol
        };
        Feature::ALL.iter().filter(has).copied().collect()
    }

    /// The cell of a row; a feature without a row is over `none`.
    fn cell(self, row: &str) -> &'static str {
        cells(row).and_then(|mut cells| cells.nth(self.column)).unwrap_or("none")
    }
}

/// The cells of a row after its name.
fn cells(row: &str) -> Option<impl Iterator<Item = &'static str>> {
    TABLE.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(row)).then_some(words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_row_and_every_row_is_full() {
        let columns = personas().count();
        let rows = Feature::ALL.iter().map(|feature| format!("{feature:?}"));
        for row in rows.chain(["hides".into()]) {
            assert_eq!(cells(&row).map(Iterator::count), Some(columns), "{row}");
        }
        let known = |line: &&str| !line.trim().is_empty();
        assert_eq!(TABLE.lines().filter(known).count(), Feature::ALL.len() + 2);
    }

    #[test]
    fn the_table_is_read_by_row_and_column() {
        let no_uidplus = personas().find(|persona| persona.name() == "no-uidplus").unwrap();
        assert!(!no_uidplus.features(true).contains(Feature::Delete));
        assert!(no_uidplus.features(false).contains(Feature::Delete));
        assert!(no_uidplus.features(true).contains(Feature::Move));
    }
}
