//! `features` against the answers of all methods.

use std::{task::Poll, time::Duration};

use mailclient::{
    Access, Append, Error, Feature, FlagChange, Flags, FolderName, Folders, IdSet, List, Mailbox,
    MessageId, NewFolder, Part, Query, Result, SortBy, SortKey, SyncState, ThreadBy,
};

use crate::{
    case::{Case, Checked, first, folder, holds, poll_once},
    content::plain,
};

/// A method, the feature that it needs, and its error.
struct Answer(&'static str, Feature, Option<Error>);

fn answer<T>(method: &'static str, feature: Feature, answer: Result<T>) -> Answer {
    Answer(method, feature, answer.err())
}

/// Calls that need a feature and change nothing where they work.
pub(super) async fn methods_are_unsupported_exactly_without_their_feature(
    case: &mut Case<'_>,
) -> Checked {
    let mut mailbox = case.open().await?;
    let mailbox = &mut *mailbox;
    let id = first(mailbox).await?;
    // After the listing: some servers refuse UIDL although they announce it.
    let features = mailbox.features();
    let mut answers = about_messages(mailbox, &id).await?;
    answers.extend(about_sets(mailbox).await?);
    answers.extend(about_folders(mailbox).await?);
    let archive = folder(mailbox, "Archive").await?;
    let opened = mailbox.open(&archive, Access::ReadOnly).await;
    answers.push(answer("open", Feature::Folders, opened));
    for Answer(method, feature, error) in answers {
        let has = features.contains(feature);
        match error {
            Some(Error::Unsupported(found)) => {
                let right = !has && found == feature;
                holds!(right, "{method}: {found:?} is unsupported, and {feature:?} is {has}");
            }
            other => holds!(has, "{method} without {feature:?}: {other:?}"),
        }
    }
    Ok(())
}

async fn about_messages(mailbox: &mut dyn Mailbox, id: &MessageId) -> Checked<Vec<Answer>> {
    let one = std::num::NonZeroU32::MIN;
    let (section, decoded) = (Part::section([one]), Part::decoded_section([one]));
    let fields = Part::Fields(vec!["Subject".into()]);
    // It needs both.
    let sections = mailbox.features().contains(Feature::Sections);
    let decoding = if sections { Feature::Decoding } else { Feature::Sections };
    let mut answers = Vec::new();
    for (part, feature) in [
        (Part::Headers, Feature::Headers),
        (fields, Feature::Sections),
        (section, Feature::Sections),
        (Part::mime_headers([one]), Feature::Sections),
        (Part::enclosed_headers([one]), Feature::Sections),
        (Part::Whole.range(0..9), Feature::Sections),
        (decoded, decoding),
    ] {
        answers.push(answer("fetch", feature, mailbox.fetch(id, &part).await.map(drop)));
        let set = IdSet::from(id);
        answers.push(answer(
            "fetch_many",
            feature,
            mailbox.fetch_many(&set, &part).await.map(drop),
        ));
    }
    let headers = List::newest(1).with_envelopes();
    answers.push(answer("list", Feature::Headers, mailbox.list(&headers).await.map(drop)));
    let labels = List::newest(1).with_labels();
    answers.push(answer("list", Feature::Labels, mailbox.list(&labels).await.map(drop)));
    let trees = List::newest(1).with_structure();
    answers.push(answer("list", Feature::Structure, mailbox.list(&trees).await.map(drop)));
    answers.push(answer("structure", Feature::Structure, mailbox.structure(id).await));
    Ok(answers)
}

async fn about_sets(mailbox: &mut dyn Mailbox) -> Checked<Vec<Answer>> {
    let none = IdSet::new();
    let archive = folder(mailbox, "Archive").await?;
    let state: SyncState = "sync1:1:1:0::INBOX".parse()?;
    let seen = Flags::new().with_seen();
    let change = match poll_once(mailbox.next_change()) {
        Poll::Ready(change) => change.map(drop),
        Poll::Pending => Ok(()),
    };
    let (add, work) = (FlagChange::Add, ["Work".to_owned()]);
    let conditional = mailbox.set_flags_if_unchanged(&none, add, &seen, &state).await;
    let labelled = mailbox.set_labels(&none, add, &work).await;
    let mut answers = about_searches(mailbox).await;
    answers.extend([
        answer("next_change", Feature::Changes, change),
        answer("delete", Feature::Delete, mailbox.delete(&none)),
        answer("expunge", Feature::Expunge, mailbox.expunge().await),
        answer("set_flags", Feature::Flags, mailbox.set_flags(&none, FlagChange::Add, &seen).await),
        answer("set_flags_if_unchanged", Feature::ConditionalFlags, conditional),
        answer("set_labels", Feature::Labels, labelled),
        answer("copy", Feature::Copy, mailbox.copy(&none, &archive).await),
        answer("move_to", Feature::Move, mailbox.move_to(&none, &archive).await),
        answer("changes_since", Feature::Sync, mailbox.changes_since(&state).await.map(drop)),
    ]);
    Ok(answers)
}

async fn about_searches(mailbox: &mut dyn Mailbox) -> Vec<Answer> {
    let features = mailbox.features();
    let mut answers = Vec::new();
    for (query, feature) in [
        (Query::All, Feature::Search),
        (Query::Younger(Duration::from_secs(60)), Feature::AgeSearch),
        (!Query::Older(Duration::from_secs(60)), Feature::AgeSearch),
        (Query::ModSeq(1), Feature::ModSeqSearch),
        (Query::gmail("subject:x"), Feature::GmailSearch),
    ] {
        // They need both.
        let needed = if features.contains(Feature::Search) { feature } else { Feature::Search };
        answers.push(answer("search", needed, mailbox.search(&query).await));
    }
    for (key, feature) in
        [(SortKey::Date, Feature::Sort), (SortKey::DisplayFrom, Feature::DisplaySort)]
    {
        let needed = if features.contains(Feature::Sort) { feature } else { Feature::Sort };
        let by = [SortBy::ascending(key)];
        answers.push(answer("sort", needed, mailbox.sort(&Query::All, &by).await));
    }
    for by in [ThreadBy::References, ThreadBy::Subject, ThreadBy::Refs] {
        let threads = mailbox.thread(&Query::All, by).await;
        answers.push(answer("thread", by.feature(), threads));
    }
    answers
}

async fn about_folders(mailbox: &mut dyn Mailbox) -> Checked<Vec<Answer>> {
    let inbox = FolderName::inbox();
    let archive = folder(mailbox, "Archive").await?;
    let (new, other): (FolderName, FolderName) = ("not there".parse()?, "nor there".parse()?);
    let message = plain("Appended", "Text.\r\n");
    let (options, mut reader) = (Append::new(message.len() as u64), &message[..]);
    let changes = Feature::FolderChanges;
    let mut answers = vec![
        answer("folders", Feature::Folders, mailbox.folders(&Folders::all()).await),
        answer("status_of", Feature::Folders, mailbox.status_of(&archive).await),
        answer("append", Feature::Append, mailbox.append(&new, &options, &mut reader).await),
        answer("namespaces", Feature::Namespaces, mailbox.namespaces().await),
        answer("create", changes, mailbox.create(&NewFolder::new(new.clone())).await),
        answer("subscribe", changes, mailbox.subscribe(&new, true).await),
        answer("subscribe", changes, mailbox.subscribe(&new, false).await),
        answer("rename", changes, mailbox.rename(&new, &other).await),
        answer("remove", changes, mailbox.remove(&other).await),
        answer("quota", Feature::Quota, mailbox.quota(&inbox).await),
        answer("rights", Feature::Rights, mailbox.rights(&inbox).await),
    ];
    let binary = options.clone().binary();
    let mut reader = &message[..];
    let appended = mailbox.append(&new, &binary, &mut reader).await;
    let has_append = mailbox.features().contains(Feature::Append);
    let needed = if has_append { Feature::BinaryAppend } else { Feature::Append };
    answers.push(answer("append", needed, appended));
    if !mailbox.features().contains(Feature::Replace) {
        let id = first(mailbox).await?;
        let mut reader = &message[..];
        let replaced = mailbox.replace(&id, &options, &mut reader).await;
        answers.push(answer("replace", Feature::Replace, replaced));
    }
    Ok(answers)
}
