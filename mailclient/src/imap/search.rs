//! UID SEARCH.

use imap_proto_lite::{
    AString, Command, Uid,
    date::Date,
    response::Response,
    search::{SearchKey, SearchQuery},
};

use crate::{
    driver::Stream,
    error::{Error, ProtocolError, Result},
    imap::ImapMailbox,
    message::MessageId,
    search::Query,
};

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::search`](crate::Mailbox::search).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn search(&mut self, query: &Query) -> Result<Vec<MessageId>> {
        self.settle().await?;
        let id =
            self.send(&Command::Search { uid: true, returns: None, query: to_wire(query)? })?;
        let most = self.most_found();
        let mut found: Vec<Uid> = Vec::new();
        let (mut too_many, mut damaged) = (false, false);
        // Results may come in several lines, and as ESEARCH from servers that switched to
        // IMAP4rev2.
        self.complete(id, "SEARCH", |response| match response {
            Response::Search(result) => {
                damaged |= !result.damaged.is_empty() || result.numbers.skipped() > 0;
                found.extend(result.numbers.uids());
            }
            Response::Esearch(result) if result.uid => {
                damaged |= !result.damaged.is_empty();
                let sets = result.all.iter().filter_map(|all| all.uids());
                for uids in sets {
                    damaged |= uids.skipped() > 0;
                    // Two numbers can name four thousand million messages.
                    let count = uids.count_numbers().saturating_add(found.len() as u64);
                    if count > most {
                        too_many = true;
                    } else {
                        found.extend(uids.numbers());
                    }
                }
            }
            _ => {}
        })
        .await?;
        if too_many {
            return Err(ProtocolError::Inconsistent(
                "a search found more messages than the folder can hold",
            )
            .into());
        }
        if damaged {
            return Err(ProtocolError::Inconsistent(
                "part of the answer to a search cannot be read: messages may be missing from it",
            )
            .into());
        }
        found.sort_unstable();
        found.dedup();
        Ok(found.into_iter().filter(|uid| !self.is_marked(*uid)).map(|uid| self.id(uid)).collect())
    }
}

impl<S: Stream> ImapMailbox<S> {
    /// An upper bound of the messages in the folder, even if the server has not told of the newest.
    fn most_found(&self) -> u64 {
        const UNTOLD: u64 = 1 << 16;
        let messages = self.selected.as_ref().map_or(0, |folder| folder.messages);
        u64::from(messages) + UNTOLD
    }
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
        Query::Larger(octets) => SearchKey::Larger((*octets).into()),
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
