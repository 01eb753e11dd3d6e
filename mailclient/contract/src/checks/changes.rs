//! `next_change`. The other session makes the change, then `status` lets the mailbox hear of it:
//! so no check waits for a server that tells of changes only now and then.

use mailclient::{Change, Feature, Mailbox};

use crate::{
    case::{Case, Checked, Found, first, holds, lacks},
    content::plain,
    truth::Stored,
};

/// A mailbox with the feature, or `None` after a look at the answer of one without it.
async fn watching(case: &mut Case<'_>) -> Checked<Option<Box<dyn Mailbox>>> {
    let (mut mailbox, has) = case.open_with(Feature::Changes).await?;
    if has {
        return Ok(Some(mailbox));
    }
    lacks(mailbox.next_change().await, Feature::Changes)?;
    Ok(None)
}

/// The UID of the first message.
fn first_uid(stored: &[Stored]) -> Checked<u32> {
    stored.first().map(|message| message.uid).ok_or_else(|| Found::new("INBOX is empty"))
}

async fn heard(mailbox: &mut dyn Mailbox) -> Checked<Change> {
    mailbox.status().await?;
    Ok(mailbox.next_change().await?)
}

pub(super) async fn next_change_tells_of_new_mail(case: &mut Case<'_>) -> Checked {
    let Some(mut mailbox) = watching(case).await? else { return Ok(()) };
    let before = mailbox.status().await?.messages;
    case.deliver(plain("New mail", "Text.\r\n"))?;
    let change = heard(&mut *mailbox).await?;
    let told = matches!(change, Change::New { messages, .. } if messages == before + 1);
    holds!(told, "{change:?} after message {}", before + 1);
    Ok(())
}

pub(super) async fn next_change_tells_of_flags(case: &mut Case<'_>) -> Checked {
    let Some(mut mailbox) = watching(case).await? else { return Ok(()) };
    let id = first(&mut *mailbox).await?;
    let uid = first_uid(&case.stored("INBOX")?)?;
    case.session().await?.store(uid, "+FLAGS (\\Answered)").await?;
    let change = heard(&mut *mailbox).await?;
    // Without CONDSTORE a server may tell a sequence number only.
    let told = matches!(&change, Change::Flags { id: found, flags, .. }
        if flags.answered && found.as_ref().is_none_or(|found| *found == id));
    holds!(told, "{change:?} after \\Answered of {id}");
    Ok(())
}

pub(super) async fn next_change_tells_of_a_removal(case: &mut Case<'_>) -> Checked {
    let Some(mut mailbox) = watching(case).await? else { return Ok(()) };
    let id = first(&mut *mailbox).await?;
    let uid = first_uid(&case.stored("INBOX")?)?;
    case.session().await?.remove(uid).await?;
    let mut change = heard(&mut *mailbox).await?;
    if matches!(change, Change::Flags { .. }) {
        // The mark of the removed message, told before its removal.
        change = mailbox.next_change().await?;
    }
    let told = matches!(&change, Change::Removed { id: found, .. }
        if found.as_ref().is_none_or(|found| *found == id));
    holds!(told, "{change:?} after the removal of {id}");
    Ok(())
}

pub(super) async fn next_change_can_be_left_early(case: &mut Case<'_>) -> Checked {
    let Some(mut mailbox) = watching(case).await? else { return Ok(()) };
    let before = mailbox.status().await?.messages;
    tokio::select! {
        biased;
        change = mailbox.next_change() => {
            return Err(Found::new(format!("{:?} although nothing changed", change?)));
        }
        () = tokio::task::yield_now() => {}
    }
    let after = mailbox.status().await?.messages;
    holds!(after == before, "{after} messages after a wait that was left, {before} before");
    Ok(())
}
