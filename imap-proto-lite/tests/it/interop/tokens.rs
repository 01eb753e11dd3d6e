//! Bearer tokens: XOAUTH2 and OAUTHBEARER (RFC 7628), taken and refused.

use imap_proto_lite::{
    Command, CommandKind, Status,
    client::{Event, OAuthFailure, State},
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

const MECHANISMS: [&str; 2] = ["XOAUTH2", "OAUTHBEARER"];

fn first_message(mechanism: &str, token: &str) -> Vec<u8> {
    let first = match mechanism {
        "XOAUTH2" => "user=alice\x01".to_owned(),
        _ => "n,a=alice,\x01".to_owned(),
    };
    format!("{first}auth=Bearer {token}\x01\x01").into_bytes()
}

/// How it ends: the status, the code, and the reasons that came.
fn authenticate(
    server: &Server,
    mechanism: &str,
    token: &str,
    initial: bool,
) -> (Status, Option<ResponseCode<'static>>, Vec<OAuthFailure>) {
    let mut session = server.connect_with(|config| config.quirks.no_initial_response = !initial);
    assert!(session.machine().capabilities().unwrap().has_auth(mechanism));
    session
        .send(&Command::Authenticate {
            mechanism: atom(mechanism),
            initial_response: Some(first_message(mechanism, token).into()),
        })
        .unwrap();
    let mut reasons = Vec::new();
    loop {
        match session.event() {
            Event::OAuthFailure { failure, .. } => reasons.push(*failure),
            Event::Done { status, code, .. } => {
                note(CommandKind::Authenticate, status);
                let inside = session.machine().state() == State::Authenticated;
                assert_eq!(inside, status.is_ok());
                return (status, code, reasons);
            }
            Event::Untagged(_) => {}
            event => panic!("{event:?}"),
        }
    }
}

fn taken(server: &Server) -> Outcome {
    let token = server.token("TOKEN").ok_or(NotOffered)?;
    for mechanism in MECHANISMS {
        for initial in [true, false] {
            let (status, _, reasons) = authenticate(server, mechanism, &token, initial);
            assert_eq!((status, reasons.len()), (Status::Ok, 0));
        }
    }
    Ok(())
}

fn refused(server: &Server) -> Outcome {
    let token = server.token("STALE_TOKEN").ok_or(NotOffered)?;
    for mechanism in MECHANISMS {
        // The reason comes first, as a challenge that the machine answers.
        let (status, code, reasons) = authenticate(server, mechanism, &token, true);
        assert_eq!(status, Status::No);
        assert_eq!(code, Some(ResponseCode::AuthenticationFailed));
        let [reason] = &reasons[..] else {
            panic!("{reasons:?}");
        };
        assert!(reason.status.is_some(), "{reason:?}");
    }
    Ok(())
}
