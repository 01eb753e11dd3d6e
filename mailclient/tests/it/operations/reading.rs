//! What reads messages: listings, bodies and structures, whole and left early.

use super::*;

pub(super) const LIST: Operation<Session> = Operation::<Session>::new("list", |session| {
    Box::pin(async move { rows(session.mailbox()?, &List::all()).await })
});

pub(super) const NEWEST: Operation<Session> = Operation::<Session>::new("list newest", |session| {
    Box::pin(async move { rows(session.mailbox()?, &List::newest(2)).await })
});

pub(super) const ENVELOPES: Operation<Session> =
    Operation::<Session>::new("list envelopes", |session| {
        Box::pin(async move {
            let ids = ids(session, 0..4).await?;
            let request = List::ids(ids.iter().collect()).with_envelopes();
            rows(session.mailbox()?, &request).await
        })
    })
    .needing("Headers");

/// Reads a part of the second message.
pub(super) async fn read(session: &mut Session, part: Part) -> Answer {
    let ids = ids(session, 1..2).await?;
    let bytes = fetch(session, &ids[0], part).await?;
    Ok(format!("{:?}", String::from_utf8_lossy(&bytes)))
}

/// Reads a part of a message.
pub(crate) async fn fetch(
    session: &mut Session,
    id: &MessageId,
    part: Part,
) -> Result<Vec<u8>, Failure> {
    let body = match session.mailbox()?.fetch(id, &part).await {
        Ok(body) => body.collect(1 << 20).await,
        Err(error) => Err(error),
    };
    body.map_err(|error| failure(&error))
}

pub(super) const FETCH: Operation<Session> =
    Operation::<Session>::new("fetch", |session| Box::pin(read(session, Part::Whole)));

pub(super) const HEADERS: Operation<Session> =
    Operation::<Session>::new("fetch headers", |session| Box::pin(read(session, Part::Headers)))
        .needing("Headers");

pub(super) const STRUCTURE: Operation<Session> =
    Operation::<Session>::new("structure", |session| {
        Box::pin(async move {
            let ids = ids(session, 1..2).await?;
            answer(session.mailbox()?.structure(&ids[0]).await)
        })
    })
    .taking_long()
    .needing("Structure");

pub(super) const STRUCTURES: Operation<Session> =
    Operation::<Session>::new("list structures", |session| {
        Box::pin(async move {
            let request = List::newest(3).with_structure().newest_first();
            rows(session.mailbox()?, &request).await
        })
    })
    .taking_long()
    .needing("Structure");

pub(super) const DECODED: Operation<Session> =
    Operation::<Session>::new("fetch decoded", |session| {
        Box::pin(read(session, Part::decoded_section([NonZeroU32::MIN])))
    })
    .taking_long()
    .needing("Decoding");

/// Reads messages, and tells those that cannot be read.
async fn read_many(mailbox: &mut dyn Mailbox, ids: &IdSet) -> mailclient::Result<String> {
    let mut text = String::new();
    let mut bodies = mailbox.fetch_many(ids, &Part::Whole).await?;
    while let Some(next) = bodies.next().await {
        let (id, body) = next?;
        let body = match body {
            Ok(body) => body.collect(1 << 20).await?,
            Err(error @ Error::Damaged(_)) => return Err(error),
            Err(error) => error.to_string().into_bytes(),
        };
        text += &format!("{id}: {} ", String::from_utf8_lossy(&body));
    }
    Ok(text)
}

pub(super) const FETCH_MANY: Operation<Session> =
    Operation::<Session>::new("fetch many", |session| {
        Box::pin(async move {
            let ids = ids(session, 1..4).await?;
            answer(read_many(session.mailbox()?, &ids.iter().collect()).await)
        })
    });

/// Reads the first message of three, and leaves the others to the next call.
pub(super) const LEAVE_MANY: Operation<Session> =
    Operation::<Session>::new("leave many", |session| {
        Box::pin(async move {
            let ids: IdSet = ids(session, 1..4).await?.iter().collect();
            let mailbox = session.mailbox()?;
            let mut bodies =
                mailbox.fetch_many(&ids, &Part::Whole).await.map_err(|e| failure(&e))?;
            let first = match bodies.next().await {
                Some(Ok((id, Ok(body)))) => {
                    let body = body.collect(1 << 20).await.map_err(|error| failure(&error))?;
                    without_session(&format!("{id}: {}", String::from_utf8_lossy(&body)))
                }
                Some(Ok((_, Err(error)))) if error.is_transient() => return Err(failure(&error)),
                Some(Ok((_, Err(error)))) => without_session(&error.to_string()),
                Some(Err(error)) => return Err(failure(&error)),
                None => "nothing".into(),
            };
            drop(bodies);
            Ok(format!("{first}, {}", answer(mailbox.status().await)?))
        })
    })
    .finishing_work();

/// Lists the first message of four with its envelope, and leaves the others to the next call.
pub(super) const LEAVE_ENVELOPES: Operation<Session> =
    Operation::<Session>::new("leave envelopes", |session| {
        Box::pin(async move {
            let ids = ids(session, 0..4).await?;
            let request = List::ids(ids.iter().collect()).with_envelopes();
            let mailbox = session.mailbox()?;
            let mut rows = mailbox.list(&request).await.map_err(|error| failure(&error))?;
            let first = match rows.next().await {
                Some(Ok(row)) => without_session(&format!("{row:?}")),
                Some(Err(Error::Damaged(damage))) if damage.id.is_some() => {
                    without_session(&damage.to_string())
                }
                Some(Err(error)) => return Err(failure(&error)),
                None => "nothing".into(),
            };
            drop(rows);
            Ok(format!("{first}, {}", answer(mailbox.status().await)?))
        })
    })
    .finishing_work()
    .needing("Headers");

/// The first rows of a listing; the rest is dropped.
pub(super) fn first_rows<const ROWS: usize>(session: &mut Session) -> Doing<'_, Answer> {
    Box::pin(async move {
        let request = List::all();
        let mut rows = session.mailbox()?.list(&request).await.map_err(|error| failure(&error))?;
        let mut text = String::new();
        for _ in 0..ROWS {
            text += &answer(rows.next().await.transpose())?;
        }
        Ok(text)
    })
}

/// The first pieces of a body; the rest is dropped. Their size is that of what has arrived, so only
/// that there were any is told.
pub(super) fn first_chunks<const CHUNKS: usize>(session: &mut Session) -> Doing<'_, Answer> {
    Box::pin(async move {
        let ids = ids(session, 1..2).await?;
        let body = session.mailbox()?.fetch(&ids[0], &Part::Whole).await;
        let mut body = body.map_err(|error| failure(&error))?;
        for _ in 0..CHUNKS {
            body.chunk().await.map_err(|error| failure(&error))?;
        }
        Ok("read".into())
    })
}

/// The first bodies of several, and a piece of the next one; the rest is dropped.
pub(super) fn first_bodies<const BODIES: usize>(session: &mut Session) -> Doing<'_, Answer> {
    Box::pin(async move {
        let ids: IdSet = ids(session, 1..4).await?.iter().collect();
        let bodies = session.mailbox()?.fetch_many(&ids, &Part::Whole).await;
        let mut bodies = bodies.map_err(|error| failure(&error))?;
        for left in (0..=BODIES).rev() {
            let Some(next) = bodies.next().await else { break };
            let (_, body) = next.map_err(|error| failure(&error))?;
            let mut body = body.map_err(|error| failure(&error))?;
            while let Some(_piece) = body.chunk().await.map_err(|error| failure(&error))? {
                if left == 0 {
                    break;
                }
            }
        }
        Ok("read".into())
    })
}

/// Parts of a message.
pub(super) fn parts(session: &mut Session) -> Doing<'_, Answer> {
    let fields = Part::Fields(vec!["Subject".into()]).range(3..12);
    Box::pin(read(session, fields))
}

pub(super) const SECTION: Operation<Session> =
    Operation::<Session>::new("fetch section", |session| {
        Box::pin(read(session, Part::section([NonZeroU32::MIN])))
    })
    .needing("Sections");
