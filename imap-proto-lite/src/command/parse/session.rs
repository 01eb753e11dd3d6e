//! ID, LOGIN, AUTHENTICATE, ENABLE and COMPRESS: RFC 9051 sections 6.2 and 6.3.1, RFC 2971, RFC
//! 4978.

use alloc::{borrow::Cow, vec::Vec};

use base64::Engine as _;
use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::tag_no_case,
    combinator::{map, map_opt, opt, rest},
    multi::many1,
    sequence::{preceded, separated_pair},
};

use crate::{
    command::{
        Command, IdParameter,
        parse::argument::{astring, atom, list_of, sp, text},
    },
    types::Secret,
    wire::{Parsed, nil, nstring, string::string},
};

/// RFC 2971: `"ID" SP id-params-list`
pub(super) fn id(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let none = map(nil, |()| Vec::new());
    let parameters = preceded(sp, alt((none, list_of(id_parameter))));
    map(parameters, |parameters| Command::Id(Cow::Owned(parameters))).parse(input)
}

fn id_parameter(input: &[u8]) -> Parsed<'_, IdParameter<'_>> {
    map_opt(separated_pair(string, sp, nstring), |(name, value)| {
        let value = match value {
            Some(value) => Some(text(value)?),
            None => None,
        };
        IdParameter::new(text(name)?, value).ok()
    })
    .parse(input)
}

/// ```abnf
/// login           = "LOGIN" SP userid SP password
/// ```
pub(super) fn login(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map((astring, astring), |(user, password)| {
        let password = Secret::from(password);
        Command::Login { user, password }
    })
    .parse(input)
}

/// ```abnf
/// authenticate    = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
/// ```
pub(super) fn authenticate(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map((atom, opt(preceded(sp, initial_response))), |(mechanism, initial_response)| {
        Command::Authenticate { mechanism, initial_response }
    })
    .parse(input)
}

/// ```abnf
/// initial-resp    = (base64 / "=")
/// ```
fn initial_response(input: &[u8]) -> Parsed<'_, Cow<'_, [u8]>> {
    map_opt(rest, |base64: &[u8]| match base64 {
        b"=" => Some(Cow::Borrowed(&[][..])),
        _ => base64::engine::general_purpose::STANDARD.decode(base64).ok().map(Cow::Owned),
    })
    .parse(input)
}

/// RFC 5161: `"ENABLE" 1*(SP capability)`
pub(super) fn enable(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map(many1(atom), |capabilities| Command::Enable { capabilities: Cow::Owned(capabilities) })
        .parse(input)
}

/// RFC 4978: `"COMPRESS" SP algorithm`
pub(super) fn compress(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map(tag_no_case(" DEFLATE"), |_| Command::Compress).parse(input)
}
