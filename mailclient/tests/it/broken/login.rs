//! What is shown of a login, and the text of an account.

use mailclient::{Access, Account, Credentials, Error, Protocol, Security};

use crate::support::{account, folder, log_in};

/// What a server repeats of LOGIN is the line as it was sent.
#[tokio::test(start_paused = true)]
async fn a_password_is_blanked_in_each_of_its_forms() {
    let passwords = [
        (r#"pass"word-canary"#, r#""pass\"word-canary""#),
        (r"pass\word-canary", r#""pass\\word-canary""#),
        ("pass word-canary", "\"pass word-canary\""),
        ("word-canary", "word-canary"),
    ];
    for (password, sent) in passwords {
        for code in ["", "[ALERT] "] {
            let script = format!(
                "S: * OK [CAPABILITY IMAP4rev1] ready
                C: $1 LOGIN alice {sent}
                S: $1 BAD {code}Cannot parse LOGIN alice {sent}"
            );
            let credentials = Credentials::password(password);
            let error = log_in(&script, &account(Protocol::Imap), &credentials).await.err();
            let error = error.unwrap();
            let shown = format!("{error} {error:?}");
            assert!(matches!(error, Error::Auth { .. }), "{shown}");
            assert!(!shown.contains("word-canary"), "{password} {code}: {shown}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_is_blanked_where_the_words_are_cut() {
    let password = "canary-canary-canary";
    for (before, line) in (215..260)
        .flat_map(|at| [(at, "$1 NO"), (at, "$9 NO")])
        .chain((1000..1030).map(|at| (at, "* BYE")))
    {
        let script = format!(
            "S: * OK [CAPABILITY IMAP4rev1] ready
            C: $1 LOGIN alice {password}
            S: {line} {} {password}
            ! eof",
            "x".repeat(before)
        );
        let credentials = Credentials::password(password);
        let error = log_in(&script, &account(Protocol::Imap), &credentials).await.err().unwrap();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("xxx") || matches!(error, Error::Protocol(_)), "{shown}");
        assert!(!shown.contains("can"), "{line} {before}: {shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_no_answer_does_not_show_the_password() {
    for line in ["x7 NO LOGIN alice canary", "+ LOGIN alice canary", "LOGIN alice canary"] {
        let script = format!(
            "S: * OK [CAPABILITY IMAP4rev1] ready
            C: $1 LOGIN alice canary
            S: {line}
            ! eof"
        );
        let credentials = Credentials::password("canary");
        let error = log_in(&script, &account(Protocol::Imap), &credentials).await.err().unwrap();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary"), "{line}: {shown}");
    }
    for line in ["PASS canary", "-ERR no\r\nS: -ERR PASS canary"] {
        let script = format!(
            "S: +OK ready\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS canary\nS: {line}\n! eof"
        );
        let credentials = Credentials::password("canary");
        let error = log_in(&script, &account(Protocol::Pop3), &credentials).await.err();
        let shown = format!("{error:?}");
        assert!(!shown.contains("canary"), "{line}: {shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_capability_that_cannot_be_read_is_no_account() {
    for text in ["imaps://a@h/?hide=%zz", "imaps://a@h/?hide=%FF", "imaps://a@h/?hide=IDLE,%"] {
        assert!(text.parse::<Account>().is_err(), "{text}");
    }
}

#[test]
fn accounts_of_odd_characters_round_trip() {
    for odd in ["a b", "a/b?c#d", "a@b:c%d", "ä&ö=,", "+x", "..", "a\\b", "\"q\"", "%41", "日本"]
    {
        let mut account = Account::new(Protocol::Imap, Security::StartTls, "h", odd);
        account.open = Some((folder(odd), Access::ReadOnly));
        account.hidden_capabilities = vec![odd.into(), "IDLE".into()];
        account.preauth = odd.len() > 2;
        let text = account.to_string();
        let again: Account = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((&again.user, &again.open), (&account.user, &account.open), "{text}");
        assert_eq!(again.hidden_capabilities, account.hidden_capabilities, "{text}");
        assert_eq!(again.preauth, account.preauth, "{text}");
        assert_eq!(again.to_string(), text);
    }
}

/// The login is accepted, and the server repeats it only then.
#[tokio::test(start_paused = true)]
async fn a_password_is_blanked_after_the_login_too() {
    let imap = "S: * OK [CAPABILITY IMAP4rev1] ready
        C: $1 LOGIN alice canary
        S: $1 OK [CAPABILITY IMAP4rev1 UIDPLUS] welcome
        ";
    let pop3 = "S: +OK ready\nC: CAPA\nS: -ERR\nC: USER alice\nS: +OK\nC: PASS canary\nS: +OK\n";
    for (protocol, begin, rest) in [
        (Protocol::Pop3, pop3, "S: -ERR PASS canary\n! eof"),
        (Protocol::Pop3, pop3, "C: CAPA\nS: +OK\nS: .\nS: -ERR PASS canary\n! eof"),
        (Protocol::Pop3, pop3, "C: CAPA\nS: +OK\nS: .\nC: STAT\nS: -ERR PASS canary\n! eof"),
        (Protocol::Imap, imap, "C: $1 SELECT INBOX\nS: $1 NO LOGIN alice canary\n! eof"),
        (Protocol::Imap, imap, "C: $1 SELECT INBOX\nS: * BYE LOGIN alice canary\n! eof"),
        (Protocol::Imap, imap, "C: $1 SELECT INBOX\nS: $9 NO LOGIN alice canary\n! eof"),
    ] {
        let credentials = Credentials::password("canary");
        let account = account(protocol);
        let error = log_in(&format!("{begin}{rest}"), &account, &credentials).await.err().unwrap();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary"), "{rest}: {shown}");
        let is_told = shown.contains("***") || matches!(error, Error::Protocol(_));
        assert!(is_told, "{rest}: {shown}");
    }
    // The last words of the session, long after.
    let script = format!(
        "{pop3}C: CAPA\nS: +OK\nS: .\nC: STAT\nS: +OK 0 0\nC: STAT\nS: +OK 0 0\nS: -ERR PASS canary\n! eof"
    );
    let credentials = Credentials::password("canary");
    let mut mailbox = log_in(&script, &account(Protocol::Pop3), &credentials).await.unwrap();
    mailbox.status().await.unwrap();
    let error = mailbox.status().await.err().unwrap();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("PASS ***") && !shown.contains("canary"), "{shown}");
}
