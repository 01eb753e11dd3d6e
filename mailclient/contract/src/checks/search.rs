//! `search`, `sort`, `thread`.

use mailclient::{
    Access, DateTime, Error, Feature, FoundBy, IdSet, Mailbox, MessageId, Query, SortBy, SortKey,
    ThreadBy,
};

use crate::{
    case::{Case, Checked, Found, fails, first, folder, holds, ids, lacks},
    content::{LARGE, RARE_WORD, plain},
    truth::Stored,
};

/// The ids of the stored messages for which `wanted` is true.
fn expected(stored: &[Stored], ids: &[MessageId], wanted: impl Fn(&Stored) -> bool) -> IdSet {
    let pairs = stored.iter().zip(ids);
    pairs.filter(|(stored, _)| wanted(stored)).map(|(_, id)| id.clone()).collect()
}

async fn finds(mailbox: &mut dyn Mailbox, query: Query, expected: IdSet) -> Checked {
    let found = mailbox.search(&query).await?.ids;
    holds!(found == expected, "{query:?} finds {found:?} in place of {expected:?}");
    Ok(())
}

pub(super) async fn search_finds_what_the_query_says(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Search).await?;
    if !has {
        return lacks(mailbox.search(&Query::All).await, Feature::Search);
    }
    let ids = ids(&mut *mailbox).await?;
    let mailbox = &mut *mailbox;
    let rare = expected(&stored, &ids, |message| message.contains(RARE_WORD));
    holds!(rare.len() == 1, "{} messages with the rare word", rare.len());
    finds(mailbox, Query::All, ids.iter().collect()).await?;
    finds(mailbox, Query::Subject(RARE_WORD.into()), rare.clone()).await?;
    finds(mailbox, Query::Text(RARE_WORD.to_uppercase()), rare).await?;
    finds(mailbox, Query::Body(RARE_WORD.into()), IdSet::new()).await?;
    finds(mailbox, Query::From("ann@example.org".into()), ids.iter().collect()).await?;
    finds(mailbox, Query::To("nobody".into()), IdSet::new()).await?;
    let large = expected(&stored, &ids, |message| message.bytes.len() as u64 > LARGE);
    holds!(large.len() == 1, "{} large messages", large.len());
    finds(mailbox, Query::Larger(LARGE), large).await?;
    let unseen = expected(&stored, &ids, |message| !message.has("\\Seen"));
    finds(mailbox, Query::Unseen, unseen).await?;
    let flagged = expected(&stored, &ids, |message| message.has("\\Flagged"));
    finds(mailbox, Query::Flagged, flagged).await?;
    let small = expected(&stored, &ids, |message| message.bytes.len() < 1000);
    finds(mailbox, Query::Smaller(1000), small).await?;
    finds(mailbox, Query::header("Subject", "8-bit"), {
        expected(&stored, &ids, |message| message.contains("Subject: 8-bit"))
    })
    .await?;
    finds(mailbox, Query::header("X-None", ""), IdSet::new()).await?;
    finds(mailbox, Query::cc("ann"), IdSet::new()).await?;
    let some: IdSet = ids.iter().skip(3).step_by(2).take(4).collect();
    finds(mailbox, Query::Ids(some.clone()), some).await?;
    finds_by_date(mailbox, &ids.iter().collect()).await
}

/// Every message has the same date in its header.
async fn finds_by_date(mailbox: &mut dyn Mailbox, all: &IdSet) -> Checked {
    let day = |day| DateTime::day(2026, 3, day).ok_or_else(|| Found::new("no such day"));
    for (query, found) in [
        (Query::SentOn(day(3)?), true),
        (Query::SentOn(day(4)?), false),
        (Query::SentBefore(day(3)?), false),
        (Query::SentBefore(day(4)?), true),
        (Query::SentSince(day(3)?), true),
        (Query::SentSince(day(4)?), false),
        (Query::Since(day(1)?).or(Query::Before(day(1)?)), true),
        (Query::Since(day(1)?).and(Query::Before(day(1)?)), false),
    ] {
        finds(mailbox, query, if found { all.clone() } else { IdSet::new() }).await?;
    }
    Ok(())
}

pub(super) async fn search_outside_ascii_finds_or_is_refused(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Search).await?;
    if !has {
        return Ok(());
    }
    let ids = ids(&mut *mailbox).await?;
    let expected = expected(&stored, &ids, |message| message.contains("gr\u{fc}n"));
    holds!(expected.len() == 1, "{} messages outside ASCII", expected.len());
    match mailbox.search(&Query::body("gr\u{fc}n")).await {
        Ok(found) => {
            holds!(found.by == FoundBy::Utf8, "the text was sent by {:?}", found.by);
            let ids = found.ids;
            holds!(ids == expected, "{ids:?} in place of {expected:?}");
        }
        Err(Error::Refused(refusal)) => {
            let is_right = refusal.code.as_deref() == Some("BADCHARSET");
            holds!(is_right, "refused as {refusal:?}");
        }
        Err(error) => return Err(error.into()),
    }
    mailbox.status().await?;
    Ok(())
}

pub(super) async fn search_of_ids_of_another_folder_is_refused(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Search).await?;
    if !has {
        return Ok(());
    }
    let id = first(&mut *mailbox).await?;
    let archive = folder(&mut *mailbox, "Archive").await?;
    mailbox.open(&archive, Access::ReadOnly).await?;
    let query = Query::Ids(id.into());
    let error = fails(mailbox.search(&query).await, "an id of another folder")?;
    holds!(matches!(error, Error::OtherFolder { .. }), "{error}");
    Ok(())
}

pub(super) async fn sort_has_the_order_of_the_keys(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Sort).await?;
    let by = [SortBy::descending(SortKey::Size), SortBy::ascending(SortKey::Date)];
    if !has {
        return lacks(mailbox.sort(&Query::All, &by).await, Feature::Sort);
    }
    let ids = ids(&mut *mailbox).await?;
    let mut sized: Vec<_> = stored.iter().map(|one| one.bytes.len()).zip(&ids).collect();
    let found = mailbox.sort(&Query::All, &by[1..]).await?;
    holds!(found == ids, "{found:?} by date, which is the same: {ids:?}");
    // Stable: messages of one size stay in order of their numbers.
    sized.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let expected: Vec<_> = sized.into_iter().map(|(_, id)| id.clone()).collect();
    let found = mailbox.sort(&Query::All, &by).await?;
    holds!(found == expected, "{found:?} by size in place of {expected:?}");
    let found = mailbox.sort(&Query::subject("no such subject"), &by).await?;
    holds!(found.is_empty(), "{found:?} is sorted and was not asked for");
    Ok(())
}

pub(super) async fn thread_joins_what_answers(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Threads).await?;
    if !has {
        return lacks(mailbox.thread(&Query::All, ThreadBy::References).await, Feature::Threads);
    }
    mailbox.close().await?;
    for (subject, header) in [
        ("A question", "Message-ID: <question@example.org>"),
        ("Another word", "Message-ID: <else@example.org>"),
        ("Re: A question", "In-Reply-To: <question@example.org>"),
    ] {
        let header = format!("{header}\r\n").into_bytes();
        case.deliver([header, plain(subject, "Text.\r\n")].concat())?;
    }
    let mut mailbox = case.open().await?;
    let ids = ids(&mut *mailbox).await?;
    let [.., question, other, answer] = ids.as_slice() else {
        return Err(Found::new("three messages did not arrive"));
    };
    let threads = mailbox.thread(&Query::All, ThreadBy::References).await?;
    let mut all = IdSet::new();
    for message in threads.iter().flat_map(|thread| &thread.messages) {
        all.extend(message.id.clone());
    }
    holds!(all == ids.iter().collect(), "{all:?} in conversations of {ids:?}");
    let trees: Vec<Vec<_>> = threads
        .iter()
        .map(|thread| thread.messages.iter().map(|one| (one.id.as_ref(), one.answers)).collect())
        .collect();
    for tree in [vec![(Some(question), None), (Some(answer), Some(0))], vec![(Some(other), None)]] {
        holds!(trees.contains(&tree), "{tree:?} is none of {trees:?}");
    }
    Ok(())
}

pub(super) async fn search_combines_queries(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Search).await?;
    if !has {
        return Ok(());
    }
    let ids = ids(&mut *mailbox).await?;
    let mailbox = &mut *mailbox;
    let subject = |text: &str| Query::Subject(text.into());
    let others = expected(&stored, &ids, |message| !message.contains(RARE_WORD));
    finds(mailbox, Query::Not(Box::new(subject(RARE_WORD))), others).await?;
    let either = expected(&stored, &ids, |message| {
        message.contains(RARE_WORD) || message.contains("Subject: A long line")
    });
    finds(mailbox, Query::Or(vec![subject(RARE_WORD), subject("A long line")]), either).await?;
    finds(mailbox, Query::And(vec![subject(RARE_WORD), subject("line")]), IdSet::new()).await?;
    finds(mailbox, Query::And(Vec::new()), ids.iter().collect()).await?;
    finds(mailbox, Query::Or(Vec::new()), IdSet::new()).await
}

pub(super) async fn search_refuses_a_text_that_cannot_be_sent(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Search).await?;
    if !has {
        return Ok(());
    }
    for text in ["", "two\r\nlines", "a\0b"] {
        let error = fails(mailbox.search(&Query::Text(text.into())).await, "an unsendable text")?;
        holds!(matches!(error, Error::Misuse(_)), "{text:?}: {error}");
    }
    mailbox.status().await?;
    Ok(())
}
