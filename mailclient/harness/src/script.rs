//! [`script`]: a server that plays a script over an in-memory pipe.
//!
//! A script is text, one line a step: `S: ` is sent with CRLF, `C: ` is the line that the client
//! must send next. `{a}` in a `C:` line matches the text up to the next space (a tag); in an `S:`
//! line it is that text. `!close` closes the connection, `!hold` keeps it open and silent for ever.

use std::collections::HashMap;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream},
    task::JoinHandle,
};

/// Starts a server that plays `script`; the stream is the client's end. Await the handle to know
/// that the script was played to its end.
#[must_use]
pub fn script(script: &'static str) -> (DuplexStream, JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    (theirs, tokio::spawn(play(ours, script)))
}

async fn play(stream: DuplexStream, script: &'static str) {
    let mut stream = BufReader::new(stream);
    let mut taken = HashMap::new();
    for step in script.lines().map(str::trim_start).filter(|step| !step.is_empty()) {
        if let Some(wanted) =
            step.strip_prefix("C:").map(|text| text.strip_prefix(' ').unwrap_or(text))
        {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            compare(
                wanted,
                line.strip_suffix("\r\n").unwrap_or_else(|| panic!("no CRLF after {line:?}")),
                &mut taken,
            );
        } else if let Some(text) =
            step.strip_prefix("S:").map(|text| text.strip_prefix(' ').unwrap_or(text))
        {
            let mut text = text.to_owned();
            for (name, value) in &taken {
                text = text.replace(&format!("{{{name}}}"), value);
            }
            stream.write_all(text.as_bytes()).await.unwrap();
            stream.write_all(b"\r\n").await.unwrap();
        } else {
            match step {
                "!close" => return,
                "!hold" => std::future::pending().await,
                other => panic!("not a step: {other}"),
            }
        }
    }
}

fn compare(wanted: &str, line: &str, taken: &mut HashMap<String, String>) {
    let mut rest = line;
    let mut wanted = wanted;
    while let Some((before, after)) = wanted.split_once('{') {
        rest =
            rest.strip_prefix(before).unwrap_or_else(|| panic!("wanted {wanted:?}, got {line:?}"));
        let (name, after) = after.split_once('}').expect("a name in braces");
        let end = rest.find(' ').unwrap_or(rest.len());
        taken.insert(name.to_owned(), rest[..end].to_owned());
        rest = &rest[end..];
        wanted = after;
    }
    assert_eq!(rest, wanted, "in {line:?}");
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    const SCRIPT: &str = "S: * OK ready\nC: {a} NOOP\nS: {a} OK\n!close";

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
