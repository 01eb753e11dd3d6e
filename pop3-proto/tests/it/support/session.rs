//! Commands, bytes of servers and calls, drawn at random, and machines that are ready for them.

use bytes::BytesMut;
use pop3_proto::{
    ClearTextCredentials, Command, Config, MessageNumber, ReplyShape, Transport, client::Connection,
};
use proptest::{collection::vec, prelude::*};

/// A secret that must never be seen where it does not belong.
pub(crate) const CANARY: &str = "canary-7f3a";

pub(crate) fn command(index: usize) -> Command<'static> {
    let number = MessageNumber::new(u32::try_from(index % 3).unwrap() + 1).unwrap();
    let commands = [
        Command::Capa,
        Command::Stls,
        Command::User(CANARY),
        Command::Pass(CANARY),
        Command::Auth { mechanism: "PLAIN", initial_response: Some(CANARY.as_bytes()) },
        Command::Auth { mechanism: "XOAUTH2", initial_response: Some(CANARY.as_bytes()) },
        Command::Auth { mechanism: "OAUTHBEARER", initial_response: Some(CANARY.as_bytes()) },
        Command::Auth { mechanism: "CRAM-MD5", initial_response: None },
        Command::Stat,
        Command::List(None),
        Command::List(Some(number)),
        Command::Uidl(None),
        Command::Uidl(Some(number)),
        Command::Retr(number),
        Command::Top { number, lines: 3 },
        Command::Dele(number),
        Command::Noop,
        Command::Rset,
        Command::Quit,
        Command::Utf8,
        Command::Lang(None),
        Command::Lang(Some("de")),
        Command::Raw { line: "XTND XLST", reply: ReplyShape::Lines },
        Command::Raw { line: "*ENV 1", reply: ReplyShape::Body },
        Command::User("bad\r\n"),
        Command::Retr(number),
        Command::Retr(number),
    ];
    commands[index % commands.len()]
}

/// What a server might send, well meant or not.
pub(crate) fn server_octets() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => Just(&b"+OK\r\n"[..]),
        2 => Just(&b"+OK 1 100\r\n"[..]),
        2 => Just(&b"+OK 120 octets\r\n"[..]),
        2 => Just(&b"-ERR [AUTH] no\r\n"[..]),
        1 => Just(&b"-ERR [SYS/TEMP] later\n"[..]),
        1 => Just(&b"+OK\n"[..]),
        2 => Just(&b"+ QQ==\r\n"[..]),
        1 => Just(&b"+ go ahead\r\n"[..]),
        6 => Just(&b".\r\n"[..]),
        1 => Just(&b".\n"[..]),
        2 => Just(&b"..\r\n"[..]),
        2 => Just(&b"1 100\r\n"[..]),
        2 => Just(&b"2 abc def\r\n"[..]),
        1 => Just(&b"3 \r\n"[..]),
        2 => Just(&b"PIPELINING\r\n"[..]),
        1 => Just(&b"SASL PLAIN XOAUTH2\r\n"[..]),
        1 => Just(&b"text of a mail\r\n"[..]),
        1 => Just(&b"\r"[..]),
        1 => Just(&b"\n"[..]),
        1 => Just(&b"."[..]),
        1 => Just(&b"\0\xff"[..]),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// One thing a caller may do.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Send(usize),
    Answer(Vec<u8>),
    Cancel,
    Discard(u8),
    Transmit,
    Feed(Vec<u8>),
    Poll,
    /// Against the rules: the input was to grow at its end only.
    Truncate(usize),
    Eof,
    Tls,
}

pub(crate) fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => any::<usize>().prop_map(Op::Send),
        2 => vec(any::<u8>(), 0..9).prop_map(Op::Answer),
        1 => Just(Op::Cancel),
        1 => any::<u8>().prop_map(Op::Discard),
        6 => Just(Op::Transmit),
        8 => server_octets().prop_map(Op::Feed),
        2 => vec(any::<u8>(), 0..30).prop_map(Op::Feed),
        8 => Just(Op::Poll),
        1 => (0..9_usize).prop_map(Op::Truncate),
        1 => Just(Op::Eof),
        1 => Just(Op::Tls),
    ];
    vec(op, 0..60)
}

pub(crate) fn config(seed: u8) -> Config {
    let mut config = Config::new(if seed & 1 == 0 { Transport::Tls } else { Transport::Clear });
    if seed & 2 == 0 {
        config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
    }
    config.quirks.ok_is_first_challenge = seed & 4 == 0;
    config.quirks.strict_listings = seed & 8 == 0;
    config.quirks.single_listing_is_multi = seed & 16 == 0;
    if seed & 32 == 0 {
        config.limits.body = Some(20);
        config.limits.listing_items = 2;
        config.limits.status_line = 16;
    }
    config
}

/// A machine that is logged in and may pipeline, so every command is sent at once.
pub(crate) fn pipelining() -> Connection {
    let mut machine = Connection::new(Config::new(Transport::Tls));
    let mut input = BytesMut::from("+OK\r\n");
    machine.poll_event(&mut input).unwrap();
    for (command, answer) in [
        (Command::User("u"), "+OK\r\n"),
        (Command::Pass("p"), "+OK\r\n"),
        (Command::Capa, "+OK\r\nPIPELINING\r\n.\r\n"),
    ] {
        machine.send(&command).unwrap();
        while machine.poll_transmit().is_some() {}
        input.extend_from_slice(answer.as_bytes());
        while machine.poll_event(&mut input).unwrap().is_some() {}
    }
    machine
}

/// A machine that waits for the first command.
pub(crate) fn greeted() -> Connection {
    let mut machine = Connection::new(Config::new(Transport::Tls));
    machine.poll_event(&mut BytesMut::from("+OK\r\n")).unwrap();
    machine
}
