//! Arguments that several commands have.

use alloc::format;

use crate::{
    command::Messages,
    types::{Flag, MailboxName, PartialRange, argument::is_line},
    wire::{
        atom, is_astring_atom,
        put::{Out, Put, SP, astring, check, parens, spaced},
    },
};

/// ```abnf
/// mailbox         = "INBOX" / astring
/// ```
/// With the space before it.
pub(super) fn mailbox(name: &MailboxName<'_>, argument: &'static str) -> impl Put {
    move |out: &mut Out| {
        if name.is_inbox() {
            return out.put(" INBOX");
        }
        let wire = name.wire(out.utf8());
        out.put((one_line(&wire, argument), SP, astring(&*wire)));
    }
}

/// A name in a literal of a server may hold CR, LF or NUL; one that the program made cannot.
pub(super) fn one_line(wire: &[u8], argument: &'static str) -> impl Put {
    check(is_line(wire), argument, "holds CR, LF or NUL")
}

/// ```abnf
/// sequence-set    = (seq-number / seq-range) ["," sequence-set]
/// sequence-set    =/ seq-last-command
/// ```
/// With the space before it.
pub(super) fn sequence_set(messages: &Messages<'_>) -> impl Put {
    move |out: &mut Out| match messages {
        Messages::Sequence(numbers) => out.put((SP, &**numbers)),
        Messages::Uid(uids) => out.put((SP, &**uids)),
        Messages::SavedResult { .. } => out.put(" $"),
    }
}

/// An atom that a server may have made up.
pub(super) fn atom(value: &[u8], argument: &'static str) -> impl Put {
    (check(atom::is_atom(value), argument, "not an atom"), value)
}

/// ```abnf
/// flag-list       = "(" [flag *(SP flag)] ")"
/// ```
pub(super) fn flag_list(flags: &[Flag<'_>]) -> impl Put {
    parens(spaced(flags.iter().map(flag)))
}

/// A flag that a client may set.
fn flag<'a>(flag: &'a Flag<'_>) -> impl Put + 'a {
    let (prefix, name) = flag.as_wire();
    (
        check(*flag != Flag::Recent, "flags", "\\Recent is the server's"),
        check(*flag != Flag::Any, "flags", "\\* is no flag of a message"),
        check(is_astring_atom(name), "flags", "not an atom"),
        prefix,
        name,
    )
}

pub(super) fn not_empty<T>(items: &[T], argument: &'static str) -> impl Put {
    check(!items.is_empty(), argument, "is empty")
}

/// RFC 9394: `"PARTIAL" SP partial-range`
pub(super) fn partial(PartialRange { first, last }: PartialRange) -> impl Put {
    let fits = |end: i64| end != 0 && u32::try_from(end.unsigned_abs()).is_ok();
    let is_right = fits(first) && fits(last) && (first < 0) == (last < 0);
    (
        check(is_right, "partial", "both ends are from 1 on, or both from -1 down"),
        format!(" PARTIAL {first}:{last}"),
    )
}
