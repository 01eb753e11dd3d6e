//! What a parse costs: allocations on the hot path. (That work is linear is tested beside the scanners, which count.)

use std::hint::black_box;

use imap_proto_lite::{
    Response, parse,
    response::{BodyData, FetchAttribute},
};

/// Walks everything that a program reads of a FETCH.
fn walk(octets: &[u8]) {
    match parse::response(octets, &[]) {
        Response::Fetch(fetch) => {
            for attribute in fetch.iter() {
                match &attribute {
                    FetchAttribute::Flags(flags) => {
                        flags.iter().for_each(|flag| drop(black_box(flag)))
                    }
                    FetchAttribute::InternalDate(date) => drop(black_box(date.date_time())),
                    FetchAttribute::Envelope(envelope) => {
                        for list in [
                            envelope.from(),
                            envelope.sender(),
                            envelope.reply_to(),
                            envelope.to(),
                            envelope.cc(),
                            envelope.bcc(),
                        ] {
                            list.iter().for_each(|address| drop(black_box(address)));
                        }
                        black_box(
                            envelope.subject().as_ref().map(imap_proto_lite::string::IString::len),
                        );
                    }
                    FetchAttribute::BodyStructure(structure) => {
                        for part in structure.parts() {
                            black_box((
                                part.media_type(),
                                part.subtype(),
                                part.octets(),
                                part.lines(),
                                part.disposition(),
                            ));
                            part.parameters()
                                .iter()
                                .for_each(|parameter| drop(black_box(parameter)));
                        }
                    }
                    FetchAttribute::BodySection { data: BodyData::Inline(text), .. } => {
                        _ = black_box(text.len());
                    }
                    FetchAttribute::Malformed { name, .. } => panic!("{}", name.escape_ascii()),
                    _ => {}
                }
            }
        }
        Response::Search(result) => result.numbers.iter().for_each(|number| _ = black_box(number)),
        Response::Esearch(result) => {
            _ = black_box(result.all.and_then(|set| set.uids().map(|set| set.count_numbers())));
        }
        Response::List(entry) => {
            entry.attributes.iter().for_each(|attribute| drop(black_box(attribute)))
        }
        Response::Status(status) => status.values.iter().for_each(|value| drop(black_box(value))),
        Response::Capability(list) => list.iter().for_each(|word| _ = black_box(word)),
        Response::Malformed { .. } | Response::Unknown { .. } => {
            panic!("{}", octets.escape_ascii())
        }
        _ => {}
    }
}

fn allocations(octets: &[u8]) -> u64 {
    walk(octets);
    allocation_counter::measure(|| walk(octets)).count_total
}

/// An attribute is moved for each item of each message: it stays small. (Words of 64 bits.)
#[cfg(target_pointer_width = "64")]
#[test]
fn an_attribute_is_small_to_move() {
    assert!(size_of::<FetchAttribute<'_>>() <= 128);
}

#[test]
fn the_hot_path_allocates_nothing() {
    let address = r#"("Doe, \"J\"" NIL "joe" "example.org")"#;
    let list = format!("({address}{address})");
    let envelope =
        format!(r#"("Mon, 1 Jan" "a \"b\" c" {list} {list} {list} {list} NIL NIL NIL "<x@y>")"#);
    let text = r#"("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 12 3 NIL ("inline" ("FILENAME" "a.txt")) "en" NIL)"#;
    for line in [
        "* 1 FETCH (UID 5 FLAGS (\\Seen $Forwarded) RFC822.SIZE 99 MODSEQ (7) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")".to_owned(),
        format!("* 1 FETCH (UID 5 FLAGS () ENVELOPE {envelope})"),
        "* 1 FETCH (BODY[HEADER.FIELDS (Subject Date)] {4}\r\nabcd UID 5)".to_owned(),
        "* SEARCH 1 2 3 4 (MODSEQ 5)".to_owned(),
        "* ESEARCH (TAG \"a\") UID ALL 1:5,9".to_owned(),
        "* LIST (\\HasNoChildren \\Sent) \"/\" Sent".to_owned(),
        "* STATUS INBOX (MESSAGES 5 UIDNEXT 7)".to_owned(),
        "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN".to_owned(),
    ] {
        assert_eq!(allocations(format!("{line}\r\n").as_bytes()), 0, "{line}");
    }
    // A structure is one list of parts, whatever its shape.
    let structure = format!(
        "* 1 FETCH (UID 5 BODYSTRUCTURE ({text}{text} \"ALTERNATIVE\" (\"BOUNDARY\" \"x\") NIL NIL NIL))\r\n"
    );
    assert_eq!(allocations(structure.as_bytes()), 1);
}
