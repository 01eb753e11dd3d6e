//! Responses without nesting.

use super::{
    Load,
    envelope::{envelopes, flag_updates, flags},
};
use crate::{
    rng::Rng,
    wire::{FAMILY_NAMES, Wire},
};

/// LIST: one name in fifty is a literal, one level in ten is modified UTF-7.
#[must_use]
pub fn list(count: usize) -> Load {
    let mut rng = Rng::for_load(5);
    let mut wire = Wire::new();
    for _ in 0..count {
        wire.text("* LIST ").text(match rng.percent() {
            0..60 => r"(\HasNoChildren)",
            60..85 => r"(\HasChildren)",
            85..90 => r"(\Noselect \HasChildren)",
            90..95 => r"(\Marked \HasNoChildren)",
            95..98 => r"(\HasNoChildren \Trash)",
            _ => r"(\HasNoChildren \Sent)",
        });
        wire.text(" \"/\" ");
        mailbox(&mut wire, &mut rng);
        wire.text("\r\n");
    }
    Load::new("LIST", "LIST", wire.into_octets(), count, "response")
}

fn mailbox(wire: &mut Wire, rng: &mut Rng) {
    let mut name = String::new();
    for level in 0..rng.between(1, 5) {
        if level > 0 {
            name.push('/');
        }
        match rng.between(0, 9) {
            0 => name.push_str("Entw&APw-rfe"),
            1 => name.push_str(&rng.between(2010, 2026).to_string()),
            2 => name.push_str("Open Tenders"),
            _ => name.push_str(rng.pick(FAMILY_NAMES)),
        }
    }
    if rng.chance(2) {
        wire.literal(name.as_bytes());
    } else if name.contains([' ', '/']) || rng.chance(50) {
        wire.quoted(&name);
    } else {
        wire.text(&name);
    }
}

/// One SEARCH with `count` numbers.
#[must_use]
pub fn search(count: usize) -> Load {
    search_above(0, count)
}

/// One SEARCH with numbers of six digits: eight times the count is eight times the bytes.
#[must_use]
pub fn even_search(count: usize) -> Load {
    search_above(100_000, count)
}

fn search_above(low: u64, count: usize) -> Load {
    let mut rng = Rng::for_load(6);
    let mut wire = Wire::new();
    wire.text("* SEARCH");
    let mut number = low;
    for _ in 0..count {
        number += rng.between(1, 5);
        wire.print(format_args!(" {number}"));
    }
    wire.text("\r\n");
    Load::new("SEARCH", "SEARCH", wire.into_octets(), count, "id")
}

/// One ESEARCH with `count` members, half of them ranges. The unit is a number on the wire: a
/// range has two.
#[must_use]
pub fn esearch(count: usize) -> Load {
    let mut rng = Rng::for_load(7);
    let mut wire = Wire::new();
    wire.text("* ESEARCH (TAG \"A283\") UID ALL ");
    let mut number = 0;
    let mut ids = count;
    for place in 0..count {
        number += rng.between(2, 8);
        if place > 0 {
            wire.text(",");
        }
        wire.print(format_args!("{number}"));
        if rng.chance(50) {
            number += rng.between(1, 19);
            wire.print(format_args!(":{number}"));
            ids += 1;
        }
    }
    wire.text("\r\n");
    Load::new("ESEARCH", "ESEARCH", wire.into_octets(), ids, "id")
}

/// STATUS with four items.
#[must_use]
pub fn status(count: usize) -> Load {
    let mut rng = Rng::for_load(8);
    let mut wire = Wire::new();
    for _ in 0..count {
        wire.text("* STATUS ");
        mailbox(&mut wire, &mut rng);
        let (messages, unseen) = (rng.between(0, 49_999), rng.between(0, 899));
        let (next, validity) = (rng.between(1, 89_999), rng.between(1, 1_999_999_999));
        wire.print(format_args!(
            " (MESSAGES {messages} UIDNEXT {next} UIDVALIDITY {validity} UNSEEN {unseen})\r\n"
        ));
    }
    Load::new("STATUS", "STATUS", wire.into_octets(), count, "response")
}

/// CAPABILITY: the lines of two kinds of server in turn.
#[must_use]
pub fn capability(count: usize) -> Load {
    const EXCHANGE_LIKE: &str = "* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE \
                                 NAMESPACE LITERAL+\r\n";
    const DOVECOT_LIKE: &str = "* CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES \
                                THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS \
                                LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS \
                                BINARY MOVE SPECIAL-USE LITERAL+ NOTIFY\r\n";
    let mut wire = Wire::new();
    for place in 0..count {
        wire.text(if place % 2 == 0 { EXCHANGE_LIKE } else { DOVECOT_LIKE });
    }
    Load::new("CAPABILITY", "CAPABILITY", wire.into_octets(), count, "response")
}

/// Small responses of five kinds, as a server sends them in an idle hour.
#[must_use]
pub fn small_talk(count: usize) -> Load {
    let mut rng = Rng::for_load(9);
    let mut wire = Wire::new();
    for place in 0..count {
        match place % 5 {
            0 => wire.print(format_args!("* {} EXISTS\r\n", rng.between(1, 50_000))),
            1 => wire.print(format_args!("* {} EXPUNGE\r\n", rng.between(1, 50_000))),
            2 => {
                wire.print(format_args!("* {} FETCH (UID {} FLAGS ", place + 1, place + 1000));
                flags(&mut wire, &mut rng);
                wire.text(")\r\n")
            }
            3 => wire.text("* OK [UIDNEXT 4392] Predicted next UID\r\n"),
            _ => wire.print(format_args!("* {} RECENT\r\n", rng.between(1, 50))),
        };
    }
    Load::new(
        "mixed",
        "EXISTS, EXPUNGE, FETCH (UID FLAGS), OK, RECENT",
        wire.into_octets(),
        count,
        "response",
    )
}

/// FETCH of UID and FLAGS, to be read in small pieces.
#[must_use]
pub fn few_flag_updates(count: usize) -> Load {
    Load { name: "few FLAGS", ..flag_updates(count) }
}

/// FETCH with ENVELOPE, to be read in small pieces.
#[must_use]
pub fn few_envelopes(count: usize) -> Load {
    Load { name: "few ENVELOPE", ..envelopes(count) }
}
