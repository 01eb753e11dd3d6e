//! LIST, LSUB, STATUS, SELECT, EXAMINE and CREATE: RFC 9051 section 6.3, RFC 7162, RFC 6154.

use crate::{
    command::{
        ListReturn, ListSelection, SelectParameters, StatusItem,
        encode::argument::{atom, mailbox, not_empty, one_line},
    },
    types::{MailboxName, NameAttribute},
    wire::put::{Out, Put, SP, check, options, parens, spaced, string},
};

/// ```abnf
/// list            = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// ```
pub(super) fn list(
    reference: &MailboxName<'_>,
    patterns: &[MailboxName<'_>],
    selection: ListSelection,
    returns: &ListReturn<'_>,
) -> impl Put {
    let base = !selection.recursive_match || selection.subscribed || selection.special_use;
    (
        not_empty(patterns, "patterns"),
        check(base, "selection", "RECURSIVEMATCH needs another option"),
        list_select_opts(selection),
        (SP, list_mailbox(reference, "reference"), SP, mbox_or_pat(patterns)),
        list_return_opts(returns),
    )
}

/// RFC 5258: `SP "(" list-select-opt *(SP list-select-opt) ")"`, or nothing
fn list_select_opts(selection: ListSelection) -> impl Put {
    options((
        selection.subscribed.then_some(" SUBSCRIBED"),
        selection.remote.then_some(" REMOTE"),
        selection.recursive_match.then_some(" RECURSIVEMATCH"),
        selection.special_use.then_some(" SPECIAL-USE"),
    ))
}

/// RFC 5258: `SP "RETURN" SP "(" return-option *(SP return-option) ")"`, or nothing
fn list_return_opts(returns: &ListReturn<'_>) -> impl Put {
    let status = (!returns.status.is_empty()).then(|| (" STATUS ", status_atts(&returns.status)));
    let chosen = (
        returns.subscribed.then_some(" SUBSCRIBED"),
        returns.children.then_some(" CHILDREN"),
        returns.special_use.then_some(" SPECIAL-USE"),
        returns.my_rights.then_some(" MYRIGHTS"),
        status,
    );
    let is_empty = *returns == ListReturn::default();
    (!is_empty).then(|| (" RETURN", options(chosen)))
}

/// ```abnf
/// mbox-or-pat     = list-mailbox / patterns
/// patterns        = "(" list-mailbox *(SP list-mailbox) ")"
/// ```
fn mbox_or_pat(patterns: &[MailboxName<'_>]) -> impl Put {
    let one = |pattern| list_mailbox(pattern, "patterns");
    move |out: &mut Out| match patterns {
        [pattern] => out.put(one(pattern)),
        patterns => out.put(parens(spaced(patterns.iter().map(one)))),
    }
}

/// A reference or a pattern: never the atom INBOX of another case, since `inbox%` is a pattern
/// too.
fn list_mailbox<'a>(name: &'a MailboxName<'_>, argument: &'static str) -> impl Put + 'a {
    move |out: &mut Out| {
        let wire = name.wire(out.utf8());
        out.put((one_line(&wire, argument), string(&*wire)));
    }
}

/// ```abnf
/// lsub            = "LSUB" SP mailbox SP list-mailbox
/// ```
pub(super) fn lsub(reference: &MailboxName<'_>, pattern: &MailboxName<'_>) -> impl Put {
    (SP, list_mailbox(reference, "reference"), SP, list_mailbox(pattern, "pattern"))
}

/// ```abnf
/// status          = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
/// ```
pub(super) fn status(name: &MailboxName<'_>, items: &[StatusItem]) -> impl Put {
    (not_empty(items, "items"), mailbox(name, "mailbox"), SP, status_atts(items))
}

fn status_atts(items: &[StatusItem]) -> impl Put {
    parens(spaced(items.iter().map(|item| item.keyword())))
}

/// The arguments of SELECT and EXAMINE.
pub(super) fn select(name: &MailboxName<'_>, parameters: &SelectParameters<'_>) -> impl Put {
    (mailbox(name, "mailbox"), select_params(parameters))
}

/// RFC 7162 section 3.2.5:
/// `"(" "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] ")" ")"`
fn select_params(parameters: &SelectParameters<'_>) -> impl Put {
    move |out: &mut Out| match parameters {
        SelectParameters::None => {}
        SelectParameters::CondStore => out.put(" (CONDSTORE)"),
        SelectParameters::QResync { uid_validity, mod_seq, known_uids } => {
            let (uid_validity, mod_seq) = (uid_validity.get(), mod_seq.get());
            let is_right = uid_validity != 0 && mod_seq != 0;
            let known_uids = known_uids.as_ref().map(|uids| (SP, &**uids));
            out.put(check(is_right, "parameters", "QRESYNC needs values that are not 0"));
            out.put((" (QRESYNC (", uid_validity, SP, mod_seq, known_uids, "))"));
        }
    }
}

/// RFC 6154: `"CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]`
pub(super) fn create(name: &MailboxName<'_>, special_use: &[NameAttribute<'_>]) -> impl Put {
    let use_attrs = special_use.iter().map(|one| (b'\\', atom(one.name(), "special_use")));
    let special_use =
        (!special_use.is_empty()).then(|| (" (USE ", parens(spaced(use_attrs)), b')'));
    (mailbox(name, "mailbox"), special_use)
}
