//! UID SORT and UID THREAD (RFC 5256).

use std::borrow::Cow;

use imap_proto_lite::{
    Command,
    response::{Response, Threads},
    search::{SortCriterion, SortKey as WireKey, ThreadAlgorithm},
};

use crate::{
    error::{Error, Result},
    feature::Feature,
    id::{MessageId, Ranges},
    imap::{
        finding::Gaps,
        mailbox::ImapMailbox,
        naming::{Naming, number},
        query::to_wire,
    },
    order::{SortBy, SortKey, Thread, ThreadBy, ThreadMessage},
    search::Query,
};

/// The memory of a sorted message, in bytes.
const SORTED: u64 = size_of::<MessageId>() as u64;
/// The memory of a message in a conversation, and of a conversation, in bytes.
const THREADED: u64 = (size_of::<ThreadMessage>() + size_of::<Thread>()) as u64;

impl ImapMailbox {
    pub(super) async fn find_in_order(
        &mut self,
        query: &Query,
        by: &[SortBy],
    ) -> Result<Vec<MessageId>> {
        self.settle().await?;
        let naming = self.naming()?;
        self.require(Feature::Sort)?;
        let query = to_wire(query, &naming)?;
        let criteria: Vec<_> = by.iter().copied().map(criterion).collect();
        let sort = |query| Command::Sort { uid: true, criteria: Cow::Borrowed(&criteria), query };
        let (marked, limit) = (naming.uids_among(&self.marks), self.limits.search);
        let (mut found, mut gaps) = (Vec::new(), Gaps::default());
        self.ask_in_charset(query, sort, &mut |_, response| {
            let Response::Sort(result) = response else {
                return gaps.other(response, &["SORT"]);
            };
            gaps.line(&result.damaged, result.numbers.skipped() == 0);
            let uids = result.numbers.uids().map(number);
            for uid in uids.filter(|uid| !marked.contains(*uid)) {
                gaps.is_full |= (found.len() as u64 + 1) * SORTED > limit;
                if gaps.is_full {
                    break;
                }
                found.push(naming.id(uid));
            }
            true
        })
        .await?;
        gaps.finish(limit)?;
        self.folder()?;
        Ok(found)
    }

    pub(super) async fn find_threads(
        &mut self,
        query: &Query,
        by: ThreadBy,
    ) -> Result<Vec<Thread>> {
        self.settle().await?;
        let naming = self.naming()?;
        self.require(by.feature())?;
        let query = to_wire(query, &naming)?;
        let algorithm = match by {
            ThreadBy::References => ThreadAlgorithm::References,
            ThreadBy::Subject => ThreadAlgorithm::OrderedSubject,
            ThreadBy::Refs => ThreadAlgorithm::Refs,
        };
        let thread = |query| Command::Thread { uid: true, algorithm, query };
        let (marked, limit) = (naming.uids_among(&self.marks), self.limits.search);
        let (mut found, mut messages, mut gaps) = (Vec::new(), 0_u64, Gaps::default());
        self.ask_in_charset(query, thread, &mut |_, response| {
            let Response::Thread(threads) = response else {
                return gaps.other(response, &["THREAD"]);
            };
            messages = messages.saturating_add(threads.messages.len() as u64);
            gaps.is_full |= messages.saturating_mul(THREADED) > limit;
            if !gaps.is_full {
                add(&mut found, threads, &naming, &marked);
            }
            true
        })
        .await?;
        gaps.finish(limit)?;
        self.folder()?;
        Ok(found)
    }

    fn require(&self, feature: Feature) -> Result<()> {
        let has = self.features_now().contains(feature);
        if has { Ok(()) } else { Err(Error::Unsupported(feature)) }
    }
}

const fn criterion(by: SortBy) -> SortCriterion {
    let key = match by.key {
        SortKey::Received => WireKey::Arrival,
        SortKey::Date => WireKey::Date,
        SortKey::From => WireKey::From,
        SortKey::To => WireKey::To,
        SortKey::Cc => WireKey::Cc,
        SortKey::Subject => WireKey::Subject,
        SortKey::Size => WireKey::Size,
        SortKey::DisplayFrom => WireKey::DisplayFrom,
        SortKey::DisplayTo => WireKey::DisplayTo,
    };
    SortCriterion { key, reverse: by.descending }
}

/// Adds the threads of an answer, without the marked messages. The place of one that others answer
/// stays, without its id.
fn add(found: &mut Vec<Thread>, threads: &Threads, naming: &Naming, marked: &Ranges) {
    let messages = &threads.messages;
    let id = |place: usize| {
        let number = messages.get(place)?.number.filter(|number| !marked.contains(*number));
        number.map(|number| naming.id(number))
    };
    // Each message comes after the one that it answers, so backwards the answers are known.
    let mut is_kept = vec![false; messages.len()];
    for (place, message) in messages.iter().enumerate().rev() {
        let has_id = message.number.is_some_and(|number| !marked.contains(number));
        let keeps = is_kept.get_mut(place).is_some_and(|kept| {
            *kept |= has_id;
            *kept
        });
        if let Some(kept) = message.parent.and_then(|parent| is_kept.get_mut(parent)) {
            *kept |= keeps;
        }
    }
    // The place of each message in its own thread.
    let mut places = vec![0; messages.len()];
    for (place, message) in messages.iter().enumerate() {
        if is_kept.get(place) != Some(&true) {
            continue;
        }
        if message.parent.is_none() {
            found.push(Thread::default());
        }
        let answers = message.parent.and_then(|parent| places.get(parent).copied());
        if let (Some(thread), Some(own)) = (found.last_mut(), places.get_mut(place)) {
            *own = thread.messages.len();
            thread.messages.push(ThreadMessage::new(id(place), answers));
        }
    }
}
