//! FETCH, STORE, COPY, MOVE and UID EXPUNGE: RFC 9051 sections 6.4.5 to 6.4.9.

use crate::{
    command::{
        FetchItem, FetchModifiers, Messages, StoreAction,
        encode::{
            argument::{self, chosen, messages, not_empty, partial},
            writer::{Writer, Written, check_line},
        },
    },
    types::{
        MailboxName, ModSeq, PartNumber, Partial, Section, SectionText, UidSet, section::write,
    },
    wire::ArgumentError,
};

/// ```abnf
/// fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /
///                   "(" fetch-att *(SP fetch-att) ")") [fetch-modifiers]
/// ```
pub(super) fn fetch(
    writer: &mut Writer<'_>,
    which: &Messages<'_>,
    items: &[FetchItem<'_>],
    modifiers: FetchModifiers,
) -> Written {
    not_empty(items.is_empty(), "items")?;
    if modifiers.vanished && (modifiers.changed_since.is_none() || !which.is_uid()) {
        return Err(ArgumentError::new("modifiers", "VANISHED needs CHANGEDSINCE and UID FETCH"));
    }
    if modifiers.changed_since.is_some_and(|value| value.get() == 0) {
        return Err(ArgumentError::new("modifiers", "CHANGEDSINCE needs a value that is not 0"));
    }
    messages(writer, which);
    writer.sp();
    match items {
        [item] => fetch_att(writer, item)?,
        items => writer.list(items, fetch_att)?,
    }
    fetch_modifiers(writer, modifiers)
}

/// RFC 7162 and RFC 9394. Nothing is written if there are none.
fn fetch_modifiers(writer: &mut Writer<'_>, modifiers: FetchModifiers) -> Written {
    if modifiers == FetchModifiers::default() {
        return Ok(());
    }
    let words = chosen([
        (modifiers.changed_since.is_some(), "CHANGEDSINCE"),
        (modifiers.vanished, "VANISHED"),
        (modifiers.partial.is_some(), "PARTIAL"),
    ]);
    writer.sp();
    writer.list(words, |writer, word| {
        writer.word(word);
        match (word, modifiers.changed_since, modifiers.partial) {
            ("CHANGEDSINCE", Some(value), _) => {
                writer.sp();
                writer.number(value.get());
            }
            ("PARTIAL", _, Some(range)) => partial(writer, range)?,
            _ => {}
        }
        Ok(())
    })
}

/// ```abnf
/// fetch-att       = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" /
///                   "BODY" ["STRUCTURE"] / "UID" / "BODY" section [partial] /
///                   "BODY.PEEK" section [partial] / ...
/// ```
fn fetch_att(writer: &mut Writer<'_>, item: &FetchItem<'_>) -> Written {
    match item {
        FetchItem::BodySection { section, partial, peek } => {
            check_section(section)?;
            writer.word(if *peek { "BODY.PEEK[" } else { "BODY[" });
            write::section(section, &mut writer.out);
            writer.word("]");
            write_partial(writer, *partial);
        }
        FetchItem::Binary { part, partial, peek } => {
            writer.word(if *peek { "BINARY.PEEK[" } else { "BINARY[" });
            write_part(writer, part.as_ref());
            write_partial(writer, *partial);
        }
        FetchItem::BinarySize { part } => {
            writer.word("BINARY.SIZE[");
            write_part(writer, part.as_ref());
        }
        FetchItem::Preview { lazy: false } => writer.word("PREVIEW"),
        FetchItem::Preview { lazy: true } => writer.word("PREVIEW (LAZY)"),
        item => {
            let mut words = FetchItem::WORDS.iter();
            let word = words.find(|(_, one)| one == item);
            writer.word(word.ok_or(ArgumentError::new("items", "has no word"))?.0);
        }
    }
    Ok(())
}

fn check_section(section: &Section<'_>) -> Written {
    match (&section.part, &section.text) {
        (None, Some(SectionText::Mime)) => Err(ArgumentError::new("section", "MIME needs a part")),
        (_, Some(SectionText::HeaderFields(names) | SectionText::HeaderFieldsNot(names))) => {
            not_empty(names.is_empty(), "section")
        }
        _ => Ok(()),
    }
}

fn write_part(writer: &mut Writer<'_>, part: Option<&PartNumber<'_>>) {
    if let Some(part) = part {
        writer.out.extend_from_slice(part.as_wire());
    }
    writer.word("]");
}

fn write_partial(writer: &mut Writer<'_>, partial: Option<Partial>) {
    if let Some(Partial { offset, octets }) = partial {
        writer.word("<");
        writer.number(u64::from(offset));
        writer.word(".");
        writer.number(u64::from(octets.get()));
        writer.word(">");
    }
}

/// ```abnf
/// store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
/// ```
/// RFC 7162 has `"UNCHANGEDSINCE" SP mod-sequence-valzer` as a modifier.
pub(super) fn store(
    writer: &mut Writer<'_>,
    which: &Messages<'_>,
    action: &StoreAction<'_>,
    silent: bool,
    unchanged_since: Option<ModSeq>,
) -> Written {
    messages(writer, which);
    if let Some(mod_seq) = unchanged_since {
        writer.word(" (UNCHANGEDSINCE ");
        writer.number(mod_seq.get());
        writer.word(")");
    }
    writer.sp();
    store_att_flags(writer, action, silent)
}

/// ```abnf
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
fn store_att_flags(writer: &mut Writer<'_>, action: &StoreAction<'_>, silent: bool) -> Written {
    writer.word(match action {
        StoreAction::ReplaceFlags(_) | StoreAction::ReplaceGmailLabels(_) => "",
        StoreAction::AddFlags(_) | StoreAction::AddGmailLabels(_) => "+",
        StoreAction::RemoveFlags(_) | StoreAction::RemoveGmailLabels(_) => "-",
    });
    let silent = if silent { ".SILENT " } else { " " };
    match action {
        StoreAction::ReplaceFlags(flags)
        | StoreAction::AddFlags(flags)
        | StoreAction::RemoveFlags(flags) => {
            writer.word("FLAGS");
            writer.word(silent);
            writer.list(flags.iter(), Writer::flag)
        }
        StoreAction::ReplaceGmailLabels(labels)
        | StoreAction::AddGmailLabels(labels)
        | StoreAction::RemoveGmailLabels(labels) => {
            writer.word("X-GM-LABELS");
            writer.word(silent);
            writer.list(labels.iter(), label)
        }
    }
}

/// Gmail: a label is a mailbox name, and a system label has a backslash before it.
fn label(writer: &mut Writer<'_>, label: &MailboxName<'_>) -> Written {
    let wire = label.wire(writer.utf8());
    if let Some(system) = wire.strip_prefix(b"\\") {
        writer.word("\\");
        return writer.atom(system, "labels");
    }
    check_line(&wire, "labels")?;
    writer.astring(&wire);
    Ok(())
}

/// The arguments of COPY and MOVE.
///
/// ```abnf
/// copy            = "COPY" SP sequence-set SP mailbox
/// ```
pub(super) fn copy(
    writer: &mut Writer<'_>,
    which: &Messages<'_>,
    mailbox: &MailboxName<'_>,
) -> Written {
    messages(writer, which);
    argument::mailbox(writer, mailbox)
}

/// RFC 4315: `"UID" SP "EXPUNGE" SP sequence-set`
pub(super) fn uid_expunge(writer: &mut Writer<'_>, uids: &UidSet) -> Written {
    writer.sp();
    argument::set(writer, uids);
    Ok(())
}
