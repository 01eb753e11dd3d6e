//! What both machines hand out: identities, statuses, text, and bytes to send.

use core::fmt::{self, Write as _};

use bytes::Bytes;

/// Names an accepted command of a connection. Ids count up and are never used twice, not even
/// after a TLS upgrade.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CommandId(u64);

impl CommandId {
    pub(crate) const FIRST: Self = Self(1);

    pub(crate) const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// The number, for logs.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// How a command ended (RFC 9051 section 7.1, tagged forms).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9051 closes this list: resp-cond-state")]
pub enum Status {
    /// Done.
    Ok,
    /// Refused; the command was understood.
    No,
    /// Not understood, or not possible in the server's view of the state.
    Bad,
}

impl Status {
    /// True for `OK`.
    pub const fn is_ok(self) -> bool {
        matches!(self, Self::Ok)
    }
}

/// Bytes to write to the transport, in the order in which they were polled.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transmit {
    /// The bytes.
    pub bytes: Bytes,
    /// They contain a credential: log no more than their number. `Debug` shows no more than that
    /// in any build profile.
    pub sensitive: bool,
}

impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Transmit");
        if self.sensitive {
            debug.field("length", &self.bytes.len());
        } else {
            debug.field("bytes", &self.bytes);
        }
        debug.field("sensitive", &self.sensitive).finish()
    }
}

/// Text for humans, as the peer sent it. It has no meaning in the protocol.
///
/// `Display` and `Debug` are safe to show and to log: ill-formed UTF-8 is replaced, control
/// characters and invisible characters that reorder text are escaped, and the text is cut after
/// 256 bytes. [`as_bytes`](Self::as_bytes) returns all bytes unchanged.
///
/// Outside TLS, anyone on the network path may have written it.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Text(Bytes);

/// How many bytes of a [`Text`] are shown.
const SHOWN_BYTES: usize = 256;

impl Text {
    pub(crate) const fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Copies what would be shown, and one byte more so that a cut shows. For errors, which must
    /// not keep an input buffer alive.
    pub(crate) fn excerpt(bytes: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(bytes.get(..=SHOWN_BYTES).unwrap_or(bytes)))
    }

    /// All bytes, unchanged.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// True if the peer sent no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..SHOWN_BYTES).unwrap_or(&self.0);
        for chunk in shown.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character.is_control() || reorders_or_hides(character) {
                    write!(f, "{}", character.escape_default())?;
                } else {
                    f.write_char(character)?;
                }
            }
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        if shown.len() < self.0.len() {
            f.write_str("...")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Characters that change how their neighbours are shown, or that are invisible.
const fn reorders_or_hides(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    #[test]
    fn text_is_safe_to_show() {
        for (bytes, shown) in [
            (&b"ready"[..], "ready"),
            (b"\x1b[31mred\x07", r"\u{1b}[31mred\u{7}"),
            (b"gr\xc3\xbc\xc3\x9fe", "gr\u{fc}\u{df}e"),
            (b"latin-1 \xfc!", "latin-1 \u{fffd}!"),
            (b"\xe2\x80\xaetxt.exe", r"\u{202e}txt.exe"),
        ] {
            let text = Text::new(Bytes::copy_from_slice(bytes));
            assert_eq!(text.to_string(), shown);
            assert_eq!(format!("{text:?}"), format!("\"{shown}\""));
            assert_eq!(text.as_bytes(), bytes);
        }
        let long = Text::excerpt(&[b'x'; 5000]);
        assert_eq!(long.to_string().len(), SHOWN_BYTES + 3);
        assert!(long.as_bytes().len() < 300);
    }

    #[test]
    fn sensitive_bytes_are_not_shown() {
        let secret = Transmit { bytes: Bytes::from_static(b"tanstaaf\r\n"), sensitive: true };
        assert_eq!(format!("{secret:?}"), "Transmit { length: 10, sensitive: true }");
        let public = Transmit { bytes: Bytes::from_static(b"NOOP\r\n"), sensitive: false };
        assert!(format!("{public:?}").contains("NOOP"));
    }
}
