//! Commands as a server reads them.

use core::str;

use nom::{
    IResult, Parser,
    bytes::complete::{tag, take_while_m_n, take_while1},
    combinator::{all_consuming, map_opt, opt, rest},
    multi::fill,
    sequence::preceded,
};

use crate::{command::CommandKind, types::MessageNumber, wire::number::number_u32};

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
    // No well-behaved client sends these.
    if line.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
        return Err(BadCommand::Unknown);
    }
    let mut split = all_consuming((
        take_while1::<_, _, nom::error::Error<&[u8]>>(|octet: u8| octet.is_ascii_graphic()),
        opt(preceded(tag(" "), rest)),
    ));
    let Ok((_, (keyword, arguments))) = split.parse(line) else {
        return Err(BadCommand::Unknown);
    };
    let kind = CommandKind::from_keyword(keyword).ok_or(BadCommand::Unknown)?;
    let received = received(kind, arguments).ok_or(BadCommand::Arguments(kind))?;
    Ok((kind, received))
}

fn received(kind: CommandKind, arguments: Option<&[u8]>) -> Option<Received<'_>> {
    let bare = |received| arguments.is_none().then_some(received);
    match kind {
        CommandKind::Capa => bare(Received::Capa),
        CommandKind::Stls => bare(Received::Stls),
        CommandKind::Stat => bare(Received::Stat),
        CommandKind::Noop => bare(Received::Noop),
        CommandKind::Rset => bare(Received::Rset),
        CommandKind::Quit => bare(Received::Quit),
        CommandKind::Utf8 => bare(Received::Utf8),
        CommandKind::User => {
            let name = str::from_utf8(arguments?).ok()?;
            (!name.is_empty()).then_some(Received::User(name))
        }
        // An empty password is a password.
        CommandKind::Pass => Some(Received::Pass(arguments?)),
        CommandKind::Apop => apop(arguments?),
        CommandKind::Auth => auth(arguments.unwrap_or_default()),
        CommandKind::List => optional_number(arguments).map(Received::List),
        CommandKind::Uidl => optional_number(arguments).map(Received::Uidl),
        CommandKind::Retr => optional_number(arguments)?.map(Received::Retr),
        CommandKind::Dele => optional_number(arguments)?.map(Received::Dele),
        CommandKind::Top => top(arguments?),
        CommandKind::Lang => {
            let mut words = words(arguments.unwrap_or_default())?;
            let range = words.next();
            words.next().is_none().then_some(Received::Lang(range))
        }
        CommandKind::Raw => None,
    }
}

/// ```text
/// apop = "APOP" SP name SP digest                  ; RFC 1939 section 7
/// ```
/// The name may contain spaces, so the digest is split off at the last one.
fn apop(arguments: &[u8]) -> Option<Received<'_>> {
    let (name, hex) = str::from_utf8(arguments).ok()?.rsplit_once(' ')?;
    let (_, digest) = all_consuming(digest).parse(hex.as_bytes()).ok()?;
    (!name.is_empty()).then_some(Received::Apop { name, digest })
}

fn auth(arguments: &[u8]) -> Option<Received<'_>> {
    let mut words = words(arguments)?;
    let Some(mechanism) = words.next() else {
        return Some(Received::AuthList);
    };
    let initial_response = words.next().map(str::as_bytes);
    words.next().is_none().then_some(Received::Auth { mechanism, initial_response })
}

fn top(arguments: &[u8]) -> Option<Received<'_>> {
    let mut words = words(arguments)?;
    let (number, lines) = (decimal(words.next()?)?, decimal(words.next()?)?);
    let number = MessageNumber::new(number)?;
    words.next().is_none().then_some(Received::Top { number, lines })
}

/// Words between spaces. `None` if the arguments are not UTF-8, which differs from no argument.
fn words(arguments: &[u8]) -> Option<impl Iterator<Item = &str>> {
    let text = str::from_utf8(arguments).ok()?;
    Some(text.split(' ').filter(|word| !word.is_empty()))
}

/// `Some(None)`: no argument. `None`: not a number, or more than one.
fn optional_number(arguments: Option<&[u8]>) -> Option<Option<MessageNumber>> {
    let Some(arguments) = arguments else {
        return Some(None);
    };
    let mut words = words(arguments)?;
    let number = MessageNumber::new(decimal(words.next()?)?)?;
    words.next().is_none().then_some(Some(number))
}

fn decimal(word: &str) -> Option<u32> {
    all_consuming(number_u32).parse(word.as_bytes()).ok().map(|(_, number)| number)
}

/// ```text
/// digest = 16(2HEXDIG)                             ; in lower case
/// ```
/// Tolerated: upper case.
fn digest(input: &[u8]) -> IResult<&[u8], [u8; 16]> {
    let mut octets = [0; 16];
    let (rest, ()) = fill(hex_octet, &mut octets).parse(input)?;
    Ok((rest, octets))
}

fn hex_octet(input: &[u8]) -> IResult<&[u8], u8> {
    map_opt(take_while_m_n(2, 2, |octet: u8| octet.is_ascii_hexdigit()), |pair| {
        u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()
    })
    .parse(input)
}

#[cfg(test)]
mod tests;
