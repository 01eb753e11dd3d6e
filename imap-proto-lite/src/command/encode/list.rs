//! LIST, LSUB, STATUS, SELECT and EXAMINE: RFC 9051 section 6.3, RFC 7162.

use crate::{
    command::{
        ListReturn, ListSelection, SelectParameters, StatusItem,
        encode::{
            argument::{chosen, mailbox, not_empty, set},
            writer::{Writer, Written, check_line},
        },
    },
    types::MailboxName,
    wire::ArgumentError,
};

/// ```abnf
/// list            = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// ```
pub(super) fn list(
    writer: &mut Writer<'_>,
    reference: &MailboxName<'_>,
    patterns: &[MailboxName<'_>],
    selection: ListSelection,
    returns: &ListReturn<'_>,
) -> Written {
    not_empty(patterns.is_empty(), "patterns")?;
    if selection.recursive_match && !(selection.subscribed || selection.special_use) {
        return Err(ArgumentError::new("selection", "RECURSIVEMATCH needs another option"));
    }
    list_select_opts(writer, selection)?;
    writer.sp();
    list_mailbox(writer, reference, "reference")?;
    writer.sp();
    match patterns {
        [pattern] => list_mailbox(writer, pattern, "patterns")?,
        patterns => {
            writer.list(patterns, |writer, pattern| list_mailbox(writer, pattern, "patterns"))?;
        }
    }
    list_return_opts(writer, returns)
}

/// Nothing is written if no option is chosen.
fn list_select_opts(writer: &mut Writer<'_>, selection: ListSelection) -> Written {
    let mut words = chosen([
        (selection.subscribed, "SUBSCRIBED"),
        (selection.remote, "REMOTE"),
        (selection.recursive_match, "RECURSIVEMATCH"),
        (selection.special_use, "SPECIAL-USE"),
    ])
    .peekable();
    if words.peek().is_some() {
        writer.sp();
        writer.words(words)?;
    }
    Ok(())
}

/// Nothing is written if no option is chosen.
fn list_return_opts(writer: &mut Writer<'_>, returns: &ListReturn<'_>) -> Written {
    let mut words = chosen([
        (returns.subscribed, "SUBSCRIBED"),
        (returns.children, "CHILDREN"),
        (returns.special_use, "SPECIAL-USE"),
        (returns.my_rights, "MYRIGHTS"),
        (!returns.status.is_empty(), "STATUS"),
    ])
    .peekable();
    if words.peek().is_none() {
        return Ok(());
    }
    writer.word(" RETURN ");
    writer.list(words, |writer, word| {
        writer.word(word);
        if word == "STATUS" {
            writer.sp();
            writer.words(returns.status.iter().map(|item| item.keyword()))?;
        }
        Ok(())
    })
}

/// A reference or a pattern: never the atom INBOX of another case, since `inbox%` is a pattern
/// too.
fn list_mailbox(
    writer: &mut Writer<'_>,
    name: &MailboxName<'_>,
    argument: &'static str,
) -> Written {
    let wire = name.wire(writer.utf8());
    check_line(&wire, argument)?;
    writer.string(&wire);
    Ok(())
}

/// ```abnf
/// lsub            = "LSUB" SP mailbox SP list-mailbox
/// ```
pub(super) fn lsub(
    writer: &mut Writer<'_>,
    reference: &MailboxName<'_>,
    pattern: &MailboxName<'_>,
) -> Written {
    writer.sp();
    list_mailbox(writer, reference, "reference")?;
    writer.sp();
    list_mailbox(writer, pattern, "pattern")
}

/// ```abnf
/// status          = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
/// ```
pub(super) fn status(
    writer: &mut Writer<'_>,
    name: &MailboxName<'_>,
    items: &[StatusItem],
) -> Written {
    not_empty(items.is_empty(), "items")?;
    mailbox(writer, name)?;
    writer.sp();
    writer.words(items.iter().map(|item| item.keyword()))
}

/// The arguments of SELECT and EXAMINE. RFC 7162 section 3.2.5:
/// `"(" "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] ")" ")"`
pub(super) fn select(
    writer: &mut Writer<'_>,
    name: &MailboxName<'_>,
    parameters: &SelectParameters<'_>,
) -> Written {
    mailbox(writer, name)?;
    match parameters {
        SelectParameters::None => {}
        SelectParameters::CondStore => writer.word(" (CONDSTORE)"),
        SelectParameters::QResync { uid_validity, mod_seq, known_uids } => {
            if uid_validity.get() == 0 || mod_seq.get() == 0 {
                return Err(ArgumentError::new(
                    "parameters",
                    "QRESYNC needs values that are not 0",
                ));
            }
            writer.display(format_args!(" (QRESYNC ({uid_validity} {mod_seq}"));
            if let Some(uids) = known_uids {
                writer.sp();
                set(writer, uids);
            }
            writer.word("))");
        }
    }
    Ok(())
}
