//! [`Refusal`]: a server's `NO`, `BAD` or `-ERR`.

use zeroize::Zeroizing;

use crate::error::{advice::Advice, words};

/// A server's `NO`, `BAD` or `-ERR`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The command that was refused.
    pub command: &'static str,
    /// The response code in upper case without brackets (`IN-USE`, `AUTHENTICATIONFAILED`), if
    /// there was one.
    pub code: Option<Box<str>>,
    /// The server's words, control characters escaped, at most 1,024 bytes.
    pub text: Box<str>,
    advice: Advice,
}

impl Refusal {
    /// A refusal as a server would write it: for other implementations of
    /// [`Mailbox`](crate::Mailbox), and for tests.
    #[must_use]
    pub fn new(command: &'static str, code: Option<&str>, text: &str) -> Self {
        let advice = code.map_or(Advice::Unknown, by_code);
        Self::with_advice(command, code, text, advice)
    }

    pub(crate) fn with_advice(
        command: &'static str,
        code: Option<&str>,
        text: &str,
        advice: Advice,
    ) -> Self {
        let text = words::shown(text.as_bytes());
        let advice = match (advice, words::advice(&text)) {
            // An unknown code may be words as well: [THROTTLED].
            (Advice::Unknown, Advice::Unknown) => code.map_or(Advice::Unknown, words::advice),
            (Advice::Unknown, said) => said,
            // LIMIT asks for a person (RFC 5530), but a limit of connections (Dovecot) or of
            // commands in a time (Yahoo) passes.
            (_, Advice::Later) if code.is_some_and(|code| code.eq_ignore_ascii_case("LIMIT")) => {
                Advice::Later
            }
            (known, _) => known,
        };
        Self {
            command,
            code: code.map(|code| code.to_uppercase().into()),
            text: text.into(),
            advice,
        }
    }

    /// Replaces secrets that the server repeated.
    pub(crate) fn without(mut self, secrets: &[Zeroizing<String>]) -> Self {
        self.text = blanked(&self.text, secrets);
        self
    }

    pub(crate) const fn advice(&self) -> Advice {
        self.advice
    }

    /// The session itself is refused, not only the command: its token is at its end, or the server
    /// has lost the mailbox. In a login it means something else.
    pub(crate) fn ends_the_session(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        matches!(code, "AUTHENTICATIONFAILED" | "AUTHORIZATIONFAILED" | "EXPIRED")
            || words::session_is_over(&self.text)
    }

    pub(crate) fn reason(&self) -> String {
        match (&self.code, &*self.text) {
            (Some(code), "") => format!("[{code}]"),
            (Some(code), text) => format!("[{code}] {text}"),
            (None, "") => "no reason given".into(),
            (None, text) => text.into(),
        }
    }
}

/// A text of the server without secrets that it repeated.
pub(crate) fn blanked(text: &str, secrets: &[Zeroizing<String>]) -> Box<str> {
    let secrets = secrets.iter().filter(|secret| !secret.is_empty());
    let blank = |text: String, secret: &Zeroizing<String>| {
        let text = text.replace(secret.as_str(), "***");
        // With control characters, as it is shown.
        let text = text.replace(&*Zeroizing::new(words::shown(secret.as_bytes())), "***");
        without_beginning(text, secret)
    };
    secrets.fold(text.to_owned(), blank).into()
}

/// A text that was cut, perhaps in the middle of the secret.
fn without_beginning(text: String, secret: &str) -> String {
    // The protocol crates show a cut by dots, in errors between quotes.
    let whole = match text.trim_end_matches('"').strip_suffix("...") {
        Some(whole) => whole,
        None if text.len() >= words::LONGEST => &text,
        None => return text,
    };
    let ends = secret.char_indices().rev().map(|(end, _)| end).filter(|end| *end > 0);
    let beginnings = ends.filter_map(|end| secret.get(..end));
    let rest = beginnings.filter_map(|beginning| whole.strip_suffix(beginning)).next();
    rest.map_or_else(|| text.clone(), |rest| format!("{rest}***"))
}

/// The protocol crates know what each code asks for.
fn by_code(code: &str) -> Advice {
    let line = format!("x NO [{code}] x\r\n");
    let imap = match imap_proto_lite::parse::response(line.as_bytes(), &[]) {
        imap_proto_lite::Response::Tagged { code: Some(code), .. } => code.retry().into(),
        _ => Advice::Unknown,
    };
    if imap != Advice::Unknown {
        return imap;
    }
    let text = pop3_proto::parse::known_response_code(code.as_bytes());
    text.map_or(Advice::Unknown, |code| code.retry().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_bounded_and_escaped() {
        let refusal = Refusal::new("NOOP", None, &format!("a\r\n\u{1b}[2J{}", "é".repeat(2000)));
        assert!(refusal.text.starts_with("a\\r\\n\\u{1b}[2J"), "{}", refusal.text);
        assert!(refusal.text.len() <= 2 * words::LONGEST);
    }

    #[test]
    fn a_secret_is_blanked() {
        let refusal = Refusal::new("the login", None, "cannot parse: LOGIN alice hunter2");
        let secrets = [Zeroizing::new(String::new()), Zeroizing::new("hunter2".into())];
        assert_eq!(&*refusal.without(&secrets).text, "cannot parse: LOGIN alice ***");
    }

    /// RFC 5530 section 3: LIMIT alone does not pass with time.
    #[test]
    fn a_limit_passes_if_the_words_say_so() {
        let rows = [
            ("CAPABILITY Rate limit hit.", Advice::Later),
            ("Maximum number of connections exceeded", Advice::Later),
            ("Too many flags in this mailbox", Advice::AskAPerson),
            ("", Advice::AskAPerson),
        ];
        for (text, advice) in rows {
            assert_eq!(Refusal::new("x", Some("limit"), text).advice(), advice, "{text}");
        }
        let busy = Refusal::new("x", Some("AUTHENTICATIONFAILED"), "Too many connections");
        assert_eq!(busy.advice(), Advice::WithOtherCredentials);
    }

    #[test]
    fn codes_of_both_protocols_are_known() {
        let rows = [
            ("inuse", Advice::Later),
            ("IN-USE", Advice::Later),
            ("SYS/TEMP", Advice::Later),
            ("AUTHENTICATIONFAILED", Advice::WithOtherCredentials),
            ("AUTH", Advice::WithOtherCredentials),
            ("TRYCREATE", Advice::Differently),
            ("SYS/PERM", Advice::AskAPerson),
            ("THROTTLED", Advice::Later),
            ("X-UNHEARD-OF", Advice::Unknown),
            ("not a code]", Advice::Unknown),
        ];
        for (code, advice) in rows {
            assert_eq!(Refusal::new("x", Some(code), "").advice(), advice, "{code}");
        }
    }
}
