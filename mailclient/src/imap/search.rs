//! UID SEARCH.

use imap_proto_lite::{
    AString, Command,
    date::Date,
    response::{NumberElement, Response},
    search::{SearchKey, SearchQuery},
};

use crate::{
    error::{Error, Result},
    id::Ranges,
    imap::{mailbox::ImapMailbox, naming::number},
    search::{Found, Query},
};

/// The memory of a range of a result, in bytes.
const RANGE: u64 = 16;
/// The memory of an id that is good for one session, in bytes.
const SESSION_ID: u64 = 96;

impl ImapMailbox {
    pub(super) async fn find(&mut self, query: &Query) -> Result<Found> {
        self.settle().await?;
        let naming = self.naming()?;
        let mut found = self.search_uids(to_wire(query)?).await?;
        found.subtract(&naming.uids_among(&self.marks));
        // Without UIDVALIDITY the ids are kept one by one.
        let limit = self.limits.search;
        if !naming.keeps_ranges() && found.count().saturating_mul(SESSION_ID) > limit {
            return Err(Error::limit("bytes of a search result", limit));
        }
        Ok(Found::new(naming.ids(found)))
    }

    /// The UIDs that a search finds, as ranges. The answer may come in several lines, and as
    /// ESEARCH from servers that switched to IMAP4rev2.
    pub(super) async fn search_uids(&mut self, query: SearchQuery<'_>) -> Result<Ranges> {
        let id = self.send(&Command::Search { uid: true, returns: None, query })?;
        let limit = self.limits.search;
        let (mut found, mut damage, mut is_full) = (Ranges::new(), None, false);
        self.complete(id, "SEARCH", &mut |_, response| {
            match response {
                Response::Search(result) => {
                    let whole = result.damaged.is_empty() && result.numbers.skipped() == 0;
                    if !whole {
                        damage.get_or_insert_with(|| unreadable(&result.damaged));
                    }
                    is_full |= !add(&mut found, &result.numbers, limit);
                }
                Response::Esearch(result) if result.uid => {
                    let uids = result.all.as_ref().and_then(|all| all.uids());
                    let whole = uids.is_none_or(|uids| uids.skipped() == 0);
                    if !whole || !result.damaged.is_empty() {
                        damage.get_or_insert_with(|| unreadable(&result.damaged));
                    }
                    for range in uids.into_iter().flat_map(|uids| uids.iter()) {
                        is_full |= found.len() as u64 * RANGE >= limit;
                        if !is_full {
                            found.insert_range(number(range.first), number(range.last));
                        }
                    }
                }
                Response::Malformed { raw } if is_search(raw) => {
                    damage.get_or_insert_with(|| unreadable(raw));
                }
                _ => return false,
            }
            true
        })
        .await?;
        if is_full {
            return Err(Error::limit("bytes of a search result", limit));
        }
        damage.map_or(Ok(found), Err)
    }
}

/// Adds numbers to a result; false if there is no room for all of them.
fn add(
    found: &mut Ranges,
    numbers: &imap_proto_lite::list::List<'_, NumberElement>,
    limit: u64,
) -> bool {
    for uid in numbers.uids() {
        if found.len() as u64 * RANGE >= limit {
            return false;
        }
        found.insert(number(uid));
    }
    true
}

fn unreadable(raw: &[u8]) -> Error {
    let reason = "part of the answer to a search cannot be read: messages may be missing from it";
    Error::damaged(None, reason, raw)
}

fn is_search(raw: &[u8]) -> bool {
    let line = raw.to_ascii_uppercase();
    line.starts_with(b"* SEARCH") || line.starts_with(b"* ESEARCH")
}

fn to_wire(query: &Query) -> Result<SearchQuery<'_>> {
    let key = match query {
        Query::All => SearchKey::All,
        Query::Text(words) => SearchKey::Text(text(words)?),
        Query::Body(words) => SearchKey::Body(text(words)?),
        Query::Subject(words) => SearchKey::Subject(text(words)?),
        Query::From(words) => SearchKey::From(text(words)?),
        Query::To(words) => SearchKey::To(text(words)?),
        Query::Unseen => SearchKey::Unseen,
        Query::Flagged => SearchKey::Flagged,
        Query::Since(date) => {
            let date = Date::new(date.year, date.month, date.day)
                .ok_or_else(|| Error::misuse("there is no such day"))?;
            SearchKey::Since(date)
        }
        Query::Larger(bytes) => SearchKey::Larger((*bytes).into()),
        Query::And(queries) => {
            let queries = queries.iter().map(to_wire).collect::<Result<Vec<_>>>()?;
            return Ok(if queries.is_empty() {
                SearchQuery::all()
            } else {
                SearchQuery::and(queries)
            });
        }
        Query::Or(queries) => {
            let alternatives = queries.iter().map(to_wire).collect::<Result<Vec<_>>>()?;
            let nothing = || SearchQuery::not(SearchQuery::all());
            return Ok(alternatives.into_iter().reduce(SearchQuery::or).unwrap_or_else(nothing));
        }
        Query::Not(query) => return Ok(SearchQuery::not(to_wire(query)?)),
    };
    Ok(key.into())
}

fn text(words: &str) -> Result<AString<'_>> {
    if words.is_empty() {
        return Err(Error::misuse("a text to search for is empty"));
    }
    AString::new(words).map_err(|error| Error::misuse(format!("a text to search for: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_cannot_be_sent_is_misuse() {
        for (words, sent) in [
            ("apples", true),
            ("two words \"and\" é", true),
            ("", false),
            ("a\nb", false),
            ("a\r\nb", false),
            ("a\0b", false),
        ] {
            let query = Query::Not(Box::new(Query::Text(words.to_owned())));
            match to_wire(&query) {
                Ok(_) => assert!(sent, "{words:?}"),
                Err(error) => {
                    assert!(!sent, "{words:?}");
                    assert!(error.to_string().contains("a text to search for"), "{error}");
                }
            }
        }
    }
}
