//! One AUTH: [RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;

use crate::{event::Text, response::OAuthFailure};

/// Where an exchange stands.
pub(super) struct Exchange {
    mechanism: Mechanism,
    step: Step,
    rounds: usize,
    /// Octets of the longest line sent.
    longest: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mechanism {
    XOauth2,
    OauthBearer,
    Other,
}

enum Step {
    /// The initial response, encoded and with its line end, goes out after the first `+`.
    InitialResponse(Bytes),
    /// The server speaks first.
    ServerFirst,
    /// The client has said something.
    Spoken,
    /// A challenge is with the caller.
    Waiting,
    /// The reason of a refused token was read and answered.
    FailureAnswered,
    /// `*` was sent.
    Cancelled,
}

/// What a challenge calls for.
pub(super) enum Reaction {
    /// Hand it to the caller.
    Challenge(Bytes),
    /// Send this line.
    Send(Bytes),
    /// The server has said why it refuses the token: send this line, and tell the caller.
    OAuthFailure(OAuthFailure, Bytes),
    /// The caller has not answered the last one.
    Unexpected,
}

const CANCEL: Bytes = Bytes::from_static(b"*\r\n");

impl Exchange {
    pub(super) fn is_oauth(mechanism: &str) -> bool {
        Mechanism::of(mechanism) != Mechanism::Other
    }

    /// `initial_response` is the line that waits for the first `+`; `spoken`: it went out on the AUTH line.
    pub(super) fn new(mechanism: &str, initial_response: Option<Bytes>, spoken: bool) -> Self {
        let step = match initial_response {
            Some(line) => Step::InitialResponse(line),
            None if spoken => Step::Spoken,
            None => Step::ServerFirst,
        };
        Self { mechanism: Mechanism::of(mechanism), step, rounds: 0, longest: 0 }
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting)
    }

    /// The client has not said what it authenticates with, or has taken it back with `*`: a success cannot be. (Which RFC 5034
    /// section 4 says too: a mechanism in which the client speaks first begins with an empty challenge, and `*` is answered by `-ERR`.)
    pub(super) const fn is_unspoken(&self) -> bool {
        matches!(self.step, Step::InitialResponse(_) | Step::ServerFirst | Step::Cancelled)
    }

    pub(super) const fn rounds(&self) -> usize {
        self.rounds
    }

    pub(super) fn answered(&mut self, octets: usize) {
        self.longest = self.longest.max(octets);
        self.step = Step::Spoken;
    }

    pub(super) fn cancelled(&mut self) {
        self.step = Step::Cancelled;
    }

    /// Octets of a token line that was refused without a reason although it was too long for some servers.
    pub(super) const fn suspiciously_long(&self) -> Option<usize> {
        let oauth = !matches!(self.mechanism, Mechanism::Other);
        if oauth && matches!(self.step, Step::Spoken) && self.longest > 4096 {
            Some(self.longest)
        } else {
            None
        }
    }

    /// The server sent `+` and this base64 (or words).
    pub(super) fn challenge(&mut self, base64: &[u8]) -> Reaction {
        self.rounds += 1;
        match &self.step {
            // Whatever stands there (nothing, base64, `go ahead`), it asks for the initial response.
            Step::InitialResponse(line) => {
                let line = line.clone();
                self.answered(line.len());
                return Reaction::Send(line);
            }
            Step::Waiting => return Reaction::Unexpected,
            Step::FailureAnswered | Step::Cancelled => return self.cancel(),
            Step::ServerFirst | Step::Spoken => {}
        }
        // RFC 5034 section 4: a client that cannot decode a challenge cancels.
        let Ok(data) = STANDARD.decode(base64) else {
            return self.cancel();
        };
        let answer = match self.mechanism {
            _ if matches!(self.step, Step::ServerFirst) => None,
            Mechanism::Other => None,
            // Gmail wants one more line before it says -ERR.
            Mechanism::XOauth2 => Some(Bytes::from_static(b"\r\n")),
            // RFC 7628 section 3.2.3: a single 0x01.
            Mechanism::OauthBearer => Some(Bytes::from_static(b"AQ==\r\n")),
        };
        let Some(answer) = answer else {
            self.step = Step::Waiting;
            return Reaction::Challenge(data.into());
        };
        self.step = Step::FailureAnswered;
        Reaction::OAuthFailure(oauth_failure(data.into()), answer)
    }

    fn cancel(&mut self) -> Reaction {
        self.step = Step::Cancelled;
        Reaction::Send(CANCEL)
    }
}

impl Mechanism {
    fn of(mechanism: &str) -> Self {
        if mechanism.eq_ignore_ascii_case("XOAUTH2") {
            Self::XOauth2
        } else if mechanism.eq_ignore_ascii_case("OAUTHBEARER") {
            Self::OauthBearer
        } else {
            Self::Other
        }
    }
}

/// Reads the three members that matter out of a flat JSON object. What is no such object gives none of them.
fn oauth_failure(json: Bytes) -> OAuthFailure {
    let mut failure = OAuthFailure { status: None, scope: None, schemes: None, json: json.clone() };
    let mut rest = &json[..];
    while let Some((name, after)) = json_string(rest) {
        let value = after.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        let Some(value) = value else {
            rest = after;
            continue;
        };
        // A value that is no string is passed over: the next string is a name again.
        let Some((text, after)) = value.starts_with(b"\"").then(|| json_string(value)).flatten()
        else {
            rest = value;
            continue;
        };
        rest = after;
        let member = match name {
            b"status" => &mut failure.status,
            b"scope" => &mut failure.scope,
            b"schemes" => &mut failure.schemes,
            _ => continue,
        };
        if member.is_none() {
            *member = Some(Text::new(json.slice_ref(text)));
        }
    }
    failure
}

/// The next string, its escapes left as they are, and what follows it.
fn json_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let begin = memchr::memchr(b'"', text)? + 1;
    let text = text.get(begin..)?;
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_the_failure() {
        let json = Bytes::from_static(br#"{"status":"400","n":1,"schemes" : "Bearer","x":{"y":"z"},"scope":"https:\/\/mail\"x"}"#);
        let failure = oauth_failure(json.clone());
        assert_eq!(failure.status.unwrap().as_bytes(), b"400");
        assert_eq!(failure.schemes.unwrap().as_bytes(), b"Bearer");
        assert_eq!(failure.scope.unwrap().as_bytes(), br#"https:\/\/mail\"x"#);
        assert_eq!(failure.json, json);
        let twice = Bytes::from_static(br#"{"status":"400","status":"200"}"#);
        let first = oauth_failure(twice).status.unwrap();
        assert_eq!(first.as_bytes(), b"400", "the first one counts");
        for odd in
            ["", "{", "\"", r#"{"status""#, r#"{"status":"#, r#"{"status":"4"#, "\"\\", "no json"]
        {
            let failure = oauth_failure(Bytes::from_static(odd.as_bytes()));
            assert_eq!((failure.status, failure.scope), (None, None), "{odd}");
        }
    }
}
