use std::io::ErrorKind;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};

use super::*;
use crate::{
    fault::FaultStream,
    operation::{Doing, Failure},
};

/// A client of a protocol of three lines, with one fault.
struct Client {
    stream: BufReader<FaultStream<DuplexStream>>,
    /// What the server said last, if it was a farewell.
    farewell: String,
    has_deadline: bool,
    keeps_words: bool,
    ended: bool,
}

impl Client {
    fn failure(&self, class: &str) -> Failure {
        let text = if self.keeps_words { self.farewell.clone() } else { String::new() };
        Failure { class: class.into(), transient: true, text }
    }

    async fn line(&mut self) -> Result<String, Failure> {
        if self.ended {
            return Err(self.failure("Closed"));
        }
        let limit = if self.has_deadline { 60 } else { 3600 };
        let mut line = String::new();
        let read = timeout(Duration::from_secs(limit), self.stream.read_line(&mut line)).await;
        let is_whole = line.ends_with('\n') && !line.starts_with("bye");
        self.ended = !is_whole;
        if line.starts_with("bye") {
            self.farewell = line;
        }
        match read {
            Err(_) => Err(self.failure("Timeout")),
            Ok(Err(error)) if error.kind() == ErrorKind::InvalidData => panic!("not UTF-8"),
            Ok(_) if is_whole => Ok(self.stream.buffer().escape_ascii().to_string()),
            Ok(_) => Err(self.failure("Closed")),
        }
    }

    fn ask(&mut self) -> Doing<'_, Answer> {
        Box::pin(async move {
            // A failed write is found at the read.
            let _ = self.stream.write_all(b"ask\n").await;
            self.line().await?;
            self.line().await?;
            self.line().await
        })
    }
}

const LOGIN: Operation<Client> =
    Operation::<Client>::new("login", |client| Box::pin(async move { client.line().await }))
        .within(Duration::from_secs(100));
const ASK: Operation<Client> =
    Operation::<Client>::new("ask", Client::ask).within(Duration::from_secs(200)).taking_long();

async fn verdict(has_deadline: bool, keeps_words: bool) -> Vec<String> {
    let make = async |wire: &Wire| {
        let (mut server, client) = duplex(1024);
        tokio::spawn(async move {
            server.write_all(b"welcome\n").await.unwrap();
            let mut server = BufReader::new(server);
            let mut line = String::new();
            while server.read_line(&mut line).await.is_ok_and(|bytes| bytes > 0) {
                // The client of a broken connection is gone.
                let _ = server.write_all(b"one\ntwo\nthree\n").await;
            }
        });
        let stream = BufReader::with_capacity(64, FaultStream::new(client, wire));
        Client { stream, farewell: String::new(), has_deadline, keeps_words, ended: false }
    };
    let words = Words {
        farewell: Bytes::from_static(b"bye for now\n"),
        shown: "for now",
        is_answer: false,
        early: Bytes::new(),
        places: |_| vec![0],
    };
    let operations = [ASK];
    let mut known = Known::with("", true);
    let matrix = Cuts {
        subject: "toy",
        login: &LOGIN,
        operations: &operations,
        witness: &ASK,
        features: Vec::new(),
        words,
        make,
    };
    matrix.run(&mut known).await;
    known.verdict()
}

/// The rows that fail, without their examples.
fn rows(verdict: &[String]) -> Vec<&str> {
    verdict.iter().filter_map(|line| line.lines().next()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_client_without_faults_but_one_has_one_row() {
    // It waits 60 s for a line, and the server works for 90 s.
    assert_eq!(rows(&verdict(true, true).await), ["toy long work in ask"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_without_deadlines_is_found() {
    let found = verdict(false, true).await;
    let expected = [
        "toy drip before ask",
        "toy drip in ask",
        "toy silence before ask",
        "toy silence in ask",
        "toy silence in login",
    ];
    assert_eq!(rows(&found).iter().filter(|row| expected.contains(row)).count(), 5, "{found:?}");
    assert!(found.iter().any(|row| row.contains("3600 s")), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_forgets_the_last_words_is_found() {
    let found = verdict(true, false).await;
    let rows = rows(&found);
    for row in ["toy last words in ask", "toy last words and reset before ask"] {
        assert!(rows.contains(&row), "{found:?}");
    }
    assert!(!rows.contains(&"toy end of stream in ask"), "{found:?}");
}
