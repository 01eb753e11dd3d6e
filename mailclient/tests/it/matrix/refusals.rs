//! Every command of every operation is refused, with NO, BAD or -ERR.

use mail_harness::{
    fault::Wire,
    refuse::{Refusal, Refusals},
};
use mail_testserver::Fault;
use mailclient::Protocol;

use super::{cases, finish, known};
use crate::{
    operations::{ALL, LOGIN, STATUS, TIMED},
    session::{LARGE_PIPE, Session, Way},
};

const IMAP: [Refusal; 3] = [
    Refusal {
        name: "NO",
        answer: "NO [UNAVAILABLE] Maintenance at noon",
        shown: "Maintenance at noon",
        transient: true,
    },
    Refusal {
        name: "lasting NO",
        answer: "NO [NOPERM] Not for you",
        shown: "Not for you",
        transient: false,
    },
    Refusal {
        name: "BAD",
        answer: "BAD What is that supposed to be",
        shown: "supposed to be",
        transient: false,
    },
];

const POP3: [Refusal; 2] = [
    Refusal {
        name: "-ERR",
        answer: "-ERR [SYS/TEMP] Maintenance at noon",
        shown: "Maintenance at noon",
        transient: true,
    },
    Refusal {
        name: "lasting -ERR",
        answer: "-ERR Not for you",
        shown: "Not for you",
        transient: false,
    },
];

/// What a client sends to learn more, or to say good-bye.
const IMAP_OPTIONAL: [&str; 12] = [
    "CAPABILITY",
    "ENABLE",
    "ID",
    "LOGOUT",
    "NAMESPACE",
    // Which messages there are: the command itself says enough.
    "UID FETCH in set flags",
    "UID FETCH in set flags if unchanged",
    "UID FETCH in set labels",
    "UID FETCH in replace",
    "UID FETCH in copy",
    "UID FETCH in move",
    // For servers that tell a new message to nothing else.
    "NOOP in replace",
];
const POP3_OPTIONAL: [&str; 3] = ["CAPA", "LANG", "UTF8"];

/// The commands after their tags: literals, messages and answers to challenges have none.
fn imap_commands(written: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(written);
    let commands = text.lines().filter_map(|line| {
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        let is_tag = |tag: &&str| tag.bytes().any(|byte| byte.is_ascii_digit());
        words.next().filter(is_tag)?;
        let command = words.next().filter(|word| is_keyword(word))?;
        match command {
            "UID" => Some(format!("UID {}", words.next()?)),
            command => Some(command.to_owned()),
        }
    });
    commands.collect()
}

fn pop3_commands(written: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(written);
    let words = text.lines().filter_map(|line| line.split(' ').next());
    words.filter(|word| is_keyword(word)).map(String::from).collect()
}

fn is_keyword(word: &str) -> bool {
    (2..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
        || word == "UTF8"
}

async fn every_command(
    subject: &'static str,
    protocol: Protocol,
    refusals: &[Refusal],
    optional: &[&str],
    commands: fn(&[u8]) -> Vec<String>,
) {
    let operations: Vec<_> = ALL.into_iter().chain(TIMED).collect();
    let mut known = known(&format!("{subject} "));
    cases(subject, protocol, &mut known, async |case, known| {
        let matrix = Refusals {
            subject,
            login: &LOGIN,
            operations: &operations,
            witness: &STATUS,
            features: case.features.clone(),
            refusals,
            optional,
            commands,
            make: async |wire: &Wire| case.session(wire, Way::Pipe(LARGE_PIPE)).await,
            refuse: |session: &Session, command: &str, refusal: &Refusal, always| {
                let fault = Fault::refuse(command, refusal.answer);
                let faults = session.server().faults();
                if always { faults.add(fault) } else { faults.once(fault) }
            },
        };
        matrix.run(known).await;
    })
    .await;
    finish(subject, &known);
}

#[tokio::test(start_paused = true)]
async fn imap_says_what_was_refused_whatever_the_command() {
    every_command("imap refuse", Protocol::Imap, &IMAP, &IMAP_OPTIONAL, imap_commands).await;
}

#[tokio::test(start_paused = true)]
async fn pop3_says_what_was_refused_whatever_the_command() {
    every_command("pop3 refuse", Protocol::Pop3, &POP3, &POP3_OPTIONAL, pop3_commands).await;
}

#[test]
fn commands_are_found_in_what_was_written() {
    let written =
        b"a1 UID FETCH 1 (UID)\r\na2 IDLE\r\nDONE\r\na3 LOGIN {5}\r\nalice x\r\na4 SELECT A\r\n";
    assert_eq!(imap_commands(written), ["UID FETCH", "IDLE", "LOGIN", "SELECT"]);
    assert_eq!(
        pop3_commands(b"USER a\r\nAUTH X\r\nAHB3ZA==\r\nSTAT\r\n"),
        ["USER", "AUTH", "STAT"]
    );
}
