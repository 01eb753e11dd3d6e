//! The parser of whole messages, guarded: a client can store any bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::{Message, MessageParser};

/// Messages inside of messages, at most. [`mail_parser`] builds a value of a message inside of the
/// value of another, and values so deep overflow the stack when they are dropped.
const NESTED: usize = 100;

/// A parsed message; `None` if the parser cannot read it, or must not.
///
/// In debug builds mail-parser 0.11 asserts what some messages break: they count as unreadable.
pub(super) fn parse(parser: MessageParser, message: &[u8]) -> Option<Message<'_>> {
    if mentions_of_messages(message) > NESTED {
        return None;
    }
    catch_unwind(AssertUnwindSafe(|| parser.parse(message))).ok().flatten()
}

/// How often a media type is named whose parts are messages: `message/...`, `multipart/digest`.
fn mentions_of_messages(message: &[u8]) -> usize {
    let is_mention = |&slash: &usize| {
        let before = message.get(slash.saturating_sub(7)..slash).unwrap_or_default();
        let after = message.get(slash + 1..slash + 7).unwrap_or_default();
        before.eq_ignore_ascii_case(b"message") || after.eq_ignore_ascii_case(b"digest")
    };
    memchr::memchr_iter(b'/', message).filter(is_mention).take(NESTED + 1).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize, line: &str) -> Vec<u8> {
        let mut message = line.repeat(levels).into_bytes();
        message.extend_from_slice(b"Subject: inside\r\n\r\nbody\r\n");
        message
    }

    #[test]
    fn messages_in_messages_are_not_opened_without_end() {
        for line in [
            "Content-Type: message/rfc822\r\n\r\n",
            "content-type:MESSAGE/RFC822\n\n",
            "Content-Type: multipart/Digest; boundary=x\r\n\r\n--x\r\n\r\n",
        ] {
            assert!(parse(MessageParser::default(), &nested(64_000, line)).is_none(), "{line}");
            assert!(parse(MessageParser::default(), &nested(50, line)).is_some(), "{line}");
        }
    }

    #[test]
    fn a_message_that_breaks_an_assertion_of_the_parser_is_unreadable() {
        // Three messages, one inside of the other, before another part.
        let message = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n\
            --x\r\nContent-Type: message/rfc822\r\n\r\n\
            Subject: one\r\nContent-Type: message/rfc822\r\n\r\n\
            Subject: two\r\nContent-Type: message/rfc822\r\n\r\n\
            Subject: three\r\nContent-Type: text/plain\r\n\r\ntext\r\n\
            --x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x--\r\n";
        let parsed = catch_unwind(|| MessageParser::default().parse(&message[..]).is_some());
        assert_eq!(parse(MessageParser::default(), message).is_none(), parsed.is_err());
    }
}
