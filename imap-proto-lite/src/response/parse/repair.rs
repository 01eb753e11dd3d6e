//! ENVELOPE and BODYSTRUCTURE with quotes or backslashes that the server did not escape.
//!
//! The parser tries this when the attribute cannot be read in the form that the server sent. The
//! result owns its bytes.

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::{tag_no_case, take_while_m_n},
    character::complete::{char, line_ending},
    combinator::{all_consuming, eof, not, value},
    sequence::{preceded, terminated},
};

use crate::{
    response::FetchAttribute,
    types::{
        BodyStructure,
        body_structure::{
            fields::{end_of_value, is_usual_name},
            read::body,
        },
        envelope::read::{envelope, irregular_envelope, item_end},
    },
    wire::{
        Parsed, opt_sp,
        repair::{Move, QUOTE, Token, Unreadable, escape},
    },
};

/// Repairs tried in one response: each may read all of its bytes several times. A FETCH has three
/// such attributes at most.
const REPAIRS_LIMIT: u8 = 8;

/// Reads the attribute that begins here, with its strings escaped.
#[cold]
pub(crate) fn quotes<'l>(repairs: &mut u8, input: &'l [u8]) -> Repaired<'l> {
    if *repairs >= REPAIRS_LIMIT {
        return Err(None);
    }
    type Make<'l> = fn(BodyStructure<'l>) -> FetchAttribute<'l>;
    let name = alt((
        value(None, tag_no_case("ENVELOPE ")),
        value(Some(FetchAttribute::BodyStructure as Make<'l>), tag_no_case("BODYSTRUCTURE ")),
        value(Some(FetchAttribute::Body as Make<'l>), tag_no_case("BODY ")),
    ));
    let (value, make) = terminated(name, opt_sp).parse(input).map_err(|_| None)?;
    *repairs += 1;
    match make {
        Some(make) => repaired_body(value, make),
        None => repaired_envelope(value),
    }
}

/// The rest and the attribute, or, of an attribute that cannot be read, the rest if it is known.
type Repaired<'l> = Result<(&'l [u8], FetchAttribute<'l>), Option<&'l [u8]>>;

fn repaired_envelope(value: &[u8]) -> Repaired<'_> {
    match escape(value, Envelope, step, ends_item) {
        Ok((rest, list)) => {
            if let Ok(([], envelope)) = envelope(&list) {
                return Ok((rest, FetchAttribute::Envelope(envelope.into_owned())));
            }
        }
        Err(Unreadable::Ambiguous(rest)) => return Err(rest),
        Err(Unreadable::Nothing) => {}
    }
    let (rest, envelope) = irregular_envelope(value).map_err(|_| None)?;
    Ok((rest, FetchAttribute::Envelope(envelope)))
}

fn repaired_body<'l>(
    value: &'l [u8],
    make: impl FnOnce(BodyStructure<'l>) -> FetchAttribute<'l>,
) -> Repaired<'l> {
    match escape(value, Body, step, ends_item) {
        Ok((rest, list)) => match body(&list) {
            Ok(([], structure)) => Ok((rest, make(structure.into_owned()))),
            _ => Err(Some(rest)),
        },
        Err(Unreadable::Ambiguous(rest)) => Err(rest),
        Err(Unreadable::Nothing) => Err(None),
    }
}

/// Whether an item can end here. After the end of the list comes only the end of the line.
fn ends_item(rest: &[u8]) -> bool {
    let list_end = preceded((opt_sp, char(')')), not((opt_sp, alt((line_ending, eof)))));
    end_of_value(rest).is_ok() && (not(list_end), item_end).parse(rest).is_ok()
}

/// The kind of a part that is no multipart. The places are ordered, and so are the kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Basic,
    Text,
    Message,
}

/// A place in the grammar of an ENVELOPE or BODYSTRUCTURE, named by the value that is due there.
/// The numbers count the values before it in the same list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Envelope,
    /// In an envelope. The fields 2 to 7 are address lists.
    EnvelopeField(u8),
    /// After an envelope in double parentheses.
    Doubled,
    Addresses,
    Address(u8),
    /// The mailbox of an address that has a source route.
    Routed,
    /// The host of an address that has no mailbox.
    NoHost,
    Body,
    /// The type of a part, or the first part of a multipart.
    MediaType,
    Subtype(Kind),
    BodyField(Kind, u8),
    /// The lines of a text, or the envelope of a message.
    AfterFields(Kind),
    MessageBody,
    MessageLines,
    /// A part of a multipart, or its subtype.
    Part,
    MultipartParameters,
    Md5,
    Disposition,
    Language,
    Location,
    /// Extension data that the RFC reserves for the future: the first value, and further ones.
    Extension,
    Extensions,
    ParameterName,
    ParameterValue,
    UsualParameterValue,
    /// After a NIL for the value of an unusual name.
    AfterNil,
    InDisposition(u8),
    Languages,
    /// Inside a list of extension data.
    Any,
}

use self::Place::*;

/// The price of a known deviation from the RFC: less than that of a quote.
const ODD: u32 = 1;
/// The price of a deviation that looks like a pair of unescaped quotes. The pair has the same
/// price: where both readings are possible, the value is ambiguous.
const SUSPICIOUS: u32 = 2 * QUOTE;

/// The grammar of RFC 9051 section 9, token by token, with the deviations of servers.
fn step(place: Place, token: Token<'_>) -> Option<Move<Place>> {
    match place {
        Envelope | EnvelopeField(_) | Doubled => envelope_step(place, token),
        Addresses | Address(_) | Routed | NoHost => address_step(place, token),
        ParameterName | ParameterValue | UsualParameterValue | AfterNil | InDisposition(_)
        | Languages | Any => list_step(place, token),
        Md5 | Disposition | Language | Location | Extension | Extensions => {
            extension_step(place, token)
        }
        _ => part_step(place, token),
    }
}

const fn next(top: Place) -> Option<Move<Place>> {
    odd(0, top)
}

/// As [`next`], with a price.
const fn odd(price: u32, top: Place) -> Option<Move<Place>> {
    Some(Move { top: Some(top), inner: None, price, quote: QUOTE, doubtful: false })
}

/// A list begins.
const fn into(top: Place, inner: Place) -> Option<Move<Place>> {
    Some(Move { top: Some(top), inner: Some(inner), price: 0, quote: QUOTE, doubtful: false })
}

/// The list ends.
const fn end(price: u32) -> Option<Move<Place>> {
    Some(Move { top: None, inner: None, price, quote: QUOTE, doubtful: false })
}

fn envelope_step(place: Place, token: Token<'_>) -> Option<Move<Place>> {
    match (place, token) {
        (Envelope, Token::Open) => next(EnvelopeField(0)),
        (EnvelopeField(0), Token::Open) => into(Doubled, EnvelopeField(0)),
        (EnvelopeField(0), Token::String(date)) => {
            // A quote after a whole date belongs to the next field.
            let quote = if has_time(date).is_ok() { QUOTE + 1 } else { QUOTE };
            Some(Move { quote, ..next(EnvelopeField(1))? })
        }
        (EnvelopeField(field @ (0 | 1 | 8 | 9)), Token::String(_) | Token::Nil)
        | (EnvelopeField(field @ 2..=7), Token::Nil) => next(EnvelopeField(field + 1)),
        (EnvelopeField(field @ 2..=7), Token::Open) => into(EnvelopeField(field + 1), Addresses),
        (EnvelopeField(10) | Doubled, Token::Close) => end(0),
        _ => None,
    }
}

/// A date up to the colon of its time. Only the start is looked at: this is asked for every place
/// where the string can end.
fn has_time(date: &[u8]) -> Parsed<'_, char> {
    preceded(take_while_m_n(0, 64, |octet| octet != b':'), char(':')).parse(date)
}

/// Whether this can be a short word: it has no quotes, or no spaces and parentheses. A field that
/// is a word and has both has swallowed the fields before it. Only the start is looked at, as in
/// [`has_time`].
fn is_token(text: &[u8]) -> bool {
    let without = |octets: &'static [u8]| {
        all_consuming(take_while_m_n(0, 64, move |octet| !octets.contains(&octet)))
    };
    let token: Parsed<'_, _> = alt((without(b"\""), without(b" ()"))).parse(text);
    token.is_ok()
}

fn address_step(place: Place, token: Token<'_>) -> Option<Move<Place>> {
    match (place, token) {
        (Addresses, Token::Open) => into(Addresses, Address(0)),
        (Address(2) | Routed, Token::Nil) => next(NoHost),
        (Address(1), Token::String(_)) => next(Routed),
        // A source route is obsolete, so quotes after it are those of a name before it.
        (Routed, Token::String(text)) => {
            Some(Move { doubtful: !is_token(text), ..next(Address(3))? })
        }
        (Address(field @ 0..=3), Token::String(_) | Token::Nil) => next(Address(field + 1)),
        (NoHost, Token::Nil) => next(Address(4)),
        (NoHost, Token::String(_)) => odd(ODD, Address(4)),
        (Addresses | Address(4), Token::Close) => end(0),
        (Address(_) | Routed | NoHost, Token::Close) => end(SUSPICIOUS),
        _ => None,
    }
}

fn part_step(place: Place, token: Token<'_>) -> Option<Move<Place>> {
    match (place, token) {
        (Body, Token::Open) => next(MediaType),
        (MediaType | Part, Token::Open) => into(Part, MediaType),
        (MediaType, Token::String(word) | Token::Word(word)) => next(Subtype(kind_of(word))),
        (MediaType, Token::Nil) => next(Subtype(Kind::Basic)),
        (Subtype(kind), Token::String(word)) => next(BodyField(with_subtype(kind, word), 0)),
        (Subtype(Kind::Basic), Token::Nil) => next(BodyField(Kind::Basic, 0)),
        (BodyField(kind, 0), Token::Nil) => next(BodyField(kind, 1)),
        (BodyField(kind, 0), Token::Open) => into(BodyField(kind, 1), ParameterName),
        (BodyField(kind, 3), Token::String(text)) => {
            // An encoding is one of a few words, and no text.
            let doubtful = !is_token(text);
            Some(Move { quote: QUOTE + 1, doubtful, ..next(BodyField(kind, 4))? })
        }
        (BodyField(kind, field @ (1 | 2)), Token::String(_) | Token::Nil)
        | (BodyField(kind, field @ 3), Token::Word(_) | Token::Nil) => {
            next(BodyField(kind, field + 1))
        }
        (BodyField(kind, 4), Token::Number) => next(AfterFields(kind)),
        (BodyField(kind, 4), Token::Word(_)) => odd(ODD, AfterFields(kind)),
        (BodyField(kind, 4), Token::Nil) => odd(SUSPICIOUS, AfterFields(kind)),
        (AfterFields(Kind::Text) | MessageLines, Token::Number) => next(Md5),
        (AfterFields(_) | MessageLines, Token::Number | Token::Word(_)) => odd(ODD, Md5),
        (AfterFields(Kind::Message), Token::Open) => into(MessageBody, EnvelopeField(0)),
        (MessageBody, Token::Open) => into(MessageLines, MediaType),
        (AfterFields(Kind::Basic), _) => extension_step(Md5, token),
        (AfterFields(_) | MessageLines, _) => {
            let step = extension_step(Md5, token)?;
            Some(Move { price: step.price + ODD, ..step })
        }
        (Part, Token::String(_) | Token::Nil) => next(MultipartParameters),
        (MultipartParameters, Token::Nil) => next(Disposition),
        (MultipartParameters, Token::Open) => into(Disposition, ParameterName),
        (MultipartParameters, Token::Close) => end(0),
        _ => None,
    }
}

/// The extension data that all parts can have.
fn extension_step(place: Place, token: Token<'_>) -> Option<Move<Place>> {
    match (place, token) {
        (_, Token::Close) => end(0),
        (Md5, Token::String(_) | Token::Nil) => next(Disposition),
        (Disposition, Token::Nil) => next(Language),
        (Disposition, Token::String(_)) => odd(ODD, Language),
        (Disposition, Token::Open) => into(Language, InDisposition(0)),
        (Language, Token::String(_) | Token::Nil) => next(Location),
        (Language, Token::Open) => into(Location, Languages),
        (Location, Token::String(_) | Token::Nil) => next(Extension),
        (Extension, Token::String(_) | Token::Nil) => odd(SUSPICIOUS, Extensions),
        (Extension | Extensions, Token::Open) => into(Extensions, Any),
        (Extension, Token::Number) | (Extensions, _) => next(Extensions),
        _ => None,
    }
}

/// In a list inside a part.
fn list_step(place: Place, token: Token<'_>) -> Option<Move<Place>> {
    match (place, token) {
        (ParameterName | AfterNil, Token::String(name)) => {
            let price = if place == AfterNil { SUSPICIOUS } else { 0 };
            let value = if is_usual_name(name) { UsualParameterValue } else { ParameterValue };
            Some(Move { doubtful: name.is_empty(), ..odd(price, value)? })
        }
        (ParameterValue, Token::Nil) => next(AfterNil),
        (ParameterValue | UsualParameterValue, Token::String(_))
        | (UsualParameterValue, Token::Nil) => next(ParameterName),
        (UsualParameterValue, Token::Close) => end(ODD),
        (InDisposition(0), Token::String(_) | Token::Nil) | (InDisposition(1), Token::Nil) => {
            next(InDisposition(if place == InDisposition(0) { 1 } else { 2 }))
        }
        (InDisposition(1), Token::Open) => into(InDisposition(2), ParameterName),
        (Languages, Token::String(_) | Token::Nil) => next(Languages),
        (ParameterName | AfterNil | InDisposition(2) | Languages | Any, Token::Close) => end(0),
        (Any, Token::Open) => into(Any, Any),
        (Any, _) => next(Any),
        _ => None,
    }
}

fn kind_of(media_type: &[u8]) -> Kind {
    if media_type.eq_ignore_ascii_case(b"TEXT") {
        Kind::Text
    } else if media_type.eq_ignore_ascii_case(b"MESSAGE") {
        Kind::Message
    } else {
        Kind::Basic
    }
}

fn with_subtype(kind: Kind, subtype: &[u8]) -> Kind {
    let is = |word: &str| subtype.eq_ignore_ascii_case(word.as_bytes());
    let is_message = is("RFC822") || is("GLOBAL");
    if kind == Kind::Message && !is_message { Kind::Basic } else { kind }
}
