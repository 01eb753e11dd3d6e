//! Commands as a server reads them.

use core::str;

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag, take_till1, take_while, take_while_m_n, take_while1},
    combinator::{all_consuming, eof, map, map_opt, map_res, opt, peek, rest, value, verify},
    multi::fill,
    sequence::{delimited, pair, preceded, terminated},
};

use crate::{
    command::CommandKind,
    types::MessageNumber,
    wire::{Parsed, before_last_word, found, is_line_octet, number::number_u32},
};

/// A command as a server reads it. Arguments are borrowed; their form is checked, not their
/// meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received<'a> {
    Capa,
    Stls,
    User(&'a str),
    Pass(&'a [u8]),
    Apop {
        name: &'a str,
        digest: [u8; 16],
    },
    /// AUTH without an argument, which lists the mechanisms. In no current RFC; Outlook sends it.
    AuthList,
    Auth {
        mechanism: &'a str,
        /// In base64.
        initial_response: Option<&'a [u8]>,
    },
    Stat,
    List(Option<MessageNumber>),
    Uidl(Option<MessageNumber>),
    Retr(MessageNumber),
    Top {
        number: MessageNumber,
        lines: u32,
    },
    Dele(MessageNumber),
    Noop,
    Rset,
    Quit,
    Utf8,
    Lang(Option<&'a str>),
}

/// Why a line is not a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BadCommand {
    /// The keyword is unknown.
    Unknown,
    /// The keyword is known and does not take these arguments.
    Arguments(CommandKind),
}

/// A line from a client.
///
/// ```text
/// command = keyword *(SP param)                    ; RFC 2449 section 4
/// keyword = 3*4VCHAR                               ; any case
/// ```
/// PASS takes the rest of the line, spaces included (RFC 1939 section 7); `AUTH SP` is AUTH.
pub(crate) fn command(line: &[u8]) -> Result<(CommandKind, Received<'_>), BadCommand> {
    // No well-behaved client sends CR, LF or NUL.
    let line_octets = all_consuming(take_while(is_line_octet));
    let keyword =
        terminated(take_while1(|octet: u8| octet.is_ascii_graphic()), peek(alt((sp, eof))));
    let mut line_parts = line_octets.and_then(pair(keyword, rest));
    let Ok((_, (keyword, arguments))) = line_parts.parse(line) else {
        return Err(BadCommand::Unknown);
    };
    let kind = CommandKind::from_keyword(keyword).ok_or(BadCommand::Unknown)?;
    let received = found(all_consuming(|input| received(kind, input)), arguments);
    received.map(|received| (kind, received)).ok_or(BadCommand::Arguments(kind))
}

/// The arguments of a command, with the space before them.
fn received(kind: CommandKind, input: &[u8]) -> Parsed<'_, Received<'_>> {
    let bare = |received| value(received, eof);
    match kind {
        CommandKind::Capa => bare(Received::Capa).parse(input),
        CommandKind::Stls => bare(Received::Stls).parse(input),
        CommandKind::Stat => bare(Received::Stat).parse(input),
        CommandKind::Noop => bare(Received::Noop).parse(input),
        CommandKind::Rset => bare(Received::Rset).parse(input),
        CommandKind::Quit => bare(Received::Quit).parse(input),
        CommandKind::Utf8 => bare(Received::Utf8).parse(input),
        CommandKind::User => map(preceded(sp, name), Received::User).parse(input),
        // An empty password is a password.
        CommandKind::Pass => map(preceded(sp, rest), Received::Pass).parse(input),
        CommandKind::Apop => preceded(sp, apop).parse(input),
        CommandKind::Auth => auth(input),
        CommandKind::List => map(opt(message_number), Received::List).parse(input),
        CommandKind::Uidl => map(opt(message_number), Received::Uidl).parse(input),
        CommandKind::Retr => map(message_number, Received::Retr).parse(input),
        CommandKind::Dele => map(message_number, Received::Dele).parse(input),
        CommandKind::Top => top(input),
        CommandKind::Lang => map(terminated(opt(word), spaces), Received::Lang).parse(input),
        CommandKind::Raw => map_opt(rest, |_| None).parse(input),
    }
}

fn sp(input: &[u8]) -> Parsed<'_, &[u8]> {
    tag(" ").parse(input)
}

fn spaces(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while(|octet| octet == b' ').parse(input)
}

fn name(input: &[u8]) -> Parsed<'_, &str> {
    map_res(verify(rest, |name: &[u8]| !name.is_empty()), str::from_utf8).parse(input)
}

/// A word and the spaces before it.
fn word(input: &[u8]) -> Parsed<'_, &str> {
    let word = preceded(pair(sp, spaces), take_till1(|octet| octet == b' '));
    map_res(word, str::from_utf8).parse(input)
}

/// ```text
/// apop = "APOP" SP name SP digest                  ; RFC 1939 section 7
/// ```
/// The name may contain spaces, so the digest is the last word.
fn apop(input: &[u8]) -> Parsed<'_, Received<'_>> {
    map_opt(before_last_word, |(before, last)| {
        let digest = found(all_consuming(digest), last)?;
        Some(Received::Apop { name: found(name, before)?, digest })
    })
    .parse(input)
}

/// ```text
/// digest = 16(2HEXDIG)                             ; lower case, RFC 1939 section 7
/// ```
/// Tolerated: upper case.
fn digest(input: &[u8]) -> Parsed<'_, [u8; 16]> {
    let octet = map_res(
        map_res(take_while_m_n(2, 2, |octet: u8| octet.is_ascii_hexdigit()), str::from_utf8),
        |hex| u8::from_str_radix(hex, 16),
    );
    let mut octets = [0; 16];
    let (input, ()) = fill(octet, &mut octets).parse(input)?;
    Ok((input, octets))
}

/// ```text
/// auth = "AUTH" SP mechanism [SP initial-response] ; RFC 5034 section 4
/// ```
fn auth(input: &[u8]) -> Parsed<'_, Received<'_>> {
    let auth = pair(word, opt(map(word, str::as_bytes)))
        .map(|(mechanism, initial_response)| Received::Auth { mechanism, initial_response });
    terminated(alt((auth, value(Received::AuthList, peek(pair(spaces, eof))))), spaces).parse(input)
}

/// ```text
/// top = "TOP" SP msg SP n                          ; RFC 1939 section 7
/// ```
fn top(input: &[u8]) -> Parsed<'_, Received<'_>> {
    let lines = delimited(pair(sp, spaces), number_u32, spaces);
    map(pair(number_after_space, lines), |(number, lines)| Received::Top { number, lines })
        .parse(input)
}

/// The only argument.
fn message_number(input: &[u8]) -> Parsed<'_, MessageNumber> {
    terminated(number_after_space, spaces).parse(input)
}

fn number_after_space(input: &[u8]) -> Parsed<'_, MessageNumber> {
    map_opt(preceded(pair(sp, spaces), number_u32), MessageNumber::new).parse(input)
}

#[cfg(test)]
mod tests;
