//! A body of any size goes by without being held: counted allocations, counted copies.

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    SeqNumber, Transport, Uid, client::Event, parse, section::Section, selected::Selected, server,
};

use crate::support::{
    client::{config, greeted, send},
    server::server_config,
};

const GIB: u64 = 1 << 30;
const BUFFER: usize = 16 << 10;

#[test]
fn a_body_of_one_gibibyte_goes_through_a_buffer_of_16_kib() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    input.reserve(BUFFER);
    let piece = [b'x'; BUFFER];
    let mut received = 0;
    let mut lies_in_the_buffer = true;
    let used = allocation_counter::measure(|| {
        input.extend_from_slice(format!("* 1 FETCH (UID 7 BODY[] {{{GIB}}}\r\n").as_bytes());
        assert!(matches!(
            connection.poll_event(&mut input),
            Ok(Some(Event::BodyStart { octets: GIB, .. }))
        ));
        let mut left = GIB;
        while left > 0 {
            // As a reader does: room for one read, which the buffer gives back when the chunk is dropped.
            let length = usize::try_from(left).unwrap().min(BUFFER);
            input.reserve(length);
            input.extend_from_slice(&piece[..length]);
            let address = input.as_ptr();
            left -= length as u64;
            while let Some(event) = connection.poll_event(&mut input).unwrap() {
                let Event::Body { chunk } = event else { break };
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
    assert!(used.bytes_max < 64 << 10, "{used:?}");
    assert!(used.count_total < 100, "no allocation per chunk: {used:?}");
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
    let used = allocation_counter::measure(|| {
        for _ in 0..GIB / BUFFER as u64 {
            connection.answer(id, piece.clone()).unwrap();
            let sent = connection.poll_transmit().unwrap().bytes;
            lies_in_the_piece &= sent.as_ptr() == piece.as_ptr() && sent.len() == piece.len();
        }
    });
    assert!(lies_in_the_piece);
    assert!(used.bytes_max < 4096, "{used:?}");
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
fn a_server_takes_a_message_of_one_gibibyte_through_a_buffer_of_16_kib() {
    let (mut server, mut input) = serving();
    input.extend_from_slice(format!("a APPEND INBOX {{{GIB}+}}\r\n").as_bytes());
    let Ok(Some(server::Event::Append { responder, .. })) = server.poll_event(&mut input) else {
        panic!()
    };
    responder.accept(&mut server).unwrap();
    let piece = [b'x'; BUFFER];
    let mut received = 0;
    let mut lies_in_the_buffer = true;
    let used = allocation_counter::measure(|| {
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
    assert!(used.bytes_max < 64 << 10, "{used:?}");
    assert!(used.count_total < 100, "no allocation per chunk: {used:?}");
}

#[test]
fn a_server_gives_a_body_of_one_gibibyte_through_an_output_of_16_kib() {
    let (mut server, mut input) = serving();
    input.extend_from_slice(b"a FETCH 1 BODY[]\r\n");
    let Ok(Some(server::Event::Command { responder, .. })) = server.poll_event(&mut input) else {
        panic!()
    };
    let fetch = responder.fetch(&mut server, SeqNumber::new(1).unwrap()).unwrap();
    let mut body = fetch.body(&mut server, &Section::full(), None, GIB).unwrap();
    let piece = [b'x'; 10_000];
    let mut sent = 0;
    let used = allocation_counter::measure(|| {
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
    assert!(used.bytes_max < 64 << 10, "{used:?}");
}

#[test]
fn an_announced_size_reserves_nothing() {
    for header in ["* 1 FETCH (BODY[] {9000000000000000000}\r\n", "* LIST () NIL {1000000}\r\n"] {
        let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
        let used = allocation_counter::measure(|| {
            input.extend_from_slice(header.as_bytes());
            while connection.poll_event(&mut input).unwrap().is_some() {}
        });
        assert!(used.bytes_max < 4096, "{used:?}");
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
    let used = allocation_counter::measure(|| {
        for _ in 1..50 {
            let address = input.as_ptr();
            match connection.poll_event(&mut input) {
                Ok(Some(Event::Untagged(line))) => assert_eq!(line.octets().as_ptr(), address),
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(used.count_total, 0, "{used:?}");
}

#[test]
fn the_view_of_a_mailbox_grows_with_what_came() {
    let mut view = Selected::with_numbers();
    let last = SeqNumber::new(50_000_000).unwrap();
    let used = allocation_counter::measure(|| {
        for line in [
            "* 50000000 EXISTS\r\n",
            "* 50000000 FETCH (UID 4294967295)\r\n",
            "* 1 FETCH (UID 7)\r\n",
        ] {
            view.apply(&parse::response(line.as_bytes(), &[]));
        }
    });
    assert_eq!(view.uid(last), Uid::new(u32::MAX));
    assert_eq!(view.resync_needed(), None);
    assert!(used.bytes_max < 4096, "{used:?}");
}
