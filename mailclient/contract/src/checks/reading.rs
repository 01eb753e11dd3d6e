//! `envelopes` and `fetch`.

use mailclient::{Envelope, Error, Feature, MessageId, Part};

use crate::{
    case::{Case, Checked, Found, bodies, bytes, fails, first, holds, ids, lacks, read, rows},
    content::{SECOND_PART, WITH_PARTS},
    truth::Stored,
};

/// A message that another session removed after its id was learned.
async fn gone(case: &mut Case<'_>) -> Checked<MessageId> {
    let mut mailbox = case.open().await?;
    let id = first(&mut *mailbox).await?;
    drop(mailbox);
    let uid = case.stored("INBOX")?.first().map_or(0, |message| message.uid);
    case.session().await?.remove(uid).await?;
    Ok(id)
}

/// The place of the message with parts.
fn with_parts(stored: &[Stored]) -> Checked<usize> {
    let subject = format!("Subject: {WITH_PARTS}");
    let place = stored.iter().position(|message| message.contains(&subject));
    place.ok_or_else(|| Found::new("the message with parts is not stored any more"))
}

pub(super) async fn envelopes_are_in_the_order_of_the_ids(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let (mut mailbox, has) = case.open_with(Feature::Headers).await?;
    let mut ids = ids(&mut *mailbox).await?;
    if !has {
        return lacks(mailbox.envelopes(&ids).await, Feature::Headers);
    }
    ids.reverse();
    let envelopes = mailbox.envelopes(&ids).await?;
    let expected: Vec<_> =
        stored.iter().rev().map(|message| Some(Envelope::parse(message))).collect();
    holds!(expected.iter().flatten().all(|one| one.subject.is_some()), "{expected:?}");
    for (found, expected) in envelopes.iter().zip(&expected) {
        holds!(found == expected, "{found:?} in place of {expected:?}");
    }
    holds!(envelopes.len() == ids.len(), "{} of {}", envelopes.len(), ids.len());
    holds!(mailbox.envelopes(&[]).await?.is_empty(), "envelopes of no message");
    Ok(())
}

pub(super) async fn envelopes_of_a_gone_message_are_missing(case: &mut Case<'_>) -> Checked {
    let features = case.features().await?;
    let known = features.contains(Feature::StableIds) && !case.forgets_ids().await?;
    if !features.contains(Feature::Headers) || !known {
        return Ok(());
    }
    let gone = gone(case).await?;
    let mut mailbox = case.open().await?;
    let left = first(&mut *mailbox).await?;
    let envelopes = mailbox.envelopes(&[gone, left]).await?;
    let found: Vec<bool> = envelopes.iter().map(Option::is_some).collect();
    holds!(found == [false, true], "{envelopes:?}");
    Ok(())
}

pub(super) async fn fetch_gives_every_byte(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let mut mailbox = case.open().await?;
    let bodies = bodies(&mut *mailbox).await?;
    holds!(bodies.len() == stored.len(), "{} of {} messages", bodies.len(), stored.len());
    for (number, (found, stored)) in bodies.iter().zip(&stored).enumerate() {
        holds!(
            found == stored,
            "message {}: {} bytes differ from the {} that are stored",
            number + 1,
            found.len(),
            stored.len()
        );
    }
    Ok(())
}

pub(super) async fn fetch_gives_the_header_block(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let (mut mailbox, has) = case.open_with(Feature::Headers).await?;
    for (id, stored) in ids(&mut *mailbox).await?.iter().zip(&stored) {
        let found = read(&mut *mailbox, id, Part::Headers).await;
        if !has {
            return lacks(found, Feature::Headers);
        }
        let found = found?;
        let block = found.ends_with(b"\r\n\r\n") && stored.starts_with(&found);
        holds!(block, "{:?} of {id}", String::from_utf8_lossy(&found));
    }
    Ok(())
}

pub(super) async fn fetch_gives_one_part(case: &mut Case<'_>) -> Checked {
    let place = with_parts(&case.stored("INBOX")?)?;
    let (mut mailbox, has) = case.open_with(Feature::Sections).await?;
    let ids = ids(&mut *mailbox).await?;
    let id = ids.get(place).ok_or_else(|| Found::new("the message with parts is not listed"))?;
    let found = read(&mut *mailbox, id, Part::Section(vec![2])).await;
    if !has {
        return lacks(found, Feature::Sections);
    }
    let found = String::from_utf8_lossy(&found?).into_owned();
    holds!(found == SECOND_PART, "{found:?} in place of {SECOND_PART:?}");
    Ok(())
}

pub(super) async fn fetch_of_a_part_that_does_not_exist_is_not_a_missing_message(
    case: &mut Case<'_>,
) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Sections).await?;
    let id = first(&mut *mailbox).await?;
    if has {
        let answer = read(&mut *mailbox, &id, Part::Section(vec![7, 9])).await;
        let gone = matches!(answer, Err(Error::NoSuchMessage(_)));
        holds!(!gone, "NoSuchMessage of a message that is there");
    }
    Ok(())
}

pub(super) async fn fetch_sets_no_flag(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let (mut mailbox, headers) = case.open_with(Feature::Headers).await?;
    let id = first(&mut *mailbox).await?;
    read(&mut *mailbox, &id, Part::Whole).await?;
    if headers {
        read(&mut *mailbox, &id, Part::Headers).await?;
    }
    mailbox.close().await?;
    holds!(case.stored("INBOX")? == before, "reading changed a message");
    Ok(())
}

pub(super) async fn fetch_can_be_left_early(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let mut mailbox = case.open().await?;
    let all = rows(&mut *mailbox).await?;
    let longest = all.iter().max_by_key(|row| row.octets).map(|row| row.id.clone());
    let longest = longest.ok_or_else(|| Found::new("the folder is empty"))?;
    let mut body = mailbox.fetch(&longest, Part::Whole).await?;
    let chunk = body.chunk().await?.map_or(0, |chunk| chunk.len());
    holds!(chunk > 0 && chunk <= 64 * 1024, "a chunk of {chunk} bytes");
    drop(body);
    let id = all.first().map(|row| row.id.clone()).unwrap_or(longest);
    let found = read(&mut *mailbox, &id, Part::Whole).await?;
    holds!(stored.first() == Some(&found), "another message after a body that was left early");
    Ok(())
}

pub(super) async fn fetch_of_a_gone_message_is_no_such_message(case: &mut Case<'_>) -> Checked {
    if !case.features().await?.contains(Feature::StableIds) || case.forgets_ids().await? {
        return Ok(());
    }
    let gone = gone(case).await?;
    let mut mailbox = case.open().await?;
    let error = fails(read(&mut *mailbox, &gone, Part::Whole).await, "a message that is gone")?;
    holds!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    Ok(())
}

pub(super) async fn fetch_with_an_id_of_the_other_protocol_is_refused(
    case: &mut Case<'_>,
) -> Checked {
    let mut mailbox = case.open().await?;
    let mut other_protocol = 0;
    for text in ["imap:1:1", "pop3:1"] {
        let id: MessageId = text.parse()?;
        let error = fails(read(&mut *mailbox, &id, Part::Whole).await, text)?;
        match error {
            Error::WrongProtocol(_) => other_protocol += 1,
            Error::StaleId(_) | Error::NoSuchMessage(_) => {}
            other => return Err(Found::new(format!("{text}: {other}"))),
        }
    }
    holds!(other_protocol == 1, "{other_protocol} of two ids belong to the other protocol");
    Ok(())
}
