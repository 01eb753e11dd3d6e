//! FETCH and STORE: RFC 9051 sections 6.4.5 and 6.4.6.

use crate::{
    command::{
        FetchItem, FetchModifiers, Messages, StoreAction,
        encode::{
            not_empty, search, set, uid_prefix,
            writer::{Writer, Written, check_line},
        },
    },
    encode::ArgumentError,
    types::section::{PartNumber, Partial, Section, SectionText, write},
};

/// ```abnf
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
pub(crate) fn store(writer: &mut Writer<'_>, action: &StoreAction<'_>, silent: bool) -> Written {
    let silent = if silent { ".SILENT " } else { " " };
    let (sign, flags, labels) = match action {
        StoreAction::ReplaceFlags(flags) => ("", Some(flags), None),
        StoreAction::AddFlags(flags) => ("+", Some(flags), None),
        StoreAction::RemoveFlags(flags) => ("-", Some(flags), None),
        StoreAction::ReplaceGmailLabels(labels) => ("", None, Some(labels)),
        StoreAction::AddGmailLabels(labels) => ("+", None, Some(labels)),
        StoreAction::RemoveGmailLabels(labels) => ("-", None, Some(labels)),
    };
    writer.word(sign);
    if let Some(flags) = flags {
        writer.word("FLAGS");
        writer.word(silent);
        writer.list(flags.iter(), Writer::flag)?;
    }
    if let Some(labels) = labels {
        writer.word("X-GM-LABELS");
        writer.word(silent);
        writer.list(labels.iter(), |writer, label| {
            let wire = label.wire(writer.utf8());
            match wire.strip_prefix(b"\\") {
                Some(system) => {
                    writer.word("\\");
                    writer.atom(system, "labels")
                }
                None => {
                    check_line(&wire, "labels")?;
                    writer.astring(&wire);
                    Ok(())
                }
            }
        })?;
    }
    Ok(())
}

/// ```abnf
/// fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
///                   [fetch-modifiers]
/// ```
pub(crate) fn fetch(
    writer: &mut Writer<'_>,
    messages: &Messages<'_>,
    items: &[FetchItem<'_>],
    modifiers: FetchModifiers,
) -> Written {
    not_empty(items.is_empty(), "items")?;
    if modifiers.vanished && (modifiers.changed_since.is_none() || !messages.is_uid()) {
        return Err(ArgumentError::new("modifiers", "VANISHED needs CHANGEDSINCE and UID FETCH"));
    }
    if modifiers.changed_since.is_some_and(|value| value.get() == 0) {
        return Err(ArgumentError::new("modifiers", "CHANGEDSINCE needs a value that is not 0"));
    }
    uid_prefix(writer, messages);
    writer.word("FETCH ");
    set(writer, messages);
    writer.sp();
    match items {
        [item] => fetch_att(writer, item)?,
        items => writer.list(items, fetch_att)?,
    }
    if modifiers == FetchModifiers::default() {
        return Ok(());
    }
    writer.word(" (");
    let mut before = "";
    if let Some(mod_seq) = modifiers.changed_since {
        writer.word("CHANGEDSINCE ");
        writer.number(mod_seq.get());
        before = " ";
    }
    if modifiers.vanished {
        writer.word(before);
        writer.word("VANISHED");
    }
    if let Some(partial) = modifiers.partial {
        writer.word(before);
        writer.word("PARTIAL ");
        search::partial_range(writer, partial)?;
    }
    writer.word(")");
    Ok(())
}

/// ```abnf
/// fetch-att       = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" / "BODY" ["STRUCTURE"] / "UID" /
///                   "BODY" section [partial] / "BODY.PEEK" section [partial] / ...
/// ```
fn fetch_att(writer: &mut Writer<'_>, item: &FetchItem<'_>) -> Written {
    match item {
        FetchItem::Uid => writer.word("UID"),
        FetchItem::Flags => writer.word("FLAGS"),
        FetchItem::InternalDate => writer.word("INTERNALDATE"),
        FetchItem::Rfc822Size => writer.word("RFC822.SIZE"),
        FetchItem::Envelope => writer.word("ENVELOPE"),
        FetchItem::Body => writer.word("BODY"),
        FetchItem::BodyStructure => writer.word("BODYSTRUCTURE"),
        FetchItem::BodySection { section, partial, peek } => {
            check_section(section)?;
            writer.word(if *peek { "BODY.PEEK[" } else { "BODY[" });
            write::section(section, &mut writer.out);
            writer.word("]");
            write_partial(writer, *partial);
        }
        FetchItem::Rfc822 => writer.word("RFC822"),
        FetchItem::Rfc822Header => writer.word("RFC822.HEADER"),
        FetchItem::Rfc822Text => writer.word("RFC822.TEXT"),
        FetchItem::Binary { part, partial, peek } => {
            writer.word(if *peek { "BINARY.PEEK[" } else { "BINARY[" });
            write_part(writer, part.as_ref());
            write_partial(writer, *partial);
        }
        FetchItem::BinarySize { part } => {
            writer.word("BINARY.SIZE[");
            write_part(writer, part.as_ref());
        }
        FetchItem::ModSeq => writer.word("MODSEQ"),
        FetchItem::GmailMessageId => writer.word("X-GM-MSGID"),
        FetchItem::GmailThreadId => writer.word("X-GM-THRID"),
        FetchItem::GmailLabels => writer.word("X-GM-LABELS"),
        FetchItem::EmailId => writer.word("EMAILID"),
        FetchItem::ThreadId => writer.word("THREADID"),
        FetchItem::Preview { lazy: false } => writer.word("PREVIEW"),
        FetchItem::Preview { lazy: true } => writer.word("PREVIEW (LAZY)"),
        FetchItem::SaveDate => writer.word("SAVEDATE"),
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
