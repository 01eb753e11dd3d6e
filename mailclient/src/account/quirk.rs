//! [`Quirk`]: a habit of a server that the user of an account can switch on.

use std::{fmt, str::FromStr};

use crate::error::{Error, Result};

macro_rules! quirks {
    ($( $(#[doc = $doc:literal])+ $name:ident $text:literal;)+) => {
        /// A habit of a server for which the client has a switch. All are off by default.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Quirk {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Quirk {
            /// Every quirk, in the order of this enum.
            pub const ALL: &'static [Self] = &[$( Self::$name, )+];

            /// Its name in the text of an account.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$name => $text, )+ }
            }
        }
    };
}

quirks! {
    /// IMAP: a lone LF ends a line too. For home-made servers.
    BareLf "bare-lf";
    /// Both: never send an initial response on the line of AUTHENTICATE or AUTH. Coremail (163.com,
    /// 126.com) announces SASL-IR and answers BAD.
    NoInitialResponse "no-initial-response";
    /// POP3: send the token of XOAUTH2 on the line of AUTH. For a server that does not send the `+`
    /// of the two-line form.
    OauthInOneLine "oauth-in-one-line";
    /// IMAP: take an extension as enabled after a bare OK to ENABLE. iCloud does so for QRESYNC.
    EnabledWithoutLine "enabled-without-line";
    /// IMAP: use extensions that the server does not announce.
    Unannounced "unannounced";
    /// IMAP: never use LITERAL+ or LITERAL- (RFC 7888), although the server announces it.
    SynchronisingLiterals "synchronising-literals";
    /// POP3: read the answer to `UIDL n` as the multi-line form (mailpit in some versions).
    SingleListingIsMulti "single-listing-is-multi";
    /// POP3: remove a single dot at the beginning of a line.
    StripSingleDot "strip-single-dot";
    /// POP3: send a user name or password that is not ASCII although `UTF8 USER` is not announced.
    Utf8Credentials "utf8-credentials";
    /// Both: one command at a time, for a server that fails when several are sent at once.
    OneCommandAtATime "one-command-at-a-time";
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Quirk {
    type Err = Error;

    /// Reads its [name](Self::name).
    ///
    /// # Errors
    /// [`Error::Account`] when no quirk has this name.
    fn from_str(name: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|quirk| quirk.name() == name);
        known.copied().ok_or_else(|| Error::account(format_args!("{name:?} is not a known quirk")))
    }
}

/// The quirks of an account.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Quirks(u32);

impl Quirks {
    /// No quirk.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, quirk: Quirk) -> Self {
        Self(self.0 | 1 << quirk as u32)
    }

    /// Whether a quirk is on.
    #[must_use]
    pub const fn contains(self, quirk: Quirk) -> bool {
        self.0 & 1 << quirk as u32 != 0
    }

    /// The quirks that are on, in the order of the enum.
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |quirk| self.contains(*quirk))
    }

    pub(crate) fn apply_to_imap(self, config: &mut imap_proto_lite::Config) {
        let quirks = &mut config.quirks;
        quirks.bare_lf = self.contains(Quirk::BareLf);
        quirks.no_initial_response = self.contains(Quirk::NoInitialResponse);
        quirks.enabled_without_line = self.contains(Quirk::EnabledWithoutLine);
        quirks.unannounced = self.contains(Quirk::Unannounced);
        quirks.synchronising_literals = self.contains(Quirk::SynchronisingLiterals);
        if self.contains(Quirk::OneCommandAtATime) {
            config.limits.commands_in_flight = 1;
        }
    }

    pub(crate) fn apply_to_pop3(self, config: &mut pop3_proto::Config) {
        let quirks = &mut config.quirks;
        quirks.auth_in_two_lines = self.contains(Quirk::NoInitialResponse);
        quirks.oauth_in_one_line = self.contains(Quirk::OauthInOneLine);
        quirks.single_listing_is_multi = self.contains(Quirk::SingleListingIsMulti);
        quirks.strip_single_dot = self.contains(Quirk::StripSingleDot);
        quirks.utf8_credentials = self.contains(Quirk::Utf8Credentials);
        // The bytes of unanswered commands are the bound, and those of bodies.
        config.limits.commands_in_flight = 1024;
        if self.contains(Quirk::OneCommandAtATime) {
            config.limits.commands_in_flight = 1;
        }
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<I: IntoIterator<Item = Quirk>>(quirks: I) -> Self {
        quirks.into_iter().fold(Self::new(), Self::with)
    }
}

impl Extend<Quirk> for Quirks {
    fn extend<I: IntoIterator<Item = Quirk>>(&mut self, more: I) {
        *self = more.into_iter().fold(*self, Self::with);
    }
}

/// As [`iter`](Quirks::iter).
impl IntoIterator for Quirks {
    type Item = Quirk;
    type IntoIter = std::vec::IntoIter<Quirk>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

impl fmt::Debug for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_changes_a_configuration() {
        for quirk in Quirk::ALL {
            let quirks = Quirks::new().with(*quirk);
            let mut imap = imap_proto_lite::Config::new(imap_proto_lite::Transport::Tls);
            let mut pop3 = pop3_proto::Config::new(pop3_proto::Transport::Tls);
            let (plain_imap, plain_pop3) = (imap.clone(), pop3);
            quirks.apply_to_imap(&mut imap);
            quirks.apply_to_pop3(&mut pop3);
            assert!(imap != plain_imap || pop3 != plain_pop3, "{quirk}");
        }
    }
}
