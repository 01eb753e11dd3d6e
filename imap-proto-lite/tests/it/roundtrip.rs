//! The parser reads the bytes that the encoder writes, in both directions, and an independent
//! reader of commands agrees.

use imap_proto_lite::{
    argument::{AString, Atom},
    capability::LiteralMode,
    command::{Command, Tag},
    encode::{self, EncodeSession, Fragment},
    parse,
};
use proptest::prelude::*;

use crate::support::{generate::Gen, lexer};

/// The bytes at hand, and where a streamed literal's are missing.
fn joined(fragments: &[Fragment]) -> (Vec<u8>, Vec<u32>) {
    let mut octets = Vec::new();
    let mut streamed = Vec::new();
    for fragment in fragments {
        match fragment {
            Fragment::Octets { octets: more, .. } => octets.extend_from_slice(more),
            Fragment::Streamed { .. } => streamed.push(u32::try_from(octets.len()).unwrap()),
            _ => {}
        }
    }
    (octets, streamed)
}

fn tag(text: &str) -> Tag<'_> {
    Tag::new(text).unwrap()
}

fn text(text: &str) -> AString<'_> {
    AString::new(text).unwrap()
}

fn sessions() -> [EncodeSession; 4] {
    [
        EncodeSession::new(LiteralMode::Sync, false),
        EncodeSession::new(LiteralMode::Plus, false),
        EncodeSession::new(LiteralMode::Minus, true),
        EncodeSession::new(LiteralMode::Sync, true),
    ]
}

/// What a server sees of a command that uploads a message: up to the literal header.
fn head(fragments: &[Fragment]) -> Vec<u8> {
    let end = fragments
        .iter()
        .position(|fragment| matches!(fragment, Fragment::Streamed { .. }))
        .unwrap_or(fragments.len());
    joined(&fragments[..end]).0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn encoded_commands_parse_to_the_same_value(seed in any::<u64>()) {
        let mut generate = Gen(seed);
        let command = generate.command();
        for session in sessions() {
            let encoded = encode::command(&tag("A.1"), &command, &session).unwrap();
            let octets = head(&encoded.fragments);
            let (tag, parsed) = parse::command(&octets).unwrap_or_else(|error| panic!("{error:?} {:?}", octets.escape_ascii().to_string()));
            prop_assert_eq!(tag.as_bytes(), b"A.1");
            prop_assert!(same(&parsed, &command), "{:?} {:?}", parsed, command);
        }
    }

    #[test]
    fn an_independent_lexer_sees_one_command(seed in any::<u64>()) {
        let mut generate = Gen(seed);
        let command = generate.command();
        for session in sessions() {
            let encoded = encode::command(&tag("A.1"), &command, &session).unwrap();
            lexer::check(&encoded.fragments, session);
        }
    }

    #[test]
    fn encoded_responses_parse_to_the_same_value(seed in any::<u64>()) {
        let mut generate = Gen(seed);
        let response = generate.response();
        let (octets, streamed) = joined(&encode::response(&response).fragments);
        let parsed = parse::response(&octets, &streamed);
        prop_assert_eq!(&parsed, &response, "{}", octets.escape_ascii());
        if let imap_proto_lite::Response::Condition { code: Some(code), .. } = parsed {
            prop_assert_eq!(code.clone().into_owned(), code);
        }
    }

    #[test]
    fn damaged_bytes_never_panic(seed in any::<u64>(), damage in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..4)) {
        let mut generate = Gen(seed);
        let (mut octets, streamed) = joined(&encode::response(&generate.response()).fragments);
        for (place, octet) in damage {
            let place = usize::from(place) % octets.len();
            match octet % 3 {
                0 => { octets[place] = octet; }
                1 => { octets.insert(place, octet); }
                _ => { octets.remove(place); octets.push(octet); }
            }
        }
        let response = parse::response(&octets, &streamed);
        let shown = format!("{response:?}");
        prop_assert!(!shown.contains('\n'));
        let (again, streamed) = joined(&encode::response(&response).fragments);
        let _ = parse::response(&again, &streamed);
        let _ = parse::command(&octets);
    }

    #[test]
    fn random_bytes_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), streamed in proptest::collection::vec(any::<u32>(), 0..3)) {
        let _ = format!("{:?}", parse::response(&octets, &streamed));
        let _ = format!("{:?}", parse::command(&octets));
        let mut fetch = b"* 1 FETCH (".to_vec();
        fetch.extend_from_slice(&octets);
        let _ = format!("{:?}", parse::response(&fetch, &streamed));
    }
}

/// Two commands are equal if they have the same wire form. A name that a client chose comes back in
/// the encoding of its session, so it is enough to be the same in one of them.
fn same(parsed: &Command<'_>, sent: &Command<'_>) -> bool {
    let session = EncodeSession::new(LiteralMode::Plus, true);
    let plain = EncodeSession::new(LiteralMode::Plus, false);
    parsed.kind() == sent.kind()
        && (joined(&encode::command(&tag("x"), parsed, &session).unwrap().fragments)
            == joined(&encode::command(&tag("x"), sent, &session).unwrap().fragments)
            || joined(&encode::command(&tag("x"), parsed, &plain).unwrap().fragments)
                == joined(&encode::command(&tag("x"), sent, &plain).unwrap().fragments))
}

#[test]
fn secrets_are_marked_and_not_shown() {
    let command = Command::Login { user: text("joe"), password: text("hunter2 \"é").into() };
    for session in sessions() {
        let encoded = encode::command(&tag("a"), &command, &session).unwrap();
        for fragment in &encoded.fragments {
            if let Fragment::Octets { octets, sensitive: false } = fragment {
                assert!(!octets.windows(6).any(|window| window == b"hunter"));
            }
        }
        assert!(!format!("{encoded:?}").contains("hunter"));
    }
    assert!(!format!("{command:?}").contains("hunter"));
    let command = Command::Authenticate {
        mechanism: Atom::PLAIN,
        initial_response: Some(b"\0joe\0hunter2"[..].into()),
    };
    assert_eq!(format!("{command:?}"), "Authenticate(- AUTHENTICATE PLAIN (secret))");
}

/// RFC 4959 section 3: an initial response without bytes is `=`. mutt with GNU SASL writes a space
/// and nothing.
#[test]
fn a_space_alone_is_no_initial_response() {
    for (end, expected) in [("", None), (" ", None), (" =", Some(&b""[..])), (" AA==", Some(b"\0"))]
    {
        let line = format!("a AUTHENTICATE PLAIN{end}\r\n");
        let Ok((_, Command::Authenticate { initial_response, .. })) =
            parse::command(line.as_bytes())
        else {
            panic!("{line}");
        };
        assert_eq!(initial_response.as_deref(), expected, "{line}");
    }
}

#[test]
fn literals_wait_for_a_continuation_request() {
    let command = Command::Login { user: text("é"), password: text("a\tb").into() };
    let waits = |session: EncodeSession| {
        let encoded = encode::command(&tag("a"), &command, &session).unwrap();
        encoded
            .fragments
            .iter()
            .filter(|fragment| matches!(fragment, Fragment::Continuation))
            .count()
    };
    assert_eq!(waits(EncodeSession::new(LiteralMode::Sync, false)), 2);
    assert_eq!(waits(EncodeSession::new(LiteralMode::Plus, false)), 0);
    assert_eq!(waits(EncodeSession::new(LiteralMode::Minus, false)), 0);
    // With UTF-8 only the control character needs a literal.
    assert_eq!(waits(EncodeSession::new(LiteralMode::Sync, true)), 1);
}

#[test]
fn a_large_literal_waits_under_literal_minus() {
    let waits = |octets: usize| {
        let root = "é".repeat(octets / 2);
        let command = Command::GetQuota { root: text(&root) };
        let encoded =
            encode::command(&tag("a"), &command, &EncodeSession::new(LiteralMode::Minus, false))
                .unwrap();
        encoded.fragments.iter().any(|fragment| matches!(fragment, Fragment::Continuation))
    };
    assert!(!waits(4096));
    assert!(waits(4098));
}

/// The types cannot refuse a name or a label that a server sent in a literal, with a line end in
/// it.
#[test]
fn a_received_name_that_ends_a_line_is_refused() {
    use imap_proto_lite::{
        Response,
        command::{SelectParameters, StoreAction},
        flag::Flag,
    };

    for name in ["a\rb", "a\nb", "a\0b", "x\r\nA2 DELETE INBOX"] {
        let line = format!("* LIST () NIL {{{}}}\r\n{name}\r\n", name.len());
        let Response::List(entry) = parse::response(line.as_bytes(), &[]) else {
            panic!("{line:?}");
        };
        let mailbox = entry.mailbox.into_owned();
        let all = || imap_proto_lite::UidSet::all().into();
        let store = |action| Command::Store {
            messages: all(),
            action,
            silent: false,
            unchanged_since: None,
        };
        for command in [
            Command::Select { mailbox: mailbox.clone(), parameters: SelectParameters::None },
            Command::Lsub { reference: mailbox.clone(), pattern: mailbox.clone() },
            Command::Copy { messages: all(), mailbox: mailbox.clone() },
            store(StoreAction::AddGmailLabels(vec![mailbox].into())),
        ] {
            for session in sessions() {
                assert!(encode::command(&tag("a"), &command, &session).is_err(), "{command:?}");
            }
        }
        let seen = store(StoreAction::AddFlags(vec![Flag::Seen].into()));
        assert!(encode::command(&tag("a"), &seen, &EncodeSession::default()).is_ok());
    }
}

/// A server that passes a value on writes exactly one response, for every value.
#[test]
fn a_response_with_line_ends_in_it_is_one_response() {
    use bytes::BytesMut;
    use imap_proto_lite::{
        Limits, MailboxName, Quirks, Response,
        capability::CapabilityList,
        frame::{Frame, Framer},
        response::{
            Attributes, Condition, Esearch, Fetch, FetchAttribute, MailboxStatus, ResponseCode,
            StatusValue, StatusValues,
        },
        sequence::SeqNumber,
        string::IString,
    };

    for bad in [
        "x\r\n* BYE x",
        "x\n* BYE x",
        "x)\r\n* 2 FETCH (",
        "(x\r\n* BYE x",
        "\"x\r\n* BYE x\"",
        "\0\r\n",
    ] {
        let status = |name: &'static str, value: &'static str| {
            let value =
                StatusValue::Other { name: IString::from(name), value: IString::from(value) };
            Response::Status(MailboxStatus::new(MailboxName::INBOX, StatusValues::new([value])))
        };
        let fetch = |attribute: FetchAttribute<'static>| {
            let seq = SeqNumber::new(1).unwrap();
            Response::Fetch(Fetch::new(seq, Attributes::new([attribute])))
        };
        let capabilities = || CapabilityList::new([bad.as_bytes(), b"IDLE"]);
        let mut found = Esearch::default();
        found.others = vec![(IString::from(bad), IString::from(bad))];
        for response in [
            Response::Esearch(found),
            Response::Capability(capabilities()),
            Response::Enabled(capabilities()),
            Response::Condition {
                condition: Condition::Ok,
                code: Some(ResponseCode::Capability(capabilities())),
                text: b"x"[..].into(),
            },
            Response::Condition {
                condition: Condition::Ok,
                code: Some(ResponseCode::Other {
                    name: IString::from(bad),
                    argument: Some(IString::from(bad)),
                }),
                text: bad.as_bytes().into(),
            },
            status("X", bad),
            status(bad, "1"),
            fetch(FetchAttribute::Unknown { name: "X".into(), value: bad.into() }),
            fetch(FetchAttribute::Unknown { name: bad.into(), value: "1".into() }),
            fetch(FetchAttribute::Malformed { name: "X".into(), raw: bad.into() }),
        ] {
            let octets = joined(&encode::response(&response).fragments).0;
            let mut framer = Framer::new(&Limits::default(), &Quirks::default());
            let mut input = BytesMut::from(&octets[..]);
            let first = framer.next(&mut input);
            assert!(
                matches!(first, Ok(Some(Frame::Line(_)))) && input.is_empty(),
                "{first:?} {}",
                octets.escape_ascii()
            );
        }
    }
}

#[test]
fn commands_outside_the_grammar_are_refused() {
    use imap_proto_lite::{
        MailboxName, ModSeq, UidSet, UidValidity,
        command::{FetchItem, FetchModifiers, IdParameter, SelectParameters},
        search::SearchKey,
    };

    let search =
        |key: SearchKey<'static>| Command::Search { uid: true, returns: None, query: key.into() };
    let since = |value| {
        let mut modifiers = FetchModifiers::default();
        modifiers.changed_since = Some(ModSeq::new(value));
        Command::Fetch {
            messages: UidSet::all().into(),
            items: vec![FetchItem::Flags].into(),
            modifiers,
        }
    };
    let resync = |validity, mod_seq| Command::Select {
        mailbox: MailboxName::INBOX,
        parameters: SelectParameters::QResync {
            uid_validity: UidValidity::new(validity),
            mod_seq: ModSeq::new(mod_seq),
            known_uids: None,
        },
    };
    let id = |pairs: usize| {
        let pair = IdParameter::new(text("n"), Some(text("v"))).unwrap();
        Command::Id(vec![pair; pairs].into())
    };
    for (right, wrong) in [
        // RFC 7162: `mod-sequence-value` is 1 at least.
        (since(1), since(0)),
        (resync(1, 1), resync(0, 1)),
        (resync(1, 1), resync(1, 0)),
        // RFC 5032: `nz-number`.
        (search(SearchKey::Older(1)), search(SearchKey::Older(0))),
        (search(SearchKey::Younger(1)), search(SearchKey::Younger(0))),
        // RFC 2971 section 3.3.
        (id(30), id(31)),
    ] {
        let session = EncodeSession::default();
        let shown = format!("{right:?}");
        assert!(encode::command(&tag("a"), &right, &session).is_ok(), "{shown}");
        assert!(encode::command(&tag("a"), &wrong, &session).is_err(), "not {shown}");
    }
}

/// An incomplete line gives "more bytes are needed" at every cut.
#[test]
fn every_strict_prefix_needs_more_bytes() {
    use bytes::BytesMut;
    use imap_proto_lite::{
        Limits, Quirks,
        frame::{Frame, Framer},
    };

    let mut cut = 0;
    let mut bodies = 0;
    for seed in 0..1_500 {
        let mut octets = Vec::new();
        let mut streamed = 0_u64;
        for fragment in encode::response(&Gen(seed).response()).fragments {
            match fragment {
                Fragment::Octets { octets: more, .. } => octets.extend_from_slice(&more),
                Fragment::Streamed { octets: count } => {
                    streamed += 1;
                    // The text of the body looks like the end of the response.
                    let body = b")\r\n* OK {3}\r\nA OK\r\n".iter().cycle();
                    let count = usize::try_from(count).unwrap_or(usize::MAX);
                    octets.extend(body.take(count.min(4_000)));
                    streamed += u64::from(count > 4_000) << 32;
                }
                _ => {}
            }
        }
        if octets.len() > 3_000 || streamed > 1 << 31 {
            continue;
        }
        cut += 1;
        bodies += usize::from(streamed > 0);
        for end in 0..octets.len() {
            let mut framer = Framer::new(&Limits::default(), &Quirks::default());
            let mut input = BytesMut::from(&octets[..end]);
            loop {
                match framer.next(&mut input) {
                    Ok(None) => break,
                    Ok(Some(Frame::Line(line))) => {
                        panic!("{} at {end}: {line:?}", octets.escape_ascii())
                    }
                    Ok(Some(_)) => {}
                    Err(error) => panic!("{} at {end}: {error}", octets.escape_ascii()),
                }
            }
        }
        let mut framer = Framer::new(&Limits::default(), &Quirks::default());
        let mut input = BytesMut::from(&octets[..]);
        let mut lines = 0;
        while let Some(frame) = framer.next(&mut input).unwrap() {
            lines += usize::from(matches!(frame, Frame::Line(_)));
        }
        assert_eq!(lines, 1, "{}", octets.escape_ascii());
    }
    assert!(cut > 1_000 && bodies > 10, "{cut} {bodies}");
}
