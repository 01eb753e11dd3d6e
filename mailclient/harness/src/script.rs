//! [`script`]: a server that plays a transcript's lines over an in-memory pipe.

use std::future::pending;

use tokio::task::JoinHandle;

use crate::transcript::{
    Schedule, Transcript,
    client::{ClientEnd, connection},
};

/// Starts a server that plays the `S:`, `S~`, `C:` and `!` lines of a transcript (see
/// [`client`](crate::transcript::client)); the stream is the client's end. After the last line the
/// connection is open and silent. Await the handle to know that the script was played to its end.
///
/// # Panics
/// A line is not of the dialect. The server's task panics where the client says something else.
#[must_use]
pub fn script(script: &str) -> (ClientEnd, JoinHandle<()>) {
    let transcript = Transcript::parse("script", script);
    let (ours, mut server) = connection(&transcript.name, Schedule::Whole);
    let play = async move {
        for (number, step) in &transcript.steps {
            server.step(*number, step).await;
        }
        // Open and silent, as long as the client is there.
        tokio::spawn(async move {
            pending::<()>().await;
            drop(server);
        });
    };
    (ours, tokio::spawn(play))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SCRIPT: &str = "S: * OK ready\nC: $1 NOOP\nS: $1 OK\n! eof";

    #[tokio::test]
    async fn a_script_is_played_to_its_end() {
        let (mut client, server) = script(SCRIPT);
        client.write_all(b"x7 NOOP\r\n").await.unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "* OK ready\r\nx7 OK\r\n");
        server.await.unwrap();
    }

    #[tokio::test]
    async fn another_line_than_that_of_the_script_fails_the_server() {
        for line in [&b"x7 LOGOUT\r\n"[..], b"x7 NOOP \r\n", b"x7 NOOP\n"] {
            let (mut client, server) = script(SCRIPT);
            client.write_all(line).await.unwrap();
            assert!(server.await.unwrap_err().is_panic(), "{line:?}");
        }
    }
}
