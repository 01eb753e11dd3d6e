//! Commands before a mailbox is selected: CAPABILITY, STARTTLS, LOGIN, AUTHENTICATE, ID, LOGOUT.

use std::borrow::Cow;

use bytes::Bytes;
use imap_proto_lite::{
    Atom, Command, CommandKind, Config, Response, SendError, Status, Transport,
    capability::Capabilities,
    client::{Event, State},
    command::IdParameter,
    response::{Condition, ResponseCode},
};

use super::{
    check::Check,
    server::{Kind, Server},
    session::{NotOffered, Outcome, Session, argument, atom, note},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "greeting, its capabilities", run: greeting },
    Check { row: "greeting PREAUTH", run: preauth },
    Check { row: "BYE, unasked", run: bye },
    Check { row: "CAPABILITY before and behind the login", run: capability },
    Check { row: "NOOP", run: noop },
    Check { row: "ID", run: id },
    Check { row: "STARTTLS, handshake, LOGIN", run: start_tls },
    Check { row: "LOGIN", run: login },
    Check { row: "LOGIN with \" and \\ in the password", run: odd_password },
    Check { row: "LOGIN with a password beyond ASCII, as a literal", run: literal_password },
    Check { row: "LOGIN, refused", run: login_refused },
    Check { row: "LOGINDISABLED on a port without TLS", run: login_disabled },
    Check { row: "AUTHENTICATE PLAIN", run: authenticate },
    Check { row: "AUTHENTICATE PLAIN, initial response", run: initial_response },
    Check { row: "AUTHENTICATE PLAIN, cancelled and refused", run: authenticate_refused },
    Check { row: "ENABLE CONDSTORE QRESYNC", run: enable },
    Check { row: "ENABLE UTF8=ACCEPT", run: enable_utf8 },
    Check { row: "ENABLE IMAP4rev2", run: enable_rev2 },
    Check { row: "NAMESPACE", run: namespace },
    Check { row: "LOGOUT", run: logout },
];

fn words(capabilities: &Capabilities) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = capabilities.iter().map(<[u8]>::to_vec).collect();
    words.sort();
    // Mailutils says some of them twice.
    words.dedup();
    words
}

fn greeting(server: &Server) -> Outcome {
    let mut session = server.connect();
    assert_eq!(session.machine().state(), State::NotAuthenticated);
    // Only Mailutils tells nothing about itself.
    let told = session.machine().capabilities().cloned();
    assert_eq!(told.is_none(), server.kind == Kind::Mailutils);
    session.run(&Command::Capability)?.ok();
    let asked = session.machine().capabilities().unwrap().clone();
    assert!(asked.has("IMAP4REV1") && asked.has_auth("PLAIN"));
    match (told, server.kind) {
        // On request Cyrus lists all capabilities, also those for later states.
        (Some(told), Kind::Cyrus) => {
            assert!(told.iter().all(|word| asked.iter().any(|one| one == word)));
            assert!(asked.has("UIDPLUS") && !told.has("UIDPLUS"));
        }
        (Some(told), _) => assert_eq!(words(&told), words(&asked)),
        (None, _) => {}
    }
    Ok(())
}

fn preauth(server: &Server) -> Outcome {
    let mut session = server.preauthenticated().ok_or(NotOffered)?;
    assert_eq!(session.machine().state(), State::Authenticated);
    assert!(session.has("UIDPLUS"));
    // Login and STARTTLS are no longer possible (RFC 9051 section 7.1.4).
    let login = Command::Login {
        user: argument(server.user.as_str()),
        password: argument(server.password.as_str()).into(),
    };
    for command in [Command::StartTls, login] {
        assert!(matches!(session.machine().send(&command), Err(SendError::NotAllowed { .. })));
    }
    session.run(&Command::Noop)?.ok();
    session.run(&Command::Logout)?.ok();
    Ok(())
}

fn bye(server: &Server) -> Outcome {
    let mut session = server.connect();
    let (user, password) = server.account("heidi").ok_or(NotOffered)?;
    server.log_in_as(&mut session, user, password);
    server.kick(user).ok_or(NotOffered)?;
    let response = session.untagged();
    assert!(matches!(response, Response::Condition { condition: Condition::Bye, .. }));
    assert_eq!(session.machine().state(), State::Logout);
    assert_eq!(session.machine().send(&Command::Noop), Err(SendError::Closed));
    Ok(())
}

fn capability(server: &Server) -> Outcome {
    let mut session = server.connect();
    let answer = session.run(&Command::Capability)?.ok();
    let lists = |answer: &super::answer::Answer| {
        let lists = answer.responses.iter();
        lists.filter(|response| matches!(response, Response::Capability(_))).count()
    };
    assert_eq!(lists(&answer), 1);
    let before = session.machine().capabilities().unwrap().clone();
    assert!(before.has("STARTTLS"));

    let login = session
        .run(&Command::Login {
            user: argument(server.user.as_str()),
            password: argument(server.password.as_str()).into(),
        })?
        .ok();
    let behind = session.machine().capabilities().cloned();
    match server.kind {
        // Asked before, Dovecot tells them in an untagged line, else in the code.
        Kind::Dovecot => {
            assert_eq!((lists(&login), login.code), (1, None));
            let mut other = server.connect();
            let other = other.run(&Command::Login {
                user: argument(server.user.as_str()),
                password: argument(server.password.as_str()).into(),
            })?;
            assert_eq!(lists(&other), 0);
            assert!(matches!(other.code, Some(ResponseCode::Capability(_))));
        }
        Kind::Cyrus | Kind::Pymap => {
            assert_eq!(lists(&login), 0);
            assert!(matches!(login.code, Some(ResponseCode::Capability(_))));
        }
        // The old capabilities are forgotten, and new ones were not sent.
        Kind::Mailutils => assert_eq!(behind, None),
    }
    session.run(&Command::Capability)?.ok();
    let asked = session.machine().capabilities().unwrap().clone();
    if let Some(behind) = behind {
        assert_eq!(words(&behind), words(&asked));
    }
    // pymap and Mailutils go on to offer STARTTLS where it is not possible any more.
    assert_eq!(asked.has("STARTTLS"), server.is(&[Kind::Pymap, Kind::Mailutils]));
    assert!(matches!(
        session.machine().send(&Command::StartTls),
        Err(SendError::NotAllowed { .. })
    ));
    // Cyrus announces LOGINDISABLED after login: it does not mean that the login failed.
    assert_eq!(asked.has("LOGINDISABLED"), server.kind == Kind::Cyrus);
    assert_eq!(session.machine().state(), State::Authenticated);
    session.run(&Command::Noop)?.ok();
    Ok(())
}

fn noop(server: &Server) -> Outcome {
    let mut session = server.connect();
    let answer = session.run(&Command::Noop)?.ok();
    assert!(answer.responses.is_empty(), "{:?}", answer.responses);
    assert_eq!(session.machine().state(), State::NotAuthenticated);
    // After login, several at once.
    let mut session = server.log_in();
    let ids = [(); 5].map(|()| session.send(&Command::Noop).unwrap());
    for id in ids {
        session.wait(id, CommandKind::Noop, &[], 1).ok();
    }
    Ok(())
}

fn id(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let ours = [
        ("name", Some("imap-proto-lite")),
        ("comment", Some("with \"quotes\" and \\ inside")),
        ("vendor", None),
    ]
    .map(|(name, value)| IdParameter::new(argument(name), value.map(argument)).unwrap());
    // RFC 2971 section 3.3 allows NIL as a value; pymap does not.
    let with_nil = session.run(&Command::Id(Cow::Borrowed(&ours)))?;
    assert_eq!(with_nil.status.is_ok(), server.kind != Kind::Pymap);
    for parameters in [&ours[..2], &[]] {
        let answer = session.run(&Command::Id(Cow::Borrowed(parameters)))?.ok();
        if server.kind == Kind::Mailutils {
            assert!(answer.responses.is_empty(), "{:?}", answer.responses);
            continue;
        }
        let told = answer.responses.iter().find_map(|response| match response {
            Response::Id(told) => Some(told),
            _ => None,
        });
        let told = told.expect("an ID response").clone().unwrap_or_default();
        let name = told.iter().find(|(field, _)| field.eq_ignore_ascii_case("name"));
        let name = name.map(|(_, value)| value.as_ref().unwrap().to_str_lossy().into_owned());
        let expected = match server.kind {
            Kind::Dovecot => Some("Dovecot"),
            Kind::Cyrus => Some("Cyrus IMAPD"),
            Kind::Pymap | Kind::Mailutils => None,
        };
        assert_eq!(name.as_deref(), expected, "{told:?}");
    }
    Ok(())
}

fn start_tls(server: &Server) -> Outcome {
    let mut session = server.connect();
    if session.machine().capabilities().is_none() {
        session.run(&Command::Capability)?.ok();
    }
    session.start_tls(server.tls())?;
    assert_eq!(session.machine().transport(), Transport::Tls);
    // Capabilities learned in clear text are forgotten.
    assert_eq!(session.machine().capabilities(), None);
    session.run(&Command::Capability)?.ok();
    assert!(!session.has("STARTTLS"));
    assert!(matches!(
        session.machine().send(&Command::StartTls),
        Err(SendError::NotAllowed { .. })
    ));
    server.log_in_as(&mut session, &server.user, &server.password);
    assert_eq!(session.machine().state(), State::Authenticated);
    session.run(&Command::Logout)?.ok();
    Ok(())
}

fn login(server: &Server) -> Outcome {
    // By itself the machine sends no password in clear text.
    let mut careful = server.connect_with(|config| {
        config.clear_text_credentials = imap_proto_lite::ClearTextCredentials::Refuse;
    });
    let command = Command::Login {
        user: argument(server.user.as_str()),
        password: argument(server.password.as_str()).into(),
    };
    assert_eq!(careful.machine().send(&command), Err(SendError::ClearText));
    let mut session = server.connect();
    session.run(&command)?.ok();
    assert_eq!(session.machine().state(), State::Authenticated);
    assert!(matches!(session.machine().send(&command), Err(SendError::NotAllowed { .. })));
    Ok(())
}

fn odd_password(server: &Server) -> Outcome {
    // The other two have users of another kind only.
    let (user, password) = server.account("ivan").ok_or(NotOffered)?;
    assert!(password.contains('"') && password.contains('\\'));
    let mut session = server.connect();
    server.log_in_as(&mut session, user, password);
    assert_eq!(session.machine().state(), State::Authenticated);
    Ok(())
}

fn literal_password(server: &Server) -> Outcome {
    let (user, password) = server.account("judy").ok_or(NotOffered)?;
    assert!(!password.is_ascii());
    // No quoted string can hold it: a literal, at once and after its `+`.
    for synchronising in [false, true] {
        let mut session =
            server.connect_with(|config| config.quirks.synchronising_literals = synchronising);
        server.log_in_as(&mut session, user, password);
        assert_eq!(session.machine().state(), State::Authenticated);
    }
    Ok(())
}

fn login_refused(server: &Server) -> Outcome {
    let mut session = server.connect();
    let answer = session
        .run(&Command::Login {
            user: argument(server.user.as_str()),
            password: argument("wrong").into(),
        })?
        .no();
    let code = answer.code.as_ref();
    match server.kind {
        Kind::Dovecot | Kind::Pymap => assert_eq!(code, Some(&ResponseCode::AuthenticationFailed)),
        // They say so in words only.
        Kind::Cyrus | Kind::Mailutils => assert_eq!(code, None),
    }
    assert_eq!(session.machine().state(), State::NotAuthenticated);
    // The second attempt on the same connection is the right one.
    server.log_in_as(&mut session, &server.user, &server.password);
    Ok(())
}

fn login_disabled(server: &Server) -> Outcome {
    // The Dovecot of `.ci/dovecot.sh` takes no password without TLS from another address.
    if server.kind != Kind::Dovecot {
        return Err(NotOffered);
    }
    let mut session = server.connect_to("127.0.0.2", |_| ());
    session.needs("LOGINDISABLED")?;
    let command = Command::Login {
        user: argument(server.user.as_str()),
        password: argument(server.password.as_str()).into(),
    };
    assert_eq!(session.machine().send(&command), Err(SendError::LoginDisabled));
    // Nothing was sent, so the connection is good for more.
    session.run(&Command::Noop)?.ok();
    Ok(())
}

/// AUTHENTICATE PLAIN with the answer to the challenge; returns the status and the number of
/// challenges.
fn plain(
    session: &mut Session,
    initial: Option<&[u8]>,
    answer: Option<&[u8]>,
) -> (Status, usize, Option<ResponseCode<'static>>) {
    let id = session
        .send(&Command::Authenticate {
            mechanism: Atom::PLAIN,
            initial_response: initial.map(Cow::Borrowed),
        })
        .unwrap();
    let mut challenges = 0;
    loop {
        match session.event() {
            Event::Challenge { id: challenge, data, .. } => {
                assert_eq!((challenge, &data[..]), (id, &b""[..]));
                challenges += 1;
                match answer {
                    Some(octets) => {
                        session.machine().answer(id, Bytes::copy_from_slice(octets)).unwrap()
                    }
                    None => session.machine().cancel(id).unwrap(),
                }
            }
            Event::Done { status, code, .. } => {
                note(CommandKind::Authenticate, status);
                return (status, challenges, code);
            }
            Event::Untagged(_) => {}
            event => panic!("{event:?}"),
        }
    }
}

fn message(server: &Server, password: &str) -> Vec<u8> {
    format!("\0{}\0{password}", server.user).into_bytes()
}

/// A connection for AUTHENTICATE. Mailutils ends the answer to it with a bare LF, and only that
/// line: a client that waits for CRLF waits for ever.
fn for_authenticate(server: &Server, change: impl FnOnce(&mut Config)) -> Session {
    server.connect_with(|config| {
        config.quirks.bare_lf = server.kind == Kind::Mailutils;
        change(config);
    })
}

fn authenticate(server: &Server) -> Outcome {
    let mut session = for_authenticate(server, |_| ());
    let right = message(server, &server.password);
    let (status, challenges, _) = plain(&mut session, None, Some(&right));
    assert_eq!((status, challenges), (Status::Ok, 1));
    assert_eq!(session.machine().state(), State::Authenticated);
    session.run(&Command::Capability)?.ok();
    session.run(&Command::Noop)?.ok();
    Ok(())
}

fn initial_response(server: &Server) -> Outcome {
    let right = message(server, &server.password);
    let mut session = for_authenticate(server, |_| ());
    if session.machine().capabilities().is_none() {
        session.run(&Command::Capability)?.ok();
    }
    let offered = session.has("SASL-IR");
    // Without SASL-IR the machine keeps the response until the server asks; the caller sees no
    // difference.
    let (status, challenges, _) = plain(&mut session, Some(&right), None);
    assert_eq!((status, challenges), (Status::Ok, 0));
    assert_eq!(session.machine().state(), State::Authenticated);
    if offered {
        // As it does where the caller wants that.
        let mut session =
            for_authenticate(server, |config| config.quirks.no_initial_response = true);
        let (status, challenges, _) = plain(&mut session, Some(&right), None);
        assert_eq!((status, challenges), (Status::Ok, 0));
        return Ok(());
    }
    // And rightly so: these two answer an initial response with BAD.
    let line = server.raw("A1 AUTHENTICATE PLAIN AGdyYWNlAGdyYWNlcHc=");
    assert!(line.starts_with("A1 BAD"), "{line}");
    Err(NotOffered)
}

fn authenticate_refused(server: &Server) -> Outcome {
    let mut session = for_authenticate(server, |_| ());
    let (status, challenges, _) = plain(&mut session, None, None);
    assert_eq!(challenges, 1);
    // RFC 9051 section 6.2.2 wants BAD; Mailutils says NO.
    let expected = match server.kind {
        Kind::Mailutils => Status::No,
        _ => Status::Bad,
    };
    assert_eq!(status, expected);
    let wrong = message(server, "wrong");
    let (status, _, code) = plain(&mut session, None, Some(&wrong));
    assert_eq!(status, Status::No);
    assert_eq!(
        code,
        server.is(&[Kind::Dovecot, Kind::Pymap]).then_some(ResponseCode::AuthenticationFailed)
    );
    assert_eq!(session.machine().state(), State::NotAuthenticated);
    let right = message(server, &server.password);
    let (status, ..) = plain(&mut session, None, Some(&right));
    assert_eq!(status, Status::Ok);
    Ok(())
}

fn enable_these(server: &Server, names: &[&'static str]) -> Outcome<Session> {
    let mut session = server.log_in();
    for name in names {
        session.needs(name)?;
    }
    let capabilities = names.iter().map(|name| atom(*name)).collect();
    session.run(&Command::Enable { capabilities })?.ok();
    for name in names {
        assert!(session.machine().enabled().has(name), "{name}");
    }
    Ok(session)
}

fn enable(server: &Server) -> Outcome {
    let mut session = enable_these(server, &["CONDSTORE", "QRESYNC"])?;
    // What the server does not know is not enabled.
    session.run(&Command::Enable { capabilities: Cow::Owned(vec![atom("X-NOTHING")]) })?.ok();
    assert!(!session.machine().enabled().has("X-NOTHING"));
    Ok(())
}

fn enable_utf8(server: &Server) -> Outcome {
    enable_these(server, &["UTF8=ACCEPT"]).map(drop)
}

fn enable_rev2(server: &Server) -> Outcome {
    enable_these(server, &["IMAP4REV2"]).map(drop)
}

fn namespace(server: &Server) -> Outcome {
    let mut session = server.log_in();
    let answer = session.run(&Command::Namespace)?.ok();
    let all = answer.responses.iter().find_map(|response| match response {
        Response::Namespace(all) => Some(all),
        _ => None,
    });
    let all = all.expect("a NAMESPACE response");
    let shape =
        |entries: &[imap_proto_lite::response::NamespaceEntry<'_>]| -> Vec<(String, Option<char>)> {
            let entries = entries.iter();
            entries
                .map(|entry| {
                    let delimiter = entry.delimiter.map(char::from);
                    (entry.prefix.to_str_lossy().into_owned(), delimiter)
                })
                .collect()
        };
    let slash = Some('/');
    let own = vec![(String::new(), slash)];
    assert_eq!(shape(&all.personal), own);
    let (others, shared) = match server.kind {
        Kind::Dovecot => (vec![("Shared/".into(), slash)], vec![]),
        Kind::Cyrus => {
            (vec![("Other Users/".into(), slash)], vec![("Shared Folders/".into(), slash)])
        }
        Kind::Pymap | Kind::Mailutils => (vec![], vec![]),
    };
    assert_eq!(shape(&all.other_users), others);
    assert_eq!(shape(&all.shared), shared);
    Ok(())
}

fn logout(server: &Server) -> Outcome {
    for mut session in [server.connect(), server.log_in()] {
        let answer = session.run(&Command::Logout)?.ok();
        let bye = answer.responses.iter().any(|response| {
            matches!(response, Response::Condition { condition: Condition::Bye, .. })
        });
        assert!(bye, "{:?}", answer.responses);
        assert_eq!(session.machine().state(), State::Logout);
        assert_eq!(session.machine().send(&Command::Noop), Err(SendError::Closed));
    }
    Ok(())
}
