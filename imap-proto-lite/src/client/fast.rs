//! The shortcut of the client machine: what makes up most of a session.

use bytes::BytesMut;

use crate::{
    client::{Connection, Event, State, receive::affects_state},
    response::{Line, Streamed},
};

impl Connection {
    /// Hands out an untagged line that does not affect the state, unparsed, and bytes of a body
    /// that the caller wants. `Some(None)`: nothing can be read before more bytes come. `None`: the
    /// general case reads the same, and everything else.
    #[inline]
    pub(super) fn poll_fast(&mut self, input: &mut BytesMut) -> Option<Option<Event>> {
        if !self.session.is_open() || !self.ready.is_empty() {
            return None;
        }
        if self.framer.is_waiting(input) {
            return Some(None);
        }
        if let Some(end) = self.untouched_line(input) {
            let octets = input.split_to(end).freeze();
            return Some(Some(Event::Untagged(Line::new(octets, Streamed::Nowhere))));
        }
        if self.framer.in_body() && self.wants_bodies() {
            return Some(Some(match self.framer.cut_body(input) {
                Some(octets) => Event::Body { chunk: input.split_to(octets).freeze() },
                None => Event::BodyEnd,
            }));
        }
        None
    }

    /// The end of a complete untagged line that does not affect the state.
    #[inline]
    fn untouched_line(&self, input: &[u8]) -> Option<usize> {
        match input {
            [b'*', b' ', first, second, ..]
                if self.state() != State::Greeting
                    && *first != b' '
                    && !affects_state(*first, *second) =>
            {
                self.framer.untouched_line(input)
            }
            _ => None,
        }
    }
}
