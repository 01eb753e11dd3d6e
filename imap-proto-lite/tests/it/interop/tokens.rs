//! Bearer tokens: XOAUTH2 and OAUTHBEARER (RFC 7628), taken and refused.

use bytes::Bytes;
use imap_proto_lite::{
    Command, CommandKind, Status,
    client::{Event, State},
    response::ResponseCode,
};

use super::{
    check::Check,
    server::Server,
    session::{NotOffered, Outcome, atom, note},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "AUTHENTICATE XOAUTH2 and OAUTHBEARER", run: taken },
    Check { row: "AUTHENTICATE XOAUTH2 and OAUTHBEARER, refused", run: refused },
];

/// The mechanisms, each with the answer to the challenge that comes before a refusal.
const MECHANISMS: [(&str, &[u8]); 2] = [("XOAUTH2", b""), ("OAUTHBEARER", b"\x01")];

fn first_message(mechanism: &str, token: &str) -> Vec<u8> {
    let first = match mechanism {
        "XOAUTH2" => "user=alice\x01".to_owned(),
        _ => "n,a=alice,\x01".to_owned(),
    };
    format!("{first}auth=Bearer {token}\x01\x01").into_bytes()
}

/// How it ends: the status, the code, and the challenges that came.
fn authenticate(
    server: &Server,
    mechanism: &str,
    token: &str,
    answer: &'static [u8],
    initial: bool,
) -> (Status, Option<ResponseCode<'static>>, Vec<Bytes>) {
    let mut session = server.connect_with(|config| config.quirks.no_initial_response = !initial);
    assert!(session.machine().capabilities().unwrap().has_auth(mechanism));
    let id = session
        .send(&Command::Authenticate {
            mechanism: atom(mechanism),
            initial_response: Some(first_message(mechanism, token).into()),
        })
        .unwrap();
    let mut challenges = Vec::new();
    loop {
        match session.event() {
            Event::Challenge { data, .. } => {
                challenges.push(data);
                let answer = Bytes::from_static(answer);
                session.machine().answer(id, answer).unwrap();
            }
            Event::Done { status, code, .. } => {
                note(CommandKind::Authenticate, status);
                let inside = session.machine().state() == State::Authenticated;
                assert_eq!(inside, status.is_ok());
                return (status, code, challenges);
            }
            Event::Untagged(_) => {}
            event => panic!("{event:?}"),
        }
    }
}

fn taken(server: &Server) -> Outcome {
    let token = server.token("TOKEN").ok_or(NotOffered)?;
    for (mechanism, answer) in MECHANISMS {
        for initial in [true, false] {
            let (status, _, challenges) = authenticate(server, mechanism, &token, answer, initial);
            assert_eq!((status, challenges.len()), (Status::Ok, 0));
        }
    }
    Ok(())
}

fn refused(server: &Server) -> Outcome {
    let token = server.token("STALE_TOKEN").ok_or(NotOffered)?;
    for (mechanism, answer) in MECHANISMS {
        // The reason comes first, as a challenge; who does not answer it waits for ever.
        let (status, code, challenges) = authenticate(server, mechanism, &token, answer, true);
        assert_eq!(status, Status::No);
        assert_eq!(code, Some(ResponseCode::AuthenticationFailed));
        let [reason] = &challenges[..] else {
            panic!("{challenges:?}");
        };
        assert!(reason.starts_with(b"{\"status\":"), "{reason:?}");
    }
    Ok(())
}
