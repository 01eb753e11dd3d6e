//! Response codes.

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_while1},
    combinator::{eof, opt, recognize, rest, value},
    multi::many0_count,
    sequence::{delimited, separated_pair, terminated},
};

use crate::{
    response::code::ResponseCode,
    wire::{Parsed, found, one_space},
};

/// ```text
/// resp-code  = "[" resp-level *("/" resp-level) "]"     ; RFC 2449 section 8
/// resp-level = 1*rchar                                  ; printable, none of SP "/" "]"
/// ```
/// Returns the code without its brackets, and the text after it.
#[must_use]
pub fn response_code(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let levels = recognize((resp_level, many0_count((tag("/"), resp_level))));
    found(separated_pair(delimited(tag("["), levels, tag("]")), opt(one_space), rest), text)
}

fn resp_level(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(|octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'/' | b']')).parse(input)
}

/// The meaning of a code. Unknown levels after a known part are ignored; `None` for an unknown
/// code.
#[must_use]
pub fn known_response_code(code: &[u8]) -> Option<ResponseCode> {
    let known = |name, code| value(code, terminated(tag_no_case(name), alt((eof, tag("/")))));
    let codes = (
        known("IN-USE", ResponseCode::InUse),
        known("LOGIN-DELAY", ResponseCode::LoginDelay),
        known("SYS/TEMP", ResponseCode::SysTemp),
        known("SYS/PERM", ResponseCode::SysPerm),
        known("SYS", ResponseCode::Sys),
        known("AUTH", ResponseCode::Auth),
        known("UTF8", ResponseCode::Utf8),
    );
    found(alt(codes), code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_codes() {
        for (text, code, rest, known) in [
            (&b"[IN-USE] a"[..], &b"IN-USE"[..], &b"a"[..], Some(ResponseCode::InUse)),
            (b"[in-use/deep]a", b"in-use/deep", b"a", Some(ResponseCode::InUse)),
            (b"[Login-Delay]", b"Login-Delay", b"", Some(ResponseCode::LoginDelay)),
            (b"[SYS/TEMP] a ", b"SYS/TEMP", b"a ", Some(ResponseCode::SysTemp)),
            (b"[SYS/PERM/X/Y]", b"SYS/PERM/X/Y", b"", Some(ResponseCode::SysPerm)),
            (b"[SYS/OTHER]", b"SYS/OTHER", b"", Some(ResponseCode::Sys)),
            (b"[AUTH] [x]", b"AUTH", b"[x]", Some(ResponseCode::Auth)),
            (b"[UTF8]", b"UTF8", b"", Some(ResponseCode::Utf8)),
            (b"[AUTHOR]", b"AUTHOR", b"", None),
        ] {
            assert_eq!(response_code(text), Some((code, rest)));
            assert_eq!(known_response_code(code), known, "{code:?}");
        }
        for text in [
            &b"[]"[..],
            b"[",
            b"[A",
            b"[A B]",
            b"[A/]",
            b"[/A]",
            b"a [A]",
            b" [A]",
            b"",
            b"[A\x07]",
        ] {
            assert_eq!(response_code(text), None, "{text:?}");
        }
    }
}
