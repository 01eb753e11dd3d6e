//! Shortcut of the responses that count messages.

use crate::{
    response::Response,
    types::SeqNumber,
    wire::fast::{nz_number, octet},
};

/// EXISTS, EXPUNGE and RECENT. Saves 6 % of the instructions on mixed responses.
pub(crate) fn message_data(octets: &[u8]) -> Option<Response<'static>> {
    let (rest, number) = nz_number(octets.strip_prefix(b"* ")?)?;
    Some(match octet(rest, b' ')? {
        b"EXISTS\r\n" => Response::Exists(number.get()),
        b"EXPUNGE\r\n" => Response::Expunge(SeqNumber::from(number)),
        b"RECENT\r\n" => Response::Recent(number.get()),
        _ => return None,
    })
}
