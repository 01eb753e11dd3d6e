//! Many commands on their way, between the two machines in memory: no deadlock, and what is held stays small.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]

mod machines;

use bytes::Bytes;
use machines::{Pair, messages, number};
use pop3_proto::client::Event;
use pop3_proto::{Command, Status};

/// 10,000 RETR through pipes of 4 KiB: no deadlock, and what is kept does not grow.
#[test]
fn ten_thousand_pipelined_retr() {
    let message = "Subject: x\r\n\r\n.a line that has to be stuffed\r\nanother line\r\n".repeat(10);
    let mut pair = Pair::logged_in(messages(&[&message]));
    let mut seed = 1_usize;
    pair.cut = Box::new(move || {
        seed = seed.wrapping_mul(25_214_903_917).wrapping_add(11);
        1 + (seed >> 17) % 2048
    });
    pair.events.clear();
    let (mut sent, mut complete, mut octets) = (0, 0, 0);
    let mut most_in_flight = 0;
    let info = allocation_counter::measure(|| {
        while complete < 10_000 {
            while sent < 10_000 {
                match pair.client.send(&Command::Retr(number(1))) {
                    Ok(_) => sent += 1,
                    Err(pop3_proto::SendError::TooManyInFlight { .. }) => break,
                    Err(error) => panic!("{error}"),
                }
            }
            most_in_flight = most_in_flight.max(pair.client.in_flight());
            assert!(pair.step(), "deadlock with {complete} of {sent} answered");
            pair.backend.octets_written.clear();
            for event in pair.events.drain(..) {
                match event {
                    Event::BodyEnd { octets: body, .. } => octets += body,
                    Event::Done {
                        status: Status::Ok, ..
                    } => complete += 1,
                    Event::Done { .. } => panic!("refused"),
                    _ => {}
                }
            }
        }
    });
    assert_eq!(most_in_flight, 32);
    assert_eq!(octets, 10_000 * message.len() as u64);
    assert!(
        info.bytes_max < 512 << 10,
        "{} octets at once",
        info.bytes_max
    );
    assert!(
        pair.most_output <= 2 * (64 << 10),
        "{} octets of output at once",
        pair.most_output
    );
}

/// A maildrop of 200,000 messages is listed in pieces.
#[test]
fn a_long_listing_is_made_in_pieces() {
    let mut pair = Pair::logged_in(vec![Bytes::from_static(b"x"); 200_000]);
    let id = pair.client.send(&Command::Uidl(None)).unwrap();
    let info = allocation_counter::measure(|| {
        let mut count = 0;
        while pair.step() {
            count += pair
                .events
                .drain(..)
                .filter(|event| matches!(event, Event::UniqueId { .. }))
                .count();
        }
        assert_eq!(count, 200_000);
    });
    assert!(
        info.bytes_max < 1 << 20,
        "{} octets at once",
        info.bytes_max
    );
    assert!(
        pair.most_output < 32 << 10,
        "{} octets of output at once",
        pair.most_output
    );
    assert_eq!(pair.client.in_flight(), 0);
    let _ = id;
}
