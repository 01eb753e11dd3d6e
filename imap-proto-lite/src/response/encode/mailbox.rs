//! LIST, STATUS, NAMESPACE and ID: RFC 9051 section 7, RFC 2971.

use nom::{Parser as _, sequence::preceded};

use crate::{
    response::{
        ListEntry, MailboxStatus, NamespaceEntry, Namespaces, StatusElement, StatusValue,
        encode::raw::named,
        parse::{fast, mailbox::status_att_val as read_status_att_val},
    },
    types::MailboxName,
    wire::{
        IString, Token,
        list::sealed::Element,
        opt_sp,
        put::{
            Out, Put, SP, astring, many, nil_or, nstring, options, parens, quoted, spaced, string,
        },
    },
};

/// ```abnf
/// mailbox         = "INBOX" / astring
/// ```
pub(crate) fn mailbox(name: &MailboxName<'_>) -> impl Put {
    astring(IString::new(name.raw()))
}

/// ```abnf
/// mailbox-list    = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
///                   [SP mbox-list-extended]
/// ```
pub(crate) fn mailbox_list(entry: &ListEntry<'_>) -> impl Put {
    let flags = parens(&entry.attributes);
    (flags, SP, delimiter(entry.delimiter), SP, mailbox(&entry.mailbox), mbox_list_extended(entry))
}

/// `DQUOTE QUOTED-CHAR DQUOTE / nil`
fn delimiter(delimiter: Option<u8>) -> impl Put {
    nil_or(delimiter.map(|one| move |out: &mut Out| out.put(quoted(&[one]))))
}

/// ```abnf
/// mbox-list-extended = "(" [mbox-list-extended-item *(SP mbox-list-extended-item)] ")"
/// ```
fn mbox_list_extended(entry: &ListEntry<'_>) -> impl Put {
    let child_info = (!entry.child_info.is_empty()).then(|| strings(&entry.child_info));
    let old_name = entry.old_name.as_ref().map(|name| parens(mailbox(name)));
    options((
        child_info.map(|strings| (" \"CHILDINFO\" ", strings)),
        old_name.map(|name| (" \"OLDNAME\" ", name)),
    ))
}

/// `"(" string *(SP string) ")"`
fn strings(strings: &[IString<'_>]) -> impl Put {
    parens(spaced(strings.iter().map(string)))
}

/// ```abnf
/// mailbox-data    =/ "STATUS" SP mailbox SP "(" [status-att-list] ")"
/// ```
pub(crate) fn status(status: &MailboxStatus<'_>) -> impl Put {
    ("* STATUS ", mailbox(&status.mailbox), SP, parens(&status.values))
}

impl Element for StatusElement {
    type Item<'a> = StatusValue<'a>;

    const FAST: fn(&[u8]) -> Token<'_, StatusValue<'_>> = fast::status_att_val;

    fn read(input: &[u8]) -> Token<'_, StatusValue<'_>> {
        preceded(opt_sp, read_status_att_val).parse(input).ok()
    }

    fn write(item: &StatusValue<'_>, out: &mut Out) {
        out.put(status_att_val(item));
    }
}

/// ```abnf
/// status-att-val  = ("MESSAGES" SP number) / ("UIDNEXT" SP nz-number) / ...
/// ```
fn status_att_val(value: &StatusValue<'_>) -> impl Put {
    move |out: &mut Out| match value {
        StatusValue::Messages(count) => out.put(("MESSAGES ", *count)),
        StatusValue::Recent(count) => out.put(("RECENT ", *count)),
        StatusValue::UidNext(uid) => out.put(("UIDNEXT ", *uid)),
        StatusValue::UidValidity(value) => out.put(("UIDVALIDITY ", value.get())),
        StatusValue::Unseen(count) => out.put(("UNSEEN ", *count)),
        StatusValue::Deleted(count) => out.put(("DELETED ", *count)),
        StatusValue::Size(octets) => out.put(("SIZE ", *octets)),
        StatusValue::DeletedStorage(octets) => out.put(("DELETED-STORAGE ", *octets)),
        StatusValue::HighestModSeq(value) => out.put(("HIGHESTMODSEQ ", value.get())),
        StatusValue::AppendLimit(octets) => out.put(("APPENDLIMIT ", nil_or(*octets))),
        StatusValue::MailboxId(id) => out.put(("MAILBOXID ", parens(astring(id)))),
        StatusValue::Other { name, value } => out.put(named(name, value)),
    }
}

/// ```abnf
/// namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace
/// ```
pub(crate) fn namespace_response(namespaces: &Namespaces<'_>) -> impl Put {
    let Namespaces { personal, other_users, shared } = namespaces;
    ("* NAMESPACE ", spaced([personal, other_users, shared].map(|one| namespace(one))))
}

/// ```abnf
/// namespace       = nil / "(" 1*namespace-descr ")"
/// ```
fn namespace(entries: &[NamespaceEntry<'_>]) -> impl Put {
    nil_or((!entries.is_empty()).then(|| parens(many(entries.iter().map(namespace_descr)))))
}

/// ```abnf
/// namespace-descr = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil)
///                   [namespace-response-extensions] ")"
/// ```
fn namespace_descr<'a>(entry: &'a NamespaceEntry<'_>) -> impl Put + 'a {
    let extensions = entry.extensions.iter();
    let extensions = extensions.map(|(name, values)| (SP, string(name), SP, strings(values)));
    parens((string(&entry.prefix), SP, delimiter(entry.delimiter), many(extensions)))
}

/// ```abnf
/// id-response     = "ID" SP id-params-list
/// ```
pub(crate) fn id_response(parameters: Option<&[(IString<'_>, Option<IString<'_>>)]>) -> impl Put {
    ("* ID ", nil_or(parameters.map(id_params_list)))
}

/// ```abnf
/// id-params-list  = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
/// ```
fn id_params_list(parameters: &[(IString<'_>, Option<IString<'_>>)]) -> impl Put {
    let fields = parameters.iter();
    parens(spaced(fields.map(|(name, value)| (string(name), SP, nstring(value.as_ref())))))
}
