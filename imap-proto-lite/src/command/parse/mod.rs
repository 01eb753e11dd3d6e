//! Commands, for servers: RFC 9051 sections 6 and 9. The table of commands is here. Each file has
//! the arguments that the file of the same name in `encode` writes. Stricter than the response
//! parser: a client that breaks the grammar gets an error.

mod append;
mod argument;
mod fetch;
mod list;
mod search;
mod session;

use nom::{
    Parser as _,
    bytes::complete::{tag_no_case, take_till},
    character::complete::char,
    combinator::{fail, map, map_opt, opt, success, value},
    multi::many1,
    sequence::{preceded, separated_pair},
};

use crate::{
    command::{
        Command, CommandKind, Tag,
        parse::argument::{
            astring, atom, list_of, list1_of, mailbox, messages, or_default, set, sp,
        },
    },
    types::{Atom, Uid},
    wire::{self, Parsed, number64},
};

/// The command cannot be read. The server answers BAD.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct CommandError<'a> {
    /// The tag, if there is one; without it the answer is an untagged BAD.
    pub tag: Option<Tag<'a>>,
    /// The reason, in words for the answer.
    pub reason: &'static str,
    /// A search is in a charset that this crate does not read: the server answers NO with
    /// BADCHARSET (RFC 9051 section 6.4.4).
    pub unknown_charset: bool,
}

/// Parses one complete command with its CRLF and with its literals. Of APPEND and REPLACE this is
/// the head: everything up to the literal header of the message.
///
/// # Errors
/// The tag is missing or wrong, the command is unknown, its arguments break the grammar, or a
/// search is in an unknown charset.
pub fn command(octets: &[u8]) -> Result<(Tag<'_>, Command<'_>), CommandError<'_>> {
    let line = octets.strip_suffix(b"\r\n").unwrap_or(octets);
    let Ok((rest, tag)) = map_opt(until_sp, Tag::received).parse(line) else {
        let reason = "Missing or invalid tag";
        return Err(CommandError { tag: None, reason, unknown_charset: false });
    };
    let error = |tag, reason| Err(CommandError { tag: Some(tag), reason, unknown_charset: false });
    let uid = map(opt(tag_no_case("UID ")), |word| word.is_some());
    let Ok((input, (_, uid, name))) = (char(' '), uid, until_sp).parse(rest) else {
        return error(tag, "Missing command");
    };
    let Some(kind) = CommandKind::from_keyword(name, uid) else {
        return error(tag, "Unknown command");
    };
    match arguments(kind, uid, input) {
        Ok(([], command)) => Ok((tag, command)),
        _ if search::has_unknown_charset(kind, input) => {
            let reason = "Unknown charset";
            Err(CommandError { tag: Some(tag), reason, unknown_charset: true })
        }
        _ => error(tag, "Invalid arguments"),
    }
}

/// Whether a command, readable or not, is a SEARCH that is to save its result.
pub(crate) fn saves_result(octets: &[u8]) -> bool {
    let start = (until_sp, char(' '), opt(tag_no_case("UID ")), tag_no_case("SEARCH"));
    let returns = preceded(start, search::search_return_opts).parse(octets);
    returns.is_ok_and(|(_, returns)| returns.save)
}

/// The bytes before the first space.
fn until_sp(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_till(|octet| octet == b' ')(input)
}

/// Defines `arguments`, with a row for each command. The fields of most are read one after the
/// other, each by its rule with the space before it.
macro_rules! commands {
    (
        $uid:ident;
        bare { $($bare:ident),* }
        fields { $($kind:ident { $($field:ident: $rule:expr),* })* }
        others { $($other:ident: $other_rule:expr,)* }
    ) => {
        /// The arguments. `input` begins with the space before the first one, or is empty.
        fn arguments(kind: CommandKind, $uid: bool, input: &[u8]) -> Parsed<'_, Command<'_>> {
            match kind {
                $(CommandKind::$bare => Ok((input, Command::$bare)),)*
                $(CommandKind::$kind => {
                    let rest = input;
                    $(let (rest, $field) = $rule.parse(rest)?;)*
                    Ok((rest, Command::$kind { $($field: $field.into()),* }))
                })*
                $(CommandKind::$other => $other_rule.parse(input),)*
            }
        }
    };
}

commands! {
    uid;
    bare { Capability, Noop, Logout, StartTls, Namespace, Idle, Unselect, Check, Close, Expunge }
    fields {
        // login           = "LOGIN" SP userid SP password
        Login { user: astring, password: astring }
        // authenticate    = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
        Authenticate { mechanism: atom, initial_response: session::initial_resp }
        // RFC 5161: "ENABLE" 1*(SP capability)
        Enable { capabilities: many1(atom) }
        // list            = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat
        //                   [SP list-return-opts]
        List {
            selection: or_default(list::list_select_opts),
            reference: mailbox,
            patterns: list::mbox_or_pat,
            returns: or_default(list::list_return_opts)
        }
        // lsub            = "LSUB" SP mailbox SP list-mailbox
        Lsub { reference: mailbox, pattern: mailbox }
        // status          = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
        Status { mailbox: mailbox, items: preceded(sp, list1_of(list::status_att)) }
        // RFC 4466: "SELECT" SP mailbox [select-params]
        Select { mailbox: mailbox, parameters: or_default(list::select_params) }
        Examine { mailbox: mailbox, parameters: or_default(list::select_params) }
        // RFC 6154: "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]
        Create { mailbox: mailbox, special_use: or_default(list::special_use) }
        Delete { mailbox: mailbox }
        // rename          = "RENAME" SP mailbox SP mailbox
        Rename { from: mailbox, to: mailbox }
        Subscribe { mailbox: mailbox }
        Unsubscribe { mailbox: mailbox }
        // append          = "APPEND" SP mailbox append-message
        Append { mailbox: mailbox, message: append::append_message }
        // RFC 8508: "REPLACE" SP seq-number SP mailbox append-message
        Replace { messages: messages(uid), mailbox: mailbox, message: append::append_message }
        // RFC 4315: "UID" SP "EXPUNGE" SP sequence-set
        UidExpunge { uids: preceded(sp, set::<Uid>) }
        // search          = "SEARCH" [search-return-opts] SP search-program
        Search {
            uid: success(uid),
            returns: opt(search::search_return_opts),
            query: search::search_program
        }
        // RFC 5256: "SORT" SP sort-criteria SP search-criteria
        Sort {
            uid: success(uid),
            criteria: preceded(sp, list1_of(search::sort_criterion)),
            query: search::search_criteria
        }
        // RFC 5256: "THREAD" SP thread-alg SP search-criteria
        Thread { uid: success(uid), algorithm: search::thread_alg, query: search::search_criteria }
        // fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /
        //                   "(" fetch-att *(SP fetch-att) ")") [fetch-modifiers]
        Fetch {
            messages: messages(uid),
            items: preceded(sp, fetch::fetch_atts),
            modifiers: or_default(fetch::fetch_modifiers)
        }
        // copy            = "COPY" SP sequence-set SP mailbox
        Copy { messages: messages(uid), mailbox: mailbox }
        Move { messages: messages(uid), mailbox: mailbox }
        // RFC 9208: "GETQUOTA" SP quota-root-name
        GetQuota { root: astring }
        GetQuotaRoot { mailbox: mailbox }
        // RFC 9208: "SETQUOTA" SP quota-root-name SP setquota-list
        SetQuota { root: astring, limits: preceded(sp, list_of(setquota_resource)) }
        // RFC 4314: "SETACL" SP mailbox SP identifier SP mod-rights
        SetAcl { mailbox: mailbox, identifier: astring, rights: astring }
        GetAcl { mailbox: mailbox }
        DeleteAcl { mailbox: mailbox, identifier: astring }
        ListRights { mailbox: mailbox, identifier: astring }
        MyRights { mailbox: mailbox }
    }
    others {
        Id: map(session::id_params_list, |parameters| Command::Id(parameters.into())),
        // RFC 4978: "COMPRESS" SP algorithm
        Compress: value(Command::Compress, tag_no_case(" DEFLATE")),
        Store: |input| fetch::store(input, uid),
        // No keyword names it.
        Raw: fail(),
    }
}

/// RFC 9208: `resource-name SP resource-limit`
fn setquota_resource(input: &[u8]) -> Parsed<'_, (Atom<'_>, u64)> {
    let name = map_opt(wire::atom::atom, |name| Atom::new(str::from_utf8(name).ok()?).ok());
    separated_pair(name, sp, number64).parse(input)
}
