//! The buffer of a command, cut into fragments where the client must wait for the server.

use alloc::{string::ToString as _, vec::Vec};
use core::fmt::Display;

use bytes::Bytes;

use crate::{
    types::{Flag, MailboxName, argument::is_line, capability::LiteralMode},
    wire::{
        ArgumentError, EncodeSession, Encoded, Fragment, atom, is_astring_atom, number, string,
    },
};

pub(crate) type Written = Result<(), ArgumentError>;

/// The largest literal that LITERAL- sends without waiting (RFC 7888 section 5).
const MINUS_LIMIT: usize = 4096;

pub(crate) struct Writer<'s> {
    session: &'s EncodeSession,
    fragments: Vec<Fragment>,
    pub(crate) out: Vec<u8>,
    sensitive: bool,
}

impl<'s> Writer<'s> {
    pub(crate) const fn new(session: &'s EncodeSession) -> Self {
        Self { session, fragments: Vec::new(), out: Vec::new(), sensitive: false }
    }

    pub(crate) fn finish(mut self) -> Encoded {
        self.flush();
        Encoded { fragments: self.fragments }
    }

    pub(crate) const fn utf8(&self) -> bool {
        self.session.utf8
    }

    fn flush(&mut self) {
        if !self.out.is_empty() {
            let octets = Bytes::from(core::mem::take(&mut self.out));
            self.fragments.push(Fragment::Octets { octets, sensitive: self.sensitive });
        }
    }

    /// Marks everything from here on as secret.
    pub(crate) fn secret(&mut self) {
        self.flush();
        self.sensitive = true;
    }

    pub(crate) fn word(&mut self, word: &str) {
        self.out.extend_from_slice(word.as_bytes());
    }

    pub(crate) fn sp(&mut self) {
        self.out.push(b' ');
    }

    pub(crate) fn number(&mut self, number: u64) {
        number::write_number(number, &mut self.out);
    }

    pub(crate) fn display(&mut self, value: impl Display) {
        self.word(&value.to_string());
    }

    /// Words in parentheses with a space between them.
    pub(crate) fn words<'w>(&mut self, words: impl IntoIterator<Item = &'w str>) -> Written {
        self.list(words, |writer, word| {
            writer.word(word);
            Ok(())
        })
    }

    /// Items in parentheses with a space between them.
    pub(crate) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T) -> Written,
    ) -> Written {
        self.out.push(b'(');
        for (place, one) in items.into_iter().enumerate() {
            if place > 0 {
                self.sp();
            }
            item(self, one)?;
        }
        self.out.push(b')');
        Ok(())
    }

    /// An atom, or an argument error.
    pub(crate) fn atom(&mut self, value: &[u8], argument: &'static str) -> Written {
        if !atom::is_atom(value) {
            return Err(ArgumentError::new(argument, "not an atom"));
        }
        self.out.extend_from_slice(value);
        Ok(())
    }

    /// The shortest form that this session allows: atom, quoted string or literal. The value must
    /// be free of CR, LF and NUL.
    pub(crate) fn astring(&mut self, value: &[u8]) {
        if is_astring_atom(value) && !value.eq_ignore_ascii_case(b"NIL") {
            self.out.extend_from_slice(value);
        } else {
            self.string(value);
        }
    }

    /// A quoted string, or a literal if quotes cannot hold the value. The value must be free of CR,
    /// LF and NUL.
    pub(crate) fn string(&mut self, value: &[u8]) {
        let utf8 = self.session.utf8
            && core::str::from_utf8(value).is_ok_and(|text| !text.chars().any(char::is_control));
        if utf8 || string::is_quotable(value) {
            return string::write_quoted(value, &mut self.out);
        }
        let waits = self.literal_header(value.len() as u64, b"");
        if waits {
            self.flush();
            self.fragments.push(Fragment::Continuation);
        }
        self.out.extend_from_slice(value);
    }

    /// Writes `{n}` or `{n+}` and CRLF. Returns whether the literal has to wait.
    fn literal_header(&mut self, octets: u64, prefix: &[u8]) -> bool {
        let waits = match self.session.literals {
            LiteralMode::Sync => true,
            LiteralMode::Plus => false,
            LiteralMode::Minus => octets > MINUS_LIMIT as u64,
        };
        self.out.extend_from_slice(prefix);
        self.out.push(b'{');
        self.number(octets);
        self.out.extend_from_slice(if waits { b"}\r\n" } else { b"+}\r\n" });
        waits
    }

    /// The header of a literal whose octets the caller sends.
    pub(crate) fn streamed(&mut self, octets: u64, prefix: &[u8]) {
        let waits = self.literal_header(octets, prefix);
        self.flush();
        if waits {
            self.fragments.push(Fragment::Continuation);
        }
        self.fragments.push(Fragment::Streamed { octets });
    }

    pub(crate) fn mailbox(&mut self, mailbox: &MailboxName<'_>, argument: &'static str) -> Written {
        if mailbox.is_inbox() {
            self.word("INBOX");
            return Ok(());
        }
        let wire = mailbox.wire(self.session.utf8);
        check_line(&wire, argument)?;
        self.astring(&wire);
        Ok(())
    }

    /// A flag that a client may set.
    pub(crate) fn flag(&mut self, flag: &Flag<'_>) -> Written {
        match flag {
            Flag::Recent => return Err(ArgumentError::new("flags", "\\Recent is the server's")),
            Flag::Any => return Err(ArgumentError::new("flags", "\\* is no flag of a message")),
            _ => {}
        }
        let (prefix, name) = flag.as_wire();
        if !is_astring_atom(name) {
            return Err(ArgumentError::new("flags", "not an atom"));
        }
        self.word(prefix);
        self.out.extend_from_slice(name);
        Ok(())
    }
}

/// A name in a literal of a server may hold CR, LF or NUL; one that the program made cannot.
pub(crate) fn check_line(wire: &[u8], argument: &'static str) -> Written {
    if is_line(wire) { Ok(()) } else { Err(ArgumentError::new(argument, "holds CR, LF or NUL")) }
}
