//! `set_flags`.

use mailclient::{Access, Feature, FlagChange, Flags, Mailbox};

use crate::{
    case::{Case, Checked, Found, fails, holds, ids, lacks, rows},
    truth::Stored,
};

/// The flags of the last message.
fn last_flags(stored: Vec<Stored>) -> Vec<String> {
    stored.into_iter().next_back().map(|message| message.flags).unwrap_or_default()
}

async fn change(mailbox: &mut dyn Mailbox, change: FlagChange, flags: &Flags) -> Checked {
    let last = ids(mailbox).await?.pop().ok_or_else(|| Found::new("the folder is empty"))?;
    Ok(mailbox.set_flags(&[last], change, flags).await?)
}

pub(super) async fn set_flags_adds_removes_and_replaces(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Flags).await?;
    if !has {
        let ids = ids(&mut *mailbox).await?;
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
    let all = ids(&mut *mailbox).await?;
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
    mailbox.open("INBOX", Access::ReadOnly).await?;
    let all = ids(&mut *mailbox).await?;
    let answer = mailbox.set_flags(&all, FlagChange::Add, &Flags::new().with_draft()).await;
    fails(answer, "flags of a folder that is open for reading")?;
    holds!(case.stored("INBOX")? == before, "flags changed in spite of the refusal");
    Ok(())
}
