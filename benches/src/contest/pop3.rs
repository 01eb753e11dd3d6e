//! The contests of `pop3-proto`.

use std::net::SocketAddr;

use super::imap::{EIGHT, ONCE};
use crate::{
    answer::{Answer, Field},
    limits,
    load::Load,
    measure::{Clock, Contender, Contest, Outcome},
    ours::pop3::{self, Ask, Client},
    peers::{libcurl::Libcurl, pop3 as peers},
    source::READ,
};

/// The limit for bodies.
pub const COPY: &str = "limit: copy in 64 KiB blocks";
/// A state machine that goes byte by byte.
pub const PER_OCTET: &str = "limit: state machine per byte";
/// The decoder with reads of 64 KiB.
pub const DECODER: &str = "pop3-proto decoder into Bytes, 64 KiB reads";
/// The decoder with reads of 16 KiB.
pub const DECODER_16: &str = "pop3-proto decoder into Bytes, 16 KiB reads";
/// The decoder with reads of 8 KiB: the buffer stays in the first-level cache.
pub const DECODER_8: &str = "pop3-proto decoder into Bytes, 8 KiB reads";
/// The machine.
pub const MACHINE: &str = "pop3-proto machine, 16 KiB reads";
/// The closest peer.
pub const CODEC: &str = "pop3-codec 0.3.0, whole buffer";
/// Our client, bytes dropped.
pub const CLIENT: &str = "pop3-proto client, chunk by chunk";
/// Our client, bytes collected.
pub const CLIENT_COLLECTS: &str = "pop3-proto client, collected";
/// libcurl in this process, bytes dropped.
pub const LIBCURL: &str = "libcurl in this process, chunk by chunk";
/// The curl program.
pub const CURL: &str = "curl program, to nowhere";

/// Bodies: `bodies` without status lines, `answers` with them.
#[must_use]
pub fn bodies<'a>(bodies: &'a Load, answers: &'a Load) -> Contest<'a> {
    let octets = &*bodies.octets;
    let mut contest = Contest::new(bodies, "un-stuffing", COPY);
    let mut block = vec![0; 64 << 10];
    let mut out = Vec::new();
    contest
        .add(
            Contender::ours(DECODER, move || Ok(pop3::decode(octets, 64 << 10)))
                .checked(&[Field::Body], move || {
                    pop3::understood(&answers.octets, READ, Ask::Retr)
                }),
        )
        .add(Contender::ours(DECODER_16, move || Ok(pop3::decode(octets, READ))))
        .add(Contender::ours(DECODER_8, move || Ok(pop3::decode(octets, 8 << 10))))
        .add(
            Contender::ours("pop3-proto decoder, borrowed", move || {
                Ok(pop3::decode_slices(octets))
            })
            .leaving_out("given the whole buffer"),
        )
        .add(Contender::ours(MACHINE, move || pop3::machine(&answers.octets, READ, Ask::Retr)))
        .add(
            Contender::peer(CODEC, move || peers::retr(&answers.octets))
                .leaving_out("dots stay stuffed; lines as strings; 8-bit is an error"),
        )
        .add(Contender::limit(COPY, move || limits::copy_blocks(octets, &mut block)))
        .add(Contender::limit("limit: memchr for an absent byte", move || {
            limits::memchr_absent(octets)
        }))
        .add(Contender::limit("limit: memchr per line", move || limits::memchr_per_line(octets)))
        .add(
            Contender::limit(PER_OCTET, move || limits::unstuff_per_octet(octets, &mut out))
                .checked(&[Field::Body], move || Ok(naively(octets))),
        );
    contest
}

/// The values of a second, simple un-stuffing, to check the decoder.
fn naively(octets: &[u8]) -> Answer {
    let mut answer = Answer::default();
    for body in octets
        .split_inclusive(|octet| *octet == b'\n')
        .collect::<Vec<_>>()
        .split(|line| *line == b".\r\n")
    {
        if body.is_empty() {
            continue;
        }
        let mut size = 0;
        for line in body {
            let line = line.strip_prefix(b".").unwrap_or(line);
            size += line.len() as u64;
            answer.part(Field::Body, line);
        }
        answer.octets(Field::Body, b"");
        answer.number(Field::Body, size);
    }
    answer
}

/// LIST or UIDL.
#[must_use]
pub fn listing(load: &Load) -> Contest<'_> {
    let octets = &*load.octets;
    let ask = if load.name == "POP3 LIST" { Ask::List } else { Ask::Uidl };
    let mut contest = Contest::new(load, "one event an item", CODEC);
    contest.add(
        Contender::ours(MACHINE, move || pop3::machine(octets, READ, ask))
            .checked(&[Field::Listing], move || pop3::understood(octets, READ, ask)),
    );
    let codec = if ask == Ask::List {
        Contender::peer(CODEC, move || peers::list(octets))
            .checked(&[Field::Listing], move || peers::list_understood(octets))
    } else {
        Contender::peer(CODEC, move || peers::uidl(octets))
            .checked(&[Field::Listing], move || peers::uidl_understood(octets))
    };
    contest.add(codec);
    contest
        .add(Contender::limit("limit: memchr per line", move || limits::memchr_per_line(octets)));
    contest
}

/// RETR over loopback, by the wall clock, from the command to the last byte. `quadratic` lets the
/// peer take part whose time grows with the square of the message.
///
/// # Errors
/// Our client does not connect.
pub fn loopback(load: &Load, address: SocketAddr, quadratic: bool) -> Result<Contest<'_>, String> {
    let body = load.octets.iter().position(|octet| *octet == b'\n').map_or(0, |end| end + 1);
    let body = load.octets.get(body..load.octets.len() - 3).unwrap_or_default();
    let octets = body.len() as u64;
    let mut contest =
        Contest::new(load, &format!("{} MB over loopback", load.octets.len() / 1_000_000), CLIENT);
    contest.clock = Clock::Wall;
    let connect = || Client::connect(address, 64 << 10).map_err(|error| error.to_string());
    let (mut client, mut collecting) = (connect()?, connect()?);
    contest.add(Contender::ours(CLIENT, move || {
        client
            .retr(|chunk| {
                std::hint::black_box(chunk);
            })
            .map_err(|error| error.to_string())
    }));
    contest.add(Contender::ours(CLIENT_COLLECTS, move || {
        let mut message = Vec::new();
        let size = collecting
            .retr(|chunk| message.extend_from_slice(chunk))
            .map_err(|error| error.to_string())?;
        if message == body { Ok(size) } else { Err("other octets".to_owned()) }
    }));
    let peers = [
        ("pop3-client 0.3.0", peers::pop3_client(address)),
        ("rust-pop3-client 0.3.0", peers::rust_pop3_client(address)),
        (
            "async-pop 1.1.3",
            if quadratic {
                peers::async_pop(address)
            } else {
                Err("not run: its time grows with the square of the size".to_owned())
            },
        ),
    ];
    for (name, client) in peers {
        let mut client = client;
        let mut first = true;
        contest.add(Contender::peer(name, move || -> Outcome {
            let message = client.as_mut().map_err(|error| error.clone())?()?;
            if std::mem::take(&mut first) {
                same(&message, body)?;
            }
            Ok(message.len() as u64)
        }));
    }
    let mut library = Libcurl::new(address);
    let mut first = true;
    contest.add(Contender::peer(LIBCURL, move || -> Outcome {
        let library = library.as_mut().map_err(|error| error.clone())?;
        if std::mem::take(&mut first) {
            let mut message = Vec::new();
            library.retr(|chunk| message.extend_from_slice(chunk))?;
            same(&message, body)?;
        }
        library.retr(|chunk| {
            std::hint::black_box(chunk);
        })
    }));
    if peers::curl_version().is_some() {
        contest.add(
            Contender::peer(CURL, move || {
                same(&peers::curl_message(address)?, body).map(|()| octets)
            })
            .timed(move || peers::curl(address, octets))
            .leaving_out("by its own clock"),
        );
    }
    Ok(contest)
}

/// Checks that a peer returned the message, with or without its last line end, with any line ends.
fn same(message: &[u8], body: &[u8]) -> Result<(), String> {
    let lines = |octets: &[u8]| {
        let text: Vec<u8> = octets.iter().copied().filter(|octet| *octet != b'\r').collect();
        let text = text.strip_suffix(b".\n").map_or_else(|| text.clone(), <[u8]>::to_vec);
        text.trim_ascii_end().to_vec()
    };
    if lines(message) == lines(body) {
        Ok(())
    } else {
        Err(format!("other octets: {} in place of {}", message.len(), body.len()))
    }
}

/// A body of one size and one of eight times that size through the decoder.
#[must_use]
pub fn linearity(small: &Load, large: &Load) -> Contest<'static> {
    let mut contest = Contest::new(small, "100 KB and 800 KB", ONCE);
    for (name, load) in [(ONCE, small), (EIGHT, large)] {
        let octets = load.octets.clone();
        contest.add(Contender::ours(name, move || Ok(pop3::decode(&octets, 64 << 10))));
    }
    contest
}
