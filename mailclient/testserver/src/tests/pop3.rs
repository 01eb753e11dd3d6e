//! Dialogues in POP3.

use super::*;

#[tokio::test]
async fn pop3_from_greeting_to_quit() {
    let message = "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nlast";
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", message)
        .message("alice", "INBOX", "Subject: second\r\n\r\n1\r\n2\r\n3\r\n")
        .start()
        .await
        .unwrap();
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: +OK...
          C: PASS wrong
          S: -ERR [AUTH] ...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...
          C: STAT
          S: +OK 2 62
          C: LIST
          S: +OK...
          S: 1 34
          S: 2 28
          S: .
          C: UIDL 2
          S: +OK 2 69a5438000000002
          C: RETR 1
          S: +OK...
          S: Subject: dots
          S: 
          S: ..
          S: ...
          S: ..x
          S: last
          S: .
          C: TOP 2 1
          S: +OK...
          S: Subject: second
          S: 
          S: 1
          S: .
          C: DELE 1
          S: +OK...",
    )
    .await;
    let mut other = Talk::new(&server, Scheme::Pop3);
    other
        .plays(
            r"S: +OK...
              C: USER alice
              S: +OK...
              C: PASS wonderland
              S: -ERR [IN-USE] ...",
        )
        .await;
    talk.plays(
        r"C: QUIT
          S: +OK...",
    )
    .await;
    assert!(talk.ends().await);
    other
        .plays(
            r"C: USER alice
              S: +OK...
              C: PASS wonderland
              S: +OK...
              C: UIDL
              S: +OK...
              S: 1 69a5438000000002
              S: .
              C: DELE 1
              S: +OK...",
        )
        .await;
    // Without QUIT nothing is removed.
    drop(other);
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: a UID SEARCH ALL
          S: * SEARCH 2
          S: a OK ...",
    )
    .await;
}

#[tokio::test]
async fn pop3_tokens() {
    let server = small().await;
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.plays(
        r"S: +OK...
          C: AUTH XOAUTH2
          S: + 
          C: dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzdGFsZQEB
          S: + eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=
          C: 
          S: -ERR [AUTH] ...
          C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
          S: +OK...
          C: STAT
          S: +OK 4 164",
    )
    .await;
}

/// The words of CAPA.
async fn capa(talk: &mut Talk<tokio::io::DuplexStream>) -> Vec<String> {
    talk.plays(
        r"C: CAPA
          S: +OK...",
    )
    .await;
    let mut words = Vec::new();
    loop {
        let line = talk.line().await;
        if line == "." {
            return words;
        }
        words.push(line);
    }
}

#[tokio::test]
async fn everything_is_announced() {
    let server = small().await;
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.line().await;
    let before = capa(&mut talk).await;
    for word in [
        "TOP",
        "UIDL",
        "USER",
        "RESP-CODES",
        "AUTH-RESP-CODE",
        "PIPELINING",
        "UTF8 USER",
        "LANG",
        "SASL PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER",
        "EXPIRE NEVER",
        "LOGIN-DELAY 0",
    ] {
        assert!(before.iter().any(|line| line == word), "{word}: {before:?}");
    }
    assert!(before.iter().all(|line| line != "STLS" && !line.starts_with("IMPLEMENTATION")));
    talk.plays(
        r"C: LANG
          S: +OK...
          S: en English
          S: i-default English
          S: .
          C: LANG en
          S: +OK en...
          C: LANG tlh
          S: -ERR...
          C: UTF8
          S: +OK...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...",
    )
    .await;
    let after = capa(&mut talk).await;
    assert!(after.iter().any(|line| line == "IMPLEMENTATION everything"), "{after:?}");
    let mut talk = Talk::new(&server, Scheme::Pop3Stls);
    talk.line().await;
    assert!(capa(&mut talk).await.iter().any(|line| line == "STLS"));
}

#[tokio::test]
async fn apop_and_cram_md5() {
    let server = small().await;
    let mut talk = Talk::new(&server, Scheme::Pop3);
    let greeting = talk.line().await;
    let timestamp = greeting.split_at(greeting.find('<').unwrap()).1.to_owned();
    let mut again = Talk::new(&server, Scheme::Pop3);
    assert!(!again.line().await.contains(&timestamp), "{timestamp}");
    talk.plays(
        r"C: APOP alice 00000000000000000000000000000000
          S: -ERR [AUTH] ...
          C: AUTH CRAM-MD5",
    )
    .await;
    let challenge = talk.line().await;
    let decoded = base64(challenge.strip_prefix("+ ").unwrap());
    let answer = format!("alice {}", auth::cram_md5("wonderland", &decoded));
    talk.say(&encoded(&answer)).await;
    talk.plays(
        r"S: +OK...
          C: QUIT
          S: +OK...",
    )
    .await;
    // RFC 1939 section 7: MD5 of timestamp and secret.
    let mut talk = Talk::new(&server, Scheme::Pop3);
    let greeting = talk.line().await;
    let timestamp = greeting.split_at(greeting.find('<').unwrap()).1;
    use md5::Digest as _;
    let digest = md5::Md5::new().chain_update(timestamp).chain_update("wonderland").finalize();
    let digest: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
    talk.plays(&format!(
        r"C: APOP alice {digest}
          S: +OK...
          C: NOOP
          S: +OK..."
    ))
    .await;
    // In a mechanism in which the server speaks first, the client cannot.
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.plays(
        r"S: +OK...
          C: AUTH CRAM-MD5 YWxpY2U=
          S: -ERR [AUTH] ...",
    )
    .await;
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(text: &str) -> String {
    String::from_utf8(mail_parser::decoders::base64::base64_decode(text.as_bytes()).unwrap())
        .unwrap()
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for piece in text.as_bytes().chunks(3) {
        let bits = piece.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet));
        let bits = bits << (8 * (3 - piece.len()));
        for place in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap();
            out.push(if place <= piece.len() { char::from(BASE64[index]) } else { '=' });
        }
    }
    out
}

#[tokio::test]
async fn commands_may_be_pipelined() {
    let server = small().await;
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.say("USER alice\r\nPASS wonderland\r\nSTAT\r\nDELE 1\r\nRSET\r\nNOOP\r\nUIDL 4\r\nQUIT")
        .await;
    talk.plays(
        r"S: +OK...
          S: +OK...
          S: +OK...
          S: +OK 4 164
          S: +OK...
          S: +OK...
          S: +OK...
          S: +OK 4 69a5438000000004
          S: +OK...",
    )
    .await;
    assert!(talk.ends().await);
    assert_eq!(server.messages("alice", "INBOX").unwrap().len(), 4);
}

#[tokio::test]
async fn listed_sizes_are_those_of_what_is_sent() {
    let messages = ["", "x", "x\r", "x\r\n", "\r\n", ".", ".\r", "a\rb\r\n", "\r\n.\r\n"];
    let mut builder = TestServer::builder().without_messages();
    for message in messages {
        builder = builder.message("alice", "INBOX", message);
    }
    let server = builder.start().await.unwrap();
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...",
    )
    .await;
    for (number, message) in (1..).zip(messages) {
        talk.say(&format!("LIST {number}")).await;
        let listed = talk.line().await;
        talk.say(&format!("RETR {number}")).await;
        talk.line().await;
        let mut size = 0;
        loop {
            let line = talk.line().await;
            if line == "." {
                break;
            }
            size += line.strip_prefix('.').unwrap_or(&line).len() + 2;
        }
        assert_eq!(listed, format!("+OK {number} {size}"), "{message:?}");
    }
}
