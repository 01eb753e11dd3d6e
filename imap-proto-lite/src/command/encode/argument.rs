//! Arguments that several commands have.

use crate::{
    command::{
        Messages,
        encode::writer::{Writer, Written},
    },
    types::{AString, MailboxName, Number, PartialRange, Set},
    wire::ArgumentError,
};

pub(super) const fn not_empty(is_empty: bool, argument: &'static str) -> Written {
    if is_empty { Err(ArgumentError::new(argument, "is empty")) } else { Ok(()) }
}

/// A space and a mailbox.
pub(super) fn mailbox(writer: &mut Writer<'_>, mailbox: &MailboxName<'_>) -> Written {
    writer.sp();
    writer.mailbox(mailbox, "mailbox")
}

/// A space and an astring.
pub(super) fn astring(writer: &mut Writer<'_>, value: &AString<'_>) -> Written {
    writer.sp();
    writer.astring(value.as_bytes());
    Ok(())
}

/// A space and a set of messages.
pub(super) fn messages(writer: &mut Writer<'_>, messages: &Messages<'_>) {
    writer.sp();
    match messages {
        Messages::Sequence(numbers) => set(writer, numbers),
        Messages::Uid(uids) => set(writer, uids),
        Messages::SavedResult { .. } => writer.word("$"),
    }
}

/// ```abnf
/// sequence-set    = (seq-number / seq-range) ["," sequence-set]
/// ```
pub(super) fn set<N: Number>(writer: &mut Writer<'_>, set: &Set<N>) {
    /// Room for the arguments that follow a set in most commands, so that a long set is copied
    /// once.
    const AFTER: usize = 128;
    writer.out.reserve(set.as_wire().len() + AFTER);
    writer.out.extend_from_slice(set.as_wire());
}

/// The words of the options that are chosen.
pub(super) fn chosen<const N: usize>(options: [(bool, &str); N]) -> impl Iterator<Item = &str> {
    options.into_iter().filter_map(|(is_chosen, word)| is_chosen.then_some(word))
}

/// RFC 9394: `"PARTIAL" SP partial-range`, with the word already written.
pub(super) fn partial(writer: &mut Writer<'_>, range: PartialRange) -> Written {
    let PartialRange { first, last } = range;
    let fits = |end: i64| end != 0 && u32::try_from(end.unsigned_abs()).is_ok();
    if !fits(first) || !fits(last) || (first < 0) != (last < 0) {
        return Err(ArgumentError::new("partial", "both ends are from 1 on, or both from -1 down"));
    }
    writer.display(format_args!(" {first}:{last}"));
    Ok(())
}
