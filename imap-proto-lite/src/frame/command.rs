//! Client bytes to commands, for the server machine.

use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};
use memchr::memchr;

use crate::{
    error::ProtocolError,
    frame::{
        ends_in_literal,
        lexer::Place,
        literal::{self, Header, Size},
        piece,
        scan::Scan,
    },
};

/// A piece of a client's byte stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum CommandFrame {
    /// A complete command with its final CRLF and its literals.
    Command(Bytes),
    /// A literal is announced; the client waits for our `+` before it sends its bytes.
    Continue,
    /// APPEND up to and with the header of its message literal.
    Append { head: Bytes, octets: u64, synchronising: bool },
    /// Bytes of the message.
    Body(Bytes),
    /// The rest of the APPEND line after the message, final CRLF included.
    AppendEnd(Bytes),
    /// The command ends in a literal header where no literal is possible. The client waits for our
    /// `+` before it sends anything.
    NoLiteral { command: Bytes },
    /// A synchronising literal above the limit. The command ends here: nothing follows without our
    /// `+`.
    TooBig { command: Bytes },
}

/// Cuts the bytes of a client into commands.
#[derive(Clone, Debug)]
pub(crate) struct CommandFramer {
    line_limit: usize,
    literal_limit: u64,
    chunk_limit: usize,
    bare_lf: bool,
    phase: Phase,
    scan: Scan,
    /// The offsets of lines in the command that ended in LF alone.
    bare: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Command,
    /// Bytes of an APPEND's message that have not come yet.
    Message(u64),
    /// After that message.
    MessageEnd,
}

impl CommandFramer {
    /// Limits in bytes: of a command with its literals, of a literal, of a piece of a message.
    /// `bare_lf`: lines may end in LF alone.
    pub(crate) fn new(
        line_limit: usize,
        literal_limit: usize,
        chunk_limit: usize,
        bare_lf: bool,
    ) -> Self {
        Self {
            line_limit,
            literal_limit: literal_limit as u64,
            chunk_limit,
            bare_lf,
            phase: Phase::Command,
            scan: Scan::default(),
            bare: Vec::new(),
        }
    }

    /// The next piece; `None`: more bytes are needed.
    pub(crate) fn next(
        &mut self,
        input: &mut BytesMut,
    ) -> Result<Option<CommandFrame>, ProtocolError> {
        match self.phase {
            Phase::Command => self.next_command(input),
            Phase::Message(0) => {
                self.phase = Phase::MessageEnd;
                self.next(input)
            }
            Phase::Message(_) if input.is_empty() => Ok(None),
            Phase::Message(remaining) => {
                let length = piece(remaining, self.chunk_limit, input);
                self.phase = Phase::Message(remaining.saturating_sub(length as u64));
                Ok(Some(CommandFrame::Body(input.split_to(length).freeze())))
            }
            Phase::MessageEnd => {
                let Some((_, end)) = self.find_line_end(input, "command", self.line_limit, 0)?
                else {
                    return Ok(None);
                };
                self.phase = Phase::Command;
                Ok(Some(CommandFrame::AppendEnd(self.take(input, end))))
            }
        }
    }

    /// A line that is no command (a SASL answer, `DONE`), without its line end.
    pub(crate) fn next_text(
        &mut self,
        input: &mut BytesMut,
        what: &'static str,
        limit: usize,
    ) -> Result<Option<Bytes>, ProtocolError> {
        let found = self.find_line_end(input, what, limit, b"\r\n".len())?;
        let Some((text_end, end)) = found else {
            return Ok(None);
        };
        let mut line = self.take(input, end);
        line.truncate(text_end);
        if ends_in_literal(&line, true) {
            return Err(announced_in_the_wrong_place());
        }
        Ok(Some(line))
    }

    /// The message that was announced will not come: its announcement was refused.
    pub(crate) fn refuse_message(&mut self) {
        self.phase = Phase::Command;
    }

    /// Whether the stream may end: nothing of a command is pending.
    pub(crate) fn at_boundary(&self, input: &[u8]) -> bool {
        self.phase == Phase::Command && input.is_empty()
    }

    fn next_command(
        &mut self,
        input: &mut BytesMut,
    ) -> Result<Option<CommandFrame>, ProtocolError> {
        loop {
            let found = self.find_line_end(input, "command", self.line_limit, 0)?;
            let Some((text_end, end)) = found else {
                return Ok(None);
            };
            let text = input.get(self.scan.segment..text_end).unwrap_or_default();
            let Some(header) = literal::trailing(text) else {
                return Ok(Some(CommandFrame::Command(self.take(input, end))));
            };
            if let Some(frame) = self.literal(input, end, header)? {
                return Ok(Some(frame));
            }
        }
    }

    /// Handles the literal header that the line ends in. `None`: the literal is part of the
    /// command, and the client sends it without waiting.
    fn literal(
        &mut self,
        input: &mut BytesMut,
        end: usize,
        header: Header,
    ) -> Result<Option<CommandFrame>, ProtocolError> {
        let waits = !header.non_synchronising;
        let start = self.scan.segment + header.start;
        // Inside a quoted string or a word there is no literal.
        if self.scan.literal_at(input, start) == Place::Text || header.size == Size::Unreadable {
            if !waits {
                return Err(announced_in_the_wrong_place());
            }
            return Ok(Some(CommandFrame::NoLiteral { command: self.take(input, end) }));
        }
        let size = match header.size {
            Size::Octets(size) => size,
            Size::Huge | Size::Unreadable => u64::MAX,
        };
        // The message of APPEND is streamed.
        if size < u64::MAX
            && items_before_message(input.get(..end).unwrap_or_default())
                .is_some_and(|items| self.scan.lexer.items >= items)
        {
            self.phase = Phase::Message(size);
            let head = self.take(input, end);
            return Ok(Some(CommandFrame::Append { head, octets: size, synchronising: waits }));
        }
        let after = usize::try_from(size).ok().and_then(|size| size.checked_add(end));
        let Some(after) =
            after.filter(|after| size <= self.literal_limit && *after <= self.line_limit)
        else {
            if !waits {
                // Its bytes are on the way and must not be read as commands.
                return Err(ProtocolError::TooLong { what: "literal", limit: self.literal_limit });
            }
            return Ok(Some(CommandFrame::TooBig { command: self.take(input, end) }));
        };
        // A literal of the command: its bytes are skipped, and the line goes on after them.
        self.scan.skip_literal(after);
        Ok(waits.then_some(CommandFrame::Continue))
    }

    /// The end of the text and of the line. The line may be longer than `limit` by `uncounted`
    /// bytes: the limit of a command includes its line end, that of a text does not.
    fn find_line_end(
        &mut self,
        input: &[u8],
        what: &'static str,
        limit: usize,
        uncounted: usize,
    ) -> Result<Option<(usize, usize)>, ProtocolError> {
        let found = self.scan.find_line_end(input, self.bare_lf);
        if found.map_or(input.len(), |(_, end)| end) > limit.saturating_add(uncounted) {
            return Err(ProtocolError::TooLong { what, limit: limit as u64 });
        }
        let bare = found.filter(|(text_end, end)| text_end + 1 == *end);
        self.bare.extend(bare.map(|(line_feed, _)| line_feed));
        Ok(found)
    }

    fn take(&mut self, input: &mut BytesMut, end: usize) -> Bytes {
        self.scan = Scan::default();
        let octets = input.split_to(end);
        if self.bare.is_empty() {
            octets.freeze()
        } else {
            with_crlf(&octets, &core::mem::take(&mut self.bare))
        }
    }
}

/// `{n+}` where no literal is possible: its bytes are on the way, and must not be read as commands.
/// The error does not show the line, which may hold a password.
fn announced_in_the_wrong_place() -> ProtocolError {
    ProtocolError::malformed("literal header", &[])
}

/// Replaces LF alone by CRLF, so that the parser knows only one line end.
fn with_crlf(octets: &[u8], bare: &[usize]) -> Bytes {
    let mut out = Vec::with_capacity(octets.len() + bare.len());
    let mut from = 0;
    for &lf in bare {
        out.extend_from_slice(octets.get(from..lf).unwrap_or_default());
        out.push(b'\r');
        from = lf;
    }
    out.extend_from_slice(octets.get(from..).unwrap_or_default());
    out.into()
}

/// The number of words and strings before the message of this command, if it has one. Options of
/// the message follow them.
fn items_before_message(command: &[u8]) -> Option<usize> {
    let name = command.get(memchr(b' ', command)? + 1..)?;
    let is = |known: &str| {
        name.get(..known.len()).is_some_and(|name| name.eq_ignore_ascii_case(known.as_bytes()))
    };
    [("APPEND ", 3), ("REPLACE ", 4), ("UID REPLACE ", 5)]
        .into_iter()
        .find_map(|(known, items)| is(known).then_some(items))
}
