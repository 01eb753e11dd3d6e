//! SEARCH, SORT and THREAD, for servers: RFC 9051 section 9, RFC 5256. Queries of any depth are read without recursion.

use alloc::{borrow::Cow, vec::Vec};

use crate::{
    command::{
        Command,
        encode::search::{sort_key, thread_algorithm},
        parse::{list_of, set, sp, to_atom, word},
    },
    response::parse::search::partial_range,
    types::{
        argument::{AString, HeaderName},
        date::Date,
        flag::Keyword,
        search::{
            Node, SearchKey, SearchQuery, SearchReturn, SortCriterion, SortKey, ThreadAlgorithm,
        },
        sequence::ModSeq,
    },
    wire::{
        FAIL, Fail, Parsed,
        atom::{self, keyword, octet},
        number::{number, number64},
        string::{self, IString, astring},
    },
};

/// ```abnf
/// search          = "SEARCH" [search-return-opts] SP search-program
/// search-program  = ["CHARSET" SP charset SP] search-key *(SP search-key)
/// ```
pub(crate) fn search(input: &[u8], uid: bool) -> Parsed<'_, Command<'_>> {
    let (mut rest, ()) = sp(input)?;
    let mut returns = None;
    if let Ok((after, ())) = keyword(rest, "RETURN ") {
        let mut chosen = SearchReturn::default();
        let (after, _) = list_of(after, |input| search_return(input, &mut chosen))?;
        // Nothing asked for is ALL.
        chosen.all |= chosen == SearchReturn::default();
        returns = Some(chosen);
        (rest, ()) = sp(after)?;
    }
    if let Ok((after, ())) = keyword(rest, "CHARSET ") {
        rest = charset(after)?;
    }
    let (rest, query) = search_keys(rest)?;
    Ok((rest, Command::Search { uid, returns, query }))
}

fn search_return<'a>(input: &'a [u8], returns: &mut SearchReturn) -> Parsed<'a, ()> {
    let (rest, word) = atom::atom(input)?;
    match word.to_ascii_uppercase().as_slice() {
        b"MIN" => returns.min = true,
        b"MAX" => returns.max = true,
        b"ALL" => returns.all = true,
        b"COUNT" => returns.count = true,
        b"SAVE" => returns.save = true,
        b"PARTIAL" => {
            let (rest, ()) = sp(rest)?;
            let (rest, range) = partial_range(rest)?;
            returns.partial = Some(range);
            return Ok((rest, ()));
        }
        _ => return Err(FAIL),
    }
    Ok((rest, ()))
}

/// Takes a charset that this crate reads, and the space behind it.
fn charset(input: &[u8]) -> Result<&[u8], nom::Err<Fail>> {
    let (rest, name) = astring(input)?;
    if !name.eq_ignore_ascii_case("UTF-8") && !name.eq_ignore_ascii_case("US-ASCII") {
        return Err(FAIL);
    }
    Ok(sp(rest)?.0)
}

/// RFC 5256: `"SORT" SP sort-criteria SP search-criteria`
pub(crate) fn sort(input: &[u8], uid: bool) -> Parsed<'_, Command<'_>> {
    const KEYS: [SortKey; 9] = [
        SortKey::Arrival,
        SortKey::Cc,
        SortKey::Date,
        SortKey::From,
        SortKey::Size,
        SortKey::Subject,
        SortKey::To,
        SortKey::DisplayFrom,
        SortKey::DisplayTo,
    ];
    let (rest, ()) = sp(input)?;
    let (rest, criteria) = list_of(rest, |input| {
        let (input, reverse) = match keyword(input, "REVERSE ") {
            Ok((rest, ())) => (rest, true),
            Err(_) => (input, false),
        };
        let (rest, word) = atom::atom(input)?;
        let key = KEYS
            .into_iter()
            .find(|key| word.eq_ignore_ascii_case(sort_key(*key).as_bytes()))
            .ok_or(FAIL)?;
        Ok((rest, SortCriterion { key, reverse }))
    })?;
    if criteria.is_empty() {
        return Err(FAIL);
    }
    let (rest, ()) = sp(rest)?;
    let (rest, query) = search_keys(charset(rest)?)?;
    Ok((rest, Command::Sort { uid, criteria: Cow::Owned(criteria), query }))
}

/// RFC 5256: `"THREAD" SP thread-alg SP search-criteria`
pub(crate) fn thread(input: &[u8], uid: bool) -> Parsed<'_, Command<'_>> {
    let (rest, ()) = sp(input)?;
    let (rest, word) = atom::atom(rest)?;
    let algorithm =
        [ThreadAlgorithm::OrderedSubject, ThreadAlgorithm::References, ThreadAlgorithm::Refs]
            .into_iter()
            .find(|algorithm| word.eq_ignore_ascii_case(thread_algorithm(*algorithm).as_bytes()))
            .ok_or(FAIL)?;
    let (rest, ()) = sp(rest)?;
    let (rest, query) = search_keys(charset(rest)?)?;
    Ok((rest, Command::Thread { uid, algorithm, query }))
}

/// What is open while a query is read.
enum Open {
    /// So many operands of NOT or OR are still to come.
    Operands(usize),
    /// A parenthesis: the place of its `And`, and how many queries it has so far.
    List { place: usize, count: usize },
}

/// Reads keys up to the end of the line.
fn search_keys(input: &[u8]) -> Parsed<'_, SearchQuery<'_>> {
    let mut nodes = Vec::from([Node::And(0)]);
    let mut open = Vec::from([Open::List { place: 0, count: 0 }]);
    let mut rest = input;
    loop {
        // A query begins here.
        if let Ok((after, ())) = keyword(rest, "NOT ") {
            nodes.push(Node::Not);
            open.push(Open::Operands(1));
            rest = after;
            continue;
        }
        if let Ok((after, ())) = keyword(rest, "OR ") {
            nodes.push(Node::Or);
            open.push(Open::Operands(2));
            rest = after;
            continue;
        }
        if let Ok((after, ())) = octet(rest, b'(') {
            open.push(Open::List { place: nodes.len(), count: 0 });
            nodes.push(Node::And(0));
            rest = after;
            continue;
        }
        let (mut after, key) = search_key(rest)?;
        nodes.push(Node::Key(key));
        // It ends here, and perhaps those that it is the last part of.
        loop {
            match open.last_mut() {
                Some(Open::Operands(1)) => {
                    open.pop();
                    continue;
                }
                Some(Open::Operands(left)) => *left -= 1,
                Some(Open::List { count, .. }) => {
                    *count += 1;
                    if let [b')', rest @ ..] = after {
                        if open.len() < 2 {
                            return Err(FAIL);
                        }
                        after = rest;
                        close(&mut nodes, open.pop());
                        continue;
                    }
                }
                None => return Err(FAIL),
            }
            break;
        }
        if after.is_empty() {
            break;
        }
        (rest, ()) = sp(after)?;
    }
    let outermost = open.pop();
    if !open.is_empty() || !matches!(outermost, Some(Open::List { .. })) {
        return Err(FAIL);
    }
    close(&mut nodes, outermost);
    // A list of one is that one.
    nodes.retain(|node| !matches!(node, Node::And(1)));
    Ok((&[], SearchQuery::from_nodes(nodes)))
}

fn close(nodes: &mut [Node<'_>], open: Option<Open>) {
    if let Some(Open::List { place, count }) = open
        && let Some(node) = nodes.get_mut(place)
    {
        *node = Node::And(count);
    }
}

/// ```abnf
/// search-key      = "ALL" / "ANSWERED" / "BCC" SP astring / ...
/// ```
fn search_key(input: &[u8]) -> Parsed<'_, SearchKey<'_>> {
    match input.first() {
        Some(b'0'..=b'9' | b'*') => {
            return set(input).map(|(rest, set)| (rest, SearchKey::Sequence(set)));
        }
        Some(b'$') => return Ok((input.get(1..).unwrap_or_default(), SearchKey::SavedResult)),
        _ => {}
    }
    let (rest, name) = atom::atom(input)?;
    let date =
        |make: fn(Date) -> SearchKey<'static>| date(rest).map(|(rest, date)| (rest, make(date)));
    let small = |make: fn(u32) -> SearchKey<'static>| {
        let (rest, ()) = sp(rest)?;
        number(rest).map(|(rest, value)| (rest, make(value)))
    };
    let large = |make: fn(u64) -> SearchKey<'static>| {
        let (rest, ()) = sp(rest)?;
        number64(rest).map(|(rest, value)| (rest, make(value)))
    };
    let key = match name.to_ascii_uppercase().as_slice() {
        b"ALL" => SearchKey::All,
        b"ANSWERED" => SearchKey::Answered,
        b"DELETED" => SearchKey::Deleted,
        b"DRAFT" => SearchKey::Draft,
        b"FLAGGED" => SearchKey::Flagged,
        b"SEEN" => SearchKey::Seen,
        b"RECENT" => SearchKey::Recent,
        b"NEW" => SearchKey::New,
        b"OLD" => SearchKey::Old,
        b"UNANSWERED" => SearchKey::Unanswered,
        b"UNDELETED" => SearchKey::Undeleted,
        b"UNDRAFT" => SearchKey::Undraft,
        b"UNFLAGGED" => SearchKey::Unflagged,
        b"UNSEEN" => SearchKey::Unseen,
        b"SAVEDATESUPPORTED" => SearchKey::SaveDateSupported,
        b"BEFORE" => return date(SearchKey::Before),
        b"ON" => return date(SearchKey::On),
        b"SINCE" => return date(SearchKey::Since),
        b"SENTBEFORE" => return date(SearchKey::SentBefore),
        b"SENTON" => return date(SearchKey::SentOn),
        b"SENTSINCE" => return date(SearchKey::SentSince),
        b"SAVEDBEFORE" => return date(SearchKey::SavedBefore),
        b"SAVEDON" => return date(SearchKey::SavedOn),
        b"SAVEDSINCE" => return date(SearchKey::SavedSince),
        b"OLDER" => return small(SearchKey::Older),
        b"YOUNGER" => return small(SearchKey::Younger),
        b"LARGER" => return large(SearchKey::Larger),
        b"SMALLER" => return large(SearchKey::Smaller),
        b"MODSEQ" => return mod_seq(rest),
        b"X-GM-MSGID" => return large(SearchKey::GmailMessageId),
        b"X-GM-THRID" => return large(SearchKey::GmailThreadId),
        b"UID" => {
            let (rest, ()) = sp(rest)?;
            return set(rest).map(|(rest, set)| (rest, SearchKey::Uid(set)));
        }
        _ => return text_key(name, rest),
    };
    Ok((rest, key))
}

/// The keys that hold a string.
fn text_key<'a>(name: &[u8], rest: &'a [u8]) -> Parsed<'a, SearchKey<'a>> {
    let (rest, value) = word(rest)?;
    let keyword = |value: AString<'a>| Keyword::new(value.into_cow()).map_err(|_| FAIL);
    let key = match name.to_ascii_uppercase().as_slice() {
        b"BCC" => SearchKey::Bcc(value),
        b"BODY" => SearchKey::Body(value),
        b"CC" => SearchKey::Cc(value),
        b"FROM" => SearchKey::From(value),
        b"SUBJECT" => SearchKey::Subject(value),
        b"TEXT" => SearchKey::Text(value),
        b"TO" => SearchKey::To(value),
        b"KEYWORD" => SearchKey::Keyword(keyword(value)?),
        b"UNKEYWORD" => SearchKey::Unkeyword(keyword(value)?),
        b"EMAILID" => SearchKey::EmailId(to_atom(value)?),
        b"THREADID" => SearchKey::ThreadId(to_atom(value)?),
        b"X-GM-RAW" => SearchKey::GmailRaw(value),
        b"X-GM-LABELS" => SearchKey::GmailLabel(value),
        b"HEADER" => {
            let (rest, text) = word(rest)?;
            return Ok((
                rest,
                SearchKey::Header {
                    name: HeaderName::new(value.into_cow()).map_err(|_| FAIL)?,
                    value: text,
                },
            ));
        }
        _ => return Err(FAIL),
    };
    Ok((rest, key))
}

/// A space and a date, with or without quotes.
fn date(input: &[u8]) -> Parsed<'_, Date> {
    let (rest, ()) = sp(input)?;
    let (rest, quoted) = match rest {
        [b'"', rest @ ..] => (rest, true),
        _ => (rest, false),
    };
    let (date, rest) = Date::parse(rest).ok_or(FAIL)?;
    let rest = if quoted { octet(rest, b'"')?.0 } else { rest };
    Ok((rest, date))
}

/// RFC 7162: `"MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer`
fn mod_seq(input: &[u8]) -> Parsed<'_, SearchKey<'_>> {
    let (mut rest, ()) = sp(input)?;
    if rest.first() == Some(&b'"') {
        // Which entry has changed is not told apart.
        let (after, _): (_, IString<'_>) = string::quoted(rest)?;
        let (after, ()) = sp(after)?;
        let (after, _) = atom::atom(after)?;
        (rest, ()) = sp(after)?;
    }
    number64(rest).map(|(rest, value)| (rest, SearchKey::ModSeq(ModSeq::new(value))))
}
