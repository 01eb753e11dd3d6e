//! Each fault, switched on while a session runs. Time is virtual.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

async fn in_maildrop(server: &TestServer) -> Talk<tokio::io::DuplexStream> {
    let mut talk = Talk::new(server, Scheme::Pop3);
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...",
    )
    .await;
    talk
}

#[tokio::test]
async fn a_connection_is_cut_at_any_byte() {
    let server = small().await;
    let faults = server.faults();
    for bytes in [0, 1, 7, 60] {
        let mut talk = Talk::in_inbox(&server).await;
        let mut pop3 = in_maildrop(&server).await;
        faults.add(Fault::CutAfter(bytes));
        talk.say("d FETCH 1:4 BODY.PEEK[]").await;
        pop3.say("RETR 1").await;
        for talk in [&mut talk, &mut pop3] {
            let mut said = Vec::new();
            talk.0.read_to_end(&mut said).await.unwrap();
            assert_eq!(said.len() as u64, bytes, "{}", said.escape_ascii());
        }
        faults.clear();
    }
    // A session that is new counts from its greeting on.
    faults.once(Fault::CutAfter(10));
    let mut talk = Talk::new(&server, Scheme::Imap);
    let mut said = String::new();
    talk.0.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "* OK [CAPA");
    Talk::in_inbox(&server).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_stalls_and_goes_on() {
    let server = small().await;
    let faults = server.faults();
    let mut talk = Talk::in_inbox(&server).await;
    faults.once(Fault::StallAfter(12));
    talk.say("d FETCH 1 (UID FLAGS)").await;
    assert_eq!(talk.octets(12).await, b"* 1 FETCH (U");
    let more = timeout(3600 * SECOND, talk.0.read_u8()).await;
    assert!(more.is_err(), "{more:?}");
    // Another fault does not end this one.
    faults.add(Fault::TokensExpired);
    assert!(timeout(SECOND, talk.0.read_u8()).await.is_err());
    faults.clear();
    talk.plays(
        r"S: ID 1 FLAGS ())
          S: d OK ...
          C: e NOOP
          S: e OK ...",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_drips() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    server.faults().add(Fault::drip(2, SECOND));
    let begun = Instant::now();
    talk.plays(
        r"C: dd NOOP
          S: dd OK completed",
    )
    .await;
    // 17 bytes: nine pieces. The last one is here before its pause.
    assert_eq!(begun.elapsed().as_secs(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_slow() {
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", "x".repeat(100_000))
        .start()
        .await
        .unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    server.faults().add(Fault::Throttle(10_000));
    let begun = Instant::now();
    talk.say("d FETCH 1 BODY.PEEK[]").await;
    talk.line().await;
    talk.octets(100_000).await;
    let seconds = begun.elapsed().as_secs();
    assert!((9..=11).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn one_session_is_slow_and_the_next_is_not() {
    let server = small().await;
    for fault in [Fault::drip(2, SECOND), Fault::Throttle(2)] {
        let mut slow = Talk::in_inbox(&server).await;
        let mut fast = Talk::in_inbox(&server).await;
        let met = server.faults().met();
        server.faults().once(fault);
        let seconds = async |talk: &mut Talk<_>| {
            let begun = Instant::now();
            talk.plays(
                r"C: dd NOOP
                  S: dd OK completed",
            )
            .await;
            begun.elapsed().as_secs()
        };
        assert_eq!(seconds(&mut slow).await, 8);
        assert_eq!(seconds(&mut fast).await, 0);
        assert!(seconds(&mut slow).await > 0, "for the rest of the session");
        assert_eq!(server.faults().met(), met + 1);
        server.faults().clear();
        seconds(&mut slow).await;
        assert_eq!(seconds(&mut slow).await, 0);
    }
}

#[tokio::test]
async fn a_size_is_wrong_once_and_a_token_expired_once() {
    let server = small().await;
    let faults = server.faults();
    let mut talk = Talk::in_inbox(&server).await;
    faults.once(Fault::WrongSizes(1000));
    talk.plays(
        r"C: d FETCH 1:2 RFC822.SIZE
          S: * 1 FETCH (RFC822.SIZE 1041)
          S: * 2 FETCH (RFC822.SIZE 41)
          S: d OK ...",
    )
    .await;
    assert_eq!(faults.met(), 1);
    faults.once(Fault::TokensExpired);
    let mut talk = Talk::new(&server, Scheme::Imap);
    let token = "dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbi1vZi1hbGljZQEB";
    talk.plays(&format!(
        r"S: * OK ...
          C: a AUTHENTICATE XOAUTH2
          S: + ...
          C: {token}
          S: + ...
          C: 
          S: a NO ...
          C: b AUTHENTICATE XOAUTH2 {token}
          S: b OK ..."
    ))
    .await;
    assert_eq!(faults.met(), 2);
}

#[tokio::test]
async fn a_session_is_told_an_unsolicited_line_once() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    server.faults().add(Fault::Unsolicited("* OK still here".into()));
    talk.plays(
        r"S: * OK still here
          C: d NOOP
          S: d OK ...
          C: e NOOP
          S: e OK ...",
    )
    .await;
}

#[tokio::test]
async fn sessions_are_ended() {
    let server = small().await;
    let mut idle = Talk::in_inbox(&server).await;
    idle.plays(
        r"C: d IDLE
          S: + ...",
    )
    .await;
    let mut pop3 = in_maildrop(&server).await;
    server.faults().add(Fault::Bye("Connection is closed. 13".into()));
    assert_eq!(idle.line().await, "* BYE Connection is closed. 13");
    assert!(idle.ends().await);
    assert_eq!(pop3.line().await, "-ERR Connection is closed. 13");
    assert!(pop3.ends().await);
    // Nothing was deleted, and the maildrop is free again.
    server.faults().clear();
    in_maildrop(&server).await;
}

#[tokio::test]
async fn a_command_is_refused_once_then_fine() {
    let server = small().await;
    let faults = server.faults();
    faults.once(Fault::refuse("LOGIN", "NO [UNAVAILABLE] later"));
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r"S: * OK ...
          C: a LOGIN alice wonderland
          S: a NO [UNAVAILABLE] later
          C: b LOGIN alice wonderland
          S: b OK ...
          C: c SELECT INBOX
          S: ...
          S: c OK ...",
    )
    .await;
    faults.times(
        2,
        Fault::refuse(
            "uid fetch",
            "BAD Request is throttled. Suggested Backoff Time: 1500 milliseconds",
        ),
    );
    talk.plays(
        r"C: d FETCH 1 UID
          S: * 1 FETCH (UID 1)
          S: d OK ...
          C: e UID FETCH 1 UID
          S: e BAD Request is throttled...
          C: f UID FETCH 1 UID
          S: f BAD Request is throttled...
          C: g UID FETCH 1 UID
          S: * 1 FETCH (UID 1)
          S: g OK ...",
    )
    .await;
    assert_eq!(faults.met(), 3);
    // With a literal that comes, and with one that has to be asked for.
    faults.times(2, Fault::refuse("APPEND", "NO [OVERQUOTA] full"));
    talk.plays(
        r"C: h APPEND INBOX {6+}
          C: a NOOP (\Seen)
          S: h NO [OVERQUOTA] full
          C: i APPEND INBOX {6}
          S: i NO [OVERQUOTA] full
          C: j APPEND INBOX {6}
          S: + ...
          C: a NOOP
          S: ...
          S: j OK ...",
    )
    .await;
    let mut talk = in_maildrop(&server).await;
    faults.once(Fault::refuse("STAT", "-ERR [SYS/TEMP] later"));
    faults.once(Fault::refuse("RETR", "-ERR Download exceed. msg=10"));
    talk.plays(
        r"C: STAT
          S: -ERR [SYS/TEMP] later
          C: RETR 1
          S: -ERR Download exceed. msg=10
          C: STAT
          S: +OK 5 172",
    )
    .await;
}

/// A line of any length, in pieces of any size.
#[tokio::test]
async fn a_refusal_does_not_depend_on_how_a_command_arrives() {
    let server = small().await;
    let faults = server.faults();
    for (length, size) in [(10, 1), (5_000, 700), (30_000, 4_096), (30_000, 30_000)] {
        let mut talk = Talk::in_inbox(&server).await;
        faults.once(Fault::refuse("create", "NO [UNAVAILABLE] later"));
        let command = format!("d CREATE {}\r\ne NOOP\r\n", "x".repeat(length));
        for piece in command.as_bytes().chunks(size) {
            talk.0.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        talk.plays(
            r"S: d NO [UNAVAILABLE] later
              S: e OK ...",
        )
        .await;
        assert_eq!(server.folders("alice").len(), 10);

        let mut talk = Talk::new(&server, Scheme::Imap);
        talk.line().await;
        talk.say("a AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbi1vZi1hbGljZQEB")
            .await;
        talk.plays("S: a OK ...").await;
        faults.add(Fault::TokensExpired);
        for piece in command.as_bytes().chunks(size) {
            let _ = talk.0.write_all(piece).await;
            tokio::task::yield_now().await;
        }
        talk.plays("S: * BYE Session invalidated - AccessTokenExpired").await;
        assert!(talk.ends().await);
        faults.clear();
    }
    // Only commands are refused, and not a line of SASL, bytes of a literal or the end of IDLE.
    let mut talk = Talk::in_inbox(&server).await;
    faults.add(Fault::refuse("", "NO never"));
    faults.add(Fault::refuse("NOOP", "NO never"));
    talk.plays(
        r"C: d APPEND Drafts {8}
          S: + ...
          C: a NOOP
          C: 
          S: d OK ...
          C: e IDLE
          S: + ...
          C: DONE
          S: e OK ...",
    )
    .await;
}

#[tokio::test]
async fn tokens_expire() {
    let server = small().await;
    let faults = server.faults();
    let good = "a AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbi1vZi1hbGljZQEB";
    let mut by_token = Talk::new(&server, Scheme::Imap);
    by_token.line().await;
    by_token.say(good).await;
    by_token.plays("S: a OK ...").await;
    let mut by_password = Talk::in_inbox(&server).await;
    faults.add(Fault::TokensExpired);
    by_password
        .plays(
            r"C: d NOOP
              S: d OK ...",
        )
        .await;
    by_token
        .plays(
            r"C: b NOOP
              S: * BYE Session invalidated - AccessTokenExpired",
        )
        .await;
    assert!(by_token.ends().await);
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.line().await;
    talk.say(good).await;
    talk.plays(
        r"S: + eyJ...
          C: 
          S: a NO [AUTHENTICATIONFAILED] ...",
    )
    .await;
    faults.clear();
    talk.say(good).await;
    talk.plays("S: a OK ...").await;
}

#[tokio::test]
async fn sizes_are_wrong() {
    let server = small().await;
    server.faults().add(Fault::WrongSizes(1000));
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d FETCH 1 RFC822.SIZE
          S: * 1 FETCH (RFC822.SIZE 1041)
          S: d OK ...",
    )
    .await;
    in_maildrop(&server)
        .await
        .plays(
            r"C: LIST 2
              S: +OK 2 1041",
        )
        .await;
}

#[tokio::test]
async fn lines_are_damaged() {
    let server = small().await;
    let faults = server.faults();
    let mut talk = Talk::in_inbox(&server).await;
    faults.once(Fault::damage("UID 2", "UID two"));
    talk.plays(
        r"C: d FETCH 1:2 UID
          S: * 1 FETCH (UID 1)
          S: * 2 FETCH (UID two)
          S: d OK ...
          C: e FETCH 2 UID
          S: * 2 FETCH (UID 2)
          S: e OK ...",
    )
    .await;
    faults.add(Fault::damage("+OK 4 164", "+OK  -1 x"));
    in_maildrop(&server)
        .await
        .plays(
            r"C: STAT
              S: +OK  -1 x",
        )
        .await;
}

#[tokio::test]
async fn lines_come_that_nobody_asked_for() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    server.faults().add(Fault::Unsolicited("* OK [ALERT] soup is ready".into()));
    talk.plays(
        r"S: * OK [ALERT] soup is ready
          C: d NOOP
          S: d OK ...",
    )
    .await;
    // Once for each session, and before its next answer at the latest.
    let mut other = Talk::new(&server, Scheme::Imap);
    other
        .plays(
            r"S: * OK [CAPABILITY ...
              S: * OK [ALERT] soup is ready
              C: a LOGIN alice wonderland
              S: a OK ...",
        )
        .await;
}

#[tokio::test]
async fn a_message_is_expunged_between_two_bodies() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    server.faults().once(Fault::ExpungeBetweenBodies);
    talk.plays(
        r"C: d UID FETCH 2:4 BODY.PEEK[TEXT]
          S: * 2 FETCH (UID 2 BODY[TEXT] {8}
          S: body 2
          S: )
          S: * 1 EXPUNGE
          S: * 2 FETCH (UID 3 BODY[TEXT] {8}
          S: body 3
          S: )
          S: * 3 FETCH (UID 4 BODY[TEXT] {8}
          S: body 4
          S: )
          S: d OK ...",
    )
    .await;
    assert_eq!(server.messages("alice", "INBOX").unwrap().len(), 3);
}

#[tokio::test]
async fn what_follows_starttls_in_clear_is_refused() {
    let server = small().await;
    for (scheme, command) in
        [(Scheme::ImapStartTls, "a STARTTLS\r\nb NOOP"), (Scheme::Pop3Stls, "STLS\r\nNOOP")]
    {
        let (near, far) = tokio::io::duplex(4096);
        let session = tokio::spawn(server.serve(scheme, far));
        let mut talk = Talk(BufReader::new(near));
        talk.line().await;
        talk.say(command).await;
        talk.line().await;
        drop(talk);
        assert!(session.await.unwrap().is_err(), "{scheme}");
    }
}

#[tokio::test]
async fn commands_and_literals_may_be_pipelined() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.say(
        "d APPEND Drafts {3+}\r\na\r\n\r\ne LIST {0+}\r\n {5+}\r\nINBOX\r\nf IDLE\r\nDONE\r\ng NOOP",
    )
    .await;
    talk.plays(
        r#"S: d OK ...
           S: * LIST (\HasNoChildren) "/" INBOX
           S: e OK ...
           S: + ...
           S: f OK ...
           S: g OK ..."#,
    )
    .await;
}
