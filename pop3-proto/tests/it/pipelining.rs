//! Many commands in flight between the two machines in memory: no deadlock, and bounded memory.

use bytes::Bytes;
use mail_harness::memory::allocated;
use pop3_proto::{Command, Status, client::Event};

use crate::support::pair::{Pair, messages, number};

/// 10,000 RETR through pipes of 4 KiB: no deadlock, and memory does not grow.
#[test]
fn ten_thousand_retr_through_a_window_of_4_kib() {
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
    let ((), info) = allocated(|| {
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
                    Event::Done { status: Status::Ok, .. } => complete += 1,
                    Event::Done { .. } => panic!("refused"),
                    _ => {}
                }
            }
        }
    });
    assert_eq!(most_in_flight, 32);
    assert_eq!(octets, 10_000 * message.len() as u64);
    assert!(info.peak < 512 << 10, "{} octets at once", info.peak);
    assert!(pair.most_output <= 2 * (64 << 10), "{} octets of output at once", pair.most_output);
}

/// A maildrop of 200,000 messages is listed in pieces.
#[test]
fn a_long_listing_is_made_in_pieces() {
    let mut pair = Pair::logged_in(vec![Bytes::from_static(b"x"); 200_000]);
    let id = pair.client.send(&Command::Uidl(None)).unwrap();
    let ((), info) = allocated(|| {
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
    assert!(info.peak < 1 << 20, "{} octets at once", info.peak);
    assert!(pair.most_output < 32 << 10, "{} octets of output at once", pair.most_output);
    assert_eq!(pair.client.in_flight(), 0);
    let _ = id;
}

/// A slow caller: the bytes wait at the server, not here.
#[test]
fn a_slow_consumer_holds_little_memory() {
    /// The caller reads no more than this before it polls.
    const INPUT: usize = 16 << 10;
    let message = "a line of a long message\r\n".repeat(40_000);
    let mut pair = Pair::logged_in(messages(&[&message]));
    pair.events.clear();
    for _ in 0..8 {
        pair.client.send(&Command::Retr(number(1))).unwrap();
    }
    let (mut octets, mut complete, mut most_waiting) = (0, 0, 0);
    let ((), info) = allocated(|| {
        while complete < 8 {
            // The network and the server go on as long as they can.
            loop {
                let mut acted = false;
                while let Some(transmit) = pair.client.poll_transmit() {
                    pair.to_server.extend_from_slice(&transmit.bytes);
                    acted = true;
                }
                acted |= Pair::carry(&mut pair.to_server, &mut pair.server_input, usize::MAX);
                if let Some(event) = pair.server.poll_event(&mut pair.server_input).unwrap() {
                    pair.serve(event);
                    acted = true;
                }
                acted |= pair.write_more();
                if pair.to_client.len() < pair.window
                    && let Some(transmit) = pair.server.poll_transmit()
                {
                    pair.to_client.extend_from_slice(&transmit.bytes);
                    acted = true;
                }
                let room = INPUT.saturating_sub(pair.client_input.len());
                acted |= room > 0 && Pair::carry(&mut pair.to_client, &mut pair.client_input, room);
                if !acted {
                    break;
                }
            }
            most_waiting = most_waiting.max(pair.client_input.len());
            // And only then the caller takes one event.
            match pair.client.poll_event(&mut pair.client_input).unwrap() {
                Some(Event::Body { chunk, .. }) => octets += chunk.len(),
                Some(Event::Done { status: Status::Ok, .. }) => complete += 1,
                Some(_) => {}
                None => panic!("stuck with {complete} complete"),
            }
        }
    });
    assert_eq!(octets, 8 * message.len());
    assert!(most_waiting <= INPUT, "{most_waiting} octets waited");
    // 8 MB passed through.
    assert!(info.peak < 512 << 10, "{} octets at once", info.peak);
}

#[test]
fn discard_in_the_middle_of_a_body() {
    let mut pair = Pair::logged_in(messages(&["first\r\n", "second\r\n", "third\r\n"]));
    let ids = [1, 2, 3].map(|n| pair.client.send(&Command::Retr(number(n))).unwrap());
    // The second when it is on its way, half of it told.
    pair.cut = Box::new(|| 3);
    pair.events.clear();
    let second = |event: &Event| matches!(event, Event::Body { id, .. } if *id == ids[1]);
    while !pair.events.iter().any(second) {
        assert!(pair.step());
    }
    let told = pair.body(ids[1]);
    assert!(told.len() < "second\r\n".len(), "{told:?}");
    pair.client.discard(ids[1]);
    pair.run();
    assert_eq!(pair.body(ids[0]), b"first\r\n");
    assert_eq!(pair.body(ids[1]), told, "no more of it");
    assert_eq!(pair.body(ids[2]), b"third\r\n");
    for id in ids {
        assert_eq!(pair.status(id), Some(Status::Ok));
    }
    let ended = |event: &Event| matches!(event, Event::BodyEnd { id, .. } if *id == ids[1]);
    assert!(!pair.events.iter().any(ended), "and it is not called complete");
}

#[test]
fn each_answer_belongs_to_its_command() {
    let mut pair = Pair::logged_in(messages(&["a\r\n", "b\r\n"]));
    let script = [
        (Command::Dele(number(9)), Status::Err),
        (Command::Retr(number(1)), Status::Ok),
        (Command::Retr(number(9)), Status::Err),
        (Command::Dele(number(1)), Status::Ok),
        (Command::Retr(number(1)), Status::Err),
        (Command::Uidl(None), Status::Ok),
        (Command::Retr(number(2)), Status::Ok),
    ];
    pair.cut = Box::new(|| 1);
    let ids = script.map(|(command, _)| pair.client.send(&command).unwrap());
    pair.run();
    for ((command, status), id) in script.iter().zip(ids) {
        assert_eq!(pair.status(id), Some(*status), "{command:?}");
    }
    assert_eq!((pair.body(ids[1]), pair.body(ids[6])), (b"a\r\n".to_vec(), b"b\r\n".to_vec()));
}
