//! Every command where the client owes the server something else: in IDLE, in the message of
//! APPEND, in the exchange of AUTHENTICATE, after LOGOUT or QUIT. No command is carried out there.

use super::{
    table::{COMMANDS, POP3_COMMANDS},
    *,
};

/// The first line of each command, and whether it announces a literal that follows at once.
fn lines() -> impl Iterator<Item = (String, bool)> {
    COMMANDS.iter().map(|(command, _)| {
        let line = command.split("\r\n").next().unwrap();
        (format!("x {line}"), line.ends_with("+}"))
    })
}

/// Nothing was changed, not even a subscription.
fn is_untouched(server: &TestServer) -> bool {
    server.log().is_empty()
}

/// A message or a command may follow a line that announces a literal, so the server closes. After
/// any other line the conversation goes on. The server does nothing in both cases.
async fn refuses(
    server: &TestServer,
    mut talk: Talk<tokio::io::DuplexStream>,
    (line, has_literal): (&str, bool),
    goes_on: &str,
) {
    if has_literal {
        let said = talk.line().await;
        assert!(said.starts_with("* BYE "), "{line}: {said}");
        assert!(talk.ends().await, "{line}");
    } else {
        talk.plays(goes_on).await;
    }
    assert!(is_untouched(server), "{line}");
}

#[tokio::test]
async fn idle_ends_with_any_line_and_serves_none() {
    let server = small().await;
    for (line, has_literal) in lines() {
        let mut talk = Talk::in_inbox(&server).await;
        talk.plays(&format!(
            r"C: d IDLE
              S: + ...
              C: {line}"
        ))
        .await;
        // The tag is that of IDLE, and the folder is still open.
        let goes_on = r"S: d BAD expected DONE
            C: e CHECK
            S: e OK ...";
        refuses(&server, talk, (&line, has_literal), goes_on).await;
    }
}

#[tokio::test]
async fn the_message_of_an_append_may_look_like_a_command() {
    let server = small().await;
    for (line, _) in lines() {
        let mut talk = Talk::in_inbox(&server).await;
        talk.plays(&format!(
            r"C: d APPEND Drafts {{{}}}
              S: + ...
              C: {line}
              C: 
              S: d OK ...
              C: e CHECK
              S: e OK ...",
            line.len() + 2
        ))
        .await;
        let log = server.log();
        assert!(
            matches!(&log[..], [LogEntry { change: Change::Stored { bytes, .. }, .. }]
                if *bytes == format!("{line}\r\n")),
            "{line}: {log:?}"
        );
        server.clear_log();
    }
}

#[tokio::test]
async fn a_command_ends_the_exchange_of_authenticate() {
    let server = small().await;
    for (line, has_literal) in lines().chain([("*".into(), false), ("!".into(), false)]) {
        let mut talk = Talk::new(&server, Scheme::Imap);
        talk.plays(&format!(
            r"S: * OK ...
              C: d AUTHENTICATE PLAIN
              S: + 
              C: {line}"
        ))
        .await;
        let goes_on = r"S: d BAD ...
            C: e NAMESPACE
            S: e BAD ...
            C: f LOGIN alice wonderland
            S: f OK ...";
        refuses(&server, talk, (&line, has_literal), goes_on).await;
    }
}

#[tokio::test]
async fn nothing_is_served_after_logout() {
    let server = small().await;
    for (line, _) in lines() {
        let mut talk = Talk::in_inbox(&server).await;
        talk.plays(&format!(
            r"C: d LOGOUT
              C: {line}
              S: * BYE ...
              S: d OK ..."
        ))
        .await;
        assert!(talk.ends().await, "{line}");
        assert!(is_untouched(&server), "{line}");
    }
}

#[tokio::test]
async fn a_command_ends_the_exchange_of_auth() {
    let server = small().await;
    for &(line, ..) in POP3_COMMANDS {
        let mut talk = Talk::new(&server, Scheme::Pop3);
        // Some commands are base64, and then a wrong answer.
        talk.plays(&format!(
            r"S: +OK...
              C: AUTH PLAIN
              S: + 
              C: {line}
              S: -ERR...
              C: STAT
              S: -ERR...
              C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
              S: +OK...
              C: QUIT
              S: +OK..."
        ))
        .await;
        assert!(talk.ends().await && is_untouched(&server), "{line}");
    }
}

/// RFC 1939 section 7: PASS only directly after a successful USER.
#[tokio::test]
async fn pass_counts_only_directly_after_user() {
    let server = small().await;
    for &(line, _, _, ends) in POP3_COMMANDS.iter().filter(|row| !row.0.starts_with("PASS")) {
        let mut talk = Talk::new(&server, Scheme::Pop3);
        talk.plays(
            r"S: +OK...
              C: USER alice
              S: +OK...",
        )
        .await;
        talk.say(line).await;
        let status = talk.line().await;
        if ends {
            assert!(talk.ends().await);
            continue;
        }
        // Answers of several lines.
        if status.starts_with("+OK") && ["CAPA", "AUTH", "LANG"].contains(&line) {
            while talk.line().await != "." {}
        }
        talk.say("PASS wonderland").await;
        let said = talk.line().await;
        assert_eq!(said.starts_with("+OK"), line == "USER alice", "{line}: {said}");
    }
}

#[tokio::test]
async fn nothing_is_served_after_quit() {
    let server = small().await;
    for &(line, ..) in POP3_COMMANDS {
        for logs_in in [false, true] {
            let mut talk = Talk::new(&server, Scheme::Pop3);
            talk.line().await;
            for command in ["USER alice", "PASS wonderland"].iter().filter(|_| logs_in) {
                talk.say(command).await;
                talk.line().await;
            }
            talk.plays(&format!(
                r"C: QUIT
                  C: {line}
                  S: +OK..."
            ))
            .await;
            assert!(talk.ends().await && is_untouched(&server), "{line}");
        }
    }
}

/// Bytes after STARTTLS or STLS are none that TLS protects: the connection ends.
#[tokio::test]
async fn nothing_is_served_between_starttls_and_tls() {
    let server = small().await;
    let imap = lines().map(|(line, _)| (Scheme::ImapStartTls, "d STARTTLS", line));
    let pop3 =
        POP3_COMMANDS.iter().map(|(line, ..)| (Scheme::Pop3Stls, "STLS", (*line).to_owned()));
    for (scheme, upgrade, line) in imap.chain(pop3) {
        let (near, far) = tokio::io::duplex(4096);
        let session = tokio::spawn(server.serve(scheme, far));
        let mut talk = Talk(BufReader::new(near));
        talk.line().await;
        talk.say(&format!("{upgrade}\r\n{line}")).await;
        let answer = talk.line().await;
        assert!(answer.starts_with("d OK ") || answer.starts_with("+OK"), "{line}: {answer}");
        drop(talk);
        assert!(session.await.unwrap().is_err() && is_untouched(&server), "{line}");
    }
}
