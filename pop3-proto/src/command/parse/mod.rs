//! The server's half of the grammar: commands.

use core::str;

use nom::{
    Parser,
    bytes::complete::take_while1,
    combinator::{all_consuming, opt, rest},
    sequence::preceded,
};

use crate::{command::CommandKind, types::MessageNumber};

/// A command as a server reads it. Arguments are borrowed and checked for their form, not for their meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request<'a> {
    Capa,
    Stls,
    User(&'a str),
    Pass(&'a [u8]),
    Apop {
        name: &'a str,
        digest: [u8; 16],
    },
    /// AUTH without an argument, which lists the mechanisms. In no RFC in force; Outlook sends it.
    AuthList,
    /// The initial response is base64 still.
    Auth {
        mechanism: &'a str,
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

/// Why a line is no command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BadCommand {
    /// No such keyword.
    Unknown,
    /// The keyword is known and its arguments are not what it takes.
    Arguments(CommandKind),
}

/// A line from a client.
///
/// ```text
/// command = keyword *(SP param)                    ; RFC 2449 section 4
/// keyword = 3*4VCHAR                               ; any case
/// ```
/// PASS takes the rest of the line, spaces included (RFC 1939 section 7); `AUTH SP` is AUTH.
pub(crate) fn command(line: &[u8]) -> Result<Request<'_>, BadCommand> {
    // Whatever it is, it is not what a client that means well sends.
    if line.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
        return Err(BadCommand::Unknown);
    }
    let mut split = all_consuming((
        take_while1::<_, _, nom::error::Error<&[u8]>>(|octet: u8| octet.is_ascii_graphic()),
        opt(preceded(nom::bytes::complete::tag(" "), rest)),
    ));
    let Ok((_, (keyword, arguments))) = split.parse(line) else {
        return Err(BadCommand::Unknown);
    };
    let kind = CommandKind::from_keyword(keyword).ok_or(BadCommand::Unknown)?;
    request(kind, arguments).ok_or(BadCommand::Arguments(kind))
}

fn request(kind: CommandKind, arguments: Option<&[u8]>) -> Option<Request<'_>> {
    let bare = |request| arguments.is_none().then_some(request);
    match kind {
        CommandKind::Capa => bare(Request::Capa),
        CommandKind::Stls => bare(Request::Stls),
        CommandKind::Stat => bare(Request::Stat),
        CommandKind::Noop => bare(Request::Noop),
        CommandKind::Rset => bare(Request::Rset),
        CommandKind::Quit => bare(Request::Quit),
        CommandKind::Utf8 => bare(Request::Utf8),
        CommandKind::User => {
            let name = str::from_utf8(arguments?).ok()?;
            (!name.is_empty()).then_some(Request::User(name))
        }
        // An empty password is a password.
        CommandKind::Pass => Some(Request::Pass(arguments?)),
        CommandKind::Apop => {
            let arguments = arguments?;
            let at = memchr::memrchr(b' ', arguments)?;
            let (name, digest) = (arguments.get(..at)?, arguments.get(at + 1..)?);
            let name = str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
            Some(Request::Apop { name, digest: digest_octets(digest)? })
        }
        CommandKind::Auth => {
            let mut words = words(arguments.unwrap_or_default())?;
            let Some(mechanism) = words.next() else {
                return Some(Request::AuthList);
            };
            let initial_response = words.next().map(str::as_bytes);
            words.next().is_none().then_some(Request::Auth { mechanism, initial_response })
        }
        CommandKind::List => optional_number(arguments).map(Request::List),
        CommandKind::Uidl => optional_number(arguments).map(Request::Uidl),
        CommandKind::Retr => optional_number(arguments)?.map(Request::Retr),
        CommandKind::Dele => optional_number(arguments)?.map(Request::Dele),
        CommandKind::Top => {
            let mut words = words(arguments?)?;
            let (number, lines) = (decimal(words.next()?)?, decimal(words.next()?)?);
            let request = Request::Top { number: MessageNumber::new(number)?, lines };
            words.next().is_none().then_some(request)
        }
        CommandKind::Lang => {
            let mut words = words(arguments.unwrap_or_default())?;
            let range = words.next();
            words.next().is_none().then_some(Request::Lang(range))
        }
        CommandKind::Raw => None,
    }
}

/// Words between spaces; `None` where the arguments are not UTF-8, which is another thing than no argument.
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

/// `1*DIGIT`. A sign, which `str::parse` takes, is none.
fn decimal(word: &str) -> Option<u32> {
    word.bytes().all(|octet| octet.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

/// RFC 1939 section 7: 16 octets in lower-case hexadecimal.
fn digest_octets(hex: &[u8]) -> Option<[u8; 16]> {
    let mut octets = [0; 16];
    if hex.len() != 32 {
        return None;
    }
    for (octet, pair) in octets.iter_mut().zip(hex.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        let digit =
            |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *octet = digit(*high)? << 4 | digit(*low)?;
    }
    Some(octets)
}

#[cfg(test)]
mod tests;
