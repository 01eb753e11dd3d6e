//! Every rule has a test that is found by its number: as a word of the name of a test (`f8_...`, `t9_...`, `invariant_4_...`) or in the
//! first line of a transcript.
//!
//! | letter | rules |
//! |---|---|
//! | V1 to V8 | vectors: the examples of the RFCs, URLs, base64, initial responses, response codes |
//! | F1 to F14 | framing: every cut, every line end, dots, long lines, the reference decoder |
//! | C1 to C5 | what RFC 1939 and RFC 2449 oblige both ends to |
//! | P1 to P4 | pipelining (that DELE waits for its message is the caller's) |
//! | D1 to D40 | deviations of real servers |
//! | T1 to T14 | threats |
//! | invariants 1 to 13 | what the crate doc promises |
//!
//! What has no number stands below with the tests that show it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]

use std::{collections::BTreeSet, fs, path::Path};

/// What has to hold, and the tests and transcripts that show it.
const SHOWN: [(&str, &[&str]); 48] = [
    // Client.
    ("greeting -ERR", &["greeting-refused"]),
    ("greeting empty, and EOF behind it", &["greeting-empty"]),
    ("no greeting", &["greeting-closes", "greeting-without-end"]),
    ("greeting with escape sequences", &["greeting-escape-sequences"]),
    ("CAPA -ERR", &["unnamed-capa-missing"]),
    ("CAPA hangs", &["t11_no_place_to_hang_without_a_deadline"]),
    ("CAPA and EOF", &["unnamed-capa-closes"]),
    ("CAPA empty", &["unnamed-capa-empty"]),
    ("CAPA twice the same", &["various-capa-odd"]),
    ("CAPA in lower case", &["unnamed-auth-without-sasl-capability"]),
    ("CAPA of 1,000 lines", &["client_capa_of_1000_lines"]),
    ("STLS -ERR", &["stls-refused"]),
    (
        "STLS with octets behind its answer",
        &[
            "stls-injection",
            "stls-injection-half-a-line",
            "stls-injection-late",
            "invariant_10_no_injection_and_t1",
        ],
    ),
    (
        "STLS stripped: no credentials",
        &["stls-stripped", "t4_no_downgrade_leads_to_credentials_in_clear_text"],
    ),
    ("STLS: capabilities are forgotten", &["stls"]),
    ("STLS: the timestamp is forgotten", &["apop-forgotten-behind-stls"]),
    ("STLS: no way back to the machine in clear text", &["does not compile"]),
    ("AUTH: a plus alone", &["exchange-plus-without-space"]),
    ("AUTH: a plus and a space", &["office365-xoauth2"]),
    ("AUTH: a plus and words", &["unnamed-plus-go-ahead"]),
    (
        "AUTH: +OK too early",
        &[
            "auth-ok-before-a-challenge",
            "exchange2003-ok-for-plus",
            "exchange2003-ok-for-plus-refused",
            "exchange2003-ok-for-plus-server-first",
        ],
    ),
    ("AUTH: -ERR at once", &["office365-xoauth2-refused"]),
    ("AUTH: EOF", &["auth-closed", "a8_a_lost_connection_during_authentication_is_a_refusal"]),
    ("AUTH: JSON of Gmail", &["gmail-oauth-refused", "gmail-oauthbearer-refused"]),
    ("AUTH: token too long", &["a6_token_too_long"]),
    ("AUTH: cancelled", &["auth-cancelled", "auth-ok-after-cancel"]),
    ("AUTH: challenges for ever", &["auth-challenge-loop"]),
    ("AUTH: a challenge that cannot be decoded", &["auth-undecodable-challenge"]),
    ("USER refused: no PASS", &["user-refused"]),
    ("response codes of a login", &["v8_retry_class_of_each_response_code"]),
    ("QUIT -ERR", &["quit-some-not-removed"]),
    ("QUIT and EOF", &["hmailserver-quit-not-answered"]),
    ("octets behind QUIT", &["client_unsolicited_lines_in_every_state"]),
    ("unsolicited lines", &["client_unsolicited_lines_in_every_state", "east-unsolicited-line"]),
    // Pipelining.
    ("10,000 RETR", &["pipelining_10_000_retr_through_a_window_of_4_kib"]),
    ("+OK and -ERR mixed", &["pipelining", "pipelining_p4_each_answer_is_for_its_own_command"]),
    ("barriers", &["barriers", "busy"]),
    ("RETR while UIDL comes", &["pipelining-retr-during-uidl"]),
    ("slow consumer", &["pipelining_with_a_slow_consumer_holds_little"]),
    ("discard in the middle", &["pipelining_discard_in_the_middle", "discard"]),
    // Server.
    ("table of RFC 1939 by state", &["server_rfc_table_of_states"]),
    ("first octet, last line end, TOP of every kind", &["server_stuffs_and_ends_every_message"]),
    ("deleted messages, RSET", &["server_hides_what_is_deleted_until_rset"]),
    ("QUIT fails", &["server_says_that_quit_failed"]),
    ("disconnect", &["c2_nothing_is_removed_without_quit", "c2_a_lost_connection_removes_nothing"]),
    (
        "long lines, bad commands, octets behind STLS, list of AUTH",
        &[
            "c4_commands_of_255_octets_are_taken_and_endless_ones_are_not",
            "server_closes_after_too_many_bad_commands",
            "t2_commands_behind_stls_are_not_read",
            "server_lists_its_mechanisms",
        ],
    ),
    (
        "client against server, cut at random, and the hand-over to TLS",
        &["server_and_client_random_scripts", "server_and_client_stls_and_what_comes_after"],
    ),
    ("misuse that types prevent", &["does not compile"]),
];

/// The names of all tests, of all transcripts, and the words of the first lines of the latter.
struct Found {
    tests: BTreeSet<String>,
    transcripts: BTreeSet<String>,
    words: BTreeSet<String>,
}

fn found() -> Found {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found =
        Found { tests: BTreeSet::new(), transcripts: BTreeSet::new(), words: BTreeSet::new() };
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("rs") => found.tests.extend(tests(&text)),
                Some("txt") => {
                    let first = text.lines().next().unwrap_or_default();
                    let words = first.split(|c: char| !c.is_ascii_alphanumeric());
                    found.words.extend(words.map(str::to_owned));
                    found.transcripts.insert(name);
                }
                _ => {}
            }
        }
    }
    assert!(found.tests.len() > 100 && found.transcripts.len() > 100);
    found
}

/// The functions that stand behind `#[test]`.
fn tests(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= line == "#[test]";
        if let Some(rest) = line.strip_prefix("fn ").filter(|_| is_test) {
            names.push(rest.split(['(', '<']).next().unwrap_or_default().to_owned());
            is_test = false;
        }
    }
    names
}

#[test]
fn every_number_is_found() {
    let found = found();
    let mut missing = Vec::new();
    for (letter, last) in [("V", 8), ("F", 14), ("C", 5), ("P", 4), ("D", 40), ("T", 14)] {
        for number in 1..=last {
            let id = format!("{letter}{number}");
            let word = id.to_lowercase();
            let in_a_name = |name: &String| name.split('_').any(|part| part == word);
            if !found.words.contains(&id) && !found.tests.iter().any(in_a_name) {
                missing.push(id);
            }
        }
    }
    for number in 1..=13 {
        let id = format!("invariant_{number}_");
        if !found.tests.iter().any(|name| name.contains(&id)) {
            missing.push(id);
        }
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn everything_else_is_found_where_it_is_said_to_be() {
    let found = found();
    let readme = include_str!("../README.md");
    for (what, places) in SHOWN {
        for place in places {
            let there = if *place == "does not compile" {
                readme.matches("```compile_fail").count() >= 4
            } else {
                found.tests.contains(*place) || found.transcripts.contains(*place)
            };
            assert!(there, "{what}: no {place}");
        }
    }
}

/// What the README names as a test or a transcript is one.
#[test]
fn what_the_readme_names_is_there() {
    let found = found();
    let readme = include_str!("../README.md");
    let mut named = 0;
    for word in readme.split('`').skip(1).step_by(2) {
        let first = word.split('_').next().unwrap_or_default();
        let numbered = first.len() > 1
            && first.starts_with(['v', 'f', 'c', 'd', 't', 'p', 'a'])
            && first[1..].bytes().all(|octet| octet.is_ascii_digit());
        let is_test = word.contains('_')
            && (numbered || ["invariant", "client", "server", "pipelining"].contains(&first));
        if let Some(transcript) = word.strip_suffix(".txt") {
            assert!(found.transcripts.contains(transcript), "{word}");
            named += 1;
        } else if is_test {
            assert!(found.tests.contains(word), "{word}");
            named += 1;
        }
    }
    assert!(named > 30, "{named}");
}
