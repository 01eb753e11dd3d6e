//! SEARCH ([RFC 9051 section 6.4.4](https://www.rfc-editor.org/rfc/rfc9051#section-6.4.4)) with
//! ESEARCH, SEARCHRES and PARTIAL, SORT and THREAD ([RFC
//! 5256](https://www.rfc-editor.org/rfc/rfc5256)).

use std::{io, num::NonZeroU32};

use imap_proto_lite::{
    ModSeq, Response, SeqNumber, Uid,
    response::{Charsets, Esearch, Numbers, ResponseCode, ResultSet, SearchResult},
    search::{PartialRange, SearchKey, SearchQuery, SearchReturn, SortCriterion, ThreadAlgorithm},
    sequence::{NumberRange, SeqRanges},
    server::{Connection, Responder},
    string::IString,
};

use super::{
    super::{
        folder::Message,
        machine::refused,
        search::{Candidate, Reading, matches},
        sort, thread,
    },
    Imap,
    answers::uid_ranges,
    messages::NO_FOLDER,
};

/// A message that was found.
pub(super) struct Found {
    sequence: SeqNumber,
    uid: Uid,
    message: Message,
}

impl Found {
    fn number(&self, uid: bool) -> u32 {
        if uid { self.uid.get() } else { self.sequence.get() }
    }
}

/// A query that is refused: with NO and this code, or with BAD.
enum Unfit {
    No(ResponseCode<'static>),
    Bad(&'static str),
}

impl Unfit {
    fn answer(self, connection: &mut Connection, responder: Responder) -> io::Result<()> {
        match self {
            Self::No(code) => responder.no(connection, Some(code), "not in this charset"),
            Self::Bad(text) => responder.bad(connection, text),
        }
        .map_err(refused)
    }
}

impl Imap<'_> {
    pub(super) async fn search(
        &mut self,
        connection: &mut Connection,
        uid: bool,
        returns: Option<SearchReturn>,
        query: &SearchQuery<'_>,
        mut responder: Responder,
    ) -> io::Result<()> {
        // RFC 5267 section 4.4: "either one PARTIAL, one ALL, or neither".
        if returns.is_some_and(|returns| returns.all && returns.partial.is_some()) {
            return responder.bad(connection, "either ALL or PARTIAL").map_err(refused);
        }
        let saves = returns.is_some_and(|returns| returns.save);
        let found = match self.find(query).await {
            Ok(found) => found,
            Err(unfit) => {
                // RFC 5182 section 2.1: after NO nothing is saved.
                if saves && matches!(unfit, Unfit::No(_)) {
                    self.saved.clear();
                }
                return unfit.answer(connection, responder);
            }
        };
        let has_mod_seq = query.keys().any(|key| matches!(key, SearchKey::ModSeq(_)));
        self.condstore |= has_mod_seq;
        let mod_seq = highest(returns, &found).filter(|_| has_mod_seq).map(ModSeq::new);
        if let Some(returns) = returns.filter(|returns| returns.save) {
            self.saved = told(returns, &found).iter().map(|found| found.uid).collect();
        }
        let numbers: Vec<u32> = found.iter().map(|found| found.number(uid)).collect();
        let rev2 = self.dialect(connection).rev2;
        let all = || {
            let mut returns = SearchReturn::default();
            returns.all = true;
            returns
        };
        let response = match returns.or_else(|| rev2.then(all)) {
            None if numbers.is_empty() && self.shared.persona.quirks.nothing_found_untold => None,
            None => {
                let numbers = numbers.into_iter().filter_map(NonZeroU32::new);
                Some(Response::Search(SearchResult::new(Numbers::new(numbers), mod_seq)))
            }
            Some(returns) => {
                let tag = connection.tag().map(|tag| IString::new(tag.to_vec()));
                esearch(returns, uid, &numbers, mod_seq, tag).map(Response::Esearch)
            }
        };
        let queued =
            response.iter().try_for_each(|response| responder.untagged(connection, response));
        queued.map_err(refused)?;
        self.news(connection, uid).map_err(refused)?;
        responder.ok(connection, None, "SEARCH completed").map_err(refused)
    }

    pub(super) async fn sort(
        &mut self,
        connection: &mut Connection,
        uid: bool,
        criteria: &[SortCriterion],
        query: &SearchQuery<'_>,
        mut responder: Responder,
    ) -> io::Result<()> {
        let found = match self.find(query).await {
            Ok(found) => found,
            Err(unfit) => return unfit.answer(connection, responder),
        };
        let mut sorted: Vec<_> = found
            .iter()
            .map(|found| (sort::values(criteria, &found.message), found.number(uid)))
            .collect();
        sorted.sort_by(|one, two| {
            sort::compare(criteria, &one.0, &two.0).then_with(|| one.1.cmp(&two.1))
        });
        let has_mod_seq = query.keys().any(|key| matches!(key, SearchKey::ModSeq(_)));
        let highest = found.iter().map(|found| found.message.mod_seq).max();
        let mod_seq = highest.filter(|_| has_mod_seq).map(ModSeq::new);
        let numbers = sorted.into_iter().filter_map(|(_, number)| NonZeroU32::new(number));
        let result = SearchResult::new(Numbers::new(numbers), mod_seq);
        responder.untagged(connection, &Response::Sort(result)).map_err(refused)?;
        self.news(connection, uid).map_err(refused)?;
        responder.ok(connection, None, "SORT completed").map_err(refused)
    }

    pub(super) async fn thread(
        &mut self,
        connection: &mut Connection,
        uid: bool,
        algorithm: ThreadAlgorithm,
        query: &SearchQuery<'_>,
        mut responder: Responder,
    ) -> io::Result<()> {
        let found = match self.find(query).await {
            Ok(found) => found,
            Err(unfit) => return unfit.answer(connection, responder),
        };
        let messages: Vec<thread::Threadable> = found
            .iter()
            .filter_map(|found| {
                let number = NonZeroU32::new(found.number(uid))?;
                Some(Reading::of(&found.message).threadable(number, found.message.date))
            })
            .collect();
        let threads = match algorithm {
            ThreadAlgorithm::OrderedSubject => thread::by_subject(&messages),
            ThreadAlgorithm::References => thread::by_references(&messages, true),
            _ => thread::by_references(&messages, false),
        };
        responder.untagged(connection, &Response::Thread(threads)).map_err(refused)?;
        self.news(connection, uid).map_err(refused)?;
        responder.ok(connection, None, "THREAD completed").map_err(refused)
    }

    /// The messages of the selected folder that a query matches, by their numbers.
    async fn find(&self, query: &SearchQuery<'_>) -> Result<Vec<Found>, Unfit> {
        let (Some(account), Some(view)) = (&self.account, &self.view) else {
            return Err(Unfit::Bad(NO_FOLDER));
        };
        if self.shared.persona.quirks.ascii_search && query.needs_charset() {
            let charsets = Charsets::new([IString::from("US-ASCII")]);
            return Err(Unfit::No(ResponseCode::BadCharset(charsets)));
        }
        let now = self.shared.clock.now();
        let (Some(last_sequence), Some(last_uid)) = (view.last_sequence(), view.last_uid()) else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for (count, (sequence, uid)) in view.all().enumerate() {
            // One message at a time, so that a search in a large folder does not block other
            // sessions.
            let message =
                account.look_at(view.identity, |folder| folder.message(uid.get()).cloned());
            if let Some(Some(message)) = message {
                let candidate = Candidate {
                    message: &message,
                    sequence,
                    last_sequence,
                    last_uid,
                    is_recent: view.is_recent(uid.get()),
                    saved: &self.saved,
                    now,
                };
                if matches(query, &candidate) {
                    all.push(Found { sequence, uid, message });
                }
            }
            if count % 64 == 63 {
                tokio::task::yield_now().await;
            }
        }
        Ok(all)
    }
}

/// The messages that an answer is about: all, or with MIN, MAX and PARTIAL alone only these. SAVE
/// keeps them ([RFC 5182 section 2.4](https://www.rfc-editor.org/rfc/rfc5182#section-2.4), and
/// [RFC 9394 section 3.2](https://www.rfc-editor.org/rfc/rfc9394#section-3.2)).
fn told(returns: SearchReturn, found: &[Found]) -> Vec<&Found> {
    let is_selective = returns.min || returns.max || returns.partial.is_some();
    if !is_selective || returns.all || returns.count {
        return found.iter().collect();
    }
    let first = found.first().filter(|_| returns.min);
    let last = found.last().filter(|_| returns.max);
    let page = returns.partial.map(|range| window(range, found)).unwrap_or_default();
    let mut told: Vec<&Found> = first.into_iter().chain(page).chain(last).collect();
    told.sort_unstable_by_key(|found| found.uid);
    told.dedup_by_key(|found| found.uid);
    told
}

/// MODSEQ of an answer: the highest one of the messages that it is about ([RFC 4731 section
/// 3.2](https://www.rfc-editor.org/rfc/rfc4731#section-3.2)).
fn highest(returns: Option<SearchReturn>, found: &[Found]) -> Option<u64> {
    let told = told(returns.unwrap_or_default(), found);
    told.iter().map(|found| found.message.mod_seq).max()
}

/// ESEARCH; `None` if only SAVE was asked for.
fn esearch(
    returns: SearchReturn,
    uid: bool,
    numbers: &[u32],
    mod_seq: Option<ModSeq>,
    tag: Option<IString<'static>>,
) -> Option<Esearch<'static>> {
    let is_asked =
        returns.min || returns.max || returns.all || returns.count || returns.partial.is_some();
    if !is_asked {
        return None;
    }
    let set = |numbers: &[u32]| {
        (!numbers.is_empty()).then(|| {
            let numbers = numbers.iter().copied();
            if uid {
                ResultSet::Uid(uid_ranges(numbers))
            } else {
                let numbers = numbers.filter_map(SeqNumber::new);
                ResultSet::Sequence(SeqRanges::new(NumberRange::joined(numbers)))
            }
        })
    };
    let mut result = Esearch::default();
    result.tag = tag;
    result.uid = uid;
    result.min = numbers.first().filter(|_| returns.min).copied().and_then(NonZeroU32::new);
    result.max = numbers.last().filter(|_| returns.max).copied().and_then(NonZeroU32::new);
    result.all = if returns.all { set(numbers) } else { None };
    result.count = returns.count.then(|| u32::try_from(numbers.len()).unwrap_or(u32::MAX));
    result.partial = returns.partial.map(|range| (range, set(window(range, numbers))));
    result.mod_seq = mod_seq;
    Some(result)
}

/// The window that PARTIAL names ([RFC 9394 section
/// 3.1](https://www.rfc-editor.org/rfc/rfc9394#section-3.1)): positions from 1, or from -1
/// backwards.
pub(super) fn window<T>(range: PartialRange, all: &[T]) -> &[T] {
    let length = all.len();
    let place = |position: i64| {
        let distance = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
        // The place before the named one, counted from the start.
        if position > 0 { distance.saturating_sub(1) } else { length.saturating_sub(distance) }
    };
    let (one, two) = (range.first.min(range.last), range.first.max(range.last));
    let beyond = two < 0 && two.unsigned_abs() > u64::try_from(length).unwrap_or(u64::MAX);
    if beyond {
        return &[];
    }
    let (start, end) = (place(one), place(two).saturating_add(1).min(length));
    all.get(start..end.max(start)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_from_both_ends() {
        let all = [1, 2, 3, 4, 5];
        for (first, last, expected) in [
            (1, 2, &[1, 2][..]),
            (4, 9, &[4, 5]),
            (6, 9, &[]),
            (-1, -2, &[4, 5]),
            (-9, -4, &[1, 2]),
            (-9, -6, &[]),
            (2, 2, &[2]),
        ] {
            assert_eq!(window(PartialRange { first, last }, &all), expected, "{first}:{last}");
        }
        assert_eq!(window(PartialRange { first: 1, last: 3 }, &[0; 0]), [0; 0]);
    }
}
