//! SEARCH, SORT and THREAD: RFC 9051 section 6.4.4, RFC 5256.

use alloc::{string::ToString as _, vec::Vec};

use crate::{
    command::encode::argument::{atom, not_empty, partial},
    types::{SearchKey, SearchQuery, SearchReturn, SortCriterion, ThreadAlgorithm, search::Node},
    wire::put::{Out, Put, SP, astring, check, options, parens, spaced, string},
};

/// ```abnf
/// search          = "SEARCH" [search-return-opts] SP search-program
/// ```
pub(super) fn search(returns: Option<SearchReturn>, query: &SearchQuery<'_>) -> impl Put {
    move |out: &mut Out| {
        let charset = query.needs_charset() && !out.utf8();
        out.put(returns.map(search_return_opts));
        out.put(charset.then_some(" CHARSET UTF-8"));
        program(query, out);
    }
}

/// ```abnf
/// search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
/// ```
fn search_return_opts(returns: SearchReturn) -> impl Put {
    // The RFC reads an empty list as ALL; some servers drop the empty form.
    let all = returns.all || returns == SearchReturn::default();
    let chosen = (
        returns.min.then_some(" MIN"),
        returns.max.then_some(" MAX"),
        all.then_some(" ALL"),
        returns.count.then_some(" COUNT"),
        returns.save.then_some(" SAVE"),
        returns.partial.map(partial),
    );
    (" RETURN", options(chosen))
}

/// RFC 5256: `"SORT" SP sort-criteria SP search-criteria`; the charset is mandatory.
pub(super) fn sort(criteria: &[SortCriterion], query: &SearchQuery<'_>) -> impl Put {
    let keys = criteria.iter().map(|one| (one.reverse.then_some("REVERSE "), one.key.keyword()));
    (not_empty(criteria, "criteria"), SP, parens(spaced(keys)), search_criteria(query))
}

/// RFC 5256: `"THREAD" SP thread-alg SP search-criteria`
pub(super) fn thread(algorithm: ThreadAlgorithm, query: &SearchQuery<'_>) -> impl Put {
    (SP, algorithm.keyword(), search_criteria(query))
}

/// RFC 5256: `charset 1*(SP search-key)`, with the space before it
fn search_criteria(query: &SearchQuery<'_>) -> impl Put {
    move |out: &mut Out| {
        let utf8 = query.needs_charset() || out.utf8();
        out.put(if utf8 { " UTF-8" } else { " US-ASCII" });
        program(query, out);
    }
}

/// The keys in their order. Iterative: the stack is a list of the queries that are still open.
fn program(query: &SearchQuery<'_>, out: &mut Out) {
    // How many parts of an open query are still to come, and what ends it.
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut needs_space = true;
    for (place, node) in query.nodes.iter().enumerate() {
        if core::mem::take(&mut needs_space) {
            out.put(SP);
        }
        let (start, parts, end) = match node {
            Node::Not => ("NOT ", 1, ""),
            Node::Or => ("OR ", 2, ""),
            Node::And(parts) if place == 0 => ("", *parts, ""),
            Node::And(parts) => ("(", *parts, ")"),
            Node::Key(key) => {
                out.put(search_key(key));
                // A key ends each query that waited for it as its last part.
                let is_last = |(left, _): &mut (usize, _)| {
                    *left -= 1;
                    *left == 0
                };
                while let Some((_, end)) = open.pop_if(is_last) {
                    out.put(end);
                }
                needs_space = true;
                continue;
            }
        };
        out.put(start);
        open.push((parts, end));
    }
}

/// ```abnf
/// search-key      = "ALL" / "ANSWERED" / "BCC" SP astring / ...
/// ```
fn search_key(key: &SearchKey<'_>) -> impl Put {
    move |out: &mut Out| {
        out.put(key.keyword());
        match key {
            SearchKey::Sequence(numbers) => out.put(numbers),
            SearchKey::Keyword(keyword) | SearchKey::Unkeyword(keyword) => {
                out.put((SP, atom(keyword.as_bytes(), "query")));
            }
            SearchKey::Header { name, value } => {
                out.put((SP, astring(name.as_bytes()), SP, string(value.as_str())));
            }
            SearchKey::Before(day)
            | SearchKey::On(day)
            | SearchKey::Since(day)
            | SearchKey::SentBefore(day)
            | SearchKey::SentOn(day)
            | SearchKey::SentSince(day)
            | SearchKey::SavedBefore(day)
            | SearchKey::SavedOn(day)
            | SearchKey::SavedSince(day) => out.put((SP, day.to_string())),
            SearchKey::Larger(number)
            | SearchKey::Smaller(number)
            | SearchKey::GmailMessageId(number)
            | SearchKey::GmailThreadId(number) => out.put((SP, *number)),
            SearchKey::Older(seconds) | SearchKey::Younger(seconds) => {
                out.put(check(*seconds > 0, "query", "an interval of no seconds"));
                out.put((SP, *seconds));
            }
            SearchKey::Uid(uids) => out.put((SP, uids)),
            SearchKey::ModSeq(value) => out.put((SP, value.get())),
            SearchKey::EmailId(id) | SearchKey::ThreadId(id) => out.put((SP, id.as_str())),
            key => out.put(key.text().map(|text| (SP, string(text.as_str())))),
        }
    }
}
