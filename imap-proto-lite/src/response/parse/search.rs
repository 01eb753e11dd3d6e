//! SEARCH, ESEARCH, SORT and THREAD: RFC 9051 section 9, RFC 5256, RFC 9394.

use alloc::vec::Vec;

use crate::{
    response::{
        Esearch, Numbers, ResultSet, SearchResult, ThreadMessage, Threads,
        parse::{code::unchecked_ranges, whole},
    },
    types::{ModSeq, PartialRange, Ranges, Uid, search::read::partial_range},
    wire::{
        FAIL, Fail, IString, Parsed, astring, atom, nil, number::number, number64, nz_number,
        octet, sp, spaces, steps, swar, value,
    },
};

/// ```abnf
/// mailbox-data    =/ "SEARCH" [SP nz-number *(SP nz-number)] [SP search-sort-mod-seq]
/// search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")"
/// ```
pub(crate) fn search_data(input: &[u8]) -> Parsed<'_, SearchResult<'_>> {
    // The numbers are parsed when they are asked for; here they are only found and counted.
    let (length, count) = swar::count_numbers(input);
    steps::add(length + 1);
    let (numbers, rest) = input.split_at_checked(length).ok_or(FAIL)?;
    if rest.first().is_some_and(|octet| *octet != b'(') {
        return Err(FAIL);
    }
    let numbers = Numbers::from_wire_counted(numbers, count);
    let rest = spaces(rest);
    let [b'(', inside @ ..] = rest else {
        return Ok((rest, SearchResult::new(numbers, None)));
    };
    let (rest, ()) = atom::keyword(spaces(inside), "MODSEQ ")?;
    let (rest, value) = number64(spaces(rest))?;
    let (rest, ()) = octet(spaces(rest), b')')?;
    Ok((spaces(rest), SearchResult::new(numbers, Some(ModSeq::new(value)))))
}

/// ```abnf
/// esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
/// ```
/// The pieces may come in any order.
pub(crate) fn esearch_response(input: &[u8]) -> Parsed<'_, Esearch<'_>> {
    let mut result = Esearch::default();
    let mut sets = Sets::default();
    let mut rest = spaces(input);
    while !rest.is_empty() {
        rest = spaces(search_return_data(rest, &mut result, &mut sets)?);
    }
    let uid = result.uid;
    result.all = sets.all.map(|set| result_set(set, uid));
    result.partial = sets.partial.map(|(range, set)| (range, set.map(|set| result_set(set, uid))));
    Ok((rest, result))
}

/// The sets of a result. The word UID gives them their type, and it may follow them.
#[derive(Default)]
struct Sets<'a> {
    all: Option<RawSet<'a>>,
    partial: Option<(PartialRange, Option<RawSet<'a>>)>,
}

/// A set in wire form, and its number of ranges.
type RawSet<'a> = (&'a [u8], usize);

fn result_set((octets, count): RawSet<'_>, uid: bool) -> ResultSet<'_> {
    if uid {
        ResultSet::Uid(Ranges::from_wire_counted(octets, count))
    } else {
        ResultSet::Sequence(Ranges::from_wire_counted(octets, count))
    }
}

/// ```abnf
/// search-return-data = "MIN" SP nz-number / "MAX" SP nz-number / "ALL" SP sequence-set /
///                      "COUNT" SP number / search-ret-data-ext
/// ```
/// Takes one of these, the correlator or the word UID, and returns the rest.
fn search_return_data<'a>(
    input: &'a [u8],
    result: &mut Esearch<'a>,
    sets: &mut Sets<'a>,
) -> Result<&'a [u8], nom::Err<Fail>> {
    if let [b'(', inside @ ..] = input {
        let (rest, ()) = atom::keyword(spaces(inside), "TAG ")?;
        let (rest, tag) = astring(spaces(rest))?;
        result.tag = Some(tag);
        return Ok(octet(spaces(rest), b')')?.0);
    }
    let (rest, name) = atom::word(input)?;
    let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
    if is("UID") {
        result.uid = true;
        return Ok(rest);
    }
    let (value, ()) = sp(rest)?;
    if is("ALL") {
        let (rest, set) = unchecked_ranges::<Uid>(value)?;
        let octets = value.get(..value.len() - rest.len()).unwrap_or_default();
        sets.all = Some((octets, set.len()));
        return Ok(rest);
    }
    let (rest, raw) = value::skip_value(value)?;
    if raw.is_empty() {
        return Err(FAIL);
    }
    if is("MIN") {
        result.min = Some(whole(nz_number(raw))?);
    } else if is("MAX") {
        result.max = Some(whole(nz_number(raw))?);
    } else if is("COUNT") {
        result.count = Some(whole(number(raw))?);
    } else if is("MODSEQ") {
        // Some servers put the value in parentheses, as in SEARCH.
        let raw = raw.strip_prefix(b"(").and_then(|raw| raw.strip_suffix(b")")).unwrap_or(raw);
        result.mod_seq = Some(ModSeq::new(whole(number64(raw))?));
    } else if is("PARTIAL") {
        sets.partial = Some(partial_data(raw)?);
    } else {
        result.others.push((IString::plain(name), IString::plain(raw)));
    }
    Ok(rest)
}

/// ```abnf
/// ret-data-partial = "PARTIAL" SP "(" partial-range SP partial-results ")"
/// ```
fn partial_data(raw: &[u8]) -> Result<(PartialRange, Option<RawSet<'_>>), nom::Err<Fail>> {
    let inside = raw.strip_prefix(b"(").and_then(|raw| raw.strip_suffix(b")")).ok_or(FAIL)?;
    let (rest, range) = partial_range(spaces(inside))?;
    let (rest, ()) = sp(rest)?;
    if nil(rest).is_ok() {
        return Ok((range, None));
    }
    let set = rest.trim_ascii_end();
    Ok((range, Some((set, whole(unchecked_ranges::<Uid>(set))?.len()))))
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
    let mut rest = spaces(input);
    while let Some((first, after)) = rest.split_first() {
        steps::add(1);
        rest = match first {
            b'(' => {
                let mut parent = open.last().copied().flatten();
                // A list that begins with lists joins messages whose parent is not there.
                if let [b'(', ..] = spaces(after)
                    && open.is_empty()
                {
                    threads.messages.push(ThreadMessage { number: None, parent });
                    parent = Some(threads.messages.len() - 1);
                }
                open.push(parent);
                after
            }
            b')' => {
                open.pop().ok_or(FAIL)?;
                after
            }
            _ => {
                let (after, number) = nz_number(rest)?;
                let parent = open.last_mut().ok_or(FAIL)?;
                threads.messages.push(ThreadMessage { number: Some(number), parent: *parent });
                *parent = Some(threads.messages.len() - 1);
                after
            }
        };
        rest = spaces(rest);
    }
    if open.is_empty() { Ok((rest, threads)) } else { Err(FAIL) }
}
