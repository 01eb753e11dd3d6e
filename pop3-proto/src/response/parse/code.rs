//! Response codes.

use nom::{
    Parser,
    bytes::complete::{tag, take_while1},
    combinator::{opt, recognize, rest},
    sequence::delimited,
};

use crate::{response::code::ResponseCode, wire::one_space};

/// ```text
/// resp-code  = "[" resp-level *("/" resp-level) "]"     ; RFC 2449 section 8
/// resp-level = 1*rchar                                  ; printable, none of SP "/" "]"
/// ```
/// Returns the code without its brackets, and the text after it.
#[must_use]
pub fn response_code(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rchar = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'/' | b']');
    let level = || take_while1(rchar);
    let code = recognize((level(), nom::multi::many0_count((tag("/"), level()))));
    let code = delimited(tag("["), code, tag("]"));
    (code, opt(one_space), rest)
        .map(|(code, _, text)| (code, text))
        .parse(text)
        .ok()
        .map(|(_, found)| found)
}

/// The meaning of a code. Unknown levels after a known part are ignored; `None` for an unknown
/// code.
#[must_use]
pub fn known_response_code(code: &[u8]) -> Option<ResponseCode> {
    let mut levels = code.split(|octet| *octet == b'/').map(<[u8]>::to_ascii_uppercase);
    let first = levels.next()?;
    let second = levels.next();
    match (first.as_slice(), second.as_deref()) {
        (b"IN-USE", _) => Some(ResponseCode::InUse),
        (b"LOGIN-DELAY", _) => Some(ResponseCode::LoginDelay),
        (b"SYS", Some(b"TEMP")) => Some(ResponseCode::SysTemp),
        (b"SYS", Some(b"PERM")) => Some(ResponseCode::SysPerm),
        (b"SYS", _) => Some(ResponseCode::Sys),
        (b"AUTH", _) => Some(ResponseCode::Auth),
        (b"UTF8", _) => Some(ResponseCode::Utf8),
        _ => None,
    }
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
