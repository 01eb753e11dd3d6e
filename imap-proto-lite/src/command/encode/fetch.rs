//! FETCH, STORE, COPY and MOVE: RFC 9051 sections 6.4.5 to 6.4.8.

use crate::{
    command::{
        FetchItem, FetchModifiers, Messages, StoreAction,
        encode::argument::{atom, flag_list, mailbox, not_empty, one_line, partial, sequence_set},
    },
    types::{
        MailboxName, ModSeq, PartNumber, Partial, Section, SectionText,
        section::write::section_spec,
    },
    wire::put::{Out, Put, SP, astring, check, options, parens, spaced},
};

/// ```abnf
/// fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /
///                   "(" fetch-att *(SP fetch-att) ")") [fetch-modifiers]
/// ```
pub(super) fn fetch(
    which: &Messages<'_>,
    items: &[FetchItem<'_>],
    modifiers: FetchModifiers,
) -> impl Put {
    let atts = move |out: &mut Out| match items {
        [item] => out.put(fetch_att(item)),
        items => out.put(parens(spaced(items.iter().map(fetch_att)))),
    };
    let vanished = !modifiers.vanished || (modifiers.changed_since.is_some() && which.is_uid());
    let changed_since = modifiers.changed_since.is_none_or(|value| value.get() != 0);
    (
        not_empty(items, "items"),
        check(vanished, "modifiers", "VANISHED needs CHANGEDSINCE and UID FETCH"),
        check(changed_since, "modifiers", "CHANGEDSINCE needs a value that is not 0"),
        (sequence_set(which), SP, atts, fetch_modifiers(modifiers)),
    )
}

/// RFC 4466: `SP "(" fetch-modifier *(SP fetch-modifier) ")"`, with those of RFC 7162 and RFC 9394
fn fetch_modifiers(modifiers: FetchModifiers) -> impl Put {
    options((
        modifiers.changed_since.map(|value| (" CHANGEDSINCE ", value.get())),
        modifiers.vanished.then_some(" VANISHED"),
        modifiers.partial.map(partial),
    ))
}

/// ```abnf
/// fetch-att       = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" /
///                   "BODY" ["STRUCTURE"] / "UID" / "BODY" section [partial] /
///                   "BODY.PEEK" section [partial] / ...
/// ```
fn fetch_att<'a>(item: &'a FetchItem<'_>) -> impl Put + 'a {
    move |out: &mut Out| match item {
        FetchItem::BodySection { section, partial, peek } => {
            let name = if *peek { "BODY.PEEK[" } else { "BODY[" };
            out.put((check_section(section), name, section_spec(section), b']', octets(*partial)));
        }
        FetchItem::Binary { part, partial, peek } => {
            let name = if *peek { "BINARY.PEEK[" } else { "BINARY[" };
            out.put((name, section_part(part), octets(*partial)));
        }
        FetchItem::BinarySize { part } => out.put(("BINARY.SIZE[", section_part(part))),
        FetchItem::Preview { lazy: false } => out.put("PREVIEW"),
        FetchItem::Preview { lazy: true } => out.put("PREVIEW (LAZY)"),
        item => {
            let word = FetchItem::WORDS.iter().find(|(_, one)| one == item);
            out.put((check(word.is_some(), "items", "has no word"), word.map(|(word, _)| *word)));
        }
    }
}

fn check_section(section: &Section<'_>) -> impl Put {
    let no_part = section.part.is_none() && section.text == Some(SectionText::Mime);
    let no_names = match &section.text {
        Some(SectionText::HeaderFields(names) | SectionText::HeaderFieldsNot(names)) => {
            names.is_empty()
        }
        _ => false,
    };
    (check(!no_part, "section", "MIME needs a part"), check(!no_names, "section", "is empty"))
}

/// RFC 3516: `[section-part] "]"`
fn section_part(part: &Option<PartNumber<'_>>) -> impl Put {
    (part.as_ref().map(PartNumber::as_wire), b']')
}

/// ```abnf
/// partial         = "<" number64 "." nz-number64 ">"
/// ```
fn octets(partial: Option<Partial>) -> impl Put {
    partial.map(|Partial { offset, octets }| (b'<', offset, b'.', octets.get(), b'>'))
}

/// ```abnf
/// store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
/// ```
/// RFC 7162 has `"UNCHANGEDSINCE" SP mod-sequence-valzer` as a modifier.
pub(super) fn store(
    which: &Messages<'_>,
    action: &StoreAction<'_>,
    silent: bool,
    unchanged_since: Option<ModSeq>,
) -> impl Put {
    let modifier = unchanged_since.map(|value| (" UNCHANGEDSINCE ", value.get()));
    (sequence_set(which), options(modifier), SP, store_att_flags(action, silent))
}

/// ```abnf
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
fn store_att_flags(action: &StoreAction<'_>, silent: bool) -> impl Put {
    let silent = if silent { ".SILENT " } else { " " };
    move |out: &mut Out| match action {
        StoreAction::ReplaceFlags(flags) => out.put(("FLAGS", silent, flag_list(flags))),
        StoreAction::AddFlags(flags) => out.put(("+FLAGS", silent, flag_list(flags))),
        StoreAction::RemoveFlags(flags) => out.put(("-FLAGS", silent, flag_list(flags))),
        StoreAction::ReplaceGmailLabels(all) => out.put(("X-GM-LABELS", silent, labels(all))),
        StoreAction::AddGmailLabels(all) => out.put(("+X-GM-LABELS", silent, labels(all))),
        StoreAction::RemoveGmailLabels(all) => out.put(("-X-GM-LABELS", silent, labels(all))),
    }
}

fn labels(labels: &[MailboxName<'_>]) -> impl Put {
    parens(spaced(labels.iter().map(label)))
}

/// Gmail: a label is a mailbox name, and a system label has a backslash before it.
fn label<'a>(label: &'a MailboxName<'_>) -> impl Put + 'a {
    move |out: &mut Out| {
        let wire = label.wire(out.utf8());
        match wire.strip_prefix(b"\\") {
            Some(system) => out.put((b'\\', atom(system, "labels"))),
            None => out.put((one_line(&wire, "labels"), astring(&*wire))),
        }
    }
}

/// The arguments of COPY and MOVE.
///
/// ```abnf
/// copy            = "COPY" SP sequence-set SP mailbox
/// ```
pub(super) fn copy(which: &Messages<'_>, name: &MailboxName<'_>) -> impl Put {
    (sequence_set(which), mailbox(name, "mailbox"))
}
