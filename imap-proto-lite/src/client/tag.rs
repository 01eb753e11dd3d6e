//! Tags: never the same twice, not to be guessed from those seen, compared octet for octet.

use alloc::string::String;
use core::fmt::Write as _;

use crate::{client::Connection, command::Tag, event::CommandId, wire::string::IString};

/// Makes the tags of one connection from the caller's random number.
///
/// A tag is four letters that follow from the seed and the count, and the count. The count keeps them apart, the
/// letters keep a server (or somebody before STARTTLS) from preparing a tagged line for a command that is not sent yet.
#[derive(Clone)]
pub(super) struct Tags {
    seed: u64,
    count: u64,
}

impl Tags {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    pub(super) fn next(&mut self) -> Tag<'static> {
        self.count = self.count.wrapping_add(1);
        let mut bits = mixed(self.seed ^ mixed(self.count));
        let mut tag = String::with_capacity(12);
        for _ in 0..4 {
            let letter = u8::try_from(bits % 26).unwrap_or_default();
            tag.push(char::from(b'A' + letter));
            bits /= 26;
        }
        let _ = write!(tag, "{}", self.count);
        Tag::made(tag)
    }
}

impl Connection {
    /// The tag that a command travels under, until it is answered. Its tagged line needs no look at it; a log may, and data that names its
    /// command may, which [`command_of`](Self::command_of) does the other way round.
    #[must_use]
    pub fn tag(&self, id: CommandId) -> Option<&str> {
        self.requests.iter().find(|request| request.id == id).map(|request| request.tag.as_str())
    }

    /// The unanswered command that untagged data names by its tag: [`Esearch::tag`](crate::response::Esearch::tag) (RFC 9051 section
    /// 7.3.4), INPROGRESS (RFC 9585). Ask before the command's [`Done`](super::Event::Done). `None` for a tag that no command has that the
    /// server can know of: the data answers nothing of ours.
    ///
    /// ```
    /// # use bytes::BytesMut;
    /// # use imap_proto_lite::{Config, Response, Transport, client::{Connection, Event}, parse};
    /// # let mut machine = Connection::new(Config::new(Transport::Tls));
    /// # let mut input = BytesMut::from(&b"* PREAUTH ready\r\n"[..]);
    /// # machine.poll_event(&mut input)?;
    /// # let (_, select) = parse::command(b"a SELECT INBOX\r\n")?;
    /// # let id = machine.send(&select)?;
    /// # while machine.poll_transmit().is_some() {}
    /// # input.extend_from_slice(format!("{} OK selected\r\n", machine.tag(id).unwrap()).as_bytes());
    /// # machine.poll_event(&mut input)?;
    /// # let (_, unseen) = parse::command(b"a UID SEARCH RETURN (ALL) UNSEEN\r\n")?;
    /// # let (_, flagged) = parse::command(b"a UID SEARCH RETURN (ALL) FLAGGED\r\n")?;
    /// // Two searches at once, and the second is answered first.
    /// let unseen = machine.send(&unseen)?;
    /// let flagged = machine.send(&flagged)?;
    /// # while machine.poll_transmit().is_some() {}
    /// # let tag = machine.tag(flagged).unwrap();
    /// # input.extend_from_slice(format!("* ESEARCH (TAG \"{tag}\") UID ALL 4:6\r\n").as_bytes());
    /// let Some(Event::Untagged(line)) = machine.poll_event(&mut input)? else { panic!() };
    /// let Response::Esearch(result) = line.response() else { panic!() };
    /// assert_eq!(result.tag.and_then(|tag| machine.command_of(&tag)), Some(flagged));
    /// # assert_ne!(unseen, flagged);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn command_of(&self, tag: &IString<'_>) -> Option<CommandId> {
        self.requests
            .iter()
            .find(|request| request.on_wire && *tag == *request.tag.as_bytes())
            .map(|request| request.id)
    }
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
const fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::Tags;

    #[test]
    fn another_seed_gives_other_tags_and_none_comes_twice() {
        let mut one = Tags::new(1);
        let mut other = Tags::new(2);
        let mut seen = alloc::collections::BTreeSet::new();
        for _ in 0..1000 {
            let tag = one.next();
            assert!(tag.as_bytes().iter().all(|octet| octet.is_ascii_alphanumeric()), "{tag}");
            assert_ne!(tag, other.next());
            assert!(seen.insert(tag));
        }
    }
}
