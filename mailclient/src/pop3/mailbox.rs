//! [`Pop3Mailbox`]: the state of a session, and what may be done in it.

use pop3_proto::{Capabilities, client::Connection};

use crate::{
    driver::Driver,
    error::{Error, Result},
    feature::{Feature, FeatureSet},
    folder::OpenFolder,
    id::IdSet,
    pop3::index::Index,
    report::Report,
};

/// One maildrop over POP3 (RFC 1939).
///
/// The content of a maildrop is fixed when the session begins: to see new mail, connect again. It
/// is used through [`Mailbox`]; here is what that trait lacks. [`Account::connect`] makes one, and
/// [`Mailbox::as_pop3`] gives it back.
///
/// [`Account::connect`]: crate::Account::connect
/// [`Mailbox`]: crate::Mailbox
/// [`Mailbox::as_pop3`]: crate::Mailbox::as_pop3
#[derive(Debug)]
pub struct Pop3Mailbox {
    pub(super) driver: Driver<Connection>,
    /// The most bytes of one header block that are looked at.
    pub(super) longest_header: usize,
    /// The most bytes of the index.
    pub(super) longest_index: usize,
    /// Capabilities that count as absent.
    pub(super) hidden: Vec<String>,
    /// INBOX, or `None` after an `open` that did not succeed.
    pub(super) open: Option<OpenFolder>,
    /// Distinguishes the message numbers of this session from those of other sessions.
    pub(super) session: u32,
    /// Built by the first call that needs it.
    pub(super) index: Option<Index>,
    /// Whether UIDL and TOP work, once it was tried.
    pub(super) uidl_works: Option<bool>,
    pub(super) top_works: Option<bool>,
    pub(super) under: Under,
    /// The messages to delete. DELE is sent by `close`, so that a session that ends early deletes
    /// nothing and a mark is taken back for free.
    pub(super) marks: IdSet,
    /// What `close` returned.
    pub(super) closed: Option<Report>,
}

/// The operation under way. A dropped future leaves it here, and the next call finishes it.
#[derive(Debug)]
pub(super) enum Under {
    Nothing,
    /// DELE and QUIT: what follows has to know how they ended.
    Quit,
}

impl Pop3Mailbox {
    /// What the server announced; `None` if it has no CAPA.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.driver.machine().capabilities()
    }

    pub(super) fn hides(&self, name: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
    }

    /// Whether the server announced this. Servers older than CAPA have TOP and UIDL.
    pub(super) fn announces(
        &self,
        name: &str,
        has: fn(&Capabilities) -> bool,
        without_capa: bool,
    ) -> bool {
        !self.hides(name) && self.capabilities().map_or(without_capa, has)
    }

    pub(super) fn has_top(&self) -> bool {
        self.top_works.unwrap_or_else(|| self.announces("TOP", Capabilities::has_top, true))
    }

    pub(super) fn has_uidl(&self) -> bool {
        self.uidl_works.unwrap_or_else(|| self.announces("UIDL", Capabilities::has_uidl, true))
    }

    pub(super) fn features_now(&self) -> FeatureSet {
        let pipelining = self.announces("PIPELINING", Capabilities::has_pipelining, false);
        FeatureSet::new()
            .with(Feature::Delete)
            .with_if(Feature::StableIds, self.has_uidl())
            .with_if(Feature::Headers, self.has_top())
            .with_if(Feature::Pipelining, pipelining)
    }

    /// The open folder.
    pub(super) fn folder(&self) -> Result<&OpenFolder> {
        self.driver.check_open()?;
        self.open.as_ref().ok_or(Error::NoFolder)
    }
}
