//! `set_flags`, `set_flags_if_unchanged` and `set_labels`.

use mailclient::{
    Access, Change, Error, Feature, FlagChange, Flags, FolderName, IdSet, List, Mailbox, SyncState,
};

use crate::{
    case::{
        Case, Checked, Found, fails, fails_at_once, first, gone, holds, ids, lacks, listed,
        partial, rows,
    },
    truth::Stored,
};

/// The flags of the last message.
fn last_flags(stored: Vec<Stored>) -> Vec<String> {
    stored.into_iter().next_back().map(|message| message.flags).unwrap_or_default()
}

async fn change(mailbox: &mut dyn Mailbox, change: FlagChange, flags: &Flags) -> Checked {
    let last = ids(mailbox).await?.pop().ok_or_else(|| Found::new("the folder is empty"))?;
    let report = mailbox.set_flags(&IdSet::from(&last), change, flags).await?;
    holds!(report.done() == last.into(), "{report} in place of the last message");
    Ok(())
}

pub(super) async fn set_flags_adds_removes_and_replaces(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Flags).await?;
    if !has {
        let ids = ids(&mut *mailbox).await?.iter().collect();
        let answer = mailbox.set_flags(&ids, FlagChange::Add, &Flags::new().with_seen()).await;
        return lacks(answer, Feature::Flags);
    }
    let before = case.stored("INBOX")?;
    for (kind, flags, expected) in [
        (FlagChange::Replace, Flags::new().with_flagged(), &["\\Flagged"][..]),
        (
            FlagChange::Add,
            Flags::new().with_seen().with_draft(),
            &["\\Draft", "\\Flagged", "\\Seen"],
        ),
        (FlagChange::Remove, Flags::new().with_flagged(), &["\\Draft", "\\Seen"]),
        (FlagChange::Replace, Flags::new().with_seen(), &["\\Seen"]),
    ] {
        change(&mut *mailbox, kind, &flags).await?;
        let found = last_flags(case.stored("INBOX")?);
        holds!(found == expected, "{kind:?} {flags}: {found:?}");
        let listed = rows(&mut *mailbox).await?.pop().and_then(|row| row.flags);
        let listed = listed.map(|flags| (flags.seen, flags.flagged, flags.draft));
        let has = |flag: &str| expected.contains(&flag);
        let expected = Some((has("\\Seen"), has("\\Flagged"), has("\\Draft")));
        holds!(listed == expected, "listed as {listed:?} in place of {expected:?}");
    }
    let after = case.stored("INBOX")?;
    let others = |messages: &[_]| messages.split_last().map(|(_, others)| others.to_vec());
    holds!(others(&after) == others(&before), "flags of other messages changed");
    Ok(())
}

pub(super) async fn set_flags_keeps_keywords(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Flags).await?;
    if !has {
        return Ok(());
    }
    // Some servers keep none.
    let last = case.stored("INBOX")?.pop().map_or(0, |message| message.uid);
    let taken = case.session().await?.store(last, "+FLAGS ($Label)").await.is_ok();
    if !taken || !last_flags(case.stored("INBOX")?).contains(&"$Label".to_owned()) {
        return Ok(());
    }
    let mut flags = Flags::new();
    flags.keywords.push("$Forwarded".into());
    change(&mut *mailbox, FlagChange::Add, &flags).await?;
    holds!(
        last_flags(case.stored("INBOX")?).contains(&"$Forwarded".to_owned()),
        "the keyword is lost"
    );
    change(&mut *mailbox, FlagChange::Remove, &flags).await?;
    holds!(
        !last_flags(case.stored("INBOX")?).contains(&"$Forwarded".to_owned()),
        "the keyword stays"
    );
    flags.keywords = vec!["two words".into()];
    let all = ids(&mut *mailbox).await?.iter().collect();
    fails(mailbox.set_flags(&all, FlagChange::Add, &flags).await, "a keyword with a space")?;
    Ok(())
}

pub(super) async fn set_flags_in_a_folder_open_for_reading_is_refused(
    case: &mut Case<'_>,
) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Flags).await?;
    if !has {
        return Ok(());
    }
    let before = case.stored("INBOX")?;
    mailbox.open(&FolderName::inbox(), Access::ReadOnly).await?;
    let (all, flags) = (ids(&mut *mailbox).await?.iter().collect(), Flags::new().with_draft());
    let call = mailbox.set_flags(&all, FlagChange::Add, &flags);
    let error = fails_at_once(call, "flags of a folder that is open for reading")?;
    holds!(matches!(&error, Error::ReadOnly(name) if name.is_inbox()), "{error}");
    mailbox.close().await?;
    holds!(case.stored("INBOX")? == before, "flags changed in spite of the refusal");
    Ok(())
}

pub(super) async fn set_flags_tells_what_is_gone(case: &mut Case<'_>) -> Checked {
    if !case.features().await?.contains(Feature::Flags) {
        return Ok(());
    }
    let Some(gone) = gone(case).await? else { return Ok(()) };
    let mut mailbox = case.open().await?;
    let left = first(&mut *mailbox).await?;
    let set: IdSet = [&gone, &left].into_iter().collect();
    let report = mailbox.set_flags(&set, FlagChange::Remove, &Flags::new().with_draft()).await?;
    let right = report.gone() == gone.into() && report.done() == left.into();
    holds!(right && report.len() == 2, "{report:?}");
    Ok(())
}

/// The state of the open folder now.
async fn synced(mailbox: &mut dyn Mailbox) -> Checked<SyncState> {
    let open = mailbox.selected().ok_or_else(|| Found::new("no folder is open"))?;
    let state = SyncState::new(open)?;
    let changes = mailbox.changes_since(&state).await?.collect(10_000).await?;
    let state = changes.into_iter().find_map(|change| match change {
        Change::State(state) => Some(state),
        _ => None,
    });
    state.ok_or_else(|| Found::new("the changes tell no state"))
}

pub(super) async fn set_flags_if_unchanged_leaves_what_changed(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::ConditionalFlags).await?;
    let draft = Flags::new().with_draft();
    if !has {
        let state: SyncState = "sync1:1:1:1::INBOX".parse()?;
        let (none, add) = (IdSet::new(), FlagChange::Add);
        let answer = mailbox.set_flags_if_unchanged(&none, add, &draft, &state).await;
        return lacks(answer, Feature::ConditionalFlags);
    }
    if case.forgets_ids().await? {
        return Ok(());
    }
    let state = synced(&mut *mailbox).await?;
    let all = ids(&mut *mailbox).await?;
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return Err(Found::new("the folder is empty"));
    };
    let uid = case.stored("INBOX")?.first().map_or(0, |message| message.uid);
    case.session().await?.store(uid, "+FLAGS (\\Answered)").await?;
    let both: IdSet = [first, last].into_iter().collect();
    let answer = mailbox.set_flags_if_unchanged(&both, FlagChange::Add, &draft, &state).await;
    let error = fails(answer, "a change of a message that another client changed")?;
    let report = partial(&error, "a change of a message that another client changed")?;
    let right = report.changed() == first.into() && report.done() == last.into();
    holds!(right && report.len() == 2, "{report:?}");
    let stored = case.stored("INBOX")?;
    let has_draft = |message: Option<&Stored>| message.is_some_and(|one| one.has("\\Draft"));
    let found = (has_draft(stored.first()), has_draft(stored.last()));
    holds!(found == (false, true), "the first and the last one are drafts: {found:?}");
    Ok(())
}

pub(super) async fn set_labels_adds_removes_and_replaces(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Labels).await?;
    let last = ids(&mut *mailbox).await?.pop().ok_or_else(|| Found::new("the folder is empty"))?;
    let set = IdSet::from(&last);
    let request = List::ids(set.clone()).with_labels();
    if !has {
        lacks(mailbox.list(&request).await.map(drop), Feature::Labels)?;
        let answer = mailbox.set_labels(&set, FlagChange::Add, &["Work".into()]).await;
        return lacks(answer, Feature::Labels);
    }
    for (change, labels, expected) in [
        (
            FlagChange::Replace,
            &["Entw\u{fc}rfe/2026", "\\Starred"][..],
            &["Entw\u{fc}rfe/2026", "\\Starred"][..],
        ),
        (FlagChange::Add, &["Two words"], &["Entw\u{fc}rfe/2026", "Two words", "\\Starred"]),
        (FlagChange::Remove, &["Entw\u{fc}rfe/2026", "none"], &["Two words", "\\Starred"]),
        (FlagChange::Replace, &[], &[]),
    ] {
        let labels: Vec<String> = labels.iter().map(|label| (*label).into()).collect();
        let report = mailbox.set_labels(&set, change, &labels).await?;
        holds!(report.done() == set, "{report} in place of the last message");
        let row = listed(&mut *mailbox, &request).await?.pop();
        let mut found = row.and_then(|row| row.labels).unwrap_or_default();
        found.sort();
        holds!(found == expected, "{change:?} {labels:?}: {found:?}");
    }
    Ok(())
}
