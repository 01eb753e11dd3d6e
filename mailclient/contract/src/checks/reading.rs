//! `fetch` and `fetch_many`.

use std::num::NonZeroU32;

use mailclient::{Error, Feature, IdSet, Message, MessageId, Part};

use crate::{
    case::{
        Case, Checked, Found, bodies, bytes, fails, first, gone, holds, ids, lacks, read,
        read_many, rows,
    },
    content::{SECOND_PART, THIRD_PART, WITH_PARTS},
    truth::Stored,
};

/// The place of the message with parts.
fn with_parts(stored: &[Stored]) -> Checked<usize> {
    let subject = format!("Subject: {WITH_PARTS}");
    let place = stored.iter().position(|message| message.contains(&subject));
    place.ok_or_else(|| Found::new("the message with parts is not stored any more"))
}

fn section(path: &[u32]) -> Part {
    Part::section(path.iter().filter_map(|number| NonZeroU32::new(*number)).collect::<Vec<_>>())
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
    let found = read(&mut *mailbox, id, section(&[2])).await;
    if !has {
        return lacks(found, Feature::Sections);
    }
    let found = String::from_utf8_lossy(&found?).into_owned();
    holds!(found == SECOND_PART, "{found:?} in place of {SECOND_PART:?}");
    Ok(())
}

/// Reads a part of the message with parts; `None` where the feature is missing.
async fn part_of_it(case: &mut Case<'_>, part: Part, feature: Feature) -> Checked<Option<Vec<u8>>> {
    let place = with_parts(&case.stored("INBOX")?)?;
    let (mut mailbox, has) = case.open_with(feature).await?;
    let ids = ids(&mut *mailbox).await?;
    let id = ids.get(place).ok_or_else(|| Found::new("the message with parts is not listed"))?;
    let found = read(&mut *mailbox, id, part).await;
    if has {
        return Ok(Some(found?));
    }
    // It needs sections first.
    lacks(found, Feature::Sections)?;
    Ok(None)
}

pub(super) async fn fetch_gives_one_part_decoded(case: &mut Case<'_>) -> Checked {
    for (path, expected) in [(2, SECOND_PART.as_bytes()), (3, THIRD_PART)] {
        let part = Part::decoded_section(Vec::from_iter(NonZeroU32::new(path)));
        let found = part_of_it(case, part, Feature::Decoding).await?;
        let right = found.as_ref().is_none_or(|found| found == expected);
        holds!(right, "{found:?} in place of {expected:?}");
    }
    Ok(())
}

pub(super) async fn fetch_gives_the_header_of_a_part(case: &mut Case<'_>) -> Checked {
    let part = Part::mime_headers(Vec::from_iter(NonZeroU32::new(2)));
    let Some(found) = part_of_it(case, part, Feature::Sections).await? else { return Ok(()) };
    let found = String::from_utf8_lossy(&found).into_owned();
    let right = found.starts_with("Content-Type: text/csv;") && found.ends_with("\r\n\r\n");
    holds!(right, "{found:?}");
    Ok(())
}

pub(super) async fn fetch_gives_a_range_of_bytes(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Sections).await?;
    let id = first(&mut *mailbox).await?;
    let whole = stored.first().map(|message| message.bytes.as_slice()).unwrap_or_default();
    let end = whole.len() as u64;
    for (range, expected) in
        [(5..25, whole.get(5..25)), (end - 4..end + 9, whole.get(whole.len() - 4..))]
    {
        let found = read(&mut *mailbox, &id, Part::Whole.range(range.clone())).await;
        if !has {
            return lacks(found, Feature::Sections);
        }
        let found = found?;
        holds!(Some(&*found) == expected, "{} other bytes at {range:?}", found.len());
    }
    Ok(())
}

pub(super) async fn fetch_of_a_part_that_does_not_exist_is_not_a_missing_message(
    case: &mut Case<'_>,
) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Sections).await?;
    let id = first(&mut *mailbox).await?;
    if has {
        let answer = read(&mut *mailbox, &id, section(&[7, 9])).await;
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
    read_many(&mut *mailbox, &id.into()).await?;
    mailbox.close().await?;
    holds!(case.stored("INBOX")? == before, "reading changed a message");
    Ok(())
}

pub(super) async fn fetch_can_be_left_early(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let mut mailbox = case.open().await?;
    let all = rows(&mut *mailbox).await?;
    let longest = all.iter().max_by_key(|row| row.size).map(|row| row.id.clone());
    let longest = longest.ok_or_else(|| Found::new("the folder is empty"))?;
    let mut body = mailbox.fetch(&longest, &Part::Whole).await?;
    let chunk = body.chunk().await?.map_or(0, |chunk| chunk.len());
    holds!(chunk > 0 && chunk <= 64 * 1024, "a chunk of {chunk} bytes");
    drop(body);
    let id = all.first().map(|row| row.id.clone()).unwrap_or(longest);
    let found = read(&mut *mailbox, &id, Part::Whole).await?;
    holds!(stored.first() == Some(&found), "another message after a body that was left early");
    Ok(())
}

pub(super) async fn fetch_of_a_gone_message_is_no_such_message(case: &mut Case<'_>) -> Checked {
    let Some(gone) = gone(case).await? else { return Ok(()) };
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
    for text in ["imap1:1:1:INBOX", "pop1:1"] {
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

pub(super) async fn fetch_many_gives_each_message_once(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let mut mailbox = case.open().await?;
    let ids = ids(&mut *mailbox).await?;
    let set: IdSet = ids.iter().rev().chain(&ids).collect();
    let answers = read_many(&mut *mailbox, &set).await?;
    holds!(answers.len() == ids.len(), "{} answers for {} messages", answers.len(), ids.len());
    for (id, stored) in ids.iter().zip(&stored) {
        let mut of_it = answers.iter().filter(|(answered, _)| answered == id);
        let right = matches!(of_it.next(), Some((_, Ok(found))) if found == stored);
        holds!(right && of_it.next().is_none(), "{id} is another message, or comes twice or never");
    }
    let none = read_many(&mut *mailbox, &IdSet::new()).await?;
    holds!(none.is_empty(), "{} answers for no message", none.len());
    Ok(())
}

pub(super) async fn fetch_many_tells_of_a_gone_message_and_goes_on(case: &mut Case<'_>) -> Checked {
    let Some(gone) = gone(case).await? else { return Ok(()) };
    let stored = bytes(&case.stored("INBOX")?);
    let mut mailbox = case.open().await?;
    let left = first(&mut *mailbox).await?;
    let set: IdSet = [&gone, &left].into_iter().collect();
    let answers = read_many(&mut *mailbox, &set).await?;
    let right = match answers.as_slice() {
        [(one, Err(Error::NoSuchMessage(told))), (other, Ok(body))] => {
            *one == gone && **told == gone && *other == left && stored.first() == Some(body)
        }
        _ => false,
    };
    let told: Vec<_> = answers.iter().map(|(id, body)| (id, body.as_ref().map(Vec::len))).collect();
    holds!(right, "{told:?} of {gone}, which is gone, and {left}");
    Ok(())
}

pub(super) async fn fetch_many_can_be_left_early(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let mut mailbox = case.open().await?;
    let all = ids(&mut *mailbox).await?;
    let set: IdSet = all.iter().collect();
    let mut bodies = mailbox.fetch_many(&set, &Part::Whole).await?;
    // Left in the middle of a body, and then in the middle of all.
    for _ in 0..3 {
        let next = bodies.next().await.transpose()?;
        let (_, body) = next.ok_or_else(|| Found::new("the bodies end too early"))?;
        body?.chunk().await?;
    }
    drop(bodies);
    let first = all.first().ok_or_else(|| Found::new("the folder is empty"))?;
    let found = read(&mut *mailbox, first, Part::Whole).await?;
    holds!(stored.first() == Some(&found), "another message after bodies that were left early");
    Ok(())
}

pub(super) async fn structure_is_that_of_the_message(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let (mut mailbox, has) = case.open_with(Feature::Structure).await?;
    for (id, stored) in ids(&mut *mailbox).await?.iter().zip(stored) {
        let told = mailbox.structure(id).await;
        if !has {
            return lacks(told, Feature::Structure);
        }
        let (told, found) = (told?, Message::parse(stored).structure());
        holds!(told == found, "{told:?} of {id} in place of {found:?}");
    }
    Ok(())
}

pub(super) async fn structure_of_a_gone_message_is_no_such_message(case: &mut Case<'_>) -> Checked {
    let Some(gone) = gone(case).await? else { return Ok(()) };
    let (mut mailbox, has) = case.open_with(Feature::Structure).await?;
    let told = mailbox.structure(&gone).await;
    if !has {
        return lacks(told, Feature::Structure);
    }
    let error = fails(told, "the structure of a message that is gone")?;
    holds!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    Ok(())
}
