//! Shortcuts of FETCH.

use crate::{
    response::{Attributes, Fetch, FetchAttribute},
    types::{Flags, ModSeq, SeqNumber, Uid, envelope::read::envelope},
    wire::fast::{number64, nz_number},
};

/// FETCH. There is one for each message, so it is built where the caller wants it.
#[inline(always)]
pub(crate) fn fetch<'a>(octets: &'a [u8], streamed: &'a [u32]) -> Option<Fetch<'a>> {
    let rest = octets.strip_prefix(b"* ")?;
    let (rest, number) = nz_number(rest)?;
    let attributes = rest.strip_prefix(b" FETCH (")?;
    let start = octets.len() - attributes.len();
    Some(Fetch::new(SeqNumber::from(number), Attributes::received(octets, start, streamed)))
}

/// The items of flag updates, and ENVELOPE. Takes one from the front of `rest`.
#[inline(always)]
pub(crate) fn attribute<'l>(input: &'l [u8], rest: &mut &'l [u8]) -> Option<FetchAttribute<'l>> {
    match input {
        [b'U', b'I', b'D', b' ', value @ ..] => {
            if let Some((after, number)) = nz_number(value)
                && ends_value(after)
            {
                *rest = after;
                return Some(FetchAttribute::Uid(Uid::from(number)));
            }
        }
        [b'F', b'L', b'A', b'G', b'S', b' ', value @ ..] => {
            if let Some((after, flags)) = Flags::parse_plain(value)
                && ends_value(after)
            {
                *rest = after;
                return Some(FetchAttribute::Flags(flags));
            }
        }
        [b'M', b'O', b'D', b'S', b'E', b'Q', b' ', b'(', value @ ..] => {
            if let Some(([b')', after @ ..], value)) = number64(value)
                && ends_value(after)
            {
                *rest = after;
                return Some(FetchAttribute::ModSeq(ModSeq::new(value)));
            }
        }
        [b'E', b'N', b'V', b'E', b'L', b'O', b'P', b'E', b' ', value @ ..] => {
            if let Ok((after, envelope)) = envelope(value)
                && ends_value(after)
            {
                *rest = after;
                return Some(FetchAttribute::Envelope(envelope));
            }
        }
        _ => {}
    }
    None
}

/// Whether the value of an attribute can end before `rest`.
#[inline]
pub(crate) fn ends_value(rest: &[u8]) -> bool {
    matches!(rest.first(), Some(b' ' | b')') | None)
}
