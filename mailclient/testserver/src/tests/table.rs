//! Every command in every state, against the tables of the RFCs: which responses belong to it, how
//! it ends, and the state after it.

use imap_proto_lite::CommandKind;
use pop3_proto::CommandKind as Pop3Kind;

use super::*;

/// A state of IMAP, in the order of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Imap {
    NotAuthenticated,
    Authenticated,
    Selected,
    Logout,
}

impl Imap {
    const COLUMNS: [Self; 3] = [Self::NotAuthenticated, Self::Authenticated, Self::Selected];
}

/// [RFC 9051 section 6](https://www.rfc-editor.org/rfc/rfc9051#section-6): each command with the
/// names of its untagged responses and codes, its result, and the state after it if that is
/// another one; in the states not authenticated, authenticated, and selected.
pub(super) const COMMANDS: &[(&str, [&str; 3])] = &[
    // 6.1: in any state
    ("CAPABILITY", ["CAPABILITY OK", "CAPABILITY OK", "CAPABILITY OK"]),
    ("NOOP", ["OK", "OK", "OK"]),
    ("LOGOUT", ["BYE OK Logout", "BYE OK Logout", "BYE OK Logout"]),
    // 6.2: not authenticated. STARTTLS is not offered on a protected connection.
    ("STARTTLS", ["BAD", "BAD", "BAD"]),
    ("AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=", ["OK Authenticated", "BAD", "BAD"]),
    ("AUTHENTICATE PLAIN AGFsaWNlAHdyb25n", ["NO", "BAD", "BAD"]),
    ("AUTHENTICATE X-NONE", ["NO", "BAD", "BAD"]),
    ("LOGIN alice wonderland", ["OK Authenticated", "BAD", "BAD"]),
    ("LOGIN alice wrong", ["NO", "BAD", "BAD"]),
    // 6.3: authenticated
    ("ENABLE CONDSTORE X-NONE", ["BAD", "ENABLED OK", "ENABLED OK"]),
    (
        "SELECT Trash",
        [
            "BAD",
            "FLAGS EXISTS RECENT PERMANENTFLAGS UIDVALIDITY UIDNEXT HIGHESTMODSEQ MAILBOXID \
             OK Selected",
            "FLAGS EXISTS RECENT PERMANENTFLAGS UIDVALIDITY UIDNEXT HIGHESTMODSEQ MAILBOXID OK",
        ],
    ),
    ("SELECT nowhere", ["BAD", "NO", "NO Authenticated"]),
    (
        "EXAMINE INBOX",
        [
            "BAD",
            "FLAGS EXISTS RECENT PERMANENTFLAGS UIDVALIDITY UIDNEXT HIGHESTMODSEQ MAILBOXID UNSEEN \
             OK Selected",
            "FLAGS EXISTS RECENT PERMANENTFLAGS UIDVALIDITY UIDNEXT HIGHESTMODSEQ MAILBOXID UNSEEN \
             OK",
        ],
    ),
    ("EXAMINE nowhere", ["BAD", "NO", "NO Authenticated"]),
    ("CREATE new", ["BAD", "OK", "OK"]),
    ("CREATE INBOX", ["BAD", "NO", "NO"]),
    ("DELETE Trash", ["BAD", "OK", "OK"]),
    ("DELETE INBOX", ["BAD", "NO", "NO"]),
    ("DELETE nowhere", ["BAD", "NO", "NO"]),
    ("RENAME Trash Bin", ["BAD", "OK", "OK"]),
    ("RENAME Trash Sent", ["BAD", "NO", "NO"]),
    ("RENAME nowhere Bin", ["BAD", "NO", "NO"]),
    ("SUBSCRIBE Trash", ["BAD", "OK", "OK"]),
    ("SUBSCRIBE nowhere", ["BAD", "NO", "NO"]),
    ("UNSUBSCRIBE Trash", ["BAD", "OK", "OK"]),
    ("LIST \"\" S%", ["BAD", "LIST OK", "LIST OK"]),
    ("LIST \"\" nothing", ["BAD", "OK", "OK"]),
    ("LSUB \"\" S%", ["BAD", "LSUB OK", "LSUB OK"]),
    ("NAMESPACE", ["BAD", "NAMESPACE OK", "NAMESPACE OK"]),
    ("STATUS Trash (MESSAGES)", ["BAD", "STATUS OK", "STATUS OK"]),
    ("STATUS nowhere (MESSAGES)", ["BAD", "NO", "NO"]),
    ("APPEND Trash {3+}\r\na b", ["BAD", "OK", "OK"]),
    ("APPEND INBOX {3+}\r\na b", ["BAD", "OK", "EXISTS RECENT OK"]),
    ("APPEND nowhere {3+}\r\na b", ["BAD", "NO", "NO"]),
    ("IDLE\r\nDONE", ["BAD BAD", "+ OK", "+ OK"]),
    // 6.4: selected
    ("CLOSE", ["BAD", "BAD", "OK Authenticated"]),
    ("UNSELECT", ["BAD", "BAD", "OK Authenticated"]),
    ("EXPUNGE", ["BAD", "BAD", "EXPUNGE OK"]),
    ("SEARCH ALL", ["BAD", "BAD", "SEARCH OK"]),
    ("SEARCH RETURN (ALL) ALL", ["BAD", "BAD", "ESEARCH OK"]),
    ("SEARCH CHARSET X-NONE ALL", ["BAD", "BAD", "NO"]),
    ("SEARCH NONSENSE", ["BAD", "BAD", "BAD"]),
    ("FETCH 1 FLAGS", ["BAD", "BAD", "FETCH OK"]),
    ("FETCH 1:3 (UID BODY.PEEK[HEADER])", ["BAD", "BAD", "FETCH FETCH FETCH OK"]),
    ("FETCH 1 NONSENSE", ["BAD", "BAD", "BAD"]),
    ("STORE 2 +FLAGS (\\Seen)", ["BAD", "BAD", "FETCH OK"]),
    ("STORE 2 +FLAGS.SILENT (\\Seen)", ["BAD", "BAD", "OK"]),
    ("COPY 2 Trash", ["BAD", "BAD", "OK"]),
    ("COPY 2 nowhere", ["BAD", "BAD", "NO"]),
    ("MOVE 2 Trash", ["BAD", "BAD", "COPYUID EXPUNGE OK"]),
    ("MOVE 2 nowhere", ["BAD", "BAD", "NO"]),
    ("UID FETCH 1 FLAGS", ["BAD", "BAD", "FETCH OK"]),
    ("UID STORE 2 FLAGS (\\Seen)", ["BAD", "BAD", "FETCH OK"]),
    ("UID COPY 2 Trash", ["BAD", "BAD", "OK"]),
    ("UID MOVE 2 Trash", ["BAD", "BAD", "COPYUID EXPUNGE OK"]),
    ("UID EXPUNGE 1:*", ["BAD", "BAD", "EXPUNGE OK"]),
    ("UID SEARCH ALL", ["BAD", "BAD", "SEARCH OK"]),
    // RFC 3501 section 6.4.1
    ("CHECK", ["BAD", "BAD", "OK"]),
    // Extensions. COMPRESS DEFLATE itself is tested where the client compresses.
    ("ID NIL", ["ID OK", "ID OK", "ID OK"]),
    ("COMPRESS GZIP", ["BAD", "BAD", "BAD"]),
    ("SORT (DATE) US-ASCII ALL", ["BAD", "BAD", "SORT OK"]),
    ("THREAD REFERENCES US-ASCII ALL", ["BAD", "BAD", "THREAD OK"]),
    ("UID SORT (DATE) X-NONE ALL", ["BAD", "BAD", "NO"]),
    ("REPLACE 2 INBOX {3+}\r\na b", ["BAD", "BAD", "APPENDUID EXPUNGE EXISTS RECENT OK"]),
    ("UID REPLACE 9 INBOX {3+}\r\na b", ["BAD", "BAD", "NO"]),
    ("GETQUOTA \"\"", ["BAD", "QUOTA OK", "QUOTA OK"]),
    ("GETQUOTA other", ["BAD", "NO", "NO"]),
    ("GETQUOTAROOT INBOX", ["BAD", "QUOTAROOT QUOTA OK", "QUOTAROOT QUOTA OK"]),
    ("SETQUOTA \"\" (STORAGE 1000)", ["BAD", "QUOTA OK", "QUOTA OK"]),
    ("GETACL INBOX", ["BAD", "ACL OK", "ACL OK"]),
    ("GETACL nowhere", ["BAD", "NO", "NO"]),
    ("SETACL INBOX bob lr", ["BAD", "OK", "OK"]),
    ("SETACL INBOX bob lrZ", ["BAD", "BAD", "BAD"]),
    ("DELETEACL INBOX bob", ["BAD", "OK", "OK"]),
    ("LISTRIGHTS INBOX bob", ["BAD", "LISTRIGHTS OK", "LISTRIGHTS OK"]),
    ("MYRIGHTS INBOX", ["BAD", "MYRIGHTS OK", "MYRIGHTS OK"]),
    // 6.5: what no RFC knows, and what is no command
    ("XNONSENSE", ["BAD", "BAD", "BAD"]),
    ("UID NOOP", ["BAD", "BAD", "BAD"]),
    ("NOOP twice", ["BAD", "BAD", "BAD"]),
    ("", ["BAD", "BAD", "BAD"]),
];

/// A session with a server in a state; the first of three messages has `\Deleted`.
async fn imap_in(persona: Persona, state: Imap) -> (TestServer, Talk<tokio::io::DuplexStream>) {
    let mut builder = TestServer::builder().persona(persona).without_messages();
    for number in 1..=3 {
        let message = format!("Subject: {number}\r\n\r\nbody\r\n");
        builder = builder.message("alice", "INBOX", message);
    }
    let server = builder.start().await.unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d STORE 1 +FLAGS.SILENT (\Deleted)
          S: d OK ...",
    )
    .await;
    match state {
        Imap::Selected => {}
        Imap::Authenticated => talk.plays("C: e UNSELECT\nS: e OK ...").await,
        _ => {
            talk = Talk::new(&server, Scheme::Imap);
            talk.line().await;
        }
    }
    (server, talk)
}

/// Sends a command, and says what came back.
async fn answer(talk: &mut Talk<tokio::io::DuplexStream>, command: &str) -> String {
    talk.say(&format!("x {command}")).await;
    // A literal or DONE that is not taken is a line without a tag, with its own answer.
    let lines = if command.starts_with("IDLE") { 2 } else { 1 };
    let (mut words, mut ends) = (Vec::new(), 0);
    while ends < lines {
        let mut line = talk.line().await;
        if let Some(size) = line.strip_suffix('}').and_then(|line| line.rsplit_once('{')) {
            talk.octets(size.1.parse().unwrap()).await;
            talk.line().await;
            line.truncate(line.len() - size.1.len() - 2);
        }
        let mut parts = line.split(' ');
        let first = parts.next().unwrap();
        let second = parts.next().unwrap_or_default();
        let third = parts.next().unwrap_or_default();
        let word = match first {
            "+" => {
                ends += 1;
                "+"
            }
            "*" if second == "BAD" => {
                ends += 1;
                second
            }
            "*" if second.parse::<u32>().is_ok() => third,
            "*" if second == "OK" => third.trim_matches(['[', ']']),
            "*" => second,
            _ => {
                ends += 1;
                second
            }
        };
        words.push(word.to_owned());
    }
    words.join(" ")
}

/// The state that a session is in, by what it takes.
async fn state_of(talk: &mut Talk<tokio::io::DuplexStream>) -> Imap {
    let mut rest = [0; 1];
    talk.0.get_mut().write_all(b"y CHECK\r\nz NAMESPACE\r\n").await.ok();
    let mut said = String::new();
    loop {
        match talk.0.read(&mut rest).await {
            Ok(0) | Err(_) => return Imap::Logout,
            Ok(_) => said.push(char::from(rest[0])),
        }
        if said.ends_with("\r\n") && said.contains("z ") {
            break;
        }
    }
    match (said.contains("y OK"), said.contains("z OK")) {
        (true, _) => Imap::Selected,
        (false, true) => Imap::Authenticated,
        (false, false) => Imap::NotAuthenticated,
    }
}

/// Carries out a command in a state, and compares the answer and the state after it.
async fn compare(
    (_server, mut talk): (TestServer, Talk<tokio::io::DuplexStream>),
    state: Imap,
    command: &str,
    expected: &str,
) {
    let (mut expected, mut after) = (expected, state);
    for other in [Imap::Authenticated, Imap::Selected, Imap::Logout] {
        if let Some(words) = expected.strip_suffix(&format!(" {other:?}")) {
            (expected, after) = (words, other);
        }
    }
    assert_eq!(answer(&mut talk, command).await, expected, "{command} in {state:?}");
    assert_eq!(state_of(&mut talk).await, after, "after {command} in {state:?}");
}

#[tokio::test]
async fn every_command_of_imap_in_every_state() {
    for (command, columns) in COMMANDS {
        for (state, expected) in Imap::COLUMNS.into_iter().zip(columns) {
            let session = imap_in(Persona::everything(), state).await;
            compare(session, state, command, expected).await;
        }
    }
}

/// A row of the table for a client that has enabled IMAP4rev2: no RECENT and no UNSEEN, LIST in the
/// answer to SELECT, CLOSED before it, ESEARCH in place of SEARCH.
fn in_rev2(command: &str, state: Imap, expected: &str) -> String {
    let mut expected = format!(" {expected}").replace(" RECENT", "").replace(" UNSEEN", "");
    expected = expected.replace(" SEARCH", " ESEARCH");
    if command.starts_with("SELECT") || command.starts_with("EXAMINE") {
        expected = expected.replace(" MAILBOXID", " MAILBOXID LIST");
        if state == Imap::Selected {
            expected.insert_str(0, " CLOSED");
        }
    }
    expected.trim_start().to_owned()
}

/// RFC 9051 is the RFC of IMAP4rev2.
#[tokio::test]
async fn every_command_of_imap4rev2_in_every_state() {
    for (command, columns) in COMMANDS {
        let states = Imap::COLUMNS.into_iter().zip(columns);
        for (state, expected) in states.filter(|(state, _)| *state != Imap::NotAuthenticated) {
            let mut session = imap_in(Persona::cyrus(), state).await;
            session.1.plays("C: r ENABLE IMAP4rev2\nS: * ENABLED IMAP4rev2\nS: r OK ...").await;
            compare(session, state, command, &in_rev2(command, state, expected)).await;
        }
    }
}

#[test]
fn no_command_is_missing_in_the_table() {
    for kind in CommandKind::ALL.iter().filter(|kind| **kind != CommandKind::Raw) {
        let keyword = kind.to_keyword();
        let has_row = COMMANDS.iter().any(|(command, _)| command.starts_with(keyword));
        assert!(has_row, "{keyword}");
    }
    for kind in Pop3Kind::ALL.iter().filter(|kind| **kind != Pop3Kind::Raw) {
        let keyword = kind.to_keyword();
        let has_row = POP3_COMMANDS.iter().any(|(command, ..)| command.starts_with(keyword));
        assert!(has_row, "{keyword}");
    }
}

/// STARTTLS on a clear connection, where nothing else logs in.
#[tokio::test]
async fn before_tls_only_starttls_leads_on() {
    let server = small().await;
    for (command, expected) in [
        ("CAPABILITY", "CAPABILITY OK"),
        ("LOGIN alice wonderland", "NO"),
        ("AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=", "NO"),
        ("SELECT INBOX", "BAD"),
        ("STARTTLS", "OK"),
    ] {
        let mut talk = Talk::new(&server, Scheme::ImapStartTls);
        talk.line().await;
        assert_eq!(answer(&mut talk, command).await, expected, "{command}");
    }
}

/// [RFC 1939 section 9](https://www.rfc-editor.org/rfc/rfc1939#section-9): each command, its answer
/// in the states AUTHORIZATION and TRANSACTION (`...` for an answer of several lines), and whether
/// the session is over with it.
pub(super) const POP3_COMMANDS: &[(&str, &str, &str, bool)] = &[
    ("USER alice", "+OK", "-ERR", false),
    ("PASS wonderland", "-ERR", "-ERR", false),
    ("APOP alice 00000000000000000000000000000000", "-ERR", "-ERR", false),
    ("QUIT", "+OK", "+OK", true),
    ("STAT", "-ERR", "+OK", false),
    ("LIST", "-ERR", "+OK...", false),
    ("LIST 1", "-ERR", "+OK", false),
    ("LIST 9", "-ERR", "-ERR", false),
    ("LIST 0", "-ERR", "-ERR", false),
    ("RETR 1", "-ERR", "+OK...", false),
    ("RETR 9", "-ERR", "-ERR", false),
    ("RETR", "-ERR", "-ERR", false),
    ("DELE 1", "-ERR", "+OK", false),
    ("DELE 2", "-ERR", "-ERR", false),
    ("NOOP", "-ERR", "+OK", false),
    ("RSET", "-ERR", "+OK", false),
    ("TOP 1 1", "-ERR", "+OK...", false),
    ("TOP 1", "-ERR", "-ERR", false),
    ("UIDL", "-ERR", "+OK...", false),
    ("UIDL 1", "-ERR", "+OK", false),
    ("UIDL 2", "-ERR", "-ERR", false),
    // RFC 2449, RFC 2595, RFC 5034, RFC 6856
    ("CAPA", "+OK...", "+OK...", false),
    ("STLS", "-ERR", "-ERR", false),
    ("AUTH", "+OK...", "-ERR", false),
    ("AUTH X-NONE", "-ERR", "-ERR", false),
    ("UTF8", "+OK", "-ERR", false),
    ("LANG", "+OK...", "+OK...", false),
    ("XNONSENSE", "-ERR", "-ERR", false),
    ("", "-ERR", "-ERR", false),
];

#[tokio::test]
async fn every_command_of_pop3_in_every_state() {
    for &(command, before, after, ends) in POP3_COMMANDS {
        for (logs_in, expected) in [(false, before), (true, after)] {
            let server = small().await;
            let mut talk = Talk::new(&server, Scheme::Pop3);
            talk.line().await;
            if logs_in {
                // The second message is marked as deleted.
                for line in ["USER alice", "PASS wonderland", "DELE 2"] {
                    talk.say(line).await;
                    assert!(talk.line().await.starts_with("+OK"));
                }
            }
            talk.say(command).await;
            let line = talk.line().await;
            let is_long = expected.ends_with("...");
            let status = expected.trim_end_matches('.');
            assert!(line.starts_with(status), "{command}, {logs_in}: {line}");
            while is_long && talk.line().await != "." {}
            if ends {
                assert!(talk.ends().await, "{command}");
                let left = server.messages("alice", "INBOX").unwrap().len();
                assert_eq!(left, if logs_in { 3 } else { 4 });
            } else {
                // NOOP belongs to the state TRANSACTION, and nothing is left of the last answer.
                talk.say("NOOP").await;
                let line = talk.line().await;
                assert_eq!(line.starts_with("+OK"), logs_in, "after {command}: {line}");
            }
        }
    }
}
