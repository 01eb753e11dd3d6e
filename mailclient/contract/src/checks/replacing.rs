//! `replace`.

use mailclient::{Access, Append, Error, Feature, Flags, FolderName, Mailbox, MessageId, Part};

use crate::{
    case::{Case, Checked, fails, fails_at_once, first, gone, holds, lacks, read},
    content::plain,
};

async fn replace(
    mailbox: &mut dyn Mailbox,
    id: &MessageId,
    message: &[u8],
) -> mailclient::Result<Option<MessageId>> {
    let flags = Flags::new().with_seen().with_draft();
    let options = Append::new(message.len() as u64).with_flags(flags);
    let mut reader = message;
    mailbox.replace(id, &options, &mut reader).await
}

pub(super) async fn replace_puts_the_new_one_in_its_place(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Replace).await?;
    let id = first(&mut *mailbox).await?;
    let message = plain("The next version", &"A line of text.\r\n".repeat(9_000));
    let answer = replace(&mut *mailbox, &id, &message).await;
    let after = case.stored("INBOX")?;
    if !has {
        lacks(answer, Feature::Replace)?;
        holds!(after == before, "INBOX changed without the feature");
        return Ok(());
    }
    let new = answer?;
    let others = after.split_last().map(|(_, others)| others);
    holds!(others == before.get(1..), "of {} messages {} are there", before.len(), after.len());
    let last = after.last().filter(|last| last.bytes == message);
    let flags = last.map(|last| last.flags.clone()).unwrap_or_default();
    holds!(flags == ["\\Draft", "\\Seen"], "the new version has the flags {flags:?}");
    let error = fails(read(&mut *mailbox, &id, Part::Whole).await, "the version before")?;
    holds!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    if let Some(new) = new {
        let found = read(&mut *mailbox, &new, Part::Whole).await?;
        holds!(found == message, "{new} is another message");
    }
    Ok(())
}

pub(super) async fn replace_of_a_gone_message_stores_nothing(case: &mut Case<'_>) -> Checked {
    if !case.features().await?.contains(Feature::Replace) {
        return Ok(());
    }
    let Some(gone) = gone(case).await? else { return Ok(()) };
    let before = case.stored("INBOX")?;
    let mut mailbox = case.open().await?;
    let message = plain("The next version", "Text.\r\n");
    let answer = replace(&mut *mailbox, &gone, &message).await;
    let error = fails(answer, "the next version of a message that is gone")?;
    holds!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    holds!(case.stored("INBOX")? == before, "it is stored in spite of the refusal");
    mailbox.status().await?;
    Ok(())
}

pub(super) async fn replace_in_a_folder_open_for_reading_is_refused(
    case: &mut Case<'_>,
) -> Checked {
    let before = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Replace).await?;
    if !has {
        return Ok(());
    }
    mailbox.open(&FolderName::inbox(), Access::ReadOnly).await?;
    let id = first(&mut *mailbox).await?;
    let (message, options) = (plain("The next version", "Text.\r\n"), Append::new(9));
    let mut reader = &message[..];
    let call = mailbox.replace(&id, &options, &mut reader);
    let error = fails_at_once(call, "a replacement in a folder that is open for reading")?;
    holds!(matches!(&error, Error::ReadOnly(name) if name.is_inbox()), "{error}");
    mailbox.close().await?;
    holds!(case.stored("INBOX")? == before, "INBOX changed in spite of the refusal");
    Ok(())
}
