//! What a refusal asks for.

use crate::event::Text;

/// What a refusal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Retry {
    /// Other credentials.
    WithOtherCredentials,
    /// The same again, later.
    Later,
    /// A person: the same again will not help.
    AskAPerson,
    /// Nobody knows.
    Unknown,
}

impl Retry {
    /// A guess from the words of a refusal without a code, for servers that lock a maildrop and say so only in prose. A guess: it
    /// may be shown or delay a try, it must not decide about credentials.
    #[must_use]
    pub fn guess(text: &Text) -> Self {
        const LATER: [&[u8]; 8] = [
            b"lock",
            b"in use",
            b"busy",
            b"wait",
            b"try again",
            b"too many",
            b"temporar",
            b"service unavailable",
        ];
        let holds = |word: &[u8]| {
            text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
        };
        if LATER.into_iter().any(holds) { Self::Later } else { Self::Unknown }
    }
}
