//! One SASL exchange: RFC 9051 section 6.2.2.
//!
//! The mechanism itself is the caller's. This file does what all mechanisms have in common, and the
//! last round of a refused OAuth token, which is the same for every caller.

use alloc::boxed::Box;

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use bytes::Bytes;

use crate::{error::SendError, event::Text};

/// Why a server refuses an OAuth token, from the JSON of its last challenge:
/// [RFC 7628 section 3.2.3](https://www.rfc-editor.org/rfc/rfc7628#section-3.2.3). XOAUTH2 sends
/// the same.
///
/// The machine has answered the challenge already; the refusal follows as `Done`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct OAuthFailure {
    /// `status`, for example `invalid_token`, or `400` and `401` at Google.
    pub status: Option<Text>,
    /// `scope`: the scope that the token should have had.
    pub scope: Option<Text>,
    /// `schemes`: the schemes that the server accepts.
    pub schemes: Option<Text>,
    /// The whole JSON.
    pub json: Bytes,
}

/// An exchange that has not ended yet.
pub(super) struct Exchange {
    /// See [`closing`].
    closing: Option<&'static [u8]>,
    step: Step,
    /// Challenges so far.
    rounds: usize,
}

enum Step {
    /// The initial response, encoded and with its line end, is sent after the first challenge.
    InitialResponse(Bytes),
    /// The server has to send the first challenge.
    ServerFirst,
    /// The client has sent an initial response or an answer.
    Spoken,
    /// The caller has to answer a challenge.
    Waiting,
    /// The reason of a refused token was read and answered.
    FailureAnswered,
    /// `*` was sent.
    Cancelled,
}

/// How to react to a challenge.
pub(super) enum Reaction {
    /// Give it to the caller.
    Challenge(Bytes),
    /// Send this line. `true` if it is a secret.
    Send(Bytes, bool),
    /// The server refuses the token and says why: send this line, and tell the caller.
    OAuthFailure(Box<OAuthFailure>, Bytes),
    /// It is the client's turn, or the exchange was cancelled.
    Unexpected,
}

/// Decodes challenges. Servers forget the padding.
const CHALLENGE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Ends an exchange.
pub(super) const CANCEL: Bytes = Bytes::from_static(b"*\r\n");

impl Exchange {
    /// `initial_response` is a line to send after the first challenge. `spoken` says that the
    /// initial response was sent with the command.
    pub(super) fn new(mechanism: &str, initial_response: Option<Bytes>, spoken: bool) -> Self {
        let step = match initial_response {
            Some(line) => Step::InitialResponse(line),
            None if spoken => Step::Spoken,
            None => Step::ServerFirst,
        };
        Self { closing: closing(mechanism), step, rounds: 0 }
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting)
    }

    /// The client has sent its part, so that a success is possible. It is not if the client has
    /// sent nothing that authenticates it, has to answer a challenge, or has cancelled.
    pub(super) const fn is_complete(&self) -> bool {
        matches!(self.step, Step::Spoken)
    }

    /// The caller has answered.
    pub(super) fn answered(&mut self) {
        self.step = Step::Spoken;
    }

    pub(super) fn cancelled(&mut self) {
        self.step = Step::Cancelled;
    }

    /// Takes the text of a challenge: base64, or words where it asks for the initial response.
    /// After `most_rounds` challenges the exchange is cancelled.
    pub(super) fn challenge(&mut self, text: &[u8], most_rounds: usize) -> Reaction {
        match &self.step {
            // Servers send nothing, base64 or `go ahead`: all of them ask for the initial response.
            Step::InitialResponse(line) => {
                let line = line.clone();
                self.answered();
                return Reaction::Send(line, true);
            }
            Step::Waiting | Step::Cancelled => return Reaction::Unexpected,
            Step::FailureAnswered => return self.cancel(),
            Step::ServerFirst | Step::Spoken => {}
        }
        // No mechanism has so many rounds, and none uses anything but base64.
        self.rounds += 1;
        let data = match CHALLENGE.decode(text) {
            Ok(data) if self.rounds <= most_rounds => data,
            _ => return self.cancel(),
        };
        // With OAuth, a challenge after the token is the reason of a refusal, and asks for one
        // more line before the refusal itself.
        let Some(closing) = self.closing.filter(|_| matches!(self.step, Step::Spoken)) else {
            self.step = Step::Waiting;
            return Reaction::Challenge(data.into());
        };
        self.step = Step::FailureAnswered;
        Reaction::OAuthFailure(Box::new(oauth_failure(data.into())), Bytes::from_static(closing))
    }

    fn cancel(&mut self) -> Reaction {
        self.step = Step::Cancelled;
        Reaction::Send(CANCEL, false)
    }
}

/// The line that answers the reason of a refused OAuth token; `None` for other mechanisms.
fn closing(mechanism: &str) -> Option<&'static [u8]> {
    // RFC 7628 section 3.2.3: a single 0x01.
    let oauth: [(&str, &[u8]); 2] = [("XOAUTH2", b"\r\n"), ("OAUTHBEARER", b"AQ==\r\n")];
    oauth.into_iter().find(|(name, _)| mechanism.eq_ignore_ascii_case(name)).map(|(_, line)| line)
}

/// Base64 and CRLF; the empty line for no bytes. `limit` is the longest line, without CRLF.
pub(super) fn base64_line(data: &[u8], limit: usize) -> Result<Bytes, SendError> {
    let line = STANDARD.encode(data);
    if line.len() > limit { Err(SendError::TooLong { limit }) } else { Ok((line + "\r\n").into()) }
}

/// Reads three members of a JSON object; of members with one name, also in inner objects, the first
/// one counts. Other text has none.
fn oauth_failure(json: Bytes) -> OAuthFailure {
    let member = |name| json_member(&json, name).map(|text| Text::new(json.slice_ref(text)));
    let (status, scope, schemes) = (member(b"status"), member(b"scope"), member(b"schemes"));
    OAuthFailure { status, scope, schemes, json }
}

/// The first string that is the value of a member with this name.
fn json_member<'a>(json: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = json;
    loop {
        let (found, after) = json_string(rest)?;
        let value = after.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        rest = value.unwrap_or(after);
        // Skips a value that is not a string: the string after it is a name again.
        if value.is_some_and(|value| value.starts_with(b"\"")) {
            let (text, after) = json_string(rest)?;
            if found == name {
                return Some(text);
            }
            rest = after;
        }
    }
}

/// The next string with its escapes, and the text after it.
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
        let json = Bytes::from_static(
            br#"{"status":"400","n":1,"schemes": "Bearer","x":{"y":1},"scope":"https:\/\/m\"x"}"#,
        );
        let failure = oauth_failure(json.clone());
        assert_eq!(failure.status.unwrap().as_bytes(), b"400");
        assert_eq!(failure.schemes.unwrap().as_bytes(), b"Bearer");
        assert_eq!(failure.scope.unwrap().as_bytes(), br#"https:\/\/m\"x"#);
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
