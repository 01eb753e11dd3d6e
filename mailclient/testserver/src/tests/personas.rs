//! What each persona does that others do not.

use super::*;

async fn like(persona: Persona) -> TestServer {
    let builder = TestServer::builder().without_messages().persona(persona);
    let server = builder.start().await.unwrap();
    server.deliver("alice", "INBOX", "Subject: one\r\n\r\nbody\r\n").unwrap();
    server
}

/// Logs in with a token, which all personas but one take.
async fn logged_in(server: &TestServer) -> Talk<tokio::io::DuplexStream> {
    let mut talk = Talk::new(server, Scheme::Imap);
    talk.line().await;
    talk.say("a AUTHENTICATE XOAUTH2").await;
    let line = talk.line().await;
    if line.starts_with('+') {
        talk.say("dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbi1vZi1hbGljZQEB").await;
        assert!(talk.line().await.starts_with("a OK "));
    } else {
        talk.plays(
            r"C: b LOGIN alice wonderland
              S: b OK ...",
        )
        .await;
    }
    talk
}

/// Every persona serves a session of plain IMAP4rev1.
#[tokio::test]
async fn all_speak_the_base_protocol() {
    for persona in Persona::all() {
        let (name, quirks) = (persona.name.clone(), persona.quirks);
        let prefix = persona.prefix.clone();
        let server = like(persona).await;
        let mut talk = logged_in(&server).await;
        if quirks.id_required {
            talk.plays(
                r"C: c SELECT INBOX
                  S: c NO SELECT Unsafe Login...
                  C: d ID NIL
                  S: * ID ...
                  S: d OK ...",
            )
            .await;
        }
        talk.plays(&format!(
            r#"C: e SELECT INBOX
               S: ...
               S: * 1 EXISTS
               S: ...
               S: e OK [READ-WRITE] ...
               C: f UID SEARCH SUBJECT one
               S: * SEARCH 1
               S: f OK ...
               C: g FETCH 1 BODY.PEEK[TEXT]
               S: * 1 FETCH (BODY[TEXT] {{6}}
               S: body
               S: )
               S: g OK ...
               C: h COPY 1 {prefix}Trash
               S: h OK ...
               C: i LIST "" {prefix}Trash
               S: * LIST (\HasNoChildren \Trash) ...
               S: i OK ...
               C: j LOGOUT
               S: * BYE ...
               S: j OK ..."#
        ))
        .await;
        assert_eq!(server.messages("alice", "Trash").unwrap().len(), 1, "{name}");
    }
}

/// A capability that is not announced is refused.
#[tokio::test]
async fn only_what_is_announced_is_served() {
    for (persona, command) in [
        (Persona::rfc_only(), "UID EXPUNGE 1"),
        (Persona::rfc_only(), "IDLE"),
        (Persona::rfc_only(), "ID NIL"),
        (Persona::rfc_only(), "ENABLE CONDSTORE"),
        (Persona::rfc_only(), "COMPRESS DEFLATE"),
        (Persona::icloud(), "COMPRESS DEFLATE"),
        (Persona::gmail(), "FETCH $ FLAGS"),
        (Persona::courier(), "ID NIL"),
        (Persona::icloud(), "MOVE 1 Trash"),
        (Persona::exchange_online(), "LIST \"\" * RETURN (STATUS (MESSAGES))"),
        (Persona::exchange_online(), "SEARCH RETURN (ALL) ALL"),
        (Persona::exchange_online(), "SORT (SUBJECT) US-ASCII ALL"),
        (Persona::gmail(), "THREAD REFERENCES US-ASCII ALL"),
        (Persona::netease(), "UNSELECT"),
        (Persona::courier(), "FETCH 1 MODSEQ"),
        (Persona::dovecot(), "FETCH 1 EMAILID"),
        (Persona::dovecot(), "FETCH 1 X-GM-MSGID"),
        (Persona::dovecot(), "SEARCH X-GM-RAW one"),
        (Persona::dovecot(), "STORE 1 +X-GM-LABELS (one)"),
        (Persona::icloud(), "THREAD REFS US-ASCII ALL"),
        (Persona::icloud(), "SORT (DISPLAYFROM) US-ASCII ALL"),
    ] {
        let name = persona.name.clone();
        let refusal = if persona.quirks.bad_is_no.is_some() { "x NO " } else { "x BAD " };
        let server = like(persona).await;
        let mut talk = logged_in(&server).await;
        talk.say("c ID NIL").await;
        while !talk.line().await.starts_with("c ") {}
        talk.plays(
            r"C: d SELECT INBOX
              S: ...
              S: d OK ...",
        )
        .await;
        talk.say(&format!("x {command}")).await;
        let line = talk.line().await;
        assert!(line.starts_with(refusal), "{name}, {command}: {line}");
    }
}

#[tokio::test]
async fn exchange_online() {
    let server = like(Persona::exchange_online()).await;
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r#"S: * OK The Microsoft Exchange IMAP4 service is ready. [...
           C: a LOGIN alice wonderland
           S: a OK logged in
           C: b SELECT INBOX
           S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
           S: * 1 EXISTS
           S: * 1 RECENT
           S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft)] ...
           S: * OK [UIDVALIDITY 14] ...
           S: ...
           S: b OK ...
           C: c UID FETCH 1 (RFC822.SIZE UID BODY.PEEK[TEXT])
           S: * 1 FETCH (RFC822.SIZE 0 BODY[TEXT] {6}
           S: body
           S:  UID 1)
           S: c OK ...
           C: d UID FETCH 1 FLAGS
           S: * 1 FETCH (FLAGS (\Recent) UID 1)
           S: d OK ...
           C: e SEARCH CHARSET UTF-8 SUBJECT {2+}
           C: ä
           S: e NO [BADCHARSET (US-ASCII)] ...
           C: f STORE 1 +FLAGS ($Mine)
           S: f NO [NOPERM] ...
           C: g STORE 1 +FLAGS ($Mine \Seen)
           S: * 1 FETCH (FLAGS (\Seen \Recent))
           S: g OK ...
           C: h STATUS Trash (UIDVALIDITY)
           S: * STATUS Trash (UIDVALIDITY 14)
           S: h OK ..."#,
    )
    .await;
    let mut talk = Talk::new(&server, Scheme::Pop3);
    talk.plays(
        r"S: +OK The Microsoft Exchange POP3 ...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...
          C: LIST
          S: +OK...
          S: 1 0
          S: .",
    )
    .await;
}

#[tokio::test]
async fn exchange_online_has_another_front_end() {
    let server = like(Persona::exchange_online_new()).await;
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r"S: * OK Microsoft Exchange IMAP4 service ready...
          C: a CAPABILITY
          S: * CAPABILITY IMAP4rev1 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+ MOVE LOGINDISABLED AUTH=XOAUTH2
          S: a OK ...
          C: b LOGIN alice wonderland
          S: b NO ...",
    )
    .await;
}

#[tokio::test]
async fn gmail_has_labels() {
    let server = like(Persona::gmail()).await;
    let mut talk = logged_in(&server).await;
    talk.plays(
        r#"C: c SELECT INBOX
           S: ...
           S: c OK ...
           C: d STORE 1 +X-GM-LABELS (work "two words")
           S: * 1 FETCH (X-GM-LABELS (work "two words"))
           S: d OK ...
           C: e SEARCH X-GM-LABELS work
           S: * SEARCH 1
           S: e OK ...
           C: f STORE 1 -X-GM-LABELS (work)
           S: * 1 FETCH (X-GM-LABELS ("two words"))
           S: f OK ...
           C: g SEARCH X-GM-RAW "one body"
           S: * SEARCH 1
           S: g OK ...
           C: h SEARCH X-GM-RAW "one other"
           S: * SEARCH
           S: h OK ..."#,
    )
    .await;
    talk.say("i FETCH 1 (X-GM-MSGID X-GM-THRID)").await;
    let line = talk.line().await;
    let id = line.strip_prefix("* 1 FETCH (X-GM-MSGID ").unwrap().split(' ').next().unwrap();
    assert!(id.parse::<u64>().is_ok(), "{line}");
    talk.plays(&format!(
        r"S: i OK ...
          C: j SEARCH X-GM-MSGID {id}
          S: * SEARCH 1
          S: j OK ..."
    ))
    .await;
    let thread = line.rsplit(' ').next().unwrap().trim_end_matches(')');
    talk.plays(&format!(
        r"C: k SEARCH 1 X-GM-THRID {thread}
          S: * SEARCH 1
          S: k OK ..."
    ))
    .await;
}

#[tokio::test]
async fn courier_has_all_folders_below_inbox() {
    let server = like(Persona::courier()).await;
    let mut talk = logged_in(&server).await;
    talk.plays(
        r##"C: c NAMESPACE
           S: * NAMESPACE (("INBOX." ".")) NIL (("#shared." ".")("shared." "."))
           S: c OK ...
           C: d LIST "" INBOX.Projects%
           S: * LIST (\HasChildren) "." INBOX.Projects
           S: d OK ...
           C: e LIST "INBOX." %.2026
           S: * LIST (\HasNoChildren) "." INBOX.Projects.2026
           S: e OK ...
           C: f CREATE Elsewhere
           S: f NO [CANNOT] ...
           C: g SELECT Trash
           S: g NO [NONEXISTENT] ...
           C: h CREATE INBOX.a.b
           S: h OK ...
           C: i SELECT INBOX.a.b
           S: * FLAGS ...
           S: * 0 EXISTS
           S: * 0 RECENT
           S: * OK [PERMANENTFLAGS ...
           S: * OK [UIDVALIDITY ...
           S: * OK [MYRIGHTS "lrswipkxteacd"] ACL
           S: i OK ...
           C: j ENABLE UTF8=ACCEPT
           S: * ENABLED UTF8=ACCEPT
           S: j OK ...
           C: k SELECT INBOX
           S: * OK [CLOSED] ...
           S: * FLAGS ...
           S: * 1 EXISTS
           S: * 1 RECENT
           S: * OK [PERMANENTFLAGS ...
           S: * OK [UIDVALIDITY ...
           S: * OK [MYRIGHTS "lrswipkxteacd"] ACL
           S: k OK ...
           C: l NONSENSE
           S: l NO Error in IMAP command received by server.
           C: m ID NIL
           S: m NO Error in IMAP command received by server.
           C: n GETQUOTAROOT INBOX
           S: * QUOTAROOT INBOX ""
           S: * QUOTA ""
           S: n OK ..."##,
    )
    .await;
    assert!(server.folders("alice").contains(&"a/b".into()));
}

#[tokio::test]
async fn courier_hides_unicode_from_pop3_clients_that_do_not_ask_for_it() {
    let server = like(Persona::courier()).await;
    server.deliver("alice", "INBOX", "Subject: \u{dc}ber\r\n\r\nbody\r\n").unwrap();
    let mut bodies = Vec::new();
    for asks in [false, false, true] {
        let mut talk = Talk::new(&server, Scheme::Pop3);
        talk.line().await;
        let first = if asks { "UTF8" } else { "NOOP" };
        talk.plays(
            r"C: CAPA
              S: +OK...
              S: ...
              S: LOGIN-DELAY 10
              S: ...
              S: .",
        )
        .await;
        for line in [first, "USER alice", "PASS wonderland"] {
            talk.say(line).await;
            talk.line().await;
        }
        // One with an ASCII header is the same for all.
        talk.plays(
            r"C: RETR 1
              S: +OK...
              S: Subject: one
              S: 
              S: body
              S: .
              C: RETR 2
              S: +OK...",
        )
        .await;
        let mut lines = Vec::new();
        while lines.last().is_none_or(|last| last != ".") {
            lines.push(talk.line().await);
        }
        bodies.push(lines.join("\n"));
    }
    let original = "Subject: \u{dc}ber\n\nbody\n";
    assert_eq!(bodies[2], format!("{original}."));
    assert!(bodies[0].starts_with("From: Mail Delivery Subsystem <"), "{}", bodies[0]);
    assert!(bodies[0].contains("\nSubject: Cannot display Unicode content\n"));
    assert!(bodies[0].contains(original) && bodies[1].contains(original));
    assert_ne!(bodies[0], bodies[1], "another boundary each time");
}

#[tokio::test]
async fn icloud_tells_less_than_it_has() {
    let server = like(Persona::icloud()).await;
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r#"S: * OK [CAPABILITY XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] ...
           C: a LOGIN alice wonderland
           S: a OK [CAPABILITY XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] ...
           C: b CAPABILITY
           S: * CAPABILITY XAPPLEPUSHSERVICE IMAP4 IMAP4rev1 SASL-IR ID ENABLE IDLE NAMESPACE ...
           S: b OK ...
           C: c ENABLE QRESYNC
           S: c OK ...
           C: d SELECT INBOX
           S: ...
           S: d OK ...
           C: e SEARCH SUBJECT nothing
           S: e OK ...
           C: f SEARCH SUBJECT one
           S: * SEARCH 1
           S: f OK ...
           C: g UID FETCH 1 RFC822
           S: * 1 FETCH (UID 1 FLAGS (\Seen \Recent) MODSEQ (3))
           S: g OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn netease_wants_to_know_its_clients() {
    let server = like(Persona::netease()).await;
    let mut talk = Talk::new(&server, Scheme::Imap);
    talk.plays(
        r#"S: * OK ...
           C: a CAPABILITY
           S: * CAPABILITY IMAP4rev1 SASL-IR ID IDLE UIDPLUS AUTH=PLAIN AUTH=XOAUTH2
           S: a OK ...
           C: b AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
           S: b BAD Parse command error
           C: c AUTHENTICATE PLAIN
           S: + 
           C: AGFsaWNlAHdvbmRlcmxhbmQ=
           S: c OK ...
           C: d SELECT INBOX
           S: d NO SELECT Unsafe Login. Please contact kefu@188.com for help
           C: e EXAMINE INBOX
           S: e NO SELECT Unsafe Login. Please contact kefu@188.com for help
           C: f STATUS INBOX (MESSAGES)
           S: * STATUS INBOX (MESSAGES 1)
           S: f OK ...
           C: g ID ("name" "test")
           S: * ID ("name" "mail-testserver")
           S: g OK ...
           C: h SELECT INBOX
           S: ...
           S: h OK [READ-WRITE] ..."#,
    )
    .await;
}

#[test]
fn every_persona_has_a_name_for_command_lines() {
    let names: Vec<&str> = Persona::names().collect();
    let named: Vec<Persona> = names.iter().map(|name| Persona::named(name).unwrap()).collect();
    assert_eq!(named, Persona::all());
    assert_eq!(Persona::named("Gmail"), None);
}

#[tokio::test]
async fn uid_validity_can_be_absent_or_change() {
    let builder = || TestServer::builder().without_messages();
    let server = builder().uid_validities(UidValidity::Absent).start().await.unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: d SELECT Trash
          S: * FLAGS ...
          S: * 0 EXISTS
          S: * 0 RECENT
          S: * OK [PERMANENTFLAGS ...
          S: * OK [UIDNEXT 1] ...
          S: ...
          S: d OK ...
          C: e STATUS INBOX (UIDVALIDITY UIDNEXT)
          S: * STATUS INBOX (UIDNEXT 1)
          S: e OK ...
          C: f APPEND INBOX {1+}
          C: x
          S: f OK APPEND completed",
    )
    .await;
    let server = builder().uid_validities(UidValidity::Changing).start().await.unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        talk.plays(
            r"C: d SELECT Trash
              S: ...
              S: d OK ...
              C: e STATUS Trash (UIDVALIDITY)",
        )
        .await;
        seen.push(talk.line().await);
        talk.plays("S: e OK ...").await;
    }
    seen.dedup();
    assert_eq!(seen.len(), 3, "{seen:?}");
}
