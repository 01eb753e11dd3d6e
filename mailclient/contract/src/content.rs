//! The server that the checks are written for.

use mail_testserver::{Builder, TestServer};

/// The user whose account the checks open.
pub const USER: &str = "alice";

/// The message with parts, which the checks find by its subject.
pub(crate) const WITH_PARTS: &str = "A message with three parts";
/// The content of its second part.
pub(crate) const SECOND_PART: &str = "a,b\r\n1,2\r\n";
/// The content of its third part, without its transfer encoding.
pub(crate) const THIRD_PART: &[u8] = b"\0\x01\x02\xff";

/// A word that is in the subject of one message.
pub(crate) const RARE_WORD: &str = "turbine";

/// Only one message is larger, in bytes, and that one is more than a connection buffers.
pub(crate) const LARGE: u64 = 300_000;

/// Describes the server that [`suite`](crate::suite) runs on: two dozen messages in INBOX, and as
/// many in Archive, so that UIDs of one are UIDs of the other. Further calls of the builder make
/// variants of it.
pub fn server() -> Builder {
    let server = TestServer::builder().without_messages();
    messages().fold(server, |server, (folder, message)| server.message(USER, folder, message))
}

/// The messages of that server, and the folder of each.
pub(crate) fn messages() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let archived = |number| plain(&format!("Archived {number}"), "Kept.\r\n");
    let archive = (1..=24).map(move |number| ("Archive", archived(number)));
    inbox().into_iter().map(|message| ("INBOX", message)).chain(archive)
}

/// Plain messages at both ends: checks that remove messages take the first ones, and change the
/// flags of the last one.
fn inbox() -> Vec<Vec<u8>> {
    let numbered = |number: usize| {
        plain(&format!("Message {number}"), &format!("{}\r\n", "text ".repeat(number)))
    };
    let special = [
        plain("Lines that begin with dots", ".\r\n..\r\n.hidden\r\n\r\n.\r\n"),
        plain("An empty text", ""),
        plain(&format!("The {RARE_WORD} is late"), "No other message has that word.\r\n"),
        plain("A long line", &format!("{}\r\n", "x".repeat(9_000))),
        plain("8-bit text", "gr\u{fc}n, \u{65e5}\u{672c}\r\n"),
        with_parts(),
        plain("A long text", &"0123456789 0123456789 012345678\r\n".repeat(20_000)),
    ];
    (1..=12).map(numbered).chain(special).chain((13..=17).map(numbered)).collect()
}

/// A message of one part; the same subject always has the same header.
pub(crate) fn plain(subject: &str, text: &str) -> Vec<u8> {
    format!(
        "From: Ann Example <ann@example.org>\r\nTo: alice@example.com\r\n\
         Date: Tue, 03 Mar 2026 10:00:00 +0000\r\nSubject: {subject}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    )
    .into_bytes()
}

fn with_parts() -> Vec<u8> {
    format!(
        "From: Ann Example <ann@example.org>\r\nTo: alice@example.com\r\n\
         Date: Tue, 03 Mar 2026 10:00:00 +0000\r\nSubject: {WITH_PARTS}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"between\"\r\n\r\n\
         --between\r\nContent-Type: text/plain\r\n\r\nThe table.\r\n\
         --between\r\nContent-Type: text/csv; name=\"table.csv\"\r\n\r\n{SECOND_PART}\r\n\
         --between\r\nContent-Type: application/octet-stream\r\n\
         Content-Disposition: attachment; filename*=utf-8''gr%C3%BCn\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n/w==\r\n\
         --between--\r\n"
    )
    .into_bytes()
}
