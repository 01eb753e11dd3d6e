//! COMPRESS=DEFLATE, with a client that inflates and deflates.

use std::io::Write as _;

use flate2::{
    Compression,
    write::{DeflateDecoder, DeflateEncoder},
};
use tokio::io::DuplexStream;

use super::*;

/// The client's end of a compressed session.
struct Squeezed {
    stream: DuplexStream,
    encoder: DeflateEncoder<Vec<u8>>,
    decoder: DeflateDecoder<Vec<u8>>,
}

impl Squeezed {
    /// Logged in as alice, with INBOX selected, and compressed.
    async fn in_inbox(server: &TestServer) -> Self {
        let mut talk = Talk::in_inbox(server).await;
        talk.plays(
            r"C: z COMPRESS DEFLATE
              S: z OK ...",
        )
        .await;
        Self::over(talk)
    }

    fn over(talk: Talk<DuplexStream>) -> Self {
        assert!(talk.0.buffer().is_empty());
        Self {
            stream: talk.0.into_inner(),
            encoder: DeflateEncoder::new(Vec::new(), Compression::default()),
            decoder: DeflateDecoder::new(Vec::new()),
        }
    }

    /// The compressed bytes of a text.
    fn squeeze(&mut self, text: &str) -> Vec<u8> {
        self.encoder.write_all(text.as_bytes()).unwrap();
        self.encoder.flush().unwrap();
        std::mem::take(self.encoder.get_mut())
    }

    async fn say(&mut self, text: &str) {
        let octets = self.squeeze(text);
        self.stream.write_all(&octets).await.unwrap();
    }

    /// What the server says, up to a line that begins with this.
    async fn hears(&mut self, line: &str) -> Vec<u8> {
        let end = format!("\r\n{line}");
        loop {
            let said = self.decoder.get_ref();
            let first = said.starts_with(line.as_bytes()).then_some(0);
            let found = memchr::memmem::find(said, end.as_bytes()).map(|at| at + 2);
            if let Some(at) = first.or(found)
                && let Some(length) = memchr::memchr(b'\n', &said[at..])
            {
                let rest = said[at + length + 1..].to_vec();
                let mut said = std::mem::replace(self.decoder.get_mut(), rest);
                said.truncate(at + length + 1);
                return said;
            }
            assert!(self.reads().await, "{line:?}, {}", self.decoder.get_ref().escape_ascii());
        }
    }

    /// False at the end.
    async fn reads(&mut self) -> bool {
        let mut octets = [0; 4096];
        let count = self.stream.read(&mut octets).await.unwrap();
        self.decoder.write_all(&octets[..count]).unwrap();
        self.decoder.flush().unwrap();
        count > 0
    }
}

#[tokio::test]
async fn a_session_is_compressed_in_both_directions() {
    let server = TestServer::start().await.unwrap();
    let mut talk = Squeezed::in_inbox(&server).await;
    talk.say("a NOOP\r\n").await;
    assert_eq!(talk.hears("a ").await, b"a OK completed\r\n");
    talk.say("b COMPRESS DEFLATE\r\n").await;
    assert!(talk.hears("b ").await.starts_with(b"b NO [COMPRESSIONACTIVE] "));
    // Five megabytes each way.
    let stored = server.messages("alice", "INBOX").unwrap();
    let large = &stored[14].bytes;
    talk.say("c FETCH 15 BODY.PEEK[]\r\n").await;
    let said = talk.hears("c ").await;
    assert_eq!(memchr::memmem::find(&said, large), Some("* 15 FETCH (BODY[] {5000000}\r\n".len()));
    let text = String::from_utf8(large.to_vec()).unwrap();
    let octets = talk.squeeze(&format!("d APPEND Drafts {{5000000+}}\r\n{text}\r\n"));
    assert!(octets.len() < 4_900_000, "{}", octets.len());
    for piece in octets.chunks(1000) {
        talk.stream.write_all(piece).await.unwrap();
    }
    assert!(talk.hears("d ").await.starts_with(b"d OK "));
    assert!(server.messages("alice", "Drafts").unwrap()[0].bytes == large);
    // News come at once.
    talk.say("e IDLE\r\n").await;
    talk.hears("+ ").await;
    server.deliver("alice", "INBOX", "Subject: news\r\n\r\n").unwrap();
    talk.hears("* 17 EXISTS").await;
    talk.say("DONE\r\nf LOGOUT\r\n").await;
    assert!(talk.hears("f ").await.ends_with(b"f OK LOGOUT completed\r\n"));
    assert!(!talk.reads().await);
}

#[tokio::test]
async fn compressed_bytes_may_follow_the_command_at_once_and_byte_by_byte() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"e NOOP\r\n").unwrap();
    encoder.flush().unwrap();
    let octets = [&b"d COMPRESS DEFLATE\r\n"[..], encoder.get_ref()].concat();
    for octet in octets {
        talk.0.write_all(&[octet]).await.unwrap();
        tokio::task::yield_now().await;
    }
    // The answer to COMPRESS is in clear.
    let mut answer = [0; "d OK compression starts now\r\n".len()];
    talk.0.get_mut().read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"d OK compression starts now\r\n");
    let mut talk = Squeezed::over(talk);
    assert_eq!(talk.hears("e ").await, b"e OK completed\r\n");
}

#[tokio::test]
async fn faults_count_bytes_before_they_are_compressed() {
    let server = small().await;
    let mut talk = Squeezed::in_inbox(&server).await;
    server.faults().add(Fault::CutAfter(7));
    talk.say("a FETCH 1 UID\r\n").await;
    while talk.reads().await {}
    assert_eq!(talk.decoder.get_ref(), b"* 1 FET");
}

#[tokio::test]
async fn a_bomb_meets_the_limits_of_what_it_contains() {
    let server = small().await;
    let mut talk = Squeezed::in_inbox(&server).await;
    let bomb = talk.squeeze(&"x".repeat(64 << 20));
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    // The server does not read all of it.
    let _ = talk.stream.write_all(&bomb).await;
    assert!(talk.hears("* BYE ").await.starts_with(b"* BYE [TOOBIG] "));
    while talk.reads().await {}
}

#[tokio::test]
async fn what_is_not_compressed_ends_the_session() {
    let server = small().await;
    let (near, far) = tokio::io::duplex(4096);
    let session = tokio::spawn(server.serve(Scheme::Imap, far));
    let mut talk = Talk(BufReader::new(near));
    talk.line().await;
    talk.plays(
        r"C: a LOGIN alice wonderland
          S: a OK ...
          C: b COMPRESS DEFLATE
          S: b OK ...",
    )
    .await;
    // The first bits are a type of block that there is not.
    talk.0.write_all(b"\x07 NOOP\r\n").await.unwrap();
    let error = session.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}
