//! Whole mails: their structure as the server tells it and as it is in the message, and their
//! attachments read one by one and out of the message.

use std::{collections::HashMap, num::NonZeroU32};

use mail_testserver::{Scheme, TestServer};
use mailclient::{
    Body, Credentials, Error, IdSet, List, Mailbox, Message, MessageId, MimePart, Part, Structure,
};

use super::line;
use crate::{
    suite::{self, Given},
    support::account_at,
};

/// The mails of the corpora of which the server and the message say different things, with what
/// differs and why.
const DIFFERENT: &str = include_str!("different.tsv");

/// A session on a server that holds these messages, without a capability.
async fn holding(given: &[Given], hidden: &str) -> (TestServer, Box<dyn Mailbox>) {
    let builder = TestServer::builder().without_messages().hide_capability(hidden);
    let builder = given.iter().fold(builder, |builder, message| {
        builder.message("alice", "INBOX", suite::with_crlf(&message.bytes))
    });
    let server = builder.start().await.unwrap();
    let password = Credentials::password(server.password("alice"));
    let mailbox = account_at(&server, Scheme::Imaps).connect(&password).await.unwrap();
    (server, mailbox)
}

/// The messages with their structures, in the order of the server.
async fn described(mailbox: &mut dyn Mailbox) -> Vec<(MessageId, Structure)> {
    let request = List::all().with_structure();
    let rows = mailbox.list(&request).await.unwrap().collect(10_000).await.unwrap();
    rows.into_iter().map(|row| (row.id, *row.structure.unwrap())).collect()
}

async fn whole(mailbox: &mut dyn Mailbox, id: &MessageId) -> Message {
    let body = mailbox.fetch(id, &Part::Whole).await.unwrap();
    Message::parse(body.collect(64 << 20).await.unwrap())
}

/// What differs between two structures, on one line.
fn differences(told: &Structure, found: &Structure) -> Option<String> {
    fn all(structure: &Structure) -> Vec<String> {
        let shown =
            |part: &MimePart| format!("{} {:?} {:?}", line(part), part.parent, part.parameters);
        structure.parts.iter().map(shown).collect()
    }
    let (told, found) = (all(told), all(found));
    let place = (0..told.len().max(found.len())).find(|at| told.get(*at) != found.get(*at))?;
    Some(format!("part {place}: {:?} and {:?}", told.get(place), found.get(place)))
}

/// Compares what was found with the list, whose rows are file, kind and reason.
#[allow(clippy::print_stdout, reason = "the differences belong to the run")]
fn compare(kind: &str, given: &[Given], found: &[(String, String)]) {
    let listed = DIFFERENT.lines().filter(|row| !row.starts_with('#') && !row.is_empty());
    let listed: Vec<&str> = listed
        .filter_map(|row| row.split_once(&format!("\t{kind}\t")))
        .map(|(file, _)| file)
        .filter(|file| given.iter().any(|given| given.name == *file))
        .collect();
    for (file, difference) in found {
        println!("{file}\t{kind}\t{difference}");
    }
    let unlisted: Vec<_> =
        found.iter().filter(|(file, _)| !listed.contains(&file.as_str())).collect();
    assert!(unlisted.is_empty(), "{unlisted:#?}");
    let differs = |file: &&&str| !found.iter().any(|(name, _)| name == *file);
    let gone: Vec<_> = listed.iter().filter(differs).collect();
    assert!(gone.is_empty(), "these do not differ any more: {gone:?}");
}

#[tokio::test]
async fn the_server_and_the_message_have_one_structure() {
    let given = given();
    let (_server, mut mailbox) = holding(&given, "").await;
    let mailbox = &mut *mailbox;
    let mut found = Vec::new();
    for ((id, told), given) in described(mailbox).await.iter().zip(&given) {
        assert_eq!(mailbox.structure(id).await.unwrap(), *told, "{}", given.name);
        let message = whole(mailbox, id).await;
        let difference = differences(told, &message.structure());
        found.extend(difference.map(|difference| (given.name.clone(), difference)));
    }
    compare("structure", &given, &found);
}

#[tokio::test]
async fn attachments_read_alone_are_those_of_the_message() {
    let given = given();
    for (hidden, kind) in [("", "binary"), ("BINARY", "attachments")] {
        let (_server, mut mailbox) = holding(&given, hidden).await;
        let mailbox = &mut *mailbox;
        let (mut found, mut read) = (Vec::new(), 0);
        for ((id, _), given) in described(mailbox).await.iter().zip(&given) {
            let message = whole(mailbox, id).await;
            let mut difference = None;
            for attachment in message.attachments() {
                let part = Part::decoded_section(attachment.path.clone());
                let alone = match mailbox.fetch(id, &part).await {
                    Ok(body) => body.collect(64 << 20).await,
                    Err(error) => Err(error),
                };
                let content = attachment.content().into_vec();
                read += 1;
                let is_same = alone.as_ref().is_ok_and(|alone| *alone == content);
                if !is_same {
                    let alone = alone.map(|bytes| bytes.len());
                    let length = content.len();
                    difference =
                        Some(format!("{:?}: {alone:?} and {length} bytes", attachment.path));
                }
            }
            found.extend(difference.map(|difference| (given.name.clone(), difference)));
        }
        assert!(read >= 5, "{read} attachments");
        compare(kind, &given, &found);
    }
}

/// Part 1 of most messages, and a part that few have, one of them in an encoding that the server
/// does not know.
#[tokio::test]
async fn parts_of_many_messages_are_those_of_each() {
    let given = given();
    for hidden in ["", "BINARY"] {
        let (_server, mut mailbox) = holding(&given, hidden).await;
        let ids: Vec<MessageId> =
            described(&mut *mailbox).await.into_iter().map(|row| row.0).collect();
        for number in [1, 4] {
            let part = Part::decoded_section(Vec::from_iter(NonZeroU32::new(number)));
            let mut together = HashMap::new();
            let set: IdSet = ids.iter().collect();
            let mut bodies = mailbox.fetch_many(&set, &part).await.unwrap();
            while let Some(next) = bodies.next().await {
                let (id, body) = next.unwrap();
                let told = together.insert(id, read(body).await);
                assert_eq!(told, None, "a message came twice");
            }
            drop(bodies);
            assert!(together.values().any(Option::is_some), "no part {number}");
            for id in &ids {
                let alone = read(mailbox.fetch(id, &part).await).await;
                assert_eq!(together.remove(id), Some(alone), "{id} {number} {hidden}");
            }
        }
    }
}

/// The bytes of a part; `None` if there is no such part.
async fn read(body: mailclient::Result<Body<'_>>) -> Option<Vec<u8>> {
    match body {
        Ok(body) => Some(body.collect(64 << 20).await.unwrap()),
        Err(Error::NoSuchPart(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

/// The messages of the corpora, if there are any, and ours.
fn given() -> Vec<Given> {
    let own = OWN.iter().map(|(name, text)| {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        Given { name: (*name).into(), bytes }
    });
    own.chain(suite::messages::given()).collect()
}

const OWN: [(&str, &str); 4] = [
    (
        "attachments",
        "Content-Type: multipart/mixed; boundary=o\n\n\
         --o\nContent-Type: multipart/alternative; boundary=i\n\n\
         --i\nContent-Type: text/plain; charset=utf-8; format=flowed\n\nplain\n\
         --i\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\na=3Db=\n\n--i--\n\
         --o\nContent-Type: application/pdf; name=\"gr=?utf-8?q?=C3=BC?=n.pdf\"\nContent-ID: <1@x>\n\
         Content-Description: a file\nContent-Disposition: attachment; filename*0*=utf-8''gr%C3%BC;\n filename*1=n.pdf\n\
         Content-Transfer-Encoding: base64\n\naGVs\nbG8=\n\
         --o\nContent-Type: image/png\nContent-Disposition: inline\nContent-Transfer-Encoding: Quoted-Printable\n\na=3D \n=\nb\n\
         --o\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n\n--o--\n",
    ),
    (
        "enclosed",
        "Subject: o\nContent-Type: multipart/mixed; boundary=o\n\n\
         --o\nContent-Type: message/rfc822\n\n\
         Subject: i\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--i\nContent-Type: text/html\n\ntwo\n--i--\n\
         --o\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=a.eml\n\nSubject: single\n\ntext\n--o--\n",
    ),
    ("single", "Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\nUEsFBg==\n"),
    ("digest", "Content-Type: multipart/digest; boundary=o\n\n--o\n\nSubject: a\n\nx\n--o--\n"),
];
