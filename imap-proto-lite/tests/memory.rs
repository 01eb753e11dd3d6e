//! A body of any size goes by without being held: counted allocations, counted copies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]

mod common;

use common::{config, greeted};
use imap_proto_lite::{SeqNumber, Uid, client::Event, parse, selected::Selected};

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
        assert!(matches!(
            connection.poll_event(&mut input),
            Ok(Some(Event::Untagged(_)))
        ));
    });
    assert_eq!(received, GIB);
    assert!(lies_in_the_buffer);
    assert!(used.bytes_max < 64 << 10, "{used:?}");
    assert!(used.count_total < 100, "no allocation per chunk: {used:?}");
}

#[test]
fn an_announced_size_reserves_nothing() {
    for header in [
        "* 1 FETCH (BODY[] {9000000000000000000}\r\n",
        "* LIST () NIL {1000000}\r\n",
    ] {
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
