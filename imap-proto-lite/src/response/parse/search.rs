//! SEARCH, ESEARCH, SORT and THREAD: RFC 9051 section 9, RFC 5256, RFC 9394.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::tag,
    character::complete::{alpha1, char, digit1, space0},
    combinator::{consumed, eof, iterator, map, not, opt, peek, rest, value, verify},
    multi::many0_count,
    sequence::{preceded, separated_pair, terminated},
};

use crate::{
    response::{
        Esearch, NumberElement, Numbers, Raw, ResultSet, SearchResult, ThreadMessage, Threads,
        parse::fast,
    },
    types::{
        ModSeq, PartialRange, Ranges, Uid,
        search::read::partial_range,
        sequence::read::{unchecked_members, unchecked_set},
    },
    wire::{
        self, FAIL, Fail, IString, Parsed, astring, atom::is_word, ends, in_parentheses,
        list::sealed::Element, nil_or, number::number, number64, nz_number, opt_sp, put::Out,
        some_value, sp, whole_word, word,
    },
};

/// ```abnf
/// mailbox-data    =/ "SEARCH" [SP nz-number *(SP nz-number)] [SP search-sort-mod-seq]
/// ```
/// The rest of the line after the last readable number is kept in `damaged`.
pub(crate) fn search_data(input: &[u8]) -> Parsed<'_, SearchResult<'_>> {
    if let Some((rest, result)) = fast::search_data(input) {
        return Ok((rest, result));
    }
    general_search_data(input)
}

pub(super) fn general_search_data(input: &[u8]) -> Parsed<'_, SearchResult<'_>> {
    let mod_seq = opt(preceded(space0, search_sort_mod_seq));
    let damaged = map(rest, |rest: &[u8]| Raw::from(rest.trim_ascii()));
    let result = map((numbers, mod_seq, damaged), |(numbers, mod_seq, damaged)| SearchResult {
        numbers,
        mod_seq,
        damaged,
    });
    verify(result, |result| result.damaged.is_empty() || !result.numbers.is_empty()).parse(input)
}

/// The numbers of a result with any blanks between them. They are parsed when they are asked for;
/// here they are only found and counted.
fn numbers(input: &[u8]) -> Parsed<'_, Numbers<'_>> {
    let number = terminated(preceded(space0, digit1), ends(" \t(\r"));
    map(consumed(many0_count(number)), |(numbers, count)| {
        Numbers::from_wire_counted(numbers, count)
    })
    .parse(input)
}

impl Element for NumberElement {
    type Item<'a> = NonZeroU32;

    const FAST: fn(&[u8]) -> wire::Token<'_, NonZeroU32> = fast::next_number;

    /// 0 and numbers beyond 32 bits are skipped.
    #[cold]
    fn read(mut input: &[u8]) -> wire::Token<'_, NonZeroU32> {
        let digits = |input| -> Parsed<'_, &[u8]> { preceded(space0, digit1).parse(input) };
        loop {
            let (rest, digits) = digits(input).ok()?;
            if let Ok((_, number)) = nz_number(digits) {
                return Some((rest, number));
            }
            input = rest;
        }
    }

    fn write(item: &NonZeroU32, out: &mut Out) {
        out.put(item.get());
    }
}

/// ```abnf
/// search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")"
/// ```
fn search_sort_mod_seq(input: &[u8]) -> Parsed<'_, ModSeq> {
    let value = map(number64, ModSeq::new);
    in_parentheses(preceded((whole_word("MODSEQ"), sp), value)).parse(input)
}

/// ```abnf
/// esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
/// ```
/// The pieces may come in any order; a damaged or repeated one costs only itself.
pub(crate) fn esearch_response(input: &[u8]) -> Parsed<'_, Esearch<'_>> {
    let mut result = Esearch::default();
    let (mut all, mut partial) = (None, None);
    let mut damaged = Vec::new();
    let mut pieces = iterator(input, preceded(opt_sp, consumed(piece)));
    let mut is_empty = true;
    for (text, piece) in pieces.by_ref() {
        is_empty &= matches!(piece, Piece::Tag(_) | Piece::Uid | Piece::Damaged);
        let is_kept = match piece {
            Piece::Tag(tag) => keep(&mut result.tag, tag),
            Piece::Uid => {
                result.uid = true;
                true
            }
            Piece::Min(number) => keep(&mut result.min, number),
            Piece::Max(number) => keep(&mut result.max, number),
            Piece::Count(number) => keep(&mut result.count, number),
            Piece::All(set) => keep(&mut all, set),
            Piece::ModSeq(value) => keep(&mut result.mod_seq, value),
            Piece::Partial(range, set) => keep(&mut partial, (range, set)),
            Piece::Other(name, value) => {
                result.others.push((IString::plain(name), IString::plain(value)));
                true
            }
            Piece::Damaged => false,
        };
        if !is_kept {
            if !damaged.is_empty() {
                damaged.push(b' ');
            }
            damaged.extend_from_slice(text);
        }
    }
    let (rest, ()) = pieces.finish()?;
    if is_empty && !damaged.is_empty() {
        return Err(FAIL);
    }
    // The word UID gives the sets their type, and it may follow them.
    let uid = result.uid;
    result.all = all.map(|set| result_set(set, uid));
    result.partial = partial.map(|(range, set)| (range, set.map(|set| result_set(set, uid))));
    result.damaged = Raw::from(damaged);
    Ok((rest, result))
}

/// Keeps the first value.
fn keep<T>(place: &mut Option<T>, value: T) -> bool {
    let is_first = place.is_none();
    place.get_or_insert(value);
    is_first
}

/// A set in wire form, and its number of ranges.
type RawSet<'a> = (&'a [u8], usize);

fn result_set((wire, count): RawSet<'_>, uid: bool) -> ResultSet<'_> {
    if uid {
        ResultSet::Uid(Ranges::from_wire_counted(wire, count))
    } else {
        ResultSet::Sequence(Ranges::from_wire_counted(wire, count))
    }
}

/// A piece of an ESEARCH response.
enum Piece<'a> {
    Tag(IString<'a>),
    Uid,
    Min(NonZeroU32),
    Max(NonZeroU32),
    Count(u32),
    All(RawSet<'a>),
    ModSeq(ModSeq),
    Partial(PartialRange, Option<RawSet<'a>>),
    Other(&'a [u8], &'a [u8]),
    Damaged,
}

/// ```abnf
/// search-correlator  = SP "(" "TAG" SP tag-string ")"
/// search-return-data = "MIN" SP nz-number / "MAX" SP nz-number / "ALL" SP sequence-set /
///                      "COUNT" SP number / search-ret-data-ext
/// search-ret-data-ext = search-modifier-name SP search-return-value
/// ```
fn piece(input: &[u8]) -> Parsed<'_, Piece<'_>> {
    let tag = in_parentheses(preceded((whole_word("TAG"), sp), astring));
    let mod_seq = map(alt((number64, in_parentheses(number64))), ModSeq::new);
    let name = preceded((not(piece_name), peek(alpha1)), word);
    let some_value = preceded(not(piece_name), some_value);
    alt((
        map(tag, Piece::Tag),
        map(whole_word("UID"), |()| Piece::Uid),
        map(return_data("ALL", raw_set), Piece::All),
        map(return_data("COUNT", number), Piece::Count),
        map(return_data("MIN", nz_number), Piece::Min),
        map(return_data("MAX", nz_number), Piece::Max),
        map(return_data("MODSEQ", mod_seq), Piece::ModSeq),
        map(return_data("PARTIAL", ret_data_partial), |(range, set)| Piece::Partial(range, set)),
        map(separated_pair(name, sp, some_value), |(name, value)| Piece::Other(name, value)),
        odd_piece,
    ))
    .parse(input)
}

fn return_data<'a, T>(
    name: &'static str,
    value: impl nom::Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl nom::Parser<&'a [u8], Output = T, Error = Fail> {
    terminated(preceded((whole_word(name), sp), value), ends(" "))
}

/// MODSEQ inside parentheses, as in SEARCH (jstedfast/MailKit#323); or else the unreadable bytes up
/// to the next piece. The numbers of ALL are kept up to the first unreadable one.
#[cold]
fn odd_piece(input: &[u8]) -> Parsed<'_, Piece<'_>> {
    let members = map(consumed(unchecked_members::<Uid>), |(wire, set)| (wire, set.len()));
    let members = preceded((whole_word("ALL"), sp), terminated(members, ends(" ,")));
    let others = many0_count(preceded((opt_sp, not(piece_start)), any_value));
    // A correlator that cannot be read may name another mailbox (RFC 7377), to which the numbers
    // would belong: the whole response is malformed.
    let correlator = (char('('), opt_sp, whole_word("TAG"));
    alt((
        map(search_sort_mod_seq, Piece::ModSeq),
        map(members, Piece::All),
        map((not(correlator), any_value, others), |_| Piece::Damaged),
    ))
    .parse(input)
}

/// A value, a stray parenthesis, or a rest that is no value.
fn any_value(input: &[u8]) -> Parsed<'_, &[u8]> {
    preceded(not(eof), alt((some_value, tag(")"), rest))).parse(input)
}

fn piece_start(input: &[u8]) -> Parsed<'_, ()> {
    alt((piece_name, value((), char('(')))).parse(input)
}

fn piece_name(input: &[u8]) -> Parsed<'_, ()> {
    const NAMES: [&str; 7] = ["UID", "MIN", "MAX", "ALL", "COUNT", "MODSEQ", "PARTIAL"];
    let is_known = |name: &&[u8]| NAMES.iter().any(|known| is_word(name, known));
    value((), verify(word, is_known)).parse(input)
}

fn raw_set(input: &[u8]) -> Parsed<'_, RawSet<'_>> {
    map(consumed(unchecked_set::<Uid>), |(wire, set)| (wire, set.len())).parse(input)
}

/// ```abnf
/// ret-data-partial = "PARTIAL" SP "(" partial-range SP partial-results ")"
/// ```
fn ret_data_partial(input: &[u8]) -> Parsed<'_, (PartialRange, Option<RawSet<'_>>)> {
    in_parentheses(separated_pair(partial_range, sp, nil_or(raw_set))).parse(input)
}

/// A token of THREAD.
enum Token {
    /// A list that begins with lists.
    OpenLists,
    Open,
    Close,
    Number(NonZeroU32),
}

fn token(input: &[u8]) -> Parsed<'_, Token> {
    alt((
        map((char('('), opt_sp, peek(char('('))), |_| Token::OpenLists),
        map(char('('), |_| Token::Open),
        map(char(')'), |_| Token::Close),
        map(nz_number, Token::Number),
    ))
    .parse(input)
}

/// ```abnf
/// thread-data     = "THREAD" [SP 1*thread-list]
/// thread-list     = "(" (thread-members / thread-nested) ")"
/// thread-members  = nz-number *(SP nz-number) [SP thread-nested]
/// thread-nested   = 2*thread-list
/// ```
/// Lists nest as deep as the server likes: the stack is a list of parents.
pub(crate) fn thread_data(input: &[u8]) -> Parsed<'_, Threads> {
    let mut threads = Threads::default();
    // For each open list, the message that the next one in it answers.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut tokens = iterator(input, preceded(opt_sp, token));
    for token in tokens.by_ref() {
        let place = threads.messages.len();
        let parent = open.last().copied().flatten();
        match token {
            // It joins messages whose parent is not there.
            Token::OpenLists if open.is_empty() => {
                threads.messages.push(ThreadMessage { number: None, parent });
                open.push(Some(place));
            }
            Token::OpenLists | Token::Open => open.push(parent),
            Token::Close => {
                open.pop().ok_or(FAIL)?;
            }
            Token::Number(number) => {
                threads.messages.push(ThreadMessage { number: Some(number), parent });
                *open.last_mut().ok_or(FAIL)? = Some(place);
            }
        }
    }
    let (rest, ()) = tokens.finish()?;
    if open.is_empty() { Ok((rest, threads)) } else { Err(FAIL) }
}
