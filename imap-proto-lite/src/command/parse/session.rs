//! The arguments of ID and AUTHENTICATE: RFC 2971, RFC 9051 section 6.2.2.

use alloc::{borrow::Cow, vec::Vec};

use base64::Engine as _;
use nom::{
    Parser as _,
    branch::alt,
    combinator::{map, map_opt, map_res, rest},
    sequence::{preceded, separated_pair},
};

use crate::{
    command::{
        IdParameter,
        parse::argument::{list_of, or_default, sp, text},
    },
    wire::{Parsed, nil, nil_or, string::string},
};

/// RFC 2971: `id-params-list`, with the space before it.
pub(super) fn id_params_list(input: &[u8]) -> Parsed<'_, Vec<IdParameter<'_>>> {
    let none = map(nil, |()| Vec::new());
    preceded(sp, alt((none, list_of(id_parameter)))).parse(input)
}

fn id_parameter(input: &[u8]) -> Parsed<'_, IdParameter<'_>> {
    let (name, value) = (map_opt(string, text), nil_or(map_opt(string, text)));
    map_res(separated_pair(name, sp, value), |(name, value)| IdParameter::new(name, value))
        .parse(input)
}

/// ```abnf
/// [SP initial-resp]
/// initial-resp    = (base64 / "=")
/// ```
/// No bytes after the space are no response: RFC 4959 section 3 has `=` for one without bytes. mutt
/// with GNU SASL writes such a space, and Dovecot reads it so.
pub(super) fn initial_resp(input: &[u8]) -> Parsed<'_, Option<Cow<'_, [u8]>>> {
    let response = map_opt(rest, |base64: &[u8]| match base64 {
        b"" => Some(None),
        b"=" => Some(Some(Cow::Borrowed(&[][..]))),
        _ => base64::engine::general_purpose::STANDARD
            .decode(base64)
            .ok()
            .map(|bytes| Some(Cow::Owned(bytes))),
    });
    or_default(preceded(sp, response)).parse(input)
}
