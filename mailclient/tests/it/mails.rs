//! Whole mails as text: hostile ones on a small stack, with linear work and bounded memory.

use std::time::Duration;

use mail_harness::memory::{allocated, busy, on_small_stack};
use mailclient::{DateTime, Envelope, Message};

const SIZE: usize = 4 << 20;
const SMALL: usize = 512 << 10;
const STACK: usize = 128 << 10;

/// A message that repeats a piece, in which `#` is a number that counts up, after a beginning.
fn repeated(begin: &str, piece: &str, size: usize) -> Vec<u8> {
    let mut bytes = begin.as_bytes().to_vec();
    for number in 0.. {
        if bytes.len() >= size {
            return bytes;
        }
        bytes.extend_from_slice(piece.replace('#', &format!("{number:06}")).as_bytes());
    }
    bytes
}

/// Everything that can be asked of a message; returns a number so that nothing is left out.
fn read(bytes: &[u8]) -> usize {
    let message = Message::parse(bytes.to_vec());
    let copy = message.clone();
    assert!(format!("{:?}", message.structure()) == format!("{:?}", copy.structure()));
    drop(copy);
    let envelope = message.envelope();
    let addresses = envelope.from.len() + envelope.to.len() + envelope.references.len();
    let texts = message.text().len() + message.html().unwrap_or_default().len();
    let chunks = message.attachments().into_iter().flat_map(|attachment| attachment.content());
    addresses + texts + chunks.map(|chunk| chunk.len()).sum::<usize>()
}

const HOSTILE: [(&str, &str, &str); 22] = [
    ("messages", "", "Content-Type:message/rfc822\n\n"),
    ("messages with CR LF", "", "Content-Type: message/rfc822\r\n\r\n"),
    ("multiparts", "", "Content-Type:multipart/x;boundary=#\n\n--#\n"),
    ("multiparts of one boundary", "", "Content-Type:multipart/x;boundary=a\n\n--a\n"),
    ("mixtures", "", "Content-Type:multipart/x;boundary=#\n\n--#\nContent-Type:message/rfc822\n\n"),
    ("digests", "", "Content-Type:multipart/digest;boundary=#\n\n--#\n\n"),
    ("many parts", "Content-Type:multipart/x;boundary=a\n\n", "--a\n"),
    ("ends of parts", "Content-Type:multipart/x;boundary=a\n\n--a\n\n", "--a--\n"),
    ("no parts", "Content-Type:multipart/x;boundary=a\n\n", "--b\n"),
    ("short lines", "\n", "\n"),
    ("fields", "", "a:b\n"),
    ("damaged fields", "", "a\n b\n"),
    ("one folded field", "Subject: a\n", " b\n"),
    ("addresses", "To: ", "a,"),
    ("groups", "To: ", "a:<b@c>;"),
    ("comments", "From: ", "(a"),
    ("message ids", "References: ", "<a>"),
    ("encoded words", "Subject: ", "=?utf-8?q?a?= "),
    ("beginnings of words", "Subject: ", "=?utf-8?q?a "),
    ("parameters", "Content-Type: text/plain", ";name*#=a"),
    ("tags", "Content-Type: text/html\n\n", "<p>&#60;<style></style>"),
    ("quotes of tags", "Content-Type: text/html\n\n", "<a b=\"<"),
];

#[test]
fn hostile_mails_need_no_stack_and_little_memory() {
    for (place, (name, begin, piece)) in HOSTILE.into_iter().enumerate() {
        // Only nesting needs the size.
        let bytes = repeated(begin, piece, if place < 7 { SIZE } else { SMALL });
        let length = bytes.len() as u64;
        let counted = on_small_stack(STACK, move || {
            let (message, kept) = allocated(|| Message::parse(bytes.clone()));
            drop(message);
            let (number, counted) = allocated(|| read(&bytes));
            assert!(number < usize::MAX);
            (kept.peak, counted.peak)
        });
        let (parsed, peak) = counted;
        assert!(parsed <= 4 * length, "{name}: parsing needs {parsed} of {length} bytes");
        assert!(peak <= 16 * length, "{name}: {peak} of {length} bytes");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn work_is_linear_in_the_size_of_a_mail() {
    for (name, begin, piece) in HOSTILE {
        // The best of three: other processes cost time, too.
        let best = |size| {
            let bytes = repeated(begin, piece, size);
            (0..3)
                .map(|_| {
                    let start = busy().unwrap();
                    assert!(read(&bytes) < usize::MAX);
                    busy().unwrap() - start
                })
                .min()
                .unwrap()
        };
        let (one, eight) = (best(SMALL / 8), best(SMALL));
        // Quadratic work is 64 times as much. The system counts in steps of some milliseconds.
        assert!(
            eight < one.max(Duration::from_millis(10)) * 28,
            "{name}: {one:?} and {eight:?} for eight times as much"
        );
    }
}

#[test]
fn a_large_attachment_is_not_held_twice() {
    let line = format!("{}\r\n", "QUJD".repeat(19));
    let head = "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let bytes = repeated(head, &line, SIZE);
    let (size, counted) = allocated(|| {
        let message = Message::parse(bytes);
        let attachments = message.attachments();
        attachments[0].content().map(|chunk| chunk.len()).sum::<usize>()
    });
    assert!(size > SIZE / 2, "{size}");
    assert!(counted.peak < 512 << 10, "{counted:?}");
}

/// Mails of other people that were misread; see also the tables of `message/`.
#[test]
fn mails_that_were_misread_are_read() {
    let envelope = |text: &str| Envelope::parse(text.as_bytes());
    let zone = "Date: Tue, 25 Apr 2023 15:09:57 Z\n";
    let mime = "Content-Type: multipart/mixed; boundary=b\n";
    let parts = "\n--b\n\nthe text\n--b\nContent-Type: image/png; name=a.png\n\nx\n--b--\n";
    for line_end in ["\n", "\r\n"] {
        let mail = [zone, mime, parts].concat().replace('\n', line_end);
        let message = Message::parse(mail);
        assert_eq!(message.text(), "the text");
        assert_eq!(message.attachments()[0].name.as_deref(), Some("a.png"));
    }
    assert_eq!(Message::parse([zone, "\nbody"].concat()).text(), "body");
    assert_eq!(Message::parse("Content-Type: text\n\nbody").text(), "body");
    let day = DateTime::day(1992, 6, 7).and_then(|day| day.at(14, 2, 0)).unwrap();
    let found = envelope("Date: Sun, 7 Jun 1992 14:02 CDT\n").date;
    assert_eq!(found, day.with_offset(-300));
    assert_eq!(envelope("Date: Tue, 99 Apr 2023 25:99:99 +0200\n").date, None);
    let from = envelope("From: Ann <ann@example.org> Bob <bob@example.org>\n").from;
    assert_eq!(
        from.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        "Ann <ann@example.org>,Bob <bob@example.org>"
    );
    // An attached message whose header has no end.
    let outer = "Content-Type: multipart/mixed; boundary=out\n\n";
    let attached = "--out\nContent-Type: message/rfc822\n\nSubject: s\nContent-Type: multipart/x; boundary=in\n";
    let others = "--out\nContent-Disposition: attachment; filename=two.txt\n\ntwo\n--out--\n";
    let message = Message::parse([outer, attached, others].concat());
    let attachments = message.attachments();
    assert_eq!(attachments.len(), 2);
    assert_eq!(attachments[1].content().into_vec(), b"two");
    let paths = message.structure().parts.into_iter().map(|part| {
        let path: Vec<String> = part.path.iter().map(ToString::to_string).collect();
        format!("{} {}", path.join("."), part.media_type)
    });
    let expected = [" multipart/mixed", "1 message/rfc822", " multipart/x", "2 text/plain"];
    assert_eq!(paths.collect::<Vec<_>>(), expected);
}
