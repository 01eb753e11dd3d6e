//! Meaning in, octets out: commands, and dot-stuffing for servers.

use bytes::{BufMut as _, BytesMut};

use crate::{
    command::{Command, CommandKind},
    error::SendError,
    wire::{base64, base64_len},
};

/// What decides how a command is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Context {
    /// Octets of a command, line end included.
    pub(crate) limit: usize,
    /// The user name and the password may be UTF-8.
    pub(crate) utf8_credentials: bool,
    /// An initial response may go on the AUTH line.
    pub(crate) initial_response: bool,
}

/// Appends a command with its line end. On an error `out` may hold a part of it.
///
/// Gives back whether the initial response of an AUTH is in it.
pub(crate) fn command(
    out: &mut BytesMut,
    command: &Command<'_>,
    context: Context,
) -> Result<bool, SendError> {
    let begin = out.len();
    let mut initial_response_sent = false;
    if !matches!(command, Command::Raw { .. }) {
        out.put_slice(command.kind().to_keyword().as_bytes());
    }
    match *command {
        Command::User(name) => {
            credential("user name", name, context.utf8_credentials)?;
            if name.is_empty() {
                return Err(SendError::InvalidArgument {
                    argument: "user name",
                    reason: "is empty",
                });
            }
            argument(out, name.as_bytes());
        }
        Command::Pass(password) => {
            credential("password", password, context.utf8_credentials)?;
            argument(out, password.as_bytes());
        }
        #[cfg(feature = "apop")]
        Command::Apop { name, secret } => {
            credential("user name", name, context.utf8_credentials)?;
            token("user name", name)?;
            credential("secret", secret, context.utf8_credentials)?;
            argument(out, name.as_bytes());
            // The digest needs the timestamp, which only the machine knows: it appends it.
        }
        Command::Auth { mechanism, initial_response } => {
            // RFC 4422 section 3.1: sasl-mech = 1*20mech-char, mech-char = %x41-5A / DIGIT / HYPHEN / UNDERSCORE
            let known = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
            if !(1..=20).contains(&mechanism.len()) || !mechanism.bytes().all(known) {
                return Err(SendError::InvalidArgument {
                    argument: "mechanism",
                    reason: "is no SASL mechanism name",
                });
            }
            argument(out, mechanism.as_bytes());
            if let Some(data) = initial_response.filter(|_| context.initial_response) {
                // RFC 5034 section 4: the whole command has to fit, else the response follows after the first `+`.
                let encoded = if data.is_empty() { 1 } else { base64_len(data.len()) };
                if out.len() - begin + 1 + encoded + 2 <= context.limit {
                    out.put_u8(b' ');
                    if data.is_empty() {
                        out.put_u8(b'=')
                    } else {
                        base64(out, data)
                    }
                    initial_response_sent = true;
                }
            }
        }
        Command::List(Some(number))
        | Command::Uidl(Some(number))
        | Command::Retr(number)
        | Command::Dele(number) => {
            decimal(out, number.get());
        }
        Command::Top { number, lines } => {
            decimal(out, number.get());
            decimal(out, lines);
        }
        Command::Lang(Some(range)) => {
            token("language range", range)?;
            if !range
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'*'))
            {
                return Err(SendError::InvalidArgument {
                    argument: "language range",
                    reason: "is no language range",
                });
            }
            argument(out, range.as_bytes());
        }
        Command::Raw { line, .. } => raw(out, line)?,
        Command::Capa
        | Command::Stls
        | Command::Stat
        | Command::List(None)
        | Command::Uidl(None)
        | Command::Noop
        | Command::Rset
        | Command::Quit
        | Command::Utf8
        | Command::Lang(None) => {}
    }
    out.put_slice(b"\r\n");
    if out.len() - begin > context.limit {
        return Err(SendError::TooLong { limit: context.limit });
    }
    Ok(initial_response_sent)
}

/// Appends an answer to a SASL challenge with its line end.
pub(crate) fn sasl_answer(out: &mut BytesMut, data: &[u8]) {
    base64(out, data);
    out.put_slice(b"\r\n");
}

fn argument(out: &mut BytesMut, octets: &[u8]) {
    out.put_u8(b' ');
    out.put_slice(octets);
}

fn decimal(out: &mut BytesMut, number: u32) {
    use core::fmt::Write as _;
    // Writing to a BytesMut cannot fail.
    let _ = write!(out, " {number}");
}

/// What would end the line, or what some C program would take for its end.
fn no_line_end(argument: &'static str, text: &str) -> Result<(), SendError> {
    if text.bytes().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
        return Err(SendError::InvalidArgument { argument, reason: "contains CR, LF or NUL" });
    }
    Ok(())
}

fn credential(argument: &'static str, text: &str, utf8: bool) -> Result<(), SendError> {
    no_line_end(argument, text)?;
    if !utf8 && !text.is_ascii() {
        // RFC 6856 section 2.2
        return Err(SendError::InvalidArgument {
            argument,
            reason: "is not ASCII, and the server does not announce UTF8 USER",
        });
    }
    Ok(())
}

fn token(argument: &'static str, text: &str) -> Result<(), SendError> {
    no_line_end(argument, text)?;
    if text.is_empty() || text.contains([' ', '\t']) {
        return Err(SendError::InvalidArgument {
            argument,
            reason: "is empty or contains a space",
        });
    }
    Ok(())
}

/// RFC 2449 section 4: `command = keyword *(SP param) CRLF`, all printable.
fn raw(out: &mut BytesMut, line: &str) -> Result<(), SendError> {
    const ARGUMENT: &str = "raw command";
    no_line_end(ARGUMENT, line)?;
    if line.chars().any(char::is_control) {
        return Err(SendError::InvalidArgument {
            argument: ARGUMENT,
            reason: "contains a control character",
        });
    }
    let keyword = line.split(' ').next().unwrap_or_default();
    if keyword.is_empty() || !keyword.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err(SendError::InvalidArgument { argument: ARGUMENT, reason: "has no keyword" });
    }
    if CommandKind::from_keyword(keyword.as_bytes()).is_some() {
        return Err(SendError::InvalidArgument {
            argument: ARGUMENT,
            reason: "is a command of its own here",
        });
    }
    out.put_slice(line.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests;
