//! [`Persona`]: which server a test server is like, as data.

/// Which server the test server is like: what it announces, how it writes names, and its quirks.
///
/// A persona announces only what this server does; commands and arguments of other capabilities are
/// refused with BAD, as the real server does. Start from one of the constructors and change single
/// fields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Persona {
    /// For people.
    pub name: String,
    /// The text of the greeting of IMAP.
    pub greeting: String,
    /// The text of the greeting of POP3.
    pub pop3_greeting: String,
    /// Capabilities before the login, without AUTH=, STARTTLS and LOGINDISABLED.
    pub capabilities_before_login: Vec<String>,
    /// Capabilities after the login. `APPENDLIMIT` without a value gets the one of the limits.
    pub capabilities: Vec<String>,
    /// IMAP tells the capabilities in the greeting and after the login without being asked.
    pub capabilities_unasked: bool,
    /// IMAP offers STARTTLS on a clear connection.
    pub starttls: bool,
    /// IMAP has the command LOGIN.
    pub login: bool,
    /// POP3 has the commands USER and PASS.
    pub user: bool,
    /// SASL mechanisms of both protocols: those of PLAIN, LOGIN, CRAM-MD5, XOAUTH2 and OAUTHBEARER
    /// that are offered.
    pub mechanisms: Vec<String>,
    /// What IMAP answers to ID.
    pub id: Vec<(String, String)>,
    /// What POP3 offers: APOP, EXPIRE, IMPLEMENTATION, LANG, LOGIN-DELAY, PIPELINING, RESP-CODES,
    /// SASL, STLS, TOP, UIDL, UTF8.
    pub pop3: Vec<String>,
    /// Before every folder name but INBOX, such as `INBOX.`.
    pub prefix: String,
    /// Prefixes of shared folders in NAMESPACE. There are no such folders.
    pub shared_prefixes: Vec<String>,
    /// Between the levels of a folder name.
    pub delimiter: char,
    /// What UIDVALIDITY is.
    pub uid_validity: UidValidity,
    /// Where the server is not as the RFCs say.
    pub quirks: Quirks,
}

/// What a server says of UIDVALIDITY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UidValidity {
    /// Each folder has its own.
    #[default]
    PerFolder,
    /// All folders of all users have the same one: Exchange Online says 14 for every folder.
    Same(u32),
    /// The server tells none.
    Absent,
    /// A folder has another one each time that it is opened.
    Changing,
}

impl UidValidity {
    /// Of the folder with this identity; 0 stands for none.
    pub(super) const fn of(self, identity: u32) -> u32 {
        match self {
            Self::PerFolder | Self::Changing => identity,
            Self::Same(value) => value,
            Self::Absent => 0,
        }
    }
}

/// Where a server is not as the RFCs say, or is as they allow and few are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quirks {
    /// FETCH gives the UID after all other items: Exchange Online.
    pub uid_last: bool,
    /// RFC822.SIZE, and the sizes of POP3, differ from the size of the message by so many bytes:
    /// Exchange Online counts another header than the one that it sends.
    pub size_error: i64,
    /// Without ID no folder can be opened: NetEase.
    pub id_required: bool,
    /// AUTHENTICATE with an initial response is BAD although SASL-IR is announced: NetEase.
    pub no_initial_response: bool,
    /// SEARCH takes no charset but US-ASCII: Exchange Online.
    pub ascii_search: bool,
    /// Keywords cannot be set: Exchange Online.
    pub no_keywords: bool,
    /// SELECT tells no UIDNEXT: Courier.
    pub no_uid_next: bool,
    /// SELECT tells no UNSEEN: Courier.
    pub no_unseen: bool,
    /// SELECT tells the rights, with the code MYRIGHTS, which no RFC has: Courier.
    pub rights_in_select: bool,
    /// QUOTA ends before its list of resources: Courier.
    pub quota_without_list: bool,
    /// What LOGIN-DELAY of POP3 says, in seconds; logins are not delayed: Courier.
    pub login_delay: u32,
    /// NO with this text where BAD is due: Courier.
    pub bad_is_no: Option<&'static str>,
    /// A POP3 client without UTF8 gets a message with an 8-bit header as the attachment of another
    /// one, which differs each time that it is read: Courier.
    pub wraps_utf8: bool,
    /// The answer to the login tells the capabilities of before it, because a proxy in front of the
    /// server writes it; CAPABILITY tells the right ones: iCloud.
    pub stale_capabilities: bool,
    /// ENABLE is answered without ENABLED: iCloud.
    pub enabled_untold: bool,
    /// A search that finds nothing is answered without SEARCH: iCloud.
    pub nothing_found_untold: bool,
    /// FETCH of RFC822 has no RFC822 in its answer: iCloud.
    pub rfc822_untold: bool,
}

/// A name for command lines, and its persona.
type Named = (&'static str, fn() -> Persona);

/// Every persona.
const NAMED: [Named; 10] = [
    ("everything", Persona::everything),
    ("rfc-only", Persona::rfc_only),
    ("dovecot", Persona::dovecot),
    ("cyrus", Persona::cyrus),
    ("exchange-online", Persona::exchange_online),
    ("exchange-online-new", Persona::exchange_online_new),
    ("gmail", Persona::gmail),
    ("icloud", Persona::icloud),
    ("netease", Persona::netease),
    ("courier", Persona::courier),
];

fn words(list: &str) -> Vec<String> {
    list.split_whitespace().map(String::from).collect()
}

impl Persona {
    /// All that this server can do, without quirks: the default.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            name: "everything".into(),
            greeting: "mail here".into(),
            pop3_greeting: "maildrops here".into(),
            capabilities_before_login: words("IMAP4rev1 LITERAL+ SASL-IR ID ENABLE"),
            capabilities: words(
                "IMAP4rev1 LITERAL+ ID ENABLE IDLE NAMESPACE CHILDREN UIDPLUS UNSELECT MOVE \
                 LIST-EXTENDED LIST-STATUS LIST-MYRIGHTS SPECIAL-USE CREATE-SPECIAL-USE ESEARCH \
                 SEARCHRES WITHIN PARTIAL SORT SORT=DISPLAY THREAD=ORDEREDSUBJECT \
                 THREAD=REFERENCES THREAD=REFS CONDSTORE QRESYNC BINARY UTF8=ACCEPT QUOTA \
                 QUOTA=RES-STORAGE QUOTA=RES-MESSAGE QUOTASET ACL RIGHTS=kxte STATUS=SIZE \
                 APPENDLIMIT OBJECTID PREVIEW SAVEDATE REPLACE COMPRESS=DEFLATE",
            ),
            capabilities_unasked: true,
            starttls: true,
            login: true,
            user: true,
            mechanisms: words("PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER"),
            id: vec![("name".into(), "mail-testserver".into())],
            pop3: words(
                "APOP EXPIRE IMPLEMENTATION LANG LOGIN-DELAY PIPELINING RESP-CODES SASL STLS TOP \
                 UIDL UTF8",
            ),
            prefix: String::new(),
            shared_prefixes: Vec::new(),
            delimiter: '/',
            uid_validity: UidValidity::PerFolder,
            quirks: Quirks::default(),
        }
    }

    /// RFC 3501 and RFC 1939 without any extension, TLS apart.
    #[must_use]
    pub fn rfc_only() -> Self {
        Self {
            name: "RFC only".into(),
            capabilities_before_login: words("IMAP4rev1"),
            capabilities: words("IMAP4rev1"),
            mechanisms: words("PLAIN"),
            id: Vec::new(),
            pop3: words("APOP STLS TOP UIDL"),
            ..Self::everything()
        }
    }

    /// Dovecot 2.3, with its quota and ACL plugins.
    #[must_use]
    pub fn dovecot() -> Self {
        Self {
            name: "Dovecot".into(),
            greeting: "Dovecot (Debian) ready.".into(),
            pop3_greeting: "Dovecot (Debian) ready.".into(),
            capabilities_before_login: words("IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+"),
            capabilities: words(
                "IMAP4rev1 SASL-IR ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS \
                 THREAD=ORDEREDSUBJECT UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED \
                 CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN LIST-STATUS BINARY MOVE PREVIEW \
                 STATUS=SIZE SAVEDATE LITERAL+ SPECIAL-USE COMPRESS=DEFLATE QUOTA ACL RIGHTS=texk",
            ),
            id: vec![("name".into(), "Dovecot".into())],
            pop3: words("PIPELINING RESP-CODES SASL STLS TOP UIDL"),
            ..Self::everything()
        }
    }

    /// Cyrus 3.10, which announces IMAP4rev2.
    #[must_use]
    pub fn cyrus() -> Self {
        Self {
            name: "Cyrus".into(),
            greeting: "mail Cyrus IMAP 3.10.2 server ready".into(),
            pop3_greeting: "mail Cyrus POP3 3.10.2 server ready".into(),
            capabilities_before_login: words("IMAP4rev1 IMAP4rev2 ENABLE ID LITERAL+ SASL-IR"),
            capabilities: words(
                "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE ACL BINARY CHILDREN CONDSTORE \
                 CREATE-SPECIAL-USE ESEARCH LIST-EXTENDED LIST-MYRIGHTS LIST-STATUS MOVE NAMESPACE \
                 OBJECTID PREVIEW QRESYNC QUOTA RIGHTS=kxten SAVEDATE SORT SORT=DISPLAY \
                 SPECIAL-USE STATUS=SIZE THREAD=ORDEREDSUBJECT THREAD=REFERENCES UIDPLUS UNSELECT \
                 WITHIN REPLACE SEARCHRES QUOTASET QUOTA=RES-STORAGE QUOTA=RES-MESSAGE \
                 COMPRESS=DEFLATE IDLE APPENDLIMIT",
            ),
            id: vec![("name".into(), "Cyrus IMAPD".into())],
            pop3: words("APOP EXPIRE LOGIN-DELAY PIPELINING RESP-CODES SASL STLS TOP UIDL"),
            ..Self::everything()
        }
    }

    /// Exchange Online with the front end of 2018 to 2026: the UID after the body, sizes that are
    /// estimates, one UIDVALIDITY for all folders, search in US-ASCII, no keywords.
    #[must_use]
    pub fn exchange_online() -> Self {
        let before = "IMAP4 IMAP4rev1 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+";
        Self {
            name: "Exchange Online".into(),
            greeting: "The Microsoft Exchange IMAP4 service is ready. \
                       [TQBXAEgAUABSADIAMQBDAEEAMAAwADYAMAA=]"
                .into(),
            pop3_greeting: "The Microsoft Exchange POP3 service is ready. \
                            [TQBXAEgAUABSADIAMQBDAEEAMAAwADYAMAA=]"
                .into(),
            capabilities_before_login: words(before),
            capabilities: words(&format!(
                "{before} MOVE CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE"
            )),
            capabilities_unasked: false,
            mechanisms: words("PLAIN XOAUTH2"),
            id: vec![
                ("name".into(), "Microsoft.Exchange.Imap4.Imap4Server".into()),
                ("version".into(), "15.20".into()),
            ],
            pop3: words("SASL STLS TOP UIDL"),
            uid_validity: UidValidity::Same(14),
            quirks: Quirks {
                uid_last: true,
                size_error: -37,
                ascii_search: true,
                no_keywords: true,
                ..Quirks::default()
            },
            ..Self::everything()
        }
    }

    /// Exchange Online with the front end that was first seen in September 2026: tokens only,
    /// IMAP4rev2 is announced after the login.
    #[must_use]
    pub fn exchange_online_new() -> Self {
        let before = "IMAP4rev1 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+ MOVE";
        Self {
            name: "Exchange Online, new front end".into(),
            greeting: "Microsoft Exchange IMAP4 service ready. (tcpproxy/15.21.0406.000 \
                       BACKENDAUTHENTICATE)"
                .into(),
            capabilities_before_login: words(before),
            capabilities: words(&format!("{before} ENABLE IMAP4rev2 BACKENDAUTHENTICATE-IR")),
            login: false,
            user: false,
            mechanisms: words("XOAUTH2"),
            ..Self::exchange_online()
        }
    }

    /// Gmail: labels and its numbers for messages and threads.
    #[must_use]
    pub fn gmail() -> Self {
        Self {
            name: "Gmail".into(),
            greeting: "Gimap ready for requests from 192.0.2.1 a1mb".into(),
            pop3_greeting: "Gpop ready for requests from 192.0.2.1 a1mb".into(),
            capabilities_before_login: words(
                "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID CHILDREN X-GM-EXT-1 SASL-IR",
            ),
            capabilities: words(
                "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID CHILDREN X-GM-EXT-1 UIDPLUS ENABLE \
                 MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE \
                 COMPRESS=DEFLATE APPENDLIMIT",
            ),
            capabilities_unasked: false,
            mechanisms: words("XOAUTH2 PLAIN OAUTHBEARER"),
            id: vec![("name".into(), "GImap".into()), ("vendor".into(), "Google, Inc.".into())],
            pop3: words("EXPIRE LOGIN-DELAY RESP-CODES SASL STLS TOP UIDL"),
            ..Self::everything()
        }
    }

    /// iCloud: a proxy in front, no MOVE, no special uses in LIST, QRESYNC, and answers that lack
    /// items which the client asked for.
    #[must_use]
    pub fn icloud() -> Self {
        Self {
            name: "iCloud".into(),
            greeting: "(1234B56-abcdef012345) imap.example.org".into(),
            capabilities_before_login: words("XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR"),
            capabilities: words(
                "XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR ID ENABLE IDLE NAMESPACE CHILDREN \
                 UNSELECT UIDPLUS ESEARCH SEARCHRES LIST-STATUS CONDSTORE QRESYNC SORT \
                 THREAD=ORDEREDSUBJECT THREAD=REFERENCES QUOTA BINARY WITHIN",
            ),
            mechanisms: words("PLAIN XOAUTH2"),
            quirks: Quirks {
                stale_capabilities: true,
                enabled_untold: true,
                nothing_found_untold: true,
                rfc822_untold: true,
                ..Quirks::default()
            },
            ..Self::everything()
        }
    }

    /// NetEase (163.com, 126.com, yeah.net): no folder can be opened before ID, and no initial
    /// response is taken.
    #[must_use]
    pub fn netease() -> Self {
        Self {
            name: "NetEase".into(),
            greeting: "Coremail System IMap Server Ready".into(),
            pop3_greeting: "Welcome to coremail Mail Pop3 Server".into(),
            capabilities_before_login: words("IMAP4rev1 SASL-IR ID IDLE UIDPLUS"),
            capabilities: words("IMAP4rev1 SASL-IR ID IDLE UIDPLUS"),
            capabilities_unasked: false,
            mechanisms: words("PLAIN XOAUTH2"),
            pop3: words("SASL STLS TOP UIDL"),
            quirks: Quirks { id_required: true, no_initial_response: true, ..Quirks::default() },
            ..Self::everything()
        }
    }

    /// Courier: every folder is below `INBOX.`, SELECT tells neither UIDNEXT nor UNSEEN but rights,
    /// mistakes are NO, ID is unknown, and POP3 clients without UTF8 get other messages.
    #[must_use]
    pub fn courier() -> Self {
        let capabilities = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT \
                            THREAD=REFERENCES SORT QUOTA IDLE ACL ENABLE UTF8=ACCEPT";
        Self {
            name: "Courier".into(),
            greeting: "Courier-IMAP ready. See COPYING for distribution information.".into(),
            pop3_greeting: "Hello there.".into(),
            capabilities_before_login: words(capabilities),
            capabilities: words(capabilities),
            mechanisms: words("CRAM-MD5 PLAIN"),
            pop3: words("LOGIN-DELAY PIPELINING SASL STLS TOP UIDL UTF8"),
            prefix: "INBOX.".into(),
            shared_prefixes: words("#shared. shared."),
            delimiter: '.',
            quirks: Quirks {
                no_uid_next: true,
                no_unseen: true,
                rights_in_select: true,
                quota_without_list: true,
                login_delay: 10,
                bad_is_no: Some("Error in IMAP command received by server."),
                wraps_utf8: true,
                ..Quirks::default()
            },
            ..Self::everything()
        }
    }

    /// Every persona of a real server, [`everything`](Self::everything) and
    /// [`rfc_only`](Self::rfc_only), for tests that go through all.
    #[must_use]
    pub fn all() -> Vec<Self> {
        NAMED.iter().map(|(_, persona)| persona()).collect()
    }

    /// The names that [`named`](Self::named) knows, in the order of [`all`](Self::all).
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// The persona with this name, such as `exchange-online`; `None` if there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        NAMED.iter().find(|(one, _)| *one == name).map(|(_, persona)| persona())
    }

    /// Whether a capability of IMAP is announced after the login, with any value.
    pub(super) fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|one| {
            let name = one.split_once('=').map_or(one.as_str(), |(name, _)| name);
            one.eq_ignore_ascii_case(capability) || name.eq_ignore_ascii_case(capability)
        })
    }

    /// Whether POP3 offers this.
    pub(super) fn has_pop3(&self, capability: &str) -> bool {
        self.pop3.iter().any(|one| one.eq_ignore_ascii_case(capability))
    }

    /// Takes away a capability of either protocol, or a mechanism as `AUTH=PLAIN` or `PLAIN`.
    pub(super) fn hide(&mut self, name: &str) {
        let is_other = |one: &String| !one.eq_ignore_ascii_case(name);
        let is = |word: &str| name.eq_ignore_ascii_case(word);
        self.starttls &= !is("STARTTLS");
        self.login &= !is("LOGIN");
        self.user &= !is("USER");
        self.capabilities_before_login.retain(is_other);
        self.capabilities.retain(is_other);
        self.pop3.retain(is_other);
        let mechanism = name.get(..5).filter(|start| start.eq_ignore_ascii_case("AUTH="));
        let mechanism = mechanism.and_then(|_| name.get(5..)).unwrap_or(name);
        self.mechanisms.retain(|one| !one.eq_ignore_ascii_case(mechanism));
    }
}

impl Default for Persona {
    fn default() -> Self {
        Self::everything()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_capability_is_gone_from_both_protocols() {
        let mut persona = Persona::everything();
        assert!(persona.has("move") && persona.has("THREAD") && persona.has_pop3("top"));
        for name in ["MOVE", "top", "AUTH=plain", "thread=refs"] {
            persona.hide(name);
        }
        assert!(!persona.has("MOVE") && persona.has("THREAD") && !persona.has_pop3("TOP"));
        assert_eq!(persona.mechanisms, ["LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"]);
    }
}
