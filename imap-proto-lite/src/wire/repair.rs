//! Repairs values of servers that do not escape: quotes inside a quoted string, such as `"he said
//! "yes""` (jstedfast/MailKit#485).

use alloc::vec::Vec;

use crate::wire::{literal_header, nil, spaces, steps};

/// Escapes the inner quotes of the list that `input` begins with; `None` if it has none.
///
/// A quote ends a string only where something else can follow. Returns the rest of the input and
/// the list.
pub(crate) fn escape_quotes(input: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let mut list = Vec::new();
    let mut depth = 0_usize;
    let mut inside = false;
    let mut changed = false;
    let mut rest = input;
    loop {
        let (octet, after) = rest.split_first()?;
        steps::add(1);
        let mut taken = 1;
        match octet {
            b'\r' | b'\n' => return None,
            b'\\' if inside => taken = 2,
            b'"' if !inside => inside = true,
            b'"' if ends_string(after) => inside = false,
            b'"' => {
                list.push(b'\\');
                changed = true;
            }
            _ if inside => {}
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            b'{' | b'~' => {
                if let Ok((behind, length)) = literal_header(rest) {
                    taken = usize::try_from(length).ok()?.checked_add(rest.len() - behind.len())?;
                }
            }
            _ => {}
        }
        let (piece, behind) = rest.split_at_checked(taken)?;
        list.extend_from_slice(piece);
        rest = behind;
        if depth == 0 {
            return changed.then_some((rest, list));
        }
    }
}

/// Whether a quote followed by this ends a string: the end of a list, or a space and another value.
fn ends_string(after: &[u8]) -> bool {
    match after {
        [] | [b'(' | b')' | b']' | b'\r', ..] => true,
        [b' ', ..] => {
            let next = spaces(after);
            matches!(
                next.first(),
                None | Some(b'"' | b'(' | b')' | b'{' | b'~' | b'-' | b'0'..=b'9' | b'\r')
            ) || nil(next).is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::escape_quotes;

    #[test]
    fn quotes_within_quotes_are_escaped() {
        for (wire, expected) in [
            (r#"("he said "yes"" NIL) x"#, Some(r#"("he said \"yes\"" NIL)"#)),
            (r#"("the "new" plan" ("a"))"#, Some(r#"("the \"new\" plan" ("a"))"#)),
            (r#"("HTML"" NIL 5)"#, Some(r#"("HTML\"" NIL 5)"#)),
            (r#"("a\"b"c")"#, Some(r#"("a\"b\"c")"#)),
            ("(\"a\"b\" {3}\r\n\")( \"c\")", Some("(\"a\\\"b\" {3}\r\n\")( \"c\")")),
            // Nothing to escape, or no end.
            (r#"("a" "b")"#, None),
            (r#"("a"b"#, None),
            ("(\"a\"b\r\n\")", None),
            ("(\"a\"b\" {9}\r\n\")", None),
            ("NIL", None),
        ] {
            let found = escape_quotes(wire.as_bytes()).map(|(rest, list)| {
                assert!(wire.as_bytes().ends_with(rest));
                list
            });
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{wire}");
        }
    }
}
