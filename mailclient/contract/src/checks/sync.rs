//! `changes_since`.

use mailclient::{Change, Feature, Mailbox, MessageId, SyncState};

use crate::{
    case::{Case, Checked, Found, holds, ids, lacks},
    content::plain,
};

/// More rows than there are changes of any folder of a test server.
const ROWS: usize = 10_000;

/// A mailbox with the feature and the state of a new client, or `None` after a look at the answer
/// of one without it.
async fn syncing(case: &mut Case<'_>) -> Checked<Option<(Box<dyn Mailbox>, SyncState)>> {
    let (mut mailbox, has) = case.open_with(Feature::Sync).await?;
    let open = mailbox.selected().ok_or_else(|| Found::new("no folder is open"))?;
    let state = SyncState::new(open);
    if has {
        return Ok(Some((mailbox, state?)));
    }
    let state = "sync1:1:1:0::INBOX".parse()?;
    lacks(mailbox.changes_since(&state).await.map(drop), Feature::Sync)?;
    Ok(None)
}

/// The changes, and the state after them.
async fn changes(mailbox: &mut dyn Mailbox, state: &mut SyncState) -> Checked<Vec<Change>> {
    let since = state.clone();
    let mut rows = mailbox.changes_since(&since).await?.collect(ROWS).await?;
    let last = rows.pop();
    rows.iter().for_each(|row| state.apply(row));
    match last {
        Some(Change::State(last)) => {
            holds!(last.ids() == state.ids(), "{last} after rows that lead to {state}");
            *state = last;
            Ok(rows)
        }
        Some(Change::Reset) if rows.is_empty() => Ok(vec![Change::Reset]),
        other => Err(Found::new(format!("{other:?} after {rows:?}"))),
    }
}

fn new_ids(rows: &[Change]) -> Vec<MessageId> {
    let new = rows.iter().filter_map(|row| match row {
        Change::New { id, .. } => id.clone(),
        _ => None,
    });
    new.collect()
}

pub(super) async fn changes_since_a_new_state_are_all_messages(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, mut state)) = syncing(case).await? else { return Ok(()) };
    let rows = changes(&mut *mailbox, &mut state).await?;
    let listed = ids(&mut *mailbox).await?;
    holds!(new_ids(&rows) == listed, "{rows:?} in place of {listed:?}");
    holds!(state.ids() == listed.iter().collect(), "{state} after {listed:?}");
    for (row, stored) in rows.iter().zip(case.stored("INBOX")?) {
        let told = matches!(row, Change::New { flags: Some(flags), .. }
            if flags.seen == stored.has("\\Seen") && flags.answered == stored.has("\\Answered"));
        holds!(told, "{row:?} of {:?}", stored.flags);
    }
    Ok(())
}

pub(super) async fn changes_since_a_state_are_what_another_session_did(
    case: &mut Case<'_>,
) -> Checked {
    let Some((mut mailbox, mut state)) = syncing(case).await? else { return Ok(()) };
    changes(&mut *mailbox, &mut state).await?;
    let (known, stored) = (ids(&mut *mailbox).await?, case.stored("INBOX")?);
    let ([first, second, ..], [one, two, ..]) = (&known[..], &stored[..]) else {
        return Err(Found::new("INBOX has fewer than two messages"));
    };
    let mut session = case.session().await?;
    session.remove(one.uid).await?;
    session.store(two.uid, "+FLAGS (\\Flagged)").await?;
    case.deliver(plain("Synchronised", "Text.\r\n"))?;
    let rows = changes(&mut *mailbox, &mut state).await?;
    if rows == [Change::Reset] {
        // The mailbox may open the folder anew.
        holds!(case.forgets_ids().await?, "a reset of a folder that keeps its UIDVALIDITY");
        return Ok(());
    }
    let is = |wanted: &dyn Fn(&Change) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let removed = Change::removed(Some(first.clone()));
    holds!(is(&|row| *row == removed) == 1, "{rows:?} after the removal of {first}");
    let flagged = is(
        &|row| matches!(row, Change::Flags { id, flags, .. } if id.as_ref() == Some(second) && flags.flagged),
    );
    holds!(flagged >= 1, "{rows:?} after \\Flagged of {second}");
    let listed = ids(&mut *mailbox).await?;
    holds!(
        new_ids(&rows)[..] == listed.iter().skip(known.len() - 1).cloned().collect::<Vec<_>>(),
        "{rows:?} after a new message"
    );
    // Now nothing has come or gone.
    let rows = changes(&mut *mailbox, &mut state).await?;
    let quiet = rows.iter().all(|row| matches!(row, Change::Flags { .. }));
    holds!(quiet, "{rows:?} although nothing changed");
    Ok(())
}

pub(super) async fn changes_since_can_be_left_early(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, mut state)) = syncing(case).await? else { return Ok(()) };
    let since = state.clone();
    let mut rows = mailbox.changes_since(&since).await?;
    if let Some(row) = rows.next().await {
        state.apply(&row?);
    }
    drop(rows);
    changes(&mut *mailbox, &mut state).await?;
    let listed = ids(&mut *mailbox).await?;
    holds!(state.ids() == listed.iter().collect(), "{state} after {listed:?}");
    Ok(())
}
