//! A [`Query`] as a SEARCH program (RFC 9051 section 6.4.4).

use std::time::Duration;

use imap_proto_lite::{
    AString, Command, HeaderName,
    date::Date,
    flag::Keyword,
    search::{SearchKey, SearchQuery, SortCriterion, SortKey, ThreadAlgorithm},
    sequence::ModSeq,
};

use crate::{
    error::{Error, Result},
    feature::Feature,
    imap::naming::{Naming, set},
    message::DateTime,
    search::Query,
};

/// The program of a query about the folder that `naming` is of.
///
/// # Errors
/// [`Error::Misuse`] for what no command can hold, [`Error::OtherFolder`], [`Error::StaleId`] and
/// [`Error::WrongProtocol`] for the ids in it.
pub(super) fn to_wire<'q>(query: &'q Query, naming: &Naming) -> Result<SearchQuery<'q>> {
    let each = |queries: &'q [Query]| {
        queries.iter().map(|query| to_wire(query, naming)).collect::<Result<Vec<_>>>()
    };
    let key = match query {
        Query::And(queries) => return Ok(SearchQuery::and(each(queries)?)),
        Query::Or(queries) => return Ok(SearchQuery::any(each(queries)?)),
        Query::Not(query) => return Ok(SearchQuery::not(to_wire(query, naming)?)),
        Query::Ids(ids) => match set(&naming.uids(ids)?) {
            Some(uids) => SearchKey::Uid(uids),
            None => return Ok(SearchQuery::any([])),
        },
        Query::All => SearchKey::All,
        Query::Text(words) => SearchKey::Text(text(words)?),
        Query::Body(words) => SearchKey::Body(text(words)?),
        Query::Subject(words) => SearchKey::Subject(text(words)?),
        Query::From(words) => SearchKey::From(text(words)?),
        Query::To(words) => SearchKey::To(text(words)?),
        Query::Cc(words) => SearchKey::Cc(text(words)?),
        Query::Bcc(words) => SearchKey::Bcc(text(words)?),
        Query::Gmail(words) => SearchKey::GmailRaw(text(words)?),
        Query::Header { name, text } => {
            let name = HeaderName::new(name).map_err(Error::misuse)?;
            SearchKey::Header { name, value: argument(text)? }
        }
        Query::Seen => SearchKey::Seen,
        Query::Unseen => SearchKey::Unseen,
        Query::Answered => SearchKey::Answered,
        Query::Flagged => SearchKey::Flagged,
        Query::Deleted => SearchKey::Deleted,
        Query::Draft => SearchKey::Draft,
        Query::Keyword(word) => SearchKey::Keyword(
            Keyword::new(word)
                .map_err(|error| Error::misuse(format_args!("a keyword to search for: {error}")))?,
        ),
        Query::Before(date) => SearchKey::Before(day(date)?),
        Query::On(date) => SearchKey::On(day(date)?),
        Query::Since(date) => SearchKey::Since(day(date)?),
        Query::SentBefore(date) => SearchKey::SentBefore(day(date)?),
        Query::SentOn(date) => SearchKey::SentOn(day(date)?),
        Query::SentSince(date) => SearchKey::SentSince(day(date)?),
        Query::Older(age) => SearchKey::Older(seconds(*age)?),
        Query::Younger(age) => SearchKey::Younger(seconds(*age)?),
        Query::Larger(bytes) => SearchKey::Larger(*bytes),
        Query::Smaller(bytes) => SearchKey::Smaller(*bytes),
        Query::ModSeq(value) => SearchKey::ModSeq(ModSeq::new(*value)),
    };
    Ok(key.into())
}

fn text(words: &str) -> Result<AString<'_>> {
    if words.is_empty() {
        return Err(Error::misuse("a text to search for is empty"));
    }
    argument(words)
}

fn argument(words: &str) -> Result<AString<'_>> {
    AString::new(words)
        .map_err(|error| Error::misuse(format_args!("a text to search for: {error}")))
}

fn day(date: &DateTime) -> Result<Date> {
    Date::new(date.year, date.month, date.day)
        .ok_or_else(|| Error::misuse("a day to search for does not exist"))
}

fn seconds(age: Duration) -> Result<u32> {
    // The encoder refuses 0.
    u32::try_from(age.as_secs()).map_err(|_| Error::misuse("an age to search for is too large"))
}

/// The features of searches, each with a command that needs it.
pub(super) fn with_features() -> [(Feature, Command<'static>); 8] {
    let search = |key: SearchKey<'static>| {
        let query = key.into();
        Command::Search { uid: true, returns: None, query }
    };
    let sort = |key| {
        let criteria = vec![SortCriterion { key, reverse: false }].into();
        Command::Sort { uid: true, criteria, query: SearchQuery::all() }
    };
    let thread = |algorithm| Command::Thread { uid: true, algorithm, query: SearchQuery::all() };
    [
        (Feature::AgeSearch, search(SearchKey::Older(1))),
        (Feature::ModSeqSearch, search(SearchKey::ModSeq(ModSeq::new(0)))),
        (Feature::GmailSearch, search(SearchKey::GmailMessageId(0))),
        (Feature::Sort, sort(SortKey::Date)),
        (Feature::DisplaySort, sort(SortKey::DisplayFrom)),
        (Feature::Threads, thread(ThreadAlgorithm::References)),
        (Feature::SubjectThreads, thread(ThreadAlgorithm::OrderedSubject)),
        (Feature::RefsThreads, thread(ThreadAlgorithm::Refs)),
    ]
}
