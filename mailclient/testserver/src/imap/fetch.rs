//! FETCH: the requested items of each message; bodies are written piece by piece.

use std::{io, num::NonZeroU32};

use bytes::Bytes;
use imap_proto_lite::{
    Flag, Flags, ModSeq, Uid,
    command::{FetchItem, FetchModifiers, Messages},
    date::{DateTime, ServerDate},
    response::{BodyData, FetchAttribute},
    section::{HeaderNames, Partial, Section, SectionText},
    server::{Connection, FetchWriter, Responder},
    string::IString,
};

use super::{
    super::{
        folder::{Change, Content, Message},
        section,
        session::Link,
        store::Account,
        structure,
    },
    Imap, refused,
};

impl Imap<'_> {
    pub(super) async fn fetch(
        &mut self,
        connection: &mut Connection,
        link: &mut Link,
        messages: &Messages<'_>,
        items: &[FetchItem<'_>],
        modifiers: FetchModifiers,
        mut responder: Responder,
    ) -> io::Result<()> {
        let (Some(account), Some(view)) = (self.account.clone(), &self.view) else {
            return responder.bad(connection, "select a folder first").map_err(refused);
        };
        if !items.iter().all(is_known) || modifiers != FetchModifiers::default() {
            return responder.bad(connection, "an item that was not announced").map_err(refused);
        }
        let (identity, read_only) = (view.uid_validity, view.read_only);
        let sets_seen = !read_only && items.iter().any(sets_seen);
        for (sequence, uid) in view.named(messages, &self.saved) {
            let found = account.look_at(identity, |folder| folder.message(uid.get()).cloned());
            // Expunged by another session, and the client was not told yet.
            let Some(Some(mut message)) = found else {
                continue;
            };
            let newly_seen = sets_seen && !message.has(&Flag::Seen);
            if newly_seen {
                self.set_seen(&account, identity, &mut message);
            }
            let mut writer = responder.fetch(connection, sequence).map_err(refused)?;
            if messages.is_uid() && !items.contains(&FetchItem::Uid) {
                writer.attribute(connection, FetchAttribute::Uid(uid)).map_err(refused)?;
            }
            for item in items {
                match body(&message.content, item) {
                    Some((section, origin, Some(octets))) => {
                        writer =
                            write_body(connection, link, writer, section, origin, &octets).await?;
                    }
                    Some((section, origin, None)) => {
                        let attribute = FetchAttribute::BodySection {
                            section: section.clone(),
                            origin,
                            data: BodyData::Nil,
                        };
                        writer.attribute(connection, attribute).map_err(refused)?;
                    }
                    None => {
                        if let Some(attribute) = attributes(&message, uid, item) {
                            writer.attribute(connection, attribute).map_err(refused)?;
                        }
                    }
                }
            }
            if newly_seen && !items.contains(&FetchItem::Flags) {
                let flags = FetchAttribute::Flags(Flags::new(message.flags.iter().cloned()));
                writer.attribute(connection, flags).map_err(refused)?;
            }
            responder = writer.finish(connection).map_err(refused)?;
            if responder.is_full(connection) {
                link.flush(connection).await?;
            }
        }
        self.news(connection, messages.is_uid()).map_err(refused)?;
        responder.ok(connection, None, "FETCH completed").map_err(refused)
    }

    /// Sets `\Seen` when a message is read.
    fn set_seen(&mut self, account: &Account, identity: u32, message: &mut Message) {
        let stored = account.change_at(identity, |folder| {
            folder.store(message.uid, Change::Add, &[Flag::Seen]);
            folder.message(message.uid).cloned()
        });
        if let Some(Some(stored)) = stored {
            if let Some(view) = &mut self.view {
                view.changed_itself(stored.uid, stored.mod_seq);
            }
            *message = stored;
        }
    }
}

/// Writes a body, piece by piece as the client reads it.
async fn write_body(
    connection: &mut Connection,
    link: &mut Link,
    writer: FetchWriter,
    section: &Section<'_>,
    origin: Option<u64>,
    octets: &Bytes,
) -> io::Result<FetchWriter> {
    let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
    let mut body = writer.body(connection, section, origin, length).map_err(refused)?;
    let mut rest = &octets[..];
    while !rest.is_empty() {
        let taken = body.write(connection, rest).map_err(refused)?;
        rest = rest.get(taken..).unwrap_or_default();
        if !rest.is_empty() {
            link.flush(connection).await?;
        }
    }
    body.finish(connection).map_err(refused)
}

/// Whether this server has the item.
const fn is_known(item: &FetchItem<'_>) -> bool {
    matches!(
        item,
        FetchItem::Uid
            | FetchItem::Flags
            | FetchItem::InternalDate
            | FetchItem::Rfc822Size
            | FetchItem::Envelope
            | FetchItem::Body
            | FetchItem::BodyStructure
            | FetchItem::BodySection { .. }
            | FetchItem::Rfc822
            | FetchItem::Rfc822Header
            | FetchItem::Rfc822Text
            | FetchItem::ModSeq
    )
}

const fn sets_seen(item: &FetchItem<'_>) -> bool {
    matches!(
        item,
        FetchItem::BodySection { peek: false, .. } | FetchItem::Rfc822 | FetchItem::Rfc822Text
    )
}

/// A body item: its section, its start if it is partial, and the bytes if the section exists.
fn body<'i>(
    content: &Content,
    item: &'i FetchItem<'_>,
) -> Option<(&'i Section<'i>, Option<u64>, Option<Bytes>)> {
    let FetchItem::BodySection { section, partial, .. } = item else {
        return None;
    };
    let octets = piece(&content.octets, section);
    Some(match partial {
        Some(Partial { offset, octets: count, .. }) => {
            let (offset, count) = (u64::from(*offset), u64::from(count.get()));
            let cut = octets.map(|octets| section::partial(&octets, offset, count));
            (section, Some(offset), cut)
        }
        None => (section, None, octets),
    })
}

fn piece(message: &Bytes, wanted: &Section<'_>) -> Option<Bytes> {
    let inside = match &wanted.part {
        None => message.clone(),
        Some(number) => {
            let path: Vec<u32> = number.path().map(NonZeroU32::get).collect();
            let part = section::part(message, &path)?;
            match &wanted.text {
                None => return Some(part.body),
                Some(SectionText::Mime) => return Some(part.mime),
                Some(_) if part.is_message => part.body,
                Some(_) => return None,
            }
        }
    };
    let fields = |names: &HeaderNames<'_>, except| {
        let names: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        section::header_fields(&inside, names.iter().map(Vec::as_slice), except).into()
    };
    Some(match &wanted.text {
        None => inside,
        Some(SectionText::Header) => section::header_of(&inside),
        Some(SectionText::Text) => section::text_of(&inside),
        Some(SectionText::HeaderFields(names)) => fields(names, false),
        Some(SectionText::HeaderFieldsNot(names)) => fields(names, true),
        Some(_) => return None,
    })
}

/// All items except bodies. The obsolete RFC822 items are rare and copied.
fn attributes<'m>(
    message: &'m Message,
    uid: Uid,
    item: &FetchItem<'_>,
) -> Option<FetchAttribute<'m>> {
    let octets = &message.content.octets;
    let inline = |octets: Bytes| BodyData::Inline(IString::new(octets.to_vec()));
    Some(match item {
        FetchItem::Uid => FetchAttribute::Uid(uid),
        FetchItem::Flags => FetchAttribute::Flags(Flags::new(message.flags.iter().cloned())),
        FetchItem::InternalDate => FetchAttribute::InternalDate(ServerDate::new(
            DateTime::from_unix_timestamp(message.date)?,
        )),
        FetchItem::Rfc822Size => {
            FetchAttribute::Rfc822Size(u64::try_from(octets.len()).unwrap_or(u64::MAX))
        }
        FetchItem::Envelope => FetchAttribute::Envelope(message.content.envelope().clone()),
        FetchItem::Body => FetchAttribute::Body(structure::body_structure(octets, false)?),
        FetchItem::BodyStructure => {
            FetchAttribute::BodyStructure(structure::body_structure(octets, true)?)
        }
        FetchItem::Rfc822 => FetchAttribute::Rfc822(inline(octets.clone())),
        FetchItem::Rfc822Header => FetchAttribute::Rfc822Header(inline(section::header_of(octets))),
        FetchItem::Rfc822Text => FetchAttribute::Rfc822Text(inline(section::text_of(octets))),
        FetchItem::ModSeq => FetchAttribute::ModSeq(ModSeq::new(message.mod_seq)),
        _ => return None,
    })
}
