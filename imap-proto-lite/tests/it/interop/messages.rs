//! The messages that the checks upload.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, Flag, MailboxName,
    command::{AppendData, AppendMessage},
    date::DateTime,
};

/// A message as a server is given it.
pub(crate) struct Given {
    pub(crate) octets: Vec<u8>,
    pub(crate) flags: Vec<Flag<'static>>,
    pub(crate) date: DateTime,
}

impl Given {
    fn new(text: &str, flags: &[Flag<'static>], date: &str) -> Self {
        Self {
            octets: text.replace('\n', "\r\n").into_bytes(),
            flags: flags.to_vec(),
            date: DateTime::parse(date.as_bytes()).unwrap(),
        }
    }

    pub(crate) fn append(&self, mailbox: &MailboxName<'static>) -> Command<'static> {
        Command::Append {
            mailbox: mailbox.clone(),
            message: AppendMessage {
                flags: Cow::Owned(self.flags.clone()),
                date: Some(self.date),
                octets: self.octets.len() as u64,
                data: AppendData::Literal,
            },
        }
    }
}

/// Six messages in two threads and a single one; all differ in the fields that SEARCH, SORT and
/// THREAD use.
pub(crate) fn six() -> Vec<Given> {
    let long = "0123456789 lorem ipsum dolor sit amet\n".repeat(200);
    vec![
        Given::new(
            "From: Ann <ann@example.org>\nTo: Bob <bob@example.org>\nSubject: Apples\n\
             Date: Mon, 02 Jan 2023 10:00:00 +0000\nMessage-ID: <m1@example.org>\n\nDo you like them?\n",
            &[Flag::Seen],
            "02-Jan-2023 10:00:01 +0000",
        ),
        Given::new(
            "From: Bob <bob@example.org>\nTo: Ann <ann@example.org>\nCc: Carol <carol@example.org>\nSubject: Re: Apples\n\
             Date: Tue, 03 Jan 2023 11:00:00 +0100\nMessage-ID: <m2@example.org>\nIn-Reply-To: <m1@example.org>\n\
             References: <m1@example.org>\n\nI do.\n",
            &[Flag::Answered, Flag::Flagged],
            "03-Jan-2023 10:00:02 +0000",
        ),
        Given::new(
            "From: Carol <carol@example.org>\nTo: Ann <ann@example.org>\nSubject: Pears\n\
             Date: Sun, 01 Jan 2023 09:00:00 +0000\nMessage-ID: <m3@example.org>\n\nA needle in a haystack, \"quoted\".\n",
            &[],
            "05-Jan-2023 10:00:03 +0000",
        ),
        Given::new(
            &format!(
                "From: Ann <ann@example.org>\nTo: Bob <bob@example.org>\nSubject: Re: Apples\n\
                 Date: Wed, 04 Jan 2023 12:00:00 +0000\nMessage-ID: <m4@example.org>\nIn-Reply-To: <m2@example.org>\n\
                 References: <m1@example.org> <m2@example.org>\n\n{long}"
            ),
            &[Flag::Draft],
            "04-Jan-2023 10:00:04 +0000",
        ),
        Given::new(
            "From: Dave <dave@example.net>\nTo: Carol <carol@example.org>\nBcc: hidden@example.net\nSubject: Re: Pears\n\
             Date: Fri, 06 Jan 2023 13:00:00 +0000\nMessage-ID: <m5@example.org>\nX-Colour: green\n\nNo references here.\n",
            &[Flag::Deleted, Flag::Seen],
            "06-Jan-2023 10:00:05 +0000",
        ),
        Given::new(
            "From: =?UTF-8?Q?J=C3=BCrgen?= <juergen@example.org>\nTo: Ann <ann@example.org>\nSubject: =?UTF-8?Q?K=C3=A4se?=\n\
             Date: Wed, 01 Jul 2020 08:00:00 +0000\nMessage-ID: <m6@example.org>\nMIME-Version: 1.0\n\
             Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGr\u{fc}\u{df}e aus K\u{f6}ln\n",
            &[],
            "01-Jul-2020 08:00:06 +0000",
        ),
    ]
}

/// The first `count` of them.
pub(crate) fn some(count: usize) -> Vec<Given> {
    let mut all = six();
    all.truncate(count);
    all
}

/// The bytes of the parts of [`rich`].
pub(crate) const ATTACHMENT: &[u8] = b"\x00\x01\x02binary\xff\xfe\r\n\x00end";
pub(crate) const INNER_HEADER: &str = "From: \"Inner, Person\" <inner@example.com>\r\nTo: undisclosed-recipients:;\r\n\
Subject: Inside\r\nDate: Sat, 07 Jan 2023 14:00:00 +0000\r\nMessage-ID: <inner@example.com>\r\n\r\n";
pub(crate) const INNER_BODY: &str = "Body of the message inside.\r\nSecond line.\r\n";

/// A message with alternatives, an attachment and a message inside, and with all fields of
/// ENVELOPE.
pub(crate) fn rich() -> Given {
    let mut octets = RICH.replace('\n', "\r\n");
    octets = octets.replace("INNER_HEADER", INNER_HEADER);
    octets = octets.replace("INNER_BODY", INNER_BODY);
    Given {
        octets: octets.into_bytes(),
        flags: vec![Flag::Flagged],
        date: DateTime::parse(b" 7-Feb-2023 15:16:17 +0130").unwrap(),
    }
}

/// What [`rich`] is made of. The attachment is [`ATTACHMENT`] in base64.
const RICH: &str = r#"Date: Tue, 07 Feb 2023 15:16:17 +0130
From: "Doe, Jane \"JD\"" <jane@example.org>
Sender: secretary@example.org
Reply-To: replies@example.org, Second <second@example.org>
To: Friends: one@example.org, Two <two@example.org>;, alone@example.net
Cc: =?UTF-8?Q?J=C3=BCrgen?= <juergen@example.org>
Bcc: blind@example.org
Subject: A "quoted" \ subject {12}
Message-ID: <rich@example.org>
In-Reply-To: <before@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer (1)"

Preamble.
--outer (1)
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable
Content-Language: en, de

Caf=C3=A9 says hello=
 to you.
--inner
Content-Type: text/html; charset=us-ascii

<p>Hello</p>
--inner--

--outer (1)
Content-Type: application/octet-stream; name="data.bin"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="the data.bin"; size=17
Content-ID: <part2@example.org>
Content-Description: some data
Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==

AAECYmluYXJ5//4NCgBlbmQ=
--outer (1)
Content-Type: message/rfc822

INNER_HEADERINNER_BODY
--outer (1)--
Epilogue.
"#;

/// A message of exactly so many bytes.
pub(crate) fn large(octets: usize) -> Given {
    let mut text = Given::new(
        "From: Ann <ann@example.org>\nSubject: large\nDate: Mon, 02 Jan 2023 10:00:00 +0000\n\n",
        &[],
        "02-Jan-2023 10:00:00 +0000",
    );
    let mut line = 0_usize;
    while text.octets.len() < octets {
        // Lines that look like the protocol, and no two alike.
        let more = format!("A{line} OK FETCH {{{line}}} * {line} EXISTS )\r\n");
        text.octets.extend_from_slice(more.as_bytes());
        line += 1;
    }
    text.octets.truncate(octets - 2);
    while text.octets.last().is_some_and(|last| *last == b'\r') {
        text.octets.pop();
    }
    text.octets.resize(octets - 2, b'x');
    text.octets.extend_from_slice(b"\r\n");
    text
}
