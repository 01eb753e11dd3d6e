//! Discarded bodies while other FETCHes are in flight.

use bytes::Bytes;
use imap_proto_lite::{
    Command, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers},
    section::Section,
    sequence::Uid,
};

use crate::support::client::{config, feed, greeted, send};

fn fetch(uid: u32) -> Command<'static> {
    Command::Fetch {
        messages: UidSet::one(Uid::new(uid).unwrap()).into(),
        items: vec![FetchItem::peek(Section::full())].into(),
        modifiers: FetchModifiers::default(),
    }
}

/// As Dovecot does with pipelined FETCHes: both answers, then both tagged lines.
#[test]
fn a_discarded_fetch_does_not_take_the_bodies_of_the_next_one() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    let select = Command::Select {
        mailbox: imap_proto_lite::MailboxName::INBOX,
        parameters: imap_proto_lite::command::SelectParameters::None,
    };
    let (_, tag) = send(&mut connection, &select);
    feed(&mut connection, &mut input, format!("{tag} OK done\r\n").as_bytes(), || 99);
    let (first, one) = send(&mut connection, &fetch(1));
    let (second, two) = send(&mut connection, &fetch(2));
    connection.discard(first);
    let answer = format!(
        "* 1 FETCH (UID 1 BODY[] {{3}}\r\none)\r\n* 2 FETCH (UID 2 BODY[] {{3}}\r\ntwo)\r\n{one} OK done\r\n{two} OK done\r\n"
    );
    let (events, error) = feed(&mut connection, &mut input, answer.as_bytes(), || 1000);
    assert_eq!(error, None);
    let mut uid = None;
    let mut of_second = Vec::new();
    let mut done = Vec::new();
    for event in events {
        match event {
            Event::BodyStart { uid: of, .. } => uid = of.map(Uid::get),
            Event::Body { chunk, .. } if uid == Some(2) => of_second.push(chunk),
            Event::Done { id, .. } => done.push(id),
            _ => {}
        }
    }
    assert_eq!(of_second, [Bytes::from_static(b"two")]);
    assert_eq!(done, [first, second]);

    // Alone, its bodies do not come.
    let (id, tag) = send(&mut connection, &fetch(1));
    connection.discard(id);
    let answer = format!("* 1 FETCH (UID 1 BODY[] {{3}}\r\none)\r\n{tag} OK done\r\n");
    let (events, _) = feed(&mut connection, &mut input, answer.as_bytes(), || 1);
    assert!(
        !events.iter().any(|event| matches!(
            event,
            Event::BodyStart { .. } | Event::Body { .. } | Event::BodyEnd
        )),
        "{events:?}"
    );
}
