//! The kinds of commands, and the facts about each: one row per command.
//!
//! A new command needs a variant in [`Command`], a row here, an encoder, the form of its answer
//! (`Shape` in `client/request.rs`), a variant of `Received` with its parser, an answer in
//! `server/receive.rs`, and a line in the tables of `state.rs` and `server/state.rs`. The
//! compiler asks for each of them, and a test for the tables.

use core::fmt;

use super::Command;
use crate::patience::Patience;

/// The properties of a command that do not depend on its arguments.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    /// On the wire.
    pub(crate) keyword: &'static str,
    /// Where it may be sent.
    pub(crate) states: States,
    /// The capability that a server with CAPA announces for it.
    pub(crate) needs: Option<&'static str>,
    pub(crate) barrier: Barrier,
    /// How long to wait for its answer.
    pub(crate) patience: Patience,
    /// It contains a user name, a password or a proof of one.
    pub(crate) credential: bool,
}

/// Whether other commands may be sent before the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barrier {
    None,
    /// No command may follow: the state, the capabilities or the charset change, or the number of
    /// round trips is unknown.
    /// [RFC 2449 section 6.6](https://www.rfc-editor.org/rfc/rfc2449#section-6.6).
    After,
}

/// A set of the states of a session in which commands are sent.
#[derive(Clone, Copy)]
pub(crate) struct States(u8);

impl States {
    pub(crate) const GREETING: Self = Self(1);
    pub(crate) const AUTHORIZATION: Self = Self(2);
    pub(crate) const TRANSACTION: Self = Self(4);
    const BEFORE_LOGIN: Self = Self(Self::GREETING.0 | Self::AUTHORIZATION.0);
    const GREETED: Self = Self(Self::AUTHORIZATION.0 | Self::TRANSACTION.0);
    const ANY: Self = Self(Self::GREETING.0 | Self::GREETED.0);

    /// True if the sets have a state in common.
    pub(crate) const fn contains(self, state: Self) -> bool {
        self.0 & state.0 != 0
    }
}

macro_rules! commands {
    ($($(#[$cfg:meta])? $kind:ident $keyword:literal $states:ident ($needs:expr) $barrier:ident
        $patience:ident credential: $credential:literal;)*) => {
        /// Which command, without its arguments.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum CommandKind {
            $(#[doc = $keyword] $kind,)*
        }

        impl CommandKind {
            /// Every kind, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            pub(crate) const fn facts(self) -> Facts {
                match self {
                    $(Self::$kind => Facts {
                        keyword: $keyword,
                        states: States::$states,
                        needs: $needs,
                        barrier: Barrier::$barrier,
                        patience: Patience::$patience,
                        credential: $credential,
                    },)*
                }
            }
        }

        impl Command<'_> {
            /// Which command it is.
            pub const fn kind(&self) -> CommandKind {
                match self {
                    $($(#[$cfg])? Self::$kind { .. } => CommandKind::$kind,)*
                }
            }
        }
    };
}

// TOP and UIDL need no capability: servers without CAPA have them, and some leave them out of CAPA.
commands! {
    Capa "CAPA" ANY           (None)         None  ANSWER      credential: false;
    Stls "STLS" BEFORE_LOGIN  (Some("STLS")) After ANSWER      credential: false;
    User "USER" AUTHORIZATION (Some("USER")) None  LOGIN       credential: true;
    Pass "PASS" AUTHORIZATION (Some("USER")) After LOGIN       credential: true;
    #[cfg(feature = "apop")]
    Apop "APOP" AUTHORIZATION (None)         After LOGIN       credential: true;
    Auth "AUTH" AUTHORIZATION (None)         After LOGIN       credential: true;
    Stat "STAT" TRANSACTION   (None)         None  ANSWER      credential: false;
    List "LIST" TRANSACTION   (None)         None  STREAM      credential: false;
    Uidl "UIDL" TRANSACTION   (None)         None  STREAM      credential: false;
    Retr "RETR" TRANSACTION   (None)         None  STREAM      credential: false;
    Top  "TOP"  TRANSACTION   (None)         None  STREAM      credential: false;
    Dele "DELE" TRANSACTION   (None)         None  ANSWER      credential: false;
    Noop "NOOP" TRANSACTION   (None)         None  ANSWER      credential: false;
    Rset "RSET" TRANSACTION   (None)         None  ANSWER      credential: false;
    Quit "QUIT" ANY           (None)         After SLOW_ANSWER credential: false;
    Utf8 "UTF8" AUTHORIZATION (Some("UTF8")) After ANSWER      credential: false;
    Lang "LANG" GREETED       (Some("LANG")) None  ANSWER      credential: false;
    Raw  "raw"  ANY           (None)         None  STREAM      credential: false;
}

impl CommandKind {
    /// The keyword on the wire, and `raw` for a raw command.
    pub const fn to_keyword(self) -> &'static str {
        self.facts().keyword
    }

    /// The kind that a keyword names, in any case. Never [`Raw`](Self::Raw).
    pub(crate) fn from_keyword(keyword: &[u8]) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|kind| *kind != Self::Raw)
            .find(|kind| kind.to_keyword().as_bytes().eq_ignore_ascii_case(keyword))
    }

    pub(crate) const fn is_barrier(self) -> bool {
        matches!(self.facts().barrier, Barrier::After)
    }
}

impl fmt::Display for CommandKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_keyword())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_name_their_kinds() {
        for kind in CommandKind::ALL {
            let named =
                CommandKind::from_keyword(kind.to_keyword().to_ascii_lowercase().as_bytes());
            assert_eq!(named, Some(*kind).filter(|kind| *kind != CommandKind::Raw));
        }
        assert_eq!(CommandKind::from_keyword(b"XTND"), None);
    }
}
