//! UID SEARCH, and what it shares with UID SORT and UID THREAD.

use imap_proto_lite::{
    Command, Status,
    client::Event,
    response::{Charsets, ResponseCode},
    search::{SearchQuery, SearchReturn},
};

use crate::{
    error::{Error, Result},
    feature::Feature,
    id::Ranges,
    imap::{
        answer::{Listener, accepted},
        finding::{Finding, full},
        mailbox::ImapMailbox,
        query::{to_wire, with_features},
    },
    search::{Found, FoundBy, Query},
};

/// The memory of an id that is good for one session, in bytes.
const SESSION_ID: u64 = 96;

impl ImapMailbox {
    pub(super) async fn find(&mut self, query: &Query) -> Result<Found> {
        self.settle().await?;
        let naming = self.naming()?;
        let (mut uids, by) = self.search_uids(to_wire(query, &naming)?).await?;
        self.folder()?;
        uids.subtract(&naming.uids_among(&self.marks));
        // Without UIDVALIDITY the ids are kept one by one.
        let limit = self.limits.search;
        if !naming.keeps_ranges() && uids.count().saturating_mul(SESSION_ID) > limit {
            return Err(full(limit));
        }
        let mut found = Found::new(naming.ids(uids));
        found.by = by;
        Ok(found)
    }

    /// The UIDs that a search finds, as ranges. The answer may come in several lines; it is asked
    /// for as ESEARCH where there is that, and may be SEARCH all the same.
    pub(super) async fn search_uids(
        &mut self,
        query: SearchQuery<'_>,
    ) -> Result<(Ranges, FoundBy)> {
        let mut all = SearchReturn::default();
        all.all = true;
        let extended = |query, returns| Command::Search { uid: true, returns, query };
        let returns = self.can(&extended(SearchQuery::all(), Some(all))).then_some(all);
        let mut found = Finding::new(self.limits.search);
        let command = |query| extended(query, returns);
        let by = self.ask_in_charset(query, command, &mut |_, line| found.hear(line)).await?;
        Ok((found.finish()?, by))
    }

    /// Sends a SEARCH, SORT or THREAD. A server that refuses US-ASCII and takes UTF-8, which
    /// includes it, is asked again; no other charset is spoken here.
    pub(super) async fn ask_in_charset<'q>(
        &mut self,
        query: SearchQuery<'q>,
        command: impl Fn(SearchQuery<'q>) -> Command<'q> + Send,
        on: &mut Listener<'_>,
    ) -> Result<FoundBy> {
        let by = if query.needs_charset() { FoundBy::Utf8 } else { FoundBy::Ascii };
        let first = command(query.clone());
        if let Some(missing) = self.missing(&first) {
            return Err(Error::Unsupported(self.feature_of(missing)));
        }
        let id = self.send(&first)?;
        let answer = self.answer(id, on).await?;
        if by == FoundBy::Utf8 {
            return accepted("a search in UTF-8", answer).map(|_| by);
        }
        if !asks_for_utf8(&answer) {
            return accepted(first.kind().to_keyword(), answer).map(|_| by);
        }
        let id = self.send(&command(query.in_utf8()))?;
        self.complete(id, "a search in UTF-8", on).await?;
        Ok(FoundBy::Utf8AfterRefusal)
    }

    /// The feature for which this capability is missing.
    fn feature_of(&self, missing: &str) -> Feature {
        let mut all = with_features().into_iter();
        all.find(|(_, command)| self.missing(command) == Some(missing))
            .map_or(Feature::Search, |(feature, _)| feature)
    }
}

/// Whether a refusal names UTF-8 among the charsets that the server takes.
fn asks_for_utf8(answer: &Event) -> bool {
    let takes_utf8 =
        |charsets: &Charsets<'_>| charsets.iter().any(|name| name.eq_ignore_ascii_case("UTF-8"));
    match answer {
        Event::Done { status, code: Some(ResponseCode::BadCharset(charsets)), .. } => {
            *status != Status::Ok && takes_utf8(charsets)
        }
        _ => false,
    }
}
