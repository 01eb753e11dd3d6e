//! Bounded memory and linear work, whatever the server sends.

use bytes::BytesMut;
use mail_harness::memory::allocated;
use pop3_proto::{
    Command, Config, MessageNumber, ProtocolError, ReplyShape, Transport, UniqueIdIndex,
    client::Connection,
};

use crate::support::session::{greeted, pipelining};

/// A quadratic reader would take hours for these; they come one byte at a time.
#[test]
fn work_is_linear_also_byte_by_byte() {
    let octets = 1 << 20;
    let mut machine = pipelining();
    let mut input = BytesMut::new();
    machine.send(&Command::Retr(MessageNumber::new(1).unwrap())).unwrap();
    while machine.poll_transmit().is_some() {}
    let mut feed = |machine: &mut Connection, octet: u8| {
        input.extend_from_slice(&[octet]);
        while machine.poll_event(&mut input).unwrap().is_some() {}
    };
    for octet in *b"+OK\r\n" {
        feed(&mut machine, octet);
    }
    for index in 0..octets {
        feed(&mut machine, b"..x\r\n."[index % 6]);
    }
    // And a line that never ends.
    let mut config = Config::new(Transport::Tls);
    config.limits.status_line = octets + 10;
    let mut machine = Connection::new(config);
    let mut input = BytesMut::from("+OK ");
    for _ in 0..octets {
        input.extend_from_slice(b"x");
        assert_eq!(machine.poll_event(&mut input), Ok(None));
    }
    input.extend_from_slice(b"\r\n");
    assert!(machine.poll_event(&mut input).unwrap().is_some());
}

/// Whatever comes without end, what the machine holds stays small.
#[test]
fn memory_is_bounded_whatever_the_server_sends() {
    let floods: [(&str, Command<'_>, &[u8], &[u8]); 8] = [
        (
            "body",
            Command::Retr(MessageNumber::new(1).unwrap()),
            b"+OK\r\n",
            b"a line of a mail\r\n",
        ),
        ("dots", Command::Retr(MessageNumber::new(1).unwrap()), b"+OK\r\n", b"..\r\n"),
        ("listing", Command::List(None), b"+OK\r\n", b"1 100\r\n"),
        ("unique-ids", Command::Uidl(None), b"+OK\r\n", b"1 abcdefghijklmnop\r\n"),
        ("capabilities", Command::Capa, b"+OK\r\n", b"X-CAPABILITY\r\n"),
        ("languages", Command::Lang(None), b"+OK\r\n", b"en English\r\n"),
        ("status line", Command::Noop, b"+OK ", b"xxxxxxxxxxxxxxxxxxxx"),
        (
            "raw lines",
            Command::Raw { line: "XTND XLST", reply: ReplyShape::Lines },
            b"+OK\r\n",
            b"line\r\n",
        ),
    ];
    for (name, command, head, flood) in floods {
        // CAPA is asked first by `pipelining`, so LANG has to be tried without it.
        let mut machine =
            if matches!(command, Command::Lang(_)) { greeted() } else { pipelining() };
        machine.send(&command).unwrap();
        while machine.poll_transmit().is_some() {}
        let piece = flood.repeat(4096 / flood.len());
        let mut total = 0;
        let ((), info) = allocated(|| {
            let mut input = BytesMut::with_capacity(8192);
            input.extend_from_slice(head);
            'flood: while total < 16 << 20 {
                input.extend_from_slice(&piece);
                total += piece.len();
                loop {
                    match machine.poll_event(&mut input) {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(ProtocolError::TooLong { .. }) => break 'flood,
                        Err(error) => panic!("{name}: {error}"),
                    }
                }
            }
        });
        assert!(info.peak < 128 << 10, "{name}: {} octets at once", info.peak);
        let endless = ["body", "dots", "listing", "unique-ids", "raw lines"].contains(&name);
        assert!(endless || total < 1 << 20, "{name} was read to {total} octets");
    }
}

/// LIST and UIDL of a whole maildrop, with unique-ids of three lengths: at most 48 bytes a message
/// besides its unique-id, and no allocation for a message alone.
#[test]
#[allow(clippy::print_stdout, reason = "the figures are what this is about")]
fn an_index_takes_48_bytes_a_message_and_the_unique_id() {
    for (messages, length) in [(100_000, 10), (100_000, 36), (100_000, 70), (1_000_000, 36)] {
        let (index, info) = allocated(|| {
            let mut index = UniqueIdIndex::new();
            let mut machine = pipelining();
            for command in [Command::List(None), Command::Uidl(None)] {
                let is_list = matches!(command, Command::List(_));
                machine.send(&command).unwrap();
                while machine.poll_transmit().is_some() {}
                let mut input = BytesMut::from("+OK\r\n");
                for number in 1..=messages {
                    let line = match is_list {
                        true => format!("{number} 4096\r\n"),
                        false => format!("{number} {number:0length$}\r\n"),
                    };
                    input.extend_from_slice(line.as_bytes());
                    if number == messages {
                        input.extend_from_slice(b".\r\n");
                    }
                    if number % 1000 == 0 {
                        while let Some(event) = machine.poll_event(&mut input).unwrap() {
                            index.learn(&event);
                        }
                    }
                }
            }
            index
        });
        assert_eq!((index.len(), index.is_complete()), (messages, true));
        let last = MessageNumber::new(u32::try_from(messages).unwrap()).unwrap();
        assert_eq!(index.number(format!("{messages:0length$}").as_bytes()), Some(last));
        let (kept, one) = (usize::try_from(info.kept).unwrap(), messages as f64);
        println!(
            "{messages} messages, unique-ids of {length} bytes: {:.1} bytes a message kept, {:.1} \
             at most while it grew",
            kept as f64 / one,
            info.peak as f64 / one
        );
        assert!(kept <= messages * (48 + length), "{} bytes a message", kept / messages);
        let (_, copied) = allocated(|| index.clone());
        assert_eq!(copied.count, 5, "one for each column and order");
    }
}
