//! The arguments of SEARCH, SORT and THREAD: RFC 9051 section 9, RFC 5256. A query of any depth is
//! read without recursion.

use alloc::vec::Vec;

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::tag_no_case,
    character::complete::char,
    combinator::{map, map_opt, map_res, opt, value, verify},
    multi::many0_count,
    sequence::{delimited, preceded, terminated},
};

use crate::{
    command::{
        CommandKind,
        parse::argument::{self, astring, atom, list_of, list1_of, set, sp},
    },
    types::{
        AString, Date, HeaderName, Keyword, ModSeq, SearchKey, SearchQuery, SearchReturn,
        SortCriterion, SortKey, ThreadAlgorithm,
        date::date_text,
        search::{Node, read::partial_range},
    },
    wire::{self, FAIL, IString, Parsed, number::number, number64, quoted, string},
};

/// ```abnf
/// search-program  = ["CHARSET" SP charset SP] search-key *(SP search-key)
/// ```
/// With the space before it.
pub(super) fn search_program(input: &[u8]) -> Parsed<'_, SearchQuery<'_>> {
    preceded((sp, opt(preceded(tag_no_case("CHARSET "), charset))), search_keys).parse(input)
}

/// RFC 5256: `charset 1*(SP search-key)`, with the space before it
pub(super) fn search_criteria(input: &[u8]) -> Parsed<'_, SearchQuery<'_>> {
    preceded((sp, charset), search_keys).parse(input)
}

/// ```abnf
/// search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
/// ```
pub(super) fn search_return_opts(input: &[u8]) -> Parsed<'_, SearchReturn> {
    let mut returns = SearchReturn::default();
    let option = |input| search_return_opt(input, &mut returns);
    let (rest, _) = preceded(tag_no_case(" RETURN "), list_of(option)).parse(input)?;
    // No option means ALL.
    returns.all |= returns == SearchReturn::default();
    Ok((rest, returns))
}

fn search_return_opt<'a>(input: &'a [u8], returns: &mut SearchReturn) -> Parsed<'a, ()> {
    let (rest, word) = wire::atom::atom(input)?;
    let option = match word.to_ascii_uppercase().as_slice() {
        b"MIN" => &mut returns.min,
        b"MAX" => &mut returns.max,
        b"ALL" => &mut returns.all,
        b"COUNT" => &mut returns.count,
        b"SAVE" => &mut returns.save,
        b"PARTIAL" => {
            let range = preceded(sp, partial_range);
            return map(range, |range| returns.partial = Some(range)).parse(rest);
        }
        _ => return Err(FAIL),
    };
    *option = true;
    Ok((rest, ()))
}

/// A charset that this crate reads, and the space after it.
fn charset(input: &[u8]) -> Parsed<'_, ()> {
    let name = verify(string::astring, |name: &IString<'_>| {
        name.eq_ignore_ascii_case("UTF-8") || name.eq_ignore_ascii_case("US-ASCII")
    });
    value((), terminated(name, sp)).parse(input)
}

/// Whether the arguments of SEARCH, SORT or THREAD name a charset that [`charset`] does not read.
pub(super) fn has_unknown_charset(kind: CommandKind, input: &[u8]) -> bool {
    let before = match kind {
        CommandKind::Search => {
            value((), (opt(search_return_opts), tag_no_case(" CHARSET "))).parse(input)
        }
        CommandKind::Sort => value((), (sp, list1_of(sort_criterion), sp)).parse(input),
        CommandKind::Thread => value((), (thread_alg, sp)).parse(input),
        _ => return false,
    };
    before.is_ok_and(|(rest, ())| {
        terminated(string::astring, sp).parse(rest).is_ok() && charset(rest).is_err()
    })
}

/// RFC 5256: `["REVERSE" SP] sort-key`
pub(super) fn sort_criterion(input: &[u8]) -> Parsed<'_, SortCriterion> {
    let key = map_opt(wire::atom::atom, SortKey::from_keyword);
    map((opt(tag_no_case("REVERSE ")), key), |(reverse, key)| SortCriterion {
        key,
        reverse: reverse.is_some(),
    })
    .parse(input)
}

/// RFC 5256: `thread-alg`, with the space before it
pub(super) fn thread_alg(input: &[u8]) -> Parsed<'_, ThreadAlgorithm> {
    preceded(sp, map_opt(wire::atom::atom, ThreadAlgorithm::from_keyword)).parse(input)
}

/// ```abnf
/// search-key      = ... / "OR" SP search-key SP search-key / "NOT" SP search-key /
///                   "(" search-key *(SP search-key) ")"
/// ```
/// Keys up to the end of the line.
fn search_keys(input: &[u8]) -> Parsed<'_, SearchQuery<'_>> {
    let mut query =
        Query { nodes: Vec::from([Node::And(0)]), open: Vec::from([Open::List { place: 0 }]) };
    let mut rest = input;
    loop {
        while let Ok((after, node)) = opening(rest) {
            query.open(node);
            rest = after;
        }
        let (after, (key, closed)) = (search_key, many0_count(char(')'))).parse(rest)?;
        query.nodes.push(Node::Key(key));
        query.end_part();
        (0..closed).try_for_each(|_| query.close()).ok_or(FAIL)?;
        if after.is_empty() {
            return Ok((after, query.finish().ok_or(FAIL)?));
        }
        (rest, ()) = sp(after)?;
    }
}

/// A query of which some parts are still to come.
struct Query<'a> {
    nodes: Vec<Node<'a>>,
    /// The queries inside which the next key is, outermost first.
    open: Vec<Open>,
}

enum Open {
    /// NOT or OR: how many of its operands are still to come.
    Operands(usize),
    /// A parenthesis or the line: the place of its `And`, which counts its parts so far.
    List { place: usize },
}

impl<'a> Query<'a> {
    /// Begins a query that holds others.
    fn open(&mut self, node: Node<'a>) {
        self.open.push(match node {
            Node::Not => Open::Operands(1),
            Node::Or => Open::Operands(2),
            _ => Open::List { place: self.nodes.len() },
        });
        self.nodes.push(node);
    }

    /// Closes a parenthesis; the list of the line has none.
    fn close(&mut self) -> Option<()> {
        self.open.pop_if(|open| matches!(open, Open::List { place: 1.. }))?;
        self.end_part();
        Some(())
    }

    /// A query is complete, and with it each NOT and OR of which it is the last operand.
    fn end_part(&mut self) {
        while self.open.pop_if(|open| matches!(open, Open::Operands(1))).is_some() {}
        match self.open.last_mut() {
            Some(Open::Operands(left)) => *left -= 1,
            Some(Open::List { place }) => {
                if let Some(Node::And(count)) = self.nodes.get_mut(*place) {
                    *count += 1;
                }
            }
            None => {}
        }
    }

    /// The query, if nothing but the line is open.
    fn finish(mut self) -> Option<SearchQuery<'a>> {
        // A list of one is that one.
        self.nodes.retain(|node| !matches!(node, Node::And(1)));
        (self.open.len() == 1).then_some(SearchQuery { nodes: self.nodes, utf8: false })
    }
}

/// The start of a query that holds others.
fn opening(input: &[u8]) -> Parsed<'_, Node<'_>> {
    alt((
        value(Node::Not, tag_no_case("NOT ")),
        value(Node::Or, tag_no_case("OR ")),
        value(Node::And(0), char('(')),
    ))
    .parse(input)
}

/// ```abnf
/// search-key      = "ALL" / "ANSWERED" / "BCC" SP astring / ...
/// ```
fn search_key(input: &[u8]) -> Parsed<'_, SearchKey<'_>> {
    alt((map(set, SearchKey::Sequence), named_key)).parse(input)
}

fn named_key(input: &[u8]) -> Parsed<'_, SearchKey<'_>> {
    let (rest, name) = wire::atom::atom(input)?;
    let mut words = SearchKey::WORDS.iter().cloned();
    if let Some(key) = words.find(|key| name.eq_ignore_ascii_case(key.keyword().as_bytes())) {
        return Ok((rest, key));
    }
    match name.to_ascii_uppercase().as_slice() {
        b"BEFORE" => map(date, SearchKey::Before).parse(rest),
        b"ON" => map(date, SearchKey::On).parse(rest),
        b"SINCE" => map(date, SearchKey::Since).parse(rest),
        b"SENTBEFORE" => map(date, SearchKey::SentBefore).parse(rest),
        b"SENTON" => map(date, SearchKey::SentOn).parse(rest),
        b"SENTSINCE" => map(date, SearchKey::SentSince).parse(rest),
        b"SAVEDBEFORE" => map(date, SearchKey::SavedBefore).parse(rest),
        b"SAVEDON" => map(date, SearchKey::SavedOn).parse(rest),
        b"SAVEDSINCE" => map(date, SearchKey::SavedSince).parse(rest),
        b"OLDER" => map(preceded(sp, number), SearchKey::Older).parse(rest),
        b"YOUNGER" => map(preceded(sp, number), SearchKey::Younger).parse(rest),
        b"LARGER" => map(preceded(sp, number64), SearchKey::Larger).parse(rest),
        b"SMALLER" => map(preceded(sp, number64), SearchKey::Smaller).parse(rest),
        b"X-GM-MSGID" => map(preceded(sp, number64), SearchKey::GmailMessageId).parse(rest),
        b"X-GM-THRID" => map(preceded(sp, number64), SearchKey::GmailThreadId).parse(rest),
        b"MODSEQ" => map(mod_seq, SearchKey::ModSeq).parse(rest),
        b"UID" => preceded(sp, uid_set).parse(rest),
        b"BCC" => map(astring, SearchKey::Bcc).parse(rest),
        b"BODY" => map(astring, SearchKey::Body).parse(rest),
        b"CC" => map(astring, SearchKey::Cc).parse(rest),
        b"FROM" => map(astring, SearchKey::From).parse(rest),
        b"SUBJECT" => map(astring, SearchKey::Subject).parse(rest),
        b"TEXT" => map(astring, SearchKey::Text).parse(rest),
        b"TO" => map(astring, SearchKey::To).parse(rest),
        b"HEADER" => map((header_name, astring), |(name, value)| SearchKey::Header { name, value })
            .parse(rest),
        b"KEYWORD" => map(flag_keyword, SearchKey::Keyword).parse(rest),
        b"UNKEYWORD" => map(flag_keyword, SearchKey::Unkeyword).parse(rest),
        b"EMAILID" => map(atom, SearchKey::EmailId).parse(rest),
        b"THREADID" => map(atom, SearchKey::ThreadId).parse(rest),
        b"X-GM-RAW" => map(astring, SearchKey::GmailRaw).parse(rest),
        b"X-GM-LABELS" => map(astring, SearchKey::GmailLabel).parse(rest),
        _ => Err(FAIL),
    }
}

/// The set after `UID`. RFC 5182 makes `$` a `sequence-set`, so this one is the saved result too.
fn uid_set(input: &[u8]) -> Parsed<'_, SearchKey<'_>> {
    alt((value(SearchKey::SavedResult, char('$')), map(set, SearchKey::Uid))).parse(input)
}

/// A space and the name of a header field.
fn header_name(input: &[u8]) -> Parsed<'_, HeaderName<'_>> {
    map_res(astring, |name: AString<'_>| HeaderName::new(name.into_cow())).parse(input)
}

/// A space and a keyword.
fn flag_keyword(input: &[u8]) -> Parsed<'_, Keyword<'_>> {
    map_res(astring, |name: AString<'_>| Keyword::new(name.into_cow())).parse(input)
}

/// A space and a date, with or without quotes.
fn date(input: &[u8]) -> Parsed<'_, Date> {
    let quoted = delimited(char('"'), date_text, char('"'));
    preceded(sp, alt((quoted, date_text))).parse(input)
}

/// RFC 7162: `"MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer`
fn mod_seq(input: &[u8]) -> Parsed<'_, ModSeq> {
    // The entry is ignored: this crate does not distinguish what has changed.
    let entry = (sp, quoted, sp, wire::atom::atom);
    preceded(opt(entry), argument::mod_seq).parse(input)
}
