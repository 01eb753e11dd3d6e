//! The built-in messages: one of each kind that a client has to get right.

use std::{io, path::Path};

use bytes::Bytes;

/// A message to put into a folder when the server starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seed {
    pub(super) octets: Bytes,
    pub(super) flags: &'static [&'static str],
    /// Seconds since 1970.
    pub(super) date: i64,
}

/// 2026-03-02 08:00:00 UTC; each further message came seven hours later.
pub(super) const FIRST: i64 = 1_772_438_400;
const APART: i64 = 7 * 3600;

/// Text with LF, as in this file, and the flags of the message.
const BUILT_IN: [(&[u8], &[&str]); 14] = [
    (PLAIN, &["\\Seen"]),
    (ALTERNATIVE, &["\\Seen", "\\Answered"]),
    (ATTACHMENT, &["\\Flagged"]),
    (EIGHT_BIT, &[]),
    (ENCODED_WORDS, &["\\Seen", "$Forwarded"]),
    (DOTS, &[]),
    (GROUP, &["\\Seen"]),
    (EMPTY_BODY, &[]),
    (NO_FINAL_LINE_END, &["\\Draft", "\\Seen"]),
    (NO_EMPTY_LINE, &[]),
    (FORWARDED, &["\\Seen"]),
    (FOLDED, &[]),
    (JAPANESE, &["$Important"]),
    (ONE_LONG_WORD, &[]),
];

const PLAIN: &[u8] = b"From: Ada Lovelace <ada@example.org>
To: alice@example.com
Subject: Notes on the engine
Date: Mon, 2 Mar 2026 08:00:00 +0000
Message-ID: <notes-1@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

Dear Alice,

the notes you asked for are ready. The engine weaves algebraical patterns
just as the loom weaves flowers and leaves.

Ada
";

const ALTERNATIVE: &[u8] = b"From: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <juergen@example.net>
To: Alice <alice@example.com>
Subject: =?utf-8?B?RWlubGFkdW5nIHp1ciBFcsO2ZmZudW5nIOKAkyBLw7ZsbiwgMTIuIE3DpHJ6?=
Date: Mon, 2 Mar 2026 16:00:00 +0100
Message-ID: <einladung@example.net>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=\"=_alternative\"

This part is for readers that know nothing of MIME.
--=_alternative
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Liebe Alice,

wir er=C3=B6ffnen am 12. M=C3=A4rz. Kommst du?

J=C3=BCrgen
--=_alternative
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<html><body><p>Liebe Alice,</p>
<p>wir er=C3=B6ffnen am <b>12. M=C3=A4rz</b>. Kommst du?</p>
<p>J=C3=BCrgen</p></body></html>
--=_alternative--
";

const ATTACHMENT: &[u8] = b"From: \"Hopper, Grace\" <grace@example.org>
To: alice@example.com
Cc: \"Bob (Accounts)\" <bob@example.com>
Subject: Expenses for February
Date: Mon, 2 Mar 2026 22:00:00 +0000
Message-ID: <expenses@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=mixed

--mixed
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
Content-Language: en, de

The table is attached. Two receipts are missing.
--mixed
Content-Type: text/csv; charset=utf-8; name=\"expenses 2026-02.csv\"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename=\"expenses 2026-02.csv\"; size=55
Content-Description: one line per day

ZGF5LHdoYXQsYW1vdW50CjIwMjYtMDItMDMsdHJhaW4sMjMuOTAKMjAyNi0wMi0xNyxob3RlbCwx
MTIuMDAK
--mixed
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-Disposition: inline; filename*=utf-8''S%C3%A4ule.png
Content-ID: <column@example.org>

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9
awAAAABJRU5ErkJggg==
--mixed--
";

const EIGHT_BIT: &[u8] = b"From: Zo\xc3\xab <zoe@example.net>
To: alice@example.com
Subject: Caf\xc3\xa9 at n\xc3\xb8\xc3\xb8n \xe2\x98\x95
Date: Tue, 3 Mar 2026 05:00:00 +0000
Message-ID: <cafe@example.net>
MIME-Version: 1.0
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

The header above is raw UTF-8, the text below is Latin-1:
Gr\xfc\xdfe aus K\xf6ln, d\xe9j\xe0 vu
";

const ENCODED_WORDS: &[u8] =
    b"From: =?iso-8859-1?Q?Andr=E9?= =?iso-8859-1?Q?_Pirard?= <andre@example.org>
To: =?us-ascii?Q?Alice?= <alice@example.com>
Subject: =?iso-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=
 =?iso-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=
Date: Tue, 3 Mar 2026 12:00:00 +0000
Message-ID: <words@example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=windows-1252
Content-Transfer-Encoding: quoted-printable

Price: 10 =80 =96 a soft line break fol=
lows, and a space at the end of this line:=20
done.
";

const DOTS: &[u8] = b".Dotted: the first octet of this message is a dot
From: Dot <dot@example.org>
To: alice@example.com
Subject: Lines that begin with dots
Date: Tue, 3 Mar 2026 19:00:00 +0000
Message-ID: <dots@example.org>

.
..
...
.hidden
a dot alone on the next line does not end the message:
.
neither does this one
..
";

const GROUP: &[u8] = b"From: List <list@example.org>
Sender: Robot <robot@example.org>
Reply-To: talk@example.org
To: Engineers: ada@example.org, Grace Hopper <grace@example.org>;,
 alice@example.com
Cc: undisclosed-recipients:;
Subject: To a group
Date: Wed, 4 Mar 2026 02:00:00 +0000
Message-ID: <group@example.org>

This went to a group of two, to Alice, and to nobody at all.
";

const EMPTY_BODY: &[u8] = b"From: silent@example.org
To: alice@example.com
Subject: (nothing to say)
Date: Wed, 4 Mar 2026 09:00:00 +0000
Message-ID: <silent@example.org>

";

const NO_FINAL_LINE_END: &[u8] = b"From: hasty@example.org
To: alice@example.com
Subject: Sent in a hurry
Date: Wed, 4 Mar 2026 16:00:00 +0000
Message-ID: <hasty@example.org>

The last line of this message has no end";

const NO_EMPTY_LINE: &[u8] = b"From: header@example.org
To: alice@example.com
Subject: Nothing but a header
Date: Wed, 4 Mar 2026 23:00:00 +0000
";

const FORWARDED: &[u8] = b"From: Carol <carol@example.com>
To: alice@example.com
Subject: Fwd: the old thread
Date: Thu, 5 Mar 2026 06:00:00 +0000
Message-ID: <fwd@example.com>
In-Reply-To: <notes-1@example.org>
References: <notes-0@example.org> <notes-1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"outer boundary\"

--outer boundary

See below.
--outer boundary
Content-Type: message/rfc822
Content-Disposition: inline

From: Dave <dave@example.com>
To: carol@example.com
Subject: The old thread
Date: Sun, 1 Feb 2026 10:00:00 +0000
Message-ID: <old@example.com>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain

In plain text.
--inner
Content-Type: text/html

<p>In HTML.</p>
--inner--
--outer boundary--
";

const FOLDED: &[u8] = b"Received: from mx.example.net (mx.example.net [192.0.2.7])
\tby mail.example.com (8.14/8.14) with ESMTPS id 0001
\tfor <alice@example.com>; Thu, 5 Mar 2026 13:00:03 +0000
From: erin@example.net (Erin O'Hara)
To: alice@example.com,
 \"bob \\\"the builder\\\"\" <bob@example.com>,
 @relay.example.org:carol@example.com
Subject: A subject that was folded by its sender because it would not have fitted
 into one line of the usual length, and once
\tmore with a tab
Date: Thu, 5 Mar 2026
 13:00:00 +0000 (UTC)
Message-ID: <folded@example.net>

Folding.
";

const JAPANESE: &[u8] = b"From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <yamada@example.jp>
To: alice@example.com
Subject: =?UTF-8?B?5Lya6K2w44Gu44GK55+l44KJ44Gb?=
Date: Thu, 5 Mar 2026 20:00:00 +0900
Message-ID: <kaigi@example.jp>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

5piO5pel44Gu5Lya6K2w44GvMTTmmYLjgYvjgonjgafjgZnjgIIK
";

/// Its body is a line longer than RFC 5322 allows; it is filled in below.
const ONE_LONG_WORD: &[u8] = b"From: verbose@example.org
To: alice@example.com
Subject: One line of 20,000 octets
Date: Fri, 6 Mar 2026 03:00:00 +0000
Message-ID: <long@example.org>

";

/// The built-in messages, oldest first. The last but one has 5 MB.
pub(super) fn built_in() -> Vec<Seed> {
    let mut octets: Vec<Vec<u8>> = BUILT_IN.iter().map(|(text, _)| with_crlf(text)).collect();
    if let Some(long) = octets.last_mut() {
        long.resize(long.len() + 20_000, b'x');
        long.extend_from_slice(b"\r\n");
    }
    let mut flags: Vec<&[&str]> = BUILT_IN.iter().map(|(_, flags)| *flags).collect();
    octets.push(large(5_000_000));
    flags.push(&[]);
    octets.push(with_crlf(WELCOME));
    flags.push(&[]);
    octets
        .into_iter()
        .zip(flags)
        .zip(0..)
        .map(|((octets, flags), place)| Seed {
            octets: octets.into(),
            flags,
            date: FIRST + place * APART,
        })
        .collect()
}

const WELCOME: &[u8] = b"From: The embedded server <postmaster@localhost>
To: alice@example.com
Subject: Welcome
Date: Fri, 6 Mar 2026 17:00:00 +0000
Message-ID: <welcome@localhost>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Hello,

this mailbox lives in the memory of one process, and ends with it. Its messages are
small specimens of what is in real mailboxes: encoded words, attachments, groups, dots,
and one of five megabytes.

Enjoy. \xe2\x9c\x89
";

/// A message of exactly `octets` bytes with one attachment that does not compress.
pub(super) fn large(octets: usize) -> Vec<u8> {
    const HEAD: &[u8] = b"From: Archive <archive@example.org>
To: alice@example.com
Subject: Five megabytes
Date: Fri, 6 Mar 2026 10:00:00 +0000
Message-ID: <large@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=large

--large
Content-Type: text/plain

The archive is attached.
--large
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename=archive.bin

";
    const TAIL: &[u8] = b"\r\n--large--\r\n";
    // Repeated: five megabytes made byte by byte are slow in a debug build. It is longer than what
    // a compressor looks back to.
    let block = block_of_base64();
    let mut message = with_crlf(HEAD);
    message.reserve_exact(octets.saturating_sub(message.len()));
    let end = octets.saturating_sub(TAIL.len());
    while message.len() < end {
        let room = block.len().min(end - message.len());
        message.extend(block.get(..room).unwrap_or_default());
    }
    // No half of a line end.
    if let Some(last) = message.last_mut().filter(|last| **last == b'\r') {
        *last = b'A';
    }
    message.extend_from_slice(TAIL);
    message
}

/// Lines of 72 characters, 64 KiB.
fn block_of_base64() -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut block = Vec::with_capacity(64 * 1024 + 74);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    while block.len() < 64 * 1024 {
        for _ in 0..9 {
            // xorshift64: the same bytes in every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            for place in 0..8 {
                let index = (state >> (place * 6)) & 63;
                block.extend(usize::try_from(index).ok().and_then(|index| ALPHABET.get(index)));
            }
        }
        block.extend_from_slice(b"\r\n");
    }
    block
}

/// The `.eml` files of a folder in the order of their names, with CRLF at the end of each line.
pub(super) fn from_folder(folder: &Path) -> io::Result<Vec<Seed>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unread(folder, &error))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml")) {
            paths.push(path);
        }
    }
    paths.sort();
    paths
        .into_iter()
        .zip(0..)
        .map(|(path, place)| {
            Ok(Seed {
                octets: with_crlf(&std::fs::read(&path).map_err(|error| unread(&path, &error))?)
                    .into(),
                flags: &[],
                date: FIRST + place * APART,
            })
        })
        .collect()
}

/// Adds the path to an error of the file system.
fn unread(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display()))
}

/// Inserts a CR before each lone LF; both protocols send lines that end in CRLF.
pub(super) fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len() + text.len() / 32);
    let mut before = 0;
    for &octet in text {
        if octet == b'\n' && before != b'\r' {
            octets.push(b'\r');
        }
        octets.push(octet);
        before = octet;
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_lf_gets_its_cr() {
        assert_eq!(with_crlf(b"a\nb\r\nc\rd\n\n"), b"a\r\nb\r\nc\rd\r\n\r\n");
    }

    #[test]
    fn the_large_message_has_the_size_that_was_asked_for() {
        for octets in (2_000..2_076).chain([100_000, 5_000_000]) {
            let message = large(octets);
            assert_eq!(message.len(), octets);
            assert_eq!(with_crlf(&message).len(), octets);
            assert!(!message.windows(2).any(|two| two[0] == b'\r' && two[1] != b'\n'));
            assert!(message.ends_with(b"\r\n--large--\r\n"));
        }
    }

    #[test]
    fn every_kind_is_there() {
        let all = built_in();
        assert_eq!(all.len(), 16);
        let any = |test: &dyn Fn(&[u8]) -> bool| all.iter().any(|seed| test(&seed.octets));
        assert!(any(&|octets| octets.starts_with(b".")));
        assert!(any(&|octets| octets.ends_with(b"\r\n\r\n")));
        assert!(any(&|octets| !octets.ends_with(b"\r\n")));
        assert!(any(&|octets| !octets.windows(4).any(|four| four == b"\r\n\r\n")));
        assert!(any(&|octets| octets.windows(5).any(|five| five == b"\r\n.\r\n")));
        assert!(any(&|octets| octets.iter().any(|octet| !octet.is_ascii())));
        assert!(any(&|octets| octets.len() == 5_000_000));
        assert!(all.windows(2).all(|two| two[0].date < two[1].date));
        for seed in &all {
            let parsed = mail_parser::MessageParser::default().parse(&seed.octets[..]);
            let date = parsed.as_ref().and_then(|message| message.date());
            assert!(
                date.is_some_and(mail_parser::DateTime::is_valid),
                "{:?}",
                seed.octets.get(..80)
            );
        }
    }

    #[test]
    fn a_folder_gives_its_messages_in_order() {
        let folder =
            std::env::temp_dir().join(format!("mail-testserver-eml-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("b.eml"), "Subject: b\n\n").unwrap();
        std::fs::write(folder.join("a.EML"), "Subject: a\r\n\r\n").unwrap();
        std::fs::write(folder.join("c.txt"), "no").unwrap();
        let seeds = from_folder(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        let octets: Vec<_> = seeds.unwrap().into_iter().map(|seed| seed.octets).collect();
        assert_eq!(octets, [&b"Subject: a\r\n\r\n"[..], b"Subject: b\r\n\r\n"]);
        assert!(from_folder(&folder).is_err());
    }
}
