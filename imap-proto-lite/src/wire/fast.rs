//! The shortcuts of tokens: strings without escapes, and NIL.

use crate::wire::swar::quoted_run;

/// Fast path of [`nil`](crate::wire::atom::nil): in capitals, with a space or parenthesis after it.
/// One comparison.
#[inline(always)]
pub(crate) fn nil(input: &[u8]) -> Option<&[u8]> {
    match input.split_first_chunk() {
        Some((b"NIL", rest @ [b' ' | b')', ..])) => Some(rest),
        _ => None,
    }
}

/// Fast path of [`nstring`](crate::wire::string::nstring): in quotes without escapes, or NIL.
///
/// Envelopes and body structures consist mostly of these two forms. Their rules keep them apart
/// from the general case: mixing both in one expression spills values to the stack.
#[inline(always)]
pub(crate) fn nstring(input: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    if let [b'"', inside @ ..] = input {
        let (value, behind) = inside.split_at_checked(quoted_run(inside))?;
        return match behind {
            [b'"', rest @ ..] => Some((rest, Some(value))),
            _ => None,
        };
    }
    Some((nil(input)?, None))
}

#[cfg(test)]
mod tests {
    use super::nil;

    #[test]
    fn nil_needs_a_space_or_a_parenthesis_after_it() {
        for (text, rest) in [
            ("NIL ", Some(" ")),
            ("NIL)", Some(")")),
            ("NIL", None),
            ("NILS", None),
            ("NIL\"", None),
            ("nil ", None),
        ] {
            assert_eq!(nil(text.as_bytes()), rest.map(str::as_bytes), "{text}");
        }
    }
}
