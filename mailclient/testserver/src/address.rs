//! Address lists for ENVELOPE: raw names (encoded words stay encoded), groups in line ([RFC 5322
//! section 3.4](https://www.rfc-editor.org/rfc/rfc5322#section-3.4), [RFC 9051 section
//! 7.5.2](https://www.rfc-editor.org/rfc/rfc9051#section-7.5.2)).

/// One `address` of an envelope: `addr-name`, `addr-mailbox` and `addr-host`.
///
/// A group starts with a mailbox (its name) without a host, and ends with neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) name: Option<Vec<u8>>,
    /// The obsolete source route, without its last colon.
    pub(super) route: Option<Vec<u8>>,
    pub(super) mailbox: Option<Vec<u8>>,
    pub(super) host: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// An atom or the content of a quoted string; `spaced` tells whether white space is before it.
    Word {
        text: Vec<u8>,
        spaced: bool,
    },
    Comment(Vec<u8>),
    Special(u8),
}

/// Reads an address list. Other text is read as far as possible, because a server has to answer
/// something.
pub(super) fn address_list(value: &[u8]) -> Vec<Address> {
    let mut list = Vec::new();
    let mut phrase = Vec::new();
    let mut comment = None;
    let mut in_group = false;
    let mut tokens = tokens(value).into_iter();
    while let Some(token) = tokens.next() {
        match token {
            Token::Comment(text) => comment = Some(text),
            Token::Special(b'<') => {
                let angle: Vec<Token> =
                    tokens.by_ref().take_while(|token| *token != Token::Special(b'>')).collect();
                let name = join(&phrase);
                phrase.clear();
                // An obsolete route (`@one,@two:`) ends at the last colon.
                let colon = angle.iter().rposition(|token| *token == Token::Special(b':'));
                let start = colon.map_or(0, |colon| colon + 1);
                let mut address = addr_spec(angle.get(start..).unwrap_or_default());
                address.route = colon.and_then(|colon| angle.get(..colon)).map(join);
                address.name =
                    Some(name).filter(|name| !name.is_empty()).or_else(|| comment.take());
                list.push(address);
            }
            Token::Special(b':') if !in_group => {
                list.push(Address { mailbox: Some(join(&phrase)), ..Address::default() });
                phrase.clear();
                in_group = true;
            }
            Token::Special(b',') => {
                bare(&mut list, &mut phrase, comment.take());
            }
            Token::Special(b';') => {
                bare(&mut list, &mut phrase, comment.take());
                if in_group {
                    list.push(Address::default());
                }
                in_group = false;
            }
            other => phrase.push(other),
        }
    }
    bare(&mut list, &mut phrase, comment);
    if in_group {
        list.push(Address::default());
    }
    list
}

/// An address without angle brackets; a comment after it is its name.
fn bare(list: &mut Vec<Address>, phrase: &mut Vec<Token>, comment: Option<Vec<u8>>) {
    if !phrase.is_empty() {
        let mut address = addr_spec(phrase);
        address.name = comment;
        list.push(address);
        phrase.clear();
    }
}

/// `addr-spec = local-part "@" domain`
fn addr_spec(tokens: &[Token]) -> Address {
    let at = tokens.iter().rposition(|token| *token == Token::Special(b'@'));
    let (local, domain) = match at {
        Some(at) => {
            (tokens.get(..at).unwrap_or_default(), tokens.get(at + 1..).unwrap_or_default())
        }
        None => (tokens, &[][..]),
    };
    Address {
        mailbox: Some(join(local)),
        // An empty host, not NIL: NIL would start a group.
        host: Some(join(domain)),
        ..Address::default()
    }
}

/// The words, joined by one space wherever white space was.
fn join(tokens: &[Token]) -> Vec<u8> {
    let mut text = Vec::new();
    for token in tokens {
        match token {
            Token::Word { text: word, spaced } => {
                if *spaced && !text.is_empty() {
                    text.push(b' ');
                }
                text.extend_from_slice(word);
            }
            Token::Special(octet) => text.push(*octet),
            Token::Comment(_) => {}
        }
    }
    text
}

fn tokens(value: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = value;
    let mut spaced = false;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b' ' | b'\t' | b'\r' | b'\n' => {
                spaced = true;
                continue;
            }
            b'"' => {
                let text = delimited(&mut rest, |octet, _| octet == b'"');
                tokens.push(Token::Word { text, spaced });
            }
            b'(' => {
                let text = delimited(&mut rest, |octet, depth| {
                    match octet {
                        b'(' => *depth += 1,
                        b')' if *depth == 0 => return true,
                        b')' => *depth -= 1,
                        _ => {}
                    }
                    false
                });
                tokens.push(Token::Comment(text));
            }
            b',' | b'<' | b'>' | b':' | b';' | b'@' => tokens.push(Token::Special(first)),
            _ => {
                let end = rest
                    .iter()
                    .position(|octet| b" \t\r\n\"(,<>:;@".contains(octet))
                    .unwrap_or(rest.len());
                let (more, behind) = rest.split_at(end);
                rest = behind;
                let mut text = vec![first];
                text.extend_from_slice(more);
                tokens.push(Token::Word { text, spaced });
            }
        }
        spaced = false;
    }
    tokens
}

/// Reads up to the byte for which `ends` is true, without backslashes and line ends.
fn delimited(rest: &mut &[u8], mut ends: impl FnMut(u8, &mut u32) -> bool) -> Vec<u8> {
    let mut text = Vec::new();
    let mut depth = 0;
    while let Some((&octet, behind)) = rest.split_first() {
        *rest = behind;
        match octet {
            b'\\' => {
                if let Some((&escaped, behind)) = rest.split_first() {
                    *rest = behind;
                    text.push(escaped);
                }
            }
            b'\r' | b'\n' => {}
            _ if ends(octet, &mut depth) => break,
            _ => text.push(octet),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> Vec<String> {
        let text = |part: &Option<Vec<u8>>| {
            String::from_utf8_lossy(part.as_deref().unwrap_or(b"NIL")).into_owned()
        };
        address_list(value.as_bytes())
            .iter()
            .map(|address| {
                format!(
                    "{}|{}|{}",
                    text(&address.name),
                    text(&address.mailbox),
                    text(&address.host)
                )
            })
            .collect()
    }

    #[test]
    fn all_forms_of_an_address() {
        for (value, expected) in [
            ("a@b.example", &["NIL|a|b.example"][..]),
            ("A B <a@b>", &["A B|a|b"]),
            ("\"B, A\" <a@b>, c@d", &["B, A|a|b", "NIL|c|d"]),
            ("a@b (The Name)", &["The Name|a|b"]),
            ("(x (nested) y) a@b", &["x (nested) y|a|b"]),
            ("J. R. Hacker <j.r@b>", &["J. R. Hacker|j.r|b"]),
            ("=?utf-8?Q?J=C3=BCrgen?= <j@b>", &["=?utf-8?Q?J=C3=BCrgen?=|j|b"]),
            ("<@one,@two:a@b>", &["NIL|a|b"]),
            ("\"quoted local\"@b", &["NIL|quoted local|b"]),
            ("\"say \\\"hi\\\"\" <a@b>", &["say \"hi\"|a|b"]),
            ("no-host", &["NIL|no-host|"]),
            ("a@[192.0.2.1]", &["NIL|a|[192.0.2.1]"]),
            ("<>", &["NIL||"]),
            ("", &[]),
            (",,", &[]),
        ] {
            assert_eq!(shown(value), expected, "{value}");
        }
    }

    #[test]
    fn a_group_opens_and_closes() {
        assert_eq!(
            shown("Team: a@b, C <c@d>;, e@f"),
            ["NIL|Team|NIL", "NIL|a|b", "C|c|d", "NIL|NIL|NIL", "NIL|e|f"]
        );
        assert_eq!(
            shown("undisclosed-recipients:;"),
            ["NIL|undisclosed-recipients|NIL", "NIL|NIL|NIL"]
        );
        assert_eq!(shown("Open: a@b"), ["NIL|Open|NIL", "NIL|a|b", "NIL|NIL|NIL"]);
    }

    #[test]
    fn broken_lists_end() {
        for value in ["\"open", "(open", "a <b", "<<>>", "a@b@c", ";;:", "\\", "a\\"] {
            let _ = address_list(value.as_bytes());
        }
    }

    #[test]
    fn a_source_route_is_kept() {
        let list = address_list(b"X <@one.example,@two.example:a@b>, c@d");
        assert_eq!(list[0].route.as_deref(), Some(&b"@one.example,@two.example"[..]));
        assert_eq!(list[1].route, None);
    }
}
