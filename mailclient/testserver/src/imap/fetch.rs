//! FETCH: the requested items of each message; bodies are written piece by piece.

use std::io;

use bytes::Bytes;
use imap_proto_lite::{
    Flag, Flags, ModSeq, Response, SeqNumber, Uid,
    command::{FetchItem, FetchModifiers, Messages},
    date::{DateTime, ServerDate},
    response::{BodyData, FetchAttribute, ResponseCode},
    server::{BodyWriter, Connection, FetchWriter, Responder},
    string::IString,
};

use super::{
    super::{
        faults::Fault,
        folder::{Change, Message},
        link::Link,
        machine::refused,
        search::{Reading, email_id, gmail_thread},
        section,
        store::Account,
        structure,
        view::View,
    },
    Imap,
    body::{Piece, UnknownEncoding, binary, body},
    messages::{NO_FOLDER, gmail_labels},
    search::window,
    select::vanished,
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
            return responder.bad(connection, NO_FOLDER).map_err(refused);
        };
        if let Err(text) = check(messages, modifiers) {
            return responder.bad(connection, text).map_err(refused);
        }
        let (identity, read_only) = (view.identity, view.read_only);
        let named = self.selected(&account, view, messages, modifiers);
        self.condstore |= modifiers.changed_since.is_some() || items.contains(&FetchItem::ModSeq);
        if let Some(gone) = gone(&account, identity, messages, modifiers) {
            responder.untagged(connection, &gone).map_err(refused)?;
        }
        let sets_seen = !read_only && items.iter().any(sets_seen);
        let quirks = self.shared.persona.quirks;
        let mut items = ordered(items, messages.is_uid(), modifiers, quirks.uid_last);
        items.retain(|item| !quirks.rfc822_untold || *item != FetchItem::Rfc822);
        let mut is_readable = true;
        for (_, uid) in named {
            // A fault may have moved the numbers.
            let sequence = self.view.as_ref().and_then(|view| view.sequence(uid.get()));
            let Some(sequence) = sequence else {
                continue;
            };
            let found = account.look_at(identity, |folder| folder.message(uid.get()).cloned());
            // Expunged by another session, and the client was not told yet.
            let Some(Some(mut message)) = found else {
                continue;
            };
            let newly_seen = sets_seen && self.set_seen(&account, identity, &mut message);
            let writer = responder.fetch(connection, sequence).map_err(refused)?;
            let written = self.write_items(connection, link, writer, &message, &items).await?;
            let (mut writer, is_whole) = written;
            is_readable &= is_whole;
            if newly_seen {
                self.write_seen(connection, &mut writer, &message, &items)?;
            }
            responder = writer.finish(connection).map_err(refused)?;
            if self.shared.meets(&Fault::ExpungeBetweenBodies) {
                self.expunge_first(connection, &account, &mut responder)?;
            }
            if responder.is_full(connection) {
                link.flush(connection).await?;
            }
        }
        self.news(connection, messages.is_uid()).map_err(refused)?;
        if is_readable {
            responder.ok(connection, None, "FETCH completed")
        } else {
            responder.no(connection, Some(ResponseCode::UnknownCte), "a part cannot be decoded")
        }
        .map_err(refused)
    }

    /// Writes the items of a message; false if a part cannot be decoded.
    async fn write_items(
        &self,
        connection: &mut Connection,
        link: &mut Link,
        mut writer: FetchWriter,
        message: &Message,
        items: &[FetchItem<'_>],
    ) -> io::Result<(FetchWriter, bool)> {
        let mut is_whole = true;
        for item in items {
            writer = match body(&message.content.octets, item) {
                Some(Ok(piece)) => write_body(connection, link, writer, item, piece).await?,
                Some(Err(UnknownEncoding)) => {
                    is_whole = false;
                    writer
                }
                None => {
                    is_whole &= self.write(connection, &mut writer, message, item)?;
                    writer
                }
            };
        }
        Ok((writer, is_whole))
    }

    /// A fault: the message with the lowest number is expunged, and the client is told at once.
    fn expunge_first(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        responder: &mut Responder,
    ) -> io::Result<()> {
        if let Some(view) = &self.view
            && let Some((_, first)) = view.all().next()
        {
            account.change_at(view.identity, |folder| {
                folder.remove(|message| message.uid == first.get());
            });
        }
        self.tell(connection, responder).map_err(refused)
    }

    /// The messages that a FETCH is about.
    fn selected(
        &self,
        account: &Account,
        view: &View,
        messages: &Messages<'_>,
        modifiers: FetchModifiers,
    ) -> Vec<(SeqNumber, Uid)> {
        let mut named = view.named(messages, &self.saved);
        if let Some(since) = modifiers.changed_since {
            account.look_at(view.identity, |folder| {
                named.retain(|(_, uid)| {
                    folder.message(uid.get()).is_some_and(|message| message.mod_seq > since.get())
                });
            });
        }
        match modifiers.partial {
            Some(range) => window(range, &named).to_vec(),
            None => named,
        }
    }

    /// Sets `\Seen` when a message is read; false if it was set, or may not be.
    fn set_seen(&mut self, account: &Account, identity: u32, message: &mut Message) -> bool {
        if message.has(&Flag::Seen) {
            return false;
        }
        let stored = account.change_at(identity, |folder| {
            if folder.rights.granted(&account.name).contains('s') {
                folder.store(message.uid, Change::Add, &[Flag::Seen]);
            }
            folder.message(message.uid).cloned()
        });
        let Some(Some(stored)) = stored else {
            return false;
        };
        if let Some(view) = &mut self.view {
            view.changed_itself(stored.uid, stored.mod_seq);
        }
        *message = stored;
        message.has(&Flag::Seen)
    }

    /// Tells the flags of a message that was read, unless they are told anyway.
    fn write_seen(
        &self,
        connection: &mut Connection,
        writer: &mut FetchWriter,
        message: &Message,
        items: &[FetchItem<'_>],
    ) -> io::Result<()> {
        if items.contains(&FetchItem::Flags) {
            return Ok(());
        }
        self.write(connection, writer, message, &FetchItem::Flags)?;
        if self.dialect(connection).condstore && !items.contains(&FetchItem::ModSeq) {
            self.write(connection, writer, message, &FetchItem::ModSeq)?;
        }
        Ok(())
    }

    /// Writes an item without a body; false if a part cannot be decoded.
    fn write(
        &self,
        connection: &mut Connection,
        writer: &mut FetchWriter,
        message: &Message,
        item: &FetchItem<'_>,
    ) -> io::Result<bool> {
        let attribute = match item {
            FetchItem::BinarySize { part } => {
                match binary(&message.content.octets, part.as_ref()) {
                    Ok(octets) => octets.map(|octets| FetchAttribute::BinarySize {
                        part: part.clone(),
                        octets: u64::try_from(octets.len()).unwrap_or(u64::MAX),
                    }),
                    Err(UnknownEncoding) => return Ok(false),
                }
            }
            item => self.attribute(message, item),
        };
        if let Some(attribute) = attribute {
            writer.attribute(connection, attribute).map_err(refused)?;
        }
        Ok(true)
    }

    /// An item without a body. The obsolete items RFC822.HEADER and RFC822.TEXT are rare and are
    /// copied.
    fn attribute<'m>(
        &self,
        message: &'m Message,
        item: &FetchItem<'_>,
    ) -> Option<FetchAttribute<'m>> {
        let content = &message.content;
        let octets = &content.octets;
        let inline = |octets: Bytes| BodyData::Inline(IString::new(octets.to_vec()));
        let date = |seconds| DateTime::from_unix_timestamp(seconds).map(ServerDate::new);
        let reading = || Reading::of(message);
        Some(match item {
            FetchItem::Uid => FetchAttribute::Uid(Uid::new(message.uid)?),
            FetchItem::Flags => {
                FetchAttribute::Flags(Flags::new(self.view.as_ref()?.flags(message)))
            }
            FetchItem::InternalDate => FetchAttribute::InternalDate(date(message.date)?),
            FetchItem::Rfc822Size => {
                let error = self.shared.size_error();
                FetchAttribute::Rfc822Size(content.len().saturating_add_signed(error))
            }
            FetchItem::Envelope => FetchAttribute::Envelope(content.envelope().clone()),
            FetchItem::Body => FetchAttribute::Body(structure::body_structure(octets, false)?),
            FetchItem::BodyStructure => {
                FetchAttribute::BodyStructure(structure::body_structure(octets, true)?)
            }
            FetchItem::Rfc822Header => {
                FetchAttribute::Rfc822Header(inline(section::header_of(octets)))
            }
            FetchItem::Rfc822Text => FetchAttribute::Rfc822Text(inline(section::text_of(octets))),
            FetchItem::ModSeq => FetchAttribute::ModSeq(ModSeq::new(message.mod_seq)),
            FetchItem::EmailId => FetchAttribute::EmailId(IString::from(email_id(message))),
            FetchItem::ThreadId => {
                FetchAttribute::ThreadId(reading().thread_id().map(IString::from))
            }
            FetchItem::SaveDate => FetchAttribute::SaveDate(date(message.saved)),
            FetchItem::Preview { .. } => {
                FetchAttribute::Preview(reading().preview().map(IString::from))
            }
            FetchItem::GmailMessageId => FetchAttribute::GmailMessageId(content.digest()),
            FetchItem::GmailThreadId => {
                FetchAttribute::GmailThreadId(gmail_thread(&reading(), message))
            }
            FetchItem::GmailLabels => FetchAttribute::GmailLabels(gmail_labels(&message.labels)),
            _ => return None,
        })
    }
}

/// The items in the order in which they are written: with the UID for the UID form of the command,
/// at the end if the server is one that does so, and with MODSEQ for CHANGEDSINCE.
fn ordered<'i>(
    items: &[FetchItem<'i>],
    uid: bool,
    modifiers: FetchModifiers,
    uid_last: bool,
) -> Vec<FetchItem<'i>> {
    let mut ordered = items.to_vec();
    if uid && !ordered.contains(&FetchItem::Uid) {
        ordered.insert(0, FetchItem::Uid);
    }
    if modifiers.changed_since.is_some() && !ordered.contains(&FetchItem::ModSeq) {
        ordered.push(FetchItem::ModSeq);
    }
    if uid_last && ordered.contains(&FetchItem::Uid) {
        ordered.retain(|item| *item != FetchItem::Uid);
        ordered.push(FetchItem::Uid);
    }
    ordered
}

/// What VANISHED asks for.
fn gone(
    account: &Account,
    identity: u32,
    messages: &Messages<'_>,
    modifiers: FetchModifiers,
) -> Option<Response<'static>> {
    let since = modifiers.changed_since.filter(|_| modifiers.vanished)?;
    let known = match messages {
        Messages::Uid(set) => Some(&**set),
        _ => None,
    };
    account.look_at(identity, |folder| vanished(folder, since.get(), known))?
}

/// Modifiers that need the UID form of the command ([RFC 7162 section
/// 3.2.6](https://www.rfc-editor.org/rfc/rfc7162#section-3.2.6), [RFC 9394 section
/// 3.3](https://www.rfc-editor.org/rfc/rfc9394#section-3.3)).
const fn check(messages: &Messages<'_>, modifiers: FetchModifiers) -> Result<(), &'static str> {
    if modifiers.vanished && (!messages.is_uid() || modifiers.changed_since.is_none()) {
        return Err("VANISHED needs UID FETCH and CHANGEDSINCE");
    }
    if modifiers.partial.is_some() && !messages.is_uid() {
        return Err("PARTIAL needs UID FETCH");
    }
    Ok(())
}

/// Writes a body, piece by piece as the client reads it.
async fn write_body(
    connection: &mut Connection,
    link: &mut Link,
    mut writer: FetchWriter,
    item: &FetchItem<'_>,
    piece: Piece,
) -> io::Result<FetchWriter> {
    let Some(octets) = piece.octets else {
        if let Some(nothing) = nothing(item, piece.origin) {
            writer.attribute(connection, nothing).map_err(refused)?;
        }
        return Ok(writer);
    };
    let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
    let begun: Result<BodyWriter, _> = match item {
        FetchItem::BodySection { section, .. } => {
            writer.body(connection, section, piece.origin, length)
        }
        FetchItem::Binary { part, .. } => {
            writer.binary(connection, part.as_ref(), piece.origin, length)
        }
        _ => writer.rfc822(connection, length),
    };
    let mut body = begun.map_err(refused)?;
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

/// The item of a part that the message does not have.
fn nothing<'i>(item: &FetchItem<'i>, origin: Option<u64>) -> Option<FetchAttribute<'i>> {
    let data = BodyData::Nil;
    Some(match item {
        FetchItem::BodySection { section, .. } => {
            FetchAttribute::BodySection { section: section.clone(), origin, data }
        }
        FetchItem::Binary { part, .. } => {
            FetchAttribute::Binary { part: part.clone(), origin, data }
        }
        _ => return None,
    })
}

const fn sets_seen(item: &FetchItem<'_>) -> bool {
    matches!(
        item,
        FetchItem::BodySection { peek: false, .. }
            | FetchItem::Binary { peek: false, .. }
            | FetchItem::Rfc822
            | FetchItem::Rfc822Text
    )
}
