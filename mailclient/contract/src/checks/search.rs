//! `search`.

use mailclient::{Error, Feature, IdSet, Mailbox, MessageId, Query};

use crate::{
    case::{Case, Checked, fails, holds, ids, lacks},
    content::{LARGE, RARE_WORD},
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
    let large = expected(&stored, &ids, |message| message.bytes.len() > LARGE as usize);
    holds!(large.len() == 1, "{} large messages", large.len());
    finds(mailbox, Query::Larger(LARGE), large).await?;
    let unseen = expected(&stored, &ids, |message| !message.has("\\Seen"));
    finds(mailbox, Query::Unseen, unseen).await?;
    let flagged = expected(&stored, &ids, |message| message.has("\\Flagged"));
    finds(mailbox, Query::Flagged, flagged).await
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
