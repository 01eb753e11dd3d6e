//! SEARCH, SORT and THREAD: RFC 9051 section 6.4.4, RFC 5256.

use alloc::vec::Vec;

use crate::{
    command::encode::{
        argument::{chosen, not_empty, partial, set},
        writer::{Writer, Written},
    },
    types::{SearchKey, SearchQuery, SearchReturn, SortCriterion, ThreadAlgorithm, search::Node},
    wire::ArgumentError,
};

/// ```abnf
/// search          = "SEARCH" [search-return-opts] SP search-program
/// ```
pub(super) fn search(
    writer: &mut Writer<'_>,
    returns: Option<SearchReturn>,
    query: &SearchQuery<'_>,
) -> Written {
    if let Some(returns) = returns {
        search_return_opts(writer, returns)?;
    }
    if query.needs_charset() && !writer.utf8() {
        writer.word(" CHARSET UTF-8");
    }
    program(writer, query)
}

fn search_return_opts(writer: &mut Writer<'_>, returns: SearchReturn) -> Written {
    // The RFC reads an empty list as ALL; some servers drop the empty form.
    let all = returns.all || returns == SearchReturn::default();
    let words = chosen([
        (returns.min, "MIN"),
        (returns.max, "MAX"),
        (all, "ALL"),
        (returns.count, "COUNT"),
        (returns.save, "SAVE"),
        (returns.partial.is_some(), "PARTIAL"),
    ]);
    writer.word(" RETURN ");
    writer.list(words, |writer, word| {
        writer.word(word);
        match returns.partial {
            Some(range) if word == "PARTIAL" => partial(writer, range),
            _ => Ok(()),
        }
    })
}

/// RFC 5256: `"SORT" SP sort-criteria SP search-criteria`; the charset is mandatory.
pub(super) fn sort(
    writer: &mut Writer<'_>,
    criteria: &[SortCriterion],
    query: &SearchQuery<'_>,
) -> Written {
    not_empty(criteria.is_empty(), "criteria")?;
    writer.sp();
    writer.list(criteria, |writer, criterion| {
        if criterion.reverse {
            writer.word("REVERSE ");
        }
        writer.word(criterion.key.keyword());
        Ok(())
    })?;
    charset(writer, query);
    program(writer, query)
}

/// RFC 5256: `"THREAD" SP thread-alg SP search-criteria`
pub(super) fn thread(
    writer: &mut Writer<'_>,
    algorithm: ThreadAlgorithm,
    query: &SearchQuery<'_>,
) -> Written {
    writer.sp();
    writer.word(algorithm.keyword());
    charset(writer, query);
    program(writer, query)
}

fn charset(writer: &mut Writer<'_>, query: &SearchQuery<'_>) {
    writer.word(if query.needs_charset() || writer.utf8() { " UTF-8" } else { " US-ASCII" });
}

/// The keys in their order. Iterative: the stack is a list of the queries that are still open.
fn program(writer: &mut Writer<'_>, query: &SearchQuery<'_>) -> Written {
    /// An open query: how many parts are still to come, and whether a parenthesis closes it.
    struct Open {
        left: usize,
        parenthesis: bool,
    }
    let mut open = Vec::new();
    // A key needs a space before it if another one ended there.
    let mut ended = true;
    for (place, node) in query.nodes().iter().enumerate() {
        if ended {
            writer.sp();
            ended = false;
        }
        match node {
            Node::Not => {
                writer.word("NOT ");
                open.push(Open { left: 1, parenthesis: false });
                continue;
            }
            Node::Or => {
                writer.word("OR ");
                open.push(Open { left: 2, parenthesis: false });
                continue;
            }
            Node::And(count) => {
                let parenthesis = place > 0;
                if parenthesis {
                    writer.word("(");
                }
                open.push(Open { left: *count, parenthesis });
                continue;
            }
            Node::Key(key) => search_key(writer, key)?,
        }
        ended = true;
        // A key ends each query that waited for it as its last one.
        while let Some(last) = open.last_mut() {
            last.left = last.left.saturating_sub(1);
            if last.left > 0 {
                break;
            }
            if last.parenthesis {
                writer.word(")");
            }
            open.pop();
        }
    }
    Ok(())
}

/// ```abnf
/// search-key      = "ALL" / "ANSWERED" / "BCC" SP astring / ...
/// ```
fn search_key(writer: &mut Writer<'_>, key: &SearchKey<'_>) -> Written {
    writer.word(key.keyword());
    match key {
        SearchKey::Sequence(numbers) => {
            set(writer, numbers);
            return Ok(());
        }
        SearchKey::Older(0) | SearchKey::Younger(0) => {
            return Err(ArgumentError::new("query", "an interval of no seconds"));
        }
        key if key.is_word() => return Ok(()),
        _ => writer.sp(),
    }
    match key {
        SearchKey::Keyword(keyword) | SearchKey::Unkeyword(keyword) => {
            writer.atom(keyword.as_bytes(), "query")?;
        }
        SearchKey::Header { name, value } => {
            writer.astring(name.as_bytes());
            writer.sp();
            writer.string(value.as_bytes());
        }
        SearchKey::Before(day)
        | SearchKey::On(day)
        | SearchKey::Since(day)
        | SearchKey::SentBefore(day)
        | SearchKey::SentOn(day)
        | SearchKey::SentSince(day)
        | SearchKey::SavedBefore(day)
        | SearchKey::SavedOn(day)
        | SearchKey::SavedSince(day) => writer.display(day),
        SearchKey::Larger(number)
        | SearchKey::Smaller(number)
        | SearchKey::GmailMessageId(number)
        | SearchKey::GmailThreadId(number) => writer.number(*number),
        SearchKey::Older(seconds) | SearchKey::Younger(seconds) => {
            writer.number(u64::from(*seconds));
        }
        SearchKey::Uid(uids) => set(writer, uids),
        SearchKey::ModSeq(value) => writer.number(value.get()),
        SearchKey::EmailId(id) | SearchKey::ThreadId(id) => writer.word(id.as_str()),
        key => {
            if let Some(text) = key.text() {
                writer.string(text.as_bytes());
            }
        }
    }
    Ok(())
}
