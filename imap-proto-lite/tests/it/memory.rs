//! Memory of the machines and allocations of a parse, counted.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Response, SeqNumber, Transport, Uid,
    client::{Connection, Event},
    frame::{Frame, Framer},
    parse,
    response::{BodyData, FetchAttribute},
    section::Section,
    selected::Selected,
    server,
    string::IString,
};
use mail_harness::memory::allocated;
use proptest::{collection::vec, prelude::*};

use crate::support::{
    client::{config, feed, greeted, send},
    server::server_config,
    session::{Op, Session, clear, op},
};

const GIB: u64 = 1 << 30;
const BUFFER: usize = 16 << 10;

#[test]
fn a_body_of_one_gibibyte_needs_a_buffer_of_16_kib() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    input.reserve(BUFFER);
    let piece = [b'x'; BUFFER];
    let mut received = 0;
    let mut lies_in_the_buffer = true;
    let ((), used) = allocated(|| {
        input.extend_from_slice(format!("* 1 FETCH (UID 7 BODY[] {{{GIB}}}\r\n").as_bytes());
        assert!(matches!(
            connection.poll_event(&mut input),
            Ok(Some(Event::BodyStart { octets: GIB, .. }))
        ));
        let mut left = GIB;
        while left > 0 {
            // Like a reader: room for one read, which the buffer reuses when the chunk is dropped.
            let length = usize::try_from(left).unwrap().min(BUFFER);
            input.reserve(length);
            input.extend_from_slice(&piece[..length]);
            let address = input.as_ptr();
            left -= length as u64;
            while let Some(event) = connection.poll_event(&mut input).unwrap() {
                let Event::Body { chunk, .. } = event else { break };
                received += chunk.len() as u64;
                // No copy: the chunk is the very memory that was read into.
                lies_in_the_buffer &= chunk.as_ptr() == address;
            }
        }
        input.extend_from_slice(b")\r\n");
        assert!(matches!(connection.poll_event(&mut input), Ok(Some(Event::Untagged(_)))));
    });
    assert_eq!(received, GIB);
    assert!(lies_in_the_buffer);
    assert!(used.peak < 64 << 10, "{used:?}");
    assert!(used.count < 100, "no allocation per chunk: {used:?}");
}

#[test]
fn a_message_of_one_gibibyte_is_sent_piece_by_piece_without_a_copy() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    let text = format!("x APPEND INBOX {{{GIB}}}\r\n");
    let (_, append) = parse::command(text.as_bytes()).unwrap();
    let (id, tag) = send(&mut connection, &append);
    input.extend_from_slice(b"+ go on\r\n");
    assert!(matches!(connection.poll_event(&mut input), Ok(Some(Event::ReadyForData { .. }))));
    let piece = Bytes::from(vec![b'x'; BUFFER]);
    let mut lies_in_the_piece = true;
    let ((), used) = allocated(|| {
        for _ in 0..GIB / BUFFER as u64 {
            connection.answer(id, piece.clone()).unwrap();
            let sent = connection.poll_transmit().unwrap().bytes;
            lies_in_the_piece &= sent.as_ptr() == piece.as_ptr() && sent.len() == piece.len();
        }
    });
    assert!(lies_in_the_piece);
    assert!(used.peak < 4096, "{used:?}");
    assert_eq!(connection.poll_transmit().unwrap().bytes, "\r\n");
    input.extend_from_slice(format!("{tag} OK done\r\n").as_bytes());
    assert!(matches!(connection.poll_event(&mut input), Ok(Some(Event::Done { .. }))));
}

/// A server machine that has a mailbox selected, and its input.
fn serving() -> (server::Connection, BytesMut) {
    let mut config = server_config(Transport::Tls);
    config.limits.message = GIB;
    config.limits.output = BUFFER;
    let mut server = server::Connection::new(config);
    server.greet_authenticated("ready").unwrap();
    let mut input = BytesMut::from(&b"a SELECT INBOX\r\n"[..]);
    let Ok(Some(server::Event::Select { responder, .. })) = server.poll_event(&mut input) else {
        panic!()
    };
    responder.accept(&mut server, false, "selected").unwrap();
    while server.poll_transmit().is_some() {}
    (server, input)
}

#[test]
fn a_server_receives_one_gibibyte_in_a_buffer_of_16_kib() {
    let (mut server, mut input) = serving();
    input.extend_from_slice(format!("a APPEND INBOX {{{GIB}+}}\r\n").as_bytes());
    let Ok(Some(server::Event::Append { responder, .. })) = server.poll_event(&mut input) else {
        panic!()
    };
    responder.accept(&mut server).unwrap();
    let piece = [b'x'; BUFFER];
    let mut received = 0;
    let mut lies_in_the_buffer = true;
    let ((), used) = allocated(|| {
        for _ in 0..GIB / BUFFER as u64 {
            input.reserve(BUFFER);
            input.extend_from_slice(&piece);
            let address = input.as_ptr();
            while let Some(event) = server.poll_event(&mut input).unwrap() {
                let server::Event::AppendData { chunk, .. } = event else { panic!("{event:?}") };
                received += chunk.len() as u64;
                lies_in_the_buffer &= chunk.as_ptr() == address;
            }
        }
    });
    assert_eq!(received, GIB);
    assert!(lies_in_the_buffer);
    assert!(used.peak < 64 << 10, "{used:?}");
    assert!(used.count < 100, "no allocation per chunk: {used:?}");
}

#[test]
fn a_server_sends_one_gibibyte_through_an_output_of_16_kib() {
    let (mut server, mut input) = serving();
    input.extend_from_slice(b"a FETCH 1 BODY[]\r\n");
    let Ok(Some(server::Event::Command { responder, .. })) = server.poll_event(&mut input) else {
        panic!()
    };
    let fetch = responder.fetch(&mut server, SeqNumber::new(1).unwrap()).unwrap();
    let mut body = fetch.body(&mut server, &Section::full(), None, GIB).unwrap();
    let piece = [b'x'; 10_000];
    let mut sent = 0;
    let ((), used) = allocated(|| {
        while body.remaining(&server) > 0 {
            let left = usize::try_from(body.remaining(&server)).unwrap();
            let _ = body.write(&mut server, &piece[..left.min(piece.len())]).unwrap();
            if server.is_full() || left <= piece.len() {
                while let Some(transmit) = server.poll_transmit() {
                    sent += transmit.bytes.len() as u64;
                }
            }
        }
    });
    assert_eq!(sent, GIB + "* 1 FETCH (BODY[] {1073741824}\r\n".len() as u64);
    assert!(used.peak < 64 << 10, "{used:?}");
}

#[test]
fn an_announced_size_reserves_nothing() {
    for header in ["* 1 FETCH (BODY[] {9000000000000000000}\r\n", "* LIST () NIL {1000000}\r\n"] {
        let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
        let ((), used) = allocated(|| {
            input.extend_from_slice(header.as_bytes());
            while connection.poll_event(&mut input).unwrap().is_some() {}
        });
        assert!(used.peak < 4096, "{used:?}");
    }
}

#[test]
fn a_line_without_literals_is_a_slice_of_the_input() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    input.reserve(4096);
    let octets = b"* 1 FETCH (UID 7 FLAGS (\\Seen))\r\n".repeat(50);
    input.extend_from_slice(&octets);
    // The first one makes the buffer a shared one.
    let _ = connection.poll_event(&mut input).unwrap();
    let ((), used) = allocated(|| {
        for _ in 1..50 {
            let address = input.as_ptr();
            match connection.poll_event(&mut input) {
                Ok(Some(Event::Untagged(line))) => assert_eq!(line.octets().as_ptr(), address),
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(used.count, 0, "{used:?}");
}

#[test]
fn the_view_of_a_mailbox_grows_with_the_data_received() {
    let mut view = Selected::new();
    let last = SeqNumber::new(50_000_000).unwrap();
    let ((), used) = allocated(|| {
        for line in [
            "* 50000000 EXISTS\r\n",
            "* 50000000 FETCH (UID 4294967295)\r\n",
            "* 1 FETCH (UID 7)\r\n",
        ] {
            view.apply(&parse::response(line.as_bytes(), &[]), |_| {});
        }
    });
    assert_eq!(view.uid(last), Uid::new(u32::MAX));
    assert_eq!(view.resync_needed(), None);
    assert!(used.peak < 4096, "{used:?}");
}

#[test]
fn memory_is_bounded_whatever_the_server_sends() {
    let floods: [&[u8]; 7] = [
        b"* 1 EXISTS\r\n",
        b"* CAPABILITY IMAP4rev1 A B C D E F G H I J K L M N O P\r\n",
        b"* OK [CAPABILITY X1 X2 X3] x\r\n",
        b"* ENABLED CONDSTORE QRESYNC\r\n",
        b"* 1 FETCH (UID 1 BODY[] {10}\r\n0123456789)\r\n",
        b"garbage\r\n",
        b"* BYE again\r\n",
    ];
    for flood in floods {
        let (mut connection, _) = greeted(config(), "* PREAUTH ready\r\n");
        let send_and_count = |connection: &mut Connection, times: usize| {
            allocated(|| {
                let mut input = BytesMut::new();
                for _ in 0..times {
                    input.extend_from_slice(flood);
                    while connection.poll_event(&mut input).unwrap().is_some() {}
                }
            })
            .1
        };
        send_and_count(&mut connection, 100);
        let more = send_and_count(&mut connection, 50_000);
        assert!(more.kept < 4096, "{}: {} octets stay", flood.escape_ascii(), more.kept);
        assert!(more.peak < 64 << 10, "{}: {} octets at once", flood.escape_ascii(), more.peak);
    }
    // Different names do not add up either.
    let mut few = config();
    few.limits.capabilities = 20;
    let (mut connection, mut input) = greeted(few, "* PREAUTH ready\r\n");
    for number in 0..1000 {
        let line = format!(
            "* ENABLED X{number}\r\n* CAPABILITY {}\r\n",
            "Y ".repeat(50) + &"Z".repeat(1000)
        );
        feed(&mut connection, &mut input, line.as_bytes(), || 5000);
    }
    assert!(connection.enabled().iter().count() <= 20);
    assert!(connection.capabilities().unwrap().iter().count() <= 20);
}

#[test]
fn work_is_linear_also_byte_by_byte() {
    // Were one of these quadratic, the test would run for hours.
    let long = 4 << 20;
    let shapes: Vec<Vec<u8>> = vec![
        [b"* OK ".to_vec(), vec![b'x'; long], b"\r\n".to_vec()].concat(),
        [b"* SEARCH".to_vec(), b" 123456".repeat(long / 7), b"\r\n".to_vec()].concat(),
        [b"* X ".to_vec(), b"{1}\r\nx ".repeat(long / 8), b"\r\n".to_vec()].concat(),
        [b"* 1 FETCH (".to_vec(), b"BODY[] {1}\r\nx ".repeat(long / 14), b")\r\n".to_vec()]
            .concat(),
        [b"* 1 FETCH (".to_vec(), vec![b'('; long], b" {1}\r\nx\r\n".to_vec()].concat(),
        [b"* 1 FETCH (BODY[".to_vec(), vec![b'"'; long], b" {1}\r\nx\r\n".to_vec()].concat(),
        [b"* X ".to_vec(), b"\n".repeat(long), b"\r\n".to_vec()].concat(),
        [b"* X ".to_vec(), b"}\r".repeat(long / 2), b"\r\n".to_vec()].concat(),
    ];
    for shape in &shapes {
        for step in [1, usize::MAX] {
            let mut framer = Framer::new(&config().limits, &config().quirks);
            let mut input = BytesMut::new();
            let mut lines = 0;
            for piece in shape.chunks(step) {
                input.extend_from_slice(piece);
                while let Some(frame) = framer.next(&mut input).unwrap() {
                    lines += usize::from(matches!(frame, Frame::Line(_)));
                }
            }
            assert_eq!(lines, 1, "{}", shape[..20].escape_ascii());
        }
    }
}

/// Walks everything that a program reads of a FETCH.
fn walk(octets: &[u8]) {
    match parse::response(octets, &[]) {
        Response::Fetch(fetch) => {
            for attribute in fetch.iter() {
                match &attribute {
                    FetchAttribute::Flags(flags) => {
                        flags.iter().for_each(|flag| drop(black_box(flag)))
                    }
                    FetchAttribute::InternalDate(date) => drop(black_box(date.date_time())),
                    FetchAttribute::Envelope(envelope) => {
                        for list in [
                            envelope.from(),
                            envelope.sender(),
                            envelope.reply_to(),
                            envelope.to(),
                            envelope.cc(),
                            envelope.bcc(),
                        ] {
                            list.iter().for_each(|address| drop(black_box(address)));
                        }
                        black_box(envelope.subject().as_ref().map(IString::len));
                    }
                    FetchAttribute::BodyStructure(structure) => {
                        for part in structure.parts() {
                            black_box((
                                part.media_type(),
                                part.subtype(),
                                part.octets(),
                                part.lines(),
                                part.disposition(),
                            ));
                            part.parameters()
                                .iter()
                                .for_each(|parameter| drop(black_box(parameter)));
                        }
                    }
                    FetchAttribute::BodySection { data: BodyData::Inline(text), .. } => {
                        _ = black_box(text.len());
                    }
                    FetchAttribute::Malformed { name, .. } => panic!("{}", name.escape_ascii()),
                    _ => {}
                }
            }
        }
        Response::Search(result) => result.numbers.iter().for_each(|number| _ = black_box(number)),
        Response::Esearch(result) => {
            _ = black_box(result.all.and_then(|set| set.uids().map(|set| set.count_numbers())));
        }
        Response::List(entry) => {
            entry.attributes.iter().for_each(|attribute| drop(black_box(attribute)))
        }
        Response::Status(status) => status.values.iter().for_each(|value| drop(black_box(value))),
        Response::Capability(list) => list.iter().for_each(|word| _ = black_box(word)),
        Response::Malformed { .. } | Response::Unknown { .. } => {
            panic!("{}", octets.escape_ascii())
        }
        _ => {}
    }
}

fn allocations(octets: &[u8]) -> u64 {
    walk(octets);
    allocated(|| walk(octets)).1.count
}

/// An attribute is moved for each item of each message: it stays small. (Words of 64 bits.)
#[cfg(target_pointer_width = "64")]
#[test]
fn an_attribute_is_small_to_move() {
    assert!(size_of::<FetchAttribute<'_>>() <= 128);
}

#[test]
fn the_hot_path_allocates_nothing() {
    let address = r#"("Doe, \"J\"" NIL "joe" "example.org")"#;
    let list = format!("({address}{address})");
    let envelope =
        format!(r#"("Mon, 1 Jan" "a \"b\" c" {list} {list} {list} {list} NIL NIL NIL "<x@y>")"#);
    let text = r#"("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 12 3 NIL ("inline" ("FILENAME" "a.txt")) "en" NIL)"#;
    for line in [
        "* 1 FETCH (UID 5 FLAGS (\\Seen $Forwarded) RFC822.SIZE 99 MODSEQ (7) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")".to_owned(),
        format!("* 1 FETCH (UID 5 FLAGS () ENVELOPE {envelope})"),
        "* 1 FETCH (BODY[HEADER.FIELDS (Subject Date)] {4}\r\nabcd UID 5)".to_owned(),
        "* SEARCH 1 2 3 4 (MODSEQ 5)".to_owned(),
        "* ESEARCH (TAG \"a\") UID ALL 1:5,9".to_owned(),
        "* LIST (\\HasNoChildren \\Sent) \"/\" Sent".to_owned(),
        "* STATUS INBOX (MESSAGES 5 UIDNEXT 7)".to_owned(),
        "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN".to_owned(),
    ] {
        assert_eq!(allocations(format!("{line}\r\n").as_bytes()), 0, "{line}");
    }
    // A structure is one list of parts, in every shape.
    let structure = format!(
        "* 1 FETCH (UID 5 BODYSTRUCTURE ({text}{text} \"ALTERNATIVE\" (\"BOUNDARY\" \"x\") NIL NIL NIL))\r\n"
    );
    assert_eq!(allocations(structure.as_bytes()), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_is_bounded_in_random_conversations(seed: u64, ops in vec(op(), 0..300)) {
        let mut small = clear();
        small.limits.line = 2048;
        small.limits.literal = 512;
        small.limits.body_chunk = 64;
        small.limits.commands_in_flight = 8;
        small.limits.command = 300;
        small.limits.sasl_line = 256;
        small.limits.capabilities = 16;
        let mut session = Session::new(small, seed);
        session.lean = true;
        // A line and its buffer, eight commands, a few names, and the records of the test itself.
        session.step(&Op::Say(usize::try_from(seed % 2).unwrap()));
        let ((), used) = allocated(|| ops.iter().for_each(|op| session.step(op)));
        prop_assert!(used.peak < 32 << 10, "{used:?}");
    }
}
