//! A strict reader of commands, written from RFC 9051 section 9 and independent of the parser of
//! the crate: it knows tokens only. It reads the fragments of one encoded command like a server and
//! accepts exactly one command.

use imap_proto_lite::{
    capability::LiteralMode,
    encode::{EncodeSession, Fragment},
};

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Atom,
    Quoted,
    Literal,
    Open,
    Close,
    Space,
}

/// Panics unless the fragments are exactly one command in this session.
pub(crate) fn check(fragments: &[Fragment], session: EncodeSession) {
    let mut octets = Vec::new();
    // Where the sender waits, and where bytes of the caller are inserted.
    let mut waits = Vec::new();
    let mut gaps = Vec::new();
    for fragment in fragments {
        match fragment {
            Fragment::Octets { octets: more, .. } => octets.extend_from_slice(more),
            Fragment::Continuation => waits.push(octets.len()),
            Fragment::Streamed { octets: count } => gaps.push((octets.len(), *count)),
            other => panic!("{other:?}"),
        }
    }
    let shown = octets.escape_ascii().to_string();
    let shown = &shown[..shown.len().min(300)];
    let mut at = 0;
    let mut depth = 0usize;
    let mut brackets = 0usize;
    let mut tokens = Vec::new();
    loop {
        let octet = *octets.get(at).unwrap_or_else(|| panic!("no line end: {shown}"));
        match octet {
            b'\r' => {
                assert_eq!(octets.get(at + 1), Some(&b'\n'), "a lone CR: {shown}");
                assert_eq!(at + 2, octets.len(), "more than one line: {shown}");
                break;
            }
            b' ' => {
                assert_ne!(tokens.last(), Some(&Token::Space), "two spaces: {shown}");
                assert_ne!(
                    tokens.last(),
                    Some(&Token::Open),
                    "a space behind a parenthesis: {shown}"
                );
                tokens.push(Token::Space);
                at += 1;
            }
            b'(' => {
                depth += 1;
                tokens.push(Token::Open);
                at += 1;
            }
            b')' => {
                assert_ne!(
                    tokens.last(),
                    Some(&Token::Space),
                    "a space before a parenthesis: {shown}"
                );
                depth = depth.checked_sub(1).unwrap_or_else(|| panic!("not balanced: {shown}"));
                tokens.push(Token::Close);
                at += 1;
            }
            b'"' => {
                at += 1;
                loop {
                    match octets[at] {
                        b'"' => break,
                        b'\\' => {
                            assert!(
                                matches!(octets[at + 1], b'"' | b'\\'),
                                "a needless escape: {shown}"
                            );
                            at += 2;
                        }
                        b'\r' | b'\n' | 0 => panic!("a line end in quotes: {shown}"),
                        0x80.. => {
                            assert!(session.utf8, "8-bit in quotes: {shown}");
                            at += 1;
                        }
                        _ => at += 1,
                    }
                }
                at += 1;
                tokens.push(Token::Quoted);
            }
            b'{' | b'~' if octet == b'{' || octets[at + 1] == b'{' => {
                at += usize::from(octet == b'~');
                assert_eq!(octets[at], b'{', "{shown}");
                let end = at + octets[at..].iter().position(|octet| *octet == b'}').unwrap();
                let inside = std::str::from_utf8(&octets[at + 1..end]).unwrap();
                let (digits, plus) =
                    inside.strip_suffix('+').map_or((inside, false), |digits| (digits, true));
                assert!(
                    !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit()),
                    "{shown}"
                );
                let count: u64 = digits.parse().unwrap();
                assert_eq!(&octets[end + 1..end + 3], b"\r\n", "{shown}");
                at = end + 3;
                assert_eq!(
                    waits.contains(&at),
                    !plus,
                    "a wait where none is due, or none where one is: {shown}"
                );
                match session.literals {
                    LiteralMode::Sync => assert!(!plus, "{shown}"),
                    LiteralMode::Plus => assert!(plus, "{shown}"),
                    LiteralMode::Minus => assert_eq!(plus, count <= 4096, "{shown}"),
                }
                match gaps.iter().position(|(place, _)| *place == at) {
                    Some(gap) => assert_eq!(gaps.remove(gap).1, count, "{shown}"),
                    None => {
                        let content = &octets[at..at + usize::try_from(count).unwrap()];
                        assert!(!content.contains(&0), "NUL in a literal: {shown}");
                        at += content.len();
                    }
                }
                tokens.push(Token::Literal);
            }
            // Brackets hold a section and its header names.
            0x21..=0x7e => {
                let start = at;
                while matches!(octets[at], 0x21..=0x7e)
                    && !matches!(octets[at], b'(' | b')' | b'{' | b'"')
                {
                    match octets[at] {
                        b'[' => brackets += 1,
                        b']' => brackets = brackets.saturating_sub(1),
                        _ => {}
                    }
                    at += 1;
                }
                assert!(at > start);
                tokens.push(Token::Atom);
            }
            other => panic!("octet {other} outside of a string: {shown}"),
        }
    }
    assert_eq!(depth, 0, "not balanced: {shown}");
    assert!(gaps.is_empty(), "octets of the caller where no literal is: {shown}");
    assert_eq!(tokens.first(), Some(&Token::Atom), "no tag: {shown}");
    assert_ne!(tokens.last(), Some(&Token::Space), "a space at the end: {shown}");
    // Every wait follows a literal header.
    let headers = tokens.iter().filter(|token| **token == Token::Literal).count();
    assert!(waits.len() <= headers, "{shown}");
}
