//! Shortcut of OK.

use crate::{
    response::{Condition, Raw, Response, ResponseCode},
    types::UidValidity,
    wire::fast::{number64, octet},
};

/// OK with a code that has a number. Saves 11 % of the instructions on mixed responses.
pub(crate) fn resp_cond(octets: &[u8]) -> Option<Response<'_>> {
    let code = octets.strip_prefix(b"* OK [")?;
    let (make, rest): (fn(u32) -> ResponseCode<'static>, _) =
        if let Some(rest) = code.strip_prefix(b"UIDNEXT ") {
            (ResponseCode::UidNext, rest)
        } else if let Some(rest) = code.strip_prefix(b"UIDVALIDITY ") {
            (|number| ResponseCode::UidValidity(UidValidity::new(number)), rest)
        } else {
            (ResponseCode::Unseen, code.strip_prefix(b"UNSEEN ")?)
        };
    let (rest, number) = number64(rest)?;
    let code = make(u32::try_from(number).ok()?);
    let text = octet(rest, b']')?.strip_suffix(b"\r\n")?;
    let text = Raw::from(octet(text, b' ').unwrap_or(text));
    Some(Response::Condition { condition: Condition::Ok, code: Some(code), text })
}
