//! Response codes: RFC 9051 section 7.1, RFC 5530 and the extensions of the subset.

use nom::{Parser as _, sequence::preceded};

use crate::{
    response::own::Own as _,
    retry::Retry,
    types::{CapabilityList, Flags, ModSeq, SeqRanges, UidRanges, UidValidity},
    wire::{
        IString, List, Token, astring,
        list::sealed::Element,
        opt_sp,
        put::{self, Out},
    },
};

/// The kind of item of [`Charsets`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CharsetElement;

impl Element for CharsetElement {
    type Item<'a> = IString<'a>;

    fn read(input: &[u8]) -> Token<'_, IString<'_>> {
        preceded(opt_sp, astring).parse(input).ok()
    }

    fn write(item: &IString<'_>, out: &mut Out) {
        out.put(put::astring(item));
    }
}

/// Names of charsets.
pub type Charsets<'a> = List<'a, CharsetElement>;

/// Defines [`ResponseCode`] from a row for each code, with its name and what to do after a refusal
/// with it: first the codes without an argument, then those with one value, then those with
/// several.
macro_rules! codes {
    (
        $($(#[$unit_doc:meta])* $unit:ident = $unit_name:literal $(=> $unit_retry:ident)?,)*
        ;
        $(
            $(#[$tuple_doc:meta])*
            $tuple:ident($value:ty) = $tuple_name:literal $(=> $tuple_retry:ident)?,
        )*
        ;
        $(
            $(#[$fields_doc:meta])*
            $fields:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* } = $fields_name:literal,
        )*
    ) => {
        /// The part of a status response that is meant for programs. An unknown code, and a known
        /// one with an unsuitable argument, is [`Other`](ResponseCode::Other).
        #[derive(Clone, PartialEq, Debug)]
        #[non_exhaustive]
        pub enum ResponseCode<'a> {
            $($(#[$unit_doc])* $unit,)*
            $($(#[$tuple_doc])* $tuple($value),)*
            $($(#[$fields_doc])* $fields { $($(#[$field_doc])* $field: $type,)* },)*
            /// Another code.
            Other {
                /// Its name.
                name: IString<'a>,
                /// The bytes after the name and a space, up to the closing bracket.
                argument: Option<IString<'a>>,
            },
        }

        /// The codes that have no argument, with their names.
        pub(crate) const CODES_WITHOUT_ARGUMENT: &[(&str, ResponseCode<'static>)] =
            &[$(($unit_name, ResponseCode::$unit),)*];

        impl ResponseCode<'_> {
            /// Converts into an owned value.
            #[must_use]
            pub fn into_owned(self) -> ResponseCode<'static> {
                match self {
                    $(Self::$unit => ResponseCode::$unit,)*
                    $(Self::$tuple(value) => ResponseCode::$tuple(value.own()),)*
                    $(Self::$fields { $($field),* } => {
                        ResponseCode::$fields { $($field: $field.own()),* }
                    })*
                    Self::Other { name, argument } => {
                        ResponseCode::Other { name: name.own(), argument: argument.own() }
                    }
                }
            }

            /// The name of the code, as the RFC writes it; `None` for
            /// [`Other`](ResponseCode::Other).
            pub const fn name(&self) -> Option<&'static str> {
                match self {
                    $(Self::$unit => Some($unit_name),)*
                    $(Self::$tuple(_) => Some($tuple_name),)*
                    $(Self::$fields { .. } => Some($fields_name),)*
                    Self::Other { .. } => None,
                }
            }

            /// What to do after a refusal (NO or BAD) with this code, by RFC 5530 section 3 and the
            /// RFC of each extension. A refusal without a code is [`Retry::Unknown`].
            pub const fn retry(&self) -> Retry {
                match self {
                    $($(Self::$unit => Retry::$unit_retry,)?)*
                    $($(Self::$tuple(_) => Retry::$tuple_retry,)?)*
                    _ => Retry::Unknown,
                }
            }
        }
    };
}

codes! {
    /// ALERT: the user has to see the text.
    Alert = "ALERT",
    /// PARSE: a message could not be parsed.
    Parse = "PARSE",
    /// READ-ONLY
    ReadOnly = "READ-ONLY",
    /// READ-WRITE
    ReadWrite = "READ-WRITE",
    /// TRYCREATE: the mailbox does not exist and can be made.
    TryCreate = "TRYCREATE" => Differently,
    /// UIDNOTSTICKY: UIDs do not last.
    UidNotSticky = "UIDNOTSTICKY",
    /// NOMODSEQ (RFC 7162): the mailbox keeps no modification sequences.
    NoModSeq = "NOMODSEQ",
    /// CLOSED (RFC 7162): all earlier responses belong to the old mailbox.
    Closed = "CLOSED",
    /// UNAVAILABLE: a part of the server is down.
    Unavailable = "UNAVAILABLE" => Later,
    /// AUTHENTICATIONFAILED
    AuthenticationFailed = "AUTHENTICATIONFAILED" => WithOtherCredentials,
    /// AUTHORIZATIONFAILED
    AuthorizationFailed = "AUTHORIZATIONFAILED" => WithOtherCredentials,
    /// EXPIRED: the password or the account.
    Expired = "EXPIRED" => WithOtherCredentials,
    /// PRIVACYREQUIRED: not without TLS.
    PrivacyRequired = "PRIVACYREQUIRED" => Differently,
    /// CONTACTADMIN
    ContactAdmin = "CONTACTADMIN" => AskAPerson,
    /// NOPERM
    NoPerm = "NOPERM" => AskAPerson,
    /// INUSE
    InUse = "INUSE" => Later,
    /// EXPUNGEISSUED: another client has expunged messages.
    ExpungeIssued = "EXPUNGEISSUED" => Later,
    /// CORRUPTION
    Corruption = "CORRUPTION" => AskAPerson,
    /// SERVERBUG
    ServerBug = "SERVERBUG" => Later,
    /// CLIENTBUG
    ClientBug = "CLIENTBUG" => AskAPerson,
    /// CANNOT: never possible.
    Cannot = "CANNOT" => AskAPerson,
    /// LIMIT
    Limit = "LIMIT" => AskAPerson,
    /// OVERQUOTA
    OverQuota = "OVERQUOTA" => AskAPerson,
    /// ALREADYEXISTS
    AlreadyExists = "ALREADYEXISTS" => AskAPerson,
    /// NONEXISTENT
    NonExistent = "NONEXISTENT" => AskAPerson,
    /// TOOBIG: the message is larger than the server takes.
    TooBig = "TOOBIG" => AskAPerson,
    /// NOTSAVED (RFC 5182): `$` is empty.
    NotSaved = "NOTSAVED" => Differently,
    /// HASCHILDREN
    HasChildren = "HASCHILDREN" => Differently,
    /// UNKNOWN-CTE (RFC 3516): a part cannot be decoded.
    UnknownCte = "UNKNOWN-CTE" => Differently,
    /// COMPRESSIONACTIVE (RFC 4978)
    CompressionActive = "COMPRESSIONACTIVE" => Differently,
    /// USEATTR (RFC 6154): this special use is not possible.
    UseAttr = "USEATTR" => AskAPerson,
    /// UIDREQUIRED (RFC 9586): sequence numbers are off.
    UidRequired = "UIDREQUIRED" => Differently,

    ;

    /// BADCHARSET: the charsets that SEARCH takes.
    BadCharset(Charsets<'a>) = "BADCHARSET" => Differently,
    /// CAPABILITY
    Capability(CapabilityList<'a>) = "CAPABILITY",
    /// PERMANENTFLAGS: the flags that can be changed for good.
    PermanentFlags(Flags<'a>) = "PERMANENTFLAGS",
    /// UIDNEXT: the next UID. 0 is not a UID, but some servers send it.
    UidNext(u32) = "UIDNEXT",
    /// UIDVALIDITY
    UidValidity(UidValidity) = "UIDVALIDITY",
    /// UNSEEN (RFC 3501): the first unseen message. 0 is not a message, but some servers send it.
    Unseen(u32) = "UNSEEN",
    /// HIGHESTMODSEQ (RFC 7162)
    HighestModSeq(ModSeq) = "HIGHESTMODSEQ",
    /// MODIFIED (RFC 7162): the messages that STORE left alone because they had changed; sequence
    /// numbers or UIDs as in the command, so the caller, who knows the command, gives them their
    /// type.
    Modified(SeqRanges<'a>) = "MODIFIED" => Differently,
    /// MAILBOXID (RFC 8474)
    MailboxId(IString<'a>) = "MAILBOXID",
    /// MESSAGELIMIT (RFC 9738): how many messages a command may act on.
    MessageLimit(u32) = "MESSAGELIMIT" => Differently,
    /// WEBALERT (Gmail): a page for the user to visit.
    WebAlert(IString<'a>) = "WEBALERT" => AskAPerson,
    /// REFERRAL (RFC 2221): another server, as an IMAP URL.
    Referral(IString<'a>) = "REFERRAL" => Differently,

    ;

    /// APPENDUID (RFC 4315): where the messages of APPEND are.
    AppendUid {
        /// Of the mailbox.
        uid_validity: UidValidity,
        /// One for each message.
        uids: UidRanges<'a>,
    } = "APPENDUID",
    /// COPYUID (RFC 4315): where the messages of COPY are. The two sets pair in their order.
    CopyUid {
        /// Of the mailbox copied to.
        uid_validity: UidValidity,
        /// The UIDs of the originals.
        source: UidRanges<'a>,
        /// The UIDs of the copies.
        destination: UidRanges<'a>,
    } = "COPYUID",
    /// INPROGRESS (RFC 9585)
    InProgress {
        /// The tag of the command that goes on.
        tag: Option<IString<'a>>,
        /// How far it is.
        progress: Option<u64>,
        /// How far it has to go.
        goal: Option<u64>,
    } = "INPROGRESS",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::{Response, parse};

    #[track_caller]
    fn check(rows: &[(&str, Retry)]) {
        for (code, retry) in rows {
            let line = alloc::format!("* NO [{code}] refused\r\n");
            let Response::Condition { code: Some(found), .. } =
                parse::response(line.as_bytes(), &[])
            else {
                panic!("{code}");
            };
            assert!(found.name().is_some_and(|name| code.starts_with(name)), "{found:?}");
            assert_eq!(found.retry(), *retry, "{code}");
        }
    }

    /// Every code of RFC 5530 section 3, in its order, with the sentence that decides.
    #[test]
    fn retry_follows_rfc_5530_section_3() {
        check(&[
            // "Temporary failure because a subsystem is down."
            ("UNAVAILABLE", Retry::Later),
            // "there's no point in trying the same login/password again later"
            ("AUTHENTICATIONFAILED", Retry::WithOtherCredentials),
            // "will not allow the authentication identity to act as the requested [one]"
            ("AUTHORIZATIONFAILED", Retry::WithOtherCredentials),
            // "The client or user should get a new passphrase."
            ("EXPIRED", Retry::WithOtherCredentials),
            // "the client could try STARTTLS [...] and then repeat the operation"
            ("PRIVACYREQUIRED", Retry::Differently),
            // "The user should contact the system administrator or support desk."
            ("CONTACTADMIN", Retry::AskAPerson),
            // "The access control system [...] does not permit this user to"
            ("NOPERM", Retry::AskAPerson),
            // "The operation may succeed if the client tries again later."
            ("INUSE", Retry::Later),
            // "The client may want to issue NOOP soon."
            ("EXPUNGEISSUED", Retry::Later),
            // "some relevant data (e.g., the mailbox) are corrupt"
            ("CORRUPTION", Retry::AskAPerson),
            // "The server encountered a bug in itself": in practice a failure that passes.
            ("SERVERBUG", Retry::Later),
            // "The server has detected a client bug."
            ("CLIENTBUG", Retry::AskAPerson),
            // "can never succeed"
            ("CANNOT", Retry::AskAPerson),
            // "ran up against an implementation limit"
            ("LIMIT", Retry::AskAPerson),
            // "The user would be over quota after the operation."
            ("OVERQUOTA", Retry::AskAPerson),
            // "attempts to create something that already exists"
            ("ALREADYEXISTS", Retry::AskAPerson),
            // "attempts to delete something that does not exist"
            ("NONEXISTENT", Retry::AskAPerson),
        ]);
    }

    /// The codes of other RFCs that come with a refusal, and those that say nothing about it.
    #[test]
    fn retry_of_the_codes_of_other_rfcs() {
        check(&[
            // RFC 9051 section 7.1: CREATE the mailbox, then repeat; search in another charset.
            ("TRYCREATE", Retry::Differently),
            ("BADCHARSET (UTF-8)", Retry::Differently),
            // RFC 9051 section 7.1: remove the mailboxes below it first.
            ("HASCHILDREN", Retry::Differently),
            // RFC 5182 section 2.1: search again before `$` is used.
            ("NOTSAVED", Retry::Differently),
            // RFC 3516 section 4.3: BODY in place of BINARY.
            ("UNKNOWN-CTE", Retry::Differently),
            // RFC 7162 section 3.1.3: fetch what changed, then decide.
            ("MODIFIED 7,9", Retry::Differently),
            // RFC 9586 section 3, RFC 9738 section 3: UIDs, fewer messages.
            ("UIDREQUIRED", Retry::Differently),
            ("MESSAGELIMIT 1000", Retry::Differently),
            // RFC 4978 section 3: it is on already.
            ("COMPRESSIONACTIVE", Retry::Differently),
            // RFC 2221 section 4: log in there.
            ("REFERRAL imap://other.example.com/", Retry::Differently),
            // RFC 4469 section 5, RFC 6154 section 3: no message or mailbox like this.
            ("TOOBIG", Retry::AskAPerson),
            ("USEATTR", Retry::AskAPerson),
            // Gmail: a page to visit.
            ("WEBALERT https://example.com/", Retry::AskAPerson),
            // Only the text says what happened.
            ("ALERT", Retry::Unknown),
            ("PARSE", Retry::Unknown),
            ("READ-ONLY", Retry::Unknown),
        ]);
        let other = ResponseCode::Other { name: IString::from("X-NEW"), argument: None };
        assert_eq!(other.retry(), Retry::Unknown);
    }
}
