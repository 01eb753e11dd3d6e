//! Commands on the wire.

use core::fmt::Write as _;

use bytes::{BufMut as _, BytesMut};

use crate::{
    command::{Command, CommandKind},
    error::SendError,
    types::MessageNumber,
    wire::{base64, base64_len},
};

/// What decides how a command is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Context {
    /// The longest command in bytes, line end included.
    pub(crate) limit: usize,
    /// The user name and the password may be UTF-8.
    pub(crate) utf8_credentials: bool,
    /// An initial response may be on the AUTH line.
    pub(crate) initial_response: bool,
}

/// Appends a command with its line end. After an error `out` may contain a part of it.
///
/// Returns whether it contains the initial response of an AUTH.
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
        Command::User(name) => user(out, name, context)?,
        Command::Pass(password) => {
            credential("password", password, context)?;
            argument(out, password.as_bytes());
        }
        #[cfg(feature = "apop")]
        Command::Apop { name, secret } => apop(out, name, secret, context)?,
        Command::Auth { mechanism, initial_response } => {
            auth(out, mechanism)?;
            if let Some(data) = initial_response.filter(|_| context.initial_response) {
                initial_response_sent = append_initial_response(out, begin, data, context.limit);
            }
        }
        Command::List(number) | Command::Uidl(number) => {
            number.map(MessageNumber::get).into_iter().for_each(|number| decimal(out, number));
        }
        Command::Retr(number) | Command::Dele(number) => decimal(out, number.get()),
        Command::Top { number, lines } => {
            decimal(out, number.get());
            decimal(out, lines);
        }
        Command::Lang(Some(range)) => lang(out, range)?,
        Command::Raw { line, .. } => raw(out, line)?,
        Command::Capa
        | Command::Stls
        | Command::Stat
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

fn user(out: &mut BytesMut, name: &str, context: Context) -> Result<(), SendError> {
    credential("user name", name, context)?;
    if name.is_empty() {
        return Err(invalid("user name", "is empty"));
    }
    argument(out, name.as_bytes());
    Ok(())
}

/// Without the digest, which needs the timestamp: the machine appends it.
#[cfg(feature = "apop")]
fn apop(out: &mut BytesMut, name: &str, secret: &str, context: Context) -> Result<(), SendError> {
    credential("user name", name, context)?;
    token("user name", name)?;
    credential("secret", secret, context)?;
    argument(out, name.as_bytes());
    Ok(())
}

fn auth(out: &mut BytesMut, mechanism: &str) -> Result<(), SendError> {
    // RFC 4422 section 3.1: sasl-mech = 1*20mech-char,
    // mech-char = %x41-5A / DIGIT / HYPHEN / UNDERSCORE
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    if !(1..=20).contains(&mechanism.len()) || !mechanism.bytes().all(is_name) {
        return Err(invalid("mechanism", "is not the name of a SASL mechanism"));
    }
    argument(out, mechanism.as_bytes());
    Ok(())
}

/// RFC 5034 section 4: the initial response is part of the command only if the whole command fits,
/// else it follows after the first `+`. Returns whether it was appended.
fn append_initial_response(out: &mut BytesMut, begin: usize, data: &[u8], limit: usize) -> bool {
    let encoded = if data.is_empty() { 1 } else { base64_len(data.len()) };
    let fits = out.len() - begin + 1 + encoded + 2 <= limit;
    if fits {
        out.put_u8(b' ');
        if data.is_empty() {
            out.put_u8(b'=');
        } else {
            base64(out, data);
        }
    }
    fits
}

fn lang(out: &mut BytesMut, range: &str) -> Result<(), SendError> {
    token("language range", range)?;
    let is_range = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'*');
    if !range.bytes().all(is_range) {
        return Err(invalid("language range", "is not a language range"));
    }
    argument(out, range.as_bytes());
    Ok(())
}

/// RFC 2449 section 4: `command = keyword *(SP param) CRLF`, all printable.
fn raw(out: &mut BytesMut, line: &str) -> Result<(), SendError> {
    const ARGUMENT: &str = "raw command";
    no_line_end(ARGUMENT, line)?;
    if line.chars().any(char::is_control) {
        return Err(invalid(ARGUMENT, "contains a control character"));
    }
    let keyword = line.split(' ').next().unwrap_or_default();
    if keyword.is_empty() || !keyword.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err(invalid(ARGUMENT, "has no keyword"));
    }
    if CommandKind::from_keyword(keyword.as_bytes()).is_some() {
        return Err(invalid(ARGUMENT, "is a command that has its own type"));
    }
    out.put_slice(line.as_bytes());
    Ok(())
}

fn argument(out: &mut BytesMut, octets: &[u8]) {
    out.put_u8(b' ');
    out.put_slice(octets);
}

fn decimal(out: &mut BytesMut, number: u32) {
    // Writing to a BytesMut cannot fail.
    let _ = write!(out, " {number}");
}

const fn invalid(argument: &'static str, reason: &'static str) -> SendError {
    SendError::InvalidArgument { argument, reason }
}

/// CR and LF end a line, and some servers take NUL for the end of one.
fn no_line_end(argument: &'static str, text: &str) -> Result<(), SendError> {
    if text.bytes().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
        return Err(invalid(argument, "contains CR, LF or NUL"));
    }
    Ok(())
}

fn credential(argument: &'static str, text: &str, context: Context) -> Result<(), SendError> {
    no_line_end(argument, text)?;
    // RFC 6856 section 2.2
    if !context.utf8_credentials && !text.is_ascii() {
        return Err(invalid(argument, "is not ASCII, and the server does not announce UTF8 USER"));
    }
    Ok(())
}

fn token(argument: &'static str, text: &str) -> Result<(), SendError> {
    no_line_end(argument, text)?;
    if text.is_empty() || text.contains([' ', '\t']) {
        return Err(invalid(argument, "is empty or contains a space"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
